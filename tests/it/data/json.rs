use ztctl::model::value::Format;

use super::{messages, parse, right, show, under, value, wrong};

fn json(text: &str) -> String {
    right(Format::Json, text)
}

#[test]
fn values() {
    assert_eq!(json(r#"{"a": [1, -2.5e+3, true, false, null, "x"], "b": {}}"#), r#"{"a":[1,-2.5e+3,true,false,null,"x"],"b":{}}"#);
    assert_eq!(json("\u{feff}[\r\n1\r\n]\r\n"), "[1]");
    assert_eq!(json("123456789012345678901234567890.1e999"), "123456789012345678901234567890.1e999");
    assert_eq!(json(r#""\u00e9\ud83d\ude00\n\/\"""#), "\"é😀\\n/\\\"\"");
    assert_eq!(json(r#"["\ud800", "\udc00\ud800x", "\ud800\u0041"]"#), "[\"\u{fffd}\",\"\u{fffd}\u{fffd}x\",\"\u{fffd}A\"]");
    assert_eq!(json(""), "-");
    assert_eq!(json(" \n\t"), "-");
}

#[test]
fn spans() {
    let text = "{\"é\": {\"b\" : [ 10, \"x\\n\" ]}}";
    assert_eq!(under(Format::Json, text, ""), text);
    assert_eq!(under(Format::Json, text, "é"), "{\"b\" : [ 10, \"x\\n\" ]}");
    assert_eq!(under(Format::Json, text, "é/b"), "[ 10, \"x\\n\" ]");
    assert_eq!(under(Format::Json, text, "é/b/1"), "\"x\\n\"");
    let read = parse(Format::Json, text);
    let entry = &read.documents[0].root.as_ref().unwrap().entries()[0];
    assert_eq!(&text[entry.origin.at.span.range()], "\"é\"");
}

#[test]
fn several_values() {
    let text = "{\"a\":1}\n{\"a\":2}\n\n{\"a\":3}";
    let read = parse(Format::Json, text);
    assert!(read.diagnostics.is_empty());
    let shown: Vec<String> = read.documents.iter().map(|d| show(d.root.as_ref().unwrap())).collect();
    assert_eq!(shown, [r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#]);
    // a broken line does not lose the others
    let text = "{\"a\":1}\n{\"a\":\n{\"a\":3}\n{\"a\" 4}\n{\"a\":5}";
    let read = parse(Format::Json, text);
    assert_eq!(read.documents.iter().filter(|d| d.complete).count(), 3, "{:?}", messages(&read, text));
    assert_eq!(show(read.documents.last().unwrap().root.as_ref().unwrap()), r#"{"a":5}"#);
}

#[test]
fn keys_that_stand_twice() {
    let text = r#"{"a": 1, "b": 2, "a": 3}"#;
    let read = parse(Format::Json, text);
    assert!(read.diagnostics.is_empty());
    assert_eq!(show(read.documents[0].root.as_ref().unwrap()), r#"{"a":3,"b":2}"#);
    assert_eq!(read.duplicates.len(), 1);
    assert_eq!(read.duplicates[0].at.start, 17);
    assert_eq!(read.duplicates[0].first.unwrap().start, 1);
    // many keys
    let many: Vec<String> = (0..500).map(|at| format!("\"k{}\":{at}", at % 250)).collect();
    let read = parse(Format::Json, &format!("{{{}}}", many.join(",")));
    assert_eq!(read.duplicates.len(), 250);
    assert_eq!(show(read.documents[0].root.as_ref().unwrap().get("k249").unwrap()), "499");
}

#[test]
fn comments_and_last_commas_are_told_and_read_over() {
    let text = "{ // c\n \"a\": [1, 2,], /* d */\n}";
    assert_eq!(value(Format::Json, text), r#"{"a":[1,2]}"#);
    assert_eq!(
        wrong(Format::Json, text),
        ["2..4 \"//\": a comment, which JSON lacks", "18..19 \",\": a comma before `]`", "20..21 \",\": a comma before `}`"]
    );
    assert!(parse(Format::Json, text).documents[0].complete);
}

#[test]
fn errors() {
    for text in [
        "{",
        "[",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "[1",
        "[1 2]",
        "{\"a\" 1}",
        "{a: 1}",
        "{'a': 1}",
        "[,]",
        "[1,,2]",
        "01",
        "-",
        "1.",
        "1e",
        ".5",
        "+1",
        "NaN",
        "undefined",
        "\"a",
        "\"a\nb\"",
        "\"\\",
        "tru",
        "]",
        "}",
        "{\"a\":1}}",
        "\u{a0}1",
        "/",
        "/* x",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\u{1}\"",
        "[\"\\",
        "nul\u{e9}",
    ] {
        let found = wrong(Format::Json, text);
        assert_eq!(found.len(), 1, "{text:?}: {found:?}");
    }
    assert_eq!(value(Format::Json, "{\"a\": 1, \"b\": [2, {\"c\": 3"), r#"{"a":1,"b":[2,{"c":3}]}"#);
    assert!(!parse(Format::Json, "{\"a\": 1").documents[0].complete);
    assert_eq!(value(Format::Json, r#"{"a": "x\qy\\n"}"#), r#"{"a":"x\\qy\\n"}"#);
}

#[test]
fn templates_are_skipped() {
    for text in ["{\n  {{ if .x }}\n  \"a\": 1\n  {{ end }}\n}", "{\"a\": 1, \"b\": {{ .port }}}", "{{ .all }}"] {
        let read = parse(Format::Json, text);
        assert!(read.diagnostics.is_empty() && read.skipped.is_some(), "{text:?}");
        assert!(read.documents.iter().all(|document| document.templated && !document.complete));
    }
    let read = parse(Format::Json, "{\"a\": \"{{ .x }}\"}");
    assert!(read.skipped.is_none() && !read.documents[0].templated);
    assert_eq!(wrong(Format::Json, "{\"a\": \"{{ .x }}\",, }").len(), 1);
}

#[test]
fn depth_is_bounded() {
    for open in ["[", "{\"a\":", "[{\"a\":["] {
        assert_eq!(wrong(Format::Json, &open.repeat(100_000)).len(), 1);
    }
    assert!(json(&("[".repeat(200) + &"]".repeat(200))).starts_with("[["));
    // one error, not one a line
    assert!(wrong(Format::Json, &"x\n".repeat(10_000)).len() < 60);
    assert!(wrong(Format::Json, &"{x\n".repeat(10_000)).len() < 60);
}
