use crate::lint::rules::opa_view::{self, OpaRule};
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::has_comment;
use crate::syntax::rego::ast::{Expr, RefPart};

declare_rule! {
    CustomHasKeyConstruct {
        id: "custom-has-key-construct",
        group: "idiomatic",
        summary: "a function of one's own that tells whether a key exists",
        why: "`\"mfa\" in object.keys(claims)` says the same without a function that has to be looked up.",
        bad: rego("package play\n\nhas_key(map, key) if _ = map[key]\n\nallow if has_key(input.claims, \"mfa\")\n"),
        good: rego("package play\n\nallow if \"mfa\" in object.keys(input.claims)\n"),
        recommended: true,
        regal: Some(Severity::Error),
        fix: FixKind::Unsafe,
        fix_safety: "Has the function ask `object.keys`, which takes objects alone: for arrays and sets the result differs.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/idiomatic/custom-has-key-construct",
        peers: &["regal idiomatic/custom-has-key-construct"],
    }
}

impl Rule for CustomHasKeyConstruct {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        for rule in opa_view::rules(cx.module()).filter(OpaRule::is_function) {
            check(cx, &rule);
        }
    }
}

fn check(cx: &mut FileCx<'_>, rule: &OpaRule<'_, '_>) {
    let Some(literal) = rule.only_statement() else { return };
    let Some(operation) = literal.expr().and_then(opa_view::binary).filter(|operation| operation.name == "eq") else { return };
    let reference = match (opa_view::is_wildcard(operation.left), opa_view::is_wildcard(operation.right)) {
        (true, false) => operation.right,
        (false, true) => operation.left,
        _ => return,
    };
    let Some((map, RefPart::Bracket(key))) = opa_view::start(reference) else { return };
    let Some(Expr::Var(key)) = key.expr() else { return };
    let names = opa_view::argument_names(cx, rule.def);
    if ![map, key.name()].iter().all(|name| names.iter().any(|argument| argument == name)) {
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
        .report(rule.head, format!("`{}` tells whether a key exists", rule.def.path.dotted()))
        .help(format!("write `{} in object.keys({map})` in place of the call", key.name()));
    if fixable {
        report.fix("use `object.keys`", Applicability::Unsafe, [(span, format!("{} in object.keys({map})", key.name()))]);
    }
}
