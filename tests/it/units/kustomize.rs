//! Where the values of kustomizations come from, and what is made of mistakes in them.

use ztctl::model::k8s::Object;
use ztctl::model::units::{Unit, UnitKind};
use ztctl::model::value::Origin;

use crate::support::Sample;

fn sample(files: &[(&str, &str)]) -> Sample {
    Sample::new(files.iter().copied(), None)
}

fn unit<'s>(sample: &'s Sample, name: &str) -> &'s Unit {
    let found = sample.manifests.units.iter().find(|unit| unit.name == name && unit.kind == UnitKind::Kustomization);
    found.unwrap_or_else(|| panic!("no unit `{name}` among {:?}", sample.manifests.units.iter().map(|unit| &unit.name).collect::<Vec<_>>()))
}

fn object<'u>(unit: &'u Unit, kind: &str) -> &'u Object {
    unit.objects.iter().find(|object| &*object.kind == kind).unwrap_or_else(|| panic!("no {kind}"))
}

/// `path:line <- path:line …`
fn trace(sample: &Sample, origin: &Origin) -> String {
    let place = |at: ztctl::text::Location| {
        let at = sample.sources.outer(at);
        let file = sample.sources.get(at.source);
        format!("{}:{}", file.path, file.line_column(at.span.start).line)
    };
    let via = origin.via.iter().map(|at| format!(" <- {}", place(*at)));
    std::iter::once(place(origin.at)).chain(via).collect()
}

const PEER: &str = "apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: STRICT
";

#[test]
fn patched_values_point_at_the_patch_and_transformed_ones_at_the_kustomization() {
    let patch = "apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: PERMISSIVE
  portLevelMtls:
    8080:
      mode: DISABLE
";
    let overlay = "resources: [../base]
namespace: prod
namePrefix: p-
labels:
- pairs: {env: prod}
patches:
- path: peer.yaml
- patch: |-
    - op: add
      path: /spec/selector
      value:
        matchLabels: {app: web}
  target: {kind: PeerAuthentication}
";
    let sample = sample(&[
        ("base/kustomization.yaml", "resources: [peer.yaml]\n"),
        ("base/peer.yaml", PEER),
        ("overlay/kustomization.yaml", overlay),
        ("overlay/peer.yaml", patch),
    ]);
    assert!(unit(&sample, "base").is_base);
    let overlay = unit(&sample, "overlay");
    assert!(!overlay.is_base && overlay.gaps.is_empty(), "{:?}", overlay.gaps);
    assert!(sample.manifests.units[0].objects.is_empty(), "listed files are not applied by themselves");
    let peer = object(overlay, "PeerAuthentication");
    let at = |path: &[&str]| {
        let entry = peer.root.entry_at(path).unwrap_or_else(|| panic!("no {path:?}"));
        (trace(&sample, &entry.origin), trace(&sample, &entry.value.origin))
    };
    let both = |text: &str, value: &str| (text.to_owned(), value.to_owned());
    assert_eq!(at(&["spec", "mtls", "mode"]), both("overlay/peer.yaml:8 <- base/peer.yaml:8", "overlay/peer.yaml:8 <- base/peer.yaml:8"));
    assert_eq!(at(&["spec", "portLevelMtls", "8080", "mode"]).1, "overlay/peer.yaml:11 <- base/peer.yaml:7");
    // untouched
    assert_eq!(at(&["spec", "mtls"]), both("base/peer.yaml:7", "base/peer.yaml:8"));
    assert_eq!(trace(&sample, peer.kind_at()), "base/peer.yaml:2");
    assert_eq!(
        at(&["metadata", "namespace"]),
        both("overlay/kustomization.yaml:2 <- base/peer.yaml:5", "overlay/kustomization.yaml:2 <- base/peer.yaml:5")
    );
    assert_eq!(peer.name(), Some("p-default"));
    assert_eq!(at(&["metadata", "name"]), both("base/peer.yaml:4", "overlay/kustomization.yaml:3 <- base/peer.yaml:4"));
    assert_eq!(at(&["metadata", "labels", "env"]).1, "overlay/kustomization.yaml:5 <- base/peer.yaml:4");
    assert_eq!(at(&["spec", "selector", "matchLabels", "app"]).1, "overlay/kustomization.yaml:12 <- base/peer.yaml:7");
    // what the base gives is as it was
    assert_eq!(object(unit(&sample, "base"), "PeerAuthentication").name(), Some("default"));
}

