//! Configurations as guides to zero trust show them, good ones and such with known defects: each defect is found, and nothing else. A
//! folder under `fixtures/samples/` is a workspace.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ztctl::diag::{Date, RuleSettings};
use ztctl::lint::{Commands, RunOptions, Selection};
use ztctl::syntax::source::Language;

use crate::support::{Sample, can_judge};

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
    let marker = |line: &str| line.split_once("# expect ").or(line.split_once("// expect ")).map(|(_, rules)| rules.to_owned());
    let marked = text.lines().zip(1..).filter_map(|(line, nr)| Some((marker(line)?, nr)));
    marked.flat_map(|(rules, nr)| rules.split(' ').map(|rule| (name.to_owned(), nr, rule.to_owned())).collect::<Vec<_>>()).collect()
}

/// The files of a folder and of those in it, by their paths below `base`.
fn read(base: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("samples") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            read(base, &path, files);
            continue;
        }
        let name = path.strip_prefix(base).expect("below").to_str().expect("a name").replace('\\', "/");
        files.push((name, fs::read_to_string(&path).expect("a text")));
    }
}

/// Path, line and rule of what should be found and of what is.
fn judge(folder: &Path) -> [BTreeSet<(String, u32, String)>; 2] {
    let mut files = Vec::new();
    read(folder, folder, &mut files);
    files.retain(|(name, _)| can_judge("source") || Language::of(name).is_none());
    files.sort();
    let wanted = files.iter().flat_map(|(name, text)| expected(name, text)).collect();
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
    let found = result.diagnostics.iter().map(|diagnostic| {
        let (path, line) = sample.line(diagnostic.place);
        (path, line, diagnostic.rule.to_string())
    });
    [wanted, found.collect()]
}

#[test]
fn samples_of_guides_have_the_known_defects_and_no_others() {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/samples");
    let mut folders: Vec<PathBuf> = fs::read_dir(base).expect("samples").map(|entry| entry.expect("entry").path()).collect();
    folders.sort();
    let mut wrong = Vec::new();
    let mut defects = 0;
    for folder in &folders {
        let [wanted, found] = judge(folder);
        defects += wanted.len();
        let topic = folder.file_name().expect("a name").to_string_lossy();
        wrong.extend(wanted.difference(&found).map(|missing| format!("{topic}: not found: {missing:?}")));
        wrong.extend(found.difference(&wanted).map(|extra| format!("{topic}: not expected: {extra:?}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(folders.len() >= 20 && defects >= 60, "{} folders, {defects} defects", folders.len());
}
