use crate::lint::rules::databases::is_database;
use crate::lint::rules::prelude::*;
use crate::model::k8s::pod;
use crate::model::manifests::Manifests;
use crate::model::value::{Entry, Node as Value, Origin};
use crate::model::vault::{self, RoleKind, roles};
use crate::secrets::value::{is_credential_name, words};

declare_rule! {
    VaultStaticSecret {
        id: "vault-static-secret",
        group: "vault",
        summary: "a database's password kept in Vault, whose database engine could make one for each use",
        why: "A password in a key-value engine is as old as the day when someone put it there: every workload that reads it has the same, a \
              leak is good until somebody notices, and a change has to reach all readers at once. The database engine, which is set up here, \
              makes a login for each workload that ends with its lease.\n\n\
              Reported are a `VaultStaticSecret`, an ExternalSecret of a Vault store, an annotation of the injector, `vault kv put` and \
              Terraform's KV resources whose path names a database, where something in the workspace sets up Vault's database engine or \
              uses what it makes. Logins of administrators, which the engine itself needs, are not.",
        bad: yaml("apiVersion: secrets.hashicorp.com/v1beta1\nkind: VaultDynamicSecret\nmetadata: {name: billing-db, namespace: shop}\nspec:\n  mount: database\n  path: creds/billing\n  destination: {name: billing-db, create: true}\n---\napiVersion: secrets.hashicorp.com/v1beta1\nkind: VaultStaticSecret\nmetadata: {name: orders-db, namespace: shop}\nspec:\n  mount: kv\n  type: kv-v2\n  path: shop/orders-db\n  destination: {name: orders-db, create: true}\n"),
        good: yaml("apiVersion: secrets.hashicorp.com/v1beta1\nkind: VaultDynamicSecret\nmetadata: {name: orders-db, namespace: shop}\nspec:\n  mount: database\n  path: creds/orders\n  destination: {name: orders-db, create: true}\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://developer.hashicorp.com/vault/docs/secrets/databases",
    }
}

/// The annotations of the injector that name a path.
const INJECT: &str = "vault.hashicorp.com/agent-inject-secret-";

impl Rule for VaultStaticSecret {
    fn manifests(&self, cx: &mut ManifestCx<'_>) {
        let manifests = cx.manifests();
        let mut found: Vec<(Origin, String)> = Vec::new();
        for object in manifests.applied().flat_map(|unit| &unit.objects) {
            in_object(object, manifests, &mut found);
        }
        for document in manifests.documents.iter().filter(|document| document.kind == DocumentKind::Terraform) {
            in_terraform(document, &mut found);
        }
        manifests.scripts.iter().for_each(|script| in_script(script, &mut found));
        // the engine is looked for only where it matters
        if found.is_empty() {
            return;
        }
        let Some(engine) = engine(manifests, cx) else { return };
        for (at, path) in found {
            if let Some(report) = cx.report_line(&at, format!("`{path}` is one password for all who read it, until someone changes it")) {
                report
                    .help("let Vault's database engine make a login for each workload")
                    .label(&engine, "the database engine is in use here")
                    .decided_by(&engine);
            }
        }
    }
}

/// Where the workspace sets up Vault's database engine, or uses it.
fn engine(manifests: &Manifests, cx: &ManifestCx<'_>) -> Option<Origin> {
    let sources = cx.sources();
    for object in manifests.applied().flat_map(|unit| &unit.objects) {
        let spec = |key: &str| object.root.path(&["spec", key]);
        if object.is("secrets.hashicorp.com", "VaultDynamicSecret") {
            let is_creds = spec("path").and_then(Value::as_str).is_some_and(|path| path.starts_with("creds/"));
            let mount = object.root.get("spec").and_then(|spec| spec.entry("mount"));
            let is_named = |entry: &&Entry| entry.value.as_str().is_some_and(|mount| mount.contains("database"));
            if let Some(entry) = mount.filter(is_named).filter(|_| is_creds) {
                return Some(entry.origin.clone());
            }
        }
        let is_configured =
            object.is("redhatcop.redhat.io", "DatabaseSecretEngineConfig") || object.is("redhatcop.redhat.io", "DatabaseSecretEngineRole");
        if is_configured {
            return object.root.entry("kind").map(|entry| entry.origin.clone());
        }
        if object.is("vault.banzaicloud.com", "Vault") {
            let engines = object.root.path(&["spec", "externalConfig", "secrets"]).map_or(&[][..], Value::items);
            let database = engines.iter().find(|engine| engine.get("type").and_then(Value::as_str) == Some("database"));
            if let Some(engine) = database {
                return Some(engine.origin.clone());
            }
        }
        let makes = |entry: &&Entry| entry.value.as_str().is_some_and(|path| path.contains("database/creds/"));
        if let Some(entry) = annotations(object).filter(|entry| entry.key.starts_with(INJECT)).find(makes) {
            return Some(entry.origin.clone());
        }
    }
    for document in manifests.documents.iter().filter(|document| document.kind == DocumentKind::Terraform) {
        let sets_up = |resource: &vault::Resource<'_>| {
            resource.kind.starts_with("vault_database_")
                || resource.kind == "vault_mount" && resource.body.get("type").and_then(Value::as_str) == Some("database")
        };
        if let Some(resource) = vault::resources(&document.root).find(sets_up) {
            return Some(resource.at.clone());
        }
    }
    for script in &manifests.scripts {
        for (_, call) in script.calls("vault") {
            let operands: Vec<&str> = call.operands().map(|word| word.unwrap_or("")).collect();
            if matches!(operands[..], ["secrets", "enable", "database", ..]) {
                return Some(call.at);
            }
        }
        if let Some(role) = roles(Part::Script(script), sources).into_iter().find(|role| role.kind == RoleKind::Database) {
            return Some(role.at);
        }
    }
    None
}

