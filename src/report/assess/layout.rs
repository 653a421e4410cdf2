//! Lines of text of 80 columns.

use std::borrow::Cow;

use crate::report::visible;

pub(super) const WIDTH: usize = 80;

pub(super) fn line(out: &mut String, text: &str) {
    out.push_str(text.trim_end());
    out.push('\n');
}

/// The columns that a character takes: marks that join the one before take none, wide ones two (East Asian Width W and F, and emoji).
fn width_of(c: char) -> usize {
    match u32::from(c) {
        0x300..=0x36f | 0x483..=0x489 | 0x591..=0x5bd | 0x610..=0x61a | 0x64b..=0x65f | 0x1ab0..=0x1aff | 0x20d0..=0x20ff => 0,
        0xfe00..=0xfe0f | 0xfe20..=0xfe2f | 0xe0100..=0xe01ef => 0,
        0x1100..=0x115f | 0x2e80..=0x303e | 0x3041..=0xa4cf | 0xa960..=0xa97c | 0xac00..=0xd7a3 | 0xf900..=0xfaff => 2,
        0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x16fe0..=0x18aff | 0x1f000..=0x1faff | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// The columns that a text takes.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(width_of).sum()
}

/// The text with blanks behind it up to `width` columns.
pub(super) fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// Words behind `lead`, and under an indent of its width. A word that fits in no line is broken.
pub(super) fn wrapped(out: &mut String, lead: &str, text: &str) {
    let indent = " ".repeat(columns(lead).min(WIDTH / 2));
    let mut row = lead.to_owned();
    let mut empty = true;
    for word in visible(text).split_whitespace() {
        if !empty && columns(&row) + columns(word) + 1 > WIDTH {
            line(out, &row);
            row.clone_from(&indent);
            empty = true;
        }
        if !empty {
            row.push(' ');
        }
        for c in word.chars() {
            if columns(&row) + width_of(c) > WIDTH {
                line(out, &row);
                row.clone_from(&indent);
            }
            row.push(c);
        }
        empty = false;
    }
    line(out, &row);
}

/// As many characters as fit into `width` columns.
fn kept(text: impl Iterator<Item = char>, width: usize) -> Vec<char> {
    let mut used = 0;
    text.take_while(|c| {
        used += width_of(*c);
        used <= width
    })
    .collect()
}

/// The first `width` columns of a text.
pub(super) fn cut(text: &str, width: usize) -> String {
    let text = visible(text);
    if columns(&text) <= width {
        return text.into();
    }
    kept(text.chars(), width.saturating_sub(1)).into_iter().chain(['…']).collect()
}

/// The last `width` columns of a path.
pub(super) fn cut_front(text: &str, width: usize) -> String {
    let text = visible(text);
    if columns(&text) <= width {
        return text.into();
    }
    let mut end = kept(text.chars().rev(), width.saturating_sub(1));
    end.push('…');
    end.into_iter().rev().collect()
}

/// The rows that a text takes where a row has `width` columns, at most `most`; the last is cut.
pub(super) fn rows(text: &str, width: usize, most: usize) -> Vec<String> {
    let text: Cow<'_, str> = visible(text);
    let mut rest: Vec<&str> = text.split_whitespace().collect();
    let mut out = Vec::new();
    while !rest.is_empty() {
        if out.len() + 1 == most {
            out.push(cut(&rest.join(" "), width));
            break;
        }
        let mut used = 0;
        let fits = rest.iter().take_while(|word| {
            used += columns(word) + usize::from(used > 0);
            used <= width
        });
        let count = fits.count().max(1);
        out.push(cut(&rest[..count].join(" "), width));
        rest.drain(..count);
    }
    out
}
