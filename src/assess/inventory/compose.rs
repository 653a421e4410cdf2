//! Credentials of Compose services. Beside what a cluster or a cloud runs a Compose file is for local use; alone it is what is deployed.

use std::collections::BTreeSet;

use super::values::{Value, asks_password, classify, says_tls};
use super::{Consumer, Credential, Holding, Inventory, held_as, is_cloud_key, is_manager_token};
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Reach, Spot, Subject};
use crate::assess::program::{Given, TextKind, is_credential, paired};
use crate::assess::status::Strength;
use crate::assess::world::{Ground, Runner, World, cleaned, is_sample, joined};
use crate::model::document::{Document, DocumentKind};
use crate::model::value::{Node, Origin, Value as Data};

pub(super) fn credentials(out: &mut Inventory, observer: &mut Observer<'_>, world: &World, ground: &Ground<'_>) {
    for document in ground.manifests.documents.iter().filter(|document| document.kind == DocumentKind::Compose) {
        let path = ground.sources.get(ground.sources.outermost(document.source)).path.clone();
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for entry in document.root.get("services").map_or(&[][..], Node::entries) {
            let spot = Spot::of(ground.sources, entry.origin.at);
            let row = world.elsewhere.iter().find(|row| row.runner == Runner::Compose && row.spot.as_ref() == Some(&spot));
            let is_local = row.is_none() || is_sample(&path, ground.roots);
            let reach = Reach { environment: row.map(|row| row.environment.clone()), namespace: None };
            let subject = Subject::new("", "Compose", &*entry.key);
            let bases = bases(ground, document, &entry.value);
            let mut service = Service { ground, observer, out, subject, reach, is_local, folder: folder.to_owned(), root: &document.root };
            let mut known = service.variables(&entry.value, &BTreeSet::new());
            service.files(&entry.value);
            service.secrets(&entry.value);
            for (base, own) in bases {
                let path = &ground.sources.get(ground.sources.outermost(own.source)).path;
                service.folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
                service.root = &own.root;
                known.extend(service.variables(base, &known));
                service.files(base);
                service.secrets(base);
            }
        }
    }
    overridden(out);
}

/// So many services extend one another.
const MAX_BASES: usize = 8;

/// The services that a service extends, the nearest first, with their files: <https://docs.docker.com/reference/compose-file/services/#extends>.
fn bases<'a>(ground: &Ground<'a>, document: &'a Document, service: &'a Node) -> Vec<(&'a Node, &'a Document)> {
    let path_of = |document: &Document| ground.sources.get(ground.sources.outermost(document.source)).path.clone();
    let (mut document, mut service) = (document, service);
    let mut out: Vec<(&'a Node, &'a Document)> = Vec::new();
    while let Some(extends) = service.get("extends").filter(|_| out.len() < MAX_BASES) {
        let text = |key: &str| extends.get(key).and_then(Node::as_str);
        let Some(name) = extends.as_str().or_else(|| text("service")) else { break };
        if let Some(file) = text("file") {
            let path = path_of(document);
            let wanted = joined(path.rsplit_once('/').map_or("", |(folder, _)| folder), file);
            let mut all = ground.manifests.documents.iter().filter(|other| other.kind == DocumentKind::Compose);
            let Some(found) = all.find(|other| cleaned(&path_of(other)) == wanted) else { break };
            document = found;
        }
        let Some(base) = document.root.get("services").and_then(|services| services.get(name)) else { break };
        if std::ptr::eq(base, service) || out.iter().any(|(known, _)| std::ptr::eq(*known, base)) {
            break;
        }
        out.push((base, document));
        service = base;
    }
    out
}

/// The files that compose starts by themselves, and lays the override beside them over.
const STARTED: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

/// Takes away what the override of a folder sets anew: its value is the one that counts.
fn overridden(out: &mut Inventory) {
    let place = |credential: &Credential| {
        let path = &credential.spots.first().filter(|_| credential.subject.kind == "Compose")?.path;
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        Some((folder.to_owned(), name.to_owned()))
    };
    let is_override = |name: &str| name.contains(".override.") && STARTED.contains(&name.replace(".override", "").as_str());
    let own = out.credentials.iter().filter_map(|credential| Some((place(credential)?, &credential.subject)));
    let anew: BTreeSet<(String, Subject)> =
        own.filter(|((_, name), _)| is_override(name)).map(|((folder, _), subject)| (folder, subject.clone())).collect();
    out.credentials.retain(|credential| match place(credential) {
        Some((folder, name)) if STARTED.contains(&name.as_str()) => !anew.contains(&(folder, credential.subject.clone())),
        _ => true,
    });
}

