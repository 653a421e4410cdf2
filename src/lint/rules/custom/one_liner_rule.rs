use crate::lint::rules::opa_view::{self, OpaRule};
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::has_comment;
use crate::syntax::rego::ast::{Expr, LiteralKind};

declare_rule! {
    OneLinerRule {
        id: "one-liner-rule",
        group: "custom",
        summary: "a rule on several lines that fits on one",
        why: "A rule with one condition reads like a sentence without braces, and more rules fit on the screen.",
        bad: rego("package play\n\nallow if {\n\tinput.user.admin\n}\n"),
        good: rego("package play\n\nallow if input.user.admin\n"),
        options: &[OptionMeta {
            name: "max-line-length",
            kind: OptionKind::Integer { min: 1, max: i64::MAX },
            default: OptionValue::Integer(120),
            doc: "Longer lines are not suggested.",
        }],
        fix: FixKind::Safe,
        fix_safety: "Drops the braces.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/custom/one-liner-rule",
        peers: &["regal custom/one-liner-rule"],
    }
}

impl Rule for OneLinerRule {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        for rule in opa_view::rules(cx.module()) {
            if rule.def.rule.elses().next().is_some() || rule.is_chained || rule.def.rule.if_token().is_none() {
                continue;
            }
            // a rule on one line is one
            if rule.only_statement().is_none() || cx.file().line(rule.span.start) == cx.file().line(rule.span.end) || !is_found(cx, &rule) {
                continue;
            }
            let edit = joined(cx, &rule);
            if edit.is_none() && !cx.is_regal() {
                continue;
            }
            let report = cx.report(rule.head, format!("`{}` fits on one line", rule.def.path.dotted())).help("drop the braces");
            if let Some(edit) = edit {
                report.fix("drop the braces", Applicability::Safe, [edit]);
            }
        }
    }
}

/// Whether Regal takes the rule for one that fits, by its lines.
fn is_found(cx: &FileCx<'_>, rule: &OpaRule<'_, '_>) -> bool {
    let text = opa_view::regal_text(cx.file(), rule.span);
    let lines: Vec<&str> = text.split('\n').map(str::trim).collect();
    let (Some(first), [_, inner @ .., _]) = (lines.first(), &lines[..]) else { return false };
    let has_if = first.match_indices("if").any(|(at, _)| first[..at].ends_with([' ', '\t', '\x0c', '\r']));
    let opens = match first.strip_suffix('{') {
        Some(before) => before.trim_end_matches([' ', '\t', '\x0c', '\r']).ends_with("if"),
        None => lines[1].starts_with('{'),
    };
    if !has_if || !opens {
        return false;
    }
    let body: Vec<&str> = inner.iter().copied().filter(|line| *line != "{").collect();
    // four for a brace that is gone, and for an indent that is not there
    let length = 4 + first.chars().count() + body.join(" ").chars().count() - 1;
    if i64::try_from(length).unwrap_or(i64::MAX) >= cx.integer("max-line-length") {
        return false;
    }
    let row = cx.file().line(rule.span.start);
    let start = cx.file().line_span(row + 1).map_or(rule.span.end, |line| line.start);
    let end = cx.file().line_span(row + lines.len() - 1).map_or(rule.span.end, |line| line.end);
    !has_comment(cx, Span::new(start, end.max(start)))
}

/// The edit that drops the braces; `None` where something else would be read then.
fn joined(cx: &FileCx<'_>, rule: &OpaRule<'_, '_>) -> Option<(Span, String)> {
    let (body, statement) = (rule.body?, rule.only_statement()?);
    let (open, close) = (body.open_token()?, body.close_token()?);
    let text = statement.text();
    let is_joinable = rule.def.rule.bodies().count() == 1
        && !text.contains('\n')
        && !text.starts_with('{')
        && !has_comment(cx, Span::new(open.span().start, close.span().end))
        && !matches!(statement.kind(), Some(LiteralKind::Body(_)))
        // a set of a comprehension, or an operand in braces
        && !matches!(statement.expr(), Some(Expr::Logical(_)) if text.starts_with('{'));
    let before = rule.def.rule.if_token()?.span().end;
    let between = Span::new(before, open.span().start);
    if !is_joinable || has_comment(cx, between) {
        return None;
    }
    Some((Span::new(before, close.span().end), format!(" {text}")))
}
