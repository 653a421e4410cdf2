//! Calico's NetworkPolicy and GlobalNetworkPolicy (<https://docs.tigera.io/calico/latest/reference/resources/globalnetworkpolicy>).

use super::Direction;
use super::calico_selector::matches;
use super::policy::Items;
use crate::model::k8s::{Labels, Object};
use crate::model::tri::Tri;
use crate::model::value::{Node, Scalar, Value};

/// A policy of Calico that is in force, which staged ones are not.
#[derive(Clone, Copy, Debug)]
pub struct CalicoPolicy<'o> {
    pub object: &'o Object,
    /// `None` where it is absent or null, which is an empty one.
    spec: Option<&'o Node>,
}

impl<'o> CalicoPolicy<'o> {
    /// The view of an object, if it is such a policy.
    #[must_use]
    pub fn new(object: &'o Object) -> Option<Self> {
        let group = matches!(&*object.group, "projectcalico.org" | "crd.projectcalico.org");
        let fits = group && matches!(&*object.kind, "NetworkPolicy" | "GlobalNetworkPolicy");
        let spec = object.root.get("spec").filter(|node| !node.is_null());
        fits.then_some(Self { object, spec })
    }

    fn is_readable(&self) -> bool {
        !self.object.partial && self.spec.is_none_or(|node| matches!(node.value, Value::Map(_)))
    }

    fn is_global(&self) -> bool {
        &*self.object.kind == "GlobalNetworkPolicy"
    }

