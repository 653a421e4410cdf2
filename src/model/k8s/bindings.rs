//! Which service accounts have rights: the subjects of role bindings.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use super::object::{Namespace, Object};
use crate::model::tri::Tri;
use crate::model::units::{Unit, UnitKind};
use crate::model::value::Node;

const GROUP: &str = "rbac.authorization.k8s.io";
const USER_PREFIX: &str = "system:serviceaccount:";
const GROUP_PREFIX: &str = "system:serviceaccounts";

/// The service accounts that RoleBindings and ClusterRoleBindings give rights to.
#[derive(Debug, Default)]
pub struct Bound {
    accounts: FxHashSet<(String, String)>,
    /// Namespaces all of whose accounts have rights.
    namespaces: FxHashSet<String>,
    all: bool,
    /// Units with bindings whose subjects are not known.
    open: BTreeSet<(UnitKind, String)>,
}

impl Bound {
    /// Reads the bindings of all units that are applied.
    pub fn new<'u>(units: impl Iterator<Item = &'u Unit>) -> Self {
        let mut this = Self::default();
        for unit in units {
            for kind in ["RoleBinding", "ClusterRoleBinding"] {
                for binding in unit.cluster().of_kind(GROUP, kind) {
                    if this.add(binding).is_none() {
                        this.open.insert((unit.kind, unit.name.clone()));
                    }
                }
            }
        }
        this
    }

    /// Whether the account `name` of `namespace`, which a pod of `unit` runs as, has rights.
    #[must_use]
    pub fn has(&self, unit: &Unit, namespace: Option<&str>, name: &str) -> Tri {
        let Some(namespace) = namespace else {
            return if self.all || self.accounts.iter().any(|(_, account)| account == name) || self.is_open(unit) {
                Tri::Unknown
            } else {
                Tri::No
            };
        };
        if self.all || self.namespaces.contains(namespace) || self.accounts.contains(&(namespace.to_owned(), name.to_owned())) {
            Tri::Yes
        } else if self.is_open(unit) {
            Tri::Unknown
        } else {
            Tri::No
        }
    }

    fn is_open(&self, unit: &Unit) -> bool {
        !self.open.is_empty() && self.open.contains(&(unit.kind, unit.name.clone()))
    }

    /// Adds the subjects of a binding; `None` where some cannot be known.
    fn add(&mut self, binding: &Object) -> Option<()> {
        let own = match binding.namespace() {
            Namespace::Named(name) => Some(name),
            Namespace::Cluster | Namespace::Unknown => None,
        };
        let Some(subjects) = binding.root.get("subjects") else { return (!binding.partial).then_some(()) };
        let mut known = subjects.unknown().is_none() && !binding.partial;
        for subject in subjects.items() {
            let text = |key: &str| subject.get(key).and_then(Node::as_str);
            let (Some(kind), Some(name)) = (text("kind"), text("name")) else {
                known &= !subject.has_unknown();
                continue;
            };
            match kind {
                "ServiceAccount" => match subject.get("namespace").map_or(own, Node::as_str) {
                    Some(namespace) => drop(self.accounts.insert((namespace.to_owned(), name.to_owned()))),
                    None => known = false,
                },
                "User" => {
                    if let Some((namespace, account)) = name.strip_prefix(USER_PREFIX).and_then(|rest| rest.split_once(':')) {
                        self.accounts.insert((namespace.to_owned(), account.to_owned()));
                    }
                }
                "Group" => match name.strip_prefix(GROUP_PREFIX) {
                    Some("") => self.all = true,
                    Some(rest) => drop(rest.strip_prefix(':').map(|namespace| self.namespaces.insert(namespace.to_owned()))),
                    None => {}
                },
                _ => {}
            }
        }
        known.then_some(())
    }
}
