use super::{Location, Span};

/// One replacement: the bytes at `at` become `text`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    pub at: Location,
    pub text: String,
}

impl Edit {
    #[must_use]
    pub fn new(at: Location, text: impl Into<String>) -> Self {
        Self { at, text: text.into() }
    }
}

/// Why a list of edits cannot be applied to a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EditError {
    /// Two edits touch the same bytes, or insert at the same place.
    Overlap(Span),
    /// An edit lies outside the text or splits a character.
    OutOfText(Span),
}

/// Applies `edits` (spans into `text`, any order) and returns the new text.
///
/// # Errors
/// [`EditError::Overlap`] where two edits overlap or insert at the same offset, [`EditError::OutOfText`] where a span is not
/// a character range of `text`; nothing is applied then.
pub fn apply_edits<'e>(text: &str, edits: impl IntoIterator<Item = (Span, &'e str)>) -> Result<String, EditError> {
    let mut sorted: Vec<(Span, &str)> = edits.into_iter().collect();
    sorted.sort_by_key(|(span, _)| *span);
    let mut out = String::with_capacity(text.len() + sorted.iter().map(|(_, new)| new.len()).sum::<usize>());
    let mut done = 0;
    let mut last: Option<Span> = None;
    for (span, new) in sorted {
        if last.is_some_and(|last| span.start < last.end || span == last) {
            return Err(EditError::Overlap(span));
        }
        if text.get(span.range()).is_none() {
            return Err(EditError::OutOfText(span));
        }
        out.push_str(&text[done..span.start as usize]);
        out.push_str(new);
        done = span.end as usize;
        last = Some(span);
    }
    out.push_str(&text[done..]);
    Ok(out)
}
