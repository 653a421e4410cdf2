//! What names stand for where that is written down once.

use crate::lint::context::FileCx;
use crate::model::rego::{BindingKind, Name, RuleKind};
use crate::syntax::rego::ast::{Expr, Infix};
use crate::syntax::rego::{Kind, Node, Parse};
use crate::text::Span;

/// The literal that an expression is, or that the name is bound to which it consists of: a local variable by its `:=`, or a rule by its
/// only definition, which is unconditional. `None` for all else.
pub(super) fn constant_of<'t>(cx: &FileCx<'t>, expr: Expr<'t>) -> Option<Expr<'t>> {
    let expr = expr.inner();
    let Expr::Var(var) = expr else {
        return is_literal(expr).then_some(expr);
    };
    let scopes = cx.scopes();
    let value = match scopes.name(var.node())? {
        Name::Local(at) => {
            let binding = scopes.bindings.get(at as usize).filter(|binding| binding.kind == BindingKind::Assign)?;
            let declared = node_at(cx.parse(), binding.span)?;
            // a pattern has other parents
            let infix = Infix::cast(declared.parent()?)?;
            infix.left().filter(|left| left.node() == declared)?;
            infix.right()?.inner()
        }
        Name::Rule(_) => {
            let mut named = cx.module().rules.iter().filter(|rule| rule.name == var.name());
            let rule = named.next()?;
            let unconditional = rule.rule.bodies().next().is_none() && rule.rule.elses().next().is_none();
            let plain = matches!(rule.head.name(), Some(Expr::Var(_))) && rule.kind == RuleKind::Complete && !rule.is_default;
            if named.next().is_some() || !unconditional || !plain {
                return None;
            }
            rule.head.value()?.inner()
        }
        _ => return None,
    };
    is_literal(value).then_some(value)
}

fn is_literal(expr: Expr<'_>) -> bool {
    matches!(expr, Expr::Scalar(_) | Expr::Array(_))
}

/// The variable that stands at `span`.
fn node_at(parse: &Parse, span: Span) -> Option<Node<'_>> {
    let tree = &parse.tree;
    // nodes start in the order of their ids
    let (mut low, mut high) = (0, u32::try_from(tree.node_count()).ok()?);
    while low < high {
        let middle = low + (high - low) / 2;
        if tree.node(middle)?.span().start < span.start {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let starting = (low..).map_while(|id| tree.node(id)).take_while(|node| node.span().start == span.start);
    starting.into_iter().find(|node| node.kind() == Kind::Var && node.span() == span)
}
