//! The merged report as one file, in the style of the report of one repository: no script, no other files, every text escaped.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::super::html::markup::{Esc, Path, Prose, contents, count, level, put, section, thousands};
use super::super::html::{STYLE, style_hash};
use super::{blocker_line, cap_line, plural};
use crate::assess::org::{Group, Org, Row, columns};
use crate::assess::result::MODEL;
use crate::assess::status::LEVELS;
use crate::report::assess::capital;

/// A section of the page; one without a body is left out.
struct Part {
    id: String,
    title: String,
    number: Option<usize>,
    lead: &'static str,
    body: String,
}

/// The report as a page.
#[must_use]
pub fn html(org: &Org) -> String {
    let mut parts = vec![blockers(org), caps(org), heat(org)];
    parts.extend([("owner", &org.owners), ("tier", &org.tiers), ("tag", &org.tags)].map(|(what, own)| groups(what, own)));
    parts.extend([waivers(org), links(org), not_rated(org), failures(org)]);
    parts.retain(|part| !part.body.is_empty());
    let title = format!("Zero-trust maturity of {}", plural(org.reports, "repository", "repositories"));
    let mut out = String::with_capacity(64 * 1024);
    put!(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    put!(
        out,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src {}; base-uri 'none'; form-action 'none'\">\n",
        style_hash()
    );
    put!(
        out,
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
    );
    put!(out, "<meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n");
    put!(out, "<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n<div class=\"frame\">\n");
    put!(
        out,
        "<header class=\"rail\">\n<p class=\"brand\">{}<span>{}</span></p>\n",
        capital(&plural(org.reports, "repository", "repositories")),
        dates(org)
    );
    put!(out, "<nav aria-label=\"Contents\"><ul>\n<li><a href=\"#levels\">Levels</a></li>\n");
    for part in &parts {
        contents(&mut out, &part.id, &part.title, part.number);
    }
    put!(out, "</ul></nav>\n</header>\n<main id=\"main\">\n");
    distribution(&mut out, org, &title);
    for part in &parts {
        section(&mut out, &part.id, &part.title, part.lead, &part.body);
    }
    put!(
        out,
        "<footer class=\"foot\"><p>ztctl {}, model {MODEL}. No value of a credential is in this file.</p></footer>\n",
        env!("CARGO_PKG_VERSION")
    );
    put!(out, "</main>\n</div>\n</body>\n</html>\n");
    out
}

/// The days that the reports are as of.
fn dates(org: &Org) -> String {
    match &org.dates {
        Some((first, last)) if first == last => Esc(first).to_string(),
        Some((first, last)) => format!("{} to {}", Esc(first), Esc(last)),
        None => String::new(),
    }
}

/// How many repositories are at each level, as a table with bars.
fn distribution(out: &mut String, org: &Org, title: &str) {
    put!(out, "<section class=\"panel\" id=\"levels\" aria-labelledby=\"levels-title\">\n<h1 id=\"levels-title\">{title}</h1>\n");
    let held = org.levels_without_waivers != org.levels;
    let as_of = if org.dates.is_some() { format!(", as of {}", dates(org)) } else { String::new() };
    put!(
        out,
        "<p class=\"declared\">{} rated, {} not rated{as_of}. A level is what the files of a repository declare, not the running system. ",
        thousands(org.rated),
        thousands(org.not_rated_count)
    );
    put!(out, "Levels are counted, never averaged.</p>\n");
    put!(
        out,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Repositories by level\"><table class=\"spread\"><caption class=\"vh\">Repositories by level</caption>\n<thead><tr><th scope=\"col\" class=\"c\">Level</th><th scope=\"col\">What it means</th><th scope=\"col\" class=\"c\">Repositories</th>"
    );
    if held {
        put!(out, "<th scope=\"col\" class=\"c\">Without waivers</th>");
    }
    put!(out, "<th scope=\"col\"><span class=\"vh\">Share</span></th></tr></thead>\n<tbody>\n");
    let most = org.levels.iter().copied().max().unwrap_or_default().max(1);
    for (at, name) in (0..=5u8).zip(LEVELS) {
        let number = org.levels[usize::from(at)];
        put!(
            out,
            "<tr><th scope=\"row\" class=\"c\">{}</th><td>{}</td><td class=\"c num\">{}</td>",
            level(Some(at)),
            capital(name),
            thousands(number)
        );
        if held {
            put!(out, "<td class=\"c num\">{}</td>", thousands(org.levels_without_waivers[usize::from(at)]));
        }
        // a bar that is there is seen
        let width = if number == 0 { 0 } else { (number * 100 / most).max(1) };
        put!(
            out,
            "<td class=\"bar\"><svg viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"fl{at}\" width=\"{width}\" height=\"8\"/></svg></td></tr>\n"
        );
    }
    put!(out, "</tbody></table></div>\n</section>\n");
}

/// Blockers that are shown at once; the others open.
const FIRST: usize = 10;

fn blockers(org: &Org) -> Part {
    let found = org.commonest();
    let rows: Vec<String> = found
        .iter()
        .map(|(id, blocker)| {
            let next =
                if blocker.blocks > 0 { format!("; the next level of {} needs it", thousands(blocker.blocks)) } else { String::new() };
            let summary = format!("{}{next}", Esc(&blocker_line(org, id, blocker)));
            named(&format!(" id=\"{id}\""), &summary, &blocker.repositories, blocker.fail)
        })
        .collect();
    let mut body = String::new();
    if !rows.is_empty() {
        let (first, more) = rows.split_at(rows.len().min(FIRST));
        put!(body, "<div class=\"panel\">\n{}", first.concat());
        if !more.is_empty() {
            put!(body, "<details class=\"more\"><summary>{} more criteria</summary>\n{}</details>\n", more.len(), more.concat());
        }
        put!(body, "</div>\n");
    }
    Part {
        id: "blockers".to_owned(),
        title: "Commonest blockers".to_owned(),
        number: None,
        lead: "What stands before the next level of most repositories, then what most do not meet.",
        body,
    }
}

fn caps(org: &Org) -> Part {
    let rows: Vec<String> =
        org.caps.iter().map(|(id, (number, names))| named("", &Esc(&cap_line(id, *number)).to_string(), names, *number)).collect();
    let body = if rows.is_empty() { String::new() } else { format!("<div class=\"panel\">\n{}</div>\n", rows.concat()) };
    Part {
        id: "disqualifiers".to_owned(),
        title: "Disqualifiers".to_owned(),
        number: Some(org.caps.len()),
        lead: "What holds levels down whatever else is met.",
        body,
    }
}

/// A line that opens to the names of repositories, of which there are `number`; `summary` is markup.
fn named(attributes: &str, summary: &str, names: &BTreeSet<String>, number: usize) -> String {
    let mut out = format!("<details{attributes}><summary>{summary}</summary>\n<ul class=\"places bullets\">");
    names.iter().for_each(|name| put!(out, "<li>{}</li>", Path(name)));
    let more = number.saturating_sub(names.len());
    if more > 0 {
        put!(out, "<li class=\"muted\">… and {} more</li>", thousands(more));
    }
    put!(out, "</ul></details>\n");
    out
}

/// The beginning of a table that scrolls by itself.
fn table(out: &mut String, class: &str, label: &str, tall: bool) {
    let tall = if tall { " tall" } else { "" };
    put!(
        out,
        "<div class=\"scroll{tall}\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\"><table{class}><caption class=\"vh\">{label}</caption>\n<thead><tr>"
    );
}

fn heat(org: &Org) -> Part {
    let mut body = String::new();
    if !org.rows.is_empty() {
        table(&mut body, " class=\"heat\"", "Levels by repository", org.rows.len() > 16);
        put!(body, "<th scope=\"col\">Repository</th><th scope=\"col\" class=\"c n\">Level</th>");
        for column in columns() {
            put!(body, "<th scope=\"col\" class=\"c\">{}</th>", Esc(&capital(column)));
        }
        put!(body, "</tr></thead>\n<tbody>\n");
        for row in &org.rows {
            put!(body, "<tr><th scope=\"row\" class=\"name\" title=\"{}\">{}", Esc(&row.file), Path(&row.name));
            let about: Vec<String> = [&row.owner, &row.tier].into_iter().flatten().map(|text| Esc(text).to_string()).collect();
            if !about.is_empty() {
                put!(body, " <span class=\"small muted\">{}</span>", about.join(" · "));
            }
            put!(body, "<span class=\"why small muted\">{}</span></th><td class=\"c\">{}</td>", Prose(&row.reason), level(row.level));
            row.domains.iter().for_each(|one| put!(body, "<td class=\"c\">{}</td>", level(*one)));
            put!(body, "</tr>\n");
        }
        put!(body, "</tbody></table></div>\n");
        if org.more_rows > 0 {
            put!(
                body,
                "<p class=\"small muted\">… and {} more, at these levels or higher; all are counted above.</p>\n",
                thousands(org.more_rows)
            );
        }
    }
    let lead = "The lowest first. A dash is a domain in which the repository has nothing to judge.";
    Part { id: "repositories".to_owned(), title: "Repositories".to_owned(), number: Some(org.rated), lead, body }
}

/// Repositories named for a group; the JSON report has more.
const LOWEST: usize = 3;

fn groups(what: &str, groups: &BTreeMap<String, Group>) -> Part {
    let mut body = String::new();
    if !groups.is_empty() {
        table(&mut body, "", &format!("Least level by {what}"), false);
        put!(
            body,
            "<th scope=\"col\">{}</th><th scope=\"col\" class=\"c\">Least level</th><th scope=\"col\" class=\"c\">Repositories</th><th scope=\"col\">Lowest</th></tr></thead>\n<tbody>\n",
            capital(what)
        );
        for (name, group) in groups {
            let mut lowest: Vec<String> = group.lowest.iter().take(LOWEST).map(|name| Path(name).to_string()).collect();
            if group.lowest.len() > LOWEST {
                lowest.push("…".to_owned());
            }
            put!(
                body,
                "<tr><th scope=\"row\" class=\"who\">{}</th><td class=\"c\">{}</td><td class=\"c num\">{}</td><td>{}</td></tr>\n",
                Esc(name),
                level(group.level),
                thousands(group.repositories),
                lowest.join(", ")
            );
        }
        put!(body, "</tbody></table></div>\n");
    }
    Part { id: format!("by-{what}"), title: format!("By {what}"), number: Some(groups.len()), lead: "", body }
}

fn waivers(org: &Org) -> Part {
    let mut body = String::new();
    if !org.waivers.is_empty() || org.invalid_waivers > 0 {
        put!(
            body,
            "<p>{} active, {} over, {} in files of waivers.</p>\n",
            thousands(org.active_waivers),
            thousands(org.expired_waivers),
            count(org.invalid_waivers, "mistake", "mistakes")
        );
    }
    if !org.waivers.is_empty() {
        table(&mut body, "", "Ends of waivers", org.waivers.len() > 16);
        put!(
            body,
            "<th scope=\"col\">Ends</th><th scope=\"col\">Repository</th><th scope=\"col\">Waiver</th><th scope=\"col\">Owner</th><th scope=\"col\">Criteria</th></tr></thead>\n<tbody>\n"
        );
        for waiver in &org.waivers {
            let over = if waiver.over { " <span class=\"tag strong st-not_met\">over</span>" } else { "" };
            put!(
                body,
                "<tr><td class=\"num\">{}{over}</td><th scope=\"row\">{}</th><td>{}</td><td class=\"who\">{}</td><td>{}</td></tr>\n",
                Esc(&waiver.expires),
                Path(&waiver.repository),
                Esc(&waiver.id),
                Esc(&waiver.owner),
                Esc(&waiver.criteria.join(", "))
            );
        }
        put!(body, "</tbody></table></div>\n");
    }
    Part {
        id: "waivers".to_owned(),
        title: "Waivers by their end".to_owned(),
        number: Some(org.active_waivers + org.expired_waivers),
        lead: "",
        body,
    }
}

/// A list of lines, each of them markup.
fn listed(lines: impl Iterator<Item = String>) -> String {
    let mut out = String::new();
    lines.for_each(|line| put!(out, "<li>{line}</li>\n"));
    if out.is_empty() { out } else { format!("<ul class=\"bullets\">\n{out}</ul>\n") }
}

fn links(org: &Org) -> Part {
    let resolved = org.links.resolved();
    let body = listed(resolved.iter().map(|row| {
        let by = if row.by.is_empty() { String::new() } else { format!(" ({})", Esc(&row.by.join(", "))) };
        format!("{} <span class=\"mono\">{}</span>: {}{by}", Path(&row.repository), Esc(&row.criterion), Esc(&row.status.replace('_', " ")))
    }));
    let lead = "What a bundle of policies leaves open, and the repositories that enforce it decide.";
    Part { id: "links".to_owned(), title: "What other repositories decide".to_owned(), number: Some(resolved.len()), lead, body }
}

fn not_rated(org: &Org) -> Part {
    let more = org.not_rated_count.saturating_sub(org.not_rated.len());
    let more = (more > 0).then(|| format!("… and {} more", thousands(more)));
    let item = |row: &Row| format!("{} <span class=\"muted\">{}</span>", Path(&row.name), Prose(&row.reason));
    let body = listed(org.not_rated.iter().map(item).chain(more));
    Part { id: "not-rated".to_owned(), title: "Not rated".to_owned(), number: Some(org.not_rated_count), lead: "", body }
}

fn failures(org: &Org) -> Part {
    let more = org.failure_count.saturating_sub(org.failures.len());
    let more = (more > 0).then(|| format!("… and {} more", thousands(more)));
    let body = listed(org.failures.iter().map(|failure| format!("{}: {}", Path(&failure.file), Prose(&failure.why))).chain(more));
    Part { id: "not-merged".to_owned(), title: "Not merged".to_owned(), number: Some(org.failure_count), lead: "", body }
}
