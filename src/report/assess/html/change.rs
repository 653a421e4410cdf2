//! What changed since a revision or an earlier report, and the levels over time.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Part;
use super::markup::{Esc, Path, Prose, count, criterion, level, place, put, thousands};
use crate::assess::delta::{Change, Delta, status_of};
use crate::assess::history::{Point, SHOWN};
use crate::assess::snapshot::Standing;
use crate::assess::{Assessment, Spot};
use crate::report::assess::About;

/// Rows of each list; the JSON report has the rest.
const MAX_ROWS: usize = 100;

pub(super) fn part(assessment: &Assessment, about: &About) -> Part {
    let mut body = String::new();
    let delta = assessment.governance.delta.as_ref();
    if let Some(delta) = delta {
        change(&mut body, assessment, about, delta);
    }
    if assessment.governance.history.len() > 1 {
        history(&mut body, &assessment.governance.history);
    }
    let lead = delta.map_or_else(
        || "The level at each assessed commit.".to_owned(),
        |delta| {
            format!("What is different since <code>{}</code>. Moved lines and renamed files are no change.", Esc(&delta.against.label()))
        },
    );
    Part { id: "change", title: "Change", number: None, lead, body }
}

fn change(out: &mut String, assessment: &Assessment, about: &About, delta: &Delta) {
    put!(out, "<div class=\"panel\">\n");
    if delta.is_empty() {
        put!(out, "<p>Nothing changed.</p></div>\n");
        return;
    }
    if delta.model.is_change() {
        put!(out, "<p class=\"small muted\">The other side was judged by model <code>{}</code>.</p>\n", Esc(&delta.model.before));
    }
    put!(
        out,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table: levels before and after\"><table><caption class=\"vh\">Levels before and after</caption>\n<thead><tr><th scope=\"col\">Level of</th><th scope=\"col\" class=\"c\">Before</th><th scope=\"col\" class=\"c\">After</th><th scope=\"col\">Change</th></tr></thead>\n<tbody>\n"
    );
    row(out, "headline", &delta.level);
    if delta.level_without_waivers != delta.level {
        row(out, "headline without waivers", &delta.level_without_waivers);
    }
    for (name, change) in &delta.domains {
        row(out, name, change);
    }
    for (name, change) in delta.environments.iter().take(MAX_ROWS) {
        row(out, &format!("environment {name}"), change);
    }
    put!(out, "</tbody></table></div>\n");
    let known: BTreeSet<&str> = assessment.combined.iter().map(|verdict| verdict.criterion.id).collect();
    let link = |id: &str| if known.contains(id) { criterion(id) } else { format!("<code>{}</code>", Esc(id)) };
    if !delta.criteria.is_empty() {
        put!(out, "<h3 class=\"phase\">Criteria</h3>\n<ul class=\"evidence\">\n");
        for one in delta.criteria.iter().take(MAX_ROWS) {
            let (glyph, class) = if one.is_lost() {
                ("▼", "st-not_met")
            } else if one.is_won() {
                ("▲", "st-met")
            } else {
                ("·", "st-not_applicable")
            };
            put!(
                out,
                "<li><span class=\"glyph {class}\" aria-hidden=\"true\">{glyph}</span><span>{} {} → {}</span></li>\n",
                link(&one.id),
                status(&one.before),
                status(&one.after)
            );
        }
        put!(out, "</ul>\n");
    }
    for (title, caps) in [("New disqualifiers:", &delta.caps_added), ("Disqualifiers that are gone:", &delta.caps_removed)] {
        if !caps.is_empty() {
            let ids: Vec<String> = caps.iter().map(|id| format!("<code>{}</code>", Esc(id))).collect();
            put!(out, "<p>{title} {}.</p>\n", ids.join(", "));
        }
    }
    edges(out, delta);
    list(out, about, delta, true);
    list(out, about, delta, false);
    put!(out, "</div>\n");
}

/// Who can talk to whom now, and could not, and the other way round.
fn edges(out: &mut String, delta: &Delta) {
    for change in &delta.edges {
        put!(out, "<h3 class=\"phase\">Reach</h3>\n<p>{}.</p>\n", Esc(&change.line()));
        if change.list.is_empty() {
            continue;
        }
        put!(out, "<ul class=\"evidence\">\n");
        for edge in change.list.iter().take(MAX_ROWS) {
            let (glyph, class) = if edge.after.is_empty() { ("▲", "st-met") } else { ("▼", "st-not_met") };
            put!(out, "<li><span class=\"glyph {class}\" aria-hidden=\"true\">{glyph}</span><span>{}</span></li>\n", Esc(&edge.line()));
        }
        put!(out, "</ul>\n");
        if change.list.len() > MAX_ROWS {
            put!(out, "<p class=\"small muted\">… and {} more; the JSON report has them.</p>\n", thousands(change.list.len() - MAX_ROWS));
        }
    }
}

