use std::collections::BTreeMap;

use crate::lint::rules::prelude::*;
use crate::lint::rules::regal_view::{Form, Slot};
use crate::model::rego::BindingKind;

declare_rule! {
    MetasyntacticVariable {
        id: "metasyntactic-variable",
        group: "testing",
        summary: "a rule or variable called `foo`, `bar` and the like",
        why: "Such names say nothing, and are taken for what they stand for in examples: something that will get its name later.",
        bad: rego("package play\n\nallow if {\n\tfoo := input.role\n\tfoo == \"admin\"\n}\n"),
        good: rego("package play\n\nallow if input.role == \"admin\"\n"),
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/testing/metasyntactic-variable",
        peers: &["regal testing/metasyntactic-variable"],
    }
}

const NAMES: [&str; 14] =
    ["bar", "baz", "corge", "foo", "foobar", "fred", "garply", "grault", "plugh", "quux", "qux", "thud", "waldo", "xyzzy"];

fn is_metasyntactic(name: &str) -> bool {
    name.len() <= 6 && NAMES.contains(&name.to_lowercase().as_str())
}

impl Rule for MetasyntacticVariable {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let view = cx.regal_view();
        if !view.any_name(is_metasyntactic) && !cx.regal_view().any_name_part(is_metasyntactic) {
            return;
        }
        let mut found: BTreeMap<u32, Span> = BTreeMap::new();
        for (rule, root) in view.rules.iter().enumerate() {
            for part in view.in_slot(root.head, Slot::Name).filter(|_| !root.is_chained) {
                let item = view.item(part);
                let is_named = match item.form {
                    Form::Var => item.index == 0 && is_metasyntactic(view.var_name(part)),
                    Form::String => item.index > 0 && is_metasyntactic(&view.string(part)),
                    _ => false,
                };
                if let Some(place) = view.place(part).filter(|_| is_named) {
                    found.insert(place.start, place);
                }
            }
            if !cx.is_regal() {
                continue;
            }
            for var in view.vars(rule).iter().filter(|var| is_metasyntactic(view.name(var.name))) {
                if let Some(place) = view.place(var.id).filter(|_| view.is_output(cx.file(), rule, var.id)) {
                    found.insert(place.start, place);
                }
            }
        }
        if !cx.is_regal() {
            // where a variable comes from, once for each
            let scopes = cx.shared_scopes();
            let named = scopes.bindings.iter().filter(|binding| binding.kind != BindingKind::Implicit && is_metasyntactic(binding.name));
            found.extend(named.map(|binding| (binding.span.start, binding.span)));
        }
        for place in found.into_values() {
            let name = cx.file().slice(place).trim_matches(['"', '`']).to_owned();
            cx.report(place, format!("`{name}` says nothing")).help("name what it stands for");
        }
    }
}
