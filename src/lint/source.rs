//! Running rules over sources in other languages: each is parsed once, its facts are judged, its tree is dropped.

use rayon::prelude::*;

use super::context::Skipped;
use super::crash::crashed;
use super::engine::{CodeInput, Plans, Work};
use super::plan::Plan;
use super::registry;
use super::rule::Rule;
use crate::diag::{Diagnostic, Place, RuleMeta, Severity, guard};
use crate::model::code::spring::{self, Decoder};
use crate::model::code::{self, Code};
use crate::model::value::Origin;
use crate::syntax::source::{self, Language};
use crate::text::{Location, SourceId, SourceMap, Span};

/// What rules about sources see, and how they report.
pub struct SourceCx<'a> {
    sources: &'a SourceMap,
    source: SourceId,
    plan: &'a Plan,
    is_test: bool,
    current: &'static RuleMeta,
    decoder: Option<Decoder>,
    found: Vec<Diagnostic>,
    withheld: usize,
}

impl SourceCx<'_> {
    #[must_use]
    pub fn sources(&self) -> &SourceMap {
        self.sources
    }

    #[must_use]
    pub fn source(&self) -> SourceId {
        self.source
    }

    /// The decoder that Java's properties configure.
    #[must_use]
    pub fn decoder(&self) -> Option<&Decoder> {
        self.decoder.as_ref()
    }

    /// Reports a finding of the running rule, unless the rule is off here. `function` is what the place lies in, for fingerprints.
    /// Of a place of several lines the first is pointed at.
    pub fn report(&mut self, severity: Severity, at: Span, function: &str, message: impl Into<String>) -> Option<&mut Diagnostic> {
        let active = self.plan.active(self.current.id)?;
        if self.is_test && !is_on(active.option(INCLUDE_TESTS)) {
            return None;
        }
        let severity = if active.is_configured { active.severity } else { severity };
        let place = Place::At(self.sources.first_line(Location { source: self.source, span: at }));
        let diagnostic = Diagnostic::new(self.current.id, self.current.group, severity, place, message).with_url(self.current.url());
        self.found.push(diagnostic.with_subject(function));
        self.found.last_mut()
    }

    /// As [`SourceCx::report`], for a place that a setting is at.
    pub fn report_at(&mut self, severity: Severity, at: &Origin, message: impl Into<String>) -> Option<&mut Diagnostic> {
        self.report(severity, at.at.span, "", message)
    }

    /// Counts a finding that is not made because something is unknown.
    pub fn withhold(&mut self) {
        self.withheld += 1;
    }
}

/// The option of every rule about sources that has tests judged too.
pub(super) const INCLUDE_TESTS: &str = "include-tests";

fn is_on(value: &crate::diag::OptionValue) -> bool {
    matches!(value, crate::diag::OptionValue::Bool(true))
}

/// What the rules found.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) findings: Vec<Diagnostic>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) withheld: usize,
    /// Sources that were judged.
    pub(super) files: usize,
    /// How often a rule failed.
    pub(super) crashes: usize,
}

/// Runs every rule that reads sources and is on somewhere.
pub(super) fn run(work: &Work<'_>, plans: &Plans) -> Outcome {
    let rules: Vec<&dyn Rule> =
        registry::registry().iter().copied().filter(|rule| rule.reads_sources() && plans.is_on_somewhere(rule.meta().id)).collect();
    let mut outcome = Outcome::default();
    if rules.is_empty() {
        return outcome;
    }
    let reported: Vec<&CodeInput> = work.code.iter().filter(|code| code.input.reported).collect();
    let results: Vec<Outcome> = reported.par_iter().map(|code| judge(work.sources, code, plans, &rules)).collect();
    for result in results {
        outcome.findings.extend(result.findings);
        outcome.skipped.extend(result.skipped);
        outcome.withheld += result.withheld;
        outcome.files += result.files;
        outcome.crashes += result.crashes;
    }
    outcome
}

fn judge(sources: &SourceMap, input: &CodeInput, plans: &Plans, rules: &[&dyn Rule]) -> Outcome {
    let mut outcome = Outcome::default();
    let source = input.input.source;
    let Some(plan) = plans.get(source) else { return outcome };
    let wanted =
        |rule: &&&dyn Rule| plan.active(rule.meta().id).is_some_and(|active| !input.is_test || is_on(active.option(INCLUDE_TESTS)));
    let rules: Vec<&dyn Rule> = rules.iter().filter(wanted).copied().collect();
    if rules.is_empty() {
        return outcome;
    }
    let text = &sources.get(source).text;
    let mut decoder = None;
    let code = if input.language == Language::Properties {
        decoder = spring::decoder_of_properties(source, text);
        Code::default()
    } else {
        match source::parse(text, input.language) {
            Some(tree) => code::read(&tree),
            None if source::AVAILABLE => {
                outcome.skipped.push(Skipped { source, rule: rules[0].meta().id, reason: "it takes too long to parse".to_owned() });
                return outcome;
            }
            None => return outcome,
        }
    };
    outcome.files = 1;
    for rule in rules {
        let current = rule.meta();
        let (is_test, decoder) = (input.is_test, decoder.clone());
        let mut cx = SourceCx { sources, source, plan, is_test, current, decoder, found: Vec::new(), withheld: 0 };
        if let Err(crash) = guard(|| rule.source(&code, &mut cx)) {
            outcome.crashes += 1;
            cx.found.push(crashed(current, Place::File(source), &crash));
        }
        outcome.findings.append(&mut cx.found);
        outcome.withheld += cx.withheld;
    }
    outcome
}
