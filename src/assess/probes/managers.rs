//! How secret managers are reached.

use super::{Scene, is_set, subject};
use crate::assess::fact::Fact;
use crate::assess::inventory::secrets::is_store;
use crate::assess::observe::{Observer, Reach};
use crate::model::value::{Node, Origin};

pub(in crate::assess) fn probe(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    issuers(scene, observer);
    for placed in scene.world.deployed() {
        let object = &*placed.object;
        let found = if is_store(object) {
            object
                .root
                .path(&["spec", "provider"])
                .and_then(|node| node.entries().first())
                .and_then(|entry| store(&entry.key, &entry.value))
        } else if object.is("secrets.hashicorp.com", "VaultAuth") {
            object.root.get("spec").and_then(vault_auth)
        } else if object.is("secrets-store.csi.x-k8s.io", "SecretProviderClass") {
            object.root.get("spec").and_then(provider_class)
        } else {
            None
        };
        if object.is("external-secrets.io", "ClusterSecretStore") {
            let reach = Reach { namespace: None, ..placed.reach.clone() };
            let conditions = object.root.path(&["spec", "conditions"]);
            let (fact, at, detail) = match conditions.filter(|node| names_namespaces(node)) {
                Some(node) => (Fact::StoreScoped, &node.origin, "it names the namespaces that may use it"),
                None => (Fact::StoreOpen, conditions.map_or(object.kind_at(), |node| &node.origin), "every namespace may use it"),
            };
            let observation = observer.add(fact, subject(object).with_part("conditions"), &reach, Some(at), detail);
            observation.open |= fact == Fact::StoreOpen && scene.world.is_templated(object, &["spec", "conditions"]);
        }
        let Some((fact, detail, at)) = found else {
            let path: &[&str] = if is_store(object) { &["spec", "provider"] } else { &["spec", "method"] };
            if (is_store(object) || object.is("secrets.hashicorp.com", "VaultAuth")) && scene.world.is_templated(object, path) {
                let detail = "a template decides how the store logs in";
                observer.templated(Fact::ManagerAuthUnseen, subject(object), &placed.reach, Some(object.kind_at()), detail);
            }
            continue;
        };
        let is_vault = object.kind.as_ref() == "VaultAuth" || object.root.path(&["spec", "provider", "vault"]).is_some();
        // what is templated beside a login may be another one
        let templated = is_store(object)
            && object.root.path(&["spec", "provider"]).is_some_and(|provider| {
                provider.entries().first().is_some_and(|entry| {
                    entry.value.unknown().is_some() || entry.value.get("auth").is_some_and(|auth| auth.unknown().is_some())
                })
            });
        let observation = observer.add(fact, subject(object), &placed.reach, Some(at), detail);
        observation.vault = is_vault;
        observation.open |= templated;
    }
}

/// Whether every condition of a store keeps some namespaces out; they are alternatives.
fn names_namespaces(conditions: &Node) -> bool {
    let narrow = |condition: &Node| {
        let items = |key: &str| condition.get(key).map_or(&[][..], Node::items);
        let open = |node: &Node| node.as_str().is_some_and(|text| matches!(text, "" | "*" | ".*" | "^.*$" | ".+" | "^.+$"));
        let listed = ["namespaces", "namespaceRegexes"].into_iter().flat_map(items);
        let selector = condition.get("namespaceSelector");
        let by_label = selector.is_some_and(|node| {
            ["matchLabels", "matchExpressions"].iter().any(|key| {
                node.get(key).is_some_and(|inner| !inner.entries().is_empty() || !inner.items().is_empty() || inner.has_unknown())
            })
        });
        let mut some = by_label;
        for node in listed {
            if open(node) {
                return false;
            }
            some = true;
        }
        some && (selector.is_none() || by_label)
    };
    !conditions.items().is_empty() && conditions.items().iter().all(narrow)
}

