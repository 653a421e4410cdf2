//! The merged report as one file: no script, no other files, every text escaped.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{blocker_line, level_word, plural};
use crate::assess::org::{Group, Org, Row, columns};
use crate::assess::status::LEVELS;
use crate::report::visible;

const STYLE: &str = "\
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#57606a;--line:#d0d7de;--bar:#0969da;\
--l0:#b42318;--l1:#c4531a;--l2:#9a6700;--l3:#5b7a12;--l4:#1a7f37;--l5:#0b6b58;--none:#6e7781}\
@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#9198a1;--line:#3d444d;--bar:#4493f8}}\
*{box-sizing:border-box}body{margin:0 auto;max-width:70rem;padding:1rem;background:var(--bg);color:var(--fg);\
font:1rem/1.5 system-ui,-apple-system,'Segoe UI',sans-serif}\
h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.15rem;margin:2rem 0 .5rem}p{margin:.3rem 0}.dim{color:var(--dim)}\
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}\
th,td{border-bottom:1px solid var(--line);padding:.3rem .5rem;text-align:left;vertical-align:top}\
th[scope=row]{font-weight:600;overflow-wrap:anywhere}td.n{text-align:right;font-variant-numeric:tabular-nums}\
td.c{text-align:center;color:#fff;font-weight:600;min-width:3rem}\
.l0{background:var(--l0)}.l1{background:var(--l1)}.l2{background:var(--l2)}.l3{background:var(--l3)}.l4{background:var(--l4)}\
.l5{background:var(--l5)}.ln{background:var(--none)}\
.bar{display:block;height:1rem;background:var(--bar);border-radius:2px;min-width:1px}\
details{margin:.4rem 0}summary{cursor:pointer}li{overflow-wrap:anywhere}\
@media print{body{max-width:none;font-size:10pt}@page{size:A4 landscape;margin:12mm}tr{break-inside:avoid}\
td.c,.bar{print-color-adjust:exact;-webkit-print-color-adjust:exact}}";

