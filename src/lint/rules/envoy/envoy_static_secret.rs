use crate::lint::rules::prelude::*;
use crate::model::envoy::{SecretSource, field, object_holds_messages, secret_sources};
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
              What is a secret where it is written out, and how bad that is there, is the verdict of the group `secrets`, whose rules do \
              not report it again.\n\n\
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
            search(&document.root, cx);
        }
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if object_holds_messages(object) {
            search(&object.root, cx);
        }
    }
}

fn search<'n>(root: &'n Value, cx: &mut ManifestCx<'_>) {
    let mut all: Vec<SecretSource<'n>> = Vec::new();
    secret_sources(root, &mut |source| all.push(source));
    for found in all {
        for (entry, _) in found.inline() {
            cx.report_secrets(
                found.field,
                entry,
                "replace it everywhere it is used, and let a secret discovery service hand out the new one",
            );
        }
        if matches!(found.field, "private_key" | "pkcs12") {
            in_file(found.source, found.what, cx);
        }
    }
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
