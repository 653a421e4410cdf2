use crate::lint::rules::old_api;
use crate::lint::rules::prelude::*;
use crate::model::k8s::apis::LINKERD;

declare_rule! {
    LinkerdDeprecatedApi {
        id: "linkerd-deprecated-api",
        group: "linkerd",
        summary: "an object of Linkerd in a version that has a successor",
        why: "New fields come to the newest version alone, and the older ones will go: Servers are `policy.linkerd.io/v1beta3` since Linkerd \
              2.16, ServerAuthorizations `v1beta1`, ServiceProfiles `linkerd.io/v1alpha2`, ExternalWorkloads \
              `workload.linkerd.io/v1beta1`.\n\n              With a target (`--target linkerd=2.15`, or `target` in the config) a version that the target still needs is not reported, and one \
              that it no longer serves is an error.",
        bad: yaml("apiVersion: policy.linkerd.io/v1beta1\nkind: Server\nmetadata:\n  name: admin\nspec:\n  podSelector: {}\n  port: admin\n"),
        good: yaml("apiVersion: policy.linkerd.io/v1beta3\nkind: Server\nmetadata:\n  name: admin\nspec:\n  podSelector: {}\n  port: admin\n"),
        recommended: true,
        fix: FixKind::Safe,
        fix_safety: "Replaces the version alone where both have the same fields; none for ExternalWorkloads, whose identity fields moved.",
        source: "https://linkerd.io/2-edge/reference/authorization-policy/",
    }
}

impl Rule for LinkerdDeprecatedApi {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        old_api::report(&LINKERD, object, cx);
    }
}
