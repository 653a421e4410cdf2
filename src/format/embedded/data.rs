//! Rego in the objects of YAML and JSON files.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Found, Group, Kind, Text};
use crate::diag::{Diagnostic, Place, Severity};
use crate::model::embedded::{self, Language};
use crate::model::gatekeeper;
use crate::model::k8s::Object;
use crate::model::value::{self, Document, Format, Node};
use crate::syntax::rego::Version;
use crate::text::{Location, SourceFile, SourceId, Span};

/// A file as it was read.
pub(super) struct Reading {
    pub(super) documents: Vec<Document>,
    /// The objects of the documents that could be read to their ends.
    pub(super) objects: Vec<Object>,
    /// Keys that stand twice in their maps, in text order.
    pub(super) duplicates: Vec<Span>,
    diagnostics: Vec<Diagnostic>,
    skipped: Option<&'static str>,
}

pub(super) fn read(id: SourceId, outer: &SourceFile, kind: Kind) -> Reading {
    let format = if kind == Kind::Json { Format::Json } else { Format::Yaml };
    let value::Read { documents, diagnostics, duplicates, skipped } = value::read(id, &outer.text, format);
    let complete = documents.iter().enumerate().filter(|(_, document)| document.complete);
    let objects = complete.filter_map(|(nr, document)| Some((nr, document.root.clone()?, document.templated)));
    let objects = objects.flat_map(|(nr, root, templated)| embedded::objects(root, templated, nr)).collect();
    let duplicates = duplicates.into_iter().map(|problem| problem.at).collect();
    Reading { documents, objects, duplicates, diagnostics, skipped }
}

impl Reading {
    pub(super) fn found(&self, id: SourceId, outer: &SourceFile) -> Found {
        let mut collect = Collect { id, outer, found: Found::default(), known: BTreeMap::new() };
        collect.broken(self);
        for object in &self.objects {
            collect.object(object);
        }
        collect.groups();
        collect.found
    }
}

struct Collect<'o> {
    id: SourceId,
    outer: &'o SourceFile,
    found: Found,
    /// By span: what is shared through an alias is one text.
    known: BTreeMap<Span, usize>,
}

