use data_encoding::{BASE64, BASE64_NOPAD};

use crate::lint::rules::lines::Lines;
use crate::lint::rules::prelude::*;
use crate::secrets::value::{Verdict, connection_password, has_private_key, is_credential_name, secret_lines, verdict, words};

declare_rule! {
    K8sSecretManifestInGit {
        id: "k8s-secret-manifest-in-git",
        group: "k8s",
        summary: "a Secret with its values in a file",
        why: "Base 64 hides nothing: a Secret in a repository is known to everyone who ever cloned it, in history and in forks, for ever. Keep \
              it in a secret store and let the cluster fetch it (External Secrets, the Secrets Store CSI driver, Vault), or encrypt it \
              (SOPS, Sealed Secrets), and change what was written here.\n\n\
              There is one finding for each key with a value that is neither empty, a reference, a placeholder (`changeme`, \
              `<password>`), a certificate nor a public key. Not reported are keys that name no credential (`username`, `host`, `port`, \
              `ca.crt`), files of configuration without a credential, and Secrets encrypted by SOPS. Values are never printed.",
        bad: yaml("apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  password: correct-horse-7\n"),
        good: yaml("apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  password: <path:secret/data/db#password>\n"),
        severity: Severity::Error,
        recommended: true,
        is_secret: true,
        source: "https://kubernetes.io/docs/concepts/security/secrets-good-practices/#avoid-sharing-secret-manifests",
        peers: &["checkov CKV_SECRET", "kubescape C-0012", "gitleaks"],
    }
}

impl Rule for K8sSecretManifestInGit {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("", "Secret") || object.root.get("sops").is_some() {
            return;
        }
        let mut lines = Lines::default();
        for (field, is_coded) in [("stringData", false), ("data", true)] {
            let Some(values) = object.root.get(field) else { continue };
            if values.unknown().is_some() {
                cx.withhold();
            }
            for entry in values.entries() {
                let Some(written) = entry.value.as_str() else {
                    if entry.value.unknown().is_some() {
                        cx.withhold();
                    }
                    continue;
                };
                if !is_secret(&entry.key, written, is_coded) || !lines.is_new(cx, &entry.origin) {
                    continue;
                }
                if let Some(report) = cx.report(&entry.origin, format!("the value of `{}` stands in the file", entry.key)) {
                    report.help("keep it in a secret store or encrypted, and change it: whoever has the repository has it");
                }
            }
        }
    }
}

/// No value is looked at beyond so many bytes.
const MAX: usize = 1 << 20;

fn is_secret(key: &str, written: &str, is_coded: bool) -> bool {
    let written = written.trim();
    if written.is_empty() || written.len() > MAX || matches!(verdict(written), Verdict::Reference) {
        return false;
    }
    if !is_coded {
        return holds_secret(key, written);
    }
    let packed: Vec<u8> = written.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    // what is no base 64 is no value: the API server refuses it
    let Ok(bytes) = BASE64.decode(&packed).or_else(|_| BASE64_NOPAD.decode(&packed)) else { return false };
    match String::from_utf8(bytes) {
        Ok(text) => holds_secret(key, text.trim()),
        // a key store, a random key
        Err(_) => !is_public_key(key),
    }
}

/// Whether the value under a Secret's key is secret: its place says so, unless its key or its look says otherwise.
fn holds_secret(key: &str, text: &str) -> bool {
    match verdict(text) {
        Verdict::Nothing | Verdict::Reference | Verdict::Placeholder | Verdict::Default | Verdict::Public => return false,
        Verdict::Value => {}
    }
    if has_private_key(text) {
        return true;
    }
    // the frame of a key without the key
    if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
        return false;
    }
    if let Some(password) = connection_password(text).filter(|_| !text.contains('\n')) {
        return verdict(password) == Verdict::Value;
    }
    if is_public_key(key) {
        return false;
    }
    if key.starts_with(".docker") {
        return registry_login(text);
    }
    if text.contains('\n') || is_file(key) {
        return secret_lines(text).next().is_some() || is_json_with_secret(text);
    }
    let is_url = text.contains("://") && !text.contains("hooks.slack.com/") && !text.contains("/webhooks/");
    !is_url || is_credential_name(key)
}

/// Whether a text in JSON on one line has a credential.
fn is_json_with_secret(text: &str) -> bool {
    text.starts_with('{') && text.split([',', '{', '}']).any(|part| secret_lines(part).next().is_some())
}

/// Whether the login of a registry is more than its address and a placeholder.
fn registry_login(text: &str) -> bool {
    text.split([',', '{', '}']).any(|part| {
        let Some((name, value)) = part.split_once(':') else { return false };
        let value = value.trim().trim_matches('"');
        matches!(name.trim().trim_matches('"'), "auth" | "password" | "identitytoken" | "registrytoken") && verdict(value) == Verdict::Value
    })
}

/// Whether a key is a file's name whose content decides.
fn is_file(key: &str) -> bool {
    let kinds = ["yaml", "yml", "json", "conf", "cfg", "ini", "toml", "properties", "xml", "env", "sh", "txt", "config", "sql", "py"];
    key.rsplit_once('.').is_some_and(|(name, kind)| !name.is_empty() && kinds.contains(&kind))
}

/// Whether a key names no credential: who, where, what kind; or a certificate.
fn is_public_key(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    if [".crt", ".cer", ".pub", ".csr", ".crl", "ca.pem", "cert.pem", "truststore.jks", "cacerts"].iter().any(|end| lower.ends_with(end)) {
        return true;
    }
    const WORDS: [&str; 66] = [
        "username",
        "user",
        "host",
        "hostname",
        "port",
        "database",
        "dbname",
        "db",
        "namespace",
        "endpoint",
        "region",
        "server",
        "type",
        "name",
        "email",
        "issuer",
        "url",
        "uri",
        "project",
        "bucket",
        "schema",
        "protocol",
        "sslmode",
        "insecure",
        "enabled",
        "tenant",
        "domain",
        "address",
        "account",
        "kind",
        "version",
        "realm",
        "audience",
        "scope",
        "scopes",
        "role",
        "environment",
        "zone",
        "engine",
        "description",
        "expiration",
        "path",
        "file",
        "hosts",
        "login",
        "admin",
        "servers",
        "ttl",
        "timeout",
        "mode",
        "org",
        "organization",
        "cluster",
        "subscription",
        "location",
        "ca",
        "cert",
        "certificate",
        "crt",
        "fingerprint",
        "algorithm",
        "provider",
        "driver",
        "owner",
        "repository",
        "registry",
    ];
    if lower.starts_with("usage-bootstrap") || lower == "token-id" || lower == "auth-extra-groups" || lower == "known_hosts" {
        return true;
    }
    if lower.contains("username") || lower.ends_with("accountname") {
        return true;
    }
    let words = words(key);
    // `DB_HOST`, `clientId`, `aws-region`; not `user-password`
    let id = words.last().is_some_and(|word| word == "id")
        && !matches!(words.iter().map(String::as_str).collect::<Vec<_>>()[..], [.., "secret", "id"]);
    (words.last().is_some_and(|word| WORDS.contains(&word.as_str())) || id) && !is_credential_name(key)
}
