//! The reader of simple YAML against the parser of all YAML: a tab in a comment at the end keeps a text from the former.

use proptest::prelude::*;
use ztctl::syntax::yaml::{self, Document, Kind};
use ztctl::text::SourceId;

/// What is read of a text that ends its last line, with and without the comment; of scalars and errors only that they are such. Where
/// nothing is written, that may stand at the end.
fn both(text: &str) -> [String; 2] {
    [text.to_owned(), format!("{text}# \t\n")].map(|text| {
        let stream = yaml::read(SourceId(0), &text);
        // the comment would be a part of a block scalar that is a document
        let is_scalar = |document: &Document| document.root.as_ref().is_some_and(|root| matches!(root.kind, Kind::Scalar { .. }));
        if !stream.diagnostics.is_empty() || stream.documents.iter().any(is_scalar) {
            return "no collection, or an error".to_owned();
        }
        let parts = |document: &Document| format!("{:?} {} {}", document.root, document.complete, document.has_anchors);
        let end = text.len();
        let read = stream.documents.iter().map(parts).collect::<Vec<_>>().join("\n");
        read.replace(&format!("start: {end},"), "start: end,").replace(&format!("end: {end} "), "end: end ")
    })
}

#[test]
fn simple_texts_are_read_as_all_others_are() {
    for text in [
        "# licence\n---\napiVersion: v1\nkind: Service # here\nmetadata: {name: a, labels: {a/b: 'c', d: \"e\\n\"}}\nspec:\n  ports:\n  - port: 80\n    name: http\n  - {port: 443, name: 'it''s'}\n  empty:\n  list: [a, 1, [], {}]\n\n",
        "- - a\n  - b: c\n    d: |\n      x: y\n        # text\n\n      z\n    # not text\n    e: >-\n      one\n      two\n\n      three\n-\n  f: g\n- 'h': \"i\"\n",
        "a: |+\n  x\n\n\nb: |\n\n  y\nc: -1\nd: a#b # c\ne: http://x:1/\n",
        "a: b\n c: d\n",
        "a:\n- b\n- c\nd: e: f\n",
        "a: {b: c\n",
        "a: [b, c]]\n",
        "a: b\n...\n# end\n",
        "a: 'b\n  c'\nd: e\n  f\n",
        "é: — # ü\na: \u{2028}b\n",
        "---\n",
        "--- a\n",
        "--- # c\na: b\n---\nc: &d e\nf: *d\n---\n!t g: h\n",
    ] {
        let [simple, all] = both(text);
        assert_eq!(simple, all, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_lines_are_read_as_all_others_are(lines in prop::collection::vec((0..7_usize, select(STARTS), select(VALUES), select(ENDS)), 1..9)) {
        let text: String = lines.iter().map(|(indent, start, value, end)| format!("{:indent$}{start}{value}{end}\n", "")).collect();
        let [simple, all] = both(&text);
        prop_assert_eq!(simple, all, "{}", text);
    }
}

fn select(from: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(from)
}

const STARTS: &[&str] = &["", "", "a: ", "b: ", "c:", "- ", "- ", "- a: ", "- - ", "'q': ", "\"r\" : ", "---\n"];

const VALUES: &[&str] = &[
    "",
    "",
    "x",
    "x y",
    "x:y",
    "-1",
    "'s'",
    "'it''s'",
    "\"d\\n\"",
    "\"\\x41\"",
    "{}",
    "[]",
    "{a: b, c: [d]}",
    "[a, {b: c}, 'd']",
    "{a}",
    "[a: b]",
    "[a",
    "|",
    "|-",
    "|+",
    ">",
    ">-",
    "|2",
    "~",
    "&a",
    "*a",
    "!t",
    "#",
    "a #",
    "...",
    "x]",
    "é",
    "\u{85}",
];

const ENDS: &[&str] = &["", "", "", "", " ", " # c", "\n", "\n  ", ":", "\r"];
