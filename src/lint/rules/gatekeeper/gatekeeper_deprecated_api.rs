use crate::lint::rules::old_api;
use crate::lint::rules::prelude::*;
use crate::model::k8s::apis::GATEKEEPER;

declare_rule! {
    GatekeeperDeprecatedApi {
        id: "gatekeeper-deprecated-api",
        group: "gatekeeper",
        summary: "an object of Gatekeeper in a version that has a successor",
        why: "ConstraintTemplates are `v1` since Gatekeeper 3.6, mutations since 3.10. A template of `v1beta1` takes any parameters by \
              default (`legacySchema`): a misspelt one is dropped, and the policy asks for less than it says.\n\n\
              Constraints are `constraints.gatekeeper.sh/v1beta1` and not reported; nor is Config (`v1alpha1`).\n\n              With a target (`--target gatekeeper=3.5`, or `target` in the config) a version that the target still needs is not reported, and one \
              that it no longer serves is an error.",
        bad: yaml("apiVersion: templates.gatekeeper.sh/v1beta1\nkind: ConstraintTemplate\nmetadata:\n  name: k8sowner\n"),
        good: yaml("apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata:\n  name: k8sowner\n"),
        recommended: true,
        fix: FixKind::Safe,
        fix_safety: "Replaces the version alone. Unsafe for ConstraintTemplates: `v1` asks for a structural schema of the parameters.",
        source: "https://open-policy-agent.github.io/gatekeeper/website/docs/constrainttemplates/",
    }
}

impl Rule for GatekeeperDeprecatedApi {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        old_api::report(&GATEKEEPER, object, cx);
    }
}
