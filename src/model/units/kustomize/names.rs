//! References to objects whose name or namespace kustomize changed.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::config::Config;
use super::fields::{any_entry, each_entry, entry_mut, stamp, string, text_of};
use super::resource::{Budget, Id, Res};
use super::specs::{POD_REFERENCES, REFERENCES, follows, pod_spec};
use crate::model::value::{Node, Origin, Value};

/// An object whose name or namespace is not what it was.
struct Renamed {
    now: Id,
    /// `metadata.namespace` as it is written, empty where it is absent.
    namespace: Arc<str>,
    former: Vec<Id>,
    prefixes: Vec<Arc<str>>,
    suffixes: Vec<Arc<str>>,
    /// Where its name comes from.
    name_at: Origin,
    namespace_at: Option<Origin>,
}

type ByName = FxHashMap<Arc<str>, Vec<Arc<Renamed>>>;

/// Who refers.
struct Referrer {
    id: Id,
    prefixes: Vec<Arc<str>>,
    suffixes: Vec<Arc<str>>,
    is_cluster_scoped: bool,
    /// Group and kind of its `roleRef`.
    role: Option<(Arc<str>, Arc<str>)>,
}

/// Updates all references in `all`; what was too much to copy is left as it was, and told.
pub(super) fn update(all: &mut [Res], config: &Config, budget: &mut Budget) -> Result<(), String> {
    let mut renamed = ByName::default();
    for res in all.iter().filter(|res| !res.previous.is_empty()) {
        let other = Arc::new(Renamed::of(res));
        for id in &other.former {
            let known = renamed.entry(Arc::clone(&id.name)).or_default();
            if !known.last().is_some_and(|last| Arc::ptr_eq(last, &other)) {
                known.push(Arc::clone(&other));
            }
        }
    }
    if renamed.is_empty() {
        return Ok(());
    }
    for res in all {
        let referrer = Referrer::of(res);
        let mut fields: Vec<(&str, Option<&str>, String)> = Vec::new();
        if let Some(pod) = pod_spec(&res.kind) {
            let in_pod = POD_REFERENCES.iter().filter(|(target, _)| follows(target, &res.kind));
            fields.extend(in_pod.map(|(target, path)| (*target, None, format!("{pod}/{path}"))));
        }
        let outside = REFERENCES.iter().filter(|reference| reference.field.selects(res));
        fields.extend(outside.map(|reference| (reference.target, reference.target_group, reference.field.path.to_owned())));
        let mut fields: Vec<(&str, Option<&str>, Vec<String>)> = fields
            .into_iter()
            .map(|(target, group, path)| (target, group, path.split('/').map(|part| part.replace('~', "/")).collect()))
            .collect();
        for references in &config.references {
            let group = Some(&*references.group).filter(|group| !group.is_empty());
            let own = references.fields.iter().filter(|field| field.selects(res));
            fields.extend(own.map(|field| (&*references.kind, group, field.path().into_iter().map(str::to_owned).collect())));
        }
        for (target, group, path) in fields {
            let parts: Vec<&str> = path.iter().map(String::as_str).collect();
            let is_role = parts == ["roleRef", "name"];
            let choose = |name: &str, namespace: Option<&str>| choose(&renamed, &referrer, target, group, is_role, name, namespace);
            if !any_entry(&res.root, &parts, &mut |entry| wants(&entry.value, &choose)) {
                continue;
            }
            let Some(root) = res.edit(budget) else { return Err("too many values are copied".to_owned()) };
            // what is of another type is left alone
            let _ = each_entry(root, &parts, None, &mut |entry| rename(&mut entry.value, &choose));
        }
    }
    Ok(())
}

impl Renamed {
    fn of(res: &Res) -> Self {
        let namespace = res.root.path(&["metadata", "namespace"]);
        Self {
            now: res.id(),
            namespace: res.namespace().into(),
            former: res.previous.clone(),
            prefixes: res.prefixes.clone(),
            suffixes: res.suffixes.clone(),
            name_at: res.root.path(&["metadata", "name"]).map_or_else(|| res.root.origin.clone(), |node| node.origin.clone()),
            namespace_at: namespace.map(|node| node.origin.clone()),
        }
    }
}

