use crate::lint::rules::collections::shape;
use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::has_comment;
use crate::syntax::rego::ast::{Call, Expr};

declare_rule! {
    EqualsOverCount {
        id: "equals-over-count",
        group: "performance",
        summary: "a collection that is counted to tell whether it is empty",
        why: "`deny != set()` calls one function, `count(deny) > 0` two. It matters where a rule is evaluated very often, and only there; the comparison also says what kind of collection is meant.",
        bad: rego("package play\n\ndeny contains \"no\" if input.bad\n\nallow if count(deny) == 0\n"),
        good: rego("package play\n\ndeny contains \"no\" if input.bad\n\nallow if deny == set()\n"),
        fix: FixKind::Safe,
        fix_safety: "Compares with the empty collection. Offered where the module tells whether it is an array, a set, or an object.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/performance/equals-over-count",
        peers: &["regal performance/equals-over-count"],
    }
}

impl Rule for EqualsOverCount {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Infix, Kind::Call]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(operation) = Expr::cast(node).and_then(opa_view::binary) else { return };
        if operation.has_output && !cx.is_regal() {
            return;
        }
        let operator = match operation.name {
            "equal" => "==",
            "neq" | "gt" => "!=",
            _ => return,
        };
        let (Expr::Call(count), Expr::Scalar(zero)) = (operation.left, operation.right) else { return };
        let is_zero = zero.number().is_some_and(|number| number.parse::<f64>() == Ok(0.0));
        if !is_zero || !is_count(cx, count) {
            return;
        }
        let span = Span::new(count.span().start, zero.span().end);
        let counted = count.args().next();
        let empty = counted.and_then(|counted| shape(cx, counted)).filter(|_| count.args().nth(1).is_none());
        // a statement that starts with a brace is a body
        let is_plain = |counted: Expr<'_>| !counted.text().starts_with('{') && node.kind() == Kind::Infix && !has_comment(cx, node.span());
        let fix = counted.zip(empty).filter(|(counted, _)| is_plain(*counted));
        let places = if cx.is_regal() { opa_view::regal_places(node) } else { vec![span] };
        for (at, place) in places.into_iter().enumerate() {
            let place = if at == 0 { span } else { place };
            let report = cx
                .report(place, "the collection is counted to tell whether it is empty")
                .help(format!("compare with the empty collection: `{operator} {}`", empty.map_or("…", |shape| shape.empty())));
            if let Some((counted, shape)) = fix.filter(|_| at == 0) {
                let text = format!("{} {operator} {}", counted.text(), shape.empty());
                report.fix("compare with the empty collection", Applicability::Safe, [(node.span(), text)]);
            }
        }
    }
}

/// Whether the call counts. To Regal any function below `count` does.
fn is_count(cx: &FileCx<'_>, call: Call<'_>) -> bool {
    match call.callee() {
        Some(Expr::Ref(reference)) => cx.is_regal() && matches!(reference.operand(), Some(Expr::Var(var)) if var.name() == "count"),
        _ => opa_view::calls_builtin(cx, call, &["count"]),
    }
}
