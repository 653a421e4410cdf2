//! Credentials of what Terraform runs: functions, containers, machines; of providers, and of databases.

use super::expression::Expressions;
use super::terraform::{Block, WORKLOADS, blocks, field, files, labelled, resources, workloads};
use super::{Consumer, Credential, Holding, Inventory, is_cloud_key, rotation};
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Reach, Spot, Subject};
use crate::assess::program::{Act, is_credential, paired};
use crate::assess::status::Strength;
use crate::assess::world::{Ground, World, is_sample};
use crate::model::document::Document;
use crate::model::value::{Node, Origin, Scalar, Value as Data};
use crate::text::{Location, Span};

struct Finder<'a, 's> {
    ground: &'a Ground<'a>,
    expressions: Expressions<'a>,
    observer: &'a mut Observer<'s>,
    out: &'a mut Inventory,
    /// Some policy lets its bearer log in to a database by identity, and some database takes that.
    database_login: bool,
}

/// The service accounts of clusters that Terraform binds to identities of clouds.
pub(super) fn bindings(out: &mut Inventory, ground: &Ground<'_>) {
    for resource in files(ground.manifests).flat_map(|file| resources(&file.root)) {
        let text = |key: &str| field(resource.body, &[key]).and_then(|node| node.as_str().or_else(|| node.unknown()));
        if resource.kind == "aws_eks_pod_identity_association" {
            if let (Some(space), Some(account)) = (text("namespace"), text("service_account")) {
                let what = "an AWS role (pod identity)".to_owned();
                out.bound.insert((space.to_owned(), account.to_owned()), (what, resource.body.origin.clone()));
            }
        } else if resource.kind.starts_with("google_") {
            // `serviceAccount:project.svc.id.goog[namespace/account]`, `principal://…/subject/ns/<namespace>/sa/<account>`
            let members = field(resource.body, &["members"]).map_or(&[][..], Node::items);
            let members = members.iter().filter_map(|node| node.as_str().or_else(|| node.unknown())).chain(text("member"));
            for member in members {
                let pool = member.split_once(".svc.id.goog[").and_then(|(_, rest)| rest.split(']').next()?.split_once('/'));
                let direct = || member.split_once("/subject/ns/").and_then(|(_, rest)| rest.trim_matches('"').split_once("/sa/"));
                if let Some((space, account)) = pool.or_else(direct) {
                    let what = "a Google identity".to_owned();
                    out.bound.insert((space.to_owned(), account.to_owned()), (what, resource.body.origin.clone()));
                }
            }
        }
    }
}

pub(super) fn credentials(out: &mut Inventory, observer: &mut Observer<'_>, world: &World, ground: &Ground<'_>) {
    let expressions = Expressions::new(ground, rotation::rotators(world, ground));
    let database_login = logs_in_by_identity(ground);
    let mut finder = Finder { ground, expressions, observer, out, database_login };
    for file in files(ground.manifests) {
        let path = ground.sources.get(ground.sources.outermost(file.source)).path.clone();
        if is_sample(&path, ground.roots) {
            continue;
        }
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        for environment in world.environments_of(ground, &path) {
            let reach = Reach { environment, namespace: None };
            finder.file(file, &folder, &reach);
        }
    }
}

/// Whether a database takes logins by identity, and something is allowed to ask for its tokens.
fn logs_in_by_identity(ground: &Ground<'_>) -> bool {
    let on = |block: &Block<'_>| {
        let flag = |path: &[&str]| field(block.body, path).and_then(Node::as_bool) == Some(true);
        let flags = || {
            blocks(block.body, &["settings", "database_flags"]).iter().any(|node| {
                let text = |key: &str| node.get(key).and_then(Node::as_str).unwrap_or("");
                text("name").contains("iam_authentication") && text("value") == "on"
            })
        };
        flag(&["iam_database_authentication_enabled"])
            || flag(&["azuread_administrator", "azuread_authentication_only"])
            || flag(&["authentication", "active_directory_auth_enabled"])
            || flags()
            || block.kind == "google_sql_user"
                && field(block.body, &["type"]).and_then(Node::as_str).is_some_and(|kind| kind.starts_with("CLOUD_IAM"))
    };
    let takes = files(ground.manifests).flat_map(|file| resources(&file.root)).any(|block| on(&block));
    let connect =
        |text: &str| ["rds-db:connect", "roles/cloudsql.instanceUser", "roles/cloudsql.client"].iter().any(|word| text.contains(word));
    let allowed = files(ground.manifests).any(|file| connect(&ground.sources.get(file.source).text));
    let asks = ground.texts.iter().any(|text| text.does(Act::DatabaseToken).is_some());
    takes && (allowed || asks)
}

