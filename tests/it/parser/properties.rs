//! What holds for any text.

use proptest::prelude::*;
use ztctl::syntax::rego::{Element, Node, Tree, Version, parse, parse_auto, parse_query};
use ztctl::text::Span;

/// The tree covers its text, children lie inside their parents in order, and spans are those of tokens.
fn check(tree: &Tree, text: &str) {
    assert_eq!(tree.text(), text);
    let mut end = 0;
    for token in tree.tokens() {
        assert_eq!(token.span().start, end, "tokens leave no gap");
        assert!(!token.span().is_empty() && text.is_char_boundary(token.span().start as usize));
        end = token.span().end;
    }
    assert_eq!(end as usize, text.len());
    let root = tree.root();
    assert_eq!(root.span(), Span::new(0, text.len() as u32));
    for node in root.descendants() {
        let mut last = node.span().start;
        for child in node.children() {
            assert!(node.span().covers(child.span()), "{child:?} inside {node:?}");
            assert!(child.span().start >= last, "{child:?} after its sibling");
            assert_eq!(child.parent(), Some(node));
            last = child.span().end;
        }
    }
    assert_eq!(text_of(root), text);
}

/// The text of a node put together from its elements.
fn text_of(node: Node<'_>) -> String {
    // the texts of the properties are small
    node.elements()
        .map(|element| match element {
            Element::Node(child) => text_of(child),
            Element::Token(token) => token.text().to_owned(),
        })
        .collect()
}

fn check_all(text: &str) {
    for version in [Version::V0, Version::V1] {
        let parse = parse(text, version);
        check(&parse.tree, text);
        assert!(parse.errors.len() <= 20);
        for error in &parse.errors {
            assert!(text.get(error.span.range()).is_some(), "{error:?}");
        }
        let mut spans: Vec<_> = parse.errors.iter().map(|error| error.span.start).collect();
        spans.sort_unstable();
        assert_eq!(spans, parse.errors.iter().map(|error| error.span.start).collect::<Vec<_>>());
        for block in &parse.metadata {
            assert!(text.get(block.span.range()).is_some());
            assert_eq!(block.yaml.lines().count(), block.lines.len());
            for (line, span) in block.yaml.lines().zip(&block.lines) {
                assert_eq!(line, &text[span.range()]);
            }
        }
        check(&parse_query(text, version).tree, text);
    }
    let auto = parse_auto(text, None);
    assert_eq!(auto.errors, parse(text, auto.version).errors);
}

const PIECES: &[&str] = &[
    "package",
    "import",
    "as",
    "default",
    "else",
    "not",
    "some",
    "with",
    "null",
    "true",
    "false",
    "if",
    "contains",
    "in",
    "every",
    "and",
    "or",
    "x",
    "input",
    "data",
    "_",
    "set()",
    "future.keywords",
    "rego.v1",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    ",",
    ":",
    ";",
    ".",
    ":=",
    "=",
    "==",
    "|",
    "&",
    "+",
    "-",
    "*",
    "/",
    "%",
    "<",
    ">=",
    "!=",
    "\"a\"",
    "`r`",
    "$\"a{x}b\"",
    "$\"",
    "$`",
    "0.5",
    ".5",
    "1",
    "01",
    "1e5",
    "\"\\u00e9\"",
    "\"\\q\"",
    "#c\n",
    "# METADATA\n",
    "# title: x\n",
    "\n",
    "\n",
    " ",
    " ",
    "\t",
    "\r\n",
    "!",
    "'",
    "é",
    "\0",
    "\u{feff}",
    "package a\n",
    "p if {\n",
    "p contains x if ",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in any::<String>()) {
        check_all(&text);
    }

    #[test]
    fn token_soup(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60)) {
        check_all(&pieces.concat());
    }

    #[test]
    fn changed_fixtures(index in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), len in 0_usize..5, piece in prop::sample::select(PIECES)) {
        let texts = super::fixtures::texts("valid");
        let (_, _, text) = &texts[index.index(texts.len())];
        let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let from = at.index(starts.len());
        let to = (from + len).min(starts.len() - 1);
        check_all(&format!("{}{piece}{}", &text[..starts[from]], &text[starts[to]..]));
    }
}
