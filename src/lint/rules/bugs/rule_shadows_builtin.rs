use crate::lint::rules::names;
use crate::lint::rules::prelude::*;
use crate::model::rego::is_builtin_namespace;

declare_rule! {
    RuleShadowsBuiltin {
        id: "rule-shadows-builtin",
        group: "bugs",
        summary: "a rule named like built-in functions",
        why: "A rule called `http` hides `http.send` in the whole package, and a reader takes its name for the function.",
        bad: rego("package play\n\nhttp := input.request.http\n"),
        good: rego("package play\n\nhttp_request := input.request.http\n"),
        severity: Severity::Error,
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/rule-shadows-builtin",
        peers: &["regal bugs/rule-shadows-builtin"],
    }
}

impl Rule for RuleShadowsBuiltin {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let mut last = None;
        for rule in &cx.module().rules {
            // only a name without further parts hides anything; Regal leaves out parts that are references or calls
            let plain = if cx.is_regal() {
                rule.bracket_member.is_some() || rule.head.name().and_then(names::ref_name).is_some_and(|name| name == rule.name)
            } else {
                rule.path.len() == 1 && rule.is_constant
            };
            if !plain || !is_builtin_namespace(rule.name) || (!cx.is_regal() && last == Some(rule.name)) {
                continue;
            }
            last = Some(rule.name);
            let at = rule.head.name().map_or(rule.head.span(), |name| name.span());
            cx.report(at, format!("the rule hides the built-in `{}`", rule.name)).help("give it another name");
        }
    }
}
