use crate::lint::rules::platform::is_platform;
use crate::lint::rules::prelude::*;
use crate::model::admission::is_constraint;
use crate::model::value::{Entry, Node as Value};

declare_rule! {
    GatekeeperMatchHole {
        id: "gatekeeper-match-hole",
        group: "gatekeeper",
        summary: "a constraint that leaves out what it should cover",
        why: "`excludedNamespaces` that name namespaces of applications are a hole in the policy. A constraint for Pods alone lets a \
              Deployment pass that no pod of can ever start: whoever applies it learns so from the events of its ReplicaSet. Match the \
              kinds that hold pods too, or add an ExpansionTemplate, which shows Gatekeeper the pods of workloads.\n\n\
              Off unless asked for. A constraint without `match` is for everything.",
        bad: yaml("apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sRequiredLabels\nmetadata:\n  name: owner\nspec:\n  match:\n    excludedNamespaces: [kube-system, payments]\n"),
        good: yaml("apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sRequiredLabels\nmetadata:\n  name: owner\nspec:\n  match:\n    excludedNamespaces: [kube-system]\n"),
        severity: Severity::Info,
        source: "https://open-policy-agent.github.io/gatekeeper/website/docs/howto/#the-match-field",
    }
}

impl Rule for GatekeeperMatchHole {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !is_constraint(object) {
            return;
        }
        let Some(matches) = object.root.path(&["spec", "match"]) else { return };
        for item in matches.get("excludedNamespaces").map_or(&[][..], Value::items) {
            if item.unknown().is_some() || item.has_variable() {
                cx.withhold();
                continue;
            }
            let Some(name) = item.as_str().filter(|name| !is_platform(name, &item.origin, cx)) else { continue };
            if let Some(report) = cx.report(&item.origin, format!("the namespace `{name}` is left out")) {
                report.help("leave out namespaces of the platform alone");
            }
        }
        let Some(kinds) = matches.entry("kinds").filter(|kinds| only_pods(kinds)) else { return };
        let expands = cx.unit().is_some_and(|unit| !unit.cluster().of_kind("expansion.gatekeeper.sh", "ExpansionTemplate").is_empty());
        if expands {
            return;
        }
        if let Some(report) = cx.report(kinds.place(), "only Pods are matched, not the workloads that make them") {
            report.help("match Deployments and the like too, or add an ExpansionTemplate");
        }
    }
}

/// Whether pods are the only kind.
fn only_pods(kinds: &Entry) -> bool {
    let names = kinds.value.items().iter().map(|item| item.get("kinds").map_or(&[][..], Value::items));
    let mut all = names.flatten().peekable();
    all.peek().is_some() && all.all(|kind| kind.as_str() == Some("Pod"))
}
