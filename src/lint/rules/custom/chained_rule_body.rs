use crate::lint::rules::edits::line_break;
use crate::lint::rules::opa_view::{self, OpaRule};
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::has_comment;

declare_rule! {
    ChainedRuleBody {
        id: "chained-rule-body",
        group: "custom",
        summary: "a second body behind a rule",
        why: "`allow { a } { b }` defines `allow` twice. Few readers know the form, and `opa fmt` writes it as two rules.",
        bad: rego("package play\n\nallow if {\n\tinput.user.admin\n} {\n\tinput.user.owner\n}\n"),
        good: rego("package play\n\nallow if input.user.admin\n\nallow if input.user.owner\n"),
        fix: FixKind::Safe,
        fix_safety: "Repeats the head in front of the body. Not offered where comments stand in the head or between the bodies.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/custom/chained-rule-body",
        peers: &["regal custom/chained-rule-body"],
    }
}

impl Rule for ChainedRuleBody {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        for rule in opa_view::rules(cx.module()).filter(|rule| rule.is_chained) {
            let edit = repeat(cx, &rule);
            let report = cx.report(rule.head, format!("`{}` has a further body", rule.def.path.dotted())).help("repeat the head");
            if let Some(edit) = edit {
                report.fix("repeat the head", Applicability::Safe, [edit]);
            }
        }
    }
}

/// What stands in front of the rule's first body, in front of this one.
fn repeat(cx: &FileCx<'_>, rule: &OpaRule<'_, '_>) -> Option<(Span, String)> {
    let whole = rule.def.rule;
    if !cx.spend(whole.bodies().count()) {
        return None;
    }
    let head = Span::new(whole.span().start, whole.bodies().next()?.span().start);
    let before = whole.bodies().take_while(|body| body.span().end <= rule.head.start).last()?;
    let gap = Span::new(before.span().end, rule.head.start);
    if whole.elses().next().is_some() || has_comment(cx, head) || has_comment(cx, gap) {
        return None;
    }
    let line_break = line_break(cx);
    Some((gap, format!("{line_break}{line_break}{}", cx.file().slice(head))))
}
