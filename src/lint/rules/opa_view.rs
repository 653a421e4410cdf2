//! Modules as OPA's parser sees them: what Regal's rules, and those of ours that take after them, are about.

use crate::model::rego::{Module, RuleDef, RuleKind};
use crate::syntax::rego::ast::{Body, Call, Expr, Infix, Literal, RefPart};
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
        return file.slice(span).to_owned();
    }
    let line = |at: usize| file.line_span(at).map_or("", |span| file.slice(span));
    let end = file.slice(Span::new(file.line_span(last).map_or(0, |span| span.start), span.end)).chars().count();
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
                            if let Some(name) = crate::model::rego::string_value(scalar) {
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

/// The name of the function that an operator calls.
pub(super) fn operator_name(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Plus => "plus",
        Kind::Minus => "minus",
        Kind::Star => "mul",
        Kind::Slash => "div",
        Kind::Percent => "rem",
        Kind::Ampersand => "and",
        Kind::Pipe => "or",
        Kind::EqualEqual => "equal",
        Kind::NotEqual => "neq",
        Kind::Less => "lt",
        Kind::LessEqual => "lte",
        Kind::Greater => "gt",
        Kind::GreaterEqual => "gte",
        Kind::Equal => "eq",
        Kind::Assign => "assign",
        _ => return None,
    })
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
