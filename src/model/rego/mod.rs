//! What a Rego module means: packages, imports, rules, scopes, references, annotations, and facts for other files.

mod builtins;
#[rustfmt::skip]
mod builtins_table;
mod facts;
mod module;
mod resolve;
mod scope;

pub use builtins::{Builtin, Type, builtin, builtins, is_builtin_namespace};
pub use facts::{Facts, ImportFact, ReferenceFact, RuleFact};
pub use module::{ImportDecl, ImportKind, Module, RefPath, RuleDef, RuleKind, string_value};
pub use resolve::{Resolved, Root, write_path};
pub use scope::{Binding, BindingKind, Name, Scope, ScopeKind, Scopes};
