//! What a reader must know beside the level: lower environments, values to review, waivers, what cannot be seen.

use super::super::layout::{WIDTH, cut, cut_front, line, wrapped};
use super::super::{bounds, count};
use crate::assess::Assessment;
use crate::assess::inventory::Effect;
use crate::assess::result::EnvironmentResult;
use crate::assess::score::Cap;
use crate::assess::waivers::{Rejected, Waiver};

/// Lower environments and entries of waivers that are named.
const NAMED: usize = 3;

pub(super) fn remarks(out: &mut String, assessment: &Assessment) {
    let before = out.len();
    lower(out, assessment);
    assessment.waiting().for_each(|cap| waiting(out, cap));
    for warning in &assessment.governance.warnings {
        let at = warning.spot.as_ref().map_or_else(String::new, |spot| format!(" ({}:{})", spot.path, spot.line));
        wrapped(out, "  ! ", &format!("{}: {}{at}", warning.id, warning.message));
    }
    let review = assessment.findings.iter().filter(|finding| finding.effect == Effect::Review && finding.allowed.is_none()).count();
    if review > 0 {
        line(out, &format!("  ! {} to review: possible credentials in tests, documents or examples", count(review, "value")));
    }
    waivers(out, assessment);
    attestations(out, assessment);
    if assessment.samples > 0 {
        line(out, &format!("  ? {} below tests, docs, examples or samples: taken for not deployed", count(assessment.samples, "object")));
    }
    if !assessment.skipped.is_empty() {
        line(out, &format!("  ? {} not read (--format json lists them)", count(assessment.skipped.len(), "file")));
    }
    let open: std::collections::BTreeSet<&str> = assessment.unknown.iter().map(|(criterion, ..)| *criterion).collect();
    if !open.is_empty() {
        wrapped(out, "  ? ", &format!("unknown here: {}", open.into_iter().collect::<Vec<_>>().join(", ")));
    }
    wrapped(out, "  ? ", "cannot be seen here: rotation actually happening, log delivery, device posture, what is loaded (--limits)");
    if out.len() > before {
        line(out, "");
    }
}

/// Environments below the headline that do not count for it, with what holds them there.
fn lower(out: &mut String, assessment: &Assessment) {
    let below =
        |one: &&EnvironmentResult| !one.class.counts() && assessment.overall.level.zip(one.level).is_some_and(|(level, own)| own < level);
    let mut found: Vec<&EnvironmentResult> = assessment.environments.iter().filter(below).collect();
    found.sort_by_key(|one| one.level);
    for environment in found.iter().take(NAMED) {
        let level = environment.level.unwrap_or_default();
        let head = format!("  ! {} is Level {level}: ", cut(&environment.id, 24));
        let own = || assessment.scopes.iter().filter(|scope| scope.scope.environment == environment.id);
        let cap: Option<&Cap> = own().flat_map(|scope| &scope.caps).filter(|cap| cap.headline <= level).min_by_key(|cap| cap.headline);
        match cap.and_then(|cap| Some((cap, cap.evidence.first()?))) {
            Some((cap, first)) => {
                let all: usize = own()
                    .flat_map(|scope| &scope.caps)
                    .filter(|own| own.disqualifier == cap.disqualifier)
                    .map(|own| own.evidence.len())
                    .sum();
                let more = if all > 1 { format!(", {} more", all - 1) } else { String::new() };
                let at = first.spot.as_ref().map_or_else(|| first.subject.to_string(), |spot| format!("{}:{}", spot.path, spot.line));
                wrapped(out, &head, &format!("{}  {}{more}", cut_front(&at, WIDTH - 8), first.detail));
            }
            None => {
                let next = level + 1;
                let lacking = own().find_map(|scope| {
                    scope
                        .verdicts
                        .iter()
                        .find(|verdict| verdict.criterion.spine && verdict.criterion.level == next && !verdict.is_satisfied())
                });
                let why = lacking.map_or_else(
                    || "nothing shows more".to_owned(),
                    |verdict| format!("{}, {}", verdict.criterion.id, verdict.criterion.title),
                );
                wrapped(out, &head, &why);
            }
        }
    }
    if found.len() > NAMED {
        let least = found[NAMED..].iter().filter_map(|one| one.level).min().unwrap_or_default();
        line(out, &format!("  ! {} below the headline, the lowest at Level {least}", count(found.len() - NAMED, "more environment")));
    }
}

