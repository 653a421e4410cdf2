//! What one AuthorizationPolicy, or a policy of Cilium's, says by itself.

use super::super::{Scene, is_set, of_kind, subject, texts};
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Reach};
use crate::assess::world::Placed;
use crate::model::mesh::{Action, Authorization, DefaultDeny, conditions, operations, sources};
use crate::model::network::CiliumPolicy;
use crate::model::value::Node;

pub(super) fn observe(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for placed in of_kind(scene.world, "security.istio.io", "AuthorizationPolicy") {
        policy(scene, observer, placed);
    }
    for kind in ["CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"] {
        for placed in of_kind(scene.world, "cilium.io", kind) {
            cilium(observer, placed);
        }
    }
}

/// Whether an ALLOW policy admits everyone, by a rule without limits.
pub(super) fn admits_everyone(policy: &Authorization<'_>) -> bool {
    policy.action == Action::Allow && !policy.is_dry_run() && policy.matches_everything().is_yes()
}

/// Whether a principal is one that somebody chose: `*`, and all of a trust domain, are anyone with a certificate.
fn is_chosen(principal: &str) -> bool {
    let named = principal.split_once("ns/").is_some_and(|(_, rest)| rest.split('/').next().is_some_and(|name| !matches!(name, "" | "*")));
    !principal.contains('*') && !principal.is_empty() || named
}

/// Whether a source names identities.
fn names_identity(source: &Node) -> bool {
    let words = |key: &str| texts(source.get(key)).collect::<Vec<_>>();
    let chosen = |key: &str| {
        let words = words(key);
        !words.is_empty() && words.iter().all(|word| is_chosen(word))
    };
    // any valid token is somebody's
    ["principals", "namespaces", "serviceAccounts"].iter().any(|key| chosen(key)) || !words("requestPrincipals").is_empty()
}

/// Whether a condition of `when` is about who calls.
fn identifies(condition: &Node) -> bool {
    let key = condition.get("key").and_then(Node::as_str).unwrap_or("");
    let about = key.starts_with("request.auth.") || matches!(key, "source.principal" | "source.namespace" | "source.serviceAccount");
    about && texts(condition.get("values")).any(|word| word != "*")
}

/// Paths of probes, which anyone may call.
fn is_harmless(rule: &Node) -> bool {
    let known = ["/health", "/ready", "/live", "/metrics", "/ping", "/.well-known/", "/status", "/favicon"];
    let mut some = false;
    let all = operations(rule).all(|operation| {
        some = true;
        let mut paths = texts(operation.get("paths")).peekable();
        paths.peek().is_some() && paths.all(|path| known.iter().any(|known| path.starts_with(known)))
    });
    some && all
}

/// Whether every rule says from whom, by an allow list that is not anyone.
pub(super) fn is_explicit(policy: &Authorization<'_>) -> bool {
    let named = |source: &Node| names_identity(source) || is_set(source.get("ipBlocks")) || is_set(source.get("remoteIpBlocks"));
    let mut chosen = 0;
    let all = policy.rules().iter().all(|rule| {
        let mut from = sources(rule).peekable();
        let by_source = from.peek().is_some() && from.all(named);
        let own = by_source || conditions(rule).iter().any(identifies);
        chosen += usize::from(own);
        own || is_harmless(rule)
    });
    all && chosen > 0
}

