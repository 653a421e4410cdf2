//! Policy of other engines, and policy that collects denials: whether it denies by default, and binds to identities.

use super::super::Scene;
use super::steps;
use crate::assess::RegoFile;
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Reach, Spot, Subject};
use crate::assess::status::Strength;
use crate::assess::world::{by_path, is_sample};
use crate::model::document::DocumentKind;
use crate::model::value::Node;

pub(super) fn observe(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    cedar(scene, observer);
    openfga(scene, observer);
    denials(scene, observer);
    identities(scene, observer);
}

fn spot(path: &str, line: usize) -> Option<Spot> {
    let line = u32::try_from(line).unwrap_or(u32::MAX);
    Some(Spot { path: path.to_owned(), line, column: 1, end_line: line })
}

/// Cedar denies what nothing permits (<https://docs.cedarpolicy.com/auth/authorization.html>); a policy that permits everyone
/// everything undoes it.
fn cedar(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for file in scene.texts.iter().filter(|file| file.path.ends_with(".cedar") && !is_sample(&file.path, scene.roots)) {
        let reach = Reach { environment: by_path(&file.path, scene.roots), namespace: None };
        let who = Subject::new("", "Cedar", file.path.clone());
        let plain: String = file.text.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n");
        let mut open = None;
        let mut named = false;
        let mut some = false;
        for policy in plain.split(';') {
            let tight: String = policy.chars().filter(|c| !c.is_whitespace()).collect();
            some |= tight.contains("permit(") || tight.contains("forbid(");
            named |= tight.contains("principal==") || tight.contains("principalin") || tight.contains("principalis");
            if tight.contains("permit(principal,action,resource)") && !tight.contains("when{") && !tight.contains("unless{") {
                let before = plain.split("permit").next().map_or(0, |text| text.lines().count());
                open = open.or(Some(before.max(1)));
            }
        }
        if !some {
            continue;
        }
        let (fact, detail, line) = match open {
            Some(line) => (Fact::PolicyDefaultAllow, "a policy permits everyone everything", line),
            None => (Fact::PolicyDefaultDeny, "Cedar denies what nothing permits", 1),
        };
        let found = observer.add(fact, who.clone(), &reach, None, detail);
        (found.spot, found.strength) = (spot(&file.path, line), Strength::PARSED);
        if named {
            let found = observer.add(Fact::PolicyByIdentity, who, &reach, None, "it names principals");
            (found.spot, found.strength) = (spot(&file.path, 1), Strength::PARSED);
        }
    }
}

/// A model of OpenFGA's: who has no relation has no access.
fn openfga(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for file in scene.texts.iter().filter(|file| !is_sample(&file.path, scene.roots)) {
        let is_model = (file.path.ends_with(".fga") || file.path.ends_with(".openfga"))
            && file.text.lines().any(|line| line.trim_start().starts_with("type "))
            && file.text.contains("define ");
        if !is_model {
            continue;
        }
        let reach = Reach { environment: by_path(&file.path, scene.roots), namespace: None };
        let who = Subject::new("", "OpenFGA", file.path.clone());
        for (fact, detail) in
            [(Fact::PolicyDefaultDeny, "who has no relation has no access"), (Fact::PolicyByIdentity, "relations name users")]
        {
            let found = observer.add(fact, who.clone(), &reach, None, detail);
            (found.spot, found.strength) = (spot(&file.path, 1), Strength::PARSED);
        }
    }
}

