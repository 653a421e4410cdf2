use ztctl::eval::{Value, from_json};
use ztctl::test::cases::{Expect, plain};
use ztctl::test::diff::diff;

fn value(json: &str) -> Value {
    from_json(json).expect("JSON")
}

fn shown(expected: &str, actual: &Value) -> String {
    diff("x", &Expect::Value(value(expected)), Some(actual)).to_string()
}

#[test]
fn changes_have_paths() {
    for (expected, actual, text) in [
        ("1", "1", ""),
        ("true", "false", "x\n  - true\n  + false\n"),
        (r#"{"deny":[1,2,{"msg":"a"}]}"#, r#"{"deny":[1,2,{"msg":"b"}]}"#, "x.deny[2].msg\n  - \"a\"\n  + \"b\"\n"),
        ("[1,2,3]", "[1,9,2,3]", "x[1]\n  + 9\n"),
        ("[1,2,3]", "[1,3]", "x[1]\n  - 2\n"),
        (r#"{"a b":1,"c":2}"#, r#"{"c":3,"d":4}"#, "x[\"a b\"]\n  - 1\nx.c\n  - 2\n  + 3\nx.d\n  + 4\n"),
    ] {
        assert_eq!(shown(expected, &value(actual)), text);
    }
    let set = Value::set([Value::int(1), Value::int(3)].into());
    assert_eq!(shown("[2,3]", &set), "x\n  - 2\nx\n  + 1\n");
    assert_eq!(diff("x", &Expect::Undefined, Some(&set)).to_string(), "x\n  - undefined\n  + [1,3]\n");
    assert_eq!(diff("x", &Expect::Value(Value::int(1)), None).to_string(), "x\n  - 1\n  + undefined\n");
    assert_eq!(diff("x", &Expect::Unrecorded, None).to_string(), "");
}

#[test]
fn long_differences_are_cut() {
    let many: Vec<Value> = (0..100_000i64).map(Value::from).collect();
    let other: Vec<Value> = (0..100_000i64).map(|n| Value::from(-n - 1)).collect();
    let started = std::time::Instant::now();
    let lists = diff("x", &Expect::Value(Value::array(many.clone())), Some(&Value::array(other.clone())));
    assert!(lists.more && lists.changes.len() == 50);
    let sets = diff("x", &Expect::Value(Value::array(many.clone())), Some(&Value::set(other.into_iter().collect())));
    assert!(sets.more && sets.changes.len() == 50);
    let text = diff("x", &Expect::Value(Value::Null), Some(&Value::array(many)));
    assert!(text.changes[0].actual.as_ref().is_some_and(|t| t.len() < 300), "{text}");
    assert!(started.elapsed().as_secs() < 10);
}

proptest::proptest! {
    #[test]
    fn a_difference_is_shown_exactly_where_values_differ(a in super::record::values(), b in super::record::values()) {
        let found = diff("x", &Expect::Value(plain(&a)), Some(&b));
        assert_eq!(found.changes.is_empty(), Expect::Value(plain(&a)).matches(Some(&b)));
        assert_eq!(diff("x", &Expect::Value(plain(&a)), Some(&a)).changes, []);
    }
}
