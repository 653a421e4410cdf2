//! Trees → meaning; no rules.

pub mod admission;
pub mod document;
pub mod duration;
pub mod effective;
pub mod embedded;
pub mod envoy;
pub mod gatekeeper;
pub(crate) mod glob;
pub mod k8s;
pub mod manifests;
pub mod mesh;
pub mod network;
pub mod opa;
pub mod otel;
pub mod regexp;
pub mod rego;
pub mod remote;
pub mod secret_value;
pub mod shell;
pub mod spire;
pub mod tri;
pub mod units;
pub mod value;
pub mod vault;
pub mod workspace;
pub mod x509;
