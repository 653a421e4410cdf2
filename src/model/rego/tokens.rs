//! How a module treats JSON web tokens: calls of `io.jwt.*` and what they are about.

use super::canonical::{Canonical, Term};
use super::scope::Scopes;
use super::{Facts, Module, RuleKind};
use crate::syntax::rego::ast::{Call, Expr, Infix, Literal, LiteralKind, ObjectItem, RefDot};
use crate::syntax::rego::{Kind, Node, Parse};
use crate::text::Span;

/// Facts about tokens in one module.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TokenFacts {
    pub calls: Vec<TokenCall>,
    /// Calls of functions that are not built in, with their arguments.
    pub arguments: Vec<(String, Vec<Term>)>,
    /// The values of complete rules: full path and value, one for each definition.
    pub values: Vec<RuleValue>,
    /// A name or string `aud` occurs.
    pub mentions_audience: bool,
    /// `iss` occurs where claims are read or compared, not as a key of constraints alone.
    pub mentions_issuer: bool,
    /// The same for `exp`.
    pub mentions_expiry: bool,
}

/// The value that a definition of a rule gives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleValue {
    /// `data.a.b.rule`
    pub path: String,
    pub value: Term,
    pub constraints: Constraints,
}

/// A family of functions of `io.jwt`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenFunction {
    Decode,
    DecodeVerify,
    /// `verify_rs256` and its siblings.
    Verify,
}

/// A call of an `io.jwt` function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenCall {
    pub function: TokenFunction,
    /// As written: `io.jwt.verify_rs256`.
    pub name: String,
    pub span: Span,
    /// Index in [`Facts::rules`].
    pub rule: u32,
    pub token: Term,
    /// Whether something is done with the result.
    pub used: bool,
    /// The second argument of `io.jwt.decode_verify`.
    pub constraints: Constraints,
}

/// What is known of an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Constraints {
    /// A literal with these keys.
    Keys(Vec<String>),
    /// The value at a path below `data`.
    At(String),
    Unknown,
}

impl TokenFacts {
    pub(super) fn new(parse: &Parse, module: &Module<'_>, scopes: &Scopes<'_>, facts: &Facts) -> Self {
        let canonical = Canonical::new(parse, module, scopes);
        let mut this = Self {
            mentions_audience: mentions_audience(parse),
            mentions_issuer: mentions_claim(parse, "iss"),
            mentions_expiry: mentions_claim(parse, "exp"),
            ..Self::default()
        };
        for node in parse.tree.root().descendants().filter(|node| node.kind() == Kind::Call) {
            let Some(call) = Call::cast(node) else { continue };
            let Some(name) = call.callee().and_then(|callee| module.resolve(scopes, callee)) else { continue };
            let rule = module.rules.partition_point(|rule| rule.rule.span().start <= node.span().start).saturating_sub(1) as u32;
            let path = name.dotted();
            match function(&path) {
                Some(function) => {
                    let Some(token) = call.args().next() else { continue };
                    let constraints = match (function, call.args().nth(1)) {
                        (TokenFunction::DecodeVerify, Some(object)) => constraints(&canonical, module, scopes, object, 0),
                        _ => Constraints::Unknown,
                    };
                    let used = is_used(call);
                    this.calls.push(TokenCall {
                        function,
                        name: path,
                        span: call.span(),
                        rule,
                        token: canonical.term(token),
                        used,
                        constraints,
                    });
                }
                None if super::builtin(&path).is_none() => {
                    let path = if path.starts_with("data.") { path } else { format!("{}.{path}", facts.package) };
                    this.arguments.push((path, call.args().map(|argument| canonical.term(argument)).collect()));
                }
                None => {}
            }
        }
        for (rule, fact) in module.rules.iter().zip(&facts.rules) {
            if rule.kind != RuleKind::Complete || rule.is_default {
                continue;
            }
            let values = std::iter::once(rule.head.value()).chain(rule.rule.elses().map(|branch| branch.value())).flatten();
            for value in values {
                this.values.push(RuleValue {
                    path: fact.path.clone(),
                    value: canonical.term(value),
                    constraints: constraints(&canonical, module, scopes, value, 0),
                });
            }
        }
        this
    }
}

