//! Equality and order of terms by value, as opa's sets and objects have them.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHasher};

use super::literal_text::unquoted;
use super::lowered::{Expr, ExprId, ExprKind, List, Lowered, Op, Part, TermId, Value};

/// Orders the terms of a module; remembers what it has sorted and hashed, so that nesting costs nothing extra.
pub(super) struct Order<'a, 't> {
    ast: &'a Lowered<'t>,
    sorted: RefCell<FxHashMap<TermId, Rc<[u32]>>>,
    hashes: RefCell<FxHashMap<TermId, u64>>,
}

impl<'a, 't> Order<'a, 't> {
    pub(super) fn new(ast: &'a Lowered<'t>) -> Self {
        Self { ast, sorted: RefCell::default(), hashes: RefCell::default() }
    }

    /// The members of a set, or the keys and values of an object in turn, by the order of members or keys.
    pub(super) fn sorted(&self, id: TermId) -> Rc<[u32]> {
        if let Some(known) = self.sorted.borrow().get(&id) {
            return Rc::clone(known);
        }
        let sorted: Rc<[u32]> = match self.ast.term(id).value {
            Value::Set(list) => {
                let mut members = self.ast.list(list).to_vec();
                members.sort_by(|a, b| self.compare(*a, *b));
                members.into()
            }
            Value::Object(list) => {
                let mut pairs: Vec<[u32; 2]> = self.ast.list(list).as_chunks().0.to_vec();
                pairs.sort_by(|a, b| self.compare(a[0], b[0]));
                pairs.concat().into()
            }
            _ => Rc::new([]),
        };
        self.sorted.borrow_mut().insert(id, Rc::clone(&sorted));
        sorted
    }

    fn rank(value: Value) -> u8 {
        match value {
            Value::Null => 0,
            Value::True | Value::False => 1,
            Value::Number { .. } | Value::Zero => 2,
            Value::String(_) | Value::Name(_) => 3,
            Value::Template { .. } => 4,
            Value::Var(_) | Value::Wildcard => 5,
            Value::Ref(_) | Value::Operator(_) => 6,
            Value::Array(_) => 7,
            Value::Object(_) => 8,
            Value::Set(_) => 9,
            Value::ArrayComprehension { .. } => 10,
            Value::ObjectComprehension { .. } => 11,
            Value::SetComprehension { .. } => 12,
            Value::Call(_) => 13,
        }
    }

    /// The order of two terms; wildcards differ from each other.
    pub(super) fn compare(&self, a: TermId, b: TermId) -> Ordering {
        if a == b {
            return Ordering::Equal;
        }
        let (left, right) = (self.ast.term(a).value, self.ast.term(b).value);
        match (left, right) {
            (Value::True | Value::False, Value::True | Value::False) => (left == Value::True).cmp(&(right == Value::True)),
            (Value::String(_) | Value::Name(_), Value::String(_) | Value::Name(_)) => {
                string_of(self.ast, left).cmp(&string_of(self.ast, right))
            }
            (Value::Number { .. } | Value::Zero, Value::Number { .. } | Value::Zero) => {
                Decimal::of(self.ast, left).compare(&Decimal::of(self.ast, right))
            }
            (Value::Wildcard, Value::Wildcard) => a.cmp(&b),
            (Value::Wildcard, Value::Var(_)) => Ordering::Less,
            (Value::Var(_), Value::Wildcard) => Ordering::Greater,
            (Value::Var(x), Value::Var(y)) => self.ast.slice(x).cmp(self.ast.slice(y)),
            (Value::Operator(x), Value::Operator(y)) => x.name().cmp(y.name()),
            (Value::Operator(x), Value::Ref(y)) => self.compare_operator(x, y),
            (Value::Ref(x), Value::Operator(y)) => self.compare_operator(y, x).reverse(),
            (Value::Ref(x), Value::Ref(y)) | (Value::Array(x), Value::Array(y)) | (Value::Call(x), Value::Call(y)) => {
                self.compare_lists(self.ast.list(x), self.ast.list(y))
            }
            (Value::Object(_), Value::Object(_)) | (Value::Set(_), Value::Set(_)) => self.compare_lists(&self.sorted(a), &self.sorted(b)),
            (Value::ArrayComprehension { term: x, body: xs }, Value::ArrayComprehension { term: y, body: ys })
            | (Value::SetComprehension { term: x, body: xs }, Value::SetComprehension { term: y, body: ys }) => {
                self.compare(x, y).then_with(|| self.compare_bodies(xs, ys))
            }
            (Value::ObjectComprehension { item: x, body: xs }, Value::ObjectComprehension { item: y, body: ys }) => {
                let item = |start| self.ast.list(List { start, len: 2 });
                self.compare_lists(item(x), item(y)).then_with(|| self.compare_bodies(xs, ys))
            }
            (Value::Template { parts: x, .. }, Value::Template { parts: y, .. }) => self.compare_templates(x, y),
            _ => Self::rank(left).cmp(&Self::rank(right)),
        }
    }

