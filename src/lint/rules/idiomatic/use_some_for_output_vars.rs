use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use crate::lint::context::WorkspaceCx;
use crate::lint::rules::prelude::*;
use crate::lint::rules::regal_view::{Context, Id, RegalView, Slot, VarEntry};
use crate::model::rego::FactKinds;

declare_rule! {
    UseSomeForOutputVars {
        id: "use-some-for-output-vars",
        group: "idiomatic",
        summary: "a variable that a reference sets and nothing declares",
        why: "`data.users[name]` iterates over the users only as long as nothing else is called `name`: a rule of that name, in \
              whichever file of the package, turns it into a look-up. With `some name` it stays what it is.",
        bad: rego("package play\n\nnames contains name if data.users[name]\n"),
        good: rego("package play\n\nnames contains name if {\n\tsome name\n\tdata.users[name]\n}\n"),
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/idiomatic/use-some-for-output-vars",
        peers: &["regal idiomatic/use-some-for-output-vars"],
    }
}

impl Rule for UseSomeForOutputVars {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if !cx.is_regal() || !cx.text().contains('[') {
            return;
        }
        let view = cx.regal_view();
        for rule in 0..view.rules.len() {
            let vars = view.vars(rule);
            let mut found: BTreeSet<(u32, Id)> = BTreeSet::new();
            let undeclared =
                |group: &&[VarEntry]| !view.is_global(group[0].name) && !group.iter().any(|other| other.context == Context::Some);
            let names = vars.chunk_by(|a, b| a.name == b.name).filter(undeclared);
            for var in names.flatten().filter(|var| var.context == Context::Ref) {
                if view.is_in_local_scope(cx.file(), rule, var.id) || is_in_comprehension(&view, rule, var.id) {
                    continue;
                }
                found.insert((view.item(var.id).at, var.id));
            }
            for place in found.into_iter().filter_map(|(_, var)| view.place(var)) {
                let name = cx.file().slice(place).to_owned();
                cx.report(place, format!("`{name}` is set here and declared nowhere")).help(format!("declare it: `some {name}`"));
            }
        }
    }

    fn facts(&self) -> Option<FactKinds> {
        Some(FactKinds { references: true, ..FactKinds::default() })
    }

    fn facts_as_regal(&self) -> Option<FactKinds> {
        None
    }

    fn workspace(&self, cx: &mut WorkspaceCx<'_>) {
        let workspace = cx.workspace();
        let modules = || workspace.modules().iter();
        let rules: FxHashSet<&str> = modules().flat_map(|facts| facts.rules.iter().map(|rule| rule.path.as_str())).collect();
        let mut found = Vec::new();
        for facts in modules().filter(|facts| cx.is_on(facts.source) && !cx.is_regal(facts.source)) {
            let text = &cx.sources().get(facts.source).text;
            // rule, name → whether it is set before, or said already
            let mut settled: FxHashSet<(u32, &str)> = FxHashSet::default();
            for reference in facts.references.iter().filter(|reference| reference.presumed && !reference.called) {
                let key = (reference.rule, facts.path(reference));
                let in_brackets = is_in_brackets(text, reference.span);
                if !in_brackets && !is_unified(text, reference.span) {
                    continue;
                }
                // what is unified first is set there
                let is_first = settled.insert(key);
                if is_first && in_brackets && !rules.contains(key.1) {
                    found.push(crate::text::Location { source: facts.source, span: reference.span });
                }
            }
        }
        for at in found {
            let name = cx.sources().get(at.source).slice(at.span).to_owned();
            if let Some(report) = cx.report(at, format!("`{name}` is set here and declared nowhere")) {
                report.help(format!("declare it: `some {name}`"));
            }
        }
    }
}

/// Whether the name is a side of a `=`.
fn is_unified(text: &str, name: Span) -> bool {
    let (before, after) = (text[..name.start as usize].trim_end(), text[name.end as usize..].trim_start());
    let right = before.strip_suffix('=').is_some_and(|rest| !rest.ends_with(['=', '!', '<', '>']));
    right || (after.starts_with('=') && !after.starts_with("=="))
}

/// Whether the name is all that stands between the brackets of a reference.
fn is_in_brackets(text: &str, name: Span) -> bool {
    let (before, after) = (&text[..name.start as usize], &text[name.end as usize..]);
    let Some(before) = before.trim_end().strip_suffix('[') else { return false };
    // an array has something else before it
    after.trim_start().starts_with(']') && before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ']' | ')' | '}'))
}

/// Whether the body of a comprehension round a variable names it.
fn is_in_comprehension(view: &RegalView<'_>, rule: usize, var: Id) -> bool {
    let item = view.item(var);
    // all of a chained body's head has one place, which is outside of what comprehensions it holds
    let mut slots = std::iter::once(var).chain(view.ancestors(var)).map(|id| view.item(id).slot);
    let is_copy = view.rules[rule].is_chained && slots.any(|slot| matches!(slot, Slot::Argument | Slot::Key | Slot::Value));
    if is_copy {
        return false;
    }
    let mut below = var;
    view.ancestors(var).any(|id| {
        let through = view.item(below).slot;
        below = id;
        through == Slot::ComprehensionBody
            || (view.form(id).is_comprehension() && view.in_slot(id, Slot::ComprehensionBody).any(|expr| view.has_var(expr, item.name)))
    })
}
