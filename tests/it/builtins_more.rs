//! Builtins of times, networks, regular expressions, versions, units, identifiers, patches and URIs.
//!
//! What is expected is what OPA 1.22.2 gives.

use std::time::{Duration, Instant};

use ztctl::eval::{Limits, Options, Source, Value, compile, from_json};
use ztctl::syntax::rego::{Version, parse};

/// The value of an expression as `sprintf` writes it, `undefined`, or `error:` and the message.
fn evaluate(expression: &str, input: Option<Value>) -> String {
    let parsed = parse(format!("package t\n\nr := sprintf(\"%v\", [{expression}])\n"), Version::V1);
    assert!(parsed.errors.is_empty(), "{expression}");
    let options = Options::default();
    let program = compile(&[Source { path: "t.rego", parse: &parsed }], Value::empty_object(), &options).expect(expression);
    let limits = Limits { timeout: Duration::from_secs(20), now_ns: 1, seed: 1 };
    match program.evaluate(&["t".into(), "r".into()], input, None, &limits).value {
        Ok(None) => "undefined".to_owned(),
        Ok(Some(value)) => value.as_str().unwrap_or_default().to_owned(),
        Err(error) => format!("error: {}", error.message),
    }
}

/// Evaluates on a thread whose call stack is as large as evaluations need.
fn on_large_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(ztctl::eval::STACK_SIZE).spawn(run);
    thread.expect("a thread can be started").join().expect("the checks hold");
}

#[test]
fn builtins_give_what_opa_gives() {
    on_large_stack(|| {
        for (expression, expected) in CASES {
            assert_eq!(evaluate(expression, None), *expected, "{expression}");
        }
    });
}

