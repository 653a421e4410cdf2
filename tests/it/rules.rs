//! Every rule has a folder under `fixtures/rules/`: it fires on `fires*`, stays silent on `clean*`, and its fixes make `fixed*` of
//! `fires*`. An entry is a file (`.rego`, `.yaml`, `.json`, `.conf`, `.hcl`, `.tf`, a source) or a folder, which is a workspace; there a file
//! `expect.txt` may add lines `path:line` for formats without comments, and `run` for a finding about all files.
//!
//! In `fires*` a comment `# expect` (`// expect`) at the end of a line marks each line with a finding, `# expect: 2` several of them. A
//! first line `# option name = value` sets an option, `# v0` reads the text as v0 (`# auto`: as lint would), `# unsafe` applies
//! unsafe fixes too, `# regal` judges as Regal does, `# system-namespaces a,b` and `# mesh-root-namespace x` set `[check]`,
//! `# target kubernetes=1.33` sets `target`, and
//! `# expect-line N` stands for a marker on a line that can have none.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ztctl::diag::{Applicability, CheckSettings, Date, OptionKind, OptionValue, Preset, RuleSetting, RuleSettings};
use ztctl::lint::{self, Commands, RunOptions, Selection};
use ztctl::syntax::rego::{Capabilities, Version};

use crate::support::Sample;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rules")
}

struct Case {
    rule: String,
    path: PathBuf,
    /// Paths below the rule's folder, and texts.
    files: Vec<(String, String)>,
    settings: RuleSettings,
    options: RunOptions,
    version: Option<Version>,
    wanted: Applicability,
    /// Path and 1-based line → number of findings.
    expected: BTreeMap<(String, u32), usize>,
}

/// The value in a line `# option name = value`: lists have commas, tables are JSON without spaces.
fn option_value(kind: OptionKind, text: &str) -> OptionValue {
    match kind {
        OptionKind::Bool => OptionValue::Bool(text == "true"),
        OptionKind::Integer { .. } => OptionValue::Integer(text.parse().expect("a number")),
        OptionKind::StringList => OptionValue::StringList(text.split(',').map(|item| Cow::Owned(item.to_owned())).collect()),
        OptionKind::Tables(options) => {
            let tables: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(text).expect("tables in JSON");
            let entry = |(name, value): (&String, &serde_json::Value)| {
                let option = options.iter().find(|option| option.name == name).unwrap_or_else(|| panic!("no option {name}"));
                let text = match value {
                    serde_json::Value::String(text) => text.clone(),
                    serde_json::Value::Array(items) => items.iter().filter_map(|item| item.as_str()).collect::<Vec<_>>().join(","),
                    other => other.to_string(),
                };
                (option.name, option_value(option.kind, &text))
            };
            OptionValue::Tables(tables.iter().map(|table| table.iter().map(entry).collect()).collect())
        }
        _ => OptionValue::String(Cow::Owned(text.to_owned())),
    }
}

impl Case {
    fn read(rule: &str, path: &Path) -> Self {
        let files = read_files(path);
        let meta = lint::meta(rule).unwrap_or_else(|| panic!("{rule} is no rule"));
        let mut version = Some(Version::V1);
        let mut wanted = Applicability::Safe;
        let mut preset = None;
        let mut capabilities = None;
        let mut check = CheckSettings::default();
        let mut expected = BTreeMap::new();
        let mut options = BTreeMap::new();
        for line in files.iter().flat_map(|(_, text)| text.lines().take_while(|line| line.starts_with('#'))) {
            let words: Vec<&str> = line.trim_start_matches('#').split_whitespace().collect();
            match words[..] {
                ["v0"] => version = Some(Version::V0),
                ["auto"] => version = None,
                ["unsafe"] => wanted = Applicability::Unsafe,
                ["capabilities", text] => {
                    let (engine, version) = text.split_once('@').expect("an engine and a version");
                    capabilities = Some(std::sync::Arc::new(Capabilities::release(engine, version).expect("a release")));
                }
                ["regal"] => preset = Some(Preset::Regal),
                ["system-namespaces", names] => check.system_namespaces = Some(names.split(',').map(str::to_owned).collect()),
                ["mesh-root-namespace", name] => check.mesh_root_namespace = Some(name.to_owned()),
                ["expect-line", nr] => *expected.entry((files[0].0.clone(), nr.parse().expect("a line"))).or_default() += 1,
                ["target", items] => check.target = ztctl::config::targets(items.split(',')).expect("releases"),
                ["option", name, "=", value] => {
                    let option = meta.options.iter().find(|o| o.name == name).unwrap_or_else(|| panic!("{rule} has no option {name}"));
                    options.insert(option.name, option_value(option.kind, value));
                }
                _ => {}
            }
        }
        for (name, nr, line) in files.iter().flat_map(|(name, text)| text.lines().enumerate().map(move |(nr, line)| (name, nr, line))) {
            if name.ends_with("/expect.txt") && line == "run" {
                *expected.entry((String::new(), 0)).or_default() += 1;
            } else if name.ends_with("/expect.txt") {
                let (path, line) = line.rsplit_once(':').expect("path:line");
                let folder = name.trim_end_matches("expect.txt");
                *expected.entry((format!("{folder}{path}"), line.parse().expect("a line"))).or_default() += 1;
            } else if let Some((_, count)) = line
                .rsplit_once("# expect")
                .or_else(|| line.rsplit_once("// expect"))
                .filter(|(_, rest)| rest.is_empty() || rest.starts_with(':'))
            {
                let count = count.trim_start_matches(':').trim();
                *expected.entry((name.clone(), nr as u32 + 1)).or_default() +=
                    if count.is_empty() { 1 } else { count.parse().expect("a count") };
            }
        }
        let select = if meta.group == "meta" {
            format!("{rule},todo-comment,istio-deprecated-api,spire-insecure-bootstrap")
        } else {
            rule.to_owned()
        };
        let setting = RuleSetting { name: rule.to_owned(), level: None, options, applies: ztctl::diag::PathFilter::default() };
        Self {
            rule: rule.to_owned(),
            path: path.to_owned(),
            files,
            settings: RuleSettings { rules: vec![setting], check, ..RuleSettings::default() },
            options: RunOptions {
                commands: Commands::Verify,
                selection: Selection::parse(&[select.as_str()], &[], &[]).expect("known"),
                preset,
                as_of: Date::parse("2026-11-22").expect("a date"),
                capabilities,
                schemas: None,
            },
            version,
            wanted,
            expected,
        }
    }

