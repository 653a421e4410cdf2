//! A summary for job pages and merge requests.

use std::borrow::Cow;
use std::io::{self, Write};

use super::escape::brief;
use super::place::Position;
use super::{Report, Reporter, visible};

/// `--format markdown`.
#[derive(Clone, Copy, Default, Debug)]
pub struct Markdown;

impl Reporter for Markdown {
    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "## ztctl {}\n\n{}\n", escape(report.command), report.summary.line())?;
        if !report.findings.is_empty() {
            writeln!(out, "| | rule | where | finding |\n|---|---|---|---|")?;
        }
        for finding in report.findings {
            let place = Position::of(report.sources, finding.place).label();
            let rule = match finding.url.as_deref().filter(|url| is_plain(url)) {
                Some(url) => format!("[{}]({url})", escape(&finding.rule)),
                None => escape(&finding.rule),
            };
            let help: String = finding.help.iter().flat_map(|help| help.lines()).map(|line| format!("<br>{}", escape(line))).collect();
            let severity = finding.severity.as_str();
            writeln!(out, "| {severity} | {rule} | {} | {}{help} |", code(&place), escape(&brief(&finding.message)))?;
        }
        if let Some(tests) = report.tests {
            writeln!(out, "\n{}\n", tests.line())?;
            for row in tests.bad() {
                let first = row.message.lines().next().unwrap_or_default();
                writeln!(out, "- {} {}: {}", code(&row.path), escape(&row.title()), escape(first))?;
            }
        }
        if !report.summary.skipped.is_empty() {
            writeln!(out)?;
        }
        for skipped in &report.summary.skipped {
            writeln!(out, "- skipped {}: {}", code(&skipped.path), escape(&skipped.reason))?;
        }
        Ok(())
    }
}

/// Whether an address can stand in a link as it is.
fn is_plain(url: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#@!$&*+,;=%".contains(c);
    (url.starts_with("https://") || url.starts_with("http://")) && url.chars().all(plain)
}

/// Text that means itself in a table cell. Code in backticks stays code.
pub(super) fn escape(text: &str) -> String {
    let text = visible(text);
    let mut parts: Vec<Cow<'_, str>> = Vec::new();
    let pieces: Vec<&str> = text.split('`').collect();
    for (at, piece) in pieces.iter().enumerate() {
        let is_code = at % 2 == 1 && at + 1 < pieces.len();
        if is_code {
            parts.push(code(piece).into());
        } else {
            // a backtick without a partner
            if at % 2 == 1 {
                parts.push("\\`".into());
            }
            parts.push(plain(piece).into());
        }
    }
    parts.concat()
}

fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("&#64;"),
            '\\' | '*' | '_' | '[' | ']' | '#' | '!' | '|' | '~' | '$' | ':' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// A code span; its fence is longer than any run of backticks inside, and pipes are written as a table wants them.
pub(super) fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let text = visible(text).replace('|', "\\|");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}
