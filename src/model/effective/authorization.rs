//! The AuthorizationPolicies that decide about a workload: CUSTOM, then DENY, then ALLOW; what no ALLOW policy is asked about is let in
//! (<https://istio.io/latest/docs/reference/config/security/authorization-policy/>).

use std::sync::Arc;

use super::attached::{Effective, Workload};
use crate::model::k8s::Object;
use crate::model::mesh::{Action, Authorization, Target, namespace_of, sources, target};
use crate::model::tri::Tri;
use crate::model::value::{Node, Origin};

/// A policy that applies to a workload, surely or perhaps.
#[derive(Clone, Copy, Debug)]
pub struct Applied<'e> {
    pub policy: Authorization<'e>,
    pub applies: Tri,
}

/// The policies that decide about a workload, in the unit's order. Those that are only tried are left out.
#[derive(Clone, Debug, Default)]
pub struct Authorizations<'e> {
    pub custom: Vec<Applied<'e>>,
    pub deny: Vec<Applied<'e>>,
    pub allow: Vec<Applied<'e>>,
    /// They decide nothing.
    pub audit: Vec<Applied<'e>>,
    /// Their action cannot be known.
    pub unknown: Vec<Applied<'e>>,
}

impl<'e> Authorizations<'e> {
    /// Whether requests that nothing allows are refused, and by which policy: an ALLOW policy applies, or one that denies everything.
    #[must_use]
    pub fn default_denied(&self) -> (Tri, Option<&'e Origin>) {
        let allow = self.allow.iter().map(|applied| (applied.applies, applied.policy.object.kind_at()));
        let deny = self.deny.iter().map(|applied| (denies_everything(applied), applied.policy.object.kind_at()));
        let unknown = self.unknown.iter().map(|applied| (applied.applies.and(Tri::Unknown), applied.policy.object.kind_at()));
        let best = allow.chain(deny).chain(unknown).reduce(|best, next| if next.0 > best.0 { next } else { best });
        match best {
            Some((Tri::Yes, at)) => (Tri::Yes, Some(at)),
            Some((answer, _)) => (answer, None),
            None => (Tri::No, None),
        }
    }

    /// Whether every request is let in: some policy allows everything and none asks further, or no policy allows, denies or asks.
    #[must_use]
    pub fn is_open(&self) -> Tri {
        let some = |list: &[Applied<'_>]| Tri::any(list.iter().map(|applied| applied.applies));
        let everything = |applied: &Applied<'_>| applied.applies.and(applied.policy.matches_everything());
        let allowed = Tri::any(self.allow.iter().map(everything)).or(!some(&self.allow));
        let narrowed = some(&self.deny).or(some(&self.custom)).or(some(&self.unknown).and(Tri::Unknown));
        allowed.and(!narrowed)
    }
}

fn denies_plaintext(policy: &Authorization<'_>) -> bool {
    let is_any = |list: &Node| list.items().iter().any(|item| item.as_str() == Some("*"));
    let alone = |source: &Node| {
        !source.entries().is_empty()
            && source.entries().iter().all(|entry| matches!(&*entry.key, "notPrincipals" | "notNamespaces") && is_any(&entry.value))
    };
    let whole = |rule: &Node| {
        let absent = |key: &str| rule.get(key).is_none_or(Node::is_null);
        absent("to") && absent("when") && sources(rule).any(alone)
    };
    policy.action == Action::Deny && !policy.is_dry_run() && policy.rules().iter().any(whole)
}

fn denies_everything(applied: &Applied<'_>) -> Tri {
    let known = if applied.policy.has_known_rules() { Tri::Yes } else { Tri::Unknown };
    applied.applies.and(applied.policy.matches_everything()).and(known.or(Tri::Unknown))
}

impl Effective {
    /// The policies that apply to a workload: of its namespace, of the root namespace, and where that cannot be known perhaps.
    #[must_use]
    pub fn authorization(&self, workload: &Workload) -> Authorizations<'_> {
        let whole = |namespace: Option<&str>| {
            let key = namespace.map(Arc::from);
            let applies = if namespace.is_some() { Tri::Yes } else { Tri::Unknown };
            self.authorization_of.get(&key).into_iter().flatten().map(move |at| (*at, applies))
        };
        let own = (&*workload.namespace != self.root()).then(|| whole(Some(&workload.namespace))).into_iter().flatten();
        let mut places: Vec<(u32, Tri)> = whole(Some(self.root())).chain(own).chain(whole(None)).collect();
        places.extend(&workload.authorization);
        places.sort_unstable();
        let mut found = Authorizations::default();
        for (at, applies) in places {
            self.sort(&self.authorization[at as usize], self.certainty(at, applies), &mut found);
        }
        found
    }

    /// Whether a DENY policy refuses every caller without a certificate to a workload: `notPrincipals: ["*"]` and nothing beside it.
    #[must_use]
    pub fn denies_plaintext(&self, workload: &Workload) -> Tri {
        let deniers = self.deniers.get_or_init(|| {
            let all = self.authorization.iter().enumerate();
            all.filter(|(_, object)| denies_plaintext(&Authorization::new(object))).map(|(at, _)| at as u32).collect()
        });
        Tri::any(deniers.iter().map(|at| {
            let object = &self.authorization[*at as usize];
            let applies = match target(object) {
                Target::Everything => match namespace_of(object) {
                    Some(name) => Tri::from(name == self.root() || name == &*workload.namespace),
                    None => Tri::Unknown,
                },
                Target::Unknown => Tri::Unknown,
                _ => workload.authorization.iter().find(|(own, _)| own == at).map_or(Tri::No, |(_, selected)| *selected),
            };
            self.certainty(*at, applies)
        }))
    }

    /// How sure it is that a policy is in force, beside what it selects.
    fn certainty(&self, at: u32, applies: Tri) -> Tri {
        let sure = !self.crowded && !self.doubtful.get(at as usize).copied().unwrap_or(false);
        if sure { applies } else { applies.and(Tri::Unknown) }
    }

    fn sort<'e>(&self, object: &'e Object, applies: Tri, found: &mut Authorizations<'e>) {
        let policy = Authorization::new(object);
        if policy.is_dry_run() {
            return;
        }
        // a target that cannot be read may be none
        let applies = if policy.target_is_known() { applies } else { applies.and(Tri::Unknown) };
        let list = match policy.action {
            Action::Custom => &mut found.custom,
            Action::Deny => &mut found.deny,
            Action::Allow => &mut found.allow,
            Action::Audit => &mut found.audit,
            Action::Unknown => &mut found.unknown,
        };
        list.push(Applied { policy, applies });
    }
}
