//! What an AuthorizationPolicy decides (<https://istio.io/latest/docs/reference/config/security/authorization-policy/>).

use super::policy::{Target, is_known_version, target};
use crate::model::k8s::Object;
use crate::model::tri::Tri;
use crate::model::value::{Node, Scalar, Value};

/// The action of an AuthorizationPolicy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// Written, or for want of an action.
    Allow,
    Deny,
    Audit,
    Custom,
    Unknown,
}

/// What an AuthorizationPolicy says. The object may be of a wrong shape anywhere.
#[derive(Clone, Copy, Debug)]
pub struct Authorization<'o> {
    pub object: &'o Object,
    pub action: Action,
}

impl<'o> Authorization<'o> {
    /// The view of an AuthorizationPolicy.
    #[must_use]
    pub fn new(object: &'o Object) -> Self {
        if !is_known_version(object) {
            return Self { object, action: Action::Unknown };
        }
        let action = match object.root.path(&["spec", "action"]).map(|node| &node.value) {
            None | Some(Value::Scalar(Scalar::Null)) if object.partial => Action::Unknown,
            None | Some(Value::Scalar(Scalar::Null)) => Action::Allow,
            Some(Value::Scalar(Scalar::String(text))) => match &**text {
                "ALLOW" => Action::Allow,
                "DENY" => Action::Deny,
                "AUDIT" => Action::Audit,
                "CUSTOM" => Action::Custom,
                _ => Action::Unknown,
            },
            Some(_) => Action::Unknown,
        };
        Self { object, action }
    }

    /// The items of `spec.rules`.
    #[must_use]
    pub fn rules(&self) -> &'o [Node] {
        self.object.root.path(&["spec", "rules"]).map_or(&[], Node::items)
    }

    /// Whether all rules can be read: `spec.rules` is absent or a list, and nothing in it is cut off.
    #[must_use]
    pub fn has_known_rules(&self) -> bool {
        let rules = self.object.root.path(&["spec", "rules"]);
        !self.object.partial && rules.is_none_or(|node| node.is_null() || matches!(node.value, Value::List(_)))
    }

    /// Whether it can be told which workloads it is meant for.
    #[must_use]
    pub fn target_is_known(&self) -> bool {
        !matches!(target(self.object), Target::Unknown)
    }

    /// Whether it is only tried: decisions are logged, not enforced. istiod reads the annotation with Go's `strconv.ParseBool`.
    #[must_use]
    pub fn is_dry_run(&self) -> bool {
        matches!(self.object.annotation("istio.io/dry-run"), Some("true" | "True" | "TRUE" | "t" | "T" | "1"))
    }

    /// Whether one of the rules matches every request.
    #[must_use]
    pub fn matches_everything(&self) -> Tri {
        Tri::any(self.rules().iter().map(rule_matches_everything))
    }
}

/// Whether what no rule allows is refused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum DefaultDeny {
    No,
    /// An external authorizer is asked about every request: it may refuse by default.
    External,
    Unknown,
    Yes,
}

impl Authorization<'_> {
    /// Whether the policy makes the workloads that its namespace stands for refuse what nothing allows: those of the namespace, or of
    /// the mesh. It has to apply to all of them, and either allow, because what it does not allow is refused then, or deny
    /// everything.
    #[must_use]
    pub fn default_deny(&self) -> DefaultDeny {
        let known = match target(self.object) {
            Target::Labels(_) | Target::Refs(_) => return DefaultDeny::No,
            Target::Everything => self.has_known_rules(),
            Target::Unknown => false,
        };
        let (everything, answer) = match self.action {
            _ if self.is_dry_run() => return DefaultDeny::No,
            Action::Audit => return DefaultDeny::No,
            Action::Allow => (!self.matches_everything(), DefaultDeny::Yes),
            Action::Deny => (self.matches_everything(), DefaultDeny::Yes),
            Action::Custom => (self.matches_everything(), DefaultDeny::External),
            Action::Unknown => (Tri::Unknown, DefaultDeny::Unknown),
        };
        match everything {
            Tri::No => DefaultDeny::No,
            Tri::Yes if known => answer,
            Tri::Yes | Tri::Unknown => DefaultDeny::Unknown,
        }
    }

    /// Whether the policy refuses tokens that were issued for others. Rules without any condition on the token are open to requests
    /// without one too, so they are no matter of audiences; a rule that asks for a token but not for its audience lets every
    /// audience through.
    #[must_use]
    pub fn checks_audience(&self) -> Tri {
        let demanded = match self.action {
            _ if self.is_dry_run() => return Tri::No,
            Action::Allow => "values",
            Action::Deny => "notValues",
            Action::Unknown => return Tri::from(self.rules().iter().any(names_audience)).and(Tri::Unknown),
            Action::Audit | Action::Custom => return Tri::No,
        };
        let mut answers: Vec<Tri> = Vec::new();
        for rule in self.rules() {
            let checked = Tri::any(conditions(rule).iter().map(|condition| demands_audience(condition, demanded)));
            if !checked.is_no() || (self.action == Action::Allow && names_token(rule)) {
                answers.push(checked);
            }
        }
        if answers.is_empty() { Tri::No } else { Tri::all(answers) }
    }
}

