//! Service accounts, roles, and who shares which Secret.

use std::collections::{BTreeMap, BTreeSet};

use super::{Scene, of_kind, subject, texts};
use crate::assess::fact::Fact;
use crate::assess::inventory::{Consumer, Credential};
use crate::assess::observe::{Observer, Reach, Spot, Subject};
use crate::assess::status::Strength;
use crate::assess::world::{Placed, Workload, World, name_of};
use crate::model::k8s::{Namespace, Object};
use crate::model::value::Node;
use crate::text::Location;

const RBAC: &str = "rbac.authorization.k8s.io";

/// Operators that need to read all Secrets; they are the platform's, wherever they run.
const OPERATORS: [&str; 8] =
    ["external-secrets", "cert-manager", "sealed-secrets", "argocd", "vault-secrets-operator", "reflector", "kubed", "gatekeeper"];

pub(in crate::assess) fn probe(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    accounts(scene, observer);
    shared_secrets(scene, observer);
    roles(scene, observer);
}

fn accounts(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    let mut users: BTreeMap<(&str, &str, &str), BTreeSet<&str>> = BTreeMap::new();
    for workload in scene.world.subjects() {
        if let Some(account) = &workload.account {
            users.entry((&workload.environment, &workload.namespace, account)).or_default().insert(&workload.app);
        }
    }
    for workload in scene.world.subjects() {
        let Some(account) = &workload.account else {
            let at = workload.pod().and_then(|pod| Some(&pod.spec.value.entry("serviceAccountName")?.origin));
            let detail = "a template names its service account";
            observer.templated(Fact::OwnServiceAccount, workload.subject.clone(), &workload.reach(), at, detail);
            continue;
        };
        let at = workload.pod().map_or_else(
            || workload.object.kind_at().clone(),
            |pod| {
                let entry = ["serviceAccountName", "serviceAccount"].iter().find_map(|key| pod.spec.value.entry(key));
                entry.unwrap_or(pod.spec).origin.clone()
            },
        );
        let shared =
            users.get(&(workload.environment.as_str(), workload.namespace.as_str(), account.as_str())).map_or(0, BTreeSet::len) > 1;
        let (fact, detail) = match account.as_str() {
            "default" => (Fact::DefaultServiceAccount, "runs as the service account `default`".to_owned()),
            name if shared => (Fact::SharedServiceAccount, format!("shares the service account `{name}` with another application")),
            name => (Fact::OwnServiceAccount, format!("service account `{name}`")),
        };
        observer.add(fact, workload.subject.clone(), &workload.reach(), Some(&at), detail);
    }
}

/// A workload and the credential that it takes.
type User<'a> = (&'a Workload, &'a Credential);

fn shared_secrets(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    let apps: BTreeMap<(&str, String), &Workload> =
        scene.world.subjects().map(|workload| ((workload.environment.as_str(), workload.subject.to_string()), workload)).collect();
    // of each Secret: the applications, their accounts, and a place
    let mut users: BTreeMap<(&Reach, &(String, String)), Vec<User<'_>>> = BTreeMap::new();
    for credential in scene.inventory.credentials.iter().filter(|credential| credential.consumer == Consumer::Workload) {
        let (Some(secret), Some(environment)) = (&credential.secret, &credential.reach.environment) else { continue };
        let owner = Subject { part: String::new(), ..credential.subject.clone() };
        if let Some(workload) = apps.get(&(environment.as_str(), owner.to_string())) {
            users.entry((&credential.reach, secret)).or_default().push((workload, credential));
        }
    }
    for ((reach, (namespace, name)), users) in users {
        // the datastore whose login it is, and those who look after it, hold it too
        let is_store = |workload: &Workload| workload.pod().is_some_and(|pod| crate::reach::datastore(&pod).is_some());
        let stores = users.iter().any(|(workload, _)| is_store(workload));
        let users: Vec<User<'_>> = match users.iter().filter(|(workload, _)| !is_store(workload)).copied().collect::<Vec<_>>() {
            clients if clients.is_empty() || !stores => users,
            clients => clients,
        };
        let apps: BTreeSet<&str> = users.iter().map(|(workload, _)| workload.app.as_str()).collect();
        let accounts: BTreeSet<Option<&str>> = users.iter().map(|(workload, _)| workload.account.as_deref()).collect();
        let one_account = accounts.len() == 1 && accounts.iter().all(|account| account.is_some_and(|name| name != "default"));
        let own = apps.len() < 2 || one_account;
        let detail = if own {
            format!("used by {}", apps.iter().copied().collect::<Vec<_>>().join(", "))
        } else {
            format!("used by {} applications: {}", apps.len(), some(&apps))
        };
        let fact = if own { Fact::SecretOwn } else { Fact::SecretShared };
        let observation = observer.add(fact, Subject::new(namespace.clone(), "Secret", name.clone()), reach, None, detail);
        observation.spot = users.iter().filter_map(|(_, credential)| credential.spots.first().cloned()).min();
    }
}

