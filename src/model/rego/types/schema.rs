//! JSON Schema, read as OPA reads it: what a schema must look like, and which type its values have.
//!
//! References are followed within the document only; what others refer to can be anything.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;
use serde_json::{Map, Value as Json};

use super::ty::{Maybe, Recursive, Type, or};

/// Deeper schemas and longer chains of references can be anything.
const MAX_DEPTH: u32 = 100;

const TYPES: [&str; 7] = ["array", "boolean", "integer", "number", "null", "object", "string"];

/// The type of the values that a schema describes.
///
/// # Errors
/// What makes the document no JSON Schema, or one that OPA makes no type of.
pub(crate) fn schema_type(document: &Json) -> Result<Type, String> {
    let mut reader = Reader {
        document,
        draft4: is_draft4(document)?,
        ids: FxHashMap::default(),
        schemas: Vec::new(),
        references: FxHashMap::default(),
        depth: 0,
    };
    reader.find_ids(document, "", 0);
    let root = reader.schema(document, "")?;
    let mut converter = Converter { schemas: reader.schemas, definitions: FxHashMap::default(), depth: 0 };
    converter.convert(root, None).map_err(|why| format!("type checking: {why}"))
}

fn is_draft4(document: &Json) -> Result<bool, String> {
    match document.get("$schema") {
        None => Ok(false),
        Some(Json::String(url)) => Ok(url.contains("draft-04")),
        Some(_) => Err("`$schema` must be a string".to_owned()),
    }
}

/// What is used of a schema: an index into a list of them.
type Id = usize;

#[derive(Clone, Default)]
struct Schema {
    types: Vec<&'static str>,
    properties: Vec<(String, Id)>,
    items: Vec<Id>,
    /// `items` is one schema for all.
    uniform: bool,
    any_of: Vec<Id>,
    all_of: Vec<Id>,
    /// Where `$ref` leads, and its text.
    reference: Option<(Id, String)>,
}

struct Reader<'d> {
    document: &'d Json,
    draft4: bool,
    /// Schemas with an `id` of their own.
    ids: FxHashMap<String, &'d Json>,
    schemas: Vec<Schema>,
    references: FxHashMap<String, Id>,
    depth: u32,
}

type Object = Map<String, Json>;

impl<'d> Reader<'d> {
    fn id_of(object: &Object) -> Option<&str> {
        object.get(if object.contains_key("id") { "id" } else { "$id" })?.as_str()
    }

    fn find_ids(&mut self, node: &'d Json, base: &str, depth: u32) {
        if depth > 2 * MAX_DEPTH {
            return;
        }
        match node {
            Json::Array(items) => items.iter().for_each(|item| self.find_ids(item, base, depth + 1)),
            Json::Object(object) => {
                let own = Self::id_of(object).map(|id| resolve(base, id));
                if let Some(id) = &own {
                    self.ids.entry(id.trim_end_matches('#').to_owned()).or_insert(node);
                }
                let base = own.as_deref().unwrap_or(base);
                for (key, value) in object {
                    match (key.as_str(), value) {
                        ("const" | "enum", _) => {}
                        ("properties" | "dependencies" | "patternProperties", Json::Object(children)) => {
                            children.values().for_each(|child| self.find_ids(child, base, depth + 1));
                        }
                        _ => self.find_ids(value, base, depth + 1),
                    }
                }
            }
            _ => {}
        }
    }

    fn schema(&mut self, node: &'d Json, base: &str) -> Result<Id, String> {
        let id = self.schemas.len();
        self.schemas.push(Schema::default());
        self.fill(id, node, base)?;
        Ok(id)
    }

    fn fill(&mut self, id: Id, node: &'d Json, base: &str) -> Result<(), String> {
        if self.depth > MAX_DEPTH {
            return Ok(());
        }
        self.depth += 1;
        let filled = self.keywords(id, node, base);
        self.depth -= 1;
        filled
    }

