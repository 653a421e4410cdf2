//! Where the value of an expression of Terraform comes from.

use std::collections::{BTreeMap, BTreeSet};

use super::rotation::Rotators;
use super::stores::is_leased_path;
use super::terraform::{Block, field, files, labelled, resources};
use super::values::{Value, classify};
use super::{Holding, held_as};
use crate::assess::program::{Given, TextKind};
use crate::assess::world::{Ground, cleaned};
use crate::model::value::{Node, Scalar, Value as Data};

/// What the files of a run say of variables, locals and resources, by folder.
pub(super) struct Expressions<'a> {
    /// `(folder, name)` → the default, where there is one.
    variables: BTreeMap<(String, String), Option<&'a Node>>,
    /// Those that are marked as sensitive.
    sensitive: BTreeSet<(String, String)>,
    /// The classes of values in files of variables.
    given: BTreeMap<(String, String), Value>,
    locals: BTreeMap<(String, String), &'a Node>,
    resources: BTreeMap<(String, String), Block<'a>>,
    pub(super) rotators: Rotators,
    /// Whether only rotation at the source counts.
    strict: bool,
}

/// Where a value comes from, in words, and how it is held.
pub(super) type Origin = Option<(Holding, String)>;

const MAX_DEPTH: usize = 8;

impl<'a> Expressions<'a> {
    pub(super) fn new(ground: &Ground<'a>, rotators: Rotators) -> Self {
        let mut this = Self {
            variables: BTreeMap::new(),
            sensitive: BTreeSet::new(),
            given: BTreeMap::new(),
            locals: BTreeMap::new(),
            resources: BTreeMap::new(),
            rotators,
            strict: ground.settings.strict,
        };
        for file in files(ground.manifests) {
            let path = &ground.sources.get(ground.sources.outermost(file.source)).path;
            let folder = cleaned(path.rsplit_once('/').map_or("", |(folder, _)| folder));
            for block in labelled(&file.root, "variable") {
                this.variables.insert((folder.clone(), block.name.to_owned()), block.body.get("default"));
                if block.body.get("sensitive").and_then(Node::as_bool) == Some(true) {
                    this.sensitive.insert((folder.clone(), block.name.to_owned()));
                }
            }
            let blocks = file
                .root
                .get("locals")
                .map_or(&[][..], |node| if node.items().is_empty() { std::slice::from_ref(node) } else { node.items() });
            for entry in blocks.iter().flat_map(Node::entries) {
                this.locals.insert((folder.clone(), entry.key.to_string()), &entry.value);
            }
            for block in resources(&file.root) {
                this.resources.insert((folder.clone(), format!("{}.{}", block.kind, block.name)), block);
            }
        }
        for text in ground.texts.iter().filter(|text| text.kind == TextKind::TfVars) {
            for name in &text.names {
                if let Given::Literal(class) = name.given {
                    let known = this.given.entry((cleaned(text.folder()), name.name.clone())).or_insert(class);
                    *known = class.min(*known);
                }
            }
        }
        this
    }

