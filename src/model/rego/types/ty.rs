//! Types of values as OPA's type checker has them. `None` in the place of a type means that nothing is known.

use std::cmp::Ordering;
use std::sync::{Arc, OnceLock};

use crate::model::rego::value::{Number, Value};

/// A type, or nothing known.
pub(crate) type Maybe = Option<Type>;

/// The type of a value; copies are cheap.
#[derive(Clone, Debug)]
pub(crate) enum Type {
    Null,
    Boolean,
    Number,
    String,
    Array(Arc<Array>),
    Object(Arc<Object>),
    Set(Arc<Set>),
    /// Any value.
    Any,
    /// One of several types.
    Union(Arc<Union>),
    Function(Arc<Function>),
    /// A type inside itself, of a JSON schema.
    Recursive(Arc<Recursive>),
}

/// What constructors work out once.
#[derive(Clone, Copy, Debug)]
struct Facts {
    /// Number of types below, each counted as often as it occurs.
    size: u32,
    depth: u16,
    /// Something in it is not known.
    unknown: bool,
}

/// Larger types are taken for [`Type::Any`]: programs can build types whose size grows exponentially with theirs.
const MAX_SIZE: u32 = 1 << 16;
const MAX_DEPTH: u16 = 100;

#[derive(Debug)]
pub(crate) struct Array {
    /// The first items.
    pub(crate) fixed: Vec<Maybe>,
    /// All further items.
    pub(crate) rest: Maybe,
    facts: Facts,
}

#[derive(Debug)]
pub(crate) struct Object {
    /// Known keys in order.
    pub(crate) fixed: Vec<(Value, Maybe)>,
    /// Types of all further keys and of their values.
    pub(crate) rest: Option<(Maybe, Maybe)>,
    facts: Facts,
}

#[derive(Debug)]
pub(crate) struct Set {
    /// `None` for the empty set, too.
    pub(crate) of: Maybe,
    facts: Facts,
}

/// Sorted, each once, at least one.
#[derive(Debug)]
pub(crate) struct Union {
    pub(crate) members: Vec<Type>,
    facts: Facts,
}

#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) args: Vec<Maybe>,
    /// Any number of further arguments.
    pub(crate) variadic: Maybe,
    pub(crate) result: Maybe,
}

#[derive(Debug)]
pub(crate) struct Recursive {
    /// Set once the schema is read.
    pub(crate) target: OnceLock<Type>,
}

impl Facts {
    fn of<'t>(parts: impl Iterator<Item = &'t Maybe>) -> Self {
        let mut facts = Self { size: 1, depth: 0, unknown: false };
        for part in parts {
            match part {
                None => facts.unknown = true,
                Some(part) => facts.add(part),
            }
        }
        facts.depth = facts.depth.saturating_add(1);
        facts
    }

    fn add(&mut self, part: &Type) {
        let (size, depth, unknown) = match part.facts() {
            Some(facts) => (facts.size, facts.depth, facts.unknown),
            None => (1, 0, false),
        };
        self.size = self.size.saturating_add(size);
        self.depth = self.depth.max(depth);
        self.unknown |= unknown;
    }

    fn too_large(self) -> bool {
        self.size > MAX_SIZE || self.depth > MAX_DEPTH
    }
}

impl Type {
    pub(crate) fn array(fixed: Vec<Maybe>, rest: Maybe) -> Self {
        let mut facts = Facts::of(fixed.iter());
        if let Some(rest) = &rest {
            facts.depth -= 1;
            facts.add(rest);
            facts.depth = facts.depth.saturating_add(1);
        }
        if facts.too_large() { Self::Any } else { Self::Array(Arc::new(Array { fixed, rest, facts })) }
    }

    /// Keys need no order; of equal ones the first is found.
    pub(crate) fn object(mut fixed: Vec<(Value, Maybe)>, rest: Option<(Maybe, Maybe)>) -> Self {
        fixed.sort_by(|a, b| a.0.cmp(&b.0));
        let dynamic = rest.iter().flat_map(|(key, value)| [key, value]);
        let facts = Facts::of(fixed.iter().map(|(_, value)| value).chain(dynamic));
        if facts.too_large() { Self::Any } else { Self::Object(Arc::new(Object { fixed, rest, facts })) }
    }

    pub(crate) fn set(of: Maybe) -> Self {
        let facts = Facts::of(std::iter::once(&of));
        if facts.too_large() { Self::Any } else { Self::Set(Arc::new(Set { of, facts })) }
    }

