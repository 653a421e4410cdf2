//! Where the Secrets of Kubernetes come from: what delivers them, out of which store, and whether that is refreshed or rotated.

use std::collections::BTreeMap;

use super::rotation::Rotators;
use super::secrets::{class_of_secret, plain, texts};
use super::values::{Value, classify};
use super::{Holding, rotation, terraform};
use crate::assess::observe::Spot;
use crate::assess::program::{Given, TextFacts};
use crate::assess::settings::Settings;
use crate::assess::status::Strength;
use crate::assess::world::{Ground, Placed, World, class_of, name_of};
use crate::model::document::DocumentKind;
use crate::model::k8s::{Namespace, Object};
use crate::model::value::{Node, Scalar, Value as Data};
use crate::text::{Location, SourceMap};

/// How a Secret comes to be.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub holding: Holding,
    pub strength: Strength,
    /// In words.
    pub source: String,
    /// What decides it.
    pub spot: Option<Spot>,
    /// The keys that it surely has.
    pub keys: Vec<String>,
}

/// How a Secret is held, how sure that is, and out of which source, in words.
pub(super) type Held = (Holding, Strength, String);

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

struct Builder<'a> {
    ground: &'a Ground<'a>,
    sources: &'a SourceMap,
    settings: &'a Settings,
    rotators: Rotators,
    managers: Vec<&'a Placed>,
    generators: Vec<&'a Placed>,
    out: Stores,
}

impl Stores {
    /// Indexes all that delivers Secrets.
    #[must_use]
    pub fn new(world: &World, ground: &Ground<'_>) -> Self {
        let managers: Vec<&Placed> = world.deployed().filter(|placed| is_store(&placed.object)).collect();
        let generators = world.deployed().filter(|placed| &*placed.object.group == "generators.external-secrets.io").collect();
        let rotators = rotation::rotators(world, ground);
        let out = Self { leases: terraform::leases(ground.manifests), ..Self::default() };
        let (sources, settings) = (ground.sources, ground.settings);
        let mut builder = Builder { ground, sources, settings, rotators, managers, generators, out };
        world.deployed().for_each(|placed| builder.object(placed));
        builder.out
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
            keys: Vec::new(),
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
            keys: Vec::new(),
        })
    }

    /// What a path of Vault gives: a lease, a value that Vault rotates, or one that lies there. `refreshed`: whoever reads it reads
    /// it again from time to time.
    #[must_use]
    pub(super) fn vault_path(&self, path: &str, refreshed: bool, strict: bool) -> (Holding, Strength) {
        if is_leased_path(path) {
            let role = path.trim_end_matches('/').rsplit('/').next().unwrap_or("");
            (Holding::Leased(self.lease(role)), Strength::RENDERED)
        } else if path.contains("static-creds") || path.contains("static-cred/") {
            (if refreshed { Holding::Rotated } else { Holding::Managed }, Strength::RENDERED)
        } else if refreshed && !strict {
            (Holding::Rotated, Strength::WEAK)
        } else {
            (Holding::Managed, if refreshed { Strength::WEAK } else { Strength::RENDERED })
        }
    }
}

fn find(entries: &BTreeMap<String, Vec<Entry>>, environment: &str, namespace: &str, name: &str) -> Option<Delivery> {
    let fits = |entry: &&Entry| {
        entry.environment.as_deref().is_none_or(|own| own == environment) && entry.namespace.as_deref().is_none_or(|own| own == namespace)
    };
    let found: Vec<&Entry> = entries.get(name)?.iter().filter(fits).collect();
    let rank = |entry: &&&Entry| (entry.delivery.holding, entry.delivery.spot.clone());
    let worst = found.iter().min_by_key(rank)?;
    // an object that says nothing of its values beside one that fills it: a placeholder
    let open = |entry: &&&Entry| !(entry.delivery.holding == Holding::Stored && entry.delivery.strength == Strength::INFERRED);
    let worst = if open(&worst) { *worst } else { found.iter().filter(open).min_by_key(rank).copied().unwrap_or(worst) };
    let mut delivery = worst.delivery.clone();
    delivery.keys = found.iter().flat_map(|entry| entry.delivery.keys.iter().cloned()).collect();
    delivery.keys.sort();
    delivery.keys.dedup();
    Some(delivery)
}

