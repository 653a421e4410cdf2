//! Where manifests hold certificates.

use rustc_hash::FxHashMap;

use super::{BEGIN, Certificate, ENCODED, certificates, of_value};
use crate::model::document::{Document, DocumentKind};
use crate::model::manifests::Manifests;
use crate::model::value::{Node, Origin, Value};
use crate::text::{Location, SourceId, SourceMap, Span};

/// A value, or a block of a file, with the certificates in it.
#[derive(Clone, Debug)]
pub struct Use {
    /// The key of the value, or the block's first line.
    pub at: Origin,
    pub certificates: Vec<Certificate>,
}

/// The certificates of objects and documents, by where these lie.
#[derive(Debug, Default)]
pub struct Uses(FxHashMap<Location, Vec<Use>>);

/// Maps and lists inside one another that are searched.
const MAX_DEPTH: usize = 64;

impl Uses {
    /// Looks through the files that have a certificate somewhere: a search costs less than a walk.
    #[must_use]
    pub fn new(manifests: &Manifests, sources: &SourceMap) -> Self {
        let mut this = Self::default();
        let mut files: FxHashMap<SourceId, bool> = FxHashMap::default();
        let marks = [BEGIN, ENCODED].map(memchr::memmem::Finder::new);
        let mut has = |source: SourceId| {
            *files.entry(sources.outermost(source)).or_insert_with_key(|outer| {
                let file = sources.get(*outer);
                marks.iter().any(|mark| mark.find(file.text.as_bytes()).is_some()) && !is_test_or_doc(&file.path)
            })
        };
        for object in manifests.objects.iter().filter(|object| has(object.source)) {
            let mut found = Vec::new();
            walk(&object.root, None, 0, &mut found);
            this.add(object.location(), found);
        }
        // what a ConfigMap holds is found under its key
        let in_file = |document: &&Document| sources.get(document.source).embedded.is_none();
        for document in manifests.documents.iter().filter(in_file).filter(|document| has(document.source)) {
            let mut found = Vec::new();
            match document.kind {
                DocumentKind::Certificates => blocks(document, &mut found),
                DocumentKind::Shell => {}
                _ => walk(&document.root, None, 0, &mut found),
            }
            this.add(document.root.origin.at, found);
        }
        this
    }

    fn add(&mut self, at: Location, found: Vec<Use>) {
        if !found.is_empty() {
            self.0.entry(at).or_insert(found);
        }
    }

    /// The certificates of what lies at `at`.
    #[must_use]
    pub fn of(&self, at: Location) -> &[Use] {
        self.0.get(&at).map_or(&[], Vec::as_slice)
    }
}

fn blocks(document: &Document, out: &mut Vec<Use>) {
    let Some(text) = document.root.as_str() else { return };
    let base = document.root.origin.at;
    for (at, certificate) in certificates(text) {
        let start = base.span.start.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
        let span = Span::new(start, start.saturating_add(BEGIN.len() as u32));
        let at = Origin { at: Location { source: base.source, span }, via: document.root.origin.via.clone() };
        out.push(Use { at, certificates: vec![certificate] });
    }
}

fn walk(node: &Node, key: Option<&Origin>, depth: usize, out: &mut Vec<Use>) {
    if depth > MAX_DEPTH {
        return;
    }
    match &node.value {
        Value::Map(entries) => {
            for entry in entries {
                walk(&entry.value, Some(&entry.origin), depth + 1, out);
            }
        }
        Value::List(items) => items.iter().for_each(|item| walk(item, None, depth + 1, out)),
        Value::Scalar(_) => {
            let Some(text) = node.as_str().filter(|text| text.len() > 100) else { return };
            let certificates = of_value(text);
            if !certificates.is_empty() {
                out.push(Use { at: key.unwrap_or(&node.origin).clone(), certificates });
            }
        }
    }
}

/// Whether a file belongs to tests or documentation, by its path.
#[must_use]
pub fn is_test_or_doc(path: &str) -> bool {
    let is_one = |segment: &str| {
        let name = segment.to_ascii_lowercase();
        matches!(&*name, "test" | "tests" | "testing" | "testdata" | "e2e" | "doc" | "docs" | "fixture" | "fixtures" | "__tests__")
            || name.ends_with("_test")
            || name.ends_with("-test")
            || name.starts_with("test-")
            || name.starts_with("test_")
    };
    path.split('/').any(|segment| is_one(segment.split('.').next().unwrap_or(segment)))
}
