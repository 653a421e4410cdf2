//! What files that are no manifests say: programs, Dockerfiles, environment files, descriptions of pipelines. They are not parsed:
//! a few words of each language are searched for, so what is found here is believed less than what a parser found.

mod helpers;
mod lines;
mod serves;
mod source;

use super::inventory::Value;
use crate::secrets::value::{is_credential_name, words};
pub(super) use lines::DEPLOYS;

/// What a text is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TextKind {
    /// A program's source.
    Source,
    Dockerfile,
    /// `.env` and the like: names with values.
    Env,
    /// `.env.example`: names that stand for nothing.
    EnvExample,
    /// Values of Terraform's variables.
    TfVars,
    /// What a platform runs: `Procfile`, `app.yaml`, `serverless.yml`, `fly.toml`.
    Platform,
    /// A pipeline that has no reader of its own: Jenkins, Azure, CircleCI, Cloud Build.
    Pipeline,
    /// A package's own description: the folder is a unit of its own.
    Package,
    /// Named templates of a chart.
    Helpers,
}

/// How a name's value is given.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Given {
    /// From the environment, set elsewhere.
    Environment,
    /// From the environment, else a value of this class in the text.
    Default(Value),
    /// A value of this class in the text.
    Literal(Value),
    /// A reference to the platform's own store.
    Store,
    /// A reference to a secret manager.
    Manager,
}

/// A name of a credential in a text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Name {
    pub name: String,
    pub given: Given,
    /// 1-based.
    pub line: u32,
}

/// What a program or pipeline does about credentials and identities.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Act {
    /// Reads a value of a secret manager.
    ReadsManager,
    /// Reads a path of Vault that leases.
    ReadsLease,
    /// Reads an encrypted parameter of the platform's store.
    ReadsParameter,
    /// Logs in to a database with a short token of its identity.
    DatabaseToken,
    /// A pipeline's job federates with a cloud.
    Federates,
    /// A pipeline's job uses a cloud's stored key.
    StaticKey,
    /// A pipeline's job uses a connection whose login is not visible.
    Connection,
    /// Copies a file with credentials into an image.
    CopiesCredentials,
    /// An image takes files of the repository, or is set up to run: it is no tool's that the repository only calls.
    Packages,
    /// A pipeline deploys.
    Deploys,
    /// Connects to a store without TLS: a connection string that switches it off.
    PlainHop,
    /// Connects to a store with TLS.
    EncryptedHop,
    /// Starts a service: a script `start`, a web application's entry.
    Serves,
    /// Starts a server, by its source.
    Listens,
}

/// An act, with what tells it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Done {
    pub act: Act,
    /// In words: a call's name, a file's name; never a value.
    pub what: String,
    /// 1-based.
    pub line: u32,
}

/// What one text says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextFacts {
    /// As reports name it.
    pub path: String,
    pub kind: TextKind,
    /// In the order of their lines, each name once.
    pub names: Vec<Name>,
    pub acts: Vec<Done>,
    /// What it defines, by name: helpers of charts alone.
    pub helpers: Vec<(String, String)>,
}

/// The longest text that is searched.
const MAX_LEN: usize = 2 << 20;

/// So many names of one text are kept.
const MAX_NAMES: usize = 512;

impl TextFacts {
    /// What the text of a file says; `None` for kinds of files that say nothing here, by their names.
    #[must_use]
    pub fn read(path: &str, text: &str) -> Option<Self> {
        let kind = kind_of(path)?;
        let mut this = Self { path: path.to_owned(), kind, names: Vec::new(), acts: Vec::new(), helpers: Vec::new() };
        if text.len() <= MAX_LEN && !text.contains('\0') {
            match kind {
                TextKind::Source => source::read(&mut this, text),
                TextKind::Package => lines::package(&mut this, text),
                TextKind::Dockerfile => lines::dockerfile(&mut this, text),
                TextKind::Env | TextKind::EnvExample | TextKind::TfVars => lines::assignments(&mut this, text),
                TextKind::Platform => lines::platform(&mut this, text),
                TextKind::Pipeline => lines::pipeline(&mut this, text),
                TextKind::Helpers => this.helpers = helpers::read(text),
            }
        }
        this.names.sort_by(|a, b| (a.line, &a.name, a.given).cmp(&(b.line, &b.name, b.given)));
        let mut seen = std::collections::BTreeSet::new();
        // of one name a value in the text says more than a place where it is read
        let literal = |given: Given| matches!(given, Given::Default(value) | Given::Literal(value) if value < Value::Templated);
        let known: std::collections::BTreeSet<String> =
            this.names.iter().filter(|name| literal(name.given)).map(|name| name.name.clone()).collect();
        this.names.retain(|name| (literal(name.given) || !known.contains(&name.name)) && seen.insert(name.name.clone()));
        this.names.truncate(MAX_NAMES);
        this.acts.sort();
        this.acts.dedup_by(|a, b| a.act == b.act && a.what == b.what);
        Some(this)
    }

    /// The folder of the file, empty for the working directory.
    #[must_use]
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// The first place where it does something.
    #[must_use]
    pub fn does(&self, act: Act) -> Option<&Done> {
        self.acts.iter().find(|done| done.act == act)
    }
}

/// Whether a file is worth reading, by its name alone.
#[must_use]
pub fn is_wanted(path: &str) -> bool {
    kind_of(path).is_some()
}

