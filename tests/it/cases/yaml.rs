use std::process::Command;

use ztctl::eval::{from_json, to_json};
use ztctl::model::value::{self, Problem, ProblemKind};
use ztctl::syntax::yaml;
use ztctl::test::cases::to_value;
use ztctl::text::SourceId;

fn documents(text: &str) -> (Vec<Option<String>>, Vec<Problem>, Vec<String>) {
    let stream = yaml::read(SourceId(0), text);
    let mut problems = Vec::new();
    let values = stream
        .documents
        .iter()
        .map(|document| {
            let (node, found) = value::from_yaml(SourceId(0), document);
            problems.extend(found);
            node.as_ref().and_then(to_value).map(|value| to_json(&value))
        })
        .collect();
    (values, problems, stream.diagnostics.iter().map(|d| d.message.clone()).collect())
}

fn one(text: &str) -> String {
    let (values, problems, errors) = documents(text);
    assert!(problems.is_empty() && errors.is_empty() && values.len() == 1, "{text:?}: {values:?} {problems:?} {errors:?}");
    values[0].clone().expect("a value")
}

#[test]
fn every_key_item_and_scalar_has_its_place() {
    for text in [
        "a: 1\nb:\n  - x  # c\n  - 'y z'\nc: {d: \"e\", f: [g, h]}\nk: |\n  one\n  two\n\nl: last\n",
        "\u{feff}a: 1\r\nb:\r\n- x\r\n- 'y z'\r\nc: {d: \"ü€𝄞\", f: [g, h]}\r\nk: >-\r\n  one\r\n  two\r\nl: last",
        "&a a: &b !!str 1\nb: &c\n  x: *b\n? q\n: r\nc: !t [*c, &z {}]\n",
    ] {
        let stream = yaml::read(SourceId(0), text);
        assert!(stream.diagnostics.is_empty(), "{:?}", stream.diagnostics);
        let mut waiting = vec![stream.documents[0].root.as_ref().expect("root")];
        let mut scalars = 0;
        while let Some(node) = waiting.pop() {
            let slice = text.get(node.span.range()).expect("a range of characters");
            assert!(node.start <= node.span.start);
            match &node.kind {
                yaml::Kind::Scalar { text: value, style } => {
                    scalars += 1;
                    match style {
                        yaml::Style::Plain => assert_eq!(slice, &**value),
                        yaml::Style::Single => assert_eq!(slice, format!("'{value}'")),
                        yaml::Style::Double => assert_eq!(slice, format!("\"{value}\"")),
                        yaml::Style::Literal | yaml::Style::Folded => {
                            assert!(slice.starts_with(['|', '>']) && slice.ends_with("two"), "{slice:?}");
                        }
                    }
                }
                yaml::Kind::Alias(_) => assert!(slice.starts_with('*')),
                yaml::Kind::Missing => panic!("the text is whole"),
                yaml::Kind::List { items, flow } => {
                    assert!(if *flow { slice.starts_with('[') && slice.ends_with(']') } else { slice.starts_with('-') }, "{slice:?}");
                    waiting.extend(items);
                }
                yaml::Kind::Map { entries, flow } => {
                    assert!(if *flow { slice.starts_with('{') && slice.ends_with('}') } else { !slice.ends_with('\n') }, "{slice:?}");
                    waiting.extend(entries.iter().flat_map(|(k, v)| [k, v]));
                }
            }
            if node.anchor.is_some() {
                assert!(text[node.start as usize..].starts_with('&') || text[node.start as usize..].starts_with('!'), "{node:?}");
            }
        }
        assert!(scalars > 4);
    }
}

#[test]
fn documents_after_an_error_are_read() {
    let (values, _, errors) = documents("a: 1\n---\nb: [1, 2\n---\nc: 3\n---\nd: \"x\n...\n---\ne: 5\n");
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert_eq!(values.first(), Some(&Some("{\"a\":1}".to_owned())));
    assert!(values.contains(&Some("{\"c\":3}".to_owned())), "{values:?}");
    assert_eq!(values.last(), Some(&Some("{\"e\":5}".to_owned())));
}

