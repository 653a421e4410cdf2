//! `ztctl.dev/report/v1`: its schema is [`super::report_schema`]; changes within v1 only add.

use std::io::{self, Write};

use serde::Serialize;

use super::place::{Position, Range};
use super::{Report, Reporter};
use crate::diag::{Applicability, Diagnostic, Fingerprint, fingerprints};
use crate::text::SourceMap;

/// `--format json`.
#[derive(Clone, Copy, Default, Debug)]
pub struct Json;

/// What the `schema` key says.
pub(super) const SCHEMA: &str = "ztctl.dev/report/v1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: Tool,
    findings: Vec<Finding<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tests: Option<&'a serde_json::Value>,
    summary: Totals<'a>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Finding<'a> {
    rule: &'a str,
    group: &'a str,
    severity: &'static str,
    message: &'a str,
    path: &'a str,
    start: Option<Point>,
    end: Option<Point>,
    help: Option<&'a str>,
    url: Option<&'a str>,
    fingerprint: String,
    related: Vec<Related<'a>>,
    variants: &'a [String],
    embedded_in: Option<Holder<'a>>,
    fix: Option<Fix<'a>>,
}

#[derive(Serialize)]
struct Point {
    line: u32,
    column: u32,
    offset: u32,
}

#[derive(Serialize)]
struct Related<'a> {
    path: &'a str,
    start: Option<Point>,
    end: Option<Point>,
    message: &'a str,
}

#[derive(Serialize)]
struct Holder<'a> {
    kind: &'static str,
    object: &'a str,
    key: &'a str,
}

#[derive(Serialize)]
struct Fix<'a> {
    title: &'a str,
    applicability: &'static str,
    edits: Vec<Edit<'a>>,
}

#[derive(Serialize)]
struct Edit<'a> {
    path: &'a str,
    start: u32,
    end: u32,
    text: String,
}

#[derive(Serialize)]
struct Totals<'a> {
    files: usize,
    errors: usize,
    warnings: usize,
    infos: usize,
    suppressed: usize,
    withheld: usize,
    fixable: usize,
    skipped: Vec<Skipped<'a>>,
}

#[derive(Serialize)]
struct Skipped<'a> {
    path: &'a str,
    reason: &'a str,
}

impl Reporter for Json {
    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let prints = fingerprints(report.sources, report.findings);
        let findings = report.findings.iter().zip(prints).map(|(f, print)| finding(report.sources, f, print)).collect();
        let summary = report.summary;
        let document = Document {
            schema: SCHEMA,
            tool: Tool { name: "ztctl", version: env!("CARGO_PKG_VERSION") },
            findings,
            tests: report.tests.and_then(|tests| tests.json),
            summary: Totals {
                files: summary.files,
                errors: summary.errors,
                warnings: summary.warnings,
                infos: summary.infos,
                suppressed: summary.suppressed,
                withheld: summary.withheld,
                fixable: summary.fixable,
                skipped: summary.skipped.iter().map(|s| Skipped { path: &s.path, reason: &s.reason }).collect(),
            },
        };
        serde_json::to_writer_pretty(&mut *out, &document)?;
        writeln!(out)
    }
}

fn finding<'a>(sources: &'a SourceMap, finding: &'a Diagnostic, print: Fingerprint) -> Finding<'a> {
    let position = Position::of(sources, finding.place);
    let (start, end) = points(position.range);
    let related = finding.labels.iter().map(|label| {
        let position = Position::at(sources, label.at);
        let (start, end) = points(position.range);
        Related { path: position.path, start, end, message: &label.message }
    });
    let source = match finding.place {
        crate::diag::Place::Run => None,
        crate::diag::Place::File(id) => Some(id),
        crate::diag::Place::At(at) => Some(at.source),
    };
    let holder = source.and_then(|id| sources.holder(id));
    Finding {
        rule: &finding.rule,
        group: &finding.group,
        severity: finding.severity.as_str(),
        message: &finding.message,
        path: position.path,
        start,
        end,
        help: finding.help.as_deref(),
        url: finding.url.as_deref(),
        fingerprint: print.to_string(),
        related: related.collect(),
        variants: &finding.variants,
        embedded_in: holder.map(|h| Holder { kind: h.kind, object: &h.object, key: &h.key }),
        fix: finding.fix.as_ref().map(|f| fix(sources, f)),
    }
}

fn points(range: Option<Range<'_>>) -> (Option<Point>, Option<Point>) {
    let point = |at: u32, range: &Range<'_>| {
        let place = range.file.line_column(at);
        Point { line: place.line, column: place.column, offset: at }
    };
    (range.map(|r| point(r.span.start, &r)), range.map(|r| point(r.span.end, &r)))
}

/// A fix that the outer text cannot take is shown by its title only.
fn fix<'a>(sources: &'a SourceMap, fix: &'a crate::diag::Fix) -> Fix<'a> {
    let outer = fix.to_outer(sources);
    let applicability = if outer.is_some() { fix.applicability } else { Applicability::DisplayOnly };
    let edits = outer.unwrap_or_default().into_iter().map(|edit| Edit {
        path: &sources.get(edit.at.source).path,
        start: edit.at.span.start,
        end: edit.at.span.end,
        text: edit.text,
    });
    Fix { title: &fix.title, applicability: applicability.as_str(), edits: edits.collect() }
}
