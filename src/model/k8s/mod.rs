//! Kubernetes objects: typed views over values.

pub mod apis;
pub mod bindings;
pub mod cluster;
pub(super) mod definition;
pub(super) mod list;
mod object;
pub mod pods;
pub mod rbac;
mod scope;
pub mod security;
pub mod selector;
pub mod shapes;

pub use bindings::Bound;
pub use cluster::{Cluster, Space};
pub use object::{Namespace, Object};
pub use pods::{Container, Pod, ServiceAccount, pod};
pub use scope::{Scope, scope};
pub use security::{Effective, Field, base_name, field};
pub use selector::Labels;
