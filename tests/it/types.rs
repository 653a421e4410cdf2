//! The type checker against OPA's verdicts: `fixtures/types.txt` has modules without their first line, each with what OPA says of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ztctl::eval::{Options, Source};
use ztctl::model::rego::{Schemas, compile_errors};
use ztctl::syntax::rego::{Version, parse};

use crate::support;

struct Case {
    name: String,
    /// From the second line on.
    body: String,
    /// OPA's messages without their details.
    wanted: BTreeSet<String>,
}

fn cases() -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/types.txt");
    let text = std::fs::read_to_string(path).expect("the fixture is there");
    let mut cases = Vec::new();
    for block in text.split("=== ").skip(1) {
        let (name, rest) = block.split_once('\n').expect("a name");
        let (body, wanted) = rest.split_once("\n---\n").expect("a verdict");
        let wanted = wanted.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
        cases.push(Case { name: name.to_owned(), body: body.to_owned(), wanted });
    }
    cases
}

fn module(package: &str, case: &Case) -> String {
    format!("package {package}\n{}\n", case.body)
}

fn errors(text: &str, schemas: Option<&Schemas>) -> Vec<ztctl::eval::CompileError> {
    let parse = parse(text, Version::V1);
    assert!(parse.errors.is_empty(), "{text}: {:?}", parse.errors);
    compile_errors(&[Source { path: "c.rego", parse: &parse }], &Options::default(), schemas).err().unwrap_or_default()
}

