//! `schemas` in METADATA: which documents rules take to be what a JSON Schema describes.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde_json::Value as Json;

use super::env::{Env, Tree};
use super::errors::Found;
use super::schema::schema_type;
use super::ty::{Type, json_key};
use crate::model::rego::annotations::{AnnotationScope, annotations};
use crate::model::rego::compile::hir::{DATA, INPUT, Loc, Module, Rule, Term};
use crate::model::rego::compile::{Class, CompileError, Stage, is_name};
use crate::model::rego::value::Value;
use crate::syntax::rego::Parse;
use crate::syntax::rego::metadata::Metadata;
use crate::text::Span;

/// The JSON Schemas that annotations can name: by their path below `schema`; that of the empty path describes all input.
#[derive(Clone, Debug, Default)]
pub struct Schemas {
    by_path: BTreeMap<Vec<String>, Json>,
}

impl Schemas {
    /// One schema, named `schema`, which describes `input` everywhere.
    ///
    /// # Errors
    /// Why it is no schema.
    pub fn of_input(schema: Json) -> Result<Self, String> {
        schema_type(&schema)?;
        let mut schemas = Self::default();
        schemas.insert(Vec::new(), schema);
        Ok(schemas)
    }

    /// Adds the schema `schema.a.b` of the path `a`, `b`.
    pub fn insert(&mut self, path: Vec<String>, schema: Json) {
        self.by_path.insert(path, schema);
    }
}

/// What a block of annotations says about schemas, and what it is about.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    /// Its first line.
    at: Loc,
    scope: AnnotationScope,
    /// The rule that it stands above.
    target: Option<Span>,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    /// In the comment.
    at: Loc,
    path: Vec<Term>,
    schema: Origin,
}

#[derive(Clone, Debug)]
enum Origin {
    /// `schema.a.b`
    Named(Vec<String>),
    Inline(Arc<Json>),
}

/// The notes of the module of index `module`.
pub(crate) fn notes(module: u32, parse: &Parse) -> Vec<Note> {
    annotations(parse)
        .filter(|annotation| annotation.scope() != AnnotationScope::Rule || annotation.field("schemas").is_some())
        .map(|annotation| {
            let block = annotation.block();
            let mut from = block.yaml.find("schemas:").unwrap_or(0);
            let entries = annotation.schemas().filter_map(|(path, schema)| {
                let at = Loc { module, span: place(block, path, &mut from) };
                let schema = match schema {
                    serde_yaml::Value::String(name) => Origin::Named(parts(name, "schema")?),
                    other => Origin::Inline(Arc::new(serde_json::to_value(other).ok()?)),
                };
                Some(Entry { at, path: document(path, at)?, schema })
            });
            let target = annotation.target().and_then(|id| parse.tree.node(id)).map(|node| node.span());
            Note { at: Loc { module, span: block.header }, scope: annotation.scope(), target, entries: entries.collect() }
        })
        .collect()
}

/// Where a path stands in the comment, after the one before.
fn place(block: &Metadata, path: &str, from: &mut usize) -> Span {
    let Some(at) = block.yaml.get(*from..).and_then(|rest| rest.find(path)) else { return block.header };
    let start = *from + at;
    *from = start + path.len();
    Span::new(block.outer(start as u32), block.outer(*from as u32))
}

/// `a`, `b` of `schema.a["b"]`, where the first name is `root`.
fn parts(text: &str, root: &str) -> Option<Vec<String>> {
    let mut rest = text.trim().strip_prefix(root)?;
    let mut parts = Vec::new();
    while !rest.is_empty() {
        if let Some(name) = rest.strip_prefix('.') {
            let end = name.find(['.', '[']).unwrap_or(name.len());
            if !is_name(&name[..end]) {
                return None;
            }
            parts.push(name[..end].to_owned());
            rest = &name[end..];
        } else {
            let inner = rest.strip_prefix('[')?.trim_start();
            let mut values = serde_json::Deserializer::from_str(inner).into_iter::<String>();
            parts.push(values.next()?.ok()?);
            rest = inner[values.byte_offset()..].trim_start().strip_prefix(']')?;
        }
    }
    Some(parts)
}

fn document(path: &str, at: Loc) -> Option<Vec<Term>> {
    let (var, names) = parts(path, "input").map(|names| (INPUT, names)).or_else(|| Some((DATA, parts(path, "data")?)))?;
    Some(std::iter::once(Term::var(at, var)).chain(names.into_iter().map(|name| Term::value(at, name))).collect())
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    Package(Vec<Value>),
    /// A package and those below, or a document.
    Below(Vec<Value>),
    Rule(Span),
}

