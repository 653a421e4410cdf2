//! Whether two modules say the same: the proof of a result compares it with what it was made from.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use super::Target;
use super::imports::{Entry, entries};
use super::lowered::{Expr, ExprId, ExprKind, HeadValue, List, Lowered, Op, Part, Rule, TermId, Value};
use super::migrate::Migrated;
use super::order::{Order, string_of};

/// Compares two modules apart from places.
pub(super) struct Same<'a, 't, 'u> {
    pub(super) a: &'a Lowered<'t>,
    pub(super) b: &'a Lowered<'u>,
    /// Members of sets and objects by value, not by place.
    by_value: Option<(Order<'a, 't>, Order<'a, 'u>)>,
    /// `=` in heads may have become `:=`.
    assigns: bool,
    /// The wildcards that became variables.
    named: RefCell<FxHashMap<&'u str, TermId>>,
    /// What else may differ after a migration.
    pub(super) migrated: Option<&'a Migrated<'a>>,
}

/// Whether `after`, written for `target`, has the same syntax as `before` but for the rewrites that the formatter makes, and
/// the same comments.
///
/// # Errors
/// What differs.
pub(super) fn check_same(before: &Lowered<'_>, after: &Lowered<'_>, target: Target) -> Result<(), String> {
    check_migrated(before, after, target, None)
}

/// [`check_same`] that allows what a migration changes.
///
/// # Errors
/// What differs.
pub(super) fn check_migrated(
    before: &Lowered<'_>,
    after: &Lowered<'_>,
    target: Target,
    migrated: Option<&Migrated<'_>>,
) -> Result<(), String> {
    let same = |by_value| Same { a: before, b: after, by_value, assigns: target != Target::V0, named: RefCell::default(), migrated };
    let by_place = same(None);
    if !by_place.term(before.package.1, after.package.1) {
        return Err("the package differs".to_owned());
    }
    let keys = |ast| {
        let mut keys: Vec<_> = entries(ast, target).iter().map(Entry::said).collect();
        keys.sort_unstable();
        keys
    };
    let (mut expected, found) = (keys(before), keys(after));
    if let Some(migrated) = migrated {
        migrated.change_imports(&mut expected);
        expected.sort_unstable();
    }
    if after.imports.len() != found.len() || expected != found {
        return Err("the imports differ".to_owned());
    }
    if before.statements.len() != after.statements.len() {
        return Err("the number of rules differs".to_owned());
    }
    for (a, b) in before.statements.iter().zip(&after.statements) {
        let (a, b) = (&before.rules[*a as usize], &after.rules[*b as usize]);
        if let Some(migrated) = migrated {
            migrated.start_rule();
        }
        if !by_place.rules(a, b) && !same(Some((Order::new(before), Order::new(after)))).rules(a, b) {
            return Err(format!("the rule on line {} differs", a.place.row));
        }
    }
    same_comments(before, after)
}

/// Whether each comment of `after` stands behind as many statements as it does in `before`: none has gone from one rule to another,
/// or to an import. And whether METADATA still starts its blocks: behind an import it would not.
pub(super) fn comments_stay(before: &Lowered<'_>, after: &Lowered<'_>) -> bool {
    fn owners<'a>(ast: &'a Lowered<'_>) -> impl Iterator<Item = usize> + 'a {
        let starts = ast.statements.iter().map(|id| ast.rules[*id as usize].place.at);
        let mut starts = starts.enumerate().peekable();
        let mut owner = 0;
        ast.comments.iter().map(move |comment| {
            while let Some((index, _)) = starts.next_if(|(_, start)| *start < comment.text.start) {
                owner = index + 1;
            }
            owner
        })
    }
    let blocks = |ast: &Lowered<'_>| ast.comments.iter().filter(|comment| comment.is_metadata).count();
    blocks(before) <= blocks(after) && owners(before).eq(owners(after))
}

