//! Texts that are read line by line: Dockerfiles, environment files, descriptions of platforms and pipelines.

use super::{Act, Done, Given, Name, TextFacts, is_credential};
use crate::assess::inventory::{Value, classify};

fn numbered(text: &str) -> impl Iterator<Item = (u32, &str)> {
    text.lines().enumerate().map(|(nr, line)| (u32::try_from(nr + 1).unwrap_or(u32::MAX), line.trim()))
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let inside = |quote: char| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
    if inside('"') || inside('\'') { &text[1..text.len() - 1] } else { text }
}

/// Files that hold credentials by their names.
fn is_credential_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let exact = [
        ".env",
        ".netrc",
        ".npmrc",
        ".pypirc",
        ".pgpass",
        "id_rsa",
        "id_ed25519",
        "id_ecdsa",
        "credentials.json",
        "service-account.json",
        "serviceaccount.json",
        "service_account.json",
        "kubeconfig",
        ".git-credentials",
        ".htpasswd",
        "terraform.tfstate",
        "client_secret.json",
    ];
    exact.contains(&name.as_str())
        || name.starts_with(".env.") && !["example", "sample", "template", "dist"].iter().any(|end| name.ends_with(end))
        || [".pem", ".key", ".p12", ".pfx", ".jks", ".keystore"].iter().any(|end| name.ends_with(end))
            && !name.contains("public")
            && !name.contains("ca")
        || path.ends_with(".aws/credentials")
}

/// `ENV`, `ARG`, `COPY` and `ADD` of a Dockerfile.
pub(super) fn dockerfile(out: &mut TextFacts, text: &str) {
    let mut joined: Option<(u32, String)> = None;
    for (nr, line) in numbered(text) {
        if line.starts_with('#') {
            continue;
        }
        let (start, mut whole) = joined.take().unwrap_or((nr, String::new()));
        let open = line.ends_with('\\');
        whole.push_str(line.trim_end_matches('\\'));
        whole.push(' ');
        if open && whole.len() < 16_384 {
            joined = Some((start, whole));
            continue;
        }
        instruction(out, start, whole.trim());
    }
    if let Some((start, whole)) = joined {
        instruction(out, start, whole.trim());
    }
}

fn instruction(out: &mut TextFacts, nr: u32, line: &str) {
    let Some((word, rest)) = line.split_once(char::is_whitespace) else { return };
    let word_is = |other: &str| word.eq_ignore_ascii_case(other);
    if ["ENV", "EXPOSE", "COPY", "ADD", "USER", "ONBUILD"].iter().any(|other| word_is(other)) && out.does(Act::Packages).is_none() {
        out.acts.push(Done { act: Act::Packages, what: word.to_owned(), line: nr });
    }
    match word.to_ascii_uppercase().as_str() {
        "ENV" | "ARG" => {
            let rest = rest.trim();
            // `ENV NAME value`, the old form
            let first = rest.split_whitespace().next().unwrap_or("");
            if !first.contains('=') {
                if word.eq_ignore_ascii_case("ENV") {
                    put(out, nr, first, rest[first.len()..].trim());
                }
                return;
            }
            for pair in pairs(rest) {
                if let Some((name, value)) = pair.split_once('=') {
                    put(out, nr, name, value);
                }
            }
        }
        "COPY" | "ADD" => {
            let words: Vec<&str> = rest.split_whitespace().filter(|word| !word.starts_with("--")).collect();
            // what comes out of another stage is judged there
            if rest.contains("--from=") {
                return;
            }
            let sources = words.split_last().map_or(&[][..], |(_, sources)| sources);
            for source in sources.iter().map(|source| source.trim_matches(['[', ']', '"', ','])) {
                if is_credential_file(source) {
                    out.acts.push(Done { act: Act::CopiesCredentials, what: source.trim_start_matches("./").to_owned(), line: nr });
                }
            }
        }
        _ => {}
    }
}

/// `A=b C="d e"` in parts.
fn pairs(text: &str) -> Vec<&str> {
    let (mut out, mut start, mut quote) = (Vec::new(), 0, None);
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c.is_whitespace() => {
                out.push(&text[start..at]);
                start = at;
            }
            None => {}
        }
    }
    out.push(&text[start..]);
    out.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn put(out: &mut TextFacts, line: u32, name: &str, value: &str) {
    let (name, value) = (name.trim(), unquoted(value));
    let class = classify(name, value);
    if class < Value::Templated {
        out.names.push(Name { name: name.to_owned(), given: Given::Literal(class), line });
    }
}

/// `NAME=value` of an environment file, `name = "value"` of Terraform's variables.
pub(super) fn assignments(out: &mut TextFacts, text: &str) {
    for (line, content) in numbered(text) {
        let content = content.strip_prefix("export ").unwrap_or(content);
        let Some((name, value)) = content.split_once('=').filter(|_| !content.starts_with(['#', ';']) && !content.starts_with("//")) else {
            continue;
        };
        let (name, value) = (name.trim(), unquoted(value));
        if !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')) {
            continue;
        }
        let class = classify(name, value);
        if class < Value::Templated || is_credential(name) {
            out.names.push(Name { name: name.to_owned(), given: Given::Literal(class), line });
        }
    }
}

/// A package's own description: whether it starts something.
pub(super) fn package(out: &mut TextFacts, text: &str) {
    let name = out.path.rsplit('/').next().unwrap_or("");
    let starts = match name {
        "manage.py" | "config.ru" => Some(0),
        "package.json" => text.find("\"start\"").filter(|at| {
            // a site of documents is no service
            let script = text[*at..].lines().next().unwrap_or("");
            !["docusaurus", "vuepress", "vitepress", "docsify", "storybook", "honkit", "gitbook"].iter().any(|site| script.contains(site))
        }),
        _ => None,
    };
    if let Some(at) = starts {
        let line = super::source::line_of(text, at);
        out.acts.push(Done { act: Act::Serves, what: name.to_owned(), line });
    }
}