    fn compare_operator(&self, op: Op, reference: List) -> Ordering {
        match self.ast.list(reference) {
            [first, ..] => match self.ast.term(*first).value {
                Value::Var(span) => op.name().cmp(self.ast.slice(span)).then(Ordering::Less),
                _ => Ordering::Less,
            },
            [] => Ordering::Greater,
        }
    }

    fn compare_lists(&self, a: &[TermId], b: &[TermId]) -> Ordering {
        for (x, y) in a.iter().zip(b) {
            let order = self.compare(*x, *y);
            if order.is_ne() {
                return order;
            }
        }
        a.len().cmp(&b.len())
    }

    fn compare_templates(&self, a: List, b: List) -> Ordering {
        let (x, y) = (self.ast.parts(a), self.ast.parts(b));
        for (x, y) in x.iter().zip(y) {
            let order = match (x, y) {
                (Part::Text { text: x, .. }, Part::Text { text: y, .. }) => self.ast.slice(*x).cmp(self.ast.slice(*y)),
                (Part::Scalar(x), Part::Scalar(y)) => self.compare(*x, *y),
                (Part::Expr(x), Part::Expr(y)) => self.compare_exprs(*x, *y),
                (Part::Text { .. }, _) | (_, Part::Expr(_)) => Ordering::Less,
                _ => Ordering::Greater,
            };
            if order.is_ne() {
                return order;
            }
        }
        x.len().cmp(&y.len())
    }

    fn compare_bodies(&self, a: List, b: List) -> Ordering {
        let (x, y) = (self.ast.list(a), self.ast.list(b));
        for (x, y) in x.iter().zip(y) {
            let order = self.compare_exprs(*x, *y);
            if order.is_ne() {
                return order;
            }
        }
        x.len().cmp(&y.len())
    }

    fn compare_exprs(&self, a: ExprId, b: ExprId) -> Ordering {
        let (x, y) = (self.ast.expr(a), self.ast.expr(b));
        let rank = |expr: &Expr| match expr.kind {
            ExprKind::Some { .. } => 0,
            ExprKind::Term(_) => 1,
            ExprKind::Call(_) => 2,
            ExprKind::Every { .. } => 3,
            ExprKind::Not { .. } => 4,
            ExprKind::Logical(_) => 5,
        };
        let kinds = || match (x.kind, y.kind) {
            (ExprKind::Term(x), ExprKind::Term(y)) => self.compare(x, y),
            (ExprKind::Call(x), ExprKind::Call(y)) | (ExprKind::Some { symbols: x, .. }, ExprKind::Some { symbols: y, .. }) => {
                self.compare_lists(self.ast.list(x), self.ast.list(y))
            }
            (ExprKind::Every { terms: x, body: xs, .. }, ExprKind::Every { terms: y, body: ys, .. }) => {
                self.compare_lists(self.ast.list(x), self.ast.list(y)).then_with(|| self.compare_bodies(xs, ys))
            }
            (ExprKind::Not { body: x, .. }, ExprKind::Not { body: y, .. }) => self.compare_bodies(x, y),
            (ExprKind::Logical(x), ExprKind::Logical(y)) => {
                let (x, y) = (self.ast.logicals[x as usize], self.ast.logicals[y as usize]);
                x.is_and
                    .cmp(&y.is_and)
                    .then_with(|| self.compare_bodies(x.left.body, y.left.body))
                    .then_with(|| self.compare_bodies(x.right.body, y.right.body))
            }
            _ => Ordering::Equal,
        };
        rank(x).cmp(&rank(y)).then(x.negated.cmp(&y.negated)).then_with(kinds).then_with(|| {
            let (x, y) = (self.ast.withs(x), self.ast.withs(y));
            for (x, y) in x.iter().zip(y) {
                let order = self.compare(x.target, y.target).then_with(|| self.compare(x.value, y.value));
                if order.is_ne() {
                    return order;
                }
            }
            x.len().cmp(&y.len())
        })
    }

