//! Any text as Rego of both versions: no panic, the tree gives back the text, and every error lies in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ztctl::syntax::rego::{MAX_DEPTH, Version, parse, parse_auto, parse_query};

fuzz_target!(|text: &str| {
    for version in [Version::V0, Version::V1] {
        let parse = parse(text, version);
        assert_eq!(parse.tree.text(), text);
        let tokens: String = parse.tree.tokens().map(|token| token.text()).collect();
        assert_eq!(tokens, text);
        for error in &parse.errors {
            assert!(text.get(error.span.range()).is_some(), "{error:?}");
        }
        for node in parse.tree.root().descendants() {
            if let Some(parent) = node.parent() {
                assert!(parent.span().covers(node.span()), "{node:?} in {parent:?}");
            }
            assert!(node.ancestors().take(MAX_DEPTH as usize + 1).count() <= MAX_DEPTH as usize);
        }
        for block in &parse.metadata {
            assert!(text.get(block.span.range()).is_some());
        }
        assert_eq!(parse_query(text, version).tree.text(), text);
    }
    assert_eq!(parse_auto(text, None).tree.text(), text);
});
