//! Where the Secrets of Kubernetes come from: what delivers them, out of which store, and whether that is refreshed or rotated.

mod external;
mod vault;

use std::collections::BTreeMap;

use super::rotation::Rotators;
use super::secrets::{class_of_secret, plain, texts};
use super::values::Value;
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

use external::external_keys;
pub(super) use vault::is_leased_path;

/// How a Secret comes to be.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub holding: Holding,
    pub strength: Strength,
    /// In words.
    pub source: String,
    /// What decides it.
    pub spot: Option<Spot>,
    /// What else says how it is held: how often it is read again, what rotates it, how long it is leased.
    pub also: Vec<Spot>,
    /// The keys that it surely has.
    pub keys: Vec<String>,
    /// How those of them are held that are not held as the whole is.
    by_key: Keys,
}

/// How a Secret is held, how sure that is, and out of which source, in words.
pub(super) type Held = (Holding, Strength, String);

/// How some keys of a Secret are held.
pub(super) type Keys = BTreeMap<String, Held>;

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
    /// For how long roles of Vault lease.
    leases: terraform::Leases,
    rotators: Rotators,
}

/// So many further places are named for one Secret.
const MAX_PLACES: usize = 6;

pub(super) struct Builder<'a> {
    ground: &'a Ground<'a>,
    sources: &'a SourceMap,
    settings: &'a Settings,
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
        let out = Self { leases: terraform::leases(ground.manifests), rotators, ..Self::default() };
        let (sources, settings) = (ground.sources, ground.settings);
        let mut builder = Builder { ground, sources, settings, managers, generators, out };
        world.deployed().for_each(|placed| builder.object(placed));
        builder.out
    }

    /// How the Secret `name` comes to be; the worst way where there are several. One that nothing in sight makes was made out of
    /// band: the right practice, with its origin unseen.
    #[must_use]
    pub fn secret(&self, environment: &str, namespace: &str, name: &str) -> Delivery {
        self.key(environment, namespace, name, None)
    }

    /// The same of one key of it.
    #[must_use]
    pub fn key(&self, environment: &str, namespace: &str, name: &str, key: Option<&str>) -> Delivery {
        find(&self.entries, environment, namespace, name, key).unwrap_or_else(|| Delivery {
            holding: Holding::Stored,
            strength: Strength::INFERRED,
            source: format!("Secret `{name}`, made elsewhere"),
            spot: None,
            also: Vec::new(),
            keys: Vec::new(),
            by_key: Keys::new(),
        })
    }

    /// For how many hours the Vault role `name` leases, where the files say so.
    #[must_use]
    pub fn lease(&self, name: &str) -> Option<u32> {
        self.leases.of(name).map(|lease| lease.hours)
    }

    /// Where the files say how long what lies at a path of Vault is leased, or what rotates it.
    #[must_use]
    pub(super) fn vault_places(&self, sources: &SourceMap, path: &str) -> Vec<Spot> {
        let role = path.trim_end_matches('/').rsplit('/').next().unwrap_or("");
        let lease = if is_leased_path(path) { self.leases.of(role).map(|lease| lease.at) } else { None };
        let rotated = self.rotators.of_role(path).filter(|_| path.contains("static-cred"));
        lease.into_iter().chain(rotated).map(|at| Spot::of(sources, sources.first_line(at))).collect()
    }

    /// What a SecretProviderClass delivers.
    #[must_use]
    pub fn class(&self, environment: &str, namespace: &str, name: &str) -> Delivery {
        find(&self.classes, environment, namespace, name, None).unwrap_or_else(|| Delivery {
            holding: Holding::StoreUnseen,
            strength: Strength::INFERRED,
            source: format!("SecretProviderClass `{name}`, not in sight"),
            spot: None,
            also: Vec::new(),
            keys: Vec::new(),
            by_key: Keys::new(),
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

fn find(entries: &BTreeMap<String, Vec<Entry>>, environment: &str, namespace: &str, name: &str, key: Option<&str>) -> Option<Delivery> {
    let fits = |entry: &&Entry| {
        entry.environment.as_deref().is_none_or(|own| own == environment) && entry.namespace.as_deref().is_none_or(|own| own == namespace)
    };
    let of_key = |entry: &Entry| {
        let mut delivery = entry.delivery.clone();
        if let Some((holding, strength, source)) = key.and_then(|key| delivery.by_key.get(key)).cloned() {
            (delivery.holding, delivery.strength, delivery.source) = (holding, strength, source);
        }
        delivery
    };
    let found: Vec<Delivery> = entries.get(name)?.iter().filter(fits).map(of_key).collect();
    let rank = |delivery: &&Delivery| (delivery.holding, delivery.spot.clone());
    let worst = found.iter().min_by_key(rank)?;
    // an object that says nothing of its values beside one that fills it: a placeholder
    let open = |delivery: &&Delivery| !(delivery.holding == Holding::Stored && delivery.strength == Strength::INFERRED);
    let worst = if open(&worst) { worst } else { found.iter().filter(open).min_by_key(rank).unwrap_or(worst) };
    let mut delivery = worst.clone();
    delivery.keys = found.iter().flat_map(|one| one.keys.iter().cloned()).collect();
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
        self.put_keys(placed, name, namespace, (held, Keys::new()), keys);
    }

    fn put_keys(&mut self, placed: &Placed, name: String, namespace: Option<String>, (held, by_key): (Held, Keys), keys: Vec<String>) {
        let at = placed.object.kind_at();
        let (holding, strength, source) = held;
        let also = self.places(&placed.object);
        let delivery = Delivery { holding, strength, source, spot: Some(Spot::of(self.sources, at.at)), also, keys, by_key };
        self.out.entries.entry(name).or_default().push(Entry { environment: placed.environment.clone(), namespace, delivery });
    }

    /// What of an object, and beside it, says how often its Secret changes.
    fn places(&self, object: &Object) -> Vec<Spot> {
        let spec = object.root.get("spec").map(|spec| spec.get("externalSecretSpec").unwrap_or(spec));
        let entry = |path: &[&str]| {
            let (last, parents) = path.split_last()?;
            spec?.path(parents)?.entry(last).map(|entry| entry.origin.at)
        };
        let mut at: Vec<Location> = Vec::new();
        let mut out = Vec::new();
        match (&*object.group, &*object.kind) {
            ("external-secrets.io", "ExternalSecret" | "ClusterExternalSecret") => {
                at.extend(["refreshPolicy", "refreshInterval"].iter().filter_map(|key| entry(&[key])));
                let lists = ["data", "dataFrom"].iter().flat_map(|key| spec.and_then(|spec| spec.get(key)).map_or(&[][..], Node::items));
                for item in lists.take(MAX_PLACES) {
                    let key = [&["remoteRef", "key"][..], &["extract", "key"], &["sourceRef", "generatorRef", "name"]];
                    let Some(node) = key.iter().find_map(|path| item.path(path)) else { continue };
                    at.push(node.origin.at);
                    let key = node.as_str();
                    at.extend(self.out.rotators.aws.places(key).filter(|_| key.is_some()));
                    at.extend(self.out.rotators.google.places(key).filter(|_| key.is_some()));
                    out.extend(key.map(|key| self.out.vault_places(self.sources, key)).unwrap_or_default());
                }
            }
            ("secrets.hashicorp.com", _) => {
                at.extend(["refreshAfter", "ttl", "path"].iter().filter_map(|key| entry(&[key])));
                let text = |key: &str| spec.and_then(|spec| spec.get(key)).and_then(Node::as_str).unwrap_or("");
                out.extend(self.out.vault_places(self.sources, &format!("{}/{}", text("mount"), text("path"))));
            }
            ("secrets-store.csi.x-k8s.io", _) => {
                vault::vault_paths(object).for_each(|path| out.extend(self.out.vault_places(self.sources, path)));
            }
            _ => {}
        }
        let mut spots: Vec<Spot> = at.into_iter().map(|at| Spot::of(self.sources, self.sources.first_line(at))).chain(out).collect();
        let mut seen = std::collections::BTreeSet::new();
        spots.retain(|spot| seen.insert((spot.path.clone(), spot.line)));
        spots.truncate(MAX_PLACES);
        spots
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
                let held = match self.generated(object) {
                    Some(held) => (held, Keys::new()),
                    None => (plain(object, self.settings, class), encrypted_keys(object)),
                };
                self.put_keys(placed, name, namespace, held, keys);
            }
            ("external-secrets.io", "ExternalSecret") => {
                let spec = object.root.get("spec");
                let held = self.external(spec, placed);
                let target = text(&["spec", "target", "name"]).map_or(name, str::to_owned);
                self.put_keys(placed, target, namespace, held, external_keys(spec));
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
                    self.put_keys(placed, target, None, held, keys);
                } else {
                    for space in spaces {
                        self.put_keys(placed, target.clone(), Some(space), held.clone(), keys.clone());
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
                    let sealed: Held = (Holding::Stored, Strength::RENDERED, "SopsSecret".to_owned());
                    let held = match values.clone().any(|entry| clear(&entry.value)) {
                        true => (Holding::Literal, Strength::RENDERED, "SopsSecret with a value in clear".to_owned()),
                        false => sealed.clone(),
                    };
                    let is_sealed = |node: &Node| node.as_str().is_some_and(|text| text.starts_with("ENC["));
                    let by_key = values.clone().filter(|entry| is_sealed(&entry.value));
                    let by_key = by_key.map(|entry| (entry.key.to_string(), sealed.clone())).collect();
                    let keys = values.map(|entry| entry.key.to_string()).collect();
                    self.put_keys(placed, target, namespace.clone(), (held, by_key), keys);
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
}

/// The keys of a Secret whose values SOPS encrypts, whatever stands in clear beside them.
fn encrypted_keys(object: &Object) -> Keys {
    let is_sops = object.root.get("sops").is_some();
    let sealed = texts(object).into_iter().filter(|(.., encrypted)| is_sops && *encrypted);
    sealed.map(|(key, ..)| (key.to_owned(), (Holding::Stored, Strength::RENDERED, "Secret encrypted by SOPS".to_owned()))).collect()
}

/// Whether a template of a Secret's data holds a value itself.
fn template_literal(data: Option<&Node>) -> bool {
    data.map_or(&[][..], Node::entries).iter().any(|entry| entry.value.as_str().is_some_and(|text| is_secret(&entry.key, text)))
}

fn is_secret(key: &str, text: &str) -> bool {
    class_of_secret(key, text) < Value::Default
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
