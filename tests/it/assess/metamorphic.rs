//! What must change nothing: the order of keys, how documents are divided into files, what files are called, where the tree lies.

use std::collections::BTreeMap;

use serde_yaml::{Mapping, Value};
use ztctl::assess::{Assessment, Settings};

use super::formats::names;
use super::{archetype, assessed, assessed_below};

type Files = Vec<(String, String)>;

/// All that is judged, by names that do not depend on files: levels, statuses with their coverage, counts.
fn outcome(assessment: &Assessment) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    let overall = &assessment.overall;
    out.insert(
        "overall".to_owned(),
        format!(
            "{:?} {:?} {:?} {:?} {:?}",
            overall.level, overall.level_without_waivers, overall.level_all_scopes, overall.progress, overall.confidence
        ),
    );
    let caps: Vec<(&str, usize)> = overall.caps.iter().map(|cap| (cap.disqualifier, cap.evidence.len())).collect();
    out.insert("caps".to_owned(), format!("{caps:?}"));
    out.insert("counts".to_owned(), format!("{:?} {} {}", assessment.kind, assessment.workloads, assessment.samples));
    for domain in &assessment.domains {
        out.insert(format!("domain {}", domain.domain.as_str()), format!("{:?} {:?} {}", domain.level, domain.by_environment, domain.why));
    }
    for scope in &assessment.scopes {
        let name = scope.scope.name();
        out.insert(format!("scope {name}"), format!("{:?} {:?} {:?} {}", scope.level, scope.domains, scope.class, scope.workloads));
        for verdict in &scope.verdicts {
            let open = verdict.subjects.unknown.len();
            let text = format!("{} {:?} {open} {:?}", verdict.status.as_str(), verdict.coverage(), verdict.reason);
            out.insert(format!("{name} {}", verdict.criterion.id), text);
        }
    }
    let mut credentials: Vec<String> = assessment.credentials.iter().map(|one| format!("{} {:?}", one.subject, one.holding)).collect();
    credentials.sort();
    out.insert("credentials".to_owned(), format!("{credentials:?}"));
    let mut findings: Vec<String> =
        assessment.findings.iter().map(|one| format!("{} {} {}", one.rule, one.value.class(), one.effect.as_str())).collect();
    findings.sort();
    out.insert("findings".to_owned(), format!("{findings:?}"));
    let services: Vec<String> =
        assessment.services.iter().map(|one| format!("{} {} {:?}", one.environment, one.subject, one.domains)).collect();
    out.insert("services".to_owned(), format!("{services:?}"));
    if let Some(reach) = &assessment.reach {
        let measures = reach.measures();
        out.insert("reach".to_owned(), format!("{} {} {} {:?}", measures.workloads, measures.edges, measures.flat, measures.blast_radius));
    }
    let questions: Vec<String> = assessment.questions.iter().map(|one| format!("{} {:?}", one.id, one.answer)).collect();
    out.insert("questions".to_owned(), format!("{questions:?}"));
    out
}

/// Holds that a change of the files changes nothing.
fn unchanged(name: &str, what: &str, before: &Files, after: &Files) {
    same(name, what, &outcome(&assessed(before, &Settings::default())), &outcome(&assessed(after, &Settings::default())));
}

fn same(name: &str, what: &str, before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) {
    let differs: Vec<String> = before
        .keys()
        .chain(after.keys())
        .filter(|key| before.get(*key) != after.get(*key))
        .map(|key| format!("{key}: {:?} → {:?}", before.get(key), after.get(key)))
        .collect();
    assert!(differs.is_empty(), "{name}, {what}:\n{}", differs.join("\n"));
}

/// Whether a file is YAML that a parser can take apart and put together; templates are not.
fn is_plain_yaml(path: &str, text: &str) -> bool {
    (path.ends_with(".yaml") || path.ends_with(".yml")) && !text.contains("{{ ") && !text.contains("{{-")
}

fn documents(text: &str) -> Vec<Value> {
    use serde::Deserialize as _;
    serde_yaml::Deserializer::from_str(text)
        .map(|document| Value::deserialize(document).expect("YAML"))
        .filter(|value| !value.is_null())
        .collect()
}

fn written(documents: &[Value]) -> String {
    documents.iter().map(|value| serde_yaml::to_string(value).expect("YAML")).collect::<Vec<_>>().join("---\n")
}

fn reversed(value: &Value) -> Value {
    match value {
        Value::Mapping(map) => {
            let mut entries: Vec<(Value, Value)> = map.iter().map(|(key, value)| (key.clone(), reversed(value))).collect();
            entries.reverse();
            Value::Mapping(entries.into_iter().collect::<Mapping>())
        }
        Value::Sequence(items) => Value::Sequence(items.iter().map(reversed).collect()),
        other => other.clone(),
    }
}

