//! Parts of explanations that several of them have.

use std::fmt::Write as _;

use super::super::layout::{line, wrapped};
use super::super::place;
use crate::assess::Assessment;
use crate::assess::evaluate::{Polarity, Verdict};
use crate::assess::explain::Standing;
use crate::assess::remedy::Remedy;
use crate::assess::waivers::Waiver;
use crate::report::visible;

/// `partial, 3 of 4`, with why where it is unknown.
pub(super) fn status(verdict: &Verdict) -> String {
    let (met, of) = verdict.coverage();
    let share = if of > 0 { format!(", {met} of {of}") } else { String::new() };
    let reason = verdict.reason.map_or_else(String::new, |reason| format!(" ({}: {})", reason.as_str(), reason.explain()));
    format!("{}{share}{reason}", verdict.status.as_str())
}

/// The evidence of a scope: what is missing, what speaks against, for, and what is open, each with its place.
pub(super) fn evidence(out: &mut String, verdict: &Verdict) {
    for (part, _) in &verdict.subjects.missing {
        line(out, &format!("  - no {part}"));
    }
    for subject in
        verdict.subjects.waived.iter().filter(|subject| !verdict.evidence.iter().any(|item| &item.observation.subject == *subject))
    {
        wrapped(out, "  ~ ", &format!("{}: what is missing here is waived", subject.name));
    }
    for item in &verdict.evidence {
        let glyph = match item.polarity {
            _ if item.waived_by.is_some() => '~',
            Polarity::Contrary => '-',
            Polarity::Positive => '+',
            Polarity::Unknown => '?',
        };
        let waived = item.waived_by.as_ref().map_or_else(String::new, |id| format!("  [waived by {id}]"));
        let observation = &item.observation;
        wrapped(out, &format!("  {glyph} "), &format!("{}: {}", observation.subject, observation.detail));
        // not cut: a place is there to be copied
        let at = if observation.spot.is_some() { visible(&place(item)).into_owned() } else { String::new() };
        if !at.is_empty() || !waived.is_empty() {
            line(out, &format!("      {}", format!("{at}{}", visible(&waived)).trim_start()));
        }
        for spot in &observation.also {
            line(out, &format!("      {}:{}", visible(&spot.path), spot.line));
        }
    }
}

/// Snippets that would make a criterion pass.
pub(super) fn patches(out: &mut String, found: &[Remedy], most: usize) {
    for remedy in found.iter().take(most) {
        let at = remedy.spot.as_ref().map_or_else(String::new, |spot| format!(", {}:{}", spot.path, spot.line));
        wrapped(out, "patch for ", &format!("{}{at}:", remedy.subject));
        for row in remedy.text.lines() {
            // writing to a String cannot fail
            let _ = writeln!(out, "    {}", visible(row));
        }
    }
    if found.len() > most {
        line(out, &format!("… {} more patches (--format json has all)", found.len() - most));
    }
}

/// A waiver with whose it is, why, until when, and what it takes out.
pub(super) fn waiver(out: &mut String, assessment: &Assessment, waiver: &Waiver, standing: Standing, criterion: Option<&str>) {
    let owner = if waiver.owner.is_empty() { String::new() } else { format!(", owner {}", waiver.owner) };
    let approved = waiver.approved_by.as_ref().map_or_else(String::new, |by| format!(", approved by {by}"));
    wrapped(out, "  ~ ", &format!("{}: {}{owner}{approved}", waiver.id, standing.as_str()));
    wrapped(out, "      reason: ", &waiver.reason);
    if let Some(date) = waiver.expires {
        let days = date.days() - assessment.as_of.days();
        let word = |days: i64| if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
        let when = if days < 0 { format!("{} ago", word(-days)) } else { format!("in {}", word(days)) };
        line(out, &format!("      expires: {date} ({when})"));
    } else {
        line(out, "      expires: never");
    }
    if let Some(note) = &waiver.note {
        wrapped(out, "      ! ", note);
    }
    line(out, &format!("      {}:{}", visible(&waiver.spot.path), waiver.spot.line));
    for (id, scope, subject) in assessment.taken_out(waiver, criterion) {
        let id = if criterion.is_some() { String::new() } else { format!("{id}: ") };
        wrapped(out, "      takes out ", &format!("{id}{subject} in {scope}"));
    }
}

/// Statements of owners about a criterion.
pub(super) fn attestations(out: &mut String, assessment: &Assessment, criterion: &str) {
    let found = &assessment.governance.attestations;
    let groups = [("active", &found.active), ("expired", &found.expired), ("fits nothing", &found.unmatched)];
    let mut first = true;
    for (word, list) in groups {
        for one in list.iter().filter(|one| one.entry.criteria.iter().any(|id| id == criterion)) {
            if std::mem::take(&mut first) {
                line(out, "");
                line(out, if found.accepted { "STATEMENTS" } else { "STATEMENTS (they count with --accept-attestations)" });
            }
            let until = one.entry.expires.map_or_else(String::new, |date| format!(", until {date}"));
            wrapped(out, "  · ", &format!("{}: {word}, {}{until}: {}", one.entry.id, one.entry.owner, one.statement));
            line(out, &format!("      {}:{}", visible(&one.entry.spot.path), one.entry.spot.line));
        }
    }
}