    /// `members` sorted and each once; the union of none is any value.
    fn union(members: Vec<Self>) -> Self {
        let mut facts = Facts { size: 1, depth: 0, unknown: false };
        for member in &members {
            facts.add(member);
        }
        facts.depth = facts.depth.saturating_add(1);
        if members.is_empty() || facts.too_large() { Self::Any } else { Self::Union(Arc::new(Union { members, facts })) }
    }

    /// One of `members`, as declared.
    pub(crate) fn one_of(members: impl IntoIterator<Item = Self>) -> Self {
        let mut sorted: Vec<Self> = Vec::new();
        for member in members {
            match sorted.binary_search_by(|own| compare(own, &member)) {
                Ok(at) | Err(at) => sorted.insert(at, member),
            }
        }
        Self::union(sorted)
    }

    pub(crate) fn function(args: Vec<Maybe>, variadic: Maybe, result: Maybe) -> Self {
        Self::Function(Arc::new(Function { args, variadic, result }))
    }

    /// The type of a constant.
    pub(crate) fn of_value(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::String,
            Value::Array(items) => Self::array(items.iter().map(|item| Some(Self::of_value(item))).collect(), None),
            Value::Object(entries) => {
                Self::object(entries.iter().map(|(key, value)| (json_key(key), Some(Self::of_value(value)))).collect(), None)
            }
            Value::Set(members) => {
                let mut of = Join::default();
                members.iter().for_each(|member| of.add(Some(Self::of_value(member))));
                Self::set(of.finish())
            }
        }
    }

    fn facts(&self) -> Option<Facts> {
        match self {
            Self::Array(array) => Some(array.facts),
            Self::Object(object) => Some(object.facts),
            Self::Set(set) => Some(set.facts),
            // what members lack does not make a union unknown
            Self::Union(union) => Some(Facts { unknown: false, ..union.facts }),
            Self::Function(function) => {
                let facts = Facts::of(function.args.iter().chain([&function.result]));
                Some(facts)
            }
            _ => None,
        }
    }

    /// Something in it is not known.
    pub(crate) fn is_unknown(&self) -> bool {
        self.facts().is_some_and(|facts| facts.unknown)
    }

    /// The type that a recursive one stands for.
    pub(crate) fn unwrapped(&self) -> &Self {
        let mut ty = self;
        // schemas can refer to references in a circle
        for _ in 0..MAX_DEPTH {
            match ty {
                Self::Recursive(recursive) => match recursive.target.get() {
                    Some(target) => ty = target,
                    None => return &Self::Any,
                },
                _ => return ty,
            }
        }
        &Self::Any
    }

    fn order(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Boolean => 1,
            Self::Number => 2,
            Self::String => 3,
            Self::Array(_) => 4,
            Self::Object(_) => 5,
            Self::Set(_) => 6,
            Self::Any | Self::Union(_) => 7,
            Self::Function(_) => 8,
            Self::Recursive(_) => 9,
        }
    }

    /// The members of a union; none for any value.
    fn members(&self) -> Option<&[Self]> {
        match self {
            Self::Any => Some(&[]),
            Self::Union(union) => Some(&union.members),
            _ => None,
        }
    }

    /// An object without entries, an array without items, a set without members.
    pub(crate) fn is_empty_collection(&self) -> bool {
        match self.unwrapped() {
            Self::Object(object) => object.fixed.is_empty() && object.rest.is_none(),
            Self::Array(array) => array.fixed.is_empty() && array.rest.is_none(),
            Self::Set(set) => set.of.is_none(),
            _ => false,
        }
    }
}

/// Whether nothing, or not everything, is known.
pub(crate) fn is_unknown(ty: Option<&Type>) -> bool {
    ty.is_none_or(|ty| ty.unwrapped().is_unknown())
}

/// Keys of objects are JSON: sets are arrays there.
pub(crate) fn json_key(key: &Value) -> Value {
    match key {
        Value::Set(members) => Value::array(members.iter().map(json_key).collect()),
        Value::Array(items) => Value::array(items.iter().map(json_key).collect()),
        other => other.clone(),
    }
}

impl Array {
    pub(crate) fn select(&self, index: usize) -> Option<&Type> {
        self.fixed.get(index).unwrap_or(&self.rest).as_ref()
    }
}

impl Object {
    /// The type of the value at `key`.
    pub(crate) fn select(&self, key: &Value) -> Option<&Type> {
        match self.fixed.binary_search_by(|(own, _)| own.cmp(key)) {
            Ok(at) => self.fixed[at].1.as_ref(),
            Err(_) => {
                let (keys, values) = self.rest.as_ref()?;
                if contains(keys.as_ref(), &Type::of_value(key)) { values.as_ref() } else { None }
            }
        }
    }

    pub(crate) fn rest_values(&self) -> Option<&Type> {
        self.rest.as_ref()?.1.as_ref()
    }
}

