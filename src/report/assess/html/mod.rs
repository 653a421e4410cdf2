//! The report as one HTML file: no request, no style or script but its own, readable without the script.
//!
//! A section is a function that gives its content; an empty one is left out of the page and its contents.

mod change;
mod credentials;
mod criteria;
mod findings;
mod frameworks;
mod gauge;
mod headline;
mod heat;
mod limits;
pub(super) mod markup;
mod questions;
mod radar;
mod reach;
mod steps;
mod waivers;

use std::fmt::Write as _;

use data_encoding::BASE64;
use sha2::{Digest as _, Sha256};

use self::markup::{Esc, count, put};
use super::About;
use crate::assess::Assessment;
use crate::assess::result::MODEL;
use crate::report::escape::is_hidden;

pub(super) const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// Beyond this many bytes the JSON report is not put into the page.
const MAX_JSON: usize = 2 * 1024 * 1024;

/// A section of the page.
struct Part {
    id: &'static str,
    title: &'static str,
    /// What stands beside the title in the contents.
    number: Option<usize>,
    /// A sentence below the title.
    lead: String,
    body: String,
}

/// The page. The same assessment gives the same bytes.
#[must_use]
pub fn html(assessment: &Assessment, about: &About) -> String {
    let mut parts = parts(assessment, about);
    parts.retain(|part| !part.body.is_empty());
    let mut out = String::with_capacity(64 * 1024);
    head(&mut out, assessment);
    put!(out, "<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n<div class=\"frame\">\n");
    rail(&mut out, assessment, about, &parts);
    put!(out, "<main id=\"main\">\n{}", headline::headline(assessment, about));
    for part in &parts {
        markup::section(&mut out, part.id, part.title, &part.lead, &part.body);
    }
    let data = data(assessment, about);
    foot(&mut out, about, assessment, data.is_some());
    put!(out, "</main>\n</div>\n{}", data.unwrap_or_default());
    put!(out, "<script>{SCRIPT}</script>\n</body>\n</html>\n");
    out
}

fn parts(assessment: &Assessment, about: &About) -> Vec<Part> {
    vec![
        change::part(assessment, about),
        steps::part(assessment, about),
        radar::part(assessment),
        heat::environments(assessment),
        heat::services(assessment),
        criteria::part(assessment, about),
        findings::part(assessment, about),
        credentials::part(assessment, about),
        reach::part(assessment),
        questions::part(assessment, about),
        frameworks::part(assessment, about),
        waivers::part(assessment, about),
        limits::part(assessment, about),
    ]
}

/// What a policy for contents names the page's style by.
pub(super) fn style_hash() -> String {
    hash(STYLE)
}

fn hash(text: &str) -> String {
    format!("'sha256-{}'", BASE64.encode(&Sha256::digest(text.as_bytes())))
}

/// The policy lets nothing be loaded, and nothing run or style but what this page holds.
#[must_use]
pub fn content_security_policy() -> String {
    format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

fn head(out: &mut String, assessment: &Assessment) {
    let level = assessment.overall.level.map_or_else(|| "not rated".to_owned(), |level| format!("level {level}"));
    put!(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    put!(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n", content_security_policy());
    put!(
        out,
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
    );
    put!(
        out,
        "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"generator\" content=\"ztctl {}\">\n",
        env!("CARGO_PKG_VERSION")
    );
    put!(out, "<title>{}: zero trust, {level}</title>\n<style>{STYLE}</style>\n</head>\n", Esc(&assessment.target));
}

fn rail(out: &mut String, assessment: &Assessment, about: &About, parts: &[Part]) {
    put!(out, "<header class=\"rail\">\n<p class=\"brand\">{}<span>", Esc(&assessment.target));
    if let Some(commit) = &about.commit {
        put!(out, "commit {}{}<br>", Esc(&short(commit)), if about.dirty == Some(true) { ", files changed" } else { "" });
    }
    put!(out, "{}</span></p>\n<nav aria-label=\"Contents\"><ul>\n<li><a href=\"#level\">Level</a></li>\n", assessment.as_of);
    for part in parts {
        markup::contents(out, part.id, part.title, part.number);
    }
    put!(out, "</ul></nav>\n<button type=\"button\" class=\"theme js-only\">Theme: system</button>\n</header>\n");
}

fn foot(out: &mut String, about: &About, assessment: &Assessment, has_data: bool) {
    put!(
        out,
        "<footer class=\"foot\"><p>ztctl {}, model {MODEL}, as of {}, {} read",
        env!("CARGO_PKG_VERSION"),
        assessment.as_of,
        count(assessment.scanned, "file", "files")
    );
    if let Some(commit) = &about.commit {
        put!(out, ", commit <code>{}</code>", Esc(commit));
    }
    put!(out, ", configuration <code>{}</code>. No value of a credential is in this file.</p>\n", Esc(&about.config_digest));
    let data = if has_data {
        "The JSON report is in this file too, in the element <code>assessment</code>."
    } else {
        "The JSON report is too large to be put into this file: <code>ztctl assess --format json</code> writes it."
    };
    put!(out, "<p>{data}</p></footer>\n");
}

/// The JSON report, for programs that are given the page; `None` where it is too large for it.
fn data(assessment: &Assessment, about: &About) -> Option<String> {
    let text = serde_json::to_string(&super::json::document(assessment, about)).unwrap_or_default();
    if text.len() > MAX_JSON {
        return None;
    }
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    put!(out, "<script type=\"application/json\" id=\"assessment\">");
    for c in text.chars() {
        // `<` ends scripts; the others hide text, or are ends of lines to some parsers
        if c == '<' || is_hidden(c) {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| put!(out, "\\u{unit:04x}"));
        } else {
            out.push(c);
        }
    }
    put!(out, "</script>\n");
    Some(out)
}

/// The first characters of a revision.
fn short(commit: &str) -> String {
    commit.chars().take(12).collect()
}
