//! Findings that commands make themselves.

use crate::diag::Diagnostic;
use crate::lint;
use crate::syntax::rego::Parse;
use crate::text::{Location, SourceId};

/// The errors of a parse, as the rule `syntax-error` reports them.
pub(crate) fn syntax_errors(source: SourceId, parse: &Parse) -> Vec<Diagnostic> {
    let url = lint::meta("syntax-error").map(|meta| meta.url());
    parse
        .errors
        .iter()
        .map(|error| {
            let mut finding = Diagnostic::syntax(Location { source, span: error.span }, error.message.clone());
            finding.help.clone_from(&error.help);
            finding.url.clone_from(&url);
            finding
        })
        .collect()
}
