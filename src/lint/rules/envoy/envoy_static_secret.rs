use crate::lint::rules::prelude::*;
use crate::model::envoy::{field, object_holds_messages};
use crate::model::k8s::pod;
use crate::model::spire::is_opaque;
use crate::model::value::Node as Value;

declare_rule! {
    EnvoyStaticSecret {
        id: "envoy-static-secret",
        group: "envoy",
        summary: "a private key or another secret in a configuration of Envoy, or in a file beside it",
        why: "A key in a configuration is in version control and in every copy of it; a key in a file of an image is in every copy of \
              the image. Neither is rotated. Let a secret discovery service (SPIRE, Istio, a control plane) hand keys to Envoy, where \
              they live in memory and for hours.\n\n\
              Not reported: certificates, authorities and key sets, which are public; keys from the environment; files that a volume \
              of a pod in the workspace provides, or that lie below `/run`.",
        bad: yaml("static_resources:\n  secrets:\n  - name: server\n    tls_certificate:\n      certificate_chain: {filename: /etc/envoy/tls.crt}\n      private_key:\n        filename: /etc/envoy/tls.key\n"),
        good: yaml("static_resources:\n  listeners:\n  - filter_chains:\n    - transport_socket:\n        name: tls\n        typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext\n          common_tls_context:\n            tls_certificate_sds_secret_configs:\n            - name: server\n              sds_config: {ads: {}}\n"),
        severity: Severity::Error,
        recommended: true,
        is_secret: true,
        source: "https://www.envoyproxy.io/docs/envoy/latest/configuration/security/secret",
    }
}

impl Rule for EnvoyStaticSecret {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind == DocumentKind::Envoy {
            search(&document.root, 0, cx);
        }
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if object_holds_messages(object) {
            search(&object.root, 0, cx);
        }
    }
}

/// Fields that hold secrets in a `DataSource`, and the field beside which they do.
const SECRETS: [(&str, Option<&str>, &str); 5] = [
    ("private_key", None, "a private key"),
    ("pkcs12", None, "a private key"),
    ("password", Some("private_key"), "the password of a private key"),
    ("session_ticket_keys", None, "a key of session tickets"),
    ("generic_secret", None, "a secret"),
];

fn search(node: &Value, depth: usize, cx: &mut ManifestCx<'_>) {
    if depth > 200 {
        return;
    }
    for (name, beside, what) in SECRETS {
        let Some(entry) = field(node, name).filter(|_| beside.is_none_or(|other| field(node, other).is_some())) else { continue };
        match name {
            "session_ticket_keys" => {
                let keys = field(&entry.value, "keys").map_or(&[][..], |keys| keys.value.items());
                keys.iter().for_each(|key| inline(key, what, cx));
            }
            "generic_secret" => {
                let one = field(&entry.value, "secret").map(|secret| &secret.value);
                let several = field(&entry.value, "secrets").map_or(&[][..], |secrets| secrets.value.entries());
                one.into_iter().chain(several.iter().map(|secret| &secret.value)).for_each(|secret| inline(secret, what, cx));
            }
            _ => {
                inline(&entry.value, what, cx);
                if name != "password" {
                    in_file(&entry.value, what, cx);
                }
            }
        }
    }
    node.entries().iter().for_each(|entry| search(&entry.value, depth + 1, cx));
    node.items().iter().for_each(|item| search(item, depth + 1, cx));
}

/// A secret that is written out.
fn inline(source: &Value, what: &str, cx: &mut ManifestCx<'_>) {
    for name in ["inline_string", "inline_bytes"] {
        let Some(entry) = field(source, name) else { continue };
        let is_secret = entry.value.as_str().is_some_and(|text| !text.trim().is_empty() && !stands_for_another(text));
        if is_secret && let Some(report) = cx.report_line(&entry.origin, format!("{what} is written out")) {
            report.help("replace it everywhere it is used, and let a secret discovery service hand out the new one");
        }
    }
}

/// Whether a text is what another program replaces, or has replaced: a variable, `<KEY>`, `[redacted]` as Envoy's dumps have it.
fn stands_for_another(text: &str) -> bool {
    let text = text.trim();
    let within = |open: char, close: char| text.starts_with(open) && text.ends_with(close);
    // the base 64 of `[redacted]`
    is_opaque(text) || within('<', '>') || within('[', ']') || text == "W3JlZGFjdGVkXQ=="
}

/// A private key in a file.
fn in_file(source: &Value, what: &str, cx: &mut ManifestCx<'_>) {
    let Some(entry) = field(source, "filename") else { return };
    let Some(path) = entry.value.as_str().filter(|path| !path.is_empty()) else { return };
    // what is mounted when the container starts is no part of the image
    if is_opaque(path) || ["/run/", "/var/run/", "/dev/shm/", "/tmp/", "/vault/secrets/"].iter().any(|folder| path.starts_with(folder)) {
        return;
    }
    if is_mounted(path, cx) {
        return;
    }
    if let Some(report) = cx.report_line(&entry.origin, format!("{what} is read from the file `{path}`")) {
        report.help(
            "let a secret discovery service hand it out (`tls_certificate_sds_secret_configs`), or mount it from a Secret below `/run`",
        );
    }
}

/// Whether a volume of a pod provides the file.
fn is_mounted(path: &str, cx: &ManifestCx<'_>) -> bool {
    cx.manifests().objects.iter().filter_map(|object| pod(object)).any(|pod| {
        pod.containers().flat_map(|container| container.mounts().iter()).any(|mount| {
            let below =
                |folder: &str| path.strip_prefix(folder.trim_end_matches('/')).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            mount.get("mountPath").and_then(Value::as_str).is_some_and(|folder| folder.len() > 1 && below(folder))
        })
    })
}
