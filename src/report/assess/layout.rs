//! Lines of text of 80 columns.

use crate::report::visible;

pub(super) const WIDTH: usize = 80;

pub(super) fn line(out: &mut String, text: &str) {
    out.push_str(text.trim_end());
    out.push('\n');
}

/// Words behind `lead`, and under an indent of its width.
pub(super) fn wrapped(out: &mut String, lead: &str, text: &str) {
    let indent = " ".repeat(lead.chars().count());
    let mut row = lead.to_owned();
    let mut empty = true;
    for word in visible(text).split_whitespace() {
        if !empty && row.chars().count() + word.chars().count() + 1 > WIDTH {
            line(out, &row);
            row.clone_from(&indent);
            empty = true;
        }
        if !empty {
            row.push(' ');
        }
        row.push_str(word);
        empty = false;
    }
    line(out, &row);
}

/// The first `width` characters of a text.
pub(super) fn cut(text: &str, width: usize) -> String {
    let text = visible(text);
    if text.chars().count() <= width {
        return text.into();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// The last `width` characters of a path.
pub(super) fn cut_front(text: &str, width: usize) -> String {
    let text = visible(text);
    let length = text.chars().count();
    if length <= width {
        return text.into();
    }
    let kept: String = text.chars().skip(length - width.saturating_sub(1)).collect();
    format!("…{kept}")
}
