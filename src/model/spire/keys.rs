//! The keys that SPIRE 1.15.3 knows, from the structs that its files are decoded into.

/// Keys of a block, named by its path.
const BLOCKS: &[(&str, &str)] = &[
    (
        "agent",
        "admin_socket_path allow_unauthenticated_verifiers allowed_foreign_jwt_claims authorized_delegates availability_target data_dir disable_sds_api disable_workload_api experimental insecure_bootstrap join_token join_token_file jwt_svid_cache_max_size log_file log_format log_level log_selectors log_source_location profiling_enabled profiling_freq profiling_names profiling_port rebootstrap_delay rebootstrap_mode sds server_address server_port socket_path trust_bundle_format trust_bundle_path trust_bundle_spiffe_workload_api trust_bundle_unix_socket trust_bundle_url trust_domain workload_x509_svid_key_type x509_svid_cache_max_size",
    ),
    (
        "agent.experimental",
        "admin_named_pipe_name broker feature_flags jwt_svid_cache_hit_timeout named_pipe_name ratelimit require_pq_kem sync_interval use_sync_authorized_entries",
    ),
    ("agent.sds", "default_all_bundles_name default_bundle_name default_svid_name disable_spiffe_cert_validation"),
    ("health_checks", "bind_address bind_port listener_enabled live_path ready_path"),
    (
        "server",
        "admin_ids agent_ttl audit_log_enabled bind_address bind_port ca_key_type ca_subject ca_ttl data_dir default_jwt_svid_ttl default_x509_svid_ttl disable_jwt_svids experimental federation jwt_issuer jwt_key_type log_file log_format log_level log_source_location max_attested_node_info_staleness profiling_enabled profiling_freq profiling_names profiling_port proxy_protocol_trusted_cidrs prune_attested_nodes_batch_size prune_attested_nodes_expired_for prune_tofu_nodes ratelimit socket_path trust_domain",
    ),
    ("server.ca_subject", "common_name country organization"),
    (
        "server.experimental",
        "agent_spiffe_id_as_selector auth_opa_policy_engine cache_reload_interval event_timeout events_based_cache feature_flags full_cache_reload_interval named_pipe_name prune_events_older_than require_pq_kem sql_transaction_timeout wit_issuer wit_key_type",
    ),
    ("server.federation", "bundle_endpoint federates_with"),
    ("server.federation.bundle_endpoint", "acme address port profile refresh_hint"),
    ("server.ratelimit", "attestation signing"),
    (
        "telemetry",
        "AllowedLabels AllowedPrefixes BlockedLabels BlockedPrefixes DogStatsd EnableHostnameLabel EnableTrustDomainLabel InMem M3 MetricPrefix Prometheus Statsd",
    ),
];

