//! What rules about pods share.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::diag::{Applicability, Severity};
use crate::lint::manifest::ManifestCx;
use crate::model::k8s::pods::ContainerKind;
use crate::model::k8s::{Container, Object, Pod, pod};
use crate::model::value::{Entry, Origin};
use crate::text::{Location, SourceId};

/// The pod of an object whose rights are judged: node agents, which cannot do without, are not.
pub(super) fn judged(object: &Object) -> Option<Pod<'_>> {
    pod(object).filter(|pod| !pod.is_node_agent())
}

/// Whether what a pod lacks is not reported, because its namespace is one of the platform's.
pub(super) fn is_platform(pod: &Pod<'_>, cx: &ManifestCx<'_>) -> bool {
    pod.namespace().is_some_and(|name| cx.is_system_namespace(name, pod.object.kind_at()))
}

/// A container as messages name it.
pub(super) fn named(container: &Container<'_>) -> String {
    let kind = match container.kind {
        ContainerKind::Init => "init container",
        ContainerKind::Main => "container",
        ContainerKind::Ephemeral => "ephemeral container",
    };
    match container.name() {
        Some(name) => format!("{kind} `{name}`"),
        None => format!("the {kind} without a name"),
    }
}

/// What a rule found in an object, with the edit that removes it.
pub(super) struct Found<'o> {
    pub(super) severity: Severity,
    pub(super) at: &'o Origin,
    pub(super) message: String,
    pub(super) help: &'static str,
    pub(super) edit: Option<(Location, String)>,
}

/// Reports one finding a line, the worst. A fix removes all that is on the line, or there is none.
pub(super) fn report_lines(found: Vec<Found<'_>>, title: &str, cx: &mut ManifestCx<'_>) {
    let mut lines: BTreeMap<(SourceId, usize), Vec<Found<'_>>> = BTreeMap::new();
    for found in found {
        let outer = cx.sources().outer(found.at.at);
        lines.entry((outer.source, cx.sources().get(outer.source).line(outer.span.start))).or_default().push(found);
    }
    for mut same in lines.into_values() {
        same.sort_by_key(|found| Reverse(found.severity));
        let mut edits: Vec<(Location, String)> = same.iter().filter_map(|found| found.edit.clone()).collect();
        let fixable = edits.len() == same.len();
        // through an alias the same edit comes several times
        edits.sort_by_key(|(at, _)| (at.source, at.span));
        edits.dedup();
        let Some(worst) = same.into_iter().next() else { continue };
        let Some(report) = cx.report_as(worst.severity, worst.at, worst.message) else { continue };
        let report = report.help(worst.help);
        if fixable {
            report.fix(title, Applicability::Unsafe, edits);
        }
    }
}

/// The boolean that an entry holds; `None` for a value of another type, which the API server refuses.
pub(super) fn flag(entry: &Entry) -> Option<bool> {
    entry.value.as_bool()
}
