//! Diagnostics: order, fingerprints, fixes, dates.

mod date;

use ztctl::diag::{Applicability, Diagnostic, Fix, Place, Severity, fingerprints, sort};
use ztctl::text::{Edit, EmbeddedIn, Location, Mapping, SourceFile, SourceId, SourceMap, Span};

fn finding(rule: &'static str, place: Place) -> Diagnostic {
    Diagnostic::new(rule, "bugs", Severity::Warning, place, "message")
}

fn at(source: SourceId, start: u32, end: u32) -> Location {
    Location { source, span: Span::new(start, end) }
}

fn prints(text: &str, findings: impl Fn(&str) -> Vec<(&'static str, u32)>, subject: &str) -> Vec<String> {
    let mut sources = SourceMap::new();
    let id = sources.add(SourceFile::new("a.rego", text));
    let place = |start| Place::At(at(id, start, start + 1));
    let all: Vec<Diagnostic> = findings(text).into_iter().map(|(rule, start)| finding(rule, place(start)).with_subject(subject)).collect();
    fingerprints(&sources, &all).iter().map(ToString::to_string).collect()
}

fn find(needle: &'static str) -> impl Fn(&str) -> Vec<(&'static str, u32)> {
    move |text| text.match_indices(needle).map(|(start, _)| ("rule", start as u32)).collect()
}

#[test]
fn fingerprints_survive_moved_lines() {
    let before = prints("a = 1\nb = 1\n", find("b"), "p.b");
    assert_eq!(before, prints("\n\n# c\n\tb = 1  \r\n", find("b"), "p.b"));
    assert_eq!(before[0].len(), 32);
    for (text, subject) in [("b = 2\n", "p.b"), ("b = 1\n", "p.c"), ("b = 1\n", "")] {
        assert_ne!(before, prints(text, find("b"), subject), "{text} {subject}");
    }
    assert_ne!(before, prints("b = 1\n", |_| vec![("other", 0)], "p.b"));
}

#[test]
fn equal_findings_are_told_apart_by_order() {
    let two = prints("b = 1\nb = 1\n", find("b"), "p.b");
    assert_ne!(two[0], two[1]);
    let three = prints("b = 1\nx\nb = 1\nb = 1\n", find("b"), "p.b");
    assert_eq!(two, three[..2]);
    // the place on the line does not count, so two findings on one line are equal ones too
    assert_eq!(prints("b = b\nb = b\n", find("b"), "p.b").len(), 4);
}

#[test]
fn an_exact_subject_stands_alone() {
    let print = |text: &str, exact: bool| {
        let mut sources = SourceMap::new();
        let id = sources.add(SourceFile::new("a.yaml", text));
        let finding = finding("rule", Place::At(at(id, 0, 1)));
        let finding = if exact { finding.with_exact_subject("s") } else { finding.with_subject("s") };
        fingerprints(&sources, &[finding])
    };
    assert_eq!(print("key: old", true), print("key: new", true));
    assert_ne!(print("key: old", false), print("key: new", false));
}

#[test]
fn places_without_lines_have_fingerprints() {
    let mut sources = SourceMap::new();
    let id = sources.add(SourceFile::new("a", ""));
    let all = [finding("r", Place::Run), finding("r", Place::File(id)), finding("r", Place::At(at(id, 7, 9)))];
    let prints = fingerprints(&sources, &all);
    assert!(prints[0] != prints[1] && prints[1] != prints[2]);
}

#[test]
fn findings_are_sorted_by_the_outermost_place() {
    let mut sources = SourceMap::new();
    let b = sources.add(SourceFile::new("b", "0123456789"));
    let a = sources.add(SourceFile::new("a", "0123456789"));
    let (text, mapping) = Mapping::verbatim(a, "0123456789", Span::new(5, 10));
    let holder = EmbeddedIn { kind: "test", object: String::new(), key: String::new() };
    let inner = sources.add(SourceFile::embedded("a", text, mapping, holder));
    let sorted = [
        finding("z", Place::Run),
        finding("z", Place::File(a)),
        finding("z", Place::At(at(a, 1, 1))),
        finding("z", Place::At(at(a, 1, 2))),
        finding("a", Place::At(at(inner, 1, 2))),
        finding("b", Place::At(at(a, 6, 7))),
        finding("a", Place::At(at(b, 0, 1))),
    ];
    for turn in 0..sorted.len() {
        let mut all = sorted.to_vec();
        all.rotate_left(turn);
        all.reverse();
        sort(&sources, &mut all);
        assert_eq!(all, sorted);
    }
}

#[test]
fn overlapping_edits_are_only_shown() {
    let id = SourceId(0);
    let fix = |spans: &[(u32, u32)]| {
        let edits = spans.iter().map(|(start, end)| Edit::new(at(id, *start, *end), "x")).collect();
        Fix::new("title", Applicability::Safe, edits)
    };
    assert_eq!(fix(&[(4, 6), (0, 4), (6, 6)]).applicability, Applicability::Safe);
    assert_eq!(fix(&[(4, 6), (0, 4)]).edits()[0].at.span, Span::new(0, 4));
    assert_eq!(fix(&[(0, 4), (3, 5)]).applicability, Applicability::DisplayOnly);
    assert_eq!(fix(&[(3, 3), (3, 3)]).applicability, Applicability::DisplayOnly);
}

#[test]
fn a_fix_goes_out_whole_or_not_at_all() {
    let mut sources = SourceMap::new();
    let outer = sources.add(SourceFile::new("a", "k: 'a b'\n"));
    let (text, mapping) = Mapping::single_quoted(outer, "k: 'a b'\n", Span::new(4, 7));
    let holder = EmbeddedIn { kind: "test", object: String::new(), key: String::new() };
    let inner = sources.add(SourceFile::embedded("a", text, mapping, holder));
    let fix = |new: &str| {
        let edits = vec![Edit::new(at(inner, 2, 3), new), Edit::new(at(outer, 0, 1), "x")];
        Fix::new("title", Applicability::Safe, edits).to_outer(&sources)
    };
    let expected = vec![Edit::new(at(outer, 0, 1), "x"), Edit::new(at(outer, 6, 7), "''")];
    assert_eq!(fix("'"), Some(expected));
    assert_eq!(fix("\n"), None);
}
