//! Where the Secrets of Kubernetes come from.

use std::collections::BTreeMap;

use super::values::{Value, classify, is_credential_name};
use super::{Effect, Holding};
use crate::assess::observe::{Reach, Spot};
use crate::assess::settings::{PlainSecret, Settings};
use crate::assess::status::{Class, Strength};
use crate::assess::world::{Placed, World, class_of, name_of};
use crate::model::k8s::{Namespace, Object};
use crate::model::manifests::Manifests;
use crate::model::value::{Node, Origin, Scalar, Value as Data};
use crate::text::SourceMap;

/// How a Secret comes to be.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub holding: Holding,
    pub strength: Strength,
    /// In words.
    pub source: String,
    /// What decides it.
    pub spot: Option<Spot>,
}

/// A delivery, and where it holds.
#[derive(Clone, Debug)]
struct Entry {
    environment: Option<String>,
    /// `None`: any.
    namespace: Option<String>,
    delivery: Delivery,
}

/// What delivers Secrets, by the Secret's name.
#[derive(Debug, Default)]
pub struct Stores {
    entries: BTreeMap<String, Vec<Entry>>,
    /// SecretProviderClasses by name.
    classes: BTreeMap<String, Vec<Entry>>,
    /// For how many hours a role of Vault leases.
    leases: BTreeMap<String, u32>,
}

/// What rotates credentials at their source, by the manager that it does so in.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Rotators {
    pub(super) aws: bool,
    pub(super) google: bool,
    pub(super) azure: bool,
    pub(super) vault: bool,
}

impl Stores {
    /// Indexes all that delivers Secrets.
    #[must_use]
    pub fn new(sources: &SourceMap, world: &World, manifests: &Manifests, settings: &Settings) -> Self {
        let mut this = Self { leases: super::terraform::leases(manifests), ..Self::default() };
        let rotators = super::terraform::rotators(manifests);
        let managers: Vec<&Placed> = world.deployed().filter(|placed| is_store(&placed.object)).collect();
        for placed in world.deployed() {
            let object = &*placed.object;
            let mut put = |name: String, namespace: Option<String>, holding, strength, source: String, at: Option<&Origin>| {
                let spot = at.map(|origin| Spot::of(sources, origin.at));
                let delivery = Delivery { holding, strength, source, spot };
                this.entries.entry(name).or_default().push(Entry { environment: placed.environment.clone(), namespace, delivery });
            };
            let namespace = match object.namespace() {
                Namespace::Named(name) => Some(name.to_owned()),
                Namespace::Cluster | Namespace::Unknown => None,
            };
            let name = name_of(object);
            let at = Some(object.kind_at());
            let text = |path: &[&str]| object.root.path(path).and_then(Node::as_str);
            let class = class_of(settings, placed.environment.as_deref().unwrap_or("default"));
            match (&*object.group, &*object.kind) {
                ("", "Secret") => {
                    let (holding, strength, source) = plain(object, settings, class);
                    put(name, namespace, holding, strength, source, at);
                }
                ("external-secrets.io", "ExternalSecret") => {
                    let (holding, strength, source) = external(object.root.get("spec"), placed, &managers, rotators, settings);
                    let target = text(&["spec", "target", "name"]).map_or(name, str::to_owned);
                    put(target, namespace, holding, strength, source, at);
                }
                ("external-secrets.io", "ClusterExternalSecret") => {
                    let spec = object.root.path(&["spec", "externalSecretSpec"]);
                    let (holding, strength, source) = external(spec, placed, &managers, rotators, settings);
                    let target = text(&["spec", "externalSecretSpec", "target", "name"]).or_else(|| text(&["spec", "externalSecretName"]));
                    put(target.map_or(name, str::to_owned), None, holding, strength, source, at);
                }
                ("bitnami.com", "SealedSecret") => {
                    let target = text(&["spec", "template", "metadata", "name"]).map_or(name, str::to_owned);
                    put(target, namespace, Holding::Stored, Strength::RENDERED, "SealedSecret".to_owned(), at);
                }
                ("isindir.github.com", "SopsSecret") => {
                    for template in object.root.path(&["spec", "secretTemplates"]).map_or(&[][..], Node::items) {
                        let target = template.get("name").and_then(Node::as_str).unwrap_or_default().to_owned();
                        put(target, namespace.clone(), Holding::Stored, Strength::RENDERED, "SopsSecret".to_owned(), at);
                    }
                }
                ("secrets.hashicorp.com", "VaultStaticSecret") => {
                    let refreshed = text(&["spec", "refreshAfter"]).is_some_and(|every| !is_zero(every));
                    let holding = if !refreshed || (settings.strict && !rotators.vault) { Holding::Managed } else { Holding::Rotated };
                    let target = text(&["spec", "destination", "name"]).map_or(name, str::to_owned);
                    put(target, namespace, holding, strength_of(rotators.vault), "VaultStaticSecret".to_owned(), at);
                }
                ("secrets.hashicorp.com", "VaultDynamicSecret" | "VaultPKISecret") => {
                    let target = text(&["spec", "destination", "name"]).map_or(name, str::to_owned);
                    let hours = text(&["spec", "ttl"]).and_then(hours);
                    put(target, namespace, Holding::Leased(hours), Strength::RENDERED, object.kind.to_string(), at);
                }
                ("onepassword.com", "OnePasswordItem")
                | ("secrets.infisical.com", "InfisicalSecret")
                | ("secrets.doppler.com", "DopplerSecret")
                | ("k8s.bitwarden.com", "BitwardenSecret") => {
                    let paths: [&[&str]; 3] =
                        [&["spec", "managedSecretReference", "secretName"], &["spec", "managedSecret", "name"], &["spec", "secretName"]];
                    let target = paths.iter().find_map(|path| text(path)).map_or(name, str::to_owned);
                    let holding = if settings.strict { Holding::Managed } else { Holding::Rotated };
                    put(target, namespace, holding, Strength::WEAK, object.kind.to_string(), at);
                }
                ("secrets-store.csi.x-k8s.io", "SecretProviderClass") => {
                    let provider = text(&["spec", "provider"]).unwrap_or("unknown");
                    let source = format!("SecretProviderClass ({provider})");
                    for item in object.root.path(&["spec", "secretObjects"]).map_or(&[][..], Node::items) {
                        if let Some(target) = item.get("secretName").and_then(Node::as_str) {
                            let target = target.to_owned();
                            put(target, namespace.clone(), Holding::ManagedRotationUnseen, Strength::RENDERED, source.clone(), at);
                        }
                    }
                    let spot = at.map(|origin| Spot::of(sources, origin.at));
                    let leased = vault_paths(object).any(is_leased_path);
                    let holding = if leased { Holding::Leased(None) } else { Holding::ManagedRotationUnseen };
                    let delivery = Delivery { holding, strength: Strength::RENDERED, source, spot };
                    this.classes.entry(name).or_default().push(Entry { environment: placed.environment.clone(), namespace, delivery });
                }
                _ => {}
            }
        }
        this
    }

