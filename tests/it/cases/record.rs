use proptest::prelude::*;
use ztctl::eval::{Value, from_json};
use ztctl::test::cases::{self, Expect, plain};
use ztctl::test::record::{Decision, Recorded, record};
use ztctl::text::SourceId;

fn recorded(text: &str, name: &str, decision: Option<&str>) -> Recorded {
    let decision = decision.map(|json| from_json(json).expect("JSON"));
    record("x.ztest.yaml", text, &|_| None, &[(name.to_owned(), decision)])
}

#[test]
fn only_the_expectation_changes() {
    let list = r#"["a: b","c"]"#;
    for (text, decision, wanted) in [
        // in place
        ("- name: x # n\n  query: q\n  expect: true   # why\n", Some("false"), "- name: x # n\n  query: q\n  expect: false   # why\n"),
        ("- {name: x, expect: false, query: q}", Some("\"a b\""), "- {name: x, expect: a b, query: q}"),
        ("- {name: x, query: q}\n", Some("[1]"), "- {name: x, query: q, expect: [1]}\n"),
        ("- {name: x, query: q,}\n", Some("1"), "- {name: x, query: q, expect: 1,}\n"),
        ("name: x\nquery: q\nexpect: [1, 2] # c\n", Some("[3]"), "name: x\nquery: q\nexpect: [3] # c\n"),
        ("name: x\nquery: q\nexpect:\n", Some("1"), "name: x\nquery: q\nexpect: 1\n"),
        ("name: x\nquery: q\nexpect: # c\nskip: true\n", Some("1"), "name: x\nquery: q\nexpect: 1 # c\nskip: true\n"),
        ("name: x\nquery: q\n\"expect\" : 'a'", Some("\"yes\""), "name: x\nquery: q\n\"expect\" : \"yes\""),
        // added
        ("- name: x\n  query: q\n\n# next\n", Some("1"), "- name: x\n  query: q\n  expect: 1\n\n# next\n"),
        ("- name: x\r\n  query: q", Some(list), "- name: x\r\n  query: q\r\n  expect:\r\n    - \"a: b\"\r\n    - c"),
        ("- name: x\n  query: q # c", None, "- name: x\n  query: q # c\n  undefined: true"),
        ("cases:\n- name: x\n  query: |\n    data.x\n", Some("{}"), "cases:\n- name: x\n  query: |\n    data.x\n  expect: {}\n"),
        // to undefined and back
        ("name: x\nexpect: 1 # c\nquery: q\n", None, "name: x\nundefined: true # c\nquery: q\n"),
        ("name: x\nundefined: true # c\nquery: q\n", Some("1"), "name: x\nexpect: 1 # c\nquery: q\n"),
        // between one line and several
        ("name: x\nexpect: 1 # c\nquery: q\n", Some(list), "name: x\nexpect: # c\n  - \"a: b\"\n  - c\nquery: q\n"),
        (
            "name: x\nexpect: 1\nquery: q\n",
            Some(r#"{"a":{"b":[]},"c":[[1]]}"#),
            "name: x\nexpect:\n  a:\n    b: []\n  c:\n    - - 1\nquery: q\n",
        ),
        ("name: x\nexpect: # c\n- a\n- b\nquery: q\n", Some(list), "name: x\nexpect: # c\n- \"a: b\"\n- c\nquery: q\n"),
        ("name: x\nexpect:\n- a\nquery: q\n", Some("{\"k\":1}"), "name: x\nexpect:\n  k: 1\nquery: q\n"),
        (
            "name: x\nexpect: # c\n    # d\n    - a\n    - b # e\nquery: q\n",
            Some("true"),
            "name: x\nexpect: true # c\n    # d\n    # e\nquery: q\n",
        ),
        ("name: x\nquery: q\nexpect:\n  - a\n  - b", Some("true"), "name: x\nquery: q\nexpect: true"),
        ("name: x\nexpect:\n  - a\n  # kept\n\nquery: q\n", Some(list), "name: x\nexpect:\n  - \"a: b\"\n  - c\n  # kept\n\nquery: q\n"),
        // block scalars
        ("name: x\nexpect: | # c\n  a\n  b\n\nquery: q\n", Some("1"), "name: x\nexpect: 1 # c\n\nquery: q\n"),
        ("name: x\nexpect: |\n  a\n  b\nquery: q\n", Some("\"c\\nd\\n\""), "name: x\nexpect: |\n  c\n  d\nquery: q\n"),
        ("name: x\nexpect: |\n  a\n  b\nquery: q\n", Some(list), "name: x\nexpect:\n  - \"a: b\"\n  - c\nquery: q\n"),
        // numbers keep their spelling
        ("name: x\nquery: q\n", Some("123456789012345678901234567890"), "name: x\nquery: q\nexpect: 123456789012345678901234567890\n"),
        ("name: x\nquery: q\nexpect: \"a\n  b\" # c\n", Some("1.50"), "name: x\nquery: q\nexpect: 1.50 # c\n"),
        ("\u{feff}name: x\nquery: q\n", Some(list), "\u{feff}name: x\nquery: q\nexpect:\n  - \"a: b\"\n  - c\n"),
        ("name: x\nquery: q\nexpect: &a !!str 5\n", Some("5"), "name: x\nquery: q\nexpect: 5\n"),
    ] {
        let found = recorded(text, "x", decision);
        assert_eq!(found.refused, [], "{text:?}");
        assert_eq!(found.text, wanted, "{text:?}");
    }
}

#[test]
fn what_cannot_be_recorded_is_refused() {
    for text in [
        "- &a {name: y, query: q}\n- <<: *a\n  ? name\n  : x\n  ? expect\n  : 1\n",
        "a: &a [{name: x, query: q}]\n---\n- 1\n",
        "- &a {name: x, query: &e q, expect: &v 1}\n- {name: y, query: q, expect: *v}\n",
    ] {
        let found = recorded(text, "x", Some("2"));
        assert_eq!(found.refused.len(), 1, "{text:?}");
        assert_eq!(found.text, text);
    }
    let two = [("x".to_owned(), Some(Value::from(2i64))), ("y".to_owned(), Some(Value::from(3i64)))];
    let text = "- {name: y, query: q, expect: &v 1}\n- {name: x, query: q, expect: 1}\n- {name: z, query: q, expect: *v}\n";
    let found = record("x.ztest.yaml", text, &|_| None, &two);
    assert_eq!(found.text, text.replace("name: x, query: q, expect: 1", "name: x, query: q, expect: 2"));
    assert_eq!(found.refused.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [1]);
}

/// Values as rules decide them.
pub(super) fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1000i64..1000).prop_map(|n| from_json(&format!("{n}.25")).expect("JSON")),
        "[ -~]{0,12}".prop_map(Value::from),
        "[a-z]{1,4}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(vec![
            "true", "null", "~", "1e3", "0x1", "a: b", "a #b", "- a", "'", "\n", "a\nb\n", "{", "*a", "!t", "%", "<<", "no"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::array),
            prop::collection::btree_set(inner.clone(), 0..5).prop_map(Value::set),
            prop::collection::btree_map("[a-z]{1,3}|[ -~]{0,5}".prop_map(Value::from), inner, 0..4).prop_map(Value::object),
        ]
    })
}

