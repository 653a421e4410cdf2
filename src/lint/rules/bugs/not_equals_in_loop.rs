use crate::lint::rules::prelude::*;
use crate::lint::rules::support::{has_comment, is_hidden_from_regal};
use crate::syntax::rego::ast::{Expr, Infix, Literal, RefPart};

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
        fix: FixKind::Unsafe,
        fix_safety: "Says what was meant, most likely: that no element is equal. It was true where some element differs.",
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
            let edit = not_in(cx, node, infix);
            let report = cx.report(op.span(), "`!=` holds as soon as one element differs").help("write `not … in …`, or `every`");
            if let Some(edit) = edit {
                report.fix("write `not … in …`", Applicability::Unsafe, [edit]);
            }
        }
    }
}

/// `x != xs[_]` → `not x in xs`.
fn not_in(cx: &FileCx<'_>, node: Node<'_>, infix: Infix<'_>) -> Option<(Span, String)> {
    let literal = Literal::cast(node).filter(|literal| literal.not_token().is_none())?;
    let span = literal.expr()?.span();
    let (left, right) = (infix.left()?.inner(), infix.right()?.inner());
    let is_wildcard = |node: Node<'_>| node.kind() == Kind::Var && node.text() == "_";
    let wildcards = |expr: Expr<'_>| expr.node().descendants().filter(|node| is_wildcard(*node)).count();
    let (looped, other) = match (wildcards(left), wildcards(right)) {
        (1, 0) => (left, right),
        (0, 1) => (right, left),
        _ => return None,
    };
    let Expr::Ref(reference) = looped else { return None };
    let RefPart::Bracket(last) = reference.parts().last()? else { return None };
    let last_is_wildcard = last.expr().is_some_and(|expr| is_wildcard(expr.node()));
    let simple = matches!(other, Expr::Scalar(_) | Expr::Var(_) | Expr::Ref(_));
    if !last_is_wildcard || !simple || !cx.parse().keywords.r#in || has_comment(cx, span) {
        return None;
    }
    let collection = &reference.text()[..(last.node().span().start - reference.span().start) as usize];
    Some((span, format!("not {} in {collection}", other.text())))
}
