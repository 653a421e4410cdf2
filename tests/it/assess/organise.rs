//! Gates, comparisons, the history file, many repositories: the built binary.

use std::process::Command;

use serde_json::Value;

use crate::cli::{Run, Scene};

use super::archetype;

const DAY: &str = "2026-11-21";

const BAD: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: extra, namespace: orders}\nstringData:\n  password: Winter2024xQ\n";

/// A repository with one commit.
fn repository(name: &str, more: &[(&str, &str)]) -> Scene {
    let files = archetype(name);
    let all: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).chain(more.iter().copied()).collect();
    let scene = Scene::new(&all);
    git(&scene, &["init", "-q", "-b", "main", "."]);
    commit(&scene);
    scene
}

fn commit(scene: &Scene) {
    git(scene, &["add", "-A"]);
    git(scene, &["commit", "-q", "-m", "change"]);
}

fn git(scene: &Scene, args: &[&str]) {
    let who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
    let status = Command::new("git").args(who).args(args).current_dir(scene.root()).status().expect("git runs");
    assert!(status.success(), "git {args:?}");
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).expect("JSON")
}

fn report(scene: &Scene, args: &[&str]) -> Value {
    json(&scene.run(&[&["assess", "--format", "json", "--as-of", DAY], args].concat()).expect(0))
}

#[test]
fn nothing_changed_is_said_by_silence() {
    let scene = repository("l3-eso-rotation", &[]);
    let run = scene.run(&["assess", "--diff", "HEAD", "--format", "markdown", "--comment", "on-change"]).expect(0);
    assert_eq!(run.stdout, "");
    let delta = &report(&scene, &["--diff", "HEAD"])["delta"];
    assert_eq!(
        (&delta["changed"], &delta["against"]["kind"], &delta["against"]["name"]),
        (&false.into(), &"revision".into(), &"HEAD".into())
    );
    for part in ["evidence", "findings", "disqualifiers"] {
        assert_eq!(delta[part], serde_json::json!({ "added": [], "removed": [] }), "{part}");
    }
    // without `--comment` there is one
    assert!(scene.run(&["assess", "--diff", "HEAD", "--format", "markdown"]).expect(0).stdout.contains("ztctl-assess"));
}

#[test]
fn a_new_secret_is_a_regression_and_a_renamed_file_is_none() {
    let scene = repository("l3-eso-rotation", &[]);
    git(&scene, &["mv", "k8s", "manifests"]);
    let delta = report(&scene, &["--diff", "HEAD"])["delta"].clone();
    assert_eq!(delta["changed"], false, "{delta}");
    assert!(
        delta["renamed"].as_array().expect("a list").iter().any(|row| row["to"] == "manifests/deployment.yaml"),
        "{}",
        delta["renamed"]
    );
    scene.write("manifests/bad.yaml", BAD);
    let run = scene.run(&["assess", "--diff", "HEAD", "--no-regress", "--as-of", DAY]).expect(1);
    for line in
        ["the level fell from 3 to 0", "secrets fell from 3 to 0", "manifests/bad.yaml:5", "new disqualifier DQ.SEC.1", "L1.SEC.1 was met"]
    {
        assert!(run.stderr.contains(line), "{line}: {}", run.stderr);
    }
    let delta = report(&scene, &["--diff", "HEAD"])["delta"].clone();
    assert_eq!((&delta["changed"], &delta["level"]["before"], &delta["level"]["after"]), (&true.into(), &3.into(), &0.into()));
    assert_eq!(delta["findings"]["added"].as_array().expect("a list").len(), 1, "{}", delta["findings"]);
    assert_eq!(delta["findings"]["added"][0]["path"], "manifests/bad.yaml");
    assert!(!run.stdout.contains("Winter2024xQ") && !delta.to_string().contains("Winter2024xQ"));
    // the work tree is as it was
    assert!(scene.path("manifests/bad.yaml").exists() && !scene.path("k8s").exists());
}

