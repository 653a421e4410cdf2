//! Frameworks, the self-check, next steps, runbook sheets.

use std::collections::BTreeSet;

use ztctl::assess::advice::{Answer, Phase, Task};
use ztctl::assess::criteria::CRITERIA;
use ztctl::assess::frameworks::support::{Support, rows};
use ztctl::assess::frameworks::{Basis, FRAMEWORKS, framework, mappings};
use ztctl::assess::settings::Profile;
use ztctl::assess::{Assessment, Settings};
use ztctl::report::assess::{questions_text, runbook_markdown, runbook_text, steps_text};

use super::{archetype, assessed};
use crate::cli::Scene;

/// What every criterion maps to, apart from SP 800-207A, which is about services alone.
#[test]
fn every_criterion_supports_a_control_of_every_framework() {
    for criterion in CRITERIA {
        for own in FRAMEWORKS.iter().filter(|own| own.id != "nist_800_207a") {
            assert!(own.covers(criterion.id), "{} has no control in {}", criterion.id, own.id);
        }
    }
    let known: BTreeSet<&str> = CRITERIA.iter().map(|criterion| criterion.id).collect();
    for own in FRAMEWORKS {
        let mut ids = BTreeSet::new();
        for control in own.controls {
            assert!(ids.insert(control.id), "{} twice in {}", control.id, own.id);
            assert!(control.criteria.iter().all(|id| known.contains(id)), "{} {}", own.id, control.id);
            assert!(!control.criteria.is_empty() || control.waivers, "{} {} rests on nothing", own.id, control.id);
            assert_eq!(control.basis != Basis::Memory, control.source.is_some(), "{} {}: verified without a source", own.id, control.id);
            assert_eq!(control.is_verified(), control.source.is_some(), "{} {}", own.id, control.id);
            assert!(control.source.is_none_or(|source| source.starts_with("https://")), "{} {}", own.id, control.id);
            assert!(!control.asks.ends_with('.') && control.supports.ends_with('.'), "{} {}", own.id, control.id);
            for word in ["satisfies", "compliant", "complies"] {
                assert!(!control.supports.contains(word), "{} {} claims too much", own.id, control.id);
            }
        }
        assert!(!own.outside.is_empty(), "{} says what is outside", own.id);
    }
    assert!(mappings("L3.SEC.2").iter().any(|(own, controls)| own.id == "pci_dss_4_0_1" && controls.iter().any(|one| one.id == "8.6.3")));
}

#[test]
fn control_ids_are_those_of_the_version() {
    let is = |pattern: &str, id: &str| regex::Regex::new(pattern).expect("a pattern").is_match(id);
    for (id, pattern) in [
        ("nist_800_53_r5", r"^[A-Z]{2}-\d{1,2}(\(\d{1,2}\))?$"),
        ("csf_2_0", r"^(GV|ID|PR|DE|RS|RC)\.[A-Z]{2}-\d{2}$"),
        ("soc2_tsc", r"^CC\d\.\d$"),
        ("iso_27001_2022", r"^(A\.[5-8]\.\d{1,2}|6\.1\.3)$"),
        ("pci_dss_4_0_1", r"^(\d{1,2}\.\d{1,2}\.\d{1,2}(\.\d)?|appendix-B)$"),
        ("hipaa_164", r"^164\.3\d\d\([a-e]\)(\(\d\)(\([iv]+\))?(\([A-D]\))?)?$"),
        ("nist_800_207", r"^tenet-[1-7]$"),
        ("cisa_ztmm_2_0", r"^[a-z-]+\.[a-z-]+$"),
    ] {
        for control in framework(id).expect("a framework").controls {
            assert!(is(pattern, control.id), "{id}: {}", control.id);
        }
    }
    // those categories are of CSF 1.1; those numbers are of PCI DSS 3.2.1
    let csf = framework("csf").expect("CSF");
    assert!(csf.controls.iter().all(|control| !control.id.starts_with("PR.AC") && !control.id.starts_with("PR.PT")));
    let pci = framework("pci").expect("PCI");
    assert!(pci.controls.iter().all(|control| !["8.2.3", "8.5", "10.5.3", "2.3", "1.3.4"].contains(&control.id)));
    // devices are wholly outside, and no stage is called optimal
    let cisa = framework("CISA").expect("CISA");
    assert!(cisa.controls.iter().all(|control| !control.id.starts_with("devices")));
    assert!(cisa.outside.iter().any(|one| one.id == "devices"));
}

