//! SARIF 2.1.0 (OASIS, errata 01), as code scanning services and editors read it.

pub(in crate::report) mod model;

use std::io::{self, Write};

use rustc_hash::FxHashMap;
use serde_json::json;

use self::model::{
    ArtifactChange, ArtifactLocation, Automation, Description, Document, Driver, Fix, Invocation, Location, LogicalLocation, Message,
    Notification, PhysicalLocation, Region, Replacement, ReportingDescriptor, Run, SarifResult, Tool,
};
use super::escape::visible_lines;
use super::place::{Position, Range};
use super::{Report, Reporter, TestRow, visible};
use crate::diag::{Diagnostic, Fingerprint, RuleMeta, Severity, fingerprints};
use crate::text::{SourceFile, SourceMap, Span};

/// `--format sarif`.
#[derive(Clone, Copy, Default, Debug)]
pub struct Sarif;

/// The rule that failed tests are results of.
const TEST_RULE: &str = "test-failed";

impl Reporter for Sarif {
    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let prints = fingerprints(report.sources, report.findings);
        let mut rules = Rules { known: report.rules, list: Vec::new(), index: FxHashMap::default() };
        let mut results: Vec<SarifResult> = Vec::with_capacity(report.findings.len());
        for (finding, print) in report.findings.iter().zip(prints) {
            let index = rules.index(finding);
            results.push(result(report.sources, finding, index, print));
        }
        for row in report.tests.iter().flat_map(|tests| tests.bad()) {
            let index = rules.index_of(TEST_RULE, "test", Severity::Error, None);
            results.push(failed_test(row, index));
        }
        let skipped = report.summary.skipped.iter().map(|skipped| Notification {
            level: "warning",
            message: Message::text(format!("skipped: {}", visible(&skipped.reason))),
            locations: vec![Location::of(ArtifactLocation::new(&skipped.path), None)],
        });
        let document = Document {
            schema: SCHEMA,
            version: "2.1.0",
            runs: [Run {
                tool: Tool { driver: Driver { name: "ztctl", semantic_version: env!("CARGO_PKG_VERSION"), rules: rules.list } },
                version_control_provenance: Vec::new(),
                invocations: [Invocation { execution_successful: true, tool_execution_notifications: skipped.collect() }],
                automation_details: Automation { id: format!("ztctl/{}/", report.command) },
                original_uri_base_ids: json!({ SOURCE_ROOT: { "description": { "text": "the working directory" } } }),
                column_kind: "utf16CodeUnits",
                results,
            }],
        };
        serde_json::to_writer_pretty(&mut *out, &document)?;
        writeln!(out)
    }
}

/// Names the format.
pub(in crate::report) const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The name that services give the root of the repository.
pub(in crate::report) const SOURCE_ROOT: &str = "%SRCROOT%";

/// The rules that the results name, in the order of their first result.
struct Rules<'a> {
    known: &'a [&'a RuleMeta],
    list: Vec<ReportingDescriptor>,
    index: FxHashMap<String, usize>,
}

impl Rules<'_> {
    fn index(&mut self, finding: &Diagnostic) -> usize {
        self.index_of(&finding.rule, &finding.group, finding.severity, finding.url.as_deref())
    }

    fn index_of(&mut self, rule: &str, group: &str, severity: Severity, url: Option<&str>) -> usize {
        if let Some(index) = self.index.get(rule) {
            return *index;
        }
        let mut descriptor = match self.known.iter().find(|meta| meta.id == rule) {
            Some(meta) => describe(meta),
            None => ReportingDescriptor::unknown(rule, group, level(severity)),
        };
        let is_address = |url: &&str| url.starts_with("https://") && !url.contains(char::is_whitespace);
        descriptor.help_uri = url.filter(is_address).map(str::to_owned).or(descriptor.help_uri);
        let index = self.list.len();
        self.list.push(descriptor);
        self.index.insert(rule.to_owned(), index);
        index
    }
}

fn describe(meta: &RuleMeta) -> ReportingDescriptor {
    let help = format!("{}\n\n## Bad\n\n{}\n\n## Good\n\n{}\n", meta.why.trim(), fence(&meta.bad), fence(&meta.good));
    ReportingDescriptor {
        id: meta.id.to_owned(),
        short_description: Some(Message::text(meta.summary)),
        full_description: Some(Message::text(meta.why.trim())),
        help: Some(Description { text: help.clone(), markdown: help }),
        help_uri: Some(meta.source.to_owned()).filter(|source| source.starts_with("https://") && !source.contains(char::is_whitespace)),
        default_configuration: json!({ "level": level(meta.severity) }),
        properties: json!({ "tags": [meta.group] }),
    }
}

fn fence(example: &crate::diag::Example) -> String {
    format!("```{}\n{}\n```", example.language, example.text.trim_end())
}