/// Extensions of programs' sources.
const SOURCES: [&str; 22] = [
    "go",
    "py",
    "js",
    "jsx",
    "mjs",
    "cjs",
    "ts",
    "tsx",
    "java",
    "kt",
    "kts",
    "scala",
    "groovy",
    "rs",
    "rb",
    "cs",
    "php",
    "ex",
    "exs",
    "properties",
    "swift",
    "fs",
];

fn kind_of(path: &str) -> Option<TextKind> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let folder = path.rsplit('/').nth(1).unwrap_or("");
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is_env = |name: &str| name == ".env" || name.starts_with(".env.") || name.ends_with(".env") || name == "env" && folder == "config";
    let is_example = ["example", "sample", "template", "dist", "tmpl", "tpl", "default", "defaults", "schema"];
    Some(match name.as_str() {
        _ if name.starts_with("dockerfile") || name.starts_with("containerfile") || extension == "dockerfile" => TextKind::Dockerfile,
        _ if is_env(&name) || name == ".flaskenv" || name.starts_with("env.") || name.starts_with("example.env") => {
            if name.split(['.', '-', '_']).any(|part| is_example.contains(&part)) { TextKind::EnvExample } else { TextKind::Env }
        }
        _ if extension == "tfvars" => TextKind::TfVars,
        _ if extension == "tpl" && path.split('/').any(|segment| segment == "templates") => TextKind::Helpers,
        "procfile" | "app.yaml" | "app.yml" | "serverless.yml" | "serverless.yaml" | "fly.toml" | "render.yaml" | "heroku.yml"
        | "vercel.json" | "netlify.toml" | "template.yaml" | "template.yml" | "samconfig.toml" | "railway.json" | "apprunner.yaml" => {
            TextKind::Platform
        }
        "jenkinsfile"
        | "azure-pipelines.yml"
        | "azure-pipelines.yaml"
        | "bitbucket-pipelines.yml"
        | "cloudbuild.yaml"
        | "cloudbuild.yml"
        | ".travis.yml"
        | ".drone.yml"
        | "buildspec.yml"
        | "buildspec.yaml" => TextKind::Pipeline,
        "config.yml" | "config.yaml" if folder == ".circleci" => TextKind::Pipeline,
        "package.json" | "go.mod" | "cargo.toml" | "pyproject.toml" | "requirements.txt" | "setup.py" | "pom.xml" | "build.gradle"
        | "build.gradle.kts" | "gemfile" | "composer.json" | "mix.exs" | "pipfile" | "build.sbt" | "manage.py" | "config.ru" => {
            TextKind::Package
        }
        _ if extension == "csproj" || extension == "fsproj" => TextKind::Package,
        // templates of Ruby in YAML
        "database.yml" | "cable.yml" | "secrets.yml" if folder == "config" => TextKind::Source,
        _ if is_settings(&name, extension) => TextKind::Source,
        _ if SOURCES.contains(&extension) && !is_generated(&name) => TextKind::Source,
        _ => return None,
    })
}

/// Spring's settings in YAML: `application.yml`, `application-prod.yaml`, `bootstrap.yml`.
fn is_settings(name: &str, extension: &str) -> bool {
    let stem = name.rsplit_once('.').map_or("", |(stem, _)| stem);
    let first = stem.split('-').next().unwrap_or(stem);
    matches!(extension, "yml" | "yaml") && matches!(first, "application" | "bootstrap")
}

/// Sources that nobody deploys, and those that nobody wrote.
pub(super) fn is_generated(name: &str) -> bool {
    let tests = ["_test.go", "_test.py", ".test.js", ".test.ts", ".test.tsx", ".spec.js", ".spec.ts", ".spec.tsx", "_spec.rb", "tests.cs"];
    name.contains(".min.")
        || name.ends_with(".pb.go")
        || name.ends_with("_pb2.py")
        || name.ends_with(".d.ts")
        || name.starts_with("test_")
        || name == "conftest.py"
        || name == "gradle-wrapper.properties"
        || tests.iter().any(|end| name.ends_with(end))
        || (name.ends_with("test.java") || name.ends_with("tests.java"))
}

/// Whether a variable of this name holds a credential, connection strings included.
#[must_use]
pub fn is_credential(name: &str) -> bool {
    is_credential_name(name) || is_connection(name) || is_key_pair(name)
}

/// Names of connection strings that have a password in them.
#[must_use]
pub fn is_connection(name: &str) -> bool {
    let words = words(name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let stores = [
        "database",
        "db",
        "postgres",
        "postgresql",
        "pg",
        "mysql",
        "mongo",
        "mongodb",
        "mongoatlas",
        "amqp",
        "rabbitmq",
        "cloudamqp",
        "jdbc",
    ];
    let connection = words.last().is_some_and(|last| matches!(last.as_str(), "url" | "uri" | "dsn"));
    connection && has(&stores) || name.eq_ignore_ascii_case("CONNECTION_STRING")
}

/// The half of a key pair that names the key.
fn is_key_pair(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    upper.ends_with("ACCESS_KEY_ID") || upper.ends_with("ACCESS_KEY")
}

/// The name that both halves of a key pair go by, so that they are one credential.
#[must_use]
pub fn paired(name: &str) -> String {
    let upper = name.to_ascii_uppercase();
    for (first, second) in [("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"), ("CLIENT_ID", "CLIENT_SECRET"), ("ROLE_ID", "SECRET_ID")] {
        if let Some(prefix) = upper.strip_suffix(first) {
            return format!("{prefix}{second}");
        }
    }
    name.to_owned()
}
