//! Which requirements of a `JwtAuthentication` use which provider
//! (<https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/filters/http/jwt_authn/v3/config.proto>).

use std::collections::BTreeMap;

use super::field;
use crate::model::value::{Node, Value};

/// Requirements inside one another that are followed.
const MAX_DEPTH: usize = 100;

/// How the requirements use a provider.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JwtUse {
    /// Each use names audiences of its own.
    WithAudiences,
    /// At least one use leaves the audiences to the provider.
    Plain,
    /// A use, but whether it names audiences cannot be known.
    Unknown,
}

/// The uses of the providers, by name. A provider without an entry is used by no requirement; `None`: a part of the requirements
/// cannot be known.
#[must_use]
pub fn jwt_uses(filter: &Node) -> Option<BTreeMap<&str, JwtUse>> {
    let mut uses = BTreeMap::new();
    let mut known = true;
    if let Some(rules) = field(filter, "rules").map(|entry| &entry.value) {
        known &= matches!(rules.value, Value::List(_)) || rules.is_null();
        for rule in rules.items() {
            known &= rule.unknown().is_none();
            if let Some(requires) = field(rule, "requires") {
                known &= requirement_uses(&requires.value, 0, &mut uses);
            }
        }
    }
    // a route's own configuration may name any of these
    let named = [field(filter, "requirement_map").map(|entry| &entry.value)];
    let by_state = field(filter, "filter_state_rules").and_then(|entry| field(&entry.value, "requires")).map(|entry| &entry.value);
    for map in named.into_iter().chain([by_state]).flatten() {
        known &= map.unknown().is_none();
        for entry in map.entries() {
            known &= requirement_uses(&entry.value, 0, &mut uses);
        }
    }
    known.then_some(uses)
}

/// Adds a requirement's uses; `false` where a part of it cannot be known.
fn requirement_uses<'n>(node: &'n Node, depth: usize, uses: &mut BTreeMap<&'n str, JwtUse>) -> bool {
    if node.unknown().is_some() || depth > MAX_DEPTH {
        return false;
    }
    let mut known = true;
    if let Some(name) = field(node, "provider_name") {
        match name.value.as_str() {
            Some(name) => add(uses, name, JwtUse::Plain),
            None => known = name.value.unknown().is_none(),
        }
    }
    if let Some(both) = field(node, "provider_and_audiences") {
        let audiences = field(&both.value, "audiences").map(|entry| &entry.value);
        let how = match audiences.map(|node| &node.value) {
            Some(Value::List(items)) if !items.is_empty() => JwtUse::WithAudiences,
            _ if both.value.unknown().is_some() || audiences.is_some_and(|node| node.unknown().is_some()) => JwtUse::Unknown,
            _ => JwtUse::Plain,
        };
        match field(&both.value, "provider_name").map(|entry| &entry.value) {
            Some(name) if name.as_str().is_some() => add(uses, name.as_str().unwrap_or_default(), how),
            Some(name) => known &= name.unknown().is_none(),
            None => known &= both.value.unknown().is_none(),
        }
    }
    for list in ["requires_any", "requires_all"] {
        let Some(list) = field(node, list) else { continue };
        known &= list.value.unknown().is_none();
        let requirements = field(&list.value, "requirements").map_or(&[][..], |entry| entry.value.items());
        for requirement in requirements {
            known &= requirement_uses(requirement, depth + 1, uses);
        }
    }
    known
}

/// The worst use counts.
fn add<'n>(uses: &mut BTreeMap<&'n str, JwtUse>, name: &'n str, how: JwtUse) {
    let slot = uses.entry(name).or_insert(how);
    if *slot != JwtUse::Plain && how != JwtUse::WithAudiences {
        *slot = how;
    }
}

/// Hands over all requirements of a filter: of its rules, of `requirement_map`, by filter state, and those inside others.
pub fn requirements<'n>(filter: &'n Node, found: &mut dyn FnMut(&'n Node)) {
    for rule in field(filter, "rules").map_or(&[][..], |entry| entry.value.items()) {
        if let Some(requires) = field(rule, "requires") {
            each(&requires.value, 0, found);
        }
    }
    let by_state = field(filter, "filter_state_rules").and_then(|entry| field(&entry.value, "requires"));
    for map in [field(filter, "requirement_map"), by_state].into_iter().flatten() {
        map.value.entries().iter().for_each(|entry| each(&entry.value, 0, found));
    }
}

fn each<'n>(requirement: &'n Node, depth: usize, found: &mut dyn FnMut(&'n Node)) {
    if depth > MAX_DEPTH {
        return;
    }
    found(requirement);
    for list in ["requires_any", "requires_all"] {
        let list = field(requirement, list).and_then(|entry| field(&entry.value, "requirements"));
        list.map_or(&[][..], |entry| entry.value.items()).iter().for_each(|requirement| each(requirement, depth + 1, found));
    }
}
