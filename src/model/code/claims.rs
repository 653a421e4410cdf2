//! Claims that are checked by hand, behind a call that verifies.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::names::Names;
use crate::model::tri::Tri;
use crate::syntax::source::{Kind, Language, Node, Role};

/// A claim that somebody has to look at.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
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
#[derive(Clone)]
pub(super) struct Region<'t> {
    parts: Vec<Node<'t>>,
}

/// So many functions are looked into.
const MAX_PARTS: usize = 24;

/// Nodes that were found, by what they were found for.
type Found<'t, K> = RefCell<FxHashMap<K, Rc<[Node<'t>]>>>;

/// What was found out about functions, each by its place.
#[derive(Default)]
pub(super) struct Memo<'t> {
    regions: RefCell<FxHashMap<u32, Rc<Region<'t>>>>,
    called: Found<'t, u32>,
    mentions: Found<'t, (u32, Claim)>,
}

impl<'t> Memo<'t> {
    /// The functions of this file that a part of it calls.
    fn called(names: &Names<'t>, part: Node<'t>) -> Rc<[Node<'t>]> {
        if let Some(known) = names.memo.called.borrow().get(&part.id()) {
            return Rc::clone(known);
        }
        let mut out: Vec<Node<'t>> = Vec::new();
        let functions = names.calls_in(part).iter().filter_map(|call| call.callee_name()).flat_map(|name| names.functions_named(name));
        for function in functions {
            if !names.spend(1) || out.len() >= MAX_PARTS {
                break;
            }
            if !part.holds(*function) && !out.contains(function) {
                out.push(*function);
            }
        }
        let out: Rc<[Node<'t>]> = out.into();
        names.memo.called.borrow_mut().insert(part.id(), Rc::clone(&out));
        out
    }

    /// Where a part of the file mentions a claim.
    fn mentions(names: &Names<'t>, part: Node<'t>, claim: Claim) -> Rc<[Node<'t>]> {
        let key = (part.id(), claim);
        if let Some(known) = names.memo.mentions.borrow().get(&key) {
            return Rc::clone(known);
        }
        let found: Rc<[Node<'t>]> =
            part.descendants().take_while(|_| names.spend(1)).filter(|node| is_about(names, *node, claim) && !is_logged(*node)).collect();
        names.memo.mentions.borrow_mut().insert(key, Rc::clone(&found));
        found
    }
}

impl<'t> Region<'t> {
    pub(super) fn around(names: &Names<'t>, call: Node<'t>) -> Rc<Self> {
        Self::of(names, home(call))
    }

    /// A function, and those that it calls.
    pub(super) fn of(names: &Names<'t>, home: Node<'t>) -> Rc<Self> {
        if let Some(known) = names.memo.regions.borrow().get(&home.id()) {
            return Rc::clone(known);
        }
        let mut parts = vec![home];
        // claims that check themselves, in golang-jwt
        if names.tree.language == Language::Go {
            parts.extend(["Valid", "Validate"].iter().flat_map(|name| names.functions_named(name)).take(MAX_PARTS).copied());
        }
        let mut at = 0;
        while at < parts.len() && parts.len() < MAX_PARTS {
            for function in Memo::called(names, parts[at]).iter() {
                if parts.len() < MAX_PARTS && !parts.iter().any(|part| part.holds(*function)) {
                    parts.push(*function);
                }
            }
            at += 1;
        }
        let region = Rc::new(Self { parts });
        names.memo.regions.borrow_mut().insert(home.id(), Rc::clone(&region));
        region
    }

    /// What belongs to any call of `method` in the file, and to `call`.
    pub(super) fn around_all(names: &Names<'t>, call: Node<'t>, method: &str) -> Self {
        let mut all = Self::clone(&Self::around(names, call));
        for other in names.calls_named(method) {
            if all.parts.len() >= MAX_PARTS || !names.spend(1) {
                break;
            }
            for part in &Self::around(names, *other).parts {
                if !all.parts.contains(part) {
                    all.parts.push(*part);
                }
            }
        }
        all
    }

    /// All nodes of it.
    pub(super) fn nodes(&self) -> impl Iterator<Item = Node<'t>> {
        self.parts.iter().flat_map(|part| part.descendants())
    }

    /// Whether the claim is looked at outside of `call`: a mention is enough to be unsure, and so is a function of another file that
    /// is called as if it checked claims.
    pub(super) fn checks(&self, names: &Names<'t>, claim: Claim, call: Node<'t>) -> Tri {
        let apart = |node: &Node<'t>| !names.spend(1) || !(call.holds(*node) || node.kind() == Kind::Call && node.holds(call));
        if self.parts.iter().any(|part| Memo::mentions(names, *part, claim).iter().any(apart)) { Tri::Unknown } else { Tri::No }
    }
}

/// Whether a node is about a claim.
fn is_about<'t>(names: &Names<'t>, node: Node<'t>, claim: Claim) -> bool {
    match node.kind() {
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
        Kind::Call => is_foreign_checker(names, node, claim),
        _ => false,
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
fn is_foreign_checker<'t>(names: &Names<'t>, call: Node<'t>, claim: Claim) -> bool {
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
    let object =
        call.receiver().filter(|receiver| receiver.span().len() <= 16).map(|receiver| receiver.text().to_lowercase()).unwrap_or_default();
    ["console", "log", "logger", "logging", "slog", "klog", "fmt", "system.out", "this.logger", "self.logger", "zap"]
        .contains(&object.as_str())
        || call.callee_name() == Some("print")
}
