//! The rules that exist, and lookup among them.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use super::rule::Rule;
use super::rules::RULES;
use crate::diag::RuleMeta;

/// All rules, in the order of the list in `rules/mod.rs`.
#[must_use]
pub fn registry() -> &'static [&'static dyn Rule] {
    RULES
}

/// The metadata of all rules.
pub fn metas() -> impl Iterator<Item = &'static RuleMeta> {
    RULES.iter().map(|rule| rule.meta())
}

/// The metadata of the rule called `id`.
#[must_use]
pub fn meta(id: &str) -> Option<&'static RuleMeta> {
    index(id).map(|at| RULES[at].meta())
}

/// The place of rule `id` in [`registry`].
pub(super) fn index(id: &str) -> Option<usize> {
    static BY_ID: OnceLock<FxHashMap<&'static str, usize>> = OnceLock::new();
    BY_ID.get_or_init(|| RULES.iter().enumerate().map(|(at, rule)| (rule.meta().id, at)).collect()).get(id).copied()
}

/// The groups that rules are in, sorted.
#[must_use]
pub fn groups() -> &'static [&'static str] {
    static GROUPS: OnceLock<Vec<&'static str>> = OnceLock::new();
    GROUPS.get_or_init(|| {
        let mut groups: Vec<_> = metas().map(|meta| meta.group).collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    })
}

/// Whether the group's rules are about manifests and configurations; those about sources may read some as well.
pub(super) fn is_manifest_group(group: &str) -> bool {
    !is_rego_group(group) && group != "meta"
}

/// Whether the group's rules are about Rego.
pub(super) fn is_rego_group(group: &str) -> bool {
    matches!(
        group,
        "syntax" | "compile" | "strict" | "bugs" | "idiomatic" | "imports" | "performance" | "style" | "testing" | "custom" | "authz"
    )
}
