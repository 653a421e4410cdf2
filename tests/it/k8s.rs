//! The views over Kubernetes objects: pods, labels and selectors, namespaces.

use ztctl::model::k8s::selector::{is_empty, selects};
use ztctl::model::k8s::{Labels, ServiceAccount, pod};
use ztctl::model::tri::Tri;
use ztctl::model::value::{Format, Node, read};
use ztctl::text::SourceId;

use crate::support::Sample;

fn value(text: &str) -> Node {
    read(SourceId(0), text, Format::Yaml).documents.remove(0).root.expect("a value")
}

/// `y`, `n` or `?` for a selector against labels.
fn selected(selector: &str, labels: &str) -> char {
    let (selector, labels) = (value(&format!("s: {selector}")), value(labels));
    letter(selects(selector.get("s"), &Labels::new(Some(&labels), false)))
}

fn letter(answer: Tri) -> char {
    match answer {
        Tri::Yes => 'y',
        Tri::No => 'n',
        Tri::Unknown => '?',
    }
}

#[test]
fn selectors_as_the_api_server_reads_them() {
    let labels = "{app: a, tier: web, n: 1, on: true}";
    for (selector, answer) in [
        ("", 'y'),
        ("{}", 'y'),
        ("{matchLabels: {}}", 'y'),
        ("{matchLabels: null, matchExpressions: []}", 'y'),
        ("{matchLabels: {app: a}}", 'y'),
        ("{matchLabels: {app: a, tier: db}}", 'n'),
        ("{matchLabels: {app: b}}", 'n'),
        ("{matchLabels: {other: a}}", 'n'),
        ("{matchLabels: {n: '1', on: 'true'}}", 'y'),
        ("{matchExpressions: [{key: app, operator: In, values: [b, a]}]}", 'y'),
        ("{matchExpressions: [{key: app, operator: In, values: [b]}]}", 'n'),
        ("{matchExpressions: [{key: x, operator: In, values: [b]}]}", 'n'),
        ("{matchExpressions: [{key: app, operator: NotIn, values: [b]}]}", 'y'),
        ("{matchExpressions: [{key: app, operator: NotIn, values: [a]}]}", 'n'),
        ("{matchExpressions: [{key: x, operator: NotIn, values: [a]}]}", 'y'),
        ("{matchExpressions: [{key: app, operator: Exists}]}", 'y'),
        ("{matchExpressions: [{key: x, operator: Exists}]}", 'n'),
        ("{matchExpressions: [{key: app, operator: DoesNotExist}]}", 'n'),
        ("{matchExpressions: [{key: x, operator: DoesNotExist, values: []}]}", 'y'),
        ("{matchLabels: {app: a}, matchExpressions: [{key: tier, operator: NotIn, values: [web]}]}", 'n'),
        // refused
        ("{matchExpressions: [{key: app, operator: In, values: []}]}", '?'),
        ("{matchExpressions: [{key: app, operator: In}]}", '?'),
        ("{matchExpressions: [{key: app, operator: Exists, values: [a]}]}", '?'),
        ("{matchExpressions: [{key: app, operator: in, values: [a]}]}", '?'),
        ("{matchExpressions: [{operator: Exists}]}", '?'),
        ("{matchExpressions: [app]}", '?'),
        ("{matchExpressions: {key: app}}", '?'),
        ("{matchExpressions: [{key: app, operator: In, values: a}]}", '?'),
        ("{matchLabels: [app]}", '?'),
        ("{app: a}", '?'),
        ("app", '?'),
        ("[]", '?'),
        // one that surely fails decides
        ("{app: a, matchLabels: {app: b}}", 'n'),
    ] {
        assert_eq!(selected(selector, labels), answer, "{selector}");
    }
}

#[test]
fn empty_selectors() {
    for (text, answer) in [
        ("{}", 'y'),
        ("{matchLabels: {}}", 'y'),
        ("{matchLabels: ~, matchExpressions: []}", 'y'),
        ("~", 'y'),
        ("{matchLabels: {a: b}}", 'n'),
        ("{matchExpressions: [{key: a, operator: Exists}]}", 'n'),
        ("{a: b}", '?'),
        ("[]", '?'),
        ("x", '?'),
    ] {
        assert_eq!(letter(is_empty(value(&format!("s: {text}")).get("s"))), answer, "{text}");
    }
    assert_eq!(is_empty(None), Tri::Yes);
}

#[test]
fn labels_that_may_be_missing() {
    let map = value("{a: b}");
    let open = Labels::new(Some(&map), true);
    assert_eq!((open.has("a"), open.has("x")), (Tri::Yes, Tri::Unknown));
    let selector = value("{matchLabels: {x: y}}");
    assert_eq!(selects(Some(&selector), &open), Tri::Unknown);
    assert_eq!(Labels::unknown().with("k", "v").get("k"), Some("v"));
    // labels that are no map
    assert_eq!(Labels::new(Some(&value("[a]")), false).has("a"), Tri::Unknown);
}

