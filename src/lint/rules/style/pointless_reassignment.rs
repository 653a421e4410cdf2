use crate::lint::context::Report;
use crate::lint::rules::edits::{Edits, statement_removal};
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::is_hidden_from_regal;
use crate::model::rego::{BindingKind, Name, RuleKind};
use crate::syntax::rego::ast::{Expr, Literal, Var};

declare_rule! {
    PointlessReassignment {
        id: "pointless-reassignment",
        group: "style",
        summary: "a name for what has a name already",
        why: "`user := person` only gives a second name to one thing, and both have to be kept in mind.",
        bad: rego("package play\n\nallow if {\n\tusers := all_users\n\t\"alice\" in users\n}\n\nall_users := {\"alice\"}\n"),
        good: rego("package play\n\nallow if \"alice\" in all_users\n\nall_users := {\"alice\"}\n"),
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Writes the old name wherever the new one is used in the rule. Safe where the old one is a variable; unsafe where it is a rule, which may be undefined, or replaced by a `with` further on.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/pointless-reassignment",
        peers: &["regal style/pointless-reassignment"],
    }
}

impl Rule for PointlessReassignment {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Literal]
    }

    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        for rule in &cx.module().rules {
            let Some(Expr::Var(var)) = rule.head.value().map(Expr::inner) else { continue };
            let plain = matches!(rule.head.name(), Some(Expr::Var(_))) && rule.kind == RuleKind::Complete;
            if plain && !is_document(var) && rule.rule.bodies().next().is_none() {
                report(cx, rule.rule.span(), rule.name, var.name());
            }
        }
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some((literal, left, right)) = reassignment(node) else { return };
        if cx.is_regal() && is_hidden_from_regal(node) {
            return;
        }
        let fix = edits(cx, literal, left, right);
        let report = report(cx, left.span(), left.name(), right.name());
        if let Some((applicability, edits)) = fix {
            report.fix(format!("use `{}`", right.name()), applicability, edits);
        }
    }
}

/// `x := y`
fn reassignment(node: Node<'_>) -> Option<(Literal<'_>, Var<'_>, Var<'_>)> {
    let literal = Literal::cast(node).filter(|literal| literal.withs().next().is_none())?;
    let Expr::Infix(infix) = literal.expr()? else { return None };
    if infix.op().is_none_or(|op| op.kind() != Kind::Assign) {
        return None;
    }
    match (infix.left()?.inner(), infix.right()?.inner()) {
        (Expr::Var(left), Expr::Var(right)) if !is_document(right) => Some((literal, left, right)),
        _ => None,
    }
}

fn report<'a>(cx: &'a mut FileCx<'_>, at: Span, new: &str, old: &str) -> Report<'a> {
    cx.report(at, format!("`{new}` is another name for `{old}`")).help(format!("use `{old}`"))
}

/// The old name in place of the new one, and the statement removed.
fn edits(cx: &FileCx<'_>, literal: Literal<'_>, left: Var<'_>, right: Var<'_>) -> Option<(Applicability, Edits)> {
    let scopes = cx.scopes();
    let new = scopes.name(left.node())?;
    let old = scopes.name(right.node())?;
    let rule = cx.module().rule_at(literal.span().start)?.rule.node();
    if !cx.spend(rule.text().len() / 2) {
        return None;
    }
    let mut edits = vec![(statement_removal(cx, literal)?, String::new())];
    for var in rule.descendants().filter(|node| node.kind() == Kind::Var) {
        if var.text() == right.name() && scopes.name(var).is_some_and(|name| name != old) {
            // the old name means something else in a part of the rule
            return None;
        }
        if var != left.node() && scopes.name(var) == Some(new) {
            edits.push((var.span(), right.name().to_owned()));
        }
    }
    let applicability = match old {
        Name::Local(at) if scopes.bindings[at as usize].kind != BindingKind::Implicit => Applicability::Safe,
        Name::Local(_) | Name::Rule(_) | Name::Import(_) => Applicability::Unsafe,
        _ => return None,
    };
    Some((applicability, edits))
}

/// A shorter name for `input` is of use.
fn is_document(var: Var<'_>) -> bool {
    matches!(var.name(), "input" | "data")
}