    /// A hash that agrees with [`Self::compare`]; cheap for what is rarely a member of a set.
    fn hash(&self, id: TermId) -> u64 {
        let value = self.ast.term(id).value;
        let list = match value {
            Value::Array(list) | Value::Ref(list) | Value::Call(list) | Value::Set(list) | Value::Object(list) => list,
            _ => return self.hash_scalar(id, value),
        };
        if let Some(known) = self.hashes.borrow().get(&id) {
            return *known;
        }
        let items = self.ast.list(list).iter().map(|item| self.hash(*item));
        let mut hasher = FxHasher::default();
        Self::rank(value).hash(&mut hasher);
        match value {
            Value::Set(_) => items.fold(0u64, u64::wrapping_add).hash(&mut hasher),
            Value::Object(_) => {
                let items: Vec<u64> = items.collect();
                let pairs = items.as_chunks::<2>().0.iter();
                pairs.fold(0u64, |sum, [key, item]| sum.wrapping_add(key.rotate_left(7) ^ item)).hash(&mut hasher);
            }
            _ => items.for_each(|item| item.hash(&mut hasher)),
        }
        let hash = hasher.finish();
        self.hashes.borrow_mut().insert(id, hash);
        hash
    }

    fn hash_scalar(&self, id: TermId, value: Value) -> u64 {
        let mut hasher = FxHasher::default();
        Self::rank(value).hash(&mut hasher);
        match value {
            Value::True => 1u8.hash(&mut hasher),
            Value::String(_) | Value::Name(_) => string_of(self.ast, value).hash(&mut hasher),
            Value::Number { .. } | Value::Zero => Decimal::of(self.ast, value).hash(&mut hasher),
            Value::Var(span) => self.ast.slice(span).hash(&mut hasher),
            Value::Wildcard => id.hash(&mut hasher),
            _ => {}
        }
        hasher.finish()
    }

    /// `members` without those that equal an earlier one; `None` if all differ.
    pub(super) fn without_duplicates(&self, members: &[TermId]) -> Option<Vec<TermId>> {
        if members.len() < 2 {
            return None;
        }
        let mut seen: FxHashMap<u64, Vec<TermId>> = FxHashMap::default();
        let mut kept = Vec::with_capacity(members.len());
        for id in members {
            let same = seen.entry(self.hash(*id)).or_default();
            // comprehensions share a hash: beyond some, equal ones stay, which is harmless
            if same.iter().take(64).any(|known| self.compare(*known, *id).is_eq()) {
                continue;
            }
            same.push(*id);
            kept.push(*id);
        }
        (kept.len() < members.len()).then_some(kept)
    }
}

/// The string that a string or a name after a dot stands for.
pub(super) fn string_of<'t>(ast: &Lowered<'t>, value: Value) -> std::borrow::Cow<'t, str> {
    match value {
        Value::String(span) => unquoted(ast.slice(span)),
        Value::Name(span) => ast.slice(span).into(),
        _ => "".into(),
    }
}

/// A number by value: `digits` without zeros at either end, times ten to the `exponent`.
#[derive(PartialEq, Eq, Hash, Debug)]
pub(super) struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    /// Position of the point: the value is `0.digits` times ten to this.
    exponent: i64,
}

impl Decimal {
    pub(super) fn of(ast: &Lowered<'_>, value: Value) -> Self {
        let Value::Number { negative, .. } = value else {
            return Self { negative: false, digits: Vec::new(), exponent: 0 };
        };
        let mut text = String::new();
        super::compact::push_number(ast, value, &mut text);
        let text = text.trim_start_matches('-');
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        // opa refuses exponents beyond a few thousand digits
        let exponent: i64 = exponent.parse().unwrap_or(0);
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
        digits.drain(..zeros);
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        if digits.is_empty() {
            return Self { negative: false, digits, exponent: 0 };
        }
        Self { negative, exponent: exponent.saturating_add(whole.len() as i64 - zeros as i64), digits }
    }

    fn compare(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| match (number.digits.is_empty(), number.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        sign(self).cmp(&sign(other)).then_with(|| {
            let magnitude = self.exponent.cmp(&other.exponent).then_with(|| self.digits.cmp(&other.digits));
            if self.negative { magnitude.reverse() } else { magnitude }
        })
    }
}
