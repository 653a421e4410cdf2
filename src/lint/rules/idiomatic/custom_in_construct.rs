use crate::lint::rules::opa_view::{self, OpaRule};
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::has_comment;
use crate::syntax::rego::ast::{Expr, RefPart};

declare_rule! {
    CustomInConstruct {
        id: "custom-in-construct",
        group: "idiomatic",
        summary: "a function of one's own that tells whether a collection holds a value",
        why: "`in` does what such functions were written for before it was there.",
        bad: rego("package play\n\nhas_value(xs, x) if x == xs[_]\n\nallow if has_value(input.user.roles, \"admin\")\n"),
        good: rego("package play\n\nallow if \"admin\" in input.user.roles\n"),
        recommended: true,
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Has the function use `in`, which holds for the same values. Offered where the comparison is all of the statement and `in` is a keyword of the module.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/idiomatic/custom-in-construct",
        peers: &["regal idiomatic/custom-in-construct"],
    }
}

impl Rule for CustomInConstruct {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        for rule in opa_view::rules(cx.module()).filter(OpaRule::is_function) {
            check(cx, &rule);
        }
    }
}

fn check(cx: &mut FileCx<'_>, rule: &OpaRule<'_, '_>) {
    let Some(literal) = rule.only_statement() else { return };
    let Some(operation) = literal.expr().and_then(opa_view::binary).filter(|op| matches!(op.name, "eq" | "equal")) else { return };
    let (var, reference) = match (operation.left, operation.right) {
        (Expr::Var(var), reference @ Expr::Ref(_)) | (reference @ Expr::Ref(_), Expr::Var(var)) => (var, reference),
        _ => return,
    };
    let Some((collection, RefPart::Bracket(first))) = opa_view::start(reference) else { return };
    let names = opa_view::argument_names(cx, rule.def);
    let are_arguments = [var.name(), collection].iter().all(|name| names.iter().any(|argument| argument == name));
    if !first.expr().is_some_and(opa_view::is_wildcard) || !are_arguments {
        return;
    }
    let Expr::Ref(whole) = reference else { return };
    let is_plain =
        !operation.has_output && literal.not_token().is_none() && literal.withs().next().is_none() && whole.parts().nth(1).is_none();
    let is_meant = cx.is_regal() || is_plain && rule.is_true_or_undefined();
    if !is_meant {
        return;
    }
    let span = literal.span();
    let fixable = is_plain && cx.parse().keywords.r#in && !has_comment(cx, span);
    let report = cx
        .report(rule.head, format!("`{}` tells whether a collection holds a value", rule.def.path.dotted()))
        .help(format!("write `{} in {collection}` in place of the call", var.name()));
    if fixable {
        report.fix("use `in`", Applicability::Safe, [(span, format!("{} in {collection}", var.name()))]);
    }
}
