use std::cmp::Ordering;

use crate::lint::rules::edits::statement_removal;
use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::{excerpt, has_comment, is_comparison, is_hidden_from_regal};
use crate::model::rego::string_value;
use crate::syntax::rego::ast::{Body, Expr, Literal, LiteralKind, Paren, Rule as RuleNode, Scalar};

declare_rule! {
    ConstantCondition {
        id: "constant-condition",
        group: "bugs",
        summary: "a condition that is the same for every input",
        why: "A lone `true` or `1 == 1` in a body decides nothing, and a constant that is false makes the rule unreachable. Most are \
              left over from an experiment, and an `allow` that rests on one allows everyone.",
        bad: rego("package play\n\nallow if {\n\t1 == 1\n\tinput.user == \"alice\"\n}\n"),
        good: rego("package play\n\nallow if {\n\tinput.user == \"alice\"\n}\n"),
        severity: Severity::Error,
        recommended: true,
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Removes conditions that always hold: from a body with others, or with the whole body of a rule that has no \
                     other condition. A condition that never holds is left to the author.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/constant-condition",
        peers: &["regal bugs/constant-condition"],
    }
}

impl Rule for ConstantCondition {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Body, Kind::Logical]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(body) = Body::cast(node) else { return wrapped_operands(cx, node) };
        let mut place = Place { body, previous: None, next: None };
        let mut literals = body.literals().peekable();
        while let Some(literal) = literals.next() {
            place.next = literals.peek().copied();
            statement(cx, literal, place);
            place.previous = Some(literal);
        }
    }
}

/// With `not` as a body, what an operand of `and` or `or` negates is a statement to Regal.
fn wrapped_operands(cx: &mut FileCx<'_>, node: Node<'_>) {
    if !cx.is_regal() || !cx.parse().keywords.not || is_hidden_from_regal(node) {
        return;
    }
    for operand in node.children().filter_map(Literal::cast).filter(|operand| operand.not_token().is_some()) {
        let Some(expr) = operand.expr() else { continue };
        let at = match expr.inner() {
            Expr::Scalar(_) | Expr::Template(_) => expr.inner().span(),
            inner @ Expr::Infix(_) if is_constant_comparison(inner) => expr.span(),
            _ => continue,
        };
        cx.report(at, format!("`{}` is the same for every input", excerpt(expr.text())))
            .help("remove it, or write the condition that was meant");
    }
}

/// Where a statement stands.
#[derive(Clone, Copy)]
struct Place<'t> {
    body: Body<'t>,
    previous: Option<Literal<'t>>,
    next: Option<Literal<'t>>,
}

impl Place<'_> {
    fn is_alone(self) -> bool {
        self.previous.is_none() && self.next.is_none()
    }

    /// A body in braces with one statement that is an operand of `and` or `or`: it cannot be removed, and is judged with the whole.
    fn is_lone_operand(self) -> bool {
        let operand = self.body.node().parent().filter(|literal| literal.kind() == Kind::Literal);
        self.is_alone() && operand.and_then(|literal| literal.parent()).is_some_and(|outer| outer.kind() == Kind::Logical)
    }
}

fn statement<'t>(cx: &mut FileCx<'t>, literal: Literal<'t>, place: Place<'t>) {
    let Some(expr) = literal.expr().map(Expr::inner) else { return };
    let span = match expr {
        Expr::Scalar(_) | Expr::Template(_) => expr.span(),
        Expr::Infix(_) if is_constant_comparison(expr) => literal.span(),
        Expr::Logical(_) if is_constant(cx, literal) => literal.span(),
        _ => return,
    };
    if place.is_lone_operand() || (cx.is_regal() && is_hidden_from_regal(literal.node())) {
        return;
    }
    let value = truth(literal);
    let text = excerpt(literal.text());
    let message = match value {
        Some(true) => format!("`{text}` is always true"),
        Some(false) => format!("`{text}` is never true"),
        None => format!("`{text}` is the same for every input"),
    };
    let edit = (value == Some(true)).then(|| removal(cx, literal, place)).flatten();
    let report = cx.report(span, message);
    let help = if value == Some(false) {
        "the body never holds: remove the rule, or write the condition that was meant"
    } else {
        "remove it, or write the condition that was meant"
    };
    let report = report.help(help);
    if let Some((title, edit)) = edit {
        report.fix(title, Applicability::Safe, [edit]);
    }
}

fn is_constant_comparison(expr: Expr<'_>) -> bool {
    let Expr::Infix(infix) = expr else { return false };
    infix.op().is_some_and(is_comparison) && scalar(infix.left()).is_some() && scalar(infix.right()).is_some()
}

