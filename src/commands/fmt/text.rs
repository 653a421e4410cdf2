//! Formatting one text: the part that files and texts embedded in others share.

use crate::cli::MigrateArg;
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::{Refusal, Target, format};
use crate::syntax::rego::{Parse, Version};
use crate::text::{Location, SourceId};

/// What the command line asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) migrate: Option<MigrateArg>,
}

impl Wanted {
    /// What a text of `version` is formatted to.
    pub(super) fn target(self, version: Version) -> Target {
        match (self.migrate, version) {
            (Some(MigrateArg::Both), _) => Target::Both,
            (Some(MigrateArg::V1), _) => Target::V1Only,
            (None, Version::V0) => Target::V0,
            (None, Version::V1) => Target::V1,
        }
    }

    /// The new text of a module.
    ///
    /// # Errors
    /// Why the text must stay as it is.
    pub(super) fn format(self, parse: &Parse) -> Result<String, Refusal> {
        format(parse, self.target(parse.version))
    }
}

/// Why a text is left alone, as findings.
pub(super) fn refused(source: SourceId, tree: &Parse, refusal: Refusal) -> Vec<Diagnostic> {
    let finding = |place, message: String| Diagnostic::new("format-refused", "syntax", Severity::Error, place, message);
    match refusal {
        Refusal::Syntax => crate::commands::findings::syntax_errors(source, tree),
        Refusal::Unsupported { span, reason } => vec![finding(Place::At(Location { source, span }), format!("not formatted: {reason}"))],
        Refusal::Migration { span, message, help } => {
            vec![finding(Place::At(Location { source, span }), format!("not migrated: {message}")).with_help(help)]
        }
        Refusal::Proof { reason } => vec![
            finding(Place::File(source), format!("not formatted: {reason}"))
                .with_help("this is a defect of ztctl; please report it with the file"),
        ],
    }
}