/// Who can talk to whom is compared by workload, whether the other side is a revision or a report.
#[test]
fn edges_that_come_and_go_are_told_from_a_revision_and_from_a_report() {
    let scene = repository("l2-k8s-sealed", &[]);
    scene.run(&["assess", "--format", "json", "-o", "before.json", "--as-of", DAY]).expect(0);
    let before = scene.read("before.json");
    std::fs::remove_file(scene.path("before.json")).expect("removed");
    let policy = scene.read("k8s/network-policy.yaml");
    scene.write("k8s/network-policy.yaml", policy.replace("- port: 5432", "- port: 5432\n        - port: 9187"));
    let by_revision = report(&scene, &["--diff", "HEAD"])["delta"].clone();
    scene.write("../before-of-edges.json", &before);
    let by_report = report(&scene, &["--diff", "../before-of-edges.json"])["delta"].clone();
    std::fs::remove_file(scene.path("../before-of-edges.json")).expect("removed");
    assert_eq!(by_revision["reachability"], by_report["reachability"]);
    let change = &by_revision["reachability"][0];
    let edge = &change["changed"][0];
    assert_eq!((&edge["from"], &edge["to"]), (&"orders/Deployment/orders".into(), &"orders/Deployment/orders-db".into()), "{by_revision}");
    assert_eq!((&edge["before"], &edge["after"]), (&"open TCP 5432".into(), &"open TCP 5432, 9187".into()), "{by_revision}");
    assert_eq!((&by_revision["changed"], &change["listed"]), (&true.into(), &true.into()));
    // gone altogether: the database is open to all
    std::fs::remove_file(scene.path("k8s/network-policy.yaml")).expect("removed");
    let text = scene.run(&["assess", "--diff", "HEAD", "--as-of", DAY]).expect(0).stdout;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("orders/Deployment/orders → orders/Deployment/orders-db: open any port, was open TCP 5432"), "{text}");
    assert_eq!(report(&scene, &[])["delta"], serde_json::Value::Null);
}

#[test]
fn a_revision_is_its_tree_whatever_its_attributes_and_the_folder_of_the_run_say() {
    let scene = repository("l3-eso-rotation", &[(".gitattributes", "k8s/** export-ignore\n*.yaml filter=evil\n")]);
    git(&scene, &["config", "filter.evil.smudge", "touch started; cat"]);
    assert_eq!(report(&scene, &["--diff", "HEAD"])["delta"]["changed"], false);
    assert!(!scene.path("started").exists());
    // from a folder above, and by a path that is no work tree's root
    let parent = scene.root().parent().expect("a parent").to_owned();
    let name = scene.root().file_name().expect("a name").to_owned();
    let output = Command::new(env!("CARGO_BIN_EXE_ztctl"))
        .args(["assess", "--format", "json", "--diff", "HEAD"])
        .arg(&name)
        .current_dir(&parent)
        .output()
        .expect("the binary starts");
    let value: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&value["delta"]["changed"], &value["delta"]["renamed"]), (&false.into(), &serde_json::json!([])));
    // a folder that the revision does not have
    scene.write("new/secret.yaml", BAD);
    let delta = report(&scene, &["--diff", "HEAD", "new"])["delta"].clone();
    assert_eq!(delta["findings"]["added"].as_array().expect("a list").len(), 1, "{delta}");
}

#[test]
fn no_folder_of_a_revision_is_left_behind() {
    let scene = repository("l3-eso-rotation", &[]);
    let temporary = scene.path("tmp");
    std::fs::create_dir_all(&temporary).expect("a folder");
    let place = temporary.to_string_lossy().into_owned();
    let left = || std::fs::read_dir(&temporary).expect("a folder").count();
    scene.run_in(&[("TMPDIR", &place)], &["assess", "--diff", "HEAD", "-q", "k8s"], None).expect(0);
    assert_eq!(left(), 0);
    // its config is wrong: it cannot be assessed
    scene.write("ztctl.toml", "nonsense = 1\n");
    commit(&scene);
    std::fs::remove_file(scene.path("ztctl.toml")).expect("removed");
    let run = scene.run_in(&[("TMPDIR", &place)], &["assess", "--diff", "HEAD", "-q", "k8s"], None).expect(2);
    assert!(run.stderr.contains("could not be assessed"), "{}", run.stderr);
    assert_eq!(left(), 0);
}

