//! What the External Secrets Operator delivers, by its stores and generators (its API reference of v1).

use super::{Builder, Held, Keys, is_zero, template_literal};
use crate::assess::inventory::Holding;
use crate::assess::inventory::secrets::class_of_secret;
use crate::assess::inventory::values::Value;
use crate::assess::status::Strength;
use crate::assess::world::Placed;
use crate::model::value::{Node, Scalar, Value as Data};
use crate::secrets::named;

impl Builder<'_> {
    /// What an ExternalSecret's `spec` delivers (External Secrets Operator, API reference of v1): the worst of its parts.
    pub(super) fn external(&self, spec: Option<&Node>, placed: &Placed) -> (Held, Keys) {
        let nothing = |held: Held| (held, Keys::new());
        let Some(spec) = spec else {
            return nothing((Holding::StoreUnseen, Strength::INFERRED, "ExternalSecret without `spec`".to_owned()));
        };
        if template_literal(spec.path(&["target", "template", "data"])) {
            return nothing((Holding::Literal, Strength::RENDERED, "value in an ExternalSecret's template".to_owned()));
        }
        let templated = spec.path(&["target", "template"]).is_some();
        let mut keys = Keys::new();
        let own = spec.get("secretStoreRef").filter(|node| node.get("name").is_some());
        let mut parts: Vec<Held> = Vec::new();
        let lists = ["data", "dataFrom"].iter().flat_map(|key| spec.get(key).map_or(&[][..], Node::items));
        let mut empty = true;
        for item in lists {
            empty = false;
            if let Some(generator) = item.path(&["sourceRef", "generatorRef"]) {
                parts.push(self.generator(generator, placed));
                continue;
            }
            let reference = item.path(&["sourceRef", "storeRef"]).or(own);
            let remote = [&["remoteRef"][..], &["extract"]].iter().find_map(|path| item.path(path));
            let held = self.stored(spec, reference, remote, placed);
            // a template makes keys of its own
            if let Some(key) = item.get("secretKey").and_then(Node::as_str).filter(|_| !templated) {
                keys.insert(key.to_owned(), held.clone());
            }
            parts.push(held);
        }
        if empty {
            parts.push(self.stored(spec, own, None, placed));
        }
        let worst = parts.into_iter().min_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
        (worst.unwrap_or((Holding::StoreUnseen, Strength::INFERRED, String::new())), keys)
    }

    /// What a generator of External Secrets makes.
    fn generator(&self, reference: &Node, placed: &Placed) -> Held {
        let text = |key: &str| reference.get(key).and_then(Node::as_str);
        let kind = text("kind").unwrap_or("generator");
        let found = self.generators.iter().find(|other| {
            let here = &*other.object.kind == "ClusterGenerator" || other.object.namespace() == placed.object.namespace();
            &*other.object.kind == kind && other.object.name() == text("name") && here
        });
        // a ClusterGenerator holds the kind that it is of
        let inner = found.and_then(|other| other.object.root.path(&["spec", "kind"])).and_then(Node::as_str);
        let kind = if kind == "ClusterGenerator" { inner.unwrap_or(kind) } else { kind };
        let source = format!("generator {kind}");
        match kind {
            // made once, and not leased
            "Password" | "UUID" | "SSHKey" | "MFA" => (Holding::Managed, Strength::RENDERED, source),
            "Fake" => (Holding::Stored, Strength::RENDERED, source),
            "Webhook" => (Holding::ManagedRotationUnseen, Strength::PARSED, source),
            "VaultDynamicSecret" => {
                let paths = [&["spec", "path"][..], &["spec", "generator", "vaultDynamicSecretSpec", "path"]];
                let path = found.and_then(|other| paths.iter().find_map(|path| other.object.root.path(path)?.as_str()));
                match path {
                    Some(path) if path.contains("static-creds") => (Holding::Rotated, Strength::RENDERED, format!("{source}, `{path}`")),
                    Some(path) => {
                        let role = path.trim_end_matches('/').rsplit('/').next().unwrap_or("");
                        (Holding::Leased(self.out.lease(role)), Strength::RENDERED, format!("{source}, `{path}`"))
                    }
                    None => (Holding::Leased(None), Strength::RENDERED, source),
                }
            }
            // tokens of registries and clouds: hours at most
            "ECRAuthorizationToken"
            | "GCRAccessToken"
            | "ACRAccessToken"
            | "STSSessionToken"
            | "GithubAccessToken"
            | "QuayAccessToken"
            | "CloudsmithAccessToken"
            | "GeneratorState" => (Holding::Leased(Some(12)), Strength::RENDERED, source),
            _ => (Holding::Leased(None), Strength::PARSED, source),
        }
    }

    /// What a store delivers.
    fn stored(&self, spec: &Node, reference: Option<&Node>, remote: Option<&Node>, placed: &Placed) -> Held {
        let key = remote.and_then(|node| node.get("key")).and_then(Node::as_str);
        let name = reference.and_then(|node| node.get("name")).and_then(Node::as_str).filter(|name| !name.is_empty());
        let Some(name) = name else {
            let templated = reference.is_some_and(Node::has_unknown);
            let source = if templated { "ExternalSecret whose store a template names" } else { "ExternalSecret whose store is not named" };
            return (Holding::StoreUnseen, Strength::INFERRED, source.to_owned());
        };
        let kind = reference.and_then(|node| node.get("kind")).and_then(Node::as_str).unwrap_or("SecretStore");
        let store = self.managers.iter().find(|store| {
            let same_space =
                kind == "ClusterSecretStore" || store.object.namespace() == placed.object.namespace() || placed.reach.namespace.is_none();
            let same_environment = store.environment.is_none() || placed.environment.is_none() || store.environment == placed.environment;
            &*store.object.kind == kind && store.object.name() == Some(name) && same_space && same_environment
        });
        let policy = spec.get("refreshPolicy").and_then(Node::as_str);
        let interval = spec.get("refreshInterval").map(|node| &node.value);
        let never = matches!(policy, Some("CreatedOnce" | "OnChange"))
            || matches!(interval, Some(Data::Scalar(Scalar::String(every) | Scalar::Number(every))) if is_zero(every));
        let Some(store) = store else {
            return (Holding::StoreUnseen, Strength::INFERRED, format!("{kind} `{name}`, not in sight"));
        };
        let provider =
            store.object.root.path(&["spec", "provider"]).and_then(|node| node.entries().first()).map_or("?", |entry| &*entry.key);
        let at = key.map_or_else(String::new, |key| format!(":{key}"));
        let source = format!("{kind} `{name}` ({provider}){at}");
        // what a fake store gives stands in its manifest
        if provider == "fake" {
            let value = store.object.root.path(&["spec", "provider", "fake"]).map(|fake| fake_value(fake, remote));
            match value {
                Some(class) if class < Value::Default => {
                    return (Holding::Literal, Strength::RENDERED, format!("{source}: a value in the file"));
                }
                Some(Value::Default) => return (Holding::Manual, Strength::RENDERED, format!("{source}: a well-known default")),
                _ => {}
            }
        }
        if matches!(provider, "fake" | "kubernetes") {
            return (Holding::Stored, Strength::RENDERED, format!("{source}: no secret manager"));
        }
        if never {
            return (Holding::Managed, Strength::RENDERED, format!("{source}, never refreshed"));
        }
        let at_source = match provider {
            "aws" => self.out.rotators.aws.covers(key),
            "gcpsm" => self.out.rotators.google.covers(key),
            "azurekv" => self.out.rotators.azure,
            "vault" => self.out.rotators.vault || key.is_some_and(|key| key.contains("static-creds")),
            _ => false,
        };
        match interval {
            Some(Data::Scalar(Scalar::Unknown(_))) => {
                (Holding::ManagedRotationUnseen, Strength::WEAK, format!("{source}, its interval templated"))
            }
            _ if self.settings.strict && !at_source => {
                (Holding::Managed, Strength::RENDERED, format!("{source}, rotation at the source not in sight"))
            }
            _ => (Holding::Rotated, if at_source { Strength::RENDERED } else { Strength::WEAK }, source),
        }
    }
}

