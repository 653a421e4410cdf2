//! Credentials of pods: environment, volumes, annotations, service accounts.

use std::collections::BTreeMap;

use super::secrets::{effect, hours, is_leased_path, reach_of};
use super::values::{Value, classify, has_word, is_credential_name};
use super::{Consumer, Credential, Delivery, Effect, Finding, Holding, Inventory, Stores};
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Reach, Spot};
use crate::assess::settings::Settings;
use crate::assess::status::Strength;
use crate::assess::world::{Workload, World, class_of};
use crate::model::k8s::{Container, Object, Pod};
use crate::model::value::{Node, Origin};

/// Variables that hold a cloud's long-lived key.
const CLOUD_KEYS: [&str; 4] = ["AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AZURE_CLIENT_SECRET", "GOOGLE_CREDENTIALS"];

struct Finder<'w, 'o, 's> {
    world: &'w World,
    workload: &'w Workload,
    stores: &'w Stores,
    settings: &'w Settings,
    observer: &'w mut Observer<'s>,
    out: &'w mut Inventory,
    consumer: Consumer,
    reach: Reach,
    /// What a volume's Secret is called, by the volume's name.
    volumes: BTreeMap<&'o str, &'o str>,
}

/// Lists the credentials of all workloads, and observes how they reach clouds and managers.
pub(super) fn credentials(out: &mut Inventory, observer: &mut Observer<'_>, world: &World, stores: &Stores, settings: &Settings) {
    for workload in &world.workloads {
        let Some(pod) = workload.pod() else { continue };
        let consumer = if workload.is_platform { Consumer::Tool } else { Consumer::Workload };
        let reach = workload.reach();
        let mut finder = Finder { world, workload, stores, settings, observer, out, consumer, reach, volumes: BTreeMap::new() };
        finder.volumes(&pod);
        for container in pod.containers() {
            finder.container(&container);
        }
        finder.vault_agent(&pod);
        finder.account(&pod);
    }
}

impl<'o> Finder<'_, 'o, '_> {
    fn add(&mut self, name: &str, holding: Holding, strength: Strength, source: String, spots: Vec<Spot>, secret: Option<&str>) {
        let secret = secret.map(|name| (self.workload.namespace.clone(), name.to_owned()));
        let subject = self.workload.subject.clone().with_part(name);
        self.out.credentials.push(Credential {
            consumer: self.consumer,
            subject,
            reach: self.reach.clone(),
            holding,
            source,
            strength,
            spots,
            secret,
        });
    }

    fn spot(&self, at: &Origin) -> Spot {
        Spot::of(self.observer.sources, at.at)
    }

    fn of_secret(&mut self, credential: &str, secret: &'o str, at: &Origin) {
        let Delivery { holding, strength, source, spot } = self.stores.secret(&self.workload.environment, &self.workload.namespace, secret);
        let spots = std::iter::once(self.spot(at)).chain(spot).collect();
        self.add(credential, holding, strength, source, spots, Some(secret));
    }

    /// Tells how a cloud or manager is reached; the platform's own workloads tell nothing.
    fn observe(&mut self, fact: Fact, part: &str, at: &Origin, detail: String) {
        if self.consumer == Consumer::Workload {
            let subject = self.workload.subject.clone().with_part(part);
            self.observer.add(fact, subject, &self.reach, Some(at), detail);
        }
    }