#[test]
fn what_cannot_be_compared_is_a_usage_error() {
    let scene = repository("l2-k8s-sealed", &[("foreign.json", "{\"schema\": \"x\"}"), ("cut.json", "{\"sche")]);
    for (args, why) in [
        (&["--diff", "nowhere"][..], "git: "),
        (&["--diff", "--help"], "value"),
        (&["--diff", "foreign.json"], "its schema is `x`"),
        (&["--baseline", "cut.json"], "no JSON report"),
        (&["--baseline", "absent.json"], "no such file"),
        (&["--no-regress"], "needs `--baseline FILE` or `--diff REF`"),
        (&["--child", "revision:HEAD", "--diff", "x", "/"], ""),
        (&["--shard", "0/2"], "--repos"),
        (&["--fail-on", "nothing"], "possible values"),
    ] {
        let run = scene.run(&[&["assess"], args].concat()).expect(2);
        assert!(run.stderr.contains(why), "{args:?}: {}", run.stderr);
    }
}

#[test]
fn a_baseline_is_not_held_against_a_gate_but_a_token_is() {
    let scene = repository("l3-eso-rotation", &[("k8s/bad.yaml", BAD)]);
    scene.run(&["assess", "--format", "json", "-o", "base.json", "--as-of", DAY]).expect(0);
    let gate = |more: &[&str], code| scene.run(&[&["assess", "-q", "--as-of", DAY, "--min-level", "3"], more].concat()).expect(code);
    let worse = |base: &str| scene.run(&["assess", "-q", "--as-of", DAY, "--baseline", base, "--no-regress"]).expect(1);
    assert!(gate(&[], 1).stderr.contains("level 0 is below the least level 3"));
    // the level stays what it is
    assert_eq!(gate(&["--baseline", "base.json", "--no-regress"], 0).stdout, "0\n");
    let value = report(&scene, &["--baseline", "base.json", "--min-level", "3"]);
    assert_eq!((&value["overall"]["level"], &value["baseline"]["level"]), (&0.into(), &3.into()));
    // lines move
    scene.write("k8s/bad.yaml", format!("# a remark\n\n{BAD}"));
    gate(&["--baseline", "base.json", "--no-regress"], 0);
    // a second one is new
    scene.write("k8s/worse.yaml", BAD.replace("extra", "more"));
    let run = gate(&["--baseline", "base.json"], 1);
    assert!(run.stderr.contains("level 0 is below the least level 3"), "{}", run.stderr);
    assert!(worse("base.json").stderr.contains("new finding"));
    std::fs::remove_file(scene.path("k8s/worse.yaml")).expect("removed");
    // made here, so that no token lies in this repository
    let token = format!("AKIA{}", "Q3EGWZ5JTX7NYKRM");
    scene.write("k8s/bad.yaml", BAD.replace("Winter2024xQ", &token).replace("password", "AWS_ACCESS_KEY_ID"));
    scene.run(&["assess", "--format", "json", "-o", "token.json", "--as-of", DAY]).expect(0);
    let known = json(&scene.run(&["assess", "--format", "json", "--as-of", DAY]).expect(0));
    assert!(
        known["findings"].as_array().expect("a list").iter().any(|row| row["class"] == "V1" && row["cap"] == 0),
        "{}",
        known["findings"]
    );
    let run = worse("token.json");
    assert!(run.stderr.contains("no baseline accepts a credential in a provider's format: k8s/bad.yaml:5"), "{}", run.stderr);
    assert!(!run.stderr.contains(&token));
}