/// Rules that collect denials deny nothing by themselves: somebody has to ask for them.
fn denials(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    let own = |file: &&RegoFile| !file.is_test && file.decides && file.defaults.is_empty() && !is_sample(&file.path, scene.roots);
    let files: Vec<&RegoFile> = scene.rego.iter().filter(own).collect();
    if files.is_empty() {
        return;
    }
    let constrained: Vec<&str> = scene
        .world
        .deployed()
        .filter(|placed| &*placed.object.group == "constraints.gatekeeper.sh" && super::super::delivery::denies(&placed.object))
        .map(|placed| &*placed.object.kind)
        .collect();
    let asks = callers(scene, observer);
    for file in files {
        let package = file.package.strip_prefix("data.").unwrap_or(&file.package);
        let path = package.replace('.', "/");
        let caller = if file.is_embedded {
            let here = |kind: &&&str| kind.eq_ignore_ascii_case(package.rsplit('.').next().unwrap_or(package));
            constrained.iter().find(here).map(|kind| format!("the constraint `{kind}`"))
        } else {
            let named = |(text, _): &&(String, String)| text.contains(&file.package) || text.contains(&path);
            asks.iter().find(named).map(|(_, who)| who.clone())
        };
        let Some(caller) = caller else { continue };
        let reach = Reach { environment: by_path(&file.path, scene.roots), namespace: None };
        let who = Subject::new("", "Package", file.package.clone());
        let detail = format!("denials are collected, and {caller} asks for them");
        observer.add(Fact::PolicyDefaultDeny, who, &reach, Some(&file.at), detail).strength = Strength::INFERRED;
    }
}

/// Texts that ask for decisions, and who asks: OPA's configuration, Envoy's, and commands of pipelines.
fn callers(scene: &Scene<'_>, observer: &Observer<'_>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let text_of = |node: &Node| {
        let mut all = String::new();
        super::walk(node, &mut |entry| {
            if let Some(text) = entry.value.as_str() {
                all.push_str(text);
                all.push('\n');
            }
            for item in entry.value.items().iter().filter_map(Node::as_str) {
                all.push_str(item);
                all.push('\n');
            }
        });
        all
    };
    for document in &scene.manifests.documents {
        let who = match document.kind {
            DocumentKind::Opa => "OPA's configuration",
            DocumentKind::Envoy => "Envoy",
            DocumentKind::Workflow | DocumentKind::GitlabCi => "a pipeline",
            DocumentKind::Compose => "a Compose service",
            _ => continue,
        };
        let path = &observer.sources.get(observer.sources.outermost(document.source)).path;
        if !is_sample(path, scene.roots) {
            out.push((text_of(&document.root), who.to_owned()));
        }
    }
    for workload in &scene.world.workloads {
        let Some(pod) = workload.pod() else { continue };
        let words: Vec<&str> =
            pod.containers().flat_map(|container| container.words().filter_map(Node::as_str).collect::<Vec<_>>()).collect();
        if words.iter().any(|word| word.contains("opa") || word.contains("data.")) {
            out.push((words.join("\n"), format!("`{}`", workload.subject.name)));
        }
    }
    // conftest asks for every `deny` of what it is given
    if let Some(name) = steps::conftest(scene, observer) {
        for file in scene.rego.iter().filter(|file| !file.is_test) {
            out.push((file.package.clone(), format!("`{name}`")));
        }
    }
    out
}

/// Names of what a caller proves about himself, in policy code.
const PROVEN: [&str; 14] = [
    "source.principal",
    "spiffe://",
    "spiffe_id",
    "io.jwt.decode_verify",
    "io.jwt.verify_",
    "x-forwarded-client-cert",
    "uri_san",
    "peer_certificates",
    "client_certificate",
    "input.identity",
    "claims.sub",
    "token.payload",
    "payload.sub",
    "input.subject",
];

/// Policy code that asks who calls.
fn identities(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for file in scene.rego.iter().filter(|file| !file.is_test && !is_sample(&file.path, scene.roots)) {
        let text = observer.sources.get(file.at.at.source).text.clone();
        // comments prove nothing
        let line = text.lines().position(|line| !line.trim_start().starts_with('#') && PROVEN.iter().any(|word| line.contains(word)));
        if let Some(line) = line {
            let reach = Reach { environment: by_path(&file.path, scene.roots), namespace: None };
            let who = Subject::new("", "Package", file.package.clone());
            let found = observer.add(Fact::PolicyByIdentity, who, &reach, Some(&file.at), "it asks who calls");
            found.strength = Strength(50);
            if !file.is_embedded {
                found.spot = spot(&file.path, line + 1);
            }
        }
    }
}
