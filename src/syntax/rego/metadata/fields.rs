//! The fields of a METADATA block, checked the way opa reads them.

use serde::Deserialize;
use serde_yaml::{Mapping, Value};

use super::super::ast::Expr;
use super::super::{Kind, SyntaxError, Version, literal, parse_query, push_error};
use super::{Metadata, plain, url};
use crate::text::Span;

const SCOPES: [&str; 4] = ["rule", "document", "package", "subpackages"];

/// Reads the YAML of `block` and appends what is wrong with it or with where it stands.
pub(super) fn read(block: &mut Metadata, target: Option<Kind>, errors: &mut Vec<SyntaxError>) {
    let header = block.header;
    if block.yaml.trim().is_empty() {
        let help = "write fields such as `# title: …` on the lines below, or remove the comment";
        push_error(errors, header, "found a METADATA block without content".to_owned(), Some(help.to_owned()));
        return;
    }
    if flow_depth(&block.yaml) > MAX_FLOW {
        let help = "nest collections on lines of their own, and less deep";
        let message = format!("found METADATA with more than {MAX_FLOW} brackets open at once");
        push_error(errors, header, message, Some(help.to_owned()));
        return;
    }
    match parse_yaml(&block.yaml) {
        Ok(value) => {
            let mut check = Check { problems: Vec::new() };
            let entrypoint = check.fields(&value);
            for (field, message, help) in check.problems {
                push_error(errors, field_span(block, field).unwrap_or(header), message, Some(help.to_owned()));
            }
            attachment(block, target, &value, entrypoint, errors);
            block.value = Some(value);
        }
        Err(error) => {
            let line = error.location().map_or(0, |location| location.line().saturating_sub(1));
            let span = block.lines.get(line).or(block.lines.last()).copied().unwrap_or(header);
            let text = error.to_string();
            let reason = text.split(" at line ").next().unwrap_or(&text);
            let message = format!("found METADATA that is no valid YAML: {}", literal::shorten_to(reason, 120));
            let help = "check the indentation, and quote values that hold `: ` or start with a special character";
            push_error(errors, span, message, Some(help.to_owned()));
        }
    }
}

/// Brackets that may be open at once; the YAML reader takes quadratic time in them, and gives up long before.
const MAX_FLOW: usize = 200;

