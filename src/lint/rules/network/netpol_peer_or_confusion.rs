use crate::lint::rules::netpol::is_elsewhere;
use crate::lint::rules::prelude::*;
use crate::model::k8s::{Labels, Space};
use crate::model::network::{Direction, NetworkPolicy, peers};
use crate::model::tri::Tri;
use crate::model::value::Node as Value;
use crate::text::{Location, SourceMap};

declare_rule! {
    NetpolPeerOrConfusion {
        id: "netpol-peer-or-confusion",
        group: "network",
        summary: "two peers of a NetworkPolicy that read like one: a dash too many",
        why: "`namespaceSelector` and `podSelector` in one peer mean pods of these namespaces with these labels. With a dash in front of \
              each they are two peers: all pods of the namespaces, and pods with the labels in the policy's own namespace. The first \
              lets in far more than was meant.\n\n\
              Reported for a rule of exactly two peers, a namespace selector and then a pod selector, with one label each, where \
              nothing in the policy's own namespace has the pod's label. Where a pod, a Service or a policy of the namespace has it, two \
              peers were meant; lists of more peers are taken for that as well.",
        bad: yaml("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: db\n  namespace: shop\nspec:\n  podSelector:\n    matchLabels:\n      app: db\n  ingress:\n  - from:\n    - namespaceSelector:\n        matchLabels:\n          kubernetes.io/metadata.name: monitoring\n    - podSelector:\n        matchLabels:\n          app: prometheus\n"),
        good: yaml("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: db\n  namespace: shop\nspec:\n  podSelector:\n    matchLabels:\n      app: db\n  ingress:\n  - from:\n    - namespaceSelector:\n        matchLabels:\n          kubernetes.io/metadata.name: monitoring\n      podSelector:\n        matchLabels:\n          app: prometheus\n"),
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Makes one peer of two, so that fewer pods are allowed; were two meant, traffic is denied from then on.",
        source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors",
        peers: &["kube-linter dangling-networkpolicypeer-podselector"],
    }
}

impl Rule for NetpolPeerOrConfusion {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = NetworkPolicy::new(object) else { return };
        for direction in Direction::ALL {
            let applies = policy.applies_to(direction);
            if applies.is_no() {
                continue;
            }
            for rule in policy.rules(direction).known() {
                let [first, second] = peers(rule, direction).known() else { continue };
                let (Some(_), Some(label)) = (single(first, "namespaceSelector"), single(second, "podSelector")) else { continue };
                let space = cx.unit().and_then(|unit| unit.cluster().space_of(object));
                let own = space.map_or(Tri::No, |space| has_label(space, label, object));
                if own.is_yes() {
                    continue;
                }
                let fits = |labels: &Labels<'_>| labels.is_one_of(label.0, &[Some(label.1)]);
                let elsewhere = cx.unit().zip(space).is_some_and(|(unit, space)| is_elsewhere(cx, unit, &space.name, fits));
                if elsewhere || own.is_unknown() || applies.is_unknown() || object.partial {
                    cx.withhold();
                    continue;
                }
                let edit = join(cx.sources(), first, second);
                let message = "these are two peers: every pod of the namespaces, and pods of the policy's own namespace";
                let Some(report) = cx.report(&first.origin, message) else { continue };
                let report = report
                    .label(&second.origin, "the second peer")
                    .help("write `podSelector` without a dash beside `namespaceSelector`, if pods of these namespaces are meant");
                if let Some(edit) = edit {
                    report.fix("make one peer of the two", Applicability::Unsafe, [edit]);
                }
            }
        }
    }
}

/// The label of a peer that has nothing but the selector `key`, which asks for one label.
fn single<'n>(peer: &'n Value, key: &str) -> Option<(&'n str, &'n str)> {
    let [selector] = peer.entries() else { return None };
    let [labels] = selector.value.entries() else { return None };
    let [label] = labels.value.entries() else { return None };
    (&*selector.key == key && &*labels.key == "matchLabels").then_some((&*label.key, label.value.as_str()?))
}

/// Whether something in a namespace has a label: a pod, or the selector of a Service or a policy, which tell of pods.
fn has_label(space: &Space, (key, value): (&str, &str), policy: &Object) -> Tri {
    let is_it = |labels: Option<&Value>| labels.is_some_and(|node| node.get(key).and_then(Value::as_str) == Some(value));
    let own = is_it(policy.root.path(&["spec", "podSelector", "matchLabels"]));
    let selected = space.objects.iter().any(|object| match (&*object.group, &*object.kind) {
        ("networking.k8s.io" | "extensions", "NetworkPolicy") => is_it(object.root.path(&["spec", "podSelector", "matchLabels"])),
        ("", "Service") => is_it(object.root.path(&["spec", "selector"])),
        _ => false,
    });
    let pods = space.pods().map(|pod| {
        let labels: Labels<'_> = pod.labels();
        labels.is_one_of(key, &[Some(value)])
    });
    Tri::from(own || selected).or(Tri::any(pods))
}

/// The edit that writes a blank for the dash of the second peer. `None` where the two do not stand below each other.
fn join(sources: &SourceMap, first: &Value, second: &Value) -> Option<(Location, String)> {
    let (upper, lower) = (first.origin.at, second.origin.at);
    if upper.source != lower.source || !first.origin.via.is_empty() || !second.origin.via.is_empty() {
        return None;
    }
    let file = sources.get(lower.source);
    let (above, below) = (file.line_column(upper.span.start), file.line_column(lower.span.start));
    let text = &*file.text;
    let line = text.get(..lower.span.start as usize)?.rfind('\n').map_or(0, |at| at + 1);
    let before = &text[line..lower.span.start as usize];
    let dash = before.find('-')?;
    let blank = before.bytes().enumerate().all(|(at, byte)| at == dash || byte == b' ');
    let starts = |location: Location| text[location.span.start as usize..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '"');
    if above.line >= below.line || above.column != below.column || !blank || !starts(upper) || !starts(lower) {
        return None;
    }
    let at = u32::try_from(line + dash).ok()?;
    Some((Location { source: lower.source, span: Span::new(at, at + 1) }, " ".to_owned()))
}