#[test]
fn the_order_of_keys_and_documents() {
    let mut turned = 0;
    for name in names() {
        let files = archetype(&name);
        let changed: Files = files
            .iter()
            .map(|(path, text)| {
                if !is_plain_yaml(path, text) {
                    return (path.clone(), text.clone());
                }
                turned += 1;
                let mut all: Vec<Value> = documents(text).iter().map(reversed).collect();
                all.reverse();
                (path.clone(), written(&all))
            })
            .collect();
        unchanged(&name, "keys and documents reversed", &files, &changed);
    }
    assert!(turned > 30, "{turned}");
}

#[test]
fn how_documents_are_divided_into_files() {
    let mut divided = 0;
    for name in names() {
        let files = archetype(&name);
        let mut split: Files = Vec::new();
        let mut joined: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for (path, text) in &files {
            let found = if is_plain_yaml(path, text) { documents(text) } else { Vec::new() };
            let is_manifest = !found.is_empty() && found.iter().all(|one| one.get("kind").is_some() && one.get("apiVersion").is_some());
            if !is_manifest {
                split.push((path.clone(), text.clone()));
                continue;
            }
            divided += usize::from(found.len() > 1);
            let stem = path.trim_end_matches(".yaml").trim_end_matches(".yml");
            split.extend(found.iter().enumerate().map(|(at, one)| (format!("{stem}-{at}.yaml"), written(std::slice::from_ref(one)))));
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            joined.entry(format!("{folder}/all.yaml").trim_start_matches('/').to_owned()).or_default().extend(found);
        }
        unchanged(&name, "each document in a file of its own", &files, &split);
        let is_other = |(path, text): &&(String, String)| {
            !is_plain_yaml(path, text) || !documents(text).iter().all(|one| one.get("kind").is_some() && one.get("apiVersion").is_some())
        };
        let mut one: Files = files.iter().filter(is_other).cloned().collect();
        one.extend(joined.into_iter().map(|(path, all)| (path, written(&all))));
        unchanged(&name, "the documents of a folder in one file", &files, &one);
    }
    assert!(divided > 10, "{divided}");
}

#[test]
fn what_files_are_called() {
    for name in names() {
        let files = archetype(&name);
        let renamed: Files = files
            .iter()
            .map(|(path, text)| {
                let (folder, file) = path.rsplit_once('/').map_or(("", path.as_str()), |(folder, file)| (folder, file));
                let is_free = is_plain_yaml(path, text)
                    && documents(text).iter().all(|one| one.get("kind").is_some() && one.get("apiVersion").is_some())
                    && !files.iter().any(|(_, other)| other.contains(file));
                let is_code = path.ends_with(".tf") || (path.ends_with(".rego") && !file.contains("_test"));
                if is_free || is_code {
                    (format!("{folder}/zz-{file}").trim_start_matches('/').to_owned(), text.clone())
                } else {
                    (path.clone(), text.clone())
                }
            })
            .collect();
        unchanged(&name, "files renamed", &files, &renamed);
    }
}

#[test]
fn the_order_of_files_and_documents_beside_them() {
    for name in names() {
        let files = archetype(&name);
        let mut turned = files.clone();
        turned.reverse();
        unchanged(&name, "files reversed", &files, &turned);
        let mut more = files.clone();
        more.push((
            "docs/how-it-works.md".to_owned(),
            "# How it works\n\nWe use Vault, OPA and strict mutual TLS everywhere, and rotate all secrets.\n".to_owned(),
        ));
        more.push(("LICENSE".to_owned(), "Permission is granted.\n".to_owned()));
        let (before, after) = (outcome(&assessed(&files, &Settings::default())), outcome(&assessed(&more, &Settings::default())));
        same(&name, "documents beside it", &before, &after);
    }
}

/// Names above the assessed folder say nothing, whatever they are.
#[test]
fn where_the_tree_lies() {
    for name in names() {
        let files = archetype(&name);
        let here = outcome(&assessed(&files, &Settings::default()));
        for root in ["checkouts/repo", "test/fixtures/dev", "examples/staging/docs"] {
            let moved: Files = files.iter().map(|(path, text)| (format!("{root}/{path}"), text.clone())).collect();
            let below: Vec<(&str, &str)> = moved.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
            let there: BTreeMap<String, String> = outcome(&assessed_below(&below, root))
                .into_iter()
                .map(|(key, value)| (key, value.replace(&format!("{root}/"), "")))
                .collect();
            same(&name, root, &here, &there);
        }
    }
}
