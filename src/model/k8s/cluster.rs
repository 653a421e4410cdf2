//! The objects of a unit as a cluster sees them: namespaces and what lies in them.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::object::{self, Object};
use super::pods::{Pod, is_workload, pod};
use super::scope::Scope;
use super::selector::Labels;
use crate::model::tri::Tri;
use crate::model::value::{Node, Origin, Value};

/// The namespaces of a unit.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    spaces: BTreeMap<Arc<str>, Space>,
    /// Objects without a namespace, because their kind has none.
    pub cluster_scoped: Vec<Arc<Object>>,
    /// Objects whose namespace cannot be known.
    pub adrift: Vec<Arc<Object>>,
    /// Objects of no known namespace whose kind is one of a policy, or of something that makes them: few among many.
    pub wide_policies: Vec<Arc<Object>>,
    by_kind: BTreeMap<Kind, Vec<Arc<Object>>>,
    released: bool,
    /// ServiceAccounts by name; sorted when first asked for.
    accounts: OnceLock<BTreeMap<Arc<str>, Vec<Arc<Object>>>>,
}

/// API group and kind.
type Kind = (Arc<str>, Arc<str>);

/// One namespace: a Namespace object, or objects that are applied to it.
#[derive(Clone, Debug, Default)]
pub struct Space {
    pub name: Arc<str>,
    /// The Namespace objects of this name; several where files repeat it.
    pub declared: Vec<Arc<Object>>,
    /// All objects in it, in the unit's order.
    pub objects: Vec<Arc<Object>>,
    /// Those that run pods, in path and document order.
    pub workloads: Vec<Arc<Object>>,
    /// The core group's Services.
    pub services: Vec<Arc<Object>>,
}

impl Cluster {
    /// Sorts a unit's objects.
    #[must_use]
    pub fn new(objects: &[Arc<Object>]) -> Self {
        Self::sort(objects, false)
    }

    /// Sorts a chart's objects, which are applied to a namespace of the user's choice where they name none.
    #[must_use]
    pub fn of_chart(objects: &[Arc<Object>]) -> Self {
        Self::sort(objects, true)
    }

    fn sort(objects: &[Arc<Object>], released: bool) -> Self {
        let mut this = Self { released, ..Self::default() };
        for object in objects {
            let is_policy = object.kind.ends_with("Policy") || &*object.kind == "Tenant";
            this.by_kind.entry((object.group.clone(), object.kind.clone())).or_default().push(object.clone());
            if object.scope == Scope::Cluster {
                if let Some(name) = object.name().filter(|_| object.is("", "Namespace")) {
                    this.space(name).declared.push(object.clone());
                }
                this.wide_policies.extend(is_policy.then(|| object.clone()));
                this.cluster_scoped.push(object.clone());
                continue;
            }
            let object::Namespace::Named(name) = namespace(object, released) else {
                this.wide_policies.extend(is_policy.then(|| object.clone()));
                this.adrift.push(object.clone());
                continue;
            };
            let space = this.space(name);
            space.objects.push(object.clone());
            if is_workload(object) || (pod(object).is_some() && !object.is("", "PodTemplate")) {
                space.workloads.push(object.clone());
            } else if object.is("", "Service") {
                space.services.push(object.clone());
            }
        }
        for space in this.spaces.values_mut() {
            // sources are numbered in path order
            space.workloads.sort_by_key(|object| object.kind_at().at);
            space.declared.sort_by_key(|object| object.kind_at().at);
        }
        this
    }

    fn space(&mut self, name: &str) -> &mut Space {
        if !self.spaces.contains_key(name) {
            let name: Arc<str> = name.into();
            self.spaces.insert(name.clone(), Space { name, ..Space::default() });
        }
        self.spaces.get_mut(name).expect("just put there")
    }

    /// All namespaces that an object declares or lies in, by name.
    pub fn namespaces(&self) -> impl ExactSizeIterator<Item = &Space> {
        self.spaces.values()
    }

    /// The namespace of this name, if an object declares it or lies in it.
    #[must_use]
    pub fn namespace(&self, name: &str) -> Option<&Space> {
        self.spaces.get(name)
    }