impl Finder<'_, '_> {
    fn file(&mut self, file: &Document, folder: &str, reach: &Reach) {
        for block in labelled(&file.root, "provider") {
            self.provider(&block, folder, reach);
        }
        for block in resources(&file.root) {
            self.store(&block, folder, reach);
            if matches!(block.kind, "aws_iam_access_key" | "google_service_account_key" | "azuread_application_password") {
                let subject = Subject::new("", block.kind, block.name);
                self.observer.add(Fact::StaticCloudKey, subject, reach, Some(&block.body.origin), "makes a long-lived cloud key");
            }
        }
        for block in workloads(&file.root) {
            self.workload(&block, folder, reach);
        }
        for block in resources(&file.root).iter().filter(|block| block.kind == "helm_release") {
            self.release(block, folder, reach);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a credential has as many sides")]
    fn add(&mut self, consumer: Consumer, subject: &Subject, name: &str, reach: &Reach, holding: Holding, source: String, at: &Origin) {
        let mut spots = vec![Spot::of(self.observer.sources, at.at)];
        if holding == Holding::Rotated {
            let rotators = &self.expressions.rotators;
            let places: Vec<_> = if source.starts_with("AWS Secrets Manager") {
                rotators.aws.places(None).collect()
            } else if source.starts_with("Google Secret Manager") {
                rotators.google.places(None).collect()
            } else {
                Vec::new()
            };
            let sources = self.observer.sources;
            spots.extend(places.into_iter().take(3).map(|at| Spot::of(sources, sources.first_line(at))));
        } else if source.starts_with("AWS Secrets Manager") {
            let sources = self.observer.sources;
            spots.extend(self.expressions.rotators.aws.seldom.iter().take(3).map(|at| Spot::of(sources, sources.first_line(*at))));
        }
        let (subject, reach, strength) = (subject.clone().with_part(name), reach.clone(), Strength::PARSED);
        self.out.credentials.push(Credential { consumer, subject, reach, holding, source, strength, spots, secret: None });
    }

    /// What a release of a chart is given one by one; what its values hold is read where they stand.
    fn release(&mut self, block: &Block<'_>, folder: &str, reach: &Reach) {
        let subject = Subject::new("", block.kind, block.name);
        for set in ["set", "set_sensitive"].iter().flat_map(|key| blocks(block.body, &[key])) {
            let Some(name) = set.get("name").and_then(Node::as_str) else { continue };
            let last = name.rsplit('.').next().unwrap_or(name);
            let Some(entry) = set.entry("value").filter(|_| is_credential(last)) else { continue };
            if let Some((holding, source)) = self.expressions.held(folder, last, &entry.value) {
                self.add(Consumer::Workload, &subject, name, reach, holding, source, &entry.origin);
            }
        }
    }

    /// What Terraform itself logs in with.
    fn provider(&mut self, block: &Block<'_>, folder: &str, reach: &Reach) {
        let subject = Subject::new("", "provider", block.name);
        for entry in block.body.entries() {
            let is_file = entry.value.unknown().is_some_and(|text| text.contains("file("));
            let held = match &*entry.key {
                "credentials" if is_file => Some((Holding::Manual, "a key's file".to_owned())),
                key if is_credential(key) => self.expressions.held(folder, key, &entry.value),
                _ => None,
            };
            let Some((holding, source)) = held else { continue };
            if !matches!(&*entry.key, "access_key") {
                self.add(Consumer::Pipeline, &subject, &entry.key, reach, holding, source, &entry.origin);
            }
            let is_key = matches!(&*entry.key, "access_key" | "secret_key" | "client_secret" | "credentials")
                && matches!(block.name, "aws" | "google" | "google-beta" | "azurerm" | "azuread");
            if is_key && holding <= Holding::Managed {
                self.observer.add(
                    Fact::StaticCloudKey,
                    subject.clone().with_part(&*entry.key),
                    reach,
                    Some(&entry.origin),
                    "a cloud key in a provider block",
                );
            }
            if block.name == "vault" && &*entry.key == "token" && holding <= Holding::Managed {
                let part = subject.clone().with_part("token");
                self.observer.add(Fact::StaticManagerToken, part, reach, Some(&entry.origin), "a static Vault token in a provider block");
            }
        }
    }

    /// The passwords of databases' own users: those that are held by hand; others belong to whoever keeps them.
    fn store(&mut self, block: &Block<'_>, folder: &str, reach: &Reach) {
        let subject = Subject::new("", block.kind, block.name);
        if let Some(node) = field(block.body, &["manage_master_user_password"]).filter(|node| node.as_bool() == Some(true)) {
            self.add(
                Consumer::Tool,
                &subject,
                "password",
                reach,
                Holding::Rotated,
                "rotated by RDS in AWS Secrets Manager".to_owned(),
                &node.origin,
            );
            return;
        }
        let is_store = ["db", "rds", "sql", "redis", "redshift", "docdb", "elasticache", "mq", "postgresql", "mysql", "mongo", "cosmos"]
            .iter()
            .any(|word| block.kind.split('_').any(|part| part == *word));
        if !is_store {
            return;
        }
        for key in [
            "password",
            "master_password",
            "master_user_password",
            "root_password",
            "administrator_login_password",
            "administrator_password",
            "auth_token",
        ] {
            let Some(node) = field(block.body, &[key]) else { continue };
            let Some((holding, source)) = self.expressions.held(folder, key, node) else { continue };
            let by_hand = holding <= Holding::Manual && !source.starts_with("made by Terraform");
            let consumer = if by_hand { Consumer::Workload } else { Consumer::Tool };
            self.add(consumer, &subject, key, reach, holding, source, &node.origin);
        }
    }

    fn workload(&mut self, block: &Block<'_>, folder: &str, reach: &Reach) {
        let subject = Subject::new("", block.kind, block.name);
        let identity = WORKLOADS.iter().find(|(kind, _)| *kind == block.kind).map_or(&[][..], |(_, path)| *path);
        let role = if identity.is_empty() { None } else { field(block.body, identity) };
        if let Some(node) = role.filter(|node| !node.is_null()) {
            self.observer.add(Fact::WorkloadIdentity, subject.clone(), reach, Some(&node.origin), "runs under a cloud identity of its own");
            self.add(Consumer::Workload, &subject, "cloud identity", reach, Holding::Identity, "cloud identity".to_owned(), &node.origin);
        }
        if self.database_login && self.may_connect(block, folder, role) {
            let at = role.map_or(&block.body.origin, |node| &node.origin).clone();
            let source = "a short token of its identity".to_owned();
            self.add(Consumer::Workload, &subject, "database login", reach, Holding::Leased(Some(1)), source, &at);
        }
        let mut given: Vec<(String, &Node, &Origin)> = Vec::new();
        for path in [
            &["environment", "variables"][..],
            &["app_settings"],
            &["environment_variables"],
            &["service_config", "environment_variables"],
            &["source_configuration", "image_repository", "image_configuration", "runtime_environment_variables"],
            &["source_configuration", "image_repository", "image_configuration", "runtime_environment_secrets"],
            &["container", "environment_variables"],
            &["container", "secure_environment_variables"],
            &["env_variables"],
        ] {
            for node in blocks(block.body, path) {
                given.extend(node.entries().iter().map(|entry| (entry.key.to_string(), &entry.value, &entry.origin)));
            }
        }
        for path in [
            &["template", "containers", "env"][..],
            &["template", "spec", "containers", "env"],
            &["template", "container", "env"],
            &["template", "template", "containers", "env"],
        ] {
            for node in blocks(block.body, path) {
                let Some(name) = node.get("name").and_then(Node::as_str) else { continue };
                let secret =
                    [&["value_source", "secret_key_ref"][..], &["value_from", "secret_key_ref"]].iter().find_map(|path| field(node, path));
                if let Some(secret) = secret {
                    self.cloud_run(&subject, name, secret, reach);
                } else if let Some(value) = node.get("value") {
                    given.push((name.to_owned(), value, &value.origin));
                } else if let Some(named) = node.get("secret_name").and_then(Node::as_str) {
                    self.container_app(block, &subject, name, named, folder, reach, &node.origin);
                }
            }
        }
        for node in blocks(block.body, &["secret_environment_variables"])
            .into_iter()
            .chain(blocks(block.body, &["service_config", "secret_environment_variables"]))
        {
            if let Some(name) = node.get("key").and_then(Node::as_str) {
                self.cloud_run(&subject, name, node, reach);
            }
        }
        let names: Vec<String> = given.iter().map(|(name, ..)| name.clone()).collect();
        for (name, node, at) in given {
            self.variable(&subject, &name, node, &names, folder, reach, at);
        }
        if let Some(definitions) = field(block.body, &["container_definitions"]) {
            self.containers(&subject, definitions, folder, reach);
        }
        for key in ["user_data", "user_data_base64", "custom_data", "metadata_startup_script"] {
            if let Some(node) = field(block.body, &[key]) {
                self.script(&subject, node, folder, reach);
            }
        }
    }

    /// Whether the role of a workload may ask for tokens of a database: its policies say so, or no policy says whose right that is.
    fn may_connect(&self, block: &Block<'_>, folder: &str, role: Option<&Node>) -> bool {
        let Some(text) = role.and_then(Node::unknown) else { return false };
        let Some(own) = self.expressions.resource(folder, "aws_iam_role", text) else {
            return !text.contains("aws_iam_role") && block.kind.starts_with("google_");
        };
        let mark = format!("aws_iam_role.{}.", own.name);
        let mut of_role = false;
        let mut any = false;
        for file in files(self.ground.manifests) {
            let source = &self.ground.sources.get(file.source).text;
            for policy in resources(&file.root) {
                let is_for = field(policy.body, &["role"]).and_then(Node::unknown).is_some_and(|text| text.contains(&mark));
                let is_policy = matches!(policy.kind, "aws_iam_role_policy" | "aws_iam_role_policy_attachment");
                if !is_for || !is_policy {
                    continue;
                }
                any = true;
                let body = source.get(policy.body.origin.at.span.range()).unwrap_or("");
                // the policy itself, or the document or policy that it names
                of_role |= body.contains("rds-db:connect") || self.names_connect(body);
            }
        }
        of_role || !any
    }

    /// Whether a policy or a document that a text names allows logins to databases.
    fn names_connect(&self, body: &str) -> bool {
        for file in files(self.ground.manifests) {
            let text = &self.ground.sources.get(file.source).text;
            for (at, _) in text.match_indices("rds-db:connect") {
                // the block that it stands in
                let Some(start) = text[..at].rfind("\ndata \"").max(text[..at].rfind("\nresource \"")).or(Some(0)) else { continue };
                let header = text[start..].trim_start().lines().next().unwrap_or("");
                let labels: Vec<&str> = header.split('"').skip(1).step_by(2).collect();
                if let [kind, name, ..] = labels[..]
                    && body.contains(&format!("{kind}.{name}"))
                {
                    return true;
                }
            }
        }
        false
    }

    fn cloud_run(&mut self, subject: &Subject, name: &str, secret: &Node, reach: &Reach) {
        let rotated = self.expressions.rotators.google.any();
        let holding = if rotated { Holding::Rotated } else { Holding::ManagedRotationUnseen };
        self.add(Consumer::Workload, subject, name, reach, holding, "Google Secret Manager".to_owned(), &secret.origin);
    }

    #[expect(clippy::too_many_arguments, reason = "a credential has as many sides")]
    fn container_app(&mut self, block: &Block<'_>, subject: &Subject, name: &str, secret: &str, folder: &str, reach: &Reach, at: &Origin) {
        let own = blocks(block.body, &["secret"]).into_iter().find(|node| node.get("name").and_then(Node::as_str) == Some(secret));
        let (holding, source) = match own {
            Some(node) if node.get("key_vault_secret_id").is_some() => (Holding::ManagedRotationUnseen, "Azure Key Vault".to_owned()),
            Some(node) => node
                .get("value")
                .and_then(|value| self.expressions.held(folder, name, value))
                .unwrap_or((Holding::Stored, "the platform's secret".to_owned())),
            None => (Holding::Stored, "the platform's secret".to_owned()),
        };
        self.add(Consumer::Workload, subject, name, reach, holding, source, at);
    }

    #[expect(clippy::too_many_arguments, reason = "a credential has as many sides")]
    fn variable(&mut self, subject: &Subject, name: &str, node: &Node, names: &[String], folder: &str, reach: &Reach, at: &Origin) {
        let pair = paired(name);
        let first = pair != name && names.contains(&pair);
        let held = self.expressions.held(folder, name, node);
        let is_known =
            node.as_str().is_some_and(|text| text.starts_with("@Microsoft.KeyVault(") || text.starts_with("arn:aws:secretsmanager:"));
        if !is_credential(name) && !is_known {
            // a value in a provider's format or a URL with a password, whatever its name
            let literal = node.as_str().is_some() && held.as_ref().is_some_and(|(holding, _)| *holding == Holding::Literal);
            // a variable that is marked as sensitive, in a name that says what it is for: `STRIPE_KEY`
            let by_hand =
                name.to_ascii_uppercase().ends_with("KEY") && held.as_ref().is_some_and(|(holding, _)| *holding == Holding::Manual);
            if !literal && !by_hand {
                return;
            }
        }
        let held = match (&node.value, held) {
            // the place of a secret is none: `DB_SECRET_ARN`, and what the program reads there is its own
            (_, Some((holding, source))) => (holding, source),
            (Data::Scalar(Scalar::Unknown(text)), None) if is_credential(name) && !text.contains("_arn") && !text.ends_with(".name") => {
                (Holding::Templated, "an expression that is not understood".to_owned())
            }
            _ => return,
        };
        if is_cloud_key(name) && !first && held.0 <= Holding::Managed {
            let who = subject.clone().with_part(name);
            self.observer.add(Fact::StaticCloudKey, who, reach, Some(at), format!("`{name}` in the environment"));
        }
        if !first {
            self.add(Consumer::Workload, subject, name, reach, held.0, held.1, at);
        }
    }

    /// The containers of a task: as a list, as a text in JSON, or as the arguments of `jsonencode`.
    fn containers(&mut self, subject: &Subject, definitions: &Node, folder: &str, reach: &Reach) {
        let Some(text) = definitions.as_str().or_else(|| definitions.unknown()) else { return };
        // braces are those of objects alone
        let text = &text.replace("${", "$(");
        let pairs = members(text);
        let names: Vec<String> = pairs.iter().map(|(name, ..)| (*name).to_owned()).collect();
        for (name, value, from) in pairs {
            let at = &self.named_at(definitions, name);
            if from {
                let text = value.trim_matches('"');
                let held = if text.contains("arn:aws:ssm") || text.contains("aws_ssm_parameter") || text.starts_with('/') {
                    Some((Holding::Stored, "an SSM parameter".to_owned()))
                } else {
                    let literal = Node { value: Data::Scalar(Scalar::String(text.into())), origin: at.clone() };
                    if text.starts_with("arn:") {
                        self.expressions.held(folder, name, &literal)
                    } else {
                        self.expressions.expression(folder, name, text, 0)
                    }
                };
                let (holding, source) = held.unwrap_or((Holding::ManagedRotationUnseen, "a store of the cloud".to_owned()));
                self.add(Consumer::Workload, subject, name, reach, holding, source, at);
            } else {
                let literal = value.starts_with('"') && value.ends_with('"') && !value.contains("$(");
                let text = if literal { value.trim_matches('"') } else { value };
                let scalar = if literal { Scalar::String(text.into()) } else { Scalar::Unknown(text.into()) };
                let node = Node { value: Data::Scalar(scalar), origin: at.clone() };
                self.variable(subject, name, &node, &names, folder, reach, at);
            }
        }
    }

    /// Where a text names `name` in quotes; its beginning where it does not.
    fn named_at(&self, text: &Node, name: &str) -> Origin {
        let at = text.origin.at;
        let written = self.ground.sources.get(at.source).slice(at.span);
        let found = written.find(&format!("\"{name}\"")).and_then(|start| u32::try_from(start).ok());
        let Some(start) = found else { return text.origin.clone() };
        let start = at.span.start + start;
        let end = (start + u32::try_from(name.len() + 2).unwrap_or(0)).min(at.span.end.max(start));
        Origin { at: Location { source: at.source, span: Span::new(start, end) }, via: text.origin.via.clone() }
    }

    /// Variables that a machine's first script sets.
    fn script(&mut self, subject: &Subject, node: &Node, folder: &str, reach: &Reach) {
        let Some(text) = node.as_str().or_else(|| node.unknown()) else { return };
        let mut found: Vec<(&str, &str)> = Vec::new();
        for line in text.lines() {
            let line = line.trim().trim_start_matches("export ").trim_start_matches("echo ").trim_start_matches(['"', '\'']);
            let line = line.trim_start_matches("export ").trim_start_matches("Environment=");
            let Some((name, value)) = line.split_once('=') else { continue };
            let name = name.trim().trim_matches(['"', '\'']);
            if !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && is_credential(name) {
                let value = value.split(" >>").next().unwrap_or(value).split(" | ").next().unwrap_or(value);
                found.push((name, value.trim().trim_matches(['"', '\''])));
            }
        }
        let names: Vec<String> = found.iter().map(|(name, _)| (*name).to_owned()).collect();
        for (name, value) in found {
            // `$(aws secretsmanager get-secret-value …)`: read when the machine starts
            if value.starts_with("$(") || value.starts_with('`') {
                let (holding, source) = if value.contains("secretsmanager")
                    || value.contains("gcloud secrets")
                    || value.contains("keyvault")
                    || value.contains("vault ")
                {
                    (Holding::ManagedRotationUnseen, "a secret manager, read when the machine starts".to_owned())
                } else if value.contains("ssm get-parameter") {
                    (Holding::Stored, "an SSM parameter, read when the machine starts".to_owned())
                } else {
                    continue;
                };
                self.add(Consumer::Workload, subject, name, reach, holding, source, &node.origin);
                continue;
            }
            let scalar = if value.contains("${") { Scalar::Unknown(value.into()) } else { Scalar::String(value.into()) };
            let inner = Node { value: Data::Scalar(scalar), origin: node.origin.clone() };
            self.variable(subject, name, &inner, &names, folder, reach, &node.origin);
        }
    }
}

/// `{ name = "X", value = … }` and `{ "name": "X", "valueFrom": "…" }` in a text: names, values, and whether these are references.
fn members(text: &str) -> Vec<(&str, &str, bool)> {
    let mut out = Vec::new();
    for part in text.split('{').skip(1) {
        let body = part.split('}').next().unwrap_or(part);
        let mut name = None;
        let mut value = None;
        for field in body.split(['\n', ',']) {
            let Some((key, text)) = field.split_once([':', '=']) else { continue };
            let text = text.trim().trim_end_matches(['}', ']']).trim();
            match key.trim().trim_matches('"') {
                "name" => name = Some(text.trim_matches('"')),
                "value" => value = Some((text, false)),
                "valueFrom" => value = Some((text, true)),
                _ => {}
            }
        }
        if let (Some(name), Some((value, from))) = (name, value)
            && !name.is_empty()
            && name.len() < 128
        {
            out.push((name, value, from));
        }
    }
    out
}