#[test]
fn duplicates_are_problems_at_the_second_key() {
    let text = "a: 1\nb: 2\n\"a\": 3\n";
    let (values, problems, _) = documents(text);
    assert_eq!(values, [Some("{\"a\":3,\"b\":2}".to_owned())]);
    let [problem] = &*problems else { panic!("{problems:?}") };
    assert_eq!(problem.kind, ProblemKind::DuplicateKey);
    assert_eq!(&text[problem.at.range()], "\"a\"");
    assert_eq!(problem.first.map(|span| span.range()), Some(0..1));
}

#[test]
fn aliases_say_what_they_came_through() {
    let text = "a: &x {b: 1}\nc: *x\nd: {<<: *x, e: 2}\n";
    let stream = yaml::read(SourceId(0), text);
    let (node, problems) = value::from_yaml(SourceId(0), &stream.documents[0]);
    assert_eq!(problems, []);
    let node = node.expect("a node");
    let b = node.get("c").and_then(|c| c.get("b")).expect("c.b");
    assert_eq!(&text[b.span().range()], "1");
    assert_eq!(b.origin.via.iter().map(|at| &text[at.span.range()]).collect::<Vec<_>>(), ["*x"]);
    let merged = node.get("d").and_then(|d| d.get("b")).expect("d.b");
    assert_eq!(merged.origin.via.len(), 1);
    assert!(node.get("a").is_some_and(|a| a.origin.via.is_empty()));
}

#[test]
fn hostile_texts_end_soon() {
    let bomb: String = std::iter::once("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned())
        .chain((1..40).map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(", "))))
        .collect();
    let (_, problems, errors) = documents(&bomb);
    assert!(errors.is_empty());
    assert!(problems.iter().any(|p| p.message.contains("alias")), "{problems:?}");
    for text in [
        "[".repeat(100_000),
        "- ".repeat(100_000),
        "{a: ".repeat(50_000),
        "? ".repeat(10_000),
        "&a [*a]".to_owned(),
        "a: &a\n  b: *a\n".to_owned(),
        "&a : *a".to_owned(),
        "---\n".repeat(10_000) + "]",
        "]\n---\n".repeat(3_000),
        "!!binary \"====\"".to_owned(),
        "'".to_owned(),
        "%TAG ! tag:x\n---\n!a b".to_owned(),
        "\u{0}".to_owned(),
        "a: b: c\n\t- x".to_owned(),
        "? [a]\n: b\n? {c: d}\n: e\n~: 1\n".to_owned(),
        format!("a: &b\n{}", (0..2_000).map(|n| format!("  k{n}: {{<<: *b}}\n")).collect::<String>()),
        (0..500).map(|n| format!("a{n}: &a{n} [*a{}]\n", n.max(1) - 1)).collect::<String>(),
    ] {
        let started = std::time::Instant::now();
        documents(&text);
        assert!(started.elapsed().as_secs() < 10, "{:?}", &text[..text.len().min(40)]);
    }
    assert_eq!(documents("").0, Vec::<Option<String>>::new());
    let (values, problems, errors) = documents("# only\n\n# comments\n");
    assert!(values.iter().all(Option::is_none) && problems.is_empty() && errors.is_empty(), "{values:?} {errors:?}");
}