impl Referrer {
    fn of(res: &Res) -> Self {
        let role = |key: &str| res.root.path(&["roleRef", key]).and_then(text_of).map(Arc::from);
        Self {
            id: res.id(),
            prefixes: res.prefixes.clone(),
            suffixes: res.suffixes.clone(),
            is_cluster_scoped: res.is_cluster_scoped(),
            role: role("apiGroup").zip(role("kind")),
        }
    }
}

/// The object that a name means (kustomize's `selectReferral`); `None` where there is none or several.
fn choose<'r>(
    renamed: &'r ByName,
    referrer: &Referrer,
    target: &str,
    group: Option<&str>,
    is_role: bool,
    name: &str,
    namespace: Option<&str>,
) -> Option<&'r Renamed> {
    let fits = |id: &Id| *id.kind == *target && group.is_none_or(|group| *id.group == *group);
    let is_the_role = |id: &Id| match &referrer.role {
        Some((group, kind)) if is_role => id.group == *group && id.kind == *kind,
        _ => true,
    };
    let mut found: Vec<&Renamed> = renamed
        .get(name)?
        .iter()
        .map(|other| &**other)
        .filter(|other| other.former.iter().any(fits) && other.former.iter().any(is_the_role))
        .filter(|other| {
            referrer.is_cluster_scoped
                || super::resource::is_cluster_scoped(&other.now.group, &other.now.version, &other.now.kind)
                || &*other.now.kind == "ServiceAccount"
                || other.now.namespace == referrer.id.namespace
        })
        .collect();
    if let Some(namespace) = namespace {
        let first: Vec<&Renamed> =
            found.iter().copied().filter(|other| other.former.first().is_some_and(|id| *id.namespace == *namespace)).collect();
        found.retain(|other| *other.now.namespace == *namespace);
        found = if first.is_empty() { found } else { first };
    }
    if found.len() > 1 {
        let ends = |empty: bool| {
            move |other: &&Renamed| {
                same_ends(&other.prefixes, &referrer.prefixes, empty) && same_ends(&other.suffixes, &referrer.suffixes, empty)
            }
        };
        found.retain(ends(true));
        if found.len() > 1 {
            found.retain(ends(false));
        }
    }
    let first = *found.first()?;
    found.iter().all(|other| other.now.name == first.now.name && other.namespace == first.namespace).then_some(first)
}

/// Whether the last prefixes of two objects are the same ones; `empty`: none counts as any.
fn same_ends(a: &[Arc<str>], b: &[Arc<str>], empty: bool) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    (!short.is_empty() || long.is_empty() || empty) && long.ends_with(short)
}

fn wants<'r>(node: &Node, choose: &dyn Fn(&str, Option<&str>) -> Option<&'r Renamed>) -> bool {
    match &node.value {
        Value::List(items) => items.iter().any(|item| wants(item, choose)),
        Value::Map(_) => {
            let namespace = node.get("namespace").and_then(text_of);
            node.get("name").and_then(text_of).and_then(|name| choose(name, namespace).map(|other| (name, other))).is_some_and(
                |(name, other)| *other.now.name != *name || (!other.namespace.is_empty() && namespace != Some(&other.namespace)),
            )
        }
        Value::Scalar(_) => text_of(node).is_some_and(|name| choose(name, None).is_some_and(|other| *other.now.name != *name)),
    }
}

fn rename<'r>(node: &mut Node, choose: &dyn Fn(&str, Option<&str>) -> Option<&'r Renamed>) {
    if !wants(node, choose) {
        return;
    }
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| rename(item, choose)),
        Value::Map(_) => {
            let namespace = node.get("namespace").and_then(text_of).map(str::to_owned);
            let Some(other) = node.get("name").and_then(text_of).and_then(|name| choose(name, namespace.as_deref())) else { return };
            if let Some(entry) = entry_mut(node, "name", None)
                && text_of(&entry.value) != Some(&other.now.name)
            {
                entry.value = string(Arc::clone(&other.now.name), stamp(&other.name_at, &entry.value.origin));
            }
            if let Some(at) =
                other.namespace_at.as_ref().filter(|_| !other.namespace.is_empty() && namespace.as_deref() != Some(&other.namespace))
                && let Some(entry) = entry_mut(node, "namespace", Some(at))
            {
                entry.value = string(Arc::clone(&other.namespace), stamp(at, &entry.value.origin));
            }
        }
        Value::Scalar(_) => {
            if let Some(other) = text_of(node).and_then(|name| choose(name, None)) {
                *node = string(Arc::clone(&other.now.name), stamp(&other.name_at, &node.origin));
            }
        }
    }
}