    /// The namespace that a namespaced object lies in, where that is known.
    #[must_use]
    pub fn space_of(&self, object: &Object) -> Option<&Space> {
        match namespace(object, self.released) {
            object::Namespace::Named(name) => self.namespace(name),
            object::Namespace::Cluster | object::Namespace::Unknown => None,
        }
    }

    /// The ServiceAccounts called `name` in the namespace of `object`; one whose namespace is not known may be among them.
    pub fn accounts<'c>(&'c self, object: &'c Object, name: &str) -> impl Iterator<Item = &'c Arc<Object>> + use<'c> {
        let sorted = self.accounts.get_or_init(|| {
            let mut out: BTreeMap<Arc<str>, Vec<Arc<Object>>> = BTreeMap::new();
            for account in self.of_kind("", "ServiceAccount") {
                if let Some(name) = account.name() {
                    out.entry(name.into()).or_default().push(account.clone());
                }
            }
            out
        });
        let own = namespace(object, self.released);
        sorted.get(name).map_or(&[][..], Vec::as_slice).iter().filter(move |account| {
            let other = namespace(account, self.released);
            own == other || own == object::Namespace::Unknown || other == object::Namespace::Unknown
        })
    }

    /// All objects of a kind, whatever their version, in the unit's order.
    #[must_use]
    pub fn of_kind(&self, group: &str, kind: &str) -> &[Arc<Object>] {
        self.by_kind.get(&(group.into(), kind.into())).map_or(&[], Vec::as_slice)
    }
}

/// The namespace of an object; unknown where one that was not read whole, or one of a chart, names none.
fn namespace(object: &Object, released: bool) -> object::Namespace<'_> {
    let named = object.root.path(&["metadata", "namespace"]).is_some();
    match object.namespace() {
        object::Namespace::Named(_) if (object.partial || released) && !named => object::Namespace::Unknown,
        namespace => namespace,
    }
}

impl Space {
    /// The namespace's labels, with `kubernetes.io/metadata.name`, which the API server sets. Where no object declares the
    /// namespace there may be any others.
    #[must_use]
    pub fn labels(&self) -> Labels<'_> {
        let labels = match self.declared.first() {
            Some(object) => Labels::new(object.labels(), object.partial),
            None => Labels::unknown(),
        };
        labels.with("kubernetes.io/metadata.name", &self.name)
    }

    /// Whether the files say what runs here: there is a Namespace object or a workload. Where they do not, nothing can be said to
    /// be absent.
    #[must_use]
    pub fn is_described(&self) -> bool {
        !self.declared.is_empty() || !self.workloads.is_empty()
    }

    /// Where findings about something that the namespace lacks point: `kind` of the Namespace object, else of the first workload.
    #[must_use]
    pub fn anchor(&self) -> Option<&Origin> {
        self.declared.first().or_else(|| self.workloads.first()).map(|object| object.kind_at())
    }

    /// The objects that make an absence in the namespace one: its Namespace object, its workloads and its policies.
    pub fn deciders(&self) -> impl Iterator<Item = &Arc<Object>> {
        let is_policy = |object: &&Arc<Object>| object.kind.ends_with("Policy");
        self.declared.iter().chain(&self.workloads).chain(self.objects.iter().filter(is_policy))
    }

    /// Whether an object in it was not read whole, so that nothing can be said to be absent.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.objects.iter().chain(&self.declared).any(|object| object.partial)
    }

    /// The pods of the workloads, in path and document order. Workloads whose pods cannot be known are left out.
    pub fn pods(&self) -> impl Iterator<Item = Pod<'_>> {
        self.workloads.iter().filter_map(|object| pod(object))
    }

    /// The Services that send traffic to pods with these labels, surely or perhaps.
    pub fn services_of<'s, 'l>(&'s self, labels: &'l Labels<'l>) -> impl Iterator<Item = (&'s Arc<Object>, Tri)> {
        self.services.iter().filter_map(move |service| {
            let selector = service.root.path(&["spec", "selector"])?;
            // an empty one selects nothing
            let selected = match &selector.value {
                Value::Map(entries) if entries.is_empty() => Tri::No,
                _ if Node::is_null(selector) => Tri::No,
                _ => labels.has_all(Some(selector)),
            };
            (!selected.is_no()).then_some((service, selected))
        })
    }
}
