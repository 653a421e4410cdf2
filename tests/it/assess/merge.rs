//! `ztctl assess merge`: many reports as one.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::{Run, Scene};

/// A report as small as one can be.
fn report(name: &str, level: Option<u8>, more: &[(&str, Value)]) -> String {
    let mut value = json!({
        "schema": "ztctl.dev/assess/v1",
        "tool": { "name": "ztctl", "version": "0.1.0", "model": "2026.11", "config_digest": "x" },
        "target": { "name": name, "kind": if level.is_some() { "service" } else { "policy-bundle" }, "commit": null, "as_of": "2026-11-21" },
        "overall": {
            "rated": level.is_some(), "level": level, "level_without_waivers": level, "reason": "for a reason", "caps": [],
            "criteria": { "L4.AUT.2": { "status": if level == Some(3) { "not_met" } else { "met" }, "met": 0, "of": 1 } },
        },
        "domains": [{ "id": "audit", "level": level }],
        "criteria": [], "findings": [], "waivers": {}, "unknown": [],
    });
    for (path, new) in more {
        let at = value.pointer_mut(path).unwrap_or_else(|| panic!("{path}"));
        *at = new.clone();
    }
    value.to_string()
}

fn merged(scene: &Scene, args: &[&str], code: i32) -> (Value, Run) {
    let run = scene.run(&[&["assess", "merge", "--format", "json", "--as-of", "2026-11-21"], args].concat()).expect(code);
    (serde_json::from_str(&run.stdout).unwrap_or(Value::Null), run)
}

#[test]
fn thousands_of_reports_are_counted_and_not_averaged() {
    let scene = Scene::new(&[]);
    let mut list = String::new();
    for nr in 0..2000 {
        let level = u8::try_from(nr % 4).expect("small");
        let owner = format!("team-{}", nr % 7);
        let mut text = report(&format!("repo-{nr:04}"), Some(level), &[]);
        text = text.replace("\"kind\"", &format!("\"owner\":\"{owner}\",\"kind\""));
        scene.write(&format!("reports/{nr}.json"), text);
        let _ = writeln!(list, "reports/{nr}.json");
    }
    let (org, _) = merged(&scene, &["reports"], 0);
    assert_eq!(org["schema"], "ztctl.dev/assess-org/v1");
    assert_eq!(org["distribution"], json!({ "0": 500, "1": 500, "2": 500, "3": 500, "4": 0, "5": 0 }));
    assert_eq!((&org["reports"]["merged"], &org["reports"]["rated"], &org["least"]), (&2000.into(), &2000.into(), &0.into()));
    let rows = org["repositories"].as_array().expect("rows");
    assert_eq!((rows.len(), &org["more_repositories"]), (1000, &1000.into()));
    assert!(rows.iter().all(|row| row["level"].as_u64() <= Some(1)) && rows[0]["name"] == "repo-0000");
    let blocker = &org["blockers"][0];
    assert_eq!(
        (&blocker["criterion"], &blocker["fail"], &blocker["of"], &blocker["blocks"]),
        (&"L4.AUT.2".into(), &500.into(), &2000.into(), &500.into())
    );
    assert_eq!(blocker["repositories"].as_array().expect("names").len(), 10);
    let owners = org["owners"].as_array().expect("owners");
    assert_eq!(
        (owners.len(), &owners[0]["name"], &owners[0]["level"], &owners[0]["repositories"]),
        (7, &"team-0".into(), &0.into(), &286.into())
    );
    assert!(!org.to_string().contains("average") && !org.to_string().contains("mean"));
    // a list, standard input and the folder say the same, with any number of threads
    scene.write("list.txt", &list);
    assert_eq!(merged(&scene, &["@list.txt", "--jobs", "1"], 0).0, org);
    let run = scene.run_with(&["assess", "merge", "-", "--format", "json", "--as-of", "2026-11-21"], Some(list.as_bytes())).expect(0);
    assert_eq!(serde_json::from_str::<Value>(&run.stdout).expect("JSON"), org);
    let text = scene.run(&["assess", "merge", "reports"]).expect(0).stdout;
    assert!(text.contains("500 of 2000 repositories fail L4.AUT.2") && text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(
        scene
            .run(&["assess", "merge", "reports", "--min-level", "2"])
            .expect(1)
            .stderr
            .contains("1000 of 2000 repositories below the least level 2")
    );
}

#[test]
fn what_is_broken_or_foreign_is_named_and_the_rest_is_merged() {
    let good = report("good", Some(2), &[]);
    let scene = Scene::new(&[
        ("in/good.json", &good),
        ("in/cut.json", &good[..good.len() / 2]),
        ("in/empty.json", ""),
        ("in/foreign.json", "{\"schema\": \"ztctl.dev/report/v1\"}"),
        ("in/list.json", "[1, 2]"),
        ("in/high.json", &report("high", Some(9), &[])),
        ("in/deep.json", &format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))),
        ("in/note.txt", "no report"),
    ]);
    let (org, run) = merged(&scene, &["in", "absent.json"], 2);
    assert_eq!((&org["reports"]["merged"], &org["reports"]["failed"]), (&1.into(), &7.into()), "{}", run.stderr);
    for (file, why) in [
        ("in/cut.json", "cut off"),
        ("in/empty.json", "it is empty"),
        ("in/foreign.json", "its schema is `ztctl.dev/report/v1`"),
        ("in/list.json", "no report"),
        ("in/high.json", "a level of 9"),
        ("in/deep.json", "in/deep.json"),
        ("absent.json", "no such file"),
    ] {
        assert!(run.stderr.lines().any(|line| line.starts_with(file) && line.contains(why)), "{file}: {}", run.stderr);
    }
    merged(&scene, &["in", "--keep-going"], 0);
    merged(&scene, &["in/cut.json", "--keep-going"], 2);
    scene.run(&["assess", "merge"]).expect(2);
    scene.run(&["assess", "merge", "@absent.txt"]).expect(2);
    // the merged report of the last run is none of what is merged
    scene.run(&["assess", "merge", "in/good.json", "-o", "in/org.json"]).expect(0);
    scene.run(&["assess", "merge", "in/good.json", "in/org.json", "-o", "in/org.json"]).expect(0);
    assert!(scene.run(&["assess", "merge", "in/org.json", "--keep-going"]).expect(2).stderr.contains("a merged report"));
}

