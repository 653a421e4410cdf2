//! Any few files as a workspace: no panic, no hang, and every place lies in its text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ztctl::model::manifests::{File, Manifests};
use ztctl::model::value::{Format, Node, Value};
use ztctl::text::{SourceFile, SourceId, SourceMap};

const PATHS: [(&str, Option<Format>); 8] = [
    ("base/kustomization.yaml", Some(Format::Yaml)),
    ("base/a.yaml", Some(Format::Yaml)),
    ("overlay/kustomization.yaml", Some(Format::Yaml)),
    ("overlay/patch.yaml", Some(Format::Yaml)),
    ("overlay/values.env", None),
    ("agent.conf", Some(Format::Hcl)),
    ("chart/Chart.yaml", Some(Format::Yaml)),
    ("chart/templates/a.yaml", Some(Format::Yaml)),
];

fn inside(sources: &SourceMap, node: &Node) {
    let places = std::iter::once(node.origin.at).chain(node.origin.via.iter().copied());
    for at in places {
        assert!(sources.get(at.source).text.get(at.span.range()).is_some());
    }
    match &node.value {
        Value::Map(entries) => entries.iter().for_each(|entry| inside(sources, &entry.value)),
        Value::List(items) => items.iter().for_each(|item| inside(sources, item)),
        Value::Scalar(_) => {}
    }
}

fuzz_target!(|texts: Vec<&str>| {
    let mut sources = SourceMap::new();
    let mut files = Vec::new();
    for (at, (path, format)) in PATHS.iter().enumerate() {
        let text = texts.get(at).copied().unwrap_or("resources: [../base, a.yaml]\n");
        let source: SourceId = sources.add(SourceFile::new(*path, text));
        files.extend(format.map(|format| File { source, format }));
    }
    let manifests = Manifests::load(&mut sources, &files);
    for unit in &manifests.units {
        unit.objects.iter().for_each(|object| inside(&sources, &object.root));
        let _ = unit.repeated();
    }
    for (_, file) in sources.iter() {
        let Some(mapping) = &file.mapping else { continue };
        assert!(sources.get(mapping.outer).text.get(mapping.whole.range()).is_some());
    }
});
