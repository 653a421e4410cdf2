//! What sources do with tokens and certificates: calls that verify a token and what each of them checks, tokens that are read
//! without, TLS peers that are not verified, SPIFFE IDs that are not looked at.
//!
//! By syntax, file by file: names are followed through imports and values of the same file. What is not visible is unknown.

mod claims;
mod go;
mod java;
pub mod library;
mod names;
mod options;
mod python;
mod script;
mod spiffe;
pub mod spring;
mod tls;

use crate::model::tri::Tri;
use crate::syntax::source::{Kind, Node, Role, Tree};
use crate::text::Span;
use claims::Region;
use names::Names;

/// What one file does.
#[derive(Clone, Debug, Default)]
pub struct Code {
    /// In the order of the text, as all lists here.
    pub verifications: Vec<Verification>,
    /// Tokens that are read without verifying them.
    pub unverified: Vec<Spot>,
    /// TLS whose peer is not verified.
    pub tls: Vec<Spot>,
    /// mTLS that takes any SPIFFE ID.
    pub authorize_any: Vec<Spot>,
}

/// A place, and what is there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spot {
    /// Where the call starts.
    pub at: Span,
    /// In words of the source, for a message.
    pub what: String,
    /// What is wrong with it: the rest of a sentence.
    pub why: &'static str,
    /// The function around it.
    pub function: String,
}

/// A call that verifies a token.
#[derive(Clone, Debug)]
pub struct Verification {
    /// Where the call, or the chain of calls that ends in it, starts.
    pub at: Span,
    /// The call, without arguments.
    pub what: String,
    pub function: String,
    pub audience: Check,
    pub issuer: Check,
    pub expiry: Check,
    /// That the algorithm is one of those that are expected.
    pub algorithm: Check,
}

/// What a call does about one thing that should be checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Check {
    pub done: Tri,
    /// Where it is not: the option that does it.
    pub remedy: &'static str,
    pub level: Gap,
}

/// How bad it is that something is not checked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Gap {
    /// It is checked, but for tokens without the claim.
    Optional,
    /// Nobody asks for it.
    Absent,
    /// It is turned off.
    Off,
}

impl Check {
    /// It is checked, or cannot be left out.
    const DONE: Self = Self { done: Tri::Yes, remedy: "", level: Gap::Absent };
    const UNKNOWN: Self = Self { done: Tri::Unknown, remedy: "", level: Gap::Absent };

    fn new(done: Tri, remedy: &'static str) -> Self {
        Self { done, remedy, level: Gap::Absent }
    }

    /// It is turned off.
    fn off(remedy: &'static str) -> Self {
        Self { done: Tri::No, remedy, level: Gap::Off }
    }

    /// Tokens without the claim pass.
    fn optional(remedy: &'static str) -> Self {
        Self { done: Tri::No, remedy, level: Gap::Optional }
    }

    fn or(self, other: Tri) -> Self {
        Self { done: self.done.or(other), ..self }
    }
}

/// What a file does, by its tree.
#[must_use]
pub fn read(tree: &Tree) -> Code {
    let names = Names::new(tree);
    let mut reader = Reader { names: &names, out: Code::default() };
    match tree.language {
        crate::syntax::source::Language::Go => go::read(&mut reader),
        crate::syntax::source::Language::Java => java::read(&mut reader),
        crate::syntax::source::Language::Python => python::read(&mut reader),
        _ => script::read(&mut reader),
    }
    tls::read(&mut reader);
    spiffe::read(&mut reader);
    let mut code = reader.out;
    code.verifications.sort_by_key(|call| call.at);
    for spots in [&mut code.unverified, &mut code.tls, &mut code.authorize_any] {
        spots.sort_by_key(|spot| spot.at);
        spots.dedup_by_key(|spot| spot.at.start);
    }
    code
}

/// A file being read.
struct Reader<'a, 't> {
    names: &'a Names<'t>,
    out: Code,
}

