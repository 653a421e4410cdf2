//! The fields of Envoy's messages that are judged, as of go-control-plane's envoy 1.40 (<https://github.com/envoyproxy/envoy/tree/main/api>).

mod core;
mod filters;
mod tls;

use super::{Message, is_field};
use crate::model::value::{Entry, Node, Value};

/// A message with all of its fields.
#[derive(Debug)]
pub struct Shape {
    pub name: &'static str,
    /// Fields that are not looked into.
    plain: &'static [&'static str],
    nested: &'static [(&'static str, Shaped)],
}

/// How a field holds messages of a known shape.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shaped {
    One(&'static Shape),
    Many(&'static Shape),
    /// A map with names of the user's choice.
    Named(&'static Shape),
}

/// Messages inside one another that are looked into: requirements may hold requirements.
const MAX_DEPTH: usize = 60;

impl Shape {
    /// The shape of a message by its type, if it is one of those that are known.
    #[must_use]
    pub fn of(message: &Message<'_>) -> Option<&'static Self> {
        let (package, name) = message.type_name.rsplit_once('.')?;
        Some(match (package, name) {
            ("envoy.extensions.transport_sockets.tls.v3", "UpstreamTlsContext") => &tls::UPSTREAM_TLS_CONTEXT,
            ("envoy.extensions.transport_sockets.tls.v3", "DownstreamTlsContext") => &tls::DOWNSTREAM_TLS_CONTEXT,
            ("envoy.extensions.transport_sockets.tls.v3", "Secret") => &tls::SECRET,
            ("envoy.extensions.filters.http.ext_authz.v3", "ExtAuthz") => &filters::EXT_AUTHZ,
            ("envoy.extensions.filters.http.ext_authz.v3", "ExtAuthzPerRoute") => &filters::EXT_AUTHZ_PER_ROUTE,
            ("envoy.extensions.filters.network.ext_authz.v3", "ExtAuthz") => &filters::NETWORK_EXT_AUTHZ,
            ("envoy.extensions.filters.http.jwt_authn.v3", "JwtAuthentication") => &filters::JWT_AUTHENTICATION,
            ("envoy.extensions.filters.http.jwt_authn.v3", "PerRouteConfig") => &filters::PER_ROUTE_CONFIG,
            ("envoy.extensions.filters.http.rbac.v3", "RBAC") => &filters::HTTP_RBAC,
            ("envoy.extensions.filters.http.rbac.v3", "RBACPerRoute") => &filters::HTTP_RBAC_PER_ROUTE,
            ("envoy.extensions.filters.network.rbac.v3", "RBAC") => &filters::NETWORK_RBAC,
            _ => return None,
        })
    }

    /// The names of the fields, in snake case.
    pub fn fields(&self) -> impl Iterator<Item = &'static str> {
        self.plain.iter().copied().chain(self.nested.iter().map(|(name, _)| *name))
    }

    /// Hands over the entries of `node` and of the messages in it that are no fields, each with the message that it stands in.
    pub fn unknown<'n>(&'static self, node: &'n Node, found: &mut dyn FnMut(&'static Self, &'n Entry)) {
        self.walk(node, 0, found);
    }

    fn walk<'n>(&'static self, node: &'n Node, depth: usize, found: &mut dyn FnMut(&'static Self, &'n Entry)) {
        if depth > MAX_DEPTH {
            return;
        }
        for entry in node.entries() {
            if entry.key.starts_with('@') || self.plain.iter().any(|name| is_field(&entry.key, name)) {
                continue;
            }
            let Some((_, shaped)) = self.nested.iter().find(|(name, _)| is_field(&entry.key, name)) else {
                found(self, entry);
                continue;
            };
            match (shaped, &entry.value.value) {
                (Shaped::One(shape), Value::Map(_)) => shape.walk(&entry.value, depth + 1, found),
                (Shaped::Many(shape), Value::List(items)) => items.iter().for_each(|item| shape.walk(item, depth + 1, found)),
                (Shaped::Named(shape), Value::Map(entries)) => {
                    entries.iter().for_each(|entry| shape.walk(&entry.value, depth + 1, found));
                }
                _ => {}
            }
        }
    }

    /// The messages that have a field of this name, among this one and those that it holds: where a misplaced field belongs.
    #[must_use]
    pub fn holders(&'static self, field: &str) -> Vec<&'static str> {
        self.all().filter(|shape| shape.fields().any(|name| is_field(field, name))).map(|shape| shape.name).collect()
    }

    /// The message that a misplaced field of this name holds, where it belongs.
    #[must_use]
    pub fn of_misplaced(&'static self, field: &str) -> Option<&'static Self> {
        let nested = self.all().find_map(|shape| shape.nested.iter().find(|(name, _)| is_field(field, name)));
        match nested {
            Some((_, Shaped::One(shape))) => Some(shape),
            _ => None,
        }
    }

    /// This message and those that it may hold, nearest first.
    pub fn all(&'static self) -> impl Iterator<Item = &'static Self> {
        let mut all = vec![self];
        let mut at = 0;
        while at < all.len() {
            for (_, Shaped::One(shape) | Shaped::Many(shape) | Shaped::Named(shape)) in all[at].nested {
                if !all.iter().any(|known| std::ptr::eq(*known, *shape)) {
                    all.push(shape);
                }
            }
            at += 1;
        }
        all.into_iter()
    }
}
