//! Who can talk to whom: connectivity between the workloads of one environment, computed from what is in force
//! ([`crate::model::effective`]), with the place of every rule that lets something through.
//!
//! ```text
//! unit → groups of workloads that no policy tells apart → verdicts by direction → edges between groups → measures
//! ```
//!
//! Workloads that every policy treats alike form one group, so that thousands of workloads with hundreds of policies stay small:
//! edges are between groups, and each names one of few [`EdgeKind`]s. Answers are three-valued: [`EdgeKind::ports`] pass surely,
//! [`EdgeKind::perhaps`] if something that the files leave open is so.
//!
//! What is taken into account: NetworkPolicy, AdminNetworkPolicy, BaselineAdminNetworkPolicy, ClusterNetworkPolicy, the policies of
//! Cilium and of Calico in their order, and for targets in an Istio mesh strict mutual TLS and AuthorizationPolicies. Addresses stand
//! for what is outside of the cluster; whether a network that contains private addresses holds pods as well is left open. Replies,
//! ICMP, and the paths of nodes to their own pods are not looked at.

mod compute;
mod datastores;
mod diff;
mod exposed;
mod graph;
mod groups;
mod mesh;
mod peers;
mod ports;
mod radius;
mod stages;

pub use datastores::datastore;

pub use compute::{Options, compute};
pub use diff::{Change, diff};
pub use graph::{BlastRadius, Edge, EdgeKind, Exposure, Graph, Group, Layer, Measures, Node, Place, Verdict};
pub use ports::{PROTOCOLS, PortSet};
