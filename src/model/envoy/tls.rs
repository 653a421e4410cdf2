//! TLS contexts: whether a peer's certificate is checked, and against what
//! (<https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/transport_sockets/tls/v3/tls.proto>).

use super::site::present;
use super::{Message, field, field_path};
use crate::model::value::{Entry, Node, Scalar, Value};

/// The context of one side of connections.
#[derive(Clone, Copy, Debug)]
pub struct TlsContext<'n> {
    pub is_upstream: bool,
    /// The map with the context's fields.
    pub node: &'n Node,
}

/// What is checked of a peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Peer<'n> {
    /// No authority is configured: any certificate is good.
    Anyone,
    /// What does not verify is accepted; where that is said.
    Untrusted(&'n Entry),
    /// Any certificate of the authority; the key of an empty list of names.
    AnyOfAuthority(Option<&'n Entry>),
    Checked,
    Unknown,
}

/// The TLS contexts of a message: of the TLS transport sockets themselves, and of QUIC's, which hold one.
#[must_use]
pub fn contexts<'n>(message: &Message<'n>) -> Option<TlsContext<'n>> {
    if message.is("tls", "UpstreamTlsContext") {
        return Some(TlsContext { is_upstream: true, node: message.node });
    }
    if message.is("tls", "DownstreamTlsContext") {
        return Some(TlsContext { is_upstream: false, node: message.node });
    }
    if message.is("quic", "QuicUpstreamTransport") {
        return message.field("upstream_tls_context").map(|entry| TlsContext { is_upstream: true, node: &entry.value });
    }
    if message.is("quic", "QuicDownstreamTransport") {
        return message.field("downstream_tls_context").map(|entry| TlsContext { is_upstream: false, node: &entry.value });
    }
    None
}

/// Names that SPIRE agents give to validation contexts beside trust domains: they hold authorities and no names of peers.
const SPIRE_BUNDLES: [&str; 2] = ["ROOTCA", "ALL"];

impl<'n> TlsContext<'n> {
    /// `common_tls_context`
    #[must_use]
    pub fn common(&self) -> Option<&'n Entry> {
        present(self.node, "common_tls_context")
    }

    /// Whether the context has anything that checks peers.
    #[must_use]
    pub fn has_validation(&self) -> bool {
        self.common().is_some_and(|common| VALIDATION.iter().any(|name| present(&common.value, name).is_some()))
    }

    /// Whether a certificate comes from SDS under a SPIFFE ID.
    #[must_use]
    pub fn has_spiffe_certificate(&self) -> bool {
        let configs = self.common().and_then(|common| field(&common.value, "tls_certificate_sds_secret_configs"));
        let configs = configs.map_or(&[][..], |entry| entry.value.items());
        configs
            .iter()
            .any(|config| field(config, "name").and_then(|entry| entry.value.as_str()).is_some_and(|name| name.starts_with("spiffe://")))
    }

    /// Whether a field about validation stands where Envoy knows none, so that it refuses the configuration.
    #[must_use]
    pub fn is_misplaced(&self) -> bool {
        let validates = |entry: &Entry| entry.key.to_ascii_lowercase().replace('_', "").contains("validationcontext");
        let in_common = |entry: &Entry| validates(entry) && !VALIDATION.iter().any(|name| super::is_field(&entry.key, name));
        self.node.entries().iter().any(validates) || self.common().is_some_and(|common| common.value.entries().iter().any(in_common))
    }

    /// What is checked of a peer; `secret` gives the validation context that the configuration has under a name.
    #[must_use]
    pub fn peer(&self, secret: &dyn Fn(&str) -> Option<&'n Node>) -> Peer<'n> {
        if self.node.unknown().is_some() {
            return Peer::Unknown;
        }
        let Some(common) = field(self.node, "common_tls_context") else { return Peer::Anyone };
        let common = &common.value;
        if !is_message(common) || present(common, "custom_handshaker").is_some() {
            return Peer::Unknown;
        }
        let mut contexts: Vec<&'n Node> = Vec::new();
        let mut sds = None;
        let combined = present(common, "combined_validation_context").map(|entry| &entry.value);
        contexts.extend(present(common, "validation_context").map(|entry| &entry.value));
        contexts.extend(combined.and_then(|node| present(node, "default_validation_context")).map(|entry| &entry.value));
        for node in [Some(common), combined].into_iter().flatten() {
            if ["validation_context_certificate_provider", "validation_context_certificate_provider_instance"]
                .iter()
                .any(|name| present(node, name).is_some())
            {
                return Peer::Unknown;
            }
            sds = sds.or_else(|| present(node, "validation_context_sds_secret_config"));
        }
        let mut opaque = combined.is_some_and(|node| !is_message(node));
        let mut from_sds = false;
        if let Some(config) = sds {
            let name = field(&config.value, "name").and_then(|entry| entry.value.as_str());
            match name.map(|name| (name, secret(name))) {
                Some((_, Some(node))) => contexts.push(node),
                Some((name, None)) if name.starts_with("spiffe://") || SPIRE_BUNDLES.contains(&name) => from_sds = true,
                // a secret of another service may name peers as well
                _ => opaque = true,
            }
        }
        if let Some(entry) = contexts.iter().find_map(|context| accepts_untrusted(context)) {
            return Peer::Untrusted(entry);
        }
        let names_given = contexts.iter().any(|context| names_peers(context)) || auto_names(self.node);
        let trusted = from_sds || contexts.iter().any(|context| has_authority(context));
        if opaque || contexts.iter().any(|context| !is_message(context) || is_open(context)) {
            return if names_given && trusted { Peer::Checked } else { Peer::Unknown };
        }
        if contexts.iter().any(|context| is_pinned(context)) {
            return Peer::Checked;
        }
        match (trusted, names_given) {
            (false, _) => Peer::Anyone,
            (true, true) => Peer::Checked,
            (true, false) => Peer::AnyOfAuthority(contexts.iter().find_map(|context| {
                ["match_typed_subject_alt_names", "match_subject_alt_names"].iter().find_map(|name| field(context, name))
            })),
        }
    }
}

