//! Istio: the mesh's configuration and its policies.

mod authorization;
mod config;
mod membership;
mod mtls;
mod policy;
mod token;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use authorization::{Action, Authorization, DefaultDeny, names_token, rule_matches_everything};
pub use config::{MeshSettings, is_mesh_config_map, mesh_configs, mesh_configs_in};
pub use membership::in_mesh;
pub use mtls::{MtlsMode, namespace_mode};
pub use policy::{PolicyScope, Target, TargetRef, applies_to, covers, namespace_of, scope_of, target};
pub use token::TokenDemand;

use super::k8s::{Cluster, Object};
use super::tri::Tri;
use super::value::Origin;

/// The root namespace of a mesh whose configuration names none.
pub const DEFAULT_ROOT_NAMESPACE: &str = "istio-system";

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
    /// Whether policies make their own namespace refuse what nothing allows.
    default_deny: ByNamespace<DefaultDeny>,
    /// The modes that PeerAuthentications give to their own namespaces, with where they are written.
    mtls: ByNamespace<Vec<(MtlsMode, Option<Origin>)>>,
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
                    if let Some((mode, entry)) = namespace_mode(object) {
                        let modes = this.mtls.entry(namespace_of(object).map(Arc::from)).or_default();
                        modes.push((mode, entry.map(|entry| entry.origin.clone())));
                    }
                    this.peer_authentications.push(object.clone());
                }
                ("security.istio.io", "AuthorizationPolicy") => this.authorization(object),
                ("security.istio.io", "RequestAuthentication") => this.request_authentications.push(object.clone()),
                _ => this.settings.extend(MeshSettings::of_object(object)),
            }
        }
        this
    }

    fn authorization(&mut self, object: &Arc<Object>) {
        let namespace: Option<Arc<str>> = namespace_of(object).map(Arc::from);
        let policy = Authorization::new(object);
        let denies = self.default_deny.entry(namespace.clone()).or_insert(DefaultDeny::No);
        *denies = policy.default_deny().max(*denies);
        let checks = policy.checks_audience();
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

    /// The mode of mutual TLS that holds in a namespace where no workload has its own, and where that is written. Of several policies
    /// the oldest counts, which the files do not tell: where they differ the mode is unknown. Without any it is permissive.
    #[must_use]
    pub fn mtls_mode(&self, namespace: &str, root: &str) -> (MtlsMode, Option<&Origin>) {
        if self.mtls.get(&None).is_some_and(|modes| modes.iter().any(|(mode, _)| *mode != MtlsMode::Unset)) {
            return (MtlsMode::Unknown, None);
        }
        for name in [namespace, root] {
            match self.own_mtls_mode(name) {
                Some((MtlsMode::Unset, _)) | None => {}
                Some(found) => return found,
            }
        }
        (MtlsMode::Permissive, None)
    }

    /// As [`Mesh::mtls_mode`], by the policies of this namespace alone; `None` without any.
    #[must_use]
    pub fn own_mtls_mode(&self, namespace: &str) -> Option<(MtlsMode, Option<&Origin>)> {
        let modes = self.mtls.get(&Some(namespace.into()))?;
        let (first, at) = modes.first()?;
        if modes.iter().all(|(mode, _)| mode == first) { Some((*first, at.as_ref())) } else { Some((MtlsMode::Unknown, None)) }
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

    /// Whether policies refuse requests without a token to all workloads that a RequestAuthentication applies to.
    #[must_use]
    pub fn demands_token(&self, authentication: &Object, root: &str, cluster: &Cluster) -> TokenDemand {
        let places = places(authentication, root);
        let mut candidates = places.iter().filter_map(|place| self.authorization_by.get(place)).flatten();
        let mut answer = TokenDemand::No;
        // nothing is allowed, unless another policy allows something
        let (mut nothing, mut something) = (Tri::No, false);
        for object in candidates.by_ref().take(MAX_CANDIDATES) {
            let policy = Authorization::new(object);
            something |= policy.action == Action::Allow && !policy.rules().is_empty();
            let demands = policy.demands_token();
            let allows_nothing = policy.allows_nothing();
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

/// Where policies lie that apply to the workloads of another one: in the root namespace, in its own, or in one that is unknown.
fn places(policy: &Object, root: &str) -> Vec<Option<Arc<str>>> {
    let own = namespace_of(policy).filter(|name| *name != root).map(|name| Some(Arc::from(name)));
    [Some(Some(Arc::from(root))), own, Some(None)].into_iter().flatten().collect()
}
