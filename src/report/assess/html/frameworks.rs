//! Frameworks: what the evidence supports of each, one sheet a framework; tabs where the script runs.

use std::fmt::Write as _;

use super::Part;
use super::markup::{Esc, Prose, capital, criterion, put};
use crate::assess::Assessment;
use crate::assess::frameworks::support::{Row, Support, rows};
use crate::assess::frameworks::{Basis, FOOTER, FRAMEWORKS, Framework};
use crate::report::assess::About;

/// All frameworks, or the one that was asked for.
pub(super) fn part(assessment: &Assessment, about: &About) -> Part {
    let mut body = "<div>\n<div class=\"tabs js-only\"></div>\n".to_owned();
    for framework in FRAMEWORKS.iter().filter(|own| about.framework.is_none_or(|asked| asked.id == own.id)) {
        sheet(&mut body, assessment, framework);
    }
    put!(body, "<p class=\"small muted\">{}</p>\n</div>\n", Esc(FOOTER));
    let lead = "Which controls the evidence supports. Supporting a control is not satisfying it.";
    Part { id: "frameworks", title: "Frameworks", number: None, lead: lead.to_owned(), body }
}

fn sheet(out: &mut String, assessment: &Assessment, framework: &'static Framework) {
    put!(out, "<div class=\"sheet\" id=\"framework-{}\">\n<h3>{}</h3>\n", Esc(framework.id), Esc(framework.name));
    if !framework.note.is_empty() {
        put!(out, "<p class=\"small muted\">{}</p>\n", Prose(framework.note));
    }
    put!(
        out,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\"><table><caption class=\"vh\">{0}</caption>\n<thead><tr><th scope=\"col\">{1}</th><th scope=\"col\">Asks</th><th scope=\"col\">Evidence</th><th scope=\"col\">Criteria</th></tr></thead>\n<tbody>\n",
        Esc(framework.name),
        Esc(&capital(framework.unit))
    );
    rows(assessment, framework).iter().for_each(|own| row(out, own));
    put!(out, "</tbody></table></div>\n");
    if !framework.outside.is_empty() {
        put!(out, "<details><summary>Outside of what a repository shows ({})</summary><ul class=\"places\">\n", framework.outside.len());
        for one in framework.outside {
            put!(out, "<li><strong>{}</strong> {}: <span class=\"muted\">{}</span></li>\n", Esc(one.id), Prose(one.what), Prose(one.why));
        }
        put!(out, "</ul></details>\n");
    }
    put!(out, "</div>\n");
}

fn row(out: &mut String, row: &Row<'_>) {
    let control = row.control;
    let (class, glyph) = match row.support {
        Support::Supported => ("st-met", "✓"),
        Support::Partly => ("st-partial", "◐"),
        Support::NotSupported => ("st-not_met", "✗"),
        Support::Unknown => ("st-unknown", "?"),
        Support::NoSubject => ("st-not_applicable", "–"),
    };
    let ids: Vec<String> = control.criteria.iter().map(|id| criterion(id)).collect();
    put!(
        out,
        "<tr><th scope=\"row\"><code>{}</code></th><td>{}<br><span class=\"small muted\">{}</span></td><td><span class=\"{class}\"><span class=\"glyph\" aria-hidden=\"true\">{glyph}</span> {}</span>",
        Esc(control.id),
        Prose(&capital(control.asks)),
        Prose(control.supports),
        row.support.word()
    );
    if let Some(stage) = row.stage {
        put!(out, "<br><span class=\"small muted\">consistent with {}</span>", Esc(stage));
    }
    match (control.basis, control.source) {
        (Basis::Memory, _) | (_, None) => put!(out, "<br><span class=\"small muted\">not checked against a source</span>"),
        (Basis::Outline, Some(_)) => put!(out, "<br><span class=\"small muted\">by title and outline</span>"),
        (Basis::Text, Some(_)) => {}
    }
    put!(out, "</td><td>{}</td></tr>\n", ids.join(", "));
}