#[test]
fn values_to_review_fail_where_that_is_asked() {
    // made here, so that nothing that looks like a token lies in this repository
    let random = ["Zk3vQ9xLm2Tn8", "RbW5yHc7JdF4gPs6AeU"].concat();
    let text = BAD.replace("Winter2024xQ", &random).replace("password", "api-token");
    let scene = repository("l3-eso-rotation", &[("tests/secret.yaml", &text)]);
    let run = scene.run(&["assess", "-q", "--as-of", DAY, "--fail-on", "review"]).expect(1);
    assert!(run.stderr.contains("to review: tests/secret.yaml:5"), "{}", run.stderr);
    scene.run(&["assess", "--as-of", DAY, "--format", "json", "-o", "base.json"]).expect(0);
    scene.run(&["assess", "-q", "--as-of", DAY, "--fail-on", "review", "--baseline", "base.json"]).expect(0);
    scene.write("ztctl.toml", "[assess]\nfail-on = [\"review\"]\n");
    scene.run(&["assess", "-q", "--as-of", DAY]).expect(1);
    scene.write(
        ".ztctl/waivers.yaml",
        "version: 1\nwaivers:\n- {id: W-1, criteria: [L1.SEC.1], match: {path: 'tests/**'}, reason: x, owner: me, expires: 2027-01-01}\n",
    );
    scene.run(&["assess", "-q", "--as-of", DAY]).expect(0);
}

#[test]
fn gates_of_the_config_count_and_the_command_line_stands_in() {
    let config = "[assess]\nmin-domain = { audit = 3 }\nfail-on = [\"waivers\"]\nname = \"orders\"\nowner = \"team-a\"\ntier = \"1\"\ntags = [\"pci\"]\nlinks = [\"policies\"]\n";
    let scene = repository("l2-k8s-sealed", &[("ztctl.toml", config)]);
    assert!(scene.run(&["assess", "-q"]).expect(1).stderr.contains("audit is 2, below the least level 3"));
    scene.run(&["assess", "-q", "--min-domain", "audit=2"]).expect(0);
    let target = report(&scene, &["--min-domain", "audit=2"])["target"].clone();
    assert_eq!((&target["name"], &target["owner"], &target["tier"]), (&"orders".into(), &"team-a".into(), &"1".into()));
    assert_eq!((&target["tags"], &target["links"]), (&serde_json::json!(["pci"]), &serde_json::json!(["policies"])));
    scene.write(".ztctl/waivers.yaml", "version: 1\nwaivers: [\n");
    let run = scene.run(&["assess", "-q", "--min-domain", "audit=2"]).expect(1);
    assert!(run.stderr.contains("1 waiver not valid"), "{}", run.stderr);
    let run = scene.run(&["assess", "--min-domain", "audit=2", "--fail-on", "review"]).expect(0);
    assert!(run.stderr.contains(".ztctl/waivers.yaml:") && run.stderr.contains("the file cannot be read"), "{}", run.stderr);
    for wrong in
        ["min-domain = { devices = 1 }", "min-domain = { audit = 6 }", "fail-on = [\"all\"]", "no-regress = 1", "max-hidden-percent = 101"]
    {
        scene.write("ztctl.toml", format!("[assess]\n{wrong}\n"));
        scene.run(&["assess", "-q"]).expect(2);
    }
}

#[test]
fn what_the_config_hides_makes_the_result_doubtful() {
    let scene = repository("l3-eso-rotation", &[("ztctl.toml", "exclude = [\"cluster/**\"]\n[assess]\nmax-hidden-percent = 10\n")]);
    let value = report(&scene, &[]);
    assert_eq!(
        (&value["warnings"][0]["id"], &value["overall"]["confidence"]),
        (&"DQ.GOV.1".into(), &"low".into()),
        "{}",
        value["warnings"]
    );
    let told: Vec<_> = value["disqualifiers"].as_array().expect("a list").iter().filter(|one| one["id"] == "DQ.GOV.1").collect();
    assert_eq!((told.len(), &told[0]["evidence"][0]["fact"], &told[0]["headline"]), (1, &"files_hidden".into(), &5.into()));
    let explained = scene.run(&["assess", "--explain", "DQ.GOV.1", "--as-of", DAY]).expect(0).stdout;
    assert!(explained.contains("the configuration hides"), "{explained}");
    scene.write("ztctl.toml", "exclude = [\"cluster/**\"]\n[assess]\nmax-hidden-percent = 60\n");
    assert_eq!(report(&scene, &[])["warnings"], serde_json::json!([]));
}

