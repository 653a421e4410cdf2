use crate::lint::rules::prelude::*;
use crate::lint::rules::support::has_comment;
use crate::model::rego::{RuleDef, RuleKind};
use crate::syntax::rego::ast::{Body, Expr, Literal, LiteralKind};

declare_rule! {
    UnreachableElse {
        id: "unreachable-else",
        group: "bugs",
        summary: "an `else` that no input reaches",
        why: "Branches are tried in order, and the first one that holds gives the value. Behind a branch that always holds, behind one \
              with the same or fewer conditions, and behind a condition and its negation nothing is reached: the branch is dead, or \
              the condition in front of it is not the one that was meant.\n\n\
              A branch whose value may be undefined (a reference, a call) does not hold then, and the `else` behind it is reached: \
              such branches are not judged.",
        bad: rego(
            "package play\n\nlevel := \"high\" if {\n\tinput.risk > 80\n} else := \"medium\" if {\n\tinput.risk > 80\n\tinput.external\n} else := \"low\"\n"
        ),
        good: rego(
            "package play\n\nlevel := \"high\" if {\n\tinput.risk > 80\n} else := \"medium\" if {\n\tinput.risk > 40\n\tinput.external\n} else := \"low\"\n"
        ),
        severity: Severity::Error,
        recommended: true,
        fix: FixKind::Safe,
        fix_safety: "Removes the branches that nothing reaches; not offered where a comment stands in them.",
        source: "https://www.openpolicyagent.org/docs/policy-language#else-keyword",
    }
}

impl Rule for UnreachableElse {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        for rule in &cx.module().rules {
            if matches!(rule.kind, RuleKind::Complete | RuleKind::Function) && rule.rule.elses().next().is_some() {
                judge(rule, cx);
            }
        }
    }
}

/// A body with what it gives.
struct Branch<'t> {
    span: Span,
    body: Option<Body<'t>>,
    /// Whether the value is defined wherever the body holds.
    gives: bool,
    conditions: Vec<Literal<'t>>,
}

fn judge<'t>(rule: &RuleDef<'t>, cx: &mut FileCx<'t>) {
    let mut bodies = rule.rule.bodies();
    let (first, None) = (bodies.next(), bodies.next()) else { return };
    let branch = |span, body: Option<Body<'t>>, value: Option<Expr<'t>>| Branch {
        span,
        body,
        gives: value.is_none_or(|value| is_defined(value) || is_assigned(value, body)),
        conditions: body.into_iter().flat_map(Body::literals).collect(),
    };
    // patterns among the arguments are matched once, for all branches
    let start = rule.rule.span().start;
    let end = first.map_or(rule.head.span().end, |body| body.span().end);
    let mut branches = vec![branch(Span::new(start, end), first, rule.head.value())];
    for other in rule.rule.elses() {
        branches.push(branch(other.span(), other.body(), other.value()));
    }
    for at in 1..branches.len() {
        let (before, here) = (&branches[..at], &branches[at]);
        let previous = before[at - 1].span.end;
        let (why, label, last) = if let Some(taken) = before.iter().find(|branch| branch.gives && always_holds(branch)) {
            ("a branch before it always holds", taken.span, true)
        } else if let Some((one, _)) = complements(before) {
            ("a condition and its negation have been tried before", one.span, true)
        } else if let Some(covering) = before.iter().find(|branch| branch.gives && covers(branch, here)) {
            ("a branch before it has the same conditions, or fewer of them", covering.span, false)
        } else {
            continue;
        };
        let end = if last { rule.rule.span().end } else { here.span.end };
        let removed = Span::new(previous, end);
        let else_token = Span::new(here.span.start, here.span.start + 4);
        let is_bare = !has_comment(cx, removed);
        let report = cx
            .report(else_token, format!("this `else` is never reached: {why}"))
            .help("remove the branch, or correct the condition before it")
            .label(first_line(rule, label), "this branch is taken first");
        if is_bare {
            report.fix("remove the branch", Applicability::Safe, [(removed, String::new())]);
        }
        if last {
            return;
        }
    }
}

/// The first line of a range inside a rule.
fn first_line(rule: &RuleDef<'_>, span: Span) -> Span {
    let start = rule.rule.span().start;
    let text = &rule.rule.text()[(span.start - start) as usize..(span.end - start) as usize];
    let len = text.find(['\n', '\r']).unwrap_or(text.len());
    Span::new(span.start, span.start + len as u32)
}