    /// The resource that a text refers to first: `aws_iam_role.orders.arn`.
    pub(super) fn resource(&self, folder: &str, kind: &str, text: &str) -> Option<&Block<'a>> {
        let rest = text.split(&format!("{kind}.")).nth(1)?;
        let label: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).collect();
        self.resources.get(&(cleaned(folder), format!("{kind}.{label}")))
    }

    /// How the value `node` of the field or variable `name` is held; `None` where it is no credential.
    pub(super) fn held(&self, folder: &str, name: &str, node: &Node) -> Origin {
        match &node.value {
            Data::Scalar(Scalar::String(text)) => self.literal(name, text),
            Data::Scalar(Scalar::Unknown(text)) => self.expression(folder, name, text, 0),
            _ => None,
        }
    }

    fn literal(&self, name: &str, text: &str) -> Origin {
        if text.starts_with("@Microsoft.KeyVault(") {
            // without a version it is read again each day
            return Some(self.managed("Azure Key Vault", self.rotators.azure, !is_pinned(text)));
        }
        if text.starts_with("arn:aws:secretsmanager:") {
            return Some(self.managed("AWS Secrets Manager", self.rotators.aws.any(), false));
        }
        if text.starts_with("arn:aws:ssm:") || text.starts_with('/') && text.len() > 1 {
            return Some((Holding::Stored, "an SSM parameter".to_owned()));
        }
        let class = classify(name, text);
        (class < Value::Templated).then(|| (held_as(class), format!("a value in the file: {}", class.describe())))
    }

    /// A value out of a manager: rotated there; else it is known that it is not where the files hold the secret itself.
    fn managed(&self, manager: &str, rotated: bool, refreshed: bool) -> (Holding, String) {
        if rotated {
            (Holding::Rotated, format!("{manager}, rotated"))
        } else if refreshed {
            (if self.strict { Holding::Managed } else { Holding::Rotated }, format!("{manager}, read again by the platform each day"))
        } else {
            (Holding::ManagedRotationUnseen, format!("{manager}, no rotation in sight"))
        }
    }

    /// What the references in an expression come from: the worst of them.
    pub(super) fn expression(&self, folder: &str, name: &str, text: &str, depth: usize) -> Origin {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut found: Vec<(Holding, String)> = Vec::new();
        for reference in references(text) {
            found.extend(self.reference(folder, name, reference, depth));
        }
        // a password beside what is filled in: `postgres://orders:…@${…}`
        if found.is_empty()
            && let Some(password) = crate::secrets::value::url_password(text.trim_matches('"'))
            && !password.contains("${")
        {
            found.extend(self.literal("password", password));
        }
        found.into_iter().min()
    }

    fn reference(&self, folder: &str, name: &str, reference: &str, depth: usize) -> Origin {
        let key = |label: &str| (cleaned(folder), label.to_owned());
        let label = |prefix: &str| -> Option<String> {
            let rest = reference.strip_prefix(prefix)?;
            Some(rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).collect())
        };
        if let Some(label) = label("var.") {
            if let Some(class) = self.given.get(&key(&label)).filter(|class| **class < Value::Templated) {
                return Some((held_as(*class), format!("variable `{label}`, set in a file of variables")));
            }
            let default = self.variables.get(&key(&label)).copied().flatten();
            if let Some(class) = default.and_then(Node::as_str).map(|text| classify(&label, text))
                && class < Value::Templated
            {
                return Some((held_as(class), format!("the default of variable `{label}`")));
            }
            // a variable with another default is a setting
            let is_secret = crate::assess::program::is_credential(&label)
                || crate::assess::program::is_credential(name)
                || self.sensitive.contains(&key(&label));
            let is_set = default.is_some_and(|node| node.as_str().is_some_and(|text| !text.is_empty()) || node.as_bool().is_some());
            return (is_secret && !is_set).then(|| (Holding::Manual, format!("variable `{label}`, set by hand")));
        }
        if let Some(label) = label("local.") {
            let node = self.locals.get(&key(&label)).copied()?;
            return match &node.value {
                Data::Scalar(Scalar::String(text)) => self.literal(&label, text),
                Data::Scalar(Scalar::Unknown(text)) => self.expression(folder, name, text, depth + 1),
                _ => None,
            };
        }
        let bare = reference.strip_prefix("data.").unwrap_or(reference);
        let kind = bare.split('.').next().unwrap_or("");
        let resource = self.resource(folder, kind, bare);
        match kind {
            "random_password" | "random_string" => Some((Holding::Manual, "made by Terraform and kept in its state".to_owned())),
            "aws_secretsmanager_secret" | "aws_secretsmanager_secret_version" | "aws_secretsmanager_random_password" => {
                let own = self.resource(folder, "aws_secretsmanager_secret", bare);
                let named = own.and_then(|block| field(block.body, &["name"])).and_then(Node::as_str);
                let rotated = if named.is_some() { self.rotators.aws.covers(named) } else { self.rotators.aws.any() };
                let version = if bare == reference { self.resource(folder, "aws_secretsmanager_secret_version", bare) } else { None };
                let literal =
                    version.and_then(|block| field(block.body, &["secret_string"])).and_then(|node| self.held(folder, "password", node));
                if let Some((holding @ (Holding::Literal | Holding::Manual), source)) =
                    literal.filter(|(holding, _)| *holding == Holding::Literal)
                {
                    return Some((holding, source));
                }
                let here = own.is_some() && !rotated;
                Some(if here {
                    (Holding::Managed, "AWS Secrets Manager, without rotation".to_owned())
                } else {
                    self.managed("AWS Secrets Manager", rotated, false)
                })
            }
            "google_secret_manager_secret" | "google_secret_manager_secret_version" => {
                let here = self.resource(folder, "google_secret_manager_secret", bare).is_some() && !self.rotators.google.any();
                let manager = "Google Secret Manager";
                Some(if here {
                    (Holding::Managed, format!("{manager}, without rotation"))
                } else {
                    self.managed(manager, self.rotators.google.any(), false)
                })
            }
            "azurerm_key_vault_secret" => Some(self.managed("Azure Key Vault", self.rotators.azure, false)),
            "aws_ssm_parameter" => Some((Holding::Stored, "an SSM parameter".to_owned())),
            "sops_file" | "sops_external" => Some((Holding::Stored, "a file encrypted by SOPS".to_owned())),
            "aws_iam_access_key" => Some((Holding::Manual, "a long-lived key that Terraform makes and keeps in its state".to_owned())),
            "vault_generic_secret" | "vault_kv_secret" | "vault_kv_secret_v2" | "vault_generic_endpoint" => {
                let path = resource.and_then(|block| field(block.body, &["path"])).and_then(Node::as_str).unwrap_or("");
                let leased = is_leased_path(path);
                Some(if leased {
                    (Holding::Leased(None), format!("Vault, `{path}`"))
                } else {
                    self.managed("Vault", self.rotators.vault, false)
                })
            }
            "vault_aws_access_credentials" | "vault_azure_access_credentials" | "vault_gcp_auth_backend" => {
                Some((Holding::Leased(None), "leased by Vault".to_owned()))
            }
            // the password of a store that is declared here
            "aws_db_instance" | "aws_rds_cluster" | "google_sql_user"
                if reference.ends_with(".password") || reference.ends_with(".master_password") =>
            {
                let body = resource?.body;
                let node = ["password", "master_password"].iter().find_map(|key| field(body, &[key]))?;
                match &node.value {
                    Data::Scalar(Scalar::String(text)) => self.literal("password", text),
                    Data::Scalar(Scalar::Unknown(text)) => self.expression(folder, "password", text, depth + 1),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// Whether a reference to Key Vault names a version: `…/secrets/db/0123…)`, `SecretVersion=…`.
fn is_pinned(text: &str) -> bool {
    let version = text
        .split_once("/secrets/")
        .and_then(|(_, rest)| rest.split_once('/'))
        .is_some_and(|(_, rest)| rest.starts_with(|c: char| c.is_ascii_hexdigit()));
    version || text.contains("SecretVersion=") && !text.contains("SecretVersion=)")
}

/// The references in an expression: dotted names, but for those of functions.
fn references(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.split(move |c: char| !is_part(c))
        .filter(|part| part.contains('.') && part.starts_with(|c: char| c.is_ascii_alphabetic()) && part.len() < 256)
}
