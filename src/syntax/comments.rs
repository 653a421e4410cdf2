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

/// `comments` with their documents. `documents` are the offsets of document markers and of the text's start, `contents` those of
/// nodes, all in any order.
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
        // a licence in front of the first marker stands at the head of what follows the marker
        let is_head = content.is_some_and(|content| span.start < content);
        let heads = if is_head {
            Some(Span::new(start, stop))
        } else if content.is_none() && span.start < first {
            let next_stop = documents.get(next + 1).copied().unwrap_or(end);
            Some(Span::new(start, next_stop))
        } else {
            None
        };
        Comment { span, heads, at_start: span.start < first }
    };
    comments.into_iter().map(placed).collect()
}
