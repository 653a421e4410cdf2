//! `envoy.config.core.v3`, `envoy.type.v3` and `envoy.type.matcher.v3`.

use super::Shape;
use super::Shaped::{Many, One};

pub(super) static HTTP_URI: Shape = Shape { name: "HttpUri", plain: &["uri", "cluster", "timeout"], nested: &[] };

pub(super) static GRPC_SERVICE: Shape = Shape {
    name: "GrpcService",
    plain: &["timeout", "retry_policy"],
    nested: &[("envoy_grpc", One(&ENVOY_GRPC)), ("google_grpc", One(&GOOGLE_GRPC)), ("initial_metadata", Many(&HEADER_VALUE))],
};

pub(super) static ENVOY_GRPC: Shape = Shape {
    name: "EnvoyGrpc",
    plain: &["cluster_name", "authority", "retry_policy", "max_receive_message_length", "skip_envoy_headers"],
    nested: &[],
};

pub(super) static GOOGLE_GRPC: Shape = Shape {
    name: "GoogleGrpc",
    plain: &[
        "target_uri",
        "channel_credentials",
        "channel_credentials_plugin",
        "call_credentials",
        "call_credentials_plugin",
        "stat_prefix",
        "credentials_factory_name",
        "config",
        "per_stream_buffer_limit_bytes",
        "channel_args",
    ],
    nested: &[],
};

pub(super) static DATA_SOURCE: Shape = Shape {
    name: "DataSource",
    plain: &["filename", "inline_bytes", "inline_string", "environment_variable"],
    nested: &[("watched_directory", One(&WATCHED_DIRECTORY))],
};

pub(super) static RUNTIME_FRACTIONAL_PERCENT: Shape =
    Shape { name: "RuntimeFractionalPercent", plain: &["runtime_key"], nested: &[("default_value", One(&FRACTIONAL_PERCENT))] };

pub(super) static RUNTIME_FEATURE_FLAG: Shape = Shape { name: "RuntimeFeatureFlag", plain: &["default_value", "runtime_key"], nested: &[] };

pub(super) static HEADER_VALUE: Shape = Shape { name: "HeaderValue", plain: &["key", "value", "raw_value"], nested: &[] };

pub(super) static WATCHED_DIRECTORY: Shape = Shape { name: "WatchedDirectory", plain: &["path", "watch_modify"], nested: &[] };

pub(super) static CONFIG_SOURCE: Shape = Shape {
    name: "ConfigSource",
    plain: &["authorities", "path", "ads", "self", "initial_fetch_timeout", "resource_api_version"],
    nested: &[("path_config_source", One(&PATH_CONFIG_SOURCE)), ("api_config_source", One(&API_CONFIG_SOURCE))],
};

pub(super) static API_CONFIG_SOURCE: Shape = Shape {
    name: "ApiConfigSource",
    plain: &[
        "api_type",
        "transport_api_version",
        "cluster_names",
        "refresh_delay",
        "request_timeout",
        "rate_limit_settings",
        "set_node_on_first_message_only",
        "config_validators",
    ],
    nested: &[("grpc_services", Many(&GRPC_SERVICE))],
};

pub(super) static PATH_CONFIG_SOURCE: Shape =
    Shape { name: "PathConfigSource", plain: &["path", "poll_interval"], nested: &[("watched_directory", One(&WATCHED_DIRECTORY))] };

pub(super) static STRING_MATCHER: Shape =
    Shape { name: "StringMatcher", plain: &["exact", "prefix", "suffix", "safe_regex", "contains", "custom", "ignore_case"], nested: &[] };

pub(super) static LIST_STRING_MATCHER: Shape =
    Shape { name: "ListStringMatcher", plain: &[], nested: &[("patterns", Many(&STRING_MATCHER))] };

pub(super) static FRACTIONAL_PERCENT: Shape = Shape { name: "FractionalPercent", plain: &["numerator", "denominator"], nested: &[] };