    fn keywords(&mut self, id: Id, node: &'d Json, base: &str) -> Result<(), String> {
        let object = match node {
            Json::Bool(_) if !self.draft4 => return Ok(()),
            Json::Object(object) => object,
            _ => return Err("a schema must be an object".to_owned()),
        };
        let id_key = if self.draft4 || object.contains_key("id") && !self.is_later_draft() { "id" } else { "$id" };
        let own = text(object, id_key)?.map(|own| resolve(base, own));
        let base = own.as_deref().unwrap_or(base);
        if let Some(definitions) = object.get("definitions") {
            for definition in definitions.as_object().ok_or("`definitions` must be an object")?.values() {
                self.schema(definition, base)?;
            }
        }
        for key in ["title", "description"] {
            text(object, key)?;
        }
        if let Some(reference) = text(object, "$ref")? {
            return self.reference(id, &resolve(base, reference));
        }
        self.types(id, object)?;
        self.children(id, object, base)?;
        check_values(object, self.draft4)?;
        for key in ["oneOf", "anyOf", "allOf"] {
            for schema in list(object, key)? {
                let child = self.schema(schema, base)?;
                match key {
                    "anyOf" => self.schemas[id].any_of.push(child),
                    "allOf" => self.schemas[id].all_of.push(child),
                    _ => {}
                }
            }
        }
        let single: &[&str] = if self.draft4 { &["not"] } else { &["not", "if", "then", "else", "contains", "propertyNames"] };
        for key in single {
            if let Some(schema) = object.get(*key) {
                self.schema(schema, base).map_err(|why| format!("`{key}`: {why}"))?;
            }
        }
        Ok(())
    }

    fn is_later_draft(&self) -> bool {
        self.document.get("$schema").and_then(Json::as_str).is_some_and(|url| url.contains("draft-06") || url.contains("draft-07"))
    }

    fn types(&mut self, id: Id, object: &Object) -> Result<(), String> {
        let names: Vec<&str> = match object.get("type") {
            None => return Ok(()),
            Some(Json::String(name)) => vec![name],
            Some(Json::Array(names)) => {
                names.iter().map(Json::as_str).collect::<Option<_>>().ok_or("`type` must be a string or a list of strings")?
            }
            Some(_) => return Err("`type` must be a string or a list of strings".to_owned()),
        };
        for name in names {
            let Some(known) = TYPES.iter().find(|known| **known == name) else {
                return Err(format!("`{name}` is no type: there are {}", TYPES.join(", ")));
            };
            if self.schemas[id].types.contains(known) {
                return Err(format!("`{name}` stands twice in `type`"));
            }
            self.schemas[id].types.push(known);
        }
        Ok(())
    }

    fn children(&mut self, id: Id, object: &'d Object, base: &str) -> Result<(), String> {
        if let Some(properties) = object.get("properties") {
            for (name, schema) in properties.as_object().ok_or("`properties` must be an object")? {
                let child = self.schema(schema, base).map_err(|why| within(name, why))?;
                self.schemas[id].properties.push((name.clone(), child));
            }
        }
        for key in ["additionalProperties", "additionalItems"] {
            match object.get(key) {
                None | Some(Json::Bool(_)) => {}
                Some(schema @ Json::Object(_)) => _ = self.schema(schema, base)?,
                Some(_) => return Err(format!("`{key}` must be true, false or a schema")),
            }
        }
        if let Some(patterns) = object.get("patternProperties") {
            for (pattern, schema) in patterns.as_object().ok_or("`patternProperties` must be an object")? {
                if regex::Regex::new(pattern).is_err() {
                    return Err(format!("`{pattern}` is no regular expression that OPA takes"));
                }
                self.schema(schema, base)?;
            }
        }
        if let Some(dependencies) = object.get("dependencies") {
            for dependency in dependencies.as_object().ok_or("`dependencies` must be an object")?.values() {
                match dependency {
                    Json::Array(names) if names.iter().all(Json::is_string) => {}
                    Json::Bool(_) | Json::Object(_) => _ = self.schema(dependency, base)?,
                    _ => return Err("a dependency must be a schema or a list of strings".to_owned()),
                }
            }
        }
        match object.get("items") {
            None => {}
            Some(Json::Array(items)) => {
                for item in items {
                    let child = self.item(item, base)?;
                    self.schemas[id].items.push(child);
                }
            }
            Some(item) => {
                let child = self.item(item, base)?;
                self.schemas[id].items.push(child);
                self.schemas[id].uniform = true;
            }
        }
        Ok(())
    }

