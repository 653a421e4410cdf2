//! Sources of programs: what they read from the environment, and how they reach secret managers and databases.

use std::sync::LazyLock;

use memchr::memmem;

use super::{Act, Done, Given, Name, TextFacts, is_credential, serves};
use crate::assess::inventory::{Value, classify, classify_literal};
use crate::assess::words::{Held, Words};

/// What stands before the name of a variable that is read: `os.Getenv("`. The name is in quotes behind it, with blanks between.
const READS: [&str; 24] = [
    "os.Getenv(",
    "os.LookupEnv(",
    "syscall.Getenv(",
    "os.environ[",
    "os.environ.get(",
    "os.getenv(",
    "environ.get(",
    "environ[",
    "Deno.env.get(",
    "process.env[",
    "System.getenv(",
    "ENV[",
    "ENV.fetch(",
    "GetEnvironmentVariable(",
    "$_ENV[",
    "env::var(",
    "env!(",
    "Env.get(",
    "System.get_env(",
    "System.fetch_env!(",
    "getenv(",
    "env(",
    "config(",
    "env.str(",
];

/// What is followed by the name itself.
const BARE: [&str; 2] = ["process.env.", "Bun.env."];

/// Calls that read a secret manager.
const MANAGERS: [(&str, &str); 20] = [
    ("GetSecretValue", "AWS Secrets Manager"),
    ("get_secret_value(SecretId", "AWS Secrets Manager"),
    ("get_secret_value(", "AWS Secrets Manager"),
    ("getSecretValue(", "AWS Secrets Manager"),
    ("get_secret_value()", ""),
    ("SecretManagerServiceClient", "Google Secret Manager"),
    ("secretmanager.NewClient", "Google Secret Manager"),
    ("AccessSecretVersion", "Google Secret Manager"),
    ("access_secret_version", "Google Secret Manager"),
    ("accessSecretVersion", "Google Secret Manager"),
    ("azsecrets.NewClient", "Azure Key Vault"),
    ("azure.keyvault.secrets", "Azure Key Vault"),
    ("@azure/keyvault-secrets", "Azure Key Vault"),
    ("Azure.Security.KeyVault.Secrets", "Azure Key Vault"),
    ("com.azure.security.keyvault.secrets", "Azure Key Vault"),
    ("AddAzureKeyVault(", "Azure Key Vault"),
    ("hvac.Client(", "Vault"),
    ("node-vault", "Vault"),
    ("hashicorp/vault/api\"", "Vault"),
    ("VaultTemplate", "Vault"),
];

/// Go: `env:"DB_PASSWORD"`, Rust: `#[arg(env = "DB_PASSWORD")]`
const TAGS: [&str; 3] = ["env:\"", "envconfig:\"", "env = \""];

/// Calls that read an encrypted parameter.
const PARAMETERS: [&str; 2] = ["WithDecryption", "withDecryption"];

/// All words of sources: what a text does not hold is not looked for in it.
static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let managers = MANAGERS.iter().map(|(call, _)| *call);
    let servers = serves::MARKS.iter().map(|mark| mark.call);
    Words::new([&READS[..], &BARE, &TAGS, &PARAMETERS, &TOKENS, &HOPS, &["@Value("]].concat().into_iter().chain(managers).chain(servers))
});

/// Calls that make a short token of an identity for a database.
const TOKENS: [&str; 11] = [
    "generate_db_auth_token",
    "BuildAuthToken(",
    "rds.Signer",
    "@aws-sdk/rds-signer",
    "RdsUtilities",
    "RDSAuthTokenGenerator",
    "generateAuthenticationToken(",
    "enable_iam_auth=True",
    "WithIAMAuthN(",
    "authType: 'IAM'",
    "AuthTypes.IAM",
];

/// What connection strings say of TLS.
const HOPS: [&str; 6] = ["sslmode=disable", "sslmode=require", "sslmode=verify-", "useSSL=false", "rediss://", "amqps://"];

/// Connection strings that say whether TLS is used; those to the own machine say nothing.
fn hops(out: &mut TextFacts, text: &str) {
    for mark in HOPS {
        for at in memmem::find_iter(text.as_bytes(), mark.as_bytes()).filter(|at| is_code(text, *at)).take(4) {
            let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
            let line = text[start..].lines().next().unwrap_or("");
            let own = ["localhost", "127.0.0.1", "[::1]", "host.docker.internal"].iter().any(|name| line.contains(name));
            let act = if mark.ends_with("=disable") || mark.ends_with("=false") { Act::PlainHop } else { Act::EncryptedHop };
            if !own || act == Act::EncryptedHop && mark.starts_with("sslmode") {
                out.acts.push(Done { act, what: mark.to_owned(), line: line_of(text, at) });
            }
        }
    }
}

