use std::time::{Duration, Instant};

use proptest::prelude::*;
use ztctl::diag::{Applicability, Diagnostic, Fix, Place, Severity};
use ztctl::report::{Pretty, Report, Summary};
use ztctl::text::{Edit, Location, SourceFile, SourceMap, Span};

use super::nasty::{Clean, Nasty};
use super::{snapshot, write};

#[test]
fn pretty() {
    let nasty = Nasty::new();
    let text = write(&Pretty::default(), &nasty.report());
    snapshot!("pretty", &text);
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}') && !text.contains('\r'));
    assert!(text.lines().all(|line| line.chars().count() < 200), "long lines are cut");
    let narrow = Pretty { width: 40, unicode: false, ..Pretty::default() };
    snapshot!("pretty-narrow", write(&narrow, &nasty.report()));
    snapshot!("pretty-clean", write(&Pretty::default(), &Clean::new().report()));
    let quiet = Pretty { quiet: true, ..Pretty::default() };
    assert_eq!(write(&quiet, &Clean::new().report()), "");
}

#[test]
fn color_adds_nothing_but_color() {
    let nasty = Nasty::new();
    let plain = write(&Pretty::default(), &nasty.report());
    let colored = write(&Pretty { color: true, ..Pretty::default() }, &nasty.report());
    assert_ne!(plain, colored);
    assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain);
}

fn report_of(text: &str, findings: &[Diagnostic]) -> String {
    let mut sources = SourceMap::new();
    sources.add(SourceFile::new("a", text));
    let summary = Summary::default();
    let report = Report { command: "lint", sources: &sources, findings, rules: &[], summary: &summary, tests: None };
    write(&Pretty::default(), &report)
}

#[test]
fn many_findings_on_one_long_line_are_cheap() {
    let text = "ab = 1; ".repeat(200_000);
    let id = ztctl::text::SourceId(0);
    let findings: Vec<Diagnostic> = (0..2_000u32)
        .map(|nr| {
            let at = Location { source: id, span: Span::new(nr * 800, nr * 800 + 2) };
            let fix = Fix::new("rename", Applicability::Safe, vec![Edit::new(at, "c")]);
            Diagnostic::new("r", "g", Severity::Error, Place::At(at), "m").with_fix(fix)
        })
        .collect();
    let start = Instant::now();
    let out = report_of(&text, &findings);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert!(out.len() < 3_000_000);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Any place in any text can be shown.
    #[test]
    fn nothing_panics(text in "([a-c\t\n\r日é\u{1b}\u{301}]|[x日]{90,130}){0,12}", spans in prop::collection::vec((0u32..300, 0u32..300), 1..5)) {
        let id = ztctl::text::SourceId(0);
        let at = |(a, b): (u32, u32)| Location { source: id, span: Span::new(a, b) };
        let mut finding = Diagnostic::new("r", "g", Severity::Warning, Place::At(at(spans[0])), "m");
        for span in &spans[1..] {
            finding = finding.with_label(at(*span), "label");
        }
        finding = finding.with_fix(Fix::new("t", Applicability::Safe, vec![Edit::new(at(spans[0]), "x\ny")]));
        let out = report_of(&text, &[finding]);
        let steers = out.contains('\u{1b}');
        prop_assert!(out.contains("a:") && !steers);
    }
}
