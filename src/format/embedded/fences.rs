//! Rego in the code blocks of Markdown.

use super::{Found, Group, Text};
use crate::syntax::markdown::{Fence, fences};
use crate::text::{EmbeddedIn, Mapping, SourceFile, SourceId, TextStyle};

pub(super) fn find(id: SourceId, outer: &SourceFile) -> Found {
    let mut found = Found::default();
    let fences = fences(&outer.text);
    for (nr, fence) in fences.iter().filter(|fence| is_rego(outer.slice(fence.info)) && is_module(&fence.text)).enumerate() {
        found.groups.push(Group { texts: vec![nr], is_template: false });
        found.texts.push(Text { file: text_of(id, outer, fence, nr), version: None, span: fence.whole, group: nr, left_alone: false });
    }
    found
}

/// All code blocks as (info string, text), the texts of those that are judged replaced by `new` where it has one.
pub(super) fn contents(outer: &str, new: &[Option<String>]) -> Vec<(String, String)> {
    let mut judged = 0;
    let content = |fence: Fence| {
        let info = outer.get(fence.info.range()).unwrap_or_default().to_owned();
        let mut text = fence.text;
        if is_rego(&info) && is_module(&text) {
            if let Some(Some(new)) = new.get(judged) {
                text.clone_from(new);
            }
            judged += 1;
        }
        (info, text)
    };
    fences(outer).into_iter().map(content).collect()
}

fn text_of(id: SourceId, outer: &SourceFile, fence: &Fence, nr: usize) -> SourceFile {
    let holder = EmbeddedIn { kind: "markdown", object: String::new(), key: format!("code block {}", nr + 1) };
    let in_quote = fence.prefix.contains('>');
    let (text, mapping) = if in_quote {
        Mapping::prefixed(id, &outer.text, fence.whole, &fence.prefix)
    } else {
        Mapping::lines(id, &outer.text, fence.whole, &fence.prefix, &fence.marker)
    };
    // tabs among the blanks, or lines with other prefixes: places inside are not exact
    let is_exact = text == fence.text && !(in_quote && fence.text.lines().any(|line| line.trim_start().starts_with(&fence.marker)));
    if is_exact {
        return SourceFile::embedded(outer.path.clone(), text, mapping, holder);
    }
    let mapping = Mapping { outer: id, segments: Vec::new(), style: TextStyle::ReadOnly, whole: fence.whole };
    SourceFile::embedded(outer.path.clone(), fence.text.clone(), mapping, holder)
}

/// Whether the first word of an info string is `rego`, also with attributes behind it, or in Pandoc's braces.
fn is_rego(info: &str) -> bool {
    match info.strip_prefix('{') {
        Some(attributes) => attributes.split([' ', '\t', '}']).any(|attribute| attribute.eq_ignore_ascii_case(".rego")),
        None => info.split([' ', '\t', '{', ',', ':', ';']).next().is_some_and(|word| word.eq_ignore_ascii_case("rego")),
    }
}

/// Whether a text starts, after comments, with a package clause.
fn is_module(text: &str) -> bool {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    first.and_then(|line| line.strip_prefix("package")).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}