/// A disqualifier that the next step does not name.
fn waiting(out: &mut String, cap: &Cap) {
    let at = cap.evidence.first().map(|one| match &one.spot {
        Some(spot) => format!("{}:{}", spot.path, spot.line),
        None => one.subject.to_string(),
    });
    let more = if cap.evidence.len() > 1 { format!(", {} more", cap.evidence.len() - 1) } else { String::new() };
    wrapped(out, "  ! ", &format!("{}: {} ({}): {}{more}", cap.disqualifier, cap.title, bounds(cap), at.unwrap_or_default()));
}

/// Days from the run to an end: `in 12 days`.
fn ends(assessment: &Assessment, waiver: &Waiver) -> Option<(i64, String)> {
    let days = waiver.expires?.days() - assessment.as_of.days();
    let word = |days: i64| if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
    Some((days, if days < 0 { format!("expired {} ago", word(-days)) } else { format!("expires in {}", word(days)) }))
}

fn waivers(out: &mut String, assessment: &Assessment) {
    let waivers = &assessment.waivers;
    let soonest = waivers.active.iter().filter_map(|waiver| Some((ends(assessment, waiver)?, &waiver.id))).min();
    let soonest = soonest.map_or_else(String::new, |((_, words), id)| format!(" ({} {words})", cut(id, 24)));
    let endless = waivers.invalid.iter().filter(|mistake| mistake.endless).count();
    let rejected = waivers.rejected();
    let endless = match endless {
        0 => String::new(),
        _ if endless == rejected => " (no expiry)".to_owned(),
        _ => format!(" ({endless} without expiry)"),
    };
    let parts: Vec<String> = [
        (waivers.active.len(), "active", soonest),
        (waivers.unmatched.len(), "unmatched", String::new()),
        (waivers.expired.len(), "expired", String::new()),
        (rejected, "rejected", endless),
    ]
    .into_iter()
    .filter(|(number, ..)| *number > 0)
    .map(|(number, word, more)| format!("{number} {word}{more}"))
    .collect();
    if parts.is_empty() {
        return;
    }
    let without = assessment.overall.level_without_waivers.map_or_else(String::new, |level| format!("; without waivers: Level {level}"));
    wrapped(out, "  ~ ", &format!("waivers: {}{}", parts.join(", "), if waivers.active.is_empty() { "" } else { &without }));
    for waiver in waivers.expired.iter().take(NAMED) {
        let end = ends(assessment, waiver).map_or_else(|| "expired".to_owned(), |(_, words)| words);
        line(out, &format!("      {}", cut(&format!("{}: {end} ({})", waiver.id, waiver.owner), WIDTH - 6)));
    }
    rest(out, waivers.expired.len(), "expired");
    for waiver in waivers.unmatched.iter().take(NAMED) {
        let note = waiver.note.as_deref().unwrap_or("covers nothing");
        wrapped(out, "      ", &format!("{}: {note}", cut(&waiver.id, 24)));
    }
    rest(out, waivers.unmatched.len(), "unmatched");
    mistakes(out, &waivers.invalid);
}

fn attestations(out: &mut String, assessment: &Assessment) {
    let found = &assessment.governance.attestations;
    let parts: Vec<String> = [
        (found.active.len(), if found.accepted { "accepted" } else { "not counted (--accept-attestations)" }),
        (found.unmatched.len(), "unmatched"),
        (found.expired.len(), "expired"),
        (found.invalid.len(), "rejected"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, word)| format!("{number} {word}"))
    .collect();
    if !parts.is_empty() {
        wrapped(out, "  ~ ", &format!("attestations: {}", parts.join(", ")));
        mistakes(out, &found.invalid);
    }
}

fn mistakes(out: &mut String, found: &[Rejected]) {
    for mistake in found.iter().take(NAMED) {
        let id = if mistake.id.is_empty() { "?" } else { &mistake.id };
        wrapped(out, "      ", &format!("{}: {}", cut(id, 24), mistake.reason));
    }
    rest(out, found.len(), "rejected");
}

fn rest(out: &mut String, all: usize, word: &str) {
    if all > NAMED {
        line(out, &format!("      … {} more {word} (--format json)", all - NAMED));
    }
}
