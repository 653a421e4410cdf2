//! Every criterion with its evidence, by level.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Part;
use super::markup::{Esc, Path, Prose, capital, glyph, lines, place, put, thousands, word};
use crate::assess::Assessment;
use crate::assess::criteria::{DISQUALIFIERS, DOUBT, Disqualifier};
use crate::assess::evaluate::{Evidence, Polarity, Verdict};
use crate::assess::remedy::remedies;
use crate::assess::score::Cap;
use crate::assess::status::{Domain, LEVELS, Status};
use crate::report::assess::About;

/// Rows of evidence of one kind under a criterion; the JSON report has the rest.
const MAX_AGAINST: usize = 200;
const MAX_FOR: usize = 60;
/// Scopes listed under a criterion.
const MAX_SCOPES: usize = 60;
/// Snippets of what to write under a criterion.
const MAX_PATCHES: usize = 3;

/// Those that can be asked for.
const STATUSES: [Status; 8] =
    [Status::NotMet, Status::Partial, Status::Unknown, Status::Error, Status::Waived, Status::Attested, Status::Met, Status::NotApplicable];

pub(super) fn part(assessment: &Assessment, about: &About) -> Part {
    let mut body = String::new();
    tools(&mut body, assessment);
    caps(&mut body, assessment, about);
    for level in 1..=5u8 {
        let own: Vec<&Verdict> = assessment.combined.iter().filter(|verdict| verdict.criterion.level == level).collect();
        if own.is_empty() {
            continue;
        }
        put!(
            body,
            "<div class=\"group\"><h3><span class=\"lv lv{level}\">{level}</span> {}</h3>\n<div class=\"crits\">\n",
            capital(LEVELS[usize::from(level)])
        );
        for verdict in own {
            criterion(&mut body, assessment, about, verdict);
        }
        put!(body, "</div></div>\n");
    }
    let lead =
        "All that is asked, by level. ★ marks what the headline needs; the rest decides the domains' levels. Each opens to its evidence.";
    Part { id: "criteria", title: "Criteria", number: Some(assessment.combined.len()), lead: lead.to_owned(), body }
}

fn tools(out: &mut String, assessment: &Assessment) {
    put!(
        out,
        "<form class=\"tools js-only\" id=\"criteria-tools\">\n<label>Status <select name=\"status\"><option value=\"\">all</option><option value=\"open\">still open</option>"
    );
    for status in STATUSES {
        put!(out, "<option value=\"{}\">{}</option>", status.as_str(), word(status));
    }
    put!(out, "</select></label>\n<label>Level <select name=\"level\"><option value=\"\">all</option>");
    for level in 1..=5 {
        put!(out, "<option>{level}</option>");
    }
    put!(out, "</select></label>\n<label>Domain <select name=\"domain\"><option value=\"\">all</option>");
    for domain in Domain::ALL {
        put!(out, "<option>{}</option>", domain.as_str());
    }
    put!(
        out,
        "</select></label>\n<label>Service, file or word <input name=\"word\" type=\"search\" list=\"services-list\"></label>\n<datalist id=\"services-list\">"
    );
    let names: BTreeSet<&str> = assessment.services.iter().map(|service| service.subject.name.as_str()).collect();
    for name in names.into_iter().take(500) {
        put!(out, "<option value=\"{}\"></option>", Esc(name));
    }
    put!(
        out,
        "</datalist>\n<button type=\"button\" data-do=\"open\">Open all</button><button type=\"button\" data-do=\"close\">Close all</button>\n<span class=\"count num\" role=\"status\"></span></form>\n"
    );
}

/// What holds levels down whatever else is met: in what counts, then elsewhere, then what the page speaks of beside these.
fn caps(out: &mut String, assessment: &Assessment, about: &About) {
    let own = &assessment.overall.caps;
    let elsewhere = assessment.scopes.iter().flat_map(|scope| scope.caps.iter().map(move |cap| (cap, Some(scope.scope.name()))));
    let rest = elsewhere.filter(|(cap, _)| own.iter().all(|own| own.disqualifier != cap.disqualifier));
    let all: Vec<(&Cap, Option<String>)> = own.iter().map(|cap| (cap, None)).chain(rest).take(MAX_AGAINST).collect();
    let linked: BTreeSet<&str> = assessment.steps.iter().flat_map(|step| step.disqualifiers.iter().copied()).collect();
    let bare: Vec<&Disqualifier> =
        DISQUALIFIERS.iter().filter(|row| linked.contains(row.id) && all.iter().all(|(cap, _)| cap.disqualifier != row.id)).collect();
    if all.is_empty() && bare.is_empty() {
        return doubt(out, assessment, about);
    }
    put!(out, "<div class=\"group\"><h3>What holds levels down</h3>\n<div class=\"crits\">\n");
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (cap, scope) in &all {
        held(out, (cap.disqualifier, cap.title, cap.headline, cap.domain), &mut seen);
        match scope {
            None => put!(out, "<p>Holds the headline at {} and {} at {}.</p>\n", cap.headline, cap.domain.as_str(), cap.domain_level),
            Some(name) => {
                put!(out, "<p>Holds {} at {}, and {} there at {}.</p>\n", Path(name), cap.headline, cap.domain.as_str(), cap.domain_level)
            }
        }
        triggers(out, about, cap);
        put!(out, "</div></details>\n");
    }
    for row in bare {
        held(out, (row.id, row.title, row.headline, row.domain), &mut seen);
        put!(out, "<p>Would hold the headline at {}; nothing that counts does so now.</p></div></details>\n", row.headline);
    }
    put!(out, "</div></div>\n");
    doubt(out, assessment, about);
}

