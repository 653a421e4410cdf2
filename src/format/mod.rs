//! The Rego formatter: what `opa fmt` writes, and migration from v0 to v1.
//!
//! The tree is lowered to the parts that opa's syntax tree has ([`lowered`]), with the places that opa's parser records, since
//! opa's layout follows rows; then it is printed. A result is handed out only after proof.

mod check;
mod compact;
mod imports;
mod literal_text;
mod lower;
mod lowered;
pub mod migrate;
mod order;
mod place;
mod print;
mod same;
mod style;

use std::sync::Arc;

use self::lower::{Lower, lower};
use self::lowered::Lowered;
use self::same::check_same;
use self::style::Style;
use crate::syntax::rego::{Parse, Version, parse};
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
    /// The text has syntax errors: those of the parse. METADATA that cannot be read is none.
    Syntax,
    /// What the formatter cannot write.
    Unsupported { span: Span, reason: String },
    /// The result did not stand the proof, so nothing is handed out.
    Proof { reason: String },
    /// What v1 does not accept.
    Migration { span: Span, message: String, help: String },
}

/// How often a result that does not format to itself is formatted again; opa's own results settle after the second time.
const ROUNDS: usize = 4;

/// Formats a module.
///
/// The result parses in the target language, says the same but for the rewrites that formatting and migration make, has the
/// same comments, and formats to itself.
///
/// # Errors
/// Why the text must stay as it is.
pub fn format(parse: &Parse, target: Target) -> Result<String, Refusal> {
    if !parse.formattable {
        return Err(Refusal::Syntax);
    }
    let before = lowered(parse, target)?;
    let origin = Origin { ast: &before.out, version: parse.version, has_metadata_errors: !parse.errors.is_empty() };
    settled(&origin, target).map_err(|refusal| match refusal {
        // what v1 cannot name is the usual reason
        Refusal::Proof { .. } if target == Target::Both => check::keyword_variable(&before.out).unwrap_or(refusal),
        refusal => refusal,
    })
}

/// What is formatted.
struct Origin<'a, 't> {
    ast: &'a Lowered<'t>,
    version: Version,
    has_metadata_errors: bool,
}

/// A proven text for `target`.
fn settled(origin: &Origin<'_, '_>, target: Target) -> Result<String, Refusal> {
    if target == Target::Both && print(origin.ast, target, true)? == origin.ast.text {
        return Ok(origin.ast.text.to_owned());
    }
    let first = settle(origin, target, false);
    if target != Target::Both || matches!(first, Ok(Settled { rounds: 0, .. })) {
        return first.map(|settled| settled.text);
    }
    match (first, settle(origin, target, true)) {
        (Ok(first), Ok(kept)) if first.rounds <= kept.rounds => Ok(first.text),
        (_, Ok(kept)) => Ok(kept.text),
        (first, Err(_)) => first.map(|settled| settled.text),
    }
}

/// A proven text.
struct Settled {
    text: String,
    /// How often it was formatted again before it stayed the same.
    rounds: usize,
}

/// Formats until the text stays the same; `keep` is for [`imports::entries`].
fn settle(origin: &Origin<'_, '_>, target: Target, keep: bool) -> Result<Settled, Refusal> {
    let mut text = print(origin.ast, target, keep)?;
    if text == origin.ast.text {
        return Ok(Settled { text, rounds: 0 });
    }
    for rounds in 0..ROUNDS {
        let again = proven(origin, &text, target, keep)?;
        if again == text {
            return Ok(Settled { text, rounds });
        }
        text = again;
    }
    Err(Refusal::Proof { reason: "formatting the result changes it again".to_owned() })
}

/// Checks that `text` says what `before` says, and formats it.
fn proven(origin: &Origin<'_, '_>, text: &str, target: Target, keep: bool) -> Result<String, Refusal> {
    let source: Arc<str> = text.into();
    let versions: &[Version] = match target {
        Target::V0 => &[Version::V0],
        Target::V1 | Target::V1Only => &[Version::V1],
        Target::Both => &[Version::V0, Version::V1],
    };
    let mut result = None;
    for output in versions {
        let after = parse(Arc::clone(&source), *output);
        let errors = if origin.has_metadata_errors { !after.formattable } else { !after.errors.is_empty() };
        if let Some(error) = after.errors.first().filter(|_| errors) {
            return Err(Refusal::Proof { reason: format!("the result is no valid Rego: {}", error.message) });
        }
        let after_lowered = lowered(&after, target)?;
        check_same(origin.ast, &after_lowered.out, target).map_err(|reason| Refusal::Proof { reason })?;
        if result.is_none() || origin.version == *output {
            result = Some(print(&after_lowered.out, target, keep)?);
        }
    }
    result.ok_or_else(|| Refusal::Proof { reason: "no version to check".to_owned() })
}

/// Lowers a module, and refuses what the target language does not have.
fn lowered(parse: &Parse, target: Target) -> Result<Lower<'_>, Refusal> {
    let lower = lower(parse).map_err(|span| Refusal::Unsupported { span, reason: "this syntax".to_owned() })?;
    if target != Target::V0 {
        check::check_v1(&lower)?;
    }
    match lower.first_template {
        Some(span) if matches!(target, Target::V0 | Target::Both) => Err(Refusal::Migration {
            span,
            message: "v0 has no template strings".to_owned(),
            help: "use `sprintf`, or format for v1 alone".to_owned(),
        }),
        _ => Ok(lower),
    }
}

fn print(ast: &Lowered<'_>, target: Target, keep: bool) -> Result<String, Refusal> {
    print::Printer::new(ast, Style::new(ast, target)).module(target, keep)
}
