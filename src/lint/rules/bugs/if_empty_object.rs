use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::syntax::rego::ast::Expr;

declare_rule! {
    IfEmptyObject {
        id: "if-empty-object",
        group: "bugs",
        summary: "an empty object as the only condition",
        why: "`allow if {}` looks like an empty body and is an object, which is always true. `if-object-literal` finds all objects.",
        bad: rego("package play\n\nallow if {}\n"),
        good: rego("package play\n\nallow if input.user.admin\n"),
        severity: Severity::Error,
        fix: FixKind::Unsafe,
        fix_safety: "Removes the condition, which always holds: the rule stays unconditional.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/if-empty-object",
        peers: &["regal bugs/if-empty-object"],
    }
}

impl Rule for IfEmptyObject {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        for rule in opa_view::rules(cx.module()) {
            let Some(statement) = rule.only_statement() else { continue };
            let Some(Expr::Object(object)) = statement.expr().map(Expr::inner) else { continue };
            if object.items().next().is_some() || opa_view::is_wrapped(cx, statement) {
                continue;
            }
            let def = rule.def;
            let plain = def.rule.bodies().count() == 1 && def.rule.elses().next().is_none();
            let is_removable = plain
                && def.bracket_member.is_none()
                && statement.not_token().is_none()
                && statement.withs().next().is_none()
                && !crate::lint::rules::support::has_comment(cx, rule.span);
            let value = if def.head.value().is_some() || def.head.member().is_some() { "" } else { " := true" };
            let body = rule.body.map(|body| Span::new(def.head.span().end, body.span().end));
            let report = cx
                .report(rule.span, format!("the body of `{}` is an empty object, which is always true", def.path.dotted()))
                .help("write a condition, or remove the rule");
            if let Some(body) = body.filter(|_| is_removable) {
                report.fix("remove the condition, which always holds", Applicability::Unsafe, [(body, value.to_owned())]);
            }
        }
    }
}
