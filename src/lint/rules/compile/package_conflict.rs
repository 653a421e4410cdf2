use crate::lint::rules::prelude::*;

declare_rule! {
    PackageConflict {
        id: "package-conflict",
        group: "compile",
        summary: "a package at the path of a rule",
        why: "A package `a.b` and a rule `b` of package `a` are two documents at one path; OPA refuses to load them together.",
        bad: yaml("apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata:\n  name: play\nspec:\n  crd:\n    spec:\n      names:\n        kind: Play\n  targets:\n    - target: admission.k8s.gatekeeper.sh\n      rego: |\n        package play\n\n        violation[{\"msg\": \"no\"}] {\n          data.lib.users.known[input.review.object.metadata.name]\n        }\n      libs:\n        - |\n          package lib\n\n          users = 1\n        - |\n          package lib.users\n\n          known = {\"alice\"}\n"),
        good: yaml("apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata:\n  name: play\nspec:\n  crd:\n    spec:\n      names:\n        kind: Play\n  targets:\n    - target: admission.k8s.gatekeeper.sh\n      rego: |\n        package play\n\n        violation[{\"msg\": \"no\"}] {\n          data.lib.users.known[input.review.object.metadata.name]\n        }\n      libs:\n        - |\n          package lib\n\n          limit = 1\n        - |\n          package lib.users\n\n          known = {\"alice\"}\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/policy-language#packages",
        peers: &["opa check"],
    }
}

impl Rule for PackageConflict {
    fn classes(&self) -> &'static [Class] {
        &[Class::PackageConflict]
    }
}