impl Collect<'_> {
    /// What keeps documents from being read, if they look as if they held Rego.
    fn broken(&mut self, reading: &Reading) {
        let whole = Span::new(0, u32::try_from(self.outer.text.len()).unwrap_or(u32::MAX));
        if reading.skipped.is_some() {
            self.note(whole, "a template that only its engine can read");
            return;
        }
        let broken = reading.documents.iter().filter(|document| !document.complete).map(|document| document.span);
        let broken: Vec<Span> = broken.filter(|span| super::may_hold_rego(self.outer.slice(*span), Kind::Yaml)).collect();
        let inside = |found: &&Diagnostic| match found.place {
            Place::At(at) => broken.iter().any(|span| span.start <= at.span.start && at.span.start <= span.end),
            _ => !broken.is_empty(),
        };
        self.found.findings.extend(reading.diagnostics.iter().filter(inside).cloned());
    }

    fn note(&mut self, span: Span, why: &str) {
        let place = Place::At(Location { source: self.id, span: Span::at(span.start) });
        self.found.findings.push(Diagnostic::new("format-refused", "syntax", Severity::Info, place, format!("left alone: {why}")));
    }

    fn object(&mut self, object: &Object) {
        for text in embedded::texts(object) {
            if let Language::Rego(version) = text.language
                && !gatekeeper::is_template(object)
                && let Some(at) = self.add(text.node, version, || embedded::source_of(self.outer, &text))
            {
                self.found.groups.push(Group { texts: vec![at], is_template: false });
            }
        }
        for node in templated(object) {
            self.note(node.span(), "its text holds template actions");
        }
        if !gatekeeper::is_template(object) {
            return;
        }
        for source in gatekeeper::sources(object) {
            let Some(version) = source.version else {
                self.note(source.holder.span(), "a template action decides the version of this Rego");
                continue;
            };
            let rego = source.rego().map(|entry| (format!("{}.rego", source.path), &entry.value));
            let libs = source.libs().map(|(at, node)| (format!("{}.libs[{at}]", source.path), node));
            let mut texts = Vec::new();
            for (key, node) in rego.into_iter().chain(libs) {
                let holder = || embedded::holder(object, "constraint-template", key);
                texts.extend(self.add(node, Some(version), || embedded::text_in(self.outer, node, holder())));
            }
            self.found.groups.push(Group { texts, is_template: true });
        }
    }

    /// Adds the text of `node` where it is new; `None` where there is none.
    fn add(&mut self, node: &Node, version: Option<Version>, file: impl FnOnce() -> Option<SourceFile>) -> Option<usize> {
        let span = node.span();
        if node.as_str().is_none_or(|text| text.trim().is_empty()) {
            return None;
        }
        if let Some(at) = self.known.get(&span).copied() {
            let known = &mut self.found.texts[at];
            if known.version.is_some() && version.is_some() && known.version != version {
                known.left_alone = true;
                let place = Place::At(Location { source: self.id, span: Span::at(span.start) });
                let message = "not formatted: an alias gives this text to a place of the other Rego version";
                let finding = Diagnostic::new("format-refused", "syntax", Severity::Error, place, message);
                self.found.findings.push(finding.with_help("write it out in both places"));
            } else {
                known.version = known.version.or(version);
            }
            return Some(at);
        }
        let file = file()?;
        let at = self.found.texts.len();
        self.found.texts.push(Text { file, version, span, group: 0, left_alone: false });
        self.known.insert(span, at);
        Some(at)
    }

    /// Joins the groups that share a text.
    fn groups(&mut self) {
        let groups: Vec<Group> = std::mem::take(&mut self.found.groups).into_iter().filter(|group| !group.texts.is_empty()).collect();
        // for each text the text that stands for its set
        let mut parent: Vec<usize> = (0..self.found.texts.len()).collect();
        for group in &groups {
            let first = root(&mut parent, group.texts[0]);
            for text in &group.texts {
                let other = root(&mut parent, *text);
                parent[other] = first;
            }
        }
        let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
        let mut joined: Vec<Group> = Vec::new();
        for (nr, text) in self.found.texts.iter_mut().enumerate() {
            let at = *numbers.entry(root(&mut parent, nr)).or_insert_with(|| {
                joined.push(Group::default());
                joined.len() - 1
            });
            text.group = at;
            joined[at].texts.push(nr);
        }
        for group in groups {
            joined[self.found.texts[group.texts[0]].group].is_template |= group.is_template;
        }
        self.found.groups = joined;
    }
}

/// The text that stands for the set of `at`.
fn root(parent: &mut [usize], mut at: usize) -> usize {
    while parent[at] != at {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    at
}

/// The values of an object where Rego is expected and which a template writes.
fn templated(object: &Object) -> Vec<&Node> {
    let is_template = |node: &&Node| node.unknown().is_some_and(|why| why.contains("{{") || why.contains("{%"));
    if !object.partial {
        return Vec::new();
    }
    if gatekeeper::is_template(object) {
        let sources = gatekeeper::sources(object).into_iter().filter(|source| source.version.is_some());
        let values = sources.flat_map(|source| {
            let libs = source.holder.get("libs");
            source.holder.get("rego").into_iter().chain(libs).chain(libs.map_or(&[][..], Node::items))
        });
        return values.filter(is_template).collect();
    }
    let data = match () {
        () if object.is("", "ConfigMap") => object.root.get("data"),
        () if object.is("", "Secret") => object.root.get("stringData"),
        () => None,
    };
    let rego = data.map_or(&[][..], Node::entries).iter().filter(|entry| is_rego_name(&entry.key));
    rego.map(|entry| &entry.value).filter(is_template).collect()
}

fn is_rego_name(key: &Arc<str>) -> bool {
    key.len() > 5 && key.ends_with(".rego")
}
