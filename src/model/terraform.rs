//! Terraform's files with what they say of their own variables filled in: defaults, arguments of calls of local modules, locals;
//! without what is made no times, and with dynamic blocks written out. What is not understood stays an expression.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::document::{Document, DocumentKind};
use super::value::{Entry, Node, Origin, Scalar, Value};
use crate::text::{Location, SourceId, SourceMap, Span};

/// References followed inside one another.
const MAX_DEPTH: usize = 8;
/// Levels of nested values that are filled in.
const MAX_LEVELS: usize = 48;
/// So often is a dynamic block, or a resource in a loop, written out.
const MAX_TIMES: usize = 32;
/// The longest expression that is looked at.
const MAX_TEXT: usize = 2_048;
/// So many nodes are made for one file at most.
const MAX_NODES: usize = 200_000;

/// What Terraform's files declare once they are filled in.
#[derive(Debug, Default)]
pub struct Plans {
    pub documents: Vec<Document>,
    /// Blocks that may be made no times at all, where that cannot be told.
    pub undecided: Vec<Location>,
}

/// What a folder's files, a module, say of names.
#[derive(Default)]
struct Module<'a> {
    /// The default of each variable, where it has one.
    variables: BTreeMap<&'a str, Option<&'a Node>>,
    sensitive: BTreeSet<&'a str>,
    locals: BTreeMap<&'a str, &'a Node>,
    /// The arguments of its calls, with the folders of the callers.
    calls: Vec<(String, &'a Node)>,
    /// Files of values lie beside it, which are not read.
    has_values: bool,
}

struct Planner<'a> {
    modules: BTreeMap<String, Module<'a>>,
    undecided: Vec<Location>,
    made: usize,
}

/// What names mean inside of a block: `each`, the iterator of a dynamic block.
type Bound<'b> = Vec<(String, &'b Node, &'b Node)>;

/// Reads what `documents` say; `values` are the paths of files of variables (`.tfvars`).
#[must_use]
pub fn plans(sources: &SourceMap, documents: &[Document], values: &[&str]) -> Plans {
    let own = || documents.iter().filter(|document| document.kind == DocumentKind::Terraform);
    let folder = |document: &Document| folder_of(&sources.get(sources.outermost(document.source)).path);
    let mut modules: BTreeMap<String, Module<'_>> = BTreeMap::new();
    for document in own() {
        let module = modules.entry(folder(document)).or_default();
        for (name, body) in labelled(&document.root, "variable") {
            module.variables.insert(name, body.get("default"));
            if body.get("sensitive").and_then(Node::as_bool) == Some(true) {
                module.sensitive.insert(name);
            }
        }
        for entry in document.root.blocks("locals").flat_map(Node::entries) {
            module.locals.insert(&entry.key, &entry.value);
        }
    }
    for path in values {
        if let Some(module) = modules.get_mut(&folder_of(path)) {
            module.has_values = true;
        }
    }
    for document in own() {
        let caller = folder(document);
        for (_, body) in labelled(&document.root, "module") {
            let source = body.get("source").and_then(Node::as_str).filter(|source| source.starts_with("./") || source.starts_with("../"));
            let called = source.and_then(|source| joined(&caller, source));
            if let Some(module) = called.and_then(|called| modules.get_mut(&called)) {
                module.calls.push((caller.clone(), body));
            }
        }
    }
    let mut planner = Planner { modules, undecided: Vec::new(), made: 0 };
    let mut out = Vec::new();
    for document in own() {
        planner.made = 0;
        let root = planner.root(&folder(document), &document.root);
        out.push(Document { root: Arc::new(root), ..document.clone() });
    }
    planner.undecided.sort();
    planner.undecided.dedup();
    Plans { documents: out, undecided: planner.undecided }
}

fn folder_of(path: &str) -> String {
    path.rsplit_once('/').map_or("", |(folder, _)| folder).trim_start_matches("./").to_owned()
}

