use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::model::rego::RuleDef;
use crate::syntax::rego::ast::{Expr, RefPart};

declare_rule! {
    UnconditionalAssignment {
        id: "unconditional-assignment",
        group: "style",
        summary: "a body that only gives the head its value",
        why: "A body states conditions. Where all it does is to assign the value that the head names, the value can stand in the head.",
        bad: rego("package play\n\nlimit := x if {\n\tx := input.limit\n}\n"),
        good: rego("package play\n\nlimit := input.limit\n"),
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/unconditional-assignment",
        peers: &["regal style/unconditional-assignment"],
    }
}

impl Rule for UnconditionalAssignment {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        for rule in opa_view::rules(cx.module()) {
            let Some(statement) = rule.only_statement() else { continue };
            let Some(Expr::Infix(infix)) = statement.expr().map(Expr::inner) else { continue };
            let assigns = infix.op().is_some_and(|op| matches!(op.kind(), Kind::Assign | Kind::Equal));
            let Some(Expr::Var(assigned)) = infix.left().map(Expr::inner).filter(|_| assigns) else { continue };
            let negated = statement.not_token().is_some() && !cx.is_regal();
            if negated || statement.withs().next().is_some() {
                continue;
            }
            let name = assigned.name();
            let is = |expr: Option<Expr<'_>>| matches!(expr.map(Expr::inner), Some(Expr::Var(var)) if var.name() == name);
            let head = rule.def.head;
            let (has_key, key) = key(rule.def, cx.is_v1());
            let found = if !has_key && head.member().is_none() {
                is(head.value()) && rule.def.rule.elses().next().is_none()
            } else {
                !rule.is_function() && (is(key) || is(head.member()))
            };
            if found {
                cx.report(assigned.span(), format!("the body of `{}` only assigns `{name}`", rule.def.path.dotted()))
                    .help("put the value into the head");
            }
        }
    }
}

/// Whether the head has a key, the one part behind its name, and the key. In v1 a constant is no key but part of the name.
fn key<'t>(rule: &RuleDef<'t>, is_v1: bool) -> (bool, Option<Expr<'t>>) {
    let Some(Expr::Ref(reference)) = rule.head.name() else { return (false, None) };
    let mut parts = reference.parts();
    match (parts.next(), parts.next()) {
        (Some(RefPart::Bracket(bracket)), None) => {
            let key = bracket.expr().map(Expr::inner);
            (!is_v1 || matches!(key, Some(Expr::Var(_) | Expr::Ref(_))), key)
        }
        (Some(RefPart::Dot(_)), None) => (!is_v1, None),
        _ => (false, None),
    }
}