/// Compares the comments, in any order.
fn same_comments(before: &Lowered<'_>, after: &Lowered<'_>) -> Result<(), String> {
    let in_order = before.comments.len() == after.comments.len()
        && before.comments.iter().zip(&after.comments).all(|(a, b)| before.slice(a.text) == after.slice(b.text));
    if in_order {
        return Ok(());
    }
    let mut left: FxHashMap<&str, usize> = FxHashMap::default();
    for comment in &after.comments {
        *left.entry(after.slice(comment.text)).or_default() += 1;
    }
    for comment in &before.comments {
        match left.get_mut(before.slice(comment.text)).filter(|count| **count > 0) {
            Some(count) => *count -= 1,
            None => return Err(format!("the comment on line {} has no place", comment.row)),
        }
    }
    if before.comments.len() == after.comments.len() { Ok(()) } else { Err("a comment is there twice".to_owned()) }
}

impl<'u> Same<'_, '_, 'u> {
    fn rules(&self, a: &Rule, b: &Rule) -> bool {
        let (mut a, mut b) = (a, b);
        loop {
            if !self.rule(a, b) {
                return false;
            }
            match (a.otherwise, b.otherwise) {
                (None, None) => return true,
                (Some(x), Some(y)) => (a, b) = (&self.a.rules[x as usize], &self.b.rules[y as usize]),
                _ => return false,
            }
        }
    }

    fn rule(&self, a: &Rule, b: &Rule) -> bool {
        let (x, y) = (&a.head, &b.head);
        let values = match (x.value, y.value) {
            (HeadValue::None, HeadValue::None) => match (x.key, y.key) {
                (Some(x), Some(y)) => self.term(x, y),
                _ => false,
            },
            (HeadValue::Written(v), HeadValue::Written(w)) => self.term(v, w) && (self.assigns || x.assign == y.assign),
            (HeadValue::Implied { .. }, HeadValue::Implied { .. }) => true,
            (HeadValue::Written(v), HeadValue::Implied { .. }) => self.a.term(v).value == Value::True,
            (HeadValue::Implied { .. }, HeadValue::Written(w)) => self.b.term(w).value == Value::True,
            _ => false,
        };
        a.is_default == b.is_default
            && values
            && self.lists(x.reference, y.reference)
            && self.lists(x.args, y.args)
            && (is_true(self.a, a.body) && is_true(self.b, b.body) || self.bodies(a.body, b.body))
    }

    pub(super) fn lists(&self, a: List, b: List) -> bool {
        self.all(self.a.list(a), self.b.list(b))
    }

