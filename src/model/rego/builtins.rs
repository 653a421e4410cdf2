//! The built-in functions of OPA: names, types and traits.
//!
//! The table is generated from what `opa capabilities --current` prints: `ZTCTL_UPDATE=1 cargo test --test it model`
//! with `opa` of the wanted version on the path (or in `~/go/bin`) writes `builtins_table.rs`; without the variable the test
//! compares. Descriptions are left out.

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};

use super::builtins_table::BUILTINS;
use crate::syntax::rego::Kind;

/// The type of an argument or a result, as OPA's capabilities write it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Type {
    Any,
    Null,
    Boolean,
    Number,
    String,
    /// Elements with types of their own, then the type of all further ones.
    Array(&'static [Type], Option<&'static Type>),
    /// Known keys, then the types of all further keys and values.
    Object(&'static [(&'static str, Type)], Option<(&'static Type, &'static Type)>),
    Set(&'static Type),
    Union(&'static [Type]),
}

/// A built-in function.
#[derive(Debug)]
pub struct Builtin {
    /// `io.jwt.decode`; operators have names too (`plus`).
    pub name: &'static str,
    /// Names (may be empty) and types of the arguments.
    pub args: &'static [(&'static str, Type)],
    /// The type of any number of further arguments.
    pub variadic: Option<&'static Type>,
    /// Name (may be empty) and type of the result; `None` for calls that are no values (`print`).
    pub result: Option<(&'static str, &'static Type)>,
    /// The operator that calls it.
    pub infix: Option<&'static str>,
    /// Refused in v1.
    pub deprecated: bool,
    /// Two calls may differ.
    pub nondeterministic: bool,
    /// May give several results for the same arguments.
    pub relation: bool,
}

impl Builtin {
    /// Whether the result is true or false and nothing else.
    #[must_use]
    pub fn is_boolean(&self) -> bool {
        self.result.is_some_and(|(_, ty)| *ty == Type::Boolean)
    }
}

/// All built-in functions, sorted by name.
#[must_use]
pub fn builtins() -> &'static [Builtin] {
    BUILTINS
}

/// The built-in function called `name`.
#[must_use]
pub fn builtin(name: &str) -> Option<&'static Builtin> {
    // asked for every call of every module by several rules
    static BY_NAME: OnceLock<FxHashMap<&'static str, &'static Builtin>> = OnceLock::new();
    BY_NAME.get_or_init(|| BUILTINS.iter().map(|builtin| (builtin.name, builtin)).collect()).get(name).copied()
}

/// Whether `name` is a built-in function that v1 refuses.
#[must_use]
pub fn is_deprecated(name: &str) -> bool {
    builtin(name).is_some_and(|builtin| builtin.deprecated)
}

/// Whether `name` is a built-in function's first name part: `io` of `io.jwt.decode`, `count`.
#[must_use]
pub fn is_builtin_namespace(name: &str) -> bool {
    static NAMESPACES: OnceLock<FxHashSet<&'static str>> = OnceLock::new();
    NAMESPACES.get_or_init(|| BUILTINS.iter().filter_map(|b| b.name.split('.').next()).collect()).contains(name)
}

/// What does the same as a deprecated built-in function, by OPA's documentation of deprecated built-in functions.
#[must_use]
pub fn instead_of_deprecated(name: &str) -> &'static str {
    match name {
        "all" => "write `every x in xs { x }`",
        "any" => "write `true in xs`",
        "re_match" => "call `regex.match`",
        "net.cidr_overlap" => "call `net.cidr_contains`",
        "set_diff" => "write `a - b`",
        _ => "call `is_array`, `is_string` and their like, or `to_number`",
    }
}

/// The name of the builtin that an operator calls.
#[must_use]
pub fn operator_name(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Plus => "plus",
        Kind::Minus => "minus",
        Kind::Star => "mul",
        Kind::Slash => "div",
        Kind::Percent => "rem",
        Kind::Ampersand => "and",
        Kind::Pipe => "or",
        Kind::EqualEqual => "equal",
        Kind::NotEqual => "neq",
        Kind::Less => "lt",
        Kind::LessEqual => "lte",
        Kind::Greater => "gt",
        Kind::GreaterEqual => "gte",
        Kind::Equal => "eq",
        Kind::Assign => "assign",
        _ => return None,
    })
}