    /// How the Secret `name` comes to be; the worst way where there are several. One that nothing in sight makes was made out of
    /// band: the right practice, with its origin unseen.
    #[must_use]
    pub fn secret(&self, environment: &str, namespace: &str, name: &str) -> Delivery {
        find(&self.entries, environment, namespace, name).unwrap_or_else(|| Delivery {
            holding: Holding::Stored,
            strength: Strength::INFERRED,
            source: format!("Secret `{name}`, made elsewhere"),
            spot: None,
        })
    }

    /// For how many hours the Vault role `name` leases, where the files say so.
    #[must_use]
    pub fn lease(&self, name: &str) -> Option<u32> {
        self.leases.get(name).copied()
    }

    /// What a SecretProviderClass delivers.
    #[must_use]
    pub fn class(&self, environment: &str, namespace: &str, name: &str) -> Delivery {
        find(&self.classes, environment, namespace, name).unwrap_or_else(|| Delivery {
            holding: Holding::StoreUnseen,
            strength: Strength::INFERRED,
            source: format!("SecretProviderClass `{name}`, not in sight"),
            spot: None,
        })
    }
}

fn find(entries: &BTreeMap<String, Vec<Entry>>, environment: &str, namespace: &str, name: &str) -> Option<Delivery> {
    let fits = |entry: &&Entry| {
        entry.environment.as_deref().is_none_or(|own| own == environment) && entry.namespace.as_deref().is_none_or(|own| own == namespace)
    };
    let found = entries.get(name)?.iter().filter(fits);
    found
        .min_by(|a, b| a.delivery.holding.cmp(&b.delivery.holding).then_with(|| a.delivery.spot.cmp(&b.delivery.spot)))
        .map(|entry| entry.delivery.clone())
}

/// Whether an object is a store of External Secrets.
pub(in crate::assess) fn is_store(object: &Object) -> bool {
    &*object.group == "external-secrets.io" && matches!(&*object.kind, "SecretStore" | "ClusterSecretStore")
}

