//! Labels and what selects them.

use std::collections::BTreeMap;

use crate::model::tri::Tri;
use crate::model::value::{Node, Scalar, Value};

/// What a selector asks of labels, under the keys that its language uses.
pub trait Lookup {
    /// Whether there is a label of this key.
    fn has(&self, key: &str) -> Tri;

    /// Whether the label of this key has one of `values`; `None` among them is a value that cannot be known.
    fn is_one_of(&self, key: &str, values: &[Option<&str>]) -> Tri;
}

/// The labels of an object or of a pod template.
#[derive(Clone, Debug, Default)]
pub struct Labels<'o> {
    /// `None`: a value that cannot be known.
    values: BTreeMap<&'o str, Option<&'o str>>,
    /// There may be more labels than are known.
    open: bool,
}

impl<'o> Labels<'o> {
    /// The labels that a map holds. `open`: its object was not read whole, so that labels may be missing.
    #[must_use]
    pub fn new(map: Option<&'o Node>, open: bool) -> Self {
        let mut this = Self { values: BTreeMap::new(), open };
        match map.map(|node| (node, &node.value)) {
            None | Some((_, Value::Scalar(Scalar::Null))) => {}
            Some((node, Value::Map(_))) => this.values.extend(node.entries().iter().map(|entry| (&*entry.key, text(&entry.value)))),
            Some(_) => this.open = true,
        }
        this
    }

    /// Adds a label that the API server sets, whatever the file says.
    #[must_use]
    pub fn with(mut self, key: &'o str, value: &'o str) -> Self {
        self.values.insert(key, Some(value));
        self
    }

    /// Labels of which nothing is known.
    #[must_use]
    pub fn unknown() -> Self {
        Self { values: BTreeMap::new(), open: true }
    }

    /// The value of a label, where it is known.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'o str> {
        self.values.get(key).copied().flatten()
    }

    /// The labels that are known to be there, by key; `None`: the value cannot be known.
    pub fn iter(&self) -> impl Iterator<Item = (&'o str, Option<&'o str>)> {
        self.values.iter().map(|(key, value)| (*key, *value))
    }

    /// Whether there may be labels that are not known.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Whether there is a label of this key.
    #[must_use]
    pub fn has(&self, key: &str) -> Tri {
        Lookup::has(self, key)
    }

    /// Whether the label of this key has one of `values`; `None` among them is a value that cannot be known.
    #[must_use]
    pub fn is_one_of(&self, key: &str, values: &[Option<&str>]) -> Tri {
        Lookup::is_one_of(self, key, values)
    }

    /// Whether every label of a map is there: the selector of a Service, a `matchLabels`. Yes for an empty map and for none.
    #[must_use]
    pub fn has_all(&self, map: Option<&Node>) -> Tri {
        has_all(map, self)
    }

    /// The known value of a label, or why there is none: `Err(Unknown)` where it cannot be known, `Err(No)` where it is absent.
    ///
    /// # Errors
    /// As said.
    pub fn value(&self, key: &str) -> Result<&'o str, Tri> {
        match self.values.get(key) {
            Some(value) => value.ok_or(Tri::Unknown),
            None => Err(if self.open { Tri::Unknown } else { Tri::No }),
        }
    }
}

impl Lookup for Labels<'_> {
    fn has(&self, key: &str) -> Tri {
        match self.values.get(key) {
            Some(_) => Tri::Yes,
            None if self.open => Tri::Unknown,
            None => Tri::No,
        }
    }

    fn is_one_of(&self, key: &str, values: &[Option<&str>]) -> Tri {
        match self.value(key) {
            Ok(label) if values.contains(&Some(label)) => Tri::Yes,
            Ok(_) if values.contains(&None) => Tri::Unknown,
            Ok(_) => Tri::No,
            Err(answer) => answer,
        }
    }
}

