//! Any text as HCL1, HCL2 and TOML: no panic, every place is one of the text, and what is unknown is what is written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ztctl::diag::Place;
use ztctl::model::value::{Format, Node, Scalar, Value, read};
use ztctl::text::SourceId;

fn check(text: &str, node: &Node) {
    let written = text.get(node.span().range()).expect("a range of the text");
    if let Value::Scalar(Scalar::Unknown(value)) = &node.value {
        assert_eq!(written, &**value);
    }
    for entry in node.entries() {
        assert!(text.get(entry.origin.at.span.range()).is_some());
        check(text, &entry.value);
    }
    for item in node.items() {
        check(text, item);
    }
}

fuzz_target!(|text: &str| {
    for format in [Format::Hcl, Format::Terraform, Format::Toml] {
        let read = read(SourceId(0), text, format);
        for found in &read.diagnostics {
            let Place::At(at) = found.place else { panic!("{found:?}") };
            assert!(text.get(at.span.range()).is_some(), "{found:?}");
        }
        read.documents.iter().filter_map(|document| document.root.as_ref()).for_each(|root| check(text, root));
    }
});
