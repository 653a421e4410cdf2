//! Waivers and attestations: in force, expired, rejected, and those that cover nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Part;
use super::markup::{Esc, Prose, capital, count, criterion, place, put};
use crate::assess::Assessment;
use crate::assess::attestations::Attestation;
use crate::assess::waivers::{Rejected, Waiver};
use crate::report::assess::About;

pub(super) fn part(assessment: &Assessment, about: &About) -> Part {
    let (waivers, stated) = (&assessment.waivers, &assessment.governance.attestations);
    let all = waivers.active.len() + waivers.unmatched.len() + waivers.expired.len() + waivers.rejected();
    let statements = stated.active.len() + stated.unmatched.len() + stated.expired.len() + stated.invalid.len();
    let mut body = String::new();
    if all > 0 {
        let mut covered: BTreeMap<&str, usize> = BTreeMap::new();
        for evidence in assessment.combined.iter().flat_map(|verdict| &verdict.evidence) {
            if let Some(id) = &evidence.waived_by {
                *covered.entry(id).or_default() += 1;
            }
        }
        table(&mut body, "Waiver", "Reason");
        let mut each = |found: &[Waiver], state: &str| {
            for waiver in found {
                let number = covered.get(waiver.id.as_str()).copied().filter(|_| state == "in force").unwrap_or_default();
                let takes = if number > 0 { format!(", takes {} out", count(number, "finding", "findings")) } else { String::new() };
                let note = waiver
                    .note
                    .as_deref()
                    .map_or_else(String::new, |note| format!("<br><span class=\"muted small\">{}</span>", Prose(note)));
                row(&mut body, assessment, waiver, &format!("{state}{takes}{note}"), &Esc(&waiver.reason).to_string(), about);
            }
        };
        each(&waivers.active, "in force");
        each(&waivers.unmatched, "covers nothing");
        each(&waivers.expired, "expired");
        waivers.invalid.iter().for_each(|mistake| rejected(&mut body, mistake, about));
        put!(body, "</tbody></table></div>\n");
    } else {
        put!(body, "<p class=\"empty\">There are no waivers.</p>\n");
    }
    if statements > 0 {
        put!(body, "<h3 class=\"phase\">Attestations</h3>\n");
        if !stated.accepted && !stated.active.is_empty() {
            put!(
                body,
                "<p class=\"small muted\">They do not count in this report: <code>--accept-attestations</code> was not given.</p>\n"
            );
        }
        table(&mut body, "Attestation", "Statement");
        let mut each = |found: &[Attestation], state: &str| {
            for one in found {
                let url = one.url.as_deref().map_or_else(String::new, |url| format!("<br><span class=\"small mono\">{}</span>", Esc(url)));
                row(&mut body, assessment, &one.entry, state, &format!("{}{url}", Esc(&one.statement)), about);
            }
        };
        each(&stated.active, if stated.accepted { "counts" } else { "not counted" });
        each(&stated.unmatched, "covers nothing");
        each(&stated.expired, "expired");
        stated.invalid.iter().for_each(|mistake| rejected(&mut body, mistake, about));
        put!(body, "</tbody></table></div>\n");
    }
    let lead = "A waiver takes a subject out of a criterion until its end; an attestation states what files do not show. The level without waivers is always given beside the headline.";
    Part { id: "waivers", title: "Waivers and attestations", number: Some(all + statements), lead: lead.to_owned(), body }
}

fn table(out: &mut String, what: &str, text: &str) {
    put!(
        out,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table: {what}\"><table><caption class=\"vh\">{what}</caption>\n<thead><tr><th scope=\"col\">{what}</th><th scope=\"col\">State</th><th scope=\"col\">Covers</th><th scope=\"col\">{text}</th><th scope=\"col\">Owner</th><th scope=\"col\">Ends</th></tr></thead>\n<tbody>\n"
    );
}

/// `state` and `text` are markup.
fn row(out: &mut String, assessment: &Assessment, waiver: &Waiver, state: &str, text: &str, about: &About) {
    put!(
        out,
        "<tr><th scope=\"row\" class=\"who\">{}<br><span class=\"small\">{}</span></th><td class=\"state\">{state}</td><td>",
        Esc(&waiver.id),
        place(about, &waiver.spot)
    );
    let mut covers: Vec<String> = waiver.criteria.iter().map(|id| criterion(id)).collect();
    covers.extend(waiver.findings.iter().map(|finding| format!("<code>{}</code>", Esc(finding))));
    put!(out, "{}</td><td class=\"say\">{text}</td><td class=\"who\">{}", covers.join(", "), Esc(&waiver.owner));
    if let Some(by) = &waiver.approved_by {
        put!(out, "<br><span class=\"muted small\">approved by {}</span>", Esc(by));
    }
    put!(out, "</td><td class=\"num\">{}</td></tr>\n", ends(assessment, waiver));
}

fn ends(assessment: &Assessment, waiver: &Waiver) -> String {
    let Some(date) = waiver.expires else { return "–".to_owned() };
    let days = date.days() - assessment.as_of.days();
    let number = count(usize::try_from(days.unsigned_abs()).unwrap_or(usize::MAX), "day", "days");
    let far = if days < 0 { format!("{number} ago") } else { format!("in {number}") };
    format!("{date}<br><span class=\"muted small\">{far}</span>")
}

fn rejected(out: &mut String, mistake: &Rejected, about: &About) {
    let id = if mistake.id.is_empty() { "–" } else { &mistake.id };
    put!(
        out,
        "<tr><th scope=\"row\">{}<br><span class=\"small\">{}</span></th><td>rejected</td><td colspan=\"4\">{}</td></tr>\n",
        Esc(id),
        place(about, &mistake.spot),
        Prose(&capital(&mistake.reason))
    );
}
