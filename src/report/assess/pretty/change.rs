//! What changed since a revision or an earlier report, and how the level went over time.

use anstyle::AnsiColor;

use super::super::layout::{WIDTH, cut, cut_front, line, wrapped};
use super::super::trend::{headline, sparkline};
use super::{BOLD, Terminal, coloured};
use crate::assess::Assessment;

/// Rows of each kind.
const ROWS: usize = 3;

pub(super) fn change(out: &mut String, assessment: &Assessment, terminal: Terminal) {
    let points = &assessment.governance.history;
    if points.len() > 1 {
        line(out, &format!("  HISTORY    {}   {} to {}", sparkline(points, 40), points[0].date, assessment.as_of));
    }
    let Some(delta) = &assessment.governance.delta else {
        if points.len() > 1 {
            line(out, "");
        }
        return;
    };
    line(out, &terminal.paint(BOLD, &format!("  CHANGE     since {}", cut(&delta.against.label(), 50))));
    if delta.is_empty() {
        line(out, "    nothing changed");
        line(out, "");
        return;
    }
    wrapped(out, "    ", &headline(delta));
    let (red, green) = (terminal.paint(coloured(AnsiColor::Red), "✗"), terminal.paint(coloured(AnsiColor::Green), "✓"));
    for (glyph, ids) in [
        (&red, delta.criteria.iter().filter(|one| one.is_lost()).map(|one| one.id.as_str()).collect::<Vec<_>>()),
        (&green, delta.criteria.iter().filter(|one| one.is_won()).map(|one| one.id.as_str()).collect()),
    ] {
        if !ids.is_empty() {
            let word = if std::ptr::eq(glyph, &red) { "lost" } else { "won" };
            line(out, &format!("    {glyph} {}", cut(&format!("{word}: {}", ids.join(", ")), WIDTH - 6)));
        }
    }
    for (glyph, word, caps) in
        [(&red, "new disqualifiers", &delta.caps_added), (&green, "disqualifiers that are gone", &delta.caps_removed)]
    {
        if !caps.is_empty() {
            line(out, &format!("    {glyph} {}", cut(&format!("{word}: {}", caps.join(", ")), WIDTH - 6)));
        }
    }
    for change in delta.edges.iter().take(ROWS) {
        line(out, &format!("    ↔ {}", cut(&change.line(), WIDTH - 6)));
        for edge in change.list.iter().take(ROWS) {
            wrapped(out, "        ", &edge.line());
        }
        if change.list.len() > ROWS {
            line(out, &format!("        … {} more edges (--format json)", change.list.len() - ROWS));
        }
    }
    let mut new: Vec<(String, String)> = Vec::new();
    for finding in &delta.findings_added {
        new.push((format!("{}:{}", finding.path, finding.line), format!("{}: {}", finding.rule, finding.subject)));
    }
    for item in delta.new_contrary().filter(|item| !item.path.is_empty()) {
        let at = format!("{}:{}", item.path, item.line);
        if !new.iter().any(|(other, _)| *other == at) {
            new.push((at, format!("{}: {}", item.subject, item.detail)));
        }
    }
    for (at, what) in new.iter().take(ROWS) {
        line(out, &format!("    new  {}", cut_front(at, WIDTH - 9)));
        line(out, &format!("           {}", cut(what, WIDTH - 11)));
    }
    if new.len() > ROWS {
        line(out, &format!("    … {} more (--format json)", new.len() - ROWS));
    }
    line(out, "");
}