    fn volumes(&mut self, pod: &Pod<'o>) {
        for volume in pod.volumes() {
            let name = volume.get("name").and_then(Node::as_str).unwrap_or("");
            if let Some(secret) = volume.path(&["secret", "secretName"]) {
                match secret.as_str() {
                    // certificates that an operator issues are no stored credential
                    Some(text) if self.is_certificate(text) => {}
                    Some(text) => {
                        self.volumes.insert(name, text);
                        self.of_secret(text, text, &secret.origin);
                    }
                    None => self.add(
                        name,
                        Holding::Templated,
                        Strength::UNKNOWN,
                        "a templated Secret".to_owned(),
                        vec![self.spot(&secret.origin)],
                        None,
                    ),
                }
            }
            for source in volume.path(&["projected", "sources"]).map_or(&[][..], Node::items) {
                if let Some(secret) = source.path(&["secret", "name"])
                    && let Some(text) = secret.as_str().filter(|text| !self.is_certificate(text))
                {
                    self.of_secret(text, text, &secret.origin);
                }
                if let Some(token) = source.get("serviceAccountToken")
                    && token.get("audience").and_then(Node::as_str).is_some_and(|audience| !audience.is_empty())
                {
                    let detail = "projected token with an audience".to_owned();
                    self.add(name, Holding::Identity, Strength::RENDERED, detail.clone(), vec![self.spot(&token.origin)], None);
                    self.observe(Fact::WorkloadIdentity, "", &token.origin, detail);
                }
            }
            match volume.path(&["csi", "driver"]).and_then(Node::as_str) {
                Some("secrets-store.csi.k8s.io") => self.secrets_store(volume, name),
                Some("csi.spiffe.io" | "spiffe.csi.cert-manager.io") => {
                    self.observe(Fact::WorkloadIdentity, "", &volume.origin, "SPIFFE identity by CSI".to_owned());
                }
                _ => {}
            }
        }
    }

    fn secrets_store(&mut self, volume: &'o Node, name: &str) {
        if let Some(key) = volume.path(&["csi", "nodePublishSecretRef", "name"]) {
            self.observe(Fact::StoredManagerLogin, "", &key.origin, "the volume's driver logs in with a stored Secret".to_owned());
        }
        let class = volume.path(&["csi", "volumeAttributes", "secretProviderClass"]);
        let Some((class, at)) = class.and_then(|node| Some((node.as_str()?, &node.origin))) else { return };
        let Delivery { holding, strength, source, spot } = self.stores.class(&self.workload.environment, &self.workload.namespace, class);
        let spots = std::iter::once(self.spot(at)).chain(spot).collect();
        self.add(if name.is_empty() { class } else { name }, holding, strength, source, spots, None);
    }

    /// Whether a cert-manager Certificate makes the Secret.
    fn is_certificate(&self, secret: &str) -> bool {
        let makes = |object: &Object| {
            object.is("cert-manager.io", "Certificate") && object.root.path(&["spec", "secretName"]).and_then(Node::as_str) == Some(secret)
        };
        self.world.deployed().any(|placed| makes(&placed.object))
    }

    fn container(&mut self, container: &Container<'o>) {
        for item in container.env() {
            let Some(name) = item.get("name").and_then(Node::as_str) else { continue };
            if let Some(from) = item.get("valueFrom") {
                self.variable(name, from);
            } else if let Some(entry) = item.entry("value") {
                self.literal(name, &entry.value, &entry.origin, container);
            }
        }
        for item in container.node.get("envFrom").map_or(&[][..], Node::items) {
            let Some(reference) = item.path(&["secretRef", "name"]) else { continue };
            match reference.as_str() {
                Some(secret) => self.of_secret(secret, secret, &reference.origin),
                None => self.add(
                    "envFrom",
                    Holding::Templated,
                    Strength::UNKNOWN,
                    "a templated Secret".to_owned(),
                    vec![self.spot(&reference.origin)],
                    None,
                ),
            }
        }
    }

    /// A variable whose value comes from elsewhere.
    fn variable(&mut self, name: &str, from: &'o Node) {
        if let Some(reference) = from.path(&["secretKeyRef", "name"]) {
            // a key pair is one credential, and a user's name is none
            let pair = name.ends_with("_ID")
                || ["user", "username", "host", "port"].iter().any(|word| has_word(name, word)) && !is_credential_name(name);
            if CLOUD_KEYS.contains(&name) && name != "AWS_ACCESS_KEY_ID" {
                self.observe(Fact::StaticCloudKey, "", &reference.origin, format!("`{name}` from a Secret"));
            }
            if pair {
                return;
            }
            match reference.as_str() {
                Some(secret) => self.of_secret(name, secret, &reference.origin),
                None => self.add(
                    name,
                    Holding::Templated,
                    Strength::UNKNOWN,
                    "a templated Secret".to_owned(),
                    vec![self.spot(&reference.origin)],
                    None,
                ),
            }
        } else if let Some(reference) = from.path(&["configMapKeyRef", "name"])
            && is_credential_name(name)
        {
            self.add(name, Holding::Manual, Strength::PARSED, "a ConfigMap".to_owned(), vec![self.spot(&reference.origin)], None);
        }
    }

