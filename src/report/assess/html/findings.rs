//! Values in files that are credentials, or look like ones: where, of what kind, how long; never the values.

use std::fmt::Write as _;

use super::Part;
use super::markup::{Esc, Path, capital, count, level, place, put, thousands};
use crate::assess::Assessment;
use crate::assess::inventory::{Effect, Finding};
use crate::report::assess::About;

const MAX_FINDINGS: usize = 500;

pub(super) fn part(assessment: &Assessment, about: &About) -> Part {
    let findings = &assessment.findings;
    let mut body = String::new();
    if !findings.is_empty() {
        put!(
            body,
            "<div class=\"scroll{}\" tabindex=\"0\" role=\"region\" aria-label=\"Table of values in files\"><table data-sort><caption class=\"vh\">Values in files</caption>\n",
            if findings.len() > 20 { " tall" } else { "" }
        );
        put!(
            body,
            "<thead><tr><th scope=\"col\" class=\"c\">Holds at</th><th scope=\"col\">What</th><th scope=\"col\">Of</th><th scope=\"col\">Place</th></tr></thead>\n<tbody>\n"
        );
        for finding in findings.iter().take(MAX_FINDINGS) {
            row(&mut body, finding, about);
        }
        put!(body, "</tbody></table></div>\n");
        if findings.len() > MAX_FINDINGS {
            put!(body, "<p class=\"muted small\">{} more are in the JSON report.</p>\n", thousands(findings.len() - MAX_FINDINGS));
        }
    }
    let lead = "Credentials that are written in files, and what looks like them. What is published has to be changed, not only taken out.";
    Part { id: "secrets", title: "Values in files", number: Some(findings.len()), lead: lead.to_owned(), body }
}

fn row(out: &mut String, finding: &Finding, about: &About) {
    let (order, holds) = match (finding.allowed, finding.effect.cap()) {
        (Some(_), _) => (8, "<span class=\"tag\">allowed</span>".to_owned()),
        (None, Some(cap)) => (cap, level(Some(cap))),
        (None, None) => {
            (if finding.effect == Effect::Review { 6 } else { 7 }, format!("<span class=\"tag\">{}</span>", finding.effect.as_str()))
        }
    };
    let length = count(finding.length, "character", "characters");
    put!(
        out,
        "<tr><td class=\"c\" data-v=\"{order}\">{holds}</td><td>{} <span class=\"muted\">({length})</span></td><td>{}</td><td class=\"where-col\">{}",
        Esc(&capital(finding.title)),
        Path(&finding.subject.to_string()),
        place(about, &finding.spot)
    );
    if finding.places > 1 {
        put!(out, "<br><span class=\"small muted\">{} in all</span>", count(finding.places, "place", "places"));
    }
    if let Some(commit) = &finding.commit {
        put!(out, "<br><span class=\"small muted\">in the history alone, since commit <code>{}</code></span>", Esc(&super::short(commit)));
    }
    if let Some(mark) = finding.allowed {
        put!(out, "<br><span class=\"small muted\">allowed by <code>{}</code></span>", Esc(mark));
    }
    put!(out, "</td></tr>\n");
}
