//! What a path says of a file: how values are written in it, and whether it is a sample.

/// How a file writes values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Style {
    /// A programming language: a value is a string literal.
    Code,
    /// JSON, TOML, HCL: as in code, and keys are quoted or bare.
    Data,
    Yaml,
    /// `key = value` by lines: dotenv, properties, ini, shell, Dockerfile, unknown files.
    Lines,
    Xml,
    /// Markdown and its like: prose, with any of the others inside.
    Prose,
}

/// What is looked for in a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Kind {
    pub(super) style: Style,
    /// `false` where random values are no secrets: lock files, generated and minified code, pictures.
    pub(super) generic: bool,
    /// Texts that are shown to people: `"password": "Passwort"`.
    pub(super) locale: bool,
}

fn name_of(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

impl Kind {
    pub(super) fn of(path: &str) -> Self {
        let name = name_of(path).to_ascii_lowercase();
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        let style = style(&name, extension);
        let generic = !is_hashes(&name, extension);
        Self { style, generic, locale: is_locale(path, &name, extension) }
    }
}

fn style(name: &str, extension: &str) -> Style {
    if name.starts_with(".env") || name.ends_with(".env") || name.starts_with("dockerfile") || name.starts_with("containerfile") {
        return Style::Lines;
    }
    // scripts without an extension, in the languages that they are written in
    if matches!(
        name,
        "tiltfile" | "vagrantfile" | "rakefile" | "gemfile" | "podfile" | "fastfile" | "brewfile" | "sconstruct" | "snakefile"
    ) {
        return Style::Code;
    }
    match extension {
        "go" | "java" | "kt" | "kts" | "scala" | "groovy" | "gradle" | "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "cts"
        | "vue" | "svelte" | "py" | "pyi" | "pyx" | "rb" | "erb" | "rake" | "gemspec" | "php" | "cs" | "fs" | "vb" | "swift" | "m"
        | "mm" | "c" | "h" | "cc" | "cpp" | "cxx" | "hpp" | "rs" | "dart" | "lua" | "pl" | "pm" | "r" | "jl" | "ex" | "exs" | "erl"
        | "clj" | "hs" | "ml" | "nim" | "zig" | "sol" | "rego" | "proto" | "graphql" | "sql" | "ipynb" | "css" | "scss" | "less"
        | "cue" | "jsonnet" | "libsonnet" | "star" | "bzl" | "nix" | "ps1" | "psm1" | "bicep" | "cedar" | "aspx" | "cshtml" | "razor"
        | "jsp" => Style::Code,
        "json" | "json5" | "jsonc" | "jsonl" | "ndjson" | "tfstate" | "webmanifest" | "avsc" | "toml" | "tf" | "tfvars" | "hcl"
        | "nomad" | "map" => Style::Data,
        "yaml" | "yml" | "eyaml" => Style::Yaml,
        "xml" | "config" | "csproj" | "props" | "targets" | "plist" | "pom" | "xsd" | "wsdl" | "html" | "htm" | "xhtml" | "svg"
        | "resx" | "storyboard" | "xib" | "pubxml" | "publishsettings" | "jelly" => Style::Xml,
        "md" | "mdx" | "markdown" | "rst" | "adoc" | "asciidoc" | "org" | "tex" => Style::Prose,
        _ => Style::Lines,
    }
}

/// Whether a file's random values are hashes, names of builds or drawings.
fn is_hashes(name: &str, extension: &str) -> bool {
    const NAMES: [&str; 16] = [
        "go.sum",
        "go.work.sum",
        "package-lock.json",
        "npm-shrinkwrap.json",
        "packages.lock.json",
        "pnpm-lock.yaml",
        "verification-metadata.xml",
        "gradle.lockfile",
        ".terraform.lock.hcl",
        "checksums.txt",
        "sha256sums",
        "sha512sums",
        "jsr.json",
        "bun.lockb",
        "project.assets.json",
        "contents.json",
    ];
    const KINDS: [&str; 14] =
        ["lock", "lockfile", "map", "svg", "sum", "sha256", "sha512", "md5", "css", "pbxproj", "snap", "drawio", "sarif", "min"];
    NAMES.contains(&name)
        || KINDS.contains(&extension)
        || [".min.js", ".min.css", ".bundle.js", ".chunk.js", ".pb.go", ".pb.cc", "_pb2.py", "_pb.js", "_pb.ts", "-lock.json", "-lock.yaml"]
            .iter()
            .any(|end| name.ends_with(end))
}

/// Whether a file holds texts of a user interface.
fn is_locale(path: &str, name: &str, extension: &str) -> bool {
    if matches!(extension, "po" | "pot" | "arb" | "xlf" | "xliff" | "strings" | "resx" | "ftl" | "lang") {
        return true;
    }
    let stem = name.split('.').next().unwrap_or(name);
    let folder = path.split(['/', '\\']).rev().skip(1).any(|segment| match segment.to_ascii_lowercase().as_str() {
        "locale" | "locales" | "i18n" | "l10n" | "lang" | "langs" | "translations" | "translation" | "_locales" | "intl" | "nls" => true,
        "messages" | "languages" | "language" | "strings" => is_language(stem),
        _ => false,
    });
    folder
        || stem.starts_with("messages") && matches!(extension, "properties" | "json" | "yml" | "yaml")
        || name.ends_with(".i18n.json")
        || stem.starts_with("translation")
}

/// Whether a text has the form of a language's tag: `zh`, `pt-br`, `sr_Latn`.
fn is_language(text: &str) -> bool {
    let mut parts = text.split(['-', '_']);
    let letters = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric());
    parts.next().is_some_and(|first| matches!(first.len(), 2 | 3) && first.bytes().all(|b| b.is_ascii_lowercase()))
        && parts.all(|part| matches!(part.len(), 2..=4) && letters(part))
}

