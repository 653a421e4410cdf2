//! Roles of auth methods and of the database engine, however they are written.

use super::resources;
use crate::model::document::DocumentKind;
use crate::model::k8s::Object;
use crate::model::part::Part;
use crate::model::shell::{Arg, Call, Command, Script};
use crate::model::value::{Format, Node, Origin, Scalar, Value, read};
use crate::text::{SourceId, SourceMap};

/// What a role is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RoleKind {
    Kubernetes,
    Jwt,
    /// Of another auth method.
    Auth,
    Database,
}

/// How a role is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// Arguments of `vault write`.
    Arguments,
    /// JSON that `vault write` reads.
    Json,
    Terraform,
    /// A custom resource.
    Object,
}

/// A role.
#[derive(Clone, Debug)]
pub struct Role {
    pub kind: RoleKind,
    pub name: String,
    /// Where what is missing in it is reported.
    pub at: Origin,
    pub settings: Vec<Setting>,
    /// More may be set than can be seen.
    pub is_open: bool,
}

/// One setting of a role.
#[derive(Clone, Debug)]
pub struct Setting {
    pub key: String,
    /// Where its key is written.
    pub at: Origin,
    pub form: Form,
    /// Its texts, `None` for those that are not known; none for what is null or empty.
    pub values: Vec<Option<String>>,
    /// It is a map or a list without anything in it, or null.
    pub is_empty: bool,
}

impl Setting {
    /// Whether one of its values is surely `text`.
    #[must_use]
    pub fn has(&self, text: &str) -> bool {
        self.values.iter().any(|value| value.as_deref().is_some_and(|value| value.trim() == text))
    }

    /// Whether it is there without saying anything.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.is_empty || self.values.iter().all(|value| value.as_deref().is_some_and(|value| value.trim().is_empty()))
    }

    /// The one value that it has; `None` where it is not known or there are several.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.values[..] {
            [Some(text)] => Some(text.trim()),
            _ => None,
        }
    }
}

impl Role {
    /// The setting `key`; of one that is given twice the last.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Setting> {
        self.settings.iter().rev().find(|setting| setting.key == key)
    }

    fn new(kind: RoleKind, name: &str, at: Origin, settings: Vec<Setting>) -> Self {
        Self { kind, name: name.to_owned(), at, settings, is_open: false }
    }
}

/// Options of `vault` that take the next word as their value.
const OPTIONS: [&str; 14] = [
    "-address",
    "-namespace",
    "-ns",
    "-ca-cert",
    "-ca-path",
    "-client-cert",
    "-client-key",
    "-tls-server-name",
    "-format",
    "-field",
    "-header",
    "-mfa",
    "-wrap-ttl",
    "-unlock-key",
];

/// So many payloads in files are looked for in a script.
const MAX_FILES: usize = 64;

/// The roles that a part sets up: resources of Terraform, commands, custom resources.
#[must_use]
pub fn roles(part: Part<'_>, sources: &SourceMap) -> Vec<Role> {
    match part {
        Part::Document(document) if document.kind == DocumentKind::Terraform => roles_in_terraform(&document.root),
        Part::Document(_) => Vec::new(),
        Part::Script(script) => roles_in_script(script, sources),
        Part::Object(object) => roles_in_object(object),
    }
}

/// The roles that a script writes with `vault write`.
fn roles_in_script(script: &Script, sources: &SourceMap) -> Vec<Role> {
    let mut files = 0;
    let mut out = Vec::new();
    for (command, call) in script.calls("vault") {
        let mut words = operands(&call).into_iter();
        if words.next().and_then(|arg| arg.word.known()) != Some("write") {
            continue;
        }
        let Some(path) = words.next() else { continue };
        let Some((mount, name)) = role_path(&path.word.text) else { continue };
        let mut role = Role::new(RoleKind::Auth, name, call.at.clone(), Vec::new());
        for arg in words {
            add_argument(&mut role, script, command, arg, sources, &mut files);
        }
        let Some(kind) = kind_of(mount, &role.settings) else { continue };
        role.kind = kind;
        out.push(role);
    }
    out
}

/// The arguments that are no options.
fn operands(call: &Call) -> Vec<&Arg> {
    let mut out = Vec::new();
    let mut args = call.args.iter();
    while let Some(arg) = args.next() {
        let text = arg.word.prefix();
        if text == "-" || !text.starts_with('-') {
            out.push(arg);
        } else {
            let name = format!("-{}", text.trim_start_matches('-'));
            if OPTIONS.contains(&name.as_str()) {
                args.next();
            }
        }
    }
    out
}

