use ztctl::model::value::Format;

use super::{right, under, value, wrong};

fn terraform(text: &str) -> String {
    right(Format::Terraform, text)
}

#[test]
fn blocks_are_lists_of_maps() {
    assert_eq!(
        terraform("resource \"a\" \"b\" {\n  c = 1\n}\nresource \"a\" \"d\" {\n}\n"),
        r#"{"resource":[{"a":[{"b":[{"c":1}]}]},{"a":[{"d":[{}]}]}]}"#
    );
    assert_eq!(terraform("a {\n  b {\n    c = true\n  }\n  b {\n  }\n}\n"), r#"{"a":[{"b":[{"c":true},{}]}]}"#);
    assert_eq!(terraform("a b { c = null }\n"), r#"{"a":[{"b":[{"c":null}]}]}"#);
    assert_eq!(terraform(""), "-");
    assert_eq!(terraform("# c\n"), "-");
}

#[test]
fn values() {
    assert_eq!(
        terraform("a = -1\nb = 1.5e3\nc = \"x\\n$${y}\"\nd = [1, \"x\", [true]]\ne = { f = 1, \"g\" : 2 }\nh = (3)\n"),
        r#"{"a":-1,"b":1500,"c":"x\n${y}","d":[1,"x",[true]],"e":{"f":1,"g":2},"h":3}"#
    );
    assert_eq!(
        terraform("a = var.x\nb = \"x-${var.y}\"\nc = f(1)\nd = 1 + 2\ne = [for x in y : x]\nf = !true\ng = { (var.k) = 1 }\n"),
        r#"{"a":?var.x?,"b":?"x-${var.y}"?,"c":?f(1)?,"d":?1 + 2?,"e":?[for x in y : x]?,"f":?!true?,"g":{"(var.k)":1}}"#
    );
    assert_eq!(terraform("a = <<EOT\nx\n  y\nEOT\nb = <<-EOT\n    x\n      y\n    EOT\n"), r#"{"a":"x\n  y\n","b":"x\n  y\n"}"#);
    assert!(terraform("a = <<EOT\nx ${y}\nEOT\n").contains('?'));
}

#[test]
fn spans() {
    let text = "\u{feff}# é\nresource \"a\" \"b\" {\n  c = var.x # d\n  e = [ \"f\" ]\n}\n";
    assert_eq!(under(Format::Terraform, text, "resource/0/a/0/b/0"), "resource \"a\" \"b\" {\n  c = var.x # d\n  e = [ \"f\" ]\n}");
    assert_eq!(under(Format::Terraform, text, "resource/0/a/0/b/0/c"), "var.x");
    assert_eq!(under(Format::Terraform, text, "resource/0/a/0/b/0/e/0"), "\"f\"");
    assert_eq!(under(Format::Terraform, "a = <<EOT\nx\nEOT\nb = 1\n", "a"), "<<EOT\nx\nEOT");
}

#[test]
fn errors() {
    for text in ["a = \n", "a {\n", "a = [1,\n", "a = \"x\n", "a b c\n", "a = 1 b = 2\n", "}\n", "\0", "a = ${x}\n"] {
        assert_eq!(wrong(Format::Terraform, text).len(), 1, "{text:?}");
        assert_eq!(value(Format::Terraform, text), "-");
    }
    for open in ["a{\n", "a=[", "a=(", "a={b="] {
        assert_eq!(wrong(Format::Terraform, &open.repeat(20_000)).len(), 1);
    }
    assert_eq!(wrong(Format::Terraform, &format!("a = {}1\n", "!".repeat(50_000))).len(), 1);
    assert_eq!(wrong(Format::Terraform, &format!("a = 1{}\n", " + 1".repeat(50_000))).len(), 1);
    assert_eq!(wrong(Format::Terraform, &format!("a = \"{}\n", "${\"".repeat(20_000))).len(), 1);
}
