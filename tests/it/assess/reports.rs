//! Terminal, JSON and Markdown.

use std::collections::BTreeMap;

use ztctl::assess::delta::{Against, Delta};
use ztctl::assess::history::Point;
use ztctl::assess::snapshot::Snapshot;
use ztctl::assess::{Assessment, Settings, summary_line};
use ztctl::report::assess::{About, Origin, Terminal, assess_schema, explain, html, json, limits_text, markdown, pretty};

use super::{archetype, assessed};

const NAMES: [&str; 4] = ["l0-k8s-base64", "l2-k8s-sealed", "l3-eso-rotation", "l5-istio-opa"];

fn plain(assessment: &Assessment) -> String {
    pretty(assessment, &About::default(), Terminal { color: false })
}

/// No line is too long, ends in blanks or holds an escape code.
fn hold_80(name: &str, text: &str) {
    assert!(!text.contains('\u{1b}'), "{name} is coloured");
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{name}: {line}");
        assert_eq!(line, line.trim_end(), "{name}");
    }
}

#[test]
fn the_terminal_has_80_columns_and_says_what_to_do() {
    for name in super::formats::names() {
        let assessment = assessed(&archetype(&name), &Settings::default());
        let text = plain(&assessment);
        hold_80(&name, &text);
        let level = assessment.overall.level.expect("a level");
        assert!(text.contains(&format!("[{level}]")) && text.contains(&format!("LEVEL {level}")), "{text}");
        assert_eq!(text.contains("NEXT STEP") && text.contains("      → "), level < 5, "{text}");
        for verdict in assessment.missing() {
            assert!(text.contains(verdict.criterion.id), "{name}: {}", verdict.criterion.id);
        }
        for environment in assessment.environments.iter().take(3) {
            assert!(text.contains(&environment.id), "{name}: {}", environment.id);
        }
        let coloured = pretty(&assessment, &About::default(), Terminal { color: true });
        assert!(coloured.contains('\u{1b}'));
        // colour adds nothing but itself
        let mut bare = String::new();
        for (at, part) in coloured.split('\u{1b}').enumerate() {
            bare.push_str(if at == 0 { part } else { part.split_once('m').expect("a code").1 });
        }
        let trimmed: Vec<&str> = bare.lines().map(str::trim_end).collect();
        assert_eq!(trimmed, text.lines().collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn many_environments_and_long_names_fit_too() {
    let long = "a-name-that-is-much-longer-than-a-terminal-is-wide-".repeat(3);
    let mut files = Vec::new();
    for at in 0..12 {
        let (folder, class) = if at < 5 { ("prod", "production") } else { ("dev", "dev") };
        let manifest = format!(
            "apiVersion: v1\nkind: Namespace\nmetadata: {{name: n{at}, labels: {{environment: {class}-{at}-{long}}}}}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {long}, namespace: n{at}}}\nspec: {{template: {{spec: {{containers: [{{name: {long}, image: a, env: [{{name: DB_PASSWORD, value: Winter2024x{at}}}]}}]}}}}}}\n"
        );
        files.push((format!("{long}/{folder}-{at}/{long}/deployment.yaml"), manifest));
    }
    files.push((
        ".ztctl/waivers.yaml".to_owned(),
        format!(
            "version: 1\nwaivers:\n  - {{id: {long}, criteria: [L2.AUT.1], match: {{kind: Deployment}}, reason: {long}, owner: {long}, expires: 2026-12-03}}\n  - {{id: old, criteria: [L2.AUT.1], match: {{kind: Deployment}}, reason: x, owner: {long}, expires: 2026-01-01}}\n  - {{id: endless, criteria: [L2.AUT.1], match: {{kind: Deployment}}, reason: x, owner: x}}\n"
        ),
    ));
    let assessment = assessed(&files, &Settings::default());
    assert!(assessment.environments.len() >= 12, "{:?}", assessment.environments.len());
    let about = About { commit: Some("4f2c1ab0123".to_owned()), dirty: Some(true), ..About::default() };
    let text = pretty(&Assessment { target: long.clone(), ..assessment }, &about, Terminal { color: false });
    hold_80("many", &text);
    assert!(text.contains("more environments: ") && text.contains(" @ 4f2c1ab, files changed"), "{text}");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("expires in 12 days") && words.contains("1 expired, 1 rejected (no expiry)"), "{text}");
    assert!(text.contains("old: expired 324 days ago"), "{text}");
    // double width: half as many fit
    let wide = "漢字".repeat(60);
    let manifest = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a, namespace: {wide}}}\nspec: {{template: {{spec: {{containers: [{{name: x, env: [{{name: DB_PASSWORD, value: Winter2024x}}]}}]}}}}}}\n"
    );
    let text = plain(&assessed(&[(format!("{wide}.yaml"), manifest)], &Settings::default()));
    for line in text.lines() {
        let columns: usize = line.chars().map(|c| if ('一'..='鿿').contains(&c) { 2 } else { 1 }).sum();
        assert!(columns <= 80, "{line}");
    }
}

