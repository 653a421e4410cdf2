//! Values as Rego knows them: JSON plus sets, objects with any keys, numbers that keep their spelling.

mod float;
pub(crate) mod json;
mod number;
mod text;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(crate) use float::Float;
pub use json::{JsonError, from_json, to_json, to_json_indented};
pub use number::Number;
pub(crate) use text::quote;
pub use text::to_text;

/// An object's entries in key order.
pub type Object = BTreeMap<Value, Value>;
/// A set's members in order.
pub type Set = BTreeSet<Value>;

/// An immutable value; copies are cheap.
#[derive(Clone, Debug)]
pub enum Value {
    Null,
    Bool(bool),
    Number(Number),
    String(Arc<str>),
    Array(Arc<Vec<Value>>),
    Object(Arc<Object>),
    Set(Arc<Set>),
}

impl Value {
    #[must_use]
    pub fn string(text: impl Into<Arc<str>>) -> Self {
        Self::String(text.into())
    }

    #[must_use]
    pub fn int(value: i64) -> Self {
        Self::Number(Number::Int(value))
    }

    #[must_use]
    pub fn array(items: Vec<Self>) -> Self {
        Self::Array(Arc::new(items))
    }

    #[must_use]
    pub fn object(entries: Object) -> Self {
        Self::Object(Arc::new(entries))
    }

    #[must_use]
    pub fn set(members: Set) -> Self {
        Self::Set(Arc::new(members))
    }

    /// The empty object.
    #[must_use]
    pub fn empty_object() -> Self {
        Self::object(Object::new())
    }

    /// `null`, `boolean`, `number`, `string`, `array`, `object` or `set`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
            Self::Set(_) => "set",
        }
    }

    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// What `self[key]` selects: an array's item, an object's value, a set's member itself.
    #[must_use]
    pub fn get(&self, key: &Self) -> Option<&Self> {
        match self {
            Self::Array(items) => match key {
                Self::Number(index) => items.get(usize::try_from(index.as_i64()?).ok()?),
                _ => None,
            },
            Self::Object(entries) => entries.get(key),
            Self::Set(members) => members.get(key),
            _ => None,
        }
    }

    /// Whether it has no members, entries or items; `false` for scalars.
    #[must_use]
    pub fn is_empty_collection(&self) -> bool {
        match self {
            Self::Array(items) => items.is_empty(),
            Self::Object(entries) => entries.is_empty(),
            Self::Set(members) => members.is_empty(),
            _ => false,
        }
    }

    fn order(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(_) => 1,
            Self::Number(_) => 2,
            Self::String(_) => 3,
            Self::Array(_) => 4,
            Self::Object(_) => 5,
            Self::Set(_) => 6,
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a == b,
            (Self::String(a), Self::String(b)) => a == b,
            (Self::Array(a), Self::Array(b)) => Arc::ptr_eq(a, b) || a == b,
            (Self::Object(a), Self::Object(b)) => Arc::ptr_eq(a, b) || a == b,
            (Self::Set(a), Self::Set(b)) => Arc::ptr_eq(a, b) || a == b,
            _ => false,
        }
    }
}

impl Eq for Value {}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Value {
    /// OPA's total order: null, booleans, numbers, strings, arrays, objects, sets; each by its contents.
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.cmp(b),
            (Self::String(a), Self::String(b)) => a.cmp(b),
            (Self::Array(a), Self::Array(b)) => a.cmp(b),
            (Self::Object(a), Self::Object(b)) => a.cmp(b),
            (Self::Set(a), Self::Set(b)) => a.cmp(b),
            _ => self.order().cmp(&other.order()),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::int(value)
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Self::int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::string(value)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::string(value)
    }
}

impl From<Vec<Value>> for Value {
    fn from(value: Vec<Value>) -> Self {
        Self::array(value)
    }
}

impl From<Number> for Value {
    fn from(value: Number) -> Self {
        Self::Number(value)
    }
}

impl FromIterator<(Value, Value)> for Value {
    fn from_iter<I: IntoIterator<Item = (Value, Value)>>(entries: I) -> Self {
        Self::object(entries.into_iter().collect())
    }
}
