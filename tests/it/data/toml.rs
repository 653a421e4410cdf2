use ztctl::model::value::Format;

use super::{right, under, value, wrong};

#[test]
fn values() {
    assert_eq!(
        right(Format::Toml, "z = 1\na = \"x\"\nb = [1, 2.5, true]\n[t.u]\nk = 0x1f\nd = 2024-01-02\n[[l]]\nn = 1\n[[l]]\nn = 2\n"),
        r#"{"z":1,"a":"x","b":[1,2.5,true],"t":{"u":{"k":31,"d":"2024-01-02"}},"l":[{"n":1},{"n":2}]}"#
    );
    assert_eq!(right(Format::Toml, "a = inf\nb = nan\nc = -1_000\n"), r#"{"a":?inf?,"b":?nan?,"c":-1000}"#);
    assert_eq!(right(Format::Toml, ""), "-");
    assert_eq!(right(Format::Toml, "\u{feff}a.b = 'x'\r\n"), r#"{"a":{"b":"x"}}"#);
}

#[test]
fn spans() {
    let text = "\u{feff}[a]\nb = \"é\"\nc = [ 1, 2 ]\nd = { e = 1 }\n";
    assert_eq!(under(Format::Toml, text, "a/b"), "\"é\"");
    assert_eq!(under(Format::Toml, text, "a/c/1"), "2");
    assert_eq!(under(Format::Toml, text, "a/d"), "{ e = 1 }");
}

#[test]
fn errors() {
    assert_eq!(value(Format::Toml, "a = \nb = 2\n"), r#"{"a":??,"b":2}"#);
    for text in ["a = \nb = 2\n", "a = 1\na = 2\n", "[a\n", "a = \"x\n", "a = 1 b = 2\n", "=", "a = [1, 2\n", "a = 08\n"] {
        assert!(!wrong(Format::Toml, text).is_empty(), "{text:?}");
    }
    for text in [
        "a = ".to_owned() + &"[".repeat(100_000),
        "[".repeat(100_000),
        "a = ".to_owned() + &"{a=".repeat(100_000),
        format!("a{} = 1", ".a".repeat(100_000)),
    ] {
        assert!(!wrong(Format::Toml, &text).is_empty());
    }
}
