use std::collections::BTreeMap;

use crate::lint::rules::prelude::*;
use crate::lint::rules::regal_view::{Form, Id, Item, RegalView, Shape, Slot};
use crate::lint::rules::support::{excerpt, statement_removal};
use crate::syntax::rego::ast::Literal;

declare_rule! {
    RedundantExistenceCheck {
        id: "redundant-existence-check",
        group: "bugs",
        summary: "a reference that is stated next to a use that fails without it",
        why: "`input.user` before `input.user.email` says nothing: where the user is undefined, so is the email, and the rule fails \
              there.",
        bad: rego("package play\n\nemployee if {\n\tinput.user\n\tendswith(input.user.email, \"@acme.example\")\n}\n"),
        good: rego("package play\n\nemployee if endswith(input.user.email, \"@acme.example\")\n"),
        severity: Severity::Error,
        recommended: true,
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Safe: a reference that has parts is a collection and no `false`. Comments stay. None where the statement is all of the body.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/redundant-existence-check",
        peers: &["regal bugs/redundant-existence-check"],
    }
}

impl Rule for RedundantExistenceCheck {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let view = cx.regal_view();
        for rule in 0..view.rules.len() {
            let body: Vec<Id> = view.body(rule).collect();
            let mut found: BTreeMap<u32, Id> = BTreeMap::new();
            let regal = cx.is_regal();
            // a use of the same reference needs it to be true where it is false; only a part of it does not
            let proves =
                |stated: Id, used: Id| view.starts(stated, used) && (regal || view.parts(stated).count() < view.parts(used).count());
            let value = view.head_value(rule).filter(|value| view.form(*value) == Form::Ref);
            for (at, expr) in body.iter().enumerate() {
                let Some(stated) = stated(&view, *expr) else { continue };
                let neighbours = [at.checked_sub(1), Some(at + 1)].into_iter().flatten().filter_map(|at| body.get(at));
                let used = view.is_static(stated)
                    && neighbours
                        .filter(|other| is_plain(&view, **other))
                        .any(|other| terms(&view, *other, regal).any(|term| view.form(term) == Form::Ref && proves(stated, term)));
                if (used || value.is_some_and(|value| proves(stated, value)))
                    && let Some(first) = view.parts(stated).next()
                {
                    found.insert(view.item(first).at, *expr);
                }
            }
            if regal && view.rules[rule].is_function {
                arguments(&view, rule, &body, &mut found);
            }
            for (at, expr) in found {
                let span = view.span(expr);
                let fix = (!regal).then(|| view.node(cx.parse(), expr).and_then(Literal::cast)).flatten();
                let removal = fix.and_then(|literal| statement_removal(cx, literal));
                let text = excerpt(cx.file().slice(span));
                let report = cx
                    .report(Span::new(at, span.end.max(at)), format!("`{text}` is stated beside a use that fails without it"))
                    .help("remove the statement");
                if let Some(removal) = removal {
                    report.fix("remove the statement", Applicability::Safe, [(removal, String::new())]);
                }
            }
        }
    }
}

/// Neither negated nor under `with`.
fn is_plain(view: &RegalView<'_>, expr: Id) -> bool {
    let Item { negated, has_with, .. } = *view.item(expr);
    !negated && !has_with
}

/// The reference that is all of a statement.
fn stated(view: &RegalView<'_>, expr: Id) -> Option<Id> {
    let term = view.child(expr, Slot::Term)?;
    (is_plain(view, expr) && view.item(expr).shape == Shape::Term && view.form(term) == Form::Ref).then_some(term)
}

/// What a statement works on: the terms of a call, and the collection of an `every`. `print` takes undefined arguments.
fn terms<'v>(view: &'v RegalView<'_>, expr: Id, regal: bool) -> impl Iterator<Item = Id> + 'v {
    let skipped = !regal && view.called(expr) == "print";
    view.children(expr).filter(move |child| {
        let slot = view.item(*child).slot;
        !skipped && matches!(slot, Slot::Terms | Slot::Domain | Slot::EveryKey | Slot::EveryValue)
    })
}

/// Arguments as statements: Regal has it that they are always defined, and forgets that they may be false.
fn arguments(view: &RegalView<'_>, rule: usize, body: &[Id], found: &mut BTreeMap<u32, Id>) {
    for expr in body {
        let Some(term) = view.child(*expr, Slot::Term).filter(|term| view.form(*term) == Form::Var) else { continue };
        let is_argument = view.in_slot(view.rules[rule].head, Slot::Argument).any(|argument| view.same(argument, term));
        if is_argument && !view.item(*expr).negated {
            found.insert(view.item(term).at, *expr);
        }
    }
}
