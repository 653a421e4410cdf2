//! Patterns of Regal's `ignore.files`, which take after gitignore's: what stands in `config/exclusion.rego` and `filter.go` of Regal.

use regex::{Regex, RegexBuilder};

/// Patterns beyond this size are refused.
const MAX_SIZE: usize = 1 << 20;

/// One expression for paths that any of the patterns means; `None` where there are none.
///
/// # Errors
/// Why a pattern is none.
pub(super) fn compile<'a>(patterns: impl Iterator<Item = &'a str>) -> Result<Option<Regex>, String> {
    let mut all = Vec::new();
    for pattern in patterns.filter(|pattern| !pattern.is_empty()) {
        for variant in variants(pattern) {
            all.push(translate(&variant)?);
        }
    }
    if all.is_empty() {
        return Ok(None);
    }
    let text = format!("^(?:{})$", all.join("|"));
    RegexBuilder::new(&text).dot_matches_new_line(true).size_limit(MAX_SIZE).build().map(Some).map_err(|_| "it is too large".to_owned())
}

/// A pattern with a slash inside starts at the root, others match anywhere; a folder stands for all that is in it.
fn variants(pattern: &str) -> Vec<String> {
    let inside = pattern.strip_suffix('/').unwrap_or(pattern).contains('/');
    let anchored = if inside { pattern.strip_prefix('/').unwrap_or(pattern).to_owned() } else { format!("**/{pattern}") };
    let mut out = Vec::new();
    let without = anchored.strip_prefix("**/").map(str::to_owned);
    for variant in std::iter::once(anchored.clone()).chain(without) {
        if variant.ends_with('/') {
            out.push(format!("{variant}**"));
        } else {
            if !variant.ends_with("**") {
                out.push(format!("{variant}/**"));
            }
            out.push(variant);
        }
    }
    out
}

/// A glob as a regular expression: `*` and `?` stop at slashes, `**` does not, `{a,b}` and `[a-z]` are alternatives.
fn translate(glob: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut open = 0;
    let mut chars = glob.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' => {
                let mut deep = false;
                while chars.next_if_eq(&'*').is_some() {
                    deep = true;
                }
                out.push_str(if deep { ".*" } else { "[^/]*" });
            }
            '?' => out.push_str("[^/]"),
            '\\' => out.push_str(&regex::escape(&chars.next().ok_or("it ends with `\\`")?.to_string())),
            '{' => {
                open += 1;
                out.push_str("(?:");
            }
            '}' if open > 0 => {
                open -= 1;
                out.push(')');
            }
            ',' if open > 0 => out.push('|'),
            '[' => {
                out.push('[');
                if chars.next_if_eq(&'!').is_some() {
                    out.push('^');
                }
                let mut any = false;
                loop {
                    match chars.next().ok_or("`[` is not closed")? {
                        ']' => break,
                        '-' => out.push('-'),
                        '\\' => out.push_str(&regex::escape(&chars.next().ok_or("`[` is not closed")?.to_string())),
                        c if c.is_alphanumeric() => out.push(c),
                        c => out.extend(['\\', c]),
                    }
                    any = true;
                }
                if !any {
                    return Err("`[]` names no characters".to_owned());
                }
                out.push(']');
            }
            c => out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    if open > 0 {
        return Err("`{` is not closed".to_owned());
    }
    // a range may run backwards
    Regex::new(&out).map_err(|_| "its characters in brackets are no range".to_owned())?;
    Ok(out)
}
