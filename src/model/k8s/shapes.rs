//! The fields of policies that conclusions rest on, with their types: an object that does not fit is refused, or says something else
//! than it seems to.
//!
//! Sources: `k8s.io/api/networking/v1`, and the schemas in Istio's `manifests/charts/base/files/crd-all.gen.yaml`.

use crate::model::value::{Node, Origin, Scalar, Value};

use Shape::{Any, Entries, Fields, Flag, List, Number, OneOf, Port, Text};

/// What a field may hold.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Anything.
    Any,
    Text,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    Flag,
    /// A whole number.
    Number,
    /// A port's number or name.
    Port,
    List(&'static Shape),
    /// These fields and no others.
    Fields(&'static [(&'static str, Shape)]),
    /// Any keys, each with such a value.
    Entries(&'static Shape),
}

/// What is wrong with a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Misfit {
    /// What is there, and what should be.
    Type { found: &'static str, wanted: &'static str },
    /// A text that is none of these.
    Value { found: String, known: &'static [&'static str] },
    /// A field that the object does not have.
    Field { known: Vec<&'static str> },
}

/// A value that does not fit: its key's place, or that of an item; the name it goes by; what is wrong.
pub type Found<'n> = (&'n Origin, String, Misfit);

const TEXTS: Shape = List(&Text);
const LABELS: Shape = Entries(&Text);
const LABEL_SELECTOR: Shape = Fields(&[
    ("matchLabels", LABELS),
    (
        "matchExpressions",
        List(&Fields(&[("key", Text), ("operator", OneOf(&["In", "NotIn", "Exists", "DoesNotExist"])), ("values", TEXTS)])),
    ),
]);
const PEERS: Shape = List(&Fields(&[
    ("podSelector", LABEL_SELECTOR),
    ("namespaceSelector", LABEL_SELECTOR),
    ("ipBlock", Fields(&[("cidr", Text), ("except", TEXTS)])),
]));
const PORTS: Shape = List(&Fields(&[("protocol", OneOf(&["TCP", "UDP", "SCTP"])), ("port", Port), ("endPort", Number)]));
const NETWORK_POLICY: Shape = Fields(&[
    ("podSelector", LABEL_SELECTOR),
    ("policyTypes", List(&OneOf(&["Ingress", "Egress"]))),
    ("ingress", List(&Fields(&[("from", PEERS), ("ports", PORTS)]))),
    ("egress", List(&Fields(&[("to", PEERS), ("ports", PORTS)]))),
]);

const WORKLOAD_SELECTOR: Shape = Fields(&[("matchLabels", LABELS)]);
const TARGET: Shape = Fields(&[("group", Text), ("kind", Text), ("name", Text), ("namespace", Text)]);
const MTLS: Shape = Fields(&[("mode", OneOf(&["UNSET", "DISABLE", "PERMISSIVE", "STRICT"]))]);
const PEER_AUTHENTICATION: Shape = Fields(&[("selector", WORKLOAD_SELECTOR), ("mtls", MTLS), ("portLevelMtls", Entries(&MTLS))]);
const SOURCE: Shape = Fields(&[
    ("principals", TEXTS),
    ("notPrincipals", TEXTS),
    ("requestPrincipals", TEXTS),
    ("notRequestPrincipals", TEXTS),
    ("namespaces", TEXTS),
    ("notNamespaces", TEXTS),
    ("serviceAccounts", TEXTS),
    ("notServiceAccounts", TEXTS),
    ("ipBlocks", TEXTS),
    ("notIpBlocks", TEXTS),
    ("remoteIpBlocks", TEXTS),
    ("notRemoteIpBlocks", TEXTS),
    ("trustDomains", TEXTS),
    ("notTrustDomains", TEXTS),
]);
const OPERATION: Shape = Fields(&[
    ("hosts", TEXTS),
    ("notHosts", TEXTS),
    ("ports", TEXTS),
    ("notPorts", TEXTS),
    ("methods", TEXTS),
    ("notMethods", TEXTS),
    ("paths", TEXTS),
    ("notPaths", TEXTS),
]);
const AUTHORIZATION_POLICY: Shape = Fields(&[
    ("selector", WORKLOAD_SELECTOR),
    ("targetRef", TARGET),
    ("targetRefs", List(&TARGET)),
    ("action", OneOf(&["ALLOW", "DENY", "AUDIT", "CUSTOM"])),
    ("provider", Fields(&[("name", Text)])),
    (
        "rules",
        List(&Fields(&[
            ("from", List(&Fields(&[("source", SOURCE)]))),
            ("to", List(&Fields(&[("operation", OPERATION)]))),
            ("when", List(&Fields(&[("key", Text), ("values", TEXTS), ("notValues", TEXTS)]))),
        ])),
    ),
]);
const REQUEST_AUTHENTICATION: Shape = Fields(&[
    ("selector", WORKLOAD_SELECTOR),
    ("targetRef", TARGET),
    ("targetRefs", List(&TARGET)),
    (
        "jwtRules",
        List(&Fields(&[
            ("issuer", Text),
            ("audiences", TEXTS),
            ("jwksUri", Text),
            ("jwks_uri", Text),
            ("jwks", Text),
            ("fromHeaders", List(&Fields(&[("name", Text), ("prefix", Text)]))),
            ("fromParams", TEXTS),
            ("fromCookies", TEXTS),
            ("outputPayloadToHeader", Text),
            ("forwardOriginalToken", Flag),
            ("outputClaimToHeaders", List(&Fields(&[("header", Text), ("claim", Text)]))),
            ("spaceDelimitedClaims", TEXTS),
            ("timeout", Text),
            ("presence", OneOf(&["OPTIONAL", "REQUIRED"])),
        ])),
    ),
]);

