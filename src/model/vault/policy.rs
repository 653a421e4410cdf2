//! Policies: <https://developer.hashicorp.com/vault/docs/concepts/policies>.

use super::{maps, resources, terraform::data_sources};
use crate::model::document::{Document, DocumentKind};
use crate::model::value::{Node, Origin, Value};

/// What a policy says of a path.
#[derive(Clone, Debug)]
pub struct PathRule<'d> {
    pub path: &'d str,
    /// Where the path is written.
    pub at: &'d Origin,
    /// What may be done there; `None` where not all of it is known.
    pub capabilities: Option<Vec<&'d str>>,
}

impl PathRule<'_> {
    /// Whether it grants anything: nothing is granted by no capabilities, or beside `deny`. `None` where that is not known.
    #[must_use]
    pub fn grants(&self) -> Option<bool> {
        let capabilities = self.capabilities.as_ref()?;
        Some(!capabilities.is_empty() && !capabilities.contains(&"deny"))
    }
}

/// The paths of a policy in HCL or JSON, and of the policy documents of Terraform.
#[must_use]
pub fn path_rules(document: &Document) -> Vec<PathRule<'_>> {
    match document.kind {
        DocumentKind::Vault => of_policy(&document.root),
        DocumentKind::Terraform => of_terraform(&document.root),
        _ => Vec::new(),
    }
}

fn of_policy(root: &Node) -> Vec<PathRule<'_>> {
    let mut out = Vec::new();
    for paths in root.blocks("path") {
        for entry in paths.entries() {
            out.extend(maps(entry).map(|(at, node)| PathRule { path: &entry.key, at, capabilities: capabilities(node) }));
        }
    }
    out
}

/// `data "vault_policy_document"`: its blocks `rule`.
fn of_terraform(root: &Node) -> Vec<PathRule<'_>> {
    let mut out = Vec::new();
    for resource in data_sources(root).chain(resources(root)) {
        if resource.kind != "vault_policy_document" {
            continue;
        }
        for (_, rule) in resource.body.entry("rule").into_iter().flat_map(maps) {
            let Some(path) = rule.entry("path") else { continue };
            let Some(text) = path.value.as_str() else { continue };
            out.push(PathRule { path: text, at: &path.origin, capabilities: capabilities(rule) });
        }
    }
    out
}

fn capabilities(rule: &Node) -> Option<Vec<&str>> {
    if let Some(list) = rule.get("capabilities") {
        return match &list.value {
            Value::List(items) => items.iter().map(Node::as_str).collect(),
            _ if list.unknown().is_some() => None,
            _ => Some(list.as_str().into_iter().collect()),
        };
    }
    // Vault's first days: `policy = "write"`
    match rule.get("policy") {
        Some(policy) if policy.unknown().is_some() => None,
        Some(policy) => Some(policy.as_str().into_iter().collect()),
        None => Some(Vec::new()),
    }
}

/// Whether a path reaches further than one team's secrets: it ends in a wildcard, with less than two literal segments behind the
/// mount's name. `false` where a variable leaves that open.
#[must_use]
pub fn is_broad(path: &str) -> bool {
    let path = path.trim_start_matches('/');
    let Some((literal, ends_in_glob)) = path.strip_suffix('*').map(|rest| (rest, true)).or(Some((path, false))) else { return false };
    let segments: Vec<&str> = literal.split('/').collect();
    let is_wildcard = |segment: &str| segment == "+" || segment.is_empty();
    if !ends_in_glob && segments.last() != Some(&"+") {
        return false;
    }
    let (mount, rest) = segments.split_first().map_or(("", &[][..]), |(mount, rest)| (*mount, rest));
    // each token has its own
    if mount == "cubbyhole" || mount.contains('$') {
        return false;
    }
    // `secret/shop*`: an application's secrets of the first key-value engine; of the second one `data*` is all of them
    if let [one] = rest
        && !is_wildcard(one)
        && ends_in_glob
    {
        return matches!(*one, "data" | "metadata" | "creds" | "roles" | "role" | "auth" | "policy" | "policies");
    }
    rest.iter().filter(|segment| !is_wildcard(segment)).count() < 2
}

#[cfg(test)]
mod tests {
    use super::is_broad;

    #[test]
    fn broad_paths_are_told_from_narrow_ones() {
        for path in
            ["*", "secret/*", "sys/*", "secret/data/*", "secret*", "+/*", "secret/+/*", "secret/data/+", "auth/*", "/kv/*", "secret/data*"]
        {
            assert!(is_broad(path), "{path}");
        }
        for path in [
            "secret/data/team/*",
            "secret/data/team",
            "secret/data/{{identity.entity.name}}/*",
            "database/creds/orders-*",
            "secret/data/+/config",
            "sys/policies/acl/*",
            "cubbyhole/*",
            "${mount}/*",
            "secret/data/$APP/*",
            "sys/health",
            "secret/shop*",
            "",
        ] {
            assert!(!is_broad(path), "{path}");
        }
    }
}
