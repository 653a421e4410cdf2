//! Credentials that others put into pods: Vault's agent, Bank-Vaults, references in variables, identities of clouds.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Holding;
use super::pods::Finder;
use super::stores::is_leased_path;
use crate::assess::fact::Fact;
use crate::assess::status::Strength;
use crate::model::k8s::{Object, Pod};
use crate::model::value::{Entry, Node, Origin, Scalar, Value as Data};

const VAULT: &str = "vault.hashicorp.com/";

/// Prefixes of values that something in the pod replaces by the value of a manager: the prefix, and what reads it.
const REFERENCES: [(&str, &str); 11] = [
    ("vault:", "Vault, read when the program starts"),
    (">>vault:", "Vault, read when the program starts"),
    ("op://", "1Password, read when the program starts"),
    ("sm://", "Google Secret Manager, read when the program starts"),
    ("berglas://", "Google Secret Manager, read when the program starts"),
    ("gcp:secretmanager:", "Google Secret Manager, read when the program starts"),
    ("awssm://", "AWS Secrets Manager, read when the program starts"),
    ("aws-sm://", "AWS Secrets Manager, read when the program starts"),
    ("arn:aws:secretsmanager:", "AWS Secrets Manager, read by the program"),
    ("azkv://", "Azure Key Vault, read when the program starts"),
    ("bao:", "OpenBao, read when the program starts"),
];

fn is_on(entry: Option<&Entry>) -> bool {
    entry.is_some_and(|entry| entry.value.as_str() == Some("true") || entry.value.as_bool() == Some(true))
}

impl<'o> Finder<'_, 'o, '_> {
    pub(super) fn injected(&mut self, pod: &Pod<'o>) {
        self.vault_agent(pod);
        self.others(pod);
        self.account(pod);
        self.database_login(pod);
    }

    /// A variable's value that stands for one of a manager; whether it does.
    pub(super) fn reference(&mut self, name: &str, text: &str, at: &Origin) -> bool {
        let found = REFERENCES.iter().find(|(prefix, _)| text.starts_with(prefix) && text.len() > prefix.len());
        let azure = text.ends_with("@azurekeyvault");
        if found.is_none() && !azure || text.contains("{{") {
            return false;
        }
        let spots = vec![self.spot(at)];
        let what = found.map_or("Azure Key Vault, read when the program starts", |(_, what)| *what);
        if text.contains("vault:") && is_leased_path(text) {
            let path = text.trim_start_matches(['>', 'v', 'a', 'u', 'l', 't']).trim_start_matches(':').split('#').next().unwrap_or("");
            let role = path.rsplit('/').next().unwrap_or("");
            let lease = self.stores.lease(role);
            self.add(name, Holding::Leased(lease), Strength::RENDERED, format!("Vault, `{path}`"), spots, None);
        } else {
            self.add(name, Holding::Managed, Strength::RENDERED, what.to_owned(), spots, None);
        }
        true
    }

