//! One criterion, disqualifier, domain, waiver or control in full, and what cannot be seen.

mod json;
mod parts;

use std::fmt::Write as _;

use super::layout::{line, wrapped};
use crate::assess::Assessment;
use crate::assess::criteria::{CRITERIA, Criterion, DISQUALIFIERS, DOUBT, NOT_READ, limits};
use crate::assess::evaluate::Verdict;
use crate::assess::explain::{Standing, Topic};
use crate::assess::remedy::remedies;
use crate::assess::result::ScopeResult;
use crate::assess::status::{Class, Domain};
use crate::assess::waivers::Waiver;
use crate::report::visible;
use parts::{attestations, evidence, patches, status, waiver};

pub use json::{explain_json, explain_schema};

/// So many patches are shown.
const PATCHES: usize = 3;

/// What is known of a criterion, disqualifier, domain, waiver or control, for the terminal; `None` for an id that is none of them.
#[must_use]
pub fn explain(assessment: &Assessment, id: &str) -> Option<String> {
    Some(match assessment.topic(id)? {
        Topic::Criterion(of) => criterion(assessment, of)?,
        Topic::Disqualifier(id) => disqualifier(assessment, id),
        Topic::Domain(of) => domain(assessment, of),
        Topic::Waiver(of, standing) => waived(assessment, of, standing),
        Topic::Controls(found) => {
            let text = |(framework, control)| super::frameworks::control_text(assessment, framework, control);
            found.into_iter().map(text).collect::<Vec<_>>().join("\n\n")
        }
    })
}

fn head(out: &mut String, text: &str) {
    line(out, "");
    line(out, text);
}

/// A scope's name, and what it counts for.
fn scope_name(assessment: &Assessment, scope: &ScopeResult) -> String {
    let class = match scope.class {
        Class::Production => "production",
        Class::Unclassified => "no class: counts as production",
        Class::NonProduction if assessment.counts(scope) => "not production",
        Class::NonProduction => "not production: does not count for the headline",
    };
    format!("{} ({class})", visible(&scope.scope.name()))
}

fn criterion(assessment: &Assessment, criterion: &'static Criterion) -> Option<String> {
    let combined = assessment.verdict(criterion.id)?;
    let mut out = String::new();
    line(&mut out, &format!("{}  {}", criterion.id, criterion.title));
    line(&mut out, "");
    wrapped(&mut out, "", criterion.statement);
    wrapped(&mut out, "", criterion.why);
    line(&mut out, "");
    let spine = if criterion.spine { ", needed for the headline" } else { "" };
    line(&mut out, &format!("level {}, {}{spine}, effort {}", criterion.level, criterion.domain.as_str(), criterion.effort.as_str()));
    line(&mut out, &format!("status: {}", status(combined)));
    let waivers = assessment.waivers_of(criterion.id);
    if let Some(without) = assessment.status_without_waivers(criterion.id).filter(|without| *without != combined.status) {
        line(&mut out, &format!("without waivers: {}", without.as_str()));
    }
    let held: Vec<&str> = DISQUALIFIERS.iter().filter(|row| row.stands_for.contains(&criterion.id)).map(|row| row.id).collect();
    let held: std::collections::BTreeSet<&str> = held.into_iter().collect();
    if !held.is_empty() {
        line(&mut out, &format!("what speaks against it may trigger: {}", held.into_iter().collect::<Vec<_>>().join(", ")));
    }
    line(&mut out, "");
    wrapped(&mut out, "to pass: ", criterion.pass);
    let found = remedies(combined);
    patches(&mut out, &found, PATCHES);
    if found.is_empty() && !criterion.patch.is_empty() && !combined.is_satisfied() {
        line(&mut out, "an example of it:");
        criterion.patch.lines().for_each(|row| line(&mut out, &format!("    {row}")));
    }
    for (scope, verdict) in own(assessment, criterion.id) {
        head(&mut out, &format!("{}: {}", scope_name(assessment, scope), status(verdict)));
        let without = verdict.without_waivers();
        if without.status != verdict.status {
            line(&mut out, &format!("  without waivers: {}", status(&without)));
        }
        evidence(&mut out, verdict);
    }
    if !waivers.is_empty() {
        head(&mut out, "WAIVERS");
        for (one, standing) in waivers {
            waiver(&mut out, assessment, one, standing, Some(criterion.id));
        }
    }
    attestations(&mut out, assessment, criterion.id);
    unknowns(&mut out, assessment, criterion);
    Some(out)
}

