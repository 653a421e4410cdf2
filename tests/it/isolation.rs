//! Network isolation against what other tools say: `ZTCTL_NETPOL_TREES` names a checkout of np-guard's netpol-analyzer, whose
//! `tests/<name>` are held against `test_outputs/connlist/<name>_connlist_output.txt`, line by line between workloads.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use ztctl::model::effective::isolation::{Applied, Network};
use ztctl::model::k8s::selector::selects;
use ztctl::model::k8s::{Cluster, Labels, Pod, Space};
use ztctl::model::network::{Action, Direction, Peer, Ports, Stage};
use ztctl::model::tri::Tri;

use crate::support::Sample;

/// A workload as the goldens name it, with what policies see of it.
struct Workload<'c> {
    name: String,
    space: &'c Space,
    pod: Pod<'c>,
}

const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];

/// Kinds that the goldens take into account and this test does not.
const FOREIGN: [&str; 6] =
    ["UserDefinedNetwork", "ClusterUserDefinedNetwork", "NetworkAttachmentDefinition", "MultiNetworkPolicy", "VirtualMachine", "Route"];

fn matches(peer: &Peer<'_>, own: &Space, other: &Workload<'_>) -> bool {
    let (labels, namespace) = (other.pod.labels(), other.space.labels());
    match peer {
        Peer::Any => true,
        Peer::Pods { namespaces: None, pods } => own.name == other.space.name && selects(*pods, &labels).is_yes(),
        Peer::Pods { namespaces: Some(namespaces), pods } => {
            selects(Some(namespaces), &namespace).is_yes() && selects(*pods, &labels).is_yes()
        }
        _ => false,
    }
}

/// Whether a port of `target` is one of those of a rule.
fn has(ports: &Ports<'_>, protocol: &str, port: u16, target: &Workload<'_>) -> bool {
    match ports {
        Ports::Named { protocol: wanted, name } => {
            wanted.is_none_or(|wanted| wanted == protocol) && named(target, name).contains(&(protocol.to_owned(), port))
        }
        ports => ports.contain(protocol, port).is_yes(),
    }
}

fn named(target: &Workload<'_>, name: &str) -> Vec<(String, u16)> {
    let items = target.pod.containers().flat_map(|container| container.ports());
    items
        .filter(|item| item.get("name").and_then(|node| node.as_str()) == Some(name))
        .filter_map(|item| {
            let data = item.get("containerPort")?;
            let text = match &data.value {
                ztctl::model::value::Value::Scalar(ztctl::model::value::Scalar::Number(text)) => text.parse().ok()?,
                _ => return None,
            };
            Some((item.get("protocol").and_then(|node| node.as_str()).unwrap_or("TCP").to_owned(), text))
        })
        .collect()
}

/// Whether the policies of one end let traffic to a port through. `target` is whose port it is.
fn allows(
    rules: &[Applied<'_>],
    captured: Tri,
    ends: (&Workload<'_>, &Workload<'_>),
    target: &Workload<'_>,
    protocol: &str,
    port: u16,
) -> bool {
    let (own, other) = ends;
    let mut passed = false;
    let fits = |applied: &&Applied<'_>| {
        let rule = &applied.statement;
        rule.peers.iter().any(|peer| matches(peer, own.space, other)) && rule.ports.iter().any(|ports| has(ports, protocol, port, target))
    };
    for applied in rules.iter().filter(|applied| matches!(applied.statement.stage, Stage::Admin(_))).filter(fits) {
        match applied.statement.action {
            Action::Allow => return true,
            Action::Deny => return false,
            Action::Pass => {
                passed = true;
                break;
            }
            Action::Unknown => {}
        }
    }
    let _ = passed;
    if captured.is_yes() {
        return rules.iter().filter(|applied| applied.statement.stage == Stage::Policies).any(|applied| fits(&applied));
    }
    let baseline = rules.iter().filter(|applied| matches!(applied.statement.stage, Stage::Baseline(_))).find(fits);
    baseline.is_none_or(|applied| applied.statement.action == Action::Allow)
}

