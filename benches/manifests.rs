//! Loading a workspace of manifests: `cargo bench --bench manifests`. `ZTCTL_BENCH_TREE` names a folder to load; without one a tree
//! of kustomizations is made up.

use std::fmt::Write;
use std::path::Path;

use divan::Bencher;
use divan::counter::BytesCount;
use ztctl::model::manifests::{File, Manifests};
use ztctl::model::value::{self, Format};
use ztctl::text::{SourceFile, SourceMap};

fn main() {
    divan::main();
}

/// Paths and texts.
type Tree = Vec<(String, String)>;

/// `overlays` kustomizations over one base of 50 workloads.
fn made_up(overlays: usize) -> Tree {
    let mut base = String::new();
    for nr in 0..50 {
        let _ = write!(
            base,
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web-{nr}\n  labels: {{app: web-{nr}}}\nspec:\n  selector:\n    matchLabels: {{app: web-{nr}}}\n  template:\n    metadata:\n      labels: {{app: web-{nr}}}\n    spec:\n      serviceAccountName: web-{nr}\n      containers:\n      - name: web\n        image: registry.example.org/web:1.{nr}\n        env:\n        - name: NUMBER\n          value: \"{nr}\"\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: web-{nr}\n---\n"
        );
    }
    let mut tree =
        vec![("base/kustomization.yaml".to_owned(), "resources: [workloads.yaml]\n".to_owned()), ("base/workloads.yaml".to_owned(), base)];
    for nr in 0..overlays {
        let text = format!(
            "resources: [../../base]\nnamespace: ns-{nr}\nnamePrefix: p{nr}-\ncommonLabels: {{env: e{nr}}}\npatches:\n- target: {{kind: Deployment}}\n  patch: '[{{op: add, path: /spec/replicas, value: {nr}}}]'\n"
        );
        tree.push((format!("overlays/{nr}/kustomization.yaml"), text));
    }
    tree
}

fn named() -> Option<Tree> {
    let root = std::env::var_os("ZTCTL_BENCH_TREE")?;
    let entries = walkdir::WalkDir::new(Path::new(&root)).sort_by_file_name().into_iter().filter_map(Result::ok);
    let texts = entries.filter(|entry| entry.file_type().is_file()).filter_map(|entry| {
        let path = entry.path().to_str()?.to_owned();
        format_of(&path)?;
        Some((path, std::fs::read_to_string(entry.path()).ok()?))
    });
    Some(texts.collect())
}

fn format_of(path: &str) -> Option<Format> {
    match path.rsplit('.').next()? {
        "yaml" | "yml" => Some(Format::Yaml),
        "json" => Some(Format::Json),
        _ => None,
    }
}

fn sources(tree: &Tree) -> (SourceMap, Vec<File>) {
    let mut sources = SourceMap::new();
    let mut files = Vec::new();
    for (path, text) in tree {
        let source = sources.add(SourceFile::new(path.clone(), text.as_str()));
        files.extend(format_of(path).map(|format| File { source, format }));
    }
    (sources, files)
}

fn size(tree: &Tree) -> BytesCount {
    BytesCount::new(tree.iter().map(|(_, text)| text.len()).sum::<usize>())
}

/// Everything: reading, embedded texts, units.
#[divan::bench(args = [1, 20])]
fn load(bencher: Bencher<'_, '_>, overlays: usize) {
    let tree = named().unwrap_or_else(|| made_up(overlays));
    bencher.counter(size(&tree)).with_inputs(|| sources(&tree)).bench_local_refs(|(sources, files)| Manifests::load(sources, files));
}

/// Reading alone, on one thread.
#[divan::bench]
fn read(bencher: Bencher<'_, '_>) {
    let tree = named().unwrap_or_else(|| made_up(1));
    let (sources, files) = sources(&tree);
    bencher.counter(size(&tree)).bench_local(|| {
        for file in &files {
            divan::black_box(value::read(file.source, &sources.get(file.source).text, file.format));
        }
    });
}
