//! Which constraints and templates, admission policies and bindings there are.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::gatekeeper::is_template;
use super::k8s::Object;
use super::value::Node;

const ADMISSION: &str = "admissionregistration.k8s.io";

/// The names that objects of admission control refer to one another by, of a whole workspace.
#[derive(Clone, Debug, Default)]
pub struct Admission {
    /// The kinds that ConstraintTemplates define.
    pub templates: BTreeSet<String>,
    /// A template's kind cannot be known.
    pub unknown_template: bool,
    /// The kinds of the constraints.
    pub constraints: BTreeSet<String>,
    /// The names of the ValidatingAdmissionPolicies that are bound.
    pub bound: BTreeSet<String>,
    /// A binding's policy cannot be known.
    pub unknown_binding: bool,
}

impl Admission {
    #[must_use]
    pub fn new(objects: &[Arc<Object>]) -> Self {
        let mut this = Self::default();
        for object in objects {
            if is_template(object) {
                match defined_kind(object).filter(|node| !node.has_variable()).and_then(Node::as_str) {
                    Some(kind) => _ = this.templates.insert(kind.to_owned()),
                    None => this.unknown_template = true,
                }
            } else if is_constraint(object) {
                this.constraints.insert(object.kind.to_string());
            } else if object.is(ADMISSION, "ValidatingAdmissionPolicyBinding") {
                match object.root.path(&["spec", "policyName"]).filter(|node| !node.has_variable()).and_then(Node::as_str) {
                    Some(name) => _ = this.bound.insert(name.to_owned()),
                    None => this.unknown_binding = true,
                }
            }
        }
        this
    }
}

/// The kind of the constraints that a ConstraintTemplate defines.
#[must_use]
pub fn defined_kind(template: &Object) -> Option<&Node> {
    template.root.path(&["spec", "crd", "spec", "names", "kind"])
}

/// Whether an object is a constraint of Gatekeeper.
#[must_use]
pub fn is_constraint(object: &Object) -> bool {
    &*object.group == "constraints.gatekeeper.sh"
}