impl Note {
    fn subject(&self, module: &Module) -> Option<Subject> {
        let rule = || {
            let target = self.target?;
            let at = module.rules.partition_point(|rule| rule.at.span.start < target.start);
            module.rules.get(at).filter(|rule| rule.at.span == target)
        };
        Some(match self.scope {
            AnnotationScope::Package => Subject::Package(keys(&module.package)),
            AnnotationScope::Subpackages => Subject::Below(keys(&module.package)),
            AnnotationScope::Document => Subject::Below(rule_keys(keys(&module.package), rule()?)),
            AnnotationScope::Rule => Subject::Rule(rule()?.at.span),
        })
    }
}

/// Packages and documents that two blocks are about; `together` says which modules are loaded with each other.
pub(super) fn redeclared(modules: &[Module], together: &dyn Fn(u32, u32) -> bool) -> Vec<CompileError> {
    let mut first: BTreeMap<Subject, Vec<&Note>> = BTreeMap::new();
    let mut errors = Vec::new();
    for (module, note) in modules.iter().flat_map(|module| module.schemas.iter().map(move |note| (module, note))) {
        let Some(subject) = note.subject(module).filter(|subject| !matches!(subject, Subject::Rule(_))) else { continue };
        let known = first.entry(subject).or_default();
        if let Some(other) = known.iter().find(|other| together(note.at.module, other.at.module)) {
            let (scope, what) = match note.scope {
                AnnotationScope::Document => ("document", "the document"),
                AnnotationScope::Package => ("package", "the package"),
                _ => ("subpackages", "the package and those below"),
            };
            let error = CompileError::types(Class::RedeclaredAnnotation, note.at, format!("{scope} annotation redeclared"));
            let error = error.saying(format!("{what} has annotations of scope `{scope}` already")).label(other.at, "here");
            errors.push(error.help("keep one block, and make the other one of scope `rule`, or part of the first"));
        } else {
            known.push(note);
        }
    }
    errors.iter_mut().for_each(|error| error.stage = Stage::Prints);
    errors
}

