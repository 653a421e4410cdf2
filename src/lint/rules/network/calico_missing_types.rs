use crate::lint::rules::prelude::*;
use crate::model::network::{CalicoPolicy, Direction, Items};
use crate::model::tri::Tri;
use crate::model::value::Value as Data;

declare_rule! {
    CalicoMissingTypes {
        id: "calico-missing-types",
        group: "network",
        summary: "a Calico policy that leaves its `types` to be inferred",
        why: "Without `types` Calico takes those for which there are rules: Ingress where there are none or ingress rules, Egress where there \
              are egress rules. Whoever removes the last egress rule takes the isolation with it, and a policy without rules denies \
              ingress and leaves egress open.",
        bad: yaml("apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata:\n  name: api\n  namespace: shop\nspec:\n  selector: app == 'api'\n  ingress:\n  - action: Allow\n    protocol: TCP\n    source:\n      selector: app == 'web'\n"),
        good: yaml("apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata:\n  name: api\n  namespace: shop\nspec:\n  selector: app == 'api'\n  types:\n  - Ingress\n  ingress:\n  - action: Allow\n    protocol: TCP\n    source:\n      selector: app == 'web'\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://docs.tigera.io/calico/latest/reference/resources/networkpolicy#spec",
    }
}

impl Rule for CalicoMissingTypes {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = CalicoPolicy::new(object) else { return };
        let Some(spec) = object.spec().filter(|entry| matches!(entry.value.value, Data::Map(_))) else { return };
        match Items::of(Some(&spec.value), "types") {
            Items::Some(_) => return,
            Items::Unknown => return cx.withhold(),
            Items::None if object.partial => return cx.withhold(),
            Items::None => {}
        }
        let known = |direction: Direction| policy.applies_to(direction) == Tri::Yes;
        let inferred = match (known(Direction::Ingress), known(Direction::Egress)) {
            (true, true) => "Ingress and Egress",
            (false, true) => "Egress alone",
            _ => "Ingress alone",
        };
        let at = spec.value.entry("types").map_or(&spec.origin, |entry| &entry.origin);
        if let Some(report) = cx.report(at, format!("`types` are not given: Calico infers {inferred}")) {
            report.help("list the directions that the policy is to hold for under `types`");
        }
    }
}
