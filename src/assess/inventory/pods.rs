//! Credentials of pods: environment and volumes.

use std::collections::{BTreeMap, BTreeSet};

use super::values::{Value, asks_password, classify_variable, has_word, is_credential_name, says_tls};
use super::{Consumer, Credential, Delivery, Holding, Inventory, Stores, is_cloud_key, is_manager_token};
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Reach, Spot};
use crate::assess::program;
use crate::assess::settings::Settings;
use crate::assess::status::Strength;
use crate::assess::world::{Workload, World};
use crate::model::k8s::{Container, Object, Pod};
use crate::model::value::{Node, Origin};

pub(super) struct Finder<'w, 'o, 's> {
    pub(super) world: &'w World,
    pub(super) workload: &'w Workload,
    pub(super) stores: &'w Stores,
    pub(super) settings: &'w Settings,
    pub(super) observer: &'w mut Observer<'s>,
    pub(super) out: &'w mut Inventory,
    pub(super) consumer: Consumer,
    pub(super) reach: Reach,
    /// What a volume's Secret is called, by the volume's name.
    volumes: BTreeMap<&'o str, &'o str>,
    /// Names of Secrets that cert-manager makes.
    certificates: &'w BTreeSet<String>,
}

/// Lists the credentials of all workloads, and observes how they reach clouds and managers.
pub(super) fn credentials(out: &mut Inventory, observer: &mut Observer<'_>, world: &World, stores: &Stores, settings: &Settings) {
    let makes = |object: &Object| {
        let secret = object.is("cert-manager.io", "Certificate").then(|| object.root.path(&["spec", "secretName"])).flatten();
        secret.and_then(Node::as_str).map(str::to_owned)
    };
    let certificates: BTreeSet<String> = world.deployed().filter_map(|placed| makes(&placed.object)).collect();
    for workload in &world.workloads {
        let Some(pod) = workload.pod() else { continue };
        let consumer = if workload.is_platform { Consumer::Tool } else { Consumer::Workload };
        let reach = workload.reach();
        let mut finder = Finder {
            world,
            workload,
            stores,
            settings,
            observer,
            out,
            consumer,
            reach,
            volumes: BTreeMap::new(),
            certificates: &certificates,
        };
        finder.volumes(&pod);
        for container in pod.containers() {
            finder.container(&container);
        }
        finder.pull_secrets(&pod);
        finder.injected(&pod);
    }
}

impl<'o> Finder<'_, 'o, '_> {
    pub(super) fn add(&mut self, name: &str, holding: Holding, strength: Strength, source: String, spots: Vec<Spot>, secret: Option<&str>) {
        let secret = secret.map(|name| (self.workload.namespace.clone(), name.to_owned()));
        let subject = self.workload.subject.clone().with_part(name);
        let (consumer, reach) = (self.consumer, self.reach.clone());
        self.out.credentials.push(Credential { consumer, subject, reach, holding, source, strength, spots, secret });
    }

    pub(super) fn spot(&self, at: &Origin) -> Spot {
        Spot::of(self.observer.sources, at.at)
    }

    fn of_secret(&mut self, credential: &str, secret: &'o str, at: &Origin) {
        self.of_key(credential, secret, None, at);
    }

    /// A key of a Secret; `None` for all of it.
    fn of_key(&mut self, credential: &str, secret: &'o str, key: Option<&str>, at: &Origin) {
        let Delivery { holding, strength, source, spot, also, .. } =
            self.stores.key(&self.workload.environment, &self.workload.namespace, secret, key);
        let spots = std::iter::once(self.spot(at)).chain(spot).chain(also).collect();
        self.add(credential, holding, strength, source, spots, Some(secret));
    }

    /// A value that a template decides.
    pub(super) fn templated(&mut self, name: &str, what: &str, at: &Origin) {
        let spots = vec![self.spot(at)];
        self.add(name, Holding::Templated, Strength::WEAK, what.to_owned(), spots, None);
    }

