//! Terraform resources whose literal fields decide.

use super::{Scene, is_true, texts};
use crate::assess::fact::Fact;
use crate::assess::inventory::terraform::{Block, field, files, number, resources};
use crate::assess::observe::{Observer, Reach, Subject};
use crate::assess::status::Strength;
use crate::assess::world::{by_path, is_sample};
use crate::model::value::{Node, Origin};

pub(super) fn probe(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for file in files(scene.manifests) {
        let path = observer.sources.get(observer.sources.outermost(file.source)).path.clone();
        if is_sample(&path, scene.roots) {
            continue;
        }
        let reach = Reach { environment: by_path(&path, scene.roots), namespace: None };
        for resource in resources(&file.root) {
            judge(observer, &reach, &resource);
        }
    }
}

fn judge(observer: &mut Observer<'_>, reach: &Reach, resource: &Block<'_>) {
    let body = resource.body;
    let who = Subject::new("", resource.kind, resource.name);
    let mut add = |fact: Fact, at: &Origin, detail: &str| {
        observer.add(fact, who.clone(), reach, Some(at), detail).strength = Strength::PARSED;
    };
    let whole = &body.origin;
    let get = |path: &[&str]| field(body, path);
    match resource.kind {
        "aws_cloudtrail" | "vault_audit" => {
            add(Fact::AuditTrail, whole, "an audit trail");
            add(Fact::AuditAttributable, whole, "the trail names who acts");
            if resource.kind == "vault_audit" && get(&["type"]).and_then(Node::as_str) == Some("socket") {
                add(Fact::LogsShipped, whole, "Vault's audit is sent to a socket");
            }
        }
        "aws_eks_cluster" => {
            if let Some(types) = get(&["enabled_cluster_log_types"]).filter(|node| texts(Some(node)).any(|kind| kind == "audit")) {
                add(Fact::AuditTrail, &types.origin, "the control plane's audit log");
                add(Fact::AuditAttributable, &types.origin, "the control plane's audit names who acts");
                add(Fact::LogsShipped, &types.origin, "the control plane's logs go to CloudWatch");
            }
        }
        "aws_cloudwatch_log_group" => add(Fact::LogConfigured, whole, "a log group"),
        "aws_cloudwatch_log_subscription_filter" | "aws_kinesis_firehose_delivery_stream" | "google_logging_project_sink" => {
            add(Fact::LogConfigured, whole, "a log subscription");
            add(Fact::LogsShipped, whole, "logs are sent on");
        }
        "aws_kms_key"
        | "google_kms_crypto_key"
        | "azurerm_key_vault_key"
        | "vault_pki_secret_backend_role"
        | "aws_acmpca_certificate_authority" => {
            add(Fact::CentralKeys, whole, "a central key or issuer");
        }
        "vault_mount" if matches!(get(&["type"]).and_then(Node::as_str), Some("transit" | "pki")) => {
            add(Fact::CentralKeys, whole, "a central key or issuer")
        }
        "aws_db_instance" | "aws_rds_cluster" | "aws_efs_file_system" | "aws_ebs_volume" | "aws_elasticache_replication_group" => {
            let encrypted = ["storage_encrypted", "encrypted", "at_rest_encryption_enabled"].iter().find_map(|key| get(&[key]));
            match encrypted {
                Some(node) if is_true(Some(node)) => add(Fact::HopEncrypted, &node.origin, "encrypted at rest"),
                Some(node) if node.as_bool() == Some(false) => add(Fact::HopPlain, &node.origin, "not encrypted at rest"),
                _ => {}
            }
            match get(&["publicly_accessible"]) {
                Some(node) if is_true(Some(node)) => add(Fact::DatastoreExposed, &node.origin, "publicly accessible"),
                Some(node) if node.as_bool() == Some(false) => add(Fact::NotExposed, &node.origin, "not publicly accessible"),
                _ => {}
            }
        }
        "aws_security_group" => {
            for rule in
                body.get("ingress").map_or(&[][..], |node| if node.items().is_empty() { std::slice::from_ref(node) } else { node.items() })
            {
                open_rule(&mut add, rule);
            }
        }
        "aws_security_group_rule" if get(&["type"]).and_then(Node::as_str) == Some("ingress") => open_rule(&mut add, body),
        "aws_iam_policy"
        | "aws_iam_role_policy"
        | "vault_policy"
        | "google_project_iam_member"
        | "azurerm_role_assignment"
        | "vault_kubernetes_auth_backend_role" => {
            add(Fact::AccessControl, whole, "a grant");
            if resource.kind.starts_with("vault_kubernetes") {
                let bound = |key: &str| get(&[key]).map_or(&[][..], Node::items);
                let any = ["bound_service_account_names", "bound_service_account_namespaces"]
                    .iter()
                    .any(|key| bound(key).iter().any(|node| node.as_str() == Some("*")));
                if any {
                    add(Fact::StoredManagerLogin, whole, "the Vault role takes any service account");
                }
            }
        }
        _ => {}
    }
}

/// An ingress rule for the whole world; the ports of web servers aside.
fn open_rule(add: &mut dyn FnMut(Fact, &Origin, &str), rule: &Node) {
    let world =
        ["cidr_blocks", "ipv6_cidr_blocks"].iter().any(|key| texts(rule.get(key)).any(|block| matches!(block, "0.0.0.0/0" | "::/0")));
    let port = |key: &str| rule.get(key).and_then(number);
    let web = port("from_port") == port("to_port") && matches!(port("from_port"), Some(80 | 443));
    if world && !web && port("from_port").is_some() {
        add(Fact::DatastoreExposed, &rule.origin, "open to the whole world on ports beyond 80 and 443");
    }
}