#[test]
fn unchanged_objects_are_shared() {
    let sample = sample(&[
        ("a/kustomization.yaml", "resources: [peer.yaml]\n"),
        ("a/peer.yaml", PEER),
        ("b/kustomization.yaml", "resources: [../a]\n"),
        ("c/kustomization.yaml", "resources: [../a]\nnamespace: shop\n"),
    ]);
    let first = &sample.manifests.objects[0];
    assert!(std::sync::Arc::ptr_eq(first, &unit(&sample, "a").objects[0]));
    assert!(std::sync::Arc::ptr_eq(first, &unit(&sample, "b").objects[0]));
    let root = &unit(&sample, "c").objects[0].root;
    // the value is what it was, and so is where it comes from
    assert_eq!(trace(&sample, &root.path(&["metadata", "namespace"]).unwrap().origin), "a/peer.yaml:5");
}

#[test]
fn generated_maps_hold_their_files() {
    let agent = "agent {\n  trust_domain = \"example.org\"\n  insecure_bootstrap = true\n}\n";
    let sample = sample(&[
        (
            "k/kustomization.yaml",
            "configMapGenerator:\n- name: agent\n  files:\n  - agent.conf\n  - mesh=mesh.yaml\n  - missing.bin\n  literals: [A=b]\n",
        ),
        ("k/agent.conf", agent),
        ("k/mesh.yaml", "accessLogFile: /dev/stdout\n"),
    ]);
    let k = unit(&sample, "k");
    assert!(k.gaps.is_empty(), "{:?}", k.gaps);
    let map = object(k, "ConfigMap");
    let value = map.root.path(&["data", "agent.conf"]).unwrap();
    assert_eq!(value.as_str(), Some(agent));
    assert_eq!(trace(&sample, &value.origin), "k/agent.conf:1 <- k/kustomization.yaml:4");
    assert_eq!(trace(&sample, map.kind_at()), "k/kustomization.yaml:2");
    assert!(map.root.path(&["data", "missing.bin"]).unwrap().unknown().is_some());
    let kinds: Vec<_> =
        sample.manifests.documents.iter().map(|document| (sample.sources.get(document.source).path.as_str(), document.kind)).collect();
    use ztctl::model::document::DocumentKind::{Kustomization, MeshConfig, Spire};
    assert_eq!(kinds, [("k/kustomization.yaml", Kustomization), ("k/agent.conf", Spire), ("k/mesh.yaml", MeshConfig)]);
}