fn function(name: &str) -> Option<TokenFunction> {
    match name.strip_prefix("io.jwt.")? {
        "decode" => Some(TokenFunction::Decode),
        "decode_verify" => Some(TokenFunction::DecodeVerify),
        rest if rest.starts_with("verify_") => Some(TokenFunction::Verify),
        _ => None,
    }
}

/// Whether a call's result is bound to a name, or goes into another expression.
fn is_used(call: Call<'_>) -> bool {
    let node = call.node();
    let Some(parent) = node.parent() else { return true };
    let all_wildcards = |expr: Expr<'_>| match expr.inner() {
        Expr::Array(array) => array.items().all(|item| matches!(item, Expr::Var(var) if var.name() == "_")),
        Expr::Var(var) => var.name() == "_",
        _ => false,
    };
    match parent.kind() {
        // a statement of its own; further arguments take the result
        Kind::Literal => call.args().nth(1).is_some_and(|result| !all_wildcards(result)),
        Kind::Infix if is_statement(parent) => {
            let other = parent.children().filter(|child| *child != node).find_map(Expr::cast);
            !other.is_some_and(all_wildcards)
        }
        _ => true,
    }
}

fn is_statement(node: Node<'_>) -> bool {
    node.parent()
        .and_then(Literal::cast)
        .is_some_and(|literal| matches!(literal.kind(), Some(LiteralKind::Expr(expr)) if expr.node() == node))
}

/// What is known of the object that `expr` gives; locals are followed to what they were assigned.
fn constraints<'t>(canonical: &Canonical<'_, 't>, module: &Module<'t>, scopes: &Scopes<'t>, expr: Expr<'t>, depth: u32) -> Constraints {
    match expr.inner() {
        Expr::Object(object) => {
            let keys: Option<Vec<String>> = object
                .items()
                .map(|item| match item.key()?.inner() {
                    Expr::Scalar(scalar) => super::string_value(scalar).map(|key| key.into_owned()),
                    _ => None,
                })
                .collect();
            keys.map_or(Constraints::Unknown, Constraints::Keys)
        }
        expr @ (Expr::Var(_) | Expr::Ref(_)) => match module.resolve(scopes, expr) {
            Some(resolved) => match resolved.root {
                super::Root::Data if resolved.complete => Constraints::At(resolved.dotted()),
                super::Root::Local(binding) if matches!(expr, Expr::Var(_)) && depth < 4 => match canonical.value_of(binding) {
                    Some(value) => constraints(canonical, module, scopes, value, depth + 1),
                    None => Constraints::Unknown,
                },
                _ => Constraints::Unknown,
            },
            None => Constraints::Unknown,
        },
        _ => Constraints::Unknown,
    }
}

fn mentions_audience(parse: &Parse) -> bool {
    // a search is far cheaper than a walk over the tokens
    memchr::memmem::find(parse.tree.text().as_bytes(), b"aud").is_some()
        && parse.tree.tokens().any(|token| match token.kind() {
            Kind::Ident => token.text() == "aud",
            Kind::String | Kind::RawString => matches!(token.text(), "\"aud\"" | "`aud`"),
            _ => false,
        })
}

/// Whether a claim's name stands somewhere but as a key of an object that is no pattern.
fn mentions_claim(parse: &Parse, claim: &str) -> bool {
    if memchr::memmem::find(parse.tree.text().as_bytes(), claim.as_bytes()).is_none() {
        return false;
    }
    let is_claim = |text: &str| text == claim || text.get(1..text.len().saturating_sub(1)) == Some(claim);
    parse.tree.root().descendants().any(|node| match node.kind() {
        Kind::RefDot => RefDot::cast(node).and_then(RefDot::name).is_some_and(|name| name.text() == claim),
        Kind::Scalar => is_claim(node.text()) && !is_plain_key(node),
        _ => false,
    })
}

/// Whether a string is a key of an object that nothing is matched with.
fn is_plain_key(node: Node<'_>) -> bool {
    let Some(item) = node.parent().and_then(ObjectItem::cast) else { return false };
    if item.key().is_none_or(|key| key.node() != node) {
        return false;
    }
    let object = item.node().parent();
    let matched = object.and_then(Node::parent).and_then(Infix::cast).and_then(|infix| Some((infix, infix.op()?)));
    match matched {
        Some((infix, op)) if op.kind() == Kind::Assign => infix.left().map(Expr::node) != object,
        Some((_, op)) => !matches!(op.kind(), Kind::Equal | Kind::EqualEqual),
        None => true,
    }
}
