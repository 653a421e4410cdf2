//! `envoy.extensions.transport_sockets.tls.v3`.

use super::Shape;
use super::Shaped::{Many, Named, One};
use super::core::{CONFIG_SOURCE, DATA_SOURCE, STRING_MATCHER, WATCHED_DIRECTORY};

pub(super) static UPSTREAM_TLS_CONTEXT: Shape = Shape {
    name: "UpstreamTlsContext",
    plain: &["sni", "auto_host_sni", "auto_sni_san_validation", "allow_renegotiation", "max_session_keys", "enforce_rsa_key_usage"],
    nested: &[("common_tls_context", One(&COMMON_TLS_CONTEXT))],
};

pub(super) static DOWNSTREAM_TLS_CONTEXT: Shape = Shape {
    name: "DownstreamTlsContext",
    plain: &[
        "require_client_certificate",
        "require_sni",
        "disable_stateless_session_resumption",
        "disable_stateful_session_resumption",
        "session_timeout",
        "ocsp_staple_policy",
        "full_scan_certs_on_sni_mismatch",
        "prefer_client_ciphers",
    ],
    nested: &[
        ("common_tls_context", One(&COMMON_TLS_CONTEXT)),
        ("session_ticket_keys", One(&TLS_SESSION_TICKET_KEYS)),
        ("session_ticket_keys_sds_secret_config", One(&SDS_SECRET_CONFIG)),
    ],
};

pub(super) static COMMON_TLS_CONTEXT: Shape = Shape {
    name: "CommonTlsContext",
    plain: &[
        "custom_tls_certificate_selector",
        "tls_certificate_certificate_provider",
        "tls_certificate_certificate_provider_instance",
        "validation_context_certificate_provider",
        "validation_context_certificate_provider_instance",
        "alpn_protocols",
        "custom_handshaker",
        "key_log",
    ],
    nested: &[
        ("tls_params", One(&TLS_PARAMETERS)),
        ("tls_certificates", Many(&TLS_CERTIFICATE)),
        ("tls_certificate_sds_secret_configs", Many(&SDS_SECRET_CONFIG)),
        ("tls_certificate_provider_instance", One(&CERTIFICATE_PROVIDER_PLUGIN_INSTANCE)),
        ("validation_context", One(&CERTIFICATE_VALIDATION_CONTEXT)),
        ("validation_context_sds_secret_config", One(&SDS_SECRET_CONFIG)),
        ("combined_validation_context", One(&COMBINED_VALIDATION_CONTEXT)),
    ],
};

pub(super) static COMBINED_VALIDATION_CONTEXT: Shape = Shape {
    name: "CombinedCertificateValidationContext",
    plain: &["validation_context_certificate_provider", "validation_context_certificate_provider_instance"],
    nested: &[
        ("default_validation_context", One(&CERTIFICATE_VALIDATION_CONTEXT)),
        ("validation_context_sds_secret_config", One(&SDS_SECRET_CONFIG)),
    ],
};

pub(super) static TLS_PARAMETERS: Shape = Shape {
    name: "TlsParameters",
    plain: &[
        "tls_minimum_protocol_version",
        "tls_maximum_protocol_version",
        "cipher_suites",
        "ecdh_curves",
        "signature_algorithms",
        "compliance_policies",
    ],
    nested: &[],
};

pub(super) static TLS_CERTIFICATE: Shape = Shape {
    name: "TlsCertificate",
    plain: &[],
    nested: &[
        ("certificate_chain", One(&DATA_SOURCE)),
        ("private_key", One(&DATA_SOURCE)),
        ("pkcs12", One(&DATA_SOURCE)),
        ("watched_directory", One(&WATCHED_DIRECTORY)),
        ("private_key_provider", One(&PRIVATE_KEY_PROVIDER)),
        ("password", One(&DATA_SOURCE)),
        ("ocsp_staple", One(&DATA_SOURCE)),
        ("signed_certificate_timestamp", Many(&DATA_SOURCE)),
        ("tls_params", One(&TLS_PARAMETERS)),
    ],
};

pub(super) static CERTIFICATE_PROVIDER_PLUGIN_INSTANCE: Shape =
    Shape { name: "CertificateProviderPluginInstance", plain: &["instance_name", "certificate_name"], nested: &[] };

pub(super) static SUBJECT_ALT_NAME_MATCHER: Shape =
    Shape { name: "SubjectAltNameMatcher", plain: &["san_type", "oid"], nested: &[("matcher", One(&STRING_MATCHER))] };

pub(super) static CERTIFICATE_VALIDATION_CONTEXT: Shape = Shape {
    name: "CertificateValidationContext",
    plain: &[
        "system_root_certs",
        "verify_certificate_spki",
        "verify_certificate_hash",
        "require_signed_certificate_timestamp",
        "allow_expired_certificate",
        "trust_chain_verification",
        "custom_validator_config",
        "only_verify_leaf_cert_crl",
        "max_verify_depth",
        "suppress_client_ca_list",
    ],
    nested: &[
        ("trusted_ca", One(&DATA_SOURCE)),
        ("ca_certificate_provider_instance", One(&CERTIFICATE_PROVIDER_PLUGIN_INSTANCE)),
        ("watched_directory", One(&WATCHED_DIRECTORY)),
        ("match_typed_subject_alt_names", Many(&SUBJECT_ALT_NAME_MATCHER)),
        ("match_subject_alt_names", Many(&STRING_MATCHER)),
        ("crl", One(&DATA_SOURCE)),
    ],
};

pub(super) static TLS_SESSION_TICKET_KEYS: Shape =
    Shape { name: "TlsSessionTicketKeys", plain: &[], nested: &[("keys", Many(&DATA_SOURCE))] };

pub(super) static PRIVATE_KEY_PROVIDER: Shape =
    Shape { name: "PrivateKeyProvider", plain: &["provider_name", "typed_config", "fallback"], nested: &[] };

pub(super) static SDS_SECRET_CONFIG: Shape =
    Shape { name: "SdsSecretConfig", plain: &["name"], nested: &[("sds_config", One(&CONFIG_SOURCE))] };

pub(super) static SECRET: Shape = Shape {
    name: "Secret",
    plain: &["name"],
    nested: &[
        ("tls_certificate", One(&TLS_CERTIFICATE)),
        ("session_ticket_keys", One(&TLS_SESSION_TICKET_KEYS)),
        ("validation_context", One(&CERTIFICATE_VALIDATION_CONTEXT)),
        ("generic_secret", One(&GENERIC_SECRET)),
    ],
};

pub(super) static GENERIC_SECRET: Shape =
    Shape { name: "GenericSecret", plain: &[], nested: &[("secret", One(&DATA_SOURCE)), ("secrets", Named(&DATA_SOURCE))] };
