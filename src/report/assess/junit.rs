//! JUnit XML: each criterion is a test case of its level; what is unknown or does not apply is skipped.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{against, place};
use crate::assess::Assessment;
use crate::assess::evaluate::{Polarity, Verdict};
use crate::assess::status::{LEVELS, Status};
use crate::report::visible;

/// Places that a failure names.
const MAX_PLACES: usize = 50;

/// The report.
#[must_use]
pub fn junit(assessment: &Assessment) -> String {
    let mut document = Report::new("ztctl assess");
    for level in 1..=5u8 {
        let own: Vec<&Verdict> = assessment.combined.iter().filter(|verdict| verdict.criterion.level == level).collect();
        let mut suite = TestSuite::new(format!("level {level}: {}", LEVELS[usize::from(level)]));
        suite.add_test_cases(own.into_iter().map(case));
        document.add_test_suite(suite);
    }
    let mut held = TestSuite::new("what holds levels down");
    held.add_test_cases(assessment.overall.caps.iter().map(|cap| {
        let mut text = String::new();
        for observation in cap.evidence.iter().take(MAX_PLACES) {
            let at = observation.spot.as_ref().map_or_else(String::new, |spot| format!("{}:{}: ", visible(&spot.path), spot.line));
            text += &format!("{at}{}: {}\n", visible(&observation.subject.to_string()), visible(&observation.detail));
        }
        rest(&mut text, cap.evidence.len());
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(format!("holds the headline at {} and {} at {}", cap.headline, cap.domain.as_str(), cap.domain_level));
        status.set_type(cap.disqualifier).set_description(text);
        let mut case = TestCase::new(format!("{} {}", cap.disqualifier, cap.title), status);
        case.set_classname(format!("assess.{}", cap.domain.as_str()));
        case
    }));
    if !assessment.overall.caps.is_empty() {
        document.add_test_suite(held);
    }
    document.to_string().unwrap_or_default()
}

fn case(verdict: &Verdict) -> TestCase {
    let criterion = verdict.criterion;
    let (met, of) = verdict.coverage();
    let mut status = match verdict.status {
        Status::Met | Status::Waived => TestCaseStatus::success(),
        Status::NotMet | Status::Partial => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Status::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
        Status::Unknown | Status::NotApplicable | Status::Attested => TestCaseStatus::skipped(),
    };
    match verdict.status {
        Status::NotMet | Status::Partial => {
            let share = if of > 1 { format!(" ({met} of {of})") } else { String::new() };
            status.set_message(format!("{}{share}: {}", verdict.status.as_str(), criterion.pass));
            status.set_type(criterion.id).set_description(gaps(verdict));
        }
        Status::Error => {
            status.set_message("the criterion could not be judged").set_type(criterion.id);
        }
        Status::Unknown => {
            status.set_message(format!("unknown: {}", verdict.reason.map_or("", |reason| reason.explain())));
        }
        Status::NotApplicable => {
            status.set_message("not applicable: nothing here is its subject");
        }
        Status::Attested => {
            status.set_message("attested: an owner says so; nothing here shows it");
        }
        Status::Met | Status::Waived => {}
    }
    let mut case = TestCase::new(format!("{} {}", criterion.id, criterion.title), status);
    case.set_classname(format!("assess.{}", criterion.domain.as_str()));
    if verdict.status == Status::Waived {
        let ids: std::collections::BTreeSet<&str> = verdict.evidence.iter().filter_map(|one| one.waived_by.as_deref()).collect();
        case.set_system_out(format!("waived by {}", ids.into_iter().map(|id| visible(id).into_owned()).collect::<Vec<_>>().join(", ")));
    }
    case
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
