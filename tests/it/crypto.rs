//! `crypto.*` and `io.jwt.*`, against answers of opa 1.22.2 on keys, certificates and tokens generated for these tests.
//!
//! Each line of the fixture has a builtin's name, its arguments, and what opa gave; nothing where it gave an error.

use std::fmt::Write as _;
use std::process::Command;
use std::time::Duration;

use ztctl::eval::{Limits, Options, STACK_SIZE, Source, Value, compile, from_json, to_json};
use ztctl::syntax::rego::{Version, parse};

const CASES: &str = include_str!("../../fixtures/crypto/cases.jsonl");

/// 2026-09-21, between the times that the tokens name.
const NOW: i64 = 1_790_000_000_000_000_000;

/// A document of a module that is alone; `Err`: why the evaluation ended.
fn evaluate(module: &str, document: &str, input: Value) -> Result<Option<Value>, String> {
    let parsed = parse(module, Version::V1);
    let source = Source { path: "crypto.rego", parse: &parsed };
    let program = compile(&[source], Value::empty_object(), &Options::default()).expect("the module compiles");
    let path = [Value::from("crypto"), Value::from(document)];
    let limits = Limits { timeout: Duration::from_secs(120), now_ns: NOW, seed: 1 };
    let run = move || program.evaluate(&path, Some(input), None, &limits).value.map_err(|error| error.message);
    let thread = std::thread::Builder::new().stack_size(STACK_SIZE).spawn(run).expect("a thread");
    thread.join().expect("no panic")
}

fn field<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    value.get(&Value::from(name))
}

fn cases() -> Vec<Value> {
    CASES.lines().map(|line| from_json(line).expect("a case")).collect()
}

/// A module whose `results` has what each case of the input gives, by index.
fn module(cases: &[Value]) -> String {
    let mut calls: Vec<(String, usize)> = cases
        .iter()
        .map(|case| {
            let Some(Value::Array(args)) = field(case, "args") else { panic!("a case without arguments") };
            (field(case, "name").and_then(Value::as_str).expect("a name").to_owned(), args.len())
        })
        .collect();
    calls.sort();
    calls.dedup();
    let mut out = "package crypto\n\nresults[i] := result if {\n\tsome i, case in input\n\tresult := call(case)\n}\n\n".to_owned();
    for (name, arity) in calls {
        let args: Vec<String> = (0..arity).map(|i| format!("case.args[{i}]")).collect();
        let _ = writeln!(out, "call(case) := {name}({}) if case.name == \"{name}\"\n", args.join(", "));
    }
    out
}

fn expected(cases: &[Value]) -> Vec<Option<String>> {
    cases.iter().map(|case| field(case, "ok").map(to_json)).collect()
}

fn results(value: &Value, count: usize) -> Vec<Option<String>> {
    // indexes are numbers here and texts in opa's JSON
    (0..count).map(|i| value.get(&Value::from(i)).or_else(|| field(value, &i.to_string())).map(to_json)).collect()
}

/// The first case that has another result.
fn first_difference(cases: &[Value], expected: &[Option<String>], found: &[Option<String>]) -> Option<String> {
    let at = expected.iter().zip(found).position(|(expected, found)| expected != found)?;
    Some(format!("{}\nexpected {:?}\nfound    {:?}", to_json(&cases[at]), expected[at], found[at]))
}

#[test]
fn every_case_gives_what_opa_gave() {
    let cases = cases();
    assert!(cases.len() > 300, "the fixture is cut");
    let found = evaluate(&module(&cases), "results", Value::array(cases.clone())).expect("a result").expect("results");
    assert_eq!(first_difference(&cases, &expected(&cases), &results(&found, cases.len())), None);
}

#[test]
fn the_fixture_holds_what_opa_gives() {
    let Some(opa) = std::env::home_dir().map(|home| home.join("go/bin/opa")).filter(|path| path.exists()) else {
        eprintln!("skipped: no opa in ~/go/bin");
        return;
    };
    let cases = cases();
    let folder = tempfile::tempdir().expect("a folder");
    let (rego, input) = (folder.path().join("m.rego"), folder.path().join("input.json"));
    std::fs::write(&rego, module(&cases)).expect("written");
    std::fs::write(&input, to_json(&Value::array(cases.clone()))).expect("written");
    let mut command = Command::new(opa);
    command.args(["eval", "-f", "raw", "-d"]).arg(&rego).arg("-i").arg(&input).arg("json.marshal(data.crypto.results)");
    let output = command.output().expect("opa runs");
    let found = from_json(&String::from_utf8_lossy(&output.stdout)).expect("JSON");
    assert_eq!(first_difference(&cases, &expected(&cases), &results(&found, cases.len())), None);
}

#[test]
fn damaged_arguments_end_no_evaluation() {
    // xorshift: the same damage in every run
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below.max(1)).expect("small")).expect("small")
    };
    let mut damaged = Vec::new();
    for case in cases() {
        for _ in 0..3 {
            let mut text: Vec<char> = to_json(field(&case, "args").expect("arguments")).chars().collect();
            let at = random(text.len());
            match random(3) {
                0 => drop(text.remove(at)),
                1 => text[at] = ['A', '0', '=', '-', '.', '\u{e9}'][random(6)],
                _ => text.insert(at, ['A', '0', '=', '-', '.', '\u{e9}'][random(6)]),
            }
            if let Ok(args @ Value::Array(_)) = from_json(&text.into_iter().collect::<String>()) {
                damaged.push([("name", field(&case, "name").expect("a name").clone()), ("args", args)]);
            }
        }
    }
    let damaged: Vec<Value> =
        damaged.into_iter().map(|case| case.into_iter().map(|(name, value)| (Value::from(name), value)).collect()).collect();
    assert!(damaged.len() > 300);
    let found = evaluate(&module(&cases()), "results", Value::array(damaged)).expect("a result");
    assert!(found.is_some());
}

/// Named rules that must all be true; `failed` lists those that are not.
const RULES: &str = include_str!("../../fixtures/crypto/rules.rego");

#[test]
fn signatures_are_accepted_only_where_they_must_be() {
    let found = evaluate(RULES, "failed", Value::Null).expect("a result").map(|value| to_json(&value));
    assert_eq!(found.as_deref(), Some("[]"));
}

#[test]
fn equal_operands_give_equal_signatures() {
    let found = evaluate(RULES, "repeatable", Value::Null).expect("a result").map(|value| to_json(&value));
    assert_eq!(found.as_deref(), Some("true"));
}

#[test]
fn what_cannot_be_computed_is_named() {
    // a certificate signed with a key of the curve P-224
    let certificate = include_str!("../../fixtures/crypto/p224.pem");
    let module = "package crypto\n\nshown := crypto.x509.parse_certificates(input)[0].PublicKey.Curve\n\n\
        signed := io.jwt.verify_es256(\"eyJhbGciOiJFUzI1NiJ9.e30.AAAA\", input)\n";
    let shown = evaluate(module, "shown", Value::from(certificate)).expect("a result").map(|value| to_json(&value));
    assert_eq!(shown.as_deref(), Some("{}"));
    let error = evaluate(module, "signed", Value::from(certificate)).expect_err("no result");
    assert!(error.contains("P-224"), "{error}");
}
