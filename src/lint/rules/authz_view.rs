//! What rules about AuthorizationPolicies share.

use crate::lint::manifest::ManifestCx;
use crate::model::effective::{Effective, Workload};
use crate::model::k8s::{Labels, Object};
use crate::model::mesh::{Action, Authorization, Target, condition_key, conditions, namespace_of, target};
use crate::model::tri::Tri;
use crate::model::units::Unit;
use crate::model::value::{Entry, Node, Value};

/// The view of an object that is an AuthorizationPolicy of Istio's.
pub(super) fn policy(object: &Object) -> Option<Authorization<'_>> {
    object.is("security.istio.io", "AuthorizationPolicy").then(|| Authorization::new(object))
}

/// The view of a policy that allows, and is enforced.
pub(super) fn allow_policy(object: &Object) -> Option<Authorization<'_>> {
    policy(object).filter(|policy| policy.action == Action::Allow && !policy.is_dry_run())
}

/// The entry of a list that holds something; an empty one decodes to an absent one.
pub(super) fn filled<'n>(node: &'n Node, key: &str) -> Option<&'n Entry> {
    node.entry(key).filter(|entry| matches!(&entry.value.value, Value::List(items) if !items.is_empty()))
}

/// Whether one of these lists holds something, or may hold something.
pub(super) fn fills_any(node: &Node, keys: &[&str]) -> bool {
    keys.iter().any(|key| filled(node, key).is_some() || node.get(key).is_some_and(|value| value.unknown().is_some()))
}

/// Whether a condition of the rule is about one of these, keys or starts of keys.
pub(super) fn asks_about(rule: &Node, about: &[&str]) -> bool {
    conditions(rule).iter().filter_map(condition_key).any(|key| about.iter().any(|start| key.starts_with(start)))
}

/// What conditions say of the caller's identity or of the end user's.
pub(super) const IDENTITY_CONDITIONS: [&str; 5] =
    ["source.principal", "source.namespace", "source.serviceAccount", "source.trustDomain", "request.auth."];

/// Whether a policy is for gateways, where callers come from outside of the mesh: it is attached to one, its labels or its namespace
/// name one, or what it selects is one.
pub(super) fn is_for_gateway(policy: &Object, effective: Option<&Effective>) -> bool {
    match target(policy) {
        Target::Refs(refs) => refs.iter().any(|target| target.kind == "Gateway" && !target.name.contains("waypoint")),
        Target::Labels(labels) => {
            let named = |text: &str| text.contains("gateway") || text.contains("ingress");
            let by_label = Labels::new(Some(labels), false).iter().any(|(key, value)| named(key) || value.is_some_and(named));
            by_label || effective.is_some_and(|effective| selects_gateway(policy, effective))
        }
        Target::Everything => namespace_of(policy).is_some_and(|name| {
            let at_edge = name.contains("ingress") || name.contains("gateway");
            at_edge && effective.is_none_or(|effective| name != effective.root())
        }),
        Target::Unknown => false,
    }
}

fn selects_gateway(policy: &Object, effective: &Effective) -> bool {
    effective.selected(policy).into_iter().any(|(at, _)| is_gateway(&effective.workloads()[at]))
}

/// Whether a workload is a gateway: the injector is to fill in its proxy.
fn is_gateway(workload: &Workload) -> bool {
    let proxy = |name: Option<&str>, image: Option<&str>| name == Some("istio-proxy") && image.is_none_or(|image| image == "auto");
    workload.pod().is_some_and(|pod| pod.containers().any(|container| proxy(container.name(), container.image())))
}

/// The unit's effective policy, with the root namespace that holds where `object` is written.
pub(super) fn effective_at<'u>(object: &Object, cx: &ManifestCx<'u>) -> Option<(&'u Unit, &'u Effective)> {
    let unit = cx.unit()?;
    let root = cx.mesh_root(object.kind_at());
    Some((unit, unit.effective(root)))
}

/// Whether no section of a rule narrows it: every request matches.
pub(super) fn allows_everything(rule: &Node) -> Tri {
    if !matches!(rule.value, Value::Map(_)) {
        return if rule.unknown().is_some() { Tri::Unknown } else { Tri::No };
    }
    let when = match rule.get("when") {
        None => Tri::Yes,
        Some(node) if node.is_null() => Tri::Yes,
        Some(node) => match &node.value {
            Value::List(items) => items.is_empty().into(),
            _ if node.unknown().is_some() => Tri::Unknown,
            // refused
            _ => Tri::No,
        },
    };
    let section = |section: &str, field: &str, open: fn(&Node) -> Tri| match rule.get(section) {
        None => Tri::Yes,
        Some(node) if node.is_null() => Tri::Yes,
        Some(node) => match &node.value {
            Value::List(items) if items.is_empty() => Tri::Yes,
            // one alternative that everything matches is enough
            Value::List(items) => Tri::any(items.iter().map(|item| item.get(field).map_or(Tri::No, open))),
            _ if node.unknown().is_some() => Tri::Unknown,
            _ => Tri::No,
        },
    };
    Tri::all([section("from", "source", open_source), section("to", "operation", open_operation), when])
}

/// Whether a `source` takes all addresses and asks for nothing else. An empty one is refused.
fn open_source(source: &Node) -> Tri {
    every_field(source, |key| match key {
        "ipBlocks" | "remoteIpBlocks" => &["0.0.0.0/0"],
        _ => &[],
    })
}

/// Whether an `operation` takes all paths, methods and hosts. An empty one is refused.
fn open_operation(operation: &Node) -> Tri {
    every_field(operation, |key| match key {
        "paths" => &["*", "/*", "/{**}"],
        "methods" | "hosts" => &["*"],
        _ => &[],
    })
}

/// Whether every field that is there has one of the values that match everything.
fn every_field(node: &Node, matching: fn(&str) -> &'static [&'static str]) -> Tri {
    // an empty list decodes to an absent one
    let is_absent = |node: &Node| node.is_null() || matches!(&node.value, Value::List(items) if items.is_empty());
    let fields = node.entries().iter().filter(|entry| !is_absent(&entry.value));
    let mut answers = fields.map(|entry| {
        let open = matching(&entry.key);
        match &entry.value.value {
            Value::List(items) => Tri::any(items.iter().map(|item| match item.as_str() {
                Some(text) => open.contains(&text).into(),
                None if item.unknown().is_some() && !open.is_empty() => Tri::Unknown,
                None => Tri::No,
            })),
            _ if entry.value.unknown().is_some() && !open.is_empty() => Tri::Unknown,
            _ => Tri::No,
        }
    });
    let Some(first) = answers.next() else { return Tri::No };
    answers.fold(first, Tri::and)
}