    fn item(&mut self, item: &'d Json, base: &str) -> Result<Id, String> {
        match item {
            Json::Object(_) | Json::Bool(_) => self.schema(item, base).map_err(|why| format!("`items`: {why}")),
            _ => Err("`items` must be a schema or a list of schemas".to_owned()),
        }
    }

    fn reference(&mut self, id: Id, reference: &str) -> Result<(), String> {
        if !is_url(reference) {
            return Err(format!("`$ref` must be a URL: `{reference}`"));
        }
        let target = match self.references.get(reference) {
            Some(target) => *target,
            None => {
                let (document, pointer) = reference.split_once('#').unwrap_or((reference, ""));
                let whole = self.ids.get(reference).copied();
                let node = match whole.or_else(|| self.ids.get(document).copied()) {
                    Some(node) if whole.is_some() => Some(node),
                    Some(node) => node.pointer(&percent_decoded(pointer)),
                    None if document.is_empty() => self.document.pointer(&percent_decoded(pointer)),
                    // elsewhere: not looked at
                    None => return Ok(()),
                };
                let node = node.ok_or_else(|| format!("`$ref` leads nowhere: there is no `{reference}`"))?;
                if !matches!(node, Json::Object(_) | Json::Bool(_)) {
                    return Err(format!("`$ref` leads to what is no schema: `{reference}`"));
                }
                let target = self.schemas.len();
                self.schemas.push(Schema::default());
                self.references.insert(reference.to_owned(), target);
                self.fill(target, node, document)?;
                target
            }
        };
        self.schemas[id].reference = Some((target, reference.to_owned()));
        Ok(())
    }
}

fn within(name: &str, why: String) -> String {
    if why.starts_with("property `") { why } else { format!("property `{name}`: {why}") }
}

/// A reference seen from a base: RFC 3986 as far as schemas use it.
fn resolve(base: &str, reference: &str) -> String {
    let base = base.split('#').next().unwrap_or_default();
    if reference.contains("://") || base.is_empty() || reference.starts_with("urn:") {
        return reference.to_owned();
    }
    if reference.is_empty() || reference.starts_with('#') {
        return format!("{base}{reference}");
    }
    let root = base.find("://").and_then(|at| base[at + 3..].find('/').map(|slash| at + 3 + slash)).unwrap_or(base.len());
    let folder = if reference.starts_with('/') { &base[..root] } else { base.rfind('/').map_or("", |at| &base[..=at]) };
    format!("{folder}{reference}")
}

/// Whether what follows each `%` are two digits, and nothing is a control character.
fn is_url(text: &str) -> bool {
    let mut parts = text.split('%');
    let clean = !text.contains(|c: char| c.is_ascii_control());
    parts.next();
    clean && parts.all(|part| part.len() >= 2 && part.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()))
}

fn percent_decoded(pointer: &str) -> String {
    if !pointer.contains('%') {
        return pointer.to_owned();
    }
    let mut out = Vec::with_capacity(pointer.len());
    let mut bytes = pointer.bytes();
    while let Some(byte) = bytes.next() {
        let hex = |byte: Option<u8>| byte.and_then(|byte| (byte as char).to_digit(16));
        let mut ahead = bytes.clone();
        match (byte, hex(ahead.next()), hex(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                bytes = ahead;
            }
            _ => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn text<'o>(object: &'o Object, key: &str) -> Result<Option<&'o str>, String> {
    match object.get(key) {
        None => Ok(None),
        Some(value) => value.as_str().map(Some).ok_or_else(|| format!("`{key}` must be a string")),
    }
}

fn list<'o>(object: &'o Object, key: &str) -> Result<&'o [Json], String> {
    match object.get(key) {
        None => Ok(&[]),
        Some(value) => value.as_array().map(Vec::as_slice).ok_or_else(|| format!("`{key}` must be a list")),
    }
}

