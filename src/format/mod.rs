//! The Rego formatter: what `opa fmt` writes, and migration from v0 to v1.
//!
//! The tree is lowered to the parts that opa's syntax tree has ([`lowered`]), with the places that opa's parser records, since
//! opa's layout follows rows; then it is printed. A result is handed out only after proof.

mod check;
mod compact;
mod imports;
mod literal_text;
mod lower;
mod lower_literals;
mod lower_terms;
mod lowered;
mod order;
mod place;
mod print;
mod print_lists;
mod print_literals;
mod print_module;
mod print_rules;
mod print_terms;
mod style;

use crate::syntax::rego::{Parse, Version};
use crate::text::Span;

/// The language that the result is written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    V0,
    V1,
    /// Accepted as v0 and as v1: `import rego.v1` is added.
    Both,
    /// v1 without the imports that v1 does not need.
    V1Only,
}

/// Why a text is not formatted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The text has syntax errors: those of the parse.
    Syntax,
    /// What the formatter cannot write.
    Unsupported { span: Span, reason: String },
    /// The result did not stand the proof, so nothing is handed out.
    Proof { reason: String },
    /// What v1 does not accept.
    Migration { span: Span, message: String, help: String },
}

/// Formats a module.
///
/// # Errors
/// Why the text must stay as it is.
pub fn format(parse: &Parse, target: Target) -> Result<String, Refusal> {
    if !parse.errors.is_empty() {
        return Err(Refusal::Syntax);
    }
    print(parse, target)
}

/// Formats without proof.
fn print(parse: &Parse, target: Target) -> Result<String, Refusal> {
    let lower = lower::lower(parse).map_err(|span| Refusal::Unsupported { span, reason: "syntax".to_owned() })?;
    if target != Target::V0 {
        check::check_v1(&lower)?;
    }
    if let Some(span) = lower.first_template.filter(|_| target == Target::Both || target == Target::V0) {
        return Err(Refusal::Migration {
            span,
            message: "v0 has no template strings".to_owned(),
            help: "use `sprintf`, or format for v1".to_owned(),
        });
    }
    let _ = Version::V0;
    let style = style::Style::new(&lower.out, target);
    print::Printer::new(&lower.out, style).module(target)
}