    /// A reference whose name a template decides: the value stands elsewhere, wherever that is.
    fn templated_reference(&mut self, name: &str, what: &str, at: &Origin) {
        let spots = vec![self.spot(at)];
        self.add(name, Holding::TemplatedReference, Strength::WEAK, what.to_owned(), spots, None);
    }

    /// Tells how a cloud or manager is reached; the platform's own workloads tell nothing.
    pub(super) fn observe(&mut self, fact: Fact, part: &str, at: &Origin, detail: String) {
        if self.consumer == Consumer::Workload {
            let subject = self.workload.subject.clone().with_part(part);
            self.observer.add(fact, subject, &self.reach, Some(at), detail);
        }
    }

    /// How the workload logs in to Vault.
    pub(super) fn observe_vault(&mut self, fact: Fact, at: &Origin, detail: String) {
        if self.consumer == Consumer::Workload {
            self.observer.add(fact, self.workload.subject.clone(), &self.reach, Some(at), detail).vault = true;
        }
    }

    fn volumes(&mut self, pod: &Pod<'o>) {
        for volume in pod.volumes() {
            let name = volume.get("name").and_then(Node::as_str).unwrap_or("");
            if let Some(secret) = volume.path(&["secret", "secretName"]) {
                match secret.as_str() {
                    // certificates are no stored credential
                    Some(text) if self.is_certificate(text, name) => {}
                    Some(text) => {
                        self.volumes.insert(name, text);
                        self.of_secret(text, text, &secret.origin);
                    }
                    None if names_certificate(name) => {}
                    None => self.templated_reference(name, "a templated Secret", &secret.origin),
                }
            }
            for source in volume.path(&["projected", "sources"]).map_or(&[][..], Node::items) {
                if let Some(secret) = source.path(&["secret", "name"])
                    && let Some(text) = secret.as_str().filter(|text| !self.is_certificate(text, name))
                {
                    self.of_secret(text, text, &secret.origin);
                }
                if let Some(token) = source.get("serviceAccountToken")
                    && token.get("audience").and_then(Node::as_str).is_some_and(|audience| !audience.is_empty())
                {
                    let detail = "projected token with an audience".to_owned();
                    let spots = vec![self.spot(&token.origin)];
                    self.add(name, Holding::Identity, Strength::RENDERED, detail.clone(), spots, None);
                    self.observe(Fact::WorkloadIdentity, "", &token.origin, detail);
                }
            }
            match volume.path(&["csi", "driver"]).and_then(Node::as_str) {
                Some("secrets-store.csi.k8s.io" | "secrets-store-gke.csi.k8s.io") => self.secrets_store(volume, name),
                Some("csi.spiffe.io" | "spiffe.csi.cert-manager.io") => {
                    self.observe(Fact::WorkloadIdentity, "", &volume.origin, "SPIFFE identity by CSI".to_owned());
                }
                _ => {}
            }
            // a volume that a storage driver mounts with a Secret
            for path in [["csi", "nodePublishSecretRef", "name"], ["flexVolume", "secretRef", "name"]] {
                let is_store = volume.path(&["csi", "driver"]).and_then(Node::as_str).is_some_and(|name| name.starts_with("secrets-store"));
                if let Some(secret) = volume.path(&path).filter(|_| !is_store)
                    && let Some(text) = secret.as_str()
                {
                    self.of_secret(text, text, &secret.origin);
                }
            }
        }
    }

    fn secrets_store(&mut self, volume: &'o Node, name: &str) {
        if let Some(key) = volume.path(&["csi", "nodePublishSecretRef", "name"]) {
            self.observe(Fact::StoredManagerLogin, "", &key.origin, "the volume's driver logs in with a stored Secret".to_owned());
        }
        let class = volume.path(&["csi", "volumeAttributes", "secretProviderClass"]);
        let Some(class) = class else { return };
        let Some(text) = class.as_str() else { return self.templated_reference(name, "a templated SecretProviderClass", &class.origin) };
        let Delivery { holding, strength, source, spot, also, .. } =
            self.stores.class(&self.workload.environment, &self.workload.namespace, text);
        let spots = std::iter::once(self.spot(&class.origin)).chain(spot).chain(also).collect();
        self.add(if name.is_empty() { text } else { name }, holding, strength, source, spots, None);
    }