/// A criterion in every scope, those that count first.
fn own<'a>(assessment: &'a Assessment, id: &'a str) -> Vec<(&'a ScopeResult, &'a Verdict)> {
    let of = |scope: &'a ScopeResult| Some((scope, scope.verdicts.iter().find(|verdict| verdict.criterion.id == id)?));
    let mut all: Vec<_> = assessment.scopes.iter().filter_map(of).collect();
    all.sort_by_key(|(scope, _)| !assessment.counts(scope));
    all
}

/// What leaves a criterion open: here, anywhere, and what no repository shows of its domain.
fn unknowns(out: &mut String, assessment: &Assessment, criterion: &Criterion) {
    head(out, "UNKNOWNS");
    let mut here: Vec<String> = Vec::new();
    for (scope, verdict) in own(assessment, criterion.id) {
        for (subject, reason) in &verdict.subjects.unknown {
            here.push(format!("{} in {}: {}", visible(&subject.to_string()), visible(&scope.scope.name()), reason.explain()));
        }
    }
    match here.len() {
        0 => line(out, "  nothing about it is open in these files"),
        _ => here.iter().for_each(|text| wrapped(out, "  ? ", text)),
    }
    if !criterion.open.is_empty() {
        line(out, "  it stays open where");
        for (fact, reason) in criterion.open {
            wrapped(out, "    · ", &format!("{}: {}", fact.doc(), reason.explain()));
        }
    }
    wrapped(out, "  no repository shows: ", &limits(criterion.domain).join("; "));
}

fn disqualifier(assessment: &Assessment, id: &'static str) -> String {
    let mut out = String::new();
    if id == DOUBT.id {
        return doubt(assessment);
    }
    for row in DISQUALIFIERS.iter().filter(|row| row.id == id) {
        line(&mut out, &format!("{}  {}", row.id, row.title));
        let domain = match row.domain_level {
            5 => String::new(),
            level => format!(" and {} at {level}", row.domain.as_str()),
        };
        wrapped(
            &mut out,
            "  ",
            &format!("holds the headline at {}{domain}; waivers of {} silence it", row.headline, row.stands_for.join(", ")),
        );
        for fact in row.facts {
            wrapped(&mut out, "  triggered where ", fact.doc());
        }
    }
    let mut triggered = false;
    for scope in &assessment.scopes {
        for cap in scope.caps_without_waivers.iter().filter(|cap| cap.disqualifier == id) {
            let in_force = scope.caps.iter().find(|own| own.disqualifier == id && own.title == cap.title);
            let word = if in_force.is_some() { "triggered" } else { "silenced by a waiver" };
            head(&mut out, &format!("{}: {word}, {}", scope_name(assessment, scope), cap.title));
            triggered = true;
            for one in &cap.evidence {
                let silenced = in_force.is_none_or(|own| !own.evidence.contains(one));
                let mark = if silenced { '~' } else { '-' };
                let waived = if silenced { "  [waived]" } else { "" };
                wrapped(&mut out, &format!("  {mark} "), &format!("{}: {}{waived}", one.subject, one.detail));
                if let Some(spot) = &one.spot {
                    line(&mut out, &format!("      {}:{}", visible(&spot.path), spot.line));
                }
            }
        }
    }
    if !triggered {
        head(&mut out, "not triggered here");
    }
    let stands: Vec<&str> = CRITERIA.iter().map(|one| one.id).filter(|own| stands_for(id, own)).collect();
    line(&mut out, "");
    for id in stands {
        if let Some(combined) = assessment.verdict(id) {
            line(&mut out, &format!("{id}  {}: {} (--explain {id})", combined.criterion.title, status(combined)));
            wrapped(&mut out, "    to pass: ", combined.criterion.pass);
        }
    }
    out
}

