//! The formatter: our fixtures, what must hold of every result, and opa itself where it is installed.

mod deviations;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::opa;
use ztctl::format::{Refusal, Target, format};
use ztctl::syntax::rego::{Kind, Version, parse};

const HEADER: &str = "package a\n\n";

struct Case {
    /// File and name.
    name: String,
    mode: &'static str,
    version: Version,
    target: Target,
    text: String,
    expected: Expected,
}

impl Case {
    /// What opa does wrong; else the result is opa's.
    fn is_deviation(&self) -> bool {
        self.name.starts_with("deviations")
    }
}

enum Expected {
    Text(String),
    /// Part of the reason.
    Refused(String),
}

/// Each mode with opa's flags for it, one list a run.
const MODES: [(&str, &[&[&str]]); 6] = [
    ("v1", &[&[]]),
    ("v0", &[&["--v0-compatible"]]),
    ("both", &[&["--v0-v1"]]),
    ("v1both", &[&["--v0-v1", "--v1-compatible"]]),
    ("drop", &[&["--drop-v0-imports"]]),
    ("v0v1", &[&["--v0-v1"], &["--drop-v0-imports"]]),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/fmt")
}

fn mode(name: &str) -> (Version, Target) {
    match name {
        "v1" => (Version::V1, Target::V1),
        "v0" => (Version::V0, Target::V0),
        "both" => (Version::V0, Target::Both),
        "v1both" => (Version::V1, Target::Both),
        "drop" => (Version::V1, Target::V1Only),
        "v0v1" => (Version::V0, Target::V1Only),
        other => panic!("no mode {other}"),
    }
}

/// A text of a fixture file in full.
fn whole(lines: &[&str]) -> String {
    let header = if lines.iter().any(|line| line.starts_with("package ")) { "" } else { HEADER };
    let mut text = format!("{header}{}", lines.join("\n"));
    text.push('\n');
    text
}

/// The text as a file, with the edges that a name calls for.
fn with_edges(name: &str, mut text: String) -> String {
    if name.contains("(crlf)") {
        text = text.replace('\n', "\r\n");
    }
    if name.contains("(no final newline)") {
        text.truncate(text.trim_end().len());
    }
    if name.contains("(bom)") {
        text.insert(0, '\u{feff}');
    }
    text
}

/// The cases of a file: `@ name`, a text, then `@@` and the result or `@!` and the reason of a refusal.
fn cases_of(path: &Path) -> Vec<Case> {
    let content = fs::read_to_string(path).expect("fixture");
    let file = path.file_stem().expect("name").to_string_lossy().into_owned();
    content
        .split("\n@ ")
        .skip(1)
        .map(|case| {
            let (name, rest) = case.trim_end_matches('\n').split_once('\n').expect("name and text");
            let mode_name = match name.strip_prefix('[') {
                Some(bracketed) => bracketed.split_once(']').expect("mode in brackets").0,
                None => file.split_once('-').expect("mode in the file's name").0,
            };
            let lines: Vec<&str> = rest.lines().collect();
            let divider = lines.iter().position(|line| line.starts_with("@@") || line.starts_with("@!")).expect("divider");
            let expected = match lines[divider].strip_prefix("@!") {
                Some(reason) => Expected::Refused(reason.trim().to_owned()),
                None => Expected::Text(whole(&lines[divider + 1..])),
            };
            let (version, target) = mode(mode_name);
            let mode = MODES.iter().find(|(mode, _)| *mode == mode_name).expect("mode").0;
            let text = with_edges(name, whole(&lines[..divider]));
            Case { name: format!("{file}: {name}"), mode, version, target, text, expected }
        })
        .collect()
}

fn cases() -> Vec<Case> {
    let files = |folder: PathBuf| fs::read_dir(folder).expect("fixtures").map(|entry| entry.expect("entry").path());
    let mut paths: Vec<PathBuf> = files(folder()).chain(files(folder().join("stress"))).filter(|path| path.is_file()).collect();
    paths.sort();
    paths.iter().flat_map(|path| cases_of(path)).collect()
}

/// The version in which a result can be read.
fn readable(version: Version, target: Target) -> Version {
    match target {
        Target::V0 => Version::V0,
        Target::V1 | Target::V1Only => Version::V1,
        Target::Both => version,
    }
}

