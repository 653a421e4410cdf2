//! METADATA blocks: where they are and what they belong to.

use ztctl::syntax::rego::{Kind, Version, parse};

#[test]
fn blocks_are_found() {
    let text = "# METADATA\n# title: pkg\n# scope: package\npackage a\n\n# METADATA\n# title: one\n#\n# custom:\n#   x: 1\n# METADATA\n#  description: two\r\n\np := 1 # METADATA\n\n# plain\n\n  # METADATA\n  # title: not in the first column\nq := 2\n";
    let parse = parse(text, Version::V1);
    assert_eq!(parse.errors, []);
    let blocks: Vec<_> = parse.metadata.iter().map(|block| (block.yaml.as_str(), &text[block.header.range()])).collect();
    assert_eq!(
        blocks,
        [
            ("title: pkg\nscope: package\n", "# METADATA"),
            ("title: one\n\ncustom:\n  x: 1\n", "# METADATA"),
            (" description: two\n", "# METADATA"),
        ]
    );
    let kinds: Vec<_> = parse
        .metadata
        .iter()
        .map(|block| {
            block
                .target
                .and_then(|id| parse.tree.root().children().find(|node| node.id() == id))
                .map(|node| (node.kind(), node.text().to_owned()))
        })
        .collect();
    assert_eq!(
        kinds,
        [Some((Kind::Package, "package a".to_owned())), Some((Kind::Rule, "p := 1".to_owned())), Some((Kind::Rule, "p := 1".to_owned())),]
    );
    let second = &parse.metadata[1];
    assert_eq!(second.value.as_ref().and_then(|value| value.get("custom")?.get("x")?.as_i64()), Some(1));
    let offset = second.yaml.find("x: 1").expect("the key") as u32;
    assert_eq!(&text[second.outer(offset) as usize..][..4], "x: 1");
}

#[test]
fn a_byte_order_mark_moves_the_first_column() {
    let text = "\u{feff}# METADATA\n# title: [\npackage a\n";
    let parse = parse(text, Version::V1);
    assert!(parse.metadata.is_empty() && parse.errors.is_empty());
}

#[test]
fn chained_bodies_are_targets() {
    let text = "package a\n\np if {\n\tx\n# METADATA\n# title: second\n} {\n\ty\n}\n";
    let parse = parse(text, Version::V1);
    assert_eq!(parse.errors, []);
    assert_eq!(parse.metadata.len(), 1);
    assert!(parse.metadata[0].target.is_some());
}
