//! Whether a workload is selected by an explicit allow or custom policy in a namespace that denies by default.

use super::policies::{admits_everyone, is_explicit};
use super::{Case, Member, linkerd};
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Spot};
use crate::assess::status::Strength;
use crate::model::effective::Applied;
use crate::model::k8s::{Object, Space};
use crate::model::mesh::{Authorization, DefaultDeny, Target, target};
use crate::model::value::Node;

pub(super) fn observe(observer: &mut Observer<'_>, case: &Case<'_>) {
    if let Member::Linkerd(_) = case.member {
        return linkerd::allowed(observer, case);
    }
    let reach = case.workload.reach();
    let (fact, at, detail) = judge(case);
    let patch = if fact == Fact::WorkloadOpen { patch(case) } else { String::new() };
    let rule = at.and_then(|object| first_rule(observer, object));
    let observation = observer.add(fact, case.workload.subject.clone(), &reach, at.map(Object::kind_at), detail);
    observation.patch = patch;
    observation.open |= fact == Fact::WorkloadAuthzUnseen && is_templated(case);
    if fact == Fact::WorkloadOpen {
        observation.also.extend(rule);
    }
    if at.is_none() {
        observation.strength = Strength::WEAK;
    }
}

/// Whether a policy that may be about the workload is templated.
fn is_templated(case: &Case<'_>) -> bool {
    let found = case.view.effective.authorization(case.own);
    let mut all = [&found.allow, &found.deny, &found.custom, &found.unknown].into_iter().flatten();
    all.any(|applied| applied.policy.object.partial || applied.policy.object.root.has_unknown())
}

/// Where the rules of a policy begin.
pub(super) fn first_rule(observer: &Observer<'_>, object: &Object) -> Option<Spot> {
    let rule = object.root.path(&["spec", "rules"])?.items().first()?;
    Some(Spot::of(observer.sources, observer.sources.first_line(rule.origin.at)))
}

fn judge<'a>(case: &Case<'a>) -> (Fact, Option<&'a Object>, &'static str) {
    let found = case.view.effective.authorization(case.own);
    let sure = |list: &[Applied<'a>], is: &dyn Fn(&Authorization<'a>) -> bool| {
        list.iter().find(|applied| applied.applies.is_yes() && is(&applied.policy)).map(|applied| applied.policy.object)
    };
    let rules = |policy: &Authorization<'a>| !policy.rules().is_empty();
    let open = sure(&found.allow, &|policy| admits_everyone(policy));
    let explicit = sure(&found.allow, &|policy| rules(policy) && is_explicit(policy));
    let loose = sure(&found.allow, &|policy| rules(policy) && !admits_everyone(policy) && !is_explicit(policy));
    let custom = sure(&found.custom, &|_| true);
    let nothing = sure(&found.allow, &|policy| !rules(policy));
    let unclear =
        [&found.allow, &found.deny, &found.custom, &found.unknown].into_iter().flatten().any(|applied| applied.applies.is_unknown())
            || !found.unknown.is_empty()
            || found.allow.iter().any(|applied| !applied.policy.has_known_rules());
    let behind = waypoint(case);
    let allowed = explicit.or(behind).or(custom);
    let denies = case.view.mesh.default_deny(&case.workload.namespace, case.view.effective.root());
    let denied = matches!(denies, DefaultDeny::Yes) || (denies == DefaultDeny::External && custom.is_some());
    if let Member::Excluded(..) = case.member
        && (allowed.is_some() || nothing.is_some())
    {
        return (Fact::WorkloadOpen, allowed.or(nothing), "no proxy of the mesh enforces the policy: the workload is kept out of it");
    }
    match (open, loose, allowed) {
        (Some(object), ..) => (Fact::WorkloadOpen, Some(object), "a policy admits everyone"),
        _ if unclear || (denies == DefaultDeny::Unknown && allowed.is_some()) => {
            (Fact::WorkloadAuthzUnseen, None, "which policies are in force cannot be told")
        }
        (_, Some(object), _) => (Fact::WorkloadOpen, Some(object), "a policy admits callers without naming them"),
        (.., Some(object)) if denied => {
            (Fact::WorkloadAuthorized, Some(object), "an allow policy selects it, and its namespace denies by default")
        }
        (.., Some(object)) => (Fact::WorkloadOpen, Some(object), "its namespace does not deny by default"),
        (.., None) if nothing.is_some() => (Fact::WorkloadOpen, nothing, "no policy admits its callers explicitly"),
        (.., None) if !found.deny.is_empty() => {
            (Fact::WorkloadOpen, sure(&found.deny, &|_| true), "policies deny some callers, and let in everyone else")
        }
        (.., None) if matches!(case.member, Member::Other(..)) => {
            (Fact::WorkloadAuthzUnseen, None, "where its callers are authorised is not in sight")
        }
        (.., None) if case.view.mesh.authorization_policies.is_empty() && case.member == Member::Unseen => {
            (Fact::WorkloadAuthzUnseen, None, "policies of the mesh lie elsewhere")
        }
        (.., None) => (Fact::WorkloadOpen, None, "no policy selects it, so that everyone is let in"),
    }
}

