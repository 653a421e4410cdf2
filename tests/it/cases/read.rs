use std::sync::Arc;

use ztctl::diag::{Diagnostic, Place};
use ztctl::eval::{Value, from_json, to_json};
use ztctl::test::cases::{self, Expect};
use ztctl::text::SourceId;

use super::{cases_of, fixture};

fn value(json: &str) -> Value {
    from_json(json).expect("JSON")
}

#[test]
fn fields_are_read() {
    let text = fixture("authz.ztest.yaml").expect("the fixture");
    let (found, mistakes) = cases::read(SourceId(0), "authz.ztest.yaml", &text, &fixture);
    assert_eq!(mistakes, []);
    let [small, reasons, unknown, line, open] = &*found else { panic!("{found:?}") };
    assert_eq!(small.query, "data.authz.allow");
    assert_eq!(&text[small.query_span.range()], "data.authz.allow");
    assert!(text[small.at.range()].starts_with("name: a clerk") && text[small.at.range()].ends_with("expect: true"));
    assert_eq!(small.input, Some(value(r#"{"user":"clerk","amount":10}"#)));
    assert_eq!(reasons.data, Some(value(r#"{"limits":{"guest":100}}"#)));
    assert!(reasons.expect.matches(Some(&Value::set(["guests do not pay".into(), "the amount is above the limit".into()].into()))));
    assert_eq!((&unknown.expect, &unknown.files[..]), (&Expect::Undefined, &["input/unknown.json".to_owned()][..]));
    assert_eq!(unknown.input.as_ref().map(to_json), Some(r#"{"amount":1.50,"user":"nobody"}"#.to_owned()));
    assert_eq!(line.expect, Expect::Value(Value::Bool(false)));
    assert_eq!((&open.expect, &open.input, open.todo.as_deref()), (&Expect::Unrecorded, &None, Some("the rule is not written")));
}

#[test]
fn a_file_is_a_list_a_case_or_a_map_of_cases_in_any_number_of_documents() {
    let text = "name: a\nquery: q\n---\n- name: b\n  query: q\n---\ncases:\n- {name: c, query: q, skip: true}\n- {name: d, query: q, expect: undefined}\n---\n# nothing\n";
    let (found, mistakes) = cases_of(text);
    assert_eq!(mistakes, []);
    assert_eq!(found.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    assert_eq!(found[2].skip.as_deref(), Some(""));
    assert_eq!(found[3].expect, Expect::Value("undefined".into()));
    for empty in ["", "# c\n", "[]", "cases: []\n"] {
        assert_eq!(cases_of(empty).1, [], "{empty:?}");
    }
}

/// What is wrong with a text: the slice it is about, the message, the help.
fn mistakes(text: &str) -> Vec<(String, String, String)> {
    let files = |path: &str| -> Option<Arc<str>> { (path == "a/broken.json").then(|| "{\n  \"a\": ]}".into()) };
    let (_, found) = cases::read(SourceId(0), "a/x.ztest.yaml", text, &files);
    let slice = |d: &Diagnostic| match d.place {
        Place::At(at) => text[at.span.range()].to_owned(),
        _ => String::new(),
    };
    found.iter().map(|d| (slice(d), d.message.clone(), d.help.clone().unwrap_or_default())).collect()
}

#[test]
fn mistakes_are_findings_at_their_place() {
    for (text, at, message, help) in [
        ("- name: a\n  query: q\n  expct: 1\n", "expct", "unknown key `expct` in a case", "did you mean `expect`?"),
        ("- name: a\n  query: q\n  want: 1\n", "want", "unknown key `want` in a case", "did you mean `expect`?"),
        ("- name: a\n  query: q\n  zzz: 1\n", "zzz", "unknown key `zzz` in a case", "the keys of a case are"),
        ("- name: a\n", "name", "a case without `query`", "data.authz.allow"),
        ("- query: q\n", "query", "a case without `name`", "add `name`"),
        ("- name: 7\n  query: q\n", "7", "`name` is a number, expected a string", "quotes"),
        ("- name: a\n  query: [q]\n", "[q]", "`query` is a list, expected a string", ""),
        ("- name: ' '\n  query: q\n", "' '", "`name` is empty", ""),
        ("- name: a\n  query: q\n  skip: [x]\n", "[x]", "`skip` is a list, expected `true` or a reason", ""),
        ("- name: a\n  query: q\n  undefined: false\n", "false", "`undefined` can only be `true`", "expect"),
        ("- {name: a, query: q, expect: 1, undefined: true}\n", "true", "both `expect` and `undefined`", "keep one"),
        ("- {name: a, query: q, data: [1]}\n", "[1]", "the data are a list, expected a map", ""),
        ("- {name: a, query: q, input: 1, input_file: x.json}\n", "x.json", "both `input` and `input_file`", "keep one"),
        ("- {name: a, query: q, input_file: ../../x.json}\n", "../../x.json", "`../../x.json` leads out of the workspace", ""),
        ("- {name: a, query: q, input_file: /etc/passwd}\n", "/etc/passwd", "`/etc/passwd` leads out of the workspace", ""),
        ("- {name: a, query: q, input_file: ../x.json}\n", "../x.json", "`x.json` cannot be read", "relative to the case file"),
        (
            "- {name: a, query: q, input_file: broken.json}\n",
            "broken.json",
            "`a/broken.json`: line 2: unexpected `]`, expected a value",
            "",
        ),
        ("- {name: a, query: q}\n- {name: a, query: r}\n", "a", "a second case of the name `a`", "its own name"),
        ("- name: a\n  query: q\n  query: r\n", "query", "the key `query` stands twice in this map", "remove one"),
        ("- just text\n", "just text", "found a string, expected a case", "a case is a map"),
        ("text\n", "text", "found a string, expected a list of cases", ""),
        ("cases: 1\n", "1", "`cases` is a number, expected a list of cases", ""),
        ("query: x\ncases: []\n", "query", "unknown key `query` beside `cases`", ""),
        ("- {name: a, query: q, expect: .inf}\n", ".inf", "`.inf` has no counterpart in JSON", ""),
    ] {
        let found = mistakes(text);
        assert_eq!(found.len(), 1, "{text:?}: {found:?}");
        assert_eq!((found[0].0.as_str(), found[0].1.as_str()), (at, message), "{text:?}");
        assert!(found[0].2.contains(help), "{text:?}: {found:?}");
    }
}

#[test]
fn a_mistake_costs_its_own_case_alone() {
    let (found, mistakes) =
        cases_of("- {name: a, query: q}\n- {name: b}\n- {name: c, query: q}\n---\n- {name: d\n---\n- {name: e, query: q}\n");
    assert_eq!(found.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["a", "c", "e"]);
    assert_eq!(mistakes.len(), 2, "{mistakes:?}");
}

#[test]
fn sets_match_lists_in_any_order() {
    let set = |items: Vec<Value>| Value::set(items.into_iter().collect());
    let nested = set(vec![set(vec![Value::int(1), Value::int(2)]), Value::array(vec![Value::int(2), Value::int(1)])]);
    for (expected, actual, same) in [
        ("[2,1]", set(vec![Value::int(1), Value::int(2)]), true),
        ("[2,1,1]", set(vec![Value::int(1), Value::int(2)]), true),
        ("[2]", set(vec![Value::int(1), Value::int(2)]), false),
        ("[2,3]", set(vec![Value::int(1), Value::int(2)]), false),
        ("[2,1]", Value::array(vec![Value::int(1), Value::int(2)]), false),
        ("[[1,2],[2,1]]", nested.clone(), true),
        ("[[2,1],[2,1]]", nested, true),
        ("{\"a\":[2,1]}", [("a".into(), set(vec![Value::int(1), Value::int(2)]))].into_iter().collect(), true),
        ("{\"1\":true}", [(Value::int(1), true.into())].into_iter().collect(), true),
        ("1.0", Value::int(1), true),
    ] as [(&str, Value, bool); 10]
    {
        assert_eq!(Expect::Value(value(expected)).matches(Some(&actual)), same, "{expected}");
    }
    assert!(Expect::Undefined.matches(None) && !Expect::Undefined.matches(Some(&Value::Null)));
    assert!(!Expect::Unrecorded.matches(None) && !Expect::Value(Value::Null).matches(None));
}
