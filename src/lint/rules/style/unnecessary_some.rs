use crate::lint::rules::edits::{is_counted, may_start_statement};
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::{has_comment, is_hidden_from_regal};
use crate::syntax::rego::ast::{Expr, SomeIn};

declare_rule! {
    UnnecessarySome {
        id: "unnecessary-some",
        group: "style",
        summary: "`some` before a constant",
        why: "`some` declares variables, and there is none in `some \"admin\" in roles`.",
        bad: rego("package play\n\nallow if some \"admin\" in input.roles\n"),
        good: rego("package play\n\nallow if \"admin\" in input.roles\n"),
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Removes `some`, which declares nothing. In the body of an array's comprehension the fix is unsafe: the array counts how often the constant is found.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/unnecessary-some",
        peers: &["regal style/unnecessary-some"],
    }
}

impl Rule for UnnecessarySome {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::SomeIn]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(some) = SomeIn::cast(node) else { return };
        let scalar = |expr: Option<Expr<'_>>| matches!(expr.map(Expr::inner), Some(Expr::Scalar(_)));
        let constant = scalar(some.value()) && (some.key().is_none() || scalar(some.key()));
        if !constant || (cx.is_regal() && is_hidden_from_regal(node)) {
            return;
        }
        let Some(first) = some.key().or(some.value()) else { return };
        let declaration = Span::new(node.span().start, first.span().start);
        let fits = !has_comment(cx, declaration) && (some.key().is_some() || may_start_statement(first.text()));
        let applicability = if is_counted(node) { Applicability::Unsafe } else { Applicability::Safe };
        let report = cx.report(Span::new(first.span().start, node.span().end), "`some` declares no variable here").help("remove `some`");
        if fits {
            // a key needs parentheses
            let (open, close) = if some.key().is_some() { ("(", Some(")")) } else { ("", None) };
            let close = close.map(|text| (Span::at(node.span().end), text.to_owned()));
            report.fix("remove `some`", applicability, std::iter::once((declaration, open.to_owned())).chain(close));
        }
    }
}