    /// A variable whose value stands beside it.
    fn literal(&mut self, name: &str, node: &'o Node, at: &Origin, container: &Container<'o>) {
        if node.unknown().is_some() {
            if is_credential_name(name) {
                self.add(name, Holding::Templated, Strength::UNKNOWN, "a template".to_owned(), vec![self.spot(at)], None);
            }
            return;
        }
        let Some(text) = node.as_str() else { return };
        self.hop(name, text, at);
        if name == "GOOGLE_APPLICATION_CREDENTIALS" {
            let mount = container.mounts().iter().find(|mount| {
                let path = mount.get("mountPath").and_then(Node::as_str).unwrap_or("");
                let volume = mount.get("name").and_then(Node::as_str).unwrap_or("");
                !path.is_empty() && text.starts_with(path) && self.volumes.contains_key(volume)
            });
            if mount.is_some() {
                self.observe(Fact::StaticCloudKey, "", at, "a service account's key file is mounted".to_owned());
            }
            return;
        }
        // `$(OTHER)` is counted where the other one is set
        let value = classify(name, text);
        if matches!(value, Value::Plain | Value::Templated) {
            return;
        }
        let class = class_of(self.settings, &self.workload.environment);
        if CLOUD_KEYS.contains(&name) {
            self.observe(Fact::StaticCloudKey, "", at, format!("`{name}` in the environment"));
        }
        let holding = if value == Value::Default { Holding::Manual } else { Holding::Literal };
        if name.ends_with("_ID") && value != Value::Provider {
            return;
        }
        self.add(name, holding, Strength::RENDERED, format!("a value in the manifest: {}", value.describe()), vec![self.spot(at)], None);
        if let (Some(effect), Some(placed)) = (
            effect(value, false, class),
            self.world.placed.iter().find(|placed| std::sync::Arc::ptr_eq(&placed.object, &self.workload.object)),
        ) {
            let effect = if self.consumer == Consumer::Tool && effect == Effect::Cap1 { Effect::Review } else { effect };
            let subject = self.workload.subject.clone().with_part(name);
            let spot = self.spot(at);
            let reach = reach_of(value, placed, self.world);
            self.out.findings.push(Finding::new("k8s-env-credential", text, value, effect, subject, reach, spot));
        }
    }

    /// What a connection string or a switch says of encryption.
    fn hop(&mut self, name: &str, text: &str, at: &Origin) {
        let lower = text.to_ascii_lowercase();
        let off = lower.contains("sslmode=disable")
            || lower.contains("ssl=false")
            || lower.contains("tls=false") && lower.contains("://")
            || name == "NODE_TLS_REJECT_UNAUTHORIZED" && text == "0"
            || name == "PGSSLMODE" && text == "disable"
            || matches!(name, "GIT_SSL_NO_VERIFY" | "VAULT_SKIP_VERIFY") && matches!(lower.as_str(), "1" | "true");
        let on = ["sslmode=require", "sslmode=verify", "rediss://", "amqps://", "mongodb+srv://", "tls=true", "ssl=true"]
            .iter()
            .any(|mark| lower.contains(mark))
            || name == "PGSSLMODE" && matches!(text, "require" | "verify-ca" | "verify-full");
        if off {
            self.observe(Fact::HopPlain, name, at, format!("`{name}` switches TLS or its verification off"));
        } else if on {
            self.observe(Fact::HopEncrypted, name, at, format!("`{name}` demands TLS"));
        }
    }

