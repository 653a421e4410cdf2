//! What findings in rendered manifests come from: `helm template` and its like name the template in a comment at each document's head.

use rustc_hash::FxHashMap;

use crate::diag::{Diagnostic, Label, Place};
use crate::model::units::rendered::source_comment;
use crate::text::{Location, SourceId, SourceMap, Span};

/// Names templates. Files without such a comment are looked through once.
pub(super) struct Templates<'a> {
    sources: &'a SourceMap,
    holds: FxHashMap<SourceId, bool>,
    /// Files by the last part of their path; made when first asked for.
    by_name: Option<FxHashMap<&'a str, Vec<(&'a str, SourceId)>>>,
}

impl<'a> Templates<'a> {
    pub(super) fn new(sources: &'a SourceMap) -> Self {
        Self { sources, holds: FxHashMap::default(), by_name: None }
    }

    /// Adds a label for the template that the place of a finding was rendered from: the template itself where it is among the files,
    /// else the comment that names it.
    pub(super) fn name(&mut self, finding: &mut Diagnostic) {
        let Place::At(at) = finding.place else { return };
        let at = self.sources.outer(at);
        let text = &*self.sources.get(at.source).text;
        let finder = || memchr::memmem::find(text.as_bytes(), b"# Source: ").is_some();
        if !*self.holds.entry(at.source).or_insert_with(finder) {
            return;
        }
        let before = text.get(..at.span.start as usize).unwrap_or("");
        let start = before.rfind("\n---").map_or(0, |at| at + 1);
        let Some((span, template)) = source_comment(&text[start..]) else { return };
        let offset = u32::try_from(start).unwrap_or(0);
        let comment = Location { source: at.source, span: Span::new(span.start + offset, span.end + offset) };
        let found = self.template(template).filter(|source| *source != at.source);
        let at = found.map_or(comment, |source| Location { source, span: Span::at(0) });
        finding.labels.push(Label { at, message: format!("rendered from `{template}`") });
    }

    /// The one file that a template's name can mean: the chart's name, which need not be its folder's, and a path in it.
    fn template(&mut self, name: &str) -> Option<SourceId> {
        let sources = self.sources;
        let by_name = self.by_name.get_or_insert_with(|| {
            let mut by_name: FxHashMap<&str, Vec<(&str, SourceId)>> = FxHashMap::default();
            for (id, file) in sources.iter().filter(|(_, file)| file.mapping.is_none()) {
                let last = file.path.rsplit('/').next().unwrap_or("");
                by_name.entry(last).or_default().push((file.path.as_str(), id));
            }
            by_name
        });
        let (_, inside) = name.split_once('/')?;
        let files = by_name.get(name.rsplit('/').next()?)?;
        let ends = |path: &str, end: &str| path.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
        let mut named = files.iter().filter(|(path, _)| ends(path, name)).collect::<Vec<_>>();
        if named.is_empty() {
            // the folder has another name than the chart in it
            let chart = &name[..name.len() - inside.len() - 1];
            let folder = |path: &&str| path.strip_suffix(inside).map(|folder| format!("{folder}Chart.yaml"));
            let is_charts = |path: &&str| {
                let charts = by_name.get("Chart.yaml").map_or(&[][..], Vec::as_slice);
                let written = folder(path).and_then(|at| charts.iter().find(|(path, _)| *path == at));
                written.is_some_and(|(_, source)| chart_name(&sources.get(*source).text) == Some(chart))
            };
            named = files.iter().filter(|(path, _)| ends(path, inside) && is_charts(path)).collect();
        }
        match named[..] {
            [(_, source)] => Some(*source),
            _ => None,
        }
    }
}

/// The name that a `Chart.yaml` gives its chart.
fn chart_name(text: &str) -> Option<&str> {
    let value = text.lines().find_map(|line| line.strip_prefix("name:"))?;
    let value = value.split(" #").next().unwrap_or("").trim();
    Some(value.trim_matches(['"', '\'']))
}
