//! Rules that fail: defects of ztctl, which hide nothing that other rules find.

use super::context::Skipped;
use super::plan::Plan;
use crate::diag::{Crash, Diagnostic, Place, RuleMeta, Severity, guard};
use crate::text::SourceId;

/// What is said of a rule that failed.
pub(super) fn crashed(meta: &RuleMeta, place: Place, crash: &Crash) -> Diagnostic {
    let message = format!("the rule `{}` failed here: what it would find is not known", meta.id);
    let at = if crash.at.is_empty() { String::new() } else { format!(" ({})", crash.at) };
    let help = format!("this is a defect of ztctl; please report it with the input that shows it{at}");
    Diagnostic::new(meta.id, meta.group, Severity::Error, place, message).with_url(meta.url()).with_help(help)
}

/// What each rule of a plan finds by itself, and how many fail.
pub(super) fn one_by_one(
    plan: &Plan,
    source: SourceId,
    run: impl Fn(usize) -> (Vec<Diagnostic>, Vec<Skipped>, usize),
) -> (Vec<Diagnostic>, Vec<Skipped>, usize, usize) {
    let (mut diagnostics, mut skipped, mut withheld, mut crashes) = (Vec::new(), Vec::new(), 0, 0);
    for (at, active) in plan.active.iter().enumerate() {
        match guard(|| run(at)) {
            Ok((found, left, count)) => {
                diagnostics.extend(found);
                skipped.extend(left);
                withheld += count;
            }
            Err(crash) => {
                crashes += 1;
                diagnostics.push(crashed(active.rule.meta(), Place::File(source), &crash));
            }
        }
    }
    (diagnostics, skipped, withheld, crashes)
}