const VALIDATION: [&str; 5] = [
    "validation_context",
    "validation_context_sds_secret_config",
    "combined_validation_context",
    "validation_context_certificate_provider",
    "validation_context_certificate_provider_instance",
];

/// Whether a value is a message, of no fields where it is null: a text may be what a variable stands for.
fn is_message(node: &Node) -> bool {
    matches!(node.value, Value::Map(_)) || node.is_null()
}

fn accepts_untrusted(context: &Node) -> Option<&Entry> {
    let entry = field(context, "trust_chain_verification")?;
    let is = match &entry.value.value {
        Value::Scalar(Scalar::String(text)) => &**text == "ACCEPT_UNTRUSTED",
        Value::Scalar(Scalar::Number(text)) => &**text == "1",
        _ => false,
    };
    is.then_some(entry)
}

fn has_authority(context: &Node) -> bool {
    // `{}` is what the system trusts
    ["trusted_ca", "ca_certificate_provider_instance", "system_root_certs"].iter().any(|name| present(context, name).is_some())
        || is_spiffe_validator(context)
}

/// The validator that holds a bundle for each trust domain, and no names of peers.
fn is_spiffe_validator(context: &Node) -> bool {
    let validator = field_path(context, &["custom_validator_config", "typed_config", "@type"]).and_then(Node::as_str);
    validator.is_some_and(|name| name.ends_with(".SPIFFECertValidatorConfig"))
}

/// Whether what is checked is up to something that cannot be seen.
fn is_open(context: &Node) -> bool {
    let unknown = |name: &str| field(context, name).is_some_and(|entry| entry.value.unknown().is_some());
    ["trusted_ca", "match_typed_subject_alt_names", "match_subject_alt_names", "trust_chain_verification"].iter().any(|name| unknown(name))
        || (present(context, "custom_validator_config").is_some() && !is_spiffe_validator(context))
}

fn has_items(context: &Node, name: &str) -> bool {
    field(context, name).is_some_and(|entry| !entry.value.items().is_empty() || matches!(entry.value.value, Value::Map(_)))
}

fn names_peers(context: &Node) -> bool {
    ["match_typed_subject_alt_names", "match_subject_alt_names", "verify_subject_alt_name"].iter().any(|name| has_items(context, name))
}

/// Whether certificates themselves are listed.
fn is_pinned(context: &Node) -> bool {
    ["verify_certificate_hash", "verify_certificate_spki"].iter().any(|name| has_items(context, name))
}

/// Whether the peer's name is that of the connection.
fn auto_names(context: &Node) -> bool {
    field(context, "auto_sni_san_validation").is_some_and(|entry| super::is_true(&entry.value))
}

/// The validation contexts that a configuration has as static secrets, by name.
#[must_use]
pub fn validation_secrets(root: &Node) -> Vec<(&str, &Node)> {
    let secrets = field_path(root, &["static_resources", "secrets"]).map_or(&[][..], Node::items);
    let resources = root.get("resources").map_or(&[][..], Node::items);
    let named = |secret| Some((field(secret, "name")?.value.as_str()?, &present(secret, "validation_context")?.value));
    secrets.iter().chain(resources).filter_map(named).collect()
}