/// The sources in a rule's `from`.
pub fn sources(rule: &Node) -> impl Iterator<Item = &Node> {
    rule.get("from").map_or(&[][..], Node::items).iter().filter_map(|item| item.get("source"))
}

/// The operations in a rule's `to`.
pub fn operations(rule: &Node) -> impl Iterator<Item = &Node> {
    rule.get("to").map_or(&[][..], Node::items).iter().filter_map(|item| item.get("operation"))
}

/// The conditions in a rule's `when`.
#[must_use]
pub fn conditions(rule: &Node) -> &[Node] {
    rule.get("when").map_or(&[], Node::items)
}

/// What a condition of `when` is about.
#[must_use]
pub fn condition_key(condition: &Node) -> Option<&str> {
    condition.get("key")?.as_str()
}

/// Both keys are matched against all of the token's audiences (`pilot/pkg/security/authz/model/generator.go`).
fn is_audience(key: &str) -> bool {
    matches!(key, "request.auth.audiences" | "request.auth.claims[aud]")
}

fn names_audience(rule: &Node) -> bool {
    conditions(rule).iter().any(|condition| condition_key(condition).is_some_and(is_audience))
}

/// Whether a condition asks for particular audiences. `*` is any.
fn demands_audience(condition: &Node, list: &str) -> Tri {
    match condition_key(condition) {
        Some(key) if is_audience(key) => {}
        None if condition.get("key").is_some_and(|key| key.unknown().is_some()) => return Tri::Unknown,
        _ => return Tri::No,
    }
    match condition.get(list).map(|node| (node, &node.value)) {
        Some((_, Value::List(items))) if items.iter().any(|item| item.as_str() == Some("*")) => Tri::No,
        Some((_, Value::List(items))) => Tri::from(!items.is_empty()),
        Some((node, _)) if node.unknown().is_some() => Tri::Unknown,
        _ => Tri::No,
    }
}

/// Whether a rule asks for a token in any way.
fn names_token(rule: &Node) -> bool {
    sources(rule).any(names_request_principals) || conditions(rule).iter().any(is_about_token)
}

/// Whether a rule matches no request without a token: each of its sources, which are alternatives, asks for a principal of one, or a
/// condition does. What has no token matches `notValues`.
#[must_use]
pub(super) fn asks_token(rule: &Node) -> bool {
    let asks = |condition: &Node| match condition.get("values") {
        Some(list) => !matches!(&list.value, Value::List(items) if items.is_empty()),
        None => condition.get("notValues").is_none(),
    };
    let mut items = rule.get("from").map_or(&[][..], Node::items).iter().peekable();
    let every_source = items.peek().is_some() && items.all(|item| item.get("source").is_some_and(names_request_principals));
    every_source || conditions(rule).iter().any(|condition| is_about_token(condition) && asks(condition))
}

fn names_request_principals(source: &Node) -> bool {
    source.get("requestPrincipals").is_some_and(|list| !list.items().is_empty())
}

fn is_about_token(condition: &Node) -> bool {
    condition_key(condition).is_some_and(|key| key.starts_with("request.auth."))
}

/// Whether a rule matches every request: none of its sections narrows it. An absent section matches everything, and so does an empty
/// list, which decodes to an absent one. What validation refuses is unknown.
#[must_use]
pub fn rule_matches_everything(rule: &Node) -> Tri {
    if !matches!(rule.value, Value::Map(_)) {
        return if rule.is_null() { Tri::No } else { Tri::Unknown };
    }
    Tri::all(["from", "to", "when"].map(|section| match rule.get(section).map(|node| &node.value) {
        None | Some(Value::Scalar(Scalar::Null)) => Tri::Yes,
        Some(Value::List(items)) => items.is_empty().into(),
        Some(_) => Tri::Unknown,
    }))
}