/// Side, type and name of a plugin, and the keys of its data.
const PLUGINS: &[(&str, &str, &str, &str)] = &[
    ("agent", "KeyManager", "disk", "directory"),
    ("agent", "KeyManager", "memory", ""),
    ("agent", "NodeAttestor", "aws_iid", "ec2_metadata_endpoint"),
    ("agent", "NodeAttestor", "azure_imds", "tenant_domain"),
    ("agent", "NodeAttestor", "azure_msi", "resource_id"),
    ("agent", "NodeAttestor", "gcp_iit", "identity_token_host service_account"),
    ("agent", "NodeAttestor", "http_challenge", "advertised_port agentname hostname port"),
    ("agent", "NodeAttestor", "join_token", ""),
    ("agent", "NodeAttestor", "k8s_psat", "cluster token_path"),
    (
        "agent",
        "NodeAttestor",
        "tpm_devid",
        "devid_cert_path devid_password devid_priv_path devid_pub_path endorsement_hierarchy_password owner_hierarchy_password tpm_device_path",
    ),
    ("agent", "NodeAttestor", "x509pop", "certificate_path intermediates_path private_key_path spiffe_endpoint_socket"),
    ("agent", "SVIDStore", "aws_secretsmanager", "access_key_id region secret_access_key"),
    ("agent", "SVIDStore", "gcp_secretmanager", "service_account_file"),
    (
        "agent",
        "WorkloadAttestor",
        "docker",
        "container_id_cgroup_matchers docker_host docker_socket_path docker_version podman_socket_path podman_socket_path_template sigstore use_new_container_locator verbose_container_locator_logs",
    ),
    (
        "agent",
        "WorkloadAttestor",
        "k8s",
        "access_policy api_server broker brokers cache certificate_path disable_container_selectors disable_kubelet_client enable_namespace_labels enabled experimental id kubelet_ca_path kubelet_read_only_port kubelet_secure_port max_poll_attempts node_name node_name_env pod_reference_scope poll_retry_interval private_key_path reload_interval sigstore skip_kubelet_verification token_path use_anonymous_authentication use_new_container_locator verbose_container_locator_logs",
    ),
    ("agent", "WorkloadAttestor", "unix", "discover_workload_path workload_size_limit"),
    ("agent", "WorkloadAttestor", "windows", "disable_group_name_selectors discover_workload_path workload_size_limit"),
    ("server", "BundlePublisher", "aws_rolesanywhere_trustanchor", "access_key_id region secret_access_key trust_anchor_id"),
    ("server", "BundlePublisher", "aws_s3", "access_key_id bucket endpoint format object_key refresh_hint region secret_access_key"),
    (
        "server",
        "BundlePublisher",
        "azure_blob",
        "app_id app_secret blob_name container_name format refresh_hint service_endpoint storage_account_key storage_account_name tenant_id",
    ),
    ("server", "BundlePublisher", "gcp_cloudstorage", "bucket_name format object_name refresh_hint service_account_file"),
    ("server", "BundlePublisher", "k8s_configmap", "clusters configmap_key configmap_name format kubeconfig_path namespace refresh_hint"),
    (
        "server",
        "DataStore",
        "sql",
        "client_cert_path client_key_path conn_max_lifetime connection_string database_type disable_migration log_sql max_idle_conns max_open_conns ro_connection_string root_ca_path",
    ),
    (
        "server",
        "KeyManager",
        "aws_kms",
        "access_key_id enable_tag_based_key_discovery key_identifier_file key_identifier_value key_policy_file key_tags region secret_access_key",
    ),
    (
        "server",
        "KeyManager",
        "azure_key_vault",
        "app_id app_secret key_identifier_file key_identifier_value key_vault_uri subscription_id tenant_id",
    ),
    ("server", "KeyManager", "disk", "keys_path"),
    ("server", "KeyManager", "gcp_kms", "key_identifier_file key_identifier_value key_policy_file key_ring service_account_file"),
    (
        "server",
        "KeyManager",
        "hashicorp_vault",
        "approle_auth ca_cert_path cert_auth insecure_skip_verify k8s_auth key_identifier_file key_identifier_value namespace token_auth transit_engine_path vault_addr",
    ),
    ("server", "KeyManager", "memory", ""),
    (
        "server",
        "NodeAttestor",
        "aws_iid",
        "access_key_id account_ids_for_local_validation account_list_file agent_path_template assume_org_role assume_role disable_instance_profile_selectors eks_cluster_names management_account_id management_account_region org_account_map_ttl partition secret_access_key skip_block_device validate_eks_cluster_membership verify_organization",
    ),
    (
        "server",
        "NodeAttestor",
        "azure_imds",
        "agent_path_template allowed_metadata_domains allowed_vm_tags app_id app_secret auth_type restrict_to_subscriptions secret_auth tenants token_auth token_path trust_bundle_path",
    ),
    ("server", "NodeAttestor", "azure_msi", "agent_path_template app_id app_secret resource_id subscription_id tenants"),
    (
        "server",
        "NodeAttestor",
        "gcp_iit",
        "agent_path_template allowed_label_keys allowed_metadata_keys max_metadata_value_size projectid_allow_list service_account_file use_instance_metadata",
    ),
    ("server", "NodeAttestor", "http_challenge", "allow_non_root_ports allowed_dns_patterns required_port tofu"),
    ("server", "NodeAttestor", "join_token", ""),
    (
        "server",
        "NodeAttestor",
        "k8s_psat",
        "allowed_node_label_keys allowed_pod_label_keys audience clusters kube_config_file service_account_allow_list use_pod_uid_for_agent_id",
    ),
    ("server", "NodeAttestor", "tpm_devid", "devid_ca_path endorsement_ca_path"),
    (
        "server",
        "NodeAttestor",
        "x509pop",
        "agent_path_template ca_bundle_path ca_bundle_paths max_intermediates max_rsa_key_size mode spiffe_prefix verify_client_ip",
    ),
    ("server", "Notifier", "gcs_bundle", "bucket object_path service_account_file"),
    (
        "server",
        "Notifier",
        "k8sbundle",
        "api_service_label clusters config_map config_map_key kube_config_file_path namespace webhook_label",
    ),
    (
        "server",
        "UpstreamAuthority",
        "aws_pca",
        "assume_role_arn ca_signing_template_arn certificate_authority_arn endpoint region signing_algorithm supplemental_bundle_path",
    ),
    (
        "server",
        "UpstreamAuthority",
        "awssecret",
        "access_key_id assume_role_arn bundle_file_arn cert_file_arn key_file_arn region secret_access_key secret_token",
    ),
    ("server", "UpstreamAuthority", "cert-manager", "issuer_group issuer_kind issuer_name kube_config_file namespace"),
    ("server", "UpstreamAuthority", "disk", "bundle_file_path cert_file_path key_file_path"),
    ("server", "UpstreamAuthority", "gcp_cas", "ca_pool label_key label_value project_name region_name root_cert_spec"),
    (
        "server",
        "UpstreamAuthority",
        "spire",
        "experimental require_pq_kem server_address server_port workload_api_named_pipe_name workload_api_socket",
    ),
    (
        "server",
        "UpstreamAuthority",
        "vault",
        "approle_auth ca_cert_path cert_auth insecure_skip_verify k8s_auth namespace pki_mount_point token_auth vault_addr",
    ),
];

