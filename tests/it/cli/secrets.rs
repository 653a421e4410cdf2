//! Secrets: what is found where, what is said of it, and that no value leaves the program.

use std::process::Command;

use data_encoding::{BASE64, HEXLOWER};

use super::Scene;

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn text(&mut self, alphabet: &str, length: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..length).map(|_| letters[(self.next() % letters.len() as u64) as usize]).collect()
    }
}

const LETTERS: &str = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// Values as providers, machines and people make them. None stands in the repository in this form.
struct Seeds {
    gitlab: String,
    aws: String,
    random: String,
    password: String,
    special: String,
    dsn: String,
    pem: String,
}

impl Seeds {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let body: Vec<u8> = (0..32).map(|_| dice.next().to_be_bytes()[3]).collect();
        let der = [&[0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20][..], &body].concat();
        Self {
            gitlab: format!("glpat-{}", dice.text(LETTERS, 20)),
            aws: format!("AKIA{}", dice.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)),
            random: dice.text(LETTERS, 40),
            password: format!("Hue{}!{}", dice.text("aeiou", 3), dice.text("23456789", 4)),
            special: format!("p\"w/{}&<{}", dice.text(LETTERS, 8), dice.text("23456789", 4)),
            dsn: format!("Kei{}7{}", dice.text("aeiou", 3), dice.text(LETTERS, 6)),
            pem: format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", BASE64.encode(&der)),
        }
    }

    fn key_body(&self) -> &str {
        self.pem.lines().nth(1).expect("a body")
    }

    /// What must not be seen, in any form.
    fn forbidden(&self) -> Vec<String> {
        let values = [&self.gitlab, &self.aws, &self.random, &self.password, &self.special, &self.dsn];
        let mut out: Vec<String> = vec![self.key_body().to_owned()];
        for value in values {
            let percent: String =
                value.bytes().map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") }).collect();
            let quoted = serde_json::to_string(value).expect("a string");
            let coded = BASE64.encode(value.as_bytes());
            out.extend([
                value.clone(),
                quoted.trim_matches('"').to_owned(),
                percent,
                coded.trim_end_matches('=').to_owned(),
                HEXLOWER.encode(value.as_bytes()),
            ]);
        }
        out
    }

    fn scene(&self) -> Scene {
        let Self { gitlab, aws, random, password, special, dsn, pem } = self;
        let coded = |text: &str| BASE64.encode(text.as_bytes());
        let indented: String = pem.lines().map(|line| format!("    {line}\n")).collect();
        let quoted = serde_json::to_string(special).expect("a string");
        let secret = format!(
            "apiVersion: v1\ndata:\n  password: {}\n  token: {}\n  dsn: {}\n  tls.key: {}\nkind: Secret\nmetadata:\n  name: db\n  namespace: shop\nstringData:\n  other: {quoted}\n  key.pem: |\n{indented}",
            coded(password),
            coded(gitlab),
            coded(&format!("postgres://shop:{dsn}@db/shop")),
            coded(pem),
        );
        let pod = format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  containers:\n  - name: web\n    image: web:1\n    env:\n    - {{name: DB_PASSWORD, value: {password}}}\n    - name: DATABASE_URL\n      value: postgres://shop:{dsn}@db/shop\n    - name: API_KEY\n      value: \"{random}\"\n    securityContext: {{privileged: true}}\n"
        );
        let broken = format!(
            "apiVersion: v1\nkind: ConfigMap\ndata:\n  api_token: {gitlab}\n  broken: [a, {random}\n  password: \"{password}\n---\nkind: x\n"
        );
        let terraform = format!(
            "provider \"aws\" {{\n  access_key = \"{aws}\"\n  secret_key = \"{random}\"\n}}\nvariable \"db_password\" {{\n  default = \"{password}\"\n}}\nresource \"x\" \"y\" {{ password = \"{random}\n"
        );
        let rego =
            format!("package shop\n\nimport rego.v1\n\napi_token := \"{gitlab}\"\nallow if input.token == \"{random}\"\nbroken {{\n");
        let clean_rego = format!("package shop.a\n\napi_token := \"{gitlab}\"\n\nallow {{ input.password == \"{password}\" }}\n");
        let scene = Scene::new(&[
            ("k8s/secret.yaml", &secret),
            ("k8s/pod.yaml", &pod),
            ("k8s/broken.yaml", &broken),
            ("infra/main.tf", &terraform),
            ("policy/shop.rego", &rego),
            ("policy/a.rego", &clean_rego),
            (".env", &format!("API_TOKEN={gitlab}\nDB_PASSWORD={password}\nSECRET_KEY={random}\n")),
            (
                "src/settings.py",
                &format!(
                    "SECRET_KEY = '{random}'\nDATABASES = {{'default': {{'PASSWORD': '{password}'}}}}\nURL = 'postgres://a:{dsn}@h/d'\n"
                ),
            ),
            ("src/app.properties", &format!("spring.datasource.password={password}\napi.token={gitlab}\n")),
            ("Dockerfile", &format!("FROM alpine:3.22\nENV API_TOKEN={gitlab} DB_PASSWORD={password}\n")),
            ("config.json", &format!("{{\"password\": {quoted}, \"api_key\": \"{random}\", \"broken\": }}")),
            (
                ".github/workflows/ci.yml",
                &format!(
                    "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: {aws}\n    steps:\n    - run: curl -H 'Authorization: Bearer {gitlab}' https://x\n"
                ),
            ),
            ("certs/server.key", pem),
            ("docs/setup.md", &format!("# Set up\n\n    export API_TOKEN={gitlab}\n\n```rego\npackage p\n\ntoken := \"{gitlab}\"\n```\n")),
            (
                "kustomization.yaml",
                &format!(
                    "resources: [k8s/pod.yaml]\nsecretGenerator:\n- name: gen\n  literals:\n  - password={password}\n  - token={gitlab}\n"
                ),
            ),
        ]);
        scene.write("src/latin.txt", [b"password: ", password.as_bytes(), b" caf\xe9\ntoken=", gitlab.as_bytes()].concat());
        let wide: Vec<u8> = format!("\u{feff}api_token={gitlab}\r\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
        scene.write("src/wide.ini", wide);
        scene
    }
}

