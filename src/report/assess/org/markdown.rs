//! The merged report as a page.

use super::{blocker_line, cap_line, level_word, plural};
use crate::assess::org::{Group, Org, columns};
use crate::assess::status::LEVELS;
use crate::report::visible;

/// Rows of the heat map.
const ROWS: usize = 50;

/// The report in Markdown.
#[must_use]
pub fn markdown(org: &Org) -> String {
    let mut lines = vec![format!("# Zero-trust maturity of {}", plural(org.reports, "repository", "repositories")), String::new()];
    lines.push(format!(
        "{} rated, {} not rated. A level is what the files of a repository declare, not the running system.",
        org.rated, org.not_rated_count
    ));
    lines.extend([String::new(), "| level | repositories | without waivers | |".to_owned(), "|---|---:|---:|---|".to_owned()]);
    for (level, name) in LEVELS.iter().enumerate() {
        lines.push(format!("| {level} | {} | {} | {name} |", org.levels[level], org.levels_without_waivers[level]));
    }
    if !org.rows.is_empty() {
        lines.extend([String::new(), "## Repositories, the lowest first".to_owned(), String::new()]);
        lines.push(format!("| repository | level | {} |", columns().join(" | ")));
        lines.push(format!("|---|---|{}", "---|".repeat(6)));
        for row in org.rows.iter().take(ROWS) {
            let domains: Vec<String> = row.domains.iter().map(|level| level_word(*level)).collect();
            lines.push(format!("| {} | {} | {} |", escaped(&row.name), level_word(row.level), domains.join(" | ")));
        }
        let more = org.rows.len().saturating_sub(ROWS) + org.more_rows;
        if more > 0 {
            lines.extend([String::new(), format!("… and {more} more.")]);
        }
    }
    let blockers = org.commonest();
    if !blockers.is_empty() {
        lines.extend([String::new(), "## Commonest blockers".to_owned(), String::new()]);
        for (id, blocker) in blockers.iter().take(15) {
            let next = if blocker.blocks > 0 { format!("; the next level of {} needs it", blocker.blocks) } else { String::new() };
            lines.push(format!("- {}{next}", blocker_line(org, id, blocker)));
        }
        for (cap, (count, _)) in &org.caps {
            lines.push(format!("- {}", escaped(&cap_line(cap, *count))));
        }
    }
    groups(&mut lines, "owner", &org.owners);
    groups(&mut lines, "tier", &org.tiers);
    groups(&mut lines, "tag", &org.tags);
    if !org.waivers.is_empty() {
        lines.extend([String::new(), "## Waivers by their end".to_owned(), String::new()]);
        lines.extend(["| ends | repository | waiver | owner | criteria |".to_owned(), "|---|---|---|---|---|".to_owned()]);
        for waiver in org.waivers.iter().take(20) {
            let over = if waiver.over { " (over)" } else { "" };
            let (repository, id, owner) = (escaped(&waiver.repository), escaped(&waiver.id), escaped(&waiver.owner));
            lines.push(format!("| {}{over} | {repository} | {id} | {owner} | {} |", waiver.expires, escaped(&waiver.criteria.join(", "))));
        }
    }
    let resolved = org.links.resolved();
    if !resolved.is_empty() {
        lines.extend([String::new(), "## What other repositories decide".to_owned(), String::new()]);
        for row in resolved.iter().take(30) {
            let by = if row.by.is_empty() { String::new() } else { format!(" ({})", escaped(&row.by.join(", "))) };
            lines.push(format!("- {} {}: {}{by}", escaped(&row.repository), escaped(&row.criterion), row.status.replace('_', " ")));
        }
    }
    if org.not_rated_count > 0 {
        lines.extend([String::new(), "## Not rated".to_owned(), String::new()]);
        for row in org.not_rated.iter().take(30) {
            lines.push(format!("- {} ({})", escaped(&row.name), escaped(&row.kind)));
        }
        if org.not_rated_count > 30 {
            lines.push(format!("- … and {} more", org.not_rated_count - 30));
        }
    }
    if org.failure_count > 0 {
        lines.extend([String::new(), "## Not merged".to_owned(), String::new()]);
        for failure in org.failures.iter().take(30) {
            lines.push(format!("- {}: {}", escaped(&failure.file), escaped(&failure.why)));
        }
    }
    lines.join("\n") + "\n"
}

fn groups(lines: &mut Vec<String>, what: &str, groups: &std::collections::BTreeMap<String, Group>) {
    if groups.is_empty() {
        return;
    }
    lines.extend([String::new(), format!("## Least level by {what}"), String::new()]);
    lines.extend([format!("| {what} | least level | repositories | lowest |"), "|---|---|---:|---|".to_owned()]);
    for (name, group) in groups.iter().take(50) {
        let lowest: Vec<&str> = group.lowest.iter().take(3).map(String::as_str).collect();
        lines.push(format!(
            "| {} | {} | {} | {} |",
            escaped(name),
            level_word(group.level),
            group.repositories,
            escaped(&lowest.join(", "))
        ));
    }
}

/// Text from reports: no markup of its own.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in visible(text).chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '@' | '~' | '!' | '&') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
