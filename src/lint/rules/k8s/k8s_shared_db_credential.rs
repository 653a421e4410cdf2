use std::collections::BTreeMap;

use data_encoding::BASE64;

use crate::lint::rules::databases::is_database;
use crate::lint::rules::prelude::*;
use crate::model::k8s::{Container, Pod, ServiceAccount, base_name, pod};
use crate::model::value::{Entry, Node as Value, Origin};
use crate::secrets::value::{connection_password, is_credential_name, words};
use crate::secrets::{Class, Digest, Leak};

declare_rule! {
    K8sSharedDbCredential {
        id: "k8s-shared-db-credential",
        group: "k8s",
        summary: "one database password for several services",
        why: "Services that log in to a database with one password are one user to it: it cannot tell them apart, give each less, or say \
              afterwards who read what, and a leak in one of them means a new password for all. Give each service a login of its own, \
              best one that Vault's database engine or the cloud issues for hours.\n\n\
              Reported are places where workloads with different service accounts take the password or connection string of a database \
              from one Secret, and places where one literal password of a database stands in several workloads or Secrets. The database \
              server itself, Secrets of certificates and image registries, user names and hosts do not count.",
        bad: yaml("apiVersion: v1\nkind: Pod\nmetadata: {name: orders, namespace: shop}\nspec:\n  serviceAccountName: orders\n  containers:\n  - name: orders\n    image: orders:1\n    env:\n    - name: DB_PASSWORD\n      valueFrom:\n        secretKeyRef: {name: shop-db, key: password}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: billing, namespace: shop}\nspec:\n  serviceAccountName: billing\n  containers:\n  - name: billing\n    image: billing:1\n    env:\n    - name: DB_PASSWORD\n      valueFrom:\n        secretKeyRef: {name: shop-db, key: password}\n"),
        good: yaml("apiVersion: v1\nkind: Pod\nmetadata: {name: orders, namespace: shop}\nspec:\n  serviceAccountName: orders\n  containers:\n  - name: orders\n    image: orders:1\n    env:\n    - name: DB_PASSWORD\n      valueFrom:\n        secretKeyRef: {name: orders-db, key: password}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: billing, namespace: shop}\nspec:\n  serviceAccountName: billing\n  containers:\n  - name: billing\n    image: billing:1\n    env:\n    - name: DB_PASSWORD\n      valueFrom:\n        secretKeyRef: {name: billing-db, key: password}\n"),
        recommended: true,
        is_secret: true,
        source: "https://developer.hashicorp.com/vault/docs/secrets/databases",
    }
}

/// Someone who uses a Secret: the service account, and where.
struct Use<'u> {
    account: &'u str,
    at: &'u Origin,
}

/// A literal password, in which object it stands, where, and how bad that is.
struct Literal<'u> {
    object: &'u Object,
    at: &'u Origin,
    severity: Severity,
    leak: &'u Leak,
}

/// Equal passwords.
type Literals<'u> = BTreeMap<Digest, Vec<Literal<'u>>>;

impl Rule for K8sSharedDbCredential {
    fn unit(&self, unit: &Unit, cx: &mut ManifestCx<'_>) {
        let mut literals = Literals::default();
        for space in unit.cluster().namespaces() {
            let mut uses: BTreeMap<&str, Vec<Use<'_>>> = BTreeMap::new();
            for workload in &space.workloads {
                let Some(pod) = pod(workload) else { continue };
                let account = match pod.service_account() {
                    ServiceAccount::Named(name, _) => Some(name),
                    ServiceAccount::Default => Some("default"),
                    ServiceAccount::Unknown => None,
                };
                for container in pod.containers().filter(|container| !is_server(container)) {
                    for (secret, at) in consumed(&container) {
                        if let Some(account) = account {
                            uses.entry(secret).or_default().push(Use { account, at });
                        }
                    }
                    literal_values(workload, &container, cx, &mut literals);
                }
                if let Some(account) = account {
                    for (secret, at) in mounted(&pod) {
                        uses.entry(secret).or_default().push(Use { account, at });
                    }
                }
            }
            for users in uses.values() {
                for user in users {
                    let Some(other) = users.iter().find(|other| other.account != user.account) else { continue };
                    let message = "services with accounts of their own log in to a database with one credential";
                    if let Some(report) = cx.report_line(user.at, message) {
                        report.help("give each service a login of its own").label(other.at, "used here as well").decided_by(other.at);
                    }
                }
            }
        }
        for secret in unit.cluster().of_kind("", "Secret") {
            secret_values(secret, cx, &mut literals);
        }
        for places in literals.values() {
            for Literal { object, at, severity, leak } in places {
                let Some(other) = places.iter().find(|other| other.object.id() != object.id()) else { continue };
                if let Some(report) = cx.report_as(*severity, at, "this database password stands in another place as well") {
                    report.about(leak).help("give each service a login of its own").label(other.at, "the other place").decided_by(other.at);
                }
            }
        }
    }
}

