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
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/var-shadows-builtin",
        peers: &["regal bugs/var-shadows-builtin"],
    }
}

impl Rule for VarShadowsBuiltin {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let mut vars = Vars::new(cx.is_regal(), is_builtin_namespace);
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
            if cx.is_regal() || (!own && known.insert((name.clone(), rule))) {
                cx.report(span, format!("the variable hides the built-in `{name}`")).help("give it another name");
            }
        }
    }
}
