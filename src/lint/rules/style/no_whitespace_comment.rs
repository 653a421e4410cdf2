use crate::lint::rules::prelude::*;

declare_rule! {
    NoWhitespaceComment {
        id: "no-whitespace-comment",
        group: "style",
        summary: "a comment that does not start with a space",
        why: "Space after `#` keeps prose apart from code that was commented out, and lets tools find what they look for. Lines of \
              `#` alone, `##` headings followed by a space, and `#!` on the first line are fine.",
        bad: rego("package play\n\n#only for the demo\nallow := true\n"),
        good: rego("package play\n\n# only for the demo\nallow := true\n"),
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Inserts one space. In a METADATA block the fix is unsafe, for the space is part of the YAML there.",
        options: &[OptionMeta {
            name: "except-pattern",
            kind: OptionKind::Regex,
            default: OptionValue::Unset,
            doc: "Comments whose text after the first `#` matches are not reported.",
        }],
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/no-whitespace-comment",
        peers: &["regal style/no-whitespace-comment"],
    }
}

impl Rule for NoWhitespaceComment {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let except = cx.regex("except-pattern");
        let mut found = Vec::new();
        let metadata = &cx.parse().metadata;
        for comment in cx.comments() {
            let (span, text) = (comment.span(), comment.text());
            let text = text.strip_prefix('#').unwrap_or(text);
            let hashes = text.len() - text.trim_start_matches('#').len();
            let rest = &text[hashes..];
            if rest.is_empty() || rest.starts_with([' ', '\t', '\x0c', '\r']) || is_hashes_and_blanks(text) {
                continue;
            }
            let shebang = text.starts_with('!') && cx.file().line(span.start) == 0;
            if shebang || except.is_some_and(|except| except.is_match(text)) {
                continue;
            }
            let before = metadata.partition_point(|block| block.span.start <= span.start);
            let in_metadata = before > 0 && metadata[before - 1].span.covers(span);
            found.push((span, 1 + hashes as u32, in_metadata));
        }
        for (span, at, in_metadata) in found {
            let applicability = if in_metadata { Applicability::Unsafe } else { Applicability::Safe };
            cx.report(span, "the comment does not start with a space").help("put a space after `#`").fix(
                "insert a space",
                applicability,
                [(Span::at(span.start + at), " ".to_owned())],
            );
        }
    }
}

fn is_hashes_and_blanks(text: &str) -> bool {
    text.chars().all(|c| matches!(c, '#' | ' ' | '\t' | '\x0c' | '\r'))
}
