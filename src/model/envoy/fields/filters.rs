//! The filters that decide about requests: `ext_authz`, `jwt_authn`, `rbac`.

use super::Shape;
use super::Shaped::{Many, Named, One};
use super::core::{
    DATA_SOURCE, GRPC_SERVICE, HEADER_VALUE, HTTP_URI, LIST_STRING_MATCHER, RUNTIME_FEATURE_FLAG, RUNTIME_FRACTIONAL_PERCENT,
    STRING_MATCHER,
};

pub(super) static EXT_AUTHZ: Shape = Shape {
    name: "ExtAuthz",
    plain: &[
        "transport_api_version",
        "failure_mode_allow",
        "failure_mode_allow_header_add",
        "clear_route_cache",
        "clear_route_cache_headers",
        "status_on_error",
        "validate_mutations",
        "metadata_context_namespaces",
        "typed_metadata_context_namespaces",
        "route_metadata_context_namespaces",
        "route_typed_metadata_context_namespaces",
        "filter_enabled_metadata",
        "include_peer_certificate",
        "stat_prefix",
        "bootstrap_metadata_labels_key",
        "include_tls_session",
        "charge_cluster_response_stats",
        "encode_raw_headers",
        "decoder_header_mutation_rules",
        "enable_dynamic_metadata_ingestion",
        "filter_metadata",
        "emit_filter_state_stats",
        "max_denied_response_body_bytes",
        "enforce_response_header_limits",
        "shadow_mode",
        "emit_client_span",
    ],
    nested: &[
        ("grpc_service", One(&GRPC_SERVICE)),
        ("http_service", One(&HTTP_SERVICE)),
        ("with_request_body", One(&BUFFER_SETTINGS)),
        ("filter_enabled", One(&RUNTIME_FRACTIONAL_PERCENT)),
        ("deny_at_disable", One(&RUNTIME_FEATURE_FLAG)),
        ("allowed_headers", One(&LIST_STRING_MATCHER)),
        ("disallowed_headers", One(&LIST_STRING_MATCHER)),
    ],
};

pub(super) static BUFFER_SETTINGS: Shape =
    Shape { name: "BufferSettings", plain: &["max_request_bytes", "allow_partial_message", "pack_as_bytes"], nested: &[] };

pub(super) static HTTP_SERVICE: Shape = Shape {
    name: "HttpService",
    plain: &["path_prefix", "path_override", "method_override", "retry_policy"],
    nested: &[
        ("server_uri", One(&HTTP_URI)),
        ("authorization_request", One(&AUTHORIZATION_REQUEST)),
        ("authorization_response", One(&AUTHORIZATION_RESPONSE)),
    ],
};

pub(super) static AUTHORIZATION_REQUEST: Shape = Shape {
    name: "AuthorizationRequest",
    plain: &[],
    nested: &[("allowed_headers", One(&LIST_STRING_MATCHER)), ("headers_to_add", Many(&HEADER_VALUE))],
};

pub(super) static AUTHORIZATION_RESPONSE: Shape = Shape {
    name: "AuthorizationResponse",
    plain: &[],
    nested: &[
        ("allowed_upstream_headers", One(&LIST_STRING_MATCHER)),
        ("allowed_upstream_headers_to_append", One(&LIST_STRING_MATCHER)),
        ("allowed_client_headers", One(&LIST_STRING_MATCHER)),
        ("allowed_client_headers_on_success", One(&LIST_STRING_MATCHER)),
        ("dynamic_metadata_from_headers", One(&LIST_STRING_MATCHER)),
    ],
};

pub(super) static EXT_AUTHZ_PER_ROUTE: Shape =
    Shape { name: "ExtAuthzPerRoute", plain: &["disabled"], nested: &[("check_settings", One(&CHECK_SETTINGS))] };

pub(super) static CHECK_SETTINGS: Shape = Shape {
    name: "CheckSettings",
    plain: &["context_extensions", "disable_request_body_buffering", "emit_client_span"],
    nested: &[("with_request_body", One(&BUFFER_SETTINGS)), ("grpc_service", One(&GRPC_SERVICE)), ("http_service", One(&HTTP_SERVICE))],
};

pub(super) static NETWORK_EXT_AUTHZ: Shape = Shape {
    name: "ExtAuthz",
    plain: &[
        "stat_prefix",
        "failure_mode_allow",
        "include_peer_certificate",
        "transport_api_version",
        "filter_enabled_metadata",
        "bootstrap_metadata_labels_key",
        "include_tls_session",
        "send_tls_alert_on_denial",
        "metadata_context_namespaces",
        "typed_metadata_context_namespaces",
        "shadow_mode",
    ],
    nested: &[("grpc_service", One(&GRPC_SERVICE))],
};

pub(super) static HTTP_RBAC: Shape = Shape {
    name: "RBAC",
    plain: &["rules_stat_prefix", "matcher", "shadow_matcher", "shadow_rules_stat_prefix", "track_per_rule_stats"],
    nested: &[("rules", One(&RULES_RBAC)), ("shadow_rules", One(&RULES_RBAC))],
};

