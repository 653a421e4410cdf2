//! Imports that Gatekeeper accepts.

use std::sync::Arc;

use crate::format::{Refusal, Target, format};
use crate::syntax::rego::{Version, parse};

const KEYWORDS: [&str; 4] = ["contains", "every", "if", "in"];
const IMPORT: &str = "import rego.v1";

/// A module for [`Target::Both`] as Gatekeeper takes it: it refuses `import rego.v1` in a template and takes `import
/// future.keywords.…`, which mean the same but for what v1 forbids (open-policy-agent/frameworks,
/// `constraint/pkg/regorewriter/regorewriter.go`, `checkImport`). Only the keywords that are used are imported.
///
/// # Errors
/// [`Refusal::Proof`] where the result would not come out as `both` again.
pub fn for_gatekeeper(both: &str) -> Result<String, Refusal> {
    let Some(at) = import(both) else { return Ok(both.to_owned()) };
    let with = |keywords: &[&str]| {
        let imports: Vec<String> = keywords.iter().map(|keyword| format!("import future.keywords.{keyword}")).collect();
        let rest = &both[at + IMPORT.len()..];
        let rest = if imports.is_empty() { rest.trim_start_matches('\n') } else { rest };
        format!("{}{}{rest}", &both[..at], imports.join("\n"))
    };
    let mut keywords = KEYWORDS.to_vec();
    for keyword in KEYWORDS {
        let fewer: Vec<&str> = keywords.iter().copied().filter(|kept| *kept != keyword).collect();
        if is_same(&with(&fewer), both) {
            keywords = fewer;
        }
    }
    let text: Arc<str> = with(&keywords).into();
    let text = format(&parse(text, Version::V0), Target::V0)?;
    if is_same(&text, both) && parse(text.as_str(), Version::V1).errors.is_empty() {
        return Ok(text);
    }
    Err(Refusal::Proof { reason: "the result says something else without `import rego.v1`".to_owned() })
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

/// Whether `text`, read as v0, is what `both` is.
fn is_same(text: &str, both: &str) -> bool {
    let parse = parse(text, Version::V0);
    parse.errors.is_empty() && format(&parse, Target::Both).is_ok_and(|again| again == both)
}