#[test]
fn stages_stop_before_the_last_one() {
    let assessment = assessed(&archetype("l5-istio-opa"), &Settings::default());
    let cisa = framework("cisa").expect("CISA");
    let rows = rows(&assessment, cisa);
    assert!(rows.iter().any(|row| row.stage == Some("Advanced")));
    assert!(rows.iter().all(|row| row.stage != Some("Optimal")));
    let low = assessed(&archetype("l0-k8s-base64"), &Settings::default());
    let pci = framework("pci").expect("PCI");
    let row = ztctl::assess::frameworks::support::row(&low, pci, pci.control("8.6.2").expect("a requirement"));
    assert_ne!(row.support, Support::Supported);
    assert!(row.evidence.1 > 0);
}

fn answer(assessment: &Assessment, id: &str) -> Answer {
    assessment.questions.iter().find(|question| question.id == id).expect("a question").answer
}

const TWO_APPS: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: NAME, namespace: shop}\nspec:\n  template:\n    metadata: {labels: {app: NAME}}\n    spec:\n      serviceAccountName: NAME\n      containers:\n        - name: NAME\n          image: NAME:1\n          env:\n            - name: DB_PASSWORD\n              valueFrom:\n                secretKeyRef: {name: SECRET, key: password}\n";

fn app(name: &str, secret: &str) -> String {
    TWO_APPS.replace("NAME", name).replace("SECRET", secret)
}

#[test]
fn questions_have_places_or_reasons() {
    for name in ["l0-k8s-base64", "l2-k8s-sealed", "l3-eso-rotation", "l5-istio-opa"] {
        let assessment = assessed(&archetype(name), &Settings::default());
        assert_eq!(assessment.questions.len(), 5, "{name}");
        for question in &assessment.questions {
            match question.answer {
                Answer::Yes => assert!(
                    question.evidence.iter().all(|point| point.spot.is_some()) && !question.evidence.is_empty(),
                    "{name}: {question:?}"
                ),
                Answer::No | Answer::CannotTell => assert!(!question.unseen.is_empty(), "{name}: {question:?}"),
            }
        }
        let text = questions_text(&assessment);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }
    let low = assessed(&archetype("l0-k8s-base64"), &Settings::default());
    assert_eq!(answer(&low, "secrets-in-git"), Answer::Yes);
    let high = assessed(&archetype("l5-istio-opa"), &Settings::default());
    assert_eq!(answer(&high, "long-lived-cloud-keys"), Answer::No);
    assert_eq!(answer(&high, "shared-vault-admin-token"), Answer::No);
}

#[test]
fn a_shared_database_password_is_told_from_own_ones() {
    let own = assessed(&[("a.yaml", app("orders", "orders-db")), ("b.yaml", app("billing", "billing-db"))], &Settings::default());
    assert_eq!(answer(&own, "shared-database-password"), Answer::No);
    let shared = assessed(&[("a.yaml", app("orders", "shop-db")), ("b.yaml", app("billing", "shop-db"))], &Settings::default());
    assert_eq!(answer(&shared, "shared-database-password"), Answer::Yes);
    let none = assessed(&[("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")], &Settings::default());
    assert_eq!(answer(&none, "shared-database-password"), Answer::CannotTell);
}

#[test]
fn nothing_refuses_before_it_is_observed() {
    let mesh = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio-injection: enabled}}\n---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: shop}\nspec: {mtls: {mode: PERMISSIVE}}\n";
    let assessment = assessed(&[("a.yaml", app("orders", "orders-db")), ("m.yaml", mesh.to_owned())], &Settings::default());
    let steps = &assessment.steps;
    let at = |id: &str| steps.iter().position(|step| step.id == id);
    assert!(at("map-traffic").is_some() && at("default-deny-ingress").is_some() && at("map-traffic") < at("default-deny-ingress"));
    assert!(steps.is_sorted_by_key(|step| step.phase));
    for step in steps {
        for before in &step.after {
            assert!(at(before).is_some_and(|before| Some(before) < at(step.id)), "{} before {}", before, step.id);
        }
        if step.phase == Phase::Authorise && step.id.contains("deny") || step.id == "strict-mtls" {
            assert!(!step.observe.is_empty(), "{}", step.id);
        }
    }
    let text = steps_text(&assessment, None);
    assert!(text.contains("first observe:"), "{text}");
}

