//! Configurations of SPIRE as guides have them: all that is wrong with them is found, and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use ztctl::diag::{Date, RuleSettings};
use ztctl::lint::{Commands, RunOptions, Selection};

use crate::support::Sample;

/// In a comment behind a line, or for formats and lines that have none in `expect.txt`: `path:line rule`.
fn expected(name: &str, text: &str) -> Vec<(String, u32, String)> {
    if name == "expect.txt" {
        let of = |line: &str| {
            let (place, rule) = line.split_once(' ').expect("path:line rule");
            let (path, line) = place.split_once(':').expect("path:line");
            (path.to_owned(), line.parse().expect("a line"), rule.to_owned())
        };
        return text.lines().map(of).collect();
    }
    let marked = text.lines().zip(1..).filter_map(|(line, nr)| Some((line.split_once("# expect ")?.1, nr)));
    marked.flat_map(|(rules, nr)| rules.split(' ').map(move |rule| (name.to_owned(), nr, rule.to_owned()))).collect()
}

#[test]
fn samples_of_guides_have_the_known_defects_and_no_others() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/samples/spire");
    let mut files: Vec<(String, String)> = fs::read_dir(folder)
        .expect("samples")
        .map(|entry| entry.expect("entry"))
        .map(|entry| (entry.file_name().into_string().expect("a name"), fs::read_to_string(entry.path()).expect("a text")))
        .collect();
    files.sort();
    let wanted: BTreeSet<_> = files.iter().flat_map(|(name, text)| expected(name, text)).collect();
    let sample = Sample::new(files.iter().map(|(name, text)| (name.as_str(), text.as_str())), None);
    let options = RunOptions {
        commands: Commands::Check,
        selection: Selection::default(),
        preset: None,
        as_of: Date::parse("2026-11-22").expect("a date"),
        capabilities: None,
        schemas: None,
    };
    let result = sample.run(&[RuleSettings::default()], &options);
    let found: BTreeSet<_> = result
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let (path, line) = sample.line(diagnostic.place);
            (path, line, diagnostic.rule.to_string())
        })
        .collect();
    assert_eq!(found, wanted);
    assert!(wanted.len() >= 7, "{wanted:?}");
}
