//! Charts that helm did not render: their values, and objects with the simple templates filled in.
//!
//! What is not understood stays unknown. Nothing here is a Go template engine: conditions, `with` and the usual calls over `.Values`
//! are evaluated, everything else is left as it was.

mod expression;
mod helper;
mod template;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::k8s::Object;
use crate::model::value::{Entry, Format, Node, Origin, Scalar, Value};
use crate::text::{Location, SourceId, Span};

use expression::Call;
pub(super) use template::Template;

/// The levels of nested values that are merged and filled in.
const MAX_DEPTH: usize = 64;

/// What a chart is installed with.
#[derive(Clone, Debug)]
pub(super) struct Release {
    /// The chart's name: also the release's, since no file states that.
    pub(super) name: String,
    pub(super) namespace: Option<String>,
    pub(super) values: Node,
    /// The chart's named templates.
    pub(super) helpers: Arc<Helpers>,
    /// What they make with these values; `None` for one that is being made, or is not understood.
    made: RefCell<BTreeMap<String, Option<String>>>,
}

/// The bodies of a chart's named templates.
pub(super) type Helpers = BTreeMap<String, String>;

/// So many helpers deep is a name made.
const MAX_HELPERS: usize = 16;

impl Release {
    /// A chart with its values, the later ones over the earlier ones.
    #[must_use]
    pub(super) fn new(name: String, namespace: Option<String>, values: &[&Node], helpers: Arc<Helpers>) -> Self {
        let origin = Origin { at: Location { source: SourceId(0), span: Span::new(0, 0) }, via: Arc::default() };
        let mut all = Node { value: Value::Map(Vec::new()), origin };
        values.iter().for_each(|values| merge(&mut all, values, 0));
        Self { name, namespace, values: all, helpers, made: RefCell::default() }
    }

    /// What a named template makes of the chart's own values; `None` where the template is not known, or not understood.
    fn helper(&self, template: &Template<'_>, name: &str, depth: usize) -> Option<String> {
        if let Some(known) = self.made.borrow().get(name) {
            return known.clone();
        }
        let body = self.helpers.get(name).filter(|_| depth < MAX_HELPERS)?;
        // one that asks for itself gets nothing
        self.made.borrow_mut().insert(name.to_owned(), None);
        let made = helper::render(template, body, depth + 1);
        self.made.borrow_mut().insert(name.to_owned(), made.clone());
        made
    }

    /// The object as the chart makes it with these values, by its file's template and text; `None` where its conditions are surely not met.
    #[must_use]
    pub(super) fn object(&self, template: &Template<'_>, text: &str, object: &Object) -> Option<Object> {
        let at = object.kind_at().at.span.start;
        if template.is_off(at) {
            return None;
        }
        if !template.has_actions() {
            return Some(object.clone());
        }
        let root = self.fill(template, text, &object.root, object.source, 0);
        let partial = object.partial && !(has_known_keys(&root, 0) && template.is_told(&object.root, text));
        let filled = Object::new(Arc::new(root), partial, object.document)?;
        Some(Object { scope: object.scope, source: object.source, ..filled })
    }

    /// A value with its actions filled in, and without the entries and items that conditions leave out.
    fn fill(&self, template: &Template<'_>, text: &str, node: &Node, source: SourceId, depth: usize) -> Node {
        let here = |origin: &Origin| origin.at.source == source;
        let is_on = |origin: &Origin| !here(origin) || !template.is_off(origin.at.span.start);
        if depth > MAX_DEPTH {
            return node.clone();
        }
        let value = match &node.value {
            Value::Map(entries) => {
                let mut out: Vec<Entry> = Vec::with_capacity(entries.len());
                for entry in entries {
                    // a key that stands in several branches: the one that is taken says its value
                    if let Value::Scalar(Scalar::Unknown(why)) = &entry.value.value
                        && !why.contains("{{")
                        && here(&entry.origin)
                        && let Some(value) = self.taken(template, text, entry, source)
                    {
                        out.push(Entry { key: entry.key.clone(), origin: value.origin.clone(), value });
                        continue;
                    }
                    if !is_on(&entry.origin) {
                        continue;
                    }
                    let key: Arc<str> = match entry.key.contains("{{") {
                        true => self.text(template, &entry.key, entry.origin.at.span.start).map_or_else(|| entry.key.clone(), Into::into),
                        false => entry.key.clone(),
                    };
                    if entry.value.is_null()
                        && here(&entry.origin)
                        && let Some((action, at)) = template.below(text, entry.origin.at.span.end)
                    {
                        // the action is all of the value
                        let place = Origin { at: Location { source, span: Span::new(at, at) }, via: Arc::clone(&entry.origin.via) };
                        let written = Node { value: Value::Scalar(Scalar::Unknown(action.into())), origin: place };
                        let value = Node { value: self.scalar(template, &written, action).value, origin: entry.origin.clone() };
                        out.push(Entry { key, origin: entry.origin.clone(), value });
                        continue;
                    }
                    out.push(Entry {
                        key,
                        origin: entry.origin.clone(),
                        value: self.fill(template, text, &entry.value, source, depth + 1),
                    });
                }
                Value::Map(out)
            }
            Value::List(items) => {
                let on = items.iter().filter(|item| is_on(&item.origin));
                Value::List(on.map(|item| self.fill(template, text, item, source, depth + 1)).collect())
            }
            Value::Scalar(Scalar::Unknown(written)) if written.contains("{{") && here(&node.origin) => {
                return self.scalar(template, node, written);
            }
            Value::Scalar(scalar) => Value::Scalar(scalar.clone()),
        };
        Node { value, origin: node.origin.clone() }
    }