    pub(super) fn all(&self, a: &[TermId], b: &[TermId]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.term(*a, *b))
    }

    pub(super) fn bodies(&self, a: List, b: List) -> bool {
        let (x, y) = (self.a.list(a), self.b.list(b));
        x.len() == y.len() && x.iter().zip(y).all(|(x, y)| self.expr(*x, *y))
    }

    pub(super) fn term(&self, a: TermId, b: TermId) -> bool {
        self.same_term(a, b) || self.migrated.is_some_and(|migrated| self.is_migrated(migrated, a, b))
    }

    fn same_term(&self, a: TermId, b: TermId) -> bool {
        let (x, y) = (self.a.term(a), self.b.term(b));
        match (x.value, y.value) {
            (Value::Null, Value::Null)
            | (Value::True, Value::True)
            | (Value::False, Value::False)
            | (Value::Zero, Value::Zero)
            | (Value::Wildcard, Value::Wildcard) => true,
            (Value::Number { .. } | Value::Zero, Value::Number { .. } | Value::Zero) => {
                let (mut left, mut right) = (String::new(), String::new());
                super::compact::push_number(self.a, x.value, &mut left);
                super::compact::push_number(self.b, y.value, &mut right);
                left == right
            }
            (Value::String(v), Value::String(w)) if self.a.slice(v) == self.b.slice(w) => true,
            (Value::String(_) | Value::Name(_), Value::String(_) | Value::Name(_)) => {
                string_of(self.a, x.value) == string_of(self.b, y.value)
            }
            (Value::Wildcard, Value::Var(w)) => self.is_name_of_wildcard(a, self.b.slice(w)),
            (Value::Var(v), Value::Var(w)) => match self.migrated {
                Some(migrated) => migrated.is_name(self.a.slice(v), self.b.slice(w)),
                None => self.a.slice(v) == self.b.slice(w),
            },
            (Value::Operator(v), Value::Operator(w)) => v == w,
            // `a + b := 1` is a rule named `plus`
            (Value::Operator(v), Value::Var(w)) => v.name() == self.b.slice(w),
            (Value::Var(v), Value::Operator(w)) => w.name() == self.a.slice(v),
            (Value::Ref(v), Value::Ref(w)) | (Value::Call(v), Value::Call(w)) | (Value::Array(v), Value::Array(w)) => self.lists(v, w),
            (Value::Object(v), Value::Object(w)) | (Value::Set(v), Value::Set(w)) => match &self.by_value {
                // a set that opa cannot place is written in the order of its members
                Some((left, right)) => self.all(&left.sorted(a), &right.sorted(b)),
                None => self.lists(v, w),
            },
            (Value::ArrayComprehension { term: v, body: vs }, Value::ArrayComprehension { term: w, body: ws })
            | (Value::SetComprehension { term: v, body: vs }, Value::SetComprehension { term: w, body: ws }) => {
                self.term(v, w) && self.bodies(vs, ws)
            }
            (Value::ObjectComprehension { item: v, body: vs }, Value::ObjectComprehension { item: w, body: ws }) => {
                self.lists(List { start: v, len: 2 }, List { start: w, len: 2 }) && self.bodies(vs, ws)
            }
            (Value::Template { parts: v, multi_line: m }, Value::Template { parts: w, multi_line: n }) => {
                let (x, y) = (joined(self.a, v, m), joined(self.b, w, n));
                x.len() == y.len()
                    && x.iter().zip(&y).all(|(x, y)| match (x, y) {
                        (Ok(x), Ok(y)) => x == y,
                        (Err(x), Err(y)) => self.expr(*x, *y),
                        _ => false,
                    })
            }
            _ => false,
        }
    }

    /// Whether a wildcard may have become a variable: one that is no other's, nor there before. Its number depends on how often
    /// the text was formatted.
    fn is_name_of_wildcard(&self, id: TermId, name: &'u str) -> bool {
        let number = name.strip_prefix('_').and_then(|digits| digits.parse().ok());
        self.a.wildcard_names.contains_key(&id)
            && number.is_some_and(|number| !self.a.wildcard_numbers_taken.contains(&number))
            && *self.named.borrow_mut().entry(name).or_insert(id) == id
    }

    fn expr(&self, a: ExprId, b: ExprId) -> bool {
        let (x, y) = (self.a.expr(a), self.b.expr(b));
        x.negated == y.negated && self.kinds(x, y) && {
            let (x, y) = (self.a.withs(x), self.b.withs(y));
            x.len() == y.len() && x.iter().zip(y).all(|(x, y)| self.target(x.target, y.target) && self.term(x.value, y.value))
        }
    }

    /// What a `with` replaces.
    fn target(&self, a: TermId, b: TermId) -> bool {
        self.term(a, b) || self.migrated.is_some() && self.is_renamed_target(a, b)
    }

    fn kinds(&self, a: &Expr, b: &Expr) -> bool {
        self.same_kinds(a, b) || self.migrated.is_some_and(|migrated| self.is_migrated_statement(migrated, a, b))
    }

    fn same_kinds(&self, a: &Expr, b: &Expr) -> bool {
        match (a.kind, b.kind) {
            (ExprKind::Term(x), ExprKind::Term(y)) => self.term(x, y),
            (ExprKind::Call(x), ExprKind::Call(y)) => self.lists(x, y) || self.is_with_result(x, y),
            (ExprKind::Some { symbols: x, .. }, ExprKind::Some { symbols: y, .. }) => self.lists(x, y),
            (ExprKind::Every { terms: x, body: xs, .. }, ExprKind::Every { terms: y, body: ys, .. }) => {
                self.lists(x, y) && self.bodies(xs, ys)
            }
            (ExprKind::Not { body: x, .. }, ExprKind::Not { body: y, .. }) => self.bodies(x, y),
            (ExprKind::Logical(x), ExprKind::Logical(y)) => {
                let (x, y) = (self.a.logicals[x as usize], self.b.logicals[y as usize]);
                x.is_and == y.is_and
                    && x.left.brace.is_some() == y.left.brace.is_some()
                    && x.right.brace.is_some() == y.right.brace.is_some()
                    && self.bodies(x.left.body, y.left.body)
                    && self.bodies(x.right.body, y.right.body)
            }
            _ => false,
        }
    }

    /// `plus(a, b, c)` is written `c = a + b`.
    fn is_with_result(&self, a: List, b: List) -> bool {
        let [operator, operands @ .., result] = self.a.list(a) else { return false };
        let [_, left, right] = *self.b.list(b) else { return false };
        if self.b.operator(b) != Some(Op::Unify) || !self.term(*result, left) {
            return false;
        }
        let Value::Call(inner) = self.b.term(right).value else { return false };
        let [inner, inner_operands @ ..] = self.b.list(inner) else { return false };
        self.a.operator(a).is_some() && self.term(*operator, *inner) && self.all(operands, inner_operands)
    }
}

