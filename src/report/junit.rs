//! JUnit XML: findings as test cases grouped by file, tests as they are.

use std::io::{self, Write};
use std::time::Duration;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::escape::visible_lines;
use super::place::Position;
use super::{Report, Reporter, TestRow, Verdict, visible};
use crate::diag::{Diagnostic, Severity};
use crate::text::SourceMap;

/// `--format junit`.
#[derive(Clone, Copy, Default, Debug)]
pub struct Junit;

impl Reporter for Junit {
    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let mut document = quick_junit::Report::new("ztctl");
        let path = |finding: &Diagnostic| Position::of(report.sources, finding.place).path;
        for group in report.findings.chunk_by(|a, b| path(a) == path(b)) {
            let name = match path(&group[0]) {
                "" => report.command.into(),
                path => visible(path),
            };
            let mut suite = TestSuite::new(&*name);
            suite.add_test_cases(group.iter().map(|finding| case(report.sources, finding, &name)));
            document.add_test_suite(suite);
        }
        let rows = report.tests.map_or(&[][..], |tests| tests.rows);
        for group in rows.chunk_by(|a, b| a.suite == b.suite) {
            let mut suite = TestSuite::new(&*visible(&group[0].suite));
            let seconds: f64 = group.iter().map(|row| row.seconds).sum();
            suite.set_time(duration(seconds));
            suite.add_test_cases(group.iter().map(test));
            document.add_test_suite(suite);
        }
        if document.test_suites.is_empty() {
            // readers take a report without cases for a broken one
            let mut suite = TestSuite::new(report.command);
            suite.add_test_case(TestCase::new("nothing found", TestCaseStatus::success()));
            document.add_test_suite(suite);
        }
        document.serialize(out).map_err(io::Error::other)
    }
}

/// Errors and warnings fail; a finding of level info is a skipped case, so that it is seen and fails nothing.
fn case(sources: &SourceMap, finding: &Diagnostic, suite: &str) -> TestCase {
    let position = Position::of(sources, finding.place);
    let place = position.range.map(|range| range.file.line_column(range.span.start));
    let name = match place {
        Some(at) => format!("{}:{}:{}", visible(&finding.rule), at.line, at.column),
        None => visible(&finding.rule).into_owned(),
    };
    let mut status = match finding.severity {
        Severity::Error | Severity::Warning => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Severity::Info => TestCaseStatus::skipped(),
    };
    let label = position.label();
    let mut description = if label.is_empty() { String::new() } else { format!("{label}: ") };
    description += &format!("{}: {}", finding.severity.as_str(), visible_lines(&finding.message));
    for (what, text) in [("help", &finding.help), ("see", &finding.url)] {
        if let Some(text) = text {
            description += &format!("\n{what}: {}", visible_lines(text));
        }
    }
    status.set_message(&*visible(&finding.message)).set_type(&*visible(&finding.rule)).set_description(description);
    let mut case = TestCase::new(name, status);
    case.set_classname(suite);
    if let Some(at) = place {
        case.extra.insert("file".into(), visible(position.path).as_ref().into());
        case.extra.insert("line".into(), at.line.to_string().into());
    }
    case
}

fn test(row: &TestRow) -> TestCase {
    let mut status = match row.verdict {
        Verdict::Passed => TestCaseStatus::success(),
        Verdict::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
        Verdict::Skipped => TestCaseStatus::skipped(),
    };
    if !row.message.is_empty() {
        let first = row.message.lines().next().unwrap_or_default();
        status.set_message(&*visible(first));
        if row.verdict != Verdict::Passed {
            status.set_description(&*visible_lines(&row.message));
        }
    }
    let mut case = TestCase::new(&*visible(&row.name), status);
    case.set_classname(&*visible(&row.classname)).set_time(duration(row.seconds));
    if !row.output.is_empty() {
        case.set_system_out(&*visible_lines(&row.output));
    }
    if !row.path.is_empty() {
        case.extra.insert("file".into(), visible(&row.path).as_ref().into());
        if row.line > 0 {
            case.extra.insert("line".into(), row.line.to_string().into());
        }
    }
    case
}

/// A time that makes no sense is none.
fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