/// Keywords that do not change the type, but must be right.
fn check_values(object: &Object, draft4: bool) -> Result<(), String> {
    for key in ["pattern", "format"] {
        text(object, key)?;
    }
    let number = |key: &str| match object.get(key) {
        None => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or_else(|| format!("`{key}` must be a number")),
    };
    if number("multipleOf")?.is_some_and(|value| value <= 0.0) {
        return Err("`multipleOf` must be greater than 0".to_owned());
    }
    for (bound, exclusive) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
        let value = number(bound)?;
        match object.get(exclusive) {
            Some(Json::Bool(_)) if value.is_none() => return Err(format!("`{exclusive}` needs `{bound}`")),
            None | Some(Json::Bool(_)) => {}
            Some(Json::Number(_)) if !draft4 => {}
            Some(_) => return Err(format!("`{exclusive}` must be true, false or a number")),
        }
    }
    let count = |key: &str| match object.get(key) {
        None => Ok(None),
        Some(value) => match value.as_f64() {
            Some(count) if count >= 0.0 && count.fract() == 0.0 => Ok(Some(count)),
            _ => Err(format!("`{key}` must be a whole number of 0 or more")),
        },
    };
    for (low, high) in [("minLength", "maxLength"), ("minProperties", "maxProperties"), ("minItems", "maxItems")] {
        if let (Some(least), Some(most)) = (count(low)?, count(high)?)
            && least > most
            && low != "minItems"
        {
            return Err(format!("`{low}` is greater than `{high}`"));
        }
    }
    if object.get("uniqueItems").is_some_and(|value| !value.is_boolean()) {
        return Err("`uniqueItems` must be true or false".to_owned());
    }
    let mut names: Vec<&str> = Vec::new();
    for name in list(object, "required")? {
        names.push(name.as_str().ok_or("`required` must be a list of strings")?);
    }
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!("`{}` stands twice in `required`", pair[0]));
    }
    let mut values: Vec<String> = list(object, "enum")?.iter().map(Json::to_string).collect();
    values.sort_unstable();
    if let Some(pair) = values.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!("`{}` stands twice in `enum`", pair[0]));
    }
    Ok(())
}

struct Converter {
    schemas: Vec<Schema>,
    definitions: FxHashMap<String, Definition>,
    depth: u32,
}

enum Definition {
    /// On the way; the type that stands for it where it contains itself.
    Open(Option<Arc<Recursive>>),
    Done(Maybe),
}

impl Converter {
    /// The type of a schema; `name` is the reference that led to it.
    fn convert(&mut self, id: Id, name: Option<&str>) -> Result<Type, String> {
        if self.depth > MAX_DEPTH {
            return Ok(Type::Any);
        }
        self.depth += 1;
        let ty = self.followed(id, name);
        self.depth -= 1;
        ty
    }

    fn followed(&mut self, id: Id, name: Option<&str>) -> Result<Type, String> {
        if let Some((target, reference)) = self.schemas[id].reference.clone() {
            return match self.definitions.get_mut(&reference) {
                Some(Definition::Done(ty)) => Ok(ty.clone().unwrap_or(Type::Any)),
                Some(Definition::Open(recursive)) => {
                    let new = || Arc::new(Recursive { target: OnceLock::new() });
                    Ok(Type::Recursive(recursive.get_or_insert_with(new).clone()))
                }
                None => self.convert(target, Some(&reference)),
            };
        }
        let Some(name) = name else { return self.plain(id) };
        self.definitions.insert(name.to_owned(), Definition::Open(None));
        let ty = self.plain(id);
        let known = ty.as_ref().ok().cloned();
        if let Some(Definition::Open(Some(recursive))) = self.definitions.insert(name.to_owned(), Definition::Done(known.clone())) {
            _ = recursive.target.set(known.unwrap_or(Type::Any));
        }
        ty
    }

    fn plain(&mut self, id: Id) -> Result<Type, String> {
        let schema = self.schemas[id].clone();
        if !schema.any_of.is_empty() {
            let mut ty = None;
            if !schema.types.is_empty() {
                let core = self.schemas.len();
                self.schemas.push(Schema { any_of: Vec::new(), ..schema.clone() });
                // only an object of known keys alone is one more alternative
                if let own @ Type::Object(object) = &self.convert(core, None)?
                    && object.rest.is_none()
                {
                    ty = Some(own.clone());
                }
            }
            for alternative in schema.any_of {
                let new = self.convert(alternative, None)?;
                ty = or(Some(new), ty);
            }
            return Ok(ty.unwrap_or(Type::Any));
        }
        if !schema.all_of.is_empty() {
            return self.all_of(id, &schema);
        }
        self.by_type(id, &schema)
    }

