use crate::lint::rules::prelude::*;
use crate::lint::rules::support::{has_comment, is_hidden_from_regal};
use crate::syntax::rego::ast::{Expr, SomeIn};

declare_rule! {
    InWildcardKey {
        id: "in-wildcard-key",
        group: "idiomatic",
        summary: "`some _, x in xs`",
        why: "The key is not needed: `some x in xs` says the same.",
        bad: rego("package play\n\nallow if {\n\tsome _, user in data.users\n\tuser == input.user\n}\n"),
        good: rego("package play\n\nallow if {\n\tsome user in data.users\n\tuser == input.user\n}\n"),
        recommended: true,
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Removes the key, which binds nothing.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/idiomatic/in-wildcard-key",
        peers: &["regal idiomatic/in-wildcard-key"],
    }
}

impl Rule for InWildcardKey {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::SomeIn]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(some) = SomeIn::cast(node) else { return };
        let (Some(Expr::Var(key)), Some(value)) = (some.key().map(Expr::inner), some.value()) else { return };
        if key.name() != "_" || (cx.is_regal() && is_hidden_from_regal(node)) {
            return;
        }
        let removal = Span::new(key.span().start, value.span().start);
        let comment = has_comment(cx, removal);
        let report = cx.report(key.span(), "the key `_` can be left out").help("write `some x in xs`");
        if !comment {
            report.fix("remove the key", Applicability::Safe, [(removal, String::new())]);
        }
    }
}
