//! The differences from opa on purpose: opa's result is defective for each of them, and the documentation names them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use ztctl::format::format;
use ztctl::syntax::rego::{Kind, Version, parse};

use super::{Case, Expected, MODES, cases, comments, mode, opa, readable, whole};

/// What is wrong with a result of opa's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Defect {
    /// opa does not read it, or its compiler refuses it.
    Invalid,
    /// `opa fmt` changes it.
    Unsettled,
    /// A comment is missing, is there again, or is another.
    CommentLost,
    /// A comment stands between other tokens.
    CommentMoved,
    /// opa reads something else than before.
    Meaning,
}

/// What opa does with a text.
struct Opa<'a> {
    program: &'a Path,
    flags: &'static [&'static str],
}

impl Opa<'_> {
    fn run(&self, text: &str, check: bool) -> Option<String> {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a.rego");
        fs::write(&path, text).expect("written");
        let check = format!("--check-result={check}");
        let output = Command::new(self.program).arg("fmt").arg(check).args(self.flags).arg(&path).output().expect("opa runs");
        output.status.success().then(|| String::from_utf8(output.stdout).expect("UTF-8"))
    }

    /// Whether opa's compiler takes a text.
    fn checks(&self, text: &str, version: Version) -> bool {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a.rego");
        fs::write(&path, text).expect("written");
        let flag = if version == Version::V0 { "--v0-compatible" } else { "--v1-compatible" };
        Command::new(self.program).args(["check", flag]).arg(&path).output().expect("opa runs").status.success()
    }

    /// The syntax tree without places, and without names for what was a wildcard.
    fn tree(&self, text: &str, version: Version) -> Option<serde_json::Value> {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a.rego");
        fs::write(&path, text).expect("written");
        let flag = if version == Version::V0 { "--v0-compatible" } else { "--v1-compatible" };
        let output = Command::new(self.program).args(["parse", "-f", "json", flag]).arg(&path).output().expect("opa runs");
        let mut tree: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
        let fields = tree.as_object_mut()?;
        fields.remove("comments");
        without_wildcards(&mut tree);
        Some(tree)
    }

    fn defect(&self, case: &Case, result: &str) -> Option<Defect> {
        let Some(again) = self.run(result, true) else { return Some(Defect::Invalid) };
        if again != result {
            return Some(Defect::Unsettled);
        }
        let version = readable(case.version, case.target);
        if comments(&case.text, case.version) != comments(result, version) {
            return Some(Defect::CommentLost);
        }
        if neighbours(&case.text, case.version) != neighbours(result, version) {
            return Some(Defect::CommentMoved);
        }
        if self.checks(&case.text, case.version) && !self.checks(result, version) {
            return Some(Defect::Invalid);
        }
        let before = self.tree(&case.text, case.version);
        let after = self.tree(result, version);
        (before != after).then_some(Defect::Meaning)
    }
}

/// Gives wildcards and variables `_0`, `_1` and so on one name: opa makes the one of the other.
fn without_wildcards(tree: &mut serde_json::Value) {
    match tree {
        serde_json::Value::String(name) => {
            let number = name.strip_prefix(['$', '_']);
            if number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())) {
                "_".clone_into(name);
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(without_wildcards),
        serde_json::Value::Object(fields) => fields.values_mut().for_each(without_wildcards),
        _ => {}
    }
}

/// Each comment with the words before and after it: what migration, brackets and separators are is left out.
fn neighbours(text: &str, version: Version) -> BTreeMap<String, (String, String)> {
    let parsed = parse(text, version);
    let word = |kind, text: &str| {
        let is_name = text.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '"' | '`'));
        (is_name && kind != Kind::Comment && !matches!(text, "if" | "contains")).then(|| text.trim_matches('"').to_owned())
    };
    let (mut found, mut waiting, mut last) = (BTreeMap::new(), Vec::new(), String::new());
    for token in parsed.tree.tokens() {
        if token.kind() == Kind::Comment {
            waiting.push((token.text().trim_end().to_owned(), last.clone()));
        } else if let Some(word) = word(token.kind(), token.text()) {
            found.extend(waiting.drain(..).map(|(comment, before)| (comment, (before, word.clone()))));
            last = word;
        }
    }
    found.extend(waiting.into_iter().map(|(comment, before)| (comment, (before, String::new()))));
    found
}

