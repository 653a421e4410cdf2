//! Workloads that no policy tells apart, as one.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::effective::isolation::is_policy;
use crate::model::effective::{Effective, injection};
use crate::model::k8s::{Labels, Object, Pod, ServiceAccount, Space};
use crate::model::tri::Tri;
use crate::model::units::Unit;
use crate::model::value::{Node, Scalar, Value};

/// What policies see of a workload, and of all that are like it.
#[derive(Clone, Debug)]
pub(super) struct Class<'u> {
    pub(super) space: &'u Space,
    pub(super) labels: Labels<'u>,
    pub(super) namespace_labels: Labels<'u>,
    /// `None` where it cannot be known.
    pub(super) account: Option<&'u str>,
    pub(super) host_network: Tri,
    /// Whether its traffic goes through a mesh; no where no policy of a mesh is in sight.
    pub(super) joined: Tri,
    /// Its place among the mesh's workloads.
    pub(super) in_mesh: Option<usize>,
    /// Ports by the names that its containers give them, with their protocols.
    pub(super) named: Vec<(&'u str, &'u str, u16)>,
    /// Not all of its ports can be known.
    pub(super) is_partial: bool,
}

/// The strings that a unit's policies hold: whatever stands in none of them tells no workloads apart.
#[derive(Debug, Default)]
struct Words<'u> {
    known: FxHashSet<&'u str>,
    /// Some policy compares with parts of values.
    has_patterns: bool,
    /// Some policy is the mesh's.
    has_mesh: bool,
}

impl<'u> Words<'u> {
    fn of(unit: &'u Unit) -> Self {
        let mut this = Self::default();
        for object in &unit.objects {
            let mesh = &*object.group == "security.istio.io";
            if mesh || is_policy(object) {
                this.has_mesh |= mesh;
                this.read(&object.root);
            }
        }
        this
    }

    fn read(&mut self, root: &'u Node) {
        let mut waiting = vec![root];
        while let Some(node) = waiting.pop() {
            match &node.value {
                Value::Map(entries) => {
                    for entry in entries {
                        self.add(&entry.key);
                        waiting.push(&entry.value);
                    }
                }
                Value::List(items) => waiting.extend(items),
                Value::Scalar(Scalar::String(text) | Scalar::Number(text)) => self.add(text),
                Value::Scalar(Scalar::Bool(value)) => self.add(if *value { "true" } else { "false" }),
                Value::Scalar(_) => {}
            }
        }
    }

    fn add(&mut self, text: &'u str) {
        self.has_patterns |= text.len() > 1 && text.contains('*');
        self.has_patterns |= [" contains ", "starts with", "ends with"].iter().any(|operator| text.contains(operator));
        self.known.insert(text);
        // `k8s:app`, `cluster.local/ns/orders/sa/orders`, `app == 'orders' && has(tier)`
        for part in text.split([':', '/']).chain(text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '.' | '_' | '-' | '/'))) {
            self.known.insert(part);
        }
        self.known.extend(text.strip_prefix("io.cilium.k8s.namespace.labels."));
        self.known.extend(text.split_once("io.cilium.k8s.namespace.labels.").map(|(_, key)| key));
        self.known.extend(text.split_once(':').map(|(_, key)| key));
    }

    fn has(&self, text: &str) -> bool {
        self.has_patterns || self.known.contains(text)
    }

    /// Labels as far as they matter.
    fn reduced(&self, labels: &Labels<'u>, out: &mut String) {
        for (key, value) in labels.iter().filter(|(key, _)| self.known.contains(key)) {
            out.push_str(key);
            match value {
                None => out.push('?'),
                Some(value) if self.has(value) => {
                    out.push('=');
                    out.push_str(value);
                }
                Some(_) => out.push('*'),
            }
            out.push('\n');
        }
        out.push_str(if labels.is_open() { "open\n" } else { "\n" });
    }
}

/// Sorts the workloads of a unit; gives the classes, and of each of `workloads` its class.
pub(super) fn classes<'u>(
    unit: &'u Unit,
    effective: &'u Effective,
    workloads: &[(&'u Space, &'u Object, Pod<'u>)],
) -> (Vec<Class<'u>>, Vec<u32>) {
    let words = Words::of(unit);
    let by_object: FxHashMap<usize, usize> =
        effective.workloads().iter().enumerate().map(|(at, own)| (std::ptr::from_ref(&*own.object).addr(), at)).collect();
    let own_policies: FxHashSet<&str> = unit
        .cluster()
        .namespaces()
        .filter(|space| space.objects.iter().any(|object| is_policy(object) || &*object.group == "security.istio.io"))
        .map(|space| &*space.name)
        .collect();
    let mut known: FxHashMap<String, u32> = FxHashMap::default();
    let (mut classes, mut of) = (Vec::new(), Vec::with_capacity(workloads.len()));
    let mut spaces: BTreeMap<&str, String> = BTreeMap::new();
    for (space, object, pod) in workloads {
        let class = class(&words, &by_object, space, object, pod);
        let mut key = spaces
            .entry(&space.name)
            .or_insert_with(|| {
                let mut text = String::new();
                let tells = own_policies.contains(&*space.name) || words.has(&space.name);
                text.push_str(if tells { &space.name } else { "*" });
                text.push('\n');
                words.reduced(&class.namespace_labels, &mut text);
                text
            })
            .clone();
        words.reduced(&class.labels, &mut key);
        let account = if words.has_mesh { class.account.map(|name| if words.has(name) { name } else { "*" }) } else { Some("") };
        let ports: Vec<_> = class.named.iter().filter(|(name, ..)| words.known.contains(name)).collect();
        key.push_str(&format!("{account:?}{:?}{:?}{ports:?}{}", class.host_network, class.joined, class.is_partial));
        let at = *known.entry(key).or_insert_with(|| {
            classes.push(class);
            u32::try_from(classes.len() - 1).unwrap_or(u32::MAX)
        });
        of.push(at);
    }
    (classes, of)
}

fn class<'u>(words: &Words<'u>, by_object: &FxHashMap<usize, usize>, space: &'u Space, object: &'u Object, pod: &Pod<'u>) -> Class<'u> {
    let mut named = Vec::new();
    for item in pod.containers().flat_map(|container| container.ports()) {
        let (Some(name), Some(number)) = (item.get("name").and_then(Node::as_str), item.get("containerPort").and_then(number)) else {
            continue;
        };
        named.push((name, item.get("protocol").and_then(Node::as_str).unwrap_or("TCP"), number));
    }
    named.sort_unstable();
    Class {
        space,
        labels: pod.labels(),
        namespace_labels: space.labels(),
        account: match pod.service_account() {
            ServiceAccount::Named(name, _) => Some(name),
            ServiceAccount::Default => Some("default"),
            ServiceAccount::Unknown => None,
        },
        host_network: pod.host_network(),
        joined: if words.has_mesh { injection(pod, space).joined } else { Tri::No },
        in_mesh: if words.has_mesh { by_object.get(&std::ptr::from_ref(object).addr()).copied() } else { None },
        named,
        is_partial: object.partial,
    }
}

fn number(node: &Node) -> Option<u16> {
    match &node.value {
        Value::Scalar(Scalar::Number(text) | Scalar::String(text)) => text.parse().ok(),
        _ => None,
    }
}
