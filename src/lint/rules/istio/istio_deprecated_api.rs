use crate::lint::rules::prelude::*;
use crate::model::value::Node as Value;

declare_rule! {
    IstioDeprecatedApi {
        id: "istio-deprecated-api",
        group: "istio",
        summary: "an Istio object of an API version that has a stable successor",
        why: "Istio's traffic, security and telemetry APIs are stable as `v1`: networking, PeerAuthentication and telemetry since \
              Istio 1.22, AuthorizationPolicy and RequestAuthentication since 1.17. The older versions are still served and mean the \
              same, but new fields come to `v1` alone, and they will go. `authentication.istio.io`, `rbac.istio.io` and \
              `config.istio.io` were removed in Istio 1.6: an object of theirs is refused, so the policy in it is not in force.\n\n\
              Kinds without a `v1` (EnvoyFilter, ProxyConfig, WasmPlugin, IstioOperator) are not reported.",
        bad: yaml("apiVersion: security.istio.io/v1beta1\nkind: PeerAuthentication\nmetadata:\n  name: default\n  namespace: shop\nspec:\n  mtls:\n    mode: STRICT\n"),
        good: yaml("apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: default\n  namespace: shop\nspec:\n  mtls:\n    mode: STRICT\n"),
        recommended: true,
        fix: FixKind::Safe,
        fix_safety: "Replaces the version alone; both versions have the same fields. Unsafe for a Telemetry that uses a field which `v1` lacks.",
        source: "https://istio.io/latest/blog/2024/v1-apis/",
    }
}

impl Rule for IstioDeprecatedApi {
    fn reads_manifests(&self) -> bool {
        true
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let at = object.api_version_at();
        let written = format!("{}/{}", object.group, object.version);
        if matches!(&*object.group, "authentication.istio.io" | "rbac.istio.io" | "config.istio.io") {
            let message = format!("`{written}` was removed in Istio 1.6: the `{}` is not in force", object.kind);
            if let Some(report) = cx.report_as(Severity::Error, at, message) {
                report.help("write PeerAuthentication, RequestAuthentication and AuthorizationPolicy of `security.istio.io/v1`");
            }
            return;
        }
        let Some(since) = stable_since(object) else { return };
        let Some(value) = object.root.get("apiVersion") else { return };
        let is_shared = is_anchored(value, cx);
        let edit = cx.replacement(value, &format!("{}/v1", object.group));
        let lost = object.kind.as_ref() == "Telemetry" && uses_what_v1_lacks(object);
        let message = format!("`{written}` of `{}` has been superseded by `v1` since Istio {since}", object.kind);
        let Some(report) = cx.report(at, message) else { return };
        let report = report.help(format!("write `apiVersion: {}/v1`", object.group));
        let applicability = if lost || is_shared { Applicability::Unsafe } else { Applicability::Safe };
        if let Some(edit) = edit {
            report.fix("use the stable version", applicability, [edit]);
        }
    }
}

/// Whether aliases share the value: another object's kind may have no `v1`.
fn is_anchored(value: &Value, cx: &ManifestCx<'_>) -> bool {
    let at = value.origin.at;
    let text = &*cx.sources().get(at.source).text;
    let line = text[..at.span.start as usize].rsplit(['\n', ',', '{']).next().unwrap_or_default();
    !value.origin.via.is_empty() || line.contains('&')
}

/// The release that made the object's kind stable, if the object is of an older version.
fn stable_since(object: &Object) -> Option<&'static str> {
    let (old, kinds, since): (&[&str], &[&str], _) = match &*object.group {
        "networking.istio.io" => (
            &["v1beta1", "v1alpha3"],
            &["DestinationRule", "Gateway", "ServiceEntry", "Sidecar", "VirtualService", "WorkloadEntry", "WorkloadGroup"],
            "1.22",
        ),
        "security.istio.io" if &*object.kind == "PeerAuthentication" => (&["v1beta1"], &["PeerAuthentication"], "1.22"),
        "security.istio.io" => (&["v1beta1"], &["AuthorizationPolicy", "RequestAuthentication"], "1.17"),
        "telemetry.istio.io" => (&["v1alpha1"], &["Telemetry"], "1.22"),
        _ => return None,
    };
    (old.contains(&&*object.version) && kinds.contains(&&*object.kind)).then_some(since)
}

/// The fields of Telemetry `v1alpha1` that did not come to `v1`.
fn uses_what_v1_lacks(object: &Object) -> bool {
    let items = |list: &str| object.root.path(&["spec", list]).map_or(&[][..], Value::items);
    let any = |list: &str, key: &str| items(list).iter().any(|item| item.get(key).is_some());
    any("metrics", "reportingInterval") || any("accessLogging", "filter") || any("tracing", "useRequestIdForTraceSampling")
}
