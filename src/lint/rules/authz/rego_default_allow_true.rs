use crate::lint::rules::prelude::*;
use crate::lint::rules::reach::DECISIONS;
use crate::syntax::rego::ast::Expr;

declare_rule! {
    RegoDefaultAllowTrue {
        id: "rego-default-allow-true",
        group: "authz",
        summary: "a decision that is `true` by default",
        why: "A default is what holds when no rule does: when the input lacks a field, when data is not loaded, when a condition \
              was misspelt. A policy that allows then fails open. Deny by default and allow by rule. A default without a value, \
              `default allow`, means `true` too.",
        bad: rego("package play\n\ndefault allow := true\n\nallow := false if input.user.blocked\n"),
        good: rego("package play\n\ndefault allow := false\n\nallow if not input.user.blocked\n"),
        severity: Severity::Error,
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Replaces the value by `false`: what was allowed by default is denied afterwards, until a rule allows it.",
        source: "https://csrc.nist.gov/pubs/sp/800/207/final",
    }
}

impl Rule for RegoDefaultAllowTrue {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let module = cx.module();
        if module.package.last().is_some_and(|last| last.ends_with("_test")) {
            return;
        }
        for rule in module.rules.iter().filter(|rule| rule.is_default) {
            let Some(name) = rule.path.last().filter(|name| rule.is_constant && DECISIONS.contains(name)) else { continue };
            let edit = match rule.head.value().map(Expr::inner) {
                None if rule.head.assign_token().is_none() => (Span::at(rule.head.span().end), " := false".to_owned()),
                Some(Expr::Scalar(value)) if value.token().is_some_and(|token| token.kind() == Kind::TrueKw) => {
                    (value.span(), "false".to_owned())
                }
                _ => continue,
            };
            cx.report(rule.rule.span(), format!("`{name}` is true by default")).help("make the default `false`, and allow by rules").fix(
                "deny by default",
                Applicability::Unsafe,
                [edit],
            );
        }
    }
}
