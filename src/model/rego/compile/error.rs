//! What the stages refuse, by class, with OPA's words and better ones.

use super::hir::Loc;
use crate::text::Span;

/// What is wrong, for whoever maps errors to rules.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Class {
    /// The module does not parse, or a stage left something behind that it should not have: nothing a rule reports.
    Broken,
    UnsafeVar,
    RecursiveRule,
    UndefinedFunction,
    WrongArity,
    /// Rules of several kinds or arities under one name, rules inside the extent of others, several defaults.
    RuleConflict,
    /// A package at the path of a rule.
    PackageConflict,
    /// A variable declared or assigned that the body already has.
    RedeclaredVar,
    /// `some x` without a use of `x`.
    UnusedDeclaration,
    /// What stands on the left of `:=` cannot be assigned to, or not there.
    InvalidAssignment,
    /// An argument that is no pattern.
    InvalidArgument,
    /// A rule, argument or variable called `input` or `data`.
    ShadowedDocument,
    /// A call of what a local variable is called.
    ShadowedFunction,
    DuplicateImport,
    /// A call without a result, used as a value.
    VoidValue,
    InvalidWith,
    InvalidTemplate,
    /// A deprecated builtin in version 1.
    RefusedBuiltin,
    /// A call with what the function does not take, or whose result is used as what it is not.
    ArgumentType,
    /// Two sides that are never equal, or a collection that never holds a value.
    NeverMatches,
    /// A reference to what cannot be there.
    UndefinedReference,
    /// A schema that is not there, or is none.
    InvalidSchema,
    /// Two blocks of annotations for one package or document.
    RedeclaredAnnotation,
}

/// Why a program cannot be compiled; OPA would not run it either.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CompileError {
    /// Index of the module.
    pub module: usize,
    /// OPA's place: often a whole statement or rule.
    pub span: Span,
    /// OPA's code: `rego_compile_error`, `rego_type_error`, `rego_unsafe_var_error`, `rego_recursion_error`.
    pub code: &'static str,
    /// In OPA's words where it has the same error.
    pub message: String,
    pub class: Class,
    /// Which stage found it; OPA stops after the first stage with errors.
    pub(crate) stage: Stage,
    pub(crate) more: Box<More>,
}

/// What OPA does not say.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(crate) struct More {
    /// The place itself, where OPA names the statement around it.
    pub(crate) span: Option<Span>,
    /// Replaces OPA's message.
    pub(crate) message: Option<String>,
    pub(crate) help: Option<String>,
    /// Second places.
    pub(crate) labels: Vec<(Loc, String)>,
    /// The name that is not known, as it is written or from `data` on: nothing is said of it where a module that cannot be read may
    /// define it.
    pub(crate) unknown: Option<String>,
    /// Something known has almost the same name.
    pub(crate) similar: bool,
}

/// The stages in OPA's order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Stage {
    Build,
    Resolve,
    Names,
    Locals,
    Templates,
    Void,
    Prints,
    Withs,
    Conflicts,
    Functions,
    Heads,
    Safety,
    Recursion,
    Types,
    Deprecated,
}

impl CompileError {
    pub(crate) fn new(class: Class, at: Loc, code: &'static str, message: impl Into<String>) -> Self {
        Self { module: at.module as usize, span: at.span, code, message: message.into(), class, stage: Stage::Build, more: Box::default() }
    }

    /// `rego_compile_error`
    pub(crate) fn compile(class: Class, at: Loc, message: impl Into<String>) -> Self {
        Self::new(class, at, "rego_compile_error", message)
    }

    /// `rego_type_error`
    pub(crate) fn types(class: Class, at: Loc, message: impl Into<String>) -> Self {
        Self::new(class, at, "rego_type_error", message)
    }

    /// The thing itself, where OPA names the statement around it.
    #[must_use]
    pub fn place(&self) -> Span {
        self.more.span.unwrap_or(self.span)
    }

    /// What is wrong, in better words than OPA's where there are any.
    #[must_use]
    pub fn words(&self) -> &str {
        self.more.message.as_deref().unwrap_or(&self.message)
    }

    /// What to do about it, where that is known.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.more.help.as_deref()
    }

    /// The place of the thing itself.
    pub(crate) fn within(mut self, span: Span) -> Self {
        self.more.span = Some(span);
        self
    }

    /// Better words than OPA's.
    pub(crate) fn saying(mut self, message: impl Into<String>) -> Self {
        self.more.message = Some(message.into());
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.more.help = Some(help.into());
        self
    }

    pub(crate) fn label(mut self, at: Loc, message: impl Into<String>) -> Self {
        self.more.labels.push((at, message.into()));
        self
    }

    /// See [`More::unknown`].
    pub(crate) fn unknown(mut self, name: impl Into<String>) -> Self {
        self.more.unknown = Some(name.into());
        self
    }

    /// See [`More::similar`].
    pub(crate) fn similar(mut self) -> Self {
        self.more.similar = true;
        self
    }
}

/// Sorted by place, each once.
pub(crate) fn in_order(mut errors: Vec<CompileError>) -> Vec<CompileError> {
    errors.sort();
    errors.dedup();
    errors
}
