//! Globs as OPA reads them: `*`, `**`, `?`, `[a-z]`, `[!a]`, `{a,b}`.

use std::fmt::Write as _;

/// The glob as an anchored regular expression in Rust's syntax; `None` if it is malformed.
pub(crate) fn glob_regex(pattern: &str, delimiters: &[char]) -> Option<String> {
    let one = if delimiters.is_empty() {
        ".".to_owned()
    } else {
        let mut class = String::from("[^");
        for c in delimiters {
            let _ = write!(class, "\\x{{{:X}}}", u32::from(*c));
        }
        class.push(']');
        class
    };
    let mut out = String::from("(?s)\\A(?:");
    let mut chars = pattern.chars().peekable();
    let mut depth = 0;
    while let Some(c) = chars.next() {
        match c {
            '*' => {
                if chars.next_if_eq(&'*').is_some() {
                    out.push_str(".*");
                } else {
                    out.push_str(&one);
                    out.push('*');
                }
            }
            '?' => out.push_str(&one),
            '{' => {
                depth += 1;
                out.push_str("(?:");
            }
            '}' if depth > 0 => {
                depth -= 1;
                out.push(')');
            }
            ',' if depth > 0 => out.push('|'),
            '[' => out.push_str(&class(&mut chars)?),
            '\\' => literal(chars.next()?, &mut out),
            c => literal(c, &mut out),
        }
    }
    out.push_str(")\\z");
    (depth == 0).then_some(out)
}

fn literal(c: char, out: &mut String) {
    out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
}

/// After `[`: a range or a list, with `!` in front for the rest.
fn class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<String> {
    let negative = chars.next_if_eq(&'!').is_some();
    let mut out = String::from(if negative { "[^" } else { "[" });
    let mut push = |low: char, high: char| {
        let _ = write!(out, "\\x{{{:X}}}-\\x{{{:X}}}", u32::from(low), u32::from(high));
    };
    let first = chars.next()?;
    if chars.next_if_eq(&'-').is_some() {
        let high = chars.next()?;
        if high < first || chars.next()? != ']' {
            return None;
        }
        push(first, high);
        out.push(']');
        return Some(out);
    }
    let mut next = Some(first);
    let mut any = false;
    loop {
        match next? {
            ']' => break,
            '\\' => {
                let c = chars.next()?;
                push(c, c);
            }
            c => push(c, c),
        }
        any = true;
        next = chars.next();
    }
    out.push(']');
    any.then_some(out)
}
