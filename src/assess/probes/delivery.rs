//! Continuous verification: admission and drift.

use super::{Scene, is_true, of_kind, subject};
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Reach, Subject};
use crate::assess::world::{Placed, is_sample};
use crate::model::document::DocumentKind;
use crate::model::k8s::Object;
use crate::model::value::Node;

/// Words in the names of webhooks that decide policy.
const ENGINES: [&str; 6] = ["gatekeeper", "kyverno", "opa", "kubewarden", "policy", "validation.gatekeeper"];

pub(in crate::assess) fn probe(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    scheduled(scene, observer);
    for placed in scene.world.deployed() {
        let object = &*placed.object;
        // what is enforced in the cluster holds for all of it
        let reach = Reach { environment: placed.environment.clone(), namespace: None };
        match (&*object.group, &*object.kind) {
            ("constraints.gatekeeper.sh", _) => {
                let action = object.root.path(&["spec", "enforcementAction"]);
                admission(observer, placed, &reach, denies(object), action);
            }
            ("policies.kyverno.io", "ValidatingPolicy" | "NamespacedValidatingPolicy") => {
                let actions = object.root.path(&["spec", "validationActions"]);
                // without any it denies
                let denies = actions.is_none() || super::texts(actions).any(|text| text == "Deny");
                admission(observer, placed, &reach, denies, actions);
            }
            ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy") => {
                let ignored = object.root.path(&["spec", "failurePolicy"]).filter(|node| node.as_str() == Some("Ignore"));
                if let Some(node) = ignored {
                    let found = observer.add(
                        Fact::AdmissionAudit,
                        subject(object),
                        &reach,
                        Some(&node.origin),
                        "what fails to be judged is let in",
                    );
                    found.patch = "spec:\n  failurePolicy: Fail".to_owned();
                }
            }
            ("kyverno.io", "ClusterPolicy" | "Policy") => {
                let old = object.root.path(&["spec", "validationFailureAction"]);
                let rules = object.root.path(&["spec", "rules"]).map_or(&[][..], Node::items);
                let validates = rules.iter().any(|rule| rule.get("validate").is_some());
                let is_enforce = |node: Option<&Node>| node.and_then(Node::as_str).is_some_and(|text| text.eq_ignore_ascii_case("enforce"));
                let actions = || rules.iter().filter_map(|rule| rule.path(&["validate", "failureAction"]));
                let by_rule = actions().find(|node| is_enforce(Some(node)));
                if validates {
                    let at = old.filter(|_| by_rule.is_none()).or(by_rule).or_else(|| actions().next());
                    admission(observer, placed, &reach, is_enforce(old) || by_rule.is_some(), at);
                }
            }
            ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding") => {
                let actions = object.root.path(&["spec", "validationActions"]);
                let denies = super::texts(actions).any(|text| text == "Deny");
                // where the repository has policies, a binding of none of them enforces nothing that is visible
                let of_policies = || of_kind(scene.world, "admissionregistration.k8s.io", "ValidatingAdmissionPolicy");
                let bound = object.root.path(&["spec", "policyName"]).and_then(Node::as_str);
                if denies && of_policies().next().is_some() && !of_policies().any(|policy| policy.object.name() == bound) {
                    let at = object.root.path(&["spec", "policyName"]).map_or(object.kind_at(), |node| &node.origin);
                    let detail = "the binding names no policy of this repository";
                    observer.add(Fact::AdmissionAudit, subject(object), &reach, Some(at), detail);
                    continue;
                }
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
                let path: &[&str] = match &*object.kind {
                    "Application" => &["spec", "syncPolicy", "automated", "selfHeal"],
                    _ => &["spec", "template", "spec", "syncPolicy", "automated", "selfHeal"],
                };
                if scene.world.is_templated(object, path) {
                    let detail = "a template decides whether drift is healed";
                    observer.templated(Fact::DriftCorrected, subject(object), &reach, Some(object.kind_at()), detail);
                    continue;
                }
                let fact = if is_true(heals) { Fact::DriftCorrected } else { Fact::DriftStays };
                let at = heals.map_or(object.kind_at(), |node| &node.origin);
                let detail = if is_true(heals) { "Argo CD heals drift" } else { "Argo CD leaves drift: `selfHeal` is not set" };
                // one that deploys elsewhere speaks for its environment
                observer.add(fact, subject(object), &reach, Some(at), detail);
            }
            ("kustomize.toolkit.fluxcd.io", "Kustomization") | ("helm.toolkit.fluxcd.io", "HelmRelease") => {
                if object.root.path(&["spec", "suspend"]).is_some_and(|node| node.unknown().is_some()) {
                    let detail = "a template decides whether it is suspended";
                    observer.templated(Fact::DriftCorrected, subject(object), &reach, Some(object.kind_at()), detail);
                    continue;
                }
                let suspended = is_true(object.root.path(&["spec", "suspend"]));
                let fact = if suspended { Fact::DriftStays } else { Fact::DriftCorrected };
                let detail = if suspended { "Flux is suspended" } else { "Flux reconciles it" };
                let said = object.root.path(&["spec", "suspend"]).filter(|_| suspended);
                observer.add(fact, subject(object), &reach, Some(said.map_or(object.kind_at(), |node| &node.origin)), detail);
            }
            _ => {}
        }
    }
}

