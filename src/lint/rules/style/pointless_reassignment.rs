use crate::lint::rules::prelude::*;
use crate::lint::rules::support::is_hidden_from_regal;
use crate::model::rego::RuleKind;
use crate::syntax::rego::ast::{Expr, Literal, Var};

declare_rule! {
    PointlessReassignment {
        id: "pointless-reassignment",
        group: "style",
        summary: "a name for what has a name already",
        why: "`user := person` only gives a second name to one thing, and both have to be kept in mind.",
        bad: rego("package play\n\nallow if {\n\tusers := all_users\n\t\"alice\" in users\n}\n\nall_users := {\"alice\"}\n"),
        good: rego("package play\n\nallow if \"alice\" in all_users\n\nall_users := {\"alice\"}\n"),
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/pointless-reassignment",
        peers: &["regal style/pointless-reassignment"],
    }
}

impl Rule for PointlessReassignment {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Literal]
    }

    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        for rule in &cx.module().rules {
            let Some(Expr::Var(var)) = rule.head.value().map(Expr::inner) else { continue };
            let plain = matches!(rule.head.name(), Some(Expr::Var(_))) && rule.kind == RuleKind::Complete;
            if plain && !is_document(var) && rule.rule.bodies().next().is_none() {
                report(cx, rule.rule.span(), rule.name, var.name());
            }
        }
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(literal) = Literal::cast(node).filter(|literal| literal.withs().next().is_none()) else { return };
        let Some(Expr::Infix(infix)) = literal.expr() else { return };
        if infix.op().is_none_or(|op| op.kind() != Kind::Assign) {
            return;
        }
        if let (Some(Expr::Var(left)), Some(Expr::Var(right))) = (infix.left().map(Expr::inner), infix.right().map(Expr::inner))
            && !is_document(right)
            && !(cx.is_regal() && is_hidden_from_regal(node))
        {
            report(cx, left.span(), left.name(), right.name());
        }
    }
}

fn report(cx: &mut FileCx<'_>, at: Span, new: &str, old: &str) {
    cx.report(at, format!("`{new}` is another name for `{old}`")).help(format!("use `{old}`"));
}

/// A shorter name for `input` is of use.
fn is_document(var: Var<'_>) -> bool {
    matches!(var.name(), "input" | "data")
}
