//! Network policies of Kubernetes, Cilium, Calico and the Network Policy API: whom they select and what they let through.

mod admin;
mod calico;
mod calico_selector;
mod cilium;
mod isolation;
mod policy;

pub use isolation::{Isolation, isolates_pod, isolation};
pub use calico::CalicoPolicy;
pub use cilium::CiliumPolicy;
pub use policy::{Items, NetworkPolicy, keys, peers, ports};

/// Which way traffic goes, as seen from the selected pods.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Direction {
    Ingress,
    Egress,
}

impl Direction {
    pub const ALL: [Self; 2] = [Self::Ingress, Self::Egress];

    /// `ingress` or `egress`: the key of its rules.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }

    /// `Ingress` or `Egress`, as `policyTypes` names it.
    #[must_use]
    pub fn policy_type(self) -> &'static str {
        match self {
            Self::Ingress => "Ingress",
            Self::Egress => "Egress",
        }
    }

    /// `from` or `to`: the key of a rule's peers.
    #[must_use]
    pub fn peers_key(self) -> &'static str {
        match self {
            Self::Ingress => "from",
            Self::Egress => "to",
        }
    }
}
