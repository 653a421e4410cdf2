//! Templates of Gatekeeper's library and pages of Regal's documentation.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::support::{done, outside};
use ztctl::format::embedded::{Kind, may_hold_rego};

/// Files below `folder` with one of `extensions`, sorted.
fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut waiting = vec![folder.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extensions.iter().any(|known| *known == extension)) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Formats each file; what is read again is the formatted text, nothing else changed, and a second run changes nothing.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn hold(folder: &str, extensions: &[&str], migrate: bool, at_least: usize) {
    let root = std::env::var("ZTCTL_CORPORA").unwrap_or_else(|_| "/tmp/corpora".to_owned());
    let files = files(&Path::new(&root).join(folder), extensions);
    if files.is_empty() {
        eprintln!("skipped: no repository `{folder}` below {root} (ZTCTL_CORPORA)");
        return;
    }
    let texts: usize = files
        .par_iter()
        .map(|path| {
            let Ok(text) = std::fs::read_to_string(path) else { return 0 };
            let name = path.to_string_lossy();
            let first = done(&name, &text, migrate);
            assert_eq!(first.put.problems, [], "{name}");
            let Some(new) = &first.put.text else { return first.found.texts.len() };
            let second = done(&name, new, migrate);
            assert_eq!(second.put.text, None, "{name}: a second run changes the file");
            assert_eq!(first.found.texts.len(), second.found.texts.len(), "{name}");
            for ((before, after), wanted) in first.found.texts.iter().zip(&second.found.texts).zip(&first.wanted) {
                let wanted = wanted.as_deref().unwrap_or(&before.file.text);
                assert_eq!(after.file.text.trim_end_matches('\n'), wanted.trim_end_matches('\n'), "{name}");
            }
            if !migrate {
                assert_eq!(outside(&text, &first.found), outside(new, &second.found), "{name}");
            }
            first.found.texts.len()
        })
        .sum();
    assert!(texts >= at_least, "{texts} texts in {folder}");
}

#[test]
fn templates_of_the_library_are_formatted_in_place() {
    hold("gatekeeper-library/library", &["yaml"], false, 49);
}

#[test]
fn templates_of_the_library_are_made_v1_in_place() {
    hold("gatekeeper-library/library", &["yaml"], true, 49);
}

#[test]
fn code_blocks_of_regals_documentation_are_formatted_in_place() {
    hold("regal/docs", &["md"], false, 50);
}

#[test]
fn files_without_rego_are_not_read() {
    assert!(!may_hold_rego("kind: ConfigMap\ndata:\n  a.yaml: x\n", Kind::Yaml));
    assert!(!may_hold_rego("kind: ConstraintTemplate\n", Kind::Yaml));
    assert!(!may_hold_rego("kind: Deployment\nimage: rego\n", Kind::Yaml));
    assert!(!may_hold_rego("# Rego\n\nno package\n", Kind::Markdown));
    assert!(may_hold_rego("{\"kind\":\"ConfigMap\",\"data\":{\"a.rego\":\"\"}}", Kind::Json));
}
