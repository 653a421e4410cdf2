use crate::lint::rules::prelude::*;
use crate::model::k8s::pod;
use crate::model::value::{Node as Value, Scalar, Value as Data};

declare_rule! {
    K8sSaTokenLongLived {
        id: "k8s-sa-token-long-lived",
        group: "k8s",
        summary: "a service account token that lives forever, or for more than a day",
        why: "A Secret of type `kubernetes.io/service-account-token` holds a token that never expires and that no pod is bound to: \
              whoever copies it once has the account's rights until the Secret is deleted. Projected tokens are bound to their pod \
              and renewed by the kubelet, so there is no need to let them live long; `expirationSeconds` above 86400, a day, is \
              reported.",
        bad: yaml("apiVersion: v1\nkind: Secret\nmetadata:\n  name: ci-token\n  annotations:\n    kubernetes.io/service-account.name: ci\ntype: kubernetes.io/service-account-token\n"),
        good: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: ci\nspec:\n  containers:\n  - name: ci\n    image: ci:1\n  volumes:\n  - name: token\n    projected:\n      sources:\n      - serviceAccountToken:\n          path: token\n          audience: vault\n          expirationSeconds: 3600\n"),
        severity: Severity::Error,
        recommended: true,
        is_secret: true,
        source: "https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets",
    }
}

/// Seconds of a day.
const LONGEST: f64 = 86_400.0;

impl Rule for K8sSaTokenLongLived {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if object.is("", "Secret")
            && let Some(entry) = object.root.entry("type")
            && entry.value.as_str() == Some("kubernetes.io/service-account-token")
            && let Some(report) = cx.report(&entry.origin, "the token in this Secret never expires")
        {
            report.help("use projected tokens, which the kubelet renews, or `kubectl create token` for a short one");
        }
        if object.is("storage.k8s.io", "CSIDriver") {
            for request in object.root.path(&["spec", "tokenRequests"]).map_or(&[][..], Value::items) {
                lifetime(request, cx);
            }
        }
        let Some(pod) = pod(object) else { return };
        for volume in pod.volumes() {
            for source in volume.path(&["projected", "sources"]).map_or(&[][..], Value::items) {
                if let Some(token) = source.get("serviceAccountToken") {
                    lifetime(token, cx);
                }
            }
        }
    }
}

fn lifetime(token: &Value, cx: &mut ManifestCx<'_>) {
    let Some(entry) = token.entry("expirationSeconds") else { return };
    match &entry.value.value {
        Data::Scalar(Scalar::Unknown(_)) => cx.withhold(),
        Data::Scalar(Scalar::Number(text)) if text.parse::<f64>().is_ok_and(|seconds| seconds > LONGEST) => {
            if let Some(report) = cx.report(&entry.origin, format!("the token lives for {text} seconds, more than a day")) {
                report.help("write 3600: the kubelet renews the token in time");
            }
        }
        _ => {}
    }
}
