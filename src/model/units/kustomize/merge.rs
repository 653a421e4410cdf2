//! Strategic merge patches, as kustomize applies them (kyaml's `merge2` with lists that grow at the front).

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::fields::{stamp, stamped, text_of};
use super::openapi::{Merged, Schema};
use crate::model::value::{Entry, Node, Origin, Value};

/// What is left of the patched value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Left {
    Value,
    Nothing,
}

/// Where a merge is, and what could not be done.
pub(super) struct Merge {
    /// The lists of the object's kind are merged by keys: it is one of Kubernetes' own.
    known: bool,
    kind: Arc<str>,
    /// Group and version, and the schema that takes the place of Kubernetes' own.
    schema: Option<(Arc<str>, Arc<str>, Arc<Schema>)>,
    path: Vec<Arc<str>>,
    pub(super) problems: Vec<String>,
}

/// How the items of a list find each other.
enum ListKind {
    Replaced,
    /// By the values of these fields, the first of which every item has.
    Keyed(&'static [&'static str]),
    /// The same, as a schema has it.
    Named(Vec<Arc<str>>),
    /// A set of scalars.
    Set,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Directive {
    Merge,
    Replace,
    Delete,
}

impl Merge {
    pub(super) fn new(group: &Arc<str>, version: &Arc<str>, kind: &Arc<str>, schema: Option<&Arc<Schema>>) -> Self {
        let version_text = &**version;
        let known = match &**group {
            "" | "apps" | "batch" | "networking.k8s.io" => version_text == "v1",
            "policy" | "rbac.authorization.k8s.io" | "storage.k8s.io" | "admissionregistration.k8s.io" | "apiregistration.k8s.io" => true,
            _ => false,
        };
        let schema = schema.map(|schema| (Arc::clone(group), Arc::clone(version), Arc::clone(schema)));
        Self { known, kind: Arc::clone(kind), schema, path: Vec::new(), problems: Vec::new() }
    }

    /// Merges `patch` into `base`.
    pub(super) fn node(&mut self, base: &mut Node, patch: &Node) -> Left {
        if patch.is_null() {
            return Left::Nothing;
        }
        if base.is_null() {
            return self.put(base, patch);
        }
        if base.unknown().is_some() && !matches!(patch.value, Value::Scalar(_)) {
            return Left::Value;
        }
        match (&mut base.value, &patch.value) {
            (Value::Map(_), Value::Map(_)) => self.map(base, patch),
            (Value::List(_), Value::List(_)) => self.list(base, patch),
            (Value::Scalar(old), Value::Scalar(new)) => {
                if old != new {
                    *base = stamped(patch, &base.origin);
                }
                Left::Value
            }
            _ => {
                self.problems.push(format!(
                    "`{}` is a {} in the patch and a {} in the object",
                    self.at(),
                    patch.type_name(),
                    base.type_name()
                ));
                Left::Value
            }
        }
    }

    fn at(&self) -> String {
        self.path.join(".")
    }

    /// Puts `patch` in the place of `base`.
    fn put(&mut self, base: &mut Node, patch: &Node) -> Left {
        match self.cleaned(patch) {
            Some(node) => {
                *base = stamped(&node, &base.origin);
                Left::Value
            }
            None => Left::Nothing,
        }
    }

    /// What a patch that meets nothing adds: itself without directives and nulls.
    fn cleaned(&mut self, patch: &Node) -> Option<Node> {
        let value = match &patch.value {
            Value::Map(entries) => {
                if directive(patch) == Some(Directive::Delete) {
                    return None;
                }
                let mut kept = Vec::with_capacity(entries.len());
                for entry in entries {
                    if self.is_directive(entry) || entry.value.is_null() {
                        continue;
                    }
                    if let Some(value) = self.cleaned(&entry.value) {
                        kept.push(Entry { key: Arc::clone(&entry.key), origin: entry.origin.clone(), value });
                    }
                }
                Value::Map(kept)
            }
            Value::List(items) => Value::List(items.iter().filter_map(|item| self.cleaned(item)).collect()),
            Value::Scalar(scalar) => Value::Scalar(scalar.clone()),
        };
        Some(Node { value, origin: patch.origin.clone() })
    }

    /// Whether a key speaks about the patch; those that kustomize does not know would end up in the object.
    fn is_directive(&mut self, entry: &Entry) -> bool {
        if let Some(rest) = entry.key.strip_prefix("$")
            && (rest == "retainKeys" || rest.starts_with("deleteFromPrimitiveList/") || rest.starts_with("setElementOrder/"))
        {
            self.problems.push(format!("the directive `{}` is not followed", entry.key));
            return true;
        }
        &*entry.key == "$patch"
    }

