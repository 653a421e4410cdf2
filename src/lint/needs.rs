//! What rules need of the target engine: advice to write what it cannot read is no advice.

use crate::syntax::rego::Capabilities;

/// Why a rule says nothing to those who run `target`; `None` if it does. The rules and what they need are those of Regal's notices.
pub(super) fn unmet(rule: &str, target: &Capabilities) -> Option<String> {
    let builtins: &[&str] = match rule {
        "sprintf-arguments-mismatch" => &["sprintf"],
        "use-strings-count" => &["strings.count"],
        "custom-has-key-construct" => &["object.keys"],
        "use-array-flatten" => &["array.concat", "array.flatten"],
        "use-object-union-n" => &["object.union", "object.union_n"],
        _ => &[],
    };
    let engine = target.engine();
    if let Some(name) = builtins.iter().find(|name| !target.builtins.contains(**name)) {
        return Some(format!("{engine} has no `{name}`"));
    }
    match rule {
        "if-object-literal" | "if-empty-object" | "one-liner-rule" | "use-if" if !target.keyword("if") => {
            Some(format!("{engine} has no keyword `if`"))
        }
        "use-contains" if !target.keyword("contains") => Some(format!("{engine} has no keyword `contains`")),
        "use-rego-v1" if !target.has("rego_v1_import") && !target.has("rego_v1") => Some(format!("{engine} has no `import rego.v1`")),
        // what it asks for is better done by that import
        "implicit-future-keywords" if target.has("rego_v1_import") => Some(format!("{engine} has `import rego.v1`")),
        _ => None,
    }
}
