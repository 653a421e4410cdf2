use crate::lint::rules::opa_view::{self, OpaRule};
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::has_comment;
use crate::model::rego::RuleKind;
use crate::syntax::rego::ast::{Body, Expr, LiteralKind, RefPart, SetComprehension};

declare_rule! {
    PreferSetOrObjectRule {
        id: "prefer-set-or-object-rule",
        group: "idiomatic",
        summary: "a rule whose value is a comprehension",
        why: "A rule that is a set or an object can be added to by further definitions, in other files too, and reads in the order in which one thinks. A rule whose value is a comprehension is closed.\n\nArrays have no such rules, and `{x | some x in xs}` is left alone: it makes a set of an array.",
        bad: rego("package play\n\nadmins := {user.name |\n\tsome user in input.users\n\tuser.admin\n}\n"),
        good: rego("package play\n\nadmins contains user.name if {\n\tsome user in input.users\n\tuser.admin\n}\n"),
        regal: Some(Severity::Error),
        fix: FixKind::Unsafe,
        fix_safety: "Turns the comprehension into a rule with the same members. Offered where the module has one definition of it; a definition in another file of the package would conflict with the new form.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/idiomatic/prefer-set-or-object-rule",
        peers: &["regal idiomatic/prefer-set-or-object-rule"],
    }
}

impl Rule for PreferSetOrObjectRule {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        for rule in opa_view::rules(cx.module()).filter(|rule| !rule.is_function() && rule.body.is_none()) {
            check(cx, &rule);
        }
    }
}

fn check<'t>(cx: &mut FileCx<'t>, rule: &OpaRule<'_, 't>) {
    let value = rule.def.head.value().map(Expr::inner);
    let kind = match value {
        Some(Expr::SetComprehension(set)) if !converts_array(set) => "set",
        Some(Expr::ObjectComprehension(_)) => "object",
        _ => return,
    };
    let is_open = !rule.def.is_default && rule.def.rule.elses().next().is_none();
    if !is_open && !cx.is_regal() {
        return;
    }
    let edit = is_open.then(|| rewritten(cx, rule)).flatten();
    let report = cx
        .report(rule.head, format!("the value of `{}` is a comprehension", rule.def.path.dotted()))
        .help(format!("write a rule that makes the {kind}"));
    if let Some(text) = edit {
        report.fix(format!("make it a rule that is a {kind}"), Applicability::Unsafe, [(rule.def.rule.span(), text)]);
    }
}

/// `{x | some x in xs}`, `{x | x := xs[_].y}`
fn converts_array(set: SetComprehension<'_>) -> bool {
    let Some(Expr::Var(member)) = set.term().map(Expr::inner) else { return false };
    let mut literals = set.body().into_iter().flat_map(Body::literals);
    let (Some(literal), None) = (literals.next(), literals.next()) else { return false };
    // two wildcards are two variables
    let is_member = |expr: Expr<'_>| matches!(expr.inner(), Expr::Var(var) if var.name() == member.name() && var.name() != "_");
    match literal.kind() {
        Some(LiteralKind::SomeIn(some)) => some.key().is_none() && some.value().is_some_and(is_member),
        Some(LiteralKind::Expr(expr)) => {
            let Some(operation) = opa_view::binary(expr).filter(|operation| operation.name == "assign") else { return false };
            let Expr::Ref(reference) = operation.right else { return false };
            let wildcard =
                |part: RefPart<'_>| matches!(part, RefPart::Bracket(bracket) if bracket.expr().is_some_and(opa_view::is_wildcard));
            is_member(operation.left) && matches!(reference.operand(), Some(Expr::Var(_))) && reference.parts().any(wildcard)
        }
        _ => false,
    }
}

/// The rule with its comprehension's body as its own.
fn rewritten(cx: &FileCx<'_>, rule: &OpaRule<'_, '_>) -> Option<String> {
    let def = rule.def;
    let alone = cx.module().rules.iter().filter(|other| other.name == def.name).count() == 1;
    if !alone || !cx.is_v1() || def.kind != RuleKind::Complete || !def.is_constant {
        return None;
    }
    let name = def.head.name()?.text();
    let (head, term_end) = match def.head.value()?.inner() {
        Expr::SetComprehension(set) => {
            let term = set.term()?;
            (format!("{name} contains {}", term.text()), term.span().end)
        }
        Expr::ObjectComprehension(object) => {
            let item = object.item()?;
            let (key, value) = (item.key()?, item.value()?);
            (format!("{name}[{}] := {}", key.text(), value.text()), item.node().span().end)
        }
        _ => return None,
    };
    let comprehension = def.head.value()?.inner().span();
    // what stands before the bar is not taken along
    let gaps = [Span::new(def.rule.span().start, comprehension.start), Span::new(comprehension.start, term_end)];
    if gaps.iter().any(|gap| has_comment(cx, *gap)) || def.rule.span().end != comprehension.end {
        return None;
    }
    let body = cx.text()[term_end as usize..comprehension.end as usize - 1].trim_start().strip_prefix('|')?;
    Some(format!("{head} if {{{body}}}"))
}
