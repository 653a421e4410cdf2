//! Every rule has a folder under `fixtures/rules/`: it fires on `fires*.rego`, stays silent on `clean*.rego`, and its fixes make
//! `fixed*.rego` of `fires*.rego`.
//!
//! In `fires*.rego` a comment `# expect` at the end of a line marks each line with a finding, `# expect: 2` several of them. A
//! first line `# option name = value` sets an option, `# v0` reads the text as v0 (`# auto`: as lint would), `# unsafe` applies
//! unsafe fixes too, `# regal` judges as Regal does, and `# expect-line N` stands for a marker on a line that can have none.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ztctl::diag::{Applicability, Date, OptionKind, OptionValue, Place, Preset, RuleSetting, RuleSettings};
use ztctl::lint::{self, Commands, Input, RunOptions, Selection};
use ztctl::syntax::rego::Version;
use ztctl::text::{SourceFile, SourceMap};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rules")
}

struct Case {
    rule: String,
    path: PathBuf,
    text: String,
    settings: RuleSettings,
    options: RunOptions,
    version: Option<Version>,
    wanted: Applicability,
    /// 1-based line → number of findings.
    expected: BTreeMap<u32, usize>,
}

impl Case {
    fn read(rule: &str, path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("fixture");
        let meta = lint::meta(rule).unwrap_or_else(|| panic!("{rule} is no rule"));
        let mut version = Some(Version::V1);
        let mut wanted = Applicability::Safe;
        let mut preset = None;
        let mut expected = BTreeMap::new();
        let mut options = BTreeMap::new();
        for line in text.lines().take_while(|line| line.starts_with('#')) {
            let words: Vec<&str> = line.trim_start_matches('#').split_whitespace().collect();
            match words[..] {
                ["v0"] => version = Some(Version::V0),
                ["auto"] => version = None,
                ["unsafe"] => wanted = Applicability::Unsafe,
                ["regal"] => preset = Some(Preset::Regal),
                ["expect-line", nr] => *expected.entry(nr.parse().expect("a line")).or_default() += 1,
                ["option", name, "=", value] => {
                    let option = meta.options.iter().find(|o| o.name == name).unwrap_or_else(|| panic!("{rule} has no option {name}"));
                    let value = match option.kind {
                        OptionKind::Bool => OptionValue::Bool(value == "true"),
                        OptionKind::Integer { .. } => OptionValue::Integer(value.parse().expect("a number")),
                        OptionKind::StringList => {
                            OptionValue::StringList(Cow::Owned(value.split(',').map(|v| Cow::Owned(v.to_owned())).collect()))
                        }
                        _ => OptionValue::String(Cow::Owned(value.to_owned())),
                    };
                    options.insert(option.name, value);
                }
                _ => {}
            }
        }
        for (nr, line) in text.lines().enumerate() {
            if let Some((_, count)) = line.rsplit_once("# expect").filter(|(_, rest)| rest.is_empty() || rest.starts_with(':')) {
                let count = count.trim_start_matches(':').trim();
                *expected.entry(nr as u32 + 1).or_default() += if count.is_empty() { 1 } else { count.parse().expect("a count") };
            }
        }
        let select = if meta.group == "meta" { format!("{rule},todo-comment") } else { rule.to_owned() };
        let setting = RuleSetting { name: rule.to_owned(), level: None, options, applies: ztctl::diag::PathFilter::default() };
        Self {
            rule: rule.to_owned(),
            path: path.to_owned(),
            text,
            settings: RuleSettings { rules: vec![setting], ..RuleSettings::default() },
            options: RunOptions {
                commands: Commands::Verify,
                selection: Selection::parse(&[select.as_str()], &[], &[]).expect("known"),
                preset,
                as_of: Date::parse("2026-11-22").expect("a date"),
                capabilities: None,
            },
            version,
            wanted,
            expected,
        }
    }

    fn sources(&self) -> (SourceMap, Vec<Input>) {
        let mut sources = SourceMap::new();
        let name = self.path.strip_prefix(fixtures()).expect("below").to_string_lossy().replace('\\', "/");
        let source = sources.add(SourceFile::new(name, self.text.as_str()));
        (sources, vec![Input { source, version: self.version, settings: 0, reported: true }])
    }

