use rustc_hash::FxHashMap;

use crate::lint::rules::edits::has_name;
use crate::lint::rules::opa_view::{self, OpaRule};
use crate::lint::rules::prelude::*;
use crate::syntax::rego::ast::Expr;

declare_rule! {
    IdenticallyNamedTests {
        id: "identically-named-tests",
        group: "testing",
        summary: "two tests with one name",
        why: "Test rules with one name are listed as one, `test_x` and `test_x#01`: which of them failed cannot be told from the name.",
        bad: rego("package play_test\n\ntest_allow if data.play.allow with input.user as \"alice\"\n\ntest_allow if data.play.allow with input.user as \"bob\"\n"),
        good: rego("package play_test\n\ntest_allow_alice if data.play.allow with input.user as \"alice\"\n\ntest_allow_bob if data.play.allow with input.user as \"bob\"\n"),
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/testing/identically-named-tests",
        fix: FixKind::Unsafe,
        fix_safety: "Numbers the later tests. Tests with one name count as passed if one of them does; apart, each has to.",
        peers: &["regal testing/identically-named-tests"],
    }
}

impl Rule for IdenticallyNamedTests {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if cx.is_regal() {
            return as_regal(cx);
        }
        let mut seen: FxHashMap<String, Span> = FxHashMap::default();
        let mut names = Numbers::default();
        for rule in opa_view::rules(cx.module()).filter(OpaRule::is_test) {
            let name = opa_view::full_name(rule.def);
            match seen.get(&name) {
                Some(first) => {
                    let first = *first;
                    let edit = names.next(cx, &rule);
                    let report = cx
                        .report(rule.head, format!("another test is called `{name}`"))
                        .label(first, "the first one")
                        .help("give each test a name of its own");
                    if let Some((title, edit)) = edit {
                        report.fix(title, Applicability::Unsafe, [edit]);
                    }
                }
                None => _ = seen.insert(name, rule.head),
            }
        }
    }
}

/// Regal points at the last test whose first name is the one that is there twice.
fn as_regal(cx: &mut FileCx<'_>) {
    let mut counts: FxHashMap<String, usize> = FxHashMap::default();
    let mut last: FxHashMap<&str, OpaRule<'_, '_>> = FxHashMap::default();
    for rule in opa_view::rules(cx.module()).filter(OpaRule::is_test) {
        // a test of which two parts start with `test_` is in the list twice
        let parts = opa_view::names(rule.def).iter().filter(|(name, _)| name.starts_with("test_")).count();
        *counts.entry(opa_view::full_name(rule.def)).or_default() += parts;
        last.insert(rule.def.name, rule);
    }
    let mut found: Vec<(&str, OpaRule<'_, '_>)> =
        last.into_iter().filter(|(name, _)| counts.get(*name).is_some_and(|count| *count > 1)).collect();
    found.sort_unstable_by_key(|(_, rule)| rule.head);
    let mut names = Numbers::default();
    for (name, rule) in found {
        let mut edits = Vec::new();
        let affordable = cx.spend(cx.parse().tree.node_count());
        let same = opa_view::rules(cx.module()).filter(|_| affordable).filter(|other| other.is_test() && other.def.name == name).skip(1);
        for other in same {
            edits.extend(names.next(cx, &other).map(|(_, edit)| edit));
        }
        let report = cx.report(rule.head, format!("another test is called `{name}`")).help("give each test a name of its own");
        if !edits.is_empty() {
            report.fix("number the tests", Applicability::Unsafe, edits);
        }
    }
}

/// Names that are given to tests.
#[derive(Default)]
struct Numbers(FxHashMap<String, usize>);

impl Numbers {
    /// Renames the test to its name with the next number that is free; `None` where its name is no plain one.
    fn next(&mut self, cx: &FileCx<'_>, rule: &OpaRule<'_, '_>) -> Option<(String, (Span, String))> {
        let Some(Expr::Var(var)) = rule.def.head.name().filter(|_| !rule.is_chained) else { return None };
        let number = self.0.entry(var.name().to_owned()).or_insert(1);
        loop {
            *number += 1;
            let name = format!("{}_{number}", var.name());
            if !has_name(cx, &name) {
                return Some((format!("call it `{name}`"), (var.span(), name)));
            }
        }
    }
}