/// A path from a folder; `None` for one that leaves the run's.
fn joined(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        match part {
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The blocks of a type with one label.
fn labelled<'n>(root: &'n Node, key: &'n str) -> impl Iterator<Item = (&'n str, &'n Node)> {
    let entries = root.blocks(key).flat_map(Node::entries);
    entries.flat_map(|entry| entry.value.bodies().iter().map(|body| (&*entry.key, body)))
}

/// Whether a name is one of credentials, whose values others follow to where they stand.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "passwd", "secret", "token", "credential", "_key", "apikey", "api_key"].iter().any(|word| name.contains(word))
}

impl Planner<'_> {
    /// A file, with its resources as often as they are made.
    fn root(&mut self, folder: &str, root: &Node) -> Node {
        let mut out = root.clone();
        let Value::Map(entries) = &mut out.value else { return out };
        for entry in entries.iter_mut() {
            match &*entry.key {
                "resource" | "data" => self.labels(folder, &mut entry.value, 2),
                "module" => self.labels(folder, &mut entry.value, 1),
                "locals" | "variable" | "provider" | "terraform" => {}
                _ => entry.value = self.fill(folder, &entry.value, &Vec::new(), 0),
            }
        }
        out
    }

    /// Blocks below `left` labels.
    fn labels(&mut self, folder: &str, node: &mut Node, left: usize) {
        if let Value::List(items) = &mut node.value
            && left > 0
        {
            items.iter_mut().for_each(|item| self.labels(folder, item, left));
            return;
        }
        let Value::Map(entries) = &mut node.value else { return };
        for entry in entries.iter_mut() {
            if left > 1 {
                self.labels(folder, &mut entry.value, left - 1);
                continue;
            }
            let made: Vec<Node> = entry.value.bodies().iter().flat_map(|body| self.times(folder, body)).collect();
            entry.value = Node { value: Value::List(made), origin: entry.value.origin.clone() };
        }
        entries.retain(|entry| left > 1 || !entry.value.items().is_empty());
    }

    /// A resource as often as it is made; once where that cannot be told.
    fn times(&mut self, folder: &str, body: &Node) -> Vec<Node> {
        let none = Vec::new();
        if let Some(count) = body.get("count") {
            match self.known(folder, count, &none, 0) {
                Some(Node { value: Value::Scalar(Scalar::Number(text)), .. }) if text.trim() == "0" => return Vec::new(),
                Some(Node { value: Value::Scalar(Scalar::Bool(false)), .. }) => return Vec::new(),
                Some(_) => {}
                None if may_be_zero(count) => self.undecided.push(body.origin.at),
                None => {}
            }
        }
        if let Some(looped) = body.get("for_each") {
            match self.known(folder, looped, &none, 0).map(|node| elements(&node)) {
                Some(Some(all)) if all.len() <= MAX_TIMES => {
                    let of = |(key, value): &(Node, Node)| {
                        let bound = vec![("each".to_owned(), key, value)];
                        self.fill(folder, body, &bound, 0)
                    };
                    return all.iter().map(of).collect();
                }
                _ if may_be_zero(looped) => self.undecided.push(body.origin.at),
                _ => {}
            }
        }
        vec![self.fill(folder, body, &none, 0)]
    }

    /// A value with its expressions filled in.
    fn fill(&mut self, folder: &str, node: &Node, bound: &Bound<'_>, level: usize) -> Node {
        self.made += 1;
        if level > MAX_LEVELS || self.made > MAX_NODES {
            return node.clone();
        }
        let value = match &node.value {
            Value::Map(entries) => {
                let mut out: Vec<Entry> = Vec::with_capacity(entries.len());
                for entry in entries.iter().filter(|entry| &*entry.key != "dynamic") {
                    let secret = is_secret(&entry.key) && entry.value.unknown().is_some();
                    let value = if secret { entry.value.clone() } else { self.fill(folder, &entry.value, bound, level + 1) };
                    out.push(Entry { value, ..entry.clone() });
                }
                for entry in node.blocks("dynamic").flat_map(Node::entries) {
                    for body in entry.value.bodies() {
                        let made = self.dynamic(folder, &entry.key, body, bound, level);
                        match out.iter_mut().find(|known| known.key == entry.key) {
                            Some(Entry { value: Node { value: Value::List(items), .. }, .. }) => items.extend(made),
                            Some(_) => {}
                            None if made.is_empty() => {}
                            None => {
                                out.push(Entry { value: Node { value: Value::List(made), origin: body.origin.clone() }, ..entry.clone() })
                            }
                        }
                    }
                }
                Value::Map(out)
            }
            Value::List(items) => Value::List(items.iter().map(|item| self.fill(folder, item, bound, level + 1)).collect()),
            Value::Scalar(Scalar::Unknown(text)) if !is_secret(text) => match self.evaluate(folder, text, bound, 0) {
                // what is said of it is said where it is used
                Some(found) => placed(&found, &node.origin, 0).value,
                None => node.value.clone(),
            },
            Value::Scalar(_) => node.value.clone(),
        };
        Node { value, origin: node.origin.clone() }
    }

    /// A dynamic block, written out; once where it cannot be told how often it is made.
    fn dynamic(&mut self, folder: &str, label: &str, body: &Node, bound: &Bound<'_>, level: usize) -> Vec<Node> {
        let name = body.get("iterator").and_then(|node| node.as_str().or_else(|| node.unknown())).unwrap_or(label).to_owned();
        let contents: Vec<&Node> = body.blocks("content").collect();
        let all = body.get("for_each").and_then(|node| self.known(folder, node, bound, 0)).and_then(|node| elements(&node));
        let mut out = Vec::new();
        match all.filter(|all| all.len() <= MAX_TIMES) {
            Some(all) => {
                for (key, value) in &all {
                    let mut inner = bound.clone();
                    inner.push((name.clone(), key, value));
                    out.extend(contents.iter().map(|content| self.fill(folder, content, &inner, level + 1)));
                }
            }
            None => {
                self.undecided.push(body.origin.at);
                out.extend(contents.iter().map(|content| self.fill(folder, content, bound, level + 1)));
            }
        }
        out
    }

    /// What a value is, where it is written or can be evaluated.
    fn known(&self, folder: &str, node: &Node, bound: &Bound<'_>, depth: usize) -> Option<Node> {
        match &node.value {
            Value::Scalar(Scalar::Unknown(text)) => self.evaluate(folder, text, bound, depth),
            _ => Some(node.clone()),
        }
    }

    /// What an expression gives.
    fn evaluate(&self, folder: &str, text: &str, bound: &Bound<'_>, depth: usize) -> Option<Node> {
        let text = text.trim();
        if depth > MAX_DEPTH || text.len() > MAX_TEXT {
            return None;
        }
        let again = |text: &str| self.evaluate(folder, text, bound, depth + 1);
        let truth = |text: &str| again(text).and_then(|node| node.as_bool());
        let origin = Origin { at: Location { source: SourceId(0), span: Span::new(0, 0) }, via: Arc::default() };
        let scalar = |scalar: Scalar| Some(Node { value: Value::Scalar(scalar), origin: origin.clone() });
        if let Some(inner) = whole(text, '(', ')') {
            return again(inner);
        }
        if let Some((condition, rest)) = split(text, "?") {
            let (yes, no) = split(rest, ":")?;
            return again(if truth(condition)? { yes } else { no });
        }
        for (operator, or) in [("||", true), ("&&", false)] {
            if let Some((one, two)) = split(text, operator) {
                return match (truth(one), truth(two)) {
                    (Some(one), Some(two)) => scalar(Scalar::Bool(if or { one || two } else { one && two })),
                    (Some(one), _) | (_, Some(one)) if one == or => scalar(Scalar::Bool(or)),
                    _ => None,
                };
            }
        }
        for (operator, same) in [("==", true), ("!=", false)] {
            if let Some((one, two)) = split(text, operator) {
                let (one, two) = (again(one)?, again(two)?);
                let (Value::Scalar(one), Value::Scalar(two)) = (&one.value, &two.value) else { return None };
                return scalar(Scalar::Bool((one == two) == same));
            }
        }
        if let Some((one, two)) = split(text, ">") {
            let number = |text: &str| match again(text)?.value {
                Value::Scalar(Scalar::Number(text)) => text.parse::<f64>().ok(),
                _ => None,
            };
            return scalar(Scalar::Bool(number(one)? > number(two)?));
        }
        if let Some(rest) = text.strip_prefix('!') {
            return scalar(Scalar::Bool(!truth(rest)?));
        }
        match text {
            "true" | "false" => return scalar(Scalar::Bool(text == "true")),
            "null" => return scalar(Scalar::Null),
            "[]" => return Some(Node { value: Value::List(Vec::new()), origin }),
            "{}" => return Some(Node { value: Value::Map(Vec::new()), origin }),
            _ => {}
        }
        if text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() {
            return scalar(Scalar::Number(text.into()));
        }
        if let Some(inner) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            // `"${var.x}"` is `var.x`
            if let Some(reference) = inner.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).filter(|own| !own.contains("${")) {
                return again(reference);
            }
            return (!inner.contains(['"', '$', '%', '\\'])).then(|| scalar(Scalar::String(inner.into())))?;
        }
        for call in ["toset", "tolist", "tobool", "tonumber", "tostring", "length"] {
            let Some(inner) = text.strip_prefix(call).and_then(|rest| whole(rest.trim_start(), '(', ')')) else { continue };
            let list = whole(inner.trim(), '[', ']').and_then(|items| {
                let items: Option<Vec<Node>> = items.split(',').map(str::trim).filter(|item| !item.is_empty()).map(again).collect();
                Some(Node { value: Value::List(items?), origin: origin.clone() })
            });
            let found = list.or_else(|| again(inner))?;
            return if call == "length" { scalar(Scalar::Number(elements(&found)?.len().to_string().into())) } else { Some(found) };
        }
        self.reference(folder, text, bound, depth)
    }

    /// `var.a`, `local.a.b`, `each.value["c"]`.
    fn reference(&self, folder: &str, text: &str, bound: &Bound<'_>, depth: usize) -> Option<Node> {
        let text = text.replace("[\"", ".").replace("\"]", "").replace('[', ".").replace(']', "");
        let mut parts = text.split('.');
        let (first, name) = (parts.next()?, parts.next()?);
        let is_word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        if !is_word(first) || !is_word(name) {
            return None;
        }
        let mut node = match first {
            "var" => self.variable(folder, name, depth)?,
            "local" => self.known(folder, self.modules.get(folder)?.locals.get(name)?, &Vec::new(), depth + 1)?,
            _ => {
                let (_, key, value) = bound.iter().rev().find(|(own, ..)| own == first)?;
                match name {
                    "value" => (*value).clone(),
                    "key" => (*key).clone(),
                    _ => return None,
                }
            }
        };
        for part in parts {
            if !is_word(part) {
                return None;
            }
            let inner = match part.parse::<usize>() {
                Ok(at) => node.items().get(at)?.clone(),
                Err(_) => node.get(part)?.clone(),
            };
            node = self.known(folder, &inner, bound, depth + 1)?;
        }
        // what still holds expressions is of no use to whoever asks, and nor is nothing at all
        (!node.is_null() && node.unknown().is_none()).then_some(node)
    }

    /// A variable: what every call of the module passes, else its default; `None` where files of values, or people, decide.
    fn variable(&self, folder: &str, name: &str, depth: usize) -> Option<Node> {
        let module = self.modules.get(folder)?;
        let default = module.variables.get(name)?;
        if module.sensitive.contains(name) || is_secret(name) || module.has_values || depth > MAX_DEPTH {
            return None;
        }
        let own = |(caller, body): &(String, &Node)| match body.get(name) {
            Some(passed) => self.known(caller, passed, &Vec::new(), depth + 1),
            None => default.cloned(),
        };
        let Some((first, others)) = module.calls.split_first() else { return default.cloned() };
        let first = own(first)?;
        others.iter().all(|call| own(call).is_some_and(|other| same(&other, &first, 0))).then_some(first)
    }
}

