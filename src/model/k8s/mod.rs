//! Kubernetes objects: typed views over values.

mod object;
mod scope;

pub use object::{Namespace, Object};
pub use scope::{Scope, scope};
