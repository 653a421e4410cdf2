//! What `with` changes: documents, functions, and what has been computed from them.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use super::{Machine, Stop};
use crate::eval::program::{Callee, Pattern, Reference, Replacement, Target, With};
use crate::eval::value::{Object, Value};

/// What stands in for a function.
#[derive(Clone)]
pub(super) enum Mock<'p> {
    Value(Value),
    /// A document, evaluated where the function is called.
    Document(&'p Reference),
    Function(&'p Callee),
}

/// The documents and replacements that are in force.
#[derive(Clone, Default)]
pub(super) struct Env<'p> {
    pub(super) input: Option<Value>,
    /// What replaces base documents; merged over them.
    pub(super) data: Option<Value>,
    /// Paths below `data` where no rule is looked at.
    targets: Option<Rc<Targets>>,
    pub(super) mocks: Option<Rc<Mocks<'p>>>,
    pub(super) cache: Rc<RefCell<Cache>>,
}

struct Targets {
    paths: Vec<Vec<Value>>,
    outer: Option<Rc<Targets>>,
}

pub(super) struct Mocks<'p> {
    functions: HashMap<Arc<str>, Mock<'p>>,
    outer: Option<Rc<Mocks<'p>>>,
}

/// A partial document's node and the keys that were asked for.
pub(super) type PartialKey = (usize, Vec<Option<Value>>);

/// Documents and results that have been computed.
#[derive(Default)]
pub(super) struct Cache {
    /// By node; `None`: undefined.
    pub(super) complete: HashMap<usize, Option<Value>>,
    pub(super) partial: BTreeMap<PartialKey, Value>,
    pub(super) calls: BTreeMap<(usize, Vec<Value>), Value>,
}

impl<'p> Env<'p> {
    /// Whether rules at `path` are replaced.
    pub(super) fn replaced(&self, path: &[Value]) -> bool {
        let mut level = self.targets.as_deref();
        while let Some(targets) = level {
            if targets.paths.iter().any(|target| path.starts_with(target)) {
                return true;
            }
            level = targets.outer.as_deref();
        }
        false
    }

    pub(super) fn mock(&self, name: &str) -> Option<Mock<'p>> {
        let mut level = self.mocks.as_deref();
        while let Some(mocks) = level {
            if let Some(mock) = mocks.functions.get(name) {
                return Some(mock.clone());
            }
            level = mocks.outer.as_deref();
        }
        None
    }
}

impl<'p> Machine<'p> {
    /// Puts modifiers in force and returns what was before; `None` where one of them has no value.
    pub(super) fn push_withs(&mut self, withs: &'p [With]) -> Result<Option<Env<'p>>, Stop> {
        let mut env = self.env.clone();
        let mut paths = Vec::new();
        let mut functions = HashMap::new();
        for with in withs {
            match &with.target {
                Target::Function(name, path) => {
                    paths.extend(path.clone());
                    let mock = match &with.value {
                        Replacement::Function(callee) => Mock::Function(callee),
                        Replacement::Term(Pattern::Reference(reference)) => Mock::Document(reference),
                        Replacement::Term(pattern) => Mock::Value(self.value_of(pattern)?),
                    };
                    functions.insert(name.clone(), mock);
                }
                Target::Input(path) => {
                    let value = self.replacement(&with.value)?;
                    env.input = Some(put(env.input.take(), path, value));
                }
                Target::Data(path) => {
                    let value = self.replacement(&with.value)?;
                    env.data = Some(put(env.data.take(), path, value));
                    paths.push(path.clone());
                }
            }
        }
        if !functions.is_empty() {
            env.mocks = Some(Rc::new(Mocks { functions, outer: env.mocks.take() }));
        }
        if !paths.is_empty() {
            env.targets = Some(Rc::new(Targets { paths, outer: env.targets.take() }));
        }
        env.cache = Rc::default();
        Ok(Some(std::mem::replace(&mut self.env, env)))
    }

    fn replacement(&mut self, value: &'p Replacement) -> Result<Value, Stop> {
        match value {
            Replacement::Term(pattern) => self.value_of(pattern),
            Replacement::Function(callee) => Err(Stop::Error {
                code: "eval_internal_error",
                message: format!("the function {} cannot replace a document", callee.name()),
                at: None,
            }),
        }
    }

    /// The value of a `with`: stages have bound what needs evaluating.
    fn value_of(&mut self, pattern: &'p Pattern) -> Result<Value, Stop> {
        match self.single(pattern)? {
            Some(Some(value)) => Ok(value),
            _ => Err(Stop::Error { code: "eval_internal_error", message: "the value of a `with` is not bound".to_owned(), at: None }),
        }
    }
}

/// The document with `value` at `path`; what is no object on the way gives way.
fn put(document: Option<Value>, path: &[Value], value: Value) -> Value {
    let Some((key, rest)) = path.split_first() else { return value };
    let mut entries = match document {
        Some(Value::Object(entries)) => entries,
        _ => Arc::new(Object::new()),
    };
    let inner = entries.get(key).cloned();
    Arc::make_mut(&mut entries).insert(key.clone(), put(inner, rest, value));
    Value::Object(entries)
}
