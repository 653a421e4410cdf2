use crate::lint::rules::prelude::*;
use crate::lint::rules::regal_view::{Form, Id, RegalView, Shape};
use crate::syntax::rego::ast::{Expr, Infix, Literal, LiteralKind};

declare_rule! {
    DeferAssignment {
        id: "defer-assignment",
        group: "performance",
        summary: "an assignment before a condition that does not need it",
        why: "A condition that fails ends the evaluation of the body. What is assigned before it, and not used by it, was computed for \
              nothing; and code reads best where a value stands close to its use.",
        bad: rego("package play\n\nallow if {\n\tresponse := http.send({\"url\": \"https://acme.example\", \"method\": \"get\"})\n\tinput.user == \"admin\"\n\tresponse.status_code == 200\n}\n"),
        good: rego("package play\n\nallow if {\n\tinput.user == \"admin\"\n\tresponse := http.send({\"url\": \"https://acme.example\", \"method\": \"get\"})\n\tresponse.status_code == 200\n}\n"),
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/performance/defer-assignment",
        peers: &["regal performance/defer-assignment"],
    }
}

impl Rule for DeferAssignment {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if !(cx.text().contains(":=") || cx.is_regal() && cx.text().contains("assign")) {
            return;
        }
        let view = cx.regal_view();
        for rule in 0..view.rules.len() {
            let body: Vec<Id> = view.body(rule).collect();
            for pair in body.windows(2) {
                let Some(name) = deferrable(&view, rule, pair[0], pair[1]) else { continue };
                let Some(place) = view.place(pair[0]) else { continue };
                if cx.is_regal() || is_worth_it(cx, &view, pair[0], pair[1]) {
                    cx.report(place, format!("`{name}` is assigned before a condition that does not use it"))
                        .help("move the assignment below the condition");
                }
            }
        }
    }
}

/// The variable that the first statement assigns and the next one, a call, has no use for.
fn deferrable<'t>(view: &RegalView<'t>, rule: usize, expr: Id, next: Id) -> Option<&'t str> {
    let (var, value) = view.assignment(expr)?;
    let varies = view.form(value) == Form::Ref && view.parts(value).skip(1).any(|part| view.form(part) == Form::Var);
    let next_item = view.item(next);
    if view.form(var) != Form::Var || varies || next_item.shape != Shape::Call || matches!(view.called(next), "assign" | "walk" | "print") {
        return None;
    }
    let name = view.item(var).name;
    let is_used = view.has_var(next, name) || view.is_in_head(view.rules[rule].head, name);
    (!is_used).then(|| view.var_name(var))
}

/// Whether computing the value costs something, and the condition is one that does not iterate.
fn is_worth_it(cx: &FileCx<'_>, view: &RegalView<'_>, expr: Id, next: Id) -> bool {
    let (Some(expr), Some(next)) = (view.node(cx.parse(), expr).and_then(Literal::cast), view.node(cx.parse(), next)) else { return false };
    let Some(LiteralKind::Expr(Expr::Infix(infix))) = expr.kind() else { return false };
    let costs = |node: Node<'_>| {
        matches!(
            node.kind(),
            Kind::Call | Kind::ArrayComprehension | Kind::SetComprehension | Kind::ObjectComprehension | Kind::Ref | Kind::Template
        )
    };
    let value = Infix::right(infix);
    value.is_some_and(|value| value.node().descendants().any(costs)) && expr.withs().next().is_none() && !cx.bound().may_iterate(next)
}
