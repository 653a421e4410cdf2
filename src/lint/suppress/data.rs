//! Directives in data files, in configurations inside them, and in annotations of objects.

use rustc_hash::FxHashMap;

use super::{Comment, Suppressions};
use crate::diag::{Date, Diagnostic, Place};
use crate::lint::directive::{Reach, no_annotation, read_annotation};
use crate::lint::engine::{Input, Plans, Work};
use crate::model::k8s::Object;
use crate::model::value::{Entry, Node, Scalar, Value};
use crate::syntax::source::Language;
use crate::syntax::{comments, hcl, shell, source, toml, yaml};
use crate::text::{Location, SourceFile, SourceId, SourceMap, Span};

/// The annotation that silences findings in its object.
const ANNOTATION: &str = "ztctl.dev/ignore";

/// The directives of all data files.
#[derive(Default)]
pub(in crate::lint) struct Directives {
    by_source: FxHashMap<SourceId, Suppressions>,
    /// The place of an annotation's value → its text and its number there.
    annotations: FxHashMap<Location, (SourceId, usize)>,
}

impl Directives {
    pub(in crate::lint) fn read(work: &Work<'_>, plans: &Plans, as_of: Date) -> Self {
        let mut this = Self::default();
        let sources = work.sources;
        let has = |file: &SourceFile, needle: &str| memchr::memmem::find(file.text.as_bytes(), needle.as_bytes()).is_some();
        let files = inputs(work).map(|input| input.source);
        let mentions: Vec<SourceId> = files.filter(|source| has(sources.get(*source), "ztctl")).collect();
        if mentions.is_empty() {
            return this;
        }
        let modules: rustc_hash::FxHashSet<SourceId> = work.rego.iter().map(|input| input.source).collect();
        for (source, file) in sources.iter().filter(|(source, _)| !modules.contains(source)) {
            let Some(plan) = plans.get(sources.outermost(source)) else { continue };
            if has(file, "ztctl:")
                && let Some(found) = Suppressions::of_comments(&comments_of(file), file, plan, as_of, false)
            {
                this.by_source.insert(source, found);
            }
        }
        let made = work.manifests.units.iter().flat_map(|unit| &unit.objects);
        for object in work.manifests.objects.iter().chain(made) {
            this.annotation(sources, object, plans, as_of);
        }
        this
    }

    fn annotation(&mut self, sources: &SourceMap, object: &Object, plans: &Plans, as_of: Date) {
        let Some(entry) = annotation(object) else { return };
        let at = entry.value.origin.at;
        if self.annotations.contains_key(&at) {
            return;
        }
        let Some(plan) = plans.get(sources.outermost(at.source)) else { return };
        let file = sources.get(at.source);
        // written inside the object itself, it is about all that is written there
        let span = object.root.origin.at;
        let inside = span.source == at.source && span.span.covers(at.span);
        let reach = Reach::Object(if inside { span.span } else { Span::at(at.span.start) });
        let whole = Span::new(entry.origin.at.span.start, at.span.end.max(entry.origin.at.span.end));
        let whole = if entry.origin.at.source == at.source { whole } else { at.span };
        let mut directive = match &entry.value.value {
            Value::Scalar(Scalar::String(text)) => read_annotation(text, start_of(file.slice(at.span), at.span, text), whole, reach),
            Value::Scalar(Scalar::Unknown(_)) => return,
            _ => no_annotation(whole, reach, entry.value.type_name()),
        };
        if inside && entry.origin.via.is_empty() {
            directive.removal = removal(&file.text, object, entry);
        }
        let suppressions = self.by_source.entry(at.source).or_default();
        let nr = suppressions.add(directive, file, u32::MAX, plan, as_of);
        self.annotations.insert(at, (at.source, nr));
    }

    /// Whether the annotation of an object, as a build unit makes it, silences a finding made about it; remembers it.
    pub(in crate::lint) fn silences_in(&mut self, diagnostic: &Diagnostic, object: &Object) -> bool {
        if self.annotations.is_empty() {
            return false;
        }
        let found = annotation(object).and_then(|entry| self.annotations.get(&entry.value.origin.at)).copied();
        let suppressions = found.and_then(|(source, nr)| Some((self.by_source.get_mut(&source)?, nr)));
        suppressions.is_some_and(|(suppressions, nr)| suppressions.applies(nr, &diagnostic.rule))
    }

    /// Whether a directive in a text that the finding lies in silences it, on any level of embedding; remembers it.
    pub(in crate::lint) fn silences(&mut self, sources: &SourceMap, diagnostic: &Diagnostic) -> bool {
        if self.by_source.is_empty() {
            return false;
        }
        let mut silenced = false;
        let (mut source, mut at) = match diagnostic.place {
            Place::At(at) => (at.source, Some(at.span)),
            Place::File(source) => (source, None),
            Place::Run => return false,
        };
        loop {
            let file = sources.get(source);
            if let Some(suppressions) = self.by_source.get_mut(&source) {
                silenced |= suppressions.silences_at(&diagnostic.rule, at.map(|span| span.start), file);
            }
            let Some(mapping) = &file.mapping else { return silenced };
            at = Some(at.map_or(mapping.whole, |span| mapping.to_outer(span)));
            source = mapping.outer;
        }
    }

