//! What tests of several parts share: a small workspace in memory, and opa.

use std::path::PathBuf;
use std::sync::Arc;

use ztctl::diag::{Date, Place, RuleSettings};
use ztctl::lint::{self, CodeInput, Input, RunOptions, RunResult, Texts};
use ztctl::model::code::library;
use ztctl::model::value::Format;
use ztctl::secrets::Scanner;
use ztctl::syntax::rego::Version;
use ztctl::syntax::source::Language;
use ztctl::text::{SourceFile, SourceId, SourceMap};

/// Whether this build can judge by the rules of a group: sources need their grammars.
pub(crate) fn can_judge(group: &str) -> bool {
    group != "source" || cfg!(feature = "sources")
}

/// Files as a command would load them.
pub(crate) struct Sample {
    pub(crate) texts: Texts,
}

impl std::ops::Deref for Sample {
    type Target = Texts;

    fn deref(&self) -> &Texts {
        &self.texts
    }
}

/// The format that a file is read as; `None` for Rego and everything else.
pub(crate) fn format_of(path: &str, text: &str) -> Option<Format> {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "yaml" | "yml" => Some(Format::Yaml),
        "json" if name.ends_with(".tf.json") => Some(Format::Terraform),
        "json" => Some(Format::Json),
        "tf" => Some(Format::Terraform),
        "sh" | "bash" | "mk" | "pem" | "crt" | "cer" => Some(Format::Text),
        "conf" | "hcl" if text.trim_start().starts_with('{') => Some(Format::Json),
        "conf" | "hcl" => Some(Format::Hcl),
        _ if name == "Kustomization" => Some(Format::Yaml),
        _ => None,
    }
}

impl Sample {
    /// `files` are paths and texts; Rego is read as `version`.
    pub(crate) fn new<'t>(files: impl IntoIterator<Item = (&'t str, &'t str)>, version: Option<Version>) -> Self {
        let mut sources = SourceMap::new();
        let (mut rego, mut data, mut pages, mut code) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let scanner = Arc::new(Scanner::new(b"salt", Date::new(2026, 11, 21).expect("a day")));
        let mut found = Vec::new();
        for (path, text) in files {
            let source = sources.add(SourceFile::new(path, text));
            let input = Input { source, version, settings: 0, reported: true };
            let secrets = scanner.scan(path, text.as_bytes()).found;
            if !secrets.is_empty() {
                found.push((input, secrets));
            }
            if path.ends_with(".rego") {
                rego.push(input);
            } else if path.ends_with(".md") {
                pages.push(input);
            } else if let Some(language) = Language::of(path) {
                // below the fixture's own folders
                let below = path.splitn(3, '/').last().unwrap_or(path);
                code.push(CodeInput { input, language, is_test: library::is_test(below) });
            } else if let Some(format) = format_of(path, text) {
                data.push((input, format));
            }
        }
        let mut texts = Texts::read_with(sources, rego, data, pages, std::sync::Arc::default());
        texts.code = code;
        texts.add_secrets(scanner, found, Vec::new(), std::sync::Arc::default());
        Self { texts }
    }

    pub(crate) fn run(&self, settings: &[RuleSettings], options: &RunOptions) -> RunResult {
        lint::run_work(&self.texts.work(), settings, options, None)
    }

    /// The outermost path and 1-based line of a place; line 0 for a file or the run.
    pub(crate) fn line(&self, place: Place) -> (String, u32) {
        let path = |id: SourceId| self.texts.sources.get(id).path.clone();
        match place {
            Place::At(at) => {
                let at = self.texts.sources.outer(at);
                (path(at.source), self.texts.sources.get(at.source).line_column(at.span.start).line)
            }
            Place::File(id) => (path(id), 0),
            Place::Run => (String::new(), 0),
        }
    }
}

/// Where Go installs `opa`, if it is there; else it is said that a test is skipped.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
pub(crate) fn opa() -> Option<PathBuf> {
    let path = PathBuf::from(std::env::var_os("HOME")?).join("go/bin/opa");
    if path.is_file() {
        return Some(path);
    }
    eprintln!("skipped: no opa at {}", path.display());
    None
}