/// Texts on which OPA's reading is asked for; each is one document.
const SCALARS: &[&str] = &[
    "yes",
    "no",
    "on",
    "off",
    "y",
    "n",
    "~",
    "Null",
    "0o17",
    "017",
    "0x1F",
    "0b101",
    "1_000",
    "1.5e3",
    "2001-01-01",
    "12:30:45",
    "TRUE",
    "+12",
    ".5",
    "1.",
    "123456789012345678901234567890",
    "1.0",
    "0.1000000000000000000001",
    "!!str 5",
    "!!int \"5\"",
    "!!binary aGVsbG8=",
    "!foo bar",
    "!!float 3",
    "",
    "08",
    "1e3",
    "-0",
    "-0.0",
    "1e400",
    "\"5\"",
    "True",
    "1__0",
    "_1",
    "1_",
    "0x1_F",
    "-0x10",
    "9223372036854775808",
    "18446744073709551616",
    "-9223372036854775809",
    "1e-7",
    "100000000000000000000.0",
    "1e21",
    "0o8",
    "0O17",
    "0X1f",
    "-0b11",
    "+0o17",
    "00",
    "1E3",
    "1e+3",
    ".5e2",
    "5.e2",
    "-.5",
    "0x",
    "09.5",
    "1.2.3",
    "+1.5",
    "1e",
    "e1",
    "0x1p3",
    "infinity",
    "NaN",
    "1_.5",
    ".",
    "1..2",
    "=",
    "0b2",
    "0b",
    "-08",
    "0_7",
    "._5",
    "+",
    "-.",
    "1_e5",
    "0x-1",
    "1.5_5",
    "_",
    "5_",
    "0x8000000000000000",
    "0xFFFFFFFFFFFFFFFFFF",
    "077777777777777777777777777",
    "0.1e-400",
    "! 5",
    "1.0e+5",
    "12345678.9",
    "123456.7e-10",
    "0.000001",
    "0.0000001",
    "!!str true",
    "!!null",
    "!!bool true",
    "-5e-1",
    "1e20",
    "3.00",
    "{1.5: d, 1e3: x, 017: y, 1e6: z, 12345678.5: q, 0.00001: r, -0.0: s}",
    "{1: a, true: b}",
    "{<<: [{a: 1}, {a: 2, b: 3}], c: 4}",
    "{a: 0, <<: {a: 1, z: 2}}",
    "{\"<<\": 1}",
    "!!set {x, y}",
    "[a, [b], {c: d}]",
    "+18446744073709551615",
    "0b+1",
    "-18446744073709551615",
];

#[test]
fn scalars_are_read_as_opa_reads_them() {
    let Some(opa) = opa() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.yaml");
    let text: String = SCALARS.iter().enumerate().map(|(n, scalar)| format!("k{n}: {scalar}\n")).collect();
    std::fs::write(&path, &text).expect("written");
    let out = Command::new(opa).args(["eval", "-f", "raw", "-d"]).arg(&path).arg("data").output().expect("opa runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
    let theirs = from_json(String::from_utf8_lossy(&out.stdout).trim()).expect("JSON");
    let ours = ztctl::test::data::merge([ztctl::test::data::DataFile { path: "x.yaml", under: Vec::new(), text: &text }]);
    assert_eq!(ours.skipped, []);
    for (n, scalar) in SCALARS.iter().enumerate() {
        let key = ztctl::eval::Value::string(format!("k{n}"));
        let (a, b) = (ours.value.get(&key).map(to_json), theirs.get(&key).map(to_json));
        assert_eq!(a, b, "{scalar}");
    }
}

use crate::support::opa;

#[test]
fn what_json_lacks_is_a_problem() {
    for text in ["a: .inf\n", "a: .nan\n", "a: !!null x\n", "~: 1\n", "[a]: 1\n", "a: !!bool yes\n", "a: !!int 3.5\n", "<<: 1\n"] {
        let (_, problems, errors) = documents(text);
        assert_eq!((problems.len(), errors.len()), (1, 0), "{text:?} {problems:?}");
    }
    let (_, _, errors) = documents("a: *nowhere\nb: 1\n");
    assert_eq!(errors, ["no anchor `&nowhere` before the alias `*nowhere`"]);
    assert_eq!(one("b: 1.50\nc: 12345678901234567890123\n"), "{\"b\":1.50,\"c\":12345678901234567890123}");
}
