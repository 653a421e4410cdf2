use crate::lint::rules::prelude::*;
use crate::lint::rules::support::{BlockComment, comment_blocks};

declare_rule! {
    DetachedMetadata {
        id: "detached-metadata",
        group: "style",
        summary: "a blank line between METADATA and what it is about",
        why: "The block belongs to the rule or package below it. With a blank line between them the next thing that someone puts there takes the annotation over.",
        bad: rego("package play\n\n# METADATA\n# title: Who may play\n\nallow if input.user.admin\n"),
        good: rego("package play\n\n# METADATA\n# title: Who may play\nallow if input.user.admin\n"),
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/detached-metadata",
        peers: &["regal style/detached-metadata"],
    }
}

impl Rule for DetachedMetadata {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if cx.parse().metadata.is_empty() && !cx.is_regal() {
            return;
        }
        let blocks = comment_blocks(cx);
        let line = |at: usize| cx.file().line_span(at).map(|span| cx.file().slice(span));
        let is_metadata = |block: &[BlockComment<'_>]| block.first().is_some_and(|first| is_header(first.text));
        let mut found = Vec::new();
        for (at, block) in blocks.iter().enumerate() {
            let (Some(first), Some(last)) = (block.first(), block.last()) else { continue };
            if !is_metadata(block) || !line(last.line + 1).is_some_and(|line| line.trim().is_empty()) {
                continue;
            }
            // another block may follow after blank lines
            let followed = blocks.get(at + 1).is_some_and(|next| {
                is_metadata(next) && next.first().is_some_and(|next| (last.line + 1..next.line).all(|at| line(at) == Some("")))
            });
            if !followed {
                found.push(first.span);
            }
        }
        for at in found {
            cx.report(at, "a blank line stands between METADATA and what it is about").help("remove the blank line");
        }
    }
}

fn is_header(comment: &str) -> bool {
    comment.strip_prefix('#').is_some_and(|text| text.trim_start_matches([' ', '\t', '\x0c', '\r']).starts_with("METADATA"))
}
