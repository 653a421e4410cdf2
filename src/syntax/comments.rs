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

/// How comments begin in languages that are not read.
const STARTS: [&str; 6] = ["<!--", "/*", "//", "--", "#", ";"];

/// The comments with `needle` in a text in any language: from what begins a comment in most to the end of the line, or to what
/// ends it. A string that looks like one is taken for one.
#[must_use]
pub fn by_line(text: &str, needle: &str) -> Vec<Comment> {
    let mut out = Vec::new();
    let mut at_start = true;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let content = line.trim();
        let is_comment = STARTS.iter().any(|mark| content.starts_with(mark));
        if let Some(found) = line.find(needle) {
            let before = line[..found].trim_end();
            if let Some(mark) = STARTS.iter().find(|mark| before.ends_with(*mark)) {
                let end =
                    ["-->", "*/"].iter().filter_map(|end| line[found..].find(end)).min().map_or(line.trim_end().len(), |end| found + end);
                let from = start + before.len() - mark.len();
                let span = Span::new(u32::try_from(from).unwrap_or(u32::MAX), u32::try_from(start + end).unwrap_or(u32::MAX));
                out.push(Comment { span, heads: None, at_start });
            }
        }
        at_start &= content.is_empty() || is_comment;
    }
    out
}
