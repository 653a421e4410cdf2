//! Istio: the mesh's configuration and its policies.

mod authorization;
mod config;
mod membership;
mod policy;

use std::sync::Arc;

pub use authorization::{Action, Authorization, DefaultDeny, rule_matches_everything};
pub use config::{MeshSettings, is_mesh_config_map, mesh_configs, mesh_configs_in};
pub use membership::in_mesh;
pub use policy::{PolicyScope, Target, TargetRef, applies_to, covers, namespace_of, scope_of, target};

use super::k8s::Object;

/// The root namespace of a mesh whose configuration names none.
pub const DEFAULT_ROOT_NAMESPACE: &str = "istio-system";

/// What a build unit says of its mesh.
#[derive(Clone, Debug, Default)]
pub struct Mesh {
    /// What the mesh configurations among its objects say.
    pub settings: Vec<MeshSettings>,
    pub peer_authentications: Vec<Arc<Object>>,
    pub authorization_policies: Vec<Arc<Object>>,
    pub request_authentications: Vec<Arc<Object>>,
}

impl Mesh {
    /// Sorts a unit's objects.
    #[must_use]
    pub fn new(objects: &[Arc<Object>]) -> Self {
        let mut this = Self::default();
        for object in objects {
            match (&*object.group, &*object.kind) {
                ("security.istio.io", "PeerAuthentication") => this.peer_authentications.push(object.clone()),
                ("security.istio.io", "AuthorizationPolicy") => this.authorization_policies.push(object.clone()),
                ("security.istio.io", "RequestAuthentication") => this.request_authentications.push(object.clone()),
                _ => this.settings.extend(MeshSettings::of_object(object)),
            }
        }
        this
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
