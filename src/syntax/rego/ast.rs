//! Typed views over the lossless tree.
//!
//! A view is a node whose kind is known; its accessors find children by kind and give `None` where a broken text lacks them.
//! Nothing is stored, so a view costs nothing until asked.

mod terms;

pub use terms::{RefPart, dotted};

use super::{Kind, Node, Token};
use crate::syntax::tree::SyntaxKind;
use crate::text::Span;

macro_rules! views {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub struct $name<'t>(Node<'t>);

        impl<'t> $name<'t> {
            /// The view of `node`, if it is one.
            #[must_use]
            pub fn cast(node: Node<'t>) -> Option<Self> {
                (node.kind() == Kind::$name).then_some(Self(node))
            }

            #[must_use]
            pub fn node(self) -> Node<'t> {
                self.0
            }

            #[must_use]
            pub fn span(self) -> Span {
                self.0.span()
            }

            #[must_use]
            pub fn text(self) -> &'t str {
                self.0.text()
            }
        }
    )*};
}

views! {
    Module Package Import Rule Head Args Else Body Literal SomeDecl SomeIn Every With
    Infix Membership Logical Negative Paren Scalar Var Ref RefDot RefBracket Call CallArgs
    Array Object ObjectItem Set ArrayComprehension SetComprehension ObjectComprehension Template TemplateExpr
}

