use granit_parser::{Event, Parser};

use super::split::split;
use super::template::{Inline, mask};
use crate::syntax::comments::{Comment, placed};
use crate::text::Span;

/// The comments of `text`, in its order; those of a document behind its first syntax error are not found. Template actions are read
/// around.
#[must_use]
pub fn comments(text: &str) -> Vec<Comment> {
    let (comments, complete) = scan(text);
    if complete || !(text.contains("{{") || text.contains("{%")) {
        return comments;
    }
    match mask(text, Inline::Letters) {
        Some(masked) => scan(&masked.text).0,
        None => comments,
    }
}

/// The comments, and whether all documents could be read.
fn scan(text: &str) -> (Vec<Comment>, bool) {
    let (mut comments, mut documents, mut contents, mut complete) = (Vec::new(), Vec::new(), Vec::new(), true);
    for whole in split(text) {
        documents.push(whole.start);
        let slice = &text[whole.range()];
        let options = granit_parser::options! {
            emit_unresolved_aliases: true,
            emit_comments: true,
            flow_nesting_limit: super::read::MAX_DEPTH,
            block_nesting_limit: super::read::MAX_DEPTH,
        };
        let mut parser = Parser::new_from_str_with_options(slice, options);
        let offset = |at: Option<usize>| whole.start + u32::try_from(at.unwrap_or(slice.len()).min(slice.len())).unwrap_or(u32::MAX);
        while let Some(next) = parser.next_event() {
            let Ok((event, span)) = next else {
                complete = false;
                break;
            };
            let start = offset(span.start.byte_offset());
            match event {
                Event::Comment(..) => comments.push(Span::new(start, offset(span.end.byte_offset()))),
                Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) | Event::UnresolvedAlias(_) => contents.push(start),
                _ => {}
            }
        }
    }
    (placed(text, comments, documents, contents), complete)
}
