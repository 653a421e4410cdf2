use crate::lint::rules::prelude::*;
use crate::lint::rules::regal_view::{Form, Shape, Slot};
use crate::syntax::rego::ast::{Expr, RefPart, SomeIn};

declare_rule! {
    MixedIteration {
        id: "mixed-iteration",
        group: "style",
        summary: "`some … in` over a reference that iterates too",
        why: "`some role in input.users[_].roles` is two loops in two styles, one of which is easily overlooked.",
        bad: rego("package play\n\nallow if {\n\tsome role in input.users[_].roles\n\trole == \"admin\"\n}\n"),
        good: rego("package play\n\nallow if {\n\tsome user in input.users\n\tsome role in user.roles\n\trole == \"admin\"\n}\n"),
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/mixed-iteration",
        peers: &["regal style/mixed-iteration"],
    }
}

impl Rule for MixedIteration {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::SomeIn]
    }

    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if !cx.is_regal() || !cx.text().contains('[') {
            return;
        }
        let view = cx.regal_view();
        for rule in 0..view.rules.len() {
            for expr in view.exprs(rule).iter().filter(|expr| view.item(**expr).shape == Shape::Some) {
                let call = view.child(*expr, Slot::Symbol).filter(|symbol| view.form(*symbol) == Form::Call);
                let Some(collection) = call.and_then(|call| view.in_slot(call, Slot::Item).last()) else { continue };
                let iterates = view.form(collection) == Form::Ref
                    && view.parts(collection).skip(1).any(|part| view.form(part) == Form::Var && view.is_output(cx.file(), rule, part));
                if let Some(place) = view.place(collection).filter(|_| iterates) {
                    report(cx, place);
                }
            }
        }
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(Expr::Ref(collection)) = SomeIn::cast(node).and_then(SomeIn::collection).map(Expr::inner) else { return };
        if cx.is_regal() {
            return;
        }
        let mut bound = None;
        let iterates = collection.parts().any(|part| match part {
            RefPart::Bracket(bracket) => match bracket.expr() {
                Some(Expr::Var(var)) => bound.get_or_insert_with(|| cx.bound()).sets(var) == Some(true),
                _ => false,
            },
            RefPart::Dot(_) => false,
        });
        if iterates {
            report(cx, collection.span());
        }
    }
}

fn report(cx: &mut FileCx<'_>, span: Span) {
    cx.report(span, "`some … in` iterates over a reference that iterates too").help("use one style: a `some … in` for each loop");
}
