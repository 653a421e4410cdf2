//! The evaluator against an independent one, regorus, on what both are known to do as OPA does.
//! (Where they differ, OPA is with the evaluator here; that is held against `opa` itself elsewhere.)

use ztctl::eval::{Limits, Options, Source, Value, compile, from_json, to_json};
use ztctl::syntax::rego::{Version, parse};

const POLICY: &str = r#"package p

roles := {"alice": ["admin", "dev"], "bob": ["dev"]}

default allow := false

allow if "admin" in roles[input.user]

allow if {
	input.method == "GET"
	not blocked
}

blocked if input.user == "mallory"

reasons contains msg if {
	some role in roles[input.user]
	msg := sprintf("%s has %s", [input.user, role])
}

sizes[name] := count(list) if some name, list in roles

grade(x) := "high" if x >= 10
grade(x) := "low" if x < 10

level := "root" if {
	input.user == "root"
} else := "user" if {
	input.user
} else := "nobody"

every_dev if {
	every _, list in roles { "dev" in list }
}

mocked if allow with input as {"user": "alice"}

names := [name | some name, _ in roles]

pairs := {[a, b] | some a in [1, 2, 3]; some b in [1, 2, 3]; a < b}

text := concat("-", [upper("a"), lower("B"), trim_space(" c "), replace("dxd", "x", "e")])

numbers_ := [1 + 2 * 3, 7 % 4, 10 / 4, abs(-3), round(2.5), max([1, 5, 2]), sum([1, 2, 3]), count({1, 2})]

sets := [{1, 2} | {3}, {1, 2} & {2}, {1, 2} - {2}]

ordered := sort(["b", "a", "c"])

decoded := json.unmarshal("{\"a\": [1, null, true]}")

encoded := [base64.encode("hello"), hex.encode("hi"), json.marshal({"b": 1, "a": 2})]

matches := regex.match(`^[a-z]+\d$`, "abc1")

merged := object.union({"a": {"b": 1}}, {"a": {"c": 2}})

got := object.get(roles, ["bob", 0], "none")

semantic := semver.compare("1.2.3", "1.10.0")

parts := split("a.b.c", ".")

nested if roles[_][_] == "admin"
"#;

const RULES: &[&str] = &[
    "allow",
    "blocked",
    "reasons",
    "sizes",
    "level",
    "every_dev",
    "mocked",
    "names",
    "pairs",
    "text",
    "numbers_",
    "sets",
    "ordered",
    "decoded",
    "encoded",
    "matches",
    "merged",
    "got",
    "semantic",
    "parts",
    "nested",
];

const INPUTS: &[&str] = &[
    "{}",
    r#"{"user": "alice"}"#,
    r#"{"user": "bob", "method": "GET"}"#,
    r#"{"user": "mallory", "method": "GET"}"#,
    r#"{"user": "root", "method": "POST"}"#,
];

#[test]
fn both_engines_decide_the_same() {
    std::thread::Builder::new().stack_size(ztctl::eval::STACK_SIZE).spawn(compare).expect("a thread").join().expect("no panic");
}

fn compare() {
    let parsed = parse(POLICY, Version::V1);
    assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
    let source = Source { path: "p.rego", parse: &parsed };
    let program = compile(&[source], Value::empty_object(), &Options::default()).expect("compiles");
    let limits = Limits { timeout: std::time::Duration::from_secs(10), now_ns: 0, seed: 0 };
    let mut engine = regorus::Engine::new();
    engine.add_policy("p.rego".to_owned(), POLICY.to_owned()).expect("the second engine reads it");
    let mut compared = 0;
    for input in INPUTS {
        engine.set_input(regorus::Value::from_json_str(input).expect("JSON"));
        for rule in RULES {
            let path = [Value::string("p"), Value::string(*rule)];
            let ours = program.evaluate(&path, Some(from_json(input).expect("JSON")), None, &limits).value.expect("a value or undefined");
            let theirs = engine.eval_rule(format!("data.p.{rule}")).unwrap_or_else(|error| panic!("{rule}: {error}"));
            let theirs = (theirs != regorus::Value::Undefined).then(|| theirs.to_json_str().expect("JSON"));
            let normal = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
            assert_eq!(ours.as_ref().map(|v| normal(&to_json(v))), theirs.as_deref().map(normal), "data.p.{rule} for {input}");
            compared += 1;
        }
    }
    assert_eq!(compared, RULES.len() * INPUTS.len());
}