/// Whether every value of type `b` is one of type `a`.
fn contains(a: Option<&Type>, b: &Type) -> bool {
    match a {
        None => false,
        Some(Type::Any) => !matches!(b, Type::Function(_)),
        Some(Type::Union(union)) => !matches!(b, Type::Function(_)) && union.members.binary_search_by(|member| compare(member, b)).is_ok(),
        Some(a) => compare(a, b) == Ordering::Equal,
    }
}

/// A total order of types; equal ones are the same type.
pub(crate) fn compare(a: &Type, b: &Type) -> Ordering {
    Comparison::default().types(a, b)
}

/// Counts steps: types of schemas can be infinite.
#[derive(Default)]
struct Comparison(u32);

impl Comparison {
    fn maybe(&mut self, a: Option<&Type>, b: Option<&Type>) -> Ordering {
        match (a, b) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => self.types(a, b),
        }
    }

    fn lists<'t>(
        &mut self,
        a: impl ExactSizeIterator<Item = Option<&'t Type>>,
        b: impl ExactSizeIterator<Item = Option<&'t Type>>,
    ) -> Ordering {
        let lengths = a.len().cmp(&b.len());
        for (a, b) in a.zip(b) {
            let order = self.maybe(a, b);
            if order != Ordering::Equal {
                return order;
            }
        }
        lengths
    }

    fn types(&mut self, a: &Type, b: &Type) -> Ordering {
        let (a, b) = (a.unwrapped(), b.unwrapped());
        let order = a.order().cmp(&b.order());
        if order != Ordering::Equal {
            return order;
        }
        self.0 += 1;
        if self.0 > 4 * MAX_SIZE {
            return Ordering::Equal;
        }
        match (a, b) {
            (Type::Array(a), Type::Array(b)) => {
                if Arc::ptr_eq(a, b) {
                    return Ordering::Equal;
                }
                self.maybe(a.rest.as_ref(), b.rest.as_ref())
                    .then_with(|| self.lists(a.fixed.iter().map(Option::as_ref), b.fixed.iter().map(Option::as_ref)))
            }
            (Type::Object(a), Type::Object(b)) => {
                if Arc::ptr_eq(a, b) {
                    return Ordering::Equal;
                }
                let order = match (&a.rest, &b.rest) {
                    (None, None) => Ordering::Equal,
                    (None, Some(_)) => Ordering::Less,
                    (Some(_), None) => Ordering::Greater,
                    (Some(a), Some(b)) => self.maybe(a.0.as_ref(), b.0.as_ref()).then_with(|| self.maybe(a.1.as_ref(), b.1.as_ref())),
                };
                if order != Ordering::Equal {
                    return order;
                }
                for (a, b) in a.fixed.iter().zip(&b.fixed) {
                    let order = a.0.cmp(&b.0).then_with(|| self.maybe(a.1.as_ref(), b.1.as_ref()));
                    if order != Ordering::Equal {
                        return order;
                    }
                }
                a.fixed.len().cmp(&b.fixed.len())
            }
            (Type::Set(a), Type::Set(b)) => self.maybe(a.of.as_ref(), b.of.as_ref()),
            (Type::Function(a), Type::Function(b)) => a.args.len().cmp(&b.args.len()).then_with(|| {
                let a = a.args.iter().chain([&a.result, &a.variadic]).map(Option::as_ref).collect::<Vec<_>>();
                let b = b.args.iter().chain([&b.result, &b.variadic]).map(Option::as_ref).collect::<Vec<_>>();
                self.lists(a.into_iter(), b.into_iter())
            }),
            _ => match (a.members(), b.members()) {
                (Some(a), Some(b)) => self.lists(a.iter().map(Some), b.iter().map(Some)),
                _ => Ordering::Equal,
            },
        }
    }
}

/// The union of two types; one that covers the other is returned unchanged.
pub(crate) fn or(a: Maybe, b: Maybe) -> Maybe {
    let mut join = Join::default();
    join.add(a);
    join.add(b);
    join.finish()
}

/// The union of many types.
#[derive(Default)]
pub(crate) struct Join {
    state: Maybe,
    /// Members of a union that grows; only if `state` is none.
    members: Vec<Type>,
    /// Nothing can be said any more: functions and values do not mix.
    broken: bool,
}