/// The variables of a platform's own description.
pub(super) fn platform(out: &mut TextFacts, text: &str) {
    let name = out.path.rsplit('/').next().unwrap_or("").to_ascii_lowercase();
    // names that other things have, too
    let is_it = match name.as_str() {
        "app.yaml" | "app.yml" => text.contains("runtime:"),
        "template.yaml" | "template.yml" => text.contains("AWS::Serverless") || text.contains("AWSTemplateFormatVersion"),
        "serverless.yml" | "serverless.yaml" => text.contains("provider:"),
        _ => true,
    };
    if !is_it {
        return;
    }
    out.acts.push(Done { act: Act::Serves, what: name, line: 1 });
    for (line, content) in numbered(text) {
        let Some((name, value)) = content.split_once([':', '=']).filter(|_| !content.starts_with('#')) else { continue };
        let (name, value) = (unquoted(name.trim_start_matches("- ")), unquoted(value));
        let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && is_credential(name);
        if !is_name || value.is_empty() {
            continue;
        }
        let has = |word: &str| value.contains(word);
        let given = if has("resolve:secretsmanager") || has("ssm:/aws/reference/secretsmanager") || has("sm://") {
            Given::Manager
        } else if has("resolve:ssm") || has("${ssm:") {
            Given::Store
        } else if has("${env:") || has("${param:") || has("${opt:") || has("!Ref") || has("Ref:") {
            Given::Environment
        } else {
            match classify(name, value) {
                class if class < Value::Templated => Given::Literal(class),
                _ => continue,
            }
        };
        out.names.push(Name { name: name.to_owned(), given, line });
    }
}

/// Pipelines of Jenkins, Azure, CircleCI, Cloud Build and others.
pub(super) fn pipeline(out: &mut TextFacts, text: &str) {
    let name = out.path.rsplit('/').next().unwrap_or("").to_ascii_lowercase();
    let of_circle = out.path.ends_with(".circleci/config.yml") || out.path.ends_with(".circleci/config.yaml");
    let has_role = text.contains("role_arn:") || text.contains("role-arn:");
    for (line, content) in numbered(text) {
        if content.starts_with('#') || content.starts_with("//") {
            continue;
        }
        let mut act = |act: Act, what: &str| out.acts.push(Done { act, what: what.to_owned(), line });
        let has = |word: &str| content.contains(word);
        if has("AmazonWebServicesCredentialsBinding")
            || has("withAWS(credentials")
            || has("GCLOUD_SERVICE_KEY")
            || has("activate-service-account")
        {
            act(Act::StaticKey, "a stored cloud key");
        } else if has("AWS_SECRET_ACCESS_KEY") || has("aws_secret_access_key") || has("AZURE_CLIENT_SECRET") || has("ARM_CLIENT_SECRET") {
            act(Act::StaticKey, "a stored cloud key in the environment");
        }
        if has("withAWS(role")
            || has("assume_role_with_web_identity")
            || has("use_oidc: true")
            || has("CIRCLE_OIDC_TOKEN")
            || of_circle && (has("role_arn:") || has("role-arn:"))
            || has("oidc: true")
        {
            act(Act::Federates, "federation with the cloud");
        }
        if has("azureSubscription:") || has("connectedServiceNameARM:") {
            act(Act::Connection, "a service connection");
        }
        // CircleCI's orb takes stored keys where it is given no role
        if of_circle && has("aws-cli/setup") && !has_role {
            act(Act::StaticKey, "a stored cloud key");
        }
        if name.starts_with("cloudbuild") && (has("availableSecrets") || has("secretEnv")) {
            act(Act::ReadsManager, "Google Secret Manager");
        }
        if DEPLOYS.iter().any(|word| has(word)) {
            act(Act::Deploys, "deploys");
        }
        for mark in ["credentialsId:", "credentials("] {
            let Some((_, rest)) = content.split_once(mark) else { continue };
            let rest = rest.trim_start();
            let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
            if let Some((id, _)) = rest[1..].split_once(quote)
                && !id.is_empty()
                && id.len() <= 80
            {
                out.names.push(Name { name: id.to_owned(), given: Given::Store, line });
            }
        }
        // `$(NAME)`, `$NAME`, `${NAME}` of a credential: the pipeline's own variables
        for (at, _) in content.match_indices('$') {
            let rest = content[at + 1..].trim_start_matches(['(', '{']);
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            let variable = &rest[..end];
            if variable.len() > 3 && is_credential(variable) && variable.bytes().all(|b| !b.is_ascii_lowercase()) {
                out.names.push(Name { name: variable.to_owned(), given: Given::Store, line });
            }
        }
    }
}

/// Commands that deploy.
pub(in crate::assess) const DEPLOYS: [&str; 24] = [
    "kubectl apply",
    "kubectl set image",
    "kubectl rollout",
    "helm upgrade",
    "helm install",
    "kustomize build",
    "skaffold run",
    "skaffold deploy",
    "aws ecs update-service",
    "aws lambda update-function",
    "gcloud run deploy",
    "gcloud app deploy",
    "gcloud functions deploy",
    "az webapp",
    "az containerapp",
    "az functionapp",
    "flyctl deploy",
    "fly deploy",
    "git push heroku",
    "heroku container:release",
    "serverless deploy",
    "sls deploy",
    "sam deploy",
    "eb deploy",
];
