use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::{has_comment, is_hidden_from_regal};
use crate::model::rego::RuleKind;
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
        fix: FixKind::Unsafe,
        fix_safety: "Offered where the module has a rule of the positive name, which may say something else than the denial of the negative one.",
        peers: &["regal style/double-negative"],
    }
}

impl Rule for DoubleNegative {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Literal]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(literal) = Literal::cast(node).filter(|literal| opa_view::is_negated(cx, *literal)) else { return };
        let Some(Expr::Var(var)) = literal.expr().map(Expr::inner) else { return };
        let Some((prefix, positive)) = PREFIXES.iter().find(|(prefix, _)| var.name().starts_with(prefix)) else { return };
        if cx.is_regal() && is_hidden_from_regal(node) {
            return;
        }
        let name = format!("{positive}{}", &var.name()[prefix.len()..]);
        let known = cx.module().rule_named(&name).is_some_and(|rule| rule.kind == RuleKind::Complete);
        let at = literal.not_token().map_or(literal.span().start, |token| token.span().start);
        let removed = Span::new(at, literal.expr().map_or(at, |expr| expr.span().end));
        let known = known && !has_comment(cx, removed);
        let report =
            cx.report(literal.span(), format!("`not {}` denies twice", var.name())).help("define the positive rule, and negate that");
        if known {
            report.fix(format!("use `{name}`"), Applicability::Unsafe, [(removed, name)]);
        }
    }
}

/// Prefixes that deny, and what stands for their opposite.
const PREFIXES: [(&str, &str); 5] = [("cannot_", "can_"), ("no_", ""), ("non_", ""), ("not_", ""), ("without_", "with_")];