/// Whether a body is left out or `true`.
fn is_true(ast: &Lowered<'_>, body: List) -> bool {
    match ast.list(body) {
        [] => true,
        [only] => {
            let expr = ast.expr(*only);
            let holds = matches!(expr.kind, ExprKind::Term(term) if ast.term(term).value == Value::True);
            holds && !expr.negated && expr.withs.len == 0
        }
        _ => false,
    }
}

fn push_scalar(ast: &Lowered<'_>, id: TermId, out: &mut String) {
    match ast.term(id).value {
        Value::True => out.push_str("true"),
        Value::False => out.push_str("false"),
        Value::Null => out.push_str("null"),
        value @ Value::String(_) => out.push_str(&string_of(ast, value)),
        value => super::compact::push_number(ast, value, out),
    }
}

/// The scalar that a statement is, with nothing round it.
fn plain_scalar(ast: &Lowered<'_>, id: ExprId) -> Option<TermId> {
    let expr = ast.expr(id);
    let ExprKind::Term(term) = expr.kind else { return None };
    let scalar = matches!(ast.term(term).value, Value::True | Value::False | Value::Null | Value::Number { .. } | Value::String(_));
    (scalar && !expr.negated && expr.withs.len == 0).then_some(term)
}

/// The text of a template with its scalars, and its expressions.
fn joined(ast: &Lowered<'_>, parts: List, multi_line: bool) -> Vec<Result<String, ExprId>> {
    let mut out: Vec<Result<String, ExprId>> = Vec::new();
    for part in ast.parts(parts) {
        let mut text = String::new();
        match *part {
            Part::Text { text: span, .. } => text = super::literal_text::template_text(ast.slice(span), multi_line),
            Part::Scalar(id) => push_scalar(ast, id, &mut text),
            Part::Expr(id) => match plain_scalar(ast, id) {
                // a comment beside it kept it from being text
                Some(scalar) => push_scalar(ast, scalar, &mut text),
                None => {
                    out.push(Err(id));
                    continue;
                }
            },
        }
        match out.last_mut() {
            _ if text.is_empty() => {}
            Some(Ok(last)) => last.push_str(&text),
            _ => out.push(Ok(text)),
        }
    }
    out
}
