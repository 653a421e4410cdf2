//! What a finding in a manifest is about, in words that stay when lines move.

use rustc_hash::FxHashMap;

use crate::diag::{Diagnostic, Place};
use crate::model::document::Document;
use crate::model::k8s::Object;
use crate::model::manifests::Manifests;
use crate::model::value::{Entry, Node, Value};
use crate::text::{Location, SourceId, SourceMap, Span};

/// The objects and documents of each text.
pub(super) struct Subjects<'a> {
    sources: &'a SourceMap,
    /// Sorted by start.
    by_source: FxHashMap<SourceId, Vec<(Span, Part<'a>)>>,
}

#[derive(Clone, Copy)]
enum Part<'a> {
    Object(&'a Object),
    Document(&'a Document),
}

impl<'a> Subjects<'a> {
    pub(super) fn new(sources: &'a SourceMap, manifests: &'a Manifests) -> Self {
        let mut by_source: FxHashMap<SourceId, Vec<(Span, Part<'a>)>> = FxHashMap::default();
        let objects = manifests.objects.iter().map(|object| (object.location(), Part::Object(object)));
        let documents = manifests.documents.iter().map(|document| (document.root.origin.at, Part::Document(document)));
        for (at, part) in objects.chain(documents) {
            by_source.entry(at.source).or_default().push((at.span, part));
        }
        for parts in by_source.values_mut() {
            parts.sort_by_key(|(span, _)| *span);
        }
        Self { sources, by_source }
    }

    /// Names what a finding is about, unless it does so itself: `group/kind/namespace/name#path` for objects, the kind of a
    /// document and the path in it for others, and both, one behind the other, for configurations inside objects. A place that no
    /// key leads to keeps its line in the fingerprint.
    pub(super) fn name(&self, diagnostic: &mut Diagnostic) {
        let Place::At(at) = diagnostic.place else { return };
        if diagnostic.subject_is_exact {
            return;
        }
        // `package.rule` of Rego says nothing of the line in it
        let own = std::mem::take(&mut diagnostic.subject);
        let innermost = self.of(at);
        let exact = own.is_empty() && innermost.as_ref().is_some_and(|(_, exact)| *exact);
        let mut levels: Vec<String> = Some(own).filter(|own| !own.is_empty()).into_iter().collect();
        levels.extend(innermost.map(|(name, _)| name));
        let mut source = at.source;
        while let Some(mapping) = &self.sources.get(source).mapping {
            source = mapping.outer;
            levels.extend(self.of(Location { source, span: mapping.whole }).map(|(name, _)| name));
        }
        levels.reverse();
        diagnostic.subject_is_exact = exact;
        diagnostic.subject = levels.join("#");
    }

    /// The name of a place in its own text, and whether a key or an item is there.
    fn of(&self, at: Location) -> Option<(String, bool)> {
        let parts = self.by_source.get(&at.source)?;
        let found = parts.partition_point(|(span, _)| span.start <= at.span.start).checked_sub(1)?;
        let (span, part) = &parts[found];
        // the header of a block scalar lies in front of its text, so an end counts too
        if at.span.start > span.end {
            return None;
        }
        let (name, root) = match part {
            Part::Object(object) => (object.id(), &object.root),
            Part::Document(document) => (format!("{:?}", document.kind).to_lowercase(), &document.root),
        };
        let (path, exact) = path_of(root, at);
        Some((format!("{name}#{path}"), exact))
    }
}

/// So many parts are looked at one by one; of more only those are found that stand in the order of their places, as all do that no
/// alias or merge key brought.
const MAX_PARTS: usize = 1_000;

fn find<T>(parts: &[T], at: Location, start: impl Fn(&T) -> Location, holds: impl Fn(&T) -> bool) -> Option<(usize, &T)> {
    let next = parts.partition_point(|part| (start(part).source, start(part).span.start) <= (at.source, at.span.start));
    let found = next.checked_sub(1).map(|nr| (nr, &parts[nr])).filter(|(_, part)| holds(part));
    found.or_else(|| parts.iter().enumerate().take(MAX_PARTS).find(|(_, part)| holds(part)))
}

/// The path to the innermost key or item at a place: `spec.containers[app].image`. Items with a name are called by it.
fn path_of(root: &Node, at: Location) -> (String, bool) {
    let inside = |span: Span| span.start <= at.span.start && at.span.start < span.end.max(span.start + 1);
    let here = |place: Location| place.source == at.source && inside(place.span);
    let mut path = String::new();
    let mut node = root;
    let mut exact = false;
    loop {
        match &node.value {
            Value::Map(entries) => {
                let holds = |entry: &Entry| here(entry.origin.at) || here(entry.value.origin.at);
                let Some((_, entry)) = find(entries, at, |entry| entry.origin.at, holds) else { return (path, exact) };
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&entry.key);
                exact = true;
                if here(entry.origin.at) {
                    return (path, exact);
                }
                node = &entry.value;
            }
            Value::List(items) => {
                let Some((nr, item)) = find(items, at, |item| item.origin.at, |item| here(item.origin.at)) else { return (path, exact) };
                match item.get("name").and_then(Node::as_str) {
                    Some(name) => path.push_str(&format!("[{name}]")),
                    None => path.push_str(&format!("[{nr}]")),
                }
                exact = true;
                node = item;
            }
            Value::Scalar(_) => return (path, exact),
        }
    }
}