fn strength_of(at_source: bool) -> Strength {
    if at_source { Strength::RENDERED } else { Strength::WEAK }
}

/// What an ExternalSecret's `spec` delivers (External Secrets Operator, API reference of v1).
fn external(
    spec: Option<&Node>,
    placed: &Placed,
    managers: &[&Placed],
    rotators: Rotators,
    settings: &Settings,
) -> (Holding, Strength, String) {
    let Some(spec) = spec else { return (Holding::StoreUnseen, Strength::INFERRED, "ExternalSecret without `spec`".to_owned()) };
    let generator = |item: &Node| item.path(&["sourceRef", "generatorRef", "kind"]).and_then(Node::as_str).map(str::to_owned);
    let lists = ["data", "dataFrom"].iter().flat_map(|key| spec.get(key).map_or(&[][..], Node::items));
    if let Some(kind) = lists.clone().find_map(generator) {
        // what is generated and not leased: passwords, UUIDs
        return match kind.as_str() {
            "Password" | "UUID" | "SSHKey" => (Holding::Managed, Strength::RENDERED, format!("generator {kind}")),
            _ => (Holding::Leased(None), Strength::RENDERED, format!("generator {kind}")),
        };
    }
    let literal = spec.path(&["target", "template", "data"]).map_or(&[][..], Node::entries).iter().any(|entry| {
        entry.value.as_str().is_some_and(|text| matches!(classify(&entry.key, text), Value::Provider | Value::Random | Value::Password))
    });
    if literal {
        return (Holding::Literal, Strength::RENDERED, "value in an ExternalSecret's template".to_owned());
    }
    let own = spec.get("secretStoreRef");
    let reference = own.or_else(|| lists.clone().find_map(|item| item.path(&["sourceRef", "storeRef"])));
    let Some(name) = reference.and_then(|node| node.get("name")).and_then(Node::as_str) else {
        let holding = if spec.has_unknown() { Holding::Templated } else { Holding::StoreUnseen };
        return (holding, Strength::INFERRED, "ExternalSecret whose store is not named".to_owned());
    };
    let kind = reference.and_then(|node| node.get("kind")).and_then(Node::as_str).unwrap_or("SecretStore");
    let store = managers.iter().find(|store| {
        let same_space =
            kind == "ClusterSecretStore" || store.object.namespace() == placed.object.namespace() || placed.reach.namespace.is_none();
        let same_environment = store.environment.is_none() || placed.environment.is_none() || store.environment == placed.environment;
        &*store.object.kind == kind && store.object.name() == Some(name) && same_space && same_environment
    });
    let Some(store) = store else {
        return (Holding::StoreUnseen, Strength::INFERRED, format!("{kind} `{name}`, not in sight"));
    };
    let provider = store.object.root.path(&["spec", "provider"]).and_then(|node| node.entries().first()).map_or("?", |entry| &*entry.key);
    let source = format!("{kind} `{name}` ({provider})");
    if matches!(provider, "fake" | "kubernetes") {
        return (Holding::Stored, Strength::RENDERED, format!("{source}: no secret manager"));
    }
    let policy = spec.get("refreshPolicy").and_then(Node::as_str);
    if matches!(policy, Some("CreatedOnce" | "OnChange")) {
        return (Holding::Managed, Strength::RENDERED, format!("{source}, never refreshed"));
    }
    let at_source = match provider {
        "aws" => rotators.aws,
        "gcpsm" => rotators.google,
        "azurekv" => rotators.azure,
        "vault" => rotators.vault,
        _ => false,
    };
    match spec.get("refreshInterval").map(|node| &node.value) {
        Some(Data::Scalar(Scalar::Unknown(_))) => (Holding::ManagedRotationUnseen, Strength::PARSED, source),
        Some(Data::Scalar(Scalar::String(every) | Scalar::Number(every))) if is_zero(every) => {
            (Holding::Managed, Strength::RENDERED, format!("{source}, never refreshed"))
        }
        _ if settings.strict && !at_source => {
            (Holding::Managed, Strength::RENDERED, format!("{source}, rotation at the source not in sight"))
        }
        _ => (Holding::Rotated, strength_of(at_source), source),
    }
}

/// Whether a Go duration is zero.
fn is_zero(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| !('1'..='9').contains(&c))
}

/// The hours of a Go duration, rounded up; `None` for anything else.
pub(super) fn hours(text: &str) -> Option<u32> {
    let mut seconds = 0u64;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let count: u64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(&rest[digits..], |end| &rest[digits..digits + end]);
        let factor = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return None,
        };
        seconds = seconds.checked_add(count.checked_mul(factor)?)?;
        rest = &rest[digits + unit.len()..];
    }
    u32::try_from(seconds.div_ceil(3_600)).ok().filter(|hours| *hours > 0)
}

