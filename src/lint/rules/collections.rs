//! Which kind of collection an expression is, where the module alone tells.

use super::opa_view;
use crate::diag::Applicability;
use crate::lint::context::FileCx;
use crate::model::rego::{BindingKind, Name, RuleKind, Type, builtin};
use crate::syntax::rego::ast::{Expr, Infix};
use crate::syntax::rego::{Kind, Node};

/// A kind of collection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    Array,
    Set,
    Object,
}

impl Shape {
    /// The empty collection.
    pub(super) fn empty(self) -> &'static str {
        match self {
            Self::Array => "[]",
            Self::Set => "set()",
            Self::Object => "{}",
        }
    }
}

/// What the expression is whenever it has a value; `None` where that is not known.
pub(super) fn shape<'t>(cx: &FileCx<'t>, expr: Expr<'t>) -> Option<Shape> {
    // locals that are assigned locals
    const MAX_STEPS: u32 = 8;
    shape_within(cx, expr, MAX_STEPS)
}

fn shape_within<'t>(cx: &FileCx<'t>, expr: Expr<'t>, steps: u32) -> Option<Shape> {
    Some(match expr.inner() {
        Expr::Array(_) | Expr::ArrayComprehension(_) => Shape::Array,
        Expr::Set(_) | Expr::SetComprehension(_) => Shape::Set,
        Expr::Object(_) | Expr::ObjectComprehension(_) => Shape::Object,
        Expr::Call(call) => {
            let name = call.name()?;
            let first = name.split('.').next().unwrap_or_default();
            if cx.module().rule_named(first).is_some() || cx.module().import_named(first).is_some() {
                return None;
            }
            if name == "set" {
                return call.args().next().is_none().then_some(Shape::Set);
            }
            match builtin(&name)?.result?.1 {
                Type::Array(..) => Shape::Array,
                Type::Set(_) => Shape::Set,
                Type::Object(..) => Shape::Object,
                _ => return None,
            }
        }
        Expr::Infix(infix) => match infix.op()?.kind() {
            Kind::Pipe | Kind::Ampersand => Shape::Set,
            _ => return None,
        },
        Expr::Var(var) => match cx.scopes().name(var.node())? {
            Name::Local(at) => {
                let scopes = cx.scopes();
                let binding = scopes.bindings[at as usize];
                if binding.kind != BindingKind::Assign {
                    return None;
                }
                let rule = cx.module().rules.get(binding.rule as usize)?;
                let assigned = rule.rule.node().descendants().filter_map(Infix::cast).find(|infix| {
                    infix.op().is_some_and(|op| op.kind() == Kind::Assign) && infix.left().is_some_and(|left| left.span() == binding.span)
                })?;
                return shape_within(cx, assigned.right()?, steps.checked_sub(1)?);
            }
            Name::Rule(at) => {
                let name = cx.module().rules.get(at as usize)?.name;
                let mut rules = cx.module().rules.iter().filter(|rule| rule.name == name);
                let is_set = rules.all(|rule| rule.kind == RuleKind::PartialSet && rule.path.len() == 1 && rule.is_constant);
                return is_set.then_some(Shape::Set);
            }
            _ => return None,
        },
        _ => return None,
    })
}

/// Calls of the same builtin within each other, as the list of the innermost operands: `f(a, f(b, c))`.
pub(super) fn operands<'t>(cx: &FileCx<'t>, call: crate::syntax::rego::ast::Call<'t>, path: &[&str]) -> Option<Vec<Expr<'t>>> {
    let mut out = Vec::new();
    let mut left = vec![Expr::Call(call)];
    while let Some(expr) = left.pop() {
        match expr.inner() {
            Expr::Call(call) if opa_view::calls_builtin(cx, call, path) => {
                let args: Vec<Expr<'t>> = call.args().collect();
                let [first, second] = args[..] else { return None };
                left.extend([second, first]);
            }
            _ => out.push(expr),
        }
    }
    Some(out)
}

/// Reports calls that one call of `builtin` with a list of all operands says shorter: each message at each place, with the fix once.
pub(super) fn report_joined(cx: &mut FileCx<'_>, node: Node<'_>, messages: &[&str], builtin: &str, fix: Option<(String, Applicability)>) {
    let places = if cx.is_regal() { opa_view::regal_places(node) } else { vec![node.span()] };
    let mut fix = fix;
    for place in places {
        for message in messages {
            let report = cx.report(place, *message).help(format!("write `{builtin}([…])`"));
            if let Some((text, applicability)) = fix.take() {
                report.fix(format!("use `{builtin}`"), applicability, [(node.span(), text)]);
            }
        }
    }
}