/// In ambient mode: a policy for the waypoint that the workload's Service or namespace uses.
fn waypoint<'a>(case: &Case<'a>) -> Option<&'a Object> {
    let Member::Ambient(_) = case.member else { return None };
    const KEY: &str = "istio.io/use-waypoint";
    let labels = case.pod.labels();
    let of_space = |space: &'a Space| space.declared.iter().find_map(|object| object.labels()?.get(KEY)?.as_str());
    let services: Vec<&Object> =
        case.space.services_of(&labels).filter(|(_, selected)| selected.is_yes()).map(|(object, _)| &**object).collect();
    let gateway = services.iter().find_map(|object| object.labels()?.get(KEY)?.as_str()).or_else(|| of_space(case.space))?;
    case.view.mesh.authorization_policies.iter().map(|object| &**object).find(|object| {
        let same = crate::model::mesh::namespace_of(object) == Some(&*case.workload.namespace);
        let Target::Refs(refs) = target(object) else { return false };
        let named = refs.iter().any(|one| match one.kind {
            "Gateway" => one.name == gateway,
            "Service" => services.iter().any(|service| service.name() == Some(one.name)),
            _ => false,
        });
        let policy = Authorization::new(object);
        same && named && !policy.is_dry_run() && !policy.rules().is_empty() && !admits_everyone(&policy) && is_explicit(&policy)
    })
}

/// The policies that would admit the callers of the workload, with its own names and labels.
fn patch(case: &Case<'_>) -> String {
    let namespace = &case.workload.namespace;
    let denies = case.view.mesh.default_deny(namespace, case.view.effective.root()) == DefaultDeny::Yes;
    let app = case.workload.object.root.path(&["spec", "selector", "matchLabels"]).map_or(&[][..], Node::entries).first().map_or_else(
        || ("app".to_owned(), case.workload.app.clone()),
        |entry| (entry.key.to_string(), entry.value.as_str().unwrap_or(&case.workload.app).to_owned()),
    );
    let quote = |text: &str| crate::assess::remedy::word(text);
    let (namespace, name) = (quote(namespace), quote(&case.workload.app));
    let deny = if denies {
        String::new()
    } else {
        format!(
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: deny-all, namespace: {namespace}}}\nspec: {{}}\n---\n"
        )
    };
    format!(
        "{deny}apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec:\n  \
         selector:\n    matchLabels: {{{}: {}}}\n  action: ALLOW\n  rules:\n    - from:\n        - source:\n            \
         principals: [cluster.local/ns/CALLERS-NAMESPACE/sa/CALLERS-ACCOUNT]",
        quote(&app.0),
        quote(&app.1),
    )
}
