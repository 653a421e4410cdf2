//! Shapes of trees that are easy to get wrong.

use ztctl::syntax::rego::ast::{Expr, LiteralKind, Module};
use ztctl::syntax::rego::{Version, parse};

use super::{outline, said};

/// The outline of the last rule of a v1 module without its first line.
fn rule(text: &str) -> String {
    let parse = parse(format!("package a\n\n{text}\n"), Version::V1);
    assert_eq!(said(&parse), "", "{text}");
    let rule = Module::cast(parse.tree.root()).and_then(|module| module.rules().last()).expect("a rule");
    outline(rule.node())
}

#[test]
fn braces_after_if() {
    for (text, body) in [
        ("p if {x}", true),
        ("p if {1}", true),
        ("p if {}", false),
        ("p if {\"a\": 1}", false),
        ("p if {x | y}", false),
        ("p if {x | y; z}", false),
        ("p if {{1} | {2}}", false),
        ("p if {({1} | {2})}", true),
        ("p if {x} == {1}", false),
        ("p if {x, y} & z == w", false),
        ("p if {x}.a", false),
        ("p if {x, y in z}", true),
        ("p if {a | b, c in d}", false),
        ("p if {a == b}", true),
        ("p if {a\n| b}", false),
        ("p if {\n\tx := {1}\n}", true),
        ("p if {f(x)\ny}", true),
        ("p if {not x}", true),
        ("p if {some x in y}", true),
        ("p if {x} {y}", true),
        ("p if {x: y | z}", false),
        ("p if {(x)}", true),
        ("p if {-x}", true),
        ("p if {x}\n[1]\nq := 1", true),
    ] {
        let source = format!("package a\n\n{text}\n");
        let parse = parse(source.as_str(), Version::V1);
        let first = Module::cast(parse.tree.root()).and_then(|module| module.rules().next()).expect("a rule");
        let open = first.bodies().next().and_then(|body| body.open_token()).is_some();
        assert_eq!(open, body, "{text}");
    }
}

#[test]
fn bars_in_collections() {
    for (text, kind) in [
        ("[a | b]", "ArrayComprehension"),
        ("[a | b, c]", "Array"),
        ("[a | b, c in d]", "ArrayComprehension"),
        ("[a | b, c in d, e]", "Array"),
        ("[a | b in c, d]", "Array"),
        ("[a | b == c, d]", "Array"),
        ("[a | b; c]", "ArrayComprehension"),
        ("[a | some b, c; d]", "ArrayComprehension"),
        ("[a | b := c]", "ArrayComprehension"),
        ("[(a | b)]", "Array"),
        ("[a | b\n c]", "ArrayComprehension"),
        ("[a.b | c]", "ArrayComprehension"),
        ("[-a | c]", "ArrayComprehension"),
        ("[a + b | c]", "Array"),
        ("[, a | b]", "Array"),
        ("{a | b, c}", "Set"),
        ("{a | b}", "SetComprehension"),
        ("{a: b | c}", "ObjectComprehension"),
        ("{a: b | c, d: e}", "Object"),
        ("{a: b | c, d in e: f}", "Object"),
        ("{a: b | c, d in e}", "ObjectComprehension"),
        ("{a: b + c | d}", "Object"),
        ("{a + b: c | d}", "ObjectComprehension"),
        ("{, a: b | c}", "Object"),
        ("set()", "Set"),
        ("set( )", "Set"),
    ] {
        let outline = rule(&format!("p := {text}"));
        let value = outline.lines().nth(3).expect("a value").trim();
        assert_eq!(value.split(' ').next(), Some(kind), "{text}\n{outline}");
    }
}

#[test]
fn operators_nest() {
    insta::assert_snapshot!(rule("p := a in b | c & d + e * -f.g == h"), @r"
    Rule
      Head :=
        Var p
        Membership in
          Var a
          Infix ==
            Infix |
              Var b
              Infix &
                Var c
                Infix +
                  Var d
                  Infix *
                    Var e
                    Negative -
                      Ref
                        Var f
                        RefDot . g
            Var h
    ");
}

#[test]
fn keywords_are_names_in_references() {
    insta::assert_snapshot!(rule("p if { not.x; if[1]; input.package.every; x with input.if as 1 }"), @r"
    Rule if
      Head
        Var p
      Body { ; ; ; }
        Literal
          Ref
            Var not
            RefDot . x
        Literal
          Ref
            Var if
            RefBracket [ ]
              Scalar 1
        Literal
          Ref
            Var input
            RefDot . package
            RefDot . every
        Literal
          Var x
          With with as
            Ref
              Var input
              RefDot . if
            Scalar 1
    ");
}

#[test]
fn statements_end_with_lines() {
    insta::assert_snapshot!(rule("p if {\n\tx := 1\n\t+ 2\n\tinput.a\n\t[\"b\"]\n\ty # c\n\t- 1\n\tsome z\n\t[z]\n}"), @r#"
    Rule if
      Head
        Var p
      Body { }
        Literal
          Infix :=
            Var x
            Infix +
              Scalar 1
              Scalar 2
        Literal
          Ref
            Var input
            RefDot . a
        Literal
          Array [ ]
            Scalar "b"
        Literal
          Infix -
            Var y
            Scalar 1
        Literal
          SomeDecl some
            Var z
        Literal
          Array [ ]
            Var z
    "#);
}

#[test]
fn numbers_and_strings_have_values() {
    let parse = parse("package a\n\np := [- 5, . 5, -.5, 1E3, \"a\\u00e9\\n\\ud83d\\ude00\\ud800\", `b\\n`]\n", Version::V1);
    assert_eq!(said(&parse), "");
    let rule = Module::cast(parse.tree.root()).and_then(|module| module.rules().next()).expect("a rule");
    let Some(Expr::Array(array)) = rule.head().and_then(|head| head.value()) else { panic!("an array") };
    let values: Vec<_> = array
        .items()
        .map(|item| match item {
            Expr::Scalar(scalar) => scalar.string().or_else(|| scalar.number()).expect("a value").into_owned(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(values, ["-5", ".5", "-.5", "1E3", "aé\n😀\u{fffd}", "b\\n"]);
}

#[test]
fn groups_hold_statements() {
    let parse = parse("package a\n\nimport future.keywords\n\np if (a or not b with input as 1) and {c; d}\n", Version::V1);
    assert_eq!(said(&parse), "");
    let rule = Module::cast(parse.tree.root()).and_then(|module| module.rules().next()).expect("a rule");
    let literal = rule.bodies().next().and_then(|body| body.literals().next()).expect("a statement");
    let Some(LiteralKind::Expr(Expr::Logical(and))) = literal.kind() else { panic!("`and`") };
    let operands: Vec<_> = and.operands().collect();
    assert_eq!(and.op().map(|op| op.text()), Some("and"));
    let Some(LiteralKind::Expr(Expr::Paren(group))) = operands[0].kind() else { panic!("a group") };
    let inner = group.literal().expect("a statement in parentheses");
    assert_eq!(inner.withs().count(), 1);
    assert!(matches!(operands[1].kind(), Some(LiteralKind::Body(body)) if body.literals().count() == 2));
}

#[test]
fn words_after_dots_are_names() {
    for text in [
        "import future.keywords\n\np if (input.and and (x.or or y)) and z",
        "import future.keywords\n\np if not (input.not)",
        "p if {x.with} == {1}",
        "p := [x.in | y]",
    ] {
        let parse = parse(format!("package a\n\n{text}\n"), Version::V1);
        assert_eq!(said(&parse), "", "{text}");
    }
}
