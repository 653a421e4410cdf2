//! What a config file holds, with the place of everything: the same for TOML and YAML.

use crate::text::Span;

/// What is wrong with a text that should be TOML or YAML.
pub(super) struct SyntaxError {
    pub(super) span: Span,
    pub(super) message: String,
}

#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) span: Span,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// In the order of the file.
    Table(Vec<Entry>),
    List(Vec<Value>),
    String(String),
    Integer(i64),
    Bool(bool),
    /// What no key wants: floats, dates, integers out of range, null.
    Other(&'static str),
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Span,
    pub(super) value: Value,
}

impl Value {
    /// `a string`, for messages.
    pub(super) fn type_name(&self) -> &'static str {
        match &self.kind {
            Kind::Table(_) => "a table",
            Kind::List(_) => "a list",
            Kind::String(_) => "a string",
            Kind::Integer(_) => "an integer",
            Kind::Bool(_) => "a boolean",
            Kind::Other(name) => name,
        }
    }

    pub(super) fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Table(entries) => entries,
            _ => &[],
        }
    }

    pub(super) fn items(&self) -> &[Value] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_bool(&self) -> Option<bool> {
        match self.kind {
            Kind::Bool(value) => Some(value),
            _ => None,
        }
    }

    pub(super) fn as_integer(&self) -> Option<i64> {
        match self.kind {
            Kind::Integer(value) => Some(value),
            _ => None,
        }
    }

    /// The strings of a list.
    pub(super) fn strings(&self) -> impl Iterator<Item = &str> {
        self.items().iter().filter_map(Value::as_str)
    }
}
