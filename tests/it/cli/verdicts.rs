//! One verdict for each value: the rules about manifests, the group `secrets` and `assess` agree, whichever of them run.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde_json::Value;

use super::Scene;

/// What a value is, and its class; `None` for none that anyone would act on.
struct Sample {
    name: &'static str,
    text: String,
    class: Option<&'static str>,
}

fn samples() -> Vec<Sample> {
    let mut seed = 0x5eed_1234_u64;
    let mut draw = |length: usize| -> String {
        let letters = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        let mut next = || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            letters[usize::try_from(seed >> 20).unwrap_or(0) % letters.len()] as char
        };
        (0..length).map(|_| next()).collect()
    };
    let sample = |name, text: &str, class| Sample { name, text: text.to_owned(), class };
    vec![
        sample("token", &format!("glpat-{}", draw(20)), Some("V1")),
        sample("random", &draw(40), Some("V2")),
        sample("human", "Wallow-81!tern", Some("V3")),
        sample("dsn", "postgres://shop:Hollow-62!fern@db.shop.svc/shop", Some("V3")),
        sample("default", "postgres", Some("V4")),
        sample("angle", "<password>", None),
        sample("variable", "$(OTHER_PASSWORD)", None),
        sample("shell", "${DB_PASSWORD}", None),
        sample("vault", "vault:secret/data/db#password", None),
        sample("sops", "ENC[AES256_GCM,data:abcd,iv:efgh,tag:ijkl,type:str]", None),
    ]
}

const CONTEXTS: [&str; 3] = ["apps", "clusters/dev", "docs/examples"];

/// The files of a place that holds `value`, by their names in its folder.
type Place = (&'static str, fn(&str) -> Vec<(&'static str, String)>);

const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec:\n  containers:\n  - name: web\n    image: web:1\n";

fn quoted(value: &str) -> String {
    serde_json::to_string(value).expect("a string")
}

const PLACES: [Place; 13] = [
    ("env", |v| vec![("pod.yaml", format!("{POD}    env:\n    - name: DB_PASSWORD\n      value: {}\n", quoted(v)))]),
    ("env-plain", |v| vec![("pod.yaml", format!("{POD}    env:\n    - value: '{v}'\n      name: DB_PASSWORD\n"))]),
    ("env-flow", |v| vec![("pod.yaml", format!("{POD}    env: [{{name: A, value: b}}, {{name: DB_PASSWORD, value: {}}}]\n", quoted(v)))]),
    ("env-json", |v| {
        vec![(
            "pod.json",
            format!(
                r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"web","namespace":"shop"}},"spec":{{"containers":[{{"name":"web","image":"web:1","env":[{{"name":"DB_PASSWORD","value":{}}}]}}]}}}}"#,
                quoted(v)
            ),
        )]
    }),
    ("secret", |v| {
        vec![(
            "secret.yaml",
            format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: db, namespace: shop}}\nstringData:\n  db-password: {}\n", quoted(v)),
        )]
    }),
    ("secret-coded", |v| {
        vec![(
            "secret.yaml",
            format!(
                "apiVersion: v1\nkind: Secret\nmetadata: {{name: db, namespace: shop}}\ndata:\n  db-password: {}\n",
                BASE64.encode(v.as_bytes())
            ),
        )]
    }),
    ("secret-json", |v| {
        vec![(
            "secret.json",
            format!(
                r#"{{"apiVersion":"v1","kind":"List","items":[{{"apiVersion":"v1","kind":"Secret","metadata":{{"name":"db","namespace":"shop"}},"stringData":{{"user":"shop","db-password":{}}}}}]}}"#,
                quoted(v)
            ),
        )]
    }),
    ("configmap", |v| {
        vec![(
            "map.yaml",
            format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: db, namespace: shop}}\ndata:\n  DB_PASSWORD: {}\n", quoted(v)),
        )]
    }),
    ("configmap-file", |v| {
        vec![(
            "map.yaml",
            format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: db, namespace: shop}}\ndata:\n  app.properties: |\n    db.host=db\n    db.password={v}\n    db.port=5432\n"
            ),
        )]
    }),
    ("patch", |v| {
        vec![
            ("base/pod.yaml", format!("{POD}    env:\n    - name: DB_PASSWORD\n      value: ${{LATER}}\n")),
            ("base/kustomization.yaml", "resources: [pod.yaml]\n".to_owned()),
            (
                "over/kustomization.yaml",
                format!(
                    "resources: [../base]\npatches:\n- patch: |-\n    apiVersion: v1\n    kind: Pod\n    metadata: {{name: web, namespace: shop}}\n    spec:\n      containers:\n      - name: web\n        env:\n        - name: DB_PASSWORD\n          value: {}\n",
                    quoted(v)
                ),
            ),
        ]
    }),
    ("patch-json", |v| {
        vec![
            ("base/pod.yaml", format!("{POD}    env:\n    - name: DB_PASSWORD\n      value: ${{LATER}}\n")),
            ("base/kustomization.yaml", "resources: [pod.yaml]\n".to_owned()),
            (
                "over/kustomization.yaml",
                "resources: [../base]\npatches:\n- path: patch.yaml\n  target: {kind: Pod, name: web}\n".to_owned(),
            ),
            ("over/patch.yaml", format!("- op: replace\n  path: /spec/containers/0/env/0/value\n  value: {}\n", quoted(v))),
        ]
    }),
    ("generator", |v| {
        vec![(
            "kustomization.yaml",
            format!("secretGenerator:\n- name: db\n  namespace: shop\n  literals:\n  - {}\n", quoted(&format!("db-password={v}"))),
        )]
    }),
    ("envoy", |v| {
        vec![(
            "envoy.yaml",
            format!(
                "static_resources:\n  secrets:\n  - name: api\n    generic_secret:\n      secret:\n        inline_string: {}\n",
                quoted(v)
            ),
        )]
    }),
];

