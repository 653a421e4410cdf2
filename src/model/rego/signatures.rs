//! What the compile stages must know of a builtin, read off the table of builtins.

use super::builtins::{Builtin, builtin, builtins};

/// The call of a builtin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Signature {
    pub arity: usize,
    pub kind: SignatureKind,
}

/// What calling a builtin gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignatureKind {
    Function,
    /// Refused in version 1.
    Deprecated,
    /// Any number of results.
    Relation,
    /// No result.
    Void,
}

impl From<&Builtin> for Signature {
    fn from(builtin: &Builtin) -> Self {
        let kind = match builtin {
            Builtin { result: None, .. } => SignatureKind::Void,
            Builtin { relation: true, .. } => SignatureKind::Relation,
            Builtin { deprecated: true, .. } => SignatureKind::Deprecated,
            _ => SignatureKind::Function,
        };
        Self { arity: builtin.args.len(), kind }
    }
}

/// The signature of a builtin, by its dotted name.
#[must_use]
pub(crate) fn signature(name: &str) -> Option<Signature> {
    builtin(name).map(Signature::from)
}

/// The names of all builtins, sorted.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    builtins().iter().map(|builtin| builtin.name)
}
