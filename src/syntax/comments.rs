//! Comments of data formats, for what is said in them.

use crate::text::Span;

/// A comment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Comment {
    /// With its marker, without its line break.
    pub span: Span,
    /// The document whose content it stands in front of; `None` behind the start of the content.
    pub heads: Option<Span>,
    /// No content stands in front of it in the whole text.
    pub at_start: bool,
}

/// `comments` with their documents. `documents` are the offsets at which documents start, `contents` those of nodes, all in any
/// order.
pub(super) fn placed(text: &str, mut comments: Vec<Span>, mut documents: Vec<u32>, mut contents: Vec<u32>) -> Vec<Comment> {
    comments.sort_unstable();
    comments.dedup();
    comments.retain(|span| text.get(span.range()).is_some());
    documents.sort_unstable();
    documents.dedup();
    contents.sort_unstable();
    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let first = contents.first().copied().unwrap_or(end);
    let placed = |span: Span| {
        let next = documents.partition_point(|start| *start <= span.start);
        let start = next.checked_sub(1).map_or(0, |at| documents[at]);
        let stop = documents.get(next).copied().unwrap_or(end);
        let content = contents.get(contents.partition_point(|at| *at < start)).copied().filter(|at| *at < stop);
        let heads = content.filter(|content| span.start < *content).map(|_| Span::new(start, stop));
        Comment { span, heads, at_start: span.start < first }
    };
    comments.into_iter().map(placed).collect()
}
