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