/// What makes the result doubtful, whatever the level.
fn doubt(out: &mut String, assessment: &Assessment, about: &About) {
    let warnings = &assessment.governance.warnings;
    if warnings.is_empty() {
        return;
    }
    put!(out, "<div class=\"group\"><h3>What makes the result doubtful</h3>\n<div class=\"crits\">\n");
    put!(
        out,
        "<details class=\"crit\" id=\"{id}\" data-status=\"not_met\" data-level=\"\" data-domain=\"\"><summary><span class=\"glyph st-not_met\" aria-hidden=\"true\">✗</span><span class=\"id\">{id}</span><span class=\"title\">{}</span><span class=\"dom\"></span><span class=\"word st-not_met\">confidence low</span></summary>\n<div class=\"body\"><p>{} It holds no level down.</p>\n<ul class=\"evidence\">\n",
        Esc(&capital(DOUBT.title)),
        Prose(DOUBT.when),
        id = DOUBT.id,
    );
    for warning in warnings.iter().take(MAX_AGAINST) {
        let at = warning.spot.as_ref().map_or_else(|| "the configuration".to_owned(), |spot| place(about, spot));
        put!(
            out,
            "<li><span class=\"glyph st-not_met\" aria-hidden=\"true\">✗</span><span>{}<span class=\"where\">{at}</span></span></li>\n",
            Prose(&capital(&warning.message))
        );
    }
    put!(out, "</ul>\n");
    rest(out, warnings.len(), MAX_AGAINST);
    put!(out, "</div></details>\n</div></div>\n");
}

