//! Values in Secrets: what they are, and how they are held.

use super::Holding;
use super::stores::Held;
use super::values::{Value, is_credential_name};
use crate::assess::settings::{PlainSecret, Settings};
use crate::assess::status::{Class, Strength};
use crate::model::k8s::Object;
use crate::model::value::{Node, Origin};
use crate::secrets::class_in_secret;
use crate::secrets::value::{Verdict, verdict};

pub(in crate::assess) use super::stores::is_store;

/// The values of a Secret as texts, with their keys. Base 64 is undone.
pub(super) fn texts(object: &Object) -> Vec<(&str, String, &Origin, bool)> {
    let mut out = Vec::new();
    for (field, coded) in [("stringData", false), ("data", true)] {
        for entry in object.root.get(field).map_or(&[][..], Node::entries) {
            let Some(written) = entry.value.as_str().filter(|text| text.len() <= 1 << 20) else { continue };
            let encrypted = written.starts_with("ENC[");
            let text = if coded && !encrypted { decode(written) } else { Some(written.to_owned()) };
            if let Some(text) = text {
                out.push((&*entry.key, text, &entry.origin, encrypted));
            }
        }
    }
    out
}

fn decode(text: &str) -> Option<String> {
    let packed: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let bytes = data_encoding::BASE64.decode(&packed).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// What a Secret's value is, as the search for secrets tells it: its place says that it is secret, whatever its key is called.
pub(super) fn class_of_secret(key: &str, text: &str) -> Value {
    if verdict(text) == Verdict::Reference {
        return Value::Templated;
    }
    class_in_secret(key, text.as_bytes()).map_or(Value::Plain, Value::from)
}

/// What is written where values of a Secret cannot be known.
fn unknown(object: &Object) -> impl Iterator<Item = &str> {
    ["stringData", "data"].iter().filter_map(|field| object.root.get(field)).flat_map(|node| {
        let inner = node.entries().iter().filter(|entry| is_credential_name(&entry.key)).filter_map(|entry| entry.value.unknown());
        node.unknown().into_iter().chain(inner)
    })
}

/// How a plain Secret is held.
pub(super) fn plain(object: &Object, settings: &Settings, class: Class) -> Held {
    let values = texts(object);
    let worst = values.iter().filter(|(.., encrypted)| !encrypted).map(|(key, text, ..)| class_of_secret(key, text)).min();
    let sealed = object.root.get("sops").is_some() && values.iter().any(|(.., encrypted)| *encrypted);
    let holding = match worst {
        Some(value @ (Value::Provider | Value::Random | Value::Password)) => held(value, settings),
        Some(Value::Default) if class.counts() => Holding::Manual,
        _ if sealed => return (Holding::Stored, Strength::RENDERED, "Secret encrypted by SOPS".to_owned()),
        Some(Value::Templated) => return (Holding::Stored, Strength::INFERRED, "Secret filled in elsewhere".to_owned()),
        // what a chart makes up at installation lies in the cluster alone
        _ if unknown(object)
            .any(|text| ["rand", "genCA", "genSelf", "lookup", "derivePassword"].iter().any(|call| text.contains(call))) =>
        {
            return (Holding::Stored, Strength::WEAK, "Secret that the chart makes up".to_owned());
        }
        _ if unknown(object).next().is_some() => {
            return (Holding::Templated, Strength::WEAK, "Secret whose values a template decides".to_owned());
        }
        _ => return (Holding::Stored, Strength::INFERRED, "Secret filled in elsewhere".to_owned()),
    };
    (holding, Strength::RENDERED, "kind: Secret with its value in the file".to_owned())
}

fn held(value: Value, settings: &Settings) -> Holding {
    match (value, settings.plain_secret) {
        (Value::Provider, _) | (_, PlainSecret::Cap0) => Holding::Literal,
        (_, PlainSecret::Cap1) => Holding::Manual,
        (_, PlainSecret::Warn) => Holding::Stored,
    }
}