#[test]
fn verdicts_are_opas() {
    let cases = cases();
    assert!(cases.len() > 250, "{} cases", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let text = module("c", case);
        let found = errors(&text, None);
        let said: BTreeSet<String> = found.iter().map(|error| error.message.clone()).collect();
        if said != case.wanted {
            wrong.push(format!("{}\n{}\n  opa:  {:?}\n  here: {said:?}", case.name, case.body, case.wanted));
        }
        for error in &found {
            let place = error.place();
            assert!(text.get(place.start as usize..place.end as usize).is_some(), "{}: no place", case.name);
            let words = error.words();
            let fine = !words.is_empty() && !words.ends_with('.') && !words.contains('\n') && words.chars().count() < 300;
            assert!(fine, "{}: {words}", case.name);
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn opa_says_so() {
    let Some(opa) = support::opa() else { return };
    let cases = cases();
    let folder = tempfile::tempdir().expect("a folder");
    for (index, case) in cases.iter().enumerate() {
        std::fs::write(folder.path().join(format!("c{index}.rego")), module(&format!("c{index}"), case)).expect("written");
    }
    let run = std::process::Command::new(opa)
        .args(["check", "--max-errors", "0", "--format", "json"])
        .arg(folder.path())
        .output()
        .expect("opa runs");
    let output: serde_json::Value = serde_json::from_slice(&run.stderr).or_else(|_| serde_json::from_slice(&run.stdout)).expect("JSON");
    let mut said: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    let mut placeless: BTreeSet<String> = BTreeSet::new();
    for error in output["errors"].as_array().expect("errors") {
        let message = error["message"].as_str().expect("a message");
        let Some(file) = error["location"]["file"].as_str() else {
            // OPA has lost the place
            placeless.insert(without_locals(message));
            continue;
        };
        let index: usize = Path::new(file).file_stem().expect("a name").to_string_lossy()[1..].parse().expect("a number");
        let message = message.replace(&format!("data.c{index}."), "data.c.");
        said.entry(index).or_default().insert(without_locals(&message));
    }
    for (index, case) in cases.iter().enumerate() {
        let said = said.remove(&index).unwrap_or_default();
        let lost = case.wanted.difference(&said).all(|message| placeless.contains(message));
        assert!(said.is_subset(&case.wanted) && lost, "{}\n{}\n{said:?}", case.name, case.body);
    }
}

/// Names of variables that OPA makes are `_`.
fn without_locals(message: &str) -> String {
    let mut out = String::new();
    let mut rest = message;
    while let Some(at) = rest.find("__local") {
        out.push_str(&rest[..at]);
        out.push('_');
        let tail = rest[at + 7..].trim_start_matches(|c: char| c.is_ascii_digit());
        rest = tail.strip_prefix("__").unwrap_or(tail);
    }
    out + rest
}

fn said(text: &str, schemas: &[(&[&str], &str)]) -> Vec<String> {
    let mut set = Schemas::default();
    for (path, schema) in schemas {
        set.insert(path.iter().map(|part| (*part).to_owned()).collect(), serde_json::from_str(schema).expect("JSON"));
    }
    let schemas = (!schemas.is_empty()).then_some(&set);
    let found = errors(text, schemas);
    found.iter().map(|error| [error.words(), error.advice().unwrap_or_default()].join(" | ")).collect()
}

#[test]
fn messages_say_what_is_wanted() {
    let one = |body: &str, wanted: &str| assert_eq!(said(&format!("package c\n{body}\n"), &[]), [wanted], "{body}");
    one("p := sum([\"a\"])", "the argument of `sum` is an array of a string, but must be an array of numbers or a set of numbers | ");
    one("p := split(\"a\", 1)", "argument 2 of `split` (`delimiter`) is a number, but must be a string | ");
    one("p := \"a\" + 1", "the left operand of `+` is a string, but must be a number | ");
    one("p if count(input) == \"1\"", "`count(input)` is a number, and `\"1\"` is a string: they are never equal | ");
    one("x := {\"user\": 1}\np if x.usr", "`x` has no key `usr` | did you mean `user`?");
    one("x := {\"a\": 1, \"b\": 2}\np if x.something", "`x` has no key `something` | there are the keys `a` and `b`");
    one("x := 1\np if x.y", "`x` is a number: nothing can be selected from it | ");
    one("p if 1 in {\"a\"}", "`1` is a number, but the values of `{\"a\"}` are strings: it is never among them | ");
}

#[test]
fn places_are_those_of_what_is_wrong() {
    let at = |body: &str, wanted: &str| {
        let text = format!("package c\n{body}\n");
        let found = errors(&text, None);
        let place = found.first().expect("an error").place();
        assert_eq!(&text[place.start as usize..place.end as usize], wanted, "{body}");
    };
    at("p := split(\"é\", 1)", "1");
    at("p := [\"ä\", sum([true])]", "[true]");
    at("p if { x := {\"user\": {\"name\": \"a\"}}; x.user.nmae }", "nmae");
    at("p if { x := {\"user\": 1}; x[\"usr\"] }", "\"usr\"");
}

#[test]
fn named_schemas() {
    let request = r#"{"type": "object", "properties": {"user": {"type": "string"}}}"#;
    let note = "# METADATA\n# schemas:\n#   - input: schema.a.request\n";
    let text = format!("package c\n{note}p if input.usr\n");
    assert_eq!(said(&text, &[(&["a", "request"], request)]), ["`input` has no key `usr` | did you mean `user`?"]);
    assert_eq!(said(&text, &[]), [] as [String; 0], "without schemas nobody looks");
    let missing = said(&text, &[(&["b"], request)]);
    assert_eq!(missing, ["there is no schema `schema.a.request` | schemas are named after their files below the folder of schemas"]);
    let everywhere = said("package c\np if input.usr\n", &[(&[], request)]);
    assert_eq!(everywhere, ["`input` has no key `usr` | did you mean `user`?"]);
    let below = "# METADATA\n# scope: subpackages\n# schemas:\n#   - input: schema.r\npackage a\np if input.usr\n";
    assert_eq!(said(below, &[(&["r"], request)]).len(), 1);
}

#[test]
fn hostile_programs_are_checked_in_time() {
    // types that double, deep ones, unions of many, comprehensions in comprehensions
    let mut doubling = "package c\np if {\n\tx0 := [1]\n".to_owned();
    for at in 1..200 {
        doubling.push_str(&format!("\tx{at} := [x{}, x{}]\n\ty{at} := [x{at}, 1]\n\tx{at} == y{at}\n", at - 1, at - 1));
    }
    doubling.push_str("}\n");
    let mut deep = "package c\np0 := 1\n".to_owned();
    (1..3000).for_each(|at| deep.push_str(&format!("p{at} := [p{}]\n", at - 1)));
    let mut wide = "package c\n".to_owned();
    (0..2000).for_each(|at| wide.push_str(&format!("p contains {{\"k{at}\": {at}}}\n")));
    wide.push_str("q if { some x in p; x.k1 }\n");
    let nested = format!("package c\np := {}1{}\n", "[x | x := ".repeat(60), "]".repeat(60));
    let start = std::time::Instant::now();
    for text in [doubling, deep, wide, nested] {
        errors(&text, None);
    }
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn annotations_stand_once() {
    let text = "package c\n# METADATA\n# scope: document\np if input.x\n\n# METADATA\n# scope: document\np if input.y\n";
    let found = errors(text, None);
    assert_eq!(found.iter().map(|error| error.message.as_str()).collect::<Vec<_>>(), ["document annotation redeclared"]);
}
