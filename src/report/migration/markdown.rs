//! The report for issues, merge requests and job pages.

use std::fmt::Write;

use super::{Migration, Row, version_name, wish};
use crate::format::migrate::StepState;
use crate::report::escape::brief;
use crate::report::markdown::{code, escape};
use crate::report::place::Position;

/// The report as Markdown.
#[must_use]
pub fn markdown(migration: &Migration<'_>) -> String {
    let totals = migration.totals();
    let mut out = format!("## {}\n\n{}\n", migration.heading(), totals.files());
    if migration.rows.is_empty() {
        return out;
    }
    // writing to a String cannot fail
    let _ = writeln!(out, "\n{}", totals.versions(migration.is_dry));
    let left: Vec<_> = migration.left().collect();
    if !left.is_empty() {
        out.push_str("\n### Left to do\n\n");
    }
    for finding in left {
        let place = code(&Position::of(migration.sources, finding.place).label());
        let help: String = finding.help.iter().flat_map(|help| help.lines()).map(|line| format!("<br>{}", escape(&brief(line)))).collect();
        let _ = writeln!(out, "- [ ] {place}: {}{help}", escape(&brief(wish(finding))));
    }
    out.push_str("\n### Files\n\n| file | state | before | after |\n|---|---|---|---|\n");
    for row in migration.rows {
        let (before, after) = (version_name(row.version), row.after(migration.target));
        let _ = writeln!(out, "| {} | {} | {before} | {after} |", name(migration, row), row.state.words());
    }
    if !totals.steps.is_empty() {
        out.push_str("\n### Rewrites\n\n| | done | held | unsafe | manual |\n|---|---|---|---|---|\n");
    }
    for (kind, states) in &totals.steps {
        let number = |state| states.get(&state).copied().unwrap_or(0);
        let [done, held, r#unsafe, manual] = [StepState::Done, StepState::Held, StepState::Unsafe, StepState::Manual].map(number);
        let _ = writeln!(out, "| {} | {done} | {held} | {} | {manual} |", kind.name(), r#unsafe);
    }
    if !totals.steps.is_empty() {
        out.push_str("\n| where | kind | state | found | rewrite |\n|---|---|---|---|---|\n");
    }
    for row in migration.rows {
        for step in &row.steps {
            let place = code(&row.place(migration.sources, step).label());
            let (kind, state) = (step.kind.name(), step.state.name());
            let help: Vec<String> = step.help.lines().map(|line| escape(&brief(line))).collect();
            let _ = writeln!(out, "| {place} | {kind} | {state} | {} | {} |", escape(&brief(&step.message)), help.join("<br>"));
        }
    }
    if !migration.skipped.is_empty() {
        out.push('\n');
    }
    for skipped in migration.skipped {
        let _ = writeln!(out, "- skipped {}: {}", code(&skipped.path), escape(&skipped.reason));
    }
    out
}

fn name(migration: &Migration<'_>, row: &Row) -> String {
    let path = code(row.path(migration.sources));
    match migration.sources.holder(row.source) {
        None => path,
        Some(holder) => format!("{path}, {} {} {}", holder.kind, code(&holder.object), code(&holder.key)),
    }
}
