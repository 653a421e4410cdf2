use rustc_hash::FxHashMap;

use crate::lint::rules::opa_view::{self, OpaRule};
use crate::lint::rules::prelude::*;

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
        peers: &["regal testing/identically-named-tests"],
    }
}

impl Rule for IdenticallyNamedTests {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if cx.is_regal() {
            return as_regal(cx);
        }
        let mut seen: FxHashMap<String, Span> = FxHashMap::default();
        for rule in opa_view::rules(cx.module()).filter(OpaRule::is_test) {
            let name = opa_view::full_name(rule.def);
            match seen.get(&name) {
                Some(first) => {
                    let first = *first;
                    cx.report(rule.head, format!("another test is called `{name}`"))
                        .label(first, "the first one")
                        .help("give each test a name of its own");
                }
                None => _ = seen.insert(name, rule.head),
            }
        }
    }
}

/// Regal points at the last test whose first name is the one that is there twice.
fn as_regal(cx: &mut FileCx<'_>) {
    let mut counts: FxHashMap<String, usize> = FxHashMap::default();
    let mut last: FxHashMap<&str, Span> = FxHashMap::default();
    for rule in opa_view::rules(cx.module()).filter(OpaRule::is_test) {
        // a test of which two parts start with `test_` is in the list twice
        let parts = opa_view::names(rule.def).iter().filter(|(name, _)| name.starts_with("test_")).count();
        *counts.entry(opa_view::full_name(rule.def)).or_default() += parts;
        last.insert(rule.def.name, rule.head);
    }
    let mut found: Vec<(&str, Span)> = last.into_iter().filter(|(name, _)| counts.get(*name).is_some_and(|count| *count > 1)).collect();
    found.sort_unstable_by_key(|(_, span)| *span);
    for (name, span) in found {
        cx.report(span, format!("another test is called `{name}`")).help("give each test a name of its own");
    }
}
