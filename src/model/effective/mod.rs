//! What is in force for a workload once every policy of its build unit is taken together: mutual TLS, authorization, injection,
//! identity, isolation. Rules, connectivity and assessment take it from here; what one policy says by itself is in [`super::mesh`]
//! and [`super::network`].
//!
//! Each fact keeps the place that decided it and is three-valued: a policy that cannot be read makes every conclusion that it could
//! change unknown. Nothing is computed before it is asked for, and each thing once for a unit.

mod attached;
mod authorization;
mod identity;
mod injection;
pub mod isolation;
mod mtls;

use std::sync::{Arc, OnceLock};

pub use attached::{Effective, Workload};
pub use authorization::{Applied, Authorizations};
pub use identity::{Identity, TrustDomains, spire_ids};
pub use injection::{Injection, Plane, injection, joins_mesh};
pub use mtls::{Mode, WorkloadMtls};

use super::k8s::Cluster;
use super::mesh::Mesh;

/// What is in force in a unit, for each root namespace that the mesh may have; computed when first asked for.
#[derive(Clone, Debug, Default)]
pub struct Cache(OnceLock<Box<Link>>);

#[derive(Clone, Debug)]
struct Link {
    effective: Effective,
    next: Cache,
}

impl Cache {
    /// What is in force where `root` is the mesh's root namespace.
    pub(super) fn get(&self, mesh: &Mesh, cluster: &Cluster, root: &str) -> &Effective {
        let mut at = self;
        // as many links as the configs of a run name root namespaces
        loop {
            let link = at.0.get_or_init(|| {
                let effective = Effective::new(mesh, cluster, Arc::from(root));
                Box::new(Link { effective, next: Self::default() })
            });
            if link.effective.root() == root {
                return &link.effective;
            }
            at = &link.next;
        }
    }
}
