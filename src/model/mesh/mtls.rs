//! What PeerAuthentications make of a namespace's mutual TLS, as istiod composes them (`pilot/pkg/model/authentication.go`).

use super::policy::{Target, target};
use crate::model::k8s::Object;
use crate::model::value::{Entry, Scalar, Value};

/// A mode of mutual TLS for incoming connections.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MtlsMode {
    /// Inherited: of the mesh for a namespace, permissive for the mesh.
    Unset,
    Disable,
    Permissive,
    Strict,
    Unknown,
}

impl MtlsMode {
    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unset => "UNSET",
            Self::Disable => "DISABLE",
            Self::Permissive => "PERMISSIVE",
            Self::Strict => "STRICT",
            Self::Unknown => "unknown",
        }
    }
}

/// The mode that a PeerAuthentication gives to its whole namespace and the entry that says so; `None` if it selects workloads.
#[must_use]
pub fn namespace_mode(policy: &Object) -> Option<(MtlsMode, Option<&Entry>)> {
    match target(policy) {
        Target::Labels(_) | Target::Refs(_) => return None,
        Target::Unknown => return Some((MtlsMode::Unknown, None)),
        Target::Everything => {}
    }
    let entry = policy.root.entry_at(&["spec", "mtls", "mode"]);
    let mtls = policy.root.path(&["spec", "mtls"]);
    let mode = match entry.map(|entry| &entry.value.value) {
        None if mtls.is_some_and(|node| !matches!(node.value, Value::Map(_)) && !node.is_null()) => MtlsMode::Unknown,
        None | Some(Value::Scalar(Scalar::Null)) => MtlsMode::Unset,
        Some(Value::Scalar(Scalar::String(text))) => match &**text {
            "UNSET" => MtlsMode::Unset,
            "DISABLE" => MtlsMode::Disable,
            "PERMISSIVE" => MtlsMode::Permissive,
            "STRICT" => MtlsMode::Strict,
            _ => MtlsMode::Unknown,
        },
        Some(_) => MtlsMode::Unknown,
    };
    Some((mode, entry))
}