fn policy(scene: &Scene<'_>, observer: &mut Observer<'_>, placed: &Placed) {
    let object = &*placed.object;
    let policy = Authorization::new(object);
    let who = subject(object);
    let at = object.kind_at();
    if policy.is_dry_run() {
        return;
    }
    if !policy.has_known_rules() {
        // that there is one can be read, what it says cannot
        if policy.action != Action::Audit {
            observer.note(Fact::AccessControl, who.clone(), &placed.reach, Some(at), "an AuthorizationPolicy, in part templated");
            let detail = "a template writes the policy";
            if matches!(policy.action, Action::Allow | Action::Unknown) {
                observer.templated(Fact::PolicyDefaultDeny, who.clone(), &placed.reach, Some(at), detail);
            }
            observer.templated(Fact::PolicyByIdentity, who, &placed.reach, Some(at), detail);
        }
        return;
    }
    if admits_everyone(&policy) {
        everyone(scene, observer, placed);
    } else if policy.default_deny() == DefaultDeny::Yes {
        observer.note(Fact::PolicyDefaultDeny, who.clone(), &placed.reach, Some(at), "what it does not allow is denied");
    } else if !matches!(policy.action, Action::Audit | Action::Unknown) {
        observer.note(Fact::AccessControl, who.clone(), &placed.reach, Some(at), "an AuthorizationPolicy");
    }
    let rules = policy.rules();
    let mut all = rules.iter().flat_map(sources).peekable();
    let by_condition = rules.iter().flat_map(conditions).any(identifies);
    match policy.action {
        Action::Allow | Action::Deny if by_condition => {
            observer.note(Fact::PolicyByIdentity, who, &placed.reach, Some(at), "it names identities");
        }
        Action::Allow if all.peek().is_some() => {
            if all.any(names_identity) {
                observer.note(Fact::PolicyByIdentity, who, &placed.reach, Some(at), "it names identities");
            } else {
                let observation = observer.add(Fact::PolicyByAddress, who, &placed.reach, Some(at), "it names addresses, or any identity");
                observation.open |= rules.iter().flat_map(sources).any(Node::has_unknown);
            }
        }
        // denying all but some is naming them; denying addresses says nothing of who is let in
        Action::Deny => {
            let others = |source: &Node| ["notPrincipals", "notNamespaces"].iter().any(|key| texts(source.get(key)).any(is_chosen));
            if all.any(|source| names_identity(source) || others(source)) {
                observer.note(Fact::PolicyByIdentity, who, &placed.reach, Some(at), "it names identities");
            }
        }
        Action::Allow | Action::Custom | Action::Audit | Action::Unknown => {}
    }
}

/// A policy that admits everyone, to each workload that it applies to.
fn everyone(scene: &Scene<'_>, observer: &mut Observer<'_>, placed: &Placed) {
    let object = &*placed.object;
    for (environment, cluster) in &scene.world.clusters {
        let here = placed.environment.as_deref().is_none_or(|own| own == environment);
        let (Some(view), true, true) = (scene.meshes.of(environment), here, cluster.namespaces().len() > 0) else { continue };
        for (nr, selected) in view.effective.selected(object) {
            let own = &view.effective.workloads()[nr];
            let is = |workload: &&crate::assess::world::Workload| std::sync::Arc::ptr_eq(&workload.object, &own.object);
            let Some(workload) = scene.world.subjects().find(is).filter(|_| selected.is_yes()) else { continue };
            let rule = super::allow::first_rule(observer, object);
            let observation = observer.add(
                Fact::AuthzAllowAll,
                workload.subject.clone(),
                &workload.reach(),
                Some(object.kind_at()),
                format!("`{}` admits everyone", object.name().unwrap_or("a policy")),
            );
            observation.also.extend(rule);
            observation.patch = "spec:\n  action: ALLOW\n  rules:\n    - from:\n        - source:\n            \
                                 principals: [cluster.local/ns/CALLERS-NAMESPACE/sa/CALLERS-ACCOUNT]"
                .to_owned();
        }
    }
}

/// A policy of Cilium's with mutual authentication decides by identity.
fn cilium(observer: &mut Observer<'_>, placed: &Placed) {
    let Some(view) = CiliumPolicy::new(&placed.object) else { return };
    let demands = |rule: &&Node| rule.path(&["authentication", "mode"]).and_then(Node::as_str) == Some("required");
    let rule = view.specs().find_map(|spec| spec.get("ingress").map_or(&[][..], Node::items).iter().find(demands));
    if let Some(rule) = rule {
        let reach = Reach { ..placed.reach.clone() };
        observer.note(Fact::PolicyByIdentity, subject(&placed.object), &reach, Some(&rule.origin), "it authenticates callers by identity");
    }
}
