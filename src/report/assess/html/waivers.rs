//! Waivers: in force, expired, rejected, and those that cover nothing.

use std::fmt::Write as _;

use super::Part;
use super::markup::{Esc, capital, criterion, place, put};
use crate::assess::Assessment;
use crate::assess::waivers::Waiver;
use crate::report::assess::About;

pub(super) fn part(assessment: &Assessment, about: &About) -> Part {
    let waivers = &assessment.waivers;
    let all = waivers.active.len() + waivers.unmatched.len() + waivers.expired.len() + waivers.invalid.len();
    let mut body = String::new();
    if all > 0 {
        put!(
            body,
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table of waivers\"><table><caption class=\"vh\">Waivers</caption>\n"
        );
        put!(
            body,
            "<thead><tr><th scope=\"col\">Waiver</th><th scope=\"col\">State</th><th scope=\"col\">Covers</th><th scope=\"col\">Reason</th><th scope=\"col\">Owner</th><th scope=\"col\">Ends</th></tr></thead>\n<tbody>\n"
        );
        waivers.active.iter().for_each(|waiver| row(&mut body, waiver, "in force", about));
        waivers.unmatched.iter().for_each(|waiver| row(&mut body, waiver, "covers nothing", about));
        waivers.expired.iter().for_each(|waiver| row(&mut body, waiver, "expired", about));
        for waiver in &waivers.invalid {
            let id = if waiver.id.is_empty() { "–" } else { &waiver.id };
            put!(
                body,
                "<tr><th scope=\"row\">{}<br><span class=\"small\">{}</span></th><td>rejected</td><td colspan=\"4\">{}</td></tr>\n",
                Esc(id),
                place(about, &waiver.spot),
                Esc(&capital(&waiver.reason))
            );
        }
        put!(body, "</tbody></table></div>\n");
    }
    let lead = "A waiver takes a subject out of a criterion until its end. The level without waivers is always given beside the headline.";
    Part { id: "waivers", title: "Waivers", number: Some(all), lead: lead.to_owned(), body }
}

fn row(out: &mut String, waiver: &Waiver, state: &str, about: &About) {
    put!(
        out,
        "<tr><th scope=\"row\">{}<br><span class=\"small\">{}</span></th><td>{state}</td><td>",
        Esc(&waiver.id),
        place(about, &waiver.spot)
    );
    let mut covers: Vec<String> = waiver.criteria.iter().map(|id| criterion(id)).collect();
    covers.extend(waiver.findings.iter().map(|finding| format!("<code>{}</code>", Esc(finding))));
    put!(out, "{}</td><td>{}</td><td>{}", covers.join(", "), Esc(&waiver.reason), Esc(&waiver.owner));
    if let Some(by) = &waiver.approved_by {
        put!(out, "<br><span class=\"muted small\">approved by {}</span>", Esc(by));
    }
    let ends = waiver.expires.map_or_else(|| "–".to_owned(), |date| date.to_string());
    put!(out, "</td><td class=\"num\">{ends}</td></tr>\n");
}
