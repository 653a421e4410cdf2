use ztctl::config::{config_keys, config_schema};

use super::RULES;

/// Holds a generated file against the committed one, or writes it.
pub(crate) fn hold(path: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("ZTCTL_UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folder is made");
        std::fs::write(&path, text).expect("file is written");
    }
    let fresh = std::fs::read_to_string(&path).is_ok_and(|old| old == text);
    assert!(fresh, "{} is stale: run ZTCTL_UPDATE=1 cargo test --test it docs", path.display());
}

#[test]
fn the_schema_is_fresh() {
    let rules: Vec<_> = ztctl::lint::metas().collect();
    hold("docs/schema/config.json", &(serde_json::to_string_pretty(&config_schema(&rules)).expect("a value") + "\n"));
}

/// What `init` writes is right, with and without its comments.
#[test]
fn the_file_to_start_from_is_right() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/commands/init.toml")).expect("init.toml");
    let is_toml = |line: &str| line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
    let uncommented: Vec<&str> = text.lines().map(|line| line.strip_prefix("# ").filter(|rest| is_toml(rest)).unwrap_or(line)).collect();
    let uncommented = uncommented.join("\n");
    assert!(uncommented.matches('=').count() > 3);
    for text in [text.as_str(), &uncommented] {
        assert_right(text);
    }
}

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
        assert_right(block);
    }
}

/// No mistakes, by the rules that there are.
fn assert_right(text: &str) {
    let rules: Vec<_> = ztctl::lint::metas().collect();
    let memory = super::Memory::new(&[("/repo/x/ztctl.toml", text), ("/repo/ztctl.toml", "")]);
    let mut sources = ztctl::text::SourceMap::new();
    let mut store = ztctl::config::ConfigStore::new(&memory, &rules, "/repo/x", ztctl::config::Source::Nearest);
    store.of_file("a.rego", &mut sources);
    assert_eq!(store.findings(), &[], "{text}");
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