fn status(standing: &Option<Standing>) -> String {
    let Some(standing) = standing else { return "not there".to_owned() };
    status_of(&standing.status).map_or_else(|| Esc(&standing.status).to_string(), |status| super::markup::word(status).to_owned())
}

fn row(out: &mut String, name: &str, change: &Change<Option<u8>>) {
    put!(
        out,
        "<tr><th scope=\"row\">{}</th><td class=\"c\">{}</td><td class=\"c\">{}</td><td>{}</td></tr>\n",
        Esc(&super::markup::capital(name)),
        level(change.before),
        level(change.after),
        change.mark()
    );
}

/// What is against criteria: new, or gone. What is gone has no place at this revision.
fn list(out: &mut String, about: &About, delta: &Delta, is_new: bool) {
    let (evidence, findings) =
        if is_new { (&delta.evidence_added, &delta.findings_added) } else { (&delta.evidence_removed, &delta.findings_removed) };
    let at = |path: &str, line: u32| {
        if path.is_empty() {
            return String::new();
        }
        if is_new {
            return format!(" · {}", place(about, &Spot { path: path.to_owned(), line, column: 1, end_line: line }));
        }
        format!(" · <code>{}:{line}</code>", Path(path))
    };
    let mut rows: Vec<String> = Vec::new();
    for finding in findings {
        rows.push(format!("{}: {}{}", Esc(&finding.rule), Path(&finding.subject), at(&finding.path, finding.line)));
    }
    // a value is a finding, and evidence too
    let is_told = |path: &str, line: u32| !path.is_empty() && findings.iter().any(|other| other.path == path && other.line == line);
    for item in evidence.iter().filter(|item| item.is_contrary() && !is_told(&item.path, item.line)) {
        rows.push(format!("{}: {}{}", Path(&item.subject), Prose(&item.detail), at(&item.path, item.line)));
    }
    if rows.is_empty() {
        return;
    }
    let (title, class, glyph) = if is_new { ("New gaps", "st-not_met", "✗") } else { ("Gaps that are gone", "st-met", "✓") };
    put!(out, "<h3 class=\"phase\">{title} ({})</h3>\n<ul class=\"evidence\">\n", thousands(rows.len()));
    for row in rows.iter().take(MAX_ROWS) {
        put!(out, "<li><span class=\"glyph {class}\" aria-hidden=\"true\">{glyph}</span><span>{row}</span></li>\n");
    }
    put!(out, "</ul>\n");
    if rows.len() > MAX_ROWS {
        put!(out, "<p class=\"muted small\">{} more are in the JSON report.</p>\n", thousands(rows.len() - MAX_ROWS));
    }
}

/// A line over the last points, and a table that says the same.
fn history(out: &mut String, points: &[Point]) {
    let points = &points[points.len().saturating_sub(SHOWN)..];
    let y = |level: u8| 10 + 18 * (5 - usize::from(level.min(5)));
    let step = (660 / (points.len() - 1).max(1)).min(60);
    put!(
        out,
        "<div class=\"panel trend\">\n<svg viewBox=\"0 0 720 116\" role=\"img\" aria-label=\"The level over time; the table below says the same\">\n"
    );
    for level in 0..=5u8 {
        put!(out, "<path class=\"grid\" d=\"M24 {0}H708\"/><text x=\"8\" y=\"{1}\">{level}</text>\n", y(level), y(level) + 4);
    }
    // a gap where there is no level
    let mut path = String::new();
    let mut is_drawn = false;
    for (at, point) in points.iter().enumerate() {
        if let Some(level) = point.level {
            put!(path, "{}{} {}", if is_drawn { "L" } else { "M" }, 34 + at * step, y(level));
        }
        is_drawn = point.level.is_some();
    }
    put!(out, "<path class=\"run\" d=\"{path}\"/>\n");
    for (at, point) in points.iter().enumerate() {
        if let Some(level) = point.level {
            put!(out, "<circle class=\"dot\" cx=\"{}\" cy=\"{}\" r=\"3\"/>\n", 34 + at * step, y(level));
        }
    }
    put!(
        out,
        "</svg>\n<details><summary>The last {}</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table: earlier runs\"><table>\n<thead><tr><th scope=\"col\">Date</th><th scope=\"col\">Commit</th><th scope=\"col\" class=\"c\">Level</th><th scope=\"col\" class=\"c\">Criteria met</th><th scope=\"col\" class=\"c\">Values that hold it down</th></tr></thead>\n<tbody>\n",
        count(points.len(), "point", "points")
    );
    for point in points.iter().rev() {
        let commit =
            point.commit.as_deref().map_or_else(|| "–".to_owned(), |commit| format!("<code>{}</code>", Esc(&super::short(commit))));
        put!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{commit}</td><td class=\"c\">{}</td><td class=\"c num\">{} of {}</td><td class=\"c num\">{}</td></tr>\n",
            Esc(&point.date),
            level(point.level),
            point.counts.satisfied,
            point.counts.applicable,
            point.counts.capping
        );
    }
    put!(out, "</tbody></table></div></details>\n</div>\n");
}
