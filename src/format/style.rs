//! What the target language and the module's imports decide about the output.

use super::Target;
use super::lowered::{Lowered, Value};
use super::order::string_of;

/// How rules and references are written.
#[derive(Debug)]
pub(super) struct Style<'a> {
    /// Sets are written with `contains`.
    pub(super) contains: bool,
    /// Bodies are written after `if`.
    pub(super) ifs: bool,
    /// Names with dots stay; else two-part names get brackets.
    pub(super) dotted_names: bool,
    /// v1 rules: `:=` in heads, values of constants.
    pub(super) v1: bool,
    v2_imported: bool,
    /// Names from `import future.keywords.x`.
    pub(super) future: Vec<&'a str>,
}

const OLD: [&str; 11] = ["not", "package", "import", "as", "default", "else", "with", "null", "true", "false", "some"];
const NEW: [&str; 4] = ["if", "contains", "in", "every"];

/// Whether v1 reserves a name.
pub(super) fn is_v1_keyword(name: &str) -> bool {
    OLD.contains(&name) || NEW.contains(&name)
}

/// Whether v1 reserves a name that v0 does not.
pub(super) fn is_new_keyword(name: &str) -> bool {
    NEW.contains(&name)
}

/// Whether a variable may have a name in v0 that it may not have in v1; `contains` is still allowed.
pub(super) fn is_refused_variable(name: &str) -> bool {
    is_new_keyword(name) && name != "contains"
}

impl<'a> Style<'a> {
    pub(super) fn new(ast: &Lowered<'a>, target: Target) -> Self {
        let v1 = target != Target::V0;
        let mut style = Self { contains: v1, ifs: v1, dotted_names: false, v1, v2_imported: false, future: Vec::new() };
        for import in &ast.imports {
            match directive(ast, import.path) {
                Some(Directive::Rego("v1")) => (style.contains, style.ifs) = (true, true),
                Some(Directive::Rego("v2")) => (style.contains, style.ifs, style.v2_imported) = (true, true, true),
                Some(Directive::AllKeywords) => (style.contains, style.ifs) = (true, true),
                Some(Directive::Keyword(name)) => {
                    style.contains |= name == "contains";
                    style.ifs |= name == "if";
                    style.future.push(name);
                }
                _ => {}
            }
        }
        style.dotted_names = ast.rules.iter().any(|rule| {
            let len = rule.head.reference.len;
            len > 2 || len == 2 && rule.head.key.is_some() && rule.head.value == super::lowered::HeadValue::None
        });
        style
    }

    /// Whether a name is reserved in the output.
    pub(super) fn is_keyword(&self, name: &str) -> bool {
        if self.v2_imported {
            return is_v1_keyword(name) || matches!(name, "and" | "or");
        }
        OLD.contains(&name) || self.v1 && NEW.contains(&name) || self.future.contains(&name)
    }
}

/// An import that changes the language.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Directive<'a> {
    /// `rego.v1`, `rego.v2`
    Rego(&'a str),
    /// `future.keywords`
    AllKeywords,
    /// `future.keywords.x`
    Keyword(&'a str),
}

/// What an import of `path` turns on.
pub(super) fn directive<'a>(ast: &Lowered<'a>, path: u32) -> Option<Directive<'a>> {
    let Value::Ref(parts) = ast.term(path).value else { return None };
    let parts: Vec<&'a str> = ast
        .list(parts)
        .iter()
        .map(|id| match ast.term(*id).value {
            Value::Var(span) => ast.slice(span),
            value @ (Value::Name(_) | Value::String(_)) => match string_of(ast, value) {
                std::borrow::Cow::Borrowed(name) => name,
                std::borrow::Cow::Owned(_) => "",
            },
            _ => "",
        })
        .collect();
    match parts[..] {
        ["rego", version] => Some(Directive::Rego(version)),
        ["future", "keywords"] => Some(Directive::AllKeywords),
        ["future", "keywords", name] => Some(Directive::Keyword(name)),
        _ => None,
    }
}
