use crate::lint::rules::collections::{Shape, operands, report_joined, shape};
use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::has_comment;
use crate::syntax::rego::ast::{Call, Expr};

const CONCAT: &[&str] = &["array", "concat"];

declare_rule! {
    UseArrayFlatten {
        id: "use-array-flatten",
        group: "idiomatic",
        summary: "calls of `array.concat` within each other",
        why: "`array.flatten` puts any number of arrays together in one call. It needs OPA 1.13.",
        bad: rego("package play\n\nall := array.concat(input.a, array.concat(input.b, input.c))\n"),
        good: rego("package play\n\nall := array.flatten([input.a, input.b, input.c])\n"),
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Writes one call. Unsafe where an operand is not known to be an array: `array.concat` has no value then, and `array.flatten` has.",
        options: &[
            OptionMeta {
                name: "flag-wrapped-concat",
                kind: OptionKind::Bool,
                default: OptionValue::Bool(false),
                doc: "Report `array.concat([a], b)` too.",
            },
            OptionMeta {
                name: "flag-all-concat",
                kind: OptionKind::Bool,
                default: OptionValue::Bool(false),
                doc: "Report every call of `array.concat`.",
            },
        ],
        source: "https://www.openpolicyagent.org/projects/regal/rules/idiomatic/use-array-flatten",
        peers: &["regal idiomatic/use-array-flatten"],
    }
}

impl Rule for UseArrayFlatten {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Call]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(call) = Call::cast(node).filter(|call| opa_view::calls_builtin(cx, *call, CONCAT)) else { return };
        let args = || call.args().take(2).map(Expr::inner);
        let is_nested = args().any(|arg| matches!(arg, Expr::Call(inner) if opa_view::calls_builtin(cx, inner, CONCAT)));
        let is_wrapped = args().any(|arg| matches!(arg, Expr::Array(_)));
        let mut messages = Vec::new();
        if cx.flag("flag-all-concat") {
            messages.push("`array.flatten` does what `array.concat` does here");
        } else {
            if is_nested {
                messages.push("calls of `array.concat` lie within each other");
            }
            if is_wrapped && cx.flag("flag-wrapped-concat") && (!is_nested || cx.is_regal()) {
                messages.push("`array.concat` is given an array of values");
            }
        }
        if messages.is_empty() {
            return;
        }
        let fix = rewritten(cx, call);
        report_joined(cx, node, &messages, "array.flatten", fix);
    }
}

fn rewritten<'t>(cx: &FileCx<'t>, call: Call<'t>) -> Option<(String, Applicability)> {
    let operands = operands(cx, call, CONCAT)?;
    let texts: Vec<&str> = operands.iter().map(|operand| operand.text()).collect();
    let known = operands.iter().all(|operand| shape(cx, *operand) == Some(Shape::Array));
    let applicability = if known { Applicability::Safe } else { Applicability::Unsafe };
    (!has_comment(cx, call.span())).then(|| (format!("array.flatten([{}])", texts.join(", ")), applicability))
}
