//! The recipes of `docs/organisations.md`, as far as they can be run without their engines: what they start is what ztctl takes.

use serde_yaml::Value;

use super::read;
use crate::assess::archetype;
use crate::cli::Scene;

const DAY: &str = "2026-11-21";

/// The documents of the page's blocks of YAML.
fn documents() -> Vec<Value> {
    let page = read("docs/organisations.md");
    let blocks = page.split("```yaml\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(block, _)| block);
    let parse = |text: &str| serde_yaml::from_str::<Value>(text).expect("YAML");
    blocks.flat_map(|block| block.split("\n---\n").map(parse).collect::<Vec<_>>()).collect()
}

fn words(value: &Value) -> Vec<String> {
    value.as_sequence().expect("a list").iter().map(|word| word.as_str().expect("a word").to_owned()).collect()
}

fn repositories() -> Scene {
    let scene = Scene::new(&[("repos.txt", "shop/a\nshop/b\nshop/c\n")]);
    for (name, kind) in [("a", "l2-k8s-sealed"), ("b", "l3-eso-rotation"), ("c", "l0-k8s-base64")] {
        for (path, text) in archetype(kind) {
            scene.write(&format!("shop/{name}/{path}"), text);
        }
    }
    scene
}

fn merged(scene: &Scene, folder: &str) -> String {
    let text = scene.run(&["assess", "merge", folder, "--format", "json", "--as-of", DAY]).expect(0).stdout;
    // where the reports lie is not what they say
    text.replace(&format!("{folder}/"), "")
}

/// Every index of the Job runs what its pod says, and the merge what the page says.
#[test]
fn the_job_assesses_every_repository_once() {
    let documents = documents();
    let job = documents.iter().find(|one| one["kind"] == "Job").expect("a Job");
    let (spec, pod) = (&job["spec"], &job["spec"]["template"]["spec"]);
    let container = &pod["containers"][0];
    let completions = spec["completions"].as_u64().expect("a number");
    assert_eq!(words(&container["command"]), ["ztctl"]);
    let args = words(&container["args"]);
    assert!(args.contains(&format!("$(JOB_COMPLETION_INDEX)/{completions}")), "{args:?}");
    // what is referred to is there
    let claim = pod["volumes"][0]["persistentVolumeClaim"]["claimName"].as_str().expect("a claim");
    for (kind, name) in [("PersistentVolumeClaim", claim), ("ServiceAccount", pod["serviceAccountName"].as_str().expect("an account"))] {
        assert!(documents.iter().any(|one| one["kind"] == kind && one["metadata"]["name"] == name), "{kind} {name}");
    }
    let scene = repositories();
    for index in 0..completions {
        let own = args.iter().map(|arg| arg.replace("$(JOB_COMPLETION_INDEX)", &index.to_string()).replace("$(RUN)", "maturity-x7k2p"));
        let own: Vec<String> = own.chain(["--as-of".to_owned(), DAY.to_owned()]).collect();
        scene.run(&own.iter().map(String::as_str).collect::<Vec<_>>()).expect(0);
    }
    scene.run(&["assess", "--repos", "repos.txt", "-o", "whole", "--as-of", DAY]).expect(0);
    assert_eq!(merged(&scene, "reports/maturity-x7k2p"), merged(&scene, "whole"));
    let page = read("docs/organisations.md");
    let merge = page.lines().find(|line| line.trim().starts_with("args: [assess, merge")).expect("the merge");
    let merge: Value = serde_yaml::from_str(merge.trim()).expect("YAML");
    scene.run(&words(&merge["args"]).iter().map(String::as_str).collect::<Vec<_>>()).expect(0);
    assert!(scene.read("reports/maturity-x7k2p/org.html").contains("Zero-trust maturity of 3 repositories"));
}

/// The parts of the workflow's script are all of the list.
#[test]
fn the_workflow_deals_out_the_whole_list() {
    let documents = documents();
    let flow = documents.iter().find(|one| one["jobs"]["assess"].is_mapping()).expect("a workflow");
    let job = &flow["jobs"]["assess"];
    let matrix = &job["strategy"]["matrix"];
    let (shards, of) = (matrix["shard"].as_sequence().expect("parts"), matrix["of"][0].as_u64().expect("a number"));
    assert_eq!(shards.iter().filter_map(Value::as_u64).collect::<Vec<_>>(), (0..of).collect::<Vec<_>>());
    let script = |name: &str| {
        let steps = job["steps"].as_sequence().expect("steps");
        let step = steps.iter().find(|step| step["name"].as_str() == Some(name)).expect("the step");
        step["run"].as_str().expect("a script").to_owned()
    };
    let clone = script("Clone this part of the list");
    let deal = clone.lines().find(|line| line.contains("part.txt")).expect("the line that deals");
    let scene = repositories();
    scene.write("repos.txt", "# all\n\nshop/b\nshop/a\nshop/c\nshop/a\n");
    let mut names: Vec<String> = Vec::new();
    for shard in 0..of {
        let mut bash = std::process::Command::new("bash");
        bash.args(["-euo", "pipefail", "-c", deal]).env("SHARD", shard.to_string()).env("OF", of.to_string());
        if !bash.current_dir(scene.root()).status().is_ok_and(|status| status.success()) {
            return;
        }
        names.extend(scene.read("part.txt").lines().map(str::to_owned));
    }
    names.sort();
    assert_eq!(names, ["shop/a", "shop/b", "shop/c"]);
    assert!(script("Assess").contains("ztctl assess --repos part.txt -o reports --keep-going"));
}
