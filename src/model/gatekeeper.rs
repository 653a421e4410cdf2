//! Where ConstraintTemplates hold Rego.
//!
//! Facts are from Gatekeeper's `ConstraintTemplate` reference and from the driver that reads templates
//! (open-policy-agent/frameworks, `constraint/pkg/client/drivers/rego` and `pkg/apis/templates/v1/conversion.go`).

use super::k8s::Object;
use super::value::{Entry, Node};
use crate::syntax::rego::Version;

/// The Rego of a target that is compiled together: a module with the rule `violation` and its libraries.
#[derive(Clone, Debug)]
pub struct Source<'o> {
    /// `spec.targets[0]` or `spec.targets[0].code[1].source`
    pub path: String,
    pub target: &'o Node,
    /// The map with the keys `rego` and `libs`.
    pub holder: &'o Node,
    /// It stands directly under the target, where no version can be named: it is v0, and any `code` of the engine Rego beside it is
    /// not read.
    pub is_legacy: bool,
    /// `None`: a template action writes it. What is not `v1` is v0 to the driver.
    pub version: Option<Version>,
}

impl<'o> Source<'o> {
    /// The entry of the module, if it is text.
    #[must_use]
    pub fn rego(&self) -> Option<&'o Entry> {
        self.holder.entry("rego").filter(|entry| entry.value.as_str().is_some())
    }

    /// The libraries that are text, with their places in the list.
    pub fn libs(&self) -> impl Iterator<Item = (usize, &'o Node)> + use<'o> {
        let items = self.holder.get("libs").map_or(&[][..], Node::items);
        items.iter().enumerate().filter(|(_, item)| item.as_str().is_some())
    }
}

/// Whether an object is a ConstraintTemplate.
#[must_use]
pub fn is_template(object: &Object) -> bool {
    object.is("templates.gatekeeper.sh", "ConstraintTemplate")
}

/// The sources of a ConstraintTemplate, by target; first what is read where several are there.
#[must_use]
pub fn sources(object: &Object) -> Vec<Source<'_>> {
    let mut out = Vec::new();
    for (at, target) in object.root.path(&["spec", "targets"]).map_or(&[][..], Node::items).iter().enumerate() {
        let path = format!("spec.targets[{at}]");
        if target.get("rego").is_some() || target.get("libs").is_some() {
            out.push(Source { path: path.clone(), target, holder: target, is_legacy: true, version: Some(Version::V0) });
        }
        for (nr, code) in target.get("code").map_or(&[][..], Node::items).iter().enumerate() {
            let Some(source) = code.get("source").filter(|_| is_rego(code)) else { continue };
            let version = match source.get("version") {
                Some(version) if version.unknown().is_some() => None,
                version if version.and_then(Node::as_str) == Some("v1") => Some(Version::V1),
                _ => Some(Version::V0),
            };
            let path = format!("{path}.code[{nr}].source");
            out.push(Source { path, target, holder: source, is_legacy: false, version });
        }
    }
    out
}

/// Whether an item of `code` is of the engine Rego.
#[must_use]
pub fn is_rego(code: &Node) -> bool {
    code.get("engine").and_then(Node::as_str) == Some("Rego")
}
