//! Unified diffs, as `git apply` and `patch` read them.

use std::borrow::Cow;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use similar::TextDiff;

use super::output::Output;
use crate::report::visible;

/// The change of one file as a unified diff.
///
/// On a terminal, characters of the untrusted text that would act are made visible; elsewhere the diff stays what it is, so that
/// it applies.
pub(crate) fn unified(path: &str, before: &str, after: &str, output: &Output) -> String {
    // lines end where `patch` ends them: at line feeds alone
    let (old, new): (Vec<&str>, Vec<&str>) = (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
    let diff = TextDiff::configure().newline_terminated(true).diff_slices(&old, &new);
    let (from, to) = (name("a/", path), name("b/", path));
    let plain = diff.unified_diff().context_radius(3).header(&from, &to).to_string();
    let mut out = String::with_capacity(plain.len());
    for (at, line) in plain.split_terminator('\n').enumerate() {
        let line = if output.is_terminal { shown(line) } else { Cow::Borrowed(line) };
        let style = match line.as_bytes().first() {
            _ if at < 2 => Style::new().bold(),
            Some(b'+') => AnsiColor::Green.on_default(),
            Some(b'-') => AnsiColor::Red.on_default(),
            Some(b'@') => AnsiColor::Cyan.on_default(),
            _ => Style::new(),
        };
        // writing to a String cannot fail
        let _ = if output.color { writeln!(out, "{style}{line}{style:#}") } else { writeln!(out, "{line}") };
    }
    out
}

/// The move of a file that does not change, as git writes it.
pub(crate) fn rename(from: &str, to: &str) -> String {
    let bare = |path: &str| name("", path).trim_end_matches('\t').to_owned();
    let (a, b) = (name("a/", from), name("b/", to));
    let header = format!("diff --git {} {}", a.trim_end_matches('\t'), b.trim_end_matches('\t'));
    format!("{header}\nsimilarity index 100%\nrename from {}\nrename to {}\n", bare(from), bare(to))
}

/// A line with tabs, and nothing else that acts.
fn shown(line: &str) -> Cow<'_, str> {
    let parts: Vec<Cow<'_, str>> = line.split('\t').map(visible).collect();
    if parts.iter().all(|part| matches!(part, Cow::Borrowed(_))) { Cow::Borrowed(line) } else { Cow::Owned(parts.join("\t")) }
}

/// A name as git writes it: in quotes, as in C, where it holds what a header cannot; with a tab behind it where it holds a blank.
fn name(prefix: &str, path: &str) -> String {
    let is_odd = |c: char| c.is_ascii_control() || matches!(c, '"' | '\\');
    if !path.contains(is_odd) {
        return format!("{prefix}{path}{}", if path.contains(' ') { "\t" } else { "" });
    }
    let mut out = format!("\"{prefix}");
    for c in path.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            // writing to a String cannot fail
            c if c.is_ascii_control() => _ = write!(out, "\\{:03o}", u32::from(c)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
