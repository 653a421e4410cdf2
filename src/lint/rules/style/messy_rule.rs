use rustc_hash::FxHashMap;

use crate::lint::rules::edits::{Block, Edits, line_break, tidy_end};
use crate::lint::rules::names;
use crate::lint::rules::prelude::*;

declare_rule! {
    MessyRule {
        id: "messy-rule",
        group: "style",
        summary: "definitions of one rule with other rules between them",
        why: "A rule is all of its definitions. Spread over a module, one of them is easily missed, and a policy that seems to deny allows.",
        bad: rego("package play\n\nallow if input.user.admin\n\ndeny if input.user.guest\n\nallow if input.user.owner\n"),
        good: rego("package play\n\nallow if input.user.admin\n\nallow if input.user.owner\n\ndeny if input.user.guest\n"),
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/messy-rule",
        fix: FixKind::Safe,
        fix_safety: "Moves the later definitions, with the comments directly above them, behind the first ones. The order of rules has no meaning.",
        peers: &["regal style/messy-rule"],
    }
}

impl Rule for MessyRule {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let mut seen: FxHashMap<String, Span> = FxHashMap::default();
        let mut last = String::new();
        let mut moves: FxHashMap<String, Option<Edits>> = FxHashMap::default();
        for rule in &cx.module().rules {
            let name = if cx.is_regal() { names::static_name(rule) } else { rule.path.dotted() };
            let first = seen.get(&name).copied();
            // tests with the same name have a rule of their own
            let is_test = rule.name.trim_start_matches("todo_").starts_with("test_");
            if name != last
                && !is_test
                && let Some(first) = first
            {
                let edits = moves.entry(name.clone()).or_insert_with(|| edits(cx, &name)).clone();
                let report = cx
                    .report(rule.rule.span(), format!("`{name}` is defined in several places, with other rules between them"))
                    .label(first, "first defined here")
                    .help("put its definitions next to each other");
                if let Some(edits) = edits {
                    report.fix("move the definitions together", Applicability::Safe, edits);
                }
            }
            seen.entry(name.clone()).or_insert_with(|| rule.head.span());
            last = name;
        }
    }
}

/// Moves all definitions of a rule behind those that it starts with. The findings about one rule share the edits.
fn edits(cx: &FileCx<'_>, name: &str) -> Option<Edits> {
    let rules = &cx.module().rules;
    if !cx.spend(rules.len()) {
        return None;
    }
    let is_named = |at: &usize| rules[*at].path.dotted() == name;
    let first = (0..rules.len()).find(is_named)?;
    let end = (first..rules.len()).find(|at| !is_named(at))?;
    let line_break = line_break(cx);
    let mut moved = String::new();
    let mut edits: Edits = Vec::new();
    for at in (end..rules.len()).filter(is_named) {
        let block = Block::of(cx, rules[at].rule.span())?;
        for text in [line_break, line_break, block.text(cx)] {
            moved.push_str(text);
        }
        let removal = block.removal(cx);
        match edits.last_mut().filter(|(last, _)| removal.start <= last.end) {
            Some((last, _)) => *last = last.cover(removal),
            None => edits.push((removal, String::new())),
        }
    }
    if let Some((last, _)) = edits.last_mut() {
        *last = tidy_end(cx, *last);
    }
    let target = Block::of(cx, rules[end - 1].rule.span())?;
    edits.push((Span::at(target.lines.end), moved));
    Some(edits)
}
