//! Roles and bindings: <https://kubernetes.io/docs/reference/access-authn-authz/rbac/>.

use super::Object;
use crate::model::tri::Tri;
use crate::model::value::{Entry, Node, Value};

pub const GROUP: &str = "rbac.authorization.k8s.io";

/// A rule of a Role or ClusterRole.
#[derive(Clone, Copy, Debug)]
pub struct RoleRule<'o>(pub &'o Node);

/// The words of a list in a rule.
#[derive(Clone, Copy, Debug)]
pub struct Words<'o>(Option<&'o Entry>);

/// The rules that a role grants by itself: none for other objects, for roles that the control plane makes, and for those whose rules
/// a controller writes (`aggregationRule`).
pub fn rules(object: &Object) -> impl Iterator<Item = RoleRule<'_>> {
    let rules = is_role(object).then(|| object.root.get("rules")).flatten();
    rules.map_or(&[][..], Node::items).iter().filter(|rule| matches!(rule.value, Value::Map(_))).map(RoleRule)
}

fn is_role(object: &Object) -> bool {
    &*object.group == GROUP
        && matches!(&*object.kind, "Role" | "ClusterRole")
        && !is_bootstrapped(object)
        && object.root.get("aggregationRule").is_none_or(Node::is_null)
}

/// Whether the control plane itself makes and reconciles the object: its name begins with `system:`, or its label says so.
#[must_use]
pub fn is_bootstrapped(object: &Object) -> bool {
    object.name().is_some_and(|name| name.starts_with("system:"))
        || object.labels().and_then(|labels| labels.get("kubernetes.io/bootstrapping")).is_some_and(|label| !label.is_null())
}

impl<'o> RoleRule<'o> {
    #[must_use]
    pub fn words(self, key: &str) -> Words<'o> {
        Words(self.0.entry(key))
    }

    #[must_use]
    pub fn groups(self) -> Words<'o> {
        self.words("apiGroups")
    }

    #[must_use]
    pub fn resources(self) -> Words<'o> {
        self.words("resources")
    }

    #[must_use]
    pub fn verbs(self) -> Words<'o> {
        self.words("verbs")
    }

    /// The names that the rule is limited to.
    #[must_use]
    pub fn names(self) -> Words<'o> {
        self.words("resourceNames")
    }

    /// Whether the rule is about an API group, by name or by `*`.
    #[must_use]
    pub fn is_for(self, group: &str) -> Tri {
        self.groups().any(|word| word == "*" || word == group)
    }
}

impl<'o> Words<'o> {
    /// The key with its value.
    #[must_use]
    pub fn entry(self) -> Option<&'o Entry> {
        self.0
    }

    /// The list's items.
    #[must_use]
    pub fn items(self) -> &'o [Node] {
        self.0.map_or(&[], |entry| entry.value.items())
    }

    /// Whether a word is such; unknown where one cannot be known.
    pub fn any(self, is: impl Fn(&str) -> bool) -> Tri {
        if self.0.is_some_and(|entry| entry.value.unknown().is_some()) {
            return Tri::Unknown;
        }
        Tri::any(self.items().iter().map(|item| match item.as_str() {
            Some(word) => is(word).into(),
            None if item.unknown().is_some() => Tri::Unknown,
            None => Tri::No,
        }))
    }

    /// Whether there is a word at all.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0.is_none_or(|entry| entry.value.is_null() || matches!(&entry.value.value, Value::List(items) if items.is_empty()))
    }
}

/// What a RoleBinding or ClusterRoleBinding says.
#[derive(Clone, Copy, Debug)]
pub struct Binding<'o> {
    /// `roleRef`
    pub role: &'o Node,
    pub object: &'o Object,
}

impl<'o> Binding<'o> {
    /// The binding that an object is.
    #[must_use]
    pub fn new(object: &'o Object) -> Option<Self> {
        let is_binding = &*object.group == GROUP && matches!(&*object.kind, "RoleBinding" | "ClusterRoleBinding");
        let role = is_binding.then(|| object.root.get("roleRef")).flatten()?;
        Some(Self { role, object })
    }

    /// The entry `name` of the ClusterRole that is bound.
    #[must_use]
    pub fn cluster_role(self) -> Option<&'o Entry> {
        let group = self.role.get("apiGroup");
        let is_rbac = group.is_none_or(|group| group.is_null() || matches!(group.as_str(), Some("" | GROUP)));
        let is_cluster = self.role.get("kind").and_then(Node::as_str) == Some("ClusterRole");
        self.role.entry("name").filter(|_| is_rbac && is_cluster)
    }

    /// Who it is given to.
    #[must_use]
    pub fn subjects(self) -> &'o [Node] {
        self.object.root.get("subjects").map_or(&[], Node::items)
    }

    /// Whether it is given to nobody, surely.
    #[must_use]
    pub fn is_idle(self) -> bool {
        !self.object.partial && Words(self.object.root.entry("subjects")).is_empty()
    }
}

/// The kind and the name of a subject.
#[must_use]
pub fn subject(node: &Node) -> Option<(&str, &Entry)> {
    Some((node.get("kind")?.as_str()?, node.entry("name")?))
}