struct Service<'a, 's> {
    ground: &'a Ground<'a>,
    observer: &'a mut Observer<'s>,
    out: &'a mut Inventory,
    subject: Subject,
    reach: Reach,
    is_local: bool,
    folder: String,
    root: &'a Node,
}

impl Service<'_, '_> {
    fn add(&mut self, name: &str, holding: Holding, strength: Strength, source: String, spot: Spot) {
        if !self.is_local {
            let (subject, reach) = (self.subject.clone().with_part(name), self.reach.clone());
            let consumer = Consumer::Workload;
            self.out.credentials.push(Credential { consumer, subject, reach, holding, source, strength, spots: vec![spot], secret: None });
        }
    }

    /// The variables of a service but for those that are `known`; gives their names.
    fn variables(&mut self, service: &Node, known: &BTreeSet<String>) -> BTreeSet<String> {
        let variables = variables(service.get("environment"));
        let variables: Vec<_> = variables.into_iter().filter(|(name, ..)| !known.contains(name)).collect();
        let names: BTreeSet<String> = variables.iter().map(|(name, ..)| name.clone()).collect();
        let own_store = variables.iter().any(|(_, text, _)| text.is_some_and(|text| text.contains("minio") || text.contains("localstack")));
        for (name, text, at) in variables {
            let spot = Spot::of(self.ground.sources, at.at);
            if let Some(tls) = text.and_then(|text| says_tls(&name, text)).filter(|_| !self.is_local) {
                let fact = if tls { Fact::HopEncrypted } else { Fact::HopPlain };
                let detail = if tls { format!("`{name}` demands TLS") } else { format!("`{name}` switches TLS or its verification off") };
                self.observer.add(fact, self.subject.clone().with_part(&*name), &self.reach, Some(at), detail);
            }
            let value = text.map(|text| classify(&name, text));
            let pair = paired(&name);
            let is_second = pair == name || !names.contains(&pair);
            if is_cloud_key(&name) && !name.ends_with("_ID") && !own_store && !self.is_local {
                let who = self.subject.clone().with_part(&*name);
                self.observer.add(Fact::StaticCloudKey, who, &self.reach, Some(at), format!("`{name}` in the environment"));
            }
            if is_manager_token(&name) && !self.is_local && value != Some(Value::Plain) {
                let who = self.subject.clone().with_part(&*name);
                self.observer.add(Fact::StaticManagerToken, who, &self.reach, Some(at), format!("`{name}` in the environment"));
            }
            match (value, text) {
                (Some(class @ (Value::Provider | Value::Random | Value::Password | Value::Default)), Some(_)) => {
                    self.add(
                        &name,
                        held_as(class),
                        Strength::PARSED,
                        format!("a value in the Compose file: {}", class.describe()),
                        spot.clone(),
                    );
                }
                // `${DB_PASSWORD:-postgres}`
                (Some(Value::Templated), Some(text)) if (is_credential(&name) || asks_password(text)) && is_second => {
                    let default = text.split_once(":-").or_else(|| text.split_once('-')).and_then(|(_, rest)| rest.split('}').next());
                    let class = default.filter(|_| text.starts_with("${")).map(|text| classify(&name, text));
                    let holding = match class {
                        Some(class) if class < Value::Templated => held_as(class),
                        _ => Holding::Manual,
                    };
                    self.add(&name, holding, Strength::PARSED, "the environment of whoever starts it".to_owned(), spot);
                }
                (None, _) if is_credential(&name) && is_second => {
                    self.add(&name, Holding::Manual, Strength::PARSED, "the environment of whoever starts it".to_owned(), spot);
                }
                _ => {}
            }
        }
        names
    }