    fn sample(&self) -> Sample {
        Sample::new(self.files.iter().map(|(path, text)| (path.as_str(), text.as_str())), self.version)
    }

    /// The number of findings on each line, and their messages.
    fn findings(&self) -> (BTreeMap<(String, u32), usize>, Vec<String>) {
        let sample = self.sample();
        let result = sample.run(std::slice::from_ref(&self.settings), &self.options);
        let mut lines = BTreeMap::new();
        let mut messages = Vec::new();
        for diagnostic in result.diagnostics {
            let (path, line) = sample.line(diagnostic.place);
            messages.push(format!("{path}:{line}: {}: {}", diagnostic.rule, diagnostic.message));
            *lines.entry((path, line)).or_default() += 1;
            assert_eq!(diagnostic.rule, self.rule, "{}: {messages:?}", self.path.display());
            assert!(!diagnostic.message.ends_with('.'), "{}: {}", self.path.display(), diagnostic.message);
        }
        (lines, messages)
    }

    /// The files as fixes leave them.
    fn fixed(&self, files: &[(String, String)]) -> Vec<(String, String)> {
        let sample = Sample::new(files.iter().map(|(path, text)| (path.as_str(), text.as_str())), self.version);
        let result = lint::fix(&sample.texts, std::slice::from_ref(&self.settings), &self.options, self.wanted);
        assert!(result.refused.is_empty(), "{}: a fix does harm: {:?}", self.path.display(), result.refused);
        let mut after = files.to_vec();
        for file in result.files {
            let slot = after.iter_mut().find(|(path, _)| *path == file.path).expect("a file of the fixture");
            slot.1 = file.after.to_string();
        }
        after
    }
}

/// A fixture's files: itself, or all below it. Names are relative to `fixtures/rules`.
fn read_files(path: &Path) -> Vec<(String, String)> {
    if path.is_dir() {
        let mut entries: Vec<_> = fs::read_dir(path).expect("folder").map(|e| e.expect("entry").path()).collect();
        entries.sort();
        return entries.iter().flat_map(|entry| read_files(entry)).collect();
    }
    let name = path.strip_prefix(fixtures()).expect("below").to_string_lossy().replace('\\', "/");
    vec![(name, fs::read_to_string(path).expect("fixture"))]
}

fn cases(prefix: &str) -> Vec<Case> {
    let mut out = Vec::new();
    let mut folders: Vec<_> = fs::read_dir(fixtures()).expect("fixtures/rules").map(|e| e.expect("entry").path()).collect();
    folders.sort();
    for folder in folders {
        let rule = folder.file_name().expect("name").to_string_lossy().into_owned();
        if lint::meta(&rule).is_some_and(|meta| !crate::support::can_judge(meta.group)) {
            continue;
        }
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
        let fixed = case.fixed(&case.files);
        for ((path, before), (_, after)) in case.files.iter().zip(&fixed) {
            // `rule/fires_x.yaml` becomes `rule/fixed_x.yaml`, and `rule/fires_x/a.yaml` `rule/fixed_x/a.yaml`
            let target = fixtures().join(path.replacen("/fires", "/fixed", 1));
            if std::env::var_os("ZTCTL_UPDATE").is_some() && before != after {
                fs::create_dir_all(target.parent().expect("a folder")).expect("the folder is made");
                fs::write(&target, after).expect("fixed text is written");
            }
            let expected = fs::read_to_string(&target).unwrap_or_else(|_| before.clone());
            if *after != expected {
                wrong.push(format!("{path} does not become\n{expected}\nbut\n{after}"));
            }
        }
        assert_eq!(case.fixed(&fixed), fixed, "{}: a second run changes more", case.path.display());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
