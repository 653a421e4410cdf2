use crate::lint::rules::opa_view::{self, OpaRule};
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::has_comment;
use crate::syntax::rego::ast::{Expr, Scalar, Var};

declare_rule! {
    EqualsPatternMatching {
        id: "equals-pattern-matching",
        group: "idiomatic",
        summary: "a function whose only condition compares an argument with a constant",
        why: "The constant may stand in the place of the argument: `name(1) := \"one\"`. The function is then only evaluated where the argument matches.",
        bad: rego("package play\n\nname(x) := \"one\" if x == 1\n"),
        good: rego("package play\n\nname(1) := \"one\"\n"),
        recommended: true,
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Writes the constant in the place of the argument where nothing else uses the argument. Unsafe where the comparison is the function's value: what was false is undefined afterwards.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/idiomatic/equals-pattern-matching",
        peers: &["regal idiomatic/equals-pattern-matching"],
    }
}

impl Rule for EqualsPatternMatching {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        for rule in opa_view::rules(cx.module()).filter(OpaRule::is_function) {
            if rule.def.rule.elses().next().is_none() && !rule.def.is_default {
                check(cx, &rule);
            }
        }
    }
}

fn check<'t>(cx: &mut FileCx<'t>, rule: &OpaRule<'_, 't>) {
    let (comparison, statement) = match rule.body {
        Some(_) => {
            let Some(statement) = rule.only_statement() else { return };
            (statement.expr(), Some(statement))
        }
        None => (rule.def.head.value(), None),
    };
    let Some(comparison) = comparison.filter(|expr| opa_view::binary(*expr).is_some_and(|operation| operation.name == "equal")) else {
        return;
    };
    let Some(operation) = opa_view::binary(comparison) else { return };
    let (var, constant) = match (operation.left, operation.right) {
        (Expr::Var(var), Expr::Scalar(constant)) | (Expr::Scalar(constant), Expr::Var(var)) => (var, constant),
        _ => return,
    };
    let is_argument = |arg: Expr<'_>| matches!(arg.inner(), Expr::Var(arg) if arg.name() == var.name());
    if var.name() == "_" || !rule.def.head.args().is_some_and(|args| args.exprs().any(is_argument)) {
        return;
    }
    let is_plain =
        !operation.has_output && statement.is_none_or(|statement| statement.not_token().is_none() && statement.withs().next().is_none());
    if !is_plain && !cx.is_regal() {
        return;
    }
    let edits = (is_plain && !rule.is_chained).then(|| edits(cx, rule, var, constant, comparison)).flatten();
    let applicability = if statement.is_some() { Applicability::Safe } else { Applicability::Unsafe };
    let report = cx
        .report(rule.span, format!("the argument `{}` is only compared with a constant", var.name()))
        .help(format!("write `{}` in the place of the argument", constant.text()));
    if let Some(edits) = edits {
        report.fix("match the argument", applicability, edits);
    }
}

/// The edits that put the constant where the argument is, and take the comparison away; `None` where something else uses it.
fn edits<'t>(
    cx: &FileCx<'t>,
    rule: &OpaRule<'_, 't>,
    var: Var<'t>,
    constant: Scalar<'t>,
    comparison: Expr<'t>,
) -> Option<[(Span, String); 2]> {
    let node = rule.def.rule.node();
    let mut uses = node.descendants().filter(|node| node.kind() == Kind::Var && node.text() == var.name() && *node != var.node());
    // a function may be called like its argument
    let name = rule.def.head.name()?.span();
    let argument = uses.find(|node| !name.covers(node.span()))?;
    let args = rule.def.head.args()?;
    let is_argument = args.exprs().any(|arg| arg.inner().node() == argument);
    if !is_argument || uses.next().is_some() || rule.def.rule.bodies().nth(1).is_some() {
        return None;
    }
    // behind the arguments, or behind the value where the comparison is a body
    let before = match rule.body {
        Some(_) => rule.def.head.span().end,
        None => args.span().end,
    };
    let end = rule.body.map_or(comparison.span().end, |body| body.span().end);
    let removed = Span::new(before, end);
    // without a value and `if`, version 0 reads a rule without a body as a query
    let allowed = cx.is_v1() || rule.def.head.assign_token().is_some() && rule.body.is_some();
    (allowed && !has_comment(cx, removed)).then(|| [(argument.span(), constant.text().to_owned()), (removed, String::new())])
}