#[test]
fn mistakes_are_gaps() {
    let cases: &[(&str, &str)] = &[
        ("resources: [missing.yaml]", "`missing.yaml` was not found"),
        ("resources: [nowhere/]", "`nowhere/` was not found"),
        ("resources: [empty]", "the folder `empty` has no kustomization"),
        ("resources: [/etc/x.yaml]", "is an absolute path"),
        ("resources: [../../../x.yaml]", "was not found"),
        ("resources: ['https://example.org/x.yaml']", "is remote"),
        ("resources: ['github.com/a/b//c?ref=v1']", "is remote"),
        ("resources: ['']", "a path is empty"),
        ("resources: peer.yaml", "`resources` is a string, not a list"),
        ("resources: {a: b}", "`resources` is a map, not a list"),
        ("resources: [{a: b}, 1, null]", "an item of `resources` is a map, not a string"),
        ("resources: [peer.yaml, peer.yaml]", "`PeerAuthentication/default` is there twice"),
        ("resources: [.]", "leads back to here"),
        ("resources: [broken.yaml]", "cannot be read to its end"),
        ("resources: [text.txt]", "is no file of manifests"),
        ("resources: [values.yaml]", "has a document that is no object"),
        ("components: [../base]", "is no component"),
        ("resources: [part]", "is a component"),
        ("components: [gone]", "was not found"),
        ("components: 1", "`components` is a number, not a list"),
        ("namespace: [a]", "`namespace` is a list, not a string"),
        ("namePrefix: {a: b}", "`namePrefix` is a map, not a string"),
        ("commonLabels: [a]", "`commonLabels` is a list, not a map"),
        ("labels: {a: b}", "`labels` is a map, not a list"),
        ("images: [{newTag: x}]", "has no `name`"),
        ("images: [{name: '[', newTag: x}]", "is no pattern"),
        ("replicas: [{name: gone, count: 1}]", "is no workload here"),
        ("replicas: [1]", "needs `name` and `count`"),
        ("configMapGenerator: [{literals: [a=b]}]", "has no `name`"),
        ("configMapGenerator: [{name: a, literals: [a]}]", "`a` is not `key=value`"),
        ("configMapGenerator: [{name: a, literals: x}]", "`literals` of `configMapGenerator` is a string"),
        ("configMapGenerator: [{name: a, literals: [a=b, a=c]}]", "generated twice"),
        ("configMapGenerator: [{name: a, behavior: merge}]", "is not there to be merged"),
        ("configMapGenerator: [1]", "an item of `configMapGenerator` is a number"),
        ("configMapGenerator: [{name: a, envs: [gone.env]}]", "its keys are not known"),
        ("patches: [{path: gone.yaml}]", "was not found"),
        ("patches: [{target: {kind: X}}]", "has neither `path` nor `patch`"),
        ("patches: [1]", "has neither `path` nor `patch`"),
        ("patches: [{patch: '- op: remove'}]", "needs a `target`"),
        ("patches: [{patch: '- 1', target: {}}]", "is no JSON patch"),
        ("resources: [peer.yaml]\npatches: [{patch: '[{op: remove, path: /gone}]', target: {}}]", "there is no `gone`"),
        ("resources: [peer.yaml]\npatches: [{patch: '[{op: fly, path: /spec}]', target: {}}]", "`fly` is no operation"),
        ("resources: [peer.yaml]\npatches: [{patch: '[{op: add, path: spec}]', target: {}}]", "does not begin with"),
        ("patches: [{patch: 'a: [', target: {}}]", "cannot be read"),
        ("patches: [{patch: 'a: b'}]", "needs `apiVersion` and `kind`"),
        ("patches: [{patch: '{apiVersion: v1, kind: Pod, metadata: {name: gone}}'}]", "no object is `Pod/gone`"),
        ("patches: [{patch: '[]', target: {name: '('}}]", "is no pattern"),
        ("patches: [{patch: '[]', target: {labelSelector: 'a in b'}}]", "is no selector of labels"),
        ("patches: [{patch: '[]', target: [a]}]", "a target is a list"),
        ("patchesStrategicMerge: [gone.yaml]", "was not found"),
        ("transformers: [gone.yaml]", "`gone.yaml` was not found"),
        ("resources: [peer.yaml]\ntransformers: [program.yaml]", "the transformer `Sed` is not followed"),
        ("generators: [program.yaml]", "the generator `Sed` is not followed"),
        ("generators: [.]", "cannot stand in `generators`"),
        ("helmCharts: [{name: x}]", "`helmCharts`: charts are not rendered here (`x`)"),
        ("openapi: {path: x}", "the document of `openapi` was not found among the files read"),
        ("openapi: {path: peer.yaml}", "the document of `openapi` has no definitions"),
        ("crds: [x.json]", "the definitions `x.json` was not found among the files read"),
        (
            "resources: [peer.yaml]\nvars: [{name: A, objref: {kind: X, apiVersion: v1, name: x}}]",
            "the field of the variable `A` was not found",
        ),
        ("vars: [{objref: {kind: X}}]", "an item of `vars` has no `name`"),
        ("vars: [{name: A}]", "the variable `A` names no object"),
        ("configurations: [gone.yaml]", "was not found"),
        ("nonsense: 1", "`nonsense` is no field"),
        ("- a", "it is a list, not a map"),
    ];
    for (text, expected) in cases {
        let sample = sample(&[
            ("base/kustomization.yaml", ""),
            ("k/kustomization.yaml", text),
            ("k/peer.yaml", PEER),
            ("k/broken.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: [\n"),
            ("k/text.txt", "text"),
            ("k/values.yaml", "a: b\n"),
            ("k/program.yaml", "apiVersion: example.com/v1\nkind: Sed\nmetadata: {name: x}\n"),
            ("k/empty/x.txt", ""),
            ("k/part/kustomization.yaml", "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\n"),
            ("base/kustomization.yaml", "resources: []\n"),
        ]);
        let k = unit(&sample, "k");
        assert!(k.gaps.iter().any(|gap| gap.contains(expected)), "{text}: {:?}", k.gaps);
        assert!(sample.manifests.skipped.iter().any(|(_, why)| why.contains(expected)), "{text}: {:?}", sample.manifests.skipped);
    }
}

