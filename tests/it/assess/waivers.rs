//! `.ztctl/waivers.yaml`.

use ztctl::assess::{Assessment, Settings};

use super::{archetype, assessed, status};

fn with(waivers: &str) -> Assessment {
    let mut files = archetype("l2-k8s-sealed");
    files.push((".ztctl/waivers.yaml".to_owned(), waivers.to_owned()));
    assessed(&files, &Settings::default())
}

fn waiver(rest: &str) -> String {
    format!("version: 1\nwaivers:\n  - id: W-1\n    reason: moved next quarter\n    owner: team@orders.example\n{rest}")
}

const ALL: &str = "    criteria: [L3.SEC.1, L3.SEC.2]\n    match: {kind: Deployment, namespace: orders, name: ord*}\n";

#[test]
fn a_valid_waiver_takes_its_subject_out() {
    let assessment = with(&waiver(&format!("{ALL}    expires: 2027-03-31\n")));
    assert_eq!(status(&assessment, "L3.SEC.1"), "waived");
    // nothing is left that shows level 3
    assert_eq!((assessment.overall.level, assessment.overall.level_without_waivers), (Some(2), Some(2)));
    assert_eq!((assessment.waivers.active.len(), assessment.waivers.unmatched.len()), (1, 0));
}

#[test]
fn the_last_day_counts_and_the_next_does_not() {
    assert_eq!(with(&waiver(&format!("{ALL}    expires: 2026-11-21\n"))).waivers.active.len(), 1);
    let expired = with(&waiver(&format!("{ALL}    expires: 2026-11-20\n")));
    assert_eq!((expired.waivers.active.len(), expired.waivers.expired.len()), (0, 1));
    assert_eq!(status(&expired, "L3.SEC.1"), "not_met");
    assert_eq!(with(&waiver(&format!("{ALL}    expires: 2027-11-21\n"))).waivers.active.len(), 1);
    assert_eq!(with(&waiver(&format!("{ALL}    expires: 2027-11-22\n"))).waivers.invalid.len(), 1);
}

#[test]
fn what_is_wrong_is_said() {
    let cases = [
        (waiver(ALL), "`expires` is missing"),
        (waiver(&format!("{ALL}    expires: soon\n")), "no date"),
        (waiver("    criteria: [L9.SEC.1]\n    match: {name: x}\n    expires: 2027-01-01\n"), "`L9.SEC.1` is no criterion"),
        (waiver("    criteria: [L3.SEC.1]\n    expires: 2027-01-01\n"), "names no subject"),
        (waiver("    match: {name: x}\n    expires: 2027-01-01\n"), "neither `criteria` nor `findings`"),
        (waiver("    criteria: [L3.SEC.1]\n    match: {label: x}\n    expires: 2027-01-01\n"), "knows no `label`"),
        (waiver(&format!("{ALL}    expires: 2027-01-01\n    forever: true\n")), "`forever` is no key"),
        (format!("waivers:\n  - id: W-1\n    reason: x\n{ALL}    expires: 2027-01-01\n"), "`owner` is missing"),
        ("waivers: 7\n".to_owned(), "no list `waivers`"),
        ("waivers: [1, [], {}]\n".to_owned(), "`id` is missing"),
    ];
    for (text, why) in cases {
        let assessment = with(&text);
        let reasons: Vec<&str> = assessment.waivers.invalid.iter().map(|waiver| waiver.reason.as_str()).collect();
        assert!(reasons.iter().any(|reason| reason.contains(why)), "{why}: {reasons:?}");
        assert_eq!(status(&assessment, "L3.SEC.1"), "not_met", "{why}");
    }
}

#[test]
fn a_waiver_that_covers_nothing_is_listed() {
    let assessment = with(&waiver("    criteria: [L3.SEC.1]\n    match: {name: nobody}\n    expires: 2027-01-01\n"));
    assert_eq!((assessment.waivers.active.len(), assessment.waivers.unmatched.len()), (0, 1));
}

#[test]
fn a_waiver_silences_the_disqualifier_but_not_for_a_token() {
    let mut files = archetype("l0-k8s-base64");
    let waivers = waiver("    criteria: [L1.SEC.1, L1.SEC.2, L2.SEC.1]\n    match: {namespace: orders}\n    expires: 2027-01-01\n");
    files.push((".ztctl/waivers.yaml".to_owned(), waivers));
    let waived = assessed(&files, &Settings::default());
    assert!(waived.overall.caps.is_empty(), "{:?}", waived.overall.caps);
    assert_eq!((waived.overall.level, waived.overall.level_without_waivers), (Some(2), Some(0)));
    // made here, so that no token lies in this repository
    let token = format!("ghp_{}", "a1B2c3D4e5".repeat(4));
    let secret = files.iter_mut().find(|(path, _)| path.ends_with("secret.yaml")).expect("a Secret");
    secret.1 =
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: orders-db, namespace: orders}}\nstringData:\n  password: {token}\n");
    let real = assessed(&files, &Settings::default());
    assert_eq!(real.overall.level, Some(0));
    assert_eq!(real.overall.caps[0].disqualifier, "DQ.SEC.1");
}