    /// `env_file`: what is tracked is in a file, what is not was made by hand.
    fn files(&mut self, service: &Node) {
        let Some(node) = service.get("env_file") else { return };
        let items = if node.items().is_empty() { std::slice::from_ref(node) } else { node.items() };
        for item in items {
            let Some(file) = item.as_str().or_else(|| item.get("path")?.as_str()) else { continue };
            let path = joined(&self.folder, file);
            let spot = Spot::of(self.ground.sources, item.origin.at);
            let found = self.ground.texts.iter().find(|text| cleaned(&text.path) == path);
            let Some(found) = found else {
                // what its example names is what it holds
                let example = |text: &&crate::assess::program::TextFacts| {
                    text.kind == TextKind::EnvExample
                        && cleaned(text.folder()) == cleaned(path.rsplit_once('/').map_or("", |(folder, _)| folder))
                };
                let named: Vec<String> =
                    self.ground.texts.iter().filter(example).flat_map(|text| text.names.iter()).map(|name| name.name.clone()).collect();
                let set: BTreeSet<String> = variables(service.get("environment")).into_iter().map(|(name, ..)| name).collect();
                let credentials: BTreeSet<String> = named.into_iter().filter(|name| is_credential(name)).collect();
                // what `environment` sets stands before the file
                let (own, credentials): (BTreeSet<String>, BTreeSet<String>) = credentials.into_iter().partition(|name| set.contains(name));
                if credentials.is_empty() && !own.is_empty() {
                    continue;
                }
                if credentials.is_empty() {
                    self.add(file, Holding::Manual, Strength::INFERRED, format!("`{file}`, outside of the repository"), spot.clone());
                }
                for name in credentials {
                    self.add(&name, Holding::Manual, Strength::PARSED, format!("`{file}`, outside of the repository"), spot.clone());
                }
                continue;
            };
            for name in &found.names {
                let Given::Literal(class) = name.given else { continue };
                let at = Spot { path: found.path.clone(), line: name.line, column: 1, end_line: name.line };
                match class {
                    class if class < Value::Templated => {
                        self.add(
                            &name.name,
                            held_as(class),
                            Strength::PARSED,
                            format!("`{file}`, which is tracked: {}", class.describe()),
                            at,
                        );
                    }
                    Value::Templated => {
                        self.add(&name.name, Holding::Manual, Strength::PARSED, format!("`{file}`, filled in elsewhere"), at)
                    }
                    _ => {}
                }
            }
        }
    }

    fn secrets(&mut self, service: &Node) {
        for item in service.get("secrets").map_or(&[][..], Node::items) {
            let name = item.as_str().or_else(|| item.get("source").and_then(Node::as_str)).unwrap_or("secret");
            let spot = Spot::of(self.ground.sources, item.origin.at);
            let declared = self.root.get("secrets").and_then(|node| node.get(name));
            let file = declared.and_then(|node| node.get("file")).and_then(Node::as_str);
            let tracked = file.is_some_and(|file| {
                let path = joined(&self.folder, file);
                self.ground.sources.iter().any(|(_, source)| source.embedded.is_none() && source.path == path)
                    || self.ground.texts.iter().any(|text| cleaned(&text.path) == path)
            });
            let by_hand = declared.is_some_and(|node| node.get("environment").is_some());
            let (holding, source) = match (tracked, by_hand) {
                (true, _) => (Holding::Manual, "a Compose secret out of a file of the repository"),
                (_, true) => (Holding::Manual, "a Compose secret out of the environment of whoever starts it"),
                (false, false) => (Holding::Stored, "a Compose secret"),
            };
            self.add(name, holding, Strength::PARSED, source.to_owned(), spot);
        }
    }
}

/// The variables of a service: a map, or a list of `NAME=value`. `None` for a variable that is passed through.
fn variables(node: Option<&Node>) -> Vec<(String, Option<&str>, &Origin)> {
    let Some(node) = node else { return Vec::new() };
    match &node.value {
        Data::Map(entries) => entries.iter().map(|entry| (entry.key.to_string(), entry.value.as_str(), &entry.origin)).collect(),
        Data::List(items) => {
            let texts = items.iter().filter_map(|item| Some((item.as_str()?, &item.origin)));
            texts
                .map(|(text, at)| match text.split_once('=') {
                    Some((name, value)) => (name.to_owned(), Some(value), at),
                    None => (text.to_owned(), None, at),
                })
                .collect()
        }
        Data::Scalar(_) => Vec::new(),
    }
}
