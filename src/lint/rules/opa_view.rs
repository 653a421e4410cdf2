//! Modules as OPA's parser sees them: what Regal's rules, and those of ours that take after them, are about.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::support::is_hidden_from_regal;
use crate::lint::context::FileCx;
use crate::model::rego::value::{Number, Value};
use crate::model::rego::{Module, RuleDef, RuleKind, operator_name, string_value};
use crate::syntax::rego::ast::{Body, Call, Expr, Head, Infix, Literal, RefPart, Rule};
use crate::syntax::rego::{Kind, Node};
use crate::text::{SourceFile, Span};

/// One rule of OPA: each chained body is a rule of its own.
#[derive(Clone, Copy)]
pub(super) struct OpaRule<'m, 't> {
    pub(super) def: &'m RuleDef<'t>,
    /// Where the head is: that of a chained body is the body itself.
    pub(super) head: Span,
    /// The whole rule, without other bodies.
    pub(super) span: Span,
    pub(super) body: Option<Body<'t>>,
    pub(super) is_chained: bool,
}

/// The rules of a module in source order.
pub(super) fn rules<'m, 't>(module: &'m Module<'t>) -> impl Iterator<Item = OpaRule<'m, 't>> {
    module.rules.iter().flat_map(|def| {
        let mut bodies = def.rule.bodies();
        let first = bodies.next();
        let span = def.rule.span();
        let chained: Vec<Body<'t>> = bodies.collect();
        let end = chained.first().and(first).map_or(span.end, |body| body.span().end);
        let rule = OpaRule { def, head: def.head.span(), span: Span::new(span.start, end), body: first, is_chained: false };
        std::iter::once(rule).chain(chained.into_iter().map(move |body| OpaRule {
            def,
            head: body.span(),
            span: body.span(),
            body: Some(body),
            is_chained: true,
        }))
    })
}

impl<'t> OpaRule<'_, 't> {
    pub(super) fn is_function(&self) -> bool {
        self.def.kind == RuleKind::Function
    }

    /// Whether a part of its name starts with `test_`.
    pub(super) fn is_test(&self) -> bool {
        !self.is_function() && names(self.def).iter().any(|(name, _)| name.starts_with("test_"))
    }

    /// Whether its value is `true` wherever it has one.
    pub(super) fn is_true_or_undefined(&self) -> bool {
        let is_true = |value: Expr<'_>| matches!(value.inner(), Expr::Scalar(scalar) if scalar.text() == "true");
        self.def.head.value().is_none_or(is_true) && self.def.rule.elses().next().is_none()
    }

    /// The body's only statement.
    pub(super) fn only_statement(&self) -> Option<Literal<'t>> {
        let mut literals = self.body?.literals();
        let only = literals.next()?;
        literals.next().is_none().then_some(only)
    }
}

/// The text of a range as Regal cuts it out: of a text on three lines or more it takes the first line whole, and of one on two
/// lines as many characters of the first as the last line has before its end.
pub(super) fn regal_text(file: &SourceFile, span: Span) -> String {
    let (first, last) = (file.line(span.start), file.line(span.end));
    if first == last {
        // it counts bytes, and takes as many characters
        let rest = Span::new(span.start, file.line_span(last).map_or(span.end, |line| line.end));
        return file.slice(rest).chars().take(span.len() as usize).collect();
    }
    let line = |at: usize| file.line_span(at).map_or("", |span| file.slice(span));
    let end = (span.end - file.line_span(last).map_or(0, |span| span.start)) as usize;
    let mut lines: Vec<String> = (first..=last).map(|at| line(at).to_owned()).collect();
    if lines.len() == 2 {
        let start = file.line_span(first).map_or(0, |line| line.start);
        lines[0] = file.slice(Span::new(span.start, start + line(first).len() as u32)).chars().take(end).collect();
    }
    if let Some(text) = lines.last_mut() {
        *text = text.chars().take(end + 1).collect();
    }
    lines.join("\n")
}

/// All names in a head's reference, those of variables in brackets included.
pub(super) fn names<'t>(def: &RuleDef<'t>) -> Vec<(String, Span)> {
    let mut out = Vec::new();
    match def.head.name() {
        Some(Expr::Var(var)) => out.push((var.name().to_owned(), var.span())),
        Some(Expr::Ref(reference)) => {
            if let Some(Expr::Var(var)) = reference.operand() {
                out.push((var.name().to_owned(), var.span()));
            }
            for part in reference.parts().filter(|part| def.bracket_member != Some(*part)) {
                match part {
                    RefPart::Dot(dot) => out.extend(dot.name().map(|name| (name.text().to_owned(), name.span()))),
                    RefPart::Bracket(bracket) => match bracket.expr() {
                        Some(Expr::Var(var)) => out.push((var.name().to_owned(), var.span())),
                        Some(Expr::Scalar(scalar)) => {
                            if let Some(name) = string_value(scalar) {
                                out.push((name.into_owned(), scalar.span()));
                            }
                        }
                        _ => {}
                    },
                }
            }
        }
        _ => {}
    }
    out
}

