use crate::lint::rules::edits::may_start_statement;
use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::has_comment;
use crate::syntax::rego::ast::{Body, Expr, Literal, RefPart};

declare_rule! {
    UseInOperator {
        id: "use-in-operator",
        group: "idiomatic",
        summary: "a search written as a loop",
        why: "`\"admin\" == roles[_]` asks whether some element is equal. `in` says so.",
        bad: rego("package play\n\nallow if \"admin\" == input.roles[_]\n"),
        good: rego("package play\n\nallow if \"admin\" in input.roles\n"),
        recommended: true,
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Rewrites the comparison where `in` is a keyword of the module. With `=`, which may bind variables, only where the other side is a constant or a part of `input` or `data`.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/idiomatic/use-in-operator",
        peers: &["regal idiomatic/use-in-operator"],
    }
}

impl Rule for UseInOperator {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        for rule in opa_view::rules(cx.module()) {
            for literal in rule.body.into_iter().flat_map(Body::literals) {
                statement(cx, literal);
            }
        }
    }
}

fn statement(cx: &mut FileCx<'_>, literal: Literal<'_>) {
    if opa_view::is_wrapped(cx, literal) {
        return;
    }
    let Some(comparison) = literal.expr().map(Expr::inner) else { return };
    let Some(operation) = opa_view::binary(comparison).filter(|operation| matches!(operation.name, "equal" | "eq")) else { return };
    let (left, right) = (operation.left, operation.right);
    let (looped, other) = match (loops(left), loops(right)) {
        (Some(looped), None) => (looped, right),
        (None, Some(looped)) => (looped, left),
        _ => return,
    };
    if !is_static(other) || (operation.has_output && !cx.is_regal()) {
        return;
    }
    let (reference, collection) = looped;
    let edit = !operation.has_output
        && (is_bound(other) || (operation.name == "equal" && !has_wildcard(other)))
        && may_start_statement(other.text())
        && cx.parse().keywords.r#in
        && !has_comment(cx, comparison.span());
    let report = cx.report(reference, "the comparison searches a collection").help("write `… in …`");
    if edit {
        let text = format!("{} in {collection}", other.text());
        report.fix("use `in`", Applicability::Safe, [(comparison.span(), text)]);
    }
}

/// The place of `xs[_]` and the text of `xs`.
fn loops<'t>(expr: Expr<'t>) -> Option<(Span, &'t str)> {
    let Expr::Ref(reference) = expr else { return None };
    let Some(Expr::Var(_)) = reference.operand() else { return None };
    let RefPart::Bracket(last) = reference.parts().last()? else { return None };
    let wildcard = matches!(last.expr(), Some(Expr::Var(var)) if var.name() == "_");
    let collection = &reference.text()[..(last.node().span().start - reference.span().start) as usize];
    wildcard.then_some((reference.span(), collection))
}

fn is_static(expr: Expr<'_>) -> bool {
    match expr {
        Expr::Scalar(_) | Expr::Var(_) | Expr::Array(_) | Expr::Object(_) | Expr::Set(_) => true,
        Expr::Ref(reference) => reference.parts().all(|part| match part {
            RefPart::Dot(_) => true,
            RefPart::Bracket(bracket) => !matches!(
                bracket.expr().map(Expr::inner),
                Some(Expr::Var(_) | Expr::Ref(_) | Expr::Call(_) | Expr::Infix(_) | Expr::Template(_))
            ),
        }),
        _ => false,
    }
}

/// Whether a wildcard stands in the expression: what `in` looks for must be one value.
fn has_wildcard(expr: Expr<'_>) -> bool {
    expr.node().descendants().any(|node| node.kind() == Kind::Var && node.text() == "_")
}

/// Whether the value is there before the comparison: `in` binds nothing.
fn is_bound(expr: Expr<'_>) -> bool {
    match expr {
        Expr::Scalar(_) => true,
        Expr::Ref(reference) => matches!(reference.operand(), Some(Expr::Var(var)) if matches!(var.name(), "input" | "data")),
        _ => false,
    }
}
