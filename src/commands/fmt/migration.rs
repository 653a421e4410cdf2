//! `ztctl fmt --migrate`: its report, and what is said beside it.

use super::Judged;
use crate::cli::{FmtArgs, Format, MigrateArg};
use crate::commands::Error;
use crate::commands::session::{Files, Session};
use crate::diag::{Diagnostic, Severity};
use crate::format::Target;
use crate::format::migrate::StepState;
use crate::report::migration::{Migration, Row, State, json, markdown, pretty};
use crate::text::SourceMap;

/// Refuses what `--report` cannot be.
///
/// # Errors
/// A format that it is not written in.
pub(super) fn usage(args: &FmtArgs) -> Result<(), Error> {
    let format = args.common.output.format;
    if args.report && !matches!(format, Format::Pretty | Format::Json | Format::Markdown) {
        return Err(Error::usage("`--report` is written as `--format pretty`, `json` or `markdown`"));
    }
    Ok(())
}

/// Writes the report of a migration.
///
/// # Errors
/// Where the destination cannot be written.
pub(super) fn report(args: &FmtArgs, session: &Session, files: &Files, sources: &SourceMap, judged: &[Judged<'_>]) -> Result<(), Error> {
    let rows: Vec<Row> = judged.iter().flat_map(rows).collect();
    let migration = Migration {
        sources,
        rows: &rows,
        target: if args.migrate == Some(MigrateArg::Both) { Target::Both } else { Target::V1Only },
        allow_unsafe: args.unsafe_fixes,
        is_dry: args.check || args.list || args.diff,
        skipped: &files.skipped,
    };
    let output = &session.output;
    let text = match output.format {
        Format::Json => json(&migration),
        Format::Markdown => markdown(&migration),
        _ => pretty(&migration, output.color, output.quiet),
    };
    output.report(text.as_bytes())
}

/// A row for each text of a file, and one for the file where something is wrong with it as a whole.
fn rows(judged: &Judged<'_>) -> Vec<Row> {
    let is_of_text = |finding: &&Diagnostic| judged.texts.iter().any(|text| text.findings.contains(finding));
    let findings: Vec<Diagnostic> = judged.findings.iter().filter(|finding| !is_of_text(finding)).cloned().collect();
    let state = match findings.iter().map(|finding| finding.severity).max() {
        Some(Severity::Error) if findings.iter().all(|finding| finding.rule == "syntax-error") => State::SyntaxError,
        Some(Severity::Error) => State::Manual,
        _ => State::Skipped,
    };
    let whole = Row { source: judged.id, state, version: None, steps: Vec::new(), findings, is_written: false };
    let row = |text: &super::Formatted| Row {
        source: text.id,
        state: match text.state {
            // a template, not a mistake
            State::SyntaxError if text.findings.iter().all(|finding| finding.severity == Severity::Info) => State::Skipped,
            state => state,
        },
        version: (text.state != State::SyntaxError).then_some(text.version),
        steps: text.steps.clone(),
        findings: text.findings.clone(),
        is_written: judged.written && !text.state.is_refused() && text.state != State::Unchanged,
    };
    Some(whole).filter(|whole| !whole.findings.is_empty()).into_iter().chain(judged.texts.iter().map(row)).collect()
}

/// Says how many rewrites wait for `--unsafe-fixes`.
pub(super) fn remark(session: &Session, judged: &[Judged<'_>]) {
    let steps = judged.iter().flat_map(|judged| &judged.texts).flat_map(|text| &text.steps);
    match steps.filter(|step| step.state == StepState::Unsafe).count() {
        0 => {}
        1 => session.output.note("note: 1 rewrite needs `--unsafe-fixes`"),
        number => session.output.note(&format!("note: {number} rewrites need `--unsafe-fixes`")),
    }
}