/// What changes from one state of a repository to another.
fn changed(before: &[(String, String)], after: &[(String, String)]) -> Assessment {
    let (old, mut new) = (assessed(before, &Settings::default()), assessed(after, &Settings::default()));
    let against = Against::Revision { name: "main".to_owned(), commit: "1234567890".to_owned() };
    new.governance.delta = Some(Delta::between(against, &Snapshot::of(&old), &Snapshot::of(&new), &BTreeMap::new()));
    new
}

#[test]
fn a_change_is_told_in_every_format_for_people() {
    let before = archetype("l3-eso-rotation");
    let mut after = before.clone();
    after.push((
        "k8s/leak.yaml".to_owned(),
        "apiVersion: v1\nkind: Secret\nmetadata: {name: leak, namespace: orders}\nstringData:\n  password: Winter2024x\n".to_owned(),
    ));
    let origin = Origin { url: "https://github.com/shop/platform".to_owned(), folder: ".".to_owned(), prefix: String::new() };
    let about = About { commit: Some("4f2c1ab0".to_owned()), origin: Some(origin), ..About::default() };
    let worse = changed(&before, &after);
    let text = markdown(&worse, &about);
    assert!(text.contains("\n## Level 0 (▼3) · secrets 0 ▼3\n"), "{text}");
    assert!(text.contains("### New in this change") && text.contains("Lost: L1.SEC.1 (met → "), "{text}");
    assert!(text.contains("[`k8s/leak.yaml:5`](https://github.com/shop/platform/blob/4f2c1ab0/k8s/leak.yaml#L5)"), "{text}");
    assert!(text.contains("| secrets | 0 ▼3 |") && text.lines().count() <= 60, "{text}");
    let text = plain(&worse);
    hold_80("worse", &text);
    assert!(text.contains("since main (1234567)") && text.contains("Level 0 (▼3)") && text.contains("lost: L1.SEC.1"), "{text}");
    let page = html(&worse, &about);
    assert!(page.contains("<h2 id=\"change-title\">") && page.contains("New gaps"), "no section");
    let better = changed(&after, &before);
    assert!(markdown(&better, &about).contains("\n## Level 3 (▲3) · secrets 3 ▲3\n"));
    assert!(markdown(&better, &about).contains("- Gained: L1.SEC.1"));
    let same = changed(&before, &before);
    assert!(markdown(&same, &about).contains("\n## Level 3 (=)\n") && markdown(&same, &about).contains("Nothing changed since"));
    assert!(plain(&same).contains("nothing changed"));
}

#[test]
fn the_history_is_drawn() {
    let mut assessment = assessed(&archetype("l3-eso-rotation"), &Settings::default());
    let last = Point::of(&assessment, Some("4f2c1ab0"));
    let first = Point { level: Some(1), date: "2026-01-01".to_owned(), ..last.clone() };
    assessment.governance.history = vec![first, last];
    let text = plain(&assessment);
    hold_80("history", &text);
    assert!(text.contains("HISTORY    ▂▅   2026-01-01 to 2026-11-21"), "{text}");
    let page = html(&assessment, &About::default());
    assert!(page.contains("class=\"run\" d=\"M34 82L94 46\""), "{page}");
}

#[test]
fn names_from_files_are_made_harmless() {
    let evil = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: \"\\e[31m|<b>`x`\", namespace: \"a\\nb\"}\nspec: {template: {spec: {containers: [{name: x, env: [{name: DB_PASSWORD, value: Winter2024x}]}]}}}\n";
    let assessment = assessed(&[("a.yaml", evil)], &Settings::default());
    for text in [
        pretty(&assessment, &About::default(), Terminal { color: false }),
        markdown(&assessment, &About::default()),
        json(&assessment, &About::default()),
        explain(&assessment, "L1.SEC.1").expect("a criterion"),
        summary_line(&assessment),
    ] {
        assert!(!text.contains('\u{1b}'), "{text}");
    }
    assert!(!markdown(&assessment, &About::default()).contains("<b>"));
}

#[test]
fn markdown_is_short_and_marked() {
    for name in NAMES {
        let text = markdown(&assessed(&archetype(name), &Settings::default()), &About::default());
        assert!(text.starts_with("<!-- ztctl-assess -->\n"));
        assert!(text.lines().count() <= 60, "{name}: {}", text.lines().count());
        assert!(text.contains("| secrets |"));
    }
}