/// Commands that hold what runs, or what is declared, against policy or against the repository.
const VERIFIES: [&str; 9] = [
    "ztctl verify",
    "ztctl check",
    "conftest test",
    "gator test",
    "kyverno apply",
    "kubectl diff",
    "argocd app diff",
    "driftctl scan",
    "-detailed-exitcode",
];

/// Pipelines that look for drift on a schedule.
fn scheduled(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for document in scene.manifests.documents.iter().filter(|document| document.kind == DocumentKind::Workflow) {
        let path = observer.sources.get(observer.sources.outermost(document.source)).path.clone();
        let on = document.root.get("on").or_else(|| document.root.get("true"));
        let Some(schedule) = on.and_then(|on| on.entry("schedule")).filter(|_| !is_sample(&path, scene.roots)) else { continue };
        for job in document.root.get("jobs").map_or(&[][..], Node::entries) {
            let runs = job.value.get("steps").map_or(&[][..], Node::items).iter().any(|step| {
                let lines = step.get("run").and_then(Node::as_str).unwrap_or("").lines();
                let lax = is_true(step.get("continue-on-error"));
                !lax && lines.map(str::trim).any(|line| {
                    !line.starts_with('#') && !line.contains("|| true") && VERIFIES.iter().any(|command| line.contains(command))
                })
            });
            if runs {
                let file = path.rsplit('/').next().unwrap_or(&path);
                let who = Subject::new("", "Job", format!("{file}/{}", job.key));
                observer.note(Fact::DriftCorrected, who, &Reach::everywhere(), Some(&schedule.origin), "a scheduled run looks for drift");
            }
        }
    }
}

/// Whether a constraint of Gatekeeper's denies: it does unless it says otherwise.
pub(super) fn denies(constraint: &Object) -> bool {
    let action = constraint.root.path(&["spec", "enforcementAction"]);
    let scoped = || {
        let actions = constraint.root.path(&["spec", "scopedEnforcementActions"]).map_or(&[][..], Node::items);
        actions.iter().any(|item| item.get("action").and_then(Node::as_str) == Some("deny"))
    };
    action.is_none_or(|node| node.is_null() || node.as_str() == Some("deny") || node.as_str() == Some("scoped") && scoped())
}

fn admission(observer: &mut Observer<'_>, placed: &Placed, reach: &Reach, enforced: bool, at: Option<&Node>) {
    if !enforced && at.is_some_and(Node::has_unknown) {
        let detail = "a template decides whether violations are refused";
        observer.templated(Fact::AdmissionEnforced, subject(&placed.object), reach, at.map(|node| &node.origin), detail);
        return;
    }
    let patch = match &*placed.object.group {
        _ if enforced => "",
        "constraints.gatekeeper.sh" => "# once its status shows no violations\nspec:\n  enforcementAction: deny",
        "kyverno.io" => "# once its reports show no violations\nspec:\n  rules:\n    - validate:\n        failureAction: Enforce",
        "admissionregistration.k8s.io" | "policies.kyverno.io" => {
            "# once the audit shows no violations\nspec:\n  validationActions: [Deny]"
        }
        _ => "spec:\n  mode: protect",
    };
    let at = at.map_or(placed.object.kind_at(), |node| &node.origin);
    let (fact, detail) =
        if enforced { (Fact::AdmissionEnforced, "violations are refused") } else { (Fact::AdmissionAudit, "violations are only reported") };
    observer.add(fact, subject(&placed.object), reach, Some(at), detail).patch = patch.to_owned();
}
