//! The level as a badge: an SVG, and what shields.io's endpoint takes.

use serde_json::json;

use super::About;
use crate::assess::Assessment;
use crate::report::visible;

/// From level 0 on; dark enough for white text.
const COLORS: [&str; 6] = ["#b3261e", "#b04a0a", "#8a6100", "#5a6e00", "#2f7d32", "#0a7040"];

/// For what is not rated.
const GREY: &str = "#5f6b76";

const LABEL: &str = "zero trust";

/// Height in pixels.
const HEIGHT: u32 = 20;

/// `level 3` or `not rated`, and its colour.
fn message(assessment: &Assessment) -> (String, &'static str) {
    match assessment.overall.level {
        Some(level) => (format!("level {level}"), COLORS[usize::from(level.min(5))]),
        None => ("not rated".to_owned(), GREY),
    }
}

/// The SVG. It carries the day, so that a stale one is seen to be stale; its title has the commit too.
#[must_use]
pub fn badge(assessment: &Assessment, about: &About) -> String {
    let (level, color) = message(assessment);
    let text = format!("{level} · {}", assessment.as_of);
    let (left, right) = (width(LABEL) + 12, width(&text) + 12);
    let all = left + right;
    let commit = about.commit.as_ref().map_or_else(String::new, |commit| format!(" at commit {}", escaped(commit)));
    let title = format!("{LABEL}: {level} as declared{commit}, {}", assessment.as_of);
    let words = |x: u32, wide: u32, text: &str| {
        format!("<text x=\"{x}\" y=\"14\" textLength=\"{wide}\" lengthAdjust=\"spacingAndGlyphs\">{text}</text>")
    };
    format!(
        concat!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{all}\" height=\"{h}\" viewBox=\"0 0 {all} {h}\" role=\"img\" aria-label=\"{label}: {text}\">\n",
            "<title>{title}</title>\n",
            "<clipPath id=\"r\"><rect width=\"{all}\" height=\"{h}\" rx=\"3\"/></clipPath>\n",
            "<g clip-path=\"url(#r)\"><rect width=\"{left}\" height=\"{h}\" fill=\"#3d4650\"/><rect x=\"{left}\" width=\"{right}\" height=\"{h}\" fill=\"{color}\"/></g>\n",
            "<g fill=\"#fff\" font-family=\"Verdana,Geneva,DejaVu Sans,sans-serif\" font-size=\"11\">{one}{two}</g>\n",
            "</svg>\n"
        ),
        all = all,
        h = HEIGHT,
        label = LABEL,
        text = text,
        title = title,
        left = left,
        right = right,
        color = color,
        one = words(6, left - 12, LABEL),
        two = words(left + 6, right - 12, &text),
    )
}

/// What shields.io's endpoint takes.
#[must_use]
pub fn badge_json(assessment: &Assessment) -> String {
    let (level, color) = message(assessment);
    let value = json!({ "schemaVersion": 1, "label": LABEL, "message": level, "color": color.trim_start_matches('#') });
    format!("{value}\n")
}

/// How wide a text is in Verdana of 11 pixels.
fn width(text: &str) -> u32 {
    let tenths: u32 = text
        .chars()
        .map(|c| match c {
            'i' | 'j' | 'l' => 30,
            ' ' | '.' | '·' => 39,
            't' | 'f' | 'r' => 45,
            '-' => 50,
            's' | 'c' | 'z' => 58,
            'm' | 'w' => 100,
            _ => 69,
        })
        .sum();
    tenths.div_ceil(10)
}

fn escaped(text: &str) -> String {
    visible(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
