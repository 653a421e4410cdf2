use crate::lint::rules::prelude::*;
use crate::model::units::UnitKind;

declare_rule! {
    K8sDuplicateObject {
        id: "k8s-duplicate-object",
        group: "k8s",
        summary: "two objects of one kind, namespace and name in one file",
        why: "Only one of them can be applied: `kubectl apply` takes the last, other tools the first or none. Who reads the file sees a \
              policy that is not in force.\n\n\
              The same object in several files is not reported: these may be alternatives, or for different clusters. Nor are \
              branches of a chart's template, objects with `generateName`, and names with variables.",
        bad: yaml("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  podSelector: {}\n  policyTypes: [Ingress]\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  podSelector: {}\n  policyTypes: [Egress]\n"),
        good: yaml("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: web-ingress\n  namespace: shop\nspec:\n  podSelector: {}\n  policyTypes: [Ingress]\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: web-egress\n  namespace: shop\nspec:\n  podSelector: {}\n  policyTypes: [Egress]\n"),
        recommended: true,
        source: "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/",
    }
}

impl Rule for K8sDuplicateObject {
    fn unit(&self, unit: &Unit, cx: &mut ManifestCx<'_>) {
        if unit.kind == UnitKind::Chart {
            return;
        }
        for (first, second) in unit.repeated() {
            let in_one_file = first.source == second.source && !first.partial && !second.partial;
            // an alias or a patch may bring the same text twice
            if !in_one_file || first.kind_at().at == second.kind_at().at {
                continue;
            }
            let name = second.name().unwrap_or("");
            // what fills in a variable may make them two
            if name.contains(['$', '{', '<']) {
                continue;
            }
            let message = format!("`{} {name}` is in this file twice, and only one of them is applied", second.kind);
            if let Some(report) = cx.report(second.kind_at(), message) {
                report
                    .help("remove one of them, or give it another name; until then what they decide is not certain")
                    .label(first.kind_at(), "the other one");
            }
        }
    }
}