#[test]
fn pods_of_every_workload() {
    let template = "{metadata: {labels: {app: a}}, spec: {serviceAccount: old, containers: [{name: c}]}}";
    for (head, body) in [
        ("apiVersion: v1\nkind: Pod\n", "metadata: {labels: {app: a}}\nspec: {serviceAccount: old, containers: [{name: c}]}\n".to_owned()),
        ("apiVersion: v1\nkind: PodTemplate\n", format!("template: {template}\n")),
        ("apiVersion: v1\nkind: ReplicationController\n", format!("spec: {{template: {template}}}\n")),
        ("apiVersion: apps/v1\nkind: Deployment\n", format!("spec: {{template: {template}}}\n")),
        ("apiVersion: extensions/v1beta1\nkind: DaemonSet\n", format!("spec: {{template: {template}}}\n")),
        ("apiVersion: batch/v1\nkind: Job\n", format!("spec: {{template: {template}}}\n")),
        ("apiVersion: batch/v1beta1\nkind: CronJob\n", format!("spec: {{jobTemplate: {{spec: {{template: {template}}}}}}}\n")),
        ("apiVersion: argoproj.io/v1alpha1\nkind: Rollout\n", format!("spec: {{template: {template}}}\n")),
        ("apiVersion: serving.knative.dev/v1\nkind: Service\n", format!("spec: {{template: {template}}}\n")),
        (
            "apiVersion: serving.knative.dev/v1\nkind: Revision\n",
            "metadata: {labels: {app: a}}\nspec: {serviceAccount: old, containers: [{name: c}]}\n".to_owned(),
        ),
        ("apiVersion: apps.openshift.io/v1\nkind: DeploymentConfig\n", format!("spec: {{template: {template}}}\n")),
        ("apiVersion: example.com/v1\nkind: Anything\n", format!("spec: {{template: {template}}}\n")),
    ] {
        let sample = Sample::new([("a.yaml", format!("{head}{body}").as_str())], None);
        let object = &sample.manifests.objects[0];
        let pod = pod(object).unwrap_or_else(|| panic!("{head} makes pods"));
        assert_eq!(pod.labels().get("app"), Some("a"), "{head}");
        assert!(matches!(pod.service_account(), ServiceAccount::Named("old", _)), "{head}");
        assert_eq!(pod.containers().filter_map(|c| c.name()).collect::<Vec<_>>(), ["c"], "{head}");
        assert_eq!(pod.host_network(), Tri::No);
    }
}

#[test]
fn objects_without_pods() {
    for text in [
        "apiVersion: v1\nkind: Service\nspec: {template: {spec: {}}}\n",
        "apiVersion: example.com/v1\nkind: Anything\nspec: {template: {spec: {containers: {}}}}\n",
        "apiVersion: apps/v1\nkind: Deployment\n",
        "apiVersion: apps/v1\nkind: Deployment\nspec: []\n",
        "apiVersion: apps/v1\nkind: Deployment\nspec: {template: {spec: no}}\n",
        "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nspec: {workloadRef: {name: a}}\n",
    ] {
        let sample = Sample::new([("a.yaml", text)], None);
        assert!(pod(&sample.manifests.objects[0]).is_none(), "{text}");
    }
}

#[test]
fn odd_pod_fields() {
    let text = "apiVersion: v1\nkind: Pod\nspec:\n  serviceAccountName: \"\"\n  serviceAccount: b\n  hostNetwork: \"true\"\n  \
                containers: [c, {name: 1}, {name: d, ports: {}}]\n  volumes: {}\n";
    let sample = Sample::new([("a.yaml", text)], None);
    let pod = pod(&sample.manifests.objects[0]).expect("a pod");
    assert!(matches!(pod.service_account(), ServiceAccount::Named("b", _)));
    assert_eq!(pod.host_network(), Tri::Unknown);
    assert_eq!(pod.automounts_token(), None);
    assert_eq!(pod.containers().count(), 2);
    assert!(pod.volumes().is_empty());
}

#[test]
fn namespaces_of_a_unit() {
    let sample = Sample::new(
        [
            ("a.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: late, namespace: shop}\n"),
            ("b.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: a}}\n"),
            (
                "c.yaml",
                "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: shop}\nspec: {selector: {app: a}}\n---\n\
                 apiVersion: v1\nkind: Service\nmetadata: {name: none, namespace: shop}\nspec: {selector: {}}\n---\n\
                 apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {app: a}}\nspec: {}\n---\n\
                 apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: [x]}\n",
            ),
        ],
        None,
    );
    let unit = sample.manifests.applied().next().expect("a unit");
    let cluster = unit.cluster();
    assert_eq!(cluster.namespaces().map(|space| &*space.name).collect::<Vec<_>>(), ["default", "shop"]);
    let shop = cluster.namespace("shop").expect("there");
    assert_eq!(shop.labels().get("kubernetes.io/metadata.name"), Some("shop"));
    assert_eq!(shop.labels().get("team"), Some("a"));
    assert_eq!(shop.labels().has("other"), Tri::No);
    assert_eq!(shop.anchor().map(|origin| sample.sources.get(origin.at.source).path.as_str()), Some("b.yaml"));
    let default = cluster.namespace("default").expect("there");
    assert!(default.is_described() && default.declared.is_empty());
    assert_eq!(default.labels().has("other"), Tri::Unknown);
    assert_eq!(cluster.adrift.len(), 1);
    let pod = default.pods().next().expect("a pod");
    let labels = pod.labels();
    let names: Vec<_> = shop.services_of(&labels).filter_map(|(service, _)| service.name()).collect();
    assert_eq!(names, ["s"]);
    assert_eq!(cluster.of_kind("apps", "Deployment").len(), 1);
}
