use std::collections::BTreeSet;

use crate::lint::rules::prelude::*;
use crate::lint::rules::regal_view::{Form, Id, Item, RegalView, RuleView, Shape, Slot};
use crate::model::rego::builtin;
use crate::syntax::rego::ast::{Expr, Literal, RefPart};

declare_rule! {
    PreferSomeInIteration {
        id: "prefer-some-in-iteration",
        group: "style",
        summary: "an iteration by a variable in brackets",
        why: "`users[name]` iterates, or looks up, depending on whether `name` is set elsewhere. `some name, user in users` iterates, \
              says so, and declares its variables.",
        bad: rego("package play\n\nadmins contains user if {\n\tuser := input.users[_]\n\tuser.admin\n}\n"),
        good: rego("package play\n\nadmins contains user if {\n\tsome user in input.users\n\tuser.admin\n}\n"),
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Safe: `some x in xs` is what `x := xs[_]` is to the compiler. Other forms have none.",
        options: &[
            OptionMeta {
                name: "ignore-nesting-level",
                kind: OptionKind::Integer { min: 0, max: 1_000 },
                default: OptionValue::Integer(2),
                doc: "References that iterate on this many levels or more are let be.",
            },
            OptionMeta {
                name: "ignore-if-sub-attribute",
                kind: OptionKind::Bool,
                default: OptionValue::Bool(true),
                doc: "Whether references with something behind the last variable, as in `users[_].name`, are let be.",
            },
        ],
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/prefer-some-in-iteration",
        peers: &["regal style/prefer-some-in-iteration"],
    }
}

impl Rule for PreferSomeInIteration {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if !cx.text().contains('[') {
            return;
        }
        let view = cx.regal_view();
        let most = usize::try_from(cx.integer("ignore-nesting-level")).unwrap_or(0);
        let sub_attributes = cx.flag("ignore-if-sub-attribute");
        for rule in 0..view.rules.len() {
            let root = &view.rules[rule];
            let value_only = !root.has_body && view.head_value(rule).is_some_and(|value| view.form(value) == Form::Ref);
            if value_only {
                continue;
            }
            let mut found: BTreeSet<(u32, Id)> = BTreeSet::new();
            for reference in view.refs(rule) {
                let (mut vars, mut outputs, mut last) = (0, 0, Form::Var);
                for part in view.parts(*reference).skip(1) {
                    last = view.form(part);
                    if last == Form::Var {
                        vars += 1;
                        outputs += usize::from(view.is_output(cx.file(), rule, part));
                    }
                }
                let skipped = vars == 0 || outputs == 0 || outputs >= most || (sub_attributes && last != Form::Var);
                if !skipped && !cannot_be_some(&view, rule, *reference) {
                    found.insert((view.item(*reference).at, *reference));
                }
            }
            for (_, reference) in found {
                let Some(place) = view.place(reference) else { continue };
                let edit = if cx.is_regal() { None } else { rewrite(cx, &view, reference) };
                let report = cx.report(place, "a variable in brackets iterates").help("iterate with `some … in`");
                if let Some((span, text)) = edit {
                    report.fix("write `some … in`", Applicability::Safe, [(span, text)]);
                }
            }
        }
    }
}

/// Whether a reference stands where `some … in` cannot take its place. Regal finds the place by row and column, so that it also
/// judges what else stands there: all of the head of a chained body, or what the reference starts with.
fn cannot_be_some(view: &RegalView<'_>, rule: usize, reference: Id) -> bool {
    let RuleView { head, is_chained, .. } = view.rules[rule];
    if is_chained && view.subtree(head).contains(&reference) {
        return view.subtree(head).filter(|id| view.is_same_place(*id, reference)).any(|id| is_impossible(view, id) || is_inside(view, id));
    }
    let starts_alike = |first: Id| view.form(first).is_collection() && view.is_same_place(first, reference);
    view.parts(reference).next().is_some_and(starts_alike) || is_inside(view, reference)
}

/// Whether the item is a collection, a comparison with a constant or the like.
fn is_impossible(view: &RegalView<'_>, id: Id) -> bool {
    let Item { form, shape, .. } = *view.item(id);
    form.is_collection()
        || (form == Form::Head && view.child(id, Slot::Key).is_some())
        || (form == Form::Expr && shape == Shape::Call && is_call_or_constant(view, id))
}

/// Whether the item stands in something that has no place for a `some`.
fn is_inside(view: &RegalView<'_>, reference: Id) -> bool {
    let item = view.item(reference);
    if item.slot == Slot::Item && view.form(item.parent) == Form::Call {
        return true;
    }
    let mut below = reference;
    view.ancestors(reference).any(|id| {
        let Item { form, shape, .. } = *view.item(id);
        let through = view.item(below).slot;
        below = id;
        let through_key = match form {
            Form::ObjectComprehension => true,
            Form::Expr if shape == Shape::Every => through != Slot::With && view.child(id, Slot::EveryKey).is_some(),
            _ => false,
        };
        through_key || is_impossible(view, id)
    })
}

/// Whether a statement compares with a constant, or calls a function by a plain name.
fn is_call_or_constant(view: &RegalView<'_>, expr: Id) -> bool {
    let called = view.called(expr);
    if matches!(called, "eq" | "equal") && view.in_slot(expr, Slot::Terms).any(|term| view.form(term).is_scalar()) {
        return true;
    }
    !called.is_empty()
        && called != "internal"
        && !crate::lint::rules::opa_view::is_operator(called)
        && (builtin(called).is_some() || view.is_function_name(called))
}

/// `x := xs[_]` as `some x in xs`.
fn rewrite(cx: &FileCx<'_>, view: &RegalView<'_>, reference: Id) -> Option<(Span, String)> {
    let expr = view.item(reference).parent;
    let literal = view.node(cx.parse(), expr).and_then(Literal::cast).filter(|_| cx.parse().keywords.r#in)?;
    let Some(Expr::Infix(infix)) = literal.expr() else { return None };
    let (Expr::Var(var), Expr::Ref(right)) = (infix.left()?, infix.right()?) else { return None };
    let assigns = infix.op().is_some_and(|op| op.kind() == Kind::Assign);
    if !assigns || literal.not_token().is_some() || var.name() == "_" || right.span().end != infix.span().end {
        return None;
    }
    let last = right.parts().last()?;
    let others = right.parts().count() - 1;
    let RefPart::Bracket(bracket) = last else { return None };
    let wild = matches!(bracket.expr(), Some(Expr::Var(var)) if var.name() == "_");
    let fixed = right.parts().take(others).all(|part| match part {
        RefPart::Dot(_) => true,
        RefPart::Bracket(bracket) => matches!(bracket.expr(), Some(Expr::Scalar(_))),
    });
    // `some x in x` would be about the new one
    let same = right.node().descendants().any(|node| node.kind() == Kind::Var && node.text() == var.name());
    if !wild || !fixed || same || crate::lint::rules::support::has_comment(cx, infix.span()) {
        return None;
    }
    let collection = cx.file().slice(Span::new(right.span().start, last.node().span().start));
    Some((infix.span(), format!("some {} in {collection}", var.name())))
}
