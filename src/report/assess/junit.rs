//! JUnit XML: each criterion is a test case of its level; what is unknown or does not apply is skipped.
//!
//! In the strict form of Ant's schema (windyroad/JUnit-Schema), which readers of looser forms take too: suites have an id, a package, a
//! day and their four parts, cases have nothing but their outcome, and what is said of a case that passes stands in the suite's output.

use std::fmt::Write as _;

use super::{against, place};
use crate::assess::Assessment;
use crate::assess::criteria::DOUBT;
use crate::assess::evaluate::{Polarity, Verdict};
use crate::assess::status::{LEVELS, Status};
use crate::diag::Date;
use crate::report::visible;

/// Places that a failure names.
const MAX_PLACES: usize = 50;

/// How a case ended.
enum Outcome {
    Passed,
    Skipped(String),
    Failed { message: String, kind: &'static str, text: String },
    Error(&'static str),
}

struct Case {
    name: String,
    class: String,
    outcome: Outcome,
}

struct Suite {
    name: String,
    cases: Vec<Case>,
    output: String,
}

/// The report.
#[must_use]
pub fn junit(assessment: &Assessment) -> String {
    let mut suites: Vec<Suite> = Vec::new();
    for level in 1..=5u8 {
        let own = || assessment.combined.iter().filter(|verdict| verdict.criterion.level == level);
        let mut output = String::new();
        for verdict in own().filter(|verdict| verdict.status == Status::Waived) {
            let by: std::collections::BTreeSet<&str> = verdict.evidence.iter().filter_map(|one| one.waived_by.as_deref()).collect();
            let by: Vec<String> = by.into_iter().map(|id| visible(id).into_owned()).collect();
            output += &format!("{} is waived by {}\n", verdict.criterion.id, by.join(", "));
        }
        let name = format!("level {level}: {}", LEVELS[usize::from(level)]);
        suites.push(Suite { name, cases: own().map(case).collect(), output });
    }
    let held = assessment.overall.caps.iter().map(|cap| {
        let mut text = String::new();
        for observation in cap.evidence.iter().take(MAX_PLACES) {
            let at = observation.spot.as_ref().map_or_else(String::new, |spot| format!("{}:{}: ", visible(&spot.path), spot.line));
            text += &format!("{at}{}: {}\n", visible(&observation.subject.to_string()), visible(&observation.detail));
        }
        rest(&mut text, cap.evidence.len());
        let message = format!("holds the headline at {} and {} at {}", cap.headline, cap.domain.as_str(), cap.domain_level);
        Case {
            name: format!("{} {}", cap.disqualifier, cap.title),
            class: format!("assess.{}", cap.domain.as_str()),
            outcome: Outcome::Failed { message, kind: cap.disqualifier, text },
        }
    });
    let mut held: Vec<Case> = held.collect();
    let warnings = &assessment.governance.warnings;
    if !warnings.is_empty() {
        let mut text = String::new();
        for warning in warnings.iter().take(MAX_PLACES) {
            let at = warning.spot.as_ref().map_or_else(String::new, |spot| format!("{}:{}: ", visible(&spot.path), spot.line));
            text += &format!("{at}{}\n", visible(&warning.message));
        }
        rest(&mut text, warnings.len());
        let message = "holds no level down, and makes the confidence low".to_owned();
        held.push(Case {
            name: format!("{} {}", DOUBT.id, DOUBT.title),
            class: "assess.governance".to_owned(),
            outcome: Outcome::Failed { message, kind: DOUBT.id, text },
        });
    }
    if !held.is_empty() {
        suites.push(Suite { name: "what holds levels down, or makes them doubtful".to_owned(), cases: held, output: String::new() });
    }
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n".to_owned();
    for (id, suite) in suites.iter().enumerate() {
        write(&mut out, id, suite, assessment.as_of);
    }
    out.push_str("</testsuites>\n");
    out
}

/// Text of XML, as an attribute's value or between tags; what files say was made visible before.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn write(out: &mut String, id: usize, suite: &Suite, day: Date) {
    let count = |is: fn(&Outcome) -> bool| suite.cases.iter().filter(|case| is(&case.outcome)).count();
    // writing to a String cannot fail
    let _ = writeln!(
        out,
        "  <testsuite id=\"{id}\" package=\"ztctl.assess\" name=\"{}\" timestamp=\"{day}T00:00:00\" hostname=\"localhost\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"0\">\n    <properties/>",
        escaped(&suite.name),
        suite.cases.len(),
        count(|outcome| matches!(outcome, Outcome::Failed { .. })),
        count(|outcome| matches!(outcome, Outcome::Error(_))),
        count(|outcome| matches!(outcome, Outcome::Skipped(_))),
    );
    for case in &suite.cases {
        let _ = write!(out, "    <testcase name=\"{}\" classname=\"{}\" time=\"0\"", escaped(&case.name), escaped(&case.class));
        let _ = match &case.outcome {
            Outcome::Passed => writeln!(out, "/>"),
            Outcome::Skipped(why) => writeln!(out, ">\n      <skipped message=\"{}\"/>\n    </testcase>", escaped(why)),
            Outcome::Failed { message, kind, text } => {
                let (message, text) = (escaped(message), escaped(text));
                writeln!(out, ">\n      <failure message=\"{message}\" type=\"{kind}\">{text}</failure>\n    </testcase>")
            }
            Outcome::Error(kind) => {
                writeln!(out, ">\n      <error message=\"the criterion could not be judged\" type=\"{kind}\"/>\n    </testcase>")
            }
        };
    }
    let _ = writeln!(out, "    <system-out>{}</system-out>\n    <system-err/>\n  </testsuite>", escaped(&suite.output));
}

fn case(verdict: &Verdict) -> Case {
    let criterion = verdict.criterion;
    let (met, of) = verdict.coverage();
    let outcome = match verdict.status {
        Status::Met | Status::Waived => Outcome::Passed,
        Status::NotMet | Status::Partial => {
            let share = if of > 1 { format!(" ({met} of {of})") } else { String::new() };
            let message = format!("{}{share}: {}", verdict.status.as_str(), criterion.pass);
            Outcome::Failed { message, kind: criterion.id, text: gaps(verdict) }
        }
        Status::Error => Outcome::Error(criterion.id),
        Status::Unknown => Outcome::Skipped(format!("unknown: {}", verdict.reason.map_or("", |reason| reason.explain()))),
        Status::NotApplicable => Outcome::Skipped("not applicable: nothing here is its subject".to_owned()),
        Status::Attested => Outcome::Skipped("attested: an owner says so; nothing here shows it".to_owned()),
    };
    Case { name: format!("{} {}", criterion.id, criterion.title), class: format!("assess.{}", criterion.domain.as_str()), outcome }
}

/// What fails, line by line.
fn gaps(verdict: &Verdict) -> String {
    let mut out = String::new();
    for (part, scope) in verdict.subjects.missing.iter().take(MAX_PLACES) {
        out += &format!("no {part} in {}\n", visible(scope));
    }
    let contrary: Vec<_> = against(verdict).filter(|one| one.polarity == Polarity::Contrary).collect();
    for one in contrary.iter().take(MAX_PLACES) {
        let observation = &one.observation;
        out += &format!("{}: {}: {}\n", visible(&place(one)), visible(&observation.subject.to_string()), visible(&observation.detail));
    }
    rest(&mut out, contrary.len());
    out
}

fn rest(out: &mut String, all: usize) {
    if all > MAX_PLACES {
        *out += &format!("… and {} more\n", all - MAX_PLACES);
    }
}