    fn all_of(&mut self, id: Id, schema: &Schema) -> Result<Type, String> {
        let mut parts = Vec::new();
        for part in &schema.all_of {
            let mut part = *part;
            for _ in 0..MAX_DEPTH {
                let Some((target, _)) = &self.schemas[part].reference else { break };
                part = *target;
            }
            let own = &self.schemas[part];
            if own.types.is_empty() && !own.any_of.is_empty() && own.properties.is_empty() && own.items.is_empty() {
                continue;
            }
            parts.push(part);
        }
        let Some(merged) = self.merge(&parts)? else { return Ok(Type::Any) };
        if !schema.types.is_empty() {
            let both = |name: &str| schema.types.contains(&name) && self.schemas[merged].types.contains(&name);
            if both("object") || both("array") {
                let whole = self.merge(&[merged, id])?.unwrap_or(merged);
                return self.convert(whole, None);
            }
            if schema.types != self.schemas[merged].types {
                return Err("the schemas of `allOf` do not fit the type beside it".to_owned());
            }
        }
        self.convert(merged, None)
    }

    /// Merges schemas into the first.
    fn merge(&mut self, parts: &[Id]) -> Result<Option<Id>, String> {
        let Some((first, rest)) = parts.split_first() else { return Ok(None) };
        for part in parts {
            self.assume_type(*part);
        }
        for part in rest {
            let other = self.schemas[*part].clone();
            let own = &self.schemas[*first];
            if own.types != other.types {
                let name = |types: &[&str]| if types.is_empty() { "no type".to_owned() } else { types.join(", ") };
                return Err(format!("the schemas of `allOf` do not fit: {} and {}", name(&own.types), name(&other.types)));
            }
            if own.types.contains(&"object") && !own.properties.is_empty() && !other.properties.is_empty() {
                self.schemas[*first].properties.extend(other.properties);
            } else if own.types.contains(&"array") && !own.items.is_empty() && !other.items.is_empty() {
                for (index, item) in other.items.iter().enumerate() {
                    if self.schemas[*first].items.len() <= index {
                        self.schemas[*first].items.push(*item);
                    }
                    let own = self.schemas[*first].items[index];
                    if self.schemas[own].types != self.schemas[*item].types {
                        return Err("the items of the schemas of `allOf` do not fit".to_owned());
                    }
                }
            }
        }
        Ok(Some(*first))
    }

    /// What has properties is an object, what has items an array.
    fn assume_type(&mut self, id: Id) {
        let schema = &mut self.schemas[id];
        let name = match (schema.properties.is_empty(), schema.items.is_empty()) {
            (false, _) => "object",
            (true, false) => "array",
            (true, true) => return,
        };
        if !schema.types.contains(&name) {
            schema.types.push(name);
        }
    }

    fn by_type(&mut self, id: Id, schema: &Schema) -> Result<Type, String> {
        let mut types = schema.types.clone();
        if types.is_empty() {
            self.assume_type(id);
            types.clone_from(&self.schemas[id].types);
        }
        let has = |name: &str| types.contains(&name);
        if has("boolean") {
            Ok(Type::Boolean)
        } else if has("string") {
            Ok(Type::String)
        } else if has("integer") || has("number") {
            Ok(Type::Number)
        } else if has("object") {
            if schema.properties.is_empty() {
                return Ok(Type::object(Vec::new(), Some((Some(Type::Any), Some(Type::Any)))));
            }
            let mut fixed = Vec::new();
            for (name, property) in &schema.properties {
                fixed.push((name.as_str().into(), Some(self.convert(*property, None)?)));
            }
            Ok(Type::object(fixed, None))
        } else if has("array") {
            match schema.items.as_slice() {
                [] => Ok(Type::array(Vec::new(), Some(Type::Any))),
                [only] if schema.uniform => Ok(Type::array(Vec::new(), Some(self.convert(*only, None)?))),
                items => {
                    let items = items.iter().map(|item| Ok(Some(self.convert(*item, None)?))).collect::<Result<_, String>>()?;
                    Ok(Type::array(items, None))
                }
            }
        } else {
            Ok(Type::Any)
        }
    }
}