#[test]
fn what_is_not_computed_is_unknown() {
    let sample = sample(&[
        (
            "k/kustomization.yaml",
            "resources: [peer.yaml]
replacements:
- source: {kind: X, fieldPath: a}
  targets:
  - select: {kind: PeerAuthentication}
    fieldPaths: [spec.mtls.mode]
vars:
- name: HOST
  objref: {kind: X}
patches:
- target: {kind: PeerAuthentication}
  patch: '[{op: add, path: /metadata/labels, value: {text: \"http://$(HOST)/$(OTHER)\", other: $(OTHER)}}]'
",
        ),
        ("k/peer.yaml", PEER),
    ]);
    let peer = object(unit(&sample, "k"), "PeerAuthentication");
    let is_unknown = |path: &[&str]| peer.root.path(path).unwrap().unknown().is_some();
    assert!(is_unknown(&["spec", "mtls", "mode"]) && is_unknown(&["metadata", "labels", "text"]));
    assert!(!is_unknown(&["metadata", "labels", "other"]));
}

#[test]
fn variables_point_at_their_source() {
    let text = "resources: [peer.yaml]
configurations: [fields.yaml]
vars:
- {name: MODE, objref: {apiVersion: v1, kind: ConfigMap, name: m}, fieldref: {fieldpath: data.mode}}
";
    let fields = "varReference: [{path: spec/mtls/mode, kind: PeerAuthentication}]\n";
    let peer = PEER.replace("STRICT", "$(MODE)")
        + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {mode: DISABLE, text: $(MODE)}\n";
    let sample = sample(&[("k/kustomization.yaml", text), ("k/peer.yaml", &peer), ("k/fields.yaml", fields)]);
    let k = unit(&sample, "k");
    assert_eq!(k.gaps, Vec::<String>::new());
    let mode = object(k, "PeerAuthentication").root.path(&["spec", "mtls", "mode"]).unwrap();
    assert_eq!((mode.as_str(), &*trace(&sample, &mode.origin)), (Some("DISABLE"), "k/peer.yaml:13 <- k/peer.yaml:8"));
    // kustomize looks at the fields that it is told of, and at no others
    assert_eq!(object(k, "ConfigMap").root.path(&["data", "text"]).unwrap().as_str(), Some("$(MODE)"));
}

