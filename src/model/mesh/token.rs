//! Whether requests without a token are refused.

use super::authorization::{Action, Authorization, asks_token, condition_key, conditions, sources};
use crate::model::k8s::Object;
use crate::model::tri::Tri;
use crate::model::value::Node;

/// Whether the policies of some workloads refuse requests without a token.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum TokenDemand {
    No,
    /// An external authorizer is asked, which may demand one.
    External,
    Unknown,
    Yes,
}

impl Authorization<'_> {
    /// Whether the policy, where it applies, refuses requests without a token: it allows, and each of its rules asks for a token, or
    /// it denies what has none. A policy that allows nothing is left to [`Authorization::allows_nothing`].
    #[must_use]
    pub fn demands_token(&self) -> TokenDemand {
        if self.is_dry_run() {
            return TokenDemand::No;
        }
        let known = |answer: bool, then: TokenDemand| match (answer, self.has_known_rules()) {
            (true, true) => then,
            (true, false) => TokenDemand::Unknown,
            (false, _) => TokenDemand::No,
        };
        let rules = self.rules();
        match self.action {
            Action::Allow => known(!rules.is_empty() && rules.iter().all(asks_token), TokenDemand::Yes),
            Action::Deny => known(rules.iter().any(denies_without_token), TokenDemand::Yes),
            Action::Custom => known(!rules.is_empty(), TokenDemand::External),
            Action::Audit => TokenDemand::No,
            Action::Unknown => TokenDemand::Unknown,
        }
    }

    /// Whether it allows and has no rule.
    #[must_use]
    pub fn allows_nothing(&self) -> Tri {
        match self.action {
            _ if self.is_dry_run() => Tri::No,
            Action::Allow if !self.rules().is_empty() => Tri::No,
            Action::Allow => Tri::Yes.and(if self.has_known_rules() { Tri::Yes } else { Tri::Unknown }),
            Action::Unknown => Tri::Unknown,
            Action::Deny | Action::Audit | Action::Custom => Tri::No,
        }
    }
}

/// Whether a RequestAuthentication itself refuses requests without a token: with `presence: REQUIRED` on one of its rules istiod asks for
/// that token without an alternative, whatever the other rules accept.
#[must_use]
pub fn requires_token(authentication: &Object) -> Tri {
    let rules = authentication.root.path(&["spec", "jwtRules"]).map_or(&[][..], Node::items);
    Tri::any(rules.iter().filter_map(|rule| rule.get("presence")).map(|presence| match presence.unknown() {
        Some(_) => Tri::Unknown,
        None => Tri::from(presence.as_str() == Some("REQUIRED")),
    }))
}

/// Whether a rule of a DENY policy matches requests without a token: `notRequestPrincipals`, or a condition on the token with
/// `notValues`. What has no token has none of their values; and it has none of those that `requestPrincipals` or `values` ask for.
fn denies_without_token(rule: &Node) -> bool {
    let filled = |node: &Node, key: &str| node.get(key).is_some_and(|list| !list.items().is_empty());
    let about_token: Vec<&Node> =
        conditions(rule).iter().filter(|condition| condition_key(condition).is_some_and(|key| key.starts_with("request.auth."))).collect();
    if about_token.iter().any(|condition| filled(condition, "values")) {
        return false;
    }
    sources(rule).any(|source| filled(source, "notRequestPrincipals") && !filled(source, "requestPrincipals"))
        || about_token.iter().any(|condition| filled(condition, "notValues"))
}
