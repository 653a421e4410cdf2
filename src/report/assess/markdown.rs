//! A comment for a pull request: at most 60 lines.

use super::links::permalink;
use super::{About, against, capital, count, place};
use crate::assess::Assessment;
use crate::assess::status::{LEVELS, Status};
use crate::report::visible;

/// The longest comment, in lines.
const LINES: usize = 60;

/// The comment. Its first line is a mark by which a later run finds it.
#[must_use]
pub fn markdown(assessment: &Assessment, about: &About) -> String {
    let overall = &assessment.overall;
    let mut lines = vec!["<!-- ztctl-assess -->".to_owned()];
    lines.push(match overall.level {
        Some(level) => format!("## Level {level}: {}", LEVELS[usize::from(level)]),
        None => "## Not rated".to_owned(),
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
    if overall.level != overall.level_without_waivers {
        lines
            .push(format!("Without waivers: {}.", overall.level_without_waivers.map_or_else(|| "–".to_owned(), |level| level.to_string())));
    }
    lines.push(String::new());
    lines.push("| domain | level | why not higher |".to_owned());
    lines.push("|---|---|---|".to_owned());
    for domain in &assessment.domains {
        let level = domain.level.map_or_else(|| "–".to_owned(), |level| level.to_string());
        lines.push(format!("| {} | {level} | {} |", domain.domain.as_str(), escaped(&domain.why)));
    }
    lines.push(String::new());
    let missing: Vec<_> = assessment.missing().collect();
    if !missing.is_empty() || overall.caps.iter().any(|cap| Some(cap.headline) <= overall.level) {
        lines.push("### Next step".to_owned());
        lines.push(String::new());
        for cap in overall.caps.iter().filter(|cap| Some(cap.headline) <= overall.level) {
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
    if waivers.active.len() + waivers.expired.len() + waivers.invalid.len() > 0 {
        lines.push(format!(
            "- Waivers: {} active, {} expired, {} rejected.",
            waivers.active.len(),
            waivers.expired.len(),
            waivers.invalid.len()
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

/// Text from files in a table or list: no markup of its own.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in visible(text).chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '@' | '~' | '!') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn code(text: &str) -> String {
    format!("`{}`", visible(text).replace('`', "'"))
}
