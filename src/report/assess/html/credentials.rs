//! The inventory of credentials: who uses what, and how it is held.

use std::fmt::Write as _;

use super::Part;
use super::markup::{Esc, Path, Prose, place, put, thousands};
use crate::assess::Assessment;
use crate::assess::inventory::{Consumer, Credential};
use crate::assess::observe::Subject;
use crate::report::assess::About;

/// Credentials beyond this many are left to the JSON report.
pub(super) const MAX_CREDENTIALS: usize = 2000;

/// What the rungs mean.
const RUNGS: [&str; 5] = [
    "its value is in a file",
    "set by hand, or a well-known default",
    "a platform store",
    "a manager that rotates",
    "leased, or identity alone",
];

pub(super) fn part(assessment: &Assessment, about: &About) -> Part {
    let mut credentials: Vec<&Credential> = assessment.credentials.iter().collect();
    credentials.sort_by_key(|credential| credential.holding.rung().unwrap_or(9));
    let mut body = String::new();
    if !credentials.is_empty() {
        shares(&mut body, &credentials);
        tools(&mut body, &credentials);
        let tall = if credentials.len() > 20 { " tall" } else { "" };
        put!(
            body,
            "<div class=\"scroll{tall}\" tabindex=\"0\" role=\"region\" aria-label=\"Table of credentials\"><table id=\"credentials-table\" data-sort><caption class=\"vh\">Credentials, worst held first</caption>\n"
        );
        put!(
            body,
            "<thead><tr><th scope=\"col\" class=\"c\">Rung</th><th scope=\"col\">Name</th><th scope=\"col\">Used by</th><th scope=\"col\">Held</th><th scope=\"col\">Place</th></tr></thead>\n<tbody>\n"
        );
        for credential in credentials.iter().take(MAX_CREDENTIALS) {
            row(&mut body, credential, about);
        }
        put!(body, "</tbody></table></div>\n");
        if credentials.len() > MAX_CREDENTIALS {
            put!(body, "<p class=\"muted small\">{} more are in the JSON report.</p>\n", thousands(credentials.len() - MAX_CREDENTIALS));
        }
    }
    let lead = "Every credential that a workload, a pipeline or a tool uses here, worst held first. Levels 1 to 4 follow from this list.";
    Part { id: "credentials", title: "Credentials", number: Some(credentials.len()), lead: lead.to_owned(), body }
}

/// How many stand on each rung.
fn shares(out: &mut String, credentials: &[&Credential]) {
    put!(out, "<ul class=\"legend bars\">\n");
    for (rung, meaning) in (0..=4u8).zip(RUNGS) {
        let number = credentials.iter().filter(|credential| credential.holding.rung() == Some(rung)).count();
        put!(out, "<li><span class=\"lv lv{rung}\">{rung}</span> {meaning}: <strong class=\"num\">{}</strong></li>\n", thousands(number));
    }
    let open = credentials.iter().filter(|credential| credential.holding.rung().is_none()).count();
    if open > 0 {
        put!(out, "<li><span class=\"lv lvx\">?</span> a template decides: <strong class=\"num\">{}</strong></li>\n", thousands(open));
    }
    put!(out, "</ul>\n");
}

fn tools(out: &mut String, credentials: &[&Credential]) {
    if credentials.len() < 8 {
        return;
    }
    put!(
        out,
        "<form class=\"tools js-only\" data-table=\"credentials-table\"><label>Find <input name=\"word\" type=\"search\"></label><label>Rung <select name=\"key\"><option value=\"\">all</option>"
    );
    for rung in 0..=4u8 {
        put!(out, "<option>{rung}</option>");
    }
    put!(out, "<option value=\"?\">open</option></select></label><span class=\"count num\" role=\"status\"></span></form>\n");
}

fn row(out: &mut String, credential: &Credential, about: &About) {
    let rung = credential.holding.rung();
    let key = rung.map_or_else(|| "?".to_owned(), |rung| rung.to_string());
    let consumer = Subject { part: String::new(), ..credential.subject.clone() }.to_string();
    let kind = match credential.consumer {
        Consumer::Workload => "",
        Consumer::Pipeline => " <span class=\"tag\">pipeline</span>",
        Consumer::Tool => " <span class=\"tag\">tool</span>",
    };
    let shown =
        rung.map_or_else(|| "<span class=\"lv lvx\">?</span>".to_owned(), |rung| format!("<span class=\"lv lv{rung}\">{rung}</span>"));
    // a value in a file may be all that is known of it
    let name = match credential.subject.part.as_str() {
        "" => "<span class=\"muted\">no name</span>".to_owned(),
        name => format!("<code>{}</code>", Esc(name)),
    };
    put!(
        out,
        "<tr data-key=\"{key}\"><td class=\"c\" data-v=\"{}\">{shown}</td><th scope=\"row\" class=\"name\">{name}</th><td>{}{kind}",
        rung.unwrap_or(9),
        Path(&consumer)
    );
    if let Some(environment) = &credential.reach.environment {
        put!(out, " <span class=\"muted small\">{}</span>", Esc(environment));
    }
    put!(out, "</td><td>{}</td><td class=\"where-col\">", Prose(&credential.source));
    for (at, spot) in credential.spots.iter().take(3).enumerate() {
        put!(out, "{}{}", if at > 0 { "<br>" } else { "" }, place(about, spot));
    }
    if credential.spots.len() > 3 {
        put!(out, "<br><span class=\"muted small\">and {} more</span>", credential.spots.len() - 3);
    }
    put!(out, "</td></tr>\n");
}
