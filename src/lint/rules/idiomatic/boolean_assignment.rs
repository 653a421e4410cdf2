use crate::lint::rules::edits::Edits;
use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::{Keyword, has_comment, import_keywords};
use crate::model::rego::{Builtin, RuleDef, builtin};

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
        fix: FixKind::Unsafe,
        fix_safety: "What was false becomes undefined, which callers may tell apart. Offered for rules without a body.",
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
                let edits = edits(cx, rule.def);
                let report = cx.report(rule.head, format!("the value of `{name}` is a condition")).help(format!("write `{name} if …`"));
                if let Some(edits) = edits {
                    report.fix("make the value a condition", Applicability::Unsafe, edits);
                }
            }
        }
    }
}

/// `p := x > 1` → `p if x > 1`.
fn edits(cx: &FileCx<'_>, rule: &RuleDef<'_>) -> Option<Edits> {
    let (token, value) = (rule.head.assign_token()?, rule.head.value()?);
    let bare = rule.rule.bodies().next().is_none() && rule.rule.elses().next().is_none() && !rule.is_default && rule.is_constant;
    // a brace behind `if` opens a body
    if !bare || value.text().starts_with('{') || has_comment(cx, Span::new(token.span().start, value.span().start)) {
        return None;
    }
    let mut edits = vec![(token.span(), "if".to_owned())];
    if !cx.is_v1() {
        if cx.stays_v0() {
            return None;
        }
        edits.extend(import_keywords(cx, &[Keyword::If]));
    }
    Some(edits)
}