/// The connections from one workload to another, as the goldens write them; empty where there is none.
fn connections(network: &Network, from: &Workload<'_>, to: &Workload<'_>) -> String {
    let labels: [Labels<'_>; 2] = [from.pod.labels(), to.pod.labels()];
    let egress = network.applied(from.space, &labels[0], Direction::Egress);
    let ingress = network.applied(to.space, &labels[1], Direction::Ingress);
    let out = network.captured(from.space, &labels[0], Direction::Egress).answer;
    let into = network.captured(to.space, &labels[1], Direction::Ingress).answer;
    let mut starts: BTreeSet<u32> = BTreeSet::from([1]);
    for ports in egress.iter().chain(&ingress).flat_map(|applied| &applied.statement.ports) {
        match ports {
            Ports::Range { first, last, .. } => starts.extend([u32::from(*first).max(1), u32::from(*last) + 1]),
            Ports::Named { name, .. } => {
                starts.extend(named(to, name).into_iter().flat_map(|(_, port)| [u32::from(port), u32::from(port) + 1]));
            }
            Ports::Any | Ports::Unknown => {}
        }
    }
    let starts: Vec<u32> = starts.into_iter().filter(|start| *start <= 65535).collect();
    let mut parts = Vec::new();
    for protocol in PROTOCOLS {
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for (at, start) in starts.iter().enumerate() {
            let end = starts.get(at + 1).map_or(65535, |next| next - 1);
            let port = u16::try_from(*start).expect("within the range of ports");
            let open = allows(&egress, out, (from, to), to, protocol, port) && allows(&ingress, into, (to, from), to, protocol, port);
            match ranges.last_mut() {
                Some(last) if open && last.1 + 1 == *start => last.1 = end,
                _ if open => ranges.push((*start, end)),
                _ => {}
            }
        }
        if !ranges.is_empty() {
            let text: Vec<String> = ranges.iter().map(|(a, b)| if a == b { a.to_string() } else { format!("{a}-{b}") }).collect();
            parts.push(format!("{protocol} {}", text.join(",")));
        }
    }
    let all = PROTOCOLS.map(|protocol| format!("{protocol} 1-65535"));
    if parts == all { "All Connections".to_owned() } else { parts.join(",") }
}

fn files(folder: &Path, out: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, out);
        } else if matches!(path.extension().and_then(|text| text.to_str()), Some("yaml" | "yml" | "json"))
            && let Ok(text) = fs::read_to_string(&path)
        {
            out.push((path.display().to_string(), text));
        }
    }
}

#[test]
fn connections_are_those_of_netpol_analyzer() {
    let Some(root) = std::env::var_os("ZTCTL_NETPOL_TREES") else {
        eprintln!("skipped: ZTCTL_NETPOL_TREES names no checkout of netpol-analyzer");
        return;
    };
    let root = Path::new(&root);
    let (mut judged, mut wrong) = (0, Vec::new());
    let mut goldens: Vec<_> =
        fs::read_dir(root.join("test_outputs/connlist")).expect("goldens").filter_map(Result::ok).map(|entry| entry.path()).collect();
    goldens.sort();
    for golden in goldens {
        let Some(name) = golden.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix("_connlist_output.txt"))
        else {
            continue;
        };
        let mut texts = Vec::new();
        files(&root.join("tests").join(name), &mut texts);
        let sample = Sample::new(texts.iter().map(|(path, text)| (path.as_str(), text.as_str())), None);
        let objects: Vec<_> = sample.texts.manifests.applied().flat_map(|unit| unit.objects.clone()).collect();
        let foreign =
            objects.iter().any(|object| FOREIGN.contains(&&*object.kind) || object.root.path(&["metadata", "ownerReferences"]).is_some());
        if texts.is_empty() || foreign {
            continue;
        }
        judged += 1;
        let cluster = Cluster::new(&objects);
        let network = Network::new(&cluster);
        let mut workloads: BTreeMap<String, Workload<'_>> = BTreeMap::new();
        for space in cluster.namespaces() {
            for pod in space.pods() {
                let kind = if &*pod.object.kind == "Pod" { "Pod" } else { &pod.object.kind };
                let name = format!("{}/{}[{kind}]", space.name, pod.object.name().unwrap_or("?"));
                workloads.insert(name.clone(), Workload { name, space, pod });
            }
        }
        let text = fs::read_to_string(&golden).expect("a golden");
        let wanted: BTreeMap<(String, String), String> = text
            .lines()
            .filter_map(|line| {
                let (ends, what) = line.split_once(" : ")?;
                let (from, to) = ends.split_once(" => ")?;
                Some(((from.trim().to_owned(), to.trim().to_owned()), what.trim().to_owned()))
            })
            .filter(|((from, to), _)| workloads.contains_key(from) && workloads.contains_key(to))
            .collect();
        for from in workloads.values() {
            for to in workloads.values().filter(|to| to.name != from.name) {
                let found = connections(&network, from, to);
                let want = wanted.get(&(from.name.clone(), to.name.clone())).cloned().unwrap_or_default();
                if found != want {
                    wrong.push(format!("{name}: {} => {}: found `{found}`, want `{want}`", from.name, to.name));
                }
            }
        }
    }
    assert!(judged > 50, "only {judged} trees have a golden");
    assert!(wrong.is_empty(), "{} of {judged} trees' edges differ:\n{}", wrong.len(), wrong[..wrong.len().min(60)].join("\n"));
}
