//! The keys of `ztctl.toml`: one table that validation, the JSON schema and the docs test read.

/// What a key takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Bool,
    Integer {
        min: i64,
        max: i64,
    },
    /// Not empty.
    String,
    OneOf(&'static [&'static str]),
    /// Names, or patterns over names.
    Strings,
    /// Each once.
    SomeOf(&'static [&'static str]),
    /// In gitignore's syntax, relative to the config's folder.
    Globs,
    /// Relative to the config's folder.
    Path,
    Paths,
    /// `1.33`.
    Version,
    /// `opa@1.18`, or a file.
    Capabilities,
    Table(&'static [Key]),
    /// Tables under names of the user's choice.
    Named(&'static [Key]),
    /// `[[key]]`.
    Tables(&'static [Key]),
    /// Rules and groups.
    Rules,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
    /// One or two sentences, for the schema.
    pub(super) doc: &'static str,
}

const fn key(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, kind, required: false, doc }
}

const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, kind, required: true, doc }
}

pub(super) const SEVERITIES: &[&str] = &["error", "warning", "info"];
pub(super) const LEVELS: &[&str] = &["error", "warning", "info", "off"];
pub(super) const PARTS: &[&str] = &["fmt", "lint", "check", "test"];

/// The whole file.
pub(super) const ROOT: &[Key] = &[
    key("extends", Kind::Path, "A config that this one builds on: what is not set here comes from there."),
    key("preset", Kind::OneOf(&["recommended", "regal", "all"]), "The set of rules and levels to start from."),
    key("fail-level", Kind::OneOf(SEVERITIES), "The lowest severity that makes the exit code 1."),
    key("exclude", Kind::Globs, "Files and folders that are not looked at unless named on the command line."),
    key("rego-version", Kind::OneOf(&["auto", "v0", "v1"]), "The version that Rego is read as where nothing nearer says."),
    key(
        "capabilities",
        Kind::Capabilities,
        "What the target engine can do: `opa@`, `eopa@` or `rq@` and a version, or a file as `opa capabilities` prints it.",
    ),
    key("target", Kind::Table(TARGET), "The versions of what the manifests are for."),
    key("project", Kind::Tables(PROJECT), "Rego roots with a version of their own."),
    key("rules", Kind::Rules, "Levels, paths and options of rules and groups."),
    key("lint", Kind::Table(LINT), "Settings of `lint`."),
    key("check", Kind::Table(CHECK), "Settings of `check`."),
    key("environments", Kind::Named(ENVIRONMENT), "Which files and namespaces belong to which environment."),
    key("test", Kind::Table(TEST), "Settings of `test`."),
    key("assess", Kind::Table(ASSESS), "Settings of `assess`."),
    key("verify", Kind::Table(VERIFY), "Settings of `verify`."),
    key("suppress", Kind::Table(SUPPRESS), "What a suppression must have to be valid."),
];

const TARGET: &[Key] = &[
    key("kubernetes", Kind::Version, "The version of Kubernetes."),
    key("istio", Kind::Version, "The version of Istio."),
    key("gateway-api", Kind::Version, "The version of the Gateway API."),
    key("gatekeeper", Kind::Version, "The version of Gatekeeper."),
    key("external-secrets", Kind::Version, "The version of the External Secrets operator."),
    key("cert-manager", Kind::Version, "The version of cert-manager."),
    key("linkerd", Kind::Version, "The version of Linkerd."),
];

const PROJECT: &[Key] = &[
    required("path", Kind::Path, "The root's folder."),
    key("rego-version", Kind::OneOf(&["auto", "v0", "v1"]), "The version that Rego under it is read as."),
];

const LINT: &[Key] = &[
    key("custom-rules", Kind::Paths, "Folders with rules written in Rego."),
    key("schemas", Kind::Path, "JSON Schemas that `schemas` annotations can name: a folder, or a file that describes `input` everywhere."),
];

const CHECK: &[Key] = &[
    key("system-namespaces", Kind::Strings, "Namespaces that belong to the platform; `*` and `?` are patterns."),
    key("mesh-root-namespace", Kind::String, "The namespace whose Istio policies are in force everywhere."),
];

