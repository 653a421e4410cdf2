use std::collections::BTreeMap;

use crate::lint::rules::prelude::*;
use crate::lint::rules::support::{is_hidden_from_regal, offset_of_column};
use crate::model::rego::{RuleDef, RuleKind};
use crate::syntax::rego::Token;

declare_rule! {
    UseAssignmentOperator {
        id: "use-assignment-operator",
        group: "style",
        summary: "a rule that gives its value with `=`",
        why: "`:=` assigns and nothing else. `=` unifies inside of bodies and assigns in heads; with `:=` in heads a reader need not \
              know which of the two it is here.",
        bad: rego("package play\n\ndefault allow = false\n"),
        good: rego("package play\n\ndefault allow := false\n"),
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Replaces `=` by `:=`; in heads both mean the same.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/use-assignment-operator",
        peers: &["regal style/use-assignment-operator"],
    }
}

impl Rule for UseAssignmentOperator {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if cx.is_regal() {
            return as_regal(cx);
        }
        for rule in &cx.module().rules {
            let heads = std::iter::once(rule.head.assign_token());
            let branches = rule.rule.elses().map(|branch| branch.assign_token());
            for token in heads.chain(branches).flatten().filter(|token| token.kind() == Kind::Equal) {
                report(cx, token.span(), &[token], rule);
            }
        }
    }
}

fn report(cx: &mut FileCx<'_>, at: Span, tokens: &[Token<'_>], rule: &RuleDef<'_>) {
    let edits = tokens.iter().map(|token| (token.span(), ":=".to_owned()));
    cx.report(at, format!("`{}` gets its value by `=`", rule.path.dotted())).help("write `:=`, which only assigns").fix(
        "replace `=` by `:=`",
        Applicability::Safe,
        edits,
    );
}

/// Regal points at the first `=` of the line on which the head or the `else` starts, and takes an `=` for `else`'s only on the
/// same line and directly behind it.
fn as_regal(cx: &mut FileCx<'_>) {
    let module = cx.module();
    // two findings at one place are one: place → index of the rule, tokens
    let mut found: BTreeMap<Span, (usize, Vec<Token<'_>>)> = BTreeMap::new();
    let mut add = |at, rule, token: Option<_>| found.entry(at).or_insert((rule, Vec::new())).1.extend(token);
    for (index, rule) in module.rules.iter().enumerate() {
        if let Some(token) = equal(rule.head.assign_token())
            && rule.kind != RuleKind::PartialSet
        {
            add(first_equal(cx, rule.head.span().start), index, Some(token));
        }
        for branch in rule.rule.elses() {
            let start = branch.span().start;
            let text = cx.file().line_span(cx.file().line(start)).map_or("", |span| cx.file().slice(span));
            if else_equals(text) && !is_hidden_from_regal(branch.node()) {
                add(first_equal(cx, start), index, equal(branch.assign_token()));
            }
        }
    }
    for (at, (index, tokens)) in found {
        report(cx, at, &tokens, &module.rules[index]);
    }
}

fn equal(token: Option<Token<'_>>) -> Option<Token<'_>> {
    token.filter(|token| token.kind() == Kind::Equal)
}

/// The first `=` on the line of `offset`; the line's start where there is none.
fn first_equal(cx: &FileCx<'_>, offset: u32) -> Span {
    let line = cx.file().line(offset);
    let start = cx.file().line_span(line).unwrap_or_default();
    match cx.file().slice(start).find('=') {
        Some(at) => Span::new(start.start + at as u32, start.start + at as u32 + 1),
        None => Span::at(offset_of_column(cx, line, 1)),
    }
}

/// Whether `else`, blanks and `=` stand in the text one after the other.
fn else_equals(text: &str) -> bool {
    text.match_indices("else").any(|(at, _)| text[at + 4..].trim_start_matches([' ', '\t', '\x0c', '\r']).starts_with('='))
}
