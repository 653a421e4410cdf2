use std::collections::BTreeMap;

use crate::lint::rules::opa_view::{self, OpaRule};
use crate::lint::rules::prelude::*;
use crate::model::rego::{Annotation, AnnotationScope, annotations};

declare_rule! {
    AmbiguousScope {
        id: "ambiguous-scope",
        group: "idiomatic",
        summary: "one of several definitions has METADATA without a scope",
        why: "Without `scope` the block is about the one definition below it. Most that is written there is about the rule as a whole, which is `scope: document`. Where one definition of several is annotated, only the author knows which one is meant.",
        bad: rego("package play\n\n# METADATA\n# description: who may play\nallow if input.user.admin\n\nallow if input.user.player\n"),
        good: rego("package play\n\n# METADATA\n# description: who may play\n# scope: document\nallow if input.user.admin\n\nallow if input.user.player\n"),
        recommended: true,
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Writes out `scope: rule`, which is what the block means without it.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/idiomatic/ambiguous-scope",
        peers: &["regal idiomatic/ambiguous-scope"],
    }
}

impl Rule for AmbiguousScope {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if cx.parse().metadata.is_empty() {
            return;
        }
        let parse = cx.parse();
        let blocks: Vec<Annotation<'_>> = annotations(parse).collect();
        let rules: Vec<OpaRule<'_, '_>> = opa_view::rules(cx.module()).collect();
        let attached = attach(cx, &blocks, &rules);
        let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, rule) in rules.iter().enumerate() {
            by_name.entry(opa_view::full_name(rule.def)).or_default().push(at);
        }
        let mut found: Vec<(usize, String)> = Vec::new();
        for (name, defined) in by_name {
            let mut annotated = defined.iter().filter(|at| !attached[**at].is_empty());
            let (Some(only), None) = (annotated.next(), annotated.next()) else { continue };
            // bodies that share a head are one definition to the reader
            let several = if cx.is_regal() { defined.len() > 1 } else { defined.iter().filter(|at| !rules[**at].is_chained).count() > 1 };
            let [block] = attached[*only][..] else { continue };
            if several && !name.starts_with('_') && !blocks[block].is_entrypoint() && !is_explicit(cx, blocks[block], rules[*only].head) {
                found.push((block, name));
            }
        }
        found.sort_unstable();
        for (block, name) in found {
            let (header, span) = (blocks[block].block().header, blocks[block].block().span);
            let line_break = if cx.text()[header.end as usize..].starts_with("\r\n") { "\r\n" } else { "\n" };
            let report = cx
                .report(span, format!("`{name}` has several definitions, and the METADATA of one of them says no scope"))
                .help("add `scope: document` where the rule as a whole is meant, else `scope: rule`");
            // Regal does not see every way to write it
            if !blocks[block].has_scope() {
                report.fix("say which scope it has", Applicability::Safe, [(Span::at(header.end), format!("{line_break}# scope: rule"))]);
            }
        }
    }
}

/// The blocks about the rules of one path.
#[derive(Default)]
struct Group {
    /// Those of scope `document`.
    document: Vec<usize>,
    /// Those of scope `rule` that are still to come, the next one last.
    coming: Vec<usize>,
    /// Those above that no rule took.
    above: Vec<usize>,
}

/// The blocks that opa attaches to each rule: those of scope `document` to all definitions of the name, and of those of scope `rule`
/// that stand above a rule and that no rule above took the last one; the others stay for the rules below.
fn attach(cx: &FileCx<'_>, blocks: &[Annotation<'_>], rules: &[OpaRule<'_, '_>]) -> Vec<Vec<usize>> {
    let line = |span: Span| cx.file().line(span.start);
    let paths: Vec<String> = rules.iter().map(|rule| rule.def.path.dotted()).collect();
    let mut groups: BTreeMap<&str, Group> = BTreeMap::new();
    for (at, block) in blocks.iter().enumerate() {
        let Some(target) = rules.iter().position(|rule| Some(rule.def.rule.node().id()) == block.target()) else { continue };
        let group = groups.entry(paths[target].as_str()).or_default();
        match block.scope() {
            AnnotationScope::Document => group.document.push(at),
            AnnotationScope::Rule => group.coming.push(at),
            _ => {}
        }
    }
    groups.values_mut().for_each(|group| group.coming.reverse());
    let mut attached = vec![Vec::new(); rules.len()];
    for (at, rule) in rules.iter().enumerate() {
        let Some(Group { document, coming, above }) = groups.get_mut(paths[at].as_str()) else { continue };
        while let Some(next) = coming.last().copied().filter(|next| line(blocks[*next].block().header) < line(rule.span)) {
            coming.pop();
            above.push(next);
        }
        attached[at].extend_from_slice(document);
        attached[at].extend_from_slice(above);
        above.pop();
    }
    attached
}

/// Whether the block says a scope. Regal looks for a line that starts with `# scope:`.
fn is_explicit(cx: &FileCx<'_>, block: Annotation<'_>, head: Span) -> bool {
    if !cx.is_regal() {
        return block.has_scope();
    }
    let lines = cx.file().line(block.block().header.start)..cx.file().line(head.start);
    lines.into_iter().any(|at| cx.file().line_span(at).is_some_and(|line| cx.file().slice(line).starts_with("# scope:")))
}
