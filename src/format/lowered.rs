//! What the printer works on: the module as opa's syntax tree would hold it, in flat tables.
//!
//! Parentheses, separators and the spelling of operators are gone; places stay, since the layout follows them.

use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};

use super::place::{Grid, Place};
use crate::syntax::rego::Parse;
use crate::text::Span;

/// Index into [`Lowered::terms`].
pub(super) type TermId = u32;
/// Index into [`Lowered::exprs`].
pub(super) type ExprId = u32;

/// A run of [`Lowered::ids`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct List {
    pub(super) start: u32,
    pub(super) len: u32,
}

impl List {
    pub(super) fn is_empty(self) -> bool {
        self.len == 0
    }
}

/// A built-in that is written as an operator.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Op {
    Assign,
    Unify,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Plus,
    Minus,
    Times,
    Divide,
    Remainder,
    And,
    Or,
    /// `x in xs`
    Member,
    /// `k, v in xs`
    MemberWithKey,
}

impl Op {
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Self::Assign => ":=",
            Self::Unify => "=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::And => "&",
            Self::Or => "|",
            Self::Member | Self::MemberWithKey => "in",
        }
    }

    /// The name of the built-in.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Assign => "assign",
            Self::Unify => "eq",
            Self::Equal => "equal",
            Self::NotEqual => "neq",
            Self::Less => "lt",
            Self::LessEqual => "lte",
            Self::Greater => "gt",
            Self::GreaterEqual => "gte",
            Self::Plus => "plus",
            Self::Minus => "minus",
            Self::Times => "mul",
            Self::Divide => "div",
            Self::Remainder => "rem",
            Self::And => "and",
            Self::Or => "or",
            Self::Member => "internal.member_2",
            Self::MemberWithKey => "internal.member_3",
        }
    }

    /// The operator that a call of `name` is written as.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "assign" => Self::Assign,
            "eq" => Self::Unify,
            "equal" => Self::Equal,
            "neq" => Self::NotEqual,
            "lt" => Self::Less,
            "lte" => Self::LessEqual,
            "gt" => Self::Greater,
            "gte" => Self::GreaterEqual,
            "plus" => Self::Plus,
            "minus" => Self::Minus,
            "mul" => Self::Times,
            "div" => Self::Divide,
            "rem" => Self::Remainder,
            "and" => Self::And,
            "or" => Self::Or,
            "internal.member_2" => Self::Member,
            "internal.member_3" => Self::MemberWithKey,
            _ => return None,
        })
    }

    /// How many arguments the built-in takes.
    pub(super) fn arity(self) -> u32 {
        if self == Self::MemberWithKey { 3 } else { 2 }
    }

    /// How tight the operator binds.
    pub(super) fn binding(self) -> u8 {
        match self {
            Self::Assign | Self::Unify => 0,
            Self::Member | Self::MemberWithKey => 1,
            Self::Equal | Self::NotEqual | Self::Less | Self::LessEqual | Self::Greater | Self::GreaterEqual => 2,
            Self::Or => 3,
            Self::And => 4,
            Self::Plus | Self::Minus => 5,
            Self::Times | Self::Divide | Self::Remainder => 6,
        }
    }

    /// `=` and `:=` stand between the operands of statements only.
    pub(super) fn is_equation(self) -> bool {
        matches!(self, Self::Assign | Self::Unify)
    }

    pub(super) fn is_membership(self) -> bool {
        matches!(self, Self::Member | Self::MemberWithKey)
    }
}

/// What a term is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Value {
    Null,
    True,
    False,
    /// The digits as written; a sign and a point may stand before them, even at a distance.
    Number {
        negative: bool,
        point: bool,
        digits: Span,
    },
    /// The `0` of `-x`.
    Zero,
    /// The literal with its quotes.
    String(Span),
    /// A name after a dot: a string without quotes.
    Name(Span),
    Var(Span),
    Wildcard,
    /// What an infix expression or a call of an operator's built-in calls.
    Operator(Op),
    Ref(List),
    /// The first is what is called.
    Call(List),
    Array(List),
    /// Keys and values in turn.
    Object(List),
    /// Without duplicates.
    Set(List),
    ArrayComprehension {
        term: TermId,
        body: List,
    },
    SetComprehension {
        term: TermId,
        body: List,
    },
    /// `item` is a list of key and value.
    ObjectComprehension {
        item: u32,
        body: List,
    },
    /// A run of [`Lowered::parts`].
    Template {
        parts: List,
        /// Between backquotes.
        multi_line: bool,
    },
}

/// A term.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    pub(super) place: Place,
    pub(super) value: Value,
    /// A `-x` or a variable `__local…` is inside: opa has no place for these and leaves the layout of the list around them.
    pub(super) unplaced: bool,
}