/// The report as a page.
#[must_use]
pub fn html(org: &Org) -> String {
    let mut out = String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    let title = format!("Zero-trust maturity of {}", plural(org.reports, "repository", "repositories"));
    let _ = write!(out, "<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n");
    let dates = org.dates.as_ref().map_or_else(String::new, |(first, last)| {
        if first == last {
            format!(" Assessed as of {}.", escaped(first))
        } else {
            format!(" Assessed as of {} to {}.", escaped(first), escaped(last))
        }
    });
    let _ = writeln!(
        out,
        "<p>{} rated, {} not rated.{dates}</p>\n<p class=\"dim\">A level is what the files of a repository declare, not the running system. \
         Levels are counted, never averaged.</p>",
        org.rated, org.not_rated_count
    );
    distribution(&mut out, org);
    blockers(&mut out, org);
    heat(&mut out, org);
    groups(&mut out, "owner", &org.owners);
    groups(&mut out, "tier", &org.tiers);
    groups(&mut out, "tag", &org.tags);
    waivers(&mut out, org);
    rest(&mut out, org);
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn distribution(out: &mut String, org: &Org) {
    out.push_str("<section>\n<h2>Levels</h2>\n<table>\n<thead><tr><th scope=\"col\">level</th><th scope=\"col\">repositories</th><th scope=\"col\">without waivers</th><th scope=\"col\" aria-hidden=\"true\"></th><th scope=\"col\">what it means</th></tr></thead>\n<tbody>\n");
    let most = org.levels.iter().copied().max().unwrap_or_default().max(1);
    for (level, name) in LEVELS.iter().enumerate() {
        let count = org.levels[level];
        let _ = writeln!(
            out,
            "<tr><td class=\"c l{level}\">{level}</td><td class=\"n\">{count}</td><td class=\"n\">{}</td><td aria-hidden=\"true\" style=\"width:30%\"><span class=\"bar\" style=\"width:{}%\"></span></td><td>{name}</td></tr>",
            org.levels_without_waivers[level],
            count * 100 / most
        );
    }
    out.push_str("</tbody>\n</table>\n</section>\n");
}

fn blockers(out: &mut String, org: &Org) {
    let found = org.commonest();
    if found.is_empty() {
        return;
    }
    out.push_str("<section>\n<h2>Commonest blockers</h2>\n");
    for (id, blocker) in &found {
        let next = if blocker.blocks > 0 { format!("; the next level of {} needs it", blocker.blocks) } else { String::new() };
        let names: String = blocker.repositories.iter().fold(String::new(), |mut list, name| {
            let _ = write!(list, "<li>{}</li>", escaped(name));
            list
        });
        let more = blocker.fail.saturating_sub(blocker.repositories.len());
        let more = if more > 0 { format!("<li>… and {more} more</li>") } else { String::new() };
        let _ = writeln!(
            out,
            "<details id=\"{id}\"><summary>{}{next}</summary><ul>{names}{more}</ul></details>",
            escaped(&blocker_line(org, id, blocker))
        );
    }
    for (cap, (count, names)) in &org.caps {
        let names: Vec<String> = names.iter().map(|name| escaped(name)).collect();
        let _ = writeln!(out, "<p>{} holds down {}: {}</p>", escaped(cap), plural(*count, "repository", "repositories"), names.join(", "));
    }
    out.push_str("</section>\n");
}

fn cell(out: &mut String, level: Option<u8>) {
    let class = level.map_or_else(|| "ln".to_owned(), |level| format!("l{}", level.min(5)));
    let _ = write!(out, "<td class=\"c {class}\">{}</td>", level_word(level));
}

fn heat(out: &mut String, org: &Org) {
    if org.rows.is_empty() {
        return;
    }
    out.push_str("<section>\n<h2>Repositories, the lowest first</h2>\n<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">repository</th><th scope=\"col\">level</th>");
    for column in columns() {
        let _ = write!(out, "<th scope=\"col\">{column}</th>");
    }
    out.push_str("<th scope=\"col\">why</th></tr></thead>\n<tbody>\n");
    for row in &org.rows {
        let about: Vec<String> = [&row.owner, &row.tier].into_iter().flatten().map(|text| escaped(text)).collect();
        let about = if about.is_empty() { String::new() } else { format!("<br><span class=\"dim\">{}</span>", about.join(" · ")) };
        let _ = write!(out, "<tr><th scope=\"row\" title=\"{}\">{}{about}</th>", escaped(&row.file), escaped(&row.name));
        cell(out, row.level);
        row.domains.iter().for_each(|level| cell(out, *level));
        let _ = writeln!(out, "<td>{}</td></tr>", escaped(&row.reason));
    }
    out.push_str("</tbody>\n</table></div>\n");
    if org.more_rows > 0 {
        let _ = writeln!(out, "<p>… and {} more, at these levels or higher; all are counted above.</p>", org.more_rows);
    }
    out.push_str("</section>\n");
}

fn groups(out: &mut String, what: &str, groups: &BTreeMap<String, Group>) {
    if groups.is_empty() {
        return;
    }
    let _ = write!(
        out,
        "<section>\n<h2>Least level by {what}</h2>\n<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">{what}</th><th scope=\"col\">least level</th><th scope=\"col\">repositories</th><th scope=\"col\">lowest</th></tr></thead>\n<tbody>\n"
    );
    for (name, group) in groups {
        let _ = write!(out, "<tr><th scope=\"row\">{}</th>", escaped(name));
        cell(out, group.level);
        let lowest: Vec<String> = group.lowest.iter().map(|name| escaped(name)).collect();
        let _ = writeln!(out, "<td class=\"n\">{}</td><td>{}</td></tr>", group.repositories, lowest.join(", "));
    }
    out.push_str("</tbody>\n</table></div>\n</section>\n");
}

fn waivers(out: &mut String, org: &Org) {
    if org.waivers.is_empty() && org.invalid_waivers == 0 {
        return;
    }
    let _ = writeln!(
        out,
        "<section>\n<h2>Waivers by their end</h2>\n<p>{} active, {} over, {} in files of waivers.</p>",
        org.active_waivers,
        org.expired_waivers,
        plural(org.invalid_waivers, "mistake", "mistakes")
    );
    out.push_str("<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">ends</th><th scope=\"col\">repository</th><th scope=\"col\">waiver</th><th scope=\"col\">owner</th><th scope=\"col\">criteria</th></tr></thead>\n<tbody>\n");
    for waiver in &org.waivers {
        let over = if waiver.over { " (over)" } else { "" };
        let _ = writeln!(
            out,
            "<tr><td>{}{over}</td><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>",
            escaped(&waiver.expires),
            escaped(&waiver.repository),
            escaped(&waiver.id),
            escaped(&waiver.owner),
            escaped(&waiver.criteria.join(", "))
        );
    }
    out.push_str("</tbody>\n</table></div>\n</section>\n");
}

fn rest(out: &mut String, org: &Org) {
    let resolved = org.links.resolved();
    if !resolved.is_empty() {
        out.push_str("<section>\n<h2>What other repositories decide</h2>\n<ul>\n");
        for row in &resolved {
            let by = if row.by.is_empty() { String::new() } else { format!(" ({})", escaped(&row.by.join(", "))) };
            let _ =
                writeln!(out, "<li>{} {}: {}{by}</li>", escaped(&row.repository), escaped(&row.criterion), row.status.replace('_', " "));
        }
        out.push_str("</ul>\n</section>\n");
    }
    if org.not_rated_count > 0 {
        out.push_str("<section>\n<h2>Not rated</h2>\n<ul>\n");
        let item = |row: &Row| format!("<li>{} <span class=\"dim\">{}</span></li>\n", escaped(&row.name), escaped(&row.reason));
        org.not_rated.iter().for_each(|row| out.push_str(&item(row)));
        let more = org.not_rated_count - org.not_rated.len();
        if more > 0 {
            let _ = writeln!(out, "<li>… and {more} more</li>");
        }
        out.push_str("</ul>\n</section>\n");
    }
    if org.failure_count > 0 {
        out.push_str("<section>\n<h2>Not merged</h2>\n<ul>\n");
        for failure in &org.failures {
            let _ = writeln!(out, "<li>{}: {}</li>", escaped(&failure.file), escaped(&failure.why));
        }
        out.push_str("</ul>\n</section>\n");
    }
}

/// Text from reports in an element or attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
