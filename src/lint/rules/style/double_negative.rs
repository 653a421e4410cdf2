use crate::lint::rules::prelude::*;
use crate::lint::rules::support::is_hidden_from_regal;
use crate::syntax::rego::ast::{Expr, Literal};

declare_rule! {
    DoubleNegative {
        id: "double-negative",
        group: "style",
        summary: "`not` before a name that denies already",
        why: "`not not_admin` asks the reader to negate twice. Define the positive rule, and negate that.",
        bad: rego("package play\n\nallow if not cannot_write\n\ncannot_write if input.user.guest\n"),
        good: rego("package play\n\nallow if can_write\n\ncan_write if not input.user.guest\n"),
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/double-negative",
        peers: &["regal style/double-negative"],
    }
}

impl Rule for DoubleNegative {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Literal]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(literal) = Literal::cast(node).filter(|literal| literal.not_token().is_some()) else { return };
        let Some(Expr::Var(var)) = literal.expr().map(Expr::inner) else { return };
        let denies = ["cannot_", "no_", "non_", "not_", "without_"].iter().any(|prefix| var.name().starts_with(prefix));
        if denies && !(cx.is_regal() && is_hidden_from_regal(node)) {
            cx.report(literal.span(), format!("`not {}` denies twice", var.name())).help("define the positive rule, and negate that");
        }
    }
}
