use crate::lint::rules::netpol::is_whole;
use crate::lint::rules::prelude::*;
use crate::model::network::{CalicoPolicy, Direction};
use crate::model::tri::Tri;
use crate::model::value::Node as Value;

declare_rule! {
    CalicoAllowAll {
        id: "calico-allow-all",
        group: "network",
        summary: "a rule of a Calico policy that allows everything",
        why: "A rule `action: Allow` without protocol, source and destination lets every packet through that reaches it, and ends the \
              evaluation: policies behind it in the order, and those of later tiers, are not asked any more.\n\n\
              Not reported: rules for a direction that `types` leave out; a rule behind one of the same policy that decides everything; \
              one of a policy that a default deny of the same tier, earlier in the order, leaves nothing to. `Pass` and `Log` allow \
              nothing, and staged policies are not in force.",
        bad: yaml("apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata:\n  name: allow-all\nspec:\n  selector: all()\n  types:\n  - Ingress\n  ingress:\n  - action: Allow\n"),
        good: yaml("apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata:\n  name: allow-frontend\nspec:\n  selector: app == 'api'\n  types:\n  - Ingress\n  ingress:\n  - action: Allow\n    protocol: TCP\n    source:\n      selector: app == 'frontend'\n    destination:\n      ports: [8443]\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://docs.tigera.io/calico/latest/reference/resources/globalnetworkpolicy#rule",
    }
}

impl Rule for CalicoAllowAll {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = CalicoPolicy::new(object) else { return };
        for direction in Direction::ALL {
            let applies = policy.rules_apply(direction);
            if applies.is_no() {
                continue;
            }
            for rule in policy.rules(direction).known() {
                let action = rule.get("action").and_then(Value::as_str);
                match CalicoPolicy::is_unconditional(rule) {
                    Tri::No => continue,
                    Tri::Unknown => {
                        if matches!(action, Some("Allow") | None) {
                            cx.withhold();
                        }
                        continue;
                    }
                    Tri::Yes => {}
                }
                match action {
                    Some("Allow") if applies.is_yes() && is_whole(cx.sources(), object, rule) => {
                        if is_preempted(&policy, direction, cx) {
                            cx.withhold();
                        } else {
                            let message = format!("this rule allows all {}", direction.key());
                            if let Some(report) = cx.report_line(&rule.origin, message) {
                                report.help("name the protocol, and who may connect to whom, or remove the rule");
                            }
                        }
                    }
                    Some("Log") => {}
                    // what follows is never reached
                    Some("Deny" | "Pass") => break,
                    _ => {
                        cx.withhold();
                        break;
                    }
                }
            }
        }
    }
}

/// Whether a policy that is asked before this one, in its tier, denies everything that this one could allow, surely or perhaps.
fn is_preempted(policy: &CalicoPolicy<'_>, direction: Direction, cx: &ManifestCx<'_>) -> bool {
    let Some(order) = policy.order() else { return false };
    let Some(unit) = cx.unit() else { return false };
    ["projectcalico.org", "crd.projectcalico.org"].iter().flat_map(|group| unit.cluster().of_kind(group, "GlobalNetworkPolicy")).any(
        |other| {
            let Some(other) = CalicoPolicy::new(other) else { return false };
            let earlier = other.order().is_some_and(|earlier| earlier < order) && other.tier() == policy.tier();
            earlier && other.selects_everything().is_yes() && other.denies_all(direction).is_yes()
        },
    )
}
