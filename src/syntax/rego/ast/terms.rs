//! Accessors of terms and operators.

use std::borrow::Cow;

use super::{
    Array, ArrayComprehension, Body, Call, CallArgs, Expr, Infix, Literal, Logical, Negative, Object, ObjectComprehension, ObjectItem,
    Paren, Ref, RefBracket, RefDot, Scalar, Set, SetComprehension, Template, TemplateExpr, Var, expr, exprs,
};
use crate::syntax::rego::{Kind, Node, Token, literal};

impl<'t> Infix<'t> {
    #[must_use]
    pub fn left(self) -> Option<Expr<'t>> {
        expr(self.0, 0)
    }

    #[must_use]
    pub fn op(self) -> Option<Token<'t>> {
        self.0.own_tokens().next()
    }

    #[must_use]
    pub fn right(self) -> Option<Expr<'t>> {
        expr(self.0, 1)
    }
}

impl<'t> Logical<'t> {
    pub fn operands(self) -> impl Iterator<Item = Literal<'t>> {
        self.0.children().filter_map(Literal::cast)
    }

    /// `and` or `or`.
    #[must_use]
    pub fn op(self) -> Option<Token<'t>> {
        self.0.own_tokens().next()
    }
}

impl<'t> Negative<'t> {
    #[must_use]
    pub fn operand(self) -> Option<Expr<'t>> {
        expr(self.0, 0)
    }
}

impl<'t> Paren<'t> {
    #[must_use]
    pub fn expr(self) -> Option<Expr<'t>> {
        expr(self.0, 0)
    }

    /// What a group of `and`, `or`, `not` or `with` holds, which has no [`Paren::expr`].
    #[must_use]
    pub fn literal(self) -> Option<Literal<'t>> {
        self.0.children().find_map(Literal::cast)
    }
}

impl<'t> Scalar<'t> {
    /// The token that carries the value (after a sign, and after a point that stands apart as in `. 5`).
    #[must_use]
    pub fn token(self) -> Option<Token<'t>> {
        self.0.own_tokens().find(|token| !matches!(token.kind(), Kind::Minus | Kind::Dot))
    }

    /// The value of a string literal; `None` for other values and where an escape is broken.
    #[must_use]
    pub fn string(self) -> Option<Cow<'t, str>> {
        let token = self.token()?;
        matches!(token.kind(), Kind::String | Kind::RawString).then(|| literal::string_value(token.text()))?
    }

    /// The spelling of a number literal without blanks, as in `-0.50`.
    #[must_use]
    pub fn number(self) -> Option<Cow<'t, str>> {
        let mut tokens = self.0.own_tokens();
        let first = tokens.next()?;
        if first.kind() == Kind::Number {
            return Some(Cow::Borrowed(first.text()));
        }
        let mut out = first.text().to_owned();
        matches!(first.kind(), Kind::Minus | Kind::Dot).then(|| {
            tokens.for_each(|token| out.push_str(token.text()));
            Cow::Owned(out)
        })
    }

    #[must_use]
    pub fn is_negative(self) -> bool {
        self.0.token(Kind::Minus).is_some()
    }
}

impl<'t> Var<'t> {
    /// The name; `_` is the wildcard.
    #[must_use]
    pub fn name(self) -> &'t str {
        self.0.text()
    }
}

/// One part of a reference after its operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefPart<'t> {
    Dot(RefDot<'t>),
    Bracket(RefBracket<'t>),
}

impl<'t> RefPart<'t> {
    #[must_use]
    pub fn node(self) -> Node<'t> {
        match self {
            Self::Dot(dot) => dot.0,
            Self::Bracket(bracket) => bracket.0,
        }
    }
}

impl<'t> Ref<'t> {
    /// What the reference starts at.
    #[must_use]
    pub fn operand(self) -> Option<Expr<'t>> {
        expr(self.0, 0)
    }

    pub fn parts(self) -> impl Iterator<Item = RefPart<'t>> {
        self.0.children().filter_map(|node| match node.kind() {
            Kind::RefDot => Some(RefPart::Dot(RefDot(node))),
            Kind::RefBracket => Some(RefPart::Bracket(RefBracket(node))),
            _ => None,
        })
    }
}