/// A part of a template string.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    /// Text between expressions; `row` is opa's.
    Text {
        text: Span,
        row: u32,
    },
    /// An expression that is a plain scalar: becomes text.
    Scalar(TermId),
    Expr(ExprId),
}

/// A statement of a body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expr {
    pub(super) place: Place,
    pub(super) kind: ExprKind,
    pub(super) negated: bool,
    pub(super) unplaced: bool,
    /// A run of [`Lowered::withs`].
    pub(super) withs: List,
}

/// What a statement is.
#[derive(Clone, Copy, Debug)]
pub(super) enum ExprKind {
    Term(TermId),
    /// The first is what is called.
    Call(List),
    /// `some x, y`, or one call of an `in` operator; the row of `some`.
    Some {
        symbols: List,
        row: u32,
    },
    /// `key, value in domain`: a list of two or three terms; the row of `every`.
    Every {
        terms: List,
        body: List,
        row: u32,
    },
    /// `not` with `import future.keywords.not`.
    Not {
        body: List,
        braces: bool,
    },
    /// `and` and `or`: index into [`Lowered::logicals`].
    Logical(u32),
}

/// `left and right`, `left or right`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Logical {
    pub(super) is_and: bool,
    pub(super) left: Operand,
    pub(super) right: Operand,
}

/// An operand of `and` and `or`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operand {
    pub(super) body: List,
    /// The opening brace of an operand in braces.
    pub(super) brace: Option<Place>,
}

/// `with target as value`.
#[derive(Clone, Copy, Debug)]
pub(super) struct With {
    pub(super) place: Place,
    pub(super) target: TermId,
    pub(super) value: TermId,
}

/// A rule head.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) place: Place,
    /// The name and its parts; empty for `else`.
    pub(super) reference: List,
    pub(super) args: List,
    /// The member of a set, or the last part of a two-part name that is not a constant.
    pub(super) key: Option<TermId>,
    pub(super) value: HeadValue,
    /// `:=` and not `=`.
    pub(super) assign: bool,
}

/// The value of a rule head.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum HeadValue {
    /// A set has none.
    None,
    /// `true`, not written; opa leaves a `quiet` one out even where the rule has no body.
    Implied {
        quiet: bool,
    },
    Written(TermId),
}

/// A rule, one body of a chain, or an `else`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) place: Place,
    pub(super) is_default: bool,
    pub(super) head: Head,
    /// Empty for a rule without a body.
    pub(super) body: List,
    /// Where everything in the body stands, if it has no places of its own.
    pub(super) body_pin: Option<Place>,
    /// Where everything in the head but its name stands, for the later bodies of a chain.
    pub(super) head_pin: Option<Place>,
    /// Index into [`Lowered::rules`].
    pub(super) otherwise: Option<u32>,
}

/// An import.
#[derive(Clone, Copy, Debug)]
pub(super) struct Import {
    pub(super) row: u32,
    pub(super) at: u32,
    pub(super) path: TermId,
    pub(super) alias: Option<Span>,
}

/// A comment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comment {
    pub(super) row: u32,
    /// From `#` on, without blanks at the end.
    pub(super) text: Span,
    /// Starts a METADATA block.
    pub(super) is_metadata: bool,
    /// Stands in the first column, as all of a METADATA block does.
    pub(super) is_first: bool,
}

/// A module.
#[derive(Debug)]
pub(super) struct Lowered<'t> {
    /// What it was made from.
    pub(super) parse: &'t Parse,
    pub(super) text: &'t str,
    pub(super) grid: Grid<'t>,
    pub(super) terms: Vec<Term>,
    pub(super) ids: Vec<u32>,
    pub(super) exprs: Vec<Expr>,
    pub(super) withs: Vec<With>,
    pub(super) logicals: Vec<Logical>,
    pub(super) parts: Vec<Part>,
    pub(super) rules: Vec<Rule>,
    pub(super) imports: Vec<Import>,
    /// The rules that are statements, in source order; the others are `else`s.
    pub(super) statements: Vec<u32>,
    pub(super) comments: Vec<Comment>,
    /// The row of `package` and the path.
    pub(super) package: (u32, TermId),
    /// The wildcards that become variables.
    pub(super) wildcard_names: FxHashMap<TermId, WildcardName>,
    /// The numbers of variables `_0`, `_1` and so on that are there.
    pub(super) wildcard_numbers_taken: FxHashSet<u32>,
}

/// The name of a wildcard that becomes a variable: an underscore and a number.
#[derive(Clone, Copy, Debug)]
pub(super) struct WildcardName {
    pub(super) number: u32,
    /// In later bodies of a chain it stays a wildcard.
    pub(super) only_first: bool,
}

