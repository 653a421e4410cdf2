//! What to do next, in the order in which it can be done, with what it brings and costs.

use std::fmt::Write as _;

use super::Part;
use super::markup::{Esc, Prose, capital, count, criterion, lines, place, put};
use crate::assess::Assessment;
use crate::assess::advice::{Gain, Phase, Point, Step};
use crate::assess::criteria::Effort;
use crate::report::assess::About;

/// Places that a step names.
const MAX_PLACES: usize = 3;

pub(super) fn part(assessment: &Assessment, about: &About) -> Part {
    let steps = &assessment.steps;
    let mut body = String::new();
    for phase in Phase::ALL {
        let own: Vec<(usize, &Step)> = steps.iter().enumerate().filter(|(_, step)| step.phase == phase).collect();
        if own.is_empty() {
            continue;
        }
        put!(body, "<h3 class=\"phase\">{}</h3>\n<ol class=\"steps panel\">\n", capital(phase.title()));
        own.into_iter().for_each(|(at, step)| row(&mut body, at, step, about, steps));
        put!(body, "</ol>\n");
    }
    let lead =
        "In an order that breaks nothing: what is observed comes before what is enforced. Each says what it lifts and what it costs.";
    Part { id: "next", title: "Next steps", number: Some(steps.len()), lead: lead.to_owned(), body }
}

fn row(out: &mut String, at: usize, step: &Step, about: &About, all: &[Step]) {
    put!(out, "<li id=\"step-{}\"><div><h3><span class=\"n\">{}</span>{}", Esc(step.id), at + 1, Prose(&step.title));
    if step.soon {
        put!(out, " <span class=\"tag strong\">next</span>");
    }
    put!(out, "</h3>\n<p class=\"do\">{}</p>\n", Prose(&step.advice));
    if !step.observe.is_empty() {
        put!(out, "<p class=\"do\"><strong>Look first:</strong> {}</p>\n", Prose(&capital(&step.observe)));
    }
    if !step.places.is_empty() {
        put!(out, "<ul class=\"places\">\n");
        step.places.iter().take(MAX_PLACES).for_each(|point| put!(out, "<li>{}</li>\n", self::point(point, about)));
        if step.subjects > MAX_PLACES {
            put!(out, "<li class=\"muted\">{} in all</li>\n", count(step.subjects, "place", "places"));
        }
        put!(out, "</ul>\n");
    }
    if !step.patch.is_empty() {
        put!(out, "<details><summary>What to write, for example</summary><pre><code>{}</code></pre></details>\n", lines(&step.patch));
    }
    put!(out, "</div>\n<dl class=\"meta\"><div><dt>Gain</dt><dd>{}</dd></div>\n", gain(&step.gain));
    put!(out, "<div><dt>Effort</dt><dd>{}</dd></div>\n", effort(step.effort));
    if !step.after.is_empty() {
        let numbers: Vec<String> = step
            .after
            .iter()
            .filter_map(|id| all.iter().position(|other| other.id == *id))
            .map(|at| format!("<a href=\"#step-{}\">step {}</a>", Esc(all[at].id), at + 1))
            .collect();
        put!(out, "<div><dt>After</dt><dd>{}</dd></div>\n", numbers.join(", "));
    }
    let ids: Vec<String> = step.disqualifiers.iter().chain(&step.criteria).map(|id| criterion(id)).collect();
    if !ids.is_empty() {
        put!(out, "<div><dt>For</dt><dd>{}</dd></div>", ids.join(", "));
    }
    put!(out, "</dl></li>\n");
}

fn gain(gain: &Gain) -> String {
    let mut parts: Vec<String> = gain.level.map(|level| format!("<strong>level {level}</strong>")).into_iter().collect();
    parts.extend(gain.domains.iter().map(|(domain, from, to)| format!("{} {from}\u{2009}→\u{2009}{to}", domain.as_str())));
    if parts.is_empty() { "a part of a level".to_owned() } else { parts.join("<br>") }
}

fn effort(effort: Effort) -> &'static str {
    match effort {
        Effort::Small => "S (hours)",
        Effort::Medium => "M (days)",
        Effort::Large => "L (weeks)",
    }
}

/// What was found and where, as markup.
pub(super) fn point(point: &Point, about: &About) -> String {
    let subject = if point.subject.is_empty() { String::new() } else { format!("{}: ", super::markup::Path(&point.subject)) };
    let at = point.spot.as_ref().map_or_else(String::new, |spot| format!(" · {}", place(about, spot)));
    format!("{subject}{}{at}", Prose(&point.detail))
}
