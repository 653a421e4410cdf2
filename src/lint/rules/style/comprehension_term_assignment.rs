use std::collections::BTreeMap;

use crate::lint::rules::prelude::*;
use crate::lint::rules::regal_view::{Form, Id, RegalView, Slot};
use crate::lint::rules::support::statement_removal;
use crate::syntax::rego::ast::Literal;

declare_rule! {
    ComprehensionTermAssignment {
        id: "comprehension-term-assignment",
        group: "style",
        summary: "a comprehension whose term is assigned in its body",
        why: "`[name | some user in users; name := user.name]` says `name` three times to say `user.name` once.",
        bad: rego("package play\n\nnames := [name |\n\tsome user in input.users\n\tname := user.name\n]\n"),
        good: rego("package play\n\nnames := [user.name | some user in input.users]\n"),
        recommended: true,
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Safe: a variable that is assigned once and read by the term alone is replaced by what it is assigned. Comments stay.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/comprehension-term-assignment",
        peers: &["regal style/comprehension-term-assignment"],
    }
}

impl Rule for ComprehensionTermAssignment {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if !cx.text().contains('|') {
            return;
        }
        let view = cx.regal_view();
        let mut found: BTreeMap<u32, (Id, Id, Id, Id)> = BTreeMap::new();
        for rule in 0..view.rules.len() {
            for comprehension in view.comprehensions(rule) {
                if view.in_slot(*comprehension, Slot::ComprehensionBody).nth(1).is_none() {
                    continue;
                }
                for expr in view.in_slot(*comprehension, Slot::ComprehensionBody) {
                    let Some((left, right)) = view.assignment(expr) else { continue };
                    let term = view.head_terms(*comprehension).find(|term| view.form(*term) == Form::Var && view.same(*term, left));
                    if let Some(term) = term.filter(|_| is_simple(&view, right)) {
                        found.insert(view.item(left).at, (expr, left, right, term));
                    }
                }
            }
        }
        for (expr, left, right, term) in found.into_values() {
            // a value that is read elsewhere is best named
            let edits = if cx.is_regal() {
                None
            } else {
                let scopes = cx.shared_scopes();
                let Some(binding) = view.node(cx.parse(), left).and_then(|var| scopes.binding(var).copied()) else { continue };
                if binding.uses != 1 {
                    continue;
                }
                let literal = view.node(cx.parse(), expr).and_then(Literal::cast).filter(|literal| literal.withs().next().is_none());
                let removal = literal.and_then(|literal| statement_removal(cx, literal));
                removal.map(|removal| [(view.span(term), cx.file().slice(view.span(right)).to_owned()), (removal, String::new())])
            };
            let Some(place) = view.place(left) else { continue };
            let end = view.span(right).start.max(place.end);
            let name = view.var_name(left);
            let report = cx
                .report(Span::new(place.start, end), format!("`{name}` is assigned for the comprehension's term alone"))
                .help("write the value in the term's place");
            if let Some(edits) = edits {
                report.fix("write the value in the term's place", Applicability::Safe, edits);
            }
        }
    }
}

/// A variable, or a reference to it or to a document with constant parts.
fn is_simple(view: &RegalView<'_>, value: Id) -> bool {
    match view.form(value) {
        Form::Var => true,
        Form::Ref => view.is_static(value) && view.parts(value).next().is_some_and(|first| view.form(first) != Form::Call),
        _ => false,
    }
}
