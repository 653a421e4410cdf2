//! What a Rego module means: packages, imports, rules, scopes, references, annotations, and facts for other files.

mod annotations;
mod builtins;
#[rustfmt::skip]
mod builtins_table;
mod canonical;
pub mod compile;
mod declared;
mod facts;
mod identities;
mod kinds;
mod links;
mod module;
mod policy;
mod resolve;
mod scope;
pub(crate) mod signatures;
mod tokens;
pub(crate) mod types;
pub(crate) mod value;

pub use annotations::{Annotation, AnnotationScope, Author, annotations};
pub use builtins::{Builtin, Type, builtin, builtins, instead_of_deprecated, is_builtin_namespace, is_deprecated, operator_name};
pub use canonical::{Term, argument_mark};
pub use facts::{FactKinds, Facts, ImportFact, NegationFact, ReferenceFact, RuleFact};
pub use identities::{IdentityFact, is_of_test, operand_of_comparison, stands_for_itself};
pub use kinds::Kinds;
pub use links::{ImportLink, Link, Links, Sight};
pub use module::{ImportDecl, ImportKind, Module, RefPath, RuleDef, RuleKind, string_value};
pub use policy::{Attribute, AttributeRoot, Passes, PolicyFacts, RulePolicy};
pub use resolve::{Resolved, Root, write_path};
pub use scope::{Binding, BindingKind, LazyScopes, Name, Scope, ScopeKind, Scopes};
pub use tokens::{Constraints, RuleValue, TokenCall, TokenFacts, TokenFunction};
pub use types::{Schemas, compile_errors};
