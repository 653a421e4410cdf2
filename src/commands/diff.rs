//! Unified diffs, as `git apply` reads them.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use similar::TextDiff;

/// The change of one file as a unified diff; control characters are made visible, since file contents are untrusted.
pub(crate) fn unified(path: &str, before: &str, after: &str, color: bool) -> String {
    let diff = TextDiff::from_lines(before, after);
    let plain = diff.unified_diff().context_radius(3).header(&format!("a/{path}"), &format!("b/{path}")).to_string();
    let paint = |style: Style, line: &str, out: &mut String| {
        // writing to a String cannot fail
        let _ = if color { writeln!(out, "{style}{line}{style:#}") } else { writeln!(out, "{line}") };
    };
    let mut out = String::with_capacity(plain.len());
    for line in plain.lines() {
        let line = visible(line, color);
        let style = match line.as_bytes().first() {
            _ if line.starts_with("--- ") || line.starts_with("+++ ") => Style::new().bold(),
            Some(b'+') => AnsiColor::Green.on_default(),
            Some(b'-') => AnsiColor::Red.on_default(),
            Some(b'@') => AnsiColor::Cyan.on_default(),
            _ => Style::new(),
        };
        paint(style, &line, &mut out);
    }
    out
}

/// On a terminal, control characters of the text must not act; in a pipe the diff stays what it is, so that it applies.
fn visible(line: &str, terminal: bool) -> std::borrow::Cow<'_, str> {
    if !terminal || !line.chars().any(|c| c.is_control() && c != '\t') {
        return line.into();
    }
    line.chars()
        .fold(String::with_capacity(line.len()), |mut out, c| {
            if c.is_control() && c != '\t' {
                out.extend(c.escape_default())
            } else {
                out.push(c)
            }
            out
        })
        .into()
}
