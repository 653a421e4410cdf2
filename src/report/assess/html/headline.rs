//! What the first screen answers: the level, why it is not higher, what to do next, how sure it is.

use std::fmt::Write as _;

use super::gauge::gauge;
use super::markup::{Esc, Prose, capital, count, criterion, glyph, place, put, thousands};
use crate::assess::Assessment;
use crate::assess::inventory::Effect;
use crate::assess::status::{LEVELS, Status, Strength};
use crate::report::assess::About;

/// Reasons on the first screen.
const MAX_REASONS: usize = 6;

pub(super) fn headline(assessment: &Assessment, about: &About) -> String {
    let overall = &assessment.overall;
    let mut out = String::new();
    put!(
        out,
        "<section id=\"level\" aria-labelledby=\"level-title\">\n<div class=\"panel hero\">\n<div class=\"gauge\">{}</div>\n<div>\n",
        gauge(overall)
    );
    match overall.level {
        Some(level) => put!(out, "<h1 id=\"level-title\">Level {level}: {}</h1>\n", capital(LEVELS[usize::from(level)])),
        None => put!(out, "<h1 id=\"level-title\">Not rated</h1>\n"),
    }
    let commit = about.commit.as_ref().map_or_else(String::new, |commit| format!(" at commit <code>{}</code>", Esc(&super::short(commit))));
    put!(
        out,
        "<p class=\"declared\">As declared in this repository{commit}; not a statement about the running system.</p>\n<dl class=\"answers\">\n"
    );
    if !overall.rated {
        put!(out, "<dt>Why</dt><dd>{}</dd>\n", Esc(&capital(&overall.reason)));
    } else if overall.level != Some(5) {
        put!(out, "<dt>Why not higher</dt><dd>{}</dd>\n", why(assessment, about));
    }
    if let Some(next) = next(assessment) {
        put!(out, "<dt>What next</dt><dd>{next}</dd>\n");
    }
    if overall.rated {
        put!(out, "<dt>How sure</dt><dd>{}</dd>\n", sure(assessment));
    }
    if overall.level != overall.level_without_waivers || !assessment.waivers.active.is_empty() {
        let level = overall.level_without_waivers.map_or_else(|| "not rated".to_owned(), |level| format!("level {level}"));
        put!(out, "<dt>Without waivers</dt><dd>{level}; <a href=\"#waivers\">{} in force</a></dd>\n", assessment.waivers.active.len());
    }
    put!(out, "</dl>\n</div>\n<p class=\"facts\">");
    let kind = assessment.kind.as_str().replace('-', " ");
    put!(out, "<span><strong>{}</strong></span>", capital(&kind));
    let facts = [
        (assessment.scanned, "file", "files"),
        (assessment.workloads, "workload", "workloads"),
        (assessment.environments.len(), "environment", "environments"),
        (assessment.credentials.len(), "credential", "credentials"),
    ];
    for (number, one, more) in facts {
        let text = count(number, one, more);
        let (number, noun) = text.split_once(' ').unwrap_or((&text, ""));
        put!(out, " <span><strong>{number}</strong> {noun}</span>");
    }
    put!(out, "</p>\n</div>\n");
    notes(&mut out, assessment);
    put!(out, "</section>\n");
    out
}

/// What the next level lacks: what holds it down, then the criteria.
fn why(assessment: &Assessment, about: &About) -> String {
    let overall = &assessment.overall;
    let mut rows: Vec<String> = Vec::new();
    for cap in assessment.holding() {
        let first = cap.evidence.first().and_then(|one| one.spot.as_ref());
        let first = first.map_or_else(String::new, |spot| format!(", first in {}", place(about, spot)));
        let number = if cap.evidence.len() > 1 { format!(" ({} places)", thousands(cap.evidence.len())) } else { String::new() };
        rows.push(row(Status::NotMet, &format!("{}{number}{first} {}", Esc(&capital(cap.title)), criterion(cap.disqualifier))));
    }
    for verdict in assessment.missing() {
        let share = match (verdict.coverage(), verdict.subjects.missing.iter().next()) {
            _ if verdict.status == Status::Unknown => "unknown".to_owned(),
            ((0, _), Some((part, _))) => format!("no {part}"),
            ((met, of), _) => format!("{} of {}", thousands(met), thousands(of)),
        };
        rows.push(row(
            verdict.status,
            &format!("{}: {} {}", Esc(&capital(verdict.criterion.title)), Esc(&share), criterion(verdict.criterion.id)),
        ));
    }
    if rows.is_empty() {
        return Esc(&capital(&overall.reason)).to_string();
    }
    let more = rows.len().saturating_sub(MAX_REASONS);
    rows.truncate(MAX_REASONS);
    if more > 0 {
        rows.push(row(Status::NotMet, &format!("<a href=\"#criteria\">{more} more</a>")));
    }
    format!("<ul>{}</ul>", rows.concat())
}

