//! One criterion or disqualifier in full, and what cannot be seen.

use std::fmt::Write as _;

use super::place;
use crate::assess::Assessment;
use crate::assess::criteria::{DOUBT, NOT_READ, limits};
use crate::assess::evaluate::Polarity;
use crate::assess::remedy::remedies;
use crate::assess::status::Domain;
use crate::report::visible;

/// What is known of a criterion or disqualifier; `None` for an id that is neither.
#[must_use]
pub fn explain(assessment: &Assessment, id: &str) -> Option<String> {
    if let Some(text) = disqualifier(assessment, id) {
        return Some(text);
    }
    if let Some(text) = controls(assessment, id) {
        return Some(text);
    }
    let criterion = crate::assess::criteria::criterion(id)?;
    let mut out = format!("{}  {}\n\n{}\n{}\n\n", criterion.id, criterion.title, criterion.statement, criterion.why);
    let spine = if criterion.spine { ", needed for the headline" } else { "" };
    let _ = writeln!(out, "level {}, {}{spine}, effort {}", criterion.level, criterion.domain.as_str(), criterion.effort.as_str());
    let _ = writeln!(out, "to pass: {}", criterion.pass);
    let verdict = assessment.verdict(id)?;
    for (nr, remedy) in remedies(verdict).iter().take(3).enumerate() {
        if nr > 0 {
            out.push_str("    ---\n");
        }
        for row in remedy.text.lines() {
            let _ = writeln!(out, "    {}", visible(row));
        }
    }
    for scope in &assessment.scopes {
        let Some(verdict) = scope.verdicts.iter().find(|verdict| verdict.criterion.id == id) else { continue };
        let (met, of) = verdict.coverage();
        let reason = verdict.reason.map_or_else(String::new, |reason| format!(" ({}: {})", reason.as_str(), reason.explain()));
        let share = if of > 0 { format!(", {met} of {of}") } else { String::new() };
        let _ = writeln!(out, "\n{}: {}{share}{reason}", visible(&scope.scope.name()), verdict.status.as_str());
        for (part, _) in &verdict.subjects.missing {
            let _ = writeln!(out, "  - no {part}");
        }
        for evidence in &verdict.evidence {
            let glyph = match evidence.polarity {
                Polarity::Contrary => '-',
                Polarity::Positive => '+',
                Polarity::Unknown => '?',
            };
            let waived = evidence.waived_by.as_ref().map_or_else(String::new, |id| format!("  [waived by {}]", visible(id)));
            let at = if evidence.observation.spot.is_some() { format!("  {}", visible(&place(evidence))) } else { String::new() };
            let also: String = evidence.observation.also.iter().map(|spot| format!(", {}:{}", visible(&spot.path), spot.line)).collect();
            let (subject, detail) = (evidence.observation.subject.to_string(), &evidence.observation.detail);
            let _ = writeln!(out, "  {glyph} {}: {}{at}{also}{waived}", visible(&subject), visible(detail));
        }
    }
    Some(out)
}

/// The controls of frameworks that have this id.
fn controls(assessment: &Assessment, id: &str) -> Option<String> {
    let found = crate::assess::frameworks::controls(id);
    let texts: Vec<String> =
        found.into_iter().map(|(framework, control)| super::frameworks::control_text(assessment, framework, control)).collect();
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}

fn disqualifier(assessment: &Assessment, id: &str) -> Option<String> {
    if id == DOUBT.id {
        return Some(doubt(assessment));
    }
    let rows: Vec<_> = crate::assess::criteria::DISQUALIFIERS.iter().filter(|row| row.id == id).collect();
    let first = rows.first()?;
    let mut out = String::new();
    for row in &rows {
        let _ = writeln!(out, "{}  {}", row.id, row.title);
        let _ = writeln!(
            out,
            "holds the headline at {} and {} at {}; waivers of {} silence it",
            row.headline,
            row.domain.as_str(),
            row.domain_level,
            row.stands_for.join(", ")
        );
    }
    for scope in &assessment.scopes {
        for cap in scope.caps.iter().filter(|cap| cap.disqualifier == first.id) {
            let _ = writeln!(out, "\n{}: {}", visible(&scope.scope.name()), cap.title);
            for evidence in &cap.evidence {
                let at = evidence.spot.as_ref().map_or_else(String::new, |spot| format!("  {}:{}", visible(&spot.path), spot.line));
                let _ = writeln!(out, "  - {}: {}{at}", visible(&evidence.subject.to_string()), visible(&evidence.detail));
            }
        }
    }
    Some(out)
}

/// What makes the result doubtful.
fn doubt(assessment: &Assessment) -> String {
    let mut out = format!("{}  {}\n{}\nit holds no level down, and makes the confidence low\n", DOUBT.id, DOUBT.title, DOUBT.when);
    if assessment.governance.warnings.is_empty() {
        out.push_str("\nnothing here does so\n");
    }
    for warning in &assessment.governance.warnings {
        let at = warning.spot.as_ref().map_or_else(String::new, |spot| format!("  {}:{}", visible(&spot.path), spot.line));
        let _ = writeln!(out, "\n  - {}{at}", visible(&warning.message));
    }
    out
}

/// What no repository shows, and what this version does not look at.
#[must_use]
pub fn limits_text() -> String {
    let mut out = "A level is what the files declare; it says nothing of the running system.\n\nNo repository shows:\n".to_owned();
    for domain in Domain::ALL {
        let _ = writeln!(out, "  {}: {}", domain.as_str(), limits(domain).join("; "));
    }
    out.push_str("\nThis version does not look at:\n");
    for limit in NOT_READ {
        let _ = writeln!(out, "  {limit}");
    }
    out
}