/// A value as if all of it stood at one place.
fn placed(node: &Node, at: &Origin, level: usize) -> Node {
    let value = match &node.value {
        _ if level > MAX_LEVELS => Value::Scalar(Scalar::Null),
        Value::Map(entries) => {
            let entry = |entry: &Entry| Entry { key: entry.key.clone(), origin: at.clone(), value: placed(&entry.value, at, level + 1) };
            Value::Map(entries.iter().map(entry).collect())
        }
        Value::List(items) => Value::List(items.iter().map(|item| placed(item, at, level + 1)).collect()),
        Value::Scalar(scalar) => Value::Scalar(scalar.clone()),
    };
    Node { value, origin: at.clone() }
}

/// Whether two values are the same, wherever they stand.
fn same(one: &Node, two: &Node, level: usize) -> bool {
    match (&one.value, &two.value) {
        _ if level > MAX_LEVELS => false,
        (Value::Map(one), Value::Map(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(a, b)| a.key == b.key && same(&a.value, &b.value, level + 1))
        }
        (Value::List(one), Value::List(two)) => one.len() == two.len() && one.iter().zip(two).all(|(a, b)| same(a, b, level + 1)),
        (Value::Scalar(one), Value::Scalar(two)) => one == two && !matches!(one, Scalar::Unknown(_)),
        _ => false,
    }
}

