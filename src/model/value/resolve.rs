//! YAML documents → nodes: aliases followed, merge keys merged, scalars typed.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::scalar::{Schema, float_key, typed_plain};
use super::template::Template;
use super::{Entry, Node, Origin, Places, Problem, ProblemKind, Scalar, Value, shortened};
use crate::syntax::yaml::{self, Document, Kind, Style};
use crate::text::{Location, SourceId, Span};

/// So many nodes may come through aliases in one document: a few lines could name billions.
const MAX_ALIASED: usize = 100_000;
/// Collections inside one another, aliases followed.
const MAX_DEPTH: usize = 1_000;
pub(super) const COLLECTION_AS_KEY: &str = "a key must be a string, a number or a boolean";
/// Aliases inside what aliases name.
const MAX_ALIASES: usize = 50;

/// The value of a document as OPA reads it, `None` where it is empty, with what is wrong in it, in text order.
#[must_use]
pub fn from_yaml(source: SourceId, document: &Document) -> (Option<Node>, Vec<Problem>) {
    resolve(source, document, Schema::Opa, None)
}

/// The value of a document, `None` where it is empty, with what is wrong in it, in text order.
pub(super) fn resolve(
    source: SourceId,
    document: &Document,
    schema: Schema,
    template: Option<&Template<'_>>,
) -> (Option<Node>, Vec<Problem>) {
    let Some(root) = &document.root else { return (None, Vec::new()) };
    let mut anchors = FxHashMap::default();
    if document.has_anchors {
        let mut waiting = vec![root];
        while let Some(node) = waiting.pop() {
            if let Some(id) = node.anchor {
                anchors.insert(id, node);
            }
            match &node.kind {
                Kind::List { items, .. } => waiting.extend(items),
                Kind::Map { entries, .. } => waiting.extend(entries.iter().flat_map(|(key, value)| [key, value])),
                _ => {}
            }
        }
    }
    let via = Arc::from([]);
    let mut resolver =
        Resolver { source, schema, template, anchors, active: Vec::new(), aliased: 0, via, depth: 0, key: None, problems: Vec::new() };
    let node = resolver.node(root);
    let mut problems = resolver.problems;
    problems.sort_by_key(|problem| problem.at);
    problems.dedup();
    (Some(node), problems)
}

struct Resolver<'d> {
    source: SourceId,
    schema: Schema,
    template: Option<&'d Template<'d>>,
    anchors: FxHashMap<u32, &'d yaml::Node>,
    /// The anchors whose aliases are being followed.
    active: Vec<u32>,
    aliased: usize,
    via: Arc<[Location]>,
    depth: usize,
    /// Where the key ends whose value is next.
    key: Option<u32>,
    problems: Vec<Problem>,
}

impl<'d> Resolver<'d> {
    fn problem(&mut self, kind: ProblemKind, at: Span, first: Option<Span>, message: impl Into<String>) {
        // what lies behind an alias is reported where it is written, once
        if self.active.is_empty() {
            self.problems.push(Problem { kind, at, message: message.into(), first });
        }
    }

    fn origin(&self, span: Span) -> Origin {
        Origin { at: Location { source: self.source, span }, via: self.via.clone() }
    }

    fn scalar_node(&self, scalar: Scalar, span: Span) -> Node {
        Node { value: Value::Scalar(scalar), origin: self.origin(span) }
    }

    fn node(&mut self, node: &'d yaml::Node) -> Node {
        if !self.active.is_empty() {
            self.aliased += 1;
        }
        if self.depth >= MAX_DEPTH {
            return self.unknown(node.span, "nested too deeply");
        }
        if self.aliased > MAX_ALIASED && !self.active.is_empty() {
            return self.unknown(node.span, "too many nodes through aliases");
        }
        match &node.kind {
            Kind::Scalar { text, style } => {
                if let Some(written) = self.template.and_then(|template| template.touches(node.span, *style, text, self.key.take())) {
                    return self.scalar_node(Scalar::Unknown(written.into()), node.span);
                }
                self.scalar(node, text, *style)
            }
            Kind::Missing => self.scalar_node(Scalar::Unknown("cut off by a syntax error".into()), node.span),
            Kind::Alias(id) => self.follow(node, *id, |this, target| this.node(target)),
            Kind::List { items, .. } => {
                self.key = None;
                self.depth += 1;
                let items = items.iter().map(|item| self.node(item)).collect();
                self.depth -= 1;
                Node { value: Value::List(items), origin: self.origin(node.span) }
            }
            Kind::Map { entries, .. } => {
                self.key = None;
                self.depth += 1;
                let map = self.map(entries);
                self.depth -= 1;
                Node { value: Value::Map(map), origin: self.origin(node.span) }
            }
        }
    }