#[test]
fn no_output_shows_a_value() {
    for seed in [7, 4_711] {
        let seeds = Seeds::new(seed);
        let scene = seeds.scene();
        git(&scene, &["init", "-q", "."]);
        git(&scene, &["add", "-A"]);
        git(&scene, &["commit", "-q", "-m", "all"]);
        std::fs::remove_file(scene.path("src/app.properties")).expect("removed");
        let old = format!("api_token = \"glpat-{}\"\n", Dice(seed + 1).text(LETTERS, 20));
        let mut forbidden = seeds.forbidden();
        forbidden.push(old.split('"').nth(1).expect("a value").to_owned());
        scene.write("old.toml", &old);
        git(&scene, &["add", "-A"]);
        git(&scene, &["commit", "-q", "-m", "more"]);
        std::fs::remove_file(scene.path("old.toml")).expect("removed");
        let mut runs: Vec<Vec<&str>> = Vec::new();
        for format in ["pretty", "concise", "json", "sarif", "junit", "github", "gitlab", "markdown"] {
            runs.push(vec!["check", "--format", format, "--history"]);
            runs.push(vec!["check", "--format", format, "--preset", "all"]);
            runs.push(vec!["check", "--format", format, "--select", "secrets"]);
            runs.push(vec!["verify", "--format", format]);
            runs.push(vec!["assess", "--format", format, "--history"]);
        }
        for format in ["html", "badge", "badge-json"] {
            runs.push(vec!["assess", "--format", format, "--history"]);
        }
        runs.push(vec!["assess", "--questions"]);
        runs.push(vec!["assess", "--all-steps"]);
        runs.push(vec!["assess", "--framework", "pci"]);
        runs.push(vec!["check", "--diff", "--unsafe-fixes", "--preset", "all"]);
        runs.push(vec!["verify", "--diff", "--unsafe-fixes", "--preset", "all"]);
        runs.push(vec!["baseline"]);
        runs.push(vec!["assess", "--explain", "L1.SEC.1"]);
        runs.push(vec!["assess", "--explain", "DQ.SEC.1"]);
        runs.push(vec!["check", "k8s/broken.yaml", "config.json", "infra/main.tf"]);
        runs.push(vec!["lint", "policy"]);
        let mut shown = Vec::new();
        for args in runs {
            for color in ["never", "always"] {
                let all = [&args[..], &["--color", color]].concat();
                let all = if args[0] == "baseline" { args.clone() } else { all };
                let run = scene.run(&all);
                let said = format!("{}\n{}", run.stdout, run.stderr);
                shown.extend(forbidden.iter().filter(|value| said.contains(value.as_str())).map(|value| format!("{args:?}: {value}")));
            }
        }
        shown.dedup();
        assert!(shown.is_empty(), "{}", shown.join("\n"));
    }
}