    /// The number of findings on each line, and their messages.
    fn findings(&self) -> (BTreeMap<u32, usize>, Vec<String>) {
        let (sources, inputs) = self.sources();
        let result = lint::run(&sources, &inputs, std::slice::from_ref(&self.settings), &self.options, None);
        let mut lines = BTreeMap::new();
        let mut messages = Vec::new();
        for diagnostic in result.diagnostics {
            let line = match diagnostic.place {
                Place::At(at) => sources.get(at.source).line_column(at.span.start).line,
                _ => 0,
            };
            *lines.entry(line).or_default() += 1;
            messages.push(format!("{line}: {}: {}", diagnostic.rule, diagnostic.message));
            assert_eq!(diagnostic.rule, self.rule, "{}: {messages:?}", self.path.display());
            assert!(!diagnostic.message.ends_with('.'), "{}: {}", self.path.display(), diagnostic.message);
        }
        (lines, messages)
    }

    fn fixed(&self, text: &str) -> String {
        let mut sources = SourceMap::new();
        let (old, inputs) = self.sources();
        sources.add(SourceFile::new(old.get(inputs[0].source).path.clone(), text));
        let result = lint::fix(&sources, &inputs, std::slice::from_ref(&self.settings), &self.options, self.wanted);
        assert!(result.refused.is_empty(), "{}: a fix does harm: {:?}", self.path.display(), result.refused);
        result.files.first().map_or_else(|| text.to_owned(), |file| file.after.to_string())
    }
}

fn cases(prefix: &str) -> Vec<Case> {
    let mut out = Vec::new();
    let mut folders: Vec<_> = fs::read_dir(fixtures()).expect("fixtures/rules").map(|e| e.expect("entry").path()).collect();
    folders.sort();
    for folder in folders {
        let rule = folder.file_name().expect("name").to_string_lossy().into_owned();
        let mut files: Vec<_> = fs::read_dir(&folder).expect("folder").map(|e| e.expect("entry").path()).collect();
        files.sort();
        for file in files {
            if file.file_name().expect("name").to_string_lossy().starts_with(prefix) {
                out.push(Case::read(&rule, &file));
            }
        }
    }
    out
}

#[test]
fn every_rule_has_fixtures_and_every_folder_a_rule() {
    let mut missing = Vec::new();
    for meta in lint::metas() {
        let folder = fixtures().join(meta.id);
        let has = |prefix: &str| {
            fs::read_dir(&folder).is_ok_and(|mut d| d.any(|e| e.expect("entry").file_name().to_string_lossy().starts_with(prefix)))
        };
        for prefix in ["fires", "clean"] {
            if !has(prefix) {
                missing.push(format!("{}/{prefix}*", folder.display()));
            }
        }
        if meta.fix != ztctl::diag::FixKind::None && !has("fixed") {
            missing.push(format!("{}/fixed*", folder.display()));
        }
    }
    for entry in fs::read_dir(fixtures()).expect("fixtures/rules") {
        let name = entry.expect("entry").file_name().to_string_lossy().into_owned();
        if lint::meta(&name).is_none() {
            missing.push(format!("a rule called {name}"));
        }
    }
    assert!(missing.is_empty(), "missing:\n{}", missing.join("\n"));
}

#[test]
fn rules_fire_where_expected() {
    let mut wrong = Vec::new();
    for case in cases("fires") {
        let (found, messages) = case.findings();
        assert!(!case.expected.is_empty(), "{} expects nothing", case.path.display());
        if found != case.expected {
            wrong.push(format!("{}: expected {:?}\n  {}", case.path.display(), case.expected, messages.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rules_are_silent_on_clean_texts() {
    let mut wrong = Vec::new();
    for case in cases("clean") {
        let (_, messages) = case.findings();
        if !messages.is_empty() {
            wrong.push(format!("{}\n  {}", case.path.display(), messages.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn fixes_give_the_fixed_texts_and_are_stable() {
    let mut wrong = Vec::new();
    for case in cases("fires") {
        let name = case.path.file_name().expect("name").to_string_lossy().replacen("fires", "fixed", 1);
        let path = case.path.with_file_name(name);
        let fixed = case.fixed(&case.text);
        if std::env::var_os("ZTCTL_UPDATE").is_some() && fixed != case.text {
            fs::write(&path, &fixed).expect("fixed text is written");
        }
        let expected = fs::read_to_string(&path).unwrap_or_else(|_| case.text.clone());
        if fixed != expected {
            wrong.push(format!("{} does not become\n{expected}\nbut\n{fixed}", case.path.display()));
        }
        assert_eq!(case.fixed(&fixed), fixed, "{}: a second run changes more", case.path.display());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