/// Whether a container is the database itself.
fn is_server(container: &Container<'_>) -> bool {
    const SERVERS: [&str; 22] = [
        "postgres",
        "postgresql",
        "mysql",
        "mariadb",
        "mongo",
        "mongodb",
        "redis",
        "valkey",
        "cassandra",
        "cockroach",
        "cockroachdb",
        "timescaledb",
        "postgis",
        "percona",
        "mssql",
        "server",
        "db2",
        "oracle",
        "elasticsearch",
        "clickhouse",
        "clickhouse-server",
        "percona-server-mongodb",
    ];
    container.image().is_some_and(|image| SERVERS.contains(&base_name(image)))
}

/// Whether a name is that of a password or a connection string.
fn is_login(name: &str) -> bool {
    let last = words(name).pop().unwrap_or_default();
    is_credential_name(name) || matches!(last.as_str(), "url" | "uri" | "dsn" | "connectionstring" | "pgpassword")
}

/// Whether a Secret's name is that of certificates or of a registry's login.
fn is_other(name: &str) -> bool {
    words(name).iter().any(|word| ["tls", "ca", "cert", "certs", "certificate", "pull", "registry", "ssl"].contains(&word.as_str()))
}

/// The Secrets that a container takes a database's login from, and where.
fn consumed<'o>(container: &Container<'o>) -> Vec<(&'o str, &'o Origin)> {
    let mut out = Vec::new();
    for item in container.env() {
        let Some(entry) = item.get("valueFrom").and_then(|from| from.entry("secretKeyRef")) else { continue };
        let text = |key: &str| entry.value.get(key).and_then(Value::as_str);
        let (Some(secret), Some(key)) = (text("name"), text("key")) else { continue };
        let variable = item.get("name").and_then(Value::as_str).unwrap_or("");
        let about = is_database(variable) || is_database(key) || is_database(secret);
        if about && !is_other(key) && (is_login(variable) || is_login(key)) {
            out.push((secret, &entry.origin));
        }
    }
    for item in container.node.get("envFrom").map_or(&[][..], Value::items) {
        let Some(entry) = item.entry("secretRef") else { continue };
        let Some(secret) = entry.value.get("name").and_then(Value::as_str) else { continue };
        if is_database(secret) && !is_other(secret) {
            out.push((secret, &entry.origin));
        }
    }
    out
}

/// The Secrets of databases that a pod mounts, and where.
fn mounted<'o>(pod: &Pod<'o>) -> Vec<(&'o str, &'o Origin)> {
    let has_server = pod.containers().any(|container| is_server(&container));
    let volumes = pod.volumes().iter().filter(|_| !has_server);
    let named = |entry: &'o Entry| Some((entry.value.as_str()?, &entry.origin));
    volumes
        .filter_map(|volume| named(volume.get("secret")?.entry("secretName")?))
        .filter(|(secret, _)| is_database(secret) && !is_other(secret))
        .collect()
}

fn literal_values<'u>(workload: &'u Object, container: &Container<'u>, cx: &ManifestCx<'u>, literals: &mut Literals<'u>) {
    for item in container.env() {
        let (Some(name), Some(entry)) = (item.get("name").and_then(Value::as_str), item.entry("value")) else { continue };
        let Some(text) = entry.value.as_str() else { continue };
        add(name, "", text, workload, entry, cx, literals);
    }
}

fn secret_values<'u>(secret: &'u Object, cx: &ManifestCx<'u>, literals: &mut Literals<'u>) {
    if secret.root.get("sops").is_some() {
        return;
    }
    let own = secret.name().unwrap_or("");
    for (field, is_coded) in [("stringData", false), ("data", true)] {
        for entry in secret.root.get(field).map_or(&[][..], Value::entries) {
            let Some(written) = entry.value.as_str().filter(|text| text.len() <= 4_096) else { continue };
            let text = if is_coded {
                let Some(text) = BASE64.decode(written.trim().as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok()) else {
                    continue;
                };
                text
            } else {
                written.to_owned()
            };
            add(&entry.key, own, &text, secret, entry, cx, literals);
        }
    }
}

/// Notes the password that a database's variable or key holds.
fn add<'u>(name: &str, holder: &str, text: &str, object: &'u Object, entry: &'u Entry, cx: &ManifestCx<'u>, literals: &mut Literals<'u>) {
    let scheme = text.split_once("://").map_or("", |(scheme, _)| scheme);
    let is_login = match connection_password(text) {
        Some(_) => is_database(name) || is_database(scheme),
        None => is_credential_name(name) && (is_database(name) || is_database(holder)) && !text.trim().contains('\n'),
    };
    if !is_login {
        return;
    }
    // two places with a well-known default share no secret
    let found = cx.leak_in(&entry.value.origin).filter(|(_, leak)| leak.allowed.is_none() && leak.secret.class < Class::Default);
    if let Some((severity, leak)) = found {
        literals.entry(leak.secret.digest).or_default().push(Literal { object, at: entry.place(), severity, leak });
    }
}