    /// `vault.hashicorp.com/agent-inject-secret-<name>: <path>` (Vault Agent Injector's annotations).
    fn vault_agent(&mut self, pod: &Pod<'o>) {
        const PREFIX: &str = "vault.hashicorp.com/";
        let on = pod
            .annotation(&format!("{PREFIX}agent-inject"))
            .is_some_and(|entry| entry.value.as_str() == Some("true") || entry.value.as_bool() == Some(true));
        if !on {
            return;
        }
        if let Some(role) = pod.annotation(&format!("{PREFIX}role")) {
            self.observe(Fact::WorkloadIdentity, "", &role.origin, "Vault role of the service account".to_owned());
        }
        for entry in pod.template.path(&["metadata", "annotations"]).map_or(&[][..], Node::entries) {
            let Some(name) = entry.key.strip_prefix(&format!("{PREFIX}agent-inject-secret-")) else { continue };
            let Some(path) = entry.value.as_str() else {
                self.add(
                    name,
                    Holding::Templated,
                    Strength::UNKNOWN,
                    "Vault agent, templated".to_owned(),
                    vec![self.spot(&entry.origin)],
                    None,
                );
                continue;
            };
            let (holding, strength) = if is_leased_path(path) {
                (Holding::Leased(self.lease(path)), Strength::RENDERED)
            } else if path.contains("static-creds") {
                (Holding::Rotated, Strength::RENDERED)
            } else if self.settings.strict {
                (Holding::Managed, Strength::WEAK)
            } else {
                (Holding::Rotated, Strength::WEAK)
            };
            self.add(name, holding, strength, format!("Vault agent, `{path}`"), vec![self.spot(&entry.origin)], None);
        }
    }

    /// How long Vault leases what lies at a path, where a role in the files says so.
    fn lease(&self, path: &str) -> Option<u32> {
        let role = path.rsplit('/').next()?;
        self.stores.lease(role)
    }

    /// Cloud identities of the service account that the pods run as.
    fn account(&mut self, pod: &Pod<'o>) {
        let Some(account) = self.workload.account.clone() else { return };
        let environment = &self.workload.environment;
        let Some(cluster) = self.world.clusters.get(environment) else { return };
        let Some(space) = cluster.namespace(&self.workload.namespace) else { return };
        let accounts: Vec<std::sync::Arc<Object>> =
            space.objects.iter().filter(|object| object.is("", "ServiceAccount") && object.name() == Some(&account)).cloned().collect();
        for object in accounts {
            for entry in object.root.path(&["metadata", "annotations"]).map_or(&[][..], Node::entries) {
                let what = match &*entry.key {
                    "eks.amazonaws.com/role-arn" => "an AWS role",
                    "iam.gke.io/gcp-service-account" => "a Google service account",
                    "azure.workload.identity/client-id" => {
                        let used = pod.label("azure.workload.identity/use").is_some_and(|entry| entry.value.as_str() == Some("true"));
                        if !used {
                            continue;
                        }
                        "an Azure identity"
                    }
                    _ => continue,
                };
                if entry.value.as_str().is_some_and(str::is_empty) || entry.value.is_null() {
                    continue;
                }
                let detail = format!("service account `{account}` is bound to {what}");
                self.add("cloud identity", Holding::Identity, Strength::RENDERED, detail.clone(), vec![self.spot(&entry.origin)], None);
                self.observe(Fact::WorkloadIdentity, "", &entry.origin, detail);
            }
        }
    }
}

/// The hours of a lease that a field of seconds or a duration gives.
pub(super) fn lease_hours(node: &Node) -> Option<u32> {
    match &node.value {
        crate::model::value::Value::Scalar(crate::model::value::Scalar::Number(text)) => {
            let seconds: u64 = text.parse().ok()?;
            u32::try_from(seconds.div_ceil(3_600)).ok().filter(|hours| *hours > 0)
        }
        _ => hours(node.as_str()?),
    }
}