/// The shape of `spec` of a policy, by group and kind; `None` for what is not tabulated.
#[must_use]
pub fn spec_shape(group: &str, kind: &str) -> Option<&'static Shape> {
    Some(match (group, kind) {
        ("networking.k8s.io" | "extensions", "NetworkPolicy") => &NETWORK_POLICY,
        ("security.istio.io", "PeerAuthentication") => &PEER_AUTHENTICATION,
        ("security.istio.io", "AuthorizationPolicy") => &AUTHORIZATION_POLICY,
        ("security.istio.io", "RequestAuthentication") => &REQUEST_AUTHENTICATION,
        _ => return None,
    })
}

/// Calls `found` with each value in `node` that does not fit `shape`. `name` is what `node` goes by; `at` its key's place. Unknown
/// values and nulls fit everything.
pub fn misfits<'n>(node: &'n Node, shape: &Shape, name: &str, at: &'n Origin, found: &mut dyn FnMut(Found<'n>)) {
    let mut report = |misfit: Misfit| found((at, name.to_owned(), misfit));
    let wrong = |wanted: &'static str| Misfit::Type { found: node.type_name(), wanted };
    match (shape, &node.value) {
        (_, Value::Scalar(Scalar::Unknown(_) | Scalar::Null)) | (Any, _) => {}
        (Text, Value::Scalar(Scalar::String(_))) => {}
        (Text, _) => report(wrong("string")),
        (OneOf(known), Value::Scalar(Scalar::String(text))) => {
            if !known.contains(&&**text) {
                report(Misfit::Value { found: text.chars().take(40).collect(), known });
            }
        }
        (OneOf(_), _) => report(wrong("string")),
        (Flag, Value::Scalar(Scalar::Bool(_))) => {}
        (Flag, _) => report(wrong("boolean")),
        (Number, Value::Scalar(Scalar::Number(_))) | (Port, Value::Scalar(Scalar::Number(_) | Scalar::String(_))) => {}
        (Number, _) => report(wrong("number")),
        (Port, _) => report(wrong("number or a name")),
        (List(inner), Value::List(items)) => {
            for item in items {
                misfits(item, inner, name, &item.origin, found);
            }
        }
        (List(_), _) => report(wrong("list")),
        (Entries(inner), Value::Map(entries)) => {
            for entry in entries {
                misfits(&entry.value, inner, &entry.key, &entry.origin, found);
            }
        }
        (Fields(fields), Value::Map(entries)) => {
            for entry in entries {
                match fields.iter().find(|(name, _)| *name == &*entry.key) {
                    Some((name, inner)) => misfits(&entry.value, inner, name, &entry.origin, found),
                    // extensions of other tools, and what a merge key brings
                    None if entry.key.starts_with("x-") || &*entry.key == "<<" => {}
                    None => {
                        let known = fields.iter().map(|(name, _)| *name).collect();
                        found((&entry.origin, entry.key.to_string(), Misfit::Field { known }));
                    }
                }
            }
        }
        (Entries(_) | Fields(_), _) => report(wrong("map")),
    }
}
