//! Network policies of Kubernetes, Cilium, Calico and the Network Policy API: whom they select and what they let through.

mod admin;
mod calico;
mod calico_selector;
mod cilium;
mod policy;
mod statement;

pub use admin::AdminPolicy;
pub use calico::CalicoPolicy;
pub use calico_selector::matches as calico_matches;
pub use cilium::{CiliumPolicy, Endpoint as CiliumEndpoint};
pub use policy::{Items, NetworkPolicy, keys, peers, ports};
pub use statement::{Action, Peer, Ports, Stage, Statement, cilium as cilium_statements, statements};

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