pub(super) fn read(out: &mut TextFacts, text: &str) {
    if HOPS.iter().any(|mark| memmem::find(text.as_bytes(), mark.as_bytes()).is_some()) {
        hops(out, text);
    }
    let properties = out.path.ends_with(".properties");
    if properties {
        return properties_of(out, text);
    }
    let is_ruby = text.contains("<%=");
    if !is_ruby && (out.path.ends_with(".yml") || out.path.ends_with(".yaml")) {
        let of_ruby = ["/database.yml", "/cable.yml", "/secrets.yml"].iter().any(|end| out.path.ends_with(end));
        if !of_ruby {
            settings_of(out, text);
        }
        return;
    }
    serves::by_name(out);
    let held = WORDS.in_text(text);
    // most sources name nothing of it
    if held.is_empty() {
        return;
    }
    let bytes = text.as_bytes();
    variables(out, text, &held);
    serves::read(out, text, &held);
    if held.has("@Value(") {
        placeholders(out, text);
    }
    for (call, manager) in MANAGERS {
        if manager.is_empty() || !held.has(call) {
            continue;
        }
        let found = memmem::find_iter(bytes, call.as_bytes()).find(|at| is_code(text, *at));
        // pydantic's `SecretStr.get_secret_value()` reads nothing
        let Some(at) = found.filter(|at| !text[*at..].starts_with("get_secret_value()")) else { continue };
        out.acts.push(Done { act: Act::ReadsManager, what: manager.to_owned(), line: line_of(text, at) });
    }
    if out.acts.iter().any(|done| done.what == "Vault") {
        for engine in ["/creds/", "pki/issue/"] {
            if let Some(at) = memmem::find(bytes, engine.as_bytes()).filter(|at| !text[..*at].ends_with("static-creds")) {
                out.acts.push(Done { act: Act::ReadsLease, what: "Vault".to_owned(), line: line_of(text, at) });
            }
        }
    }
    let parameter = PARAMETERS.iter().filter(|word| held.has(word)).find_map(|word| memmem::find(bytes, word.as_bytes()));
    if let Some(at) = parameter {
        out.acts.push(Done { act: Act::ReadsParameter, what: "SSM parameters".to_owned(), line: line_of(text, at) });
    }
    for call in TOKENS.iter().filter(|call| held.has(call)) {
        if let Some(at) = memmem::find_iter(bytes, call.as_bytes()).find(|at| is_code(text, *at)) {
            out.acts.push(Done { act: Act::DatabaseToken, what: call.trim_end_matches('(').to_owned(), line: line_of(text, at) });
        }
    }
}

/// Variables that are read, with the values that are taken where they are not set.
fn variables(out: &mut TextFacts, text: &str, held: &Held<'_>) {
    let bytes = text.as_bytes();
    for call in READS.into_iter().filter(|call| held.has(call)) {
        for at in memmem::find_iter(bytes, call.as_bytes()) {
            // a whole word: `getenv(`, not `mygetenv(`; `config(` alone, not `app.config(`
            let before = text[..at].chars().next_back();
            let joined =
                before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.' && matches!(call, "env(" | "config(" | "getenv("));
            let part_of = matches!(call, "environ[" | "environ.get(" | "getenv(" | "Env.get(") && before == Some('.');
            if joined || part_of || !is_code(text, at) {
                continue;
            }
            let rest = text[at + call.len()..].trim_start();
            let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'' | '`')) else { continue };
            let Some((name, after)) = rest[1..].split_once(quote) else { continue };
            variable(out, text, at, name, after, matches!(call, "config(" | "env("));
        }
    }
    for call in BARE.into_iter().filter(|call| held.has(call)) {
        for at in memmem::find_iter(bytes, call.as_bytes()).filter(|at| is_code(text, *at)) {
            let rest = &text[at + call.len()..];
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            variable(out, text, at, &rest[..end], &rest[end..], false);
        }
    }
    for call in TAGS.into_iter().filter(|call| held.has(call)) {
        for at in memmem::find_iter(bytes, call.as_bytes()).filter(|at| is_code(text, *at)) {
            let Some((name, after)) = text[at + call.len()..].split_once('"') else { continue };
            variable(out, text, at, name.split(',').next().unwrap_or(name), after, true);
        }
    }
}

