//! The ten archetypes: the level and the six domains of repositories as developers write them.

use ztctl::assess::{Assessment, Settings};

use super::{archetype, assessed_with, tests_of};

/// Letters and digits that look random; tokens in real formats are made here, so that none lies in this repository.
fn random(length: usize, alphabet: &str, seed: u64) -> String {
    let letters: Vec<char> = alphabet.chars().collect();
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        letters[usize::try_from(state >> 33).expect("32 bits") % letters.len()]
    };
    (0..length).map(|_| next()).collect()
}

/// The files of an archetype with tokens put in.
fn filled(name: &str) -> Vec<(String, String)> {
    let mixed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let tokens = [
        ("@RANDOM50@", random(50, mixed, 11)),
        ("@AWS_KEY_ID@", format!("AKIA{}", random(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 12))),
        ("@AWS_SECRET@", random(40, mixed, 13)),
    ];
    let mut files = archetype(name);
    for (_, text) in &mut files {
        for (mark, token) in &tokens {
            *text = text.replace(mark, token);
        }
    }
    files
}

/// The variant whose store logs in with a stored key.
fn variant_7b() -> Vec<(String, String)> {
    let mut files = filled("l3-eso-rotation");
    let store = files.iter_mut().find(|(path, _)| path.ends_with("external-secret.yaml")).expect("a store");
    store.1 = store.1.replace(
        "      region: eu-central-1\n",
        "      region: eu-central-1\n      auth:\n        secretRef:\n          accessKeyIDSecretRef: {name: aws, key: id}\n          secretAccessKeySecretRef: {name: aws, key: key}\n",
    );
    files
}

fn domains(assessment: &Assessment) -> Vec<Option<u8>> {
    assessment.domains.iter().map(|domain| domain.level).collect()
}

#[test]
fn archetypes_have_their_levels_and_domains() {
    const fn all(levels: [u8; 6]) -> [Option<u8>; 6] {
        let mut out = [None; 6];
        let mut at = 0;
        while at < 6 {
            out[at] = Some(levels[at]);
            at += 1;
        }
        out
    }
    // authentication, authorization, secrets, encryption, audit, network
    let cases: [(&str, u8, [Option<u8>; 6]); 11] = [
        ("l0-django-hardcoded", 0, all([0, 0, 0, 0, 1, 0])),
        ("l0-k8s-base64", 0, all([2, 2, 0, 0, 0, 1])),
        ("l1-node-dotenv", 1, [None, Some(0), Some(1), Some(0), Some(1), None]),
        ("l1-ec2-terraform-keys", 1, all([0, 1, 1, 0, 0, 0])),
        ("l2-k8s-sealed", 2, all([2, 2, 2, 2, 2, 2])),
        ("l2-helm-values", 2, all([2, 2, 2, 0, 0, 1])),
        // its audit policy records who acts, which is level 4 of audit
        ("l3-eso-rotation", 3, all([3, 3, 3, 3, 4, 3])),
        ("7b", 2, all([3, 3, 3, 3, 4, 3])),
        // leases of an hour, an identity in the mesh and no edge too many are what level 5 asks of these domains
        ("l4-gke-wi-vault", 4, all([5, 4, 5, 4, 4, 5])),
        // nothing static is left
        ("l4-lambda-terraform", 4, all([4, 2, 5, 3, 4, 4])),
        ("l5-istio-opa", 5, all([5, 5, 5, 5, 5, 5])),
    ];
    let mut wrong = Vec::new();
    for (name, level, expected) in cases {
        let files = if name == "7b" { variant_7b() } else { filled(name) };
        let assessment = assessed_with(&files, &Settings::default(), &tests_of(&files));
        if assessment.overall.level != Some(level) || domains(&assessment) != expected {
            let lost: Vec<String> = assessment
                .combined
                .iter()
                .filter(|verdict| !verdict.is_satisfied())
                .map(|verdict| format!("{} {}", verdict.criterion.id, verdict.status.as_str()))
                .collect();
            let found = (assessment.overall.level, domains(&assessment));
            wrong.push(format!("{name}: {found:?} for {level} {expected:?}: {} {lost:?}", assessment.overall.reason));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
