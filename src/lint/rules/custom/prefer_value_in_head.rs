use crate::lint::rules::edits::statement_removal;
use crate::lint::rules::names;
use crate::lint::rules::opa_view::{self, Binary, OpaRule};
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::has_comment;
use crate::syntax::rego::ast::{Expr, Literal, Var};

declare_rule! {
    PreferValueInHead {
        id: "prefer-value-in-head",
        group: "custom",
        summary: "a value that the last statement of the body gives a name",
        why: "A value in the head is what a reader looks for there. The rule is shorter, and may fit on a line.",
        bad: rego("package play\n\ndeny contains message if {\n\tnot input.user\n\tmessage := \"no user\"\n}\n"),
        good: rego("package play\n\ndeny contains \"no user\" if not input.user\n"),
        options: &[
            OptionMeta {
                name: "only-scalars",
                kind: OptionKind::Bool,
                default: OptionValue::Bool(false),
                doc: "Report strings, numbers, booleans and `null` alone.",
            },
            OptionMeta {
                name: "include-interpolated",
                kind: OptionKind::Bool,
                default: OptionValue::Bool(false),
                doc: "Take template strings for scalars.",
            },
            OptionMeta {
                name: "except-var-names",
                kind: OptionKind::StringList,
                default: OptionValue::StringList(std::borrow::Cow::Borrowed(&[])),
                doc: "Variables of these names are not reported.",
            },
        ],
        fix: FixKind::Safe,
        fix_safety: "Moves the value into the head, where the variable is used nowhere else and the body has other statements.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/custom/prefer-value-in-head",
        peers: &["regal custom/prefer-value-in-head"],
    }
}

impl Rule for PreferValueInHead {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        for rule in opa_view::rules(cx.module()) {
            let Some(last) = rule.body.and_then(|body| body.literals().last()) else { continue };
            let Some(Binary { name, left: Expr::Var(var), right, .. }) = last.expr().and_then(opa_view::binary) else { continue };
            if !matches!(name, "eq" | "assign") || var.name() == "_" || head_variable(&rule).is_none_or(|head| head.name() != var.name()) {
                continue;
            }
            if opa_view::is_wrapped(cx, last) {
                continue;
            }
            if !cx.is_regal() && (last.not_token().is_some() || last.withs().next().is_some()) {
                continue;
            }
            let is_scalar = match right {
                Expr::Scalar(_) => true,
                Expr::Template(_) => cx.flag("include-interpolated"),
                _ => false,
            };
            if (cx.flag("only-scalars") && !is_scalar) || cx.list("except-var-names").iter().any(|name| *name == var.name()) {
                continue;
            }
            let edits = edits(cx, &rule, last, var, right);
            let report = cx
                .report(right.span(), format!("`{}` is only a name for the value of `{}`", var.name(), rule.def.path.dotted()))
                .help("put the value into the head");
            if let Some(edits) = edits {
                report.fix("put the value into the head", Applicability::Safe, edits);
            }
        }
    }
}

/// The variable that is the head's value, or else its key.
fn head_variable<'t>(rule: &OpaRule<'_, 't>) -> Option<Var<'t>> {
    match rule.def.head.value().map(Expr::inner) {
        Some(Expr::Var(var)) => Some(var),
        _ => names::key_variable(rule.def),
    }
}

/// `p := x if { …; x := y }` → `p := y if { … }`, and the same for `contains`.
fn edits(cx: &FileCx<'_>, rule: &OpaRule<'_, '_>, last: Literal<'_>, var: Var<'_>, value: Expr<'_>) -> Option<Vec<(Span, String)>> {
    let def = rule.def;
    let place = match (def.head.member(), def.head.value()) {
        (Some(Expr::Var(member)), None) => member,
        (None, Some(Expr::Var(value))) => value,
        _ => return None,
    };
    let written = last.expr()?;
    let simple = matches!(
        value,
        Expr::Scalar(_)
            | Expr::Ref(_)
            | Expr::Var(_)
            | Expr::Call(_)
            | Expr::Array(_)
            | Expr::Object(_)
            | Expr::Set(_)
            | Expr::ArrayComprehension(_)
            | Expr::SetComprehension(_)
            | Expr::ObjectComprehension(_)
            | Expr::Template(_)
    );
    let plain = def.rule.bodies().count() == 1
        && def.rule.elses().next().is_none()
        && last.not_token().is_none()
        && last.withs().next().is_none()
        && matches!(written, Expr::Infix(_))
        && place.name() == var.name();
    // the head and the statement are all that has the variable, or anything of its name
    let used = def.rule.node().descendants().filter(|node| node.kind() == Kind::Var && node.text() == var.name()).count();
    let text = value.text();
    if !plain || !simple || used != 2 || text.contains('\n') || has_comment(cx, last.span()) {
        return None;
    }
    let removed = statement_removal(cx, last)?;
    Some(vec![(place.span(), text.to_owned()), (removed, String::new())])
}