    /// Findings about the directives themselves, in reported files.
    pub(in crate::lint) fn judge(&self, work: &Work<'_>, plans: &Plans) -> Vec<Diagnostic> {
        let mut sources: Vec<SourceId> = self.by_source.keys().copied().collect();
        sources.sort_unstable();
        let reported: FxHashMap<SourceId, bool> = inputs(work).map(|input| (input.source, input.reported)).collect();
        let mut out = Vec::new();
        for source in sources {
            let outer = work.sources.outermost(source);
            if let Some(plan) = plans.get(outer).filter(|_| reported.get(&outer) == Some(&true)) {
                out.extend(self.by_source[&source].judge(source, plan));
            }
        }
        out
    }
}

/// All files but those of Rego.
fn inputs<'a>(work: &Work<'a>) -> impl Iterator<Item = &'a Input> {
    work.data.iter().chain(work.leaking).chain(work.code.iter().map(|code| &code.input))
}

fn annotation(object: &Object) -> Option<&Entry> {
    object.root.path(&["metadata", "annotations"])?.entry(ANNOTATION)
}

/// The offset of the text of a scalar that is written as it reads.
fn start_of(written: &str, span: Span, text: &str) -> Option<u32> {
    let quotes = u32::from(written.starts_with(['"', '\'']));
    let inside = written.get(quotes as usize..written.len().checked_sub(quotes as usize)?)?;
    (inside == text).then_some(span.start + quotes)
}

/// What removing an annotation takes away: with it the map, where nothing else is in it.
fn removal(text: &str, object: &Object, entry: &Entry) -> Option<Span> {
    let metadata = object.root.get("metadata")?;
    let annotations = metadata.entry("annotations")?;
    let taken = |entry: &Entry| Span::new(entry.origin.at.span.start, entry.value.span().end.max(entry.origin.at.span.end));
    let entries = annotations.value.entries();
    let at = entries.iter().position(|other| std::ptr::eq(other, entry))?;
    if text.get(annotations.value.span().start as usize..)?.starts_with('{') {
        // up to the next one, else from the end of the one before
        let own = taken(entry);
        let next = entries.get(at + 1).map(taken).filter(|next| next.start > own.end);
        let before = at.checked_sub(1).map(|at| taken(&entries[at])).filter(|before| before.end < own.start);
        return Some(match (next, before) {
            (Some(next), _) => Span::new(own.start, next.start),
            (None, Some(before)) => Span::new(before.end, own.end),
            (None, None) => own,
        });
    }
    let alone = entries.len() == 1;
    let what = match alone {
        // a map that loses its last entry is none
        true if metadata.entries().len() > 1 && is_block(text, metadata) => Span::new(annotations.origin.at.span.start, taken(entry).end),
        true => return None,
        false => taken(entry),
    };
    lines_of(text, what)
}

fn is_block(text: &str, map: &Node) -> bool {
    !text.get(map.span().start as usize..).is_some_and(|rest| rest.starts_with('{'))
}

/// The whole lines of a range, where nothing stands in front of it and only a comment behind it.
fn lines_of(text: &str, span: Span) -> Option<Span> {
    let before = text.get(..span.start as usize)?;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let behind = text.get(span.end as usize..)?;
    let len = behind.find('\n').map_or(behind.len(), |at| at + 1);
    let rest = behind[..len].trim();
    let clean = before[start..].trim().is_empty() && (rest.is_empty() || rest.starts_with('#'));
    clean.then(|| Span::new(u32::try_from(start).unwrap_or(u32::MAX), span.end + u32::try_from(len).unwrap_or(0)))
}

/// The comments of a data file or an embedded configuration, by its name.
fn comments_of(file: &SourceFile) -> Vec<Comment> {
    let name = file.embedded.as_ref().map_or(file.path.as_str(), |holder| holder.key.as_str());
    let ends =
        |suffix: &str| name.len() >= suffix.len() && name.as_bytes()[name.len() - suffix.len()..].eq_ignore_ascii_case(suffix.as_bytes());
    let holder = file.embedded.as_ref().map_or("", |holder| holder.kind);
    let is_shell = ends(".sh") || ends(".bash") || matches!(holder, "workflow" | "gitlab-ci" | "container") || file.text.starts_with("#!");
    let found = if ends(".json") {
        Vec::new()
    } else if ends(".hcl") || ends(".conf") || ends(".tf") {
        hcl::comments(&file.text)
    } else if is_shell {
        shell::comments(&file.text)
    } else if ends(".toml") {
        toml::comments(&file.text)
    } else if let Some(language) = Language::of(name) {
        source::comments(&file.text, language)
    } else if file.embedded.is_some() || [".yaml", ".yml"].iter().any(|end| ends(end)) || !name.contains('.') {
        yaml::comments(&file.text)
    } else {
        comments::by_line(&file.text, "ztctl:")
    };
    let whole = Span::new(0, u32::try_from(file.text.len()).unwrap_or(u32::MAX));
    let own_line = |span: Span| {
        file.text[..span.start as usize].rsplit('\n').next().is_some_and(|line| line.trim_matches(['\u{feff}', ' ', '\t', '\r']).is_empty())
    };
    let comment = |found: comments::Comment| Comment {
        span: found.span,
        own_line: own_line(found.span),
        // a comment behind a marker or at the head of the only document is about what follows it
        head: found.heads.map(|heads| if heads == whole { Reach::File } else { Reach::Document(heads) }),
        at_start: found.at_start,
    };
    found.into_iter().map(comment).collect()
}
