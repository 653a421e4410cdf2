use crate::lint::rules::prelude::*;
use crate::model::admission::{defined_kind, is_constraint};
use crate::model::gatekeeper::is_template;

declare_rule! {
    GatekeeperConstraintOrphan {
        id: "gatekeeper-constraint-orphan",
        group: "gatekeeper",
        summary: "a constraint without its template, or a template whose name does not fit",
        why: "The kind of a constraint is what a ConstraintTemplate defines. Without the template the API server does not know the kind and \
              refuses the constraint: the policy is not in force. A template whose name is not its kind in lower case is refused by \
              Gatekeeper itself (an error).\n\n\
              Only a workspace that has templates is told that one is missing: elsewhere they come from a library.",
        bad: yaml("apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata:\n  name: k8srequiredlabels\nspec:\n  crd:\n    spec:\n      names:\n        kind: K8sRequiredLabels\n---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sRequiredLabel\nmetadata:\n  name: owner\n"),
        good: yaml("apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata:\n  name: k8srequiredlabels\nspec:\n  crd:\n    spec:\n      names:\n        kind: K8sRequiredLabels\n---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sRequiredLabels\nmetadata:\n  name: owner\n"),
        recommended: true,
        source: "https://open-policy-agent.github.io/gatekeeper/website/docs/howto/#constraint-templates",
        peers: &["gator verify", "gator test"],
    }
}

impl Rule for GatekeeperConstraintOrphan {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if is_template(object) {
            return misnamed(object, cx);
        }
        if !is_constraint(object) {
            return;
        }
        let admission = cx.manifests().admission();
        if admission.templates.is_empty() || admission.templates.contains(&*object.kind) {
            return;
        }
        // a template may come from a library that is not here
        if admission.unknown_template || cx.manifests().units.iter().any(|unit| !unit.is_complete()) {
            return cx.withhold();
        }
        if let Some(report) = cx.report(object.kind_at(), format!("no ConstraintTemplate defines the kind `{}`", object.kind)) {
            report.help("add the template, or write the kind as the template has it");
        }
    }
}

/// A template is called as its kind in lower case: Gatekeeper's validation (frameworks, `validateNames`).
fn misnamed(template: &Object, cx: &mut ManifestCx<'_>) {
    let Some(kind) = defined_kind(template) else { return };
    let is_open = |node: &crate::model::value::Node| node.unknown().is_some() || node.has_variable();
    if is_open(kind) || template.root.path(&["metadata", "name"]).is_some_and(is_open) {
        return cx.withhold();
    }
    let (Some(kind), Some(name)) = (kind.as_str(), template.name()) else { return };
    let wanted = kind.to_lowercase();
    if name == wanted {
        return;
    }
    let message = format!("the template `{name}` defines the kind `{kind}`, so Gatekeeper refuses it");
    if let Some(report) = cx.report_as(Severity::Error, template.kind_at(), message) {
        report.help(format!("call it `{wanted}`"));
    }
}
