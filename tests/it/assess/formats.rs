//! HTML, SARIF, JUnit and badge.

use std::collections::BTreeSet;

use data_encoding::BASE64;
use sha2::{Digest as _, Sha256};
use ztctl::assess::{Assessment, Settings};
use ztctl::report::assess::{
    About, Origin, badge, badge_json, browser_url, content_security_policy, html, json, junit, markdown, pretty, sarif,
};

use super::{archetype, assessed};

/// All fixtures.
pub(crate) fn names() -> Vec<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/assess");
    let mut out: Vec<String> = std::fs::read_dir(root)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    out.sort();
    out
}

fn of(name: &str) -> Assessment {
    assessed(&archetype(name), &Settings::default())
}

fn about() -> About {
    About {
        commit: Some("4f2c1ab0123456789abcdef0123456789abcdef0".to_owned()),
        dirty: Some(false),
        origin: Some(Origin { url: "https://github.com/shop/platform".to_owned(), folder: ".".to_owned(), prefix: "deploy/".to_owned() }),
        config_digest: "sha256:00".to_owned(),
        framework: None,
    }
}

/// Names that try to get out of where they are put. None is a credential's value.
const EVIL: &str = "x</script><script>alert(1)</script><!--\"'><img src=x onerror=alert(1)>]]>`|\u{202e}evil\u{1b}[31m\u{0}\u{2028}&lt;";

fn hostile() -> Assessment {
    let name = serde_json::to_string(EVIL).expect("a text");
    let path = format!("k8s/{}/<b>\"'.yaml", EVIL.replace('\0', "").replace('/', "∕"));
    let manifest = serde_json::json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": EVIL, "namespace": EVIL },
        "spec": { "template": { "spec": { "containers": [{ "name": EVIL, "env": [
            { "name": "DB_PASSWORD", "value": "Winter2024x" },
            { "name": "API_TOKEN", "valueFrom": { "secretKeyRef": { "name": EVIL, "key": EVIL } } },
        ] }] } } },
    });
    let waivers = format!(
        "version: 1\nwaivers:\n  - {{id: {name}, criteria: [L2.AUT.1], match: {{kind: Deployment}}, reason: {name}, owner: {name}, expires: 2027-01-01}}\n"
    );
    assessed(&[(path, manifest.to_string()), (".ztctl/waivers.yaml".to_owned(), waivers)], &Settings::default())
}

/// Elements of a page: names, attributes and texts between tags; panics where tags do not match.
struct Page {
    tags: Vec<(String, Vec<(String, String)>)>,
    script: String,
    style: String,
}

fn read(page: &str) -> Page {
    let mut out = Page { tags: Vec::new(), script: String::new(), style: String::new() };
    let mut open: Vec<String> = Vec::new();
    let mut rest = page.strip_prefix("<!DOCTYPE html>").expect("a page");
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        let end = rest.find('>').expect("an end");
        let tag = &rest[1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "…{}", &rest[..rest.len().min(80)].escape_debug());
            continue;
        }
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        let is_closed = attributes.ends_with('/');
        let mut list = Vec::new();
        let mut words = attributes.trim_end_matches('/').trim();
        while !words.is_empty() {
            let until = words.find(['=', ' ']).unwrap_or(words.len());
            let (key, after) = words.split_at(until);
            if let Some(value) = after.strip_prefix("=\"") {
                let close = value.find('"').expect("a quote");
                list.push((key.to_owned(), value[..close].to_owned()));
                words = value[close + 1..].trim_start();
            } else {
                assert!(!after.starts_with('='), "an unquoted value: {tag}");
                list.push((key.to_owned(), String::new()));
                words = after.trim_start();
            }
        }
        if matches!(name, "script" | "style") {
            let close = format!("</{name}>");
            let until = rest.find(&close).expect("an end");
            let text = rest[..until].to_owned();
            rest = &rest[until + close.len()..];
            match (name, list.is_empty()) {
                ("script", true) => out.script += &text,
                ("style", true) => out.style += &text,
                _ => assert!(!text.contains('<') && list[0] == ("type".to_owned(), "application/json".to_owned()), "{list:?}"),
            }
            if !list.is_empty() {
                serde_json::from_str::<serde_json::Value>(&text).expect("JSON");
            }
        } else if !is_closed && !matches!(name, "meta" | "br" | "input" | "col" | "wbr" | "link" | "img" | "hr") {
            open.push(name.to_owned());
        }
        out.tags.push((name.to_owned(), list));
    }
    assert!(open.is_empty(), "{open:?} are not closed");
    out
}