#[test]
fn nothing_is_advised_on_what_passes() {
    for name in ["l2-k8s-sealed", "l3-eso-rotation", "l5-istio-opa"] {
        let assessment = assessed(&archetype(name), &Settings::default());
        for step in &assessment.steps {
            for id in &step.criteria {
                let status = assessment.verdict(id).expect("a criterion").status.as_str();
                match step.task {
                    Task::Change => assert!(matches!(status, "not_met" | "partial"), "{name}: {} is for {id}, which is {status}", step.id),
                    Task::Show => assert_eq!(status, "unknown", "{name}: {}", step.id),
                }
            }
        }
        assert!(assessment.steps.iter().filter(|step| step.soon).count() <= 6, "{name}");
    }
}

#[test]
fn all_steps_together_reach_the_top_of_what_is_known() {
    let assessment = assessed(&archetype("l2-k8s-sealed"), &Settings::default());
    let best = assessment.steps.iter().filter_map(|step| step.gain.level).max();
    assert!(best > assessment.overall.level, "{best:?}");
    assert!(assessment.steps.iter().filter_map(|step| step.gain.level).is_sorted());
}

#[test]
fn a_small_team_is_not_sent_to_vault() {
    let files = archetype("l2-k8s-sealed");
    let of = |profile| {
        let settings = Settings { profile, ..Settings::default() };
        steps_text(&assessed(&files, &settings), None)
    };
    let small = of(Some(Profile::Small));
    assert!(!small.contains("Vault") && !small.contains("SPIRE"), "{small}");
    assert!(of(Some(Profile::Enterprise)).contains("Vault"));
}

#[test]
fn a_sheet_says_what_to_revoke_with_places() {
    let settings = Settings { runbook: Some("orders/Deployment/orders".to_owned()), ..Settings::default() };
    let assessment = assessed(&archetype("l5-istio-opa"), &settings);
    let sheets = assessment.runbook.expect("a sheet").expect("a workload");
    let text = runbook_text(&sheets);
    for wanted in [
        "spiffe://cluster.local/ns/orders/sa/orders",
        "database/creds/orders",
        "leased for",
        "vault lease revoke",
        "ztctl runs none",
        "default-deny",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert_eq!(sheets[0].actions.len(), 7);
    assert!(sheets[0].sections.iter().flat_map(|section| &section.lines).filter(|line| line.spot.is_some()).count() > 8);
    assert!(runbook_markdown(&sheets).contains("## Identity"));
    // a shell takes no more than a name from a file
    let evil = app("orders", "orders-db").replace("namespace: shop", "namespace: \"shop; rm -rf $HOME\"");
    let settings = Settings { runbook: Some("orders".to_owned()), ..Settings::default() };
    let sheets = assessed(&[("a.yaml", evil)], &settings).runbook.expect("a sheet").expect("a workload");
    for command in sheets.iter().flat_map(|sheet| &sheet.actions).flat_map(|action| &action.commands) {
        assert!(!command.contains("rm -rf"), "{command}");
    }
}

#[test]
fn flags_choose_what_is_printed() {
    let files = archetype("l3-eso-rotation");
    let all: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let scene = Scene::new(&all);
    assert!(scene.run(&["assess", "--questions"]).expect(0).stdout.starts_with("SELF-CHECK"));
    assert!(scene.run(&["assess", "--all-steps"]).expect(0).stdout.contains("why: "));
    let table = scene.run(&["assess", "--framework", "pci"]).expect(0).stdout;
    assert!(table.contains("8.6.3") && table.contains("Not legal advice"), "{table}");
    let control = scene.run(&["assess", "--explain", "pci:8.6.3"]).expect(0).stdout;
    assert!(control.contains("risk analysis") && control.contains("L3.SEC.2"), "{control}");
    for wrong in [["--framework", "gdpr"], ["--explain", "8.6.99"], ["--runbook", "nobody"]] {
        scene.run(&["assess", wrong[0], wrong[1]]).expect(2);
    }
    let json = scene.run(&["assess", "--format", "json", "--framework", "pci"]).expect(0);
    let value: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    let frameworks = value["frameworks"].as_array().expect("frameworks");
    assert_eq!((frameworks.len(), &frameworks[0]["id"]), (1, &"pci_dss_4_0_1".into()));
    let criterion = value["criteria"].as_array().expect("criteria").iter().find(|one| one["id"] == "L3.SEC.2").expect("a criterion");
    assert!(criterion["mappings"]["pci_dss_4_0_1"].as_array().expect("ids").contains(&"8.6.3".into()));
    let sheet = scene.run(&["assess", "--runbook", "orders", "--format", "json"]);
    if sheet.stdout.is_empty() {
        assert!(sheet.stderr.contains("no workload") || sheet.stderr.contains("may be"), "{}", sheet.stderr);
    }
}
