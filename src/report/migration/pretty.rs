//! The report for a terminal.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::{Migration, Row, State, wish};
use crate::format::migrate::StepState;
use crate::report::escape::brief;
use crate::report::place::Position;
use crate::report::summary::plural;
use crate::report::visible;

/// The report as text; `quiet` leaves out what needs nobody's attention.
#[must_use]
pub fn pretty(migration: &Migration<'_>, color: bool, quiet: bool) -> String {
    let paint = |style: Style, text: &str| if color { format!("{style}{text}{style:#}") } else { text.to_owned() };
    let mut out = paint(Style::new().bold(), &migration.heading());
    out.push_str("\n\n");
    let mut listed = false;
    for row in migration.rows {
        let is_dull = row.state == State::Unchanged || row.state == State::Formatted;
        if quiet && is_dull && row.steps.is_empty() {
            continue;
        }
        listed = true;
        text(migration, row, &paint, &mut out);
    }
    if listed {
        out.push('\n');
    }
    let totals = migration.totals();
    // writing to a String cannot fail
    let _ = writeln!(out, "{}", totals.files());
    if !migration.rows.is_empty() {
        let _ = writeln!(out, "{}", totals.versions(migration.is_dry));
    }
    for (kind, states) in &totals.steps {
        let states: Vec<String> = states.iter().map(|(state, number)| format!("{number} {}", state.name())).collect();
        let _ = writeln!(out, "{}: {}", kind.name(), states.join(", "));
    }
    for skipped in migration.skipped {
        let _ = writeln!(out, "skipped {}: {}", visible(&skipped.path), visible(&skipped.reason));
    }
    let left: Vec<_> = migration.left().collect();
    if !left.is_empty() {
        let _ = writeln!(out, "\n{} left:", plural(left.len(), "thing"));
    }
    for finding in left {
        let place = Position::of(migration.sources, finding.place).label();
        let _ = writeln!(out, "  [ ] {place}: {}", brief(wish(finding)));
        for line in finding.help.iter().flat_map(|help| help.lines()) {
            let _ = writeln!(out, "      {}", brief(line));
        }
    }
    out
}

fn text(migration: &Migration<'_>, row: &Row, paint: &impl Fn(Style, &str) -> String, out: &mut String) {
    let color = match row.state {
        State::Unchanged => Style::new().dimmed(),
        State::Formatted | State::Rewritten => AnsiColor::Green.on_default(),
        State::Held | State::Unsafe | State::Skipped => AnsiColor::Yellow.on_default(),
        State::Manual | State::SyntaxError | State::Defect => AnsiColor::Red.on_default(),
    };
    let holder = migration.sources.holder(row.source).map_or_else(String::new, |holder| {
        let object = if holder.object.is_empty() { String::new() } else { format!(" {}", visible(&holder.object)) };
        format!(" ({}{object} {})", holder.kind, visible(&holder.key))
    });
    let (before, after) = (super::version_name(row.version), row.after(migration.target));
    let versions = if before == after { before.to_owned() } else { format!("{before} to {after}") };
    let state = paint(color, row.state.words());
    let path = visible(row.path(migration.sources));
    // writing to a String cannot fail
    let _ = writeln!(out, "{path}{holder}: {state}, {versions}");
    for step in &row.steps {
        let place = row.place(migration.sources, step);
        let at = place.range.map_or_else(String::new, |range| {
            let at = range.file.line_column(range.span.start);
            format!("{}:{}", at.line, at.column)
        });
        let color = match step.state {
            StepState::Done => AnsiColor::Green.on_default(),
            StepState::Held | StepState::Unsafe => AnsiColor::Yellow.on_default(),
            StepState::Manual => AnsiColor::Red.on_default(),
        };
        let state = paint(color, step.state.name());
        let _ = writeln!(out, "  {at} {state} [{}] {}", step.kind.name(), brief(&step.message));
        for line in step.help.lines() {
            let _ = writeln!(out, "      {}", brief(line));
        }
    }
}
