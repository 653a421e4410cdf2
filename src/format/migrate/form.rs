//! The shape of what a call becomes, and the place that it is for.

use super::step::Needs;
use crate::syntax::rego::ast::{self, Expr, RefPart};
use crate::syntax::rego::{Kind, Node};

/// Where a call stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Position {
    /// A statement that may become another kind of statement.
    Statement,
    /// A statement that must stay an expression.
    Condition,
    /// `not` call
    Negated,
    /// Part of a statement or head. `tight`: beside something that an operator needs parentheses from; `negated`: in a statement
    /// with `not`.
    Value { tight: bool, negated: bool },
}

impl Position {
    pub(super) fn of(call: Node<'_>) -> Self {
        let mut node = call;
        while let Some(parent) = node.parent().filter(|parent| parent.kind() == Kind::Paren) {
            node = parent;
        }
        let in_parens = node != call;
        let Some(parent) = node.parent() else { return Self::Value { tight: true, negated: false } };
        if let Some(literal) = ast::Literal::cast(parent) {
            let holder = parent.parent().map(Node::kind);
            return match holder {
                Some(Kind::TemplateExpr) => Self::Value { tight: !in_parens, negated: false },
                _ if literal.not_token().is_some() => Self::Negated,
                Some(Kind::Body) if !in_parens => Self::Statement,
                _ => Self::Condition,
            };
        }
        let literal = parent.ancestors().find_map(ast::Literal::cast);
        let negated = literal.is_some_and(|literal| literal.not_token().is_some());
        if let Some(infix) = ast::Infix::cast(parent)
            && infix.op().is_some_and(|op| matches!(op.kind(), Kind::Assign | Kind::Equal))
        {
            let is_right = infix.right().is_some_and(|right| right.node() == node);
            return Self::Value { tight: !is_right && !in_parens, negated };
        }
        // `opa fmt` keeps what a head or a branch is worth as one
        let is_value = ast::Head::cast(parent).and_then(ast::Head::value).is_some_and(|value| value.node() == node)
            || ast::Else::cast(parent).and_then(ast::Else::value).is_some_and(|value| value.node() == node);
        Self::Value { tight: !is_value && !in_parens, negated }
    }

    pub(super) fn is_statement(self) -> bool {
        !matches!(self, Self::Value { .. })
    }

    /// What stands round an operator and its operands. opa's formatter takes away the parentheses that they need behind `not`.
    pub(super) fn brackets(self) -> (&'static str, &'static str) {
        match self {
            // without the parentheses, `|` would start a comprehension
            Self::Negated | Self::Value { negated: true, .. } => ("[(", ")][0]"),
            _ => ("(", ")"),
        }
    }
}

/// How tight the new text binds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A call or the argument itself.
    Atom,
    /// A reference: its value may be undefined without the statement being so.
    Reference,
    Operator,
    Statement,
}

/// What stands before and after an argument.
pub(super) struct Form {
    pub(super) before: String,
    pub(super) after: String,
    pub(super) shape: Shape,
    /// The argument must be in parentheses if it is made with an operator.
    pub(super) wrap: bool,
    /// The array literal or comprehension in the argument's place becomes a set.
    pub(super) braces: bool,
    /// The functions that the new text calls: they must mean the built-ins.
    pub(super) calls: &'static [&'static str],
    pub(super) needs: Needs,
    /// Why it is not the same for values of every type.
    pub(super) caveat: Option<&'static str>,
    pub(super) help: &'static str,
}

impl Form {
    pub(super) fn new(before: impl Into<String>, after: impl Into<String>, shape: Shape, help: &'static str) -> Self {
        Self {
            before: before.into(),
            after: after.into(),
            shape,
            wrap: false,
            braces: false,
            calls: &[],
            needs: Needs::default(),
            caveat: None,
            help,
        }
    }

    pub(super) fn calling(mut self, calls: &'static [&'static str]) -> Self {
        self.calls = calls;
        self
    }

    pub(super) fn with_in(mut self) -> Self {
        self.needs.r#in = true;
        self
    }

    pub(super) fn wrapping(mut self) -> Self {
        self.wrap = true;
        self
    }

    pub(super) fn in_braces(mut self) -> Self {
        self.braces = true;
        self
    }

    pub(super) fn unless(mut self, exact: bool, caveat: &'static str) -> Self {
        self.caveat = (!exact).then_some(caveat);
        self
    }
}

pub(super) fn is_comprehension(kind: Kind) -> bool {
    matches!(kind, Kind::ArrayComprehension | Kind::SetComprehension | Kind::ObjectComprehension)
}

/// The argument itself.
pub(super) fn identity(argument: Expr<'_>) -> Form {
    let shape = match argument.inner() {
        Expr::Var(_) | Expr::Ref(_) => Shape::Reference,
        _ if has_operator(argument) => Shape::Operator,
        _ => Shape::Atom,
    };
    Form::new("", "", shape, "write the argument alone: it has that type")
}

/// Whether an expression is made with an operator, without parentheses round it.
pub(super) fn has_operator(expr: Expr<'_>) -> bool {
    matches!(expr, Expr::Infix(_) | Expr::Membership(_) | Expr::Logical(_) | Expr::Negative(_))
}

/// `x`, `input.a[i].b["c"]`: names, constants and variables, but no wildcard.
pub(super) fn is_path(expr: Expr<'_>) -> bool {
    match expr {
        Expr::Var(var) => var.name() != "_",
        Expr::Ref(reference) => {
            let starts_with_name = matches!(reference.operand(), Some(Expr::Var(var)) if var.name() != "_");
            starts_with_name
                && reference.parts().all(|part| match part {
                    RefPart::Dot(_) => true,
                    RefPart::Bracket(bracket) => match bracket.expr() {
                        Some(Expr::Scalar(_)) => true,
                        Some(inner) => is_path(inner),
                        None => false,
                    },
                })
        }
        _ => false,
    }
}
