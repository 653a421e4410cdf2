//! Istio: the mesh's configuration and its policies.

mod authorization;
mod config;
mod mtls;
mod policy;
mod token;

use std::collections::BTreeMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

pub use authorization::{Action, Authorization, DefaultDeny, condition_key, conditions, operations, rule_matches_everything, sources};
pub use config::{MeshSettings, is_in_force, is_mesh_config_map, mesh_configs, mesh_configs_in, mesh_configs_of};
pub use mtls::{MtlsMode, mode_of, mtls_entry, namespace_mode};
pub use policy::{PolicyScope, Target, TargetRef, applies_to, attached, covers, is_known_version, namespace_of, scope_of, target};
pub use token::{TokenDemand, requires_token};

use super::k8s::{Cluster, Namespace, Object};
use super::tri::Tri;
use crate::text::Location;

/// The root namespace of a mesh whose configuration names none.
pub const DEFAULT_ROOT_NAMESPACE: &str = "istio-system";

/// The trust domain of a mesh whose configuration names none, and a name for that of any mesh.
pub const DEFAULT_TRUST_DOMAIN: &str = "cluster.local";

/// So many policies are asked whether they stand for what another object lacks; no namespace has as many.
const MAX_CANDIDATES: usize = 1_000;

/// Something for each namespace; under `None` for those of policies whose namespace is unknown.
type ByNamespace<T> = BTreeMap<Option<Arc<str>>, T>;

/// What a build unit says of its mesh.
#[derive(Clone, Debug, Default)]
pub struct Mesh {
    /// What the mesh configurations among its objects say.
    pub settings: Vec<MeshSettings>,
    pub peer_authentications: Vec<Arc<Object>>,
    pub authorization_policies: Vec<Arc<Object>>,
    pub request_authentications: Vec<Arc<Object>>,
    /// Those of them that refuse requests without a token, surely or perhaps.
    token_required: Vec<(Arc<Object>, Tri)>,
    /// Whether policies make their own namespace refuse what nothing allows.
    default_deny: ByNamespace<DefaultDeny>,
    /// The modes that PeerAuthentications give to their own namespaces.
    mtls: ByNamespace<Vec<MtlsMode>>,
    /// Where policies are written of which another one has the name and says something else.
    doubtful: FxHashSet<Location>,
    /// The AuthorizationPolicies by their namespace.
    authorization_by: ByNamespace<Vec<Arc<Object>>>,
    /// The policies that check tokens' audiences, surely or perhaps, by their namespace.
    audience_checks: ByNamespace<Vec<(Arc<Object>, Tri)>>,
}

impl Mesh {
    /// Sorts a unit's objects.
    #[must_use]
    pub fn new(objects: &[Arc<Object>]) -> Self {
        let mut this = Self::default();
        for object in objects {
            match (&*object.group, &*object.kind) {
                ("security.istio.io", "PeerAuthentication") => {
                    if let Some(mode) = namespace_mode(object) {
                        this.mtls.entry(namespace_of(object).map(Arc::from)).or_default().push(mode);
                    }
                    this.peer_authentications.push(object.clone());
                }
                ("security.istio.io", "AuthorizationPolicy") => this.authorization_policies.push(object.clone()),
                ("security.istio.io", "RequestAuthentication") => {
                    let required = requires_token(object);
                    if !required.is_no() && this.token_required.len() < MAX_CANDIDATES {
                        this.token_required.push((object.clone(), required));
                    }
                    this.request_authentications.push(object.clone());
                }
                _ => this.settings.extend(MeshSettings::of_object(object)),
            }
        }
        this.doubtful = doubtful(&this.authorization_policies);
        for object in std::mem::take(&mut this.authorization_policies) {
            this.authorization(&object);
        }
        this
    }

    fn authorization(&mut self, object: &Arc<Object>) {
        let namespace: Option<Arc<str>> = namespace_of(object).map(Arc::from);
        let policy = Authorization::new(object);
        let sure = !self.is_doubtful(object);
        let denies = self.default_deny.entry(namespace.clone()).or_insert(DefaultDeny::No);
        *denies = policy.default_deny().min(if sure { DefaultDeny::Yes } else { DefaultDeny::Unknown }).max(*denies);
        let checks = policy.checks_audience().and(if sure { Tri::Yes } else { Tri::Unknown });
        if !checks.is_no() {
            self.audience_checks.entry(namespace.clone()).or_default().push((object.clone(), checks));
        }
        self.authorization_by.entry(namespace).or_default().push(object.clone());
        self.authorization_policies.push(object.clone());
    }

    /// Whether the unit's policies make the workloads of a namespace refuse what nothing allows.
    #[must_use]
    pub fn default_deny(&self, namespace: &str, root: &str) -> DefaultDeny {
        let adrift = self.default_deny.get(&None).map(|answer| if *answer == DefaultDeny::No { *answer } else { DefaultDeny::Unknown });
        self.default_deny_of(namespace).max(self.default_deny_of(root)).max(adrift.unwrap_or(DefaultDeny::No))
    }

    /// As [`Mesh::default_deny`], by the policies of this namespace alone.
    #[must_use]
    pub fn default_deny_of(&self, namespace: &str) -> DefaultDeny {
        self.default_deny.get(&Some(namespace.into())).copied().unwrap_or(DefaultDeny::No)
    }

    /// Whether a PeerAuthentication of this namespace says something about all of it.
    #[must_use]
    pub fn sets_mtls(&self, namespace: &str) -> bool {
        self.mtls.get(&Some(namespace.into())).is_some_and(|modes| modes.iter().any(|mode| *mode != MtlsMode::Unset))
    }

