//! Encryption at rest and on the way, and where keys come from.

use super::{Fact, Node, Observer, Resource, is_set, is_true, number};

/// Fields that say whether a store is encrypted, by type.
const AT_REST: [(&str, &[&str]); 22] = [
    ("aws_db_instance", &["storage_encrypted"]),
    ("aws_rds_cluster", &["storage_encrypted"]),
    ("aws_docdb_cluster", &["storage_encrypted"]),
    ("aws_neptune_cluster", &["storage_encrypted"]),
    ("aws_redshift_cluster", &["encrypted"]),
    ("aws_efs_file_system", &["encrypted"]),
    ("aws_ebs_volume", &["encrypted"]),
    ("aws_ebs_encryption_by_default", &["enabled"]),
    ("aws_elasticache_replication_group", &["at_rest_encryption_enabled"]),
    ("aws_opensearch_domain", &["encrypt_at_rest", "enabled"]),
    ("aws_elasticsearch_domain", &["encrypt_at_rest", "enabled"]),
    ("aws_dynamodb_table", &["server_side_encryption", "enabled"]),
    ("aws_instance", &["root_block_device", "encrypted"]),
    ("aws_launch_template", &["block_device_mappings", "ebs", "encrypted"]),
    ("aws_sqs_queue", &["sqs_managed_sse_enabled"]),
    ("aws_dax_cluster", &["server_side_encryption", "enabled"]),
    ("aws_memorydb_cluster", &["tls_enabled"]),
    ("azurerm_managed_disk", &["encryption_settings", "enabled"]),
    ("azurerm_mssql_database", &["transparent_data_encryption_enabled"]),
    ("azurerm_postgresql_server", &["infrastructure_encryption_enabled"]),
    ("azurerm_kubernetes_cluster", &["host_encryption_enabled"]),
    ("azurerm_storage_account", &["infrastructure_encryption_enabled"]),
];

/// Fields that say whether a hop is encrypted, by type.
const ON_THE_WAY: [(&str, &[&str]); 12] = [
    ("aws_elasticache_replication_group", &["transit_encryption_enabled"]),
    ("aws_opensearch_domain", &["node_to_node_encryption", "enabled"]),
    ("aws_elasticsearch_domain", &["node_to_node_encryption", "enabled"]),
    ("aws_opensearch_domain", &["domain_endpoint_options", "enforce_https"]),
    ("aws_elasticsearch_domain", &["domain_endpoint_options", "enforce_https"]),
    ("azurerm_storage_account", &["https_traffic_only_enabled"]),
    ("azurerm_storage_account", &["enable_https_traffic_only"]),
    ("azurerm_postgresql_server", &["ssl_enforcement_enabled"]),
    ("azurerm_mysql_server", &["ssl_enforcement_enabled"]),
    ("google_sql_database_instance", &["settings", "ip_configuration", "require_ssl"]),
    ("azurerm_linux_web_app", &["https_only"]),
    ("azurerm_linux_function_app", &["https_only"]),
];

/// Resources whose being there is encryption.
const ENCRYPTED: [&str; 2] = ["aws_s3_bucket_server_side_encryption_configuration", "aws_eks_cluster_encryption_config"];

/// Keys and issuers.
const CENTRAL: [&str; 16] = [
    "aws_kms_key",
    "aws_kms_replica_key",
    "google_kms_crypto_key",
    "azurerm_key_vault_key",
    "azurerm_key_vault_certificate",
    "vault_pki_secret_backend_role",
    "vault_pki_secret_backend_root_cert",
    "vault_pki_secret_backend_cert",
    "vault_transit_secret_backend_key",
    "aws_acmpca_certificate_authority",
    "aws_acm_certificate",
    "google_certificate_manager_certificate",
    "google_compute_managed_ssl_certificate",
    "google_privateca_ca_pool",
    "azurerm_app_service_managed_certificate",
    "acme_certificate",
];

