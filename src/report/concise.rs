//! One line a finding, for editors, grep and humans in a hurry.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::place::Position;
use super::{Report, Reporter, visible};
use crate::diag::Severity;

/// `--format concise`: `path:line:col: severity[rule] message`.
#[derive(Clone, Copy, Default, Debug)]
pub struct Concise {
    pub color: bool,
    /// No lines but those of findings and failed tests.
    pub quiet: bool,
}

impl Reporter for Concise {
    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        for finding in report.findings {
            let place = Position::of(report.sources, finding.place).label();
            let place = if place.is_empty() { place } else { format!("{place}: ") };
            let style = style(finding.severity, self.color);
            let severity = finding.severity.as_str();
            let message = super::escape::brief(&finding.message);
            writeln!(out, "{place}{style}{severity}{style:#}[{}] {message}", visible(&finding.rule))?;
        }
        for row in report.tests.iter().flat_map(|tests| tests.bad()) {
            let style = style(Severity::Error, self.color);
            let place = match (row.path.as_str(), row.line) {
                ("", _) => String::new(),
                (path, 0) => format!("{}: ", visible(path)),
                (path, line) => format!("{}:{line}: ", visible(path)),
            };
            let message = row.message.lines().next().unwrap_or_default();
            let colon = if message.is_empty() { "" } else { ": " };
            writeln!(out, "{place}{style}error{style:#}[test] {}{colon}{}", visible(&row.title()), super::escape::brief(message))?;
        }
        if !self.quiet {
            for line in report.summary.skipped_lines(usize::MAX) {
                writeln!(out, "{line}")?;
            }
            if let Some(tests) = report.tests {
                writeln!(out, "{}", tests.line())?;
            }
            writeln!(out, "{}", report.summary.line())?;
        }
        Ok(())
    }
}

/// The colours of severities, the same in every coloured format.
pub(super) fn style(severity: Severity, color: bool) -> Style {
    let ansi = match severity {
        Severity::Error => AnsiColor::Red,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Info => AnsiColor::Cyan,
    };
    if color { Style::new().fg_color(Some(ansi.into())).bold() } else { Style::new() }
}
