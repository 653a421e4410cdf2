//! The Rego formatter: what `opa fmt` writes, and migration from v0 to v1.
//!
//! The tree is lowered to the parts that opa's syntax tree has ([`lowered`]), with the places that opa's parser records, since
//! opa's layout follows rows; then it is printed, step by step as opa does. A result is handed out only after proof; where opa's
//! own result does not stand it, the module is printed with care.

mod check;
mod compact;
pub mod embedded;
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
use self::same::{check_same, comments_stay};
use self::style::Style;
use crate::syntax::rego::{Parse, Version, parse_syntax};
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

impl Refusal {
    /// Whether a migration may go on where formatting stopped: the text itself can be read.
    #[must_use]
    pub fn may_migrate(&self) -> bool {
        matches!(self, Self::Migration { .. } | Self::Proof { .. })
    }
}

/// How often a result that does not format to itself is formatted again; mostly it settles at the second time.
const ROUNDS: usize = 8;

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
    if target == Target::V1Only && parse.version == Version::V0 {
        return in_two_steps(parse);
    }
    let before = lowered(parse, target)?;
    let origin = |metadata_of| Origin { ast: &before.out, metadata_of };
    let mut result = settled(&origin(Some(parse)), target);
    if matches!(result, Err(Refusal::Proof { .. })) && !parse.has_broken_metadata() {
        // a comment of another column that becomes METADATA is no reason to refuse
        result = settled(&origin(None), target);
    }
    result.map_err(|refusal| match refusal {
        // what v1 cannot name is the usual reason
        Refusal::Proof { .. } if target == Target::Both => check::keyword_variable(&before.out).unwrap_or(refusal),
        refusal => refusal,
    })
}

/// From v0 to v1 alone: first to what both accept, then without the imports that v1 does not need, as two runs of opa.
fn in_two_steps(v0: &Parse) -> Result<String, Refusal> {
    let both = format(v0, Target::Both)?;
    format(&parse_as(&both, Version::V1), Target::V1Only).map_err(|refusal| match refusal {
        // its place would be one in the text between
        Refusal::Unsupported { reason, .. } | Refusal::Migration { message: reason, .. } => Refusal::Proof { reason },
        refusal => refusal,
    })
}

/// What is formatted.
struct Origin<'a, 't> {
    ast: &'a Lowered<'t>,
    /// If the METADATA of this can be read, that of the result must be readable; asked only of results that differ.
    metadata_of: Option<&'a Parse>,
}

/// A proven text for `target` that formats to itself.
fn settled(origin: &Origin<'_, '_>, target: Target) -> Result<String, Refusal> {
    let Next { mut text, settled } = next(origin, target)?;
    if settled {
        return Ok(text);
    }
    for _ in 0..ROUNDS {
        let parsed = parse_as(&text, readable(origin.ast.parse.version, target));
        let again = Origin { ast: &lowered(&parsed, target)?.out, metadata_of: origin.metadata_of };
        let formatted = next(&again, target)?;
        if formatted.text == text {
            return Ok(text);
        }
        proven(origin, &formatted.text, target)?;
        if formatted.settled {
            return Ok(formatted.text);
        }
        text = formatted.text;
    }
    Err(Refusal::Proof { reason: "formatting the result changes it again".to_owned() })
}

/// The version in which a result can be read.
fn readable(version: Version, target: Target) -> Version {
    match target {
        Target::V0 => Version::V0,
        Target::V1 | Target::V1Only => Version::V1,
        Target::Both => version,
    }
}

/// A module formatted once.
struct Next {
    text: String,
    /// Formatting it again gives the same.
    settled: bool,
}

/// Formats once: as opa does, if the result stands the proof and formats to itself; else with care.
fn next(origin: &Origin<'_, '_>, target: Target) -> Result<Next, Refusal> {
    let attempt = |as_opa| {
        let text = print(origin.ast, target, as_opa)?;
        Ok((is_stable(origin, &text, target, as_opa)?, text))
    };
    if let Ok((true, text)) = attempt(true) {
        return Ok(Next { text, settled: true });
    }
    let (_, text) = attempt(false)?;
    Ok(Next { settled: text == origin.ast.text, text })
}

fn parse_as(text: &str, version: Version) -> Parse {
    parse_syntax(Arc::<str>::from(text), version)
}

/// Checks that `text` says what `origin` says.
fn proven(origin: &Origin<'_, '_>, text: &str, target: Target) -> Result<(), Refusal> {
    each_reading(origin, text, target, |_, _| Ok(()))
}

/// Checks that `text` says what `origin` says; whether it formats to itself.
fn is_stable(origin: &Origin<'_, '_>, text: &str, target: Target, as_opa: bool) -> Result<bool, Refusal> {
    if text == origin.ast.text {
        return Ok(true);
    }
    let mut stable = true;
    let version = readable(origin.ast.parse.version, target);
    each_reading(origin, text, target, |after, read_as| {
        stable = stable && (!as_opa || comments_stay(origin.ast, after)) && (read_as != version || print(after, target, as_opa)? == text);
        Ok(())
    })?;
    Ok(stable)
}

/// Proves `text` in all versions that `target` has to be read in, and hands each reading to `check`.
fn each_reading(
    origin: &Origin<'_, '_>,
    text: &str,
    target: Target,
    mut check: impl FnMut(&Lowered<'_>, Version) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let versions: &[Version] = match target {
        Target::V0 => &[Version::V0],
        Target::V1 | Target::V1Only => &[Version::V1],
        Target::Both => &[Version::V0, Version::V1],
    };
    for version in versions {
        let after = parse_as(text, *version);
        if let Some(error) = after.errors.first() {
            return Err(Refusal::Proof { reason: format!("the result is no valid Rego: {}", error.message) });
        }
        if origin.metadata_of.is_some_and(|before| after.has_broken_metadata() && !before.has_broken_metadata()) {
            return Err(Refusal::Proof { reason: "METADATA of the result cannot be read".to_owned() });
        }
        let after = lowered(&after, target)?;
        check_same(origin.ast, &after.out, target).map_err(|reason| Refusal::Proof { reason })?;
        check(&after.out, *version)?;
    }
    Ok(())
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

/// Writes a module, with `as_opa` as opa does whatever becomes of it.
fn print(ast: &Lowered<'_>, target: Target, as_opa: bool) -> Result<String, Refusal> {
    print::Printer::new(ast, Style::new(ast, target), as_opa).module(target)
}
