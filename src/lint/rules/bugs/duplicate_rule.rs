use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHasher};

use crate::lint::rules::edits::Block;
use crate::lint::rules::opa_view::{self, OpaRule};
use crate::lint::rules::prelude::*;
use crate::lint::rules::shape::{shape, write_shape};
use crate::lint::rules::support::has_comment;
use crate::syntax::rego::{self, Version};

declare_rule! {
    DuplicateRule {
        id: "duplicate-rule",
        group: "bugs",
        summary: "a rule that is there twice",
        why: "The second copy changes nothing. It is left over from copying, and the condition that was meant to be different is missing.",
        bad: rego("package play\n\nallow if input.user.admin\n\nallow if input.user.admin\n"),
        good: rego("package play\n\nallow if input.user.admin\n\nallow if input.user.owner\n"),
        severity: Severity::Error,
        recommended: true,
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Removes the later copies, unless a comment belongs to them.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/duplicate-rule",
        peers: &["regal bugs/duplicate-rule"],
    }
}

impl Rule for DuplicateRule {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let module = cx.module();
        // rules that are defined once are the most
        let mut counts: FxHashMap<&str, usize> = FxHashMap::default();
        for def in &module.rules {
            *counts.entry(def.name).or_default() += def.rule.bodies().count().max(1);
        }
        let candidates: Vec<OpaRule<'_, 't>> = opa_view::rules(module).filter(|rule| counts[rule.def.name] > 1).collect();
        if candidates.is_empty() {
            return;
        }
        let found = if cx.is_regal() { as_regal(cx, &candidates) } else { duplicates(&candidates) };
        for copies in found {
            let Some((first, later)) = copies.split_first() else { continue };
            let name = candidates[*first].def.path.dotted();
            let edits: Option<Vec<(Span, String)>> =
                later.iter().map(|at| removal(cx, &candidates[*at]).map(|span| (span, String::new()))).collect();
            let mut report = cx
                .report(candidates[*first].span, format!("this definition of `{name}` is there twice"))
                .help("remove the copy, or write the condition that was meant");
            for at in later {
                report = report.label(candidates[*at].head, "the copy");
            }
            if let Some(edits) = edits {
                report.fix("remove the copy", Applicability::Safe, edits);
            }
        }
    }
}

/// The rules that are the same but for layout: indexes, each list with its first rule first.
fn duplicates(rules: &[OpaRule<'_, '_>]) -> Vec<Vec<usize>> {
    let mut by_shape: FxHashMap<String, usize> = FxHashMap::default();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (at, rule) in rules.iter().enumerate() {
        let mut key = if rule.def.is_default { "default ".to_owned() } else { String::new() };
        // the keyword makes a difference to what `p[x]` is
        key.push_str(if rule.def.rule.if_token().is_some() { "if " } else { "" });
        if rule.def.rule.bodies().nth(1).is_none() {
            rule.def.rule.node().children().for_each(|child| write_shape(&mut key, child));
        } else {
            write_shape(&mut key, rule.def.head.node());
            rule.body.into_iter().for_each(|body| write_shape(&mut key, body.node()));
        }
        let group = *by_shape.entry(key).or_insert(groups.len());
        if group == groups.len() {
            groups.push(Vec::new());
        }
        groups[group].push(at);
    }
    groups.retain(|group| group.len() > 1);
    groups
}

/// Regal compares the texts without white space, and then what OPA reads in each alone, as v1, comments and their places included.
fn as_regal(cx: &FileCx<'_>, rules: &[OpaRule<'_, '_>]) -> Vec<Vec<usize>> {
    let mut by_hash: FxHashMap<u64, Vec<usize>> = FxHashMap::default();
    let texts: Vec<String> = rules.iter().map(|rule| opa_view::regal_text(cx.file(), rule.span)).collect();
    for (at, text) in texts.iter().enumerate() {
        // of a default OPA keeps the keyword alone, and a body is no rule
        if rules[at].def.is_default || rules[at].is_chained {
            continue;
        }
        let mut hasher = FxHasher::default();
        text.bytes().filter(|byte| !is_blank(*byte)).for_each(|byte| byte.hash(&mut hasher));
        by_hash.entry(hasher.finish()).or_default().push(at);
    }
    let mut found: Vec<Vec<usize>> = Vec::new();
    for group in by_hash.into_values().filter(|group| group.len() > 1) {
        let mut by_meaning: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        for at in group {
            if let Some(meaning) = meaning(&texts[at]) {
                by_meaning.entry(meaning).or_default().push(at);
            }
        }
        // all of them are one finding
        let mut copies: Vec<usize> = by_meaning.into_values().filter(|same| same.len() > 1).flatten().collect();
        copies.sort_unstable();
        found.push(copies);
    }
    found.retain(|copies| !copies.is_empty());
    found.sort_unstable();
    found
}

/// What Go's `\s` matches.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\x0c' | b'\r')
}

/// The syntax of a rule that stands alone, with its comments and their places; `None` where it does not parse.
fn meaning(text: &str) -> Option<String> {
    const START: &str = "package p\n\nimport rego.v1\n\n";
    let parse = rego::parse(format!("{START}{text}"), Version::V1);
    if !parse.errors.is_empty() {
        return None;
    }
    let mut meaning = shape(parse.tree.root());
    for comment in parse.tree.tokens().filter(|token| token.kind() == Kind::Comment) {
        let before = &parse.tree.text()[START.len()..comment.span().start as usize];
        let line = before.rsplit('\n').next().unwrap_or_default();
        meaning.push_str(&format!("{}:{} {}\n", before.matches('\n').count(), line.chars().count(), comment.text()));
    }
    Some(meaning)
}

/// The lines of a copy; `None` where more than the rule would go.
fn removal(cx: &FileCx<'_>, copy: &OpaRule<'_, '_>) -> Option<Span> {
    let span = copy.def.rule.span();
    if copy.is_chained || copy.def.rule.bodies().nth(1).is_some() || has_comment(cx, span) {
        return None;
    }
    let block = Block::of(cx, span)?;
    (!has_comment(cx, block.lines)).then(|| block.removal(cx))
}
