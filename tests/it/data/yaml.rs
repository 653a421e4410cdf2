use proptest::prelude::*;
use ztctl::model::value::{Format, Node, Scalar, Value, read};
use ztctl::text::SourceId;

use super::{messages, parse, right, show, under, value, wrong};

fn yaml(text: &str) -> String {
    right(Format::Yaml, text)
}

/// Every document's value, `!` behind one that is cut off.
fn documents(text: &str) -> Vec<String> {
    let read = parse(Format::Yaml, text);
    assert!(read.documents.iter().all(|document| !document.templated), "{text:?}");
    read.documents
        .iter()
        .map(|d| format!("{}{}", d.root.as_ref().map_or_else(|| "-".to_owned(), show), if d.complete { "" } else { "!" }))
        .collect()
}

#[test]
fn scalars_as_kubernetes_reads_them() {
    for (written, read) in [
        ("yes", "true"),
        ("No", "false"),
        ("on", "true"),
        ("OFF", "false"),
        ("y", "true"),
        ("N", "false"),
        ("yEs", "\"yEs\""),
        ("true", "true"),
        ("tRUE", "\"tRUE\""),
        ("~", "null"),
        ("null", "null"),
        ("Null", "null"),
        ("", "null"),
        ("0777", "511"),
        ("0o17", "15"),
        ("0x1F", "31"),
        ("-0x1f", "-31"),
        ("0b101", "5"),
        ("-0b1", "-1"),
        ("0b-1", "-1"),
        ("0o-1", "\"0o-1\""),
        ("1_000", "1000"),
        ("_1", "\"_1\""),
        ("1e3", "1000"),
        ("1.50", "1.5"),
        ("100.0", "100"),
        (".5", "0.5"),
        ("5.", "5"),
        ("+1", "1"),
        ("-0", "0"),
        ("-0.0", "-0"),
        ("08", "8"),
        ("12:30:45", "\"12:30:45\""),
        ("1:60", "\"1:60\""),
        ("2001-12-14", "\"2001-12-14\""),
        ("2001-12-14t21:59:43.10-05:00", "\"2001-12-14t21:59:43.10-05:00\""),
        ("18446744073709551615", "18446744073709551615"),
        ("18446744073709551616", "18446744073709552000"),
        ("1e400", "\"1e400\""),
        ("0x", "\"0x\""),
        ("0x1p4", "\"0x1p4\""),
        ("Inf", "\"Inf\""),
        (".", "\".\""),
        ("\"yes\"", "\"yes\""),
        ("'1'", "\"1\""),
        ("!!str yes", "\"yes\""),
        ("!!int \"1\"", "1"),
        ("!!float 1", "1"),
        ("!!bool \"yes\"", "true"),
        ("! yes", "\"yes\""),
        ("!foo 1", "\"1\""),
        ("!!binary aGk=", "\"hi\""),
        ("a b", "\"a b\""),
        ("v1.2.3", "\"v1.2.3\""),
        ("10.0.0.0/8", "\"10.0.0.0/8\""),
        ("a\u{a0}", "\"a\\u{a0}\""),
        ("\u{a0}", "\"\\u{a0}\""),
        ("$(VAR)", "\"$(VAR)\""),
        ("${VAR}", "\"${VAR}\""),
        ("[fe80::, a::]", "[\"fe80::\",\"a::\"]"),
        ("{a:}", "{\"a:\":null}"),
        ("{a, b: }", "{\"a\":null,\"b\":null}"),
    ] {
        assert_eq!(yaml(&format!("k: {written}\n")), format!("{{\"k\":{read}}}"), "{written}");
    }
    assert_eq!(yaml("1: a\n0x10: b\ntrue: c\nyes: d\n2.5: e\n8080: f"), r#"{"1":"a","16":"b","true":"d","2.5":"e","8080":"f"}"#);
    for written in [".inf", ".nan", "!!int x", "!!bool x", "!!binary $", "*a"] {
        let text = format!("k: {written}\nl: 1\n");
        assert_eq!(wrong(Format::Yaml, &text).len(), 1, "{written}");
        assert!(value(Format::Yaml, &text).contains("\"k\":?"), "{written}");
        assert!(value(Format::Yaml, &text).contains("\"l\":1"), "{written}");
    }
    for text in ["~: a\n", "[a]: b\n", "{a: b}: c\n", "? [a]\n: b\n"] {
        assert_eq!(wrong(Format::Yaml, text).len(), 1, "{text}");
    }
}

#[test]
fn block_scalars() {
    assert_eq!(
        yaml("a: |\n  x\n  y\nb: >\n  x\n  y\n\n  z\nc: |-\n  x\nd: |+\n  x\n\ne: |2\n    x\n"),
        r#"{"a":"x\ny\n","b":"x y\nz\n","c":"x","d":"x\n\n","e":"  x\n"}"#
    );
    // Kubernetes' reader makes no line break where the text has none
    assert_eq!(yaml("a: |\n  x"), r#"{"a":"x"}"#);
    assert_eq!(yaml("a: |\n  x  "), r#"{"a":"x  "}"#);
    assert_eq!(yaml("a: |\n  x\n  "), r#"{"a":"x\n"}"#);
    assert_eq!(yaml("a: |\r\n  x\r\n  y\r\n"), r#"{"a":"x\ny\n"}"#);
    assert_eq!(under(Format::Yaml, "a: |-  # c\n  x\n\nb: 1\n", "a"), "|-  # c\n  x");
}

#[test]
fn anchors_and_merges() {
    assert_eq!(yaml("a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  b: 3\n"), r#"{"a":{"b":1,"c":2},"d":{"b":3,"c":2}}"#);
    assert_eq!(
        yaml("a: &x {b: 1}\nz: &y {b: 2, c: 3}\nd:\n  <<: [*x, *y]\n  e: 1"),
        r#"{"a":{"b":1},"z":{"b":2,"c":3},"d":{"b":1,"c":3,"e":1}}"#
    );
    // as Kubernetes' reader has it, a merge overrides what stands before it
    assert_eq!(yaml("a: &x {b: 1}\nd:\n  b: 3\n  <<: *x\n"), r#"{"a":{"b":1},"d":{"b":1}}"#);
    assert_eq!(yaml("a: &x 1\nb: &x 2\nc: *x"), r#"{"a":1,"b":2,"c":2}"#);
    let text = "a: &x\n  b: 1\nd: *x\n";
    let read = parse(Format::Yaml, text);
    let node = read.documents[0].root.as_ref().unwrap().path(&["d", "b"]).unwrap();
    // the definition's place, and where it was used
    assert_eq!((node.span().start, node.origin.via.len(), node.origin.via[0].span.start), (11, 1, 16));
    assert!(parse(Format::Yaml, "a: &x {b: 1}\nd:\n  <<: *x\n  b: 3\n").duplicates.is_empty());
    assert_eq!(wrong(Format::Yaml, "a: &x [*x]\nb: 1").len(), 1);
    assert_eq!(wrong(Format::Yaml, "a: *x\n---\nb: &x 1\n").len(), 1);
    // anchors do not reach into the next document
    assert_eq!(documents("a: &x 1\n---\nb: *x\n"), [r#"{"a":1}"#, r#"{"b":?an alias without its anchor?}"#]);
    let bomb = (1..12).fold("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, n| {
        let item = format!("*a{}", n - 1);
        text + &format!("a{n}: &a{n} [{}]\n", vec![item; 10].join(","))
    });
    assert_eq!(wrong(Format::Yaml, &bomb).len(), 1);
}

#[test]
fn keys_that_stand_twice() {
    let read = parse(Format::Yaml, "a: 1\nb:\n  c: 1\n  c: 2\na: 3\n");
    assert!(read.diagnostics.is_empty());
    assert_eq!(show(read.documents[0].root.as_ref().unwrap()), r#"{"a":3,"b":{"c":2}}"#);
    let places: Vec<(u32, u32)> = read.duplicates.iter().map(|found| (found.first.unwrap().start, found.at.start)).collect();
    assert_eq!(places, [(10, 17), (0, 22)]);
}

#[test]
fn streams() {
    assert_eq!(documents("a: 1\n---\nb: 2\n"), [r#"{"a":1}"#, r#"{"b":2}"#]);
    assert_eq!(documents("---\na: 1\n---\n---\nb: 2\n---\n"), [r#"{"a":1}"#, "-", r#"{"b":2}"#, "-"]);
    assert_eq!(documents("# c\n---\n# d\n---\na: 1\n"), ["-", r#"{"a":1}"#]);
    assert_eq!(documents("%YAML 1.2\n---\na: 1\n...\n# c\n%TAG ! tag:x\n---\nb: 1\n"), [r#"{"a":1}"#, r#"{"b":1}"#]);
    assert_eq!(documents("a: 1\n...\nb: 2\n...\n"), [r#"{"a":1}"#, r#"{"b":2}"#]);
    assert_eq!(
        documents("--- # c\na: 1\n--- {b: 2}\n---\tx\n--- |\n y\n--- !!str 1\n"),
        [r#"{"a":1}"#, r#"{"b":2}"#, "\"x\"", "\"y\\n\"", "\"1\""]
    );
    assert_eq!(documents("---x\n"), ["\"---x\""]);
    assert_eq!(documents("a: ---\nb: |\n  ---\n  c\n"), [r#"{"a":"---","b":"---\nc\n"}"#]);
    assert_eq!(documents("\u{feff}---\r\na: 1\r\n---\r\nb: 2\r\n"), [r#"{"a":1}"#, r#"{"b":2}"#]);
    assert_eq!(documents("a: 1\r---\rb: 2\r"), [r#"{"a":1}"#, r#"{"b":2}"#]);
    assert_eq!(documents("\u{feff}a: 1"), [r#"{"a":1}"#]);
    assert_eq!(documents("- 1\n---\n2\n---\nnull\n"), ["[1]", "2", "null"]);
    assert_eq!(documents("# only comments\n"), [""; 0]);
    assert_eq!(documents(""), [""; 0]);
    assert_eq!(documents("\n\n---"), ["-"]);
    let text = "# head\na: 1\n---\nb: 2\n";
    let spans: Vec<&str> = parse(Format::Yaml, text).documents.iter().map(|d| &text[d.span.range()]).collect();
    assert_eq!(spans, ["# head\na: 1\n", "---\nb: 2\n"]);
}

#[test]
fn a_broken_document_does_not_lose_the_others() {
    for broken in [
        "a: [1, 2",
        "a: {b: 1",
        "a: \"x",
        "a: 'x",
        "a: b: c",
        "a:\n\tb: 1",
        "\ta: 1\n b",
        "- a\nb: c",
        "a: 1\n  b: 2",
        "%x\na: 1",
        "a: @b",
        "a: `b",
        "a: \"\\q\"",
        "]",
        "a: b\n c: d",
        "a: !<x",
        "? [",
        "\u{1}",
    ] {
        let text = format!("first: 1\n---\n{broken}\n---\nlast: 2\n");
        let read = parse(Format::Yaml, &text);
        assert_eq!(read.documents.len(), 3, "{broken:?}");
        assert_eq!(read.documents.iter().map(|d| d.complete).collect::<Vec<_>>(), [true, false, true], "{broken:?}");
        assert_eq!(show(read.documents[0].root.as_ref().unwrap()), r#"{"first":1}"#);
        assert_eq!(show(read.documents[2].root.as_ref().unwrap()), r#"{"last":2}"#);
        assert_eq!(read.diagnostics.len(), 1, "{broken:?}: {:?}", messages(&read, &text));
        let last = format!("first: 1\n---\n{broken}");
        assert_eq!(parse(Format::Yaml, &last).documents.len(), 2, "{broken:?}");
        let first = format!("{broken}\n...\n---\nlast: 2\n");
        assert_eq!(parse(Format::Yaml, &first).documents.last().map(|d| d.complete), Some(true), "{broken:?}");
    }
    assert_eq!(documents("*a: a\n"), ["?an alias without its anchor?!"]);
    assert_eq!(documents("{a: 1} b\n---\nc: 1\n"), [r#"{"a":1}!"#, r#"{"c":1}"#]);
    // what came before the error is there, what it cut off is unknown
    assert_eq!(documents("a: 1\nb:\n  c: 2\n  d: \"x\n"), [r#"{"a":1,"b":{"c":2,"d":?cut off by a syntax error?}}!"#]);
}

#[test]
fn lines_of_quoted_scalars_may_be_indented_too_little() {
    // libyaml takes it, and so does Kubernetes
    assert_eq!(
        yaml("b:\n  c: \"x\n  y\n\n  z\"\n  d: 'it''s\n  # no comment'\n  e: 1\n"),
        r#"{"b":{"c":"x y\nz","d":"it's # no comment","e":1}}"#
    );
    assert_eq!(under(Format::Yaml, "b:\n  c: \"x\n  y\"\n  d: 1\n", "b/c"), "\"x\n  y\"");
    assert_eq!(under(Format::Yaml, "b:\n  \"c\": 'x\n  y'\n  d: 1\n", "b/d"), "1");
    assert_eq!(wrong(Format::Yaml, "b:\n  c: \"x\n  y\n").len(), 1);
    let many: String = (0..300).map(|n| format!("  c{n}: \"x\n  y\"\n")).collect();
    parse(Format::Yaml, &format!("b:\n{many}"));
}

#[test]
fn strings_with_braces_are_no_templates() {
    let text = "path: \"/ns/{{ .PodMeta.Namespace }}\"\nsummary: host {{ $labels.instance }} is down\nrun: echo ${{ github.sha }}\nx: |\n  {{ if }}\n";
    assert_eq!(
        documents(text),
        [
            r#"{"path":"/ns/{{ .PodMeta.Namespace }}","summary":"host {{ $labels.instance }} is down","run":"echo ${{ github.sha }}","x":"{{ if }}\n"}"#
        ]
    );
    // a syntax error beside such a string is one
    let broken = "path: \"/ns/{{ .PodMeta.Namespace }}\"\nb: [1\n";
    assert_eq!(wrong(Format::Yaml, broken).len(), 1);
    assert!(!parse(Format::Yaml, broken).documents[0].templated);
}

#[test]
fn hostile_texts() {
    for text in [
        "[".repeat(100_000),
        "{a: ".repeat(50_000),
        "- ".repeat(50_000),
        (0..3000).map(|n| " ".repeat(n) + "a:\n").collect(),
        "&a ".repeat(50_000),
        "? ".repeat(50_000),
        "!".repeat(100_000),
        "a: \"x\ny\"\n".repeat(20_000),
        "'".repeat(100_001),
        "---\n[\n".repeat(20_000),
        "\u{0}".repeat(1000),
        "{{".repeat(100_000),
        "{{ \"".repeat(50_000),
        "{{ `".repeat(50_000),
        "{{a}}".repeat(50_000),
        "{{/*".repeat(50_000),
        "{{ define }}".repeat(20_000) + &"{{ end }}".repeat(20_000),
        "a: {{ x }}\n".repeat(20_000),
        "{% ".repeat(50_000),
        "a:\n{{ x }}\n".repeat(10_000),
        "{{ \"\\\"\\\"\\\"".repeat(20_000),
        "a: \"\n{{ x }}".repeat(5_000),
    ] {
        parse(Format::Yaml, &text);
    }
}

/// An unquoted scalar's value is what is written.
fn check(text: &str, node: &Node) {
    if let Value::Scalar(scalar) = &node.value {
        let written = &text[node.span().range()];
        if let Scalar::String(value) = scalar
            && !written.starts_with(['"', '\'', '|', '>', '!', '&'])
            && !written.contains(['\n', '\r'])
        {
            assert_eq!(written, &**value, "in {text:?}");
        }
        if let Scalar::Bool(_) = scalar {
            assert!(written.len() <= 12, "{written:?} in {text:?}");
        }
    }
    node.items().iter().chain(node.entries().iter().map(|entry| &entry.value)).for_each(|node| check(text, node));
}

proptest! {
    #[test]
    fn the_text_under_a_scalar_is_its_value(parts in proptest::collection::vec(prop::sample::select(vec![
        "a", "b: ", " ", "  ", "\n", "- ", ":", "{", "}", "[", "]", ", ", "\"x\"", "'y'", "1", "yes", "é", " # c", "|\n", "---\n", "...\n", "&x ", "*x", "<<: ", "\t", "\r\n", "!!str ", "\"", "'", "\\", "\u{a0}", "? ", "a: b\n", "::",
    ]), 0..40)) {
        let text = parts.concat();
        for document in parse(Format::Yaml, &text).documents {
            if let Some(root) = document.root {
                check(&text, &root);
            }
        }
    }

    #[test]
    fn templates_never_break_the_reader(parts in proptest::collection::vec(prop::sample::select(vec![
        "a: ", "b: ", "  ", "\n", "- ", "{{ .x }}", "{{- if .y }}", "{{ end -}}", "{{ else }}", "\"", "'", "{{ \"}}\" }}", "{{/* c }} */}}", "{{ `", "{{", "}}", "{{ define \"x\" }}", "é", "|\n", "---\n", "{% x %}", "[", "]", "{{ $a := 1 }}", "#", "x",
    ]), 0..40)) {
        let text = parts.concat();
        parse(Format::Yaml, &text);
    }

    #[test]
    fn any_text_is_read(text in "\\PC{0,80}") {
        parse(Format::Yaml, &text);
    }
}

#[test]
fn a_cut_stream_is_read() {
    let whole = "apiVersion: v1 # c\nkind: Map\nmetadata: {name: \"é\", labels: {a: b}}\ndata:\n  k: |\n    x\n    y\n  l: 'it''s'\n---\n- &a [1, *a]\n";
    for end in whole.char_indices().map(|(at, _)| at) {
        let read = read(SourceId(0), &whole[..end], Format::Yaml);
        assert!(read.documents.len() <= 2);
        parse(Format::Yaml, &whole[end..]);
    }
}