/// A key that was there once, or is about to go.
#[derive(Clone, Copy, Debug)]
pub struct Old {
    /// `agent` or `server`, or the type of plugins that had it.
    of: &'static str,
    key: &'static str,
    /// The release without it; `None` where it still works.
    pub removed: Option<&'static str>,
    /// The name that it has now, where that means the same.
    pub renamed: Option<&'static str>,
    pub help: &'static str,
}

const fn removed(of: &'static str, key: &'static str, release: &'static str, help: &'static str) -> Old {
    Old { of, key, removed: Some(release), renamed: None, help }
}

const fn renamed(of: &'static str, key: &'static str, release: &'static str, name: &'static str, help: &'static str) -> Old {
    Old { of, key, removed: Some(release), renamed: Some(name), help }
}

const fn deprecated(of: &'static str, key: &'static str, help: &'static str) -> Old {
    Old { of, key, removed: None, renamed: None, help }
}

/// <https://github.com/spiffe/spire/blob/main/CHANGELOG.md>
const OLD: &[Old] = &[
    renamed("server", "default_svid_ttl", "1.6.0", "default_x509_svid_ttl", "use `default_x509_svid_ttl` and `default_jwt_svid_ttl`"),
    removed("server", "use_legacy_downstream_x509_ca_ttl", "1.13.0", "remove it: downstream authorities live as long as `ca_ttl` says"),
    removed("server", "use_rego_v1", "1.13.0", "remove it: policies are read as Rego v1"),
    removed("server", "exclude_sn_from_ca_subject", "1.10.0", "remove it: the subject has no serial number"),
    removed("server", "omit_x509svid_uid", "1.6.0", "remove it, or use the credential composer `uniqueid`"),
    renamed("server", "registration_uds_path", "1.0.0", "socket_path", "use `socket_path`"),
    removed("server", "allow_unsafe_ids", "1.2.0", "remove it, and register valid SPIFFE IDs"),
    deprecated("server", "sql_transaction_timeout", "use `event_timeout`"),
    removed("agent", "retry_rebootstrap", "1.14.0", "use `rebootstrap_mode`"),
    removed("agent", "disable_reattest_to_renew", "1.10.0", "remove it: agents attest anew where their attestor can"),
    deprecated("agent", "use_sync_authorized_entries", "remove it: it is the default"),
    deprecated("agent", "x509_svid_cache_max_size", "remove it: the default is enough for all but the largest nodes"),
    removed("KeyManager", "key_metadata_file", "1.10.0", "use `key_identifier_file`"),
    removed("KeyManager", "use_msi", "1.10.0", "remove it: credentials are found as Azure's SDK finds them"),
    removed("NodeAttestor", "use_msi", "1.10.0", "remove it: credentials are found as Azure's SDK finds them"),
    renamed("NodeAttestor", "service_account_whitelist", "1.0.0", "service_account_allow_list", "use `service_account_allow_list`"),
    renamed("NodeAttestor", "projectid_whitelist", "1.0.0", "projectid_allow_list", "use `projectid_allow_list`"),
];