    fn map(&mut self, base: &mut Node, patch: &Node) -> Left {
        match directive(patch) {
            Some(Directive::Delete) => return Left::Nothing,
            Some(Directive::Replace) => return self.put(base, patch),
            Some(Directive::Merge) | None => {}
        }
        if let Some(entry) = patch.entry("$patch").filter(|_| directive(patch).is_none()) {
            self.problems.push(format!("`$patch: {}` is no strategy", text_of(&entry.value).unwrap_or("")));
        }
        let origin = base.origin.clone();
        let Value::Map(entries) = &mut base.value else { return Left::Value };
        let places: FxHashMap<Arc<str>, usize> = entries.iter().enumerate().map(|(at, entry)| (Arc::clone(&entry.key), at)).collect();
        let mut gone: FxHashSet<Arc<str>> = FxHashSet::default();
        for entry in patch.entries() {
            if self.is_directive(entry) {
                continue;
            }
            self.path.push(Arc::clone(&entry.key));
            match places.get(&entry.key) {
                Some(at) => {
                    if self.entry(&mut entries[*at], entry) == Left::Nothing {
                        gone.insert(Arc::clone(&entry.key));
                    }
                }
                None => entries.extend(self.added(entry, &origin)),
            }
            self.path.pop();
        }
        if !gone.is_empty() {
            entries.retain(|entry| !gone.contains(&entry.key));
        }
        Left::Value
    }

    /// The entry that a patch adds to a map.
    fn added(&mut self, patch: &Entry, parent: &Origin) -> Option<Entry> {
        let value = Some(&patch.value).filter(|value| !value.is_null()).and_then(|value| self.cleaned(value))?;
        Some(Entry { key: Arc::clone(&patch.key), origin: stamp(&patch.origin, parent), value: stamped(&value, parent) })
    }

    fn entry(&mut self, old: &mut Entry, patch: &Entry) -> Left {
        let place = old.value.origin.clone();
        let left = self.node(&mut old.value, &patch.value);
        if left == Left::Value && old.value.origin != place {
            // the value is the patch's now, and so is the key that findings point at
            old.origin = stamp(&patch.origin, &old.origin);
        }
        left
    }

    fn list(&mut self, base: &mut Node, patch: &Node) -> Left {
        match list_directive(patch) {
            Some(Directive::Delete) => return Left::Nothing,
            Some(Directive::Replace) => {
                let items = patch.items().iter().filter(|item| !is_lone_directive(item)).cloned().collect();
                return self.put(base, &Node { value: Value::List(items), origin: patch.origin.clone() });
            }
            Some(Directive::Merge) | None => {}
        }
        match self.list_kind() {
            ListKind::Replaced => {
                let origin = base.origin.clone();
                if !base.is_same_value(patch) {
                    // a list that no key merges is taken as it stands
                    *base = stamped(patch, &origin);
                }
            }
            ListKind::Keyed(keys) => self.keyed(base, patch, keys),
            ListKind::Named(keys) => self.keyed(base, patch, &keys.iter().map(|key| &**key).collect::<Vec<_>>()),
            ListKind::Set => {
                let Value::List(items) = &mut base.value else { return Left::Value };
                let mut merged: Vec<Node> = patch.items().iter().map(|item| stamped(item, &base.origin)).collect();
                let new: FxHashSet<&str> = patch.items().iter().filter_map(text_of).collect();
                items.retain(|item| text_of(item).is_none_or(|text| !new.contains(text)));
                merged.append(items);
                *items = merged;
            }
        }
        Left::Value
    }

    /// The patch's items first, each merged with its counterpart, then what is left of the object's.
    fn keyed(&mut self, base: &mut Node, patch: &Node, keys: &[&str]) {
        let origin = base.origin.clone();
        let Value::List(items) = &mut base.value else { return };
        let mut old: Vec<Option<Node>> = std::mem::take(items).into_iter().map(Some).collect();
        let mut places: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        for (at, item) in old.iter().enumerate() {
            if let Some(value) = item.as_ref().and_then(|item| text_of(item.get(keys[0])?)) {
                places.entry(value.to_owned()).or_default().push(at);
            }
        }
        let mut merged: Vec<Node> = Vec::new();
        for item in patch.items().iter().filter(|item| !is_lone_directive(item)) {
            let Some(value) = item.get(keys[0]).and_then(text_of) else {
                if item.is_null() {
                    continue;
                }
                self.problems.push(format!("an item of `{}` has no `{}`", self.at(), keys[0]));
                merged.extend(self.cleaned(item).map(|item| stamped(&item, &origin)));
                continue;
            };
            let known = places.get(value).map_or(&[][..], Vec::as_slice);
            let fits = |at: &usize| old[*at].as_ref().map(|node| others(node, item, &keys[1..]));
            if let Some(at) = known.iter().copied().find(|at| fits(at) == Some(Fit::Same)) {
                let Some(mut node) = old[at].take() else { continue };
                let left = self.node(&mut node, item) == Left::Value;
                // of several keys, kustomize leaves the items where they are
                match (left, keys.len()) {
                    (true, 1) => merged.push(node),
                    (true, _) => old[at] = Some(node),
                    (false, _) => {}
                }
            } else if !known.iter().any(|at| fits(at) == Some(Fit::Half)) {
                merged.extend(self.cleaned(item).map(|item| stamped(&item, &origin)));
            }
        }
        merged.extend(old.into_iter().flatten());
        *items = merged;
    }

