//! GitLab's Code Quality report (a subset of the Code Climate format).

use std::io::{self, Write};

use serde::Serialize;

use super::place::Position;
use super::{Report, Reporter};
use crate::diag::{Severity, fingerprints};

/// `--format gitlab`.
#[derive(Clone, Copy, Default, Debug)]
pub struct Gitlab;

#[derive(Serialize)]
struct Issue<'a> {
    description: &'a str,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

impl Reporter for Gitlab {
    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let prints = fingerprints(report.sources, report.findings);
        let issues = report.findings.iter().zip(prints).map(|(finding, print)| {
            let position = Position::of(report.sources, finding.place);
            let begin = position.range.map_or(1, |range| range.file.line_column(range.span.start).line);
            Issue {
                description: &finding.message,
                check_name: &finding.rule,
                fingerprint: print.to_string(),
                severity: match finding.severity {
                    Severity::Error => "major",
                    Severity::Warning => "minor",
                    Severity::Info => "info",
                },
                // a path is mandatory
                location: Location { path: if position.path.is_empty() { "." } else { position.path }, lines: Lines { begin } },
            }
        });
        serde_json::to_writer_pretty(&mut *out, &issues.collect::<Vec<_>>())?;
        writeln!(out)
    }
}