/// The first few of a set.
fn some(names: &BTreeSet<&str>) -> String {
    let shown: Vec<&str> = names.iter().copied().take(3).collect();
    let rest = names.len().saturating_sub(shown.len());
    if rest == 0 { shown.join(", ") } else { format!("{} and {rest} more", shown.join(", ")) }
}

/// What a role's rules grant.
#[derive(Default)]
struct Grants {
    /// What is too wide, in words.
    wildcard: Option<&'static str>,
    secrets: bool,
    named_secrets: bool,
    /// A template decides what it grants, where nothing in sight is too much.
    unknown: bool,
    /// Where Secrets are granted.
    at: Option<Location>,
    /// Where everything is granted.
    wide_at: Option<Location>,
}

fn grants(world: &World, role: &Object) -> Grants {
    let mut out = Grants { unknown: world.is_templated(role, &["rules"]), ..Grants::default() };
    for rule in role.root.get("rules").map_or(&[][..], Node::items) {
        let has = |key: &str, word: &str| texts(rule.get(key)).any(|text| text == word);
        let is_core = texts(rule.get("apiGroups")).any(|group| group.is_empty() || group == "*");
        let named = super::is_set(rule.get("resourceNames"));
        let all_resources = has("resources", "*");
        // whoever reads all of an API group of somebody's own has read that, and no more
        let reads_own = !is_core && texts(rule.get("verbs")).all(|verb| matches!(verb, "get" | "list" | "watch"));
        let all_verbs = has("verbs", "*");
        let wide = match () {
            () if all_resources && all_verbs && !named => Some(("resources", "grants every verb on every resource of an API group")),
            () if all_resources && !named && !reads_own => Some(("resources", "has `*` among its resources")),
            () if all_verbs && !named => Some(("verbs", "has `*` among its verbs")),
            () if has("verbs", "escalate") || has("verbs", "bind") => Some(("verbs", "may grant what it has not itself")),
            () if has("verbs", "impersonate") => Some(("verbs", "may act as others: `impersonate`")),
            () => None,
        };
        let place = |key: &str| rule.get(key).map(|node| node.origin.at);
        if let Some((key, what)) = wide {
            out.wildcard = out.wildcard.or(Some(what));
            out.wide_at = out.wide_at.or(place(key));
        }
        let reads = ["get", "list", "watch", "*"].iter().any(|verb| has("verbs", verb));
        let secrets = is_core && (has("resources", "secrets") || all_resources);
        if secrets && reads {
            out.at = out.at.or(place("resources"));
        }
        out.secrets |= secrets && reads && !named;
        out.named_secrets |= secrets && reads && named;
    }
    out
}

