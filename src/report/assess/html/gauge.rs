//! The headline's scale: half a circle of six parts.

use std::f64::consts::PI;
use std::fmt::Write as _;

use super::markup::put;
use crate::assess::result::Overall;

const CENTRE: (f64, f64) = (140.0, 138.0);
const OUTER: f64 = 112.0;
const INNER: f64 = 84.0;

/// A point at a share of the half circle, from the left.
fn at(share: f64, radius: f64) -> (f64, f64) {
    let angle = PI * (1.0 - share);
    (CENTRE.0 + radius * angle.cos(), CENTRE.1 - radius * angle.sin())
}

/// The picture; its text stands beside it.
pub(super) fn gauge(overall: &Overall) -> String {
    let mut out = String::new();
    let label = match (overall.level, overall.progress) {
        (Some(level), Some((next, percent))) => format!("Level {level} of 5, {percent} percent of level {next}"),
        (Some(level), None) => format!("Level {level} of 5"),
        (None, _) => "Not rated".to_owned(),
    };
    put!(out, "<svg viewBox=\"0 0 280 196\" role=\"img\" aria-label=\"{label}\">\n");
    for part in 0..6u8 {
        let (from, to) = (f64::from(part) / 6.0 + 0.004, f64::from(part + 1) / 6.0 - 0.004);
        let (a, b, c, d) = (at(from, OUTER), at(to, OUTER), at(to, INNER), at(from, INNER));
        let reached = overall.level.is_some_and(|level| part <= level);
        put!(
            out,
            "<path class=\"{}\" d=\"M{:.2} {:.2}A{OUTER} {OUTER} 0 0 1 {:.2} {:.2}L{:.2} {:.2}A{INNER} {INNER} 0 0 0 {:.2} {:.2}Z\"/>\n",
            if reached { format!("fl{part}") } else { "unreached".to_owned() },
            a.0,
            a.1,
            b.0,
            b.1,
            c.0,
            c.1,
            d.0,
            d.1
        );
        let (x, y) = at((f64::from(part) + 0.5) / 6.0, OUTER + 13.0);
        let here = overall.level == Some(part);
        put!(
            out,
            "<text x=\"{x:.2}\" y=\"{:.2}\" text-anchor=\"middle\" font-size=\"13\"{}>{part}</text>\n",
            y + 4.5,
            if here { " font-weight=\"700\"" } else { " class=\"soft\"" }
        );
    }
    let (number, size) = overall.level.map_or(("–".to_owned(), 56), |level| (level.to_string(), 72));
    put!(out, "<text x=\"140\" y=\"132\" text-anchor=\"middle\" font-size=\"{size}\" font-weight=\"680\">{number}</text>\n");
    if let Some((next, percent)) = overall.progress {
        put!(out, "<rect x=\"60\" y=\"156\" width=\"160\" height=\"7\" rx=\"3.5\" fill=\"currentColor\" opacity=\"0.16\"/>\n");
        if percent > 0 {
            put!(out, "<rect x=\"60\" y=\"156\" width=\"{:.1}\" height=\"7\" rx=\"3.5\" class=\"fl5\"/>\n", f64::from(percent) * 1.6);
        }
        put!(out, "<text x=\"140\" y=\"184\" text-anchor=\"middle\" font-size=\"13\" class=\"soft\">{percent} % of level {next}</text>\n");
    }
    put!(out, "</svg>\n");
    out
}
