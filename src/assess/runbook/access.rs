//! What the workload holds, and which Secrets it may read.

use std::collections::BTreeSet;

use super::identity::some;
use super::{Desk, Line, Section, id_of};
use crate::assess::inventory::{Credential, Holding};
use crate::model::k8s::{Namespace, Object};
use crate::model::value::{Node, Origin, texts};

const RBAC: &str = "rbac.authorization.k8s.io";

/// The workload's credentials, those first that do not end by themselves.
pub(super) fn held<'a>(desk: &Desk<'a>) -> Vec<&'a Credential> {
    let own = &desk.workload.subject;
    let of = |one: &&Credential| {
        one.subject.namespace == own.namespace
            && one.subject.kind == own.kind
            && one.subject.name == own.name
            && one.reach.environment.as_deref().is_none_or(|named| named == desk.workload.environment)
    };
    let mut out: Vec<&Credential> = desk.assessment.credentials.iter().filter(of).collect();
    out.sort_by(|a, b| {
        (a.holding.rung().unwrap_or(0), &a.subject.part, &a.spots).cmp(&(b.holding.rung().unwrap_or(0), &b.subject.part, &b.spots))
    });
    out
}

/// Other consumers of the same Secret.
pub(super) fn sharers(desk: &Desk<'_>, credential: &Credential) -> Vec<String> {
    let Some(secret) = &credential.secret else { return Vec::new() };
    let others: BTreeSet<String> = desk
        .assessment
        .credentials
        .iter()
        .filter(|other| other.secret.as_ref() == Some(secret) && other.reach.environment == credential.reach.environment)
        .filter(|other| (&other.subject.kind, &other.subject.name) != (&credential.subject.kind, &credential.subject.name))
        .map(|other| crate::assess::observe::Subject { part: String::new(), ..other.subject.clone() }.to_string())
        .collect();
    others.into_iter().collect()
}

/// For how long it is good.
fn lasts(holding: Holding) -> String {
    match holding {
        Holding::Literal | Holding::Manual | Holding::Stored | Holding::Managed => "does not end by itself".to_owned(),
        Holding::ManagedRotationUnseen => "from a manager; whether it is rotated is not visible".to_owned(),
        Holding::StoreUnseen => "its store is not in these files".to_owned(),
        Holding::Rotated => "rotated or refreshed on a schedule".to_owned(),
        Holding::StaticByNature => "rotated; the service knows no other kind".to_owned(),
        Holding::Leased(Some(hours)) => format!("leased for {hours} h at most"),
        Holding::Leased(None) => "leased; for how long is not visible".to_owned(),
        Holding::Identity => "by identity: nothing is stored".to_owned(),
        Holding::Templated | Holding::TemplatedReference => "a template decides how it is held".to_owned(),
    }
}

pub(super) fn credentials(desk: &Desk<'_>) -> Section {
    let mut lines = Vec::new();
    for one in held(desk) {
        let others = sharers(desk, one);
        let shared = if others.is_empty() { String::new() } else { format!("; also used by {}", some(&others)) };
        let text = format!("`{}` from {}; {}{shared}", one.subject.part, one.source, lasts(one.holding));
        lines.push(Line {
            text,
            spot: one.spots.first().cloned(),
            perhaps: matches!(one.holding, Holding::Templated | Holding::TemplatedReference),
        });
        for spot in one.spots.iter().skip(1) {
            lines.push(Line { text: format!("  `{}` is made here", one.subject.part), spot: Some(spot.clone()), perhaps: false });
        }
    }
    Section { id: "credentials", title: "Credentials and leases", lines, empty: "none that these files show" }
}

/// A role that is bound to the workload's account: the binding, the role where it is in sight, and for which namespace.
pub(super) struct Grant<'o> {
    pub(super) binding: &'o Object,
    pub(super) role_kind: &'o str,
    pub(super) role_name: &'o str,
    pub(super) role: Option<&'o Object>,
    /// `None`: every namespace.
    pub(super) namespace: Option<&'o str>,
}