#[test]
fn every_mistake_is_told_at_its_line_with_what_was_meant() {
    let text = "version: 1\nowners: x\nwaivers:\n  - id: W-1\n    criterias: [L4.SEC.1]\n    match: {nmae: orders}\n    reason: x\n    owner: me\n    expires: 2027-13-31\n  - id: W-2\n    criteria: [L4.SEK.1, l4.aut.1]\n    match: {name: orders}\n    reason: x\n    owner: ''\n    expires: never\n  - {id: W-3, criteria: L4.SEC.1, match: {name: '*'}, reason: x, owner: me, expires: 2027-03-31}\n  - {id: W-3, criteria: L4.SEC.1, match: {name: '*'}, reason: x, owner: me, expires: 2027-03-31}\n  - {id: W-4, criteria: L4.SEC.1, match: {name: '*'}, reason: x, owner: me, owner: you, expires: 2027-03-31}\n";
    let assessment = with(text);
    let told: Vec<(u32, &str)> = assessment.waivers.invalid.iter().map(|mistake| (mistake.spot.line, mistake.reason.as_str())).collect();
    for (line, why) in [
        (2, "`owners` is no key of the file"),
        (5, "`criterias` is no key of a waiver: did you mean `criteria`?"),
        (6, "`match` knows no `nmae`: did you mean `name`?"),
        (9, "`expires: 2027-13-31` is no date"),
        (11, "`L4.SEK.1` is no criterion: did you mean `L4.SEC.1`?"),
        (11, "`l4.aut.1` is no criterion: did you mean `L4.AUT.1`?"),
        (14, "`owner` is missing"),
        (15, "`expires` is missing"),
        (17, "`id: W-3` stands twice; first at line 16"),
    ] {
        assert!(told.iter().any(|(at, told)| *at == line && told.starts_with(why)), "{line} {why}: {told:#?}");
    }
    assert!(told.iter().any(|(at, _)| *at == 18), "{told:#?}");
    let counted: Vec<&str> =
        assessment.waivers.active.iter().chain(&assessment.waivers.unmatched).map(|waiver| waiver.id.as_str()).collect();
    assert_eq!(counted, ["W-3"]);
    // one that would hold for ever
    assert_eq!(assessment.governance.warnings[0].id, "DQ.GOV.1");
    assert_eq!(assessment.overall.confidence.word(), "low");
}

#[test]
fn a_file_that_is_cut_off_or_of_another_version_counts_for_nothing() {
    let good = waiver(&format!("{ALL}    expires: 2027-01-01\n"));
    for (text, why) in [
        (format!("{good}    match: {{name: [\n"), "the file cannot be read"),
        (good.replace("version: 1", "version: 2"), "`version` is not 1"),
        ("- id: W-1\n".to_owned(), "there is no list `waivers`"),
        ("waivers: {a: 1}\n".to_owned(), "there is no list `waivers`"),
    ] {
        let assessment = with(&text);
        assert!(assessment.waivers.active.is_empty(), "{text}");
        assert!(assessment.waivers.invalid.iter().any(|mistake| mistake.reason.contains(why)), "{text}: {:?}", assessment.waivers.invalid);
    }
    assert!(with("# nothing yet\n").waivers.invalid.is_empty() && with("version: 1\nwaivers:\n").waivers.invalid.is_empty());
}

#[test]
fn a_waiver_covers_what_is_absent_in_a_namespace() {
    let plain = with("version: 1\nwaivers: []\n");
    let verdict = plain.verdict("L3.AUD.1").expect("a criterion");
    let part = verdict.subjects.missing.iter().next().expect("something is missing").clone();
    for by in ["namespace: orders", "kind: Namespace, name: orders", "kind: Namespace"] {
        let waived = with(&waiver(&format!("    criteria: [L3.AUD.1]\n    match: {{{by}}}\n    expires: 2027-01-01\n")));
        assert_eq!((status(&waived, "L3.AUD.1"), waived.waivers.active.len()), ("waived", 1), "{by}, {part:?}");
    }
    let other = with(&waiver("    criteria: [L3.AUD.1]\n    match: {namespace: shop}\n    expires: 2027-01-01\n"));
    assert_eq!((status(&other, "L3.AUD.1"), other.waivers.unmatched.len()), ("not_met", 1));
}

#[test]
fn a_waiver_may_name_a_fact_a_fingerprint_or_a_path() {
    let files = archetype("l0-k8s-base64");
    let plain = assessed(&files, &Settings::default());
    let evidence = plain.verdict("L1.SEC.1").expect("a criterion").evidence.clone();
    let found = evidence.iter().find(|item| item.observation.fact.as_str() == "secret_in_file").expect("a secret");
    let path = found.observation.spot.as_ref().expect("a place").path.clone();
    for by in [
        format!("findings: [{}]", found.fingerprint),
        "findings: [secret_in_file]".to_owned(),
        format!("criteria: [L1.SEC.1]\n    match: {{path: '{path}'}}"),
        "criteria: [L1.SEC.1]\n    match: {path: '**/*.yaml', kind: secret}".to_owned(),
    ] {
        let mut files = files.clone();
        files.push((".ztctl/waivers.yaml".to_owned(), waiver(&format!("    {by}\n    expires: 2027-01-01\n"))));
        let waived = assessed(&files, &Settings::default());
        assert!(waived.overall.caps.iter().all(|cap| cap.disqualifier != "DQ.SEC.1"), "{by}: {:?}", waived.overall.caps);
        assert_eq!(waived.waivers.active.len(), 1, "{by}: {:?}", waived.waivers.invalid);
    }
    let mut files = files;
    files.push((
        ".ztctl/waivers.yaml".to_owned(),
        waiver("    criteria: [L1.SEC.1]\n    match: {path: '*.yaml'}\n    expires: 2027-01-01\n"),
    ));
    assert_eq!(assessed(&files, &Settings::default()).waivers.unmatched.len(), 1);
}