/// Whether an object is a store of External Secrets.
pub(in crate::assess) fn is_store(object: &Object) -> bool {
    &*object.group == "external-secrets.io" && matches!(&*object.kind, "SecretStore" | "ClusterSecretStore")
}

/// Operators' objects that a Secret of a name of its own comes from, with the paths of that name.
const OPERATORS: [(&str, &str, &[&[&str]]); 10] = [
    ("onepassword.com", "OnePasswordItem", &[]),
    ("secrets.infisical.com", "InfisicalSecret", &[&["spec", "managedSecretReference", "secretName"]]),
    ("secrets.infisical.com", "InfisicalStaticSecret", &[&["spec", "managedSecretReference", "secretName"]]),
    ("secrets.doppler.com", "DopplerSecret", &[&["spec", "managedSecret", "name"]]),
    ("k8s.bitwarden.com", "BitwardenSecret", &[&["spec", "secretName"]]),
    ("secrets.hashicorp.com", "HCPVaultSecretsApp", &[&["spec", "destination", "name"]]),
    ("spv.no", "AzureKeyVaultSecret", &[&["spec", "output", "secret", "name"]]),
    ("kubernetes-client.io", "ExternalSecret", &[]),
    ("ricoberger.de", "VaultSecret", &[]),
    ("gitops.secrets.beeper.com", "GitopsSecret", &[]),
];