/// Whether an expression may give nothing: one that chooses, or filters.
fn may_be_zero(node: &Node) -> bool {
    node.unknown().is_some_and(|text| text.contains('?') || text.contains(" if "))
}

/// The keys and values that a loop goes over.
fn elements(node: &Node) -> Option<Vec<(Node, Node)>> {
    match &node.value {
        Value::Map(entries) => {
            let key = |entry: &Entry| Node { value: Value::Scalar(Scalar::String(entry.key.clone())), origin: entry.origin.clone() };
            Some(entries.iter().map(|entry| (key(entry), entry.value.clone())).collect())
        }
        Value::List(items) => Some(items.iter().map(|item| (item.clone(), item.clone())).collect()),
        Value::Scalar(_) => None,
    }
}

/// The inside of a text that one pair of brackets holds whole.
fn whole(text: &str, open: char, close: char) -> Option<&str> {
    let inner = text.trim().strip_prefix(open)?.strip_suffix(close)?;
    let mut depth = 0i32;
    for c in inner.chars() {
        depth += i32::from(c == open) - i32::from(c == close);
        if depth < 0 {
            return None;
        }
    }
    (depth == 0).then_some(inner)
}

/// The parts of a text around an operator outside of quotes and brackets.
fn split<'t>(text: &'t str, operator: &str) -> Option<(&'t str, &'t str)> {
    let (mut depth, mut quoted, mut escaped) = (0i32, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ if depth == 0 && text[at..].starts_with(operator) => {
                // `>` of `=>` and `>=`, `:` of `::`
                let longer = operator == ">" && (text[at + 1..].starts_with('=') || text[..at].ends_with(['=', '-']));
                if !longer {
                    return Some((text[..at].trim(), text[at + operator.len()..].trim()));
                }
            }
            _ => {}
        }
    }
    None
}
