use crate::lint::rules::edits::statement_removal;
use crate::lint::rules::opa_view::{self, Binary};
use crate::lint::rules::prelude::*;
use crate::lint::rules::shape::shape;
use crate::syntax::rego::ast::{Body, Expr, Literal, LiteralKind, RefPart, SomeIn};

declare_rule! {
    RedundantLoopCount {
        id: "redundant-loop-count",
        group: "bugs",
        summary: "a count before a loop over the same collection",
        why: "`some x in xs` does not hold where `xs` is empty: the count above it decides nothing.",
        bad: rego("package play\n\nallow if {\n\tcount(input.roles) > 0\n\tsome role in input.roles\n\trole == \"admin\"\n}\n"),
        good: rego("package play\n\nallow if {\n\tsome role in input.roles\n\trole == \"admin\"\n}\n"),
        severity: Severity::Error,
        recommended: true,
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Removes the count: where the loop has an element, it holds.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/redundant-loop-count",
        peers: &["regal bugs/redundant-loop-count"],
    }
}

impl Rule for RedundantLoopCount {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Body]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(body) = Body::cast(node) else { return };
        let mut before = None;
        for literal in body.literals() {
            if let (Some(before), Some(LiteralKind::SomeIn(some))) = (before, literal.kind()) {
                pair(cx, body, before, literal, some);
            }
            before = Some(literal);
        }
    }
}

/// A loop and the statement before it.
fn pair<'t>(cx: &mut FileCx<'t>, body: Body<'t>, before: Literal<'t>, next: Literal<'t>, some: SomeIn<'t>) {
    let Some(collection) = some.collection().map(Expr::inner) else { return };
    let Some(counted) = before.expr().and_then(counted) else { return };
    let Expr::Call(call) = counted else { return };
    let Some(argument) = call.args().next().map(Expr::inner) else { return };
    if cx.is_regal() {
        // Regal looks at the bodies of rules alone, and at references
        let in_rule = body.node().parent().is_some_and(|parent| parent.kind() == Kind::Rule);
        if !in_rule || opa_view::is_wrapped(cx, before) || !strict(before.expr()) || !same_reference(argument, collection) {
            return;
        }
    } else if is_changed(before) || is_changed(next) || !is_same(argument, collection) || call.args().nth(1).is_some() {
        return;
    }
    let provable = !is_changed(before) && !is_changed(next) && is_same(argument, collection) && call.args().nth(1).is_none();
    let edit = statement_removal(cx, before).filter(|_| provable);
    let report = cx.report(counted.span(), format!("`{}` says what the loop below says", before.text()));
    let report = report.help("remove it");
    if let Some(span) = edit {
        report.fix("remove the count", Applicability::Safe, [(span, String::new())]);
    }
}

/// `count(…)` of a statement that holds where it is not zero.
fn counted(expr: Expr<'_>) -> Option<Expr<'_>> {
    let Binary { name, left, right, .. } = opa_view::binary(expr)?;
    let (count, number, name) = if is_count(left) { (left, right, name) } else { (right, left, flipped(name)) };
    let Expr::Scalar(scalar) = number else { return None };
    let number: f64 = scalar.number()?.parse().ok()?;
    let holds = match name {
        "gt" | "neq" => number == 0.0,
        "gte" => number == 1.0,
        _ => false,
    };
    (holds && is_count(count)).then_some(count)
}

fn flipped(name: &str) -> &str {
    match name {
        "lt" => "gt",
        "lte" => "gte",
        "neq" => "neq",
        _ => "",
    }
}

/// Regal's forms: the count to the left, and zero.
fn strict(expr: Option<Expr<'_>>) -> bool {
    expr.and_then(opa_view::binary).is_some_and(|binary| matches!(binary.name, "gt" | "neq") && is_count(binary.left))
}

fn is_count(expr: Expr<'_>) -> bool {
    matches!(expr, Expr::Call(call) if opa_view::calls(call, &["count"]))
}

/// Whether a statement is negated, or looks at replaced documents.
fn is_changed(literal: Literal<'_>) -> bool {
    literal.not_token().is_some() || literal.withs().next().is_some()
}

/// Whether two expressions are one variable, or one reference without wildcards and calls.
fn is_same(one: Expr<'_>, other: Expr<'_>) -> bool {
    let is_plain = |expr: Expr<'_>| {
        matches!(expr, Expr::Var(_) | Expr::Ref(_))
            && expr.node().descendants().all(|node| match node.kind() {
                Kind::Var => node.text() != "_",
                Kind::Scalar | Kind::Ref | Kind::RefDot | Kind::RefBracket => true,
                _ => false,
            })
    };
    is_plain(one) && is_plain(other) && shape(one.node()) == shape(other.node())
}

/// Whether Regal takes two references for one: part by part, of which none holds a place.
fn same_reference(one: Expr<'_>, other: Expr<'_>) -> bool {
    let (Expr::Ref(a), Expr::Ref(b)) = (one, other) else {
        return opa_view::is_document(one) && one.text() == other.text();
    };
    let plain = |part: RefPart<'_>| match part {
        RefPart::Dot(_) => true,
        RefPart::Bracket(bracket) => match bracket.expr().map(Expr::inner) {
            Some(Expr::Var(var)) => var.name() != "_",
            Some(Expr::Scalar(_)) => true,
            _ => false,
        },
    };
    let starts = matches!(a.operand(), Some(Expr::Var(var)) if var.name() != "_");
    starts && a.parts().chain(b.parts()).all(plain) && shape(one.node()) == shape(other.node())
}
