//! Imports that Gatekeeper accepts.

use std::sync::Arc;

use crate::format::{Refusal, Target, format};
use crate::syntax::rego::{Version, parse_syntax as parse};

const KEYWORDS: [&str; 4] = ["contains", "every", "if", "in"];
const IMPORT: &str = "import rego.v1";

/// A v0 module as both versions and Gatekeeper accept it; `both` is what [`Target::Both`] made of it. Gatekeeper refuses `import rego.v1` in a template and takes `import
/// future.keywords.…`, which mean the same but for what v1 forbids (open-policy-agent/frameworks,
/// `constraint/pkg/regorewriter/regorewriter.go`, `checkImport`). Only the keywords that are used are imported.
///
/// # Errors
/// [`Refusal::Proof`] where the result would not say what `both` says.
pub fn for_gatekeeper(text: &str, both: &str) -> Result<String, Refusal> {
    if import(text).is_none() && says(text).is_some_and(|says| format(&parse(text, Version::V1), Target::V1Only) == Ok(says)) {
        return format(&parse(text, Version::V0), Target::V0);
    }
    let Some(at) = import(both) else { return Ok(both.to_owned()) };
    let with = |keywords: &[&str]| {
        let imports: Vec<String> = keywords.iter().map(|keyword| format!("import future.keywords.{keyword}")).collect();
        let rest = &both[at + IMPORT.len()..];
        let rest = if imports.is_empty() { rest.trim_start_matches('\n') } else { rest };
        format!("{}{}{rest}", &both[..at], imports.join("\n"))
    };
    let proof = || Refusal::Proof { reason: "the result says something else without `import rego.v1`".to_owned() };
    let wanted = says(both).ok_or_else(proof)?;
    let mut keywords = KEYWORDS.to_vec();
    for keyword in KEYWORDS {
        let fewer: Vec<&str> = keywords.iter().copied().filter(|kept| *kept != keyword).collect();
        if says(&with(&fewer)).is_some_and(|says| says == wanted) {
            keywords = fewer;
        }
    }
    let text: Arc<str> = with(&keywords).into();
    let text = format(&parse(text, Version::V0), Target::V0)?;
    if says(&text).is_some_and(|says| says == wanted) && parse(text.as_str(), Version::V1).errors.is_empty() {
        return Ok(text);
    }
    Err(proof())
}

/// Where the import stands.
fn import(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.strip_prefix(IMPORT).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\n', '#'])) {
            return Some(at);
        }
        at += line.len();
    }
    None
}

/// What a v0 text is in v1, without the imports that v1 does not need.
fn says(text: &str) -> Option<String> {
    let parse = parse(text, Version::V0);
    if !parse.errors.is_empty() {
        return None;
    }
    format(&parse, Target::V1Only).ok()
}
