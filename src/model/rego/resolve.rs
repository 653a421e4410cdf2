//! The documents that expressions refer to, through imports.

use std::borrow::Cow;
use std::fmt::Write;

use super::scope::{Name, Scopes};
use super::{Module, RefPath};
use crate::syntax::rego::ast::{Expr, Var};

/// A path that starts at `data` or `input`, at a built-in function, or at a local variable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resolved<'t> {
    pub root: Root,
    /// Constant names; the first is `data` or `input`, a function's first name, or the variable's name.
    pub path: Vec<Cow<'t, str>>,
    /// Whether `path` is all of the reference.
    pub complete: bool,
}

/// What a resolved path starts at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Root {
    Data,
    Input,
    Builtin,
    /// Index of the binding.
    Local(u32),
    /// A function that is neither built in nor defined here: another file of the package may define it.
    Unknown,
}

impl<'t> Module<'t> {
    /// What a variable or reference in a rule refers to; `None` for other expressions and wildcards.
    #[must_use]
    pub fn resolve(&self, scopes: &Scopes<'t>, expr: Expr<'t>) -> Option<Resolved<'t>> {
        let expr = expr.inner();
        let first = first_var(expr)?;
        let (written, complete) = RefPath::of(expr);
        let name = scopes.name(first.node())?;
        let mut path: Vec<Cow<'t, str>> = Vec::with_capacity(written.len() + 3);
        let root = match name {
            Name::Wildcard => return None,
            Name::Input => Root::Input,
            Name::Data => Root::Data,
            Name::Builtin => Root::Builtin,
            Name::Unknown => Root::Unknown,
            Name::Local(binding) => Root::Local(binding),
            Name::Import(at) => {
                let import = &self.imports[at as usize];
                path.extend(import.path.parts.iter().map(|(name, _)| name.clone()));
                if import.path.first() == Some("input") { Root::Input } else { Root::Data }
            }
            Name::Rule(_) => {
                path.push(Cow::Borrowed("data"));
                path.extend(self.package.parts.iter().map(|(name, _)| name.clone()));
                path.push(Cow::Borrowed(first.name()));
                Root::Data
            }
        };
        let skip = usize::from(!path.is_empty());
        path.extend(written.parts.into_iter().skip(skip).map(|(name, _)| name));
        Some(Resolved { root, path, complete })
    }
}

impl Resolved<'_> {
    /// `data.a.b`, names that are no identifiers in brackets.
    #[must_use]
    pub fn dotted(&self) -> String {
        let mut out = String::new();
        write_path(&mut out, self.path.iter().map(AsRef::as_ref));
        out
    }
}

/// Writes names as a reference: `data.a["b-c"]`; no two paths look the same.
pub fn write_path<'n>(out: &mut String, names: impl Iterator<Item = &'n str>) {
    for (at, name) in names.enumerate() {
        if at == 0 {
            out.push_str(name);
        } else {
            write_part(out, name);
        }
    }
}

/// Writes one further name of a reference.
pub(super) fn write_part(out: &mut String, name: &str) {
    let is_identifier =
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !name.as_bytes()[0].is_ascii_digit();
    if is_identifier {
        out.push('.');
        out.push_str(name);
    } else {
        // writing to a string cannot fail
        _ = write!(out, "[{name:?}]");
    }
}

/// The variable that a variable or reference starts at.
fn first_var(expr: Expr<'_>) -> Option<Var<'_>> {
    match expr {
        Expr::Var(var) => Some(var),
        Expr::Ref(reference) => match reference.operand()? {
            Expr::Var(var) => Some(var),
            _ => None,
        },
        _ => None,
    }
}