    fn field(&self, key: &str) -> Option<&'o Node> {
        self.spec?.get(key).filter(|node| !node.is_null())
    }

    /// The number that policies of a tier are sorted by; `None` where it is absent, which is behind all others, or no number.
    #[must_use]
    pub fn order(&self) -> Option<f64> {
        match &self.field("order")?.value {
            Value::Scalar(Scalar::Number(text)) => text.parse().ok(),
            _ => None,
        }
    }

    /// The tier, `default` where none is named; `None` where it is not known.
    #[must_use]
    pub fn tier(&self) -> Option<&'o str> {
        match self.field("tier") {
            None => Some("default"),
            Some(node) => node.as_str().map(|name| if name.is_empty() { "default" } else { name }),
        }
    }

    /// `types`, as they are defaulted: those that have rules, and Ingress if none has.
    #[must_use]
    pub fn applies_to(&self, direction: Direction) -> Tri {
        if !self.is_readable() {
            return Tri::Unknown;
        }
        match Items::of(self.spec, "types") {
            Items::Some(types) => Tri::any(types.iter().map(|item| match item.as_str() {
                Some(name) if name == direction.policy_type() => Tri::Yes,
                Some("Ingress" | "Egress") => Tri::No,
                _ => Tri::Unknown,
            })),
            Items::Unknown => Tri::Unknown,
            Items::None => {
                let rules = |direction: Direction| self.rules(direction).is_some();
                match direction {
                    Direction::Egress => rules(Direction::Egress),
                    Direction::Ingress => rules(Direction::Ingress).or(!rules(Direction::Egress)),
                }
            }
        }
    }

    /// Whether the rules that are written for a direction are in force: as [`Self::applies_to`], and of a template that was read
    /// around its actions, which types are there.
    #[must_use]
    pub fn rules_apply(&self, direction: Direction) -> Tri {
        if !self.object.partial {
            return self.applies_to(direction);
        }
        match Items::of(self.spec, "types") {
            Items::Some(types) if types.iter().any(|item| item.as_str() == Some(direction.policy_type())) => Tri::Yes,
            Items::None => self.rules(direction).is_some(),
            Items::Some(_) | Items::Unknown => Tri::Unknown,
        }
    }

    /// The rules of a direction, whether it applies or not.
    #[must_use]
    pub fn rules(&self, direction: Direction) -> Items<'o> {
        Items::of(self.spec, direction.key())
    }

    /// Whether a rule is about every packet: nothing in it narrows it down.
    #[must_use]
    pub fn is_unconditional(rule: &Node) -> Tri {
        let Value::Map(entries) = &rule.value else { return Tri::Unknown };
        Tri::all(entries.iter().filter(|entry| !matches!(&*entry.key, "action" | "metadata")).map(|entry| is_void(&entry.value)))
    }

    /// Whether the policy selects pods with these labels in a namespace with those.
    #[must_use]
    pub fn selects(&self, pod: &Labels<'_>, namespace: &Labels<'_>) -> Tri {
        if !self.is_readable() {
            return Tri::Unknown;
        }
        let selector = |key: &str, labels: &Labels<'_>| match self.field(key).map(|node| &node.value) {
            None => Tri::Yes,
            Some(Value::Scalar(Scalar::String(text))) => matches(text, labels),
            Some(_) => Tri::Unknown,
        };
        let namespaces = if self.is_global() { selector("namespaceSelector", namespace) } else { Tri::Yes };
        // accounts' labels are not read
        let accounts = selector("serviceAccountSelector", &Labels::unknown());
        selector("selector", pod).and(namespaces).and(accounts).and(!self.is_of_hosts())
    }

    /// Whether it is about the interfaces of nodes, before connections are tracked.
    fn is_of_hosts(&self) -> Tri {
        Tri::any(["doNotTrack", "preDNAT"].map(|key| match self.field(key) {
            None => Tri::No,
            Some(node) => node.as_bool().map_or(Tri::Unknown, Tri::from),
        }))
    }

    /// Whether it selects every pod that it can, by leaving selectors out or by `all()`.
    #[must_use]
    pub fn selects_everything(&self) -> Tri {
        let everything = |key: &str| match self.field(key).map(|node| (node.as_str(), node.unknown())) {
            None => Tri::Yes,
            Some((Some(text), _)) => matches!(text.trim(), "" | "all()").into(),
            Some((None, _)) => Tri::Unknown,
        };
        let all = ["selector", "namespaceSelector", "serviceAccountSelector"].map(everything);
        if self.is_readable() { Tri::all(all).and(!self.is_of_hosts()) } else { Tri::Unknown }
    }

    /// What an unconditional rule does with what the rules before it leave: `None` without one, empty where
    /// that is not known.
    #[must_use]
    pub fn rest(&self, direction: Direction) -> Option<&'o str> {
        for rule in self.rules(direction).known() {
            let action = rule.get("action").and_then(Node::as_str);
            match Self::is_unconditional(rule) {
                Tri::No => {}
                Tri::Yes if action == Some("Log") => {}
                Tri::Yes => return Some(action.unwrap_or("")),
                // it may be the one
                Tri::Unknown => return Some(""),
            }
        }
        None
    }

    /// Whether it denies everything in a direction to the pods that it selects: no rule before the end allows or passes anything.
    #[must_use]
    pub fn denies_all(&self, direction: Direction) -> Tri {
        let rules = match self.rules(direction) {
            Items::None => return self.applies_to(direction),
            Items::Unknown => return Tri::Unknown,
            Items::Some(rules) => rules,
        };
        for rule in rules {
            match rule.get("action").and_then(Node::as_str) {
                Some("Log") => {}
                Some("Deny") => match Self::is_unconditional(rule) {
                    Tri::Yes => return self.applies_to(direction),
                    Tri::No | Tri::Unknown => {}
                },
                Some(_) => return Tri::No,
                None => return Tri::Unknown,
            }
        }
        self.applies_to(direction)
    }

    /// Whether the policy isolates pods with these labels in a namespace with those, and no rule lets everything through. A pod that
    /// a policy applies to is denied what no rule allows.
    pub(in crate::model) fn isolates(&self, pod: &Labels<'_>, namespace: &Labels<'_>, direction: Direction) -> Tri {
        self.selects(pod, namespace).and(self.applies_to(direction)).and(!self.allows_all(direction))
    }

    /// Whether an unconditional rule lets everything through: rules are tried in order.
    fn allows_all(&self, direction: Direction) -> Tri {
        match self.rules(direction) {
            Items::None => return Tri::No,
            Items::Unknown => return Tri::Unknown,
            Items::Some(_) => {}
        }
        match self.rest(direction) {
            Some("Allow") => Tri::Yes,
            Some("Deny") | None => Tri::No,
            // the next tier decides
            Some(_) => Tri::Unknown,
        }
    }
}

/// Whether a value says nothing: null, an empty collection, or a map of such values.
fn is_void(node: &Node) -> Tri {
    match &node.value {
        Value::Map(entries) => Tri::all(entries.iter().map(|entry| is_void(&entry.value))),
        Value::List(items) => items.is_empty().into(),
        Value::Scalar(Scalar::Unknown(_)) => Tri::Unknown,
        Value::Scalar(scalar) => (*scalar == Scalar::Null).into(),
    }
}
