//! What a body declares, wherever it does.

use crate::syntax::rego::ast::{self, Expr, LiteralKind};
use crate::syntax::rego::{Kind, Node};

/// An assignment that is written as a call: `assign(x, 1)`.
pub(super) struct AssignCall<'t> {
    pub(super) callee: Expr<'t>,
    pub(super) left: Expr<'t>,
    pub(super) right: Expr<'t>,
}

impl<'t> AssignCall<'t> {
    pub(super) fn of(expr: Expr<'t>) -> Option<Self> {
        let Expr::Call(call) = expr else { return None };
        let callee = call.callee()?;
        let Expr::Var(name) = callee else { return None };
        let mut args = call.args();
        let (left, right) = (args.next()?, args.next()?);
        (name.name() == "assign" && args.next().is_none()).then_some(Self { callee, left, right })
    }
}

/// The names that a body declares outside of comprehensions: all that stand in patterns.
pub(super) fn declared<'t>(node: Node<'t>, names: &mut Vec<&'t str>) {
    for child in node.children() {
        match child.kind() {
            Kind::ArrayComprehension | Kind::SetComprehension | Kind::ObjectComprehension => continue,
            Kind::Literal => match ast::Literal::cast(child).and_then(ast::Literal::kind) {
                Some(LiteralKind::SomeDecl(some)) => some.vars().for_each(|var| pattern(Some(var), names)),
                Some(LiteralKind::SomeIn(some)) => [some.key(), some.value()].into_iter().for_each(|side| pattern(side, names)),
                Some(LiteralKind::Expr(Expr::Infix(infix))) if infix.op().is_some_and(|op| op.kind() == Kind::Assign) => {
                    pattern(infix.left(), names);
                }
                Some(LiteralKind::Expr(expr)) => pattern(AssignCall::of(expr).map(|call| call.left), names),
                _ => {}
            },
            _ => {}
        }
        declared(child, names);
    }
}

fn pattern<'t>(pattern: Option<Expr<'t>>, names: &mut Vec<&'t str>) {
    let vars = pattern.into_iter().flat_map(|pattern| pattern.node().descendants()).filter_map(ast::Var::cast);
    names.extend(vars.map(ast::Var::name));
}
