use ztctl::config::{config_keys, config_schema};

use super::RULES;

#[test]
fn every_key_is_documented() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md");
    let text = std::fs::read_to_string(path).expect("docs/configuration.md");
    for (key, doc) in config_keys() {
        assert!(text.contains(&format!("`{key}`")), "docs/configuration.md says nothing of `{key}`");
        assert!(!doc.is_empty());
    }
}

#[test]
fn the_examples_are_right() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md")).expect("docs/configuration.md");
    let blocks: Vec<&str> = text.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect();
    assert!(blocks.len() >= 2);
    for block in blocks {
        let files = [("/repo/ztctl.toml", ""), ("/repo/x/ztctl.toml", block)];
        super::run(&files, "/repo/x", "a.rego", ztctl::config::Source::Nearest).silent();
    }
}

#[test]
fn the_schema_says_what_is_checked() {
    let schema = config_schema(RULES);
    let rule = &schema["properties"]["rules"]["properties"]["line-length"]["anyOf"][1]["properties"];
    assert_eq!(rule["max-line-length"]["maximum"], 1000);
    assert_eq!(rule["mode"]["enum"][1], "never");
    assert_eq!(schema["properties"]["project"]["items"]["required"][0], "path");
    assert_eq!(schema["additionalProperties"], false);
    assert!(schema["properties"]["rules"]["properties"].get("style").is_some());
}
