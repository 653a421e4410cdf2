use crate::lint::rules::old_api;
use crate::lint::rules::prelude::*;
use crate::model::k8s::apis::ISTIO;

declare_rule! {
    IstioDeprecatedApi {
        id: "istio-deprecated-api",
        group: "istio",
        summary: "an Istio object of an API version that has a stable successor",
        why: "Istio's traffic, security and telemetry APIs are stable as `v1`: networking, PeerAuthentication and telemetry since \
              Istio 1.22, AuthorizationPolicy and RequestAuthentication since 1.17. The older versions are still served and mean the \
              same, but new fields come to `v1` alone, and they will go. `authentication.istio.io`, `rbac.istio.io` and \
              `config.istio.io` were removed in Istio 1.6: an object of theirs is refused, so the policy in it is not in force.\n\n\
              Kinds without a `v1` (EnvoyFilter, ProxyConfig, WasmPlugin, IstioOperator) are not reported.\n\n              With a target (`--target istio=1.21`, or `target` in the config) a version that the target still needs is not reported, and one \
              that it no longer serves is an error.",
        bad: yaml("apiVersion: security.istio.io/v1beta1\nkind: PeerAuthentication\nmetadata:\n  name: default\n  namespace: shop\nspec:\n  mtls:\n    mode: STRICT\n"),
        good: yaml("apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: default\n  namespace: shop\nspec:\n  mtls:\n    mode: STRICT\n"),
        recommended: true,
        fix: FixKind::Safe,
        fix_safety: "Replaces the version alone; both versions have the same fields. Unsafe for a Telemetry that uses a field which `v1` lacks.",
        source: "https://istio.io/latest/blog/2024/v1-apis/",
    }
}

impl Rule for IstioDeprecatedApi {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        old_api::report(&ISTIO, object, cx);
    }
}