fn git(scene: &Scene, args: &[&str]) {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main"];
    let status = Command::new("git").args(identity).args(args).current_dir(scene.root()).status().expect("git runs");
    assert!(status.success(), "git {args:?}");
}

fn has_git() -> bool {
    Command::new("git").arg("--version").output().is_ok_and(|out| out.status.success())
}

/// `(rule, path, line)` of what rules about secrets say.
fn secrets(scene: &Scene, args: &[&str]) -> Vec<(String, String, u64)> {
    scene.findings(&[&["check", "--select", "secrets"], args].concat())
}

#[test]
fn each_value_is_one_finding() {
    let seeds = Seeds::new(99);
    let scene = seeds.scene();
    let mut places: Vec<(String, u64)> = scene
        .findings(&["check"])
        .into_iter()
        .filter(|(rule, ..)| {
            rule.starts_with("secret-") || ["k8s-secret-manifest-in-git", "k8s-plaintext-secret-env"].contains(&rule.as_str())
        })
        .map(|(_, path, line)| (path, line))
        .filter(|(path, _)| path == "k8s/pod.yaml" || path == "k8s/secret.yaml")
        .collect();
    let all = places.len();
    places.dedup();
    assert_eq!(all, places.len());
    assert_eq!(
        places.iter().filter(|(path, _)| path == "k8s/secret.yaml").map(|(_, line)| *line).collect::<Vec<_>>(),
        [3, 4, 5, 6, 12, 13]
    );
    assert_eq!(places.iter().filter(|(path, _)| path == "k8s/pod.yaml").map(|(_, line)| *line).collect::<Vec<_>>(), [11, 13, 15]);
}

#[test]
fn files_that_version_control_tracks_and_ignores_are_read() {
    if !has_git() {
        return;
    }
    let seeds = Seeds::new(3);
    let scene = Scene::new(&[
        (".gitignore", "*.env\n"),
        ("app.env", &format!("API_TOKEN={}\n", seeds.gitlab)),
        ("local.env", &format!("API_TOKEN={}\n", seeds.gitlab)),
    ]);
    git(&scene, &["init", "-q", "."]);
    git(&scene, &["add", "-f", "app.env", ".gitignore"]);
    let found = secrets(&scene, &["."]);
    assert_eq!(found, [("secret-token".to_owned(), "app.env".to_owned(), 1)]);
    assert_eq!(secrets(&scene, &["local.env"]).len(), 1, "a file that is named is read");
}

#[test]
fn the_history_is_searched_where_that_is_asked_for() {
    if !has_git() {
        return;
    }
    let seeds = Seeds::new(5);
    let scene = Scene::new(&[
        ("a b/conf \"x\".toml", &format!("\n# {}\napi_token = \"{}\"\n", "x", seeds.gitlab)),
        ("deployment.yaml", "kind: List\napiVersion: v1\nitems: []\n"),
    ]);
    assert!(scene.run(&["check", "--history", "--format", "json"]).expect(1).stdout.contains("no repository"), "said, not silent");
    git(&scene, &["init", "-q", "."]);
    git(&scene, &["add", "-A"]);
    git(&scene, &["commit", "-q", "-m", "one"]);
    scene.write("a b/conf \"x\".toml", "api_token = \"${TOKEN}\"\n");
    git(&scene, &["commit", "-q", "-a", "-m", "two"]);
    assert_eq!(secrets(&scene, &["."]), []);
    let run = scene.run(&["check", "--select", "secrets", "--history", "--format", "json"]).expect(1);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(report["findings"][0]["path"], "a b/conf \"x\".toml");
    assert!(report["findings"][0]["message"].as_str().expect("text").contains("line 3"), "{report}");
    let run = scene.run(&["assess", "--history", "--format", "json"]).expect(0);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let finding = &report["findings"][0];
    assert_eq!((&finding["context"], &finding["verdict"], &finding["cap"]), (&"C4".into(), &"leaked".into(), &2.into()));
    assert_eq!(scene.run(&["assess", "--history", "--format", "json"]).stdout, run.stdout);
}