/// The findings about secrets by the folder of their value: `(rule, severity, line)`.
fn findings(scene: &Scene, args: &[&str]) -> BTreeMap<String, Vec<(String, String, u64)>> {
    let report = scene.run(&[&["check", "--format", "json"], args].concat()).json();
    let about = |rule: &str| {
        rule.starts_with("secret-")
            || matches!(rule, "k8s-secret-manifest-in-git" | "k8s-plaintext-secret-env" | "k8s-configmap-secret" | "envoy-static-secret")
    };
    let mut out: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for finding in report["findings"].as_array().expect("findings") {
        let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        if about(&text("rule")) {
            out.entry(folder(&text("path"))).or_default().push((
                text("rule"),
                text("severity"),
                finding["start"]["line"].as_u64().unwrap_or(0),
            ));
        }
    }
    out
}

/// The folder of a sample: what stands before the place's own files.
fn folder(path: &str) -> String {
    let mark = path.find("/at-").expect("a folder of a place");
    let end = path[mark + 1..].find('/').expect("a file in it");
    path[..=mark + end].to_owned()
}

#[test]
fn a_value_has_one_finding_and_one_verdict() {
    let (mut files, mut all) = (Vec::new(), Vec::new());
    for context in CONTEXTS {
        for sample in samples() {
            for (place, made) in PLACES {
                // a password in a list is none of Envoy's keys, a DSN is no value of one
                let folder = format!("{context}/{}/at-{place}", sample.name);
                files.extend(made(&sample.text).into_iter().map(|(name, text)| (format!("{folder}/{name}"), text)));
                all.push((folder, context, place, sample.class));
            }
        }
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let scene = Scene::new(&files);
    let assessed = scene.run(&["assess", "--format", "json"]).json();
    let mut verdicts: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for finding in assessed["findings"].as_array().expect("findings") {
        verdicts.entry(folder(finding["path"].as_str().unwrap_or_default())).or_default().push(finding);
    }
    let owners = ["k8s-secret-manifest-in-git", "k8s-plaintext-secret-env", "k8s-configmap-secret", "envoy-static-secret"];
    let joined = owners.join(",");
    let everything = findings(&scene, &[]);
    let selections: Vec<(Vec<&str>, BTreeMap<_, _>)> = [
        vec!["--preset", "all"],
        vec!["--select", "secrets"],
        vec!["--select", "secrets,k8s,envoy"],
        vec!["--select", &joined],
        vec!["--ignore", "secrets"],
    ]
    .into_iter()
    .chain(owners.iter().map(|rule| vec!["--select", rule]))
    .map(|args| (args.clone(), findings(&scene, &args)))
    .collect();
    let mut wrong = Vec::new();
    for (folder, context, place, class) in all {
        let none = Vec::new();
        let said = everything.get(&folder).unwrap_or(&none);
        let judged = verdicts.get(&folder).map_or(&[][..], Vec::as_slice);
        // assess: class and verdict
        let found: Vec<&str> = judged.iter().filter_map(|finding| finding["class"].as_str()).collect();
        let expected: Vec<&str> = class.into_iter().filter(|class| context != "docs/examples" || *class != "V4").collect();
        if found != expected {
            wrong.push(format!("assess: {folder}: {found:?}, not {expected:?}"));
            continue;
        }
        // check: one finding where somebody would act, with the level of the verdict
        let level = judged.first().and_then(|finding| match (finding["verdict"].as_str()?, finding["cap"].as_u64()) {
            ("cap", Some(1)) => Some("warning"),
            ("cap", _) => Some("error"),
            ("review", _) if class == Some("V1") => Some("warning"),
            ("review", _) => Some("info"),
            _ if class == Some("V4") => Some("info"),
            _ => None,
        });
        let levels: Vec<&str> = said.iter().map(|(_, severity, _)| severity.as_str()).collect();
        if levels != level.into_iter().collect::<Vec<_>>() {
            wrong.push(format!("check: {folder}: {said:?}, but {level:?}"));
            continue;
        }
        for (args, found) in &selections {
            let other = found.get(&folder).unwrap_or(&none);
            let same = other.iter().zip(said).all(|(other, said)| (&other.1, other.2) == (&said.1, said.2));
            // what nobody selected is silent
            let asked = args[0] != "--select" && args[0] != "--ignore"
                || args[1].contains("secrets") && args[0] == "--select"
                || said.iter().any(|(rule, ..)| args[1].contains(rule.as_str()))
                || args[0] == "--ignore" && said.iter().any(|(rule, ..)| !rule.starts_with("secret-"));
            let count = if asked { said.len() } else { 0 };
            if other.len() != count || !same {
                wrong.push(format!("{args:?}: {folder}: {other:?}, but {said:?}"));
            }
        }
        let owner = match place {
            "env" | "env-plain" | "env-flow" | "env-json" | "patch" | "patch-json" => owners[1],
            "secret" | "secret-coded" | "secret-json" | "generator" => owners[0],
            "configmap" | "configmap-file" => owners[2],
            _ => owners[3],
        };
        if said.iter().any(|(rule, ..)| rule != owner) {
            wrong.push(format!("{folder}: {said:?}, not {owner}"));
        }
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}