#[test]
fn history_has_one_line_a_commit_and_stands_what_others_wrote() {
    let scene = repository("l2-k8s-sealed", &[]);
    let run = || scene.run(&["assess", "--history-file", "log/history.jsonl", "--as-of", DAY, "--format", "json"]).expect(0);
    run();
    run();
    assert_eq!(scene.read("log/history.jsonl").lines().count(), 1);
    let mut text = scene.read("log/history.jsonl");
    text.push_str("garbage \u{1b}[31m\n{\"date\":\"2026-11");
    scene.write("log/history.jsonl", &text);
    scene.write("k8s/bad.yaml", BAD);
    commit(&scene);
    let last = run();
    assert!(last.stderr.contains("log/history.jsonl:2: 2 lines are none of a history"), "{}", last.stderr);
    let text = scene.read("log/history.jsonl");
    assert!(text.starts_with('{') && text.lines().count() == 4 && text.ends_with("}\n"), "{text}");
    let points = json(&last)["history"].clone();
    assert_eq!((&points[0]["level"], &points[1]["level"], points.as_array().expect("a list").len()), (&2.into(), &0.into(), 2));
    assert_eq!(points[1]["date"], DAY);
    std::fs::create_dir_all(scene.path("folder")).expect("a folder");
    scene.run(&["assess", "--history-file", "folder"]).expect(2);
}

#[test]
fn attestations_count_where_they_are_accepted_and_never_for_level_5() {
    let statements = "version: 1\nattestations:\n  - id: A-1\n    criteria: [L2.AUD.1]\n    statement: the audit policy lies in the platform's repository\n    url: https://example.com/audit\n    owner: platform@example.com\n    expires: 2027-06-30\n  - id: A-2\n    criteria: [L5.NET.1]\n    statement: all edges are known\n    owner: x\n    expires: 2027-06-30\n  - id: A-3\n    criteria: [L1.SEC.1]\n    statement: the value is a dummy\n    owner: x\n    expires: 2027-06-30\n";
    let scene = repository("l2-k8s-sealed", &[(".ztctl/attestations.yaml", statements), ("k8s/bad.yaml", BAD)]);
    let audit = scene.path("cluster/audit-policy.yaml");
    if audit.exists() {
        std::fs::remove_file(audit).expect("removed");
    }
    let plain = report(&scene, &[]);
    let counted = report(&scene, &["--accept-attestations"]);
    for value in [&plain, &counted] {
        let stated = &value["attestations"];
        assert!(stated["invalid"][0]["why"].as_str().expect("why").contains("`L5.NET.1` cannot be attested"), "{stated}");
        // what the files show outweighs what is said
        assert_eq!(value["overall"]["level"], 0);
        assert!(stated["unmatched"].as_array().expect("a list").iter().any(|row| row["id"] == "A-3"), "{stated}");
    }
    assert_eq!((&plain["attestations"]["accepted"], &counted["attestations"]["accepted"]), (&false.into(), &true.into()));
}