#[test]
fn the_page_holds_together() {
    for name in names() {
        let text = html(&of(&name), &about());
        let page = read(&text);
        let mut ids = BTreeSet::new();
        for (tag, attributes) in &page.tags {
            for (key, value) in attributes {
                assert!(!key.starts_with("on") && key != "style" && key != "src", "{name}: {tag} has {key}");
                assert!(key != "id" || ids.insert(value.clone()), "{name}: `{value}` is there twice");
                assert!(tag != "link" && tag != "iframe" && tag != "object" && tag != "base", "{name}: {tag}");
            }
        }
        for (_, attributes) in &page.tags {
            for (_, value) in attributes.iter().filter(|(key, _)| key == "href") {
                let local = value.strip_prefix('#');
                assert!(local.is_none_or(|id| ids.contains(id)), "{name}: nothing is called {value}");
                assert!(local.is_some() || value.starts_with("https://github.com/shop/platform/blob/4f2c1ab0"), "{name}: {value}");
            }
        }
        for criterion in ["L1.SEC.1", "L4.SEC.1", "L5.NET.1", "level", "domains", "criteria", "limits"] {
            assert!(ids.contains(criterion), "{name}: {criterion}");
        }
        let level = of(&name).overall.level;
        assert!(level.is_none_or(|level| text.contains(&format!("<h1 id=\"level-title\">Level {level}: "))), "{name}");
        assert!(text.contains("As declared in this repository at commit <code>4f2c1ab01234</code>"), "{name}");
        assert_eq!(text, html(&of(&name), &about()), "{name}: other bytes");
    }
}

#[test]
fn the_policy_of_the_page_names_what_is_in_it() {
    let page = read(&html(&of("l3-eso-rotation"), &about()));
    let meta = page.tags.iter().find(|(tag, list)| tag == "meta" && list[0].1 == "Content-Security-Policy").expect("a policy");
    let policy = &meta.1[1].1;
    assert_eq!(*policy, content_security_policy());
    let hash = |text: &str| BASE64.encode(&Sha256::digest(text.as_bytes()));
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    assert!(policy.contains(&format!("script-src 'sha256-{}'", hash(&page.script))), "{policy}");
    assert!(policy.contains(&format!("style-src 'sha256-{}'", hash(&page.style))), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(page.script.len() <= 10 * 1024, "{} bytes of script", page.script.len());
}

#[test]
fn names_from_files_stay_texts() {
    let assessment = hostile();
    assert_eq!(assessment.waivers.active.len(), 1);
    let text = html(&assessment, &about());
    read(&text);
    let plain = About { commit: Some(EVIL.to_owned()), origin: None, ..about() };
    read(&html(&assessment, &plain));
    for text in [
        text,
        html(&assessment, &plain),
        badge(&assessment, &plain),
        junit(&assessment),
        markdown(&assessment, &plain),
        sarif(&assessment, &plain),
        json(&assessment, &plain),
        pretty(&assessment, &plain, ztctl::report::assess::Terminal { color: false }),
    ] {
        assert!(!text.contains("Winter2024x"));
        assert!(!text.contains('\u{1b}') && !text.contains('\0'), "{text}");
    }
    for text in [html(&assessment, &plain), badge(&assessment, &plain), junit(&assessment)] {
        assert!(!text.contains("<script>alert") && !text.contains("<img") && !text.contains('\u{202e}'), "{text}");
    }
    // what stands in code is no markup
    let outside: String = markdown(&assessment, &plain).split('`').step_by(2).collect();
    assert!(!outside.contains("<img"), "{outside}");
}

#[test]
fn sarif_names_what_is_not_met() {
    for name in names() {
        let assessment = of(&name);
        let value: serde_json::Value = serde_json::from_str(&sarif(&assessment, &about())).expect("JSON");
        let run = &value["runs"][0];
        let rules: Vec<&str> =
            run["tool"]["driver"]["rules"].as_array().expect("rules").iter().filter_map(|rule| rule["id"].as_str()).collect();
        let mut prints = BTreeSet::new();
        for result in run["results"].as_array().expect("results") {
            let index = usize::try_from(result["ruleIndex"].as_u64().expect("a number")).expect("small");
            assert_eq!(result["ruleId"].as_str(), Some(rules[index]), "{name}");
            assert!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].is_string(), "{name}: {result}");
            assert!(prints.insert(result["partialFingerprints"]["ztctl/v1"].to_string()), "{name}: {result}");
            assert!(matches!(result["level"].as_str(), Some("error" | "warning" | "note")));
        }
        for verdict in &assessment.combined {
            let is_gap = matches!(verdict.status.as_str(), "not_met" | "partial");
            assert!(!is_gap || rules.contains(&verdict.criterion.id), "{name}: {}", verdict.criterion.id);
            assert!(verdict.status.as_str() != "met" || !rules.contains(&verdict.criterion.id), "{name}: {}", verdict.criterion.id);
        }
    }
    let waived = hostile();
    let value: serde_json::Value = serde_json::from_str(&sarif(&waived, &about())).expect("JSON");
    let results = value["runs"][0]["results"].as_array().expect("results").iter();
    let suppressed: Vec<_> = results.filter(|result| result["suppressions"][0]["status"] == "accepted").collect();
    assert!(suppressed.iter().all(|result| result["ruleId"] == "L2.AUT.1") && !suppressed.is_empty(), "{suppressed:?}");
}