    /// The merge keys of Kubernetes' API (`x-kubernetes-patch-merge-key` and `x-kubernetes-list-map-keys` of its OpenAPI document).
    fn list_kind(&self) -> ListKind {
        let mut path = self.path.iter().rev().map(|key| &**key);
        let (last, parent) = (path.next().unwrap_or(""), path.next().unwrap_or(""));
        if let Some((group, version, schema)) = &self.schema {
            return match schema.list(group, version, &self.kind, &self.path) {
                Merged::By(keys) => ListKind::Named(keys),
                Merged::Set => ListKind::Set,
                Merged::Replaced => ListKind::Replaced,
            };
        }
        if !self.known {
            return ListKind::Replaced;
        }
        let in_container = matches!(parent, "containers" | "initContainers" | "ephemeralContainers");
        let kind = &*self.kind;
        let keys: &[&str] = match last {
            "finalizers" if parent == "metadata" => return ListKind::Set,
            "ownerReferences" if parent == "metadata" => &["uid"],
            "ports" if kind == "Service" && parent == "spec" => &["port", "protocol"],
            "ports" if in_container => &["containerPort", "protocol"],
            "env" if in_container => &["name"],
            "volumeMounts" if in_container => &["mountPath"],
            "volumeDevices" if in_container => &["devicePath"],
            "secrets" if kind == "ServiceAccount" && parent.is_empty() => &["name"],
            "webhooks" if kind.ends_with("WebhookConfiguration") => &["name"],
            "matchConditions" if parent == "webhooks" || kind == "ValidatingAdmissionPolicy" => &["name"],
            "variables" if kind == "ValidatingAdmissionPolicy" => &["name"],
            "conditions" if parent == "status" => &["type"],
            "containers"
            | "initContainers"
            | "ephemeralContainers"
            | "volumes"
            | "imagePullSecrets"
            | "schedulingGates"
            | "resourceClaims"
                if parent == "spec" && self.has_pods() =>
            {
                &["name"]
            }
            "hostAliases" if parent == "spec" && self.has_pods() => &["ip"],
            "topologySpreadConstraints" if parent == "spec" && self.has_pods() => &["topologyKey", "whenUnsatisfiable"],
            _ => return ListKind::Replaced,
        };
        ListKind::Keyed(keys)
    }

    fn has_pods(&self) -> bool {
        matches!(
            &*self.kind,
            "Pod" | "PodTemplate" | "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" | "CronJob"
        )
    }
}

/// Whether two items of a list are one, by the keys behind the first.
#[derive(PartialEq, Eq)]
enum Fit {
    Same,
    /// One of them lacks a key that the other has: kustomize merges nothing then.
    Half,
    No,
}

fn others(a: &Node, b: &Node, keys: &[&str]) -> Fit {
    let mut fit = Fit::Same;
    for key in keys {
        match (a.get(key).and_then(text_of), b.get(key).and_then(text_of)) {
            (Some(a), Some(b)) if a != b => return Fit::No,
            (Some(_), None) | (None, Some(_)) => fit = Fit::Half,
            _ => {}
        }
    }
    fit
}

fn directive(node: &Node) -> Option<Directive> {
    match text_of(node.get("$patch")?)? {
        "delete" => Some(Directive::Delete),
        "replace" => Some(Directive::Replace),
        "merge" => Some(Directive::Merge),
        _ => None,
    }
}

/// An item that is nothing but a directive speaks about its list.
fn is_lone_directive(item: &Node) -> bool {
    item.entries().len() == 1 && item.get("$patch").is_some()
}

fn list_directive(patch: &Node) -> Option<Directive> {
    patch.items().iter().find(|item| is_lone_directive(item)).and_then(directive)
}
