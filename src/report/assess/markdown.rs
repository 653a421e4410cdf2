//! A comment for a pull request: at most 60 lines.

use super::links::permalink;
use super::trend::headline;
use super::{About, against, bounds, capital, count, place};
use crate::assess::delta::{CriterionChange, Delta};
use crate::assess::status::{LEVELS, Status};
use crate::assess::{Assessment, Spot};
use crate::report::visible;

/// The longest comment, in lines.
const LINES: usize = 60;
/// New places that are named.
const NEW: usize = 8;
/// Characters of one line from files.
const LONG: usize = 240;

/// The comment. Its first line is a mark by which a later run finds it.
#[must_use]
pub fn markdown(assessment: &Assessment, about: &About) -> String {
    let overall = &assessment.overall;
    let mut lines = vec!["<!-- ztctl-assess -->".to_owned()];
    let delta = assessment.governance.delta.as_ref();
    lines.push(match (delta, overall.level) {
        (Some(delta), _) => format!("## {}", headline(delta)),
        (None, Some(level)) => format!("## Level {level}: {}", LEVELS[usize::from(level)]),
        (None, None) => "## Not rated".to_owned(),
    });
    lines.push(String::new());
    let at = about.commit.as_ref().map_or_else(String::new, |commit| format!(" at {}", code(&commit.chars().take(12).collect::<String>())));
    lines.push(format!(
        "As declared in these files{at}, not the running system. {}. Confidence: {}.",
        capital(&overall.reason),
        overall.confidence.word()
    ));
    if let Some((next, percent)) = overall.progress {
        lines.push(format!("{percent} % of level {next}."));
    }
    if overall.level != overall.level_without_waivers || !assessment.waivers.active.is_empty() {
        lines
            .push(format!("Without waivers: {}.", overall.level_without_waivers.map_or_else(|| "–".to_owned(), |level| level.to_string())));
    }
    lines.push(String::new());
    lines.push("| domain | level | why not higher |".to_owned());
    lines.push("|---|---|---|".to_owned());
    for domain in &assessment.domains {
        let level = domain.level.map_or_else(|| "–".to_owned(), |level| level.to_string());
        let change = delta.and_then(|delta| delta.domains.iter().find(|(id, _)| id == domain.domain.as_str()));
        let mark = change.map_or_else(String::new, |(_, change)| format!(" {}", change.mark()));
        lines.push(format!("| {} | {level}{mark} | {} |", domain.domain.as_str(), escaped(&domain.why)));
    }
    lines.push(String::new());
    let held = held(assessment, about);
    if !held.is_empty() {
        lines.extend(held);
        lines.push(String::new());
    }
    if let Some(delta) = delta {
        lines.extend(changes(delta, about));
        lines.push(String::new());
    }
    let missing: Vec<_> = assessment.missing().collect();
    if !missing.is_empty() || assessment.holding().next().is_some() {
        lines.push("### Next step".to_owned());
        lines.push(String::new());
        for cap in assessment.holding() {
            lines.push(format!("- **{}** {}", cap.disqualifier, escaped(cap.title)));
            for evidence in cap.evidence.iter().take(3) {
                let at = evidence.spot.as_ref().map_or_else(|| evidence.subject.to_string(), |spot| format!("{}:{}", spot.path, spot.line));
                let link = evidence.spot.as_ref().and_then(|spot| permalink(about, spot));
                let at = link.map_or_else(|| code(&at), |url| format!("[{}]({url})", code(&at)));
                lines.push(format!("  - {at} {}", escaped(&evidence.detail)));
            }
        }
        for verdict in missing {
            let (met, of) = verdict.coverage();
            let share = if verdict.status == Status::Unknown { "unknown".to_owned() } else { format!("{met} of {of}") };
            lines.push(format!("- **{}** {} ({share}): {}", verdict.criterion.id, verdict.criterion.title, verdict.criterion.pass));
            for evidence in against(verdict).take(3) {
                let at = code(&place(evidence));
                let link = evidence.observation.spot.as_ref().and_then(|spot| permalink(about, spot));
                let at = link.map_or_else(|| at.clone(), |url| format!("[{at}]({url})"));
                lines.push(format!("  - {at} {}", escaped(&evidence.observation.detail)));
            }
        }
        lines.push(String::new());
    }
    let rest = rest(assessment);
    // what is folded away stays whole, or its end would be lost
    let room = LINES - if rest.is_empty() { 0 } else { rest.len() + 4 };
    if lines.len() > room {
        lines.truncate(room - 1);
        lines.push("… (`ztctl assess` has the rest)".to_owned());
    }
    if !rest.is_empty() {
        lines.push("<details><summary>Environments, waivers, limits</summary>".to_owned());
        lines.push(String::new());
        lines.extend(rest);
        lines.push(String::new());
        lines.push("</details>".to_owned());
    }
    lines.join("\n") + "\n"
}