/// Anything in term or expression position.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expr<'t> {
    Infix(Infix<'t>),
    Membership(Membership<'t>),
    Logical(Logical<'t>),
    Negative(Negative<'t>),
    Paren(Paren<'t>),
    Scalar(Scalar<'t>),
    Var(Var<'t>),
    Ref(Ref<'t>),
    Call(Call<'t>),
    Array(Array<'t>),
    Object(Object<'t>),
    Set(Set<'t>),
    ArrayComprehension(ArrayComprehension<'t>),
    SetComprehension(SetComprehension<'t>),
    ObjectComprehension(ObjectComprehension<'t>),
    Template(Template<'t>),
}

impl<'t> Expr<'t> {
    #[must_use]
    pub fn cast(node: Node<'t>) -> Option<Self> {
        Some(match node.kind() {
            Kind::Infix => Self::Infix(Infix(node)),
            Kind::Membership => Self::Membership(Membership(node)),
            Kind::Logical => Self::Logical(Logical(node)),
            Kind::Negative => Self::Negative(Negative(node)),
            Kind::Paren => Self::Paren(Paren(node)),
            Kind::Scalar => Self::Scalar(Scalar(node)),
            Kind::Var => Self::Var(Var(node)),
            Kind::Ref => Self::Ref(Ref(node)),
            Kind::Call => Self::Call(Call(node)),
            Kind::Array => Self::Array(Array(node)),
            Kind::Object => Self::Object(Object(node)),
            Kind::Set => Self::Set(Set(node)),
            Kind::ArrayComprehension => Self::ArrayComprehension(ArrayComprehension(node)),
            Kind::SetComprehension => Self::SetComprehension(SetComprehension(node)),
            Kind::ObjectComprehension => Self::ObjectComprehension(ObjectComprehension(node)),
            Kind::Template => Self::Template(Template(node)),
            _ => return None,
        })
    }

    #[must_use]
    pub fn node(self) -> Node<'t> {
        match self {
            Self::Infix(x) => x.0,
            Self::Membership(x) => x.0,
            Self::Logical(x) => x.0,
            Self::Negative(x) => x.0,
            Self::Paren(x) => x.0,
            Self::Scalar(x) => x.0,
            Self::Var(x) => x.0,
            Self::Ref(x) => x.0,
            Self::Call(x) => x.0,
            Self::Array(x) => x.0,
            Self::Object(x) => x.0,
            Self::Set(x) => x.0,
            Self::ArrayComprehension(x) => x.0,
            Self::SetComprehension(x) => x.0,
            Self::ObjectComprehension(x) => x.0,
            Self::Template(x) => x.0,
        }
    }

    #[must_use]
    pub fn span(self) -> Span {
        self.node().span()
    }

    #[must_use]
    pub fn text(self) -> &'t str {
        self.node().text()
    }

    /// Without parentheses round it.
    #[must_use]
    pub fn inner(self) -> Self {
        let mut expr = self;
        while let Self::Paren(paren) = expr {
            match paren.expr() {
                Some(inner) => expr = inner,
                None => break,
            }
        }
        expr
    }
}

fn exprs(node: Node<'_>) -> impl Iterator<Item = Expr<'_>> {
    node.children().filter_map(Expr::cast)
}

fn expr(node: Node<'_>, nth: usize) -> Option<Expr<'_>> {
    exprs(node).nth(nth)
}

/// The first expression after an own token of one of `kinds`.
fn expr_after<'t>(node: Node<'t>, kinds: &[Kind]) -> Option<Expr<'t>> {
    let token = node.own_tokens().find(|token| kinds.contains(&token.kind()))?;
    exprs(node).find(|expr| expr.span().start >= token.span().end)
}

impl<'t> Module<'t> {
    #[must_use]
    pub fn package(self) -> Option<Package<'t>> {
        self.0.children().find_map(Package::cast)
    }

    pub fn imports(self) -> impl Iterator<Item = Import<'t>> {
        self.0.children().filter_map(Import::cast)
    }

    pub fn rules(self) -> impl Iterator<Item = Rule<'t>> {
        self.0.children().filter_map(Rule::cast)
    }

    /// All comments of the text in order.
    pub fn comments(self) -> impl Iterator<Item = Token<'t>> {
        self.0.tree().tokens().filter(|token| token.kind() == Kind::Comment)
    }
}

impl<'t> Package<'t> {
    /// The path: a [`Expr::Var`] or [`Expr::Ref`].
    #[must_use]
    pub fn path(self) -> Option<Expr<'t>> {
        expr(self.0, 0)
    }
}

impl<'t> Import<'t> {
    /// The path: a [`Expr::Var`] or [`Expr::Ref`].
    #[must_use]
    pub fn path(self) -> Option<Expr<'t>> {
        expr(self.0, 0)
    }

    /// The name after `as`.
    #[must_use]
    pub fn alias(self) -> Option<Token<'t>> {
        let kw = self.0.token(Kind::AsKw)?;
        self.0.own_tokens().find(|token| token.kind() == Kind::Ident && token.id() > kw.id())
    }
}

impl<'t> Rule<'t> {
    #[must_use]
    pub fn default_token(self) -> Option<Token<'t>> {
        self.0.token(Kind::DefaultKw)
    }

    #[must_use]
    pub fn head(self) -> Option<Head<'t>> {
        self.0.children().find_map(Head::cast)
    }

    #[must_use]
    pub fn if_token(self) -> Option<Token<'t>> {
        self.0.token(Kind::IfKw)
    }

    /// The body; further ones are chained.
    pub fn bodies(self) -> impl Iterator<Item = Body<'t>> {
        self.0.children().filter_map(Body::cast)
    }

    pub fn elses(self) -> impl Iterator<Item = Else<'t>> {
        self.0.children().filter_map(Else::cast)
    }
}

impl<'t> Head<'t> {
    /// The name: a [`Expr::Var`] or [`Expr::Ref`]. What else opa lets through in its place (`(p) := 1`, `a + b := 1`) is here too.
    #[must_use]
    pub fn name(self) -> Option<Expr<'t>> {
        expr(self.0, 0)
    }

    #[must_use]
    pub fn args(self) -> Option<Args<'t>> {
        self.0.children().find_map(Args::cast)
    }

    #[must_use]
    pub fn contains_token(self) -> Option<Token<'t>> {
        self.0.token(Kind::ContainsKw)
    }

    /// The member after `contains`.
    #[must_use]
    pub fn member(self) -> Option<Expr<'t>> {
        expr_after(self.0, &[Kind::ContainsKw])
    }

    /// `:=` or `=`.
    #[must_use]
    pub fn assign_token(self) -> Option<Token<'t>> {
        self.0.own_tokens().find(|token| matches!(token.kind(), Kind::Assign | Kind::Equal))
    }

    #[must_use]
    pub fn value(self) -> Option<Expr<'t>> {
        expr_after(self.0, &[Kind::Assign, Kind::Equal])
    }
}

impl<'t> Args<'t> {
    pub fn exprs(self) -> impl Iterator<Item = Expr<'t>> {
        exprs(self.0)
    }
}

impl<'t> Else<'t> {
    #[must_use]
    pub fn assign_token(self) -> Option<Token<'t>> {
        self.0.own_tokens().find(|token| matches!(token.kind(), Kind::Assign | Kind::Equal))
    }

    #[must_use]
    pub fn value(self) -> Option<Expr<'t>> {
        expr_after(self.0, &[Kind::Assign, Kind::Equal])
    }

    #[must_use]
    pub fn if_token(self) -> Option<Token<'t>> {
        self.0.token(Kind::IfKw)
    }

    #[must_use]
    pub fn body(self) -> Option<Body<'t>> {
        self.0.children().find_map(Body::cast)
    }
}

