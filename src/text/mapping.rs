use super::{SourceId, Span};

/// `len` bytes at `inner_start` of an embedded text that stand unchanged at `outer_start` of the outer one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment {
    pub inner_start: u32,
    pub outer_start: u32,
    pub len: u32,
}

/// How an embedded text is written in the outer one: what new text must look like to be put back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TextStyle {
    /// Line by line with `indent` in front of each non-empty line (YAML `|`, Markdown fences, heredocs).
    Lines { indent: String },
    /// Line by line with a prefix in front of every line (METADATA in `#` comments).
    Prefixed { prefix: String },
    /// YAML `'…'`.
    SingleQuoted,
    /// YAML or JSON `"…"`.
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

/// Where an embedded text lies in another one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mapping {
    pub outer: SourceId,
    /// Sorted by `inner_start`, disjoint. Bytes between them (escapes, folded breaks) have no exact place.
    pub segments: Vec<Segment>,
    pub style: TextStyle,
    /// The outer range of the whole text, for places that no segment covers.
    pub whole: Span,
}

impl Mapping {
    /// The outer range of an inner one.
    #[must_use]
    pub fn to_outer(&self, inner: Span) -> Span {
        let start = self.offset(inner.start, false);
        let end = if inner.is_empty() { start } else { self.offset(inner.end, true) };
        Span::new(start, end)
    }

    /// `is_end`: an offset on a segment's end belongs to that segment, not to the next one.
    fn offset(&self, inner: u32, is_end: bool) -> u32 {
        let next = self.segments.partition_point(|s| if is_end { s.inner_start < inner } else { s.inner_start <= inner });
        match next.checked_sub(1).map(|at| self.segments[at]) {
            Some(s) if inner <= s.inner_start + s.len => s.outer_start + (inner - s.inner_start),
            // between two segments: an escape or a fold stands for the byte
            Some(s) => self.segments.get(next).map_or(s.outer_start + s.len, |n| n.outer_start.min(s.outer_start + s.len)),
            None => self.whole.start,
        }
    }
}
