//! Fields of messages that hold secrets.

use super::{MAX_DEPTH, field};
use crate::model::value::{Entry, Node};

/// A `DataSource` whose content is secret.
#[derive(Clone, Copy, Debug)]
pub struct SecretSource<'n> {
    /// The field that holds it: `private_key`, `generic_secret`.
    pub field: &'static str,
    /// What it is, in words.
    pub what: &'static str,
    pub source: &'n Node,
}

impl<'n> SecretSource<'n> {
    /// The texts that are written out in it, and whether each is in base 64.
    pub fn inline(&self) -> impl Iterator<Item = (&'n Entry, bool)> {
        let source = self.source;
        [("inline_string", false), ("inline_bytes", true)].into_iter().filter_map(move |(name, coded)| Some((field(source, name)?, coded)))
    }
}

/// Fields that hold secrets in a `DataSource`, and the field beside which they do (Envoy's API, `extensions.transport_sockets.tls.v3`:
/// `TlsCertificate`, `TlsSessionTicketKeys`, `GenericSecret`).
const SECRETS: [(&str, Option<&str>, &str); 5] = [
    ("private_key", None, "a private key"),
    ("pkcs12", None, "a private key"),
    ("password", Some("private_key"), "the password of a private key"),
    ("session_ticket_keys", None, "a key of session tickets"),
    ("generic_secret", None, "a secret"),
];

/// Calls `found` for each source of a secret in `root`, in the order of the text.
pub fn secret_sources<'n>(root: &'n Node, found: &mut dyn FnMut(SecretSource<'n>)) {
    search(root, 0, found);
}

fn search<'n>(node: &'n Node, depth: usize, found: &mut dyn FnMut(SecretSource<'n>)) {
    if depth > MAX_DEPTH {
        return;
    }
    for (name, beside, what) in SECRETS {
        let Some(entry) = field(node, name).filter(|_| beside.is_none_or(|other| field(node, other).is_some())) else { continue };
        let mut take = |source: &'n Node| found(SecretSource { field: name, what, source });
        match name {
            "session_ticket_keys" => field(&entry.value, "keys").map_or(&[][..], |keys| keys.value.items()).iter().for_each(&mut take),
            "generic_secret" => {
                let one = field(&entry.value, "secret").map(|secret| &secret.value);
                let several = field(&entry.value, "secrets").map_or(&[][..], |secrets| secrets.value.entries());
                one.into_iter().chain(several.iter().map(|secret| &secret.value)).for_each(&mut take);
            }
            _ => take(&entry.value),
        }
    }
    node.entries().iter().for_each(|entry| search(&entry.value, depth + 1, found));
    node.items().iter().for_each(|item| search(item, depth + 1, found));
}
