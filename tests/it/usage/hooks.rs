use std::collections::BTreeMap;

use super::read;
use crate::cli::Scene;

fn hooks() -> BTreeMap<String, serde_yaml::Mapping> {
    let hooks: Vec<serde_yaml::Mapping> = serde_yaml::from_str(&read(".pre-commit-hooks.yaml")).expect("YAML");
    hooks.into_iter().map(|hook| (hook["id"].as_str().expect("an id").to_owned(), hook)).collect()
}

fn text<'h>(hook: &'h serde_yaml::Mapping, key: &str) -> &'h str {
    hook[key].as_str().unwrap_or_else(|| panic!("{key}: {hook:?}"))
}

#[test]
fn each_hook_is_there_built_and_installed() {
    let hooks = hooks();
    let ids: Vec<&str> = hooks.keys().map(String::as_str).filter(|id| !id.ends_with("-system")).collect();
    assert_eq!(ids, ["ztctl-check", "ztctl-fmt", "ztctl-lint", "ztctl-test", "ztctl-verify"]);
    for id in ids {
        let (built, installed) = (&hooks[id], &hooks[&format!("{id}-system")]);
        assert_eq!(text(built, "language"), "rust");
        assert_eq!(text(installed, "language"), "system");
        for key in ["name", "entry", "args", "files", "types", "require_serial", "minimum_pre_commit_version"] {
            assert_eq!(built[key], installed[key], "{id}: {key}");
        }
        assert_eq!(built["require_serial"].as_bool(), Some(true), "{id}");
    }
}

#[test]
fn the_entries_run() {
    for (id, hook) in hooks() {
        let mut words = text(&hook, "entry").split(' ');
        assert_eq!(words.next(), Some("ztctl"), "{id}");
        let args = hook["args"].as_sequence().expect("args").iter().map(|arg| arg.as_str().expect("text"));
        let scene = Scene::new(&[("-a b.rego", "package a\n\np := 1\n"), ("other.rego", "package other\n\np :=  1\n")]);
        let args: Vec<&str> = words.chain(args).chain(["-a b.rego"]).collect();
        // what is wrong with the other file is not reported
        scene.run(&args).expect(0);
        assert_eq!(scene.read("other.rego"), "package other\n\np :=  1\n");
    }
}

#[test]
fn the_patterns_take_what_ztctl_reads() {
    let wanted: &[(&str, &[&str], &[&str])] = &[
        (
            "ztctl-verify",
            &["a.rego", "b c/d.YAML", "e.yml", "f.json", "agent.conf", "p.hcl", "main.tf", "ztctl.toml", "bundle/.manifest"],
            &["a.rego.bak", "main.rs", "Makefile", "x.manifest"],
        ),
        ("ztctl-fmt", &["a.rego", "x/y_test.rego"], &["a.yaml", "rego"]),
        ("ztctl-lint", &["a.rego", "configmap.yaml", "list.json"], &["agent.conf"]),
        ("ztctl-check", &["a.yaml", "agent.conf", "p.hcl", "main.tf", "a.rego"], &["main.rs", "ayaml"]),
        ("ztctl-test", &["a.rego", "data.json", "a.ztest.yaml", ".manifest"], &["main.tf"]),
    ];
    let hooks = hooks();
    for (id, taken, passed) in wanted {
        let pattern = regex::Regex::new(text(&hooks[*id], "files")).expect("a pattern");
        for name in *taken {
            assert!(pattern.is_match(name), "{id} passes over {name}");
        }
        for name in *passed {
            assert!(!pattern.is_match(name), "{id} takes {name}");
        }
    }
}

#[test]
fn the_pages_name_hooks_that_are_there() {
    let hooks = hooks();
    for page in ["README.md", "docs/ci.md"] {
        let text = read(page);
        let named: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("- id: ")).collect();
        assert!(!named.is_empty(), "{page} shows no hook");
        for id in named {
            assert!(hooks.contains_key(id), "{page} names the hook `{id}`");
        }
    }
}