/// A head's reference with its variables, so that the same names give the same text.
pub(super) fn full_name(def: &RuleDef<'_>) -> String {
    let mut out = def.path.dotted();
    if !def.is_constant
        && let Some(Expr::Ref(reference)) = def.head.name()
    {
        for part in reference.parts().skip(def.path.len().saturating_sub(1)) {
            match part {
                RefPart::Dot(dot) => {
                    out.push('.');
                    out.push_str(dot.name().map_or("", |name| name.text()));
                }
                RefPart::Bracket(bracket) => {
                    if let Some(expr @ (Expr::Var(_) | Expr::Scalar(_))) = bracket.expr() {
                        out.push('[');
                        out.push_str(expr.text());
                        out.push(']');
                    }
                }
            }
        }
    }
    out
}

/// Whether the name is that of a function which an operator calls.
pub(super) fn is_operator(name: &str) -> bool {
    const NAMES: [&str; 15] = ["plus", "minus", "mul", "div", "rem", "and", "or", "equal", "neq", "lt", "lte", "gt", "gte", "eq", "assign"];
    NAMES.contains(&name)
}

/// A call, written as one or as an operator.
pub(super) struct AnyCall<'t> {
    /// `count`, `equal`; empty where the function's name is no constant.
    pub(super) name: String,
    /// Where the function's name or the operator is.
    pub(super) at: Span,
    pub(super) args: Vec<Expr<'t>>,
}

/// A `Call`, `Infix` or `Membership` node as a call.
pub(super) fn call(node: Node<'_>) -> Option<AnyCall<'_>> {
    if let Some(call) = Call::cast(node) {
        let at = call.callee()?.span();
        return Some(AnyCall { name: call.name().unwrap_or_default(), at, args: call.args().map(Expr::inner).collect() });
    }
    let infix = Infix::cast(node)?;
    let op = infix.op()?;
    let args = [infix.left()?.inner(), infix.right()?.inner()];
    Some(AnyCall { name: operator_name(op.kind())?.to_owned(), at: op.span(), args: args.to_vec() })
}

/// Whether an expression is a scalar, or a collection of constants all the way down.
pub(super) fn is_constant(expr: Expr<'_>) -> bool {
    match expr.inner() {
        Expr::Scalar(_) => true,
        expr @ (Expr::Array(_) | Expr::Object(_) | Expr::Set(_)) => !expr.node().descendants().any(|node| node.kind() == Kind::Var),
        _ => false,
    }
}

/// Whether a call names the function by these names: `["object", "get"]`. Nothing is allocated.
pub(super) fn calls(call: Call<'_>, path: &[&str]) -> bool {
    starts_with(call, path) == Some(true)
}

/// Whether the names are all of the function's name; `None` where it does not start with them.
fn starts_with(call: Call<'_>, path: &[&str]) -> Option<bool> {
    let (first, rest) = path.split_first()?;
    match call.callee()? {
        Expr::Var(var) => (rest.is_empty() && var.name() == *first).then_some(true),
        Expr::Ref(reference) => {
            let mut parts = reference.parts();
            let starts = matches!(reference.operand(), Some(Expr::Var(var)) if var.name() == *first)
                && rest.iter().all(|name| parts.next().is_some_and(|part| constant(part).as_deref() == Some(*name)));
            starts.then(|| parts.next().is_none())
        }
        _ => None,
    }
}

/// Whether a call is one of a builtin. To Regal it is if the name starts like it.
pub(super) fn calls_builtin(cx: &FileCx<'_>, call: Call<'_>, path: &[&str]) -> bool {
    let hidden = || path.first().is_some_and(|name| cx.module().import_named(name).is_some() || cx.module().rule_named(name).is_some());
    if cx.is_regal() { starts_with(call, path).is_some() } else { calls(call, path) && !hidden() }
}

/// The name of a `.name` or `["name"]` part.
pub(super) fn constant(part: RefPart<'_>) -> Option<Cow<'_, str>> {
    match part {
        RefPart::Dot(dot) => dot.name().map(|name| Cow::Borrowed(name.text())),
        RefPart::Bracket(bracket) => match bracket.expr() {
            Some(Expr::Scalar(scalar)) => string_value(scalar),
            _ => None,
        },
    }
}

/// Whether the expression is the wildcard.
pub(super) fn is_wildcard(expr: Expr<'_>) -> bool {
    matches!(expr.inner(), Expr::Var(var) if var.name() == "_")
}

/// Where Regal finds what is written at `node`: nowhere in a branch that it does not look into. What stands in the head of a rule
/// is found at the start of each chained body too, which repeats the head; but for the value itself, whose place Regal drops there.
pub(super) fn regal_places(node: Node<'_>) -> Vec<Span> {
    if is_hidden_from_regal(node) {
        return Vec::new();
    }
    let mut places = vec![node.span()];
    let mut at = node;
    while let Some(parent) = at.parent() {
        if at.kind() == Kind::Head
            && let Some(rule) = Rule::cast(parent)
            && !(is_term(node) && Head::cast(at).and_then(Head::value).is_some_and(|value| value.inner().node() == node))
        {
            places.extend(rule.bodies().skip(1).map(|body| Span::new(body.span().start, body.span().start + 1)));
        }
        at = parent;
    }
    places
}

/// Whether a finding at the node is one at a term: those at calls are at the name of what is called.
fn is_term(node: Node<'_>) -> bool {
    !matches!(node.kind(), Kind::Call | Kind::Infix)
}

/// The value of an expression that is constant all the way down.
pub(super) fn constant_value(expr: Expr<'_>) -> Option<Value> {
    // literals that are nested deeper are rarer than overflowing stacks are bad
    const MAX_DEPTH: u32 = 64;
    constant_within(expr, MAX_DEPTH)
}

fn constant_within(expr: Expr<'_>, depth: u32) -> Option<Value> {
    let inside = |expr| depth.checked_sub(1).and_then(|depth| constant_within(expr, depth));
    Some(match expr.inner() {
        Expr::Scalar(scalar) => match scalar.token()?.kind() {
            Kind::TrueKw => Value::Bool(true),
            Kind::FalseKw => Value::Bool(false),
            Kind::NullKw => Value::Null,
            Kind::String | Kind::RawString => Value::string(&*string_value(scalar)?),
            _ => Value::Number(Number::new(&scalar.number()?)),
        },
        Expr::Array(array) => Value::array(array.items().map(inside).collect::<Option<Vec<_>>>()?),
        Expr::Set(set) => Value::set(set.items().map(inside).collect::<Option<BTreeSet<_>>>()?),
        Expr::Object(object) => {
            let entries = object.items().map(|item| Some((inside(item.key()?)?, inside(item.value()?)?)));
            Value::object(entries.collect::<Option<BTreeMap<_, _>>>()?)
        }
        Expr::Call(call) if calls(call, &["set"]) && call.args().next().is_none() => Value::set(BTreeSet::new()),
        _ => return None,
    })
}

/// An operation on two operands, written with an operator or as a call.
#[derive(Clone, Copy)]
pub(super) struct Binary<'t> {
    /// `equal`, `eq`, `assign`; the name of any function without a namespace.
    pub(super) name: &'t str,
    pub(super) left: Expr<'t>,
    pub(super) right: Expr<'t>,
    /// Whether a third argument takes the result, so that it is no condition.
    pub(super) has_output: bool,
}

/// What a statement or a value operates on.
pub(super) fn binary<'t>(expr: Expr<'t>) -> Option<Binary<'t>> {
    match expr.inner() {
        Expr::Infix(infix) => Some(Binary {
            name: operator_name(infix.op()?.kind())?,
            left: infix.left()?.inner(),
            right: infix.right()?.inner(),
            has_output: false,
        }),
        Expr::Call(call) => {
            let Expr::Var(name) = call.callee()? else { return None };
            let mut args = call.args();
            let (left, right) = (args.next()?.inner(), args.next()?.inner());
            Some(Binary { name: name.name(), left, right, has_output: args.next().is_some() })
        }
        _ => None,
    }
}

