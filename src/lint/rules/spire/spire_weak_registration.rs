use crate::lint::rules::prelude::*;
use crate::lint::rules::support::excerpt;
use crate::model::shell::{Arg, Call};
use crate::model::spire::{self, Template};
use crate::model::tri::Tri;
use crate::model::value::{Node as Data, Scalar, Value};

declare_rule! {
    SpireWeakRegistration {
        id: "spire-weak-registration",
        group: "spire",
        summary: "a registration that gives an identity to more workloads than it should",
        why: "Selectors decide who gets an identity. Where they name only a namespace, every pod in it gets the identity, whatever \
              it runs as; without any, every pod of the cluster. A template without anything of the pod in it gives one identity to \
              all that it selects. What is `admin` may register others, and what is `downstream` may sign for the trust domain: \
              such entries must name their pods.\n\n\
              A ClusterSPIFFEID without selectors whose template has namespace and service account is a warning: each pod gets the \
              identity of its own account then. On command lines of `spire-server entry create`, in containers and scripts, selectors \
              that are only `k8s:ns:…` or only root's (`unix:uid:0`) are reported. Node entries (`-node`) select nodes and are not.",
        bad: yaml("apiVersion: spire.spiffe.io/v1alpha1\nkind: ClusterSPIFFEID\nmetadata:\n  name: payments\nspec:\n  spiffeIDTemplate: \"spiffe://{{ .TrustDomain }}/payments\"\n  namespaceSelector:\n    matchLabels:\n      team: payments\n"),
        good: yaml("apiVersion: spire.spiffe.io/v1alpha1\nkind: ClusterSPIFFEID\nmetadata:\n  name: payments\nspec:\n  spiffeIDTemplate: \"spiffe://{{ .TrustDomain }}/ns/{{ .PodMeta.Namespace }}/sa/{{ .PodSpec.ServiceAccountName }}\"\n  namespaceSelector:\n    matchLabels:\n      team: payments\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://github.com/spiffe/spire-controller-manager/blob/main/docs/clusterspiffeid-crd.md",
    }
}

const HELP: &str = "select by namespace and service account, and put both into the template";

impl Rule for SpireWeakRegistration {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if &*object.group == "spire.spiffe.io" {
            match &*object.kind {
                "ClusterSPIFFEID" => class(object, cx),
                "ClusterStaticEntry" => entry(object, cx),
                _ => {}
            }
        }
    }

    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind == DocumentKind::Registrations {
            let entries = document.root.get("entries").map_or(&[][..], Data::items);
            entries.iter().for_each(|entry| registration(entry, cx));
        }
    }

    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        spire::lines(part, "selector").iter().for_each(|call| command(call, cx));
    }
}

/// Whether a label selector of the controller manager takes all; unknown where it cannot be read.
fn takes_all(spec: &Data, key: &str, partial: bool) -> Tri {
    match spec.get(key).map(|node| &node.value) {
        None if partial => Tri::Unknown,
        None | Some(Value::Scalar(Scalar::Null)) => Tri::Yes,
        Some(Value::Map(entries)) => {
            let is_empty = |value: &Data| {
                value.is_null()
                    || matches!(&value.value, Value::Map(entries) if entries.is_empty())
                    || matches!(&value.value, Value::List(items) if items.is_empty())
            };
            if entries.iter().all(|entry| is_empty(&entry.value)) { Tri::Yes } else { Tri::No }
        }
        Some(_) => Tri::Unknown,
    }
}

fn flag(spec: &Data, key: &str) -> bool {
    spec.get(key).and_then(Data::as_bool) == Some(true)
}

/// The place of a wildcard among trust domains.
fn wildcard(spec: &Data) -> bool {
    spec.get("federatesWith").is_some_and(|list| list.items().iter().any(|item| item.as_str().is_some_and(|text| text.contains('*'))))
}

