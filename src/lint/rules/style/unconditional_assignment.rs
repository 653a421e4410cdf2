use crate::lint::rules::edits::Edits;
use crate::lint::rules::opa_view::{self, OpaRule};
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::has_comment;
use crate::model::rego::RuleDef;
use crate::syntax::rego::ast::{Expr, Infix, RefPart};

declare_rule! {
    UnconditionalAssignment {
        id: "unconditional-assignment",
        group: "style",
        summary: "a body that only gives the head its value",
        why: "A body states conditions. Where all it does is to assign the value that the head names, the value can stand in the head.",
        bad: rego("package play\n\nlimit := x if {\n\tx := input.limit\n}\n"),
        good: rego("package play\n\nlimit := input.limit\n"),
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/unconditional-assignment",
        fix: FixKind::Safe,
        fix_safety: "Puts what `:=` assigns in the place of the variable, and removes the body. Not offered where the body holds a comment, or for `=`, which may compare.",
        peers: &["regal style/unconditional-assignment"],
    }
}

impl Rule for UnconditionalAssignment {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        for rule in opa_view::rules(cx.module()) {
            let Some(statement) = rule.only_statement() else { continue };
            let Some(Expr::Infix(infix)) = statement.expr().map(Expr::inner) else { continue };
            let assigns = infix.op().is_some_and(|op| matches!(op.kind(), Kind::Assign | Kind::Equal));
            let Some(Expr::Var(assigned)) = infix.left().map(Expr::inner).filter(|_| assigns) else { continue };
            let negated = statement.not_token().is_some() && (!cx.is_regal() || opa_view::is_wrapped(cx, statement));
            if negated || statement.withs().next().is_some() {
                continue;
            }
            let name = assigned.name();
            let is = |expr: Option<Expr<'_>>| matches!(expr.map(Expr::inner), Some(Expr::Var(var)) if var.name() == name);
            let head = rule.def.head;
            let (has_key, key) = key(rule.def, cx.is_v1());
            let found = if !has_key && head.member().is_none() {
                is(head.value()) && rule.def.rule.elses().next().is_none()
            } else {
                !rule.is_function() && is(head.member().or(key))
            };
            if found {
                let edits = edits(cx, &rule, infix);
                let report = cx
                    .report(assigned.span(), format!("the body of `{}` only assigns `{name}`", rule.def.path.dotted()))
                    .help("put the value into the head");
                if let Some(edits) = edits {
                    report.fix("put the value into the head", Applicability::Safe, edits);
                }
            }
        }
    }
}

/// `p := x if { x := y }` → `p := y`, and `p contains x if { x := y }` → `p contains y`.
fn edits(cx: &FileCx<'_>, rule: &OpaRule<'_, '_>, infix: Infix<'_>) -> Option<Edits> {
    let head = rule.def.head;
    let (Expr::Var(assigned), value) = (infix.left()?, infix.right()?) else { return None };
    let place = match (head.member(), head.value()) {
        (Some(Expr::Var(member)), None) => member,
        (None, Some(Expr::Var(value))) => value,
        _ => return None,
    };
    let only = rule.def.rule.bodies().nth(1).is_none() && rule.def.rule.elses().next().is_none();
    let is = |node: Node<'_>| node.kind() == Kind::Var && node.text() == assigned.name();
    // the head has the variable once, and the value does not have it
    let once = head.node().descendants().filter(|node| is(*node)).count() == 1 && !value.node().descendants().any(is);
    let body = rule.body?;
    let removed = Span::new(head.span().end, body.span().end);
    let assigns = infix.op().is_some_and(|op| op.kind() == Kind::Assign);
    if !only || !once || !assigns || place.name() != assigned.name() || matches!(value, Expr::Logical(_)) || has_comment(cx, removed) {
        return None;
    }
    Some(vec![(place.span(), value.text().to_owned()), (removed, String::new())])
}

/// Whether the head has a key, the one part behind its name, and the key. In v1 a constant is no key but part of the name.
fn key<'t>(rule: &RuleDef<'t>, is_v1: bool) -> (bool, Option<Expr<'t>>) {
    let Some(Expr::Ref(reference)) = rule.head.name() else { return (false, None) };
    let mut parts = reference.parts();
    match (parts.next(), parts.next()) {
        (Some(RefPart::Bracket(bracket)), None) => {
            let key = bracket.expr().map(Expr::inner);
            (!is_v1 || matches!(key, Some(Expr::Var(_) | Expr::Ref(_))), key)
        }
        (Some(RefPart::Dot(_)), None) => (!is_v1, None),
        _ => (false, None),
    }
}