fn variable(out: &mut TextFacts, text: &str, at: usize, name: &str, after: &str, strict: bool) {
    let is_name = !name.is_empty()
        && name.len() <= 80
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && (!strict || name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_'));
    if !is_name || !is_credential(name) || is_public(name) {
        return;
    }
    let given = match default(after) {
        Some(value) => match classify_literal(name, value) {
            class @ (Value::Provider | Value::Random | Value::Password | Value::Default) => Given::Default(class),
            Value::Templated | Value::Plain => Given::Environment,
        },
        None => Given::Environment,
    };
    out.names.push(Name { name: name.to_owned(), given, line: line_of(text, at) });
}

/// The text that is taken where a variable is not set: behind a comma, `or`, `||`, `??`.
fn default(after: &str) -> Option<&str> {
    let line = after.split('\n').next().unwrap_or(after);
    let rest = line.trim_start();
    let inside = rest.strip_prefix(',').map(|rest| {
        let rest = rest.trim_start();
        let name = rest.split('=').next().unwrap_or("").trim();
        if matches!(name, "default" | "fallback") { rest[rest.find('=').map_or(0, |at| at + 1)..].trim_start() } else { rest }
    });
    let behind = || {
        let rest = rest.trim_start_matches([')', ']', '!']).trim_start();
        let rest = ["||", "??", "or ", "?:"].iter().find_map(|mark| rest.strip_prefix(mark))?;
        Some(rest.trim_start())
    };
    let text = inside.or_else(behind)?;
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
    text[1..].split_once(quote).map(|(value, _)| value)
}

/// Spring's `@Value("${db.password:default}")`.
fn placeholders(out: &mut TextFacts, text: &str) {
    for at in memmem::find_iter(text.as_bytes(), b"@Value(\"${") {
        let Some((inner, _)) = text[at + 10..].split_once('}') else { continue };
        let (name, value) = inner.split_once(':').unwrap_or((inner, ""));
        let name = name.replace(['.', '-'], "_").to_ascii_uppercase();
        variable(out, text, at, &name, &format!(", \"{value}\""), false);
    }
}

/// `spring.datasource.password=${DB_PASSWORD:default}`
fn properties_of(out: &mut TextFacts, text: &str) {
    for (nr, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with(['#', '!'])) {
            setting(out, key.trim(), value.trim(), nr);
        }
    }
}

/// `password: ${DB_PASSWORD:default}` in Spring's settings
fn settings_of(out: &mut TextFacts, text: &str) {
    for (nr, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some((key, value)) = line.split_once(':').filter(|_| !line.starts_with('#')) {
            let value = value.split(" #").next().unwrap_or(value).trim();
            setting(out, key.trim().trim_matches(['"', '\'']), value.trim_matches(['"', '\'']), nr);
        }
    }
}

/// A setting at a line, counted from 0.
fn setting(out: &mut TextFacts, key: &str, value: &str, nr: usize) {
    let line = u32::try_from(nr + 1).unwrap_or(u32::MAX);
    if let Some(inner) = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
        let (name, value) = inner.split_once(':').unwrap_or((inner, ""));
        if is_credential(name) || is_credential(key) {
            let class = classify(key, value);
            let given = if class < Value::Templated { Given::Default(class) } else { Given::Environment };
            out.names.push(Name { name: name.to_owned(), given, line });
        }
    } else if is_credential(key) {
        let class = classify(key, value);
        if class < Value::Templated {
            out.names.push(Name { name: key.to_owned(), given: Given::Literal(class), line });
        }
    }
}

/// Variables whose values everybody may see, or that the platform sets itself.
fn is_public(name: &str) -> bool {
    ["NEXT_PUBLIC_", "VITE_", "REACT_APP_", "EXPO_PUBLIC_", "NUXT_PUBLIC_", "AWS_SESSION_TOKEN", "AWS_WEB_IDENTITY_TOKEN_FILE", "ACTIONS_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// Whether a place stands on a line that is no comment.
pub(super) fn is_code(text: &str, at: usize) -> bool {
    let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
    let line = text[start..at].trim_start();
    !(line.starts_with("//") || line.starts_with('#') && !line.starts_with("#[") || line.starts_with("* ") || line.starts_with("/*"))
}

pub(super) fn line_of(text: &str, at: usize) -> u32 {
    let count = memchr::memchr_iter(b'\n', &text.as_bytes()[..at]).count();
    u32::try_from(count + 1).unwrap_or(u32::MAX)
}