/// The statement in parentheses round `and` and `or`.
fn grouped(paren: Paren<'_>) -> Option<Literal<'_>> {
    paren.node().children().find_map(Literal::cast)
}

fn scalar(expr: Option<Expr<'_>>) -> Option<Scalar<'_>> {
    match expr?.inner() {
        Expr::Scalar(scalar) => Some(scalar),
        _ => None,
    }
}

/// Whether a statement is a constant, or made of constants by `and` and `or`.
fn is_constant(cx: &FileCx<'_>, literal: Literal<'_>) -> bool {
    if opa_view::is_wrapped(cx, literal) && literal.node().parent().is_some_and(|parent| parent.kind() == Kind::Logical) {
        return false;
    }
    match literal.kind() {
        Some(LiteralKind::Expr(expr)) => match expr.inner() {
            Expr::Scalar(_) | Expr::Template(_) => true,
            Expr::Logical(logical) => logical.operands().all(|operand| is_constant(cx, operand)),
            Expr::Paren(paren) => grouped(paren).is_some_and(|literal| is_constant(cx, literal)),
            other => is_constant_comparison(other),
        },
        Some(LiteralKind::Body(body)) => {
            let mut literals = body.literals();
            matches!((literals.next(), literals.next()), (Some(only), None) if is_constant(cx, only))
        }
        _ => false,
    }
}

/// The value of a constant statement, if it is sure.
fn truth(literal: Literal<'_>) -> Option<bool> {
    let value = match literal.kind()? {
        LiteralKind::Expr(expr) => match expr.inner() {
            Expr::Scalar(scalar) => scalar.token()?.kind() != Kind::FalseKw,
            Expr::Template(template) => template.exprs().next().is_none().then_some(true)?,
            Expr::Logical(logical) => {
                let is_and = logical.op()?.kind() == Kind::AndKw;
                let values = logical.operands().map(truth).collect::<Option<Vec<_>>>()?;
                if is_and { values.iter().all(|value| *value) } else { values.iter().any(|value| *value) }
            }
            Expr::Paren(paren) => truth(grouped(paren)?)?,
            Expr::Infix(infix) => {
                let order = compare(scalar(infix.left())?, scalar(infix.right())?)?;
                match infix.op()?.kind() {
                    Kind::EqualEqual => order == Ordering::Equal,
                    Kind::NotEqual => order != Ordering::Equal,
                    Kind::Less => order == Ordering::Less,
                    Kind::LessEqual => order != Ordering::Greater,
                    Kind::Greater => order == Ordering::Greater,
                    Kind::GreaterEqual => order != Ordering::Less,
                    _ => return None,
                }
            }
            _ => return None,
        },
        LiteralKind::Body(body) => truth(body.literals().next()?)?,
        _ => return None,
    };
    Some(value != literal.not_token().is_some())
}

/// Rego's order over scalars: null, booleans, numbers, strings. `None` where it is not sure.
fn compare(left: Scalar<'_>, right: Scalar<'_>) -> Option<Ordering> {
    let rank = |kind| match kind {
        Kind::NullKw => Some(0),
        Kind::FalseKw => Some(1),
        Kind::TrueKw => Some(2),
        Kind::Number => Some(3),
        Kind::String | Kind::RawString => Some(4),
        _ => None,
    };
    let (a, b) = (rank(left.token()?.kind())?, rank(right.token()?.kind())?);
    if a != b {
        return Some(a.cmp(&b));
    }
    match a {
        3 => number(left)?.partial_cmp(&number(right)?),
        4 => Some(string_value(left)?.as_bytes().cmp(string_value(right)?.as_bytes())),
        _ => Some(Ordering::Equal),
    }
}

/// The value of a number that a double holds exactly enough to compare.
fn number(scalar: Scalar<'_>) -> Option<f64> {
    let text = scalar.token()?.text();
    if text.bytes().filter(u8::is_ascii_digit).count() > 15 || text.contains(['e', 'E']) {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    Some(if scalar.is_negative() { -value } else { value })
}

/// The edit that removes a statement which always holds.
fn removal(cx: &FileCx<'_>, literal: Literal<'_>, place: Place<'_>) -> Option<(&'static str, (Span, String))> {
    if place.is_alone() {
        return Some(("remove the body, which always holds", body_removal(cx, place.body)?));
    }
    Some(("remove the condition, which always holds", (statement_removal(cx, literal)?, String::new())))
}

/// `p if { true }` → `p := true`: the only body of a rule without `else` and without comments in it.
fn body_removal(cx: &FileCx<'_>, body: Body<'_>) -> Option<(Span, String)> {
    let rule = RuleNode::cast(body.node().parent()?)?;
    let head = rule.head()?;
    if rule.elses().next().is_some() || rule.bodies().count() != 1 || has_comment(cx, rule.span()) {
        return None;
    }
    let def = cx.module().rule_at(rule.span().start)?;
    // a v0 set without a body is read by other rules than one with a body
    if def.bracket_member.is_some() {
        return None;
    }
    let value = if head.value().is_some() || head.member().is_some() { "" } else { " := true" };
    Some((Span::new(head.span().end, body.span().end), value.to_owned()))
}