/// The keys that an ExternalSecret surely gives its Secret.
pub(super) fn external_keys(spec: Option<&Node>) -> Vec<String> {
    let data = spec.and_then(|spec| spec.get("data")).map_or(&[][..], Node::items);
    let template = spec.and_then(|spec| spec.path(&["target", "template", "data"])).map_or(&[][..], Node::entries);
    let named = data.iter().filter_map(|item| item.get("secretKey")?.as_str().map(str::to_owned));
    named.chain(template.iter().map(|entry| entry.key.to_string())).collect()
}

/// The class of what a fake store gives for a reference: the worst of its values, where the reference names none of its keys.
fn fake_value(fake: &Node, remote: Option<&Node>) -> Value {
    let text = |key: &str| remote.and_then(|node| node.get(key)).and_then(Node::as_str);
    let (key, property) = (text("key"), text("property"));
    let trim = |key: &str| key.trim_start_matches('/').to_owned();
    let own = fake.get("data").map_or(&[][..], Node::items).iter().filter(|item| {
        let name = item.get("key").and_then(Node::as_str);
        key.is_none_or(|key| name.is_some_and(|name| trim(name) == trim(key)))
    });
    let classes = own.flat_map(|item| {
        let name = item.get("key").and_then(Node::as_str).unwrap_or("secret");
        let value = item.get("value").and_then(Node::as_str).map(|text| class_of_secret(named(name), text));
        let inside = item.get("valueMap").map_or(&[][..], Node::entries).iter();
        let inside = inside.filter(move |entry| property.is_none_or(|own| own == &*entry.key));
        let inside = inside.filter_map(|entry| Some(class_of_secret(&entry.key, entry.value.as_str()?)));
        value.into_iter().chain(inside)
    });
    classes.filter(|class| *class != Value::Templated).min().unwrap_or(Value::Plain)
}
