use crate::lint::rules::prelude::*;
use crate::lint::rules::support::is_hidden_from_regal;
use crate::syntax::rego::ast::{Expr, Literal, RefPart};

declare_rule! {
    NotEqualsInLoop {
        id: "not-equals-in-loop",
        group: "bugs",
        summary: "`!=` with a loop over a collection",
        why: "`role != roles[_]` holds as soon as one element differs. To say that none is equal, write `not role in roles`.",
        bad: rego("package play\n\nallow if \"guest\" != input.roles[_]\n"),
        good: rego("package play\n\nallow if not \"guest\" in input.roles\n"),
        recommended: true,
        regal: Some(Severity::Error),
        severity: Severity::Error,
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/not-equals-in-loop",
        peers: &["regal bugs/not-equals-in-loop"],
    }
}

impl Rule for NotEqualsInLoop {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Literal]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let in_template = node.parent().is_some_and(|parent| parent.kind() == Kind::TemplateExpr);
        let Some(Expr::Infix(infix)) = Literal::cast(node).and_then(Literal::expr).map(Expr::inner) else { return };
        let Some(op) = infix.op().filter(|op| op.kind() == Kind::NotEqual && !in_template) else { return };
        let loops = |expr: Option<Expr<'_>>| match expr.map(Expr::inner) {
            Some(Expr::Ref(reference)) => reference
                .parts()
                .any(|part| matches!(part, RefPart::Bracket(b) if matches!(b.expr(), Some(Expr::Var(var)) if var.name() == "_"))),
            _ => false,
        };
        if (loops(infix.left()) || loops(infix.right())) && !(cx.is_regal() && is_hidden_from_regal(node)) {
            cx.report(op.span(), "`!=` holds as soon as one element differs").help("write `not … in …`, or `every`");
        }
    }
}