impl<'t> Body<'t> {
    /// `{`, absent for a lone literal and in comprehensions.
    #[must_use]
    pub fn open_token(self) -> Option<Token<'t>> {
        self.0.token(Kind::LeftBrace)
    }

    #[must_use]
    pub fn close_token(self) -> Option<Token<'t>> {
        self.0.token(Kind::RightBrace)
    }

    pub fn literals(self) -> impl Iterator<Item = Literal<'t>> {
        self.0.children().filter_map(Literal::cast)
    }
}

/// What a statement states.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LiteralKind<'t> {
    SomeDecl(SomeDecl<'t>),
    SomeIn(SomeIn<'t>),
    Every(Every<'t>),
    /// `not { … }`, or an operand of `and` and `or` in braces.
    Body(Body<'t>),
    Expr(Expr<'t>),
}

impl<'t> Literal<'t> {
    #[must_use]
    pub fn not_token(self) -> Option<Token<'t>> {
        self.0.token(Kind::NotKw)
    }

    #[must_use]
    pub fn kind(self) -> Option<LiteralKind<'t>> {
        self.0.children().find_map(|node| match node.kind() {
            Kind::SomeDecl => Some(LiteralKind::SomeDecl(SomeDecl(node))),
            Kind::SomeIn => Some(LiteralKind::SomeIn(SomeIn(node))),
            Kind::Every => Some(LiteralKind::Every(Every(node))),
            Kind::Body => Some(LiteralKind::Body(Body(node))),
            _ => Expr::cast(node).map(LiteralKind::Expr),
        })
    }

    /// The expression of a plain or negated expression statement.
    #[must_use]
    pub fn expr(self) -> Option<Expr<'t>> {
        match self.kind()? {
            LiteralKind::Expr(expr) => Some(expr),
            _ => None,
        }
    }

    pub fn withs(self) -> impl Iterator<Item = With<'t>> {
        self.0.children().filter_map(With::cast)
    }
}

impl<'t> SomeDecl<'t> {
    pub fn vars(self) -> impl Iterator<Item = Expr<'t>> {
        exprs(self.0)
    }
}

/// Key, value and collection of `k, v in xs`, in `some`, `every` and as a term.
fn membership<'t>(node: Node<'t>) -> (Option<Expr<'t>>, Option<Expr<'t>>, Option<Expr<'t>>) {
    let at = node.token(Kind::InKw).map_or(u32::MAX, |token| token.span().start);
    let before: Vec<_> = exprs(node).filter(|expr| expr.span().start < at).collect();
    let collection = exprs(node).find(|expr| expr.span().start > at);
    match before[..] {
        [value] => (None, Some(value), collection),
        [key, value, ..] => (Some(key), Some(value), collection),
        [] => (None, None, collection),
    }
}

macro_rules! membership {
    ($($name:ident)*) => {$(
        impl<'t> $name<'t> {
            /// `k` of `k, v in xs`.
            #[must_use]
            pub fn key(self) -> Option<Expr<'t>> {
                membership(self.0).0
            }

            /// `v` of `v in xs`.
            #[must_use]
            pub fn value(self) -> Option<Expr<'t>> {
                membership(self.0).1
            }

            /// `xs` of `v in xs`.
            #[must_use]
            pub fn collection(self) -> Option<Expr<'t>> {
                membership(self.0).2
            }
        }
    )*};
}

membership! { SomeIn Every Membership }

impl<'t> Every<'t> {
    #[must_use]
    pub fn body(self) -> Option<Body<'t>> {
        self.0.children().find_map(Body::cast)
    }
}

impl<'t> With<'t> {
    #[must_use]
    pub fn target(self) -> Option<Expr<'t>> {
        expr(self.0, 0)
    }

    #[must_use]
    pub fn value(self) -> Option<Expr<'t>> {
        expr_after(self.0, &[Kind::AsKw])
    }
}

/// The comment tokens directly inside or around nothing but trivia: whether `token` is the only thing on its line.
#[must_use]
pub fn is_own_line_comment(token: Token<'_>) -> bool {
    let mut at = token.previous();
    while let Some(previous) = at {
        match previous.kind() {
            Kind::Newline => return true,
            kind if kind.is_trivia() => at = previous.previous(),
            _ => return false,
        }
    }
    true
}
