//! Generated pages and tables are what they are generated from; the examples on rule pages do what the pages say.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ztctl::diag::{Date, Example, PathFilter, RuleMeta, RuleSetting, RuleSettings};
use ztctl::lint::{self, Commands, RunOptions, Selection};
use ztctl::syntax::rego::{Capabilities, Version};

use crate::support::Sample;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn update() -> bool {
    std::env::var_os("ZTCTL_UPDATE").is_some()
}

/// Compares a generated text with its file, or writes it.
fn hold(path: &Path, text: &str, stale: &mut Vec<String>) {
    let old = fs::read_to_string(path).unwrap_or_default();
    if old == text {
        return;
    }
    if update() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("folder is made");
        fs::write(path, text).expect("page is written");
    } else {
        stale.push(path.display().to_string());
    }
}

#[test]
fn rule_pages_are_fresh() {
    let mut stale = Vec::new();
    let folder = root().join("docs/rules");
    for meta in lint::metas() {
        hold(&folder.join(format!("{}.md", meta.id)), &lint::render_rule_page(meta), &mut stale);
    }
    hold(&root().join("docs/rules.md"), &lint::render_rule_index(), &mut stale);
    for entry in fs::read_dir(&folder).expect("docs/rules") {
        let path = entry.expect("entry").path();
        let id = path.file_stem().expect("name").to_string_lossy().into_owned();
        if lint::meta(&id).is_none() {
            if update() {
                fs::remove_file(&path).expect("page is removed");
            } else {
                stale.push(format!("{} is about no rule", path.display()));
            }
        }
    }
    assert!(stale.is_empty(), "run ZTCTL_UPDATE=1 cargo test --test it docs\n{}", stale.join("\n"));
}

#[test]
fn the_page_of_frameworks_is_fresh() {
    let mut stale = Vec::new();
    hold(&root().join("docs/frameworks.md"), &ztctl::report::assess::frameworks_page(), &mut stale);
    assert!(stale.is_empty(), "run ZTCTL_UPDATE=1 cargo test --test it docs");
}

#[test]
fn metadata_is_complete() {
    let mut seen = std::collections::BTreeSet::new();
    for meta in lint::metas() {
        let id = meta.id;
        assert!(seen.insert(id), "two rules are called {id}");
        assert!(id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{id}");
        assert!(!meta.summary.is_empty() && !meta.summary.ends_with('.'), "summary of {id}");
        assert!(!meta.summary.starts_with(char::is_uppercase), "summary of {id} starts with a capital");
        assert!(meta.why.ends_with(['.', '`']) && meta.why.len() > 40, "why of {id}");
        assert!(!meta.source.is_empty() && !meta.bad.text.is_empty() && !meta.good.text.is_empty(), "{id}");
        assert_eq!(meta.fix == ztctl::diag::FixKind::None, meta.fix_safety.is_empty(), "fix safety of {id}");
        let known = [
            "syntax",
            "compile",
            "strict",
            "bugs",
            "idiomatic",
            "imports",
            "performance",
            "style",
            "testing",
            "custom",
            "authz",
            "istio",
            "envoy",
            "network",
            "opa",
            "otel",
            "spiffe",
            "spire",
            "vault",
            "k8s",
            "gatekeeper",
            "rbac",
            "eso",
            "certmanager",
            "linkerd",
            "x509",
            "secrets",
            "source",
            "yaml",
            "meta",
        ];
        assert!(known.contains(&meta.group), "group of {id}");
        if let Some(regal) = meta.regal {
            assert!(meta.peers.iter().any(|peer| peer.starts_with("regal ")), "{id} is on in Regal ({regal:?}), but names no peer");
        }
        for option in meta.options {
            assert!(option.doc.ends_with('.'), "option {} of {id}", option.name);
        }
    }
}

/// The findings on an example of rule `id`.
fn findings(id: &str, example: Example, select: &str) -> Vec<String> {
    let (path, version) = match example.language {
        "rego" => ("play/play.rego", Some(Version::V1)),
        "rego-v0" => ("play/play.rego", Some(Version::V0)),
        "yaml" => ("play/play.yaml", None),
        "json" => ("play/play.json", None),
        "hcl" => ("play/play.hcl", None),
        "shell" => ("play/play.sh", None),
        "go" => ("play/play.go", None),
        other => panic!("unknown language {other}"),
    };
    let files: Vec<(String, String)> = if example.text.starts_with("# file: ") {
        let parts = example.text.split("# file: ").skip(1).filter_map(|part| part.split_once('\n'));
        parts.map(|(name, text)| (format!("play/{name}"), text.to_owned())).collect()
    } else {
        vec![(path.to_owned(), example.text.to_owned())]
    };
    let sample = Sample::new(files.iter().map(|(path, text)| (path.as_str(), text.as_str())), version);
    let options = RunOptions {
        commands: Commands::Verify,
        selection: Selection::parse(&[select], &[] as &[&str], &[]).expect("known selector"),
        preset: None,
        as_of: Date::parse("2026-11-22").expect("a date"),
        capabilities: (id == "unsupported-builtin").then(|| Arc::new(Capabilities::release("opa", "0.60").expect("a release"))),
        schemas: None,
    };
    let setting = RuleSetting {
        name: id.to_owned(),
        level: None,
        options: example.options.iter().cloned().collect(),
        applies: PathFilter::default(),
    };
    let settings = RuleSettings { rules: vec![setting], ..RuleSettings::default() };
    let result = sample.run(&[settings], &options);
    result.diagnostics.into_iter().map(|d| d.rule.into_owned()).collect()
}

/// Rules about comments on rules need those rules to run.
fn selector(meta: &RuleMeta) -> String {
    if meta.group == "meta" { format!("{},todo-comment", meta.id) } else { meta.id.to_owned() }
}

#[test]
fn examples_do_what_pages_say() {
    for meta in lint::metas().filter(|meta| crate::support::can_judge(meta.group)) {
        let select = selector(meta);
        let bad = findings(meta.id, meta.bad, &select);
        assert!(!bad.is_empty(), "{}: the bad example is silent", meta.id);
        assert!(bad.iter().all(|rule| rule == meta.id), "{}: the bad example gives {bad:?}", meta.id);
        let good = findings(meta.id, meta.good, &select);
        assert!(good.is_empty(), "{}: the good example gives {good:?}", meta.id);
    }
}