fn class(object: &Object, cx: &mut ManifestCx<'_>) {
    let Some(spec) = object.spec().filter(|spec| matches!(spec.value.value, Value::Map(_))) else { return };
    let (pods, namespaces) =
        (takes_all(&spec.value, "podSelector", object.partial), takes_all(&spec.value, "namespaceSelector", object.partial));
    let power = ["admin", "downstream"].into_iter().find(|key| flag(&spec.value, key));
    let template = spec.value.get("spiffeIDTemplate").and_then(Data::as_str).map(Template::new);
    let all = pods.and(namespaces);
    let (severity, message) = if let Some(power) = power.filter(|_| pods.is_yes()) {
        (Severity::Error, format!("`{power}` goes to every pod of the namespaces that are selected: there is no `podSelector`"))
    } else if template.as_ref().is_some_and(|template| template.is_of_pods().is_no()) {
        (Severity::Error, "the template has nothing of the pod in it: all that is selected gets one identity".to_owned())
    } else if wildcard(&spec.value) {
        (Severity::Error, "`federatesWith` has a wildcard".to_owned())
    } else if all.is_yes() {
        let own = template.is_some_and(|template| template.names_account().is_yes());
        (
            if own { Severity::Warning } else { Severity::Error },
            "no `podSelector` and no `namespaceSelector`: every pod of the cluster gets an identity".to_owned(),
        )
    } else {
        if all.is_unknown() || template.is_some_and(|template| template.is_of_pods().is_unknown()) {
            cx.withhold();
        }
        return;
    };
    if let Some(report) = cx.report_as(severity, &spec.origin, message) {
        report.help(HELP);
    }
}

fn entry(object: &Object, cx: &mut ManifestCx<'_>) {
    let Some(spec) = object.spec().filter(|spec| matches!(spec.value.value, Value::Map(_))) else { return };
    let message = match spec.value.get("selectors").map(|node| &node.value) {
        None | Some(Value::Scalar(Scalar::Null)) if !object.partial => "the entry has no selectors".to_owned(),
        Some(Value::List(items)) => match &items[..] {
            [] => "the entry has no selectors".to_owned(),
            [one] => match one.as_str() {
                Some(text) => format!("the entry has one selector, `{}`: whatever matches it gets the identity", excerpt(text)),
                None => return cx.withhold(),
            },
            _ if wildcard(&spec.value) => "`federatesWith` has a wildcard".to_owned(),
            _ => return,
        },
        _ => return cx.withhold(),
    };
    if let Some(report) = cx.report(&spec.origin, message) {
        report.help(HELP);
    }
}

/// An entry of a file for `spire-server entry create -data`: its selectors are maps of a type and a value.
fn registration(entry: &Data, cx: &mut ManifestCx<'_>) {
    let selectors = entry.get("selectors").map_or(&[][..], Data::items);
    let text = |selector: &Data| Some(format!("{}:{}", selector.get("type")?.as_str()?, selector.get("value")?.as_str()?));
    let Some(texts) = selectors.iter().map(text).collect::<Option<Vec<String>>>() else { return cx.withhold() };
    let wildcard = || entry.get("federates_with").is_some_and(|list| list.items().iter().any(|item| item.as_str() == Some("*")));
    let (at, message) = match &texts[..] {
        [] => return,
        all if all.iter().all(|text| text.starts_with("k8s:ns:")) => {
            (&entry.origin, "every pod of the namespace gets the identity: no service account is selected".to_owned())
        }
        [first, ..] if texts.iter().all(|text| ROOT.contains(&text.as_str())) => {
            (&selectors[0].origin, format!("`{}`: every process of root gets the identity", excerpt(first)))
        }
        _ if wildcard() => (&entry.origin, "`federates_with` has a wildcard".to_owned()),
        _ => return,
    };
    if let Some(report) = cx.report(at, message) {
        report.help("add the selector `k8s:sa`, or what else tells the workload from others");
    }
}

/// Selectors of processes that root runs.
const ROOT: [&str; 4] = ["unix:uid:0", "unix:user:root", "unix:gid:0", "unix:group:root"];

fn command(call: &Call, cx: &mut ManifestCx<'_>) {
    if !spire::registers(call) || call.flag("node").is_some() {
        return;
    }
    for (arg, value) in call.option(&["federatesWith"]) {
        if value.is_some_and(|value| value.contains('*'))
            && let Some(report) = cx.report(&arg.at, "`-federatesWith` has a wildcard")
        {
            report.help("name the trust domains");
        }
    }
    let selectors: Vec<(&Arg, Option<&str>)> = call.option(&["selector"]).collect();
    let all = |test: &dyn Fn(&str) -> bool| selectors.iter().all(|(arg, _)| test(spire::value_start(arg)));
    let Some((first, _)) = selectors.first() else { return };
    let (at, message) = if all(&|text| text.starts_with("k8s:ns:")) {
        (&call.at, "every pod of the namespace gets the identity: no service account is selected".to_owned())
    } else if all(&|text| ROOT.contains(&text)) {
        (&first.at, format!("`{}`: every process of root gets the identity", spire::value_start(first)))
    } else {
        return;
    };
    if spire::hides_options(call) {
        return cx.withhold();
    }
    if let Some(report) = cx.report(at, message) {
        report.help("add `-selector k8s:sa:…`, or what else tells the workload from others");
    }
}