/// Whether an expression has a value wherever the body round it holds.
fn is_defined(expr: Expr<'_>) -> bool {
    match expr.inner() {
        // safe variables are bound
        Expr::Scalar(_) | Expr::ArrayComprehension(_) | Expr::SetComprehension(_) | Expr::ObjectComprehension(_) => true,
        Expr::Array(array) => array.items().all(is_defined),
        Expr::Set(set) => set.items().all(is_defined),
        Expr::Object(object) => object.items().all(|item| item.key().is_some_and(is_defined) && item.value().is_some_and(is_defined)),
        _ => false,
    }
}

/// Whether a value is a variable that the body assigns: it is bound where the body holds.
fn is_assigned(value: Expr<'_>, body: Option<Body<'_>>) -> bool {
    let Expr::Var(var) = value.inner() else { return false };
    body.into_iter().flat_map(Body::literals).any(|literal| match literal.kind() {
        Some(LiteralKind::Expr(Expr::Infix(infix))) => {
            let target = infix.op().filter(|op| op.kind() == Kind::Assign).and(infix.left()).map(Expr::inner);
            matches!(target, Some(Expr::Var(target)) if target.name() == var.name())
        }
        _ => false,
    })
}

fn always_holds(branch: &Branch<'_>) -> bool {
    branch.body.is_none() || branch.conditions.iter().all(|literal| holds(*literal))
}

/// Whether a condition holds whatever the input is.
fn holds(literal: Literal<'_>) -> bool {
    if literal.not_token().is_some() || literal.withs().next().is_some() {
        return false;
    }
    match literal.kind() {
        Some(LiteralKind::Expr(expr)) => match expr.inner() {
            Expr::Scalar(scalar) => scalar.token().is_some_and(|token| token.kind() != Kind::FalseKw),
            Expr::Infix(infix) => match (infix.op().map(|op| op.kind()), infix.left(), infix.right()) {
                (Some(Kind::Assign), Some(Expr::Var(_)), Some(value)) => is_defined(value),
                (Some(Kind::EqualEqual), Some(Expr::Scalar(left)), Some(Expr::Scalar(right))) => left.text() == right.text(),
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}

/// Whether `before` holds wherever `here` does: all its conditions stand there too, and what else stands there declares nothing.
fn covers(before: &Branch<'_>, here: &Branch<'_>) -> bool {
    const MOST: usize = 100;
    if before.conditions.is_empty() || here.conditions.is_empty() || before.conditions.len() > MOST || here.conditions.len() > MOST {
        return false;
    }
    let stands_in = |literal: &Literal<'_>, others: &[Literal<'_>]| others.iter().any(|other| same(literal.node(), other.node()));
    before.conditions.iter().all(|literal| stands_in(literal, &here.conditions))
        && here.conditions.iter().all(|literal| !declares(*literal) || stands_in(literal, &before.conditions))
}

fn declares(literal: Literal<'_>) -> bool {
    match literal.kind() {
        Some(LiteralKind::SomeDecl(_) | LiteralKind::SomeIn(_)) => true,
        Some(LiteralKind::Expr(Expr::Infix(infix))) => infix.op().is_some_and(|op| op.kind() == Kind::Assign),
        _ => false,
    }
}

/// Whether two nodes have the same tokens.
fn same(one: Node<'_>, other: Node<'_>) -> bool {
    let mut one = one.tokens().filter(|token| !is_trivia(token.kind()));
    let mut other = other.tokens().filter(|token| !is_trivia(token.kind()));
    loop {
        match (one.next(), other.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a.text() == b.text() => {}
            _ => return false,
        }
    }
}

fn is_trivia(kind: Kind) -> bool {
    matches!(kind, Kind::Whitespace | Kind::Newline | Kind::Comment)
}

/// Two branches of one condition each, of which one negates the other's.
fn complements<'b, 't>(branches: &'b [Branch<'t>]) -> Option<(&'b Branch<'t>, &'b Branch<'t>)> {
    let single = |branch: &Branch<'t>| match branch.conditions[..] {
        [only] if branch.gives && only.withs().next().is_none() => Some(only),
        _ => None,
    };
    let negated = |branch: &Branch<'t>| single(branch).filter(|only| only.not_token().is_some());
    for one in branches {
        let Some(inner) = negated(one).and_then(Literal::expr) else { continue };
        let plain = |branch: &&Branch<'t>| {
            single(branch)
                .filter(|only| only.not_token().is_none())
                .and_then(Literal::expr)
                .is_some_and(|expr| same(expr.node(), inner.node()))
        };
        if let Some(other) = branches.iter().find(plain) {
            return Some((one, other));
        }
    }
    None
}
