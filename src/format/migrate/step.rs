//! What a migration does to a file, and what it leaves to people.

use super::allowed::Allowed;
use crate::diag::Applicability;
use crate::syntax::rego::{Keywords, Parse};
use crate::text::Span;

/// What stands in the way of v1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum StepKind {
    /// A built-in that v1 does not have is called.
    DeprecatedBuiltin,
    /// A rule has the name of a keyword, or of a built-in that v1 does not have.
    RuleName,
    /// A variable has the name of a keyword.
    VariableName,
    /// An import brings a name that is a keyword.
    ImportName,
    /// Two imports bring one name.
    DuplicateImport,
    /// A rule, an argument or a variable hides `input` or `data`.
    ShadowedDocument,
    /// A rule of this or another file is called otherwise now.
    RenamedUse,
    /// Something else that only people can decide.
    Other,
}

impl StepKind {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 8] = [
        Self::DeprecatedBuiltin,
        Self::RuleName,
        Self::VariableName,
        Self::ImportName,
        Self::DuplicateImport,
        Self::ShadowedDocument,
        Self::RenamedUse,
        Self::Other,
    ];

    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DeprecatedBuiltin => "deprecated-builtin",
            Self::RuleName => "rule-name",
            Self::VariableName => "variable-name",
            Self::ImportName => "import-name",
            Self::DuplicateImport => "duplicate-import",
            Self::ShadowedDocument => "shadowed-document",
            Self::RenamedUse => "renamed-use",
            Self::Other => "other",
        }
    }
}

/// What became of a step.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum StepState {
    /// It is in the result.
    Done,
    /// It could be done, but something else in the file, or in a file that goes along with it, is left.
    Held,
    /// It needs `--unsafe-fixes`.
    Unsafe,
    /// It has no single meaning: people decide.
    Manual,
}

impl StepState {
    /// All of them, from what is done to what is left to people.
    pub const ALL: [Self; 4] = [Self::Done, Self::Held, Self::Unsafe, Self::Manual];

    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Held => "held",
            Self::Unsafe => "unsafe",
            Self::Manual => "manual",
        }
    }
}

/// One place of a file that the migration has to rewrite beyond what formatting does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    pub kind: StepKind,
    /// In the text before the migration.
    pub span: Span,
    /// What was found.
    pub message: String,
    /// What is done about it, or what people are to write.
    pub help: String,
    pub state: StepState,
}

/// Something that v1 refuses, and what can be done about it.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) kind: StepKind,
    pub(super) span: Span,
    /// Lower case, what was found in backticks.
    pub(super) message: String,
    pub(super) remedy: Remedy,
}

/// What can be done about a [`Problem`].
#[derive(Clone, Debug)]
pub(super) enum Remedy {
    Edit(Rewrite),
    /// All rules of the module's package with this first name get another one; always unsafe, since others may query it.
    RenameRule {
        name: String,
    },
    /// What to write.
    Manual {
        help: String,
    },
}

/// Edits of one file.
#[derive(Clone, Debug)]
pub(super) struct Rewrite {
    /// Sorted and disjoint.
    pub(super) edits: Vec<(Span, String)>,
    /// The keywords that the new text uses.
    pub(super) needs: Needs,
    /// Safe or unsafe; unsafe ones say why in `help`.
    pub(super) applicability: Applicability,
    /// What is done, e.g. "write `regex.match(…)`".
    pub(super) help: String,
    /// The changes of names and imports that the edits make.
    pub(super) allowed: Allowed,
}

/// Keywords that v0 has only by import.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Needs {
    pub(super) r#in: bool,
    pub(super) every: bool,
}

impl Needs {
    pub(super) fn or(self, other: Self) -> Self {
        Self { r#in: self.r#in || other.r#in, every: self.every || other.every }
    }

    /// The import that a module still lacks, as an edit; `None` where all is there.
    pub(super) fn edit(self, parse: &Parse) -> Option<(Span, String)> {
        let Keywords { r#in, every, .. } = parse.keywords;
        // `every` brings `in` along
        let import = match (self.r#in && !r#in, self.every && !every) {
            (_, true) => "import future.keywords.every\n",
            (true, false) => "import future.keywords.in\n",
            (false, false) => return None,
        };
        let text = parse.tree.text();
        let clause = crate::syntax::rego::ast::Module::cast(parse.tree.root())?.package()?.span();
        let rest = &text[clause.end as usize..];
        let line = rest.find('\n').map_or(rest, |end| &rest[..end]);
        let only_trivia = line.trim_start().is_empty() || line.trim_start().starts_with('#');
        Some(if only_trivia && line.len() < rest.len() {
            let at = clause.end + line.len() as u32 + 1;
            (Span::at(at), format!("\n{import}"))
        } else if only_trivia {
            (Span::at(text.len() as u32), format!("\n\n{import}"))
        } else {
            (Span::at(clause.end), format!("\n\n{import}\n"))
        })
    }
}
