use crate::lint::rules::bound::Bound;
use crate::lint::rules::prelude::*;
use crate::lint::rules::regal_view::{Form, Id, RegalView};
use crate::lint::rules::support::statement_removal;
use crate::model::rego::BindingKind;
use crate::syntax::rego::ast::{Literal, RefBracket, SomeDecl, Var};

declare_rule! {
    UnusedOutputVariable {
        id: "unused-output-variable",
        group: "bugs",
        summary: "a variable that a reference sets and nothing reads",
        why: "`input.roles[i]` sets `i` to each key in turn. If nothing reads `i`, it says no more than `_`, and the reader looks for \
              the place where it matters: often that place was forgotten.",
        bad: rego("package play\n\nallow if {\n\tsome i\n\trole := input.roles[i]\n\trole == \"admin\"\n}\n"),
        good: rego("package play\n\nallow if {\n\tsome role in input.roles\n\trole == \"admin\"\n}\n"),
        severity: Severity::Error,
        recommended: true,
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Safe: a variable that stands once is replaced by `_`, and its declaration goes. Comments stay.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/unused-output-variable",
        peers: &["regal bugs/unused-output-variable"],
    }
}

impl Rule for UnusedOutputVariable {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::RefBracket]
    }

    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if !cx.is_regal() || !cx.text().contains('[') {
            return;
        }
        let view = cx.regal_view();
        for rule in 0..view.rules.len() {
            if let Some(place) = only_output(&view, cx, rule).and_then(|var| view.place(var)) {
                report(cx, place);
            }
        }
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(var) = RefBracket::cast(node).and_then(RefBracket::expr).and_then(|expr| Var::cast(expr.node())) else { return };
        if cx.is_regal() || var.name() == "_" {
            return;
        }
        let scopes = cx.shared_scopes();
        let Some(binding) = scopes.binding(var.node()) else { return };
        match binding.kind {
            BindingKind::Some if binding.uses == 1 => {
                let edits = fix(cx, node, binding.span);
                let mut found = report(cx, var.span());
                if let Some(mut edits) = edits {
                    edits.push((var.span(), "_".to_owned()));
                    found = found.fix("write `_`", Applicability::Safe, edits);
                }
                _ = found;
            }
            // it may be a rule in another file of the package
            BindingKind::Implicit if binding.uses == 0 && !Bound::is_in_head_name(node) => cx.withhold(),
            _ => {}
        }
    }
}

fn report<'a>(cx: &'a mut FileCx<'_>, span: Span) -> crate::lint::context::Report<'a> {
    let name = cx.file().slice(span).to_owned();
    cx.report(span, format!("`{name}` is set here and never read")).help("write `_`, or iterate with `some … in`")
}

/// The one variable in a rule's references, if nothing reads it as far as Regal sees.
fn only_output(view: &RegalView<'_>, cx: &FileCx<'_>, rule: usize) -> Option<Id> {
    let mut only: Option<Id> = None;
    for reference in view.refs(rule) {
        for part in view.parts(*reference).skip(1).filter(|part| view.form(*part) == Form::Var) {
            let same = |other: Id| view.same(part, other) && view.item(part).at == view.item(other).at;
            if only.is_some_and(|only| only != part && !same(only)) {
                return None;
            }
            only = Some(part);
        }
    }
    let var = only.filter(|var| !view.is_wildcard(*var))?;
    let name = view.item(var).name;
    let is_read = view.is_in_head(view.rules[rule].head, name)
        || view.refs(rule).iter().any(|reference| view.base(*reference) == Some(name))
        || view.is_in_call(rule, name)
        || view.comprehensions(rule).iter().any(|comprehension| view.head_terms(*comprehension).any(|term| view.has_var(term, name)));
    (!is_read && view.is_output(cx.file(), rule, var)).then_some(var)
}

/// The edits that take the declaration away.
fn fix(cx: &FileCx<'_>, bracket: Node<'_>, declared: Span) -> Option<Vec<(Span, String)>> {
    // the search is short in all rules but made ones
    let rule = bracket.ancestors().find(|node| node.kind() == Kind::Rule).filter(|rule| rule.span().len() < 0x10000)?;
    let declaration = rule.descendants().filter_map(SomeDecl::cast).find(|some| some.span().covers(declared))?;
    let vars: Vec<Span> = declaration.vars().map(|var| var.span()).collect();
    let at = vars.iter().position(|var| *var == declared)?;
    let removed = match (vars.get(at + 1), at.checked_sub(1).map(|before| vars[before])) {
        (Some(next), _) => Span::new(declared.start, next.start),
        (None, Some(before)) => Span::new(before.end, declared.end),
        (None, None) => statement_removal(cx, Literal::cast(declaration.node().parent()?)?)?,
    };
    (!crate::lint::rules::support::has_comment(cx, removed)).then(|| vec![(removed, String::new())])
}
