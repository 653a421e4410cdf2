//! Whether requests without a token are refused.

use super::authorization::{Action, Authorization, condition_key, conditions, names_token, sources};
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
            Action::Allow => known(!rules.is_empty() && rules.iter().all(names_token), TokenDemand::Yes),
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

/// Whether a rule of a DENY policy matches requests without a token: `notRequestPrincipals: ["*"]`, or the same as a condition.
fn denies_without_token(rule: &Node) -> bool {
    let is_any = |list: Option<&Node>| list.is_some_and(|list| list.items().iter().any(|item| item.as_str() == Some("*")));
    sources(rule).any(|source| is_any(source.get("notRequestPrincipals")))
        || conditions(rule)
            .iter()
            .any(|condition| condition_key(condition) == Some("request.auth.principal") && is_any(condition.get("notValues")))
}