fn reason(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Syntax => "syntax".to_owned(),
        Refusal::Unsupported { reason, .. } | Refusal::Proof { reason } => reason.clone(),
        Refusal::Migration { message, .. } => message.clone(),
    }
}

#[test]
fn fixtures_give_what_they_say() {
    let cases = cases();
    assert!(cases.len() >= 600, "{} cases", cases.len());
    let mut wrong = String::new();
    for case in &cases {
        let result = format(&parse(case.text.as_str(), case.version), case.target);
        match (&case.expected, &result) {
            (Expected::Text(expected), Ok(text)) if expected == text => {}
            (Expected::Refused(expected), Err(refusal)) if reason(refusal).contains(expected.as_str()) => {}
            (Expected::Text(expected), Ok(text)) => {
                wrong.push_str(&format!("== {}\n-- expected\n{expected}-- found\n{text}", case.name));
            }
            _ => wrong.push_str(&format!("== {}: {result:?}\n", case.name)),
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn results_format_to_themselves() {
    for case in cases() {
        let Expected::Text(text) = &case.expected else { continue };
        let again = format(&parse(text.as_str(), readable(case.version, case.target)), case.target);
        assert_eq!(again.as_deref(), Ok(text.as_str()), "{}", case.name);
    }
}

/// The comments of a text by how often they are there, without blanks at their ends.
fn comments(text: &str, version: Version) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for token in parse(text, version).tree.tokens().filter(|token| token.kind() == Kind::Comment) {
        *found.entry(token.text().trim_end().to_owned()).or_default() += 1;
    }
    found
}

/// `text` with comments after some tokens, by a generator of its own.
fn with_comments(text: &str, version: Version, seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut out = String::new();
    for token in parse(text, version).tree.tokens() {
        out.push_str(token.text());
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let fits = !matches!(token.kind(), Kind::Comment | Kind::TemplateStart | Kind::TemplateText);
        if fits && state >> 59 == 0 {
            out.push_str(&format!(" # c{}\n", out.len()));
        }
    }
    out
}

#[test]
fn no_comment_is_lost() {
    let (mut formatted, mut refused) = (0, Vec::new());
    for (index, case) in cases().iter().enumerate() {
        for round in 0..8 {
            let text = with_comments(&case.text, case.version, (index * 8 + round) as u64 + 1);
            let parsed = parse(text.as_str(), case.version);
            match format(&parsed, case.target) {
                Ok(result) => {
                    formatted += 1;
                    let version = readable(case.version, case.target);
                    let again = parse(result.as_str(), version);
                    // broken METADATA may stay broken
                    let sound = again.formattable && (again.errors.is_empty() || !parsed.errors.is_empty());
                    assert!(sound, "{}: {:?}\n{text}\n{result}", case.name, again.errors);
                    assert_eq!(comments(&text, case.version), comments(&result, version), "{}\n{text}\n{result}", case.name);
                    assert_eq!(format(&again, case.target).as_deref(), Ok(result.as_str()), "{}\n{text}", case.name);
                }
                Err(Refusal::Syntax | Refusal::Migration { .. } | Refusal::Unsupported { .. }) => {}
                Err(Refusal::Proof { reason }) => refused.push(format!("== {}: {reason}\n{text}", case.name)),
            }
        }
    }
    assert!(formatted > 1000, "{formatted} formatted");
    assert!(refused.len() * 400 < formatted, "{} refused, {formatted} formatted\n{}", refused.len(), refused.concat());
}

#[test]
fn white_space_at_the_edges() {
    let formatted = |text: &str| format(&parse(text, Version::V1), Target::V1);
    let expected = "package a\n\np := 1 # c\n";
    for text in [
        "package a\r\n\r\np := 1 # c\r\n",
        "\u{feff}package a\n\np := 1 # c\n",
        "package a\n\np := 1 # c",
        "\n\n  package a  \n\n\n  p := 1\t# c  \n\n\n",
    ] {
        assert_eq!(formatted(text).as_deref(), Ok(expected), "{text:?}");
    }
    // what is inside raw strings is the author's
    let raw = "package a\n\np := `x \r\n y`\n";
    assert_eq!(formatted(raw).as_deref(), Ok(raw));
}

#[test]
fn texts_without_a_module_are_refused() {
    for text in ["", "# c\n", "p := 1\n", "package", "import data.a\n"] {
        assert_eq!(format(&parse(text, Version::V1), Target::V1), Err(Refusal::Syntax), "{text:?}");
    }
}

#[test]
fn refusals_have_their_place() {
    let refused = |text: &str, version, target| match format(&parse(text, version), target) {
        Err(Refusal::Migration { span, .. } | Refusal::Unsupported { span, .. }) => text[span.range()].to_owned(),
        other => panic!("{other:?}"),
    };
    let v1 = |text| refused(text, Version::V1, Target::V1);
    assert_eq!(v1("package a\nimport data.x\nimport data.y as x\n\np := x\n"), "x");
    assert_eq!(v1("package a\n\nf(input) := 1\n"), "input");
    assert_eq!(v1("package a\n\np if net.cidr_overlap(1, 2)\n"), "net.cidr_overlap");
    assert_eq!(v1("package a\n\np if { x := plus(1) }\n"), "plus(1)");
    assert_eq!(refused("package a\n\nin[x] { x := 1 }\n", Version::V0, Target::Both), "in");
    assert_eq!(refused("package a\n\np := $\"{x}\"\n", Version::V1, Target::Both), "$\"{x}\"");
}

/// Runs on a stack as large as the workers'.
fn on_large_stack(run: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(64 << 20).spawn(run).expect("thread").join().expect("no panic");
}

#[test]
fn odd_sizes_are_formatted_or_refused() {
    on_large_stack(|| {
        let v1 = |body: &str| format(&parse(format!("{HEADER}{body}\n"), Version::V1), Target::V1);
        let deep = 300;
        assert!(v1(&format!("p := {}1{}", "[\n".repeat(deep), "\n]".repeat(deep))).is_ok());
        assert!(v1(&format!("p := {}1{}", "[ # c\n".repeat(deep), "\n]".repeat(deep))).is_ok());
        assert!(v1(&format!("p := {}1{}", "{{-x}, ".repeat(deep), "}".repeat(deep))).is_ok());
        assert!(v1(&format!("p if x{}", "\nelse if x".repeat(5000))).is_ok());
        assert!(v1(&format!("p if {{ x }}{}", " { x }".repeat(2000))).is_ok());
        assert!(v1(&format!("p := {{{}1}}", "1, ".repeat(20_000))).is_ok());
        assert!(v1(&"p := 1\n".repeat(5000)).is_ok());
        // the head again and again
        let head = format!("p contains [{}] if {{ x }}{}", "1, ".repeat(4000), " { x }".repeat(4000));
        assert!(matches!(v1(&head), Err(Refusal::Unsupported { .. })));
    });
}

/// The fixtures that opa and we agree on are what opa writes today, or refuses.
#[test]
fn fixtures_are_what_opa_writes() {
    let Some(opa) = opa() else { return };
    let agreed: Vec<Case> = cases().into_iter().filter(|case| !case.is_deviation()).collect();
    for (mode, runs) in MODES {
        let folder = tempfile::tempdir().expect("folder");
        let mut expected = Vec::new();
        for (index, case) in agreed.iter().enumerate().filter(|(_, case)| case.mode == mode) {
            let path = folder.path().join(format!("{index:04}.rego"));
            fs::write(&path, &case.text).expect("written");
            match &case.expected {
                Expected::Text(text) => expected.push((path, &case.name, text)),
                Expected::Refused(_) => {
                    let output = Command::new(&opa).arg("fmt").args(runs[0]).arg(&path).output().expect("opa runs");
                    assert!(!output.status.success(), "{}", case.name);
                    fs::remove_file(&path).expect("removed");
                }
            }
        }
        assert!(!expected.is_empty(), "{mode}");
        for flags in runs {
            let output = Command::new(&opa).arg("fmt").arg("-w").args(*flags).arg(folder.path()).output().expect("opa runs");
            assert!(output.status.success(), "{mode}: {}", String::from_utf8_lossy(&output.stderr));
        }
        for (path, case, text) in expected {
            assert_eq!(&fs::read_to_string(path).expect("read"), text, "{case}");
        }
    }
}