impl Join {
    pub(crate) fn add(&mut self, ty: Maybe) {
        let Some(ty) = ty else { return };
        if self.broken {
            // the union of nothing and a type is that type
            self.broken = false;
            self.state = Some(ty);
            return;
        }
        if !self.members.is_empty() {
            return self.grow(ty);
        }
        let Some(own) = self.state.take() else {
            self.state = Some(ty);
            return;
        };
        match (&own, &ty) {
            (Type::Function(a), Type::Function(b)) => match functions(a, b) {
                Some(joined) => self.state = Some(joined),
                None => self.broken = true,
            },
            (Type::Function(_), _) | (_, Type::Function(_)) => self.broken = true,
            (Type::Any, _) | (_, Type::Any) => self.state = Some(Type::Any),
            (Type::Union(a), _) => {
                if contains(Some(&own), &ty) {
                    self.state = Some(own);
                } else {
                    self.members.clone_from(&a.members);
                    self.grow(ty);
                }
            }
            (_, Type::Union(b)) => {
                if contains(Some(&ty), &own) {
                    self.state = Some(ty);
                } else {
                    self.members.clone_from(&b.members);
                    self.grow(own);
                }
            }
            _ if compare(&own, &ty) == Ordering::Equal => self.state = Some(own),
            _ => {
                self.members.push(own);
                self.grow(ty);
            }
        }
    }

    fn grow(&mut self, ty: Type) {
        match &ty {
            Type::Any => {
                self.members.clear();
                self.state = Some(Type::Any);
            }
            Type::Function(_) => {
                self.members.clear();
                self.broken = true;
            }
            Type::Union(union) => union.members.iter().for_each(|member| self.insert(member.clone())),
            _ => self.insert(ty),
        }
    }

    fn insert(&mut self, ty: Type) {
        if let Err(at) = self.members.binary_search_by(|member| compare(member, &ty)) {
            self.members.insert(at, ty);
        }
    }

    pub(crate) fn finish(self) -> Maybe {
        if self.members.is_empty() { self.state } else { Some(Type::union(self.members)) }
    }
}

fn functions(a: &Function, b: &Function) -> Maybe {
    if a.args.len() != b.args.len() || a.variadic.is_some() != b.variadic.is_some() {
        return None;
    }
    let args = a.args.iter().zip(&b.args).map(|(a, b)| or(a.clone(), b.clone())).collect();
    Some(Type::function(args, or(a.variadic.clone(), b.variadic.clone()), or(a.result.clone(), b.result.clone())))
}

/// The type of `a[key]`; `None` if there is none.
pub(crate) fn select(a: &Type, key: &Value) -> Maybe {
    match a.unwrapped() {
        Type::Array(array) => match key {
            Value::Number(number) => array.select(index(number)?).cloned(),
            _ => None,
        },
        Type::Object(object) => object.select(key).cloned(),
        Type::Set(set) => {
            let ty = Type::of_value(key);
            match &set.of {
                None => None,
                Some(of) if compare(of, &ty) == Ordering::Equal => Some(of.clone()),
                Some(of @ (Type::Any | Type::Union(_))) if contains(Some(of), &ty) => Some(ty),
                Some(_) => None,
            }
        }
        Type::Any => Some(Type::Any),
        Type::Union(union) => {
            let mut out = Join::default();
            union.members.iter().for_each(|member| out.add(select(member, key)));
            out.finish()
        }
        _ => None,
    }
}

fn index(number: &Number) -> Option<usize> {
    match number {
        Number::Int(value) => usize::try_from(*value).ok(),
        Number::Text(text) => text.parse().ok(),
    }
}

/// The type of the keys that can be enumerated; members are keys of sets.
pub(crate) fn keys(a: Option<&Type>) -> Maybe {
    match a?.unwrapped() {
        Type::Array(_) => Some(Type::Number),
        Type::Object(object) => {
            let mut out = Join::default();
            object.fixed.iter().for_each(|(key, _)| out.add(Some(Type::of_value(key))));
            if let Some((keys, _)) = &object.rest {
                out.add(keys.clone());
            }
            out.finish()
        }
        Type::Set(set) => set.of.clone(),
        Type::Any => Some(Type::Any),
        Type::Union(union) => {
            let mut out = Join::default();
            union.members.iter().for_each(|member| out.add(keys(Some(member))));
            out.finish()
        }
        _ => None,
    }
}

/// The type of the values that can be enumerated.
pub(crate) fn values(a: Option<&Type>) -> Maybe {
    let mut out = Join::default();
    match a?.unwrapped() {
        Type::Array(array) => array.fixed.iter().chain([&array.rest]).for_each(|item| out.add(item.clone())),
        Type::Object(object) => {
            object.fixed.iter().for_each(|(_, value)| out.add(value.clone()));
            if let Some((_, values)) = &object.rest {
                out.add(values.clone());
            }
        }
        Type::Set(set) => return set.of.clone(),
        Type::Any => return Some(Type::Any),
        Type::Union(union) => union.members.iter().for_each(|member| out.add(values(Some(member)))),
        _ => return None,
    }
    out.finish()
}
