use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::is_hidden_from_regal;
use crate::model::rego::{Kinds, builtin};
use crate::syntax::rego::ast::Literal;

declare_rule! {
    UnassignedReturnValue {
        id: "unassigned-return-value",
        group: "bugs",
        summary: "a call whose result nobody looks at",
        why: "`lower(input.name)` as a condition holds for every name: the result is not false. Most such calls were meant to be compared.",
        bad: rego("package play\n\nallow if {\n\tlower(input.user)\n\tinput.user == \"alice\"\n}\n"),
        good: rego("package play\n\nallow if lower(input.user) == \"alice\"\n"),
        severity: Severity::Error,
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/unassigned-return-value",
        peers: &["regal bugs/unassigned-return-value"],
    }
}

impl Rule for UnassignedReturnValue {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Literal]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let in_template = node.parent().is_some_and(|parent| parent.kind() == Kind::TemplateExpr);
        let Some(literal) = Literal::cast(node).filter(|literal| !in_template && !opa_view::is_negated(cx, *literal)) else { return };
        let Some(call) = literal.expr().and_then(|expr| opa_view::call(expr.inner().node())) else { return };
        let Some(builtin) = builtin(&call.name).filter(|builtin| builtin.result.is_some() && !builtin.is_boolean()) else { return };
        // a further argument takes the result
        if call.args.len() > builtin.args.len() || (cx.is_regal() && is_hidden_from_regal(node)) {
            return;
        }
        // `false` makes the body undefined, so the call may well be the condition that is meant
        if !cx.is_regal() && builtin.result.is_some_and(|(_, ty)| Kinds::of(ty).may_be(Kinds::BOOLEAN)) {
            return;
        }
        let first = call.name.split('.').next().unwrap_or_default();
        if cx.is_regal() || cx.module().rule_named(first).is_none() {
            cx.report(call.at, format!("the result of `{}` is not used", call.name)).help("assign it, compare it, or remove the call");
        }
    }
}
