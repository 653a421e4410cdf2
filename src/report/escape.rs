use std::borrow::Cow;
use std::fmt::Write;

/// `text` with every character made visible that would steer a terminal or hide text: controls, line breaks included, marks that
/// turn the reading direction (CVE-2021-42574), and what has no width.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if is_plain(text) || !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        push_visible(&mut out, c);
    }
    Cow::Owned(out)
}

/// More characters of one message than these say no more to a person.
const MAX_MESSAGE: usize = 600;

/// As [`visible`], for messages, which may quote a name as long as the file: the rest is cut off.
pub(super) fn brief(text: &str) -> Cow<'_, str> {
    if text.len() <= MAX_MESSAGE {
        return visible(text);
    }
    match text.char_indices().nth(MAX_MESSAGE) {
        Some((at, _)) => Cow::Owned(format!("{}…", visible(&text[..at]))),
        None => visible(text),
    }
}

/// As [`visible`], but line breaks and tabs stay.
pub(super) fn visible_lines(text: &str) -> Cow<'_, str> {
    if is_plain(text) || !text.chars().any(|c| is_hidden(c) && !matches!(c, '\n' | '\t')) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.replace("\r\n", "\n").chars() {
        if matches!(c, '\n' | '\t') {
            out.push(c);
        } else {
            push_visible(&mut out, c);
        }
    }
    Cow::Owned(out)
}

/// Whether a text is of ASCII without controls, as most are: nothing in it is hidden.
pub(super) fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// As [`is_plain`], but there may be tabs.
pub(super) fn is_plain_but_tabs(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t'))
}

pub(super) fn push_visible(out: &mut String, c: char) {
    match c {
        // the pictures of U+2400 stand in the order of the controls
        '\0'..='\u{1f}' => out.extend(char::from_u32(0x2400 + u32::from(c))),
        '\u{7f}' => out.push('\u{2421}'),
        c if is_hidden(c) => _ = write!(out, "\\u{{{:x}}}", u32::from(c)),
        c => out.push(c),
    }
}

pub(super) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
        || (u32::from(c) & 0xfffe) == 0xfffe
}