impl<'t> Reader<'_, 't> {
    fn tree(&self) -> &'t Tree {
        self.names.tree
    }

    /// All calls, in the order of the text.
    fn calls(&self) -> impl Iterator<Item = Node<'t>> + use<'t> {
        self.names.tree.nodes().filter(|node| matches!(node.kind(), Kind::Call | Kind::New))
    }

    fn spot(&self, at: Node<'t>, what: impl Into<String>, why: &'static str) -> Spot {
        Spot { at: at.span(), what: what.into(), why, function: function_name(at) }
    }

    /// Adds a place where a token is read unverified, unless more may be there than was looked at.
    fn unverified(&mut self, at: Node<'t>, why: &'static str) {
        if !self.names.is_exhausted() {
            let spot = self.spot(at, called(at), why);
            self.out.unverified.push(spot);
        }
    }

    /// Adds a call that verifies; what it leaves out may be checked by hand in the same function.
    fn verification(&mut self, call: Node<'t>, checks: Checks) {
        let region = Region::around(self.names, call);
        let by_hand = |check: Check, claim: claims::Claim| {
            if !check.done.is_no() || check.level == Gap::Optional {
                return check;
            }
            check.or(region.checks(self.names, claim, call))
        };
        let audience = by_hand(checks.audience, claims::Claim::Audience);
        let issuer = by_hand(checks.issuer, claims::Claim::Issuer);
        let expiry = by_hand(checks.expiry, claims::Claim::Expiry);
        let seen = Checks { audience, issuer, expiry, algorithm: checks.algorithm };
        let Checks { audience, issuer, expiry, algorithm } = if self.names.is_exhausted() { Checks::UNKNOWN } else { seen };
        let verification =
            Verification { at: call.span(), what: called(call), function: function_name(call), audience, issuer, expiry, algorithm };
        self.out.verifications.push(verification);
    }
}

/// What a call checks.
#[derive(Clone, Copy)]
struct Checks {
    audience: Check,
    issuer: Check,
    expiry: Check,
    algorithm: Check,
}

impl Checks {
    const UNKNOWN: Self = Self { audience: Check::UNKNOWN, issuer: Check::UNKNOWN, expiry: Check::UNKNOWN, algorithm: Check::UNKNOWN };
}

/// What a call calls, in words of the source: short, on one line.
fn called(call: Node<'_>) -> String {
    let name = match call.child(Role::Callee).or_else(|| call.child(Role::Type)) {
        Some(callee) => callee.text().to_owned(),
        None => match (call.child(Role::Object), call.child(Role::Name)) {
            (Some(object), Some(name)) => format!("{}.{}", object.text(), name.text()),
            (_, name) => name.map_or("", Node::text).to_owned(),
        },
    };
    shortened(&name)
}

/// A text on one line; of a chain of calls its beginning and its end.
fn shortened(text: &str) -> String {
    const MAX: usize = 40;
    let line: String = text.split_whitespace().collect();
    if line.chars().count() <= MAX {
        return line;
    }
    let head: String = line.split(['(', '.']).next().unwrap_or("").chars().take(MAX).collect();
    match line.rsplit_once('.').map(|(_, last)| last).filter(|last| !last.contains(['(', ')']) && last.chars().count() < MAX) {
        Some(last) => format!("{head}…{last}"),
        None => format!("{head}…"),
    }
}

/// The names of the functions and classes around a node: `Server.verify`.
fn function_name(node: Node<'_>) -> String {
    const MAX_PARTS: usize = 4;
    /// So far away is a function looked for.
    const MAX_ABOVE: usize = 400;
    let name = |above: Node<'_>| match above.kind() {
        Kind::Function | Kind::Class => match above.child(Role::Name) {
            Some(name) => Some(name.text().to_owned()),
            None => above.parent().filter(|parent| matches!(parent.kind(), Kind::Declare | Kind::Assign | Kind::Pair)).and_then(|parent| {
                let name = parent.child(Role::Name).or_else(|| parent.child(Role::Left)).or_else(|| parent.child(Role::Key));
                name.and_then(Node::last_name).map(str::to_owned)
            }),
        },
        _ => None,
    };
    let mut parts: Vec<String> = node.ancestors().take(MAX_ABOVE).filter_map(name).take(MAX_PARTS).collect();
    parts.reverse();
    parts.join(".")
}
