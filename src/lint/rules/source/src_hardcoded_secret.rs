use crate::lint::rules::prelude::*;
use crate::secrets::{Class, Leak};

declare_rule! {
    SrcHardcodedSecret {
        id: "src-hardcoded-secret",
        group: "source",
        summary: "a secret in the source of a program",
        why: "What stands in a source is known to everyone who can read the repository or take the program apart, is the same in all \
              environments, and is changed by nobody, since that means a release. Revoke it, and have the program read the new one when it \
              starts, from a secret store or a file that one mounts.\n\n\
              What is a secret, and how bad it is where it stands, are the verdicts of the group `secrets`, whose rules report the same \
              values in files of every kind. So this rule is off by default; where it is on, it reports what is in sources, and they do not \
              report it again. Values are never printed.",
        bad: go("package main\n\nconst apiToken = \"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJjaS1ib3QiLCJpc3MiOiJzaG9wIn0.YILEbaDezwr_oreFdZUGHc_sOc-lxaFc-qd2QkdDvjw\"\n"),
        good: go("package main\n\nimport \"os\"\n\nvar apiToken = os.Getenv(\"API_TOKEN\")\n"),
        severity: Severity::Error,
        is_secret: true,
        source: "https://cwe.mitre.org/data/definitions/798.html",
        peers: &["gitleaks", "gosec G101", "bandit B105", "semgrep secrets"],
    }
}

/// What names of sources end with.
const EXTENSIONS: [&str; 30] = [
    "go", "java", "kt", "kts", "scala", "groovy", "js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "vue", "svelte", "py", "rb", "php",
    "rs", "cs", "fs", "vb", "c", "h", "cc", "cpp", "swift", "dart", "ex",
];

impl Rule for SrcHardcodedSecret {
    fn leak_in(&self, leak: &Leak, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        let is_source = name.rsplit_once('.').is_some_and(|(_, extension)| EXTENSIONS.contains(&extension));
        is_source && leak.secret.class != Class::Public
    }
}
