//! GitHub Actions workflow commands, which the runner turns into annotations.

use std::io::{self, Write};

use super::place::Position;
use super::{Report, Reporter};
use crate::diag::Severity;

/// `--format github`.
#[derive(Clone, Copy, Default, Debug)]
pub struct Github;

impl Reporter for Github {
    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        for finding in report.findings {
            let command = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "notice",
            };
            let position = Position::of(report.sources, finding.place);
            let mut properties = Vec::new();
            if !position.path.is_empty() {
                properties.push(("file", property(position.path)));
            }
            if let Some(range) = position.range {
                let start = range.file.line_column(range.span.start);
                let end = range.file.line_column(range.span.end);
                properties.push(("line", start.line.to_string()));
                // columns are meant for one line only
                if start.line == end.line {
                    properties.push(("col", start.column.to_string()));
                    properties.push(("endColumn", end.column.to_string()));
                } else {
                    properties.push(("endLine", end.line.to_string()));
                }
            }
            properties.push(("title", property(&finding.rule)));
            let mut message = finding.message.clone();
            if let Some(help) = &finding.help {
                message = format!("{message}\nhelp: {help}");
            }
            command_line(out, command, &properties, &message)?;
        }
        for row in report.tests.iter().flat_map(|tests| tests.bad()) {
            let mut properties = Vec::new();
            if !row.path.is_empty() {
                properties.push(("file", property(&row.path)));
            }
            if row.line > 0 {
                properties.push(("line", row.line.to_string()));
            }
            properties.push(("title", "test".to_owned()));
            let message = if row.message.is_empty() { row.title() } else { format!("{}: {}", row.title(), row.message) };
            command_line(out, "error", &properties, &message)?;
        }
        let skipped = report.summary.skipped_lines(20);
        if !skipped.is_empty() {
            command_line(out, "notice", &[("title", "ztctl".to_owned())], &skipped.join("\n"))?;
        }
        Ok(())
    }
}

fn command_line(out: &mut dyn Write, command: &str, properties: &[(&str, String)], message: &str) -> io::Result<()> {
    let properties: Vec<String> = properties.iter().map(|(name, value)| format!("{name}={value}")).collect();
    writeln!(out, "::{command} {}::{}", properties.join(","), data(message))
}

/// As the runner decodes it (actions/toolkit, `command.ts`): percent signs and breaks. Other controls are made visible.
fn data(text: &str) -> String {
    super::escape::visible_lines(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