/// A case around `expect`, in several layouts.
fn layouts() -> impl Strategy<Value = (String, bool)> {
    let expects = prop::sample::select(vec![
        "",
        "expect: 1 # c",
        "expect: 'a'",
        "expect:",
        "undefined: true",
        "expect: [1, 2]",
        "expect: {a: b}",
        "expect:\n    - a\n    # c\n    - b: 1",
        "expect:\n  - a",
        "expect: # c\n    k: v\n    l:\n      - 1",
        "expect: |\n    text\n      more",
        "expect: >-\n    text\n\n    more\n",
    ]);
    (expects, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(expect, crlf, last, newline)| {
        let mut text = "# head\n- name: before\n  query: q\n  expect: [1]\n\n- name: x\n".to_owned();
        let expect = if expect.is_empty() { String::new() } else { format!("  {expect}\n") };
        text.push_str(&if last { format!("  query: q\n{expect}") } else { format!("{expect}  query: q\n") });
        text.push_str("\n# tail\n- {name: after, query: q, expect: 'q'} # t\n");
        if !newline {
            text.pop();
        }
        (if crlf { text.replace('\n', "\r\n") } else { text }, crlf)
    })
}

proptest! {
    #[test]
    fn reading_again_gives_the_decision((text, crlf) in layouts(), decision in prop::option::of(values())) {
        let given: Decision = decision;
        let found = record("x.ztest.yaml", &text, &|_| None, &[("x".to_owned(), given.clone())]);
        prop_assert_eq!(&found.refused, &[], "{}", text);
        let (after, mistakes) = cases::read(SourceId(0), "x.ztest.yaml", &found.text, &|_| None);
        prop_assert_eq!(mistakes, []);
        prop_assert!(after[1].expect.matches(given.as_ref()), "{}", found.text);
        prop_assert_eq!(&after[1].expect, &given.as_ref().map_or(Expect::Undefined, |value| Expect::Value(plain(value))));
        let comments = |text: &str| text.matches('#').count();
        for comment in ["# head", "# tail", "# t"] {
            prop_assert!(found.text.contains(comment));
        }
        if given.is_none() {
            prop_assert!(comments(&found.text) + 1 >= comments(&text));
        }
        if crlf {
            prop_assert!(!found.text.replace("\r\n", "").contains('\n'), "{:?}", found.text);
        }
        // recording the same again changes nothing
        let again = record("x.ztest.yaml", &found.text, &|_| None, &[("x".to_owned(), given)]);
        prop_assert_eq!(again.text, found.text);
    }

    #[test]
    fn no_text_is_too_odd(text in "([a-z&*!|>'\"#:{}\\[\\], ?%-]|\n|\r\n|\t|---\n|- name: |query: |expect: )*") {
        let (found, _) = cases::read(SourceId(0), "x.ztest.yaml", &text, &|_| None);
        let decisions: Vec<(String, Decision)> = found.iter().map(|case| (case.name.clone(), Some(Value::from(1i64)))).collect();
        let done = record("x.ztest.yaml", &text, &|_| None, &decisions);
        let (after, _) = cases::read(SourceId(0), "x.ztest.yaml", &done.text, &|_| None);
        prop_assert_eq!(after.len(), found.len());
    }
}
