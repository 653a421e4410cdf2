use crate::lint::rules::prelude::*;
use crate::lint::rules::support::is_hidden_from_regal;
use crate::syntax::rego::ast::{Call, Expr};

declare_rule! {
    DubiousPrintSprintf {
        id: "dubious-print-sprintf",
        group: "testing",
        summary: "`sprintf` inside of `print`",
        why: "`print` writes `<undefined>` for what is undefined. With `sprintf` in between, one undefined value and nothing is printed at all.",
        bad: rego("package play\n\nallow if {\n\tprint(sprintf(\"user: %v\", [input.user]))\n\tinput.user.admin\n}\n"),
        good: rego("package play\n\nallow if {\n\tprint(\"user:\", input.user)\n\tinput.user.admin\n}\n"),
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/testing/dubious-print-sprintf",
        peers: &["regal testing/dubious-print-sprintf"],
    }
}

impl Rule for DubiousPrintSprintf {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Call]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(call) = Call::cast(node) else { return };
        if !call.callee().is_some_and(|callee| is_named(callee, "print")) {
            return;
        }
        if let Some(Expr::Call(inner)) = call.args().next().map(Expr::inner)
            && let Some(callee) = inner.callee().filter(|callee| is_named(*callee, "sprintf"))
            && !(cx.is_regal() && is_hidden_from_regal(node))
        {
            cx.report(callee.span(), "`print` of `sprintf` prints nothing where a value is undefined").help("give the values to `print`");
        }
    }
}

fn is_named(callee: Expr<'_>, name: &str) -> bool {
    matches!(callee, Expr::Var(var) if var.name() == name)
}