    /// Whether a Secret holds a certificate with its key, which has no rung: an operator's, or one that says so by its name.
    fn is_certificate(&self, secret: &str, volume: &str) -> bool {
        self.certificates.contains(secret) || names_certificate(secret) || names_certificate(volume)
    }

    fn container(&mut self, container: &Container<'o>) {
        for item in container.env() {
            let Some(name) = item.get("name").and_then(Node::as_str) else { continue };
            if let Some(from) = item.get("valueFrom") {
                self.variable(name, from, container);
            } else if let Some(entry) = item.entry("value") {
                self.literal(name, &entry.value, &entry.origin, container);
            }
        }
        for item in container.node.get("envFrom").map_or(&[][..], Node::items) {
            let Some(reference) = item.path(&["secretRef", "name"]) else { continue };
            match reference.as_str() {
                Some(secret) => {
                    self.of_secret(secret, secret, &reference.origin);
                    let keys = self.stores.secret(&self.workload.environment, &self.workload.namespace, secret).keys;
                    if let Some(key) =
                        keys.iter().find(|key| is_cloud_key(key) && !key.ends_with("_ID")).filter(|_| !is_own_store(container))
                    {
                        self.observe(Fact::StaticCloudKey, "", &reference.origin, format!("`{key}` from the Secret `{secret}`"));
                    }
                }
                None => self.templated_reference("envFrom", "a templated Secret", &reference.origin),
            }
        }
    }

    /// Registries' credentials: the kubelet's, not the program's.
    fn pull_secrets(&mut self, pod: &Pod<'o>) {
        let own = std::mem::replace(&mut self.consumer, Consumer::Tool);
        for item in pod.spec.value.get("imagePullSecrets").map_or(&[][..], Node::items) {
            if let Some(name) = item.get("name").and_then(|node| Some((node.as_str()?, &node.origin))) {
                self.of_secret(name.0, name.0, name.1);
            }
        }
        self.consumer = own;
    }

    /// A variable whose value comes from elsewhere.
    fn variable(&mut self, name: &str, from: &'o Node, container: &Container<'o>) {
        if let Some(reference) = from.path(&["secretKeyRef", "name"]) {
            // a key pair is one credential, and a user's name is none
            let pair = name.ends_with("_KEY_ID")
                || name.ends_with("CLIENT_ID")
                || name.ends_with("ROLE_ID") && !name.contains("SECRET")
                || ["user", "username", "host", "hostname", "port", "database", "dbname", "region", "email"]
                    .iter()
                    .any(|word| has_word(name, word))
                    && !program::is_credential(name);
            if is_cloud_key(name) && name != "AWS_ACCESS_KEY_ID" && !is_own_store(container) {
                self.observe(Fact::StaticCloudKey, "", &reference.origin, format!("`{name}` from a Secret"));
            }
            if is_manager_token(name) {
                self.observe(Fact::StaticManagerToken, name, &reference.origin, format!("`{name}` from a Secret"));
            }
            if pair {
                return;
            }
            match reference.as_str() {
                Some(secret) => {
                    let key = from.path(&["secretKeyRef", "key"]).and_then(Node::as_str);
                    self.of_key(name, secret, key, &reference.origin);
                }
                None => self.templated_reference(name, "a templated Secret", &reference.origin),
            }
        } else if let Some(reference) = from.path(&["configMapKeyRef", "name"])
            && is_credential_name(name)
        {
            let spots = vec![self.spot(&reference.origin)];
            self.add(name, Holding::Manual, Strength::PARSED, "a ConfigMap".to_owned(), spots, None);
        } else if from.unknown().is_some() && is_credential_name(name) {
            self.templated(name, "a template", &from.origin);
        }
    }

