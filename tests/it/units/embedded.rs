//! Texts inside objects: what stands under each mapped span is the text.

use std::path::Path;

use ztctl::text::Span;

use crate::support::Sample;

/// Every embedded text is its outer text wherever its mapping says so.
fn check(sample: &Sample) -> usize {
    let mut seen = 0;
    for (_, file) in sample.sources.iter() {
        let Some(mapping) = &file.mapping else { continue };
        seen += 1;
        let outer = sample.sources.get(mapping.outer);
        for segment in &mapping.segments {
            let inner = file.slice(Span::new(segment.inner_start, segment.inner_start + segment.len));
            let written = outer.slice(Span::new(segment.outer_start, segment.outer_start + segment.len));
            assert_eq!(inner.len(), segment.len as usize, "{}: a segment beyond the text", file.path);
            assert_eq!(inner, written, "{} {:?}", file.path, file.embedded);
        }
        assert!(mapping.whole.end as usize <= outer.text.len());
    }
    seen
}

fn manifest(value: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  p.rego: {value}\n  after: x\n")
}

#[test]
fn styles_of_scalars() {
    let rego = "package p\n\nx := 1\n";
    let cases = [
        ("|\n    package p\n\n    x := 1", rego, true),
        ("|-\n    package p\n\n    x := 1", "package p\n\nx := 1", true),
        ("|+\n    package p\n\n    x := 1\n", "package p\n\nx := 1\n\n", true),
        ("|2\n    package p\n\n    x := 1", rego, true),
        ("|1\n    package p\n\n    x := 1", " package p\n\n x := 1\n", true),
        ("|1-\n   package p\n    x := 1", "package p\n x := 1", true),
        ("|\n\n    package p\n    \n    x := 1", "\npackage p\n\nx := 1\n", true),
        ("\"package p\\n\\nx := 1\\n\"", rego, true),
        ("'package p\n\n\n    x := 1'", "package p\n\nx := 1", true),
        (">\n    package p\n\n\n    x := 1", "package p\n\nx := 1\n", false),
        ("\"package p\\n\\\n    x := 1\"", "package p\nx := 1", true),
        ("|  # comment\n    package p\n\n    x := 1", rego, true),
        ("!!str |\n    package p\n\n    x := 1", rego, true),
        ("&anchor |\n    package p\n\n    x := 1", rego, true),
        ("package p", "package p", true),
    ];
    for (value, text, exact) in cases {
        for crlf in [false, true] {
            let manifest = manifest(value);
            let manifest = if crlf { manifest.replace('\n', "\r\n") } else { manifest };
            let sample = Sample::new([("a.yaml", manifest.as_str())], None);
            if !exact && sample.manifests.rego.is_empty() {
                continue;
            }
            assert_eq!(sample.manifests.rego.len(), 1, "{manifest:?}: {:?}", sample.manifests.diagnostics);
            let inner = sample.sources.get(sample.manifests.rego[0].source);
            if exact {
                assert_eq!(&*inner.text, text, "{manifest:?}");
                // the last word is where it is written
                let at = inner.text.rfind(|c: char| !c.is_whitespace()).unwrap() as u32;
                let outer = inner.mapping.as_ref().unwrap().to_outer(Span::new(at, at + 1));
                assert_eq!(
                    sample.sources.get(inner.mapping.as_ref().unwrap().outer).slice(outer),
                    inner.slice(Span::new(at, at + 1)),
                    "{manifest:?}"
                );
            }
            check(&sample);
        }
    }
}

#[test]
fn texts_reached_through_lists_and_aliases() {
    let text = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n  data: &data\n    p.rego: |\n      package p\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: b}\n  data: *data\n- {apiVersion: v1, kind: Secret, metadata: {name: c}, stringData: {q.rego: \"package q\"}}\n- {apiVersion: v1, kind: Secret, metadata: {name: d}, data: {q.rego: cGFja2FnZSBx}}\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: e}, data: {q.rego: 1, r.rego: null, s.rego: [a]}}\n";
    let sample = Sample::new([("a.yaml", text)], None);
    let texts: Vec<&str> = sample.manifests.rego.iter().map(|rego| &*sample.sources.get(rego.source).text).collect();
    assert_eq!(texts, ["package p\n", "package p\n", "package q"]);
    check(&sample);
}

/// Trees of manifests, separated by `:` in `ZTCTL_TREES`.
#[test]
fn real_texts_are_where_they_are_said_to_be() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let named = std::env::var_os("ZTCTL_TREES");
    if named.is_none() {
        eprintln!("skipped: `ZTCTL_TREES` is not set; only the fixtures are looked at");
    }
    for tree in named.iter().flat_map(std::env::split_paths).chain([own]) {
        let texts = super::oracle::texts(&tree);
        let sample = Sample::new(texts.iter().map(|(path, text)| (&**path, &**text)), None);
        eprintln!("{}: {} embedded texts", tree.display(), check(&sample));
    }
}