/// A difference is allowed only where opa's own result is defective, whatever ours is.
#[test]
fn what_differs_is_defective_in_opa() {
    let Some(program) = opa() else { return };
    let mut sound = Vec::new();
    for case in cases().iter().filter(|case| case.is_deviation()) {
        let flags = MODES.iter().find(|(mode, _)| *mode == case.mode).expect("mode").1[0];
        let opa = Opa { program: &program, flags };
        let result = opa.run(&case.text, false).unwrap_or_else(|| panic!("{}: opa refuses the text", case.name));
        match &case.expected {
            Expected::Text(ours) if *ours == result => sound.push(format!("{}: no difference\n{result}", case.name)),
            _ if opa.defect(case, &result).is_none() => sound.push(format!("{}:\n{result}", case.name)),
            _ => {}
        }
    }
    assert!(sound.is_empty(), "not defective:\n{}", sound.join("\n"));
}

fn documentation() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/compatibility.md");
    let text = fs::read_to_string(path).expect("documentation");
    let (_, rest) = text.split_once("\n### Where they differ\n").expect("heading");
    rest.split("\n### ").next().expect("section").to_owned()
}

/// The number, the mode and the code blocks of each documented class: the text, opa's result, ours.
fn documented() -> Vec<(usize, String, Vec<String>)> {
    let section = documentation();
    let classes = section.split("\n#### ").skip(1).map(|class| {
        let (number, rest) = class.split_once(". ").expect("number");
        let mode = rest.lines().find_map(|line| line.strip_prefix("Mode: `")?.split('`').next().map(str::to_owned));
        let blocks = rest.split("```").skip(1).step_by(2);
        let blocks = blocks.map(|block| block.split_once('\n').expect("block").1.trim_end().to_owned());
        (number.parse().expect("a number"), mode.unwrap_or_else(|| "v1".to_owned()), blocks.collect())
    });
    classes.collect()
}

#[test]
fn classes_are_few_and_each_has_a_fixture() {
    let numbers: Vec<usize> = documented().iter().map(|(number, ..)| *number).collect();
    assert!(numbers.len() <= 15, "{} classes", numbers.len());
    assert_eq!(numbers, (1..=numbers.len()).collect::<Vec<_>>());
    let used: BTreeSet<usize> = cases()
        .iter()
        .filter_map(|case| {
            let (_, name) = case.name.strip_prefix("deviations: ")?.split_once("] ").expect("mode");
            Some(name.split_once(": ").expect("class").0.parse().expect("the class's number"))
        })
        .collect();
    assert_eq!(used, numbers.into_iter().collect());
}

#[test]
fn documented_results_are_true() {
    let program = opa();
    for (number, name, blocks) in documented() {
        let [text, theirs, ours] = &blocks[..] else { panic!("class {number} has {} code blocks", blocks.len()) };
        let full = |block: &String| whole(&block.lines().collect::<Vec<_>>());
        assert_ne!(theirs, ours, "class {number}");
        let (version, target) = mode(&name);
        assert_eq!(format(&parse(full(text), version), target).as_deref(), Ok(full(ours).as_str()), "class {number}");
        let Some(program) = &program else { continue };
        let flags = MODES.iter().find(|(mode, _)| *mode == name).expect("mode").1[0];
        let result = Opa { program, flags }.run(&full(text), false);
        assert_eq!(result.as_deref(), Some(full(theirs).as_str()), "class {number}");
    }
}
