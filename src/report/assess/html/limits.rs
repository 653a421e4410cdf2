//! What no repository shows, what was not read, and how the level is computed.

use std::fmt::Write as _;

use super::Part;
use super::markup::{Esc, Path, Prose, capital, criterion, put, thousands};
use crate::assess::Assessment;
use crate::assess::criteria::{NOT_READ, limits};
use crate::assess::status::Domain;
use crate::report::assess::About;

const MAX_SKIPPED: usize = 200;
const MAX_UNKNOWN: usize = 100;

const METHOD: &[&str] = &[
    "Workloads are grouped into scopes by environment and namespace. A scope has a level if every ★ criterion of that level and of all below it is met, waived or without a subject.",
    "The headline is the lowest level of the scopes in production or of no stated environment. Disqualifiers hold it down whatever else is met.",
    "A domain’s level is the highest with a criterion that is met, below the first that is not.",
    "Unknown is not met. Nothing is weighted, and nothing is averaged across levels.",
];

pub(super) fn part(assessment: &Assessment, _: &About) -> Part {
    let mut body = String::from("<div class=\"panel cols\">\n");
    for domain in Domain::ALL {
        put!(body, "<div><h3 class=\"small-head\">{}: no repository shows</h3><ul class=\"bullets\">", capital(domain.as_str()));
        limits(domain).iter().for_each(|limit| put!(body, "<li>{}</li>", Prose(limit)));
        put!(body, "</ul></div>\n");
    }
    put!(body, "<div><h3 class=\"small-head\">This version does not look at</h3><ul class=\"bullets\">");
    NOT_READ.iter().for_each(|limit| put!(body, "<li>{}</li>", Prose(limit)));
    put!(body, "</ul></div>\n<div><h3 class=\"small-head\">How the level is computed</h3><ul class=\"bullets\">");
    METHOD.iter().for_each(|line| put!(body, "<li>{line}</li>"));
    put!(body, "</ul></div>\n</div>\n");
    unknown(&mut body, assessment);
    skipped(&mut body, assessment);
    let lead = "A level is what the files declare. These are the limits of that, and the method.";
    Part { id: "limits", title: "Limits and method", number: None, lead: lead.to_owned(), body }
}

fn unknown(out: &mut String, assessment: &Assessment) {
    if assessment.unknown.is_empty() {
        return;
    }
    put!(out, "<div class=\"group\"><h3>Unknown</h3>\n<ul class=\"bullets\">\n");
    for (id, scope, reason) in assessment.unknown.iter().take(MAX_UNKNOWN) {
        put!(out, "<li>{} in {}: {}</li>\n", criterion(id), Path(scope), Prose(reason.explain()));
    }
    put!(out, "</ul>\n");
    if assessment.unknown.len() > MAX_UNKNOWN {
        put!(out, "<p class=\"muted small\">{} more are in the JSON report.</p>\n", thousands(assessment.unknown.len() - MAX_UNKNOWN));
    }
    put!(out, "</div>\n");
}

fn skipped(out: &mut String, assessment: &Assessment) {
    if assessment.skipped.is_empty() {
        return;
    }
    put!(
        out,
        "<div class=\"group\"><details><summary>Files that were not read ({})</summary>\n<ul class=\"places\">\n",
        thousands(assessment.skipped.len())
    );
    for file in assessment.skipped.iter().take(MAX_SKIPPED) {
        put!(out, "<li><code>{}</code> <span class=\"muted\">{}</span></li>\n", Path(&file.path), Esc(&file.reason));
    }
    put!(out, "</ul>\n");
    if assessment.skipped.len() > MAX_SKIPPED {
        put!(out, "<p class=\"muted small\">{} more are in the JSON report.</p>\n", thousands(assessment.skipped.len() - MAX_SKIPPED));
    }
    put!(out, "</details></div>\n");
}
