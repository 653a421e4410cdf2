use std::collections::{BTreeMap, BTreeSet};

use memchr::memmem::Finder;

use crate::lint::rules::prelude::*;
use crate::lint::rules::vault_view::{self, Variable};
use crate::model::k8s::{Namespace, pod};
use crate::model::shell::{Call, container_call};
use crate::model::value::{Entry, Node as ValueNode, Origin};
use crate::model::vault::{self, Role, RoleKind};
use crate::text::{Location, SourceFile};

declare_rule! {
    VaultRootToken {
        id: "vault-root-token",
        group: "vault",
        summary: "a Vault token that is written down or shared, or the policy `root`",
        why: "Who uses a token is, to Vault, the token's owner: one that lies in version control or is shared between teams makes every \
              audit record worthless, cannot be revoked without breaking all its users, and, where it is the root token, opens everything. \
              Let workloads log in with what their platform gives them, and keep no root token once Vault is set up.\n\n\
              Reported are `VAULT_TOKEN` and `VAULT_DEV_ROOT_TOKEN_ID` with a value that is written there, `-dev-root-token-id`, \
              `vault login` with a literal token, texts in the form of Vault's tokens, roles and tokens with the policy `root`, and a \
              secret of one name that gives pods of several namespaces their `VAULT_TOKEN`. Placeholders, variables and Compose files, \
              which are for development, are not.",
        bad: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: orders\nspec:\n  containers:\n  - name: app\n    image: orders:1.0\n    env:\n    - name: VAULT_TOKEN\n      value: root\n"),
        good: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: orders\n  annotations:\n    vault.hashicorp.com/agent-inject: \"true\"\n    vault.hashicorp.com/role: orders\nspec:\n  containers:\n  - name: app\n    image: orders:1.0\n"),
        severity: Severity::Error,
        recommended: true,
        is_secret: true,
        source: "https://developer.hashicorp.com/vault/docs/concepts/tokens#root-tokens",
    }
}

const LOGIN: &str = "let workloads log in with what their platform gives them, such as their service account";
const NAMES: [&str; 2] = ["VAULT_TOKEN", "VAULT_DEV_ROOT_TOKEN_ID"];

impl Rule for VaultRootToken {
    fn names_deciders(&self) -> bool {
        true
    }

    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        match document.kind {
            DocumentKind::Workflow | DocumentKind::GitlabCi => {
                for name in NAMES {
                    vault_view::in_pipeline(document, name).iter().for_each(|variable| written(name, variable, cx));
                }
            }
            DocumentKind::Terraform => terraform(document, cx),
            _ => {}
        }
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        for name in NAMES {
            vault_view::in_object(object, name).iter().for_each(|variable| written(name, variable, cx));
        }
        vault::roles(Part::Object(object), cx.sources()).iter().for_each(|role| attached(role, cx));
        let Some(pod) = pod(object) else { return };
        for container in pod.containers() {
            if let Some(call) = container_call(&container, "vault") {
                called(&call, cx);
            }
        }
    }

    fn unit(&self, unit: &Unit, cx: &mut ManifestCx<'_>) {
        shared(unit, cx);
    }

    fn script(&self, script: &Script, cx: &mut ManifestCx<'_>) {
        for name in NAMES {
            vault_view::in_script(script, name).iter().for_each(|variable| written(name, variable, cx));
        }
        script.calls("vault").for_each(|(_, call)| called(&call, cx));
        vault::roles(Part::Script(script), cx.sources()).iter().for_each(|role| attached(role, cx));
    }

    fn manifests(&self, cx: &mut ManifestCx<'_>) {
        let sources = cx.sources();
        let marks = MARKS.map(Finder::new);
        for (source, file) in sources.iter().filter(|(_, file)| file.mapping.is_none() && may_hold_token(file, &marks)) {
            let mut last = None;
            for span in vault::find_tokens(&file.text) {
                let line = file.line(span.start);
                if last.replace(line) == Some(line) {
                    continue;
                }
                let at = Origin { at: Location { source, span }, via: [].into() };
                if let Some(report) = cx.report(&at, "a Vault token is written here") {
                    report.help("revoke it and take it out of version control");
                }
            }
        }
    }
}

/// What stands in files with tokens.
const MARKS: [&str; 5] = ["hvs.", "hvb.", "vault", "Vault", "VAULT"];