/// How many brackets are open at once at most, quotes not heeded.
fn flow_depth(yaml: &str) -> usize {
    if memchr::memchr2_iter(b'[', b'{', yaml.as_bytes()).take(MAX_FLOW + 1).count() <= MAX_FLOW {
        return 0;
    }
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in yaml.bytes() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// The first document.
fn parse_yaml(yaml: &str) -> Result<Value, serde_yaml::Error> {
    if let Some(value) = plain::read(yaml) {
        return Ok(value);
    }
    let result = first_document(yaml);
    if result.as_ref().err().is_some_and(|error| error.to_string().starts_with("found unexpected ':'")) {
        // go-yaml takes `{a:}` and `{a:, b: c}`
        let spaced = [":}", ":,", ":]"].iter().fold(yaml.to_owned(), |yaml, tight| yaml.replace(tight, &tight.replace(':', ": ")));
        return first_document(&spaced);
    }
    result
}

fn first_document(yaml: &str) -> Result<Value, serde_yaml::Error> {
    match serde_yaml::Deserializer::from_str(yaml).next() {
        Some(document) => {
            let mut value = Value::deserialize(document)?;
            value.apply_merge()?;
            Ok(value)
        }
        None => Ok(Value::Null),
    }
}

/// The line on which a field of the top level stands.
fn field_span(block: &Metadata, field: &str) -> Option<Span> {
    let index = block.yaml.lines().position(|line| line.strip_prefix(field).is_some_and(|rest| rest.trim_start().starts_with(':')))?;
    block.lines.get(index).copied()
}

/// The scope must fit the statement below.
fn attachment(block: &Metadata, target: Option<Kind>, value: &Value, entrypoint: bool, errors: &mut Vec<SyntaxError>) {
    let mut push = |field: Option<&str>, message: String, help: &str| {
        let span = field.and_then(|field| field_span(block, field)).unwrap_or(block.header);
        push_error(errors, span, message, Some(help.to_owned()));
    };
    let scope = value.get("scope").map(scalar_text).unwrap_or_default();
    let scope = match (scope.as_str(), target) {
        ("", Some(Kind::Rule)) if entrypoint => "document",
        ("", Some(Kind::Rule)) => "rule",
        ("", Some(Kind::Package)) => "package",
        ("", Some(_)) => {
            return push(
                None,
                "found METADATA above an import, expected a package or a rule below it".to_owned(),
                "move the block, or turn it into a plain comment",
            );
        }
        ("", None) => {
            return push(
                None,
                "found METADATA that stands above no statement, expected a package or a rule below it".to_owned(),
                "move the block, or remove it",
            );
        }
        (scope, _) => scope,
    };
    let wanted = match scope {
        "rule" | "document" => Kind::Rule,
        "package" | "subpackages" => Kind::Package,
        _ => {
            let message = format!(
                "found the scope `{}`, expected one of {}",
                literal::shorten(scope),
                SCOPES.map(|scope| format!("`{scope}`")).join(", ")
            );
            return push(Some("scope"), message, "use `rule` or `document` above rules, `package` or `subpackages` above the package");
        }
    };
    if target != Some(wanted) {
        let what = match target {
            Some(Kind::Rule) => "above a rule",
            Some(Kind::Package) => "above the package",
            Some(_) => "above an import",
            None => "above no statement",
        };
        push(
            Some("scope"),
            format!("found METADATA of scope `{scope}` {what}"),
            "use `rule` or `document` above rules, `package` or `subpackages` above the package",
        );
    } else if entrypoint && !matches!(scope, "document" | "package") {
        push(
            Some("entrypoint"),
            format!("found `entrypoint` in METADATA of scope `{scope}`, expected scope `document` or `package`"),
            "change the scope, or remove `entrypoint`",
        );
    }
}

/// Problems: the field of the top level, the message, the help.
struct Check {
    problems: Vec<(&'static str, String, &'static str)>,
}

impl Check {
    fn problem(&mut self, field: &'static str, message: impl Into<String>, help: &'static str) {
        self.problems.push((field, message.into(), help));
    }

    /// Checks the known fields; whether the block declares an entry point.
    fn fields(&mut self, value: &Value) -> bool {
        let fields = match value {
            Value::Tagged(tagged) if tagged.value.is_mapping() => return self.fields(&tagged.value),
            Value::Null => return false,
            Value::Mapping(fields) => fields,
            _ => {
                self.problem(
                    "",
                    "found METADATA that is no mapping, expected fields such as `title: …`",
                    "write one `field: value` on each line",
                );
                return false;
            }
        };
        if fields.keys().any(|key| is_collection(untagged(key))) {
            self.problem(
                "",
                "found a collection as a key of METADATA, expected the name of a field",
                "write one `field: value` on each line",
            );
            return false;
        }
        let get = |name: &str| fields.get(name).map(untagged).filter(|value| !value.is_null());
        for field in ["scope", "title", "description"] {
            if get(field).is_some_and(is_collection) {
                self.problem(
                    field,
                    format!("found a collection in `{field}`, expected text"),
                    "write the text on the same line, or as a block after `|`",
                );
            }
        }
        let entrypoint = match get("entrypoint") {
            None => false,
            Some(value) => as_bool(value).unwrap_or_else(|| {
                self.problem("entrypoint", "found a value of `entrypoint` that is neither `true` nor `false`", "write `entrypoint: true`");
                false
            }),
        };
        if let Some(items) = self.list("organizations", get("organizations"))
            && items.iter().map(untagged).any(is_collection)
        {
            self.problem("organizations", "found a collection in `organizations`, expected a list of names", "write one name in each item");
        }
        for item in self.list("related_resources", get("related_resources")).into_iter().flatten() {
            self.related_resource(item);
        }
        for item in self.list("authors", get("authors")).into_iter().flatten() {
            self.author(item);
        }
        for item in self.list("schemas", get("schemas")).into_iter().flatten() {
            self.schema(item);
        }
        for field in ["compile", "custom", "labels"] {
            let Some(value) = get(field) else { continue };
            let Value::Mapping(entries) = value else {
                self.problem(field, format!("found a value of `{field}` that is no mapping"), "write keys and values below it");
                continue;
            };
            if collection_key(value) {
                self.problem(field, format!("found a collection as a key in `{field}`"), "write text as keys");
            } else if field == "compile" {
                self.compile(entries);
            } else if entries.values().any(|value| !string_keys(value)) {
                self.problem(field, format!("found a key in `{field}` that is no text"), "put the key into quotes");
            }
        }
        entrypoint
    }

    fn list<'v>(&mut self, field: &'static str, value: Option<&'v Value>) -> Option<&'v Vec<Value>> {
        match value? {
            Value::Sequence(items) => Some(items),
            _ => {
                self.problem(
                    field,
                    format!("found a value of `{field}` that is no list"),
                    "write each item on a line of its own after `- `",
                );
                None
            }
        }
    }

    fn related_resource(&mut self, item: &Value) {
        const FIELD: &str = "related_resources";
        let reference = match untagged(item) {
            _ if !string_keys(item) => {
                return self.problem(FIELD, "found a key in `related_resources` that is no text", "put the key into quotes");
            }
            Value::String(reference) => reference.as_str(),
            Value::Mapping(fields) => fields.get("ref").map(untagged).and_then(Value::as_str).unwrap_or_default().trim(),
            _ => {
                return self.problem(
                    FIELD,
                    "found a related resource that is neither a URL nor a mapping",
                    "write a URL, or `ref` and `description`",
                );
            }
        };
        if reference.is_empty() {
            self.problem(FIELD, "found a related resource without `ref`", "write a URL, or `ref` and `description`");
        } else if !url::is_url(reference) {
            self.problem(
                FIELD,
                format!("found the related resource `{}`, which is no URL", literal::shorten(reference)),
                "write a URL such as `https://example.com/page`",
            );
        }
    }

    fn author(&mut self, item: &Value) {
        const FIELD: &str = "authors";
        match untagged(item) {
            _ if !string_keys(item) || collection_key(item) => {
                self.problem(FIELD, "found a key in `authors` that is no text", "put the key into quotes")
            }
            Value::String(author) if author.trim().is_empty() => self.problem(FIELD, "found an empty author", "write `Name <mail>`"),
            Value::String(_) => {}
            Value::Mapping(fields) => {
                let given = |name: &str| fields.get(name).map(untagged).and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty());
                if !given("name") && !given("email") {
                    self.problem(FIELD, "found an author without `name` and `email`", "write `name`, `email` or both");
                }
            }
            _ => self.problem(FIELD, "found an author that is neither text nor a mapping", "write `Name <mail>`, or `name` and `email`"),
        }
    }

    fn schema(&mut self, item: &Value) {
        const FIELD: &str = "schemas";
        const HELP: &str = "write `path: schema.name` or `path: {type: …}`";
        let entry = match untagged(item) {
            Value::Mapping(entry) => entry.iter().next(),
            Value::Null => None,
            _ => return self.problem(FIELD, "found a schema that is no mapping", HELP),
        };
        let Some((path, schema)) = entry else {
            return self.problem(FIELD, "found an empty schema", HELP);
        };
        let path = scalar_text(path);
        if term_kind(&path) != Some(Kind::Ref) {
            return self.problem(
                FIELD,
                format!("found the schema path `{}`, expected a reference such as `input`", literal::shorten(&path)),
                HELP,
            );
        }
        match untagged(schema) {
            Value::String(name) if is_schema(name) => {}
            Value::String(name) => self.problem(
                FIELD,
                format!("found the schema `{}`, expected a reference that starts with `schema`", literal::shorten(name)),
                HELP,
            ),
            Value::Mapping(_) if string_keys(schema) && !collection_key(schema) => {}
            _ => self.problem(FIELD, "found a schema that is neither a reference nor a mapping", HELP),
        }
    }

    fn compile(&mut self, entries: &Mapping) {
        if let Some(Value::Sequence(unknowns)) = entries.get("unknowns").map(untagged) {
            for unknown in unknowns.iter().map(untagged).filter_map(Value::as_str) {
                if term_kind(unknown) != Some(Kind::Ref) {
                    self.problem(
                        "compile",
                        format!("found the unknown `{}`, expected a reference", literal::shorten(unknown)),
                        "write a reference such as `input.user`",
                    );
                }
            }
        }
        if let Some(Value::String(mask)) = entries.get("mask_rule").map(untagged)
            && !matches!(term_kind(mask), Some(Kind::Ref | Kind::Var | Kind::Scalar))
        {
            self.problem(
                "compile",
                format!("found the mask rule `{}`, expected a name", literal::shorten(mask)),
                "write the name of a rule",
            );
        }
    }
}

