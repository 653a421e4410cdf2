//! Calico's NetworkPolicy and GlobalNetworkPolicy (<https://docs.tigera.io/calico/latest/reference/resources/globalnetworkpolicy>).

use super::Direction;
use super::calico_selector::matches;
use super::policy::Items;
use crate::model::k8s::{Labels, Object};
use crate::model::tri::Tri;
use crate::model::value::{Node, Scalar, Value};

/// Whether the policy isolates pods with these labels in a namespace with those, and no rule lets everything through. A pod that a
/// policy applies to is denied what no rule allows.
pub(super) fn isolates(object: &Object, pod: &Labels<'_>, namespace: &Labels<'_>, direction: Direction) -> Tri {
    let Some(spec) = object.root.get("spec").filter(|node| !object.partial && matches!(node.value, Value::Map(_))) else {
        return Tri::Unknown;
    };
    let selector = |key: &str, labels: &Labels<'_>| match spec.get(key).map(|node| &node.value) {
        None | Some(Value::Scalar(Scalar::Null)) => Tri::Yes,
        Some(Value::Scalar(Scalar::String(text))) => matches(text, labels),
        Some(_) => Tri::Unknown,
    };
    let global = &*object.kind == "GlobalNetworkPolicy";
    let namespaces = if global { selector("namespaceSelector", namespace) } else { Tri::Yes };
    // accounts' labels are not read
    let accounts = selector("serviceAccountSelector", &Labels::unknown());
    let of_hosts = Tri::any(["doNotTrack", "preDNAT"].map(|key| match spec.get(key) {
        None => Tri::No,
        Some(node) if node.is_null() => Tri::No,
        Some(node) => node.as_bool().map_or(Tri::Unknown, Tri::from),
    }));
    let selected = selector("selector", pod).and(namespaces).and(accounts).and(!of_hosts);
    selected.and(applies_to(spec, direction)).and(!allows_all(spec, direction))
}

/// `types`, as they are defaulted: those that have rules, and Ingress if none has.
fn applies_to(spec: &Node, direction: Direction) -> Tri {
    match Items::of(Some(spec), "types") {
        Items::Some(types) => Tri::any(types.iter().map(|item| match item.as_str() {
            Some(name) if name == direction.policy_type() => Tri::Yes,
            Some("Ingress" | "Egress") => Tri::No,
            _ => Tri::Unknown,
        })),
        Items::Unknown => Tri::Unknown,
        Items::None => {
            let rules = |direction: Direction| Items::of(Some(spec), direction.key()).is_some();
            match direction {
                Direction::Egress => rules(Direction::Egress),
                Direction::Ingress => rules(Direction::Ingress).or(!rules(Direction::Egress)),
            }
        }
    }
}

/// Whether an unconditional rule lets everything through: rules are tried in order.
fn allows_all(spec: &Node, direction: Direction) -> Tri {
    let rules = match Items::of(Some(spec), direction.key()) {
        Items::None => return Tri::No,
        Items::Unknown => return Tri::Unknown,
        Items::Some(rules) => rules,
    };
    for rule in rules {
        let narrows = rule.entries().iter().any(|entry| {
            let empty = match &entry.value.value {
                Value::Map(entries) => entries.is_empty(),
                Value::List(items) => items.is_empty(),
                Value::Scalar(scalar) => *scalar == Scalar::Null,
            };
            !matches!(&*entry.key, "action" | "metadata") && !empty
        });
        if narrows {
            continue;
        }
        match rule.get("action").and_then(Node::as_str) {
            Some("Allow") => return Tri::Yes,
            Some("Deny") => return Tri::No,
            Some("Log") => {}
            // the next tier decides
            _ => return Tri::Unknown,
        }
    }
    Tri::No
}
