//! Claims that are checked by hand, behind a call that verifies.

use super::names::Names;
use crate::model::tri::Tri;
use crate::syntax::source::{Kind, Language, Node, Role};

/// A claim that somebody has to look at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Claim {
    Audience,
    Issuer,
    Expiry,
}

impl Claim {
    /// The claim's name, in texts.
    fn key(self) -> &'static str {
        match self {
            Self::Audience => "aud",
            Self::Issuer => "iss",
            Self::Expiry => "exp",
        }
    }

    /// Members and methods that give the claim, whatever they belong to.
    fn members(self) -> &'static [&'static str] {
        match self {
            Self::Audience => &["aud", "Aud", "GetAudience", "getAudience", "VerifyAudience", "AUD", "AUDIENCE", "WithAudience"],
            Self::Issuer => &["iss", "Iss", "GetIssuer", "getIssuer", "VerifyIssuer", "ISS", "ISSUER", "WithIssuer"],
            Self::Expiry => &[
                "exp",
                "Exp",
                "ExpiresAt",
                "GetExpirationTime",
                "getExpiration",
                "getExpirationTime",
                "getExpiresAt",
                "VerifyExpiresAt",
                "Expiry",
                "EXP",
                "EXPIRATION_TIME",
                "WithExpirationRequired",
            ],
        }
    }

    /// Members that may as well belong to a configuration.
    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Audience => &["Audience", "audience"],
            Self::Issuer => &["Issuer", "issuer"],
            Self::Expiry => &[],
        }
    }
}

/// Names of variables that hold configurations, not tokens.
const SETTINGS: [&str; 10] = ["cfg", "conf", "config", "env", "options", "opts", "settings", "properties", "props", "params"];

/// Words in the names of functions that look at claims.
const CHECKERS: [&str; 6] = ["valid", "verif", "check", "assert", "ensure", "require"];

/// The code that belongs to a call: the function around it, and the functions of this file that it calls.
pub(super) struct Region<'t> {
    parts: Vec<Node<'t>>,
}

/// So many functions are looked into.
const MAX_PARTS: usize = 24;

impl<'t> Region<'t> {
    pub(super) fn around(names: &Names<'t>, call: Node<'t>) -> Self {
        let mut parts = vec![home(call)];
        // claims that check themselves, in golang-jwt
        if names.tree.language == Language::Go {
            parts.extend(["Valid", "Validate"].iter().flat_map(|name| names.functions_named(name)).copied());
        }
        let mut at = 0;
        while at < parts.len() && parts.len() < MAX_PARTS {
            let part = parts[at];
            at += 1;
            for below in part.descendants().filter(|below| below.kind() == Kind::Call) {
                if !names.spend(1) || parts.len() >= MAX_PARTS {
                    break;
                }
                let Some(name) = below.callee_name() else { continue };
                for function in names.functions_named(name) {
                    if !parts.iter().any(|part| part.holds(*function)) && parts.len() < MAX_PARTS {
                        parts.push(*function);
                    }
                }
            }
        }
        Self { parts }
    }

    /// What belongs to any call of `method` in the file, and to `call`.
    pub(super) fn around_all(names: &Names<'t>, call: Node<'t>, method: &str) -> Self {
        let mut parts = Self::around(names, call).parts;
        for other in names.tree.nodes().filter(|node| node.kind() == Kind::Call && node.callee_name() == Some(method)) {
            if parts.len() >= MAX_PARTS {
                break;
            }
            parts.extend(Self::around(names, other).parts);
        }
        Self { parts }
    }

    /// All nodes of it but those of `call` itself.
    pub(super) fn nodes(&self, call: Node<'t>) -> impl Iterator<Item = Node<'t>> {
        let parts = self.parts.iter().flat_map(|part| part.descendants());
        parts.filter(move |node| !call.holds(*node))
    }

    /// Whether the claim is looked at: a mention is enough to be unsure, and so is a function of another file that is called as if it
    /// checked claims.
    pub(super) fn checks(&self, names: &Names<'t>, claim: Claim, call: Node<'t>) -> Tri {
        for node in self.nodes(call) {
            if !names.spend(1) {
                return Tri::Unknown;
            }
            let seen = match node.kind() {
                Kind::String => node.role() != Role::Key && node.string() == Some(claim.key()),
                Kind::Name if matches!(node.role(), Role::Name | Role::Callee) => {
                    let name = node.text();
                    let is_member = node.parent().is_some_and(|parent| matches!(parent.kind(), Kind::Member | Kind::Call));
                    let declares = node.parent().is_some_and(|parent| parent.kind() == Kind::Call && parent.child(Role::Object).is_none());
                    is_member
                        && (claim.members().contains(&name) && !(declares && name.starts_with("With"))
                            || claim.fields().contains(&name) && !is_setting(node))
                }
                // `const { aud } = payload`
                Kind::Name => {
                    node.text() == claim.key()
                        && node.parent().is_some_and(|parent| matches!(parent.kind(), Kind::Pattern | Kind::Pair))
                        && node.ancestors().take(3).any(|above| above.kind() == Kind::Pattern)
                }
                Kind::Call => !node.holds(call) && is_foreign_checker(names, node, claim),
                _ => false,
            };
            if seen && !is_logged(node) {
                return Tri::Unknown;
            }
        }
        Tri::No
    }
}

/// The function that a call belongs to: the nearest one with a name, else the outermost, else the file.
pub(super) fn home(call: Node<'_>) -> Node<'_> {
    let is_named = |function: &Node<'_>| {
        function.child(Role::Name).is_some()
            || function.parent().is_some_and(|parent| matches!(parent.kind(), Kind::Declare | Kind::Assign | Kind::Pair))
    };
    let functions = || call.functions();
    functions().find(is_named).or_else(|| functions().last()).unwrap_or_else(|| call.tree().root())
}

fn is_setting(member: Node<'_>) -> bool {
    let object = member.parent().and_then(|parent| parent.child(Role::Object));
    let name = object.and_then(Node::last_name).unwrap_or("").to_lowercase();
    SETTINGS.iter().any(|setting| name.ends_with(setting))
}

/// Whether a function of another file is called that is named as if it checked the claim.
fn is_foreign_checker(names: &Names<'_>, call: Node<'_>, claim: Claim) -> bool {
    let Some(name) = call.callee_name().map(str::to_lowercase) else { return false };
    let about = name.contains("claim")
        || name.contains("payload")
        || name.contains(claim.key()) && claim != Claim::Expiry
        || name.contains("expir") && claim == Claim::Expiry;
    about
        && !name.starts_with("set")
        && CHECKERS.iter().any(|word| name.contains(word))
        && names.functions_named(call.callee_name().unwrap_or("")).is_empty()
        && call.args().next().is_some()
}

/// Whether a value only goes to a log.
fn is_logged(node: Node<'_>) -> bool {
    let call = node.ancestors().take(8).take_while(|above| above.kind() != Kind::Block).find(|above| above.kind() == Kind::Arguments);
    let Some(call) = call.and_then(Node::parent) else { return false };
    let object = call.receiver().map(|receiver| receiver.text().to_lowercase()).unwrap_or_default();
    ["console", "log", "logger", "logging", "slog", "klog", "fmt", "system.out", "this.logger", "self.logger", "zap"]
        .contains(&object.as_str())
        || call.callee_name() == Some("print")
}
