use crate::lint::rules::prelude::*;
use crate::model::value::{Entry, Node as Value, Value as Data};

declare_rule! {
    EsoStaticCredentials {
        id: "eso-static-credentials",
        group: "eso",
        summary: "a secret store that is opened with a credential that does not change",
        why: "A token, an access key or a client secret in a Secret is one more long-lived secret, and it opens all others. Let the operator \
              prove who it is: Vault's Kubernetes or JWT auth, IAM roles for service accounts, workload identity. A Vault that is asked over \
              plain `http` gives its secrets, and the token for them, to whoever is on the way.\n\n\
              Providers that know tokens alone (Doppler, 1Password, GitLab and the like) are not reported.",
        bad: yaml("apiVersion: external-secrets.io/v1\nkind: SecretStore\nmetadata:\n  name: vault\nspec:\n  provider:\n    vault:\n      server: https://vault.example.com\n      auth:\n        tokenSecretRef: {name: vault-token, key: token}\n"),
        good: yaml("apiVersion: external-secrets.io/v1\nkind: SecretStore\nmetadata:\n  name: vault\nspec:\n  provider:\n    vault:\n      server: https://vault.example.com\n      auth:\n        kubernetes:\n          mountPath: kubernetes\n          role: orders\n          serviceAccountRef: {name: orders}\n"),
        recommended: true,
        source: "https://external-secrets.io/latest/guides/security-best-practices/",
    }
}

impl Rule for EsoStaticCredentials {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if &*object.group != "external-secrets.io" || !matches!(&*object.kind, "SecretStore" | "ClusterSecretStore") {
            return;
        }
        for provider in object.root.path(&["spec", "provider"]).map_or(&[][..], Value::entries) {
            judge(&provider.key, &provider.value, object, cx);
        }
    }
}

/// Where a provider's credentials stand, and what they are.
const PLACES: &[(&str, &[&str], &str)] = &[
    ("*", &["auth", "tokenSecretRef"], "a token"),
    ("*", &["auth", "secretRef", "accessKeyIDSecretRef"], "an access key"),
    ("aws", &["auth", "secretRef", "accessKeyIDSecretRef"], "an access key"),
    ("gcpsm", &["auth", "secretRef"], "a service account's key"),
    ("vault", &["auth", "iam", "secretRef", "accessKeyIDSecretRef"], "an access key"),
    ("vault", &["auth", "appRole", "secretRef"], "an AppRole's secret"),
    ("vault", &["auth", "userPass", "secretRef"], "a password"),
    ("vault", &["auth", "ldap", "secretRef"], "a password"),
    ("vault", &["auth", "gcp", "secretRef"], "a service account's key"),
];

fn judge(name: &str, provider: &Value, object: &Object, cx: &mut ManifestCx<'_>) {
    if let Some(entry) = provider.entry("server").filter(|_| matches!(name, "vault" | "openBao")) {
        server(entry, cx);
    }
    let mut seen: Vec<&[&str]> = Vec::new();
    for (of, path, what) in PLACES {
        if *of != "*" && *of != name || seen.contains(path) {
            continue;
        }
        seen.push(path);
        let Some(entry) = provider.entry_at(path) else { continue };
        match &entry.value.value {
            _ if entry.value.unknown().is_some() => cx.withhold(),
            Data::Map(entries) if !entries.is_empty() => report(entry, what, cx),
            _ => {}
        }
    }
    if name == "azurekv" {
        azure(provider, object, cx);
    }
}

/// `ServicePrincipal` is the default, and means a client secret or a certificate.
fn azure(provider: &Value, object: &Object, cx: &mut ManifestCx<'_>) {
    const WHAT: &str = "a service principal's secret";
    match provider.entry("authType").filter(|entry| !entry.value.is_null()) {
        Some(entry) if entry.value.as_str() == Some("ServicePrincipal") => report(entry, WHAT, cx),
        Some(entry) if entry.value.unknown().is_some() => cx.withhold(),
        Some(_) => {}
        None => {
            let Some(entry) = provider.entry("authSecretRef").filter(|entry| !entry.value.entries().is_empty()) else { return };
            if object.partial { cx.withhold() } else { report(entry, WHAT, cx) }
        }
    }
}

fn report(entry: &Entry, what: &str, cx: &mut ManifestCx<'_>) {
    if let Some(report) = cx.report(entry.place(), format!("`{}` opens the store with {what} that does not change", entry.key)) {
        report.help("let the operator prove who it is: a service account's token, an IAM role, workload identity");
    }
}

/// The address of a Vault.
fn server(entry: &Entry, cx: &mut ManifestCx<'_>) {
    let Some(text) = entry.value.as_str() else {
        if entry.value.unknown().is_some() {
            cx.withhold();
        }
        return;
    };
    let Some(rest) = text.trim().strip_prefix("http://") else { return };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    if matches!(host, "localhost" | "127.0.0.1" | "[::1]") {
        return;
    }
    if let Some(report) = cx.report(entry.place(), format!("`{host}` is asked for secrets over plain `http`")) {
        report.help("write `https://`, with `caBundle` or `caProvider` for a private authority");
    }
}