/// The disqualifiers that the next step does not name, and what makes the result doubtful.
fn held(assessment: &Assessment, about: &About) -> Vec<String> {
    let at = |spot: Option<&Spot>| spot.map_or_else(String::new, |spot| format!(", {}", linked(&spot.path, spot.line, about)));
    let mut lines: Vec<String> = Vec::new();
    for cap in assessment.waiting() {
        let first = cap.evidence.first().and_then(|one| one.spot.as_ref());
        let more = if cap.evidence.len() > 1 { format!(", {} more", cap.evidence.len() - 1) } else { String::new() };
        lines.push(format!("- **{}** {}: {}{}{more}", cap.disqualifier, escaped(cap.title), bounds(cap), at(first)));
    }
    let warnings = &assessment.governance.warnings;
    for warning in warnings.iter().take(3) {
        let message = warning.message.replace('`', "");
        lines.push(format!("- **{}** {}: the confidence is low{}", warning.id, escaped(&message), at(warning.spot.as_ref())));
    }
    if warnings.len() > 3 {
        lines.push(format!("- … {} more", warnings.len() - 3));
    }
    lines
}

/// What the change brought: criteria that were lost and won, and what is new against them.
fn changes(delta: &Delta, about: &About) -> Vec<String> {
    let since = format!("since {}", code(&delta.against.label()));
    if delta.is_empty() {
        return vec![format!("Nothing changed {since}.")];
    }
    let mut lines = vec![format!("### New in this change, {since}"), String::new()];
    let status = |side: &Option<crate::assess::snapshot::Standing>| {
        side.as_ref().map_or_else(|| "not there".to_owned(), |side| side.status.replace('_', " "))
    };
    let named = |found: Vec<&CriterionChange>| {
        let words = found.iter().take(NEW).map(|one| format!("{} ({} → {})", one.id, status(&one.before), status(&one.after)));
        let more = if found.len() > NEW { format!(", … {} more", found.len() - NEW) } else { String::new() };
        words.collect::<Vec<_>>().join(", ") + &more
    };
    for (word, found) in [
        ("Lost", delta.criteria.iter().filter(|one| one.is_lost()).collect::<Vec<_>>()),
        ("Gained", delta.criteria.iter().filter(|one| one.is_won()).collect()),
    ] {
        if !found.is_empty() {
            lines.push(format!("- {word}: {}", named(found)));
        }
    }
    for (word, caps) in [("New disqualifiers:", &delta.caps_added), ("Disqualifiers that are gone:", &delta.caps_removed)] {
        if !caps.is_empty() {
            lines.push(format!("- {word} {}", caps.join(", ")));
        }
    }
    for change in &delta.edges {
        let edges: Vec<String> = change.list.iter().take(NEW).map(|edge| escaped(&edge.line())).collect();
        let more = if change.list.len() > NEW { format!("; … {} more", change.list.len() - NEW) } else { String::new() };
        let list = if edges.is_empty() { String::new() } else { format!(" ({}{more})", edges.join("; ")) };
        lines.push(format!("- Reach in {}{list}", escaped(&change.line())));
    }
    let mut new: Vec<(&str, u32, String)> = Vec::new();
    for finding in &delta.findings_added {
        new.push((&finding.path, finding.line, format!("{}: {}", finding.rule, finding.subject)));
    }
    for item in delta.new_contrary() {
        if item.path.is_empty() || !new.iter().any(|(path, line, _)| *path == item.path && *line == item.line) {
            new.push((&item.path, item.line, format!("{}: {} ({})", item.subject, item.detail, item.criteria.join(", "))));
        }
    }
    for (path, line, what) in new.iter().take(NEW) {
        let what = escaped(what);
        lines.push(if path.is_empty() { format!("- ✗ {what}") } else { format!("- ✗ {} {what}", linked(path, *line, about)) });
    }
    if new.len() > NEW {
        lines.push(format!("- … {} more", new.len() - NEW));
    }
    let gone = delta.findings_removed.len() + delta.evidence_removed.iter().filter(|item| item.is_contrary()).count();
    if gone > 0 {
        lines.push(format!("- ✓ {} no longer there", if gone == 1 { "1 gap is".to_owned() } else { format!("{gone} gaps are") }));
    }
    lines
}

