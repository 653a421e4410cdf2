//! What kinds of values expressions can have, as far as their text tells.

use crate::model::rego::{Module, RuleKind, Type, builtin};
use crate::syntax::rego::Kind;
use crate::syntax::rego::ast::{Body, Call, Expr, Literal, LiteralKind, Rule, Var};

/// A set of the kinds of values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Shape(u8);

impl Shape {
    pub(super) const NONE: Self = Self(0);
    const NULL: Self = Self(1);
    const BOOLEAN: Self = Self(2);
    const NUMBER: Self = Self(4);
    const STRING: Self = Self(8);
    const ARRAY: Self = Self(16);
    const OBJECT: Self = Self(32);
    const SET: Self = Self(64);
    pub(super) const COLLECTION: Self = Self(16 | 32 | 64);

    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn overlaps(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// `a number`, `a string or an array`
    pub(super) fn name(self) -> String {
        let kinds = [
            (Self::NULL, "null"),
            (Self::BOOLEAN, "a boolean"),
            (Self::NUMBER, "a number"),
            (Self::STRING, "a string"),
            (Self::ARRAY, "an array"),
            (Self::OBJECT, "an object"),
            (Self::SET, "a set"),
        ];
        let names: Vec<&str> = kinds.iter().filter(|(kind, _)| self.overlaps(*kind)).map(|(_, name)| *name).collect();
        names.join(" or ")
    }

    /// What `is_number` and its siblings state of their argument.
    pub(super) fn of_guard(name: &str) -> Option<Self> {
        Some(match name {
            "is_null" => Self::NULL,
            "is_boolean" => Self::BOOLEAN,
            "is_number" => Self::NUMBER,
            "is_string" => Self::STRING,
            "is_array" => Self::ARRAY,
            "is_object" => Self::OBJECT,
            "is_set" => Self::SET,
            _ => return None,
        })
    }

    fn of_type(ty: &Type) -> Option<Self> {
        Some(match ty {
            Type::Any => return None,
            Type::Null => Self::NULL,
            Type::Boolean => Self::BOOLEAN,
            Type::Number => Self::NUMBER,
            Type::String => Self::STRING,
            Type::Array(..) => Self::ARRAY,
            Type::Object(..) => Self::OBJECT,
            Type::Set(_) => Self::SET,
            Type::Union(types) => return types.iter().try_fold(Self::NONE, |all, ty| Some(all.or(Self::of_type(ty)?))),
        })
    }
}

/// Tells the shapes of a module's expressions.
pub(super) struct Shapes<'m, 't> {
    module: &'m Module<'t>,
}

/// Locals that are followed through one another.
const MAX_DEPTH: u32 = 8;
/// Longer rules, in bytes, are not searched for assignments.
const MAX_RULE: u32 = 16_384;

impl<'m, 't> Shapes<'m, 't> {
    pub(super) fn new(module: &'m Module<'t>) -> Self {
        Self { module }
    }

    /// The shape of an expression; `None` where it can be anything.
    pub(super) fn of(&self, expr: Expr<'t>) -> Option<Shape> {
        self.at_depth(expr, 0)
    }

    fn at_depth(&self, expr: Expr<'t>, depth: u32) -> Option<Shape> {
        if depth > MAX_DEPTH {
            return None;
        }
        match expr.inner() {
            Expr::Scalar(scalar) => match scalar.token()?.kind() {
                Kind::Number => Some(Shape::NUMBER),
                Kind::String | Kind::RawString => Some(Shape::STRING),
                Kind::TrueKw | Kind::FalseKw => Some(Shape::BOOLEAN),
                Kind::NullKw => Some(Shape::NULL),
                _ => None,
            },
            Expr::Template(_) => Some(Shape::STRING),
            Expr::Array(_) | Expr::ArrayComprehension(_) => Some(Shape::ARRAY),
            Expr::Object(_) | Expr::ObjectComprehension(_) => Some(Shape::OBJECT),
            Expr::Set(_) | Expr::SetComprehension(_) => Some(Shape::SET),
            Expr::Membership(_) => Some(Shape::BOOLEAN),
            Expr::Negative(_) => Some(Shape::NUMBER),
            Expr::Infix(infix) => match infix.op()?.kind() {
                Kind::Plus | Kind::Star | Kind::Slash | Kind::Percent => Some(Shape::NUMBER),
                Kind::Ampersand | Kind::Pipe => Some(Shape::SET),
                Kind::Minus => {
                    let sides = [infix.left(), infix.right()].into_iter().flatten();
                    let known =
                        sides.filter_map(|side| self.at_depth(side, depth + 1)).find(|shape| *shape != Shape::NUMBER.or(Shape::SET));
                    Some(known.filter(|shape| matches!(*shape, Shape::NUMBER | Shape::SET)).unwrap_or(Shape::NUMBER.or(Shape::SET)))
                }
                Kind::EqualEqual | Kind::NotEqual | Kind::Less | Kind::LessEqual | Kind::Greater | Kind::GreaterEqual => {
                    Some(Shape::BOOLEAN)
                }
                _ => None,
            },
            Expr::Call(call) => self.of_call(call),
            Expr::Var(var) => self.of_var(var, depth),
            Expr::Ref(_) | Expr::Logical(_) | Expr::Paren(_) => None,
        }
    }

    fn of_call(&self, call: Call<'t>) -> Option<Shape> {
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
        if found.relation { None } else { Shape::of_type(result) }
    }

    /// A local variable that is assigned once, or a set that rules of the module define.
    fn of_var(&self, var: Var<'t>, depth: u32) -> Option<Shape> {
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
                is_set.then_some(Shape::SET)
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
