use crate::lint::rules::edits::statement_removal;
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::is_hidden_from_regal;
use crate::syntax::rego::ast::{Call, Expr, Literal, Var};

declare_rule! {
    PrintOrTraceCall {
        id: "print-or-trace-call",
        group: "testing",
        summary: "a call of `print` or `trace`",
        why: "Both are for debugging. Left in a policy they cost time for each decision, and may write secrets to a log.",
        bad: rego("package play\n\nallow if {\n\tprint(input.token)\n\tinput.user.admin\n}\n"),
        good: rego("package play\n\nallow if input.user.admin\n"),
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/testing/print-or-trace-call",
        fix: FixKind::Unsafe,
        fix_safety: "Removes the statement and its output. A body that has no other is left alone.",
        peers: &["regal testing/print-or-trace-call"],
    }
}

impl Rule for PrintOrTraceCall {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Call]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(callee) = Call::cast(node).and_then(Call::callee) else { return };
        let first = match callee {
            Expr::Var(var) => Some(var),
            // to Regal `trace.x()` is one too
            Expr::Ref(reference) if cx.is_regal() => match reference.operand() {
                Some(Expr::Var(var)) => Some(var),
                _ => None,
            },
            _ => None,
        };
        let Some(name) = first.map(Var::name).filter(|name| matches!(*name, "print" | "trace")) else { return };
        let own = !cx.is_regal() && cx.module().rule_named(name).is_some();
        let hidden = cx.is_regal() && is_hidden_from_regal(node);
        if !own && !hidden {
            let statement = node.parent().and_then(Literal::cast).filter(|literal| literal.not_token().is_none());
            let removal = statement.and_then(|literal| statement_removal(cx, literal));
            let report = cx.report(callee.span(), format!("`{name}` is called")).help("remove the call once it has served");
            if let Some(removal) = removal {
                report.fix("remove the call", Applicability::Unsafe, [(removal, String::new())]);
            }
        }
    }
}