fn stands_for(disqualifier: &str, criterion: &str) -> bool {
    DISQUALIFIERS.iter().any(|row| row.id == disqualifier && row.stands_for.contains(&criterion))
}

fn domain(assessment: &Assessment, domain: Domain) -> String {
    let mut out = String::new();
    let Some(result) = assessment.domains.iter().find(|result| result.domain == domain) else { return out };
    let level = result.level.map_or_else(|| "not assessable: no subject here".to_owned(), |level| format!("level {level}"));
    line(&mut out, &format!("{}  {level}", domain.as_str().to_uppercase()));
    if !result.why.is_empty() {
        wrapped(&mut out, "  why not higher: ", &result.why);
    }
    if let Some((next, needs)) = &result.next {
        line(&mut out, &format!("  level {next} needs {}", needs.join(", ")));
    }
    head(&mut out, "BY SCOPE");
    for (at, _) in Domain::ALL.iter().enumerate().filter(|(_, own)| **own == domain) {
        for scope in &assessment.scopes {
            let level = scope.domains[at].map_or_else(|| "–".to_owned(), |level| level.to_string());
            line(&mut out, &format!("  {level}  {}", scope_name(assessment, scope)));
            for cap in scope.caps.iter().filter(|cap| cap.domain == domain) {
                wrapped(&mut out, "     ! ", &format!("{}: {}, holds it at {}", cap.disqualifier, cap.title, cap.domain_level));
            }
        }
    }
    head(&mut out, "CRITERIA");
    for verdict in assessment.combined.iter().filter(|verdict| verdict.criterion.domain == domain) {
        let star = if verdict.criterion.spine { "★" } else { " " };
        line(&mut out, &format!("  {} {star} {}: {}", verdict.criterion.id, verdict.criterion.title, status(verdict)));
        if let Some(without) = assessment.status_without_waivers(verdict.criterion.id).filter(|without| *without != verdict.status) {
            line(&mut out, &format!("             without waivers: {}", without.as_str()));
        }
        if !verdict.is_satisfied() {
            if let Some(first) = super::against(verdict).next() {
                wrapped(&mut out, "             ", &super::place(first));
            }
            wrapped(&mut out, "             to pass: ", verdict.criterion.pass);
        }
    }
    line(&mut out, "");
    wrapped(&mut out, "no repository shows: ", &limits(domain).join("; "));
    line(&mut out, "★ needed for the headline; --explain ID for one of them");
    out
}

fn waived(assessment: &Assessment, of: &Waiver, standing: Standing) -> String {
    let mut out = String::new();
    line(&mut out, "WAIVER");
    waiver(&mut out, assessment, of, standing, None);
    let mut criteria: Vec<&str> = assessment.taken_out(of, None).into_iter().map(|(id, ..)| id).collect();
    criteria.extend(CRITERIA.iter().map(|one| one.id).filter(|id| of.criteria.iter().any(|own| own == id)));
    criteria.sort_unstable();
    criteria.dedup();
    for id in criteria {
        let (Some(verdict), Some(without)) = (assessment.verdict(id), assessment.status_without_waivers(id)) else { continue };
        head(&mut out, &format!("{id}  {}: {}", verdict.criterion.title, status(verdict)));
        line(&mut out, &format!("    without waivers: {}", without.as_str()));
        wrapped(&mut out, "    to do without it: ", verdict.criterion.pass);
    }
    line(&mut out, "");
    let word = |level: Option<u8>| level.map_or_else(|| "not rated".to_owned(), |level| level.to_string());
    let overall = &assessment.overall;
    line(&mut out, &format!("level: {}, without waivers: {}", word(overall.level), word(overall.level_without_waivers)));
    out
}

/// What makes the result doubtful.
fn doubt(assessment: &Assessment) -> String {
    let mut out = format!("{}  {}\n{}\nit holds no level down, and makes the confidence low\n", DOUBT.id, DOUBT.title, DOUBT.when);
    if assessment.governance.warnings.is_empty() {
        out.push_str("\nnot triggered here: nothing does so\n");
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