fn roles(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    let world = scene.world;
    let mut bound: BTreeSet<(String, Reach)> = BTreeSet::new();
    let bindings = of_kind(world, RBAC, "RoleBinding").chain(of_kind(world, RBAC, "ClusterRoleBinding"));
    for binding in bindings {
        let object = &*binding.object;
        let cluster_wide = &*object.kind == "ClusterRoleBinding";
        let (Some(kind), Some(name)) = (role_ref(object.root.get("roleRef"), "kind"), role_ref(object.root.get("roleRef"), "name")) else {
            if world.is_templated(object, &["roleRef"]) {
                observer.templated(Fact::RoleScoped, subject(object), &binding.reach, Some(object.kind_at()), "a template names the role");
            }
            continue;
        };
        let holders = holders(scene, binding);
        if holders.is_empty() {
            if binding.reach.namespace.is_some() {
                observer.add(Fact::AccessControl, subject(object), &binding.reach, Some(object.kind_at()), "a role binding");
            }
            continue;
        }
        let role = of_kind(world, RBAC, kind).find(|role| {
            role.object.name() == Some(name)
                && (kind == "ClusterRole" || role.object.namespace() == object.namespace())
                && (role.environment.is_none() || binding.environment.is_none() || role.environment == binding.environment)
        });
        let at = object.root.path(&["roleRef", "name"]).map_or(object.kind_at(), |node| &node.origin);
        // what others are added up to is not told by the role itself
        let aggregated = |role: &&Placed| role.object.root.get("aggregationRule").is_some_and(|node| !node.is_null());
        let granted = role.filter(|role| !aggregated(role)).map(|role| grants(world, &role.object));
        if let Some(role) = role {
            bound.insert((role.object.id(), role.reach.clone()));
        }
        for workload in holders {
            let reach = workload.reach();
            let who = workload.subject.clone().with_part(name);
            let (fact, detail) = match &granted {
                _ if name == "cluster-admin" => (Fact::RoleWildcard, "holds `cluster-admin`".to_owned()),
                Some(Grants { wildcard: Some(what), .. }) => (Fact::RoleWildcard, format!("{kind} `{name}` {what}")),
                Some(granted) if granted.unknown => (Fact::RoleScoped, format!("a template writes the rules of {kind} `{name}`")),
                Some(_) => (Fact::RoleScoped, format!("{kind} `{name}`")),
                None if matches!(name, "view" | "edit" | "admin") && !cluster_wide => {
                    (Fact::RoleScoped, format!("built-in {kind} `{name}`"))
                }
                None => (Fact::RoleUnseen, format!("{kind} `{name}`, not in sight")),
            };
            let place = |at: Option<Location>| at.map(|at| Spot::of(observer.sources, observer.sources.first_line(at)));
            let wide = place(granted.as_ref().and_then(|granted| granted.wide_at)).filter(|_| fact == Fact::RoleWildcard);
            let secrets = place(granted.as_ref().and_then(|granted| granted.at));
            let observation = observer.add(fact, who.clone(), &reach, Some(at), detail);
            observation.also.extend(wide);
            observation.open |= fact == Fact::RoleScoped && granted.as_ref().is_some_and(|granted| granted.unknown);
            // the built-in roles `admin` and `edit` read Secrets, `view` does not
            let built_in = role.is_none() && matches!(name, "admin" | "edit");
            let all = name == "cluster-admin" || built_in || granted.as_ref().is_some_and(|granted| granted.secrets);
            if all && cluster_wide {
                observer
                    .add(Fact::SecretsReadClusterWide, who, &reach, Some(at), format!("{kind} `{name}` reads Secrets of all namespaces"))
                    .also
                    .extend(secrets);
            } else if granted.as_ref().is_some_and(|granted| granted.named_secrets && !granted.secrets) {
                let found = observer.add(Fact::SecretsReadByName, who, &reach, Some(at), format!("{kind} `{name}` names its Secrets"));
                found.also.extend(secrets);
            }
        }
    }
    for role in of_kind(world, RBAC, "Role").filter(|role| role.reach.namespace.is_some()) {
        if bound.contains(&(role.object.id(), role.reach.clone())) {
            continue;
        }
        let granted = grants(world, &role.object);
        let (fact, detail) = match granted {
            Grants { wildcard: Some(_), .. } => (Fact::RoleBroad, "has a wildcard, or may grant what it has not itself"),
            Grants { unknown: true, .. } => (Fact::RoleScoped, "a template writes its rules"),
            Grants { .. } => (Fact::RoleScoped, "a narrow role"),
        };
        let observation = observer.add(fact, subject(&role.object), &role.reach, Some(role.object.kind_at()), detail);
        observation.strength = Strength::PARSED;
        observation.open |= granted.unknown && granted.wildcard.is_none();
    }
}

fn role_ref<'n>(node: Option<&'n Node>, key: &str) -> Option<&'n str> {
    node?.get(key)?.as_str()
}

/// The workloads that a binding is for.
fn holders<'w>(scene: &Scene<'w>, binding: &Placed) -> Vec<&'w Workload> {
    let own = match binding.object.namespace() {
        Namespace::Named(name) => Some(name),
        Namespace::Cluster | Namespace::Unknown => None,
    };
    let subjects = binding.object.root.get("subjects").map_or(&[][..], Node::items);
    let holds = |workload: &&Workload| {
        let Some(account) = &workload.account else { return false };
        subjects.iter().any(|item| {
            let text = |key: &str| item.get(key).and_then(Node::as_str);
            let name = text("name").unwrap_or("");
            match text("kind") {
                Some("ServiceAccount") => name == account && text("namespace").or(own) == Some(workload.namespace.as_str()),
                Some("User") => {
                    name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'))
                        == Some((workload.namespace.as_str(), account.as_str()))
                }
                Some("Group") => {
                    matches!(name, "system:authenticated" | "system:unauthenticated")
                        || name == "system:serviceaccounts"
                        || name.strip_prefix("system:serviceaccounts:") == Some(workload.namespace.as_str())
                }
                _ => false,
            }
        })
    };
    let here = |workload: &&Workload| binding.environment.as_deref().is_none_or(|own| own == workload.environment);
    let is_operator = |workload: &&Workload| OPERATORS.iter().any(|name| name_of(&workload.object).starts_with(name));
    scene.world.subjects().filter(here).filter(holds).filter(|workload| !is_operator(workload)).collect()
}
