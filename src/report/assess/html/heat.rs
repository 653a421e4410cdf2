//! Levels of environments and services, by domain: a number in every cell, and a colour that adds to it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Part;
use super::markup::{Esc, Path, capital, level, put, thousands};
use crate::assess::Assessment;
use crate::assess::services::ServiceResult;
use crate::assess::status::{Domain, LEVELS};

/// Services beyond this many are left to the JSON report.
pub(super) const MAX_SERVICES: usize = 1000;

fn legend() -> String {
    let mut out = "<p class=\"legend\" aria-hidden=\"true\">".to_owned();
    for (at, name) in (0..=5u8).zip(LEVELS) {
        put!(out, "<span>{} {name}</span>", level(Some(at)));
    }
    out.push_str("<span><span class=\"lv lvx\">–</span> nothing to judge</span></p>\n");
    out
}

fn columns(out: &mut String) {
    for domain in Domain::ALL {
        put!(out, "<th scope=\"col\" class=\"c\">{}</th>", capital(domain.as_str()));
    }
}

fn cells(out: &mut String, levels: [Option<u8>; 6]) {
    for one in levels {
        put!(out, "<td class=\"c\" data-v=\"{}\">{}</td>", one.map_or_else(|| "9".to_owned(), |level| level.to_string()), level(one));
    }
}

pub(super) fn environments(assessment: &Assessment) -> Part {
    let mut body = String::new();
    put!(
        body,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Levels by environment\"><table class=\"heat\"><caption class=\"vh\">Level of each environment by domain</caption>\n<thead><tr>"
    );
    put!(body, "<th scope=\"col\">Environment</th><th scope=\"col\" class=\"c n\">Level</th>");
    columns(&mut body);
    put!(body, "</tr></thead>\n<tbody>\n");
    for environment in &assessment.environments {
        let counts = if environment.class.counts() { "" } else { ", does not count" };
        put!(
            body,
            "<tr><th scope=\"row\" class=\"name\">{} <span class=\"small muted\">{}{counts}</span></th><td class=\"c\">{}</td>",
            Esc(&environment.id),
            environment.class.as_str(),
            level(environment.level)
        );
        cells(&mut body, environment.domains);
        put!(body, "</tr>\n");
    }
    put!(body, "</tbody></table></div>\n{}", legend());
    let lead = "The headline is the lowest level of production and of what states no environment.";
    Part { id: "environments", title: "Environments", number: Some(assessment.environments.len()), lead: lead.to_owned(), body }
}

pub(super) fn services(assessment: &Assessment) -> Part {
    let services = &assessment.services;
    let mut body = String::new();
    if !services.is_empty() {
        tools(&mut body, services);
        let several = assessment.environments.len() > 1;
        let environment = if several { "<th scope=\"col\">Environment</th>" } else { "" };
        let tall = if services.len() > 16 { " tall" } else { "" };
        put!(
            body,
            "<div class=\"scroll{tall}\" tabindex=\"0\" role=\"region\" aria-label=\"Levels by service\"><table class=\"heat\" id=\"services-table\" data-sort><caption class=\"vh\">Level of each service by domain</caption>\n<thead><tr>"
        );
        put!(
            body,
            "<th scope=\"col\">Service</th>{environment}<th scope=\"col\" class=\"c n\">Level</th><th scope=\"col\" class=\"c n\">Rung</th>"
        );
        columns(&mut body);
        put!(body, "</tr></thead>\n<tbody>\n");
        for service in services.iter().take(MAX_SERVICES) {
            row(&mut body, service, several);
        }
        put!(body, "</tbody></table></div>\n");
        if services.len() > MAX_SERVICES {
            let rest = thousands(services.len() - MAX_SERVICES);
            put!(body, "<p class=\"muted small\">{rest} more are in the JSON report.</p>\n");
        }
    }
    let lead =
        "The level that each workload would have alone, and the rung of its worst credential: the low numbers hold the repository down.";
    Part { id: "services", title: "Services", number: Some(services.len()), lead: lead.to_owned(), body }
}

fn tools(out: &mut String, services: &[ServiceResult]) {
    if services.len() < 8 {
        return;
    }
    put!(out, "<form class=\"tools js-only\" data-table=\"services-table\"><label>Find <input name=\"word\" type=\"search\"></label>");
    let environments: BTreeSet<&str> = services.iter().map(|service| service.environment.as_str()).collect();
    if environments.len() > 1 {
        put!(out, "<label>Environment <select name=\"key\"><option value=\"\">all</option>");
        for name in environments {
            put!(out, "<option value=\"{0}\">{0}</option>", Esc(name));
        }
        put!(out, "</select></label>");
    }
    put!(out, "<span class=\"count num\" role=\"status\"></span></form>\n");
}

fn row(out: &mut String, service: &ServiceResult, several: bool) {
    let subject = &service.subject;
    let place = if subject.namespace.is_empty() { String::new() } else { format!(" in {}", Path(&subject.namespace)) };
    put!(
        out,
        "<tr data-key=\"{environment}\"><th scope=\"row\" class=\"name\">{}<span class=\"small muted where\">{}{place}</span></th>",
        Path(&subject.name),
        Esc(&subject.kind),
        environment = Esc(&service.environment),
    );
    if several {
        put!(out, "<td class=\"env\">{}</td>", Esc(&service.environment));
    }
    put!(
        out,
        "<td class=\"c\">{}</td><td class=\"c num\" data-v=\"{}\">{}</td>",
        level(service.level),
        service.rung.map_or_else(|| "9".to_owned(), |rung| rung.to_string()),
        service.rung.map_or_else(|| "–".to_owned(), |rung| rung.to_string()),
    );
    cells(out, service.domains);
    put!(out, "</tr>\n");
}