    /// A place whose value is not to be had; told once a document, for one cause has thousands of places.
    fn unknown(&mut self, span: Span, reason: &str) -> Node {
        let at = self.via.first().map_or(span, |location| location.span);
        if !self.problems.iter().any(|problem| problem.message == reason) {
            self.problems.push(Problem { kind: ProblemKind::Value, at, message: reason.to_owned(), first: None });
        }
        self.scalar_node(Scalar::Unknown(reason.into()), span)
    }

    /// What `then` makes of the node that the alias `at` names.
    fn follow(&mut self, at: &yaml::Node, id: Option<u32>, then: impl FnOnce(&mut Self, &'d yaml::Node) -> Node) -> Node {
        let Some((id, target)) = id.and_then(|id| Some((id, *self.anchors.get(&id)?))) else {
            // the reader has said so
            return self.scalar_node(Scalar::Unknown("an alias without its anchor".into()), at.span);
        };
        if self.active.contains(&id) || target.span.covers(at.span) {
            return self.unknown(at.span, "an alias inside the node that it names");
        }
        if self.active.len() >= MAX_ALIASES {
            return self.unknown(at.span, "aliases inside aliases, too many levels");
        }
        let outer = self.via.clone();
        let mut via = outer.to_vec();
        via.push(Location { source: self.source, span: at.span });
        self.via = via.into();
        self.active.push(id);
        let node = then(self, target);
        self.active.pop();
        self.via = outer;
        node
    }

    fn map(&mut self, entries: &'d [(yaml::Node, yaml::Node)]) -> Vec<Entry> {
        let mut out: Vec<Entry> = Vec::with_capacity(entries.len());
        let mut places = Places::default();
        let mut merges = Vec::new();
        let mut merged_from: Vec<Span> = Vec::new();
        for (key, value) in entries {
            if is_merge(key) {
                merged_from.push(value.span);
                if self.schema == Schema::Kubernetes {
                    let merged = self.node(value);
                    let (mut entries, mut new) = (Vec::new(), Places::default());
                    self.merge(merged, value.span, true, &mut entries, &mut new);
                    for entry in entries {
                        // the keys before it are overridden
                        match places.find(&out, &entry.key) {
                            Some(place) => out[place] = entry,
                            None => places.push(&mut out, entry),
                        }
                    }
                } else {
                    merges.push(value);
                }
                continue;
            }
            let Some((text, origin)) = self.key(key) else {
                // for the problems inside
                self.node(value);
                continue;
            };
            self.key = Some(key.span.end);
            let value = self.node(value);
            if let Some(place) = places.find(&out, &text) {
                let first = &out[place].origin;
                if self.template.is_some() {
                    // the branches of an `if`
                    let known = &mut out[place];
                    if known.value.is_same_value(&value) {
                        continue;
                    }
                    if let Some(is_first) = narrower(&text, &known.value, &value) {
                        if !is_first {
                            *known = Entry { key: text, origin, value };
                        }
                        continue;
                    }
                    let why = Scalar::Unknown("which of several values is up to the template".into());
                    out[place].value = self.scalar_node(why, value.origin.at.span);
                    continue;
                }
                // a key that a merge brought is not written twice
                let is_merged = merged_from.iter().any(|from| from.covers(first.at.span));
                if first.via.len() == origin.via.len() && !is_merged {
                    let message = format!("the key `{}` stands twice in this map", shortened(&text));
                    let first = first.at.span;
                    self.problem(ProblemKind::DuplicateKey, origin.at.span, Some(first), message);
                }
                out[place] = Entry { key: text, origin, value };
            } else {
                places.push(&mut out, Entry { key: text, origin, value });
            }
        }
        for value in merges {
            let merged = self.node(value);
            self.merge(merged, value.span, true, &mut out, &mut places);
        }
        out
    }

    /// Adds the entries of a merged map, or of a list of such, whose keys are not there yet.
    fn merge(&mut self, merged: Node, at: Span, lists: bool, out: &mut Vec<Entry>, places: &mut Places) {
        match merged.value {
            Value::Map(entries) => {
                for entry in entries {
                    if places.find(out, &entry.key).is_none() {
                        places.push(out, entry);
                    }
                }
            }
            Value::List(items) if lists => {
                for item in items {
                    self.merge(item, at, false, out, places);
                }
            }
            Value::Scalar(Scalar::Unknown(_)) => {}
            _ => self.problem(ProblemKind::Value, at, None, "`<<` merges a map or a list of maps"),
        }
    }

    fn key(&mut self, key: &'d yaml::Node) -> Option<(Arc<str>, Origin)> {
        let node = match &key.kind {
            Kind::List { .. } | Kind::Map { .. } => None,
            _ => Some(self.node(key)),
        };
        let message = match node {
            Some(Node { value: Value::Scalar(scalar), .. }) => match scalar {
                Scalar::String(text) => return Some((text, self.origin(key.span))),
                Scalar::Bool(value) => return Some((if value { "true" } else { "false" }.into(), self.origin(key.span))),
                Scalar::Number(text) => {
                    let text = if text.bytes().all(|b| b.is_ascii_digit() || b == b'-') && text.parse::<i128>().is_ok_and(is_integer) {
                        text
                    } else {
                        float_key(&text).into()
                    };
                    return Some((text, self.origin(key.span)));
                }
                Scalar::Null => "`null` cannot be a key",
                Scalar::Unknown(_) => return None,
            },
            _ => COLLECTION_AS_KEY,
        };
        self.problem(ProblemKind::Value, key.span, None, message);
        None
    }

    fn scalar(&mut self, node: &yaml::Node, text: &Arc<str>, style: Style) -> Node {
        match typed(node.tag.as_deref(), text, style, self.schema) {
            Ok(scalar) => self.scalar_node(scalar, node.span),
            Err(message) => {
                self.problem(ProblemKind::Value, node.span, None, message.clone());
                self.scalar_node(Scalar::Unknown(message.into()), node.span)
            }
        }
    }
}

/// Whether go-yaml reads the number as an integer, not as a float.
fn is_integer(value: i128) -> bool {
    i64::try_from(value).is_ok() || u64::try_from(value).is_ok()
}

fn is_merge(key: &yaml::Node) -> bool {
    match &key.kind {
        Kind::Scalar { text, style } => match key.tag.as_deref() {
            None => *style == Style::Plain && &**text == "<<",
            Some(tag) => tag == "tag:yaml.org,2002:merge",
        },
        _ => false,
    }
}

/// A scalar as its tag and style have it.
fn typed(tag: Option<&str>, text: &Arc<str>, style: Style, schema: Schema) -> Result<Scalar, String> {
    let core = match tag {
        None if style == Style::Plain => return typed_plain(text, schema),
        Some("!") if style == Style::Plain && schema == Schema::Opa => return typed_plain(text, schema),
        None | Some("!") => return Ok(Scalar::String(text.clone())),
        Some(tag) => tag.strip_prefix("tag:yaml.org,2002:"),
    };
    let fitting = |fits: fn(&Scalar) -> bool, name: &str| {
        typed_plain(text, schema).ok().filter(fits).ok_or_else(|| format!("`{}` is no value of the type `!!{name}`", shortened(text)))
    };
    match core {
        Some("null") => fitting(|scalar| *scalar == Scalar::Null, "null"),
        Some("bool") => fitting(|scalar| matches!(scalar, Scalar::Bool(_)), "bool"),
        Some("float") => fitting(|scalar| matches!(scalar, Scalar::Number(_)), "float"),
        Some("int") => fitting(|scalar| matches!(scalar, Scalar::Number(text) if !text.contains(['.', 'e', 'E'])), "int"),
        Some("binary") => match (binary(text)?, schema) {
            (Ok(text), _) => Ok(Scalar::String(text.into())),
            (Err(bytes), Schema::Kubernetes) => Ok(Scalar::String(String::from_utf8_lossy(&bytes).into())),
            (Err(_), Schema::Opa) => Err("`!!binary` whose bytes are no UTF-8 text".to_owned()),
        },
        _ => Ok(Scalar::String(text.clone())),
    }
}

/// `!!binary`: base 64, blanks ignored. The bytes where they are no text.
fn binary(text: &str) -> Result<Result<String, Vec<u8>>, String> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    let digits = text.trim_end().trim_end_matches('=');
    for c in digits.bytes().filter(|c| !c.is_ascii_whitespace()) {
        let digit = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return Err("`!!binary` with a character that base 64 lacks".to_owned()),
        };
        bits = bits << 6 | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).unwrap_or(0));
        }
    }
    Ok(String::from_utf8(bytes).map_err(std::string::FromUtf8Error::into_bytes))
}

/// Of two kinds that the branches of a template give one object, whether the first is the one that less is said of: the kinds share
/// their fields, and what holds of the narrower one holds of the other. `None` for other keys and kinds.
fn narrower(key: &str, first: &Node, second: &Node) -> Option<bool> {
    if key != "kind" {
        return None;
    }
    let (first, second) = (first.as_str()?, second.as_str()?);
    let rank = |kind: &str| ["DaemonSet", "StatefulSet", "Deployment", "ReplicaSet"].iter().position(|known| *known == kind);
    if let (Some(first), Some(second)) = (rank(first), rank(second)) {
        return Some(first < second);
    }
    match (first.strip_prefix("Cluster"), second.strip_prefix("Cluster")) {
        (None, Some(wide)) if wide == first => Some(true),
        (Some(wide), None) if wide == second => Some(false),
        _ => None,
    }
}
