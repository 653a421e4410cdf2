use crate::lint::rules::prelude::*;
use crate::model::network::{CiliumPolicy, Direction, Items};
use crate::model::tri::Tri;
use crate::model::value::{Node as Value, Scalar, Value as Data};

declare_rule! {
    CiliumDefaultDenyDisabled {
        id: "cilium-default-deny-disabled",
        group: "network",
        summary: "a Cilium policy that does not deny what it does not allow",
        why: "A pod that a policy selects is denied what no rule allows. `enableDefaultDeny` with `false` switches that off for a direction, \
              so that the policy's rules allow what is allowed anyhow and isolate nothing.\n\n\
              Not reported for policies whose rules all make DNS visible (`toPorts[].rules.dns`), which is what the switch is for.",
        bad: yaml("apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata:\n  name: api\nspec:\n  endpointSelector:\n    matchLabels:\n      app: api\n  enableDefaultDeny:\n    ingress: false\n  ingress:\n  - fromEndpoints:\n    - matchLabels:\n        app: web\n"),
        good: yaml("apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata:\n  name: api\nspec:\n  endpointSelector:\n    matchLabels:\n      app: api\n  ingress:\n  - fromEndpoints:\n    - matchLabels:\n        app: web\n"),
        recommended: true,
        source: "https://docs.cilium.io/en/stable/security/policy/intro/#policy-enforcement-modes",
    }
}

impl Rule for CiliumDefaultDenyDisabled {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = CiliumPolicy::new(object) else { return };
        let mut visibility = None;
        for spec in policy.specs() {
            let Some(switch) = spec.get("enableDefaultDeny") else { continue };
            for direction in Direction::ALL {
                let Some(entry) = switch.entry(direction.key()) else { continue };
                match &entry.value.value {
                    Data::Scalar(Scalar::Bool(false)) => {}
                    Data::Scalar(Scalar::Unknown(_)) => {
                        cx.withhold();
                        continue;
                    }
                    _ => continue,
                }
                match *visibility.get_or_insert_with(|| is_visibility(&policy)) {
                    Tri::Yes => continue,
                    Tri::Unknown => {
                        cx.withhold();
                        continue;
                    }
                    Tri::No => {}
                }
                let message = format!("default deny is off for {}: what no rule allows is allowed", direction.key());
                if let Some(report) = cx.report_line(&entry.origin, message) {
                    report.help("remove it, so that the selected pods are denied what no rule allows");
                }
            }
        }
    }
}

/// Whether every rule of a policy makes DNS visible, and there is one.
fn is_visibility(policy: &CiliumPolicy<'_>) -> Tri {
    let mut rules = policy.specs().flat_map(|spec| {
        let of = move |key: &str| Items::of(Some(spec), key);
        let lists = [of("ingress"), of("egress"), of("ingressDeny"), of("egressDeny")];
        lists.into_iter().flat_map(|items| match items {
            Items::Unknown => vec![Tri::Unknown],
            items => items.known().iter().map(shows_dns).collect(),
        })
    });
    let Some(first) = rules.next() else { return if policy.object.partial { Tri::Unknown } else { Tri::No } };
    Tri::all(rules).and(first)
}

fn shows_dns(rule: &Value) -> Tri {
    match Items::of(Some(rule), "toPorts") {
        Items::None => Tri::No,
        Items::Unknown => Tri::Unknown,
        Items::Some(items) => Tri::all(items.iter().map(|item| Items::of(item.get("rules"), "dns").is_some())),
    }
}