pub(super) static HTTP_RBAC_PER_ROUTE: Shape = Shape { name: "RBACPerRoute", plain: &[], nested: &[("rbac", One(&HTTP_RBAC))] };

pub(super) static NETWORK_RBAC: Shape = Shape {
    name: "RBAC",
    plain: &["matcher", "shadow_matcher", "shadow_rules_stat_prefix", "stat_prefix", "enforcement_type", "delay_deny"],
    nested: &[("rules", One(&RULES_RBAC)), ("shadow_rules", One(&RULES_RBAC))],
};

pub(super) static RULES_RBAC: Shape =
    Shape { name: "config.rbac.v3.RBAC", plain: &["action", "audit_logging_options"], nested: &[("policies", Named(&POLICY))] };

pub(super) static POLICY: Shape =
    Shape { name: "Policy", plain: &["permissions", "principals", "condition", "checked_condition", "cel_config"], nested: &[] };

pub(super) static JWT_AUTHENTICATION: Shape = Shape {
    name: "JwtAuthentication",
    plain: &["bypass_cors_preflight", "strip_failure_response", "stat_prefix"],
    nested: &[
        ("providers", Named(&JWT_PROVIDER)),
        ("rules", Many(&REQUIREMENT_RULE)),
        ("filter_state_rules", One(&FILTER_STATE_RULE)),
        ("requirement_map", Named(&JWT_REQUIREMENT)),
    ],
};

pub(super) static JWT_PROVIDER: Shape = Shape {
    name: "JwtProvider",
    plain: &[
        "issuer",
        "audiences",
        "require_expiration",
        "max_lifetime",
        "forward",
        "from_params",
        "from_cookies",
        "forward_payload_header",
        "pad_forward_payload_header",
        "payload_in_metadata",
        "normalize_payload_in_metadata",
        "header_in_metadata",
        "failed_status_in_metadata",
        "clock_skew_seconds",
        "clear_route_cache",
    ],
    nested: &[
        ("subjects", One(&STRING_MATCHER)),
        ("remote_jwks", One(&REMOTE_JWKS)),
        ("local_jwks", One(&DATA_SOURCE)),
        ("from_headers", Many(&JWT_HEADER)),
        ("jwt_cache_config", One(&JWT_CACHE_CONFIG)),
        ("claim_to_headers", Many(&JWT_CLAIM_TO_HEADER)),
    ],
};

pub(super) static REMOTE_JWKS: Shape = Shape {
    name: "RemoteJwks",
    plain: &["cache_duration", "retry_policy"],
    nested: &[("http_uri", One(&HTTP_URI)), ("async_fetch", One(&JWKS_ASYNC_FETCH))],
};

pub(super) static JWT_HEADER: Shape = Shape { name: "JwtHeader", plain: &["name", "value_prefix"], nested: &[] };

pub(super) static JWT_CACHE_CONFIG: Shape = Shape { name: "JwtCacheConfig", plain: &["jwt_cache_size", "jwt_max_token_size"], nested: &[] };

pub(super) static JWKS_ASYNC_FETCH: Shape =
    Shape { name: "JwksAsyncFetch", plain: &["fast_listener", "failed_refetch_duration"], nested: &[] };

pub(super) static PROVIDER_WITH_AUDIENCES: Shape =
    Shape { name: "ProviderWithAudiences", plain: &["provider_name", "audiences"], nested: &[] };

pub(super) static JWT_REQUIREMENT: Shape = Shape {
    name: "JwtRequirement",
    plain: &["provider_name", "allow_missing_or_failed", "allow_missing", "extract_only_without_validation"],
    nested: &[
        ("provider_and_audiences", One(&PROVIDER_WITH_AUDIENCES)),
        ("requires_any", One(&JWT_REQUIREMENT_OR_LIST)),
        ("requires_all", One(&JWT_REQUIREMENT_AND_LIST)),
    ],
};

pub(super) static JWT_REQUIREMENT_OR_LIST: Shape =
    Shape { name: "JwtRequirementOrList", plain: &[], nested: &[("requirements", Many(&JWT_REQUIREMENT))] };

pub(super) static JWT_REQUIREMENT_AND_LIST: Shape =
    Shape { name: "JwtRequirementAndList", plain: &[], nested: &[("requirements", Many(&JWT_REQUIREMENT))] };

pub(super) static REQUIREMENT_RULE: Shape =
    Shape { name: "RequirementRule", plain: &["match", "requirement_name"], nested: &[("requires", One(&JWT_REQUIREMENT))] };

pub(super) static FILTER_STATE_RULE: Shape =
    Shape { name: "FilterStateRule", plain: &["name"], nested: &[("requires", Named(&JWT_REQUIREMENT))] };

pub(super) static JWT_CLAIM_TO_HEADER: Shape =
    Shape { name: "JwtClaimToHeader", plain: &["header_name", "claim_name", "claim_path"], nested: &[] };

pub(super) static PER_ROUTE_CONFIG: Shape = Shape { name: "PerRouteConfig", plain: &["disabled", "requirement_name"], nested: &[] };
