use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::syntax::rego::ast::Expr;

declare_rule! {
    IfObjectLiteral {
        id: "if-object-literal",
        group: "bugs",
        summary: "an object where a body was meant",
        why: "In `allow if {\"x\": input.x}` and `allow if {}` the braces hold an object. An object is true, so the rule always holds.",
        bad: rego("package play\n\nallow if {}\n"),
        good: rego("package play\n\nallow if {input.user.admin}\n"),
        recommended: true,
        regal: Some(Severity::Error),
        severity: Severity::Error,
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/if-object-literal",
        peers: &["regal bugs/if-object-literal"],
    }
}

impl Rule for IfObjectLiteral {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        for rule in opa_view::rules(cx.module()) {
            let Some(statement) = rule.only_statement() else { continue };
            if let Some(Expr::Object(object)) = statement.expr().map(Expr::inner) {
                cx.report(object.span(), format!("the body of `{}` is an object, which is always true", rule.def.path.dotted()))
                    .help("write a condition");
            }
        }
    }
}
