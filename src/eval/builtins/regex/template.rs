//! Replacement texts: `$1`, `$name`, `${name}` and `$$`, as Go's `Regexp.Expand` reads them.

use std::sync::LazyLock;

/// A piece of a replacement.
#[derive(Debug)]
pub(super) enum Part<'t> {
    Text(&'t str),
    /// The text of the first of these groups that has matched.
    Groups(Vec<usize>),
}

/// The pieces of a template for an expression whose groups have these names.
pub(super) fn parse<'t>(template: &'t str, names: &[String]) -> Vec<Part<'t>> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        parts.push(Part::Text(&rest[..at]));
        let dollar = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            parts.push(Part::Text(dollar));
            rest = after;
            continue;
        }
        let Some((name, after)) = reference(rest) else {
            parts.push(Part::Text(dollar));
            continue;
        };
        rest = after;
        parts.push(Part::Groups(match number(name) {
            Some(index) => (0..names.len()).filter(|group| *group == index).collect(),
            None => (0..names.len()).filter(|group| names[*group] == name).collect(),
        }));
    }
    parts.push(Part::Text(rest));
    parts
}

/// The name at the start of what follows a dollar, and the rest.
fn reference(text: &str) -> Option<(&str, &str)> {
    let braced = text.strip_prefix('{');
    let text = braced.unwrap_or(text);
    let end = text.find(|c: char| !is_name(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return None;
    }
    let rest = if braced.is_some() { rest.strip_prefix('}')? } else { rest };
    Some((name, rest))
}

/// A letter, a decimal digit or `_`.
fn is_name(c: char) -> bool {
    static NAME: LazyLock<Option<regex::Regex>> = LazyLock::new(|| regex::Regex::new(r"\A[\p{L}\p{Nd}]\z").ok());
    if c.is_ascii() {
        return c == '_' || c.is_ascii_alphanumeric();
    }
    NAME.as_ref().is_some_and(|name| name.is_match(c.encode_utf8(&mut [0; 4])))
}

/// A group's number: without leading zeros.
fn number(name: &str) -> Option<usize> {
    let digits = name.bytes().all(|b| b.is_ascii_digit()) && name.len() <= 9;
    if !digits || name.len() > 1 && name.starts_with('0') {
        return None;
    }
    name.parse().ok()
}
