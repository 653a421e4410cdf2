//! The equivalences of deprecated built-ins, as the proof knows them.
//!
//! Each function asks whether a tree is what a call may have become. `x′` in comments is `x` with its own rewrites.

use super::proof::Migrated;
use crate::format::lowered::{Expr, ExprId, ExprKind, List, Lowered, Op, TermId, Value};
use crate::format::order::Order;
use crate::format::same::Same;

/// How many pairs of items are compared where an array has become a set.
const PAIRS: usize = 1 << 16;

/// A term or statement of the result.
#[derive(Clone, Copy)]
pub(super) enum View<'v> {
    Call(&'v [TermId]),
    Ref(&'v [TermId]),
    Other(TermId),
}

impl Same<'_, '_, '_> {
    pub(super) fn view(&self, id: TermId) -> View<'_> {
        match self.b.term(id).value {
            Value::Call(call) => View::Call(self.b.list(call)),
            Value::Ref(parts) => View::Ref(self.b.list(parts)),
            _ => View::Other(id),
        }
    }

    /// The name and arguments of a call of a deprecated built-in.
    fn deprecated(&self, migrated: &Migrated<'_>, call: List) -> Option<(String, &[TermId])> {
        let [callee, args @ ..] = self.a.list(call) else { return None };
        let Value::Ref(parts) = self.a.term(*callee).value else { return None };
        let mut name = String::new();
        for (at, part) in self.a.list(parts).iter().enumerate() {
            match self.a.term(*part).value {
                Value::Var(span) if at == 0 => {
                    let first = self.a.slice(span);
                    if migrated.is_own(first) {
                        return None;
                    }
                    name.push_str(first);
                }
                value @ (Value::Name(_) | Value::String(_)) => {
                    name.push('.');
                    name.push_str(&crate::format::order::string_of(self.a, value));
                }
                _ => return None,
            }
        }
        crate::model::rego::is_deprecated(&name).then_some((name, args))
    }

    /// A reference whose first part is a rewritten call: `cast_null(x)[0]` is `{null}[x][0]`.
    pub(super) fn is_rewritten_reference(&self, migrated: &Migrated<'_>, a: List, b: List) -> bool {
        let (x, y) = (self.a.list(a), self.b.list(b));
        let Some((first, rest)) = x.split_first() else { return false };
        let Value::Call(call) = self.a.term(*first).value else { return false };
        let Some((start, end)) = y.len().checked_sub(rest.len()).map(|at| y.split_at(at)) else { return false };
        start.len() > 1 && self.all(rest, end) && self.is_rewritten_call(migrated, call, View::Ref(start))
    }

    /// Whether a statement has become another one.
    pub(in crate::format) fn is_migrated_statement(&self, migrated: &Migrated<'_>, a: &Expr, b: &Expr) -> bool {
        let ExprKind::Call(call) = a.kind else { return false };
        let Some((name, args)) = self.deprecated(migrated, call) else {
            return false;
        };
        let view = match b.kind {
            ExprKind::Call(list) => View::Call(self.b.list(list)),
            ExprKind::Term(id) => self.view(id),
            ExprKind::Every { terms, body, .. } => return name == "all" && self.is_every(migrated, args, terms, body),
            _ => return false,
        };
        if self.is_rewritten_call(migrated, call, view) || self.is_check(&name, args, view) {
            return true;
        }
        // `f(x, y)` is `y = f(x)`
        match view {
            View::Call([operator, output, value]) if self.is_operator(*operator, Op::Unify) => {
                let Some((last, args)) = args.split_last() else { return false };
                self.term(*last, *output) && self.is_rewritten(migrated, &name, args, self.view(*value))
            }
            _ => false,
        }
    }

    /// `with re_match as …`
    pub(in crate::format) fn is_renamed_target(&self, a: TermId, b: TermId) -> bool {
        let parts = |ast: &Lowered<'_>, id: TermId| {
            let name = |id: &TermId| match ast.term(*id).value {
                Value::Var(span) | Value::Name(span) => ast.slice(span),
                _ => "",
            };
            match ast.term(id).value {
                Value::Ref(parts) => ast.list(parts).iter().map(name).collect::<Vec<_>>().join("."),
                _ => name(&id).to_owned(),
            }
        };
        matches!(
            (parts(self.a, a).as_str(), parts(self.b, b).as_str()),
            ("re_match", "regex.match") | ("net.cidr_overlap", "net.cidr_contains")
        )
    }

    pub(super) fn is_rewritten_call(&self, migrated: &Migrated<'_>, call: List, b: View<'_>) -> bool {
        let Some((name, args)) = self.deprecated(migrated, call) else { return false };
        self.is_rewritten(migrated, &name, args, b)
    }

    /// Whether `name(args)` may be written as `b` where its value matters.
    fn is_rewritten(&self, migrated: &Migrated<'_>, name: &str, args: &[TermId], b: View<'_>) -> bool {
        if let Some(item) = self.first_item(b)
            && self.is_rewritten(migrated, name, args, self.view(item))
        {
            return true;
        }
        match (name, args) {
            ("re_match", _) => self.called(b, "regex.match").is_some_and(|new| self.all(args, new)),
            ("net.cidr_overlap", _) => self.called(b, "net.cidr_contains").is_some_and(|new| self.all(args, new)),
            ("set_diff", [x, y]) => {
                let new = self.operands(b, Op::Minus);
                new.is_some_and(|[left, right]| self.operand(*x, left) && self.operand(*y, right))
            }
            ("any", [x]) => self.is_any(*x, b),
            ("all", [x]) => self.is_all(migrated, *x, b),
            ("cast_array" | "cast_set", [x]) => self.is_collection(migrated, name, *x, b),
            ("cast_string" | "cast_boolean" | "cast_null" | "cast_object", [x]) => self.is_cast(migrated, name, *x, b),
            _ => false,
        }
    }

    /// `true in x′`
    fn is_any(&self, x: TermId, b: View<'_>) -> bool {
        let Some([item, collection]) = self.operands(b, Op::Member) else { return false };
        self.b.term(item).value == Value::True && self.term(x, collection)
    }

    /// `every item in x′ { item == true }`
    fn is_every(&self, migrated: &Migrated<'_>, args: &[TermId], terms: List, body: List) -> bool {
        let ([x], [item, domain], [only]) = (args, self.b.list(terms), self.b.list(body)) else { return false };
        let Some(name) = self.new_name(migrated, *item) else { return false };
        let Some(call) = self.plain_call(*only) else { return false };
        let Some([left, right]) = self.operands(View::Call(call), Op::Equal) else { return false };
        self.is_var(left, name) && self.b.term(right).value == Value::True && self.term(*x, *domain)
    }

    fn is_all(&self, migrated: &Migrated<'_>, x: TermId, b: View<'_>) -> bool {
        if let Some([left, right]) = self.operands(b, Op::Equal) {
            return self.is_set_of_true(x, left, right) || self.is_none_other(x, left, right) || self.is_as_many(x, left, right);
        }
        // `[ok | values := x′; ok := sort(values) == [true | some _ in values]][0]`
        let Some((term, name, [last])) = self.bound(migrated, x, b) else { return false };
        let Some(ok) = self.new_name(migrated, term) else { return false };
        let Some(Some([left, right])) = self.plain_call(*last).map(|call| self.operands(View::Call(call), Op::Assign)) else {
            return false;
        };
        let Some([left, right]) = self.operands(self.view(right), Op::Equal).filter(|_| self.is_var(left, ok)) else { return false };
        let sorted = self.called(self.view(left), "sort");
        matches!(sorted, Some([only]) if self.is_var(*only, name)) && self.trues(right).is_some_and(|of| self.is_var(of, name))
    }

    /// `{x′…} == {true}`
    fn is_set_of_true(&self, x: TermId, left: TermId, right: TermId) -> bool {
        let (Value::Set(items), Value::Set(only)) = (self.b.term(left).value, self.b.term(right).value) else { return false };
        let is_true = matches!(self.b.list(only), [item] if self.b.term(*item).value == Value::True);
        let (Value::Array(old) | Value::Set(old)) = self.a.term(x).value else { return false };
        is_true && !items.is_empty() && self.is_set_of(self.a.list(old), self.b.list(items))
    }

    /// `count(x′ - {true}) == 0`, and `count([]) == 0`
    fn is_none_other(&self, x: TermId, left: TermId, right: TermId) -> bool {
        let Some([difference]) = self.called(self.view(left), "count") else { return false };
        if matches!(self.a.term(x).value, Value::Array(items) if items.is_empty()) {
            return self.is_number(right, "0") && self.term(x, *difference);
        }
        let Some([set, only]) = self.operands(self.view(*difference), Op::Minus) else { return false };
        let Value::Set(only) = self.b.term(only).value else { return false };
        let is_true = matches!(self.b.list(only), [item] if self.b.term(*item).value == Value::True);
        is_true && self.is_number(right, "0") && self.is_set_from(x, set)
    }

    /// `x′ == [true | some _ in x′]`, `sort(x′) == [true | some _ in x′]`
    fn is_as_many(&self, x: TermId, left: TermId, right: TermId) -> bool {
        let Some(of) = self.trues(right) else { return false };
        let sorted = match self.called(self.view(left), "sort") {
            Some([only]) => *only,
            _ => left,
        };
        self.term(x, sorted) && self.term(x, of)
    }

    /// `xs` of `[true | some _ in xs]`.
    fn trues(&self, b: TermId) -> Option<TermId> {
        let Value::ArrayComprehension { term, body } = self.b.term(b).value else { return None };
        let [only] = self.b.list(body) else { return None };
        let [item, of] = self.some_in(*only)?;
        (self.b.term(term).value == Value::True && self.b.term(item).value == Value::Wildcard).then_some(of)
    }

    fn is_collection(&self, migrated: &Migrated<'_>, name: &str, x: TermId, b: View<'_>) -> bool {
        let to_set = name == "cast_set";
        let converted = match (b, to_set) {
            (View::Call(_), false) => matches!(self.called(b, "sort"), Some([only]) if self.term(x, *only)),
            (View::Other(id), true) => self.is_set_from(x, id) || self.items_of(migrated, id).is_some_and(|of| self.term(x, of)),
            (View::Ref(parts), _) => {
                self.by_type(migrated, to_set, parts).is_some_and(|all| all.iter().all(|id| self.term(x, *id)))
                    || self.bound(migrated, x, b).is_some_and(|(term, name, rest)| {
                        let Value::Ref(parts) = self.b.term(term).value else { return false };
                        let all = self.by_type(migrated, to_set, self.b.list(parts));
                        rest.is_empty() && all.is_some_and(|all| all.iter().all(|id| self.is_var(*id, name)))
                    })
            }
            _ => false,
        };
        converted || self.is_itself(migrated, x, b)
    }

    /// The values in `{"array": x, "set": sort(x)}[type_name(x)]`, and in `{"array": {item | some item in x}, "set": x}[…]`.
    fn by_type(&self, migrated: &Migrated<'_>, to_set: bool, parts: &[TermId]) -> Option<[TermId; 3]> {
        let [object, key] = parts else { return None };
        let [typed] = self.called(self.view(*key), "type_name")? else { return None };
        let Value::Object(items) = self.b.term(*object).value else { return None };
        let [first, array, second, set] = self.b.list(items) else { return None };
        if !self.is_string(*first, "array") || !self.is_string(*second, "set") {
            return None;
        }
        if to_set {
            return Some([self.items_of(migrated, *array)?, *set, *typed]);
        }
        let [sorted] = self.called(self.view(*set), "sort")? else { return None };
        Some([*array, *sorted, *typed])
    }

    /// `xs` of `{item | some item in xs}`.
    fn items_of(&self, migrated: &Migrated<'_>, b: TermId) -> Option<TermId> {
        let Value::SetComprehension { term, body } = self.b.term(b).value else { return None };
        let [only] = self.b.list(body) else { return None };
        let [item, of] = self.some_in(*only)?;
        let name = self.new_name(migrated, item)?;
        self.is_var(term, name).then_some(of)
    }

    fn is_cast(&self, migrated: &Migrated<'_>, name: &str, x: TermId, b: View<'_>) -> bool {
        let converted = match name {
            "cast_string" => match self.called(b, "concat") {
                Some([between, list]) => {
                    let is_only = matches!(self.b.term(*list).value, Value::Array(items) if self.all(&[x], self.b.list(items)));
                    self.is_string(*between, "") && is_only
                }
                _ => false,
            },
            "cast_object" => match self.called(b, "object.union") {
                Some([object, empty]) => {
                    matches!(self.b.term(*empty).value, Value::Object(items) if items.is_empty()) && self.term(x, *object)
                }
                _ => false,
            },
            _ => match b {
                View::Ref([set, key]) => self.is_set_of_scalars(name, *set) && self.term(x, *key),
                _ => false,
            },
        };
        converted || self.is_itself(migrated, x, b)
    }

    /// `{true, false}`, `{null}`
    fn is_set_of_scalars(&self, name: &str, set: TermId) -> bool {
        let Value::Set(items) = self.b.term(set).value else { return false };
        let values: Vec<Value> = self.b.list(items).iter().map(|item| self.b.term(*item).value).collect();
        match name {
            "cast_null" => values == [Value::Null],
            _ => values.len() == 2 && values.contains(&Value::True) && values.contains(&Value::False),
        }
    }

    /// What a call is as a statement, where only its truth matters: `is_string(x′)`, `x′ == true`, `true in [x′]`,
    /// `type_name(x′) in {"array", "set"}`.
    fn is_check(&self, name: &str, args: &[TermId], b: View<'_>) -> bool {
        let [x] = args else { return false };
        let is_kind = |function: &str| matches!(self.called(b, function), Some([only]) if self.term(*x, *only));
        match name {
            "cast_string" => is_kind("is_string"),
            "cast_null" => is_kind("is_null"),
            "cast_object" => is_kind("is_object"),
            "cast_boolean" => match (self.operands(b, Op::Equal), self.operands(b, Op::Member)) {
                (Some([left, right]), _) => self.b.term(right).value == Value::True && self.operand(*x, left),
                (_, Some([left, right])) => {
                    let is_only = matches!(self.b.term(right).value, Value::Array(items) if self.all(&[*x], self.b.list(items)));
                    self.b.term(left).value == Value::True && is_only
                }
                _ => false,
            },
            "cast_array" | "cast_set" => {
                let Some([left, right]) = self.operands(b, Op::Member) else { return false };
                let Some([typed]) = self.called(self.view(left), "type_name") else { return false };
                let Value::Set(items) = self.b.term(right).value else { return false };
                let names = matches!(self.b.list(items), [a, b] if self.is_string(*a, "array") && self.is_string(*b, "set"));
                names && self.term(*x, *typed)
            }
            _ => false,
        }
    }

    /// The argument alone.
    fn is_itself(&self, migrated: &Migrated<'_>, x: TermId, b: View<'_>) -> bool {
        match (b, self.a.term(x).value) {
            (View::Other(id), _) => self.term(x, id),
            (View::Call(new), Value::Call(old)) if self.all(self.a.list(old), new) => true,
            (View::Ref(new), Value::Ref(old)) => self.all(self.a.list(old), new),
            (View::Call(_) | View::Ref(_), Value::Call(old)) => self.is_rewritten_call(migrated, old, b),
            _ => false,
        }
    }

    /// Whether an array or comprehension has become a set, or was one.
    fn is_set_from(&self, x: TermId, b: TermId) -> bool {
        match (self.a.term(x).value, self.b.term(b).value) {
            (Value::Array(old), Value::Set(new)) => !new.is_empty() && self.is_set_of(self.a.list(old), self.b.list(new)),
            (Value::ArrayComprehension { term: v, body: vs }, Value::SetComprehension { term: w, body: ws }) => {
                self.term(v, w) && self.bodies(vs, ws)
            }
            _ => self.operand(x, b),
        }
    }

    /// An operand, which may stand in `[…][0]`.
    fn operand(&self, x: TermId, b: TermId) -> bool {
        self.term(x, b) || self.first_item(self.view(b)).is_some_and(|item| self.term(x, item))
    }

    /// Whether a set has the items of a list, in which they may stand twice.
    fn is_set_of(&self, old: &[TermId], new: &[TermId]) -> bool {
        let once = Order::new(self.a).without_duplicates(old);
        let old = once.as_deref().unwrap_or(old);
        if old.len() == new.len() && self.all(old, new) {
            return true;
        }
        old.len().saturating_mul(new.len()) <= PAIRS
            && old.iter().all(|x| new.iter().any(|y| self.term(*x, *y)))
            && new.iter().all(|y| old.iter().any(|x| self.term(*x, *y)))
    }

    /// The term, the name and the other statements of `[term | name := x′; …][0]`.
    fn bound(&self, migrated: &Migrated<'_>, x: TermId, b: View<'_>) -> Option<(TermId, &str, &[ExprId])> {
        let View::Ref([list, index]) = b else { return None };
        let Value::ArrayComprehension { term, body } = self.b.term(*list).value else { return None };
        let (first, rest) = self.b.list(body).split_first()?;
        let [left, right] = self.operands(View::Call(self.plain_call(*first)?), Op::Assign)?;
        let name = self.new_name(migrated, left)?;
        (self.is_number(*index, "0") && self.term(x, right)).then_some((term, name, rest))
    }

    /// The item of `[item][0]`.
    fn first_item(&self, b: View<'_>) -> Option<TermId> {
        let View::Ref([list, index]) = b else { return None };
        let Value::Array(items) = self.b.term(*list).value else { return None };
        match self.b.list(items) {
            [item] if self.is_number(*index, "0") => Some(*item),
            _ => None,
        }
    }

    /// The arguments of a call of the built-in `name`.
    fn called<'v>(&self, b: View<'v>, name: &str) -> Option<&'v [TermId]> {
        let View::Call([callee, args @ ..]) = b else { return None };
        let Value::Ref(parts) = self.b.term(*callee).value else { return None };
        let parts = self.b.list(parts).iter().map(|part| match self.b.term(*part).value {
            Value::Var(span) | Value::Name(span) => self.b.slice(span),
            _ => "",
        });
        parts.eq(name.split('.')).then_some(args)
    }

    fn operands(&self, b: View<'_>, op: Op) -> Option<[TermId; 2]> {
        match b {
            View::Call([operator, left, right]) if self.is_operator(*operator, op) => Some([*left, *right]),
            _ => None,
        }
    }

    fn is_operator(&self, id: TermId, op: Op) -> bool {
        self.b.term(id).value == Value::Operator(op)
    }

    /// The call that is a statement, with nothing round it.
    fn plain_call(&self, id: ExprId) -> Option<&[TermId]> {
        let expr = self.b.expr(id);
        match expr.kind {
            ExprKind::Call(call) if !expr.negated && expr.withs.is_empty() => Some(self.b.list(call)),
            _ => None,
        }
    }

    /// Item and collection of `some item in xs`.
    fn some_in(&self, id: ExprId) -> Option<[TermId; 2]> {
        let expr = self.b.expr(id);
        let ExprKind::Some { symbols, .. } = expr.kind else { return None };
        match self.b.list(symbols) {
            [only] if !expr.negated && expr.withs.is_empty() => self.operands(self.view(*only), Op::Member),
            _ => None,
        }
    }

    /// The name of a variable that the original does not have.
    fn new_name(&self, migrated: &Migrated<'_>, id: TermId) -> Option<&str> {
        match self.b.term(id).value {
            Value::Var(span) => Some(self.b.slice(span)).filter(|name| migrated.is_new(name)),
            _ => None,
        }
    }

    fn is_var(&self, id: TermId, name: &str) -> bool {
        matches!(self.b.term(id).value, Value::Var(span) if self.b.slice(span) == name)
    }

    fn is_number(&self, id: TermId, digits: &str) -> bool {
        matches!(self.b.term(id).value, Value::Number { negative: false, point: false, digits: span } if self.b.slice(span) == digits)
    }

    fn is_string(&self, id: TermId, text: &str) -> bool {
        match self.b.term(id).value {
            value @ Value::String(_) => crate::format::order::string_of(self.b, value) == text,
            _ => false,
        }
    }
}