impl<'t> Lowered<'t> {
    /// Whether a term is written with a brace first; `infix` says whether calls of operators are written between their operands,
    /// else they start with a name.
    pub(super) fn starts_with_brace(&self, mut id: TermId, infix: bool) -> bool {
        loop {
            match self.term(id).value {
                Value::Set(items) => return !items.is_empty(),
                Value::Object(_) | Value::SetComprehension { .. } | Value::ObjectComprehension { .. } => return true,
                Value::Ref(parts) => match self.list(parts).first() {
                    Some(first) => id = *first,
                    None => return false,
                },
                Value::Call(call) if infix && self.operator(call).is_some_and(|op| call.len == op.arity() + 1) => {
                    id = self.list(call)[1];
                }
                _ => return false,
            }
        }
    }

    pub(super) fn term(&self, id: TermId) -> &Term {
        &self.terms[id as usize]
    }

    pub(super) fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[id as usize]
    }

    pub(super) fn list(&self, list: List) -> &[u32] {
        &self.ids[list.start as usize..(list.start + list.len) as usize]
    }

    pub(super) fn withs(&self, expr: &Expr) -> &[With] {
        &self.withs[expr.withs.start as usize..(expr.withs.start + expr.withs.len) as usize]
    }

    pub(super) fn parts(&self, list: List) -> &[Part] {
        &self.parts[list.start as usize..(list.start + list.len) as usize]
    }

    pub(super) fn slice(&self, span: Span) -> &'t str {
        &self.text[span.range()]
    }

    /// Where a term stands in the source, whole: opa's text of some starts late or ends early.
    pub(super) fn source_of(&self, id: TermId) -> Span {
        let Term { place, value, .. } = *self.term(id);
        let end = match value {
            Value::Number { digits, .. } => digits.end,
            _ => place.text.end,
        };
        Span::new(place.at.min(place.text.start), end.max(place.text.end))
    }

    /// How a wildcard is written; `is_copy` in the name of a later body of a chain.
    pub(super) fn wildcard(&self, id: TermId, is_copy: bool) -> Cow<'static, str> {
        match self.wildcard_names.get(&id) {
            Some(name) if !(is_copy && name.only_first) => format!("_{}", name.number).into(),
            _ => "_".into(),
        }
    }

    /// The operator that a call calls.
    pub(super) fn operator(&self, call: List) -> Option<Op> {
        match self.term(*self.list(call).first()?).value {
            Value::Operator(op) => Some(op),
            _ => None,
        }
    }

    /// Whether a term stands in the source as operands round an operator, without parentheses.
    pub(super) fn is_bare_infix(&self, id: TermId) -> bool {
        let Term { place, value: Value::Call(call), .. } = *self.term(id) else { return false };
        let spelled_out = self.list(call).first().is_some_and(|operator| self.term(*operator).place.at == place.at);
        !spelled_out && !self.slice(place.text).starts_with('(')
    }

    /// The operator that a term is written with between its operands.
    pub(super) fn operator_of(&self, id: TermId) -> Option<Op> {
        match self.term(id).value {
            Value::Call(call) => self.operator(call).filter(|op| !op.is_equation()),
            _ => None,
        }
    }

    /// Whether `id` is a set union, which must be in parentheses where `|` could open a comprehension.
    pub(super) fn is_union(&self, id: TermId) -> bool {
        matches!(self.term(id).value, Value::Call(call) if self.operator(call) == Some(Op::Or))
    }

    /// Whether a term has no variables as opa sees it: comprehensions count, the heads of references do not, and no template
    /// string is ground.
    pub(super) fn is_ground(&self, id: TermId) -> bool {
        let all = |list: List| self.list(list).iter().all(|id| self.is_ground(*id));
        match self.term(id).value {
            Value::Var(_) | Value::Wildcard | Value::Template { .. } => false,
            Value::Ref(parts) => self.list(parts).iter().skip(1).all(|id| self.is_ground(*id)),
            Value::Call(list) | Value::Array(list) | Value::Object(list) | Value::Set(list) => all(list),
            Value::ArrayComprehension { term, body } | Value::SetComprehension { term, body } => {
                self.is_ground(term) && self.is_ground_body(body)
            }
            Value::ObjectComprehension { item, body } => all(List { start: item, len: 2 }) && self.is_ground_body(body),
            _ => true,
        }
    }

    fn is_ground_body(&self, body: List) -> bool {
        self.list(body).iter().all(|id| match self.expr(*id).kind {
            ExprKind::Term(id) => self.is_ground(id),
            ExprKind::Call(call) => self.list(call).iter().skip(1).all(|id| self.is_ground(*id)),
            ExprKind::Not { body, .. } => self.is_ground_body(body),
            ExprKind::Logical(index) => {
                let logical = self.logicals[index as usize];
                self.is_ground_body(logical.left.body) && self.is_ground_body(logical.right.body)
            }
            ExprKind::Some { .. } | ExprKind::Every { .. } => false,
        })
    }
}
