use proptest::prelude::*;
use ztctl::model::value::{Format, Node, Scalar, Value, read};
use ztctl::text::SourceId;

use super::{right, under, value, wrong};

fn hcl(text: &str) -> String {
    right(Format::Hcl, text)
}

#[test]
fn values() {
    assert_eq!(hcl("a = 1\nb = \"x\"\nc = true d = false"), r#"{"a":1,"b":"x","c":true,"d":false}"#);
    assert_eq!(
        hcl("a=0x1F\nb=017\nc=1.5\nd=-3\ne=1e3\nf=-0x10\ng=.5\nh=1."),
        r#"{"a":31,"b":15,"c":1.5,"d":-3,"e":1000,"f":-16,"g":0.5,"h":1}"#
    );
    assert_eq!(hcl(r#"a = "\x41\101\u00e9\U0001F600\n\t\"\\" "#), "{\"a\":\"AAé😀\\n\\t\\\"\\\\\"}");
    assert_eq!(hcl(r#"a = "${file("x")} \n""#), r#"{"a":"${file(\"x\")} \n"}"#);
    assert_eq!(hcl("a = \"${x\ny}\""), r#"{"a":"${x\ny}"}"#);
    assert_eq!(
        hcl("a = []\nb = [1,2]\nc = [[1] [2]]\nd = [{x=1},{x=2},]\ne=[,1,]"),
        r#"{"a":[],"b":[1,2],"c":[[1],[2]],"d":[{"x":1},{"x":2}],"e":[1]}"#
    );
    assert_eq!(hcl("a\n=\n1"), r#"{"a":1}"#);
    assert_eq!(hcl("é.b-c_1 = 1"), r#"{"é.b-c_1":1}"#);
}

#[test]
fn blocks_are_lists_of_maps() {
    assert_eq!(hcl("a { b { c = 1 } }"), r#"{"a":[{"b":[{"c":1}]}]}"#);
    assert_eq!(hcl("a = { b = 1, c = 2, }"), r#"{"a":[{"b":1,"c":2}]}"#);
    assert_eq!(hcl("\"a b\" \"c\" {}"), r#"{"a b":[{"c":[{}]}]}"#);
    assert_eq!(hcl("a \"x\" \"y\" { b = 1 }"), r#"{"a":[{"x":[{"y":[{"b":1}]}]}]}"#);
    assert_eq!(hcl("a {b=1} a {b=2}"), r#"{"a":[{"b":1},{"b":2}]}"#);
    assert_eq!(hcl("a \"x\" {b=1}\nc = 1\na \"y\" {b=2}"), r#"{"a":[{"x":[{"b":1}]},{"y":[{"b":2}]}],"c":1}"#);
    assert_eq!(hcl("a = [1] a = [2]"), r#"{"a":[1,2]}"#);
    assert_eq!(hcl("a = 1\na = 2"), r#"{"a":2}"#);
    assert_eq!(hcl("a {\n}\nb\n{\n}"), r#"{"a":[{}],"b":[{}]}"#);
}

#[test]
fn heredocs() {
    assert_eq!(hcl("a = <<EOF\nx\n  y\nEOF\nb = 1"), r#"{"a":"x\n  y\n","b":1}"#);
    assert_eq!(hcl("a = <<-EOF\n    x\n      y\n    EOF\n"), r#"{"a":"x\n  y\n"}"#);
    assert_eq!(hcl("a = <<-EOF\n  x\n y\n   EOF\n"), r#"{"a":"  x\n y\n"}"#);
    assert_eq!(hcl("a = <<EOF\nEOF\n"), r#"{"a":""}"#);
    assert_eq!(hcl("a = <<EOF\r\nx\r\ny\r\nEOF\r\nb = 1\r\n"), r#"{"a":"x\ny\n","b":1}"#);
    assert_eq!(under(Format::Hcl, "a = <<EOF\nx\nEOF\nb=1\n", "a"), "<<EOF\nx\nEOF");
    // the closing name wants a line break: told, the value is there
    assert_eq!(wrong(Format::Hcl, "a = <<EOF\nx\nEOF").len(), 1);
    assert_eq!(value(Format::Hcl, "a = <<EOF\nx\nEOF"), r#"{"a":"x\n"}"#);
    assert_eq!(wrong(Format::Hcl, "a = <<EOF\nx\n").len(), 1);
    assert_eq!(wrong(Format::Hcl, "a = << EOF\nx\nEOF\n").len(), 2);
}

#[test]
fn comments_blanks_and_marks() {
    assert_eq!(hcl("# c\n// d\n/* e\n */ a /* f */ = /**/ 1 # g"), r#"{"a":1}"#);
    assert_eq!(hcl("\u{feff}a = 1\r\nb = 2\r\n"), r#"{"a":1,"b":2}"#);
    assert_eq!(hcl(""), "-");
    assert_eq!(hcl(" \n# only a comment"), "-");
    assert_eq!(wrong(Format::Hcl, "a = 1 /* x"), ["6..8 \"/*\": this comment does not end"]);
}

#[test]
fn variables_are_unknown() {
    assert_eq!(hcl("port = ${PORT}\nhost = $HOST"), r#"{"port":?${PORT}?,"host":?$HOST?}"#);
    assert_eq!(hcl("a = ${A}:${B}\nl = [${X}, $Y]\n"), r#"{"a":?${A}:${B}?,"l":[?${X}?,?$Y?]}"#);
    assert_eq!(hcl("a { b = $B }"), r#"{"a":[{"b":?$B?}]}"#);
    assert_eq!(hcl("a = \"${VAR}\""), r#"{"a":"${VAR}"}"#);
    assert_eq!(wrong(Format::Hcl, "a = ${B\nc = 1"), ["4..7 \"${B\": `${` without `}`"]);
    assert_eq!(value(Format::Hcl, "a = ${B\nc = 1"), r#"{"c":1}"#);
}

#[test]
fn spans() {
    let text =
        "plugins {\n  NodeAttestor \"k8s_psat\" {\n    plugin_data {\n      clusters = { \"demo\" = { use = true } }\n    }\n  }\n}\n";
    assert_eq!(under(Format::Hcl, text, ""), text.trim_end());
    assert_eq!(under(Format::Hcl, text, "plugins/0"), text.trim_end());
    assert!(under(Format::Hcl, text, "plugins/0/NodeAttestor/0/k8s_psat/0").starts_with("NodeAttestor \"k8s_psat\" {"));
    assert!(under(Format::Hcl, text, "plugins/0/NodeAttestor/0/k8s_psat/0").ends_with("    }\n  }"));
    assert_eq!(under(Format::Hcl, text, "plugins/0/NodeAttestor/0/k8s_psat/0/plugin_data/0/clusters/0/demo/0/use"), "true");
    assert_eq!(under(Format::Hcl, "a = [ 1, \"x\" ]", "a"), "[ 1, \"x\" ]");
    assert_eq!(under(Format::Hcl, "a = [ 1, \"x\" ]", "a/1"), "\"x\"");
}

#[test]
fn blocks_are_read_in_both_forms() {
    for (format, text) in [
        (Format::Hcl, "server { port = 1 }\nserver { port = 2 }"),
        (Format::Hcl, "server = [{ port = 1 }, { port = 2 }]"),
        (Format::Hcl, "{\"server\": [{\"port\": 1}, {\"port\": 2}]}"),
        (Format::Terraform, "server {\n  port = 1\n}\nserver {\n  port = 2\n}\n"),
    ] {
        let read = read(SourceId(0), text, format);
        let root = read.documents[0].root.as_ref().unwrap();
        let ports: Vec<String> = root.blocks("server").map(|block| super::show(block.get("port").unwrap())).collect();
        assert_eq!(ports, ["1", "2"], "{text}");
        assert_eq!(root.blocks("port").count(), 0);
    }
    let read = read(SourceId(0), "{\"server\": {\"port\": 1}}", Format::Hcl);
    assert_eq!(read.documents[0].root.as_ref().unwrap().blocks("server").count(), 1);
}

#[test]
fn the_rest_is_read_after_an_error() {
    assert_eq!(value(Format::Hcl, "a = b\nc = 1"), r#"{"c":1}"#);
    assert_eq!(wrong(Format::Hcl, "a = b\nc = 1"), ["4..5 \"b\": expected a value, found `b`"]);
    assert_eq!(value(Format::Hcl, "server {\n  a = \n  b = 2\n}\nc = 3"), r#"{"server":[{"b":2}],"c":3}"#);
    assert_eq!(value(Format::Hcl, "server {\n  a = \"x\n  b = 2\n}\nc = 3"), r#"{"server":[{"b":2}],"c":3}"#);
    assert_eq!(value(Format::Hcl, "server { a = }\nc = 3"), r#"{"server":[{}],"c":3}"#);
    assert_eq!(value(Format::Hcl, "server {\n  a = 1\n  b {\n    c = 2"), r#"{"server":[{"a":1,"b":[{"c":2}]}]}"#);
    assert_eq!(wrong(Format::Hcl, "server {\n  a = 1\n  b {\n    c = 2").len(), 2);
    assert_eq!(value(Format::Hcl, "}\na = 1"), r#"{"a":1}"#);
    assert_eq!(value(Format::Hcl, "a \"x\" = 1\nb = 2"), r#"{"b":2}"#);
    assert_eq!(value(Format::Hcl, "a = [1 2]\nb = 2"), r#"{"b":2}"#);
    assert_eq!(value(Format::Hcl, "a = [1, 2\n"), r#"{"a":[1,2]}"#);
    assert_eq!(value(Format::Hcl, "a = 99999999999999999999\nb = 08\nc = 1"), r#"{"c":1}"#);
    assert_eq!(value(Format::Hcl, "a = \"\\q\"\nb = 1"), r#"{"a":"\\q","b":1}"#);
    // not HCL at all: an nginx configuration
    let nginx = "http {\n  listen 80;\n  location / { root /var; }\n}\n";
    assert!(!wrong(Format::Hcl, nginx).is_empty());
    assert!(!wrong(Format::Hcl, "\0\u{1}\u{2}ELF").is_empty());
    assert!(!wrong(Format::Hcl, "[section]\nkey = value\n").is_empty());
}

#[test]
fn depth_is_bounded() {
    for text in [
        "a{".repeat(100_000),
        format!("a={}", "[".repeat(100_000)),
        "a=".to_owned() + &"{a=".repeat(100_000),
        "\"${\n".repeat(50_000),
        "/*".repeat(100_000),
        "<<A\n".repeat(50_000),
    ] {
        assert!(!wrong(Format::Hcl, &text).is_empty());
    }
    let deep = "a {".repeat(200) + &"}".repeat(200);
    assert!(hcl(&deep).starts_with(r#"{"a":[{"a":["#));
}

fn check_scalars(text: &str, node: &Node) {
    if let Value::Scalar(scalar) = &node.value {
        let written = &text[node.span().range()];
        match scalar {
            Scalar::Bool(value) => assert_eq!(written, value.to_string()),
            Scalar::Number(number) if written.parse::<i64>().is_ok() && !written.trim_start_matches('-').starts_with('0') => {
                assert_eq!(&**number, written)
            }
            Scalar::String(value) if written.starts_with('"') && !written.contains(['\\']) => assert_eq!(written, format!("\"{value}\"")),
            Scalar::Unknown(value) => assert_eq!(written, &**value),
            _ => {}
        }
    }
    node.items().iter().chain(node.entries().iter().map(|entry| &entry.value)).for_each(|node| check_scalars(text, node));
}

proptest! {
    #[test]
    fn the_text_under_a_scalar_is_its_value(parts in proptest::collection::vec(prop::sample::select(vec![
        "a", " ", "\n", "=", "{", "}", "[", "]", ",", "\"x\"", "\"\\n\"", "1", "-2", "0x1f", "1.5", "true", "$V", "${V}", "<<E\n", "E\n", "é", "# c\n", "/*", "*/", "\"", "\\", "\r\n", ".", "-", "\"${\"", "b = ", "c {\n",
    ]), 0..40)) {
        let text = parts.concat();
        for document in super::parse(Format::Hcl, &text).documents {
            if let Some(root) = document.root {
                check_scalars(&text, &root);
            }
        }
    }

    #[test]
    fn any_text_is_read(text in "\\PC{0,80}") {
        super::parse(Format::Hcl, &text);
        super::parse(Format::Terraform, &text);
        super::parse(Format::Json, &text);
        super::parse(Format::Toml, &text);
    }
}