/// Whether a path in a key-value engine is surely that of a database's password: it names one, and no administrator's.
fn is_of_database(path: &str) -> bool {
    const OTHERS: [&str; 13] =
        ["root", "admin", "superuser", "dba", "master", "creds", "ca", "tls", "cert", "certs", "backup", "host", "config"];
    let words = words(path);
    let is_made = path.contains("/creds/") || path.contains("static-creds/");
    is_database(path) && !is_made && !words.iter().any(|word| OTHERS.contains(&word.as_str()))
}

fn annotations(object: &Object) -> impl Iterator<Item = &Entry> {
    pod(object).and_then(|pod| pod.template.path(&["metadata", "annotations"])).map_or(&[][..], Value::entries).iter()
}

fn in_object(object: &Object, manifests: &Manifests, found: &mut Vec<(Origin, String)>) {
    let mut add = |entry: &Entry| {
        if let Some(path) = entry.value.as_str().filter(|path| is_of_database(path)) {
            found.push((entry.origin.clone(), path.to_owned()));
        }
    };
    let spec = object.root.get("spec");
    match (&*object.group, &*object.kind) {
        ("secrets.hashicorp.com", "VaultStaticSecret") => {
            let is_kv = |spec: &&Value| spec.get("type").and_then(Value::as_str).is_none_or(|kind| kind.starts_with("kv"));
            spec.filter(is_kv).and_then(|spec| spec.entry("path")).into_iter().for_each(&mut add);
        }
        ("external-secrets.io", "ExternalSecret" | "ClusterExternalSecret") => {
            let Some(spec) = spec.map(|spec| spec.get("externalSecretSpec").unwrap_or(spec)) else { return };
            let Some(store) = spec.path(&["secretStoreRef", "name"]).and_then(Value::as_str) else { return };
            let is_vault = |other: &&std::sync::Arc<Object>| {
                other.group == object.group
                    && other.kind.ends_with("SecretStore")
                    && other.name() == Some(store)
                    && other.root.path(&["spec", "provider", "vault"]).is_some()
            };
            if !manifests.objects.iter().any(|other| is_vault(&other)) {
                return;
            }
            for item in spec.get("data").map_or(&[][..], Value::items) {
                let property = item.path(&["remoteRef", "property"]).and_then(Value::as_str);
                if property.is_none_or(is_credential_name) {
                    item.get("remoteRef").and_then(|remote| remote.entry("key")).into_iter().for_each(&mut add);
                }
            }
            for item in spec.get("dataFrom").map_or(&[][..], Value::items) {
                item.get("extract").and_then(|extract| extract.entry("key")).into_iter().for_each(&mut add);
            }
        }
        _ => annotations(object).filter(|entry| entry.key.starts_with(INJECT)).for_each(add),
    }
}

fn in_terraform(document: &Document, found: &mut Vec<(Origin, String)>) {
    for resource in vault::resources(&document.root) {
        let key = match resource.kind {
            "vault_kv_secret_v2" => "name",
            "vault_kv_secret" | "vault_generic_secret" => "path",
            _ => continue,
        };
        let entry = resource.body.entry(key);
        if let Some((entry, path)) = entry.and_then(|entry| Some((entry, entry.value.as_str()?))).filter(|(_, path)| is_of_database(path)) {
            found.push((entry.origin.clone(), path.to_owned()));
        }
    }
}

fn in_script(script: &Script, found: &mut Vec<(Origin, String)>) {
    for (_, call) in script.calls("vault") {
        let operands: Vec<Option<&str>> = call.operands().collect();
        let rest = match operands[..] {
            [Some("kv"), Some("put" | "patch"), ref rest @ ..] => rest,
            _ => continue,
        };
        let Some(Some(path)) = rest.first().filter(|path| path.is_some_and(is_of_database)) else { continue };
        let named = call.args.iter().filter_map(|arg| arg.word.key_value()).any(|(key, _)| is_credential_name(key));
        if named {
            found.push((call.at.clone(), (*path).to_owned()));
        }
    }
}
