//! What probes can observe. A fact has no opinion: the table of criteria says what it speaks for or against.

macro_rules! facts {
    ($($(#[doc = $doc:literal])* $name:ident = $id:literal,)*) => {
        /// Something that a probe observed about a subject.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Fact { $($(#[doc = $doc])* $name,)* }

        impl Fact {
            /// Every fact.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The name in reports and waivers.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// What it says, in words.
            #[must_use]
            pub fn doc(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc, " "),*).trim_ascii(),)* }
            }
        }
    };
}

facts! {
    /// a credential's value is written in a file
    SecretInFile = "secret_in_file",
    /// a value in a file is a well-known default
    DefaultPasswordInFile = "default_password_in_file",
    /// a value in tests, documents or examples looks like a credential
    SecretToReview = "secret_to_review",
    /// a credential's value stands in the history, and in no file any more
    SecretInHistory = "secret_in_history",
    /// the files that can hold credential values were read
    FilesScanned = "files_scanned",
    /// a file, or a part of it, was not looked at
    FileNotScanned = "file_not_scanned",

    /// the credential's value is written in a file
    CredentialLiteral = "credential_literal",
    /// the credential is set by hand or by a well-known default
    CredentialManual = "credential_manual",
    /// the credential comes from a platform store
    CredentialStored = "credential_stored",
    /// the credential comes from a secret manager, and nothing rotates it
    CredentialManaged = "credential_managed",
    /// the credential comes from a secret manager; whether it rotates is not visible
    CredentialManagedRotationUnseen = "credential_managed_rotation_unseen",
    /// the credential comes from a secret manager and is refreshed
    CredentialRotated = "credential_rotated",
    /// a rotated credential of a service that knows no other kind
    CredentialStaticByNature = "credential_static_by_nature",
    /// the credential is leased for at most a day
    CredentialLeased = "credential_leased",
    /// the credential is leased; for how long is not visible
    CredentialLeasedTtlUnseen = "credential_leased_ttl_unseen",
    /// the credential is leased for more than a day
    CredentialLeasedLong = "credential_leased_long",
    /// access by identity: there is no stored credential
    CredentialIdentity = "credential_identity",
    /// the credential's store is not in this repository
    CredentialStoreUnseen = "credential_store_unseen",
    /// a pipeline's credential comes from a platform store or something better
    PipelineCredentialStored = "pipeline_credential_stored",
    /// a template decides how the credential is held
    CredentialTemplated = "credential_templated",
    /// the credential is referred to; a template names the store's object
    CredentialReferenceTemplated = "credential_reference_templated",

    /// the Secret is used by one application
    SecretOwn = "secret_own",
    /// the Secret is used by several applications
    SecretShared = "secret_shared",
    /// a workload's service account may read Secrets cluster-wide
    SecretsReadClusterWide = "secrets_read_cluster_wide",
    /// a policy may read every secret of the manager
    SecretsReadBroad = "secrets_read_broad",
    /// a role names the Secrets that it may read
    SecretsReadByName = "secrets_read_by_name",
    /// every namespace may use the store
    StoreOpen = "store_open",
    /// the store names the namespaces that may use it
    StoreScoped = "store_scoped",

    /// the endpoint demands authentication
    EndpointAuthenticated = "endpoint_authenticated",
    /// nothing in the manifests authenticates the endpoint's callers
    EndpointAuthUnseen = "endpoint_auth_unseen",
    /// tokens are validated, and requests without one are let in
    EndpointTokenOptional = "endpoint_token_optional",
    /// the endpoint serves TLS
    EndpointTls = "endpoint_tls",
    /// the endpoint serves plain HTTP
    EndpointPlain = "endpoint_plain",
    /// the manifests do not say how the endpoint serves
    EndpointTlsUnseen = "endpoint_tls_unseen",
    /// the workload has a service account of its own
    OwnServiceAccount = "own_service_account",
    /// the workload runs as the service account `default`
    DefaultServiceAccount = "default_service_account",
    /// the workload shares its service account with another application
    SharedServiceAccount = "shared_service_account",
    /// tokens are validated with issuer and audience
    JwtIssuerAudience = "jwt_issuer_audience",
    /// tokens are validated without an audience
    JwtNoAudience = "jwt_no_audience",
    /// a template decides the audiences
    JwtTemplated = "jwt_templated",
    /// a cloud role takes tokens of any workload, or for any audience
    TrustUnbounded = "trust_unbounded",
    /// a cloud role takes tokens of any pipeline
    CiTrustUnbounded = "ci_trust_unbounded",
    /// the workload has an identity at the cloud or the secret manager
    WorkloadIdentity = "workload_identity",
    /// a long-lived cloud key is used
    StaticCloudKey = "static_cloud_key",
    /// a secret manager is reached with a stored token or key
    StaticManagerToken = "static_manager_token",
    /// a secret manager is reached with a stored login that is no token
    StoredManagerLogin = "stored_manager_login",
    /// a secret manager or cloud is reached with the node's identity
    NodeIdentity = "node_identity",
    /// how the secret manager is reached is not visible
    ManagerAuthUnseen = "manager_auth_unseen",
    /// the job gets its cloud access by federation
    CiFederated = "ci_federated",
    /// the job uses a long-lived cloud key
    CiStaticKey = "ci_static_key",
    /// the job reaches a cluster by a stored login that is no cloud's key
    CiStoredLogin = "ci_stored_login",
    /// a workflow of another repository decides the job's access
    CiElsewhere = "ci_elsewhere",
    /// the job may not ask for a token of its identity, and has no other
    CiCannotFederate = "ci_cannot_federate",
    /// the workload is part of the mesh
    MeshMember = "mesh_member",
    /// the workload is kept out of the mesh
    MeshExcluded = "mesh_excluded",
    /// whether the workload is part of the mesh is decided elsewhere
    MeshUnseen = "mesh_unseen",
    /// nothing puts the workload into a mesh
    MeshAbsent = "mesh_absent",

    /// access control is declared
    AccessControl = "access_control",
    /// a role is narrow
    RoleScoped = "role_scoped",
    /// a role grants everything, or the right to grant
    RoleWildcard = "role_wildcard",
    /// a role grants everything; no workload seen here holds it
    RoleBroad = "role_broad",
    /// the role that is bound is not in this repository
    RoleUnseen = "role_unseen",
    /// policy denies by default
    PolicyDefaultDeny = "policy_default_deny",
    /// policy allows by default
    PolicyDefaultAllow = "policy_default_allow",
    /// an enforcement point lets requests pass when it fails
    FailOpen = "fail_open",
    /// a policy names the identities that it admits
    PolicyByIdentity = "policy_by_identity",
    /// a policy admits by address alone, or any identity
    PolicyByAddress = "policy_by_address",
    /// the workload is selected by an allow policy in a namespace that denies by default
    WorkloadAuthorized = "workload_authorized",
    /// no policy admits callers of the workload explicitly, or anyone is admitted
    WorkloadOpen = "workload_open",
    /// a policy admits everyone
    AuthzAllowAll = "authz_allow_all",
    /// the policies in force cannot be told
    WorkloadAuthzUnseen = "workload_authz_unseen",
    /// policy code has tests that pass and reach it, and a pipeline runs them
    PolicyTested = "policy_tested",
    /// a test of policy code fails, or cannot be evaluated
    PolicyTestsFail = "policy_tests_fail",
    /// tests reach less than 80 % of the lines of policy code
    PolicyCoverageLow = "policy_coverage_low",
    /// policy code has tests and a workflow runs them
    PolicyTestsInCi = "policy_tests_in_ci",
    /// policy code has tests; no workflow runs them
    PolicyTestsNotInCi = "policy_tests_not_in_ci",
    /// policy code without tests
    PolicyUntested = "policy_untested",
    /// a workflow runs the tests and cannot fail
    PolicyTestsIgnored = "policy_tests_ignored",
    /// where the policy is enforced is not in this repository
    EnforcedElsewhere = "enforced_elsewhere",
    /// an admission policy is enforced
    AdmissionEnforced = "admission_enforced",
    /// an admission policy only warns or audits
    AdmissionAudit = "admission_audit",
    /// drift from the repository is corrected
    DriftCorrected = "drift_corrected",
    /// an application is synchronised, and drift stays
    DriftStays = "drift_stays",

    /// a hop or store is encrypted
    HopEncrypted = "hop_encrypted",
    /// a hop or store is plain, or its certificates are not verified
    HopPlain = "hop_plain",
    /// a store is not encrypted at rest
    StorePlain = "store_plain",
    /// keys and certificates come from a central issuer
    CentralKeys = "central_keys",
    /// a private key lies in the repository
    PrivateKeyInFile = "private_key_in_file",
    /// mutual TLS is active for the workload
    MtlsActive = "mtls_active",
    /// mutual TLS is switched off for the workload
    MtlsDisabled = "mtls_disabled",
    /// mutual TLS is strict on every port of the workload
    MtlsStrict = "mtls_strict",
    /// mutual TLS is not demanded on every port of the workload
    MtlsNotStrict = "mtls_not_strict",
    /// the mesh's default for mutual TLS is set elsewhere
    MtlsElsewhere = "mtls_elsewhere",
    /// what decides mutual TLS is templated
    MtlsUnseen = "mtls_unseen",

    /// a log is configured
    LogConfigured = "log_configured",
    /// an audit trail is configured
    AuditTrail = "audit_trail",
    /// an audit policy that records nothing
    AuditNothing = "audit_nothing",
    /// logs are shipped to a central sink
    LogsShipped = "logs_shipped",
    /// the trail says which identity acted
    AuditAttributable = "audit_attributable",
    /// decisions are logged
    DecisionLogs = "decision_logs",
    /// a detection on identity, policy or secret signals
    Detection = "detection",

    /// nothing is exposed by accident
    NotExposed = "not_exposed",
    /// the whole world reaches more than web ports
    PortExposed = "port_exposed",
    /// a datastore is reachable from outside
    DatastoreExposed = "datastore_exposed",
    /// a network policy takes edges away
    Segmented = "segmented",
    /// a network policy selects no workload
    NetworkSelectsNone = "network_selects_none",
    /// a network policy allows everything
    NetworkAllowAll = "network_allow_all",
    /// the namespace denies ingress by default
    IngressDenied = "ingress_denied",
    /// the namespace does not deny ingress by default
    IngressOpen = "ingress_open",
    /// the namespace denies ingress and egress by default, and its allows name peers and ports
    BothDenied = "both_denied",
    /// egress is open, or an allow names no peer or no port
    EgressOpen = "egress_open",
    /// the network policies in force cannot be told
    NetworkUnseen = "network_unseen",
    /// a network policy undoes a default deny
    NetworkDenyVoided = "network_deny_voided",
    /// every edge into the workload names peers and ports
    EdgesExplicit = "edges_explicit",
    /// an edge into the workload names no peer or no port
    EdgeImplicit = "edge_implicit",
    /// at most half of the flat network's edges are left
    EdgesReduced = "edges_reduced",
    /// more than half of the flat network's edges are left
    EdgesNotReduced = "edges_not_reduced",
    /// only declared clients reach the datastore
    DatastoreGuarded = "datastore_guarded",
    /// others than declared clients reach the datastore
    DatastoreOpen = "datastore_open",
    /// whether an edge exists cannot be told
    EdgeUnseen = "edge_unseen",

    /// a waiver or a statement has no end
    DecisionEndless = "decision_endless",
    /// the configuration hides many files
    FilesHidden = "files_hidden",
}
