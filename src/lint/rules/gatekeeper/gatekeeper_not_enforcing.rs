use crate::lint::rules::prelude::*;
use crate::model::admission::is_constraint;
use crate::model::value::{Entry, Node as Value, Value as Data};

declare_rule! {
    GatekeeperNotEnforcing {
        id: "gatekeeper-not-enforcing",
        group: "gatekeeper",
        summary: "an admission policy that only reports",
        why: "A constraint with `enforcementAction: dryrun` or `warn`, a Kyverno rule whose failure action is `Audit` and a \
              ValidatingAdmissionPolicyBinding without `Deny` admit what they object to. To begin like that is good practice, to stay \
              there is not: say until when in a suppression. Kyverno's default is `Audit`, Gatekeeper's is `deny`. A \
              ValidatingAdmissionPolicy without a binding is not even asked (an error).\n\n\
              Kyverno policies that only change or make objects are not reported. Where an annotation speaks of a rollout it is `info`.",
        bad: yaml("apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sRequiredLabels\nmetadata:\n  name: owner\nspec:\n  enforcementAction: dryrun\n"),
        good: yaml("apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sRequiredLabels\nmetadata:\n  name: owner\nspec:\n  enforcementAction: deny\n"),
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Objects that the policy objects to are refused from then on.",
        source: "https://open-policy-agent.github.io/gatekeeper/website/docs/violations/",
    }
}

impl Rule for GatekeeperNotEnforcing {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        match (&*object.group, &*object.kind) {
            _ if is_constraint(object) => constraint(object, cx),
            ("kyverno.io", "ClusterPolicy" | "Policy") => kyverno(object, cx),
            ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding") => actions(object, cx),
            ("policies.kyverno.io", kind) if kind.ends_with("ValidatingPolicy") => actions(object, cx),
            ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy") => unbound(object, cx),
            _ => {}
        }
    }
}

fn constraint(object: &Object, cx: &mut ManifestCx<'_>) {
    let Some(entry) = object.root.entry_at(&["spec", "enforcementAction"]) else { return };
    match entry.value.as_str() {
        Some(action @ ("dryrun" | "warn")) => {
            report(object, entry, &format!("`{action}` admits what the constraint objects to"), Some("deny"), cx);
        }
        Some("scoped") => scoped(object, entry, cx),
        Some(_) => {}
        None if entry.value.unknown().is_some() => cx.withhold(),
        None => {}
    }
}

/// An action for each point of enforcement: none of them denies.
fn scoped(object: &Object, entry: &Entry, cx: &mut ManifestCx<'_>) {
    let Some(actions) = object.root.path(&["spec", "scopedEnforcementActions"]) else { return };
    if actions.has_unknown() {
        return cx.withhold();
    }
    let words: Vec<&str> = actions.items().iter().filter_map(|item| item.get("action")?.as_str()).collect();
    if !words.is_empty() && words.len() == actions.items().len() && words.iter().all(|word| matches!(*word, "warn" | "dryrun")) {
        report(object, entry, "no scoped action denies what the constraint objects to", None, cx);
    }
}

fn kyverno(object: &Object, cx: &mut ManifestCx<'_>) {
    let Some(spec) = object.spec() else { return };
    let rules = spec.value.get("rules").map_or(&[][..], Value::items);
    let default = spec.value.entry("validationFailureAction").filter(|entry| !entry.value.is_null());
    // rules that the policy's own action decides for
    let (mut validating, mut verifying) = (false, false);
    for rule in rules {
        let validate = rule.get("validate").filter(|node| matches!(node.value, Data::Map(_)));
        let own = |node: &Value| node.entry("failureAction").is_some_and(|entry| !entry.value.is_null());
        let images = rule.get("verifyImages").map_or(&[][..], Value::items);
        verifying |= images.iter().any(|image| !own(image));
        let entries = validate.into_iter().chain(images).filter_map(|node| node.entry("failureAction"));
        for entry in entries.filter(|entry| !entry.value.is_null()) {
            audit(object, entry, rule, cx);
        }
        validating |= validate.is_some_and(|node| !own(node));
    }
    match default {
        Some(entry) if validating || verifying => audit(object, entry, &spec.value, cx),
        None if validating && object.partial => cx.withhold(),
        None if validating => {
            let message = "without `failureAction` Kyverno admits what the policy objects to";
            if let Some(report) = cx.report_as(severity(object), &spec.origin, message) {
                report.help("write `failureAction: Enforce` under each `validate`");
            }
        }
        _ => {}
    }
}