    /// `vault.hashicorp.com/agent-inject-secret-<name>: <path>` and `…-template-<name>` (Vault Agent Injector's annotations).
    fn vault_agent(&mut self, pod: &Pod<'o>) {
        let get = |key: &str| pod.annotation(&format!("{VAULT}{key}"));
        if !is_on(get("agent-inject")) {
            return;
        }
        let method = get("auth-type").and_then(|entry| entry.value.as_str()).unwrap_or("kubernetes");
        match (get("role"), method) {
            (Some(role), "kubernetes" | "jwt" | "aws" | "gcp" | "azure") => {
                self.observe_vault(Fact::WorkloadIdentity, &role.origin, "Vault role of the service account".to_owned());
            }
            (_, "approle" | "userpass" | "ldap" | "token") => {
                let at = get("auth-type").map_or(&pod.spec.origin, |entry| &entry.origin).clone();
                self.observe_vault(Fact::StoredManagerLogin, &at, format!("Vault's agent logs in by `{method}`"));
            }
            _ => {}
        }
        // without the sidecar nothing is read again
        let refreshed = !is_on(get("agent-pre-populate-only"));
        let mut files: BTreeMap<&'o str, (Vec<String>, bool, &'o Origin)> = BTreeMap::new();
        for entry in pod.template.path(&["metadata", "annotations"]).map_or(&[][..], Node::entries) {
            let Some(rest) = entry.key.strip_prefix(VAULT) else { continue };
            let is_template = rest.starts_with("agent-inject-template-");
            let Some(name) = rest.strip_prefix("agent-inject-secret-").or_else(|| rest.strip_prefix("agent-inject-template-")) else {
                continue;
            };
            let file = files.entry(name).or_insert_with(|| (Vec::new(), false, &entry.origin));
            match &entry.value.value {
                // the template's own actions are Vault's
                Data::Scalar(Scalar::String(text) | Scalar::Unknown(text)) if is_template => file.0.extend(template_paths(text)),
                Data::Scalar(Scalar::String(text)) if text.contains("/") => file.0.push(text.to_string()),
                Data::Scalar(Scalar::Unknown(_)) => file.1 = true,
                _ => {}
            }
        }
        for (name, (paths, templated, at)) in files {
            let spots = vec![self.spot(at)];
            let held = paths.iter().map(|path| (self.stores.vault_path(path, refreshed, self.settings.strict), path)).min();
            match held {
                Some(((holding, strength), path)) => {
                    let spots = spots.into_iter().chain(self.stores.vault_places(self.observer.sources, path)).collect();
                    self.add(name, holding, strength, format!("Vault agent, `{path}`"), spots, None);
                }
                None if templated => self.add(name, Holding::Templated, Strength::WEAK, "Vault agent, templated".to_owned(), spots, None),
                None => self.add(name, Holding::StoreUnseen, Strength::WEAK, "Vault agent, its path not in sight".to_owned(), spots, None),
            }
        }
        if let Some(map) = get("agent-configmap") {
            self.agent_configuration(map);
        }
    }

    /// The agent's own configuration in a ConfigMap: its templates name the paths.
    fn agent_configuration(&mut self, map: &'o Entry) {
        let Some(name) = map.value.as_str() else { return };
        let world = self.world;
        let here = |object: &Object| {
            object.is("", "ConfigMap")
                && object.name() == Some(name)
                && object.namespace() == crate::model::k8s::Namespace::Named(&self.workload.namespace)
        };
        let found = world.deployed().find(|placed| here(&placed.object));
        let spots = vec![self.spot(&map.origin)];
        let paths: Vec<String> = found
            .and_then(|placed| placed.object.root.get("data"))
            .map_or(&[][..], Node::entries)
            .iter()
            .filter_map(|entry| entry.value.as_str().or_else(|| entry.value.unknown()))
            .flat_map(template_paths)
            .collect();
        let held = paths.iter().map(|path| (self.stores.vault_path(path, true, self.settings.strict), path)).min();
        match held {
            Some(((holding, strength), path)) => self.add(name, holding, strength, format!("Vault agent, `{path}`"), spots, None),
            None => {
                self.add(name, Holding::StoreUnseen, Strength::WEAK, "Vault agent, its configuration not in sight".to_owned(), spots, None)
            }
        }
    }

    /// Webhooks and agents of other managers, by their annotations.
    fn others(&mut self, pod: &Pod<'o>) {
        for entry in pod.template.path(&["metadata", "annotations"]).map_or(&[][..], Node::entries) {
            let text = entry.value.as_str().unwrap_or("");
            let (holding, source) = match &*entry.key {
                "org.infisical.com/inject" if text == "true" => (Holding::Rotated, "the Infisical agent"),
                "secrets.k8s.aws/secret-arn" if !text.is_empty() => (Holding::Managed, "AWS Secrets Manager, read when the pod starts"),
                "vault.security.banzaicloud.io/vault-role" | "secrets-webhook.security.bank-vaults.io/vault-role" if !text.is_empty() => {
                    self.observe_vault(Fact::WorkloadIdentity, &entry.origin, "Vault role of the service account".to_owned());
                    continue;
                }
                "vault.security.banzaicloud.io/vault-env-from-path" if !text.is_empty() => {
                    (Holding::Managed, "Vault, read when the program starts")
                }
                "iam.amazonaws.com/role" if !text.is_empty() => {
                    let detail = "pods assume an AWS role".to_owned();
                    let spots = vec![self.spot(&entry.origin)];
                    self.add("cloud identity", Holding::Identity, Strength::PARSED, detail.clone(), spots, None);
                    self.observe(Fact::WorkloadIdentity, "", &entry.origin, detail);
                    continue;
                }
                _ => continue,
            };
            let spots = vec![self.spot(&entry.origin)];
            let name = entry.key.split('/').next().unwrap_or(&entry.key);
            self.add(name, holding, Strength::WEAK, source.to_owned(), spots, None);
        }
    }

    /// Cloud identities of the service account that the pods run as.
    fn account(&mut self, pod: &Pod<'o>) {
        let Some(account) = self.workload.account.clone() else { return };
        let environment = &self.workload.environment;
        let space = self.world.clusters.get(environment).and_then(|cluster| cluster.namespace(&self.workload.namespace));
        let accounts: Vec<Arc<Object>> = space
            .map_or(&[][..], |space| &space.objects)
            .iter()
            .filter(|object| object.is("", "ServiceAccount") && object.name() == Some(&account))
            .cloned()
            .collect();
        let mut found: Option<(String, Origin)> = None;
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
                found.get_or_insert((format!("service account `{account}` is bound to {what}"), entry.origin.clone()));
            }
        }
        // bound by the cloud's side
        let key = (self.workload.namespace.clone(), account.clone());
        if found.is_none()
            && let Some((what, at)) = self.out.bound.get(&key)
        {
            found = Some((format!("service account `{account}` is bound to {what}"), at.clone()));
        }
        if let Some((detail, at)) = found {
            let spots = vec![self.spot(&at)];
            self.add("cloud identity", Holding::Identity, Strength::RENDERED, detail.clone(), spots, None);
            self.observe(Fact::WorkloadIdentity, "", &at, detail);
        }
    }

    /// The proxy of Cloud SQL that logs in to the database as the service account.
    fn database_login(&mut self, pod: &Pod<'o>) {
        for container in pod
            .containers()
            .filter(|container| container.image().is_some_and(|image| image.contains("cloud-sql-proxy") || image.contains("gce-proxy")))
        {
            let flag = |word: &&Node| {
                word.as_str().is_some_and(|text| {
                    let text = text.trim_start_matches('-');
                    ["auto-iam-authn", "enable_iam_login"].iter().any(|flag| text == *flag || text == format!("{flag}=true"))
                })
            };
            let found = container.words().find(flag).map(|word| word.origin.clone());
            if let Some(at) = found {
                let spots = vec![self.spot(&at)];
                self.add(
                    "database login",
                    Holding::Leased(Some(1)),
                    Strength::RENDERED,
                    "Cloud SQL login as the service account".to_owned(),
                    spots,
                    None,
                );
            }
            let file = container
                .words()
                .find(|word| word.as_str().is_some_and(|text| text.contains("credential_file") || text.contains("credentials-file")));
            if let Some(at) = file.map(|word| word.origin.clone()) {
                self.observe(Fact::StaticCloudKey, "", &at, "the database's proxy takes a stored key".to_owned());
            }
        }
    }
}

/// The paths that a template of Vault's agent reads: `secret "database/creds/orders"`.
fn template_paths(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for call in ["secret \"", "secret `", "pkiCert \""] {
        for (at, _) in text.match_indices(call) {
            let rest = &text[at + call.len()..];
            let end = rest.find(['"', '`']).unwrap_or(0);
            if rest[..end].contains('/') {
                out.push(rest[..end].to_owned());
            }
        }
    }
    out
}
