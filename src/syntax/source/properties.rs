//! Java's properties: `key=value` on lines. <https://docs.oracle.com/javase/8/docs/api/java/util/Properties.html#load-java.io.Reader->

use crate::text::Span;

/// One entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Property<'t> {
    pub key: &'t str,
    /// Of the first line alone, where lines are continued.
    pub value: &'t str,
    /// The key's place.
    pub at: Span,
}

/// The entries of a text, in their order.
pub fn read(text: &str) -> impl Iterator<Item = Property<'_>> {
    lines(text).filter_map(|(start, line)| {
        let key_line = line.trim_start();
        if key_line.is_empty() || key_line.starts_with(['#', '!']) {
            return None;
        }
        let start = start + line.len() - key_line.len();
        let end = key_line.find(['=', ':', ' ', '\t']).unwrap_or(key_line.len());
        let rest = key_line[end..].trim_start();
        let value = rest.strip_prefix(['=', ':']).unwrap_or(rest).trim();
        let at = Span::new(u32::try_from(start).ok()?, u32::try_from(start + end).ok()?);
        Some(Property { key: &key_line[..end], value, at })
    })
}

/// The comments of a text.
pub fn comments(text: &str) -> impl Iterator<Item = Span> {
    lines(text).filter_map(|(start, line)| {
        let trimmed = line.trim_start();
        let from = start + line.len() - trimmed.len();
        let end = start + line.trim_end_matches(['\r', '\n']).len();
        trimmed.starts_with(['#', '!']).then(|| Some(Span::new(u32::try_from(from).ok()?, u32::try_from(end).ok()?)))?
    })
}

/// Lines that no other one continues, with their offsets.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut offset = 0;
    let mut goes_on = false;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = offset;
        offset += line.len();
        let continues = goes_on;
        let content = line.trim_end_matches(['\r', '\n']);
        let comment = !continues && content.trim_start().starts_with(['#', '!']);
        goes_on = !comment && content.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
        (!continues).then_some((start, line))
    })
}