impl Builder<'_> {
    fn put(&mut self, placed: &Placed, name: String, namespace: Option<String>, held: Held, keys: Vec<String>) {
        let at = placed.object.kind_at();
        let (holding, strength, source) = held;
        let delivery = Delivery { holding, strength, source, spot: Some(Spot::of(self.sources, at.at)), keys };
        self.out.entries.entry(name).or_default().push(Entry { environment: placed.environment.clone(), namespace, delivery });
    }

    /// Whether refreshing a copy is enough.
    fn refreshed(&self, strong: bool) -> (Holding, Strength) {
        match (strong, self.settings.strict) {
            (true, _) => (Holding::Rotated, Strength::RENDERED),
            (false, false) => (Holding::Rotated, Strength::WEAK),
            (false, true) => (Holding::Managed, Strength::WEAK),
        }
    }

    fn object(&mut self, placed: &Placed) {
        let object = &*placed.object;
        let namespace = match object.namespace() {
            Namespace::Named(name) => Some(name.to_owned()),
            Namespace::Cluster | Namespace::Unknown => None,
        };
        let name = name_of(object);
        let text = |path: &[&str]| object.root.path(path).and_then(Node::as_str);
        let keys_of = |path: &[&str]| -> Vec<String> {
            object.root.path(path).map_or(&[][..], Node::entries).iter().map(|entry| entry.key.to_string()).collect()
        };
        match (&*object.group, &*object.kind) {
            ("", "Secret") => {
                let class = class_of(self.settings, placed.environment.as_deref().unwrap_or("default"));
                let mut keys = keys_of(&["stringData"]);
                keys.extend(keys_of(&["data"]));
                let held = self.generated(object).unwrap_or_else(|| plain(object, self.settings, class));
                self.put(placed, name, namespace, held, keys);
            }
            ("external-secrets.io", "ExternalSecret") => {
                let spec = object.root.get("spec");
                let held = self.external(spec, placed);
                let target = text(&["spec", "target", "name"]).map_or(name, str::to_owned);
                self.put(placed, target, namespace, held, external_keys(spec));
            }
            ("external-secrets.io", "ClusterExternalSecret") => {
                let spec = object.root.path(&["spec", "externalSecretSpec"]);
                let held = self.external(spec, placed);
                let target = text(&["spec", "externalSecretSpec", "target", "name"]).or_else(|| text(&["spec", "externalSecretName"]));
                let target = target.map_or(name, str::to_owned);
                let spaces: Vec<String> = object
                    .root
                    .path(&["spec", "namespaces"])
                    .map_or(&[][..], Node::items)
                    .iter()
                    .filter_map(Node::as_str)
                    .map(str::to_owned)
                    .collect();
                let keys = external_keys(spec);
                if spaces.is_empty() {
                    self.put(placed, target, None, held, keys);
                } else {
                    for space in spaces {
                        self.put(placed, target.clone(), Some(space), held.clone(), keys.clone());
                    }
                }
            }
            ("bitnami.com", "SealedSecret") => {
                let target = text(&["spec", "template", "metadata", "name"]).map_or(name, str::to_owned);
                let clear = template_literal(object.root.path(&["spec", "template", "data"]));
                let held = match clear {
                    true => (Holding::Literal, Strength::RENDERED, "value in a SealedSecret's template".to_owned()),
                    false => (Holding::Stored, Strength::RENDERED, "SealedSecret".to_owned()),
                };
                self.put(placed, target, namespace, held, keys_of(&["spec", "encryptedData"]));
            }
            ("isindir.github.com", "SopsSecret") => {
                for template in object.root.path(&["spec", "secretTemplates"]).map_or(&[][..], Node::items) {
                    let target = template.get("name").and_then(Node::as_str).unwrap_or_default().to_owned();
                    let values = ["stringData", "data"].iter().flat_map(|key| template.get(key).map_or(&[][..], Node::entries));
                    let clear = |value: &Node| value.as_str().is_some_and(|text| !text.starts_with("ENC[") && is_secret("secret", text));
                    let held = match values.clone().any(|entry| clear(&entry.value)) {
                        true => (Holding::Literal, Strength::RENDERED, "SopsSecret with a value in clear".to_owned()),
                        false => (Holding::Stored, Strength::RENDERED, "SopsSecret".to_owned()),
                    };
                    let keys = values.map(|entry| entry.key.to_string()).collect();
                    self.put(placed, target, namespace.clone(), held, keys);
                }
            }
            ("secrets.hashicorp.com", kind @ ("VaultStaticSecret" | "VaultDynamicSecret" | "VaultPKISecret")) => {
                let target = text(&["spec", "destination", "name"]).map_or(name, str::to_owned);
                let held = self.vault_operator(object, kind);
                self.put(placed, target, namespace, held, Vec::new());
            }
            ("secrets.infisical.com", "InfisicalDynamicSecret") => {
                let target = text(&["spec", "managedSecretReference", "secretName"]).map_or(name, str::to_owned);
                let lease = text(&["spec", "leaseTTL"]).and_then(hours);
                self.put(placed, target, namespace, (Holding::Leased(lease), Strength::RENDERED, object.kind.to_string()), Vec::new());
            }
            ("secrets-store.csi.x-k8s.io", "SecretProviderClass") => self.provider_class(placed, name, namespace),
            (group, kind) => {
                let known = OPERATORS.iter().find(|(own, named, _)| *own == group && *named == kind);
                if let Some((.., paths)) = known {
                    let target = paths.iter().find_map(|path| text(path)).map_or(name, str::to_owned);
                    let (holding, strength) = self.refreshed(false);
                    self.put(placed, target, namespace, (holding, strength, kind.to_owned()), Vec::new());
                } else if let Some(annotated) = object.annotation("operator.1password.io/item-name") {
                    let (holding, strength) = self.refreshed(false);
                    let held = (holding, strength, "the 1Password operator".to_owned());
                    self.put(placed, annotated.to_owned(), namespace, held, Vec::new());
                }
            }
        }
    }

    /// How a Secret that a kustomization generates is held, where that is not all in its values: files that were not read.
    fn generated(&self, object: &Object) -> Option<Held> {
        let at: Location = object.location();
        let is_kustomization = |source| {
            self.ground
                .manifests
                .documents
                .iter()
                .find(|document| document.kind == DocumentKind::Kustomization && document.source == source)
        };
        let document = is_kustomization(at.source)?;
        let items = document.root.get("secretGenerator").map_or(&[][..], Node::items);
        let item = items.iter().find(|item| item.origin.at == at)?;
        let path = &self.sources.get(self.sources.outermost(at.source)).path;
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut outside = None;
        for key in ["envs", "files", "env"] {
            let list =
                item.get(key).map_or(&[][..], |node| if node.items().is_empty() { std::slice::from_ref(node) } else { node.items() });
            for file in list.iter().filter_map(Node::as_str) {
                let file = file.split_once('=').map_or(file, |(_, file)| file);
                let wanted = crate::assess::world::joined(folder, file);
                let read = self.sources.iter().any(|(_, source)| source.embedded.is_none() && source.path == wanted);
                match self.ground.texts.iter().find(|text| text.path == wanted) {
                    Some(text) if has_literal(text) => {
                        return Some((Holding::Literal, Strength::PARSED, format!("generated from `{file}`, which is tracked")));
                    }
                    None if !read => outside = Some(file.to_owned()),
                    _ => {}
                }
            }
        }
        let clear = texts(object).iter().any(|(key, text, _, encrypted)| !encrypted && class_of_secret(key, text) < Value::Default);
        let file = outside.filter(|_| !clear)?;
        Some((Holding::Manual, Strength::INFERRED, format!("generated from `{file}`, which lies outside of the repository")))
    }

    /// What the Vault Secrets Operator delivers (its API reference).
    fn vault_operator(&self, object: &Object, kind: &str) -> Held {
        let text = |path: &[&str]| object.root.path(path).and_then(Node::as_str);
        let path = format!("{}/{}", text(&["spec", "mount"]).unwrap_or(""), text(&["spec", "path"]).unwrap_or(""));
        let source = format!("{kind} `{path}`");
        match kind {
            "VaultStaticSecret" => {
                let every = text(&["spec", "refreshAfter"]).is_some_and(|every| !is_zero(every));
                let events = object.root.path(&["spec", "syncConfig", "instantUpdates"]).and_then(Node::as_bool) == Some(true);
                if every || events {
                    let (holding, strength) = self.refreshed(self.rotators.vault);
                    (holding, strength, source)
                } else {
                    (Holding::Managed, Strength::RENDERED, format!("{source}, never refreshed"))
                }
            }
            "VaultDynamicSecret" if path.contains("static-creds") => (Holding::Rotated, Strength::RENDERED, source),
            _ => {
                let own = text(&["spec", "ttl"]).and_then(hours);
                let role = text(&["spec", "path"]).and_then(|path| path.rsplit('/').next());
                let lease = own.or_else(|| role.and_then(|role| self.out.lease(role)));
                (Holding::Leased(lease), Strength::RENDERED, source)
            }
        }
    }

    fn provider_class(&mut self, placed: &Placed, name: String, namespace: Option<String>) {
        let object = &*placed.object;
        let provider = object.root.path(&["spec", "provider"]).and_then(Node::as_str).unwrap_or("unknown");
        let source = format!("SecretProviderClass `{name}` ({provider})");
        let leased = vault_paths(object).find(|path| is_leased_path(path)).map(|path| path.rsplit('/').next().unwrap_or("").to_owned());
        let at_source = match provider {
            "aws" => self.rotators.aws.any(),
            "gcp" | "gke" => self.rotators.google.any(),
            "azure" => self.rotators.azure,
            "vault" => self.rotators.vault,
            _ => false,
        };
        let held: Held = match leased {
            Some(role) => (Holding::Leased(self.out.lease(&role)), Strength::RENDERED, source),
            None if self.rotators.driver => {
                let (holding, strength) = self.refreshed(at_source);
                (holding, strength, format!("{source}, refreshed by the driver"))
            }
            // a new value reaches new pods alone
            None if at_source => (Holding::Rotated, Strength::WEAK, source),
            None => (Holding::ManagedRotationUnseen, Strength::RENDERED, source),
        };
        for item in object.root.path(&["spec", "secretObjects"]).map_or(&[][..], Node::items) {
            if let Some(target) = item.get("secretName").and_then(Node::as_str) {
                let keys = item.get("data").map_or(&[][..], Node::items);
                let keys = keys.iter().filter_map(|key| key.get("key")?.as_str().map(str::to_owned)).collect();
                self.put(placed, target.to_owned(), namespace.clone(), held.clone(), keys);
            }
        }
        let (holding, strength, source) = held;
        let spot = Some(Spot::of(self.sources, object.kind_at().at));
        let delivery = Delivery { holding, strength, source, spot, keys: Vec::new() };
        self.out.classes.entry(name).or_default().push(Entry { environment: placed.environment.clone(), namespace, delivery });
    }

    /// What an ExternalSecret's `spec` delivers (External Secrets Operator, API reference of v1): the worst of its parts.
    fn external(&self, spec: Option<&Node>, placed: &Placed) -> Held {
        let Some(spec) = spec else { return (Holding::StoreUnseen, Strength::INFERRED, "ExternalSecret without `spec`".to_owned()) };
        if template_literal(spec.path(&["target", "template", "data"])) {
            return (Holding::Literal, Strength::RENDERED, "value in an ExternalSecret's template".to_owned());
        }
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
            let key = [&["remoteRef", "key"][..], &["extract", "key"]].iter().find_map(|path| item.path(path)).and_then(Node::as_str);
            parts.push(self.stored(spec, reference, key, placed));
        }
        if empty {
            parts.push(self.stored(spec, own, None, placed));
        }
        parts.into_iter().min_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1))).unwrap_or((Holding::StoreUnseen, Strength::INFERRED, String::new()))
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
    fn stored(&self, spec: &Node, reference: Option<&Node>, key: Option<&str>, placed: &Placed) -> Held {
        let name = reference.and_then(|node| node.get("name")).and_then(Node::as_str).filter(|name| !name.is_empty());
        let Some(name) = name else {
            let holding = if spec.has_unknown() { Holding::Templated } else { Holding::StoreUnseen };
            return (holding, Strength::INFERRED, "ExternalSecret whose store is not named".to_owned());
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
        if matches!(provider, "fake" | "kubernetes") {
            return (Holding::Stored, Strength::RENDERED, format!("{source}: no secret manager"));
        }
        if never {
            return (Holding::Managed, Strength::RENDERED, format!("{source}, never refreshed"));
        }
        let at_source = match provider {
            "aws" => self.rotators.aws.covers(key),
            "gcpsm" => self.rotators.google.covers(key),
            "azurekv" => self.rotators.azure,
            "vault" => self.rotators.vault || key.is_some_and(|key| key.contains("static-creds")),
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
fn external_keys(spec: Option<&Node>) -> Vec<String> {
    let data = spec.and_then(|spec| spec.get("data")).map_or(&[][..], Node::items);
    let template = spec.and_then(|spec| spec.path(&["target", "template", "data"])).map_or(&[][..], Node::entries);
    let named = data.iter().filter_map(|item| item.get("secretKey")?.as_str().map(str::to_owned));
    named.chain(template.iter().map(|entry| entry.key.to_string())).collect()
}

/// Whether a template of a Secret's data holds a value itself.
fn template_literal(data: Option<&Node>) -> bool {
    data.map_or(&[][..], Node::entries).iter().any(|entry| entry.value.as_str().is_some_and(|text| is_secret(&entry.key, text)))
}

fn is_secret(key: &str, text: &str) -> bool {
    matches!(classify(key, text), Value::Provider | Value::Random | Value::Password)
}

/// Whether a file of names and values holds the value of a credential.
fn has_literal(text: &TextFacts) -> bool {
    text.names.iter().any(|name| matches!(name.given, Given::Literal(value) if value < Value::Default))
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

/// The hours of a lease that a field of seconds or a duration gives.
pub(super) fn lease_hours(node: &Node) -> Option<u32> {
    match &node.value {
        Data::Scalar(Scalar::Number(text)) => {
            let seconds: u64 = text.parse().ok()?;
            u32::try_from(seconds.div_ceil(3_600)).ok().filter(|hours| *hours > 0)
        }
        _ => hours(node.as_str()?),
    }
}

/// Whether Vault leases what lies at a path.
pub(super) fn is_leased_path(path: &str) -> bool {
    let engines = ["/creds/", "/issue/", "/sts/", "/token/"];
    let own = ["database/", "aws/", "gcp/", "azure/", "rabbitmq/", "pki", "nomad/", "consul/", "kubernetes/", "mongodbatlas/", "ldap/"];
    let leased =
        path.contains("/creds/") || engines[1..].iter().any(|engine| path.contains(engine)) && own.iter().any(|mount| path.contains(mount));
    leased && !path.contains("static-creds")
}

/// The paths that a SecretProviderClass of Vault reads: they stand in a text.
fn vault_paths(object: &Object) -> impl Iterator<Item = &str> {
    let text = object.root.path(&["spec", "parameters", "objects"]).and_then(Node::as_str).unwrap_or("");
    text.lines().filter_map(|line| line.split_once("secretPath:").map(|(_, path)| path.trim().trim_matches('"')))
}