fn has_all(map: Option<&Node>, labels: &(impl Lookup + ?Sized)) -> Tri {
    match map.map(|node| (node, &node.value)) {
        None | Some((_, Value::Scalar(Scalar::Null))) => Tri::Yes,
        Some((node, Value::Map(_))) => Tri::all(node.entries().iter().map(|entry| labels.is_one_of(&entry.key, &[text(&entry.value)]))),
        Some(_) => Tri::Unknown,
    }
}

/// The text of a label; none where something is still to be put in (`${VAR}`, `{{ … }}`). The API server refuses numbers and
/// booleans, which are meant as their texts; `null` is read as "".
fn text(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Scalar(Scalar::String(text) | Scalar::Number(text)) => (!is_placeholder(text)).then_some(&**text),
        Value::Scalar(Scalar::Bool(value)) => Some(if *value { "true" } else { "false" }),
        Value::Scalar(Scalar::Null) => Some(""),
        _ => None,
    }
}

/// Whether a name or a label is none, because a tool has yet to put it in.
pub(in crate::model) fn is_placeholder(text: &str) -> bool {
    // asked of every label
    text.as_bytes().windows(2).any(|pair| matches!(pair, b"${" | b"$(" | b"{{"))
}

/// Whether a `LabelSelector` (k8s.io/apimachinery `meta/v1`) selects something with these labels. An absent, null or empty one
/// selects everything, as in NetworkPolicy; where that differs the caller asks before. Unknown for what the API server refuses.
#[must_use]
pub fn selects(selector: Option<&Node>, labels: &(impl Lookup + ?Sized)) -> Tri {
    let Some(selector) = selector else { return Tri::Yes };
    match &selector.value {
        Value::Scalar(Scalar::Null) => Tri::Yes,
        Value::Map(entries) => Tri::all(entries.iter().map(|entry| match &*entry.key {
            "matchLabels" => has_all(Some(&entry.value), labels),
            "matchExpressions" => expressions(&entry.value, labels),
            // a label written without `matchLabels`
            _ => Tri::Unknown,
        })),
        _ => Tri::Unknown,
    }
}

/// Whether a `LabelSelector` has no requirement, so that it selects everything.
#[must_use]
pub fn is_empty(selector: Option<&Node>) -> Tri {
    let Some(selector) = selector else { return Tri::Yes };
    match &selector.value {
        Value::Scalar(Scalar::Null) => Tri::Yes,
        Value::Map(entries) => Tri::all(entries.iter().map(|entry| match (&*entry.key, &entry.value.value) {
            ("matchLabels" | "matchExpressions", Value::Scalar(Scalar::Null)) => Tri::Yes,
            ("matchLabels", Value::Map(labels)) => labels.is_empty().into(),
            ("matchExpressions", Value::List(items)) => items.is_empty().into(),
            _ => Tri::Unknown,
        })),
        _ => Tri::Unknown,
    }
}

fn expressions(node: &Node, labels: &(impl Lookup + ?Sized)) -> Tri {
    match &node.value {
        Value::Scalar(Scalar::Null) => Tri::Yes,
        Value::List(items) => Tri::all(items.iter().map(|item| expression(item, labels))),
        _ => Tri::Unknown,
    }
}

fn expression(item: &Node, labels: &(impl Lookup + ?Sized)) -> Tri {
    let (Some(key), Some(operator)) = (item.get("key").and_then(Node::as_str), item.get("operator").and_then(Node::as_str)) else {
        return Tri::Unknown;
    };
    let list = item.get("values");
    if list.is_some_and(|node| !node.is_null() && !matches!(node.value, Value::List(_))) {
        return Tri::Unknown;
    }
    let values: Vec<Option<&str>> = list.map_or(&[][..], Node::items).iter().map(text).collect();
    match (operator, values.is_empty()) {
        ("In", false) => labels.is_one_of(key, &values),
        // an absent key matches as well
        ("NotIn", false) => !labels.is_one_of(key, &values),
        ("Exists", true) => labels.has(key),
        ("DoesNotExist", true) => !labels.has(key),
        _ => Tri::Unknown,
    }
}
