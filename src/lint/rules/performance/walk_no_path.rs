use crate::lint::rules::prelude::*;
use crate::lint::rules::regal_view::{Context, Form, Id, Item, RegalView};
use crate::model::rego::BindingKind;

declare_rule! {
    WalkNoPath {
        id: "walk-no-path",
        group: "performance",
        summary: "a `walk` whose path nothing reads",
        why: "`walk` builds an array of keys for each value that it comes to, unless `_` stands in the path's place: without them it \
              takes about a third less time.",
        bad: rego("package play\n\nroles contains value if {\n\twalk(input, [path, value])\n\tvalue.type == \"role\"\n}\n"),
        good: rego("package play\n\nroles contains value if {\n\twalk(input, [_, value])\n\tvalue.type == \"role\"\n}\n"),
        recommended: true,
        regal: Some(Severity::Error),
        fix: FixKind::Unsafe,
        fix_safety: "Unsafe: if another file of the package has a rule of the variable's name, the path is compared with it.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/performance/walk-no-path",
        peers: &["regal performance/walk-no-path"],
    }
}

impl Rule for WalkNoPath {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if memchr::memmem::find(cx.text().as_bytes(), b"walk").is_none() {
            return;
        }
        let view = cx.regal_view();
        for rule in 0..view.rules.len() {
            for call in view.calls(rule).iter().copied().filter(|call| view.operator(*call) == "walk") {
                let Some(path) = path_var(&view, call) else { continue };
                let is_unread = if cx.is_regal() { is_unread_by_regal(&view, rule, path) } else { is_unread(cx, &view, path) };
                if !is_unread {
                    continue;
                }
                let Some(place) = view.place(call) else { continue };
                let span = view.span(path);
                let fix = (!cx.is_regal()).then_some(span);
                let name = view.var_name(path);
                let report =
                    cx.report(place, format!("nothing reads the paths that `walk` puts in `{name}`")).help("write `_` in its place");
                if let Some(span) = fix {
                    report.fix("write `_`", Applicability::Unsafe, [(span, "_".to_owned())]);
                }
            }
        }
    }
}

/// The variable for the path in the call's second argument.
fn path_var(view: &RegalView<'_>, call: Id) -> Option<Id> {
    if !view.calls_function(call, "walk") {
        return None;
    }
    let pair = view.arguments(call).nth(1).filter(|pair| view.form(*pair) == Form::Array)?;
    let path = view.parts(pair).next()?;
    (view.form(path) == Form::Var && !view.is_wildcard(path)).then_some(path)
}

fn is_unread_by_regal(view: &RegalView<'_>, rule: usize, path: Id) -> bool {
    let Item { name, at, .. } = *view.item(path);
    let elsewhere = |var: Id| view.item(var).name == name && view.item(var).at != at;
    let in_argument = |argument: Id| match view.form(argument) {
        Form::Var => elsewhere(argument),
        Form::Array | Form::Object | Form::Set => view.vars_below(argument).any(elsewhere),
        _ => false,
    };
    !view.is_in_head(view.rules[rule].head, name)
        && !view.named(rule, name).iter().any(|var| var.context == Context::Ref)
        && !view.refs(rule).iter().any(|reference| view.base(*reference) == Some(name))
        && !view.calls(rule).iter().any(|call| view.is_call(*call) && view.arguments(*call).any(in_argument))
}

/// Whether the variable stands nowhere else.
fn is_unread(cx: &FileCx<'_>, view: &RegalView<'_>, path: Id) -> bool {
    let scopes = cx.shared_scopes();
    let Some(binding) = view.node(cx.parse(), path).and_then(|var| scopes.binding(var).copied()) else { return false };
    match binding.kind {
        BindingKind::Implicit => binding.uses == 0,
        _ => false,
    }
}