    /// Whether the unit has another policy of this kind, namespace and name that says something else: only one of them is applied.
    #[must_use]
    pub fn is_doubtful(&self, policy: &Object) -> bool {
        self.doubtful.contains(&policy.location())
    }

    /// Whether policies check the audiences of all tokens that a RequestAuthentication accepts.
    #[must_use]
    pub fn checks_audiences(&self, authentication: &Object, root: &str, cluster: &Cluster) -> Tri {
        let places = places(authentication, root);
        let mut candidates = places.iter().filter_map(|place| self.audience_checks.get(place)).flatten();
        let mut answer = Tri::No;
        for (policy, checks) in candidates.by_ref().take(MAX_CANDIDATES) {
            answer = answer.or(checks.and(covers(policy, authentication, root, cluster)));
            if answer.is_yes() {
                return answer;
            }
        }
        if candidates.next().is_some() { answer.or(Tri::Unknown) } else { answer }
    }

    /// Whether policies refuse requests without a token to all workloads that a RequestAuthentication applies to. One that requires a
    /// token does so for all that it applies to: istiod joins the rules of those that apply to a workload.
    #[must_use]
    pub fn demands_token(&self, authentication: &Object, root: &str, cluster: &Cluster) -> TokenDemand {
        let required = Tri::any(self.token_required.iter().map(|(other, required)| {
            let sure = if other.location() == authentication.location() { Tri::Yes } else { covers(other, authentication, root, cluster) };
            required.and(sure)
        }));
        match required {
            Tri::Yes => TokenDemand::Yes,
            Tri::Unknown => self.policies_demand(authentication, root, cluster).max(TokenDemand::Unknown),
            Tri::No => self.policies_demand(authentication, root, cluster),
        }
    }

    fn policies_demand(&self, authentication: &Object, root: &str, cluster: &Cluster) -> TokenDemand {
        let places = places(authentication, root);
        let mut candidates = places.iter().filter_map(|place| self.authorization_by.get(place)).flatten();
        let mut answer = TokenDemand::No;
        // nothing is allowed, unless another policy allows something
        let (mut nothing, mut something) = (Tri::No, false);
        for object in candidates.by_ref().take(MAX_CANDIDATES) {
            let policy = Authorization::new(object);
            something |= policy.action == Action::Allow && !policy.rules().is_empty();
            let sure = if self.is_doubtful(object) { Tri::Unknown } else { Tri::Yes };
            let demands = policy.demands_token().min(if sure.is_yes() { TokenDemand::Yes } else { TokenDemand::Unknown });
            let allows_nothing = policy.allows_nothing().and(sure);
            if demands == TokenDemand::No && allows_nothing.is_no() {
                continue;
            }
            let covered = covers(object, authentication, root, cluster);
            nothing = nothing.or(allows_nothing.and(covered));
            answer = answer.max(match covered {
                Tri::Yes => demands,
                Tri::Unknown => demands.min(TokenDemand::Unknown),
                Tri::No => TokenDemand::No,
            });
            if answer == TokenDemand::Yes {
                return answer;
            }
        }
        if candidates.next().is_some() {
            answer = answer.max(TokenDemand::Unknown);
        }
        match nothing {
            Tri::Yes if !something => TokenDemand::Yes,
            Tri::Unknown if !something => answer.max(TokenDemand::Unknown),
            _ => answer,
        }
    }

    /// The root namespace that the unit's own mesh configuration names.
    #[must_use]
    pub fn root_namespace(&self) -> Option<&str> {
        root_of(&self.settings)
    }
}

/// The root namespace that mesh configurations name, if they agree.
#[must_use]
pub fn root_of(settings: &[MeshSettings]) -> Option<&str> {
    let mut named = settings.iter().filter_map(|settings| settings.root_namespace.as_deref());
    let first = named.next()?;
    named.all(|name| name == first).then_some(first)
}

/// The policies that share their namespace and name with one that says something else.
fn doubtful(policies: &[Arc<Object>]) -> FxHashSet<Location> {
    let mut by_name: FxHashMap<(Namespace<'_>, &str), (&Arc<Object>, bool)> = FxHashMap::default();
    let mut found = FxHashSet::default();
    let same = |a: &Object, b: &Object| {
        let equal = |path: &[&str]| match (a.root.path(path), b.root.path(path)) {
            (Some(a), Some(b)) => a.is_same_value(b),
            (None, None) => true,
            _ => false,
        };
        a.partial == b.partial && equal(&["spec"]) && equal(&["metadata", "annotations"])
    };
    for policy in policies {
        let Some(name) = policy.name() else { continue };
        match by_name.entry((policy.namespace(), name)) {
            Entry::Vacant(place) => drop(place.insert((policy, false))),
            Entry::Occupied(mut place) => {
                let (first, differs) = place.get_mut();
                if *differs || !same(first, policy) {
                    *differs = true;
                    found.extend([first.location(), policy.location()]);
                }
            }
        }
    }
    found
}

/// Where policies lie that apply to the workloads of another one: in the root namespace, in its own, or in one that is unknown.
fn places(policy: &Object, root: &str) -> Vec<Option<Arc<str>>> {
    let own = namespace_of(policy).filter(|name| *name != root).map(|name| Some(Arc::from(name)));
    [Some(Some(Arc::from(root))), own, Some(None)].into_iter().flatten().collect()
}