#[test]
fn replaced_values_point_at_their_source() {
    let text = "resources: [peer.yaml]
replacements:
- sourceValue: PERMISSIVE
  targets:
  - select: {kind: PeerAuthentication}
    fieldPaths: [spec.mtls.mode]
- source: {kind: PeerAuthentication, fieldPath: metadata.namespace}
  targets:
  - select: {kind: PeerAuthentication}
    options: {create: true, delimiter: /, index: 1}
    fieldPaths: [spec.made.here]
";
    let sample = sample(&[("k/kustomization.yaml", text), ("k/peer.yaml", PEER)]);
    let k = unit(&sample, "k");
    assert_eq!(k.gaps, Vec::<String>::new());
    let peer = object(k, "PeerAuthentication");
    let mode = peer.root.path(&["spec", "mtls", "mode"]).unwrap();
    assert_eq!((mode.as_str(), &*trace(&sample, &mode.origin)), (Some("PERMISSIVE"), "k/kustomization.yaml:3 <- k/peer.yaml:8"));
    let made = peer.root.path(&["spec", "made", "here"]).unwrap();
    assert_eq!((made.as_str(), &*trace(&sample, &made.origin)), (Some("/shop"), "k/peer.yaml:5 <- k/peer.yaml:7"));
}

#[test]
fn replacements_that_cannot_be_made_are_gaps() {
    let cases = [
        ("{targets: [{select: {kind: PeerAuthentication}}]}", "has no source"),
        ("{sourceValue: x}", "without targets"),
        ("{source: {kind: Nothing}, targets: [{select: {kind: PeerAuthentication}, fieldPaths: [spec.mtls.mode]}]}", "was not found"),
        ("{source: {kind: PeerAuthentication, fieldPath: spec.nothing}, targets: [{select: {}}]}", "is missing"),
        (
            "{sourceValue: x, targets: [{select: {kind: PeerAuthentication}, fieldPaths: [spec.a.b]}]}",
            "is missing where a replacement sets it",
        ),
        ("{sourceValue: x, targets: [{fieldPaths: [spec.mtls.mode]}]}", "selects nothing"),
        ("{sourceValue: x, targets: [{select: {kind: PeerAuthentication}, options: {delimiter: /}, fieldPaths: [spec.mtls]}]}", "no text"),
        ("{sourceValue: x, targets: [{select: {kind: PeerAuthentication}, fieldPaths: [spec.7]}]}", "is missing where"),
    ];
    for (text, expected) in cases {
        let text = format!("resources: [peer.yaml]\nreplacements:\n- {text}\n");
        let sample = sample(&[("k/kustomization.yaml", &text), ("k/peer.yaml", PEER)]);
        let k = unit(&sample, "k");
        assert!(k.gaps.iter().any(|gap| gap.contains(expected)), "{text}: {:?}", k.gaps);
    }
}

#[test]
fn cycles_and_towers_end() {
    let cycle = sample(&[
        ("a/kustomization.yaml", "resources: [../b]\n"),
        ("b/kustomization.yaml", "resources: [../a, peer.yaml]\n"),
        ("b/peer.yaml", PEER),
    ]);
    assert!(!unit(&cycle, "a").is_base, "one of the circle is judged");
    assert_eq!(unit(&cycle, "a").objects.len(), 1);
    // each level takes the one below twice, under two names
    let mut files =
        vec![("0/kustomization.yaml".to_owned(), "resources: [peer.yaml]\n".to_owned()), ("0/peer.yaml".to_owned(), PEER.to_owned())];
    for level in 1..16 {
        for side in ["x", "y"] {
            let below = if level == 1 { vec!["../0".to_owned()] } else { vec![format!("../{}x", level - 1), format!("../{}y", level - 1)] };
            files.push((format!("{level}{side}/kustomization.yaml"), format!("namePrefix: {side}-\nresources: [{}]\n", below.join(", "))));
        }
    }
    let tower = Sample::new(files.iter().map(|(path, text)| (&**path, &**text)), None);
    assert!(unit(&tower, "15x").gaps.iter().any(|gap| gap.contains("too many")));
    let chain: Vec<(String, String)> =
        (0..300).map(|at| (format!("{at}/kustomization.yaml"), format!("resources: [../{}]\n", at + 1))).collect();
    let chain = Sample::new(chain.iter().map(|(path, text)| (&**path, &**text)), None);
    assert!(unit(&chain, "0").gaps.iter().any(|gap| gap.contains("too many inside one another")));
}

