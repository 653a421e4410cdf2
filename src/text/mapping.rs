use super::{SourceId, Span};

/// `len` bytes at `inner_start` of an embedded text that stand unchanged at `outer_start` of the outer one.
/// A segment without length marks a boundary that is exact on both sides, between two escapes for example.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment {
    pub inner_start: u32,
    pub outer_start: u32,
    pub len: u32,
}

impl Segment {
    fn inner_end(self) -> u32 {
        self.inner_start.saturating_add(self.len)
    }

    fn outer_end(self) -> u32 {
        self.outer_start.saturating_add(self.len)
    }
}

/// How an embedded text is written in the outer one: what new text must look like to be put back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TextStyle {
    /// YAML `|`: line by line with `indent` in front of each non-empty line. `explicit`: the header has an indentation
    /// indicator; without one the first line must not start with a blank.
    Block { indent: String, explicit: bool },
    /// Line by line with `indent` in front of each non-empty line, up to a line that starts with `closing` (Markdown fences,
    /// heredocs); an empty `closing` never ends the text.
    Lines { indent: String, closing: String },
    /// Line by line with a prefix in front of every line (METADATA in `#` comments); empty lines keep it without its blanks.
    Prefixed { prefix: String },
    /// YAML `'…'` on one line.
    SingleQuoted,
    /// YAML or JSON `"…"` on one line.
    DoubleQuoted,
    /// Bytes are the same on both sides.
    Verbatim,
    /// Folded scalars and the like: places can be mapped, edits cannot.
    ReadOnly,
}

/// What holds an embedded text, as reports name it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EmbeddedIn {
    /// `configmap`, `constraint-template`, `markdown`, `envoyfilter`, …
    pub kind: &'static str,
    /// `ns/Kind/name`, empty where the holder has no such name.
    pub object: String,
    /// The key or path inside the holder.
    pub key: String,
}

/// Where an embedded text lies in another one. Made by the functions of this type that take the outer text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mapping {
    pub outer: SourceId,
    /// Sorted by `inner_start`, disjoint. Bytes between them (escapes, folded breaks) have no exact place.
    pub segments: Vec<Segment>,
    pub style: TextStyle,
    /// The outer range of the whole text (without quotes), for places that no segment covers.
    pub whole: Span,
}

impl Mapping {
    /// The outer range of an inner one. Ends that have no exact place are moved outwards, so that an escape is covered whole.
    #[must_use]
    pub fn to_outer(&self, inner: Span) -> Span {
        if inner.is_empty() {
            return Span::at(self.start_of(inner.start));
        }
        Span::new(self.start_of(inner.start), self.end_of(inner.end))
    }

    /// The outer offset at which the inner byte at `inner` starts, `None` where it has no exact place.
    pub(super) fn exact_start(&self, inner: u32) -> Option<u32> {
        let at = self.segments.partition_point(|s| s.inner_start <= inner).checked_sub(1)?;
        let segment = self.segments[at];
        (inner <= segment.inner_end()).then(|| segment.outer_start + (inner - segment.inner_start))
    }

    /// The outer offset just behind the inner byte that ends at `inner`, `None` where it has no exact place.
    pub(super) fn exact_end(&self, inner: u32) -> Option<u32> {
        let next = self.segments.partition_point(|s| s.inner_start < inner);
        let before = next.checked_sub(1).map(|at| self.segments[at]).filter(|s| inner <= s.inner_end());
        let after = || self.segments.get(next).filter(|s| s.inner_start == inner);
        before.map(|s| s.outer_start + (inner - s.inner_start)).or_else(|| after().map(|s| s.outer_start))
    }

    fn start_of(&self, inner: u32) -> u32 {
        self.exact_start(inner).unwrap_or_else(|| {
            let next = self.segments.partition_point(|s| s.inner_start <= inner);
            next.checked_sub(1).map_or(self.whole.start, |at| self.segments[at].outer_end())
        })
    }

    fn end_of(&self, inner: u32) -> u32 {
        self.exact_end(inner).unwrap_or_else(|| {
            let next = self.segments.partition_point(|s| s.inner_start < inner);
            self.segments.get(next).map_or(self.whole.end, |s| s.outer_start)
        })
    }
}

/// Collects an embedded text together with the places of its bytes.
pub(super) struct Pieces {
    text: String,
    segments: Vec<Segment>,
}

impl Pieces {
    pub(super) fn new(capacity: usize) -> Self {
        Self { text: String::with_capacity(capacity), segments: Vec::new() }
    }

    /// Adds `text`, which stands unchanged at `outer`.
    pub(super) fn same(&mut self, outer: usize, text: &str) {
        let (inner, outer, len) = (super::offset(self.text.len()), super::offset(outer), super::offset(text.len()));
        match self.segments.last_mut() {
            Some(last) if last.inner_end() == inner && last.outer_end() == outer => last.len += len,
            _ => self.segments.push(Segment { inner_start: inner, outer_start: outer, len }),
        }
        self.text.push_str(text);
    }

    /// Says that the text so far ends, and what comes starts, exactly at `outer`.
    pub(super) fn boundary(&mut self, outer: usize) {
        self.same(outer, "");
    }

    /// Adds text that is written differently in the outer text.
    pub(super) fn other(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn finish(self, outer: SourceId, whole: Span, style: TextStyle) -> (String, Mapping) {
        (self.text, Mapping { outer, segments: self.segments, style, whole })
    }
}
