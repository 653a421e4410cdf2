use crate::lint::rules::prelude::*;
use crate::lint::rules::support::has_comment;
use crate::model::rego::{RuleDef, RuleKind};
use crate::syntax::rego::ast::Expr;

declare_rule! {
    ZeroArityFunction {
        id: "zero-arity-function",
        group: "bugs",
        summary: "a function without arguments",
        why: "To OPA `f()` in a head is `f`: a rule, which is part of the package's document, and cannot be called. `opa fmt` drops the parentheses.",
        bad: rego("package play\n\nfirst_user() := input.users[0]\n"),
        good: rego("package play\n\nfirst_user := input.users[0]\n"),
        severity: Severity::Error,
        fix: FixKind::Safe,
        fix_safety: "Drops the parentheses, which OPA does not read.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/zero-arity-function",
        peers: &["regal bugs/zero-arity-function"],
    }
}

impl Rule for ZeroArityFunction {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if cx.is_regal() {
            return as_regal(cx);
        }
        for def in &cx.module().rules {
            let head = def.head;
            let Some(args) = head.args().filter(|args| args.exprs().next().is_none()) else { continue };
            let Some(name) = head.name() else { continue };
            report(cx, def, first_name(name), Some(Span::new(name.span().end, args.span().end)));
        }
    }
}

fn first_name(name: Expr<'_>) -> Span {
    match name {
        Expr::Ref(reference) => reference.operand().map_or(name.span(), Expr::span),
        other => other.span(),
    }
}

fn report(cx: &mut FileCx<'_>, def: &RuleDef<'_>, at: Span, parentheses: Option<Span>) {
    let cut = parentheses.filter(|span| !has_comment(cx, *span));
    let report = cx.report(at, format!("`{}` has no arguments: it is a rule", def.path.dotted())).help("drop the parentheses");
    if let Some(cut) = cut {
        report.fix("drop the parentheses", Applicability::Safe, [(cut, String::new())]);
    }
}

/// Regal looks at the start of a head's text: for `^[a-zA-z1-9_\.\[\]"]+\(\)`.
fn as_regal(cx: &mut FileCx<'_>) {
    for def in cx.module().rules.iter().filter(|def| def.kind != RuleKind::Function) {
        let Some(name) = def.head.name() else { continue };
        let text = def.head.text();
        let end = text.find(|c: char| !matches!(c, 'A'..='z' | '1'..='9' | '.' | '"')).unwrap_or(text.len());
        if end > 0 && text[end..].starts_with("()") {
            let args = def.head.args().filter(|args| args.exprs().next().is_none());
            report(cx, def, first_name(name), args.map(|args| Span::new(name.span().end, args.span().end)));
        }
    }
}