/// A place, as a link where the repository's address is known.
fn linked(path: &str, line: u32, about: &About) -> String {
    let at = code(&format!("{path}:{line}"));
    let spot = Spot { path: path.to_owned(), line, column: 1, end_line: line };
    permalink(about, &spot).map_or_else(|| at.clone(), |url| format!("[{at}]({url})"))
}

/// What is folded away, one line each.
fn rest(assessment: &Assessment) -> Vec<String> {
    let mut lines = Vec::new();
    if !assessment.environments.is_empty() && assessment.overall.rated {
        let levels: Vec<String> = assessment
            .environments
            .iter()
            .take(8)
            .map(|environment| {
                format!("{} {}", escaped(&environment.id), environment.level.map_or_else(|| "–".to_owned(), |level| level.to_string()))
            })
            .collect();
        lines.push(format!("- Environments: {}.", levels.join(" · ")));
    }
    let waivers = &assessment.waivers;
    if overall_lower(assessment) > 0 {
        lines.push(format!("- {} below the headline; not counted for it.", count(overall_lower(assessment), "environment")));
    }
    if waivers.active.len() + waivers.expired.len() + waivers.invalid.len() > 0 {
        lines.push(format!(
            "- Waivers: {} active, {} expired, {} rejected.",
            waivers.active.len(),
            waivers.expired.len(),
            waivers.rejected()
        ));
    }
    let unknown: std::collections::BTreeSet<&str> = assessment.unknown.iter().map(|(criterion, ..)| *criterion).collect();
    if !unknown.is_empty() {
        let ids: Vec<&str> = unknown.into_iter().collect();
        let criteria = if ids.len() == 1 { "1 unknown criterion".to_owned() } else { format!("{} unknown criteria", ids.len()) };
        lines.push(format!("- {criteria}: {}.", ids.join(", ")));
    }
    if !assessment.skipped.is_empty() {
        lines.push(format!("- {} not read.", count(assessment.skipped.len(), "file")));
    }
    lines
}

/// Environments that do not count and are lower.
fn overall_lower(assessment: &Assessment) -> usize {
    let lower = |own: Option<u8>| assessment.overall.level.zip(own).is_some_and(|(level, own)| own < level);
    assessment.environments.iter().filter(|one| !one.class.counts() && lower(one.level)).count()
}

/// Text from files in a table or list: no markup of its own.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    let text = visible(text);
    let cut = text.chars().count() > LONG;
    for c in text.chars().take(if cut { LONG - 1 } else { LONG }) {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '@' | '~' | '!') {
            out.push('\\');
        }
        out.push(c);
    }
    if cut {
        out.push('…');
    }
    out
}

fn code(text: &str) -> String {
    format!("`{}`", visible(text).replace('`', "'"))
}
