//! The five questions by which a team can tell where it stands.

use std::fmt::Write as _;

use super::Part;
use super::markup::{Esc, Prose, capital, count, criterion, put};
use super::steps::point;
use crate::assess::Assessment;
use crate::assess::advice::{Answer, Question};
use crate::report::assess::About;

const MAX_PLACES: usize = 5;

pub(super) fn part(assessment: &Assessment, about: &About) -> Part {
    let mut body = String::new();
    if !assessment.questions.is_empty() {
        put!(body, "<ul class=\"answers-list panel\">\n");
        assessment.questions.iter().for_each(|question| row(&mut body, question, about));
        put!(body, "</ul>\n");
    }
    let lead = "Each asks for something that should not be. “Yes” is the bad answer; “cannot tell” says what is not in these files.";
    Part { id: "questions", title: "Self-check", number: None, lead: lead.to_owned(), body }
}

fn row(out: &mut String, question: &Question, about: &About) {
    put!(
        out,
        "<li><span class=\"verdict {}\">{}</span><div><h3>{}</h3>\n<p>{}.</p>\n",
        question.answer.as_str(),
        capital(question.answer.word()),
        Esc(question.text),
        Prose(&capital(&question.because))
    );
    if !question.evidence.is_empty() {
        put!(out, "<ul class=\"places\">\n");
        question.evidence.iter().take(MAX_PLACES).for_each(|one| put!(out, "<li>{}</li>\n", point(one, about)));
        if question.evidence.len() > MAX_PLACES {
            put!(out, "<li class=\"muted\">and {}</li>\n", count(question.evidence.len() - MAX_PLACES, "more", "more"));
        }
        put!(out, "</ul>\n");
    }
    if !question.unseen.is_empty() {
        let unseen: Vec<String> = question.unseen.iter().map(|text| Prose(text).to_string()).collect();
        put!(out, "<p class=\"small muted\">Not in these files: {}.</p>\n", unseen.join("; "));
    }
    if question.answer == Answer::Yes {
        let ids: Vec<String> = question.criteria.iter().map(|id| criterion(id)).collect();
        put!(out, "<p class=\"small\">{} <span class=\"muted\">{}</span></p>\n", Prose(question.advice), ids.join(", "));
    }
    put!(out, "</div></li>\n");
}