fn row(status: Status, text: &str) -> String {
    format!("<li><span class=\"glyph st-{}\" aria-hidden=\"true\">{}</span><span>{text}</span></li>", status.as_str(), glyph(status))
}

/// The first steps of the list, or what the first criterion lacks.
fn next(assessment: &Assessment) -> Option<String> {
    let soon: Vec<String> = assessment
        .steps
        .iter()
        .filter(|step| step.soon)
        .take(3)
        .map(|step| {
            format!(
                "<a href=\"#step-{}\">{}</a> <span class=\"muted\">(effort {})</span>",
                Esc(step.id),
                Prose(&step.title),
                step.effort.as_str()
            )
        })
        .collect();
    if !soon.is_empty() {
        return Some(soon.join("<br>"));
    }
    let verdict = assessment.missing().next()?;
    Some(format!("{} <span class=\"muted\">(effort {})</span>", Prose(verdict.criterion.pass), verdict.criterion.effort.as_str()))
}

/// How far the evidence carries, in a sentence.
fn sure(assessment: &Assessment) -> String {
    let strength = assessment.overall.confidence;
    if let Some(warning) = assessment.governance.warnings.first() {
        return format!("{} confidence: {} {}", capital(strength.word()), Prose(&warning.message), criterion(warning.id));
    }
    let why = if strength >= Strength::RENDERED {
        "what decides it was read as it is applied"
    } else if strength >= Strength::PARSED {
        "what decides it was read as it is written"
    } else if strength >= Strength::WEAK {
        "part of what decides it is inferred, or rests on something being absent"
    } else {
        "part of what decides it is not in these files"
    };
    format!("{} confidence: {why}", capital(strength.word()))
}

/// What a reader must know beside the level.
fn notes(out: &mut String, assessment: &Assessment) {
    let mut notes: Vec<(&str, String)> = Vec::new();
    let overall = &assessment.overall;
    let waiting: std::collections::BTreeMap<&str, &str> = assessment.waiting().map(|cap| (cap.disqualifier, cap.title)).collect();
    for (id, title) in waiting {
        notes.push(("!", format!("{} {}", Esc(&capital(title)), criterion(id))));
    }
    for environment in assessment.environments.iter().filter(|environment| !environment.class.counts()) {
        if let Some((_, own)) = overall.level.zip(environment.level).filter(|(level, own)| own < level) {
            notes.push((
                "!",
                format!("Environment <strong>{}</strong> is level {own}; it does not count for the headline.", Esc(&environment.id)),
            ));
        }
    }
    let review = assessment.findings.iter().filter(|finding| finding.effect == Effect::Review && finding.allowed.is_none()).count();
    if review > 0 {
        let values = count(review, "value", "values");
        notes.push(("!", format!("<a href=\"#secrets\">{values} to review</a>: possible credentials in tests, documents or examples.")));
    }
    let waivers = &assessment.waivers;
    let bad = [(waivers.expired.len(), "expired"), (waivers.invalid.len(), "rejected"), (waivers.unmatched.len(), "without a match")];
    let bad: Vec<String> = bad.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")).collect();
    if !bad.is_empty() {
        notes.push(("~", format!("<a href=\"#waivers\">Waivers</a>: {}.", bad.join(", "))));
    }
    let unknown: std::collections::BTreeSet<&str> = assessment.unknown.iter().map(|(id, ..)| *id).collect();
    if !unknown.is_empty() {
        let ids: Vec<String> = unknown.iter().map(|id| criterion(id)).collect();
        notes.push(("?", format!("Unknown here, and not counted as met: {}.", ids.join(", "))));
    }
    if assessment.samples > 0 {
        let objects = count(assessment.samples, "object", "objects");
        notes.push(("?", format!("{objects} below tests, docs, examples or samples: taken for not deployed.")));
    }
    if !assessment.skipped.is_empty() {
        notes.push(("?", format!("<a href=\"#limits\">{} not read</a>.", count(assessment.skipped.len(), "file", "files"))));
    }
    if notes.is_empty() {
        return;
    }
    put!(out, "<ul class=\"notes\">\n");
    for (glyph, text) in notes {
        put!(out, "<li><span class=\"glyph\" aria-hidden=\"true\">{glyph}</span><span>{text}</span></li>\n");
    }
    put!(out, "</ul>\n");
}