/// Folders whose files are not deployed.
const FOLDERS: [&str; 46] = [
    "tests",
    "testdata",
    "test-data",
    "test_data",
    "testing",
    "__tests__",
    "__test__",
    "__fixtures__",
    "__mocks__",
    "__snapshots__",
    "fixture",
    "fixtures",
    "mock",
    "mocks",
    "mockdata",
    "fake",
    "fakes",
    "spec",
    "specs",
    "e2e",
    "cypress",
    "doc",
    "docs",
    "documentation",
    "example",
    "examples",
    "sample",
    "samples",
    "demo",
    "demos",
    "tutorial",
    "tutorials",
    "cookbook",
    "cookbooks",
    "unittest",
    "unittests",
    "testcases",
    "test-cases",
    "testutil",
    "testutils",
    "test-fixtures",
    "test_fixtures",
    "acceptance",
    "benchmark",
    "benchmarks",
    "fuzz",
];

/// Folders whose children are environments: below them `test` is one.
const ENVIRONMENTS: [&str; 22] = [
    "overlays",
    "overlay",
    "environments",
    "environment",
    "envs",
    "env",
    "clusters",
    "cluster",
    "stages",
    "stage",
    "tiers",
    "live",
    "deploy",
    "deployment",
    "deployments",
    "values",
    "k8s",
    "kustomize",
    "inventories",
    "group_vars",
    "accounts",
    "config",
];

/// Whether a file is a test, a fixture, a document, an example or a local composition (C3 of docs/assess.md), by the
/// segments and the name of its `path` below the assessed root, with `/`.
#[must_use]
pub fn is_sample(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let mut segments: Vec<&str> = lower.split('/').filter(|segment| !segment.is_empty() && *segment != ".").collect();
    let Some(name) = segments.pop() else { return false };
    for (at, segment) in segments.iter().enumerate() {
        let segment = &segment.trim_start_matches('_');
        let environment = at > 0 && ENVIRONMENTS.contains(&segments[at - 1]);
        let test = *segment == "test"
            || segment.starts_with("test") && segment.len() > 5 && !segment.starts_with("testim") && !segment.starts_with("testament")
            || segment.ends_with("_test")
            || segment.ends_with("-test")
            || is_of_tests(segment);
        if FOLDERS.contains(segment) || test && !environment {
            return true;
        }
    }
    // what chart-testing installs a chart with
    let is_trial = segments.last() == Some(&"ci") && name.ends_with("values.yaml");
    is_trial || is_sample_name(name)
}

/// Whether a folder's name in lower case has the form of one of tests: `test-infra`, `integration-tests`, `e2e_suite`. Words that only
/// hold the letters have not: `attestation`, `latest`, `contest`. What is called `test` alone, or ends so, may be an environment.
#[must_use]
pub fn is_of_tests(folder: &str) -> bool {
    let mut words = folder.split(['-', '_', '.']);
    let (first, last) = (words.next().unwrap_or(""), words.next_back().unwrap_or(""));
    let several = !last.is_empty();
    matches!(first, "tests" | "e2e") || matches!(last, "tests" | "e2e") || several && first == "test"
}

/// Whether the children of a folder of this name are environments, clusters or services by their names: below it `test-eu` is one.
#[must_use]
pub fn holds_environments(folder: &str) -> bool {
    ENVIRONMENTS.contains(&folder)
}

fn is_sample_name(name: &str) -> bool {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let prose = ["md", "mdx", "markdown", "rst", "adoc", "asciidoc", "txt", "text", "org", "tex"];
    if prose.contains(&extension) || matches!(name, "readme" | "changelog" | "license" | "notice" | "authors" | "contributing") {
        return true;
    }
    if matches!(extension, "example" | "sample" | "template" | "dist" | "tmpl-example") {
        return true;
    }
    let words: Vec<&str> = name.split(['.', '-', '_']).collect();
    if words.iter().any(|word| matches!(*word, "example" | "examples" | "sample" | "samples")) {
        return true;
    }
    let compose = stem.starts_with("docker-compose") || stem == "compose" || stem.starts_with("compose.") || stem.starts_with("compose-");
    if compose && matches!(extension, "yml" | "yaml") {
        return !words.iter().any(|word| matches!(*word, "prod" | "production" | "live" | "stack" | "swarm" | "deploy" | "staging"));
    }
    // by the habits of Go, Python, JavaScript, Ruby, Java, C#, Rego
    let code = !matches!(extension, "yaml" | "yml" | "json" | "env" | "properties" | "toml" | "tf" | "tfvars" | "ini" | "conf" | "");
    code && (stem.ends_with("_test")
        || stem.ends_with("_spec")
        || stem.ends_with(".test")
        || stem.ends_with(".spec")
        || stem.ends_with("-test")
        || stem.ends_with(".stories")
        || stem.starts_with("test_")
        || matches!(stem, "test" | "tests" | "conftest")
        || (stem.ends_with("test") || stem.ends_with("tests"))
            && matches!(extension, "java" | "kt" | "cs" | "scala" | "groovy" | "swift" | "php"))
}