#[test]
fn components_are_applied_where_they_are_used() {
    let component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n- target: {kind: PeerAuthentication}\n  patch: '[{op: replace, path: /spec/mtls/mode, value: DISABLE}]'\n";
    let files = [
        ("a/kustomization.yaml", "resources: [peer.yaml]\ncomponents: [../c]\n"),
        ("a/peer.yaml", PEER),
        ("c/kustomization.yaml", component),
        ("alone/kustomization.yaml", component),
    ];
    let sample = sample(&files);
    assert!(unit(&sample, "a").gaps.is_empty());
    let mode = object(unit(&sample, "a"), "PeerAuthentication").root.path(&["spec", "mtls", "mode"]).unwrap();
    assert_eq!((mode.as_str(), &*trace(&sample, &mode.origin)), (Some("DISABLE"), "c/kustomization.yaml:5 <- a/peer.yaml:8"));
    assert!(sample.manifests.units.iter().all(|unit| unit.name != "c"));
    // one that nothing uses cannot be complete
    assert!(!unit(&sample, "alone").is_complete());
}

#[test]
fn syntax_errors_in_inline_patches_are_findings_in_their_line() {
    let sample = sample(&[("k/kustomization.yaml", "patches:\n- target: {kind: X}\n  patch: |-\n    - op: [\n")]);
    let places: Vec<_> = sample.manifests.diagnostics.iter().map(|found| sample.line(found.place)).collect();
    assert!(places.iter().any(|(path, line)| path == "k/kustomization.yaml" && *line >= 4), "{places:?}");
}

#[test]
fn absolute_and_outside_folders_are_followed_lexically() {
    for root in ["/w", "../up", "."] {
        let files = [
            (format!("{root}/o/kustomization.yaml"), "resources: [../b]\n".to_owned()),
            (format!("{root}/b/kustomization.yaml"), "resources: [./peer.yaml]\n".to_owned()),
            (format!("{root}/b/peer.yaml"), PEER.to_owned()),
        ];
        let sample = Sample::new(files.iter().map(|(path, text)| (&**path, &**text)), None);
        assert!(sample.manifests.skipped.is_empty(), "{root}: {:?}", sample.manifests.skipped);
        assert_eq!(sample.manifests.applied().map(|unit| unit.objects.len()).sum::<usize>(), 1, "{root}");
    }
}

/// The fixtures with a part missing or of another type somewhere: nothing panics, and every place lies in its text.
#[test]
fn broken_trees_do_no_harm() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/units/shop");
    let texts = super::oracle::texts(&root);
    let load = |changed: usize, text: &str| {
        let files = texts.iter().enumerate().map(|(at, (path, kept))| (&**path, if at == changed { text } else { kept }));
        let sample = Sample::new(files, None);
        for object in sample.manifests.units.iter().flat_map(|unit| &unit.objects) {
            places(&sample, &object.root);
        }
    };
    for (at, (path, text)) in texts.iter().enumerate().filter(|(_, (path, _))| path.ends_with("yaml") || path.ends_with("json")) {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        // every few lines, for time's sake
        for nr in (0..lines.len()).step_by(1 + lines.len() / 12) {
            let (before, after) = (lines[..nr].concat(), lines[nr + 1..].concat());
            load(at, &before);
            load(at, &format!("{before}{after}"));
            if let Some((key, _)) = lines[nr].split_once(':') {
                for value in ["[1, {a: null}]", "{a: [b]}", "~"] {
                    load(at, &format!("{before}{key}: {value}\n{after}"));
                }
            }
        }
        assert!(!path.is_empty());
    }
}

fn places(sample: &Sample, node: &ztctl::model::value::Node) {
    for at in std::iter::once(&node.origin.at).chain(node.origin.via.iter()) {
        assert!(sample.sources.get(at.source).text.get(at.span.range()).is_some(), "{at:?}");
    }
    node.items().iter().chain(node.entries().iter().map(|entry| &entry.value)).for_each(|node| places(sample, node));
}
