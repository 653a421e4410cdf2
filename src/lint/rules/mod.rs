//! The rules, one file each, and the list of them.

mod authz_view;
pub(super) mod bound;
mod callers;
mod certificates;
mod code_view;
mod collections;
mod constants;
mod data_files;
mod databases;
mod edits;
pub(super) mod exports;
mod gateways;
mod insert;
mod mesh_view;
mod names;
mod netpol;
mod old_api;
mod opa_vars;
mod opa_view;
mod platform;
mod pod_view;
mod prelude;
mod reach;
pub(super) mod regal_view;
mod shape;
mod spiffe_view;
mod spire_view;
pub(super) mod support;
pub(super) mod tokens;
mod unresolved;
mod value_kinds;
mod vault_view;

/// Declares the rule modules of each group and the slice of all rules.
macro_rules! rules {
    ($($group:ident { $($file:ident::$name:ident)* })*) => {
        $(mod $group { $(pub(super) mod $file;)* })*

        pub(super) static RULES: &[&dyn super::rule::Rule] = &[$($(&$group::$file::$name,)*)*];
    };
}

// one line a rule, sorted in its group; of `secrets` the first that a value is for reports it
rules! {
    authz {
        rego_complex_rule::RegoComplexRule
        rego_default_allow_true::RegoDefaultAllowTrue
        rego_deny_without_effect::RegoDenyWithoutEffect
        rego_jwt_decode_unverified::RegoJwtDecodeUnverified
        rego_jwt_missing_aud::RegoJwtMissingAud
        rego_jwt_missing_exp::RegoJwtMissingExp
        rego_jwt_missing_iss::RegoJwtMissingIss
        rego_missing_default_deny::RegoMissingDefaultDeny
        rego_no_tests::RegoNoTests
        rego_role_only::RegoRoleOnly
        rego_token_permissions::RegoTokenPermissions
        rego_trusts_input_claims::RegoTrustsInputClaims
        rego_v0_syntax::RegoV0Syntax
    }
    bugs {
        annotation_without_metadata::AnnotationWithoutMetadata
        argument_always_wildcard::ArgumentAlwaysWildcard
        constant_condition::ConstantCondition
        deprecated_builtin::DeprecatedBuiltin
        duplicate_rule::DuplicateRule
        if_empty_object::IfEmptyObject
        if_object_literal::IfObjectLiteral
        import_shadows_rule::ImportShadowsRule
        impossible_comparison::ImpossibleComparison
        impossible_not::ImpossibleNot
        inconsistent_args::InconsistentArgs
        internal_entrypoint::InternalEntrypoint
        invalid_metadata_attribute::InvalidMetadataAttribute
        invalid_regexp::InvalidRegexp
        leaked_internal_reference::LeakedInternalReference
        not_equals_in_loop::NotEqualsInLoop
        redundant_existence_check::RedundantExistenceCheck
        redundant_loop_count::RedundantLoopCount
        rule_assigns_default::RuleAssignsDefault
        rule_named_if::RuleNamedIf
        rule_shadows_builtin::RuleShadowsBuiltin
        sprintf_arguments_mismatch::SprintfArgumentsMismatch
        time_now_ns_twice::TimeNowNsTwice
        top_level_iteration::TopLevelIteration
        unassigned_return_value::UnassignedReturnValue
        unreachable_else::UnreachableElse
        unused_output_variable::UnusedOutputVariable
        unused_rule::UnusedRule
        var_shadows_builtin::VarShadowsBuiltin
        zero_arity_function::ZeroArityFunction
    }
    certmanager {
        certmanager_deprecated_api::CertmanagerDeprecatedApi
        certmanager_long_duration::CertmanagerLongDuration
    }
    compile {
        duplicate_import::DuplicateImport
        invalid_argument::InvalidArgument
        invalid_assignment::InvalidAssignment
        invalid_schema::InvalidSchema
        invalid_template::InvalidTemplate
        invalid_with::InvalidWith
        mismatched_types::MismatchedTypes
        package_conflict::PackageConflict
        recursive_rule::RecursiveRule
        redeclared_annotation::RedeclaredAnnotation
        redeclared_var::RedeclaredVar
        refused_builtin::RefusedBuiltin
        rule_conflict::RuleConflict
        shadowed_document::ShadowedDocument
        shadowed_function::ShadowedFunction
        undefined_function::UndefinedFunction
        undefined_reference::UndefinedReference
        unsafe_var::UnsafeVar
        unsupported_builtin::UnsupportedBuiltin
        unused_declaration::UnusedDeclaration
        void_value::VoidValue
        wrong_argument_type::WrongArgumentType
        wrong_arity::WrongArity
    }
    custom {
        chained_rule_body::ChainedRuleBody
        disallow_rego_v1::DisallowRegoV1
        forbidden_function_call::ForbiddenFunctionCall
        missing_metadata::MissingMetadata
        naming_convention::NamingConvention
        narrow_argument::NarrowArgument
        one_liner_rule::OneLinerRule
        prefer_value_in_head::PreferValueInHead
    }
    envoy {
        envoy_admin_exposed::EnvoyAdminExposed
        envoy_extauthz_disabled_per_route::EnvoyExtauthzDisabledPerRoute
        envoy_extauthz_failure_mode_allow::EnvoyExtauthzFailureModeAllow
        envoy_extauthz_no_timeout::EnvoyExtauthzNoTimeout
        envoy_extauthz_plaintext::EnvoyExtauthzPlaintext
        envoy_jwt_allow_missing::EnvoyJwtAllowMissing
        envoy_jwt_missing_audiences::EnvoyJwtMissingAudiences
        envoy_jwt_missing_issuer::EnvoyJwtMissingIssuer
        envoy_jwt_rule_without_requires::EnvoyJwtRuleWithoutRequires
        envoy_rbac_allow_any::EnvoyRbacAllowAny
        envoy_static_secret::EnvoyStaticSecret
        envoy_tls_no_peer_validation::EnvoyTlsNoPeerValidation
        envoy_unknown_field::EnvoyUnknownField
        envoy_v2_api::EnvoyV2Api
    }
    eso {
        eso_clusterstore_unrestricted::EsoClusterstoreUnrestricted
        eso_deprecated_api::EsoDeprecatedApi
        eso_refresh_disabled::EsoRefreshDisabled
        eso_static_credentials::EsoStaticCredentials
    }
    gatekeeper {
        gatekeeper_constraint_orphan::GatekeeperConstraintOrphan
        gatekeeper_deprecated_api::GatekeeperDeprecatedApi
        gatekeeper_match_hole::GatekeeperMatchHole
        gatekeeper_not_enforcing::GatekeeperNotEnforcing
        gatekeeper_template_unused::GatekeeperTemplateUnused
    }
    idiomatic {
        ambiguous_scope::AmbiguousScope
        boolean_assignment::BooleanAssignment
        custom_has_key_construct::CustomHasKeyConstruct
        custom_in_construct::CustomInConstruct
        directory_package_mismatch::DirectoryPackageMismatch
        equals_pattern_matching::EqualsPatternMatching
        in_wildcard_key::InWildcardKey
        no_defined_entrypoint::NoDefinedEntrypoint
        non_raw_regex_pattern::NonRawRegexPattern
        prefer_equals_comparison::PreferEqualsComparison
        prefer_set_or_object_rule::PreferSetOrObjectRule
        single_item_in::SingleItemIn
        superfluous_object_get::SuperfluousObjectGet
        use_array_flatten::UseArrayFlatten
        use_contains::UseContains
        use_if::UseIf
        use_in_operator::UseInOperator
        use_object_keys::UseObjectKeys
        use_object_union_n::UseObjectUnionN
        use_some_for_output_vars::UseSomeForOutputVars
        use_strings_count::UseStringsCount
    }
    imports {
        avoid_importing_input::AvoidImportingInput
        circular_import::CircularImport
        confusing_alias::ConfusingAlias
        ignored_import::IgnoredImport
        implicit_future_keywords::ImplicitFutureKeywords
        import_after_rule::ImportAfterRule
        import_shadows_builtin::ImportShadowsBuiltin
        import_shadows_import::ImportShadowsImport
        pointless_import::PointlessImport
        prefer_package_imports::PreferPackageImports
        redundant_alias::RedundantAlias
        redundant_data_import::RedundantDataImport
        unresolved_import::UnresolvedImport
        unresolved_reference::UnresolvedReference
        use_rego_v1::UseRegoV1
    }
    istio {
        istio_authz_action_implicit::IstioAuthzActionImplicit
        istio_authz_allow_all::IstioAuthzAllowAll
        istio_authz_custom_provider::IstioAuthzCustomProvider
        istio_authz_http_on_tcp::IstioAuthzHttpOnTcp
        istio_authz_ingress_not_strict::IstioAuthzIngressNotStrict
        istio_authz_ip_identity::IstioAuthzIpIdentity
        istio_authz_missing_default_deny::IstioAuthzMissingDefaultDeny
        istio_authz_negative_match_allow::IstioAuthzNegativeMatchAllow
        istio_authz_no_source::IstioAuthzNoSource
        istio_authz_noop_rule::IstioAuthzNoopRule
        istio_authz_path_suffix_bypass::IstioAuthzPathSuffixBypass
        istio_authz_selector_no_match::IstioAuthzSelectorNoMatch
        istio_authz_trust_domain_mismatch::IstioAuthzTrustDomainMismatch
        istio_authz_unknown_sa_or_ns::IstioAuthzUnknownSaOrNs
        istio_authz_wildcard_principal::IstioAuthzWildcardPrincipal
        istio_demo_profile::IstioDemoProfile
        istio_deprecated_api::IstioDeprecatedApi
        istio_destinationrule_tls::IstioDestinationruleTls
        istio_envoyfilter_security_critical::IstioEnvoyfilterSecurityCritical
        istio_extauthz_fail_open::IstioExtauthzFailOpen
        istio_gateway_host_wildcard::IstioGatewayHostWildcard
        istio_gateway_plaintext::IstioGatewayPlaintext
        istio_gateway_weak_tls::IstioGatewayWeakTls
        istio_jwt_claim_route_no_ra::IstioJwtClaimRouteNoRa
        istio_missing_strict_mtls::IstioMissingStrictMtls
        istio_outbound_allow_any::IstioOutboundAllowAny
        istio_peerauth_duplicate::IstioPeerauthDuplicate
        istio_peerauth_ineffective::IstioPeerauthIneffective
        istio_peerauth_not_strict::IstioPeerauthNotStrict
        istio_requestauth_insecure_jwks::IstioRequestauthInsecureJwks
        istio_requestauth_missing_audiences::IstioRequestauthMissingAudiences
        istio_requestauth_token_leak::IstioRequestauthTokenLeak
        istio_requestauth_without_authz::IstioRequestauthWithoutAuthz
        istio_sidecar_bypass::IstioSidecarBypass
        telemetry_no_access_log::TelemetryNoAccessLog
    }
    k8s {
        crypto_app_owned_key::CryptoAppOwnedKey
        gateway_deprecated_api::GatewayDeprecatedApi
        k8s_apiserver_flags::K8sApiserverFlags
        k8s_audit_policy_weak::K8sAuditPolicyWeak
        k8s_automount_token::K8sAutomountToken
        k8s_capabilities::K8sCapabilities
        k8s_configmap_secret::K8sConfigmapSecret
        k8s_default_service_account::K8sDefaultServiceAccount
        k8s_deprecated_api::K8sDeprecatedApi
        k8s_host_namespace::K8sHostNamespace
        k8s_host_port::K8sHostPort
        k8s_hostpath::K8sHostpath
        k8s_image_unpinned::K8sImageUnpinned
        k8s_ingress_no_tls::K8sIngressNoTls
        k8s_no_admission_control::K8sNoAdmissionControl
        k8s_plaintext_secret_env::K8sPlaintextSecretEnv
        k8s_privilege_escalation::K8sPrivilegeEscalation
        k8s_privileged::K8sPrivileged
        k8s_remote_manifest::K8sRemoteManifest
        k8s_run_as_root::K8sRunAsRoot
        k8s_duplicate_object::K8sDuplicateObject
        k8s_invalid_policy::K8sInvalidPolicy
        k8s_sa_token_long_lived::K8sSaTokenLongLived
        k8s_sa_token_missing_audience::K8sSaTokenMissingAudience
        k8s_seccomp::K8sSeccomp
        k8s_secret_in_env::K8sSecretInEnv
        k8s_secret_manifest_in_git::K8sSecretManifestInGit
        k8s_service_exposed::K8sServiceExposed
        k8s_shared_db_credential::K8sSharedDbCredential
        k8s_shared_service_account::K8sSharedServiceAccount
        k8s_static_cloud_key::K8sStaticCloudKey
        k8s_writable_rootfs::K8sWritableRootfs
        psa_baseline_only::PsaBaselineOnly
        psa_missing_enforce::PsaMissingEnforce
        psa_version_latest::PsaVersionLatest
        webhook_broad_namespace_exclusion::WebhookBroadNamespaceExclusion
        webhook_failure_policy_ignore::WebhookFailurePolicyIgnore
    }
    linkerd {
        linkerd_default_policy_open::LinkerdDefaultPolicyOpen
        linkerd_deprecated_api::LinkerdDeprecatedApi
    }
    meta {
        expired_suppression::ExpiredSuppression
        invalid_suppression::InvalidSuppression
        unused_suppression::UnusedSuppression
    }
    network {
        calico_allow_all::CalicoAllowAll
        calico_missing_types::CalicoMissingTypes
        cilium_allow_all::CiliumAllowAll
        cilium_default_deny_disabled::CiliumDefaultDenyDisabled
        cilium_empty_direction::CiliumEmptyDirection
        cilium_l7_path_unanchored::CiliumL7PathUnanchored
        cilium_policy_mode_never::CiliumPolicyModeNever
        netpol_all_namespaces::NetpolAllNamespaces
        netpol_allow_all::NetpolAllowAll
        netpol_deprecated_api::NetpolDeprecatedApi
        netpol_dns_egress_broad::NetpolDnsEgressBroad
        netpol_hostnetwork_uncovered::NetpolHostnetworkUncovered
        netpol_metadata_ip_allowed::NetpolMetadataIpAllowed
        netpol_missing_default_deny::NetpolMissingDefaultDeny
        netpol_missing_default_deny_egress::NetpolMissingDefaultDenyEgress
        netpol_missing_dns::NetpolMissingDns
        netpol_namespace_label_spoofable::NetpolNamespaceLabelSpoofable
        netpol_no_ports::NetpolNoPorts
        netpol_peer_no_match::NetpolPeerNoMatch
        netpol_peer_or_confusion::NetpolPeerOrConfusion
        netpol_policytypes_mismatch::NetpolPolicytypesMismatch
        netpol_selector_no_match::NetpolSelectorNoMatch
        netpol_world_cidr::NetpolWorldCidr
    }
    opa {
        opa_bundle_unsigned::OpaBundleUnsigned
        opa_decision_logs_missing::OpaDecisionLogsMissing
        opa_envoy_plugin_dry_run::OpaEnvoyPluginDryRun
        opa_insecure_service::OpaInsecureService
        opa_polling_slow::OpaPollingSlow
        opa_server_no_authz::OpaServerNoAuthz
    }
    otel {
        otel_deprecated_component::OtelDeprecatedComponent
        otel_insecure_pipeline::OtelInsecurePipeline
        otel_receiver_no_auth::OtelReceiverNoAuth
        otel_sensitive_debug::OtelSensitiveDebug
        otel_unused_component::OtelUnusedComponent
    }
    performance {
        defer_assignment::DeferAssignment
        equals_over_count::EqualsOverCount
        non_loop_expression::NonLoopExpression
        walk_no_path::WalkNoPath
        with_outside_test_context::WithOutsideTestContext
    }
    rbac {
        rbac_anonymous_subject::RbacAnonymousSubject
        rbac_cluster_admin::RbacClusterAdmin
        rbac_escalation::RbacEscalation
        rbac_secrets_read::RbacSecretsRead
        rbac_user_static::RbacUserStatic
        rbac_wildcard::RbacWildcard
    }
    secrets {
        secret_in_encrypted_file::SecretInEncryptedFile
        secret_private_key::SecretPrivateKey
        secret_token::SecretToken
        secret_random_value::SecretRandomValue
        secret_password::SecretPassword
        secret_default_password::SecretDefaultPassword
    }
    source {
        src_hardcoded_secret::SrcHardcodedSecret
        src_jwt_alg_not_pinned::SrcJwtAlgNotPinned
        src_jwt_missing_audience::SrcJwtMissingAudience
        src_jwt_missing_expiry::SrcJwtMissingExpiry
        src_jwt_missing_issuer::SrcJwtMissingIssuer
        src_jwt_verification_disabled::SrcJwtVerificationDisabled
        src_spiffe_authorize_any::SrcSpiffeAuthorizeAny
        src_tls_skip_verify::SrcTlsSkipVerify
    }
    spiffe {
        spiffe_foreign_trust_domain::SpiffeForeignTrustDomain
        spiffe_invalid_id::SpiffeInvalidId
        spiffe_unregistered_id::SpiffeUnregisteredId
    }
    spire {
        spire_admin_ids::SpireAdminIds
        spire_allow_unauthenticated_verifiers::SpireAllowUnauthenticatedVerifiers
        spire_audit_log_disabled::SpireAuditLogDisabled
        spire_datastore_no_tls::SpireDatastoreNoTls
        spire_datastore_sqlite::SpireDatastoreSqlite
        spire_debug_log::SpireDebugLog
        spire_deprecated_key::SpireDeprecatedKey
        spire_example_trust_domain::SpireExampleTrustDomain
        spire_federation_web_profile::SpireFederationWebProfile
        spire_insecure_bootstrap::SpireInsecureBootstrap
        spire_keymanager_memory_server::SpireKeymanagerMemoryServer
        spire_long_ttl::SpireLongTtl
        spire_missing_trust_bundle::SpireMissingTrustBundle
        spire_no_upstream_authority::SpireNoUpstreamAuthority
        spire_psat_allow_list::SpirePsatAllowList
        spire_psat_audience::SpirePsatAudience
        spire_ratelimit_disabled::SpireRatelimitDisabled
        spire_removed_plugin::SpireRemovedPlugin
        spire_sds_validation_disabled::SpireSdsValidationDisabled
        spire_skip_kubelet_verification::SpireSkipKubeletVerification
        spire_socket_exposed::SpireSocketExposed
        spire_static_join_token::SpireStaticJoinToken
        spire_trust_bundle_url_http::SpireTrustBundleUrlHttp
        spire_unknown_key::SpireUnknownKey
        spire_upstream_key_on_disk::SpireUpstreamKeyOnDisk
        spire_weak_registration::SpireWeakRegistration
    }
    strict {
        strict_deprecated_builtin::StrictDeprecatedBuiltin
        strict_duplicate_import::StrictDuplicateImport
        strict_root_shadowed::StrictRootShadowed
        unused_argument::UnusedArgument
        unused_import::UnusedImport
        unused_local::UnusedLocal
    }
    style {
        avoid_get_and_list_prefix::AvoidGetAndListPrefix
        comprehension_term_assignment::ComprehensionTermAssignment
        default_over_else::DefaultOverElse
        default_over_not::DefaultOverNot
        detached_metadata::DetachedMetadata
        double_negative::DoubleNegative
        external_reference::ExternalReference
        file_length::FileLength
        function_arg_return::FunctionArgReturn
        line_length::LineLength
        messy_rule::MessyRule
        mixed_iteration::MixedIteration
        no_whitespace_comment::NoWhitespaceComment
        opa_fmt::OpaFmt
        pointless_reassignment::PointlessReassignment
        prefer_snake_case::PreferSnakeCase
        prefer_some_in_iteration::PreferSomeInIteration
        rule_length::RuleLength
        rule_name_repeats_package::RuleNameRepeatsPackage
        todo_comment::TodoComment
        trailing_default_rule::TrailingDefaultRule
        unconditional_assignment::UnconditionalAssignment
        unnecessary_some::UnnecessarySome
        use_assignment_operator::UseAssignmentOperator
        yoda_condition::YodaCondition
    }
    syntax {
        syntax_error::SyntaxError
    }
    vault {
        vault_agent_injector_tls_skip::VaultAgentInjectorTlsSkip
        vault_agent_injector_token::VaultAgentInjectorToken
        vault_audit_missing::VaultAuditMissing
        vault_insecure_server::VaultInsecureServer
        vault_jwt_role_missing_bound_audiences::VaultJwtRoleMissingBoundAudiences
        vault_k8s_role_missing_audience::VaultK8sRoleMissingAudience
        vault_k8s_role_wildcard::VaultK8sRoleWildcard
        vault_long_ttl::VaultLongTtl
        vault_policy_wildcard::VaultPolicyWildcard
        vault_root_token::VaultRootToken
        vault_static_secret::VaultStaticSecret
    }
    x509 {
        x509_expired::X509Expired
        x509_long_lived::X509LongLived
        x509_weak_key::X509WeakKey
    }
    yaml {
        yaml_duplicate_key::YamlDuplicateKey
    }
    testing {
        dubious_print_sprintf::DubiousPrintSprintf
        file_missing_test_suffix::FileMissingTestSuffix
        identically_named_tests::IdenticallyNamedTests
        metasyntactic_variable::MetasyntacticVariable
        print_or_trace_call::PrintOrTraceCall
        test_outside_test_package::TestOutsideTestPackage
        test_without_input::TestWithoutInput
        todo_test::TodoTest
        vacuous_test::VacuousTest
    }
}
