//! Continuous verification: admission and drift.

use super::{Scene, is_true, subject};
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Reach};
use crate::assess::world::Placed;
use crate::model::value::Node;

/// Words in the names of webhooks that decide policy.
const ENGINES: [&str; 6] = ["gatekeeper", "kyverno", "opa", "kubewarden", "policy", "validation.gatekeeper"];

pub(super) fn probe(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for placed in scene.world.deployed() {
        let object = &*placed.object;
        // what is enforced in the cluster holds for all of it
        let reach = Reach { environment: placed.environment.clone(), namespace: None };
        match (&*object.group, &*object.kind) {
            ("constraints.gatekeeper.sh", _) => {
                let action = object.root.path(&["spec", "enforcementAction"]);
                let enforced = action.is_none_or(|node| node.is_null() || node.as_str() == Some("deny"));
                let scoped = action.and_then(Node::as_str) == Some("scoped") && {
                    let actions = object.root.path(&["spec", "scopedEnforcementActions"]).map_or(&[][..], Node::items);
                    actions.iter().any(|item| item.get("action").and_then(Node::as_str) == Some("deny"))
                };
                admission(observer, placed, &reach, enforced || scoped, action);
            }
            ("kyverno.io", "ClusterPolicy" | "Policy") => {
                let old = object.root.path(&["spec", "validationFailureAction"]);
                let rules = object.root.path(&["spec", "rules"]).map_or(&[][..], Node::items);
                let validates = rules.iter().any(|rule| rule.get("validate").is_some());
                let is_enforce = |node: Option<&Node>| node.and_then(Node::as_str).is_some_and(|text| text.eq_ignore_ascii_case("enforce"));
                let by_rule = rules.iter().any(|rule| is_enforce(rule.path(&["validate", "failureAction"])));
                if validates {
                    admission(observer, placed, &reach, is_enforce(old) || by_rule, old);
                }
            }
            ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding") => {
                let actions = object.root.path(&["spec", "validationActions"]);
                let denies = super::texts(actions).any(|text| text == "Deny");
                admission(observer, placed, &reach, denies, actions);
            }
            ("policies.kubewarden.io", "ClusterAdmissionPolicy" | "AdmissionPolicy") => {
                let mode = object.root.path(&["spec", "mode"]);
                admission(observer, placed, &reach, mode.is_none_or(|node| node.as_str() == Some("protect")), mode);
            }
            ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration") => {
                for hook in object.root.get("webhooks").map_or(&[][..], Node::items) {
                    let name = hook.get("name").and_then(Node::as_str).unwrap_or("");
                    let engine = ENGINES.iter().any(|word| name.contains(word));
                    let ignored = hook.get("failurePolicy").filter(|node| node.as_str() == Some("Ignore"));
                    if let (true, Some(node)) = (engine, ignored) {
                        let who = subject(object).with_part(name);
                        observer.add(Fact::FailOpen, who, &reach, Some(&node.origin), "the webhook lets requests pass when it fails");
                    }
                }
            }
            ("argoproj.io", "Application" | "ApplicationSet") => {
                let spec =
                    if &*object.kind == "Application" { object.root.get("spec") } else { object.root.path(&["spec", "template", "spec"]) };
                let heals = spec.and_then(|spec| spec.path(&["syncPolicy", "automated", "selfHeal"]));
                let fact = if is_true(heals) { Fact::DriftCorrected } else { Fact::DriftStays };
                let at = heals.map_or(object.kind_at(), |node| &node.origin);
                let detail = if is_true(heals) { "Argo CD heals drift" } else { "Argo CD leaves drift: `selfHeal` is not set" };
                // one that deploys elsewhere speaks for its environment
                observer.add(fact, subject(object), &reach, Some(at), detail);
            }
            ("kustomize.toolkit.fluxcd.io", "Kustomization") | ("helm.toolkit.fluxcd.io", "HelmRelease") => {
                let suspended = is_true(object.root.path(&["spec", "suspend"]));
                let fact = if suspended { Fact::DriftStays } else { Fact::DriftCorrected };
                let detail = if suspended { "Flux is suspended" } else { "Flux reconciles it" };
                observer.add(fact, subject(object), &reach, Some(object.kind_at()), detail);
            }
            _ => {}
        }
    }
}

fn admission(observer: &mut Observer<'_>, placed: &Placed, reach: &Reach, enforced: bool, at: Option<&Node>) {
    let at = at.map_or(placed.object.kind_at(), |node| &node.origin);
    let (fact, detail) =
        if enforced { (Fact::AdmissionEnforced, "violations are refused") } else { (Fact::AdmissionAudit, "violations are only reported") };
    observer.add(fact, subject(&placed.object), reach, Some(at), detail);
}
