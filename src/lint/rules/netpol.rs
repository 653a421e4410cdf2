//! What the rules about network policies share.

use std::collections::BTreeSet;

use super::prelude::*;
use crate::model::k8s::Space;
use crate::model::network::{Direction, isolation};
use crate::model::tri::Tri;

/// Reports the namespaces of a unit whose pods are not denied by default in a direction. Only a namespace that the unit describes
/// can lack something.
pub(super) fn missing_default_deny(unit: &Unit, direction: Direction, cx: &mut ManifestCx<'_>) {
    let cluster = unit.cluster();
    for space in cluster.namespaces().filter(|space| space.is_described()) {
        let Some(at) = space.anchor() else { continue };
        if cx.is_system_namespace(&space.name, at) {
            continue;
        }
        let found = isolation(cluster, space, direction);
        if found.default_deny.is_yes() || found.only_host_network.is_yes() {
            continue;
        }
        let unknown = !unit.is_complete() || found.default_deny.is_unknown() || found.only_host_network.is_unknown();
        if unknown || covered_elsewhere(unit, space, direction, cx) {
            cx.withhold();
            continue;
        }
        let (name, way) = (&space.name, direction.key());
        let selected = !found.every_workload.is_no();
        let message = if selected {
            format!("namespace `{name}` has no default deny for {way}: policies select each of its workloads, but no other pod")
        } else {
            format!("namespace `{name}` has no default deny for {way}")
        };
        let severity = if selected { Severity::Info } else { Severity::Warning };
        let help = format!("add a NetworkPolicy with `podSelector: {{}}` and `policyTypes: [{}]`", direction.policy_type());
        if let Some(report) = cx.report_as(severity, at, message) {
            let mut report = report.help(help);
            for object in space.deciders() {
                report = report.decided_by(object.kind_at());
            }
        }
    }
}

/// Whether another unit, which complements this one, denies the namespace by default. Units that hold the same object are variants
/// of one another, for clusters of their own.
fn covered_elsewhere(unit: &Unit, space: &Space, direction: Direction, cx: &ManifestCx<'_>) -> bool {
    let mut own: Option<BTreeSet<String>> = None;
    cx.manifests().applied().filter(|other| !std::ptr::eq(*other, unit)).any(|other| {
        let cluster = other.cluster();
        let empty = Space { name: space.name.clone(), ..Space::default() };
        let there = cluster.namespace(&space.name).unwrap_or(&empty);
        if !other.is_complete() || isolation(cluster, there, direction).default_deny != Tri::Yes {
            return false;
        }
        let ids = |space: &Space| space.objects.iter().chain(&space.declared).map(|object| object.id()).collect::<BTreeSet<_>>();
        own.get_or_insert_with(|| ids(space)).is_disjoint(&ids(there))
    })
}
