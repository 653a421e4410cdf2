//! What kinds of values expressions can have, as far as their text tells.

use crate::model::rego::{Kinds, Module, RuleKind, builtin};
use crate::syntax::rego::Kind;
use crate::syntax::rego::ast::{Body, Call, Expr, Literal, LiteralKind, Rule, Var};

/// Nothing where all are possible.
fn known(kinds: Kinds) -> Option<Kinds> {
    (kinds != Kinds::ANY).then_some(kinds)
}

/// Tells the kinds of a module's expressions.
pub(super) struct ValueKinds<'m, 't> {
    module: &'m Module<'t>,
}

/// Locals that are followed through one another.
const MAX_DEPTH: u32 = 8;
/// Longer rules, in bytes, are not searched for assignments.
const MAX_RULE: u32 = 16_384;

impl<'m, 't> ValueKinds<'m, 't> {
    pub(super) fn new(module: &'m Module<'t>) -> Self {
        Self { module }
    }

    /// The kinds of an expression; `None` where it can be anything.
    pub(super) fn of(&self, expr: Expr<'t>) -> Option<Kinds> {
        self.at_depth(expr, 0)
    }

    fn at_depth(&self, expr: Expr<'t>, depth: u32) -> Option<Kinds> {
        if depth > MAX_DEPTH {
            return None;
        }
        match expr.inner() {
            Expr::Scalar(scalar) => match scalar.token()?.kind() {
                Kind::Number => Some(Kinds::NUMBER),
                Kind::String | Kind::RawString => Some(Kinds::STRING),
                Kind::TrueKw | Kind::FalseKw => Some(Kinds::BOOLEAN),
                Kind::NullKw => Some(Kinds::NULL),
                _ => None,
            },
            Expr::Template(_) => Some(Kinds::STRING),
            Expr::Array(_) | Expr::ArrayComprehension(_) => Some(Kinds::ARRAY),
            Expr::Object(_) | Expr::ObjectComprehension(_) => Some(Kinds::OBJECT),
            Expr::Set(_) | Expr::SetComprehension(_) => Some(Kinds::SET),
            Expr::Membership(_) => Some(Kinds::BOOLEAN),
            Expr::Negative(_) => Some(Kinds::NUMBER),
            Expr::Infix(infix) => match infix.op()?.kind() {
                Kind::Plus | Kind::Star | Kind::Slash | Kind::Percent => Some(Kinds::NUMBER),
                Kind::Ampersand | Kind::Pipe => Some(Kinds::SET),
                Kind::Minus => {
                    let sides = [infix.left(), infix.right()].into_iter().flatten();
                    let known =
                        sides.filter_map(|side| self.at_depth(side, depth + 1)).find(|kinds| *kinds != Kinds::NUMBER.or(Kinds::SET));
                    Some(known.filter(|kinds| matches!(*kinds, Kinds::NUMBER | Kinds::SET)).unwrap_or(Kinds::NUMBER.or(Kinds::SET)))
                }
                Kind::EqualEqual | Kind::NotEqual | Kind::Less | Kind::LessEqual | Kind::Greater | Kind::GreaterEqual => {
                    Some(Kinds::BOOLEAN)
                }
                _ => None,
            },
            Expr::Call(call) => self.of_call(call),
            Expr::Var(var) => self.of_var(var, depth),
            Expr::Ref(_) | Expr::Logical(_) | Expr::Paren(_) => None,
        }
    }

    fn of_call(&self, call: Call<'t>) -> Option<Kinds> {
        let name = call.name()?;
        let first = name.split('.').next()?;
        // a rule or an import of the name hides the builtin
        if self.module.rule_named(first).is_some() || self.module.import_named(first).is_some() {
            return None;
        }
        let found = builtin(&name)?;
        if found.args.len() != call.args().count() {
            return None;
        }
        let (_, result) = found.result?;
        if found.relation { None } else { known(Kinds::of(result)) }
    }

    /// A local variable that is assigned once, or a set that rules of the module define.
    fn of_var(&self, var: Var<'t>, depth: u32) -> Option<Kinds> {
        let name = var.name();
        let rule = var.node().ancestors().find_map(Rule::cast).filter(|rule| rule.span().len() <= MAX_RULE)?;
        let mut assigned: Option<Option<Expr<'t>>> = None;
        let mut declared = false;
        for node in rule.node().descendants() {
            if let Some(literal) = Literal::cast(node) {
                match literal.kind() {
                    Some(LiteralKind::Expr(Expr::Infix(infix))) if infix.op().is_some_and(|op| op.kind() == Kind::Assign) => {
                        let (Some(left), Some(right)) = (infix.left(), infix.right()) else { continue };
                        match left.inner() {
                            Expr::Var(target) if target.name() == name => {
                                // a second one of the name, or one in a body that the use does not lie in
                                let visible = enclosing_body(literal).is_some_and(|body| body.span().covers(var.span()));
                                assigned = Some(if assigned.is_none() && visible { Some(right) } else { None });
                            }
                            pattern => declared |= mentions(pattern, name),
                        }
                    }
                    Some(LiteralKind::SomeDecl(some)) => declared |= some.vars().any(|expr| mentions(expr, name)),
                    Some(LiteralKind::SomeIn(some)) => {
                        declared |= [some.key(), some.value()].into_iter().flatten().any(|expr| mentions(expr, name));
                    }
                    Some(LiteralKind::Every(every)) => {
                        declared |= [every.key(), every.value()].into_iter().flatten().any(|expr| mentions(expr, name));
                    }
                    _ => {}
                }
            }
        }
        let arguments = rule.head().and_then(|head| head.args());
        declared |= arguments.into_iter().flat_map(|args| args.exprs()).any(|expr| mentions(expr, name));
        if declared {
            return None;
        }
        match assigned {
            Some(value) => self.at_depth(value?, depth + 1),
            None => {
                let is_set = self.module.import_named(name).is_none()
                    && self
                        .module
                        .rules
                        .iter()
                        .filter(|rule| rule.name == name)
                        .all(|rule| rule.kind == RuleKind::PartialSet && rule.is_constant && rule.path.len() == 1)
                    && self.module.rule_named(name).is_some();
                is_set.then_some(Kinds::SET)
            }
        }
    }
}

fn enclosing_body(literal: Literal<'_>) -> Option<Body<'_>> {
    literal.node().parent().and_then(Body::cast)
}

fn mentions(expr: Expr<'_>, name: &str) -> bool {
    expr.node().descendants().any(|node| node.kind() == Kind::Var && node.text() == name)
}
