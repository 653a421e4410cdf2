//! What PeerAuthentications make of a namespace's mutual TLS, as istiod composes them (`pilot/pkg/model/authentication.go`).

use super::policy::{Target, is_known_version, target};
use crate::model::k8s::Object;
use crate::model::value::{Entry, Node, Scalar, Value};

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

/// The entry `spec.mtls.mode` of a PeerAuthentication.
#[must_use]
pub fn mtls_entry(policy: &Object) -> Option<&Entry> {
    policy.root.entry_at(&["spec", "mtls", "mode"])
}

/// The mode in `mtls`, a part of a PeerAuthentication: unknown where that cannot be read, or is of a version that nobody knows.
#[must_use]
pub fn mode_of(policy: &Object, mtls: Option<&Node>) -> MtlsMode {
    if !is_known_version(policy) {
        return MtlsMode::Unknown;
    }
    let absent = if policy.partial { MtlsMode::Unknown } else { MtlsMode::Unset };
    let Some(mtls) = mtls.filter(|node| !node.is_null()) else {
        let odd = policy.spec().is_some_and(|spec| !matches!(spec.value.value, Value::Map(_)) && !spec.value.is_null());
        return if odd { MtlsMode::Unknown } else { absent };
    };
    if !matches!(mtls.value, Value::Map(_)) {
        return MtlsMode::Unknown;
    }
    match mtls.get("mode").map(|mode| &mode.value) {
        None | Some(Value::Scalar(Scalar::Null)) => absent,
        Some(Value::Scalar(Scalar::String(text))) => match &**text {
            "UNSET" => MtlsMode::Unset,
            "DISABLE" => MtlsMode::Disable,
            "PERMISSIVE" => MtlsMode::Permissive,
            "STRICT" => MtlsMode::Strict,
            _ => MtlsMode::Unknown,
        },
        Some(_) => MtlsMode::Unknown,
    }
}

/// The mode that a PeerAuthentication gives to its whole namespace; `None` if it selects workloads.
#[must_use]
pub fn namespace_mode(policy: &Object) -> Option<MtlsMode> {
    match target(policy) {
        Target::Labels(_) | Target::Refs(_) => return None,
        Target::Unknown => return Some(MtlsMode::Unknown),
        Target::Everything => {}
    }
    Some(mode_of(policy, policy.root.path(&["spec", "mtls"])))
}