/// The beginning of a disqualifier's entry.
fn held(out: &mut String, (id, title, headline, domain): (&'static str, &str, u8, Domain), seen: &mut BTreeSet<&'static str>) {
    // a disqualifier may have several titles and scopes; a name of the page is there once
    let name = if seen.insert(id) { format!(" id=\"{id}\"") } else { String::new() };
    put!(
        out,
        "<details class=\"crit\"{name} data-status=\"not_met\" data-level=\"{headline}\" data-domain=\"{0}\"><summary><span class=\"glyph st-not_met\" aria-hidden=\"true\">✗</span><span class=\"id\">{id}</span><span class=\"title\">{1}</span><span class=\"dom\">{0}</span><span class=\"word st-not_met\">headline ≤ {headline}</span></summary>\n<div class=\"body\">",
        domain.as_str(),
        Esc(&capital(title))
    );
}

fn triggers(out: &mut String, about: &About, cap: &Cap) {
    put!(out, "<ul class=\"evidence\">\n");
    for observation in cap.evidence.iter().take(MAX_AGAINST) {
        let at = observation.spot.as_ref().map(|spot| format!(" · {}", place(about, spot))).unwrap_or_default();
        row(out, "✗", "st-not_met", &observation.detail, &observation.subject.to_string(), &at);
    }
    put!(out, "</ul>\n");
    rest(out, cap.evidence.len(), MAX_AGAINST);
}

fn criterion(out: &mut String, assessment: &Assessment, about: &About, verdict: &Verdict) {
    let criterion = verdict.criterion;
    let status = verdict.status;
    let (met, of) = verdict.coverage();
    let share = if of > 1 { format!("{} of {} · ", thousands(met), thousands(of)) } else { String::new() };
    put!(
        out,
        "<details class=\"crit\" id=\"{id}\" data-status=\"{code}\" data-level=\"{level}\" data-domain=\"{domain}\"><summary><span class=\"glyph st-{code}\" aria-hidden=\"true\">{glyph}</span><span class=\"id\">{id}{spine}</span><span class=\"title\">{title}</span><span class=\"dom\">{domain}</span><span class=\"word num st-{code}\">{share}{word}</span></summary>\n<div class=\"body\">\n",
        id = criterion.id,
        code = status.as_str(),
        level = criterion.level,
        domain = criterion.domain.as_str(),
        glyph = glyph(status),
        spine = if criterion.spine { " <span title=\"the headline needs it\">★</span>" } else { "" },
        title = Esc(&capital(criterion.title)),
        word = word(status),
    );
    put!(
        out,
        "<p>{} <span class=\"muted\">{}</span> <a class=\"perma muted\" href=\"#{id}\" aria-label=\"Link to {id}\">#</a></p>\n",
        Esc(criterion.statement),
        Esc(criterion.why),
        id = criterion.id
    );
    if let Some(reason) = verdict.reason {
        put!(out, "<p>Unknown: {}.</p>\n", Esc(reason.explain()));
    }
    // advice is for what is not met
    if !status.is_satisfied() {
        put!(
            out,
            "<div><h4>What would make it pass <span class=\"tag\">effort {}</span></h4><p>{}</p>",
            criterion.effort.as_str(),
            Prose(criterion.pass)
        );
        patches(out, about, verdict);
        put!(out, "</div>\n");
    }
    evidence(out, about, verdict);
    scopes(out, assessment, criterion.id);
    put!(out, "</div></details>\n");
}

/// What to write, for the first things that fail by their own names, else as an example.
fn patches(out: &mut String, about: &About, verdict: &Verdict) {
    let remedies = remedies(verdict);
    for remedy in remedies.iter().take(MAX_PATCHES) {
        let at = remedy.spot.as_ref().map_or_else(String::new, |spot| format!(" · {}", place(about, spot)));
        put!(out, "<p class=\"small muted\">{}{at}</p><pre><code>{}</code></pre>", Path(&remedy.subject.to_string()), lines(&remedy.text));
    }
    if remedies.is_empty() && !verdict.criterion.patch.is_empty() {
        put!(out, "<pre><code>{}</code></pre>", lines(verdict.criterion.patch));
    }
}

fn evidence(out: &mut String, about: &About, verdict: &Verdict) {
    let of = |polarity: Polarity, waived: bool| {
        verdict.evidence.iter().filter(move |one| one.polarity == polarity && one.waived_by.is_some() == waived).collect::<Vec<_>>()
    };
    let against = of(Polarity::Contrary, false);
    if !against.is_empty() || !verdict.subjects.missing.is_empty() {
        put!(out, "<div><h4>Against it</h4><ul class=\"evidence\">\n");
        for (part, scope) in verdict.subjects.missing.iter().take(MAX_SCOPES) {
            row(out, "✗", "st-not_met", &format!("no {part}"), &format!("absent in {scope}"), "");
        }
        list(out, about, "✗", "st-not_met", &against, MAX_AGAINST);
    }
    let waived: Vec<&Evidence> =
        verdict.evidence.iter().filter(|one| one.polarity != Polarity::Positive && one.waived_by.is_some()).collect();
    for (title, glyph, class, found, most) in [
        ("Left open", "?", "st-unknown", of(Polarity::Unknown, false), MAX_AGAINST),
        ("Waived", "~", "st-waived", waived, MAX_AGAINST),
        ("For it", "✓", "st-met", of(Polarity::Positive, false), MAX_FOR),
    ] {
        if !found.is_empty() {
            put!(out, "<div><h4>{title}</h4><ul class=\"evidence\">\n");
            list(out, about, glyph, class, &found, most);
        }
    }
}

fn list(out: &mut String, about: &About, glyph: &str, class: &str, found: &[&Evidence], most: usize) {
    for one in found.iter().take(most) {
        let observation = &one.observation;
        let mut at = observation.spot.as_ref().map(|spot| format!(" · {}", place(about, spot))).unwrap_or_default();
        if let Some(id) = &one.waived_by {
            put!(at, " · waived by <a href=\"#waivers\">{}</a>", Esc(id));
        }
        row(out, glyph, class, &observation.detail, &observation.subject.to_string(), &at);
    }
    put!(out, "</ul>\n");
    rest(out, found.len(), most);
    put!(out, "</div>\n");
}

/// `at` is markup.
fn row(out: &mut String, glyph: &str, class: &str, detail: &str, subject: &str, at: &str) {
    put!(
        out,
        "<li><span class=\"glyph {class}\" aria-hidden=\"true\">{glyph}</span><span>{}<span class=\"where\">{}{at}</span></span></li>\n",
        Prose(&capital(detail)),
        Path(subject)
    );
}

fn rest(out: &mut String, all: usize, most: usize) {
    if all > most {
        put!(out, "<p class=\"muted small\">{} more are in the JSON report.</p>\n", thousands(all - most));
    }
}

/// How each scope stands, where there are several.
fn scopes(out: &mut String, assessment: &Assessment, id: &str) {
    if assessment.scopes.len() < 2 {
        return;
    }
    put!(out, "<div><h4>By scope</h4><ul class=\"evidence\">\n");
    for result in assessment.scopes.iter().take(MAX_SCOPES) {
        let Some(verdict) = result.verdicts.iter().find(|verdict| verdict.criterion.id == id) else { continue };
        let (met, of) = verdict.coverage();
        let share = if of > 0 { format!(", {met} of {of}") } else { String::new() };
        let counts = if result.class.counts() { "" } else { " (does not count)" };
        put!(
            out,
            "<li><span class=\"glyph st-{0}\" aria-hidden=\"true\">{1}</span><span>{2}: {3}{share}<span class=\"muted\">{counts}</span></span></li>\n",
            verdict.status.as_str(),
            glyph(verdict.status),
            Path(&result.scope.name()),
            word(verdict.status)
        );
    }
    put!(out, "</ul>\n");
    rest(out, assessment.scopes.len(), MAX_SCOPES);
    put!(out, "</div>\n");
}
