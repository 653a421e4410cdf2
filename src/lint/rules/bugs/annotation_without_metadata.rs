use crate::lint::rules::edits::line_break;
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::METADATA_FIELDS;

declare_rule! {
    AnnotationWithoutMetadata {
        id: "annotation-without-metadata",
        group: "bugs",
        summary: "an annotation without `# METADATA` above it",
        why: "Without the line `# METADATA`, OPA takes the block for a comment and the annotation is without effect.",
        bad: rego("package play\n\n# title: Who may play\n# entrypoint: true\nallow if input.user.admin\n"),
        good: rego("package play\n\n# METADATA\n# title: Who may play\n# entrypoint: true\nallow if input.user.admin\n"),
        severity: Severity::Error,
        recommended: true,
        regal: Some(Severity::Error),
        fix: FixKind::Unsafe,
        fix_safety: "Adds the line; what was a comment becomes an annotation.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/annotation-without-metadata",
        peers: &["regal bugs/annotation-without-metadata"],
    }
}

impl Rule for AnnotationWithoutMetadata {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let found: Vec<Span> = cx
            .comment_blocks()
            .iter()
            .filter_map(|block| block.first().filter(|first| first.column == 1 && is_annotation(first.text)).map(|first| first.span))
            .collect();
        let line = format!("# METADATA{}", line_break(cx));
        for at in found {
            cx.report(at, "the annotation has no `# METADATA` above it").help("write `# METADATA` on a line before it").fix(
                "add `# METADATA`",
                Applicability::Unsafe,
                [(Span::at(at.start), line.clone())],
            );
        }
    }
}

/// Whether a comment starts with a field of METADATA and a colon.
fn is_annotation(comment: &str) -> bool {
    let text = comment.strip_prefix('#').unwrap_or(comment).trim_start_matches([' ', '\t', '\x0c', '\r']);
    METADATA_FIELDS
        .iter()
        .any(|field| text.strip_prefix(field).is_some_and(|rest| rest.trim_start_matches([' ', '\t', '\x0c', '\r']).starts_with(':')))
}