pub(super) fn grants<'d>(desk: &'d Desk<'_>) -> Vec<Grant<'d>> {
    let cluster = desk.unit.cluster();
    let Some(account) = desk.workload.account.as_deref() else { return Vec::new() };
    let mut out = Vec::new();
    for kind in ["RoleBinding", "ClusterRoleBinding"] {
        for binding in cluster.of_kind(RBAC, kind) {
            let own = match binding.namespace() {
                Namespace::Named(name) => Some(name),
                Namespace::Cluster | Namespace::Unknown => None,
            };
            let text = |node: &Node, key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned);
            let holds = binding.root.get("subjects").map_or(&[][..], Node::items).iter().any(|subject| {
                let name = text(subject, "name").unwrap_or_default();
                match text(subject, "kind").as_deref() {
                    Some("ServiceAccount") => {
                        name == account && text(subject, "namespace").as_deref().or(own) == Some(desk.workload.namespace.as_str())
                    }
                    Some("Group") => {
                        name == "system:serviceaccounts"
                            || name == "system:authenticated"
                            || name.strip_prefix("system:serviceaccounts:") == Some(desk.workload.namespace.as_str())
                    }
                    _ => false,
                }
            });
            let (Some(role_kind), Some(role_name)) = (
                binding.root.path(&["roleRef", "kind"]).and_then(Node::as_str),
                binding.root.path(&["roleRef", "name"]).and_then(Node::as_str),
            ) else {
                continue;
            };
            if !holds {
                continue;
            }
            let role = cluster
                .of_kind(RBAC, role_kind)
                .iter()
                .find(|role| role.name() == Some(role_name) && (role_kind == "ClusterRole" || role.namespace() == binding.namespace()))
                .map(|role| &**role);
            let namespace = if kind == "ClusterRoleBinding" { None } else { own };
            out.push(Grant { binding, role_kind, role_name, role, namespace });
        }
    }
    out.sort_by(|a, b| (a.namespace, a.role_name, a.binding.location()).cmp(&(b.namespace, b.role_name, b.binding.location())));
    out
}

/// What a rule of a role says of Secrets.
fn of_secrets(rule: &Node) -> Option<(String, &Origin)> {
    let list = |key: &str| texts(rule.get(key)).collect::<Vec<_>>();
    let (groups, resources, verbs) = (list("apiGroups"), list("resources"), list("verbs"));
    let core = groups.iter().any(|group| group.is_empty() || *group == "*");
    let has = |list: &[&str], words: &[&str]| list.iter().any(|word| *word == "*" || words.contains(word));
    if !core {
        return None;
    }
    let names = list("resourceNames");
    if has(&resources, &["secrets"]) && has(&verbs, &["get", "list", "watch"]) {
        let which = if names.is_empty() { "every Secret".to_owned() } else { format!("the Secrets {}", names.join(", ")) };
        return Some((format!("may read {which}"), &rule.origin));
    }
    let starts = has(&resources, &["pods"]) && has(&verbs, &["create"]);
    starts.then(|| ("may create pods, and so mount every Secret".to_owned(), &rule.origin))
}

pub(super) fn readable(desk: &Desk<'_>) -> Section {
    let mut lines = Vec::new();
    for grant in grants(desk) {
        let place = grant.namespace.map_or_else(|| "of all namespaces".to_owned(), |name| format!("of `{name}`"));
        let role = format!("{} `{}`", grant.role_kind, grant.role_name);
        match grant.role {
            Some(object) => {
                for rule in object.root.get("rules").map_or(&[][..], Node::items) {
                    if let Some((what, at)) = of_secrets(rule) {
                        lines.push(desk.line(format!("{what} {place}, by {role} ({})", id_of(grant.binding)), Some(at)));
                    }
                }
            }
            None if matches!(grant.role_name, "cluster-admin" | "admin" | "edit") => {
                lines.push(desk.line(format!("may read every Secret {place}, by the built-in {role}"), Some(grant.binding.kind_at())));
            }
            None if grant.role_name == "view" => {}
            None => lines.push(Line {
                perhaps: true,
                ..desk.line(format!("perhaps Secrets {place}: {role} is not in these files"), Some(grant.binding.kind_at()))
            }),
        }
    }
    Section { id: "readable_secrets", title: "Secrets that it can read by its roles", lines, empty: "none by the roles of these files" }
}
