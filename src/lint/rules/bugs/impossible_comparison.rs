use crate::lint::rules::prelude::*;
use crate::lint::rules::support::excerpt;
use crate::lint::rules::value_kinds::ValueKinds;
use crate::model::rego::Kinds;
use crate::syntax::rego::ast::{Body, Expr, Infix, Literal, LiteralKind, Membership};

declare_rule! {
    ImpossibleComparison {
        id: "impossible-comparison",
        group: "bugs",
        summary: "a comparison of values whose types never match",
        why: "`count(x) == []` compares a number with an array: no input makes it true, so an allow rule with it allows nobody and a \
              deny rule denies nobody. With `!=` it is always true. `<` and `>` compare values of different types by the order of the \
              types (null, booleans, numbers, strings, arrays, objects, sets), so that the values do not matter.\n\n\
              Types are known of literals, of operators and built-in functions, of local variables that are assigned them, of sets \
              that rules define, and of what `is_string` and its siblings state in the same body. Everything else may be anything. \
              `==` and `=` that opa refuses by itself are left to `mismatched-types` where that is on.",
        bad: rego("package play\n\ndeny if count(input.approvals) == []\n"),
        good: rego("package play\n\ndeny if count(input.approvals) == 0\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://github.com/open-policy-agent/regal/issues/1949",
        peers: &["opa check (`==` and `=` only)"],
    }
}

impl Rule for ImpossibleComparison {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Infix, Kind::Membership]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        if let Some(infix) = Infix::cast(node) {
            infix_of(infix, cx);
        } else if let Some(membership) = Membership::cast(node) {
            membership_of(membership, cx);
        }
    }
}

fn infix_of<'t>(infix: Infix<'t>, cx: &mut FileCx<'t>) {
    let (Some(left), Some(op), Some(right)) = (infix.left(), infix.op(), infix.right()) else { return };
    let always = match op.kind() {
        Kind::EqualEqual | Kind::Equal => "never true",
        Kind::NotEqual => "always true",
        Kind::Less | Kind::LessEqual | Kind::Greater | Kind::GreaterEqual => "the same for all values",
        _ => return,
    };
    let (left, right) = (left.inner(), right.inner());
    // `constant-condition` tells
    if matches!((left, right), (Expr::Scalar(_), Expr::Scalar(_))) && infix.node().parent().is_some_and(|p| p.kind() == Kind::Literal) {
        return;
    }
    let shapes = ValueKinds::new(cx.module());
    // most comparisons have a side that may be anything: look at the one first whose text tells
    let [first, second] = if matches!(left, Expr::Var(_) | Expr::Ref(_)) { [right, left] } else { [left, right] };
    // beside `is_string(x)`, `x != 1` says too much and does no harm
    let shape = |expr| if op.kind() == Kind::NotEqual { shapes.of(expr) } else { shape_here(&shapes, expr) };
    let (Some(known), Some(other)) = (shape(first), shape(second)) else { return };
    let (a, b) = if first == left { (known, other) } else { (other, known) };
    if a.may_be(b) {
        return;
    }
    // what opa refuses itself is told by the rule that stands for that
    let refused = matches!(op.kind(), Kind::EqualEqual | Kind::Equal) && shapes.of(left).is_some() && shapes.of(right).is_some();
    if refused && cx.is_on("mismatched-types") {
        return;
    }
    let text = excerpt(infix.text());
    cx.report(infix.span(), format!("`{text}` is {always}: it compares {} with {}", a.name(), b.name())).help("compare values of one type");
}

fn membership_of<'t>(membership: Membership<'t>, cx: &mut FileCx<'t>) {
    let (Some(value), Some(collection)) = (membership.value(), membership.collection()) else { return };
    let shapes = ValueKinds::new(cx.module());
    let text = || excerpt(membership.text());
    let collection = collection.inner();
    if let Some(shape) = shapes.of(collection)
        && !shape.may_be(Kinds::COLLECTION)
    {
        let message = format!("`{}` is never true: {} has no elements", text(), shape.name());
        cx.report(membership.span(), message).help("search an array, a set or an object");
        return;
    }
    let elements: Vec<Expr<'t>> = match collection {
        Expr::Array(array) => array.items().collect(),
        Expr::Set(set) => set.items().collect(),
        _ => return,
    };
    let Some(wanted) = shape_here(&shapes, value.inner()) else { return };
    let known: Option<Vec<Kinds>> = elements.iter().map(|element| shapes.of(*element)).collect();
    let Some(known) = known.filter(|known| !known.is_empty() && known.iter().all(|shape| !shape.may_be(wanted))) else { return };
    let held = known.iter().fold(Kinds::NONE, |all, shape| all.or(*shape));
    let message = format!("`{}` is never true: it looks for {} among elements that are each {}", text(), wanted.name(), held.name());
    cx.report(membership.span(), message).help("compare values of one type");
}

/// The shape of an operand, by itself or by what the body round it states of it.
fn shape_here<'t>(shapes: &ValueKinds<'_, 't>, expr: Expr<'t>) -> Option<Kinds> {
    shapes.of(expr).or_else(|| stated(expr))
}

/// What a statement like `is_string(x)` in one of the bodies round an expression says of it.
fn stated(expr: Expr<'_>) -> Option<Kinds> {
    if !matches!(expr, Expr::Var(_) | Expr::Ref(_)) || has_wildcard(expr) {
        return None;
    }
    let mut bodies = expr.node().ancestors().filter_map(Body::cast);
    // an expression inside a comprehension may have a variable of its own with the name
    let body = bodies.next()?;
    body.literals().find_map(|literal| guard(literal, expr))
}

fn guard(literal: Literal<'_>, expr: Expr<'_>) -> Option<Kinds> {
    if literal.not_token().is_some() || literal.withs().next().is_some() {
        return None;
    }
    let Some(LiteralKind::Expr(Expr::Call(call))) = literal.kind() else { return None };
    let shape = Kinds::of_guard(&call.name()?)?;
    let mut args = call.args();
    let same = args.next().is_some_and(|argument| argument.text() == expr.text());
    (same && args.next().is_none()).then_some(shape)
}

fn has_wildcard(expr: Expr<'_>) -> bool {
    expr.node().descendants().any(|node| node.kind() == Kind::Var && node.text() == "_")
}
