use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::model::rego::{Builtin, builtin};

declare_rule! {
    BooleanAssignment {
        id: "boolean-assignment",
        group: "idiomatic",
        summary: "a rule whose value is a condition",
        why: "`adult := input.age >= 18` is false for a child, and undefined without an age: callers have to know both. `adult if input.age >= 18` is undefined in both cases.",
        bad: rego("package play\n\nadult := input.age >= 18\n"),
        good: rego("package play\n\nadult if input.age >= 18\n"),
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/idiomatic/boolean-assignment",
        peers: &["regal idiomatic/boolean-assignment"],
    }
}

impl Rule for BooleanAssignment {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        // to Regal each chained body repeats the head
        let is_regal = cx.is_regal();
        for rule in opa_view::rules(cx.module()).filter(|rule| is_regal || !rule.is_chained) {
            let Some(call) = rule.def.head.value().and_then(|value| opa_view::call(value.inner().node())) else { continue };
            // Regal looks at the first part of a function's name
            let name = call.name.split('.').next().unwrap_or_default();
            if builtin(name).is_some_and(Builtin::is_boolean) {
                let name = rule.def.path.dotted();
                cx.report(rule.head, format!("the value of `{name}` is a condition")).help(format!("write `{name} if …`"));
            }
        }
    }
}
