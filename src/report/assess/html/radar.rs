//! The six domains: a picture, and a table that says the same.

use std::f64::consts::PI;
use std::fmt::Write as _;

use super::Part;
use super::markup::{Prose, capital, criterion, level, put};
use crate::assess::Assessment;

const CENTRE: (f64, f64) = (190.0, 150.0);
const RADIUS: f64 = 112.0;

/// A point on an axis, at a level.
fn at(axis: usize, level: f64) -> (f64, f64) {
    let angle = PI / 3.0 * [0.0, 1.0, 2.0, 3.0, 4.0, 5.0][axis % 6] - PI / 2.0;
    (CENTRE.0 + RADIUS * level / 5.0 * angle.cos(), CENTRE.1 + RADIUS * level / 5.0 * angle.sin())
}

fn polygon(levels: &[f64]) -> String {
    let points: Vec<String> =
        levels.iter().enumerate().map(|(axis, level)| at(axis, *level)).map(|(x, y)| format!("{x:.2},{y:.2}")).collect();
    points.join(" ")
}

fn picture(assessment: &Assessment) -> String {
    let mut out =
        "<svg viewBox=\"0 0 380 304\" role=\"img\" aria-label=\"The domains' levels; the table beside it says the same\">\n".to_owned();
    for ring in 1..=5u8 {
        put!(out, "<polygon class=\"ring\" points=\"{}\"/>\n", polygon(&[f64::from(ring); 6]));
    }
    for axis in 0..6 {
        let (x, y) = at(axis, 5.0);
        put!(out, "<line class=\"spoke\" x1=\"{}\" y1=\"{}\" x2=\"{x:.2}\" y2=\"{y:.2}\"/>\n", CENTRE.0, CENTRE.1);
    }
    if let Some((next, _)) = assessment.overall.progress {
        put!(out, "<polygon class=\"next\" points=\"{}\"/>\n", polygon(&[f64::from(next); 6]));
    }
    let levels: Vec<f64> = assessment.domains.iter().map(|result| f64::from(result.level.unwrap_or(0))).collect();
    put!(out, "<polygon class=\"area\" points=\"{}\"/>\n", polygon(&levels));
    for (axis, result) in assessment.domains.iter().enumerate() {
        let (x, y) = at(axis, f64::from(result.level.unwrap_or(0)));
        let class = if result.level.is_some() { "dot" } else { "none" };
        put!(out, "<circle class=\"{class}\" cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"4\"/>\n");
        let (x, y) = at(axis, 5.0);
        let value = result.level.map_or_else(|| "–".to_owned(), |level| level.to_string());
        let name = result.domain.as_str();
        // at the sides there is room beside the picture alone: the level stands below the name
        let (anchor, x, y, below) = match axis {
            0 => ("middle", x, y - 10.0, None),
            3 => ("middle", x, y + 20.0, None),
            1 | 2 => ("start", x + 9.0, y - 1.0, Some(x + 9.0)),
            _ => ("end", x - 9.0, y - 1.0, Some(x - 9.0)),
        };
        let at = below.map_or_else(String::new, |x| format!(" x=\"{x:.2}\" dy=\"15\""));
        put!(
            out,
            "<text x=\"{x:.2}\" y=\"{y:.2}\" text-anchor=\"{anchor}\">{name} <tspan font-weight=\"700\"{at}>{value}</tspan></text>\n"
        );
    }
    put!(out, "</svg>\n");
    out
}

pub(super) fn part(assessment: &Assessment) -> Part {
    let mut body = format!("<div class=\"panel domains\">\n<figure class=\"radar\">{}", picture(assessment));
    if let Some((next, _)) = assessment.overall.progress {
        put!(body, "<figcaption class=\"small muted\">Filled: each domain's level. Dashed: level {next}.</figcaption>");
    }
    put!(
        body,
        "</figure>\n<table><caption class=\"vh\">Level of each domain</caption><colgroup><col class=\"a\"><col class=\"b\"><col></colgroup>\n"
    );
    put!(
        body,
        "<thead><tr><th scope=\"col\">Domain</th><th scope=\"col\">Level</th><th scope=\"col\">Why not higher</th></tr></thead>\n<tbody>\n"
    );
    let least = assessment.domains.iter().filter_map(|result| result.level).min();
    for result in &assessment.domains {
        let lags = assessment.overall.level.zip(result.level).is_some_and(|(level, own)| own + 1 < level) && result.level == least;
        put!(body, "<tr><th scope=\"row\">{}", capital(result.domain.as_str()));
        if lags {
            put!(body, " <span class=\"tag strong\">lagging</span>");
        }
        let open = if result.level == Some(5) { "every criterion is met".to_owned() } else { result.why.clone() };
        let why = capital(bare(&open));
        put!(body, "</th><td>{}</td><td>{}", level(result.level), Prose(&why));
        if let Some((to, unmet)) = &result.next {
            let ids: Vec<String> = unmet.iter().map(|id| criterion(id)).collect();
            if !ids.is_empty() {
                put!(body, "<br><span class=\"small muted\">Level {to} needs {}</span>", ids.join(", "));
            }
        }
        put!(body, "</td></tr>\n");
    }
    put!(body, "</tbody></table>\n</div>\n");
    let lead =
        "Each responsibility has a level of its own. The headline is decided by how credentials are held, and from level 5 on by all six.";
    Part { id: "domains", title: "Domains", number: None, lead: lead.to_owned(), body }
}

/// A reason without the level that it begins with, which stands beside it.
fn bare(why: &str) -> &str {
    match why.split_once(": ") {
        Some((level, rest)) if level.len() == 2 && level.starts_with('L') => rest,
        _ => why,
    }
}
