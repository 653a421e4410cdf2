use rustc_hash::FxHashMap;

use crate::lint::rules::edits::Block;
use crate::lint::rules::names;
use crate::lint::rules::opa_view::{self, OpaRule};
use crate::lint::rules::prelude::*;
use crate::lint::rules::shape::shape;
use crate::lint::rules::support::has_comment;
use crate::syntax::rego::ast::{Expr, Literal, RefPart};

declare_rule! {
    DefaultOverNot {
        id: "default-over-not",
        group: "style",
        summary: "a fallback that is written with `not`",
        why: "`default` says at the start what holds where nothing else does, and the condition need not be repeated.",
        bad: rego("package play\n\nname := input.user.name\n\nname := \"anonymous\" if not input.user.name\n"),
        good: rego("package play\n\ndefault name := \"anonymous\"\n\nname := input.user.name\n"),
        regal: Some(Severity::Error),
        fix: FixKind::Unsafe,
        fix_safety: "Writes a default. A value that is `false` was a conflict before, and is the rule's value then.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/default-over-not",
        peers: &["regal style/default-over-not"],
    }
}

impl Rule for DefaultOverNot {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let module = cx.module();
        // the rules that give a constant where a reference is undefined, by name and reference
        let mut fallbacks: FxHashMap<(String, String), Vec<Fallback<'_, 't>>> = FxHashMap::default();
        for rule in opa_view::rules(module).filter(|rule| !rule.is_function()) {
            let constant = rule.def.head.member().is_none() && rule.def.head.value().is_none_or(opa_view::is_constant);
            let Some(statement) = rule.only_statement().filter(|statement| constant && opa_view::is_negated(cx, *statement)) else {
                continue;
            };
            let Some(negated) = statement.expr().map(Expr::inner).filter(|negated| is_static(*negated)) else { continue };
            if cx.is_regal() || (statement.withs().next().is_none() && rule.def.rule.elses().next().is_none()) {
                let key = (names::static_name(rule.def), shape(negated.node()));
                fallbacks.entry(key).or_default().push(Fallback { rule, statement, negated });
            }
        }
        if fallbacks.is_empty() {
            return;
        }
        for rule in opa_view::rules(module).filter(|rule| !rule.def.is_default && !rule.is_function() && rule.body.is_none()) {
            let Some(value) = rule.def.head.value().map(Expr::inner).filter(|value| is_static(*value)) else { continue };
            // each of them stands in for the first such rule
            let Some(found) = fallbacks.remove(&(names::static_name(rule.def), shape(value.node()))) else { continue };
            for fallback in found {
                let edits = edits(cx, &rule, &fallback.rule);
                let name = fallback.rule.def.path.dotted();
                let report = cx
                    .report(fallback.statement.span(), format!("`{name}` has a fallback on `not {}`", fallback.negated.text()))
                    .label(rule.head, "the value that it stands in for")
                    .help("write a `default` rule");
                if let Some(edits) = edits {
                    report.fix("write a `default` rule", Applicability::Unsafe, edits);
                }
            }
        }
    }
}

/// A rule that gives a constant where a reference is undefined.
struct Fallback<'m, 't> {
    rule: OpaRule<'m, 't>,
    statement: Literal<'t>,
    negated: Expr<'t>,
}

/// Whether a value is a reference of a variable with constant parts.
fn is_static(value: Expr<'_>) -> bool {
    let Expr::Ref(reference) = value.inner() else { return opa_view::is_document(value) };
    matches!(reference.operand(), Some(Expr::Var(var)) if var.name() != "_")
        && reference.parts().all(|part| match part {
            RefPart::Dot(_) => true,
            RefPart::Bracket(bracket) => matches!(bracket.expr(), Some(Expr::Scalar(_))),
        })
}

/// The sibling becomes the default, above both rules.
fn edits(cx: &FileCx<'_>, rule: &OpaRule<'_, '_>, sibling: &OpaRule<'_, '_>) -> Option<Vec<(Span, String)>> {
    let def = sibling.def;
    let of_name = || cx.module().rules.iter().filter(|other| other.name == def.name);
    let alone = def.rule.bodies().count() == 1 && def.rule.elses().next().is_none();
    // what else defines it may conflict with what was defined before
    if !cx.spend(cx.module().rules.len())
        || !alone
        || !def.is_constant
        || def.bracket_member.is_some()
        || of_name().count() != 2
        || rule.def.rule.span() == def.rule.span()
    {
        return None;
    }
    let (span, other) = (def.rule.span(), rule.def.rule.span());
    let name = def.head.name()?.text();
    let value = def.head.value().map_or("true", |value| value.text());
    let operator = def.head.assign_token().map_or(":=", |token| token.text());
    let default = format!("default {name} {operator} {value}");
    if has_comment(cx, span) {
        return None;
    }
    if span.start < other.start {
        return Some(vec![(span, default)]);
    }
    let (block, above) = (Block::of(cx, span)?, Block::of(cx, other)?);
    if has_comment(cx, block.lines) {
        return None;
    }
    let ends = crate::lint::rules::edits::line_break(cx);
    Some(vec![(Span::at(above.lines.start), format!("{default}{ends}{ends}")), (block.removal(cx), String::new())])
}