#[test]
fn what_is_not_read_is_said() {
    let scene = Scene::new(&[
        ("model.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n"),
        (".gitmodules", "[submodule \"x\"]\n\tpath = lib/x\n\turl = https://example.com/x\n"),
        ("deployment.yaml", "kind: List\napiVersion: v1\nitems: []\n"),
    ]);
    scene.write("logo.png", b"\x89PNG\r\n\x1a\n\0\0\0");
    let run = scene.run(&["check", "--format", "json"]).expect(0);
    for words in ["Git LFS", "a submodule that is not checked out", "a binary file"] {
        assert!(run.stdout.contains(words), "{words}: {}", run.stdout);
    }
    let run = scene.run(&["assess", "--format", "json"]).expect(0);
    assert!(run.stdout.contains("file_not_scanned") || run.stdout.contains("Git LFS"), "{}", run.stdout);
}

#[test]
fn marks_beside_a_value_allow_it_and_are_counted() {
    let seeds = Seeds::new(11);
    let token = &seeds.gitlab;
    let files = [
        ("a.env", format!("API_TOKEN={token} # gitleaks:allow\n")),
        ("b.py", format!("# pragma: allowlist nextline secret\nAPI_TOKEN = '{token}'\n")),
        ("c.js", format!("const apiToken = '{token}'; // pragma: allowlist secret\n")),
        ("d.config", format!("<!-- ztctl: ignore[secret-token] ours -->\n<add key=\"ApiToken\" value=\"{token}\" />\n")),
        ("e.ini", format!("; ztctl: ignore[secrets] ours\napi_token = {token}\n")),
        ("f.toml", format!("api_token = \"{token}\" # ztctl: ignore[secret-token] until=2027-01-01 ours\n")),
        ("g.yaml", format!("# ztctl: ignore[secret-token]\napi_token: {token}\n")),
        ("h.rego", format!("package h\n\n# ztctl: ignore[secret-token]\napi_token := \"{token}\"\n")),
    ];
    let all: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let scene = Scene::new(&all);
    let run = scene.run(&["check", "--select", "secrets,meta", "--as-of", "2026-11-22", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(0), "{report}");
    assert_eq!(report["summary"]["suppressed"], 8);
    // in production a live token stays one
    let run = scene.run(&["assess", "--format", "json"]).expect(0);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(8), "{report}");
    assert_eq!(report["findings"][0]["verdict"], "cap");
    assert_eq!(report["findings"][0]["allowed_by"], serde_json::Value::Null);
    let run = scene.run(&["assess", "--allow-secret-waivers", "--format", "json"]).expect(0);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert!(report["findings"].as_array().is_some_and(|all| all.iter().all(|finding| !finding["allowed_by"].is_null())), "{report}");
    // nothing is deployed here, so that none of them covers a subject
    let listed = |key: &str| report["waivers"][key].as_array().map_or(0, Vec::len);
    assert_eq!(listed("active") + listed("unmatched"), 8, "{}", report["waivers"]);
}