fn untagged(value: &Value) -> &Value {
    let mut value = value;
    while let Value::Tagged(tagged) = value {
        value = &tagged.value;
    }
    value
}

/// The text of a scalar; nothing for null and collections.
fn scalar_text(value: &Value) -> String {
    match untagged(value) {
        Value::String(text) => text.clone(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        _ => String::new(),
    }
}

/// A boolean, also in the words of YAML 1.1.
fn as_bool(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::String(word) => match word.as_str() {
            "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
            "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a mapping, also as an item of a list, has text as keys. Mappings inside mappings are not looked at, as in opa.
fn string_keys(value: &Value) -> bool {
    match untagged(value) {
        Value::Mapping(entries) => entries.keys().all(|key| untagged(key).is_string()),
        Value::Sequence(items) => items.iter().all(string_keys),
        _ => true,
    }
}

fn is_collection(value: &Value) -> bool {
    value.is_mapping() || value.is_sequence()
}

/// Whether a collection is the key of a mapping, anywhere inside.
fn collection_key(value: &Value) -> bool {
    match untagged(value) {
        Value::Mapping(entries) => entries.iter().any(|(key, value)| is_collection(untagged(key)) || collection_key(value)),
        Value::Sequence(items) => items.iter().any(collection_key),
        _ => false,
    }
}

/// The kind of a text that is one term: a reference, a variable, a string.
fn term_kind(text: &str) -> Option<Kind> {
    with_term(text, |term| match term {
        Expr::Ref(_) => Some(Kind::Ref),
        Expr::Var(var) if matches!(var.name(), "input" | "data") => Some(Kind::Ref),
        Expr::Var(_) => Some(Kind::Var),
        Expr::Scalar(scalar) => scalar.string().map(|_| Kind::Scalar),
        _ => None,
    })
}

fn is_schema(text: &str) -> bool {
    with_term(text, |term| match term {
        Expr::Var(var) => (var.name() == "schema").then_some(()),
        Expr::Ref(reference) => matches!(reference.operand(), Some(Expr::Var(var)) if var.name() == "schema").then_some(()),
        _ => None,
    })
    .is_some()
}

fn with_term<T>(text: &str, read: impl FnOnce(Expr<'_>) -> Option<T>) -> Option<T> {
    let parse = parse_query(text, Version::V1);
    if !parse.errors.is_empty() {
        return None;
    }
    let body = super::super::ast::Body::cast(parse.tree.root())?;
    let mut literals = body.literals();
    let only = literals.next().filter(|_| literals.next().is_none())?;
    read(only.expr()?.inner())
}