#[test]
fn hostile_operands_end_soon() {
    on_large_stack(|| {
        let started = Instant::now();
        let long = "a".repeat(20_000);
        let deep = format!("{}{}", "(".repeat(900), ")".repeat(900));
        let stars = ".*a".repeat(300);
        let nested = format!("{}{}", "{".repeat(5_000), "}".repeat(5_000));
        let input = |items: &[&str]| {
            let text: Vec<String> = items.iter().map(|item| format!("\"{item}\"")).collect();
            Some(from_json(&format!("[{}]", text.join(","))).expect("valid JSON"))
        };
        assert_eq!(evaluate("regex.match(input[0], input[1])", input(&["(a*)*(a*)*b", &long])), "false");
        assert_eq!(evaluate("regex.match(input[0], input[1])", input(&[&deep, ""])), "true");
        let large = evaluate(r"regex.match(input[0], input[1])", input(&["(?:\\\\pL{500}\\\\pN){2}", "a"]));
        assert!(large == "false" || large.contains("too large"), "{large}");
        let globs = evaluate("regex.globs_match(input[0], input[1])", input(&[&format!("{stars}c"), &format!("{stars}d")]));
        assert!(globs == "false" || globs.starts_with("error"), "{globs}");
        assert!(!evaluate("glob.match(input[0], [], input[1])", input(&[&nested, "a"])).is_empty());
        for expression in [r#"net.cidr_expand("0.0.0.0/0")"#, r#"net.cidr_expand("::/0")"#] {
            assert!(evaluate(expression, None).starts_with("error: net.cidr_expand"), "{expression}");
        }
        assert!(evaluate(r#"units.parse("1e999999")"#, None).starts_with("error: units.parse"));
        assert!(evaluate(r#"net.lookup_ip_addr("localhost")"#, None).contains("no network"));
        assert!(started.elapsed() < Duration::from_secs(60));
    });
}

#[test]
fn random_values_are_the_same_for_the_same_key() {
    on_large_stack(|| {
        assert_eq!(evaluate(r#"uuid.rfc4122("a") == uuid.rfc4122("a")"#, None), "true");
        assert_eq!(evaluate(r#"uuid.rfc4122("a") == uuid.rfc4122("b")"#, None), "false");
        assert_eq!(evaluate(r#"uuid.parse(uuid.rfc4122("a")).version"#, None), "4");
    });
}

const CASES: &[(&str, &str)] = &[
    (r#"regex.match("\\p{lu}+\\B", "AB")"#, "true"),
    (r#"regex.match("^\\w+$", "é")"#, "false"),
    (r#"regex.match("a**", "a")"#, "undefined"),
    (r#"regex.match("a{1001}", "a")"#, "undefined"),
    (r#"regex.match("(a{100}){11}", "a")"#, "undefined"),
    (r#"regex.match("[a&&b]", "&")"#, "true"),
    (r#"regex.match("(?i)k", "K")"#, "true"),
    (r#"regex.match("\\Qa.b\\E", "axb")"#, "false"),
    (r#"regex.match("\\z", "")"#, "true"),
    (r#"regex.match("\\Z", "")"#, "undefined"),
    (r#"regex.is_valid("(?=a)")"#, "false"),
    (r#"regex.is_valid("(?<1a>x)(?P<1a>y)")"#, "true"),
    (r#"regex.find_n("[[:^digit:]]+", "a1b2", -1)"#, r#"["a", "b"]"#),
    (r#"regex.find_n("x*", "axb", 2)"#, r#"["", "x"]"#),
    (r#"regex.find_n("a", "aaa", 0)"#, "[]"),
    (r#"regex.find_all_string_submatch_n("(b){0}(a)?", "ab", -1)"#, r#"[["a", "", "a"], ["", "", ""]]"#),
    (r#"regex.replace("john smith", "(?P<f>\\w+) (\\w+)", "${2}, $f $1x $$ ${")"#, "smith, john  $ ${"),
    (r#"regex.replace("abc", "", "-")"#, "-a-b-c-"),
    (r#"regex.split("b*", "abbc")"#, r#"["a", "c"]"#),
    (r#"regex.split("", "")"#, "[]"),
    (r#"regex.template_match("urn:{[a-z]+}:x.y", "urn:foo:x.y", "{", "}")"#, "true"),
    (r#"regex.template_match("{a", "a", "{", "}")"#, "undefined"),
    (r#"regex.globs_match("a.*b", "ab+")"#, "true"),
    (r#"regex.globs_match("[a", "b")"#, "undefined"),
    (r#"time.parse_rfc3339_ns("2024-02-29T23:59:59.5+05:30")"#, "1709231399500000000"),
    (r#"time.parse_rfc3339_ns("2023-02-29T00:00:00Z")"#, "undefined"),
    (r#"time.parse_rfc3339_ns("2262-04-11T23:47:16.854775808Z")"#, "undefined"),
    (r#"time.parse_ns("RFC1123", "Mon, 02 Jan 2006 15:04:05 GMT+3")"#, "1136214245000000000"),
    (r#"time.parse_ns("2006-002", "2024-366")"#, "1735603200000000000"),
    (r#"time.parse_ns("3:04PM", "12:30AM")"#, "undefined"),
    (r#"time.parse_duration_ns("1w2d3h0.5s")"#, "788400500000000"),
    (r#"time.parse_duration_ns("1.5.5d")"#, "undefined"),
    (r#"time.parse_duration_ns("-9223372036854775808ns")"#, "-9223372036854775808"),
    ("time.format(1704067199999999999)", "2023-12-31T23:59:59.999999999Z"),
    (r#"time.format([1704067200000000000, "Asia/Kathmandu"])"#, "2024-01-01T05:45:00+05:45"),
    (
        r#"time.format([1720000000120000000, "America/New_York", "Mon Jan _2 03:04:05.000 PM MST __2 -07"])"#,
        "Wed Jul  3 05:46:40.120 AM EDT 185 -04",
    ),
    (r#"time.format([0, "america/new_york"])"#, "undefined"),
    (r#"time.format([0, "UTC", "RFC850"])"#, "Thursday, 01-Jan-70 00:00:00 UTC"),
    (r#"time.date([0, "Pacific/Honolulu"])"#, "[1969, 12, 31]"),
    (r#"time.clock([1e18, "Asia/Kolkata"])"#, "[7, 16, 40]"),
    ("time.clock(1.5)", "undefined"),
    ("time.weekday(-1)", "Wednesday"),
    ("time.add_date(1710000000000000000, 0, -13, -40)", "1672502400000000000"),
    ("time.add_date(0, 0, 1, 30)", "5270400000000000"),
    ("time.add_date(0, 300, 0, 0)", "undefined"),
    ("time.diff(1709251199000000000, 1672531200000000000)", "[1, 1, 28, 23, 59, 59]"),
    (r#"net.cidr_contains("10.0.0.0/8", "10.1.0.0/16")"#, "true"),
    (r#"net.cidr_contains("10.0.0.0/08", "::ffff:10.1.1.1")"#, "true"),
    (r#"net.cidr_contains("::/80", "::/80")"#, "true"),
    (r#"net.cidr_contains("10.0.0.0", "10.0.0.1")"#, "undefined"),
    (r#"net.cidr_contains_matches(["10.0.0.0/8", ["fd00::/8", 1]], {"a": "10.1.1.1", "b": ["fd00::1"]})"#, r#"{[0, "a"], [1, "b"]}"#),
    (r#"net.cidr_expand("192.168.0.254/31")"#, r#"{"192.168.0.254", "192.168.0.255"}"#),
    (r#"net.cidr_intersects("10.0.0.0/9", "10.128.0.0/9")"#, "false"),
    (r#"net.cidr_is_valid("1.2.3.4/33")"#, "false"),
    (
        r#"net.cidr_merge(["10.0.0.0/25", "10.0.0.128/25", "10.1.2.3", "2001:db8::/33", "2001:db8:8000::/33"])"#,
        r#"{"10.0.0.0/8", "2001:db8::/32"}"#,
    ),
    (r#"semver.compare("v1.2.3-rc.2", "1.2.3-rc.11")"#, "-1"),
    (r#"semver.compare("1.2.3", "1.2.3-a")"#, "1"),
    (r#"semver.is_valid("1.2.03")"#, "false"),
    (r#"semver.compare("1.2", "1.2.3")"#, "undefined"),
    (r#"units.parse("1.5Gi")"#, "1610612736"),
    (r#"units.parse("100m")"#, "0.1"),
    (r#"units.parse("1e3k")"#, "1000000"),
    (r#"units.parse("1 k")"#, "undefined"),
    (r#"units.parse_bytes("1.5KiB")"#, "1536"),
    (r#"units.parse_bytes("0.0005MB")"#, "499"),
    (r#"units.parse_bytes("foo")"#, "undefined"),
    (
        r#"uuid.parse("000003e8-48b9-21ee-b200-325096b39f47")"#,
        r#"{"clocksequence": 12800, "domain": "Person", "id": 1000, "macvariables": "local:unicast", "nodeid": "32-50-96-b3-9f-47", "time": 1693566990121469600, "variant": "RFC4122", "version": 2}"#,
    ),
    (r#"uuid.parse("00000000-0000-4000-8000-00000000000g")"#, "undefined"),
    (
        r#"json.patch({"a": [1, 2]}, [{"op": "add", "path": "/a/-", "value": 3}, {"op": "move", "from": "/a/0", "path": "/b"}])"#,
        r#"{"a": [2, 3], "b": 1}"#,
    ),
    (
        r#"json.patch([{"a": 1}, {"b": 2}], [{"op": "remove", "path": "/0"}, {"op": "add", "path": "/0/x", "value": 1}])"#,
        r#"[{"a": 1, "x": 1}]"#,
    ),
    (r#"json.patch({"a": 1}, [{"op": "test", "path": "/a", "value": 2}])"#, "undefined"),
    (r#"json.patch({"a": {"x/y": 1}}, [{"op": "replace", "path": ["a", "x/y"], "value": {1}}])"#, r#"{"a": {"x/y": {1}}}"#),
    (r#"json.filter({"a": {"b": 1, "c": [1, 2]}, "d": 1}, ["a/c/1", ["d"]])"#, r#"{"a": {"c": [2]}, "d": 1}"#),
    (r#"json.remove({"a": {"b": 1, "c": [1, 2]}, "d": 1}, {"/a/c/0", "d"})"#, r#"{"a": {"b": 1, "c": [2]}}"#),
    (
        r#"uri.parse("HTTPS://u:p@example.com:8443/a%2Fb/c?x=1&y#frag%20")"#,
        r#"{"fragment": "frag ", "hostname": "example.com", "path": "/a/b/c", "port": "8443", "raw_path": "/a%2Fb/c", "raw_query": "x=1&y", "scheme": "https"}"#,
    ),
    (r#"uri.parse("mailto:a@b")"#, r#"{"scheme": "mailto"}"#),
    (r#"uri.parse("http://[::1%25eth0]:80")"#, r#"{"hostname": "::1%eth0", "port": "80", "scheme": "http"}"#),
    (r#"uri.parse("a:b:c/%zz")"#, r#"{"scheme": "a"}"#),
    (r#"uri.is_valid("1a:b")"#, "false"),
    (r#"uri.is_valid("")"#, "false"),
];