pub(super) fn judge(observer: &mut Observer<'_>, resource: &Resource<'_>) {
    let kind = resource.kind;
    for (_, path) in AT_REST.iter().filter(|(own, _)| *own == kind || (resource.is_module && path_is_plain(own))) {
        match resource.get(path) {
            Some(node) if is_true(Some(node)) => {
                resource.note_part(observer, Fact::HopEncrypted, "rest", &node.origin, "encrypted at rest")
            }
            Some(node) if node.as_bool() == Some(false) => {
                resource.note_part(observer, Fact::StorePlain, "rest", &node.origin, "not encrypted at rest");
            }
            _ => {}
        }
    }
    for (_, path) in ON_THE_WAY.iter().filter(|(own, _)| *own == kind) {
        match resource.get(path) {
            Some(node) if is_true(Some(node)) => {
                resource.note_part(observer, Fact::HopEncrypted, "transit", &node.origin, "TLS is demanded")
            }
            Some(node) if node.as_bool() == Some(false) => {
                resource.note_part(observer, Fact::HopPlain, "transit", &node.origin, "TLS is not demanded");
            }
            _ => {}
        }
    }
    if ENCRYPTED.contains(&kind) {
        resource.note_part(observer, Fact::HopEncrypted, "rest", resource.at(), "encrypted at rest");
    }
    if CENTRAL.contains(&kind) {
        resource.note(observer, Fact::CentralKeys, resource.at(), "a central key or issuer");
    }
    let encrypted_by = ["kms_key_id", "kms_key_arn", "kms_master_key_id", "kms_key_name", "encryption_key_name", "disk_encryption_key"];
    if !resource.is_module
        && let Some(node) = encrypted_by.iter().find_map(|key| resource.get(&[key]).filter(|node| is_set(Some(node))))
        && matches!(
            kind,
            "aws_sqs_queue"
                | "aws_sns_topic"
                | "aws_kinesis_stream"
                | "aws_secretsmanager_secret"
                | "aws_cloudwatch_log_group"
                | "google_storage_bucket"
                | "google_sql_database_instance"
        )
    {
        resource.note_part(observer, Fact::HopEncrypted, "rest", &node.origin, "encrypted by a key of the key service");
    }
    match kind {
        "vault_mount" => {
            let at = resource.get(&["type"]);
            if let Some(node) = at.filter(|node| matches!(node.as_str(), Some("transit" | "pki"))) {
                resource.note(observer, Fact::CentralKeys, &node.origin, "a central key or issuer");
            }
        }
        "aws_msk_cluster" => {
            if let Some(node) = resource.get(&["encryption_info", "encryption_in_transit", "client_broker"]) {
                match node.as_str() {
                    Some("TLS") => resource.note_part(observer, Fact::HopEncrypted, "transit", &node.origin, "TLS is demanded"),
                    Some(mode) => resource.note_part(
                        observer,
                        Fact::HopPlain,
                        "transit",
                        &node.origin,
                        format!("clients may speak plain text: {mode}"),
                    ),
                    None => {}
                }
            }
        }
        "google_sql_database_instance" => {
            if let Some(node) = resource.get(&["settings", "ip_configuration", "ssl_mode"]) {
                match node.as_str() {
                    Some("ENCRYPTED_ONLY" | "TRUSTED_CLIENT_CERTIFICATE_REQUIRED") => {
                        resource.note_part(observer, Fact::HopEncrypted, "transit", &node.origin, "TLS is demanded");
                    }
                    Some("ALLOW_UNENCRYPTED_AND_ENCRYPTED") => {
                        resource.note_part(observer, Fact::HopPlain, "transit", &node.origin, "clients may speak plain text");
                    }
                    _ => {}
                }
            }
        }
        "google_redis_instance" => {
            if let Some(node) = resource.get(&["transit_encryption_mode"]) {
                match node.as_str() {
                    Some("SERVER_AUTHENTICATION") => {
                        resource.note_part(observer, Fact::HopEncrypted, "transit", &node.origin, "TLS is demanded")
                    }
                    Some("DISABLED") => resource.note_part(observer, Fact::HopPlain, "transit", &node.origin, "TLS is switched off"),
                    _ => {}
                }
            }
        }
        "azurerm_redis_cache" => {
            let node = resource.get(&["non_ssl_port_enabled"]).or_else(|| resource.get(&["enable_non_ssl_port"]));
            if let Some(node) = node.filter(|node| is_true(Some(node))) {
                resource.note_part(observer, Fact::HopPlain, "transit", &node.origin, "the port without TLS is open");
            }
        }
        "aws_db_parameter_group" | "aws_rds_cluster_parameter_group" | "google_sql_database_flags" => {
            for parameter in resource.blocks("parameter") {
                forced(observer, resource, parameter.get("name"), parameter.get("value"));
            }
        }
        "azurerm_postgresql_flexible_server_configuration" | "azurerm_mysql_flexible_server_configuration" => {
            forced(observer, resource, resource.get(&["name"]), resource.get(&["value"]));
        }
        _ => {}
    }
}

/// Modules name such fields as resources do.
fn path_is_plain(kind: &str) -> bool {
    matches!(kind, "aws_db_instance" | "aws_elasticache_replication_group" | "aws_efs_file_system")
}

/// A server's parameter that demands TLS.
fn forced(observer: &mut Observer<'_>, resource: &Resource<'_>, name: Option<&Node>, value: Option<&Node>) {
    let (Some(name), Some(value)) = (name.and_then(Node::as_str), value) else { return };
    if !matches!(name, "rds.force_ssl" | "require_secure_transport" | "tls") {
        return;
    }
    let text = value.as_str().map(str::to_ascii_lowercase).or_else(|| number(value).map(|number| number.to_string()));
    match text.as_deref() {
        Some("1" | "on" | "true" | "enabled") => {
            resource.note_part(observer, Fact::HopEncrypted, "transit", &value.origin, format!("`{name}` demands TLS"))
        }
        Some("0" | "off" | "false" | "disabled") => {
            resource.note_part(observer, Fact::HopPlain, "transit", &value.origin, format!("`{name}` does not demand TLS"));
        }
        _ => {}
    }
}
