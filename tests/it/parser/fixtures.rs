//! Texts under fixtures/rego: what is wrong with the broken ones, and that nothing is wrong with the others.

use std::path::{Path, PathBuf};

use ztctl::syntax::rego::{Version, parse};

use super::{outline, said};

/// The fixtures of a folder with the version that they are written for, sorted.
pub(super) fn texts(folder: &str) -> Vec<(String, Version, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rego").join(folder);
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let name = path.file_name().expect("a file").to_string_lossy().into_owned();
            let version = if name.ends_with(".v0.rego") { Version::V0 } else { Version::V1 };
            (name.trim_end_matches(".rego").to_owned(), version, std::fs::read_to_string(path).expect("a readable file"))
        })
        .collect()
}

#[test]
fn mistakes_are_named() {
    for (name, version, text) in texts("invalid") {
        let parse = parse(text.as_str(), version);
        assert!(!parse.errors.is_empty(), "{name} has no error");
        assert_eq!(parse.tree.text(), text, "{name}");
        insta::with_settings!({ snapshot_path => "../../snapshots/rego-invalid", prepend_module_to_snapshot => false, omit_expression => true, description => text.as_str() }, {
            insta::assert_snapshot!(name, said(&parse));
        });
    }
}

#[test]
fn mistakes_come_with_help() {
    // where one error leaves open what was meant
    const WITHOUT: [&str; 3] =
        ["found `1`, expected `,`, `:` or `}`", "found `}`, expected an expression", "found `=`, expected an expression"];
    for (name, version, text) in texts("invalid") {
        for error in parse(text, version).errors {
            assert!(error.help.is_some() || WITHOUT.contains(&error.message.as_str()), "{name}: {}", error.message);
            assert!(error.message.starts_with("found "), "{name}: {}", error.message);
            assert!(!error.message.ends_with('.') && !error.help.is_some_and(|help| help.ends_with('.')), "{name}");
        }
    }
}

#[test]
fn valid_texts_have_their_shape() {
    for (name, version, text) in texts("valid") {
        let parse = parse(text.as_str(), version);
        assert_eq!(said(&parse), "", "{name}");
        assert_eq!(parse.tree.text(), text, "{name}");
        insta::with_settings!({ snapshot_path => "../../snapshots/rego-valid", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, outline(parse.tree.root()));
        });
    }
}

#[test]
fn one_cause_is_one_error() {
    // each of these has as many mistakes as the number says
    for (mistakes, text) in [
        (1, "package a\n\np := {\"a\": [1, {\"b\": f(1 2)}]}\n\nq := 1\n"),
        (1, "package a\n\np if {\n\tx := {\n\t\t\"a\": 1\n\t\t\"b\": [2, 3],\n\t}\n\tx.a == 1\n}\n"),
        (1, "package a\n\np if {\n\tfoo(\n\tx := 1\n}\n\nq := 1\n"),
        (2, "package a\n\np if {\n\tx := \n\ty := 1\n\tz := [1 2]\n}\n"),
        (2, "package a\n\np := (1, 2)\n\nq := (1 + )\n"),
        (3, "package a\n\np if x y\n\nq if { x := }\n\nr := [\n"),
        (1, "package a\n\np if {\n\tx\n\nq if {\n\ty\n}\n"),
    ] {
        let parse = parse(text, Version::V1);
        assert_eq!(parse.errors.len(), mistakes, "{text}\n{}", said(&parse));
    }
}

#[test]
fn errors_are_capped() {
    let mut text = String::from("package a\n");
    for index in 0..1000 {
        text.push_str(&format!("\np{index} {{ x }}\n"));
    }
    assert_eq!(parse(text, Version::V1).errors.len(), 20);
}
