use crate::lint::rules::prelude::*;
use crate::model::k8s::{Pod, pod};
use crate::model::value::{Node as Value, Origin, Scalar, Value as Data};

declare_rule! {
    K8sSaTokenMissingAudience {
        id: "k8s-sa-token-missing-audience",
        group: "k8s",
        summary: "a service account token for another service that the Kubernetes API accepts as well",
        why: "A projected token without an audience is made for the API server. Whoever receives it, Vault or a service of another \
              team, can use it against the Kubernetes API with the rights of the service account. A token with an audience of its \
              own is worth nothing anywhere else.\n\n\
              Where the token is mounted in place of the default one, at `/var/run/secrets/kubernetes.io/serviceaccount`, it is meant \
              for the API server: that is `info`. So it is where a CSIDriver asks for tokens of the pods that it serves (`tokenRequests`): \
              some drivers need the API.",
        bad: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: web:1\n    volumeMounts:\n    - {name: token, mountPath: /var/run/secrets/tokens}\n  volumes:\n  - name: token\n    projected:\n      sources:\n      - serviceAccountToken:\n          path: vault\n"),
        good: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: web:1\n    volumeMounts:\n    - {name: token, mountPath: /var/run/secrets/tokens}\n  volumes:\n  - name: token\n    projected:\n      sources:\n      - serviceAccountToken:\n          path: vault\n          audience: vault\n"),
        recommended: true,
        source: "https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/volume/#projections",
    }
}

/// Where the API server's token is mounted by default.
const DEFAULT_MOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

impl Rule for K8sSaTokenMissingAudience {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if object.is("storage.k8s.io", "CSIDriver") {
            for request in object.root.path(&["spec", "tokenRequests"]).map_or(&[][..], Value::items) {
                if let Missing::At(at) = missing(object, request, request, cx) {
                    report(Severity::Info, at, "the driver asks for tokens", cx);
                }
            }
        }
        let Some(pod) = pod(object) else { return };
        for volume in pod.volumes() {
            for source in volume.path(&["projected", "sources"]).map_or(&[][..], Value::items) {
                let Some(token) = source.get("serviceAccountToken") else { continue };
                let Missing::At(at) = missing(object, source, token, cx) else { continue };
                if replaces_default(&pod, volume, token) {
                    report(Severity::Info, at, "the token in place of the default one is", cx);
                } else {
                    report(Severity::Warning, at, "the service account token is", cx);
                }
            }
        }
    }
}

enum Missing<'o> {
    No,
    At(&'o Origin),
}

/// Whether the map `token` has no audience, and where that is told: at the list item, or at the key that is empty.
fn missing<'o>(object: &Object, item: &'o Value, token: &'o Value, cx: &mut ManifestCx<'_>) -> Missing<'o> {
    if token.unknown().is_some() {
        cx.withhold();
    }
    let Data::Map(_) = token.value else { return Missing::No };
    let Some(entry) = token.entry("audience") else {
        if object.partial {
            cx.withhold();
            return Missing::No;
        }
        return Missing::At(&item.origin);
    };
    match &entry.value.value {
        Data::Scalar(Scalar::Null) => Missing::At(&entry.origin),
        Data::Scalar(Scalar::String(text)) if text.is_empty() => Missing::At(&entry.origin),
        Data::Scalar(Scalar::Unknown(_)) => {
            cx.withhold();
            Missing::No
        }
        _ => Missing::No,
    }
}

fn report(severity: Severity, at: &Origin, what: &str, cx: &mut ManifestCx<'_>) {
    let message = format!("{what} without an audience, so the Kubernetes API accepts it");
    let message = if what.ends_with("tokens") { message.replace("accepts it", "accepts them") } else { message };
    if let Some(report) = cx.report_as(severity, at, message) {
        report.help("name the service that the token is for: `audience: vault`");
    }
}

/// Whether the volume is mounted where the default token would be, and nowhere else.
fn replaces_default(pod: &Pod<'_>, volume: &Value, token: &Value) -> bool {
    let Some(name) = volume.get("name").and_then(Value::as_str) else { return false };
    let mut mounts = pod
        .containers()
        .flat_map(|container| container.mounts())
        .filter(|mount| mount.get("name").and_then(Value::as_str) == Some(name))
        .peekable();
    mounts.peek().is_some()
        && token.get("path").and_then(Value::as_str) == Some("token")
        && mounts.all(|mount| {
            mount.get("mountPath").and_then(Value::as_str).is_some_and(|path| {
                let path = path.trim_end_matches('/');
                path == DEFAULT_MOUNT || DEFAULT_MOUNT.strip_prefix("/var") == Some(path)
            })
        })
}
