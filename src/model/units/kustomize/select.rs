//! Which objects a patch or replacement is for.

use regex::Regex;

use super::fields::text_of;
use super::resource::Res;
use crate::model::value::{Node, Value};

/// A `target:` or `select:`.
pub(super) struct Selector {
    group: Option<Regex>,
    version: Option<Regex>,
    kind: Option<Regex>,
    name: Option<Regex>,
    namespace: Option<Regex>,
    labels: Vec<Requirement>,
    annotations: Vec<Requirement>,
}

/// One requirement of a label selector.
enum Requirement {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Missing(String),
}

impl Selector {
    /// # Errors
    /// Fields of a wrong type, patterns and label selectors that cannot be read.
    pub(super) fn new(node: &Node) -> Result<Self, String> {
        if !matches!(node.value, Value::Map(_)) {
            return Err(format!("a target is a {}", node.type_name()));
        }
        let text = |key: &str| match node.get(key) {
            None => Ok(""),
            Some(node) if node.is_null() => Ok(""),
            Some(node) => node.as_str().ok_or_else(|| format!("`{key}` of a target is a {}", node.type_name())),
        };
        let pattern = |key: &str| match text(key)? {
            "" => Ok(None),
            text => Regex::new(&format!("^(?:{text})$")).map(Some).map_err(|_| format!("`{text}` of a target is no pattern")),
        };
        Ok(Self {
            group: pattern("group")?,
            version: pattern("version")?,
            kind: pattern("kind")?,
            name: pattern("name")?,
            namespace: pattern("namespace")?,
            labels: requirements(text("labelSelector")?)?,
            annotations: requirements(text("annotationSelector")?)?,
        })
    }

    pub(super) fn matches(&self, res: &Res) -> bool {
        let fits = |pattern: &Option<Regex>, text: &str| pattern.as_ref().is_none_or(|pattern| pattern.is_match(text));
        let (first, now) = (res.first_id(), res.id());
        fits(&self.group, &res.group)
            && fits(&self.version, &res.version)
            && fits(&self.kind, &res.kind)
            && (fits(&self.name, &first.name) || fits(&self.name, &now.name))
            && (fits(&self.namespace, &first.namespace) || fits(&self.namespace, &now.namespace))
            && all(&self.labels, res.root.path(&["metadata", "labels"]))
            && all(&self.annotations, res.root.path(&["metadata", "annotations"]))
    }
}

fn all(requirements: &[Requirement], map: Option<&Node>) -> bool {
    let value = |key: &str| map.and_then(|map| map.get(key)).and_then(text_of);
    requirements.iter().all(|requirement| match requirement {
        Requirement::In(key, values) => value(key).is_some_and(|value| values.iter().any(|other| other == value)),
        Requirement::NotIn(key, values) => value(key).is_none_or(|value| !values.iter().any(|other| other == value)),
        Requirement::Exists(key) => value(key).is_some(),
        Requirement::Missing(key) => value(key).is_none(),
    })
}

/// The requirements of a label selector as it is written in one text (`k8s.io/apimachinery/pkg/labels`).
fn requirements(text: &str) -> Result<Vec<Requirement>, String> {
    let wrong = || format!("`{text}` is no selector of labels");
    let mut out = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = end_of(rest);
        let (part, next) = (rest[..end].trim(), rest[end..].trim_start_matches(',').trim_start());
        out.push(requirement(part).ok_or_else(wrong)?);
        rest = next;
    }
    Ok(out)
}

/// Where the next comma outside of parentheses is.
fn end_of(text: &str) -> usize {
    let mut open = false;
    for (at, c) in text.char_indices() {
        match c {
            '(' => open = true,
            ')' => open = false,
            ',' if !open => return at,
            _ => {}
        }
    }
    text.len()
}

fn requirement(text: &str) -> Option<Requirement> {
    let is_word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'));
    let is_value = |text: &str| text.is_empty() || is_word(text);
    if let Some(key) = text.strip_prefix('!').map(str::trim) {
        return is_word(key).then(|| Requirement::Missing(key.to_owned()));
    }
    if let Some((key, value)) = text.split_once("!=") {
        let (key, value) = (key.trim(), value.trim());
        return (is_word(key) && is_value(value)).then(|| Requirement::NotIn(key.to_owned(), vec![value.to_owned()]));
    }
    if let Some((key, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
        let (key, value) = (key.trim(), value.trim());
        return (is_word(key) && is_value(value)).then(|| Requirement::In(key.to_owned(), vec![value.to_owned()]));
    }
    if let Some(inside) = text.strip_suffix(')') {
        let (head, values) = inside.split_once('(')?;
        let values: Vec<String> = values.split(',').map(|value| value.trim().to_owned()).collect();
        let (key, operator) = head.trim().rsplit_once(char::is_whitespace)?;
        let key = key.trim();
        return match operator {
            "in" if is_word(key) => Some(Requirement::In(key.to_owned(), values)),
            "notin" if is_word(key) => Some(Requirement::NotIn(key.to_owned(), values)),
            _ => None,
        };
    }
    is_word(text).then(|| Requirement::Exists(text.to_owned()))
}
