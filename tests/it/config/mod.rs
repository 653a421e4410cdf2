//! `ztctl.toml` and Regal's config: what they mean, and what is said of mistakes in them.

mod discovery;
pub(crate) mod docs;
mod hostile;
mod mistakes;
mod reading;
mod regal;

use std::collections::BTreeMap;
use std::sync::Arc;

use ztctl::config::{Config, ConfigStore, Files, Found, Source};
use ztctl::diag::{Diagnostic, Example, FixKind, OptionKind, OptionMeta, OptionValue, Place, RuleMeta, Severity};
use ztctl::text::SourceMap;

/// Files in memory; the tree's root is `/repo`.
#[derive(Default)]
struct Memory(BTreeMap<String, String>);

impl Memory {
    fn new(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }
}

impl Files for Memory {
    fn read(&self, path: &str) -> Found {
        match self.0.get(path) {
            Some(text) if text == "<unreadable>" => Found::Failed("permission denied".to_owned()),
            Some(text) => Found::Text(text.clone()),
            None => Found::Missing,
        }
    }

    fn is_root(&self, dir: &str) -> bool {
        dir == "/repo"
    }
}

const EXAMPLE: Example = Example { language: "rego", text: "package a\n", options: &[] };

const fn rule(id: &'static str, group: &'static str, options: &'static [OptionMeta]) -> RuleMeta {
    RuleMeta {
        id,
        group,
        summary: "a rule",
        why: "because",
        bad: EXAMPLE,
        good: EXAMPLE,
        severity: Severity::Warning,
        recommended: true,
        regal: None,
        fix: FixKind::None,
        fix_safety: "",
        options,
        source: "",
        peers: &[],
        is_secret: false,
        since: "0.1.0",
    }
}

const fn option(name: &'static str, kind: OptionKind) -> OptionMeta {
    OptionMeta { name, kind, default: OptionValue::Unset, doc: "what it is for" }
}

static CONVENTION: [OptionMeta; 3] =
    [option("pattern", OptionKind::Regex), option("names", OptionKind::StringList), option("targets", OptionKind::StringList)];

static OPTIONS: [OptionMeta; 7] = [
    option("max-line-length", OptionKind::Integer { min: 1, max: 1000 }),
    option("non-breakable-word-threshold", OptionKind::Integer { min: 0, max: 1000 }),
    option("strict", OptionKind::Bool),
    option("pattern", OptionKind::Regex),
    option("names", OptionKind::StringList),
    option("mode", OptionKind::OneOf(&["always", "never"])),
    option("conventions", OptionKind::Tables(&CONVENTION)),
];

static RULES: &[&RuleMeta] = &[
    &rule("line-length", "style", &OPTIONS),
    &rule("opa-fmt", "style", &[]),
    &rule("constant-condition", "bugs", &[]),
    &rule("use-if", "idiomatic", &[]),
];

/// What a run in `cwd` over `path` reads.
struct Outcome {
    config: Arc<Config>,
    sources: SourceMap,
    findings: Vec<Diagnostic>,
}

fn run(files: &[(&str, &str)], cwd: &str, path: &str, source: Source) -> Outcome {
    let memory = Memory::new(files);
    let mut sources = SourceMap::new();
    let mut store = ConfigStore::new(&memory, RULES, cwd, source);
    let config = store.of_file(path, &mut sources);
    let findings = store.findings().to_vec();
    Outcome { config, sources, findings }
}

/// A config in the working directory.
fn read(text: &str) -> Outcome {
    run(&[("/repo/ztctl.toml", text)], "/repo", "a.rego", Source::Nearest)
}

impl Outcome {
    /// `line:column severity message (help) |text at the place|`, one a finding.
    fn said(&self) -> String {
        let line = |finding: &Diagnostic| {
            let severity = if finding.severity == Severity::Error { "" } else { "warning: " };
            let help = finding.help.as_ref().map_or(String::new(), |help| format!(" ({help})"));
            let place = match finding.place {
                Place::At(at) => {
                    let file = self.sources.get(at.source);
                    let start = file.line_column(at.span.start);
                    let text: String = file.slice(at.span).chars().take(30).collect();
                    format!("{}:{}:{} |{text}|", file.path, start.line, start.column)
                }
                Place::File(id) => self.sources.get(id).path.clone(),
                Place::Run => "run".to_owned(),
            };
            assert_eq!((finding.rule.as_ref(), finding.group.as_ref()), ("config-error", "config"));
            format!("{place} {severity}{}{help}\n", finding.message)
        };
        self.findings.iter().map(line).collect()
    }

    fn silent(self) -> Arc<Config> {
        assert_eq!(self.said(), "");
        self.config
    }
}
