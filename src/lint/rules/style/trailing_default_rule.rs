use rustc_hash::FxHashMap;

use crate::lint::rules::edits::{Block, Edits, line_break};
use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;

declare_rule! {
    TrailingDefaultRule {
        id: "trailing-default-rule",
        group: "style",
        summary: "a default below other definitions of the rule",
        why: "The default is what holds first, and what a reader wants to know first: above all, whether a decision fails closed.",
        bad: rego("package play\n\nallow if input.user.admin\n\ndefault allow := false\n"),
        good: rego("package play\n\ndefault allow := false\n\nallow if input.user.admin\n"),
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/trailing-default-rule",
        fix: FixKind::Safe,
        fix_safety: "Moves the default, with the comments directly above it, in front of the first definition. The order of rules has no meaning.",
        peers: &["regal style/trailing-default-rule"],
    }
}

impl Rule for TrailingDefaultRule {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let mut seen = FxHashMap::default();
        for rule in &cx.module().rules {
            let name = opa_view::full_name(rule);
            if rule.is_default
                && let Some(first) = seen.get(&name)
            {
                let first: Span = *first;
                let edits = edits(cx, first, rule.rule.span());
                let report = cx
                    .report(rule.rule.span(), format!("the default of `{name}` stands below other definitions"))
                    .label(first, "defined here")
                    .help("move the default above them");
                if let Some(edits) = edits {
                    report.fix("move the default up", Applicability::Safe, edits);
                }
            }
            seen.entry(name).or_insert(rule.head.span());
        }
    }
}

/// Moves the rule at `default` above the one whose head is `first`.
fn edits(cx: &FileCx<'_>, first: Span, default: Span) -> Option<Edits> {
    let first = cx.module().rule_at(first.start)?.rule.span();
    let (above, moved) = (Block::of(cx, first)?, Block::of(cx, default)?);
    let line_break = line_break(cx);
    let text = format!("{}{line_break}{line_break}", moved.text(cx));
    Some(vec![(Span::at(above.lines.start), text), (moved.removal(cx), String::new())])
}
