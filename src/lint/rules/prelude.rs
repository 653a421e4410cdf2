//! What rule files use.

pub(super) use crate::diag::{Applicability, Example, FixKind, OptionKind, OptionMeta, OptionValue, Severity};
pub(super) use crate::lint::context::FileCx;
pub(super) use crate::lint::manifest::ManifestCx;
pub(super) use crate::lint::rule::{Rule, declare_rule};
pub(super) use crate::lint::source::SourceCx;
pub(super) use crate::model::code::Code;
pub(super) use crate::model::document::{Document, DocumentKind};
pub(super) use crate::model::k8s::Object;
pub(super) use crate::model::part::Part;
pub(super) use crate::model::rego::compile::Class;
pub(super) use crate::model::shell::Script;
pub(super) use crate::model::units::Unit;
pub(super) use crate::syntax::rego::{Kind, Node};
pub(super) use crate::text::Span;

/// A Rego example in v1.
pub(super) const fn rego(text: &'static str) -> Example {
    Example { language: "rego", text, options: &[] }
}

/// A Rego example in v0.
pub(super) const fn rego_v0(text: &'static str) -> Example {
    Example { language: "rego-v0", text, options: &[] }
}

/// A Rego example in v1 that is judged with options.
pub(super) const fn rego_with(options: &'static [(&'static str, OptionValue)], text: &'static str) -> Example {
    Example { language: "rego", text, options }
}

/// A YAML example.
pub(super) const fn yaml(text: &'static str) -> Example {
    Example { language: "yaml", text, options: &[] }
}

/// An example in shell.
pub(super) const fn shell(text: &'static str) -> Example {
    Example { language: "shell", text, options: &[] }
}

/// An example in Go.
pub(super) const fn go(text: &'static str) -> Example {
    Example { language: "go", text, options: &[] }
}

/// An example in HCL as SPIRE and Vault write it.
pub(super) const fn hcl(text: &'static str) -> Example {
    Example { language: "hcl", text, options: &[] }
}
