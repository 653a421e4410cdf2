//! Charts, lists and scopes.

use ztctl::model::k8s::{Namespace, Scope};
use ztctl::model::units::UnitKind;

use crate::support::Sample;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n";

#[test]
fn a_chart_has_its_templates_and_those_of_its_parts() {
    let chart = "apiVersion: v2\nname: a\nversion: 1.0.0\n";
    let template = "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}\n  namespace: x\n{{- if .Values.a }}\nspec: {}\n{{- end }}\n";
    let sample = Sample::new(
        [
            ("c/Chart.yaml", chart),
            ("c/values.yaml", "a: 1\n"),
            ("c/templates/a.yaml", template),
            ("c/crds/b.yaml", POD),
            ("c/charts/part/Chart.yaml", chart),
            ("c/charts/part/templates/c.yaml", POD),
            ("c/ci/d.yaml", POD),
            ("other/templates/e.yaml", POD),
            ("c/nested/Chart.yaml", chart),
            ("c/nested/templates/f.yaml", POD),
        ],
        None,
    );
    let units: Vec<_> =
        sample.manifests.units.iter().map(|unit| (unit.kind, &*unit.name, unit.objects.len(), unit.is_complete())).collect();
    assert_eq!(
        units,
        [(UnitKind::Plain, "", 2, true), (UnitKind::Chart, "c", 3, false), (UnitKind::Chart, "c/nested", 1, false)],
        "{:?}",
        sample.manifests.diagnostics
    );
    assert!(sample.manifests.units[1].objects.iter().any(|object| object.partial));
    assert!(sample.manifests.diagnostics.is_empty(), "{:?}", sample.manifests.diagnostics);
}

#[test]
fn lists_are_taken_apart() {
    let text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n- apiVersion: v1\n  kind: List\n  items:\n  - {apiVersion: v1, kind: Pod, metadata: {name: b}}\n- 1\n- null\n---\napiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: {name: c}\n---\napiVersion: example.org/v1\nkind: AllowList\nmetadata: {name: d}\nitems: [x]\n";
    let sample = Sample::new([("a.yaml", text)], None);
    let found: Vec<String> =
        sample.manifests.objects.iter().map(|object| format!("{}/{}", object.kind, object.name().unwrap_or(""))).collect();
    assert_eq!(found, ["Pod/a", "Pod/b", "ConfigMap/c", "AllowList/d"]);
}

#[test]
fn definitions_give_the_scope_of_their_kinds() {
    let definition = |kind: &str, scope: &str| {
        format!(
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: x}}\nspec:\n  group: example.org\n  scope: {scope}\n  names: {{kind: {kind}}}\n  versions:\n  - name: v1\n    schema: {{openAPIV3Schema: {{type: object}}}}\n"
        )
    };
    let text = format!("{}---\n{}---\n{}", definition("Wide", "Cluster"), definition("Narrow", "Namespaced"), definition("Odd", "[1]"));
    let uses = "apiVersion: example.org/v1\nkind: Wide\nmetadata: {name: a, namespace: b}\n---\napiVersion: example.org/v1\nkind: Narrow\nmetadata: {name: a}\n---\napiVersion: example.org/v1\nkind: Odd\nmetadata: {name: a}\n";
    let files = [("crd.yaml", text.as_str()), ("k/uses.yaml", uses), ("k/kustomization.yaml", "resources: [uses.yaml]\nnamePrefix: p-\n")];
    let sample = Sample::new(files, None);
    for objects in [&sample.manifests.objects, &sample.manifests.units[1].objects] {
        let of = |kind: &str| objects.iter().find(|object| &*object.kind == kind).unwrap();
        assert_eq!((of("Wide").scope, of("Wide").namespace()), (Scope::Cluster, Namespace::Cluster));
        assert_eq!(of("Narrow").namespace(), Namespace::Named("default"));
        assert_eq!(of("Odd").scope, Scope::Namespaced);
    }
    let schema = sample.manifests.objects[0].root.path(&["spec", "versions"]).unwrap().items()[0].get("schema").unwrap();
    assert!(schema.unknown().is_some());
}

#[test]
fn repeated_objects_are_kept_and_told() {
    let text = format!(
        "{POD}---\n{POD}---\napiVersion: v1\nkind: Pod\nmetadata: {{generateName: a}}\n---\napiVersion: v1\nkind: Pod\nmetadata: {{generateName: a}}\n---\napiVersion: v1\nkind: Pod\nmetadata: {{name: a, namespace: b}}\n"
    );
    let sample = Sample::new([("a.yaml", text.as_str())], None);
    let plain = &sample.manifests.units[0];
    assert_eq!((plain.objects.len(), plain.repeated().len()), (5, 1));
}