/// What became of a key in `agent` or `server`, or in the blocks inside them.
#[must_use]
pub fn old(side: &str, key: &str) -> Option<&'static Old> {
    OLD.iter().find(|old| old.of == side && old.key.eq_ignore_ascii_case(key))
}

/// What became of a key in the data of a plugin.
#[must_use]
pub fn old_of_plugin(kind: &str, name: &str, key: &str) -> Option<&'static Old> {
    let has = |old: &Old| match old.key {
        "use_msi" => name.starts_with("azure_"),
        "key_metadata_file" => matches!(name, "aws_kms" | "azure_key_vault" | "gcp_kms"),
        "service_account_whitelist" => matches!(name, "k8s_psat" | "k8s_sat"),
        "projectid_whitelist" => name == "gcp_iit",
        _ => true,
    };
    OLD.iter().find(|old| old.of == kind && old.key.eq_ignore_ascii_case(key) && has(old))
}

/// The keys of a plugin's block.
pub const PLUGIN: [&str; 6] = ["plugin_cmd", "plugin_args", "plugin_checksum", "plugin_data", "plugin_data_file", "enabled"];

/// The top-level keys of both files.
pub const TOP: [&str; 5] = ["agent", "server", "plugins", "telemetry", "health_checks"];

/// The keys of the block at a path such as `agent.sds`; `None` where the block is not tabulated.
#[must_use]
pub fn of_block(path: &str) -> Option<Vec<&'static str>> {
    BLOCKS.iter().find(|(name, _)| *name == path).map(|(_, keys)| keys.split_whitespace().collect())
}

/// The keys in the data of a plugin that SPIRE brings, of the server or the agent or, where `side` is `None`, of either.
#[must_use]
pub fn of_plugin(side: Option<&str>, kind: &str, name: &str) -> Option<Vec<&'static str>> {
    let rows = PLUGINS.iter().filter(|row| side.is_none_or(|side| side == row.0) && (row.1, row.2) == (kind, name));
    let mut rows = rows.peekable();
    rows.peek()?;
    Some(rows.flat_map(|row| row.3.split_whitespace()).collect())
}

/// Whether SPIRE once knew the key, or deprecates it.
#[must_use]
pub fn is_old(key: &str) -> bool {
    OLD.iter().any(|old| old.key.eq_ignore_ascii_case(key))
}
