//! What METADATA blocks say, by field.

use serde_yaml::Value;

use crate::syntax::rego::metadata::Metadata;
use crate::syntax::rego::{Kind, Node, Parse};

/// What an annotation is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AnnotationScope {
    Rule,
    /// All definitions of the rule.
    Document,
    Package,
    /// The package and those below it.
    Subpackages,
}

/// A person or organization; what is not given is empty.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Author<'a> {
    pub name: &'a str,
    pub email: &'a str,
}

/// One METADATA block that parses.
#[derive(Clone, Copy, Debug)]
pub struct Annotation<'a> {
    block: &'a Metadata,
    value: &'a Value,
    scope: AnnotationScope,
}

/// The annotations of a module in source order. Blocks that opa refuses are left out.
pub fn annotations(parse: &Parse) -> impl Iterator<Item = Annotation<'_>> {
    parse.metadata.iter().filter_map(|block| Annotation::new(parse, block))
}

impl<'a> Annotation<'a> {
    fn new(parse: &'a Parse, block: &'a Metadata) -> Option<Self> {
        let mut value = block.value.as_ref()?;
        while let Value::Tagged(tagged) = value {
            value = &tagged.value;
        }
        let target = block.target.and_then(|id| parse.tree.node(id)).map(Node::kind);
        let entrypoint = value.get("entrypoint").is_some_and(is_true);
        let scope = match value.get("scope").and_then(Value::as_str).unwrap_or_default() {
            "rule" => AnnotationScope::Rule,
            "document" => AnnotationScope::Document,
            "package" => AnnotationScope::Package,
            "subpackages" => AnnotationScope::Subpackages,
            // the scope of what stands below
            "" => match target? {
                Kind::Package => AnnotationScope::Package,
                Kind::Rule if entrypoint => AnnotationScope::Document,
                Kind::Rule => AnnotationScope::Rule,
                _ => return None,
            },
            _ => return None,
        };
        Some(Self { block, value, scope })
    }

    /// Where the block stands, and its YAML.
    #[must_use]
    pub fn block(self) -> &'a Metadata {
        self.block
    }

    /// The scope given, else the one that the statement below and `entrypoint` imply.
    #[must_use]
    pub fn scope(self) -> AnnotationScope {
        self.scope
    }

    /// Whether `scope` is written.
    #[must_use]
    pub fn has_scope(self) -> bool {
        self.value.get("scope").is_some()
    }

    /// The id of the package or rule that it is about.
    #[must_use]
    pub fn target(self) -> Option<u32> {
        self.block.target
    }

    #[must_use]
    pub fn title(self) -> Option<&'a str> {
        self.text("title")
    }

    #[must_use]
    pub fn description(self) -> Option<&'a str> {
        self.text("description")
    }

    /// Whether the rule, or all of the package, is meant to be queried from outside.
    #[must_use]
    pub fn is_entrypoint(self) -> bool {
        self.value.get("entrypoint").is_some_and(is_true)
    }

    pub fn organizations(self) -> impl Iterator<Item = &'a str> {
        self.list("organizations").filter_map(Value::as_str)
    }

    /// Addresses with their descriptions.
    pub fn related_resources(self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> {
        self.list("related_resources").filter_map(|resource| match resource {
            Value::String(address) => Some((address.as_str(), None)),
            other => Some((other.get("ref")?.as_str()?, other.get("description").and_then(Value::as_str))),
        })
    }

    /// Written as a mapping, or as `Name <mail>`.
    pub fn authors(self) -> impl Iterator<Item = Author<'a>> {
        self.list("authors").filter_map(|author| match author {
            Value::String(text) => Some(match text.rsplit_once('<') {
                Some((name, email)) => Author { name: name.trim(), email: email.trim_end().trim_end_matches('>') },
                None => Author { name: text.trim(), email: "" },
            }),
            other => {
                let text = |key| other.get(key).and_then(Value::as_str).unwrap_or_default();
                (other.is_mapping()).then(|| Author { name: text("name"), email: text("email") })
            }
        })
    }

    /// Paths below `input` or `data` with their schema: a reference below `schema`, or a schema written out.
    pub fn schemas(self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.list("schemas").filter_map(Value::as_mapping).flatten().filter_map(|(path, schema)| Some((path.as_str()?, schema)))
    }

    /// A value below `custom`.
    #[must_use]
    pub fn custom(self, key: &str) -> Option<&'a Value> {
        self.value.get("custom")?.get(key)
    }

    /// Any field of the block.
    #[must_use]
    pub fn field(self, name: &str) -> Option<&'a Value> {
        self.value.get(name)
    }

    fn text(self, field: &str) -> Option<&'a str> {
        self.value.get(field)?.as_str()
    }

    fn list(self, field: &str) -> impl Iterator<Item = &'a Value> {
        self.value.get(field).and_then(Value::as_sequence).into_iter().flatten()
    }
}

fn is_true(value: &Value) -> bool {
    value.as_bool() == Some(true)
}