    /// A variable whose value stands beside it.
    fn literal(&mut self, name: &str, node: &'o Node, at: &Origin, container: &Container<'o>) {
        if node.unknown().is_some() {
            if program::is_credential(name) {
                self.templated(name, "a template", at);
            }
            return;
        }
        let Some(text) = node.as_str() else { return };
        self.hop(name, text, at);
        if matches!(name, "GOOGLE_APPLICATION_CREDENTIALS" | "AWS_SHARED_CREDENTIALS_FILE" | "AZURE_AUTH_LOCATION") {
            let mount = container.mounts().iter().find(|mount| {
                let path = mount.get("mountPath").and_then(Node::as_str).unwrap_or("");
                let volume = mount.get("name").and_then(Node::as_str).unwrap_or("");
                !path.is_empty() && text.starts_with(path) && self.volumes.contains_key(volume)
            });
            if mount.is_some() {
                self.observe(Fact::StaticCloudKey, "", at, format!("`{name}`: a stored key's file is mounted"));
            }
            return;
        }
        if self.reference(name, text, at) {
            return;
        }
        // `$(OTHER)` is counted where the other one is set
        let value = classify_variable(name, text);
        if value == Value::Templated && text.contains("${") && (program::is_credential(name) || asks_password(text)) {
            // filled in by whoever applies it
            let spots = vec![self.spot(at)];
            self.add(name, Holding::Manual, Strength::INFERRED, "a variable that is filled in when it is applied".to_owned(), spots, None);
            return;
        }
        if matches!(value, Value::Plain | Value::Templated) {
            return;
        }
        if is_manager_token(name) {
            self.observe(Fact::StaticManagerToken, name, at, format!("`{name}` in the environment"));
        }
        if is_cloud_key(name) && !is_own_store(container) {
            self.observe(Fact::StaticCloudKey, "", at, format!("`{name}` in the environment"));
        }
        let holding = if value == Value::Default { Holding::Manual } else { Holding::Literal };
        if name.ends_with("_ID") && value != Value::Provider {
            return;
        }
        let spots = vec![self.spot(at)];
        self.add(name, holding, Strength::RENDERED, format!("a value in the manifest: {}", value.describe()), spots, None);
    }

    /// What a connection string or a switch says of encryption.
    fn hop(&mut self, name: &str, text: &str, at: &Origin) {
        match says_tls(name, text) {
            Some(false) => self.observe(Fact::HopPlain, name, at, format!("`{name}` switches TLS or its verification off")),
            Some(true) => self.observe(Fact::HopEncrypted, name, at, format!("`{name}` demands TLS")),
            None => {}
        }
    }
}

/// Whether a Secret or volume of this name holds a serving certificate or a bundle of authorities.
fn names_certificate(name: &str) -> bool {
    let own = ["tls", "cert", "certs", "certificate", "certificates", "ca", "cacerts", "ssl", "truststore"];
    own.iter().any(|word| has_word(name, word)) && !is_credential_name(name)
}

/// Whether what speaks a cloud's protocol here is a store of one's own: MinIO, LocalStack.
fn is_own_store(container: &Container<'_>) -> bool {
    container.env().iter().any(|item| {
        let text = |key: &str| item.get(key).and_then(Node::as_str).unwrap_or("");
        let name = text("name");
        let place = ["endpoint", "url", "host", "server"].iter().any(|word| has_word(name, word));
        let value = text("value").to_ascii_lowercase();
        let own = ["minio", "localstack", ".svc", "ceph", "rook", "seaweedfs", "garage"].iter().any(|mark| value.contains(mark));
        place && ["s3", "aws", "minio", "mlflow"].iter().any(|word| has_word(name, word)) && own
    })
}
