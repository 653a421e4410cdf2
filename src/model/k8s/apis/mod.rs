//! Versions of APIs that have a successor or are gone, as data: when the successor appeared and when the version disappears.

mod custom;
mod kubernetes;

use super::Object;
use crate::diag::{Product, Release};
use crate::model::value::Node;

pub use custom::{CERT_MANAGER, EXTERNAL_SECRETS, GATEKEEPER, GATEWAY_API, ISTIO, LINKERD};
pub use kubernetes::{KUBERNETES, NETWORK_POLICY};

/// The versions that one rule is about.
#[derive(Debug)]
pub struct Table {
    pub product: Product,
    pub apis: &'static [Api],
}

/// Kinds of a group in a version that is not the one to write.
#[derive(Debug)]
pub struct Api {
    pub group: &'static str,
    /// Empty: every version.
    pub version: &'static str,
    /// Empty: every kind of the group.
    pub kinds: &'static [&'static str],
    /// The newest first; none where nothing takes its place.
    pub successors: &'static [Successor],
    /// The release that called it deprecated, where nothing but that says so: it has no successor.
    pub deprecated: Option<Release>,
    /// The first release that does not serve it.
    pub removed: Option<Release>,
    /// What to do where an edit of the version is not enough.
    pub advice: &'static str,
}

/// A version that stands in for an older one.
#[derive(Debug)]
pub struct Successor {
    /// As `apiVersion` has it.
    pub api_version: &'static str,
    /// The first release that serves it.
    pub since: Release,
    pub schema: Schema,
}

/// How a version's fields compare with those of its predecessor.
#[derive(Clone, Copy, Debug)]
pub enum Schema {
    /// The same fields with the same meaning.
    Same,
    /// The same but for the fields at these paths, which are gone; a path runs through lists, and `=text` at its end is a value.
    Without(&'static [&'static [&'static str]]),
    /// The same fields, of which some mean something else or have other defaults.
    Defaults,
    /// Other fields: a new version alone does not make a valid object.
    Other,
}

/// What a release makes of an object's version.
#[derive(Clone, Copy, Debug)]
pub enum Standing {
    /// There is something newer.
    Replaced(&'static Successor),
    /// It is served, and will not be.
    Deprecated { since: Release, removed: Release },
    /// It is not served since `removed`.
    Gone { removed: Release, successor: Option<&'static Successor> },
}

impl Table {
    /// The row of an object's version, if it has one.
    #[must_use]
    pub fn row(&self, object: &Object) -> Option<&'static Api> {
        // what has a successor is no first stable version
        if &*object.version == "v1" {
            return None;
        }
        let fits = |api: &&Api| (api.version == &*object.version || api.version.is_empty()) && api.group == &*object.group;
        let of_kind = |api: &&Api| api.kinds.is_empty() || api.kinds.contains(&&*object.kind);
        self.apis.iter().filter(fits).find(of_kind)
    }
}

impl Api {
    /// What becomes of the version in the release `target`, or in the newest one: `None` where it is the one to write, since its
    /// successors are not there yet.
    #[must_use]
    pub fn standing(&'static self, target: Option<Release>) -> Option<Standing> {
        let there = |since: Release| target.is_none_or(|target| since <= target);
        let successor = self.successors.iter().find(|successor| there(successor.since));
        match self.removed.filter(|removed| there(*removed)) {
            Some(removed) => Some(Standing::Gone { removed, successor }),
            None => successor.map(Standing::Replaced).or_else(|| {
                let (since, removed) = (self.deprecated.filter(|since| there(*since))?, self.removed?);
                Some(Standing::Deprecated { since, removed })
            }),
        }
    }
}

impl Successor {
    /// The version without its group.
    #[must_use]
    pub fn version(&self) -> &'static str {
        self.api_version.rsplit('/').next().unwrap_or(self.api_version)
    }

    /// Whether an object means the same with the successor's version in the place of its own.
    #[must_use]
    pub fn keeps(&self, object: &Object) -> bool {
        match self.schema {
            Schema::Same => true,
            Schema::Without(paths) => !paths.iter().any(|path| uses(&object.root, path)),
            Schema::Defaults | Schema::Other => false,
        }
    }
}

/// Whether a value holds something at `path`, which runs through lists.
fn uses(node: &Node, path: &[&str]) -> bool {
    let Some((key, rest)) = path.split_first() else { return !node.is_null() };
    if let Some(text) = key.strip_prefix('=') {
        return node.as_str() == Some(text);
    }
    node.get(key).is_some_and(|value| uses(value, rest)) || node.items().iter().any(|item| uses(item, path))
}

const fn release(major: u16, minor: u16) -> Release {
    Release::new(major, minor)
}

const fn successor(api_version: &'static str, since: Release, schema: Schema) -> Successor {
    Successor { api_version, since, schema }
}

/// A version that is still served.
const fn replaced(group: &'static str, version: &'static str, kinds: &'static [&'static str], successors: &'static [Successor]) -> Api {
    Api { group, version, kinds, successors, deprecated: None, removed: None, advice: "" }
}

/// A version that is not served any more.
const fn removed(
    group: &'static str,
    version: &'static str,
    kinds: &'static [&'static str],
    successors: &'static [Successor],
    removed: Release,
) -> Api {
    Api { group, version, kinds, successors, deprecated: None, removed: Some(removed), advice: "" }
}