/// The mount and the name of a role's path: `auth/kubernetes/role/app`, `database/roles/app`.
fn role_path(path: &str) -> Option<(&str, &str)> {
    let path = path.trim_start_matches('/');
    ["/role/", "/roles/"].iter().find_map(|middle| {
        let at = path.find(middle)?;
        let name = &path[at + middle.len()..];
        (at > 0 && !name.is_empty()).then_some((&path[..at], name))
    })
}

fn kind_of(mount: &str, settings: &[Setting]) -> Option<RoleKind> {
    let has = |keys: &[&str]| settings.iter().any(|setting| keys.contains(&setting.key.as_str()));
    if !mount.starts_with("auth/") {
        let is_database = has(&["db_name", "creation_statements"]) || mount.contains("database");
        return is_database.then_some(RoleKind::Database);
    }
    if has(&["bound_service_account_names", "bound_service_account_namespaces", "bound_service_account_namespace_selector"]) {
        return Some(RoleKind::Kubernetes);
    }
    let method = mount.strip_prefix("auth/").unwrap_or(mount);
    let is_jwt = method.contains("jwt") || method.contains("oidc");
    // roles of a Kubernetes mount that are changed in part
    let known = ["kubernetes", "k8s", "approle", "token", "aws", "azure", "gcp"].iter().any(|known| method.contains(known));
    if is_jwt || (!known && has(&["user_claim", "bound_audiences", "bound_claims", "bound_subject", "role_type"])) {
        return Some(RoleKind::Jwt);
    }
    Some(RoleKind::Auth)
}

/// `key=value`, `@file.json`, `-`.
fn add_argument(role: &mut Role, script: &Script, command: &Command, arg: &Arg, sources: &SourceMap, files: &mut usize) {
    let text = arg.word.prefix();
    if let Some((key, value)) = arg.word.key_value() {
        // the value is read from elsewhere
        let value = value.filter(|value| !value.starts_with('@') && *value != "-");
        let values = match value {
            Some(value) if value.trim_start().starts_with(['{', '[']) => vec![Some(value.to_owned())],
            Some(value) => value.split(',').map(|value| Some(value.to_owned())).collect(),
            None => vec![None],
        };
        role.settings.push(Setting { key: key.to_owned(), at: arg.at.clone(), form: Form::Arguments, values, is_empty: false });
        return;
    }
    let payload = if text == "-" && !arg.word.is_unknown() {
        let file = sources.get(script.source);
        script.input(command).and_then(|input| script.json(file, input))
    } else if let Some(path) = arg.word.known().and_then(|text| text.strip_prefix('@')).filter(|_| *files < MAX_FILES) {
        *files += 1;
        file_at(sources, script.source, path).and_then(|source| {
            let documents = read(source, &sources.get(source).text, Format::Json).documents;
            documents.into_iter().next().filter(|document| document.complete)?.root
        })
    } else {
        None
    };
    match payload {
        Some(node) => role.settings.extend(settings_of(&node, Form::Json)),
        None => role.is_open = true,
    }
}

/// A file of the run that a script names: beside itself, or as seen from the working directory.
fn file_at(sources: &SourceMap, script: SourceId, path: &str) -> Option<SourceId> {
    let path = path.trim_start_matches("./");
    let own = &sources.get(sources.outermost(script)).path;
    let beside = own.rsplit_once('/').map(|(folder, _)| format!("{folder}/{path}"));
    let find = |wanted: &str| sources.iter().find(|(_, file)| file.mapping.is_none() && file.path == wanted).map(|(source, _)| source);
    beside.and_then(|path| find(&path)).or_else(|| find(path))
}

/// The entries of a map as settings.
fn settings_of(node: &Node, form: Form) -> Vec<Setting> {
    let setting = |entry: &crate::model::value::Entry| {
        let (values, is_empty) = values_of(&entry.value);
        Setting { key: entry.key.to_string(), at: entry.origin.clone(), form, values, is_empty }
    };
    node.entries().iter().map(setting).collect()
}