    /// The value of a key that stands in two branches, of which one is surely taken and the other surely not; `None` for a value that
    /// does not stand beside its key.
    fn taken(&self, template: &Template<'_>, text: &str, entry: &Entry, source: SourceId) -> Option<Node> {
        let (key, last) = (entry.origin.at.span.end, entry.value.origin.at.span.start);
        let colon = text.get(key as usize..)?.find(':')?;
        let first = key + u32::try_from(colon).ok()? + 1;
        let places = [first, last];
        let at = places.iter().position(|at| template.is_on(*at)).filter(|own| template.is_off(places[1 - own]))?;
        let written = text.get(places[at] as usize..)?.lines().next()?.trim();
        let filled = self.text(template, &template.live(written, places[at]), places[at])?;
        let read = crate::model::value::read(source, filled.trim(), Format::Yaml);
        let root = read.documents.into_iter().next().and_then(|document| document.root).filter(|root| !root.is_null())?;
        let span = Span::new(places[at], places[at]);
        Some(placed(&root, &Origin { at: Location { source, span }, via: Arc::clone(&entry.origin.via) }, 0))
    }

    /// A scalar that is a template.
    fn scalar(&self, template: &Template<'_>, node: &Node, written: &str) -> Node {
        let at = node.origin.at.span.start;
        let made = |value: Value| Node { value, origin: node.origin.clone() };
        // one action that gives a whole value: `{{- toYaml .Values.env | nindent 12 }}`
        let live = template.live(written, at);
        if let Some(inner) = template::single_action(&live)
            && let Some(Call::Node(value)) = template.evaluate(inner, at)
        {
            return Node { value: value.value.clone(), origin: node.origin.clone() };
        }
        match self.text(template, &live, at) {
            // `{{- include "shop.labels" . | nindent 4 }}`
            Some(text) if template::single_action(&live).is_some_and(|inner| inner.contains("include ")) && text.contains(": ") => {
                let read = crate::model::value::read(node.origin.at.source, &dedented(&text), Format::Yaml);
                match read.documents.into_iter().next().and_then(|document| document.root) {
                    Some(root) if matches!(root.value, Value::Map(_)) => placed(&root, &node.origin, 0),
                    _ => node.clone(),
                }
            }
            Some(text) => {
                let text = unquoted(text.trim());
                made(Value::Scalar(Scalar::String(text.into())))
            }
            None => node.clone(),
        }
    }

    /// A text with all its actions filled in; `None` where one is not understood.
    fn text(&self, template: &Template<'_>, written: &str, at: u32) -> Option<String> {
        let mut out = String::new();
        let mut rest = written;
        while let Some((before, action)) = rest.split_once("{{") {
            let (inner, after) = action.split_once("}}")?;
            out.push_str(if inner.starts_with('-') { before.trim_end() } else { before });
            // what no file of values states is given when it is installed
            let value = template.evaluate(inner.trim_matches('-').trim(), at).filter(|value| !matches!(value, Call::Nothing))?;
            out.push_str(&value.into_text()?);
            rest = if inner.ends_with('-') { after.trim_start() } else { after };
        }
        out.push_str(rest);
        Some(out)
    }
}

/// Whether no key of a value is left open; what values are left open is told where they stand.
fn has_known_keys(node: &Node, depth: usize) -> bool {
    depth <= MAX_DEPTH
        && match &node.value {
            Value::Map(entries) => entries.iter().all(|entry| !entry.key.contains("{{") && has_known_keys(&entry.value, depth + 1)),
            Value::List(items) => items.iter().all(|item| has_known_keys(item, depth + 1)),
            Value::Scalar(_) => true,
        }
}

/// A value as if all of it stood at one place.
fn placed(node: &Node, at: &Origin, depth: usize) -> Node {
    let value = match &node.value {
        _ if depth > MAX_DEPTH => Value::Scalar(Scalar::Null),
        Value::Map(entries) => {
            let entry = |entry: &Entry| Entry { key: entry.key.clone(), origin: at.clone(), value: placed(&entry.value, at, depth + 1) };
            Value::Map(entries.iter().map(entry).collect())
        }
        Value::List(items) => Value::List(items.iter().map(|item| placed(item, at, depth + 1)).collect()),
        Value::Scalar(scalar) => Value::Scalar(scalar.clone()),
    };
    Node { value, origin: at.clone() }
}

/// A text without the blanks that all its lines begin with.
fn dedented(text: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let lines = || text.lines().filter(|line| !line.trim().is_empty());
    // the first line may stand behind its key
    let least = lines().skip(1).map(indent).min().unwrap_or(0);
    let cut = |(nr, line): (usize, &str)| line.get(if nr == 0 { indent(line) } else { least }..).unwrap_or("").to_owned() + "\n";
    lines().enumerate().map(cut).collect()
}

/// A scalar's text as YAML would give it.
fn unquoted(text: &str) -> &str {
    let inside = |quote: char| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
    if inside('"') || inside('\'') { &text[1..text.len() - 1] } else { text }
}

/// Merges values as helm does: maps by key, everything else replaced; null takes a key away.
fn merge(into: &mut Node, from: &Node, depth: usize) {
    let (Value::Map(own), Value::Map(entries)) = (&mut into.value, &from.value) else {
        *into = from.clone();
        return;
    };
    for entry in entries {
        match own.iter_mut().find(|known| known.key == entry.key) {
            Some(known) if depth < MAX_DEPTH && matches!(known.value.value, Value::Map(_)) => {
                merge(&mut known.value, &entry.value, depth + 1)
            }
            Some(known) => *known = entry.clone(),
            None => own.push(entry.clone()),
        }
    }
    own.retain(|entry| !entry.value.is_null() || entries.iter().all(|new| new.key != entry.key));
}
