use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use crate::lint::rules::opa_vars::Vars;
use crate::lint::rules::prelude::*;
use crate::model::rego::is_builtin_namespace;

declare_rule! {
    VarShadowsBuiltin {
        id: "var-shadows-builtin",
        group: "bugs",
        summary: "a variable named like built-in functions",
        why: "After `http := …`, a call of `http.send` in the same rule fails, and a reader takes the name for the function.",
        bad: rego("package play\n\nallow if {\n\thttp := input.request\n\thttp.method == \"GET\"\n}\n"),
        good: rego("package play\n\nallow if {\n\trequest := input.request\n\trequest.method == \"GET\"\n}\n"),
        severity: Severity::Error,
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/var-shadows-builtin",
        peers: &["regal bugs/var-shadows-builtin"],
    }
}

impl Rule for VarShadowsBuiltin {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if cx.is_regal() {
            return as_regal(cx);
        }
        let mut vars = Vars::new(is_builtin_namespace);
        let module = cx.module();
        for rule in &module.rules {
            vars.rule(rule.rule, cx);
        }
        let mut found = vars.found;
        found.sort_unstable();
        found.dedup();
        let mut known: FxHashSet<(String, usize)> = FxHashSet::default();
        for (span, name) in found {
            // a rule of the module has hidden the function already
            let own = module.rule_named(&name).is_some() || module.import_named(&name).is_some();
            let rule = module.rules.partition_point(|rule| rule.rule.span().start <= span.start);
            if !own && known.insert((name.clone(), rule)) {
                report(cx, span, &name);
            }
        }
    }
}

fn report(cx: &mut FileCx<'_>, span: Span, name: &str) {
    cx.report(span, format!("the variable hides the built-in `{name}`")).help("give it another name");
}

fn as_regal(cx: &mut FileCx<'_>) {
    let view = cx.regal_view();
    if !view.any_name(is_builtin_namespace) {
        return;
    }
    let mut found: BTreeMap<u32, (Span, &str)> = BTreeMap::new();
    for var in (0..view.rules.len()).flat_map(|rule| view.vars(rule)) {
        let name = view.name(var.name);
        if let Some(place) = view.place(var.id).filter(|_| is_builtin_namespace(name)) {
            // variables of one place are one finding
            found.entry(place.start).or_insert((place, name));
        }
    }
    for (place, name) in found.into_values() {
        report(cx, place, name);
    }
}
