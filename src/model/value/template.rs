//! What a template's actions leave unknown.

use crate::syntax::yaml::Style;
use crate::syntax::yaml::template::{Action, Masked};
use crate::text::Span;

/// A text that was read around its template actions.
pub(super) struct Template<'t> {
    pub(super) original: &'t str,
    pub(super) masked: &'t Masked,
}

impl<'t> Template<'t> {
    /// What is written where a scalar stands, if a template has a part in it; `key` is where the key before it ends.
    pub(super) fn touches(&self, span: Span, style: Style, text: &str, key: Option<u32>) -> Option<&'t str> {
        let actions = &self.masked.actions;
        let first = actions.partition_point(|action| action.span.end <= span.start);
        if actions.get(first).is_some_and(|action| action.span.start < span.end) {
            return self.original.get(span.range());
        }
        // `key:` and a line below that writes the value
        let empty = text.is_empty() && style == Style::Plain;
        let is_block = matches!(style, Style::Literal | Style::Folded);
        if !empty && !is_block {
            return None;
        }
        let from = match key {
            Some(end) if empty => self.masked.text[end as usize..].find(':').map_or(end, |at| end + u32::try_from(at + 1).unwrap_or(0)),
            _ if empty => u32::try_from(self.masked.text.get(..span.start as usize)?.trim_end().len()).unwrap_or(0),
            _ => span.end,
        };
        let (first, last) = self.behind(from)?;
        let writes = actions[first..=last].iter().any(|action| !action.control);
        let start = if text.is_empty() { actions[first].span.start } else { span.start };
        (text.is_empty() || writes).then(|| self.original.get(Span::new(start, actions[last].span.end).range()))?
    }

    /// The actions between `at` and the next thing that is written.
    fn behind(&self, at: u32) -> Option<(usize, usize)> {
        let actions: &[Action] = &self.masked.actions;
        let first = actions.partition_point(|action| action.span.start < at);
        let mut from = at;
        let mut last = None;
        for (number, action) in actions.iter().enumerate().skip(first) {
            if !only_comments(self.masked.text.get(Span::new(from, action.span.start).range())?) {
                break;
            }
            last = Some(number);
            from = action.span.end;
            if self.masked.text.as_bytes().get(action.span.start as usize) == Some(&b'x') {
                // it stands on a line with other text: that is what is written next
                last = number.checked_sub(1).filter(|number| *number >= first);
                break;
            }
        }
        last.map(|last| (first, last))
    }
}

fn only_comments(text: &str) -> bool {
    text.lines().all(|line| line.trim_start().is_empty() || line.trim_start().starts_with('#'))
}
