//! Depth, time and stack on hostile texts. Tests run on threads with 2 MiB of stack.

use std::time::{Duration, Instant};

use ztctl::syntax::rego::{MAX_DEPTH, Node, Parse, Version, parse};

/// The depth of a tree, found without recursion.
fn depth(root: Node<'_>) -> u32 {
    let mut deepest = 0;
    let mut open: Vec<Node<'_>> = Vec::new();
    for node in root.descendants() {
        while open.last().is_some_and(|last| Some(*last) != node.parent()) {
            open.pop();
        }
        open.push(node);
        deepest = deepest.max(open.len() as u32);
    }
    deepest
}

fn too_deep(parse: &Parse) -> bool {
    parse.errors.iter().any(|error| error.message.contains("nesting"))
}

/// Ways to nest: what is repeated, what stands in the middle, and what closes each.
const NESTS: [(&str, &str, &str); 22] = [
    ("[", "1", "]"),
    ("(", "1", ")"),
    ("{", "1", "}"),
    ("{\"a\": ", "1", "}"),
    ("f(", "1", ")"),
    ("a[", "1", "]"),
    ("[x | ", "y", "]"),
    ("{x | ", "y", "}"),
    ("{x: y | ", "z", "}"),
    ("[x | x := ", "1", "]"),
    ("$\"{", "1", "}\""),
    ("$`{", "1", "}`"),
    ("1 + ", "1", ""),
    ("1 * (2 + ", "1", ")"),
    ("x in ", "y", ""),
    ("a | ", "b", ""),
    ("a == ", "b", ""),
    ("f(x).", "g", ""),
    ("f(x)[0].", "g", ""),
    ("[a | b, ", "c", "]"),
    ("{a | b, ", "c", "}"),
    ("{k: a | b, c: ", "d", "}"),
];

#[test]
fn depth_is_bounded() {
    for (open, inner, close) in NESTS {
        for count in [10, 300, 990, 1100, 20_000] {
            let text = format!("package a\n\np := {}{inner}{}\n", open.repeat(count), close.repeat(count));
            let versions: &[_] = if open.starts_with('$') || open.contains(" in ") { &[Version::V1] } else { &[Version::V0, Version::V1] };
            for &version in versions {
                let parse = parse(text.as_str(), version);
                let deep = depth(parse.tree.root());
                assert!(deep <= MAX_DEPTH, "{open} {count}: {deep}");
                assert_eq!(parse.tree.text(), text);
                if count == 20_000 {
                    assert!(too_deep(&parse), "{open} {count}: {:?}", parse.errors);
                    assert!(parse.errors.len() <= 2, "{open} {count}: {:?}", parse.errors);
                }
                if count == 10 {
                    assert!(parse.errors.is_empty(), "{open} {count}: {:?}", parse.errors);
                }
            }
        }
    }
}

#[test]
fn bodies_nest_boundedly() {
    for (imports, open, inner, close) in [
        ("", "every x in xs { ", "y", " }"),
        ("import future.keywords", "not { ", "y", " }"),
        ("import future.keywords", "a and ", "b", ""),
        ("import future.keywords", "{ a } or ", "b", ""),
        ("import future.keywords", "(a and ", "b", ")"),
        ("import future.keywords", "not (a or ", "b", ")"),
        ("", "not [x | ", "b", "]"),
    ] {
        for count in [5, 200, 5000] {
            let text = format!("package a\n{imports}\np if {{\n\t{}{inner}{}\n}}\n\nq := [1 2]\n", open.repeat(count), close.repeat(count));
            let parse = parse(text.as_str(), Version::V1);
            assert!(depth(parse.tree.root()) <= MAX_DEPTH, "{open} {count}");
            assert_eq!(too_deep(&parse), count == 5000, "{open} {count}: {:?}", parse.errors);
            // what follows is still read
            let last = parse.errors.last().expect("an error");
            assert_eq!(&text[last.span.range()], "2", "{open} {count}: {:?}", parse.errors);
        }
    }
}

#[test]
fn long_flat_texts_are_fine() {
    for (count, text) in [
        (1, format!("package a\n\np := x{}\n", ".a".repeat(20_000))),
        (1, format!("package a\n\np := x{}\n", "[0]".repeat(20_000))),
        (1, format!("package a\n\np := [{}]\n", "1, ".repeat(20_000))),
        (1, format!("package a\n\np if {{\n{}}}\n", "\tx := 1\n".repeat(20_000))),
        (1, format!("package a\n\np := 1 if x{}\n", " else := 2 if y".repeat(20_000))),
        (20_000, format!("package a\n\n{}", "p := 1\n".repeat(20_000))),
    ] {
        let parse = parse(text.as_str(), Version::V1);
        assert!(parse.errors.is_empty(), "{:?}", parse.errors);
        assert_eq!(parse.tree.root().children().count(), count + 1);
    }
}

/// Pieces that have led parsers into quadratic time.
const PIECES: [&str; 60] = [
    "[",
    "(",
    "{",
    "-",
    "a.",
    "1+",
    "a[",
    "f(",
    "$\"{",
    "$`{",
    "{\"a\":",
    "[x|",
    "{x|",
    "not ",
    "p if {\n",
    "p if {(\n",
    "\"",
    "`",
    "#\n",
    "\n",
    "a ",
    "a,",
    "p := 1\n",
    "p if x\n",
    "p { x }\n",
    "else ",
    "some ",
    "every x in ",
    "x with a as ",
    "1 in ",
    "a and ",
    "(a and ",
    "{a and ",
    "not {",
    "!",
    "é",
    "'",
    "\"\\q",
    "// ",
    "&&",
    "||",
    "}",
    "]",
    ")",
    "p[",
    "# METADATA\n",
    "# METADATA\n# a: b\np := 1\n",
    "import data.a\n",
    "package a\n",
    "default ",
    "p := [1,\n",
    "p if {\n x := (\n}\n",
    "[a|b,",
    "[a|[",
    "{a|b,c in ",
    "f(x)(",
    "f(x).",
    "a[b][",
    "\u{feff}",
    "\0",
];

#[test]
fn time_is_linear() {
    let time = |text: &str| {
        let start = Instant::now();
        for version in [Version::V0, Version::V1] {
            assert_eq!(parse(text, version).tree.text(), text);
        }
        start.elapsed()
    };
    for piece in PIECES {
        for head in ["package a\n", "package a\np := ", "package a\nimport future.keywords\np if { "] {
            let text = |len: usize| format!("{head}{}", piece.repeat(len / piece.len()));
            // milliseconds, also unoptimised; quadratic time would take far longer than the bound
            let spent = time(&text(20_000));
            assert!(spent < Duration::from_secs(4), "{head:?} {piece:?}: {spent:?}");
        }
    }
    for yaml in ["[", "{a: ", "- ", "a: &a [*a, ", "\"", "? ", "!", "  "] {
        let text = format!("package a\n\n# METADATA\n# {}\np := 1\n", yaml.repeat(20_000 / yaml.len()));
        let spent = time(&text);
        assert!(spent < Duration::from_secs(4), "{yaml:?}: {spent:?}");
    }
}

#[test]
fn aliases_do_not_multiply() {
    let mut text = String::from("package a\n\n# METADATA\n# custom:\n#   a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..30 {
        let items = vec![format!("*a{}", level - 1); 9].join(", ");
        text.push_str(&format!("#   a{level}: &a{level} [{items}]\n"));
    }
    text.push_str("p := 1\n");
    let parse = parse(text, Version::V1);
    assert_eq!(parse.errors.len(), 1, "{:?}", parse.errors);
}
