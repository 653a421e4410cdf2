//! Reports of an assessment: terminal, JSON, Markdown, and the explanation of one criterion.

mod advice;
mod badge;
mod explain;
mod frameworks;
mod frameworks_page;
mod html;
mod json;
mod junit;
mod layout;
mod links;
mod markdown;
pub mod org;
pub mod papers;
mod pretty;
mod runbook;
mod sarif;
mod trend;

use crate::assess::Assessment;
use crate::assess::evaluate::{Evidence, Polarity, Verdict};
use crate::assess::frameworks::Framework;
use crate::assess::score::Cap;

pub use advice::{questions_text, steps_text};
pub use badge::{badge, badge_json};
pub use explain::{explain, explain_json, explain_schema, limits_text};
pub use frameworks_page::frameworks_page;
pub use html::{content_security_policy, html};
pub use json::{assess_schema, json};
pub use junit::junit;
pub use links::{Origin, browser_url};
pub use markdown::markdown;
pub use pretty::{Terminal, pretty};
pub use runbook::{runbook_json, runbook_markdown, runbook_schema, runbook_text};
pub use sarif::sarif;

/// What a report says beside the assessment.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The revision of the repository; `None` outside of one.
    pub commit: Option<String>,
    /// Whether files differ from the revision; `None` where there is none.
    pub dirty: Option<bool>,
    /// Where the repository can be read in a browser; `None` where unknown.
    pub origin: Option<Origin>,
    /// Names the configuration.
    pub config_digest: String,
    /// The framework that the report is about; `None`: all, and the criteria by themselves.
    pub framework: Option<&'static Framework>,
}

/// What speaks against a criterion, waived or not; then what leaves it open.
fn against(verdict: &Verdict) -> impl Iterator<Item = &Evidence> {
    let of =
        |polarity: Polarity| verdict.evidence.iter().filter(move |evidence| evidence.polarity == polarity && evidence.waived_by.is_none());
    of(Polarity::Contrary).chain(of(Polarity::Unknown))
}

/// `path:line`, or the subject where there is no place.
fn place(evidence: &Evidence) -> String {
    match &evidence.observation.spot {
        Some(spot) => format!("{}:{}", spot.path, spot.line),
        None => evidence.observation.subject.to_string(),
    }
}

/// `3`, or `not rated`.
#[must_use]
pub fn level_word(assessment: &Assessment) -> String {
    assessment.overall.level.map_or_else(|| "not rated".to_owned(), |level| level.to_string())
}

/// What was found: `1 file`, `2 files`.
fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// What a disqualifier allows at most: `authorization at most 2, headline at most 4`.
fn bounds(cap: &Cap) -> String {
    let domain = match cap.domain_level {
        5 => String::new(),
        level => format!("{} at most {level}, ", cap.domain.as_str()),
    };
    format!("{domain}headline at most {}", cap.headline)
}

/// The first letter in upper case.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + chars.as_str())
}