#[test]
fn shards_divide_the_list_and_merge_joins_them() {
    let scene = Scene::new(&[("list.txt", "# all\nl0-k8s-base64\n./l2-k8s-sealed/\n\nl3-eso-rotation\nl5-istio-opa\n")]);
    for name in ["l0-k8s-base64", "l2-k8s-sealed", "l3-eso-rotation", "l5-istio-opa"] {
        for (path, text) in archetype(name) {
            scene.write(&format!("{name}/{path}"), text);
        }
    }
    for shard in 0..3 {
        scene.run(&["assess", "--repos", "list.txt", "--shard", &format!("{shard}/3"), "-o", "out", "--as-of", DAY]).expect(0);
    }
    let mut names: Vec<String> = std::fs::read_dir(scene.path("out"))
        .expect("out")
        .map(|entry| entry.expect("one").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names.len(), 4, "{names:?}");
    scene.run(&["assess", "--repos", "list.txt", "-o", "whole", "--as-of", DAY]).expect(0);
    for name in &names {
        assert_eq!(scene.read(&format!("out/{name}")), scene.read(&format!("whole/{name}")), "{name}");
    }
    let org = json(&scene.run(&["assess", "merge", "out", "--format", "json", "--as-of", DAY]).expect(0));
    assert_eq!(org["reports"]["merged"], 4);
    assert_eq!(org["distribution"]["0"], 1);
    // one that is not there costs itself
    scene.write("list.txt", "nowhere\nl2-k8s-sealed\n");
    let run = scene.run(&["assess", "--repos", "list.txt", "-o", "part"]).expect(2);
    assert!(run.stderr.contains("nowhere: not assessed"), "{}", run.stderr);
    scene.run(&["assess", "--repos", "list.txt", "-o", "part", "--keep-going"]).expect(0);
    // and is not missing unseen
    let merged = scene.run(&["assess", "merge", "part", "--format", "json"]).expect(2);
    assert!(merged.stderr.contains("`nowhere` could not be assessed: `nowhere` is no folder"), "{}", merged.stderr);
    let org = json(&merged);
    assert_eq!((&org["reports"]["merged"], org["failures"].as_array().expect("a list").len()), (&1.into(), 1), "{org}");
    let run = scene.run(&["assess", "--repos", "list.txt", "-o", "part", "--keep-going", "--min-level", "3"]).expect(1);
    assert!(run.stderr.contains("l2-k8s-sealed: level 2 is below the least level 3"), "{}", run.stderr);
    for wrong in ["3/3", "1", "a/b", "0/0", "-1/2"] {
        scene.run(&["assess", "--repos", "list.txt", "-o", "part", &format!("--shard={wrong}")]).expect(2);
    }
    scene.write("empty.txt", "# nothing\n");
    scene.run(&["assess", "--repos", "empty.txt", "-o", "part"]).expect(2);
}

/// Parts differ by one repository at most, whatever the order of the list.
#[test]
fn shards_are_even() {
    let scene = Scene::new(&[]);
    let names: Vec<String> = (0..7).map(|at| format!("team-{}/repo-{at}", at % 2)).collect();
    for name in &names {
        scene.write(&format!("{name}/README.md"), "# A repository\n");
    }
    let mut turned = names.clone();
    turned.reverse();
    for (list, order) in [("list.txt", &names), ("turned.txt", &turned)] {
        scene.write(list, order.join("\n"));
        let sizes: Vec<usize> = (0..3)
            .map(|shard| {
                let folder = format!("{list}-{shard}");
                scene.run(&["assess", "--repos", list, "--shard", &format!("{shard}/3"), "-o", &folder, "--as-of", DAY]).expect(0);
                std::fs::read_dir(scene.path(&folder)).expect("a folder").count()
            })
            .collect();
        assert_eq!(sizes, [3, 2, 2], "{list}");
    }
    let files = |folder: &str| {
        let entries = std::fs::read_dir(scene.path(folder)).expect("a folder");
        entries.map(|entry| entry.expect("an entry").file_name()).collect::<std::collections::BTreeSet<_>>()
    };
    for shard in 0..3 {
        assert_eq!(files(&format!("list.txt-{shard}")), files(&format!("turned.txt-{shard}")));
    }
}