fn result(sources: &SourceMap, finding: &Diagnostic, rule_index: usize, print: Fingerprint) -> SarifResult {
    let position = Position::of(sources, finding.place);
    let mut location = Location::at(&position);
    let source = match finding.place {
        crate::diag::Place::Run => None,
        crate::diag::Place::File(id) => Some(id),
        crate::diag::Place::At(at) => Some(at.source),
    };
    if let Some(holder) = source.and_then(|id| sources.holder(id)) {
        let name = [holder.object.as_str(), holder.key.as_str()].into_iter().filter(|part| !part.is_empty());
        location.logical_locations = vec![LogicalLocation { fully_qualified_name: name.collect::<Vec<_>>().join("#"), kind: holder.kind }];
    }
    let related = finding.labels.iter().enumerate().map(|(id, label)| {
        let mut location = Location::at(&Position::at(sources, label.at));
        location.id = Some(id);
        location.message = Some(Message::text(&*visible_lines(&label.message)));
        location
    });
    let mut text = visible_lines(&finding.message).into_owned();
    if let Some(help) = &finding.help {
        text += &format!("\n{}", visible_lines(help));
    }
    let mut properties = serde_json::Map::new();
    properties.insert("group".into(), finding.group.as_ref().into());
    if !finding.variants.is_empty() {
        properties.insert("variants".into(), finding.variants.clone().into());
    }
    SarifResult {
        rule_id: finding.rule.to_string(),
        rule_index,
        level: level(finding.severity),
        message: Message::text(text),
        locations: vec![location],
        related_locations: related.collect(),
        partial_fingerprints: json!({ "ztctl/v1": print.to_string() }),
        fixes: finding.fix.iter().filter_map(|f| fix(sources, f)).collect(),
        suppressions: Vec::new(),
        properties: Some(properties.into()),
    }
}

/// A fix that the outer text cannot take has no replacements, and SARIF knows no other fixes.
fn fix(sources: &SourceMap, fix: &crate::diag::Fix) -> Option<Fix> {
    let edits = fix.to_outer(sources).filter(|edits| !edits.is_empty())?;
    let changes = edits.chunk_by(|a, b| a.at.source == b.at.source).map(|edits| {
        let file = sources.get(edits[0].at.source);
        let replacements = edits.iter().map(|edit| Replacement {
            deleted_region: region(file, edit.at.span),
            inserted_content: (!edit.text.is_empty()).then(|| Message::text(edit.text.clone())),
        });
        ArtifactChange { artifact_location: ArtifactLocation::new(&file.path), replacements: replacements.collect() }
    });
    let title = visible(&fix.title);
    let description = Message::text(format!("{title} ({})", fix.applicability.as_str()));
    Some(Fix { description, artifact_changes: changes.collect() })
}

fn failed_test(row: &TestRow, rule_index: usize) -> SarifResult {
    let region = (row.line > 0).then(|| Region { start_line: row.line, ..Region::default() });
    let message = if row.message.is_empty() { row.title() } else { format!("{}: {}", row.title(), row.message) };
    SarifResult {
        rule_id: TEST_RULE.to_owned(),
        rule_index,
        level: "error",
        message: Message::text(&*visible_lines(&message)),
        locations: vec![Location::of(ArtifactLocation::new(&row.path), region)],
        related_locations: Vec::new(),
        partial_fingerprints: json!({ "ztctl/v1": format!("test {} {}", row.path, row.name) }),
        fixes: Vec::new(),
        suppressions: Vec::new(),
        properties: None,
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn region(file: &SourceFile, span: Span) -> Region {
    let (start, end) = (file.line_column_utf16(span.start), file.line_column_utf16(span.end));
    Region {
        start_line: start.line,
        start_column: Some(start.column),
        end_line: Some(end.line),
        end_column: Some(end.column),
        byte_offset: Some(span.start),
        byte_length: Some(span.len()),
    }
}

impl Location {
    fn at(position: &Position<'_>) -> Self {
        let region = position.range.map(|Range { file, span }| region(file, span));
        Self::of(ArtifactLocation::new(position.path), region)
    }

    pub(in crate::report) fn of(artifact_location: ArtifactLocation, region: Option<Region>) -> Self {
        let physical_location = PhysicalLocation { artifact_location, region };
        Self { id: None, physical_location, logical_locations: Vec::new(), message: None }
    }
}

impl ArtifactLocation {
    /// `path` as a URI reference; the run as a whole is the working directory, since services refuse results without a place.
    pub(in crate::report) fn new(path: &str) -> Self {
        let is_windows = path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic();
        if path.starts_with('/') || is_windows {
            let slash = if is_windows { "/" } else { "" };
            return Self { uri: format!("file://{slash}{}", encode(&path.replace('\\', "/"))), uri_base_id: None };
        }
        let uri = if path.is_empty() { "./".to_owned() } else { encode(path) };
        Self { uri, uri_base_id: Some(SOURCE_ROOT) }
    }
}

/// Percent-encodes all but RFC 3986's unreserved characters and the slash.
fn encode(path: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
