use crate::lint::rules::prelude::*;
use crate::lint::rules::regal_view::{Form, RegalView, Slot};

declare_rule! {
    TopLevelIteration {
        id: "top-level-iteration",
        group: "bugs",
        summary: "a rule whose value is each element of a collection in turn",
        why: "`user := input.users[_]` outside of a body gives `user` as many values as there are elements, and a rule can have one: \
              with two different ones the evaluation fails with `complete rules must not produce multiple outputs`.",
        bad: rego("package play\n\nuser := input.users[_]\n"),
        good: rego("package play\n\nusers contains user if some user in input.users\n"),
        severity: Severity::Error,
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/top-level-iteration",
        peers: &["regal bugs/top-level-iteration"],
    }
}

impl Rule for TopLevelIteration {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if !cx.text().contains('[') {
            return;
        }
        let view = cx.regal_view();
        let mut last = None;
        for rule in 0..view.rules.len() {
            let head = view.rules[rule].head;
            let (Some(place), Some(iterates)) = (view.place(head), iterates(&view, cx, rule)) else { continue };
            if view.rules[rule].is_chained && !cx.is_regal() {
                continue;
            }
            if !iterates {
                // the name may be that of a rule in another file of the package
                cx.withhold();
            } else if last != Some(place.start) {
                last = Some(place.start);
                let def = &cx.module().rules[view.rules[rule].def];
                let head = if view.rules[rule].is_chained { Span::new(place.start, place.start + 1) } else { def.head.span() };
                cx.report(head, format!("`{}` has a value for each element of a collection", def.name))
                    .help("iterate in a body, or collect the elements in a set or an array");
            }
        }
    }
}

/// Whether the value in a rule's head iterates; `Some(false)` where it only may.
fn iterates(view: &RegalView<'_>, cx: &FileCx<'_>, rule: usize) -> Option<bool> {
    let value = view.head_value(rule).filter(|value| view.form(*value) == Form::Ref)?;
    let root = &view.rules[rule];
    if view.in_slot(root.head, Slot::Name).skip(1).any(|part| view.form(part) == Form::Var) {
        return None;
    }
    let mut may = None;
    for part in view.parts(value).skip(1).filter(|part| view.form(*part) == Form::Var) {
        if view.is_wildcard(part) {
            return Some(true);
        }
        let name = view.item(part).name;
        let known = view.is_global(name)
            || view.is_function(name)
            || view.name(name) == "input"
            || view.in_slot(root.head, Slot::Argument).any(|argument| view.same(argument, part))
            || view.body(rule).any(|expr| view.has_var(expr, name));
        if known {
            continue;
        }
        if cx.is_regal() {
            return Some(true);
        }
        if view.node(cx.parse(), part).is_some_and(|var| cx.shared_scopes().may_be_rule(var)) {
            may = Some(false);
        }
    }
    may
}