const ENVIRONMENT: &[Key] = &[
    key("class", Kind::OneOf(&["production", "non-production"]), "How strictly the environment is judged."),
    key("paths", Kind::Globs, "Files that describe it."),
    key("namespaces", Kind::Strings, "Namespaces that belong to it; `*` and `?` are patterns."),
];

const TEST: &[Key] = &[key("fixtures", Kind::Globs, "Where fixture cases and data files are looked for.")];

const ASSESS: &[Key] = &[
    key("min-level", Kind::Integer { min: 0, max: 5 }, "The lowest maturity level that passes; set, it makes `verify` assess."),
    key(
        "profile",
        Kind::OneOf(&["small", "enterprise"]),
        "For whom next steps are written: a small team (cloud secret manager, federation, managed mesh or none) or an enterprise (dynamic credentials, SPIFFE, central policy).",
    ),
    key("k8s-plain-secret", Kind::OneOf(&["cap0", "cap1", "warn"]), "What a plain Secret value in the repository does to the level."),
    key("static-by-nature", Kind::Strings, "Services whose credentials cannot be anything but static."),
    key("min-domain", Kind::Table(MIN_DOMAIN), "The lowest level of each domain that passes."),
    key("fail-on", Kind::SomeOf(FAIL_ON), "What else fails: values to review; waivers that are expired, invalid or cover nothing."),
    key("baseline", Kind::Path, "An earlier JSON report: the gates hold nothing against what it holds."),
    key("no-regress", Kind::Bool, "Whether being worse than the baseline fails."),
    key("history-file", Kind::Path, "A file to which each run of `assess` appends a line."),
    key("accept-attestations", Kind::Bool, "Whether statements of `.ztctl/attestations.yaml` count."),
    key(
        "max-hidden-percent",
        Kind::Integer { min: 0, max: 100 },
        "The share of files that `exclude` may hide before the result is called doubtful.",
    ),
    key("name", Kind::String, "The repository's name in reports over many."),
    key("owner", Kind::String, "Who owns the repository, for reports over many."),
    key("tier", Kind::String, "How much the repository matters, for reports over many."),
    key("tags", Kind::Strings, "Tags of the repository, for reports over many."),
    key("links", Kind::Strings, "Repositories that hold what this one enforces: its policy bundles."),
];

/// What `fail-on` names.
pub(super) const FAIL_ON: &[&str] = &["review", "waivers"];

const LEAST: Kind = Kind::Integer { min: 0, max: 5 };

const MIN_DOMAIN: &[Key] = &[
    key("authentication", LEAST, "The lowest level that passes."),
    key("authorization", LEAST, "The lowest level that passes."),
    key("secrets", LEAST, "The lowest level that passes."),
    key("encryption", LEAST, "The lowest level that passes."),
    key("audit", LEAST, "The lowest level that passes."),
    key("network", LEAST, "The lowest level that passes."),
];

const VERIFY: &[Key] = &[key("run", Kind::SomeOf(PARTS), "The parts of the gate.")];

const SUPPRESS: &[Key] = &[
    key("require-reason", Kind::Bool, "Whether a suppression must say why."),
    key(
        "max-days",
        Kind::Integer { min: 1, max: 36_500 },
        "The longest time from the run to the `until` date; set, it makes the date mandatory.",
    ),
];

/// The keys of a rule's or group's table that are not options.
pub(super) const RULE: &[Key] = &[
    key("severity", Kind::OneOf(LEVELS), "The level of the findings, or `off`."),
    key("include", Kind::Globs, "Only these files are judged."),
    key("exclude", Kind::Globs, "These files are not judged."),
];

/// Every key with its dotted path, tables included.
pub(super) fn all() -> Vec<(String, &'static Key)> {
    fn walk(prefix: &str, keys: &'static [Key], out: &mut Vec<(String, &'static Key)>) {
        for key in keys {
            let path = format!("{prefix}{}", key.name);
            out.push((path.clone(), key));
            match key.kind {
                Kind::Table(keys) | Kind::Tables(keys) => walk(&format!("{path}."), keys, out),
                Kind::Named(keys) => walk(&format!("{path}.*."), keys, out),
                Kind::Rules => walk(&format!("{path}.*."), RULE, out),
                _ => {}
            }
        }
    }
    let mut out = Vec::new();
    walk("", ROOT, &mut out);
    out
}
