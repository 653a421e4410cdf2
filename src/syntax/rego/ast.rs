//! Typed views over the lossless tree.
//!
//! A view is a node whose kind is known; its accessors find children by kind and give `None` where a broken text lacks them.
//! Nothing is stored, so a view costs nothing until asked.

use std::borrow::Cow;

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
        matches!(token.kind(), Kind::String | Kind::RawString).then(|| super::literal::string_value(token.text()))?
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