fn values_of(node: &Node) -> (Vec<Option<String>>, bool) {
    match &node.value {
        Value::Map(entries) => (if entries.is_empty() { Vec::new() } else { vec![None] }, entries.is_empty()),
        Value::List(items) => (items.iter().flat_map(|item| values_of(item).0).collect(), items.is_empty()),
        Value::Scalar(Scalar::Null) => (Vec::new(), true),
        Value::Scalar(Scalar::Bool(value)) => (vec![Some(value.to_string())], false),
        Value::Scalar(Scalar::Number(text)) => (vec![Some(text.to_string())], false),
        Value::Scalar(Scalar::String(text)) if super::is_opaque(text) => (vec![None], false),
        Value::Scalar(Scalar::String(text)) => (text.split(',').map(|text| Some(text.to_owned())).collect(), false),
        Value::Scalar(Scalar::Unknown(_)) => (vec![None], false),
    }
}

/// The roles among the resources of a Terraform file.
fn roles_in_terraform(root: &Node) -> Vec<Role> {
    let mut out = Vec::new();
    for resource in resources(root) {
        let kind = match resource.kind {
            "vault_kubernetes_auth_backend_role" => RoleKind::Kubernetes,
            "vault_jwt_auth_backend_role" => RoleKind::Jwt,
            "vault_database_secret_backend_role" => RoleKind::Database,
            kind if kind.starts_with("vault_") && kind.ends_with("_auth_backend_role") => RoleKind::Auth,
            _ => continue,
        };
        out.push(Role::new(kind, resource.name, resource.at.clone(), settings_of(resource.body, Form::Terraform)));
    }
    out
}

/// The roles that custom resources stand for: `KubernetesAuthEngineRole` and `JWTOIDCAuthEngineRole` of vault-config-operator, and what
/// a `Vault` of the bank-vaults operator configures.
fn roles_in_object(object: &Object) -> Vec<Role> {
    match (&*object.group, &*object.kind) {
        ("redhatcop.redhat.io", "KubernetesAuthEngineRole" | "JWTOIDCAuthEngineRole") => {
            let Some(spec) = object.spec().filter(|spec| !spec.value.entries().is_empty()) else { return Vec::new() };
            let kind = if object.kind.starts_with('K') { RoleKind::Kubernetes } else { RoleKind::Jwt };
            let mut settings = settings_of(&spec.value, Form::Object);
            // namespaces have a map of their own
            if let Some(namespaces) = spec.value.get("targetNamespaces") {
                settings.extend(settings_of(namespaces, Form::Object));
            }
            for setting in &mut settings {
                setting.key = renamed(&setting.key);
            }
            let name = object.name().unwrap_or("");
            let mut role = Role::new(kind, name, spec.origin.clone(), settings);
            role.is_open = object.partial;
            vec![role]
        }
        ("vault.banzaicloud.com", "Vault") => {
            let auth = object.root.path(&["spec", "externalConfig", "auth"]).map_or(&[][..], Node::items);
            auth.iter().flat_map(|method| bank_vaults(method, object.partial)).collect()
        }
        _ => Vec::new(),
    }
}

fn bank_vaults(method: &Node, partial: bool) -> Vec<Role> {
    let kind = match method.get("type").and_then(Node::as_str) {
        Some("kubernetes") => RoleKind::Kubernetes,
        Some("jwt" | "oidc") => RoleKind::Jwt,
        Some(_) => RoleKind::Auth,
        None => return Vec::new(),
    };
    let roles = method.get("roles").map_or(&[][..], Node::items);
    let role = |node: &Node| {
        let name = node.get("name").and_then(Node::as_str).unwrap_or("");
        let mut role = Role::new(kind, name, node.origin.clone(), settings_of(node, Form::Object));
        role.is_open = partial;
        role
    };
    roles.iter().filter(|node| matches!(node.value, Value::Map(_))).map(role).collect()
}

/// What Vault calls a field of a custom resource.
fn renamed(field: &str) -> String {
    match field {
        "targetServiceAccounts" => "bound_service_account_names".to_owned(),
        "targetNamespaces" => "bound_service_account_namespaces".to_owned(),
        "targetNamespaceSelector" => "bound_service_account_namespace_selector".to_owned(),
        _ => {
            let mut out = String::with_capacity(field.len() + 4);
            for c in field.chars() {
                if c.is_ascii_uppercase() {
                    out.push('_');
                }
                out.push(c.to_ascii_lowercase());
            }
            out.replace("_t_t_l", "_ttl").replace("tokenttl", "token_ttl")
        }
    }
}