/// The notes of all modules by what they are about.
pub(super) struct Notes<'n> {
    schemas: Option<&'n Schemas>,
    /// Of packages and those below, and of documents.
    by_path: BTreeMap<Vec<Value>, (u32, &'n Note)>,
    by_package: BTreeMap<Vec<Value>, (u32, &'n Note)>,
    by_rule: FxHashMap<(u32, Span), Vec<&'n Note>>,
    types: FxHashMap<*const Entry, Result<Type, String>>,
    named: FxHashMap<Vec<String>, Result<Type, String>>,
}

impl<'n> Notes<'n> {
    pub(super) fn new(modules: &'n [Module], schemas: Option<&'n Schemas>) -> Self {
        let mut notes = Self {
            schemas,
            by_path: BTreeMap::new(),
            by_package: BTreeMap::new(),
            by_rule: FxHashMap::default(),
            types: FxHashMap::default(),
            named: FxHashMap::default(),
        };
        for (module, note) in modules.iter().flat_map(|module| module.schemas.iter().map(move |note| (module, note))) {
            if !note.entries.is_empty() {
                let about = (module.index, note);
                match note.subject(module) {
                    Some(Subject::Package(path)) => _ = notes.by_package.entry(path).or_insert(about),
                    Some(Subject::Below(path)) => _ = notes.by_path.entry(path).or_insert(about),
                    Some(Subject::Rule(span)) => notes.by_rule.entry((module.index, span)).or_default().push(note),
                    None => {}
                }
            }
        }
        notes
    }

    /// The type of `input` everywhere.
    pub(super) fn input(&self) -> Option<Type> {
        schema_type(self.schemas?.by_path.get(&Vec::new())?).ok()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_path.is_empty() && self.by_package.is_empty() && self.by_rule.is_empty()
    }

    /// The documents of which schemas say something for a rule; `first` of a chain of branches has notes of its own.
    pub(super) fn layer(
        &mut self,
        module: &Module,
        rule: &Rule,
        is_first: bool,
        sees: &dyn Fn(u32) -> bool,
        env: &Env<'_>,
        errors: &mut Vec<Found>,
    ) -> Option<Tree> {
        let package = keys(&module.package);
        let path = rule_keys(package.clone(), rule);
        let mut notes: Vec<&'n Note> = Vec::new();
        let mut add = |found: Option<&(u32, &'n Note)>| notes.extend(found.filter(|(at, _)| sees(*at)).map(|(_, note)| *note));
        (0..=package.len()).for_each(|length| add(self.by_path.get(&package[..length])));
        add(self.by_package.get(&package));
        add(self.by_path.get(&path));
        if is_first {
            notes.extend(self.by_rule.get(&(module.index, rule.at.span)).into_iter().flatten());
        }
        let mut tree: Option<Tree> = None;
        for entry in notes.into_iter().flat_map(|note| &note.entries) {
            match self.type_of(entry) {
                None => {}
                Some(Ok(ty)) => {
                    let tree = tree.get_or_insert_with(Tree::default);
                    let known = entry.path[0].as_var().and_then(|head| tree.child_var(Tree::ROOT, head)).map(|node| tree.extent(node));
                    let own = known.or_else(|| env.reference(&entry.path[..1]));
                    let rest: Vec<Value> = entry.path[1..].iter().filter_map(Term::constant).collect();
                    match own {
                        Some(own) if !rest.is_empty() => tree.put(&entry.path[..1], replaced(&own, &rest, ty)),
                        _ => tree.put(&entry.path, ty),
                    }
                }
                Some(Err(message)) => errors.push(invalid(entry, rule, message)),
            }
        }
        tree
    }

    fn type_of(&mut self, entry: &'n Entry) -> Option<Result<Type, String>> {
        match &entry.schema {
            Origin::Inline(schema) => Some(self.types.entry(entry).or_insert_with(|| schema_type(schema)).clone()),
            Origin::Named(name) => {
                // without any schemas OPA takes no notice
                let schemas = self.schemas?;
                let known = self.named.entry(name.clone()).or_insert_with(|| match schemas.by_path.get(name) {
                    Some(schema) => schema_type(schema),
                    None => Err(String::new()),
                });
                Some(known.clone())
            }
        }
    }
}

fn invalid(entry: &Entry, rule: &Rule, why: String) -> Found {
    let name = |parts: &[String]| parts.iter().fold("schema".to_owned(), |name, part| format!("{name}.{part}"));
    let (message, help, opa) = match &entry.schema {
        Origin::Named(parts) if why.is_empty() => {
            let name = name(parts);
            (
                format!("there is no schema `{name}`"),
                "schemas are named after their files below the folder of schemas".to_owned(),
                format!("undefined schema: {name}"),
            )
        }
        Origin::Named(parts) => (format!("`{}` is no JSON Schema: {why}", name(parts)), String::new(), why),
        Origin::Inline(_) => (format!("this is no JSON Schema: {why}"), String::new(), why),
    };
    Found { at: entry.at, opa_at: rule.at, class: Class::InvalidSchema, message, help, opa, unknown: false }
}

fn keys(path: &[Term]) -> Vec<Value> {
    path[1..].iter().filter_map(Term::constant).collect()
}

fn rule_keys(mut path: Vec<Value>, rule: &Rule) -> Vec<Value> {
    path.push(rule.name.clone());
    path.extend(rule.reference[1..rule.ground_len()].iter().filter_map(Term::constant));
    path
}

/// `ty` with `new` at a path inside it.
fn replaced(ty: &Type, path: &[Value], new: Type) -> Type {
    let any = || Some((Some(Type::Any), Some(Type::Any)));
    let (fixed, rest) = match ty.unwrapped() {
        Type::Object(object) => (object.fixed.clone(), object.rest.clone()),
        _ => (Vec::new(), any()),
    };
    let Some((first, tail)) = path.split_first() else { return new };
    let first = json_key(first);
    let mut fixed = fixed;
    match fixed.iter_mut().find(|(key, _)| *key == first) {
        Some((_, own)) => {
            *own = Some(match own {
                Some(own) => replaced(own, tail, new),
                None => nested(tail, new, &rest),
            });
        }
        None => fixed.push((first, Some(nested(tail, new, &rest)))),
    }
    Type::object(fixed, rest)
}

/// Objects along a path, open as `rest` says.
fn nested(path: &[Value], new: Type, rest: &Option<(Option<Type>, Option<Type>)>) -> Type {
    path.iter().rev().fold(new, |ty, key| Type::object(vec![(json_key(key), Some(ty))], rest.clone()))
}