/// A baseline holds wherever the run starts: fingerprints name files from the project's folder.
#[test]
fn fingerprints_do_not_depend_on_the_working_directory() {
    let scene = Scene::new(&[("shop/.git/HEAD", "ref: refs/heads/main\n"), ("shop/k8s/notes.txt", "x")]);
    for (path, text) in archetype("l0-k8s-base64") {
        scene.write(&format!("shop/{path}"), text);
    }
    let run = |folder: &str, args: &[&str]| {
        let at = scene.path(folder);
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_ztctl")).args(args).current_dir(at).output().expect("it runs");
        (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let prints = |folder: &str, path: &str, command: &str| {
        let (_, text, error) = run(folder, &[command, path, "--format", "json", "--as-of", DAY]);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{error}"));
        let mut out = std::collections::BTreeSet::new();
        let of = |item: &serde_json::Value, key: &str| item[key].as_str().unwrap_or_default().to_owned();
        for item in value["findings"].as_array().expect("findings") {
            out.insert(of(item, if command == "check" { "fingerprint" } else { "id" }));
        }
        for item in value["criteria"].as_array().into_iter().flatten().flat_map(|one| one["evidence"].as_array().expect("evidence")) {
            out.insert(of(item, "fingerprint"));
        }
        assert!(out.len() > 2, "{text}");
        out
    };
    for command in ["check", "assess"] {
        let top = prints("shop", ".", command);
        let absolute = scene.path("shop").display().to_string();
        for (folder, path) in [("", "shop"), ("shop/k8s", ".."), ("shop", absolute.as_str()), ("shop/k8s", "../../shop")] {
            assert_eq!(prints(folder, path, command), top, "{command} {path} in `{folder}`");
        }
    }
    // what one run accepts, another accepts
    let (code, _, error) = run("shop", &["baseline", "-o", "../known.json"]);
    assert_eq!(code, Some(0), "{error}");
    let (code, text, error) = run("", &["check", "shop", "--baseline", "known.json"]);
    assert_eq!(code, Some(0), "{text}{error}");
    let (code, _, error) = run("shop", &["assess", "--format", "json", "-o", "../before.json", "--as-of", DAY]);
    assert_eq!(code, Some(0), "{error}");
    let (code, text, error) = run("", &["assess", "shop", "--format", "json", "--baseline", "before.json", "--no-regress", "--as-of", DAY]);
    assert_eq!(code, Some(0), "{error}");
    let delta = &serde_json::from_str::<serde_json::Value>(&text).expect("JSON")["delta"];
    for (key, part) in [("evidence", "added"), ("evidence", "removed"), ("findings", "added"), ("findings", "removed")] {
        assert_eq!(delta[key][part], serde_json::json!([]), "{key} {part}: {delta}");
    }
}

#[test]
fn schemas_of_papers_and_merged_reports_are_published() {
    use ztctl::report::assess::{org, papers};
    for (name, schema) in
        [("assess-org", org::schema()), ("waivers", papers::waivers_schema()), ("attestations", papers::attestations_schema())]
    {
        let text = serde_json::to_string_pretty(&schema).expect("a value") + "\n";
        crate::config::docs::hold(&format!("docs/schema/{name}.v1.json"), &text);
        assert_eq!(Scene::new(&[]).run(&["schema", name]).expect(0).stdout, text, "{name}");
    }
    // what is merged holds what the schema names, and nothing else
    let scene = repository("l2-k8s-sealed", &[]);
    scene.run(&["assess", "--format", "json", "-o", "a.json", "--as-of", DAY]).expect(0);
    let org = json(&scene.run(&["assess", "merge", "a.json", "--format", "json"]).expect(0));
    super::reports::check(&org::schema(), &org::schema(), &org, "merged");
    let delta = report(&scene, &["--diff", "HEAD", "--history-file", "h.jsonl", "--baseline", "a.json", "--min-level", "0"]);
    let schema = ztctl::report::assess::assess_schema();
    super::reports::check(&schema, &schema, &delta, "with everything");
}