/// The names of the arguments that are variables. To Regal a text is a name, too.
pub(super) fn argument_names<'t>(cx: &FileCx<'_>, def: &RuleDef<'t>) -> Vec<Cow<'t, str>> {
    let args = def.head.args().into_iter().flat_map(|args| args.exprs());
    args.filter_map(|arg| match arg.inner() {
        Expr::Var(var) if var.name() != "_" => Some(Cow::Borrowed(var.name())),
        Expr::Scalar(scalar) if cx.is_regal() => string_value(scalar),
        _ => None,
    })
    .collect()
}

/// The variable that a reference starts at, and its first part.
pub(super) fn start<'t>(expr: Expr<'t>) -> Option<(&'t str, RefPart<'t>)> {
    let Expr::Ref(reference) = expr.inner() else { return None };
    let Some(Expr::Var(var)) = reference.operand() else { return None };
    Some((var.name(), reference.parts().next()?))
}

/// Whether a statement is negated. Where the keyword `not` is imported, OPA's `not` is a statement with a body, and to Regal neither the
/// whole nor what is in it is negated.
pub(super) fn is_negated(cx: &FileCx<'_>, literal: Literal<'_>) -> bool {
    literal.not_token().is_some() && !(cx.is_regal() && cx.parse().keywords.not)
}

/// Whether Regal sees no expression in a statement, since it is a `not` with a body.
pub(super) fn is_wrapped(cx: &FileCx<'_>, literal: Literal<'_>) -> bool {
    cx.is_regal() && cx.parse().keywords.not && literal.not_token().is_some()
}

/// Whether an expression is `input` or `data`, which OPA takes for references.
pub(super) fn is_document(expr: Expr<'_>) -> bool {
    matches!(expr.inner(), Expr::Var(var) if matches!(var.name(), "input" | "data"))
}
