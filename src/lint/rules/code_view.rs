//! What rules about sources share.

use super::prelude::*;
use crate::model::code::spring::{self, Decoder};
use crate::model::code::{Check, Gap, Spot, Verification};
use crate::model::tri::Tri;

/// The options of every rule about sources.
pub(super) const OPTIONS: &[OptionMeta] = &[OptionMeta {
    name: "include-tests",
    kind: OptionKind::Bool,
    default: OptionValue::Bool(false),
    doc: "Whether tests are judged too: `*_test.go`, `*.spec.ts`, `__tests__`, `src/test`, `test_*.py`, `tests/`.",
}];

/// Reports the calls that do not check `what`, as `check` has it. Where it is turned off, the finding has the severity `off`.
pub(super) fn report_missing(cx: &mut SourceCx<'_>, code: &Code, what: &str, off: Severity, check: fn(&Verification) -> Check) {
    for call in &code.verifications {
        let check = check(call);
        match check.done {
            Tri::Yes => {}
            Tri::Unknown => {
                // where no option could do it, nothing is unknown
                if !check.remedy.is_empty() {
                    cx.withhold();
                }
            }
            Tri::No => {
                let name = &call.what;
                let (severity, message) = match check.level {
                    Gap::Off => (off, format!("`{name}` is told not to check the {what}")),
                    Gap::Absent => (Severity::Warning, format!("`{name}` does not check the {what}")),
                    Gap::Optional => (Severity::Info, format!("`{name}` takes tokens without the {what}")),
                };
                if let Some(found) = cx.report(severity, call.at, &call.function, message) {
                    let remedy = check.remedy;
                    let text = if remedy.starts_with(['`', 'a']) { format!("use {remedy}") } else { remedy.to_owned() };
                    found.help = Some(text);
                }
            }
        }
    }
}

/// Reports places as they are.
pub(super) fn report_spots(cx: &mut SourceCx<'_>, spots: &[Spot], severity: Severity, help: &str) {
    for spot in spots {
        let message = format!("`{}` {}", spot.what, spot.why);
        if let Some(found) = cx.report(severity, spot.at, &spot.function, message) {
            found.help = Some(help.to_owned());
        }
    }
}

/// Reports the decoder that Spring Boot's configuration makes, if it lacks something and nothing else decides what is checked.
pub(super) fn report_decoder(cx: &mut ManifestCx<'_>, document: &Document, lacks: fn(&Decoder) -> bool, message: &str, help: &str) {
    if document.kind != DocumentKind::Spring || document.partial {
        return;
    }
    let Some(decoder) = spring::decoder(&document.root).filter(lacks) else { return };
    if spring::is_decided_elsewhere(cx.sources(), document.source) || others_set(cx, document, lacks) {
        return cx.withhold();
    }
    if let Some(report) = cx.report(&decoder.at, message) {
        report.help(help);
    }
}

/// Whether another document of the same file sets what this one lacks: profiles share what the first one says.
fn others_set(cx: &ManifestCx<'_>, document: &Document, lacks: fn(&Decoder) -> bool) -> bool {
    let same = |other: &&Document| other.source == document.source && other.index != document.index;
    cx.manifests().documents.iter().filter(same).filter_map(|other| spring::decoder(&other.root)).any(|decoder| !lacks(&decoder))
}

/// As [`report_decoder`], for Java's properties.
pub(super) fn report_properties(cx: &mut SourceCx<'_>, lacks: fn(&Decoder) -> bool, message: &str, help: &str) {
    let Some(decoder) = cx.decoder().filter(|decoder| lacks(decoder)).cloned() else { return };
    if spring::is_decided_elsewhere(cx.sources(), cx.source()) {
        return cx.withhold();
    }
    if let Some(found) = cx.report_at(Severity::Warning, &decoder.at, message) {
        found.help = Some(help.to_owned());
    }
}