#[test]
fn fingerprints_of_gitleaks_allow_what_they_name() {
    let seeds = Seeds::new(17);
    let token = &seeds.gitlab;
    let scene = Scene::new(&[
        ("a.env", &format!("A=1\nAPI_TOKEN={token}\n")),
        ("k8s/secret.yaml", &format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData:\n  token: {token}\n")),
        ("b.env", &format!("API_TOKEN={token}\n")),
        (".gitleaksignore", "# known\na.env:gitlab-pat:2\n./k8s/secret.yaml:generic-api-key:5\nb.env:gitlab-pat:7\nnonsense\n"),
    ]);
    let run = scene.run(&["check", "--select", "secrets,k8s-secret-manifest-in-git", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let paths: Vec<_> = report["findings"].as_array().expect("findings").iter().map(|finding| finding["path"].as_str()).collect();
    assert_eq!(paths, [Some("b.env")], "{report}");
    assert_eq!(report["summary"]["suppressed"], 2);
    if !has_git() {
        return;
    }
    // in the history, by the commit that brought it
    git(&scene, &["init", "-q", "."]);
    git(&scene, &["add", "-A"]);
    git(&scene, &["commit", "-q", "-m", "one"]);
    let head = Command::new("git").args(["rev-parse", "HEAD"]).current_dir(scene.root()).output().expect("git runs").stdout;
    let head = String::from_utf8(head).expect("a hash");
    for path in ["a.env", "b.env", "k8s/secret.yaml"] {
        scene.write(path, "x: 1\n");
    }
    let history = || scene.run(&["check", "--select", "secrets", "--history", "--format", "json"]).json();
    scene.write(".gitleaksignore", "");
    let found = history();
    assert_eq!(found["findings"].as_array().map(Vec::len), Some(1), "{found}");
    let (path, line) = (found["findings"][0]["path"].as_str().expect("a path"), 2);
    assert_eq!(path, "a.env");
    scene.write(".gitleaksignore", format!("{}:{path}:gitlab-pat:{line}\n", "0".repeat(40)));
    assert_eq!(history()["findings"].as_array().map(Vec::len), Some(1), "another commit");
    scene.write(".gitleaksignore", format!("{}:{path}:gitlab-pat:{line}\n", head.trim()));
    let found = history();
    assert_eq!(found["findings"].as_array().map(Vec::len), Some(0), "{found}");
    assert_eq!(found["summary"]["suppressed"], 1);
}

#[test]
fn a_waiver_covers_what_only_the_history_holds() {
    if !has_git() {
        return;
    }
    let seeds = Seeds::new(19);
    let scene = Scene::new(&[
        ("app.toml", &format!("api_token = \"{}\"\n", seeds.gitlab)),
        (
            "deploy.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  template:\n    spec: {containers: [{name: web, image: 'web:1'}]}\n",
        ),
    ]);
    git(&scene, &["init", "-q", "."]);
    git(&scene, &["add", "-A"]);
    git(&scene, &["commit", "-q", "-m", "one"]);
    scene.write("app.toml", "api_token = \"${TOKEN}\"\n");
    git(&scene, &["commit", "-q", "-a", "-m", "two"]);
    let assess = || scene.run(&["assess", "--history", "--as-of", "2026-11-22", "--format", "json"]).json();
    let holds =
        |report: &serde_json::Value| report["disqualifiers"].as_array().expect("a list").iter().any(|held| held["id"] == "DQ.SEC.3");
    assert!(holds(&assess()), "the history holds the level down");
    let waiver = "version: 1\nwaivers:\n- id: old-token\n  criteria: [L1.SEC.1]\n  match: {path: app.toml}\n  reason: revoked at once\n  owner: team@shop.io\n  expires: 2026-12-31\n";
    scene.write(".ztctl/waivers.yaml", waiver);
    let report = assess();
    assert!(!holds(&report), "{}", report["disqualifiers"]);
    assert_eq!(report["waivers"]["active"].as_array().map(Vec::len), Some(1), "{}", report["waivers"]);
    // one that has expired does not
    scene.write(".ztctl/waivers.yaml", waiver.replace("2026-12-31", "2026-11-01"));
    assert!(holds(&assess()));
}

#[test]
fn one_file_of_a_workspace_is_read_for_its_own_secrets() {
    let seeds = Seeds::new(13);
    let line = format!("API_TOKEN={}\n", seeds.gitlab);
    let scene = Scene::new(&[("a.env", &line), ("b.env", &line), ("tests/fixtures/c.env", "DB_PASSWORD=Winter2024!\n")]);
    let found = scene.findings(&["verify", "--workspace", ".", "a.env"]);
    assert_eq!(found.iter().map(|(rule, path, _)| (rule.as_str(), path.as_str())).collect::<Vec<_>>(), [("secret-token", "a.env")]);
    let all = scene.run(&["check", "--format", "json"]).expect(1);
    let report: serde_json::Value = serde_json::from_str(&all.stdout).expect("JSON");
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(2), "{report}");
    assert_eq!(report["findings"][0]["related"][0]["path"], "b.env", "one leak, two places");
    assert_eq!(scene.findings(&["check", "--ignore", "secrets"]), []);
    assert_eq!(scene.findings(&["check", "--select", "k8s"]), []);
    // a path counts below the folder of the run
    let inner = scene.findings(&["check", "tests/fixtures"]);
    assert_eq!(inner.len(), 1, "{inner:?}");
}

#[test]
fn words_that_somebody_took_for_values_stay_words() {
    // in `data`, where it is no text, and beside a value that is one
    let secret =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\ndata:\n  root_password: password\nstringData:\n  password: Wallow-81!tern\n";
    let scene = Scene::new(&[("prod/db.yaml", secret)]);
    let out = scene.run(&["check", "--select", "secrets", "--format", "concise", "."]).stdout;
    assert!(out.contains("the value of `password`") && out.contains("secret-password"), "{out}");
    assert!(!out.contains("Wallow"), "{out}");
}
