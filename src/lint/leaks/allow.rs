//! Marks of other tools that a secret may stand where it does: gitleaks' and detect-secrets'.

use super::Leak;
use crate::text::SourceFile;

/// What stands on a line of its own in front of the value, or on the value's line.
const MARKS: [&str; 2] = ["gitleaks:allow", "pragma: allowlist secret"];

/// What stands on the line before the value.
const NEXT: &str = "pragma: allowlist nextline secret";

/// How lines begin that are comments.
const COMMENTS: [&str; 7] = ["#", "//", "<!--", "/*", "--", ";", "*"];

/// The mark that allows a leak: on the line of its name, on the first or last line of the value, or in a comment on the line before.
/// Tools differ on where they look (gitleaks: the finding's lines; detect-secrets: the line, or with `nextline` the one before).
pub(super) fn mark(file: &SourceFile, leak: &Leak) -> Option<&'static str> {
    let line = |number: usize| file.line_span(number).map_or("", |span| file.slice(span));
    let value = (file.line(leak.at.span.start), file.line(leak.at.span.end.saturating_sub(1).max(leak.at.span.start)));
    let name = leak.key.map_or(value.0, |key| file.line(key.start));
    let here = [name, value.0, value.1].into_iter().find_map(|number| {
        // a comment behind a value of thousands of characters is still its line
        let text = line(number);
        MARKS.into_iter().find(|mark| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some())
    });
    here.or_else(|| {
        let before = line(name.min(value.0).checked_sub(1)?).trim_start();
        let is_comment = COMMENTS.iter().any(|start| before.starts_with(start));
        MARKS.into_iter().chain([NEXT]).filter(|_| is_comment).find(|mark| before.contains(mark))
    })
}
