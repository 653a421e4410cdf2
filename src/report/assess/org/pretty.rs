//! The terminal's report: 80 columns.

use std::fmt::Write as _;

use super::{blocker_line, cap_line, level_word, plural};
use crate::assess::org::{Group, Org, columns};
use crate::assess::status::LEVELS;
use crate::report::visible;

const WIDTH: usize = 80;

fn cut(text: &str, width: usize) -> String {
    let text = visible(text);
    if text.chars().count() <= width {
        return text.into();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

fn line(out: &mut String, text: &str) {
    out.push_str(text.trim_end());
    out.push('\n');
}

/// The report for people.
#[must_use]
pub fn pretty(org: &Org) -> String {
    let mut out = String::new();
    line(&mut out, &format!("ztctl assess merge  {}", plural(org.reports, "repository", "repositories")));
    let dates = org.dates.as_ref().map_or_else(String::new, |(first, last)| {
        if first == last { format!(", assessed as of {first}") } else { format!(", assessed as of {first} to {last}") }
    });
    line(&mut out, &format!("  {} rated, {} not rated{dates}", org.rated, org.not_rated_count));
    line(&mut out, "");
    distribution(&mut out, org);
    heat(&mut out, org);
    blockers(&mut out, org);
    groups(&mut out, "owner", &org.owners);
    groups(&mut out, "tier", &org.tiers);
    groups(&mut out, "tag", &org.tags);
    remarks(&mut out, org);
    out
}

fn distribution(out: &mut String, org: &Org) {
    line(out, "  LEVELS   repositories at each level, not an average");
    let most = org.levels.iter().copied().max().unwrap_or_default().max(1);
    for (level, count) in org.levels.iter().enumerate() {
        let bar = "█".repeat((count * 20).div_ceil(most));
        line(out, &format!("   {level}  {count:>6}  {bar:<20}  {}", cut(LEVELS[level], 44)));
    }
    if org.levels != org.levels_without_waivers {
        let counts: Vec<String> = org.levels_without_waivers.iter().enumerate().map(|(level, count)| format!("{level}: {count}")).collect();
        line(out, &format!("   without waivers  {}", counts.join("  ")));
    }
    line(out, "");
}

fn heat(out: &mut String, org: &Org) {
    if org.rows.is_empty() {
        return;
    }
    let shown = 20;
    line(out, "  REPOSITORIES   the lowest first");
    let mut head = format!("   {:<28} level ", "");
    for column in columns() {
        let _ = write!(head, " {:<6}", cut(column, 6));
    }
    line(out, &head);
    for row in org.rows.iter().take(shown) {
        let mut text = format!("   {:<28}   {}   ", cut(&row.name, 28), level_word(row.level));
        for level in row.domains {
            let _ = write!(text, "   {}   ", level_word(level));
        }
        line(out, &text);
    }
    let more = org.rows.len().saturating_sub(shown) + org.more_rows;
    if more > 0 {
        line(out, &format!("   … and {more} more (--format json or html)"));
    }
    line(out, "");
}

fn blockers(out: &mut String, org: &Org) {
    let found = org.commonest();
    if found.is_empty() {
        return;
    }
    line(out, "  COMMONEST BLOCKERS");
    for (id, blocker) in found.iter().take(10) {
        line(out, &format!("   {}", cut(&blocker_line(org, id, blocker), WIDTH - 3)));
        if blocker.blocks > 0 {
            line(out, &format!("      the next level of {} needs it", plural(blocker.blocks, "repository", "repositories")));
        }
    }
    if found.len() > 10 {
        line(out, &format!("   … and {} more criteria (--format json)", found.len() - 10));
    }
    for (cap, (count, _)) in &org.caps {
        line(out, &format!("   {}", cap_line(cap, *count)));
    }
    line(out, "");
}

fn groups(out: &mut String, what: &str, groups: &std::collections::BTreeMap<String, Group>) {
    if groups.is_empty() {
        return;
    }
    line(out, &format!("  LEAST LEVEL BY {}", what.to_uppercase()));
    for (name, group) in groups.iter().take(15) {
        let lowest: Vec<&str> = group.lowest.iter().take(3).map(String::as_str).collect();
        let named = if lowest.is_empty() { String::new() } else { format!("  {}", lowest.join(", ")) };
        let count = plural(group.repositories, "repository", "repositories");
        let text = format!("   {:<24} {}   {count}{named}", cut(name, 24), level_word(group.level));
        line(out, &cut(&text, WIDTH));
    }
    if groups.len() > 15 {
        line(out, &format!("   … and {} more (--format json)", groups.len() - 15));
    }
    line(out, "");
}

fn remarks(out: &mut String, org: &Org) {
    let waivers = org.active_waivers + org.expired_waivers;
    if waivers + org.invalid_waivers > 0 {
        let text = format!(
            "  ~ waivers: {} active, {} over, {} not valid",
            org.active_waivers,
            org.expired_waivers,
            plural(org.invalid_waivers, "mistake", "mistakes")
        );
        line(out, &text);
        for waiver in org.waivers.iter().take(10) {
            let word = if waiver.over { "ended" } else { "ends " };
            let text = format!("      {word} {}  {}  {}  {}", waiver.expires, waiver.repository, waiver.id, waiver.owner);
            line(out, &cut(&text, WIDTH));
        }
    }
    if org.not_rated_count > 0 {
        let kinds: Vec<String> = org
            .not_rated_kinds
            .iter()
            .map(|(kind, count)| format!("{count} {}", if kind.is_empty() { "of no kind" } else { kind }))
            .collect();
        line(out, &cut(&format!("  - not rated: {}", kinds.join(", ")), WIDTH));
    }
    let resolved = org.links.resolved();
    if !resolved.is_empty() {
        let settled = resolved.iter().filter(|row| row.status != "unknown").count();
        line(out, &format!("  - {settled} of {} criteria that others decide are settled by repositories that link there", resolved.len()));
    }
    if org.capping_findings + org.review_findings > 0 {
        line(out, &format!("  ! values in files: {} hold levels down, {} to review", org.capping_findings, org.review_findings));
    }
    if org.models.len() > 1 {
        let models: Vec<&str> = org.models.keys().map(String::as_str).collect();
        line(out, &cut(&format!("  ! judged by different versions of the model: {}", models.join(", ")), WIDTH));
    }
    if org.duplicates > 0 {
        let has = if org.duplicates == 1 { "1 report has" } else { &format!("{} reports have", org.duplicates) };
        line(out, &format!("  ! {has} the content of another one; all count"));
    }
    if org.failure_count > 0 {
        line(
            out,
            &format!(
                "  ? {} not be merged",
                if org.failure_count == 1 { "1 file could".to_owned() } else { format!("{} files could", org.failure_count) }
            ),
        );
        for failure in org.failures.iter().take(10) {
            line(out, &cut(&format!("      {}: {}", failure.file, failure.why), WIDTH));
        }
    }
    line(out, "  ? a level is what the files of a repository declare, not the running system");
}
