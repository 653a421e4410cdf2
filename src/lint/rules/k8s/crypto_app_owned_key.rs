use crate::lint::rules::prelude::*;
use crate::model::k8s::{Container, pod};
use crate::model::value::Node as Value;
use crate::secrets::value::words;

declare_rule! {
    CryptoAppOwnedKey {
        id: "crypto-app-owned-key",
        group: "k8s",
        summary: "an application that holds the key it encrypts or signs with",
        why: "Whoever reads the memory, the environment or the Secret of such an application has its key, and with it everything that was \
              ever encrypted or can be signed; nobody sees it used elsewhere, and it cannot be taken back. A key management service or \
              Vault's transit engine uses the key for the application, for as long as it may, records each use, and never gives it out.\n\n\
              Reported are variables and mounted files from Secrets that are named as keys for encryption or signing \
              (`ENCRYPTION_KEY`, `AES_KEY`, `SIGNING_KEY`, `JWT_PRIVATE_KEY`). Names of keys that are kept elsewhere (`…_KEY_ID`, `…_ARN`), \
              public keys, keys that a service wraps, keys for TLS, SSH and accounts at other companies are not, nor are containers that \
              name a key management service.",
        bad: yaml("apiVersion: v1\nkind: Pod\nmetadata: {name: orders, namespace: shop}\nspec:\n  containers:\n  - name: app\n    image: orders:1.0\n    env:\n    - name: DATA_ENCRYPTION_KEY\n      valueFrom:\n        secretKeyRef: {name: orders, key: encryption-key}\n"),
        good: yaml("apiVersion: v1\nkind: Pod\nmetadata: {name: orders, namespace: shop}\nspec:\n  containers:\n  - name: app\n    image: orders:1.0\n    env:\n    - name: VAULT_TRANSIT_KEY\n      value: orders\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://cheatsheetseries.owasp.org/cheatsheets/Key_Management_Cheat_Sheet.html",
    }
}

const HELP: &str = "let a key management service or Vault's transit engine hold the key, and ask it to encrypt and sign";

impl Rule for CryptoAppOwnedKey {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(pod) = pod(object) else { return };
        let mut uses_service = false;
        for container in pod.containers() {
            let taken = |item: &Value| item.path(&["valueFrom", "secretKeyRef"]).is_some();
            let mut keys = container.env().iter().filter(|item| taken(item)).filter_map(|item| {
                let name = item.get("name").and_then(Value::as_str).filter(|name| is_key_name(name))?;
                Some((name, item.get("valueFrom")?.entry("secretKeyRef")?))
            });
            let Some(first) = keys.next() else { continue };
            if names_service(&container) {
                uses_service = true;
                continue;
            }
            for (name, entry) in std::iter::once(first).chain(keys) {
                if let Some(report) = cx.report_line(&entry.origin, format!("the application holds the key of `{name}` itself")) {
                    report.help(HELP);
                }
            }
        }
        for volume in pod.volumes() {
            let sources = volume.path(&["projected", "sources"]).map_or(&[][..], Value::items);
            let secrets = sources.iter().chain([volume]).filter_map(|source| source.get("secret"));
            for item in secrets.flat_map(|secret| secret.get("items").map_or(&[][..], Value::items)) {
                let Some(entry) = item.entry("key") else { continue };
                let Some(name) = entry.value.as_str().filter(|name| is_key_name(name)) else { continue };
                if uses_service || pod.containers().any(|container| names_service(&container)) {
                    return;
                }
                if let Some(report) = cx.report_line(&entry.origin, format!("the application is given the key `{name}` itself")) {
                    report.help(HELP);
                }
            }
        }
    }
}

/// Whether a name is that of a key to encrypt or sign with.
fn is_key_name(name: &str) -> bool {
    /// What the name of a key may end with beside it.
    const FORMS: [&str; 10] = ["pem", "der", "base64", "b64", "hex", "jwk", "raw", "value", "secret", "v1"];
    /// Keys of others, for others, or that are none by themselves.
    const NOT: [&str; 40] = [
        "public",
        "pub",
        "id",
        "arn",
        "alias",
        "kms",
        "hsm",
        "wrapped",
        "encrypted",
        "sealed",
        "transit",
        "tls",
        "ssl",
        "ssh",
        "cert",
        "certificate",
        "client",
        "server",
        "ca",
        "deploy",
        "git",
        "github",
        "gitlab",
        "google",
        "gcp",
        "gcs",
        "firebase",
        "apple",
        "apns",
        "aws",
        "azure",
        "snowflake",
        "vapid",
        "stripe",
        "mtls",
        "etcd",
        "docusign",
        "webhook",
        "slack",
        "sso",
    ];
    let words = words(name);
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    if words.iter().any(|word| NOT.contains(word)) {
        return false;
    }
    while words.last().is_some_and(|last| FORMS.contains(last)) {
        words.pop();
    }
    match words[..] {
        [.., before, "key" | "keys"] => {
            matches!(
                before,
                "encryption" | "aes" | "aes256" | "private" | "signing" | "fernet" | "cipher" | "crypto" | "rsa" | "decryption"
            )
        }
        [.., last] => matches!(last, "encryptionkey" | "privatekey" | "signingkey" | "aeskey"),
        [] => false,
    }
}

/// Whether a container's environment names a service that holds keys.
fn names_service(container: &Container<'_>) -> bool {
    container.env().iter().any(|item| {
        let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or("");
        let named = words(text("name")).iter().any(|word| matches!(word.as_str(), "kms" | "transit" | "hsm" | "keyvault"));
        let value = text("value");
        named || [":kms:", "/cryptoKeys/", "vault.azure.net", "transit/"].iter().any(|mark| value.contains(mark))
    })
}