/// `of` is what the action is of: a rule, or the whole policy.
fn audit(object: &Object, entry: &Entry, of: &Value, cx: &mut ManifestCx<'_>) {
    let Some(action) = entry.value.as_str() else {
        if entry.value.unknown().is_some() {
            cx.withhold();
        }
        return;
    };
    let enforce = match action {
        "Audit" => "Enforce",
        "audit" => "enforce",
        _ => return,
    };
    let who = match of.get("name").and_then(Value::as_str) {
        Some(name) => format!("the rule `{name}`"),
        None => "the policy".to_owned(),
    };
    report(object, entry, &format!("`{action}` admits what {who} objects to"), Some(enforce), cx);
}

/// `validationActions`, which do not deny.
fn actions(object: &Object, cx: &mut ManifestCx<'_>) {
    let Some(entry) = object.root.entry_at(&["spec", "validationActions"]) else { return };
    if entry.value.has_unknown() {
        return cx.withhold();
    }
    let items = entry.value.items();
    if items.is_empty() || items.iter().any(|item| item.as_str() == Some("Deny")) {
        return;
    }
    let words: Vec<String> = items.iter().filter_map(Value::as_str).map(|word| format!("`{word}`")).collect();
    let edit = match items {
        [only] if entry.value.origin.via.is_empty() => cx.replacement(only, "Deny"),
        _ => None,
    };
    let message = format!("{} without `Deny` admits what the policy objects to", words.join(" and "));
    let Some(report) = cx.report_as(severity(object), entry.place(), message) else { return };
    let report = report.help("write `Deny` among `validationActions`");
    if let Some(edit) = edit {
        report.fix("write `Deny`", Applicability::Unsafe, [edit]);
    }
}

/// A ValidatingAdmissionPolicy that nothing binds.
fn unbound(object: &Object, cx: &mut ManifestCx<'_>) {
    let Some(name) = object.name() else { return };
    let admission = cx.manifests().admission();
    if admission.bound.contains(name) {
        return;
    }
    let is_renamed = cx.unit().is_some_and(|unit| {
        let bindings = unit.cluster().of_kind("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding").iter();
        bindings.filter_map(|binding| binding.root.path(&["spec", "policyName"])).any(|policy| policy.as_str() == Some(name))
    });
    if is_renamed {
        return;
    }
    let is_open = object.root.path(&["metadata", "name"]).is_some_and(Value::has_variable);
    if is_open || admission.unknown_binding || cx.manifests().units.iter().any(|unit| !unit.is_complete()) {
        return cx.withhold();
    }
    let message = format!("no ValidatingAdmissionPolicyBinding names `{name}`, so it is not enforced");
    if let Some(report) = cx.report_as(Severity::Error, object.kind_at(), message) {
        report.help("add a ValidatingAdmissionPolicyBinding with `validationActions: [Deny]`");
    }
}

fn report(object: &Object, entry: &Entry, message: &str, instead: Option<&str>, cx: &mut ManifestCx<'_>) {
    let edit = instead.filter(|_| entry.value.origin.via.is_empty()).and_then(|word| cx.replacement(&entry.value, word));
    let Some(report) = cx.report_as(severity(object), entry.place(), message) else { return };
    let report = report.help(match instead {
        Some(word) => format!("write `{word}` once the reports are empty"),
        None => "let the action for `validation.gatekeeper.sh` be `deny` once the reports are empty".to_owned(),
    });
    if let (Some(edit), Some(word)) = (edit, instead) {
        report.fix(format!("write `{word}`"), Applicability::Unsafe, [edit]);
    }
}

/// `info` where an annotation says that it is meant for a time.
fn severity(object: &Object) -> Severity {
    let words = ["rollout", "dryrun", "dry-run", "enforce-after", "enforce-by", "audit-until", "warn-until"];
    let annotations = object.root.path(&["metadata", "annotations"]).map_or(&[][..], Value::entries);
    let says = annotations.iter().any(|entry| words.iter().any(|word| entry.key.contains(word)));
    if says { Severity::Info } else { Severity::Warning }
}
