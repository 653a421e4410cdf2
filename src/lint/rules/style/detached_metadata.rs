use crate::lint::rules::prelude::*;
use crate::lint::rules::support::BlockComment;

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
        fix: FixKind::Safe,
        fix_safety: "Removes the blank lines. OPA takes the block for the rule's or package's that follows, with or without them. Not offered where other comments stand between.",
        peers: &["regal style/detached-metadata"],
    }
}

impl Rule for DetachedMetadata {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if cx.parse().metadata.is_empty() && !cx.is_regal() {
            return;
        }
        let blocks = cx.comment_blocks();
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
                found.push((first.span, last.line));
            }
        }
        for (at, last) in found {
            let gap = gap(cx, last);
            let report = cx.report(at, "a blank line stands between METADATA and what it is about").help("remove the blank line");
            if let Some(gap) = gap {
                report.fix("remove the blank line", Applicability::Safe, [(gap, String::new())]);
            }
        }
    }
}

/// The blank lines between line `last` and a rule or the package clause.
fn gap(cx: &FileCx<'_>, last: usize) -> Option<Span> {
    let file = cx.file();
    let start = file.line_span(last + 1)?.start;
    let mut next = last + 1;
    while file.line_span(next).is_some_and(|span| file.slice(span).trim().is_empty()) {
        next += 1;
    }
    let end = file.line_span(next)?.start;
    let module = cx.module();
    let starts = module.package_clause.map(|clause| clause.span().start);
    let is_subject = starts == Some(end) || module.rule_at(end).is_some_and(|rule| rule.rule.span().start == end);
    is_subject.then(|| Span::new(start, end))
}

fn is_header(comment: &str) -> bool {
    comment.strip_prefix('#').is_some_and(|text| text.trim_start_matches([' ', '\t', '\x0c', '\r']).starts_with("METADATA"))
}
