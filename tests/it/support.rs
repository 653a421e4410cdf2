//! A small workspace in memory for tests of rules.

use ztctl::diag::{Place, RuleSettings};
use ztctl::lint::{self, Input, RunOptions, RunResult, Work};
use ztctl::model::manifests::{File, Manifests};
use ztctl::model::value::Format;
use ztctl::syntax::rego::Version;
use ztctl::text::{SourceFile, SourceId, SourceMap};

/// Files as a command would load them.
pub(crate) struct Sample {
    pub(crate) sources: SourceMap,
    pub(crate) rego: Vec<Input>,
    pub(crate) data: Vec<Input>,
    pub(crate) manifests: Manifests,
}

/// The format that a file is read as; `None` for Rego and everything else.
pub(crate) fn format_of(path: &str, text: &str) -> Option<Format> {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "yaml" | "yml" => Some(Format::Yaml),
        "json" => Some(Format::Json),
        "tf" => Some(Format::Terraform),
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
        let (mut rego, mut data, mut to_read) = (Vec::new(), Vec::new(), Vec::new());
        for (path, text) in files {
            let source = sources.add(SourceFile::new(path, text));
            let input = Input { source, version, settings: 0, reported: true };
            if path.ends_with(".rego") {
                rego.push(input);
            } else if let Some(format) = format_of(path, text) {
                data.push(input);
                to_read.push(File { source, format });
            }
        }
        let manifests = Manifests::load(&mut sources, &to_read);
        rego.extend(manifests.rego.iter().map(|found| Input {
            source: found.source,
            version: found.version.or(version),
            settings: 0,
            reported: true,
        }));
        Self { sources, rego, data, manifests }
    }

    pub(crate) fn run(&self, settings: &[RuleSettings], options: &RunOptions) -> RunResult {
        let work = Work { sources: &self.sources, rego: &self.rego, data: &self.data, manifests: &self.manifests };
        lint::run_work(&work, settings, options, None)
    }

    /// The outermost path and 1-based line of a place; line 0 for a file or the run.
    pub(crate) fn line(&self, place: Place) -> (String, u32) {
        let path = |id: SourceId| self.sources.get(id).path.clone();
        match place {
            Place::At(at) => {
                let at = self.sources.outer(at);
                (path(at.source), self.sources.get(at.source).line_column(at.span.start).line)
            }
            Place::File(id) => (path(id), 0),
            Place::Run => (String::new(), 0),
        }
    }
}