impl<'t> RefDot<'t> {
    /// The name after the dot; keywords are names here.
    #[must_use]
    pub fn name(self) -> Option<Token<'t>> {
        self.0.own_tokens().find(|token| token.kind() != Kind::Dot)
    }
}

impl<'t> RefBracket<'t> {
    #[must_use]
    pub fn expr(self) -> Option<Expr<'t>> {
        expr(self.0, 0)
    }
}

impl<'t> Call<'t> {
    /// The function's name: a [`Expr::Var`] or [`Expr::Ref`].
    #[must_use]
    pub fn callee(self) -> Option<Expr<'t>> {
        expr(self.0, 0)
    }

    /// `count`, `io.jwt.decode`: the callee without white space, where it is made of names only.
    #[must_use]
    pub fn name(self) -> Option<String> {
        dotted(self.callee()?)
    }

    pub fn args(self) -> impl Iterator<Item = Expr<'t>> {
        self.0.children().find_map(CallArgs::cast).into_iter().flat_map(|args| exprs(args.0))
    }
}

impl<'t> CallArgs<'t> {
    pub fn exprs(self) -> impl Iterator<Item = Expr<'t>> {
        exprs(self.0)
    }
}

/// `a.b.c` of a variable or of a reference made of plain names (`["b"]` counts as `.b`); `None` for anything else.
#[must_use]
pub fn dotted(expr: Expr<'_>) -> Option<String> {
    match expr {
        Expr::Var(var) => Some(var.name().to_owned()),
        Expr::Ref(reference) => {
            let Expr::Var(first) = reference.operand()? else {
                return None;
            };
            let mut out = first.name().to_owned();
            for part in reference.parts() {
                out.push('.');
                match part {
                    RefPart::Dot(dot) => out.push_str(dot.name()?.text()),
                    RefPart::Bracket(bracket) => out.push_str(plain_string(bracket.expr()?)?),
                }
            }
            Some(out)
        }
        _ => None,
    }
}

/// The text of a string literal without escapes.
fn plain_string(expr: Expr<'_>) -> Option<&str> {
    let Expr::Scalar(scalar) = expr else {
        return None;
    };
    let token = scalar.token()?;
    matches!(token.kind(), Kind::String | Kind::RawString)
        .then(|| token.text().get(1..token.text().len().checked_sub(1)?))
        .flatten()
        .filter(|text| !text.contains('\\'))
}

impl<'t> Array<'t> {
    pub fn items(self) -> impl Iterator<Item = Expr<'t>> {
        exprs(self.0)
    }
}

impl<'t> Set<'t> {
    pub fn items(self) -> impl Iterator<Item = Expr<'t>> {
        exprs(self.0)
    }
}

impl<'t> Object<'t> {
    pub fn items(self) -> impl Iterator<Item = ObjectItem<'t>> {
        self.0.children().filter_map(ObjectItem::cast)
    }
}

impl<'t> ObjectItem<'t> {
    #[must_use]
    pub fn key(self) -> Option<Expr<'t>> {
        expr(self.0, 0)
    }

    #[must_use]
    pub fn value(self) -> Option<Expr<'t>> {
        expr(self.0, 1)
    }
}

macro_rules! comprehension {
    ($($name:ident)*) => {$(
        impl<'t> $name<'t> {
            #[must_use]
            pub fn body(self) -> Option<Body<'t>> {
                self.0.children().find_map(Body::cast)
            }
        }
    )*};
}

comprehension! { ArrayComprehension SetComprehension ObjectComprehension }

impl<'t> ArrayComprehension<'t> {
    #[must_use]
    pub fn term(self) -> Option<Expr<'t>> {
        expr(self.0, 0)
    }
}

impl<'t> SetComprehension<'t> {
    #[must_use]
    pub fn term(self) -> Option<Expr<'t>> {
        expr(self.0, 0)
    }
}

impl<'t> ObjectComprehension<'t> {
    #[must_use]
    pub fn item(self) -> Option<ObjectItem<'t>> {
        self.0.children().find_map(ObjectItem::cast)
    }
}

impl<'t> Template<'t> {
    pub fn exprs(self) -> impl Iterator<Item = TemplateExpr<'t>> {
        self.0.children().filter_map(TemplateExpr::cast)
    }
}

impl<'t> TemplateExpr<'t> {
    #[must_use]
    pub fn literal(self) -> Option<Literal<'t>> {
        self.0.children().find_map(Literal::cast)
    }
}
