use crate::lint::rules::old_api;
use crate::lint::rules::prelude::*;
use crate::model::k8s::apis::GATEWAY_API;

declare_rule! {
    GatewayDeprecatedApi {
        id: "gateway-deprecated-api",
        group: "k8s",
        summary: "an object of the Gateway API in a version that has a successor",
        why: "GatewayClass, Gateway and HTTPRoute are `v1` since Gateway API 1.0, GRPCRoute since 1.1, BackendTLSPolicy since 1.4. `v1alpha2` \
              of them is not served any more; where `v1beta1` still is, new fields come to `v1` alone.\n\n\
              ReferenceGrant is as good in `v1beta1`. TCPRoute, TLSRoute and UDPRoute are not reported: the versions that a cluster has \
              depend on the channel of its definitions.\n\n              With a target (`--target gateway-api=0.8`, or `target` in the config) a version that the target still needs is not reported, and one \
              that it no longer serves is an error.",
        bad: yaml("apiVersion: gateway.networking.k8s.io/v1beta1\nkind: HTTPRoute\nmetadata:\n  name: shop\nspec:\n  parentRefs:\n  - name: public\n"),
        good: yaml("apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: shop\nspec:\n  parentRefs:\n  - name: public\n"),
        recommended: true,
        fix: FixKind::Safe,
        fix_safety: "Replaces the version alone where both have the same fields, unsafe where they differ in details.",
        source: "https://gateway-api.sigs.k8s.io/concepts/versioning/",
    }
}

impl Rule for GatewayDeprecatedApi {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        old_api::report(&GATEWAY_API, object, cx);
    }
}
