use crate::lint::rules::prelude::*;
use crate::model::admission::defined_kind;
use crate::model::gatekeeper::is_template;

declare_rule! {
    GatekeeperTemplateUnused {
        id: "gatekeeper-template-unused",
        group: "gatekeeper",
        summary: "a ConstraintTemplate without a constraint",
        why: "A template alone enforces nothing: a policy is in force where a constraint of its kind says for what. Only a workspace that \
              has constraints is told: a library has templates alone.",
        bad: yaml("apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata:\n  name: k8sowner\nspec:\n  crd:\n    spec:\n      names:\n        kind: K8sOwner\n---\napiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata:\n  name: k8stag\nspec:\n  crd:\n    spec:\n      names:\n        kind: K8sTag\n---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sOwner\nmetadata:\n  name: owner\n"),
        good: yaml("apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata:\n  name: k8sowner\nspec:\n  crd:\n    spec:\n      names:\n        kind: K8sOwner\n---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sOwner\nmetadata:\n  name: owner\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://open-policy-agent.github.io/gatekeeper/website/docs/howto/#constraints",
    }
}

impl Rule for GatekeeperTemplateUnused {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !is_template(object) {
            return;
        }
        let Some(kind) = defined_kind(object).and_then(|node| node.as_str()) else { return };
        let constraints = &cx.manifests().admission().constraints;
        if constraints.is_empty() || constraints.contains(kind) {
            return;
        }
        if object.partial || cx.manifests().units.iter().any(|unit| !unit.is_complete()) {
            return cx.withhold();
        }
        if let Some(report) =
            cx.report(object.kind_at(), format!("no constraint is of the kind `{kind}`, so the template enforces nothing"))
        {
            report.help("add a constraint, or leave the template out");
        }
    }
}