/// Whether Vault leases what lies at a path.
pub(super) fn is_leased_path(path: &str) -> bool {
    let engines = ["/creds/", "pki/issue", "/sts/", "pki_int/issue"];
    engines.iter().any(|engine| path.contains(engine)) && !path.contains("static-creds")
}

/// The paths that a SecretProviderClass of Vault reads: they stand in a text.
fn vault_paths(object: &Object) -> impl Iterator<Item = &str> {
    let text = object.root.path(&["spec", "parameters", "objects"]).and_then(Node::as_str).unwrap_or("");
    text.lines().filter_map(|line| line.split_once("secretPath:").map(|(_, path)| path.trim().trim_matches('"')))
}

/// Keys of Secrets that hold no secret.
fn is_public_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let public = [
        "username",
        "user",
        "host",
        "hostname",
        "port",
        "database",
        "dbname",
        "namespace",
        "endpoint",
        "region",
        "server",
        "type",
        "name",
        "email",
        "issuer",
    ];
    public.contains(&key.as_str())
        || key.ends_with(".crt")
        || key.ends_with(".pub")
        || key.ends_with("ca.pem")
        || key.ends_with("_user")
        || key.ends_with("-user")
}

/// The values of a Secret as texts, with their keys. Base 64 is undone.
fn texts(object: &Object) -> Vec<(&str, String, &Origin, bool)> {
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

/// What a Secret's value is: its place says that it is secret, whatever its key is called.
fn secret_value(key: &str, text: &str) -> Value {
    if is_public_key(key) {
        return Value::Plain;
    }
    if text.lines().nth(1).is_some() {
        // a configuration or a bundle: judged by its lines
        if classify(key, text) == Value::Provider {
            return Value::Provider;
        }
        let worst = text.lines().take(10_000).filter_map(|line| {
            let (name, value) = line.split_once(['=', ':'])?;
            Some(classify(name.trim().trim_matches(['"', '\'']), value.trim().trim_matches(['"', '\'', ','])))
        });
        return worst.filter(|value| *value != Value::Templated).min().unwrap_or(Value::Plain);
    }
    let name = if is_credential_name(key) { key } else { "secret" };
    classify(name, text)
}

/// How a plain Secret is held.
fn plain(object: &Object, settings: &Settings, class: Class) -> (Holding, Strength, String) {
    let values = texts(object);
    let worst = values.iter().filter(|(.., encrypted)| !encrypted).map(|(key, text, ..)| secret_value(key, text)).min();
    let sealed = object.root.get("sops").is_some() && values.iter().any(|(.., encrypted)| *encrypted);
    let holding = match worst {
        Some(value @ (Value::Provider | Value::Random | Value::Password)) => held(value, settings),
        Some(Value::Default) if class.counts() => Holding::Manual,
        _ if sealed => return (Holding::Stored, Strength::RENDERED, "Secret encrypted by SOPS".to_owned()),
        Some(Value::Templated) => return (Holding::Stored, Strength::INFERRED, "Secret filled in elsewhere".to_owned()),
        _ if object.root.get("data").is_some_and(|node| node.unknown().is_some()) => Holding::Templated,
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

/// What a value does to the level: its class against the place that it lies in.
pub(super) fn effect(value: Value, is_sample: bool, class: Class) -> Option<Effect> {
    match value {
        Value::Provider | Value::Random if is_sample => Some(Effect::Review),
        Value::Provider | Value::Random => Some(Effect::Cap0),
        Value::Password if is_sample => None,
        Value::Password => Some(Effect::Cap0),
        Value::Default if class.counts() && !is_sample => Some(Effect::Cap1),
        Value::Default | Value::Templated | Value::Plain => None,
    }
}

/// Where a value speaks: a provider's token everywhere, another one in its scope, and where that has no workloads in its environment.
pub(super) fn reach_of(value: Value, placed: &Placed, world: &World) -> Reach {
    if value == Value::Provider {
        return Reach::everywhere();
    }
    let mut reach = placed.reach.clone();
    let known = |name: &str| {
        world.scopes.iter().any(|scope| scope.namespace == name && placed.environment.as_deref().is_none_or(|own| own == scope.environment))
    };
    if reach.namespace.as_deref().is_some_and(|name| !known(name)) {
        reach.namespace = None;
    }
    reach
}
