//! Istio: the mesh's configuration and its policies.

mod authorization;
mod config;
mod membership;
mod policy;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use authorization::{Action, Authorization, DefaultDeny, names_token, rule_matches_everything};
pub use config::{MeshSettings, is_mesh_config_map, mesh_configs, mesh_configs_in};
pub use membership::in_mesh;
pub use policy::{PolicyScope, Target, TargetRef, applies_to, covers, namespace_of, scope_of, target};

use super::k8s::{Cluster, Object};
use super::tri::Tri;

/// The root namespace of a mesh whose configuration names none.
pub const DEFAULT_ROOT_NAMESPACE: &str = "istio-system";

/// So many policies are asked whether they stand for what another object lacks; no namespace has as many.
const MAX_CANDIDATES: usize = 1_000;

/// What a build unit says of its mesh.
#[derive(Clone, Debug, Default)]
pub struct Mesh {
    /// What the mesh configurations among its objects say.
    pub settings: Vec<MeshSettings>,
    pub peer_authentications: Vec<Arc<Object>>,
    pub authorization_policies: Vec<Arc<Object>>,
    pub request_authentications: Vec<Arc<Object>>,
    /// Whether policies make their own namespace refuse what nothing allows; under `None` those whose namespace is unknown.
    default_deny: BTreeMap<Option<Arc<str>>, DefaultDeny>,
    /// The policies that check tokens' audiences, surely or perhaps, by their namespace.
    audience_checks: BTreeMap<Option<Arc<str>>, Vec<(Arc<Object>, Tri)>>,
}

impl Mesh {
    /// Sorts a unit's objects.
    #[must_use]
    pub fn new(objects: &[Arc<Object>]) -> Self {
        let mut this = Self::default();
        for object in objects {
            match (&*object.group, &*object.kind) {
                ("security.istio.io", "PeerAuthentication") => this.peer_authentications.push(object.clone()),
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
            self.audience_checks.entry(namespace).or_default().push((object.clone(), checks));
        }
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

    /// Whether policies check the audiences of all tokens that a RequestAuthentication accepts.
    #[must_use]
    pub fn checks_audiences(&self, authentication: &Object, root: &str, cluster: &Cluster) -> Tri {
        let own = namespace_of(authentication).filter(|name| *name != root).map(|name| Some(Arc::from(name)));
        let places = [Some(Some(Arc::from(root))), own, Some(None)];
        let mut candidates = places.into_iter().flatten().filter_map(|place| self.audience_checks.get(&place)).flatten();
        let mut answer = Tri::No;
        for (policy, checks) in candidates.by_ref().take(MAX_CANDIDATES) {
            answer = answer.or(checks.and(covers(policy, authentication, root, cluster)));
            if answer.is_yes() {
                return answer;
            }
        }
        if candidates.next().is_some() { answer.or(Tri::Unknown) } else { answer }
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