#[test]
fn junit_has_a_case_for_each_criterion() {
    for name in names() {
        let assessment = of(&name);
        let text = junit(&assessment);
        for verdict in &assessment.combined {
            let start = text.find(&format!("<testcase name=\"{} ", verdict.criterion.id)).expect("a case");
            let case = text[start..].lines().take(2).collect::<Vec<_>>().join("\n");
            let is = match case.lines().next() {
                Some(first) if first.ends_with("/>") => "met waived",
                _ if case.contains("<skipped ") => "unknown not_applicable attested",
                _ if case.contains("<failure ") || case.contains("<error ") => "not_met partial error",
                _ => panic!("{case}"),
            };
            assert!(is.split(' ').any(|status| status == verdict.status.as_str()), "{name}: {} is {is}", verdict.criterion.id);
        }
    }
}

/// What Ant's strict schema demands (windyroad/JUnit-Schema), and nothing beside it.
#[test]
fn junit_is_of_the_strict_form() {
    let tag = regex::Regex::new("<([a-z-]+)((?: [a-z]+=\"[^\"<]*\")*)/?>").expect("a pattern");
    let attribute = regex::Regex::new(" ([a-z]+)=\"").expect("a pattern");
    for assessment in names().iter().map(|name| of(name)).chain([hostile()]) {
        let text = junit(&assessment);
        assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"), "{text}");
        let mut ids = 0;
        for found in tag.captures_iter(&text) {
            let names: Vec<&str> =
                attribute.captures_iter(found.get(2).expect("a group").as_str()).map(|one| one.get(1).expect("a name").as_str()).collect();
            let expected: &[&str] = match &found[1] {
                "testsuite" => {
                    assert!(
                        found[2].contains(&format!("id=\"{ids}\"")) && found[2].contains("timestamp=\"2026-11-21T00:00:00\""),
                        "{}",
                        &found[0]
                    );
                    ids += 1;
                    &["id", "package", "name", "timestamp", "hostname", "tests", "failures", "errors", "skipped", "time"]
                }
                "testcase" => &["name", "classname", "time"],
                "failure" | "error" => &["message", "type"],
                "skipped" => &["message"],
                "testsuites" | "properties" | "system-out" | "system-err" => &[],
                other => panic!("{other}"),
            };
            assert_eq!(names, expected, "{}", &found[0]);
        }
        // every suite has its four parts in order
        let parts = text.matches("<properties/>").count();
        assert!(parts == ids && text.matches("<system-out>").count() == ids && text.matches("<system-err/>").count() == ids);
        let clean = text.chars().all(|c| c == '\n' || !c.is_control());
        assert!(clean && !text.contains("<script"), "{text}");
    }
}

#[test]
fn badges_say_the_level_and_the_day() {
    let assessment = of("l3-eso-rotation");
    let svg = badge(&assessment, &about());
    assert!(svg.starts_with("<svg ") && svg.contains("height=\"20\""));
    assert!(
        svg.contains("<title>zero trust: level 3 as declared at commit 4f2c1ab0123456789abcdef0123456789abcdef0, 2026-11-21</title>"),
        "{svg}"
    );
    let value: serde_json::Value = serde_json::from_str(&badge_json(&assessment)).expect("JSON");
    assert_eq!((&value["schemaVersion"], &value["label"], &value["message"]), (&1.into(), &"zero trust".into(), &"level 3".into()));
    let none = assessed(&[("policy/a.rego", "package a\n\ndefault allow := false\n")], &Settings::default());
    assert!(badge(&none, &about()).contains("not rated") && badge_json(&none).contains("not rated"));
    let colors: BTreeSet<String> =
        ["l0-k8s-base64", "l2-k8s-sealed", "l3-eso-rotation", "l5-istio-opa"].map(|name| badge_json(&of(name))).into();
    assert_eq!(colors.len(), 4);
}

#[test]
fn remotes_lose_their_credentials() {
    let is = |remote: &str, url: Option<&str>| assert_eq!(browser_url(remote).as_deref(), url, "{remote}");
    is("https://github.com/shop/platform.git", Some("https://github.com/shop/platform"));
    is("https://user:ghs_not-a-token@github.com/shop/platform", Some("https://github.com/shop/platform"));
    is("git@gitlab.example.com:group/sub/platform.git", Some("https://gitlab.example.com/group/sub/platform"));
    is("ssh://git@git.example.com:2222/group/platform.git", Some("https://git.example.com/group/platform"));
    for none in
        ["/srv/git/platform", "file:///srv/git/platform", "C:\\platform", "../platform", "https://localhost/a b", "javascript:alert(1)", ""]
    {
        is(none, None);
    }
}