#[test]
fn the_same_files_give_the_same_bytes() {
    let about = About { commit: Some("0123456789".to_owned()), dirty: Some(false), config_digest: "x".to_owned(), ..About::default() };
    let files = archetype("l5-istio-opa");
    let first = json(&assessed(&files, &Settings::default()), &about);
    assert_eq!(first, json(&assessed(&files, &Settings::default()), &about));
    let mut turned = files;
    turned.reverse();
    assert_eq!(first, json(&assessed(&turned, &Settings::default()), &about));
}

#[test]
fn json_holds_what_its_schema_names_and_nothing_else() {
    let schema = assess_schema();
    for name in NAMES {
        let text = json(&assessed(&archetype(name), &Settings::default()), &About::default());
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        check(&schema, &schema, &value, name);
    }
    let text = serde_json::to_string_pretty(&schema).expect("a value") + "\n";
    crate::config::docs::hold("docs/schema/assess.v1.json", &text);
}

/// Holds a value against the part of JSON Schema that ours uses; unknown keys are refused, to hold both sides together.
pub(crate) fn check(root: &serde_json::Value, schema: &serde_json::Value, value: &serde_json::Value, at: &str) {
    if let Some(name) = schema.get("$ref").and_then(serde_json::Value::as_str) {
        return check(root, &root["$defs"][name.rsplit('/').next().expect("a name")], value, at);
    }
    if let Some(any) = schema.get("anyOf").and_then(serde_json::Value::as_array) {
        let fits = any.iter().find(|one| (one["type"] == "null") == value.is_null());
        return check(root, fits.expect("one that fits"), value, at);
    }
    if let Some(all) = schema.get("allOf").and_then(serde_json::Value::as_array) {
        // evidence: an observation and more
        let keys = all.iter().flat_map(|part| {
            let part = if part.get("$ref").is_some() { &root["$defs"]["observation"] } else { part };
            part["properties"]
                .as_object()
                .expect("properties")
                .iter()
                .map(|(key, schema)| (key.clone(), schema.clone()))
                .collect::<Vec<_>>()
        });
        let properties: serde_json::Map<String, serde_json::Value> = keys.collect();
        return check(root, &serde_json::json!({ "type": "object", "properties": properties }), value, at);
    }
    if let Some(words) = schema.get("enum").and_then(serde_json::Value::as_array) {
        assert!(words.contains(value), "{at}: {value}");
    }
    if let Some(only) = schema.get("const") {
        assert_eq!(only, value, "{at}");
    }
    let kinds: Vec<&str> = match &schema["type"] {
        serde_json::Value::String(kind) => vec![kind],
        serde_json::Value::Array(kinds) => kinds.iter().filter_map(serde_json::Value::as_str).collect(),
        _ => return,
    };
    let kind = match value {
        serde_json::Value::Null => "null",
        serde_json::Value::Bool(_) => "boolean",
        serde_json::Value::Number(number) if number.is_f64() => "number",
        serde_json::Value::Number(_) => "integer",
        serde_json::Value::String(_) => "string",
        serde_json::Value::Array(_) => "array",
        serde_json::Value::Object(_) => "object",
    };
    assert!(kinds.contains(&kind) || (kind == "integer" && kinds.contains(&"number")), "{at}: {kind} is none of {kinds:?}");
    if let Some(items) = value.as_array() {
        items.iter().for_each(|item| check(root, &schema["items"], item, at));
    }
    let (Some(map), Some(properties)) = (value.as_object(), schema.get("properties").and_then(serde_json::Value::as_object)) else {
        return;
    };
    for key in schema.get("required").and_then(serde_json::Value::as_array).into_iter().flatten().filter_map(serde_json::Value::as_str) {
        assert!(map.contains_key(key), "{at}: `{key}` is missing");
    }
    for (key, value) in map {
        let schema = properties.get(key).unwrap_or_else(|| panic!("{at}: `{key}` is not in the schema"));
        check(root, schema, value, &format!("{at}/{key}"));
    }
}

#[test]
fn explanations_name_every_piece_of_evidence() {
    let assessment = assessed(&archetype("l0-k8s-base64"), &Settings::default());
    let text = explain(&assessment, "L1.SEC.1").expect("a criterion");
    assert!(text.contains("k8s/secret.yaml:9") && text.contains("to pass:"), "{text}");
    assert!(explain(&assessment, "DQ.SEC.1").expect("a disqualifier").contains("k8s/secret.yaml:9"));
    assert!(explain(&assessment, "L9.SEC.1").is_none());
    assert!(limits_text().contains("whether logs arrive"));
    assert!(summary_line(&assessment).contains("level 0 of 5") && summary_line(&assessment).contains("next step"));
    // the same first step as the plan
    let first = assessment.steps.iter().find(|step| step.soon).expect("a step");
    assert!(summary_line(&assessment).contains(&first.title), "{}", summary_line(&assessment));
}