#[test]
fn versions_of_the_model_are_not_mixed_unless_asked() {
    let other = report("other", Some(3), &[("/tool/model", json!("2027.01"))]);
    let scene = Scene::new(&[("a.json", &report("a", Some(1), &[])), ("b.json", &other)]);
    let (_, run) = merged(&scene, &["a.json", "b.json"], 2);
    assert!(
        run.stderr.contains("`2026.11` in 1 (a.json), `2027.01` in 1 (b.json)") && run.stderr.contains("--allow-mixed"),
        "{}",
        run.stderr
    );
    assert_eq!(run.stdout, "");
    assert_eq!(merged(&scene, &["a.json", "b.json", "--allow-mixed"], 0).0["reports"]["models"], json!({ "2026.11": 1, "2027.01": 1 }));
}

#[test]
fn waivers_are_sorted_by_their_end_and_a_bundle_is_resolved_by_who_links_to_it() {
    let waiver = |id: &str, expires: &str| json!({ "id": id, "owner": "me", "criteria": ["L3.SEC.1"], "expires": expires });
    let waivers =
        json!({ "active": [waiver("W-2", "2027-01-01")], "expired": [waiver("W-1", "2025-01-01")], "invalid": [{}], "unmatched": [] });
    let open = json!([
        { "criterion": "L5.AUZ.1", "scope": "default", "reason": "needs_other_repo" },
        { "criterion": "L5.AUZ.3", "scope": "default", "reason": "needs_other_repo" },
        { "criterion": "L5.AUZ.2", "scope": "default", "reason": "needs_runtime" },
    ]);
    let standing = json!({ "L5.AUZ.1": { "status": "met" }, "L5.AUZ.3": { "status": "not_met" } });
    let service = report("shop", Some(2), &[("/waivers", waivers), ("/overall/criteria", standing)])
        .replace("\"kind\"", "\"links\":[\"policies\"],\"kind\"");
    let bundle = report("policies", None, &[("/unknown", open)]);
    let scene = Scene::new(&[("shop.json", &service), ("policies.json", &bundle)]);
    let (org, _) = merged(&scene, &["shop.json", "policies.json"], 0);
    assert_eq!(
        org["links"],
        json!([
            { "repository": "policies", "criterion": "L5.AUZ.1", "status": "met", "by": ["shop"] },
            { "repository": "policies", "criterion": "L5.AUZ.3", "status": "not_met", "by": ["shop"] },
        ])
    );
    assert_eq!((&org["reports"]["not_rated"], &org["not_rated"][0]["name"]), (&1.into(), &"policies".into()));
    let ends: Vec<&Value> = org["waivers"]["oldest"].as_array().expect("a list").iter().map(|row| &row["id"]).collect();
    assert_eq!(ends, [&json!("W-1"), &json!("W-2")]);
    assert_eq!((&org["waivers"]["active"], &org["waivers"]["expired"], &org["waivers"]["mistakes"]), (&1.into(), &1.into(), &1.into()));
}

#[test]
fn names_of_reports_are_made_harmless_and_pages_have_no_script() {
    let evil = report("<script>alert(1)</script>|\u{1b}[31m\"'", Some(1), &[("/overall/reason", json!("<img src=x>"))]);
    let scene = Scene::new(&[("evil.json", &evil)]);
    scene.run(&["assess", "merge", "evil.json", "-o", "org.html"]).expect(0);
    let page = scene.read("org.html");
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("default-src 'none'"));
    assert!(
        page.contains("&lt;script&gt;alert(1)") && !page.contains("<script") && !page.contains("<img") && !page.contains('\u{1b}'),
        "{page}"
    );
    scene.run(&["assess", "merge", "evil.json", "-o", "org.md"]).expect(0);
    let page = scene.read("org.md");
    assert!(page.contains("\\<script\\>") && !page.replace("\\<", "").contains('<') && !page.contains('\u{1b}'), "{page}");
    assert!(!scene.run(&["assess", "merge", "evil.json"]).expect(0).stdout.contains('\u{1b}'));
}

#[test]
fn a_report_without_the_sum_of_its_criteria_is_folded() {
    let rows = json!([
        { "id": "L4.AUT.2", "scope": "prod/a", "status": "met" },
        { "id": "L4.AUT.2", "scope": "prod/b", "status": "partial" },
        { "id": "L4.AUT.1", "scope": "prod/a", "status": "met" },
        { "id": "L4.AUT.1", "scope": "dev/a", "status": "not_met" },
    ]);
    let mut value: Value =
        serde_json::from_str(&report("old", Some(3), &[("/criteria", rows), ("/overall/criteria", json!({}))])).expect("JSON");
    value["scopes"] = json!([{ "id": "prod/a", "class": "production" }, { "id": "prod/b", "class": "production" }, { "id": "dev/a", "class": "non-production" }]);
    let scene = Scene::new(&[("old.json", &value.to_string())]);
    let failing: Vec<Value> =
        merged(&scene, &["old.json"], 0).0["blockers"].as_array().expect("a list").iter().map(|row| row["criterion"].clone()).collect();
    assert_eq!(failing, [json!("L4.AUT.2")]);
}
