//! Any text as YAML and as JSON: no panic, every place is one of the text, and an unquoted scalar's value is what is written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ztctl::diag::Place;
use ztctl::model::value::{Format, Node, Read, Scalar, Value, read};
use ztctl::text::SourceId;

fn check(text: &str, node: &Node) {
    let written = text.get(node.span().range()).expect("a range of the text");
    if let Value::Scalar(Scalar::String(value)) = &node.value
        && !written.starts_with(['"', '\'', '|', '>', '!', '&'])
        // a tag can change the value
        && !text.contains('!')
        && !written.contains(['\n', '\r'])
    {
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

fn check_places(text: &str, read: &Read) {
    for found in &read.diagnostics {
        let Place::At(at) = found.place else { panic!("{found:?}") };
        assert!(text.get(at.span.range()).is_some(), "{found:?}");
    }
    let mut end = 0;
    for document in &read.documents {
        assert!(document.span.start >= end && text.get(document.span.range()).is_some());
        end = document.span.end;
    }
}

fuzz_target!(|text: &str| {
    let yaml = read(SourceId(0), text, Format::Yaml);
    check_places(text, &yaml);
    yaml.documents.iter().filter_map(|document| document.root.as_ref()).for_each(|root| check(text, root));
    let json = read(SourceId(0), text, Format::Json);
    check_places(text, &json);
    json.documents.iter().filter_map(|document| document.root.as_ref()).for_each(|root| check(text, root));
});