/// A search costs less than looking at each place.
fn may_hold_token(file: &SourceFile, marks: &[Finder<'_>]) -> bool {
    let is_code = [".rego", ".md", ".markdown"].iter().any(|suffix| file.path.ends_with(suffix));
    !is_code && marks.iter().any(|mark| mark.find(file.text.as_bytes()).is_some())
}

/// A variable with a token as its value. What has a token's form is found wherever it stands.
fn written(name: &str, variable: &Variable<'_>, cx: &mut ManifestCx<'_>) {
    let Some(value) = variable.value else { return };
    if vault::is_literal(value) && vault::find_tokens(value).is_empty() {
        report(&variable.at, format!("`{name}` has a token that is written here"), LOGIN, cx);
    }
}

fn report(at: &Origin, message: String, help: &str, cx: &mut ManifestCx<'_>) {
    if let Some(report) = cx.report_line(at, message) {
        report.help(help);
    }
}

/// A call of `vault` that is given a token, or makes one with the policy `root`.
fn called(call: &Call, cx: &mut ManifestCx<'_>) {
    for (arg, value) in call.option(&["dev-root-token-id"]) {
        if value.is_some_and(|value| vault::is_literal(value) && vault::find_tokens(value).is_empty()) {
            report(&arg.at, "`-dev-root-token-id` makes a root token that everybody knows".to_owned(), LOGIN, cx);
        }
    }
    let words: Vec<_> = call.args.iter().filter(|arg| !arg.word.prefix().starts_with('-')).collect();
    match words[..] {
        [first, ..] if first.word.text == "login" => {
            let token = match call.option(&["method"]).next() {
                Some((_, Some("token"))) | None => words.get(1).filter(|arg| !arg.word.text.contains('=')),
                _ => None,
            };
            let named = words.iter().find(|arg| arg.word.prefix().starts_with("token="));
            for arg in named.into_iter().chain(token) {
                let value = arg.word.known().map(|text| text.strip_prefix("token=").unwrap_or(text));
                if value.is_some_and(|value| vault::is_literal(value) && vault::find_tokens(value).is_empty()) {
                    report(&arg.at, "a token to log in with is written here".to_owned(), LOGIN, cx);
                }
            }
        }
        [first, second, ..] if first.word.text == "token" && second.word.text == "create" => {
            for (arg, value) in call.option(&["policy"]) {
                if value == Some("root") {
                    report(&arg.at, "the token has the policy `root`".to_owned(), LOGIN, cx);
                }
            }
        }
        _ => {}
    }
}

/// A role that gives its users the policy `root`.
fn attached(role: &Role, cx: &mut ManifestCx<'_>) {
    if role.kind == RoleKind::Database {
        return;
    }
    for key in ["policies", "token_policies"] {
        if let Some(setting) = role.get(key).filter(|setting| setting.has("root")) {
            let message = format!("tokens of the role `{}` are root tokens", role.name);
            report(&setting.at, message, "attach a policy that names the paths that are needed", cx);
        }
    }
}

fn terraform(document: &Document, cx: &mut ManifestCx<'_>) {
    let root = &document.root;
    for provider in vault::blocks_of(root, "provider", "vault") {
        if let Some(entry) = provider.entry("token")
            && entry.value.as_str().is_some_and(|text| vault::is_literal(text) && vault::find_tokens(text).is_empty())
        {
            report(&entry.origin, "the provider's token is written here".to_owned(), LOGIN, cx);
        }
    }
    for resource in vault::resources(root).filter(|resource| resource.kind == "vault_token") {
        if let Some(entry) = resource.body.entry("policies").filter(|entry| names_root(entry)) {
            report(&entry.origin, format!("the token `{}` has the policy `root`", resource.name), LOGIN, cx);
        }
    }
    vault::roles(Part::Document(document), cx.sources()).iter().for_each(|role| attached(role, cx));
}

fn names_root(entry: &Entry) -> bool {
    entry.value.items().iter().any(|item| item.as_str() == Some("root"))
}

/// Secrets of one name that give pods of several namespaces their token.
fn shared(unit: &Unit, cx: &mut ManifestCx<'_>) {
    let mut uses: BTreeMap<&str, (BTreeSet<&str>, Vec<&Entry>)> = BTreeMap::new();
    for object in &unit.objects {
        let (Some(pod), Namespace::Named(namespace)) = (pod(object), object.namespace()) else { continue };
        for item in pod.containers().flat_map(|container| container.env()) {
            if item.get("name").and_then(ValueNode::as_str) != Some("VAULT_TOKEN") {
                continue;
            }
            let Some(reference) = item.entry_at(&["valueFrom", "secretKeyRef"]) else { continue };
            let Some(secret) = reference.value.get("name").and_then(ValueNode::as_str) else { continue };
            let (namespaces, places) = uses.entry(secret).or_default();
            namespaces.insert(namespace);
            places.push(reference);
        }
    }
    for (secret, (namespaces, places)) in uses.into_iter().filter(|(_, (namespaces, _))| namespaces.len() > 1) {
        for place in &places {
            let message = format!("the Vault token in the secret `{secret}` is shared by {} namespaces", namespaces.len());
            let Some(mut report) = cx.report_line(&place.origin, message) else { continue };
            for other in places.iter().filter(|other| other.origin != place.origin).take(MAX_DECIDERS) {
                report = report.decided_by(&other.origin);
            }
            report.help(LOGIN);
        }
    }
}

/// So many other uses are named as what decides a finding.
const MAX_DECIDERS: usize = 16;
