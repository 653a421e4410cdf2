use granit_parser::{Event, Parser};

use crate::syntax::comments::{Comment, placed};
use crate::text::Span;

/// The comments of `text`, in its order; those of a document behind its first syntax error are not found.
#[must_use]
pub fn comments(text: &str) -> Vec<Comment> {
    let options = granit_parser::options! {
        emit_unresolved_aliases: true,
        emit_comments: true,
        flow_nesting_limit: super::read::MAX_DEPTH,
        block_nesting_limit: super::read::MAX_DEPTH,
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let offset = |at: Option<usize>| u32::try_from(at.unwrap_or(text.len()).min(text.len())).unwrap_or(u32::MAX);
    let (mut comments, mut documents, mut contents) = (Vec::new(), vec![0], Vec::new());
    let mut last_error = None;
    while let Some(next) = parser.next_event() {
        match next {
            Ok((event, span)) => {
                let start = offset(span.start.byte_offset());
                match event {
                    Event::Comment(..) => comments.push(Span::new(start, offset(span.end.byte_offset()))),
                    Event::DocumentStart(true, _) => documents.push(start),
                    Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) | Event::UnresolvedAlias(_) => {
                        contents.push(start)
                    }
                    _ => {}
                }
            }
            Err(error) => {
                let at = offset(error.marker().byte_offset());
                // as the reader does: every recovery must get further
                if last_error.is_some_and(|last| at <= last) || !matches!(parser.proceed_next_document(), Ok(true)) {
                    break;
                }
                last_error = Some(at);
            }
        }
    }
    placed(text, comments, documents, contents)
}
