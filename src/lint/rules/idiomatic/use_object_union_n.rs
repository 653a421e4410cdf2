use crate::lint::rules::collections::{operands, report_joined};
use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::has_comment;
use crate::syntax::rego::ast::{Call, Expr};

const UNION: &[&str] = &["object", "union"];

declare_rule! {
    UseObjectUnionN {
        id: "use-object-union-n",
        group: "idiomatic",
        summary: "calls of `object.union` within each other",
        why: "`object.union_n` merges any number of objects in one call.",
        bad: rego("package play\n\nall := object.union(object.union(input.a, input.b), input.c)\n"),
        good: rego("package play\n\nall := object.union_n([input.a, input.b, input.c])\n"),
        recommended: true,
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Writes one call. Unsafe where the second operand is a union: with values that are objects in the first and the last operand and something else between them, the results differ.",
        options: &[OptionMeta {
            name: "flag-all-union",
            kind: OptionKind::Bool,
            default: OptionValue::Bool(false),
            doc: "Report every call of `object.union`.",
        }],
        source: "https://www.openpolicyagent.org/projects/regal/rules/idiomatic/use-object-union-n",
        peers: &["regal idiomatic/use-object-union-n"],
    }
}

impl Rule for UseObjectUnionN {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Call]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(call) = Call::cast(node).filter(|call| opa_view::calls_builtin(cx, *call, UNION)) else { return };
        let is_union = |arg: Expr<'_>| matches!(arg.inner(), Expr::Call(inner) if opa_view::calls_builtin(cx, inner, UNION));
        let mut messages = Vec::new();
        if call.args().take(2).any(is_union) {
            messages.push("calls of `object.union` lie within each other");
        }
        // Regal says both
        if cx.flag("flag-all-union") && (messages.is_empty() || cx.is_regal()) {
            messages.push("`object.union_n` does what `object.union` does here");
        }
        if messages.is_empty() {
            return;
        }
        let fix = rewritten(cx, call);
        report_joined(cx, node, &messages, "object.union_n", fix);
    }
}

fn rewritten<'t>(cx: &FileCx<'t>, call: Call<'t>) -> Option<(String, Applicability)> {
    let operands = operands(cx, call, UNION)?;
    let texts: Vec<&str> = operands.iter().map(|operand| operand.text()).collect();
    // `union_n` merges from the left
    let mut from_left = true;
    let mut at = call;
    loop {
        let mut args = at.args().map(Expr::inner);
        let (first, second) = (args.next()?, args.next()?);
        from_left &= !matches!(second, Expr::Call(inner) if opa_view::calls_builtin(cx, inner, UNION));
        match first {
            Expr::Call(inner) if opa_view::calls_builtin(cx, inner, UNION) => at = inner,
            _ => break,
        }
    }
    let applicability = if from_left { Applicability::Safe } else { Applicability::Unsafe };
    (!has_comment(cx, call.span())).then(|| (format!("object.union_n([{}])", texts.join(", ")), applicability))
}