/// How a store of External Secrets logs in (its API reference of v1).
fn store<'n>(provider: &str, node: &'n Node) -> Option<(Fact, &'static str, &'n Origin)> {
    let auth = node.get("auth");
    // a login, at its key
    let entry = |key: &str| auth.and_then(|auth| auth.entry(key)).filter(|entry| is_set(Some(&entry.value)));
    let has = |path: &[&str]| entry(path.first()?).map(|entry| &entry.origin);
    let identity = |at: &'n Origin| Some((Fact::WorkloadIdentity, "the store logs in with an identity", at));
    match provider {
        "aws" => match (has(&["secretRef"]), has(&["jwt"])) {
            (Some(key), _) => Some((Fact::StaticCloudKey, "the store logs in with a stored AWS key", key)),
            (None, Some(jwt)) => identity(jwt),
            (None, None) => Some((Fact::NodeIdentity, "the store logs in as the node that it runs on", &node.origin)),
        },
        "gcpsm" => match (has(&["secretRef"]), has(&["workloadIdentity"]).or_else(|| has(&["workloadIdentityFederation"]))) {
            (Some(key), _) => Some((Fact::StaticCloudKey, "the store logs in with a stored Google key", key)),
            (None, Some(login)) => identity(login),
            (None, None) => Some((Fact::NodeIdentity, "the store logs in as the node that it runs on", &node.origin)),
        },
        "azurekv" => match node.get("authType").and_then(Node::as_str) {
            Some("WorkloadIdentity") => identity(node.entry("authType").map_or(&node.origin, |entry| &entry.origin)),
            Some("ManagedIdentity") => Some((Fact::NodeIdentity, "the store logs in with the node's managed identity", &node.origin)),
            _ => {
                let at = node.entry("authSecretRef").map_or(&node.origin, |entry| &entry.origin);
                Some((Fact::StaticCloudKey, "the store logs in with a stored client secret", at))
            }
        },
        "vault" => {
            if let Some(token) = has(&["tokenSecretRef"]) {
                return Some((Fact::StaticManagerToken, "the store logs in with a stored Vault token", token));
            }
            if let Some(login) = ["kubernetes", "jwt", "iam", "cert"].into_iter().find_map(entry) {
                // a JWT out of a Secret does not end by itself
                return match login.value.entry("secretRef") {
                    Some(stored) => Some((Fact::StoredManagerLogin, "the store logs in with a stored token", &stored.origin)),
                    None => identity(&login.origin),
                };
            }
            let stored = ["appRole", "userPass", "ldap"].iter().find_map(|key| has(&[key]));
            stored.map(|login| (Fact::StoredManagerLogin, "the store logs in with a stored credential", login))
        }
        "fake" | "kubernetes" => None,
        _ => Some((Fact::ManagerAuthUnseen, "how the store logs in is not known to ztctl", &node.origin)),
    }
}

/// How the driver of the Secrets Store logs in for the pods that mount a class: Azure's provider exchanges the pod's token for the
/// client's that the class names, Vault's for the role's
/// (<https://azure.github.io/secrets-store-csi-driver-provider-azure/docs/configurations/identity-access-modes/workload-identity-mode/>).
fn provider_class(spec: &Node) -> Option<(Fact, &'static str, &Origin)> {
    let parameter = |key: &str| spec.get("parameters")?.entry(key).filter(|entry| is_set(Some(&entry.value)));
    let on = |key: &str| parameter(key).filter(|entry| entry.value.as_bool() == Some(true) || entry.value.as_str() == Some("true"));
    match spec.get("provider")?.as_str()? {
        "azure" => match (on("useVMManagedIdentity"), on("usePodIdentity"), parameter("clientID")) {
            (Some(entry), _, _) => Some((Fact::NodeIdentity, "the class logs in as the node that the pod runs on", &entry.origin)),
            (None, Some(entry), _) => Some((Fact::WorkloadIdentity, "the class logs in with the pod's identity", &entry.origin)),
            (None, None, Some(entry)) => {
                Some((Fact::WorkloadIdentity, "the class logs in with the service account's identity", &entry.origin))
            }
            (None, None, None) => None,
        },
        "vault" => {
            let role = parameter("roleName")?;
            Some((Fact::WorkloadIdentity, "the class logs in with the service account's identity", &role.origin))
        }
        _ => None,
    }
}

/// How the Vault Secrets Operator logs in.
fn vault_auth(spec: &Node) -> Option<(Fact, &'static str, &Origin)> {
    let method = &spec.get("method")?.origin;
    match spec.get("method")?.as_str()? {
        "kubernetes" | "jwt" | "aws" | "gcp" => {
            Some((Fact::WorkloadIdentity, "Vault is reached with the service account's identity", method))
        }
        "appRole" => Some((Fact::StoredManagerLogin, "Vault is reached with a stored AppRole secret", method)),
        _ => Some((Fact::ManagerAuthUnseen, "how Vault is reached is not known to ztctl", method)),
    }
}

/// Who issues certificates, and keys that lie in files.
fn issuers(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for placed in scene.world.deployed() {
        let object = &*placed.object;
        let wide = Reach { environment: placed.environment.clone(), namespace: None };
        let (reach, detail) = match (&*object.group, &*object.kind) {
            ("cert-manager.io", "ClusterIssuer") => (&wide, "cert-manager issues certificates"),
            ("cert-manager.io", "Certificate" | "Issuer") => (&placed.reach, "cert-manager issues certificates"),
            ("spire.spiffe.io", "ClusterSPIFFEID" | "ClusterStaticEntry") => (&wide, "SPIRE issues identities"),
            _ => continue,
        };
        observer.note(Fact::CentralKeys, subject(object), reach, Some(object.kind_at()), detail);
    }
    for finding in scene.inventory.findings.iter().filter(|finding| finding.is_private_key && !finding.is_sample) {
        observer.add(Fact::PrivateKeyInFile, finding.subject.clone(), &finding.reach, None, "a private key").spot =
            Some(finding.spot.clone());
    }
}
