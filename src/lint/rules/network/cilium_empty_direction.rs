use crate::lint::rules::prelude::*;
use crate::model::network::{CiliumPolicy, Direction, Items};
use crate::model::tri::Tri;
use crate::model::value::Value as Data;
use crate::text::Location;

declare_rule! {
    CiliumEmptyDirection {
        id: "cilium-empty-direction",
        group: "network",
        summary: "an empty list of rules in a Cilium policy, which isolates nothing",
        why: "In a NetworkPolicy of Kubernetes `ingress: []` denies all ingress. In a policy of Cilium a list that is left out or empty \
              means that the policy is not about this direction: nothing is denied. One empty rule, `ingress: [{}]`, denies \
              everything.\n\n\
              Not reported where rules that deny put the direction under default deny anyhow.",
        bad: yaml("apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata:\n  name: deny-all\nspec:\n  endpointSelector: {}\n  ingress: []\n"),
        good: yaml("apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata:\n  name: deny-all\nspec:\n  endpointSelector: {}\n  ingress:\n  - {}\n"),
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Denies what no rule allows in this direction from then on.",
        source: "https://docs.cilium.io/en/stable/security/policy/language/#layer-3-examples",
    }
}

impl Rule for CiliumEmptyDirection {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = CiliumPolicy::new(object) else { return };
        for spec in policy.specs() {
            for (direction, deny) in [(Direction::Ingress, "ingressDeny"), (Direction::Egress, "egressDeny")] {
                let Some(entry) = spec.entry(direction.key()) else { continue };
                if !matches!(&entry.value.value, Data::List(items) if items.is_empty()) {
                    continue;
                }
                match Items::of(Some(spec), deny).is_some() {
                    Tri::Yes => continue,
                    Tri::Unknown => {
                        cx.withhold();
                        continue;
                    }
                    Tri::No => {}
                }
                let key = direction.key();
                let at = entry.value.origin.at;
                let written = cx.sources().get(at.source).slice(at.span) == "[]";
                let message = format!("an empty `{key}` isolates nothing: Cilium reads it as left out");
                let Some(report) = cx.report_line(&entry.origin, message) else { continue };
                let report = report.help(format!("write `{key}: [{{}}]` to deny everything, or remove it"));
                if written {
                    let inside = Location { source: at.source, span: Span::at(at.span.start + 1) };
                    report.fix("deny what no rule allows", Applicability::Unsafe, [(inside, "{}".to_owned())]);
                }
            }
        }
    }
}
