//! Regular expressions in Go's syntax, parsed: what OPA's `regex.*` functions take.

pub(crate) mod names;
pub(crate) mod node;
mod syntax;

pub(crate) use syntax::parse;

/// Whether Go compiles the expression.
#[must_use]
pub fn is_valid(pattern: &str) -> bool {
    parse(pattern).is_ok()
}
