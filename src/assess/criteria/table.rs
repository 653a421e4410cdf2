//! All criteria, by level and domain.

use super::{Criterion, Disqualifier, Effort, Empty, Part};
use crate::assess::fact::Fact as F;
use crate::assess::status::{Domain as D, Reason as R};

const NONE: Empty = Empty::NotApplicable;

const fn blank(id: &'static str, level: u8, domain: D) -> Criterion {
    Criterion {
        id,
        level,
        domain,
        spine: level == 5,
        title: "",
        statement: "",
        why: "",
        pass: "",
        patch: "",
        patches: &[],
        effort: Effort::Medium,
        yes: &[],
        no: &[],
        beside: &[],
        open: &[],
        parts: &[],
        among: &[],
        empty: NONE,
    }
}

/// Every criterion, in the order of levels.
pub const CRITERIA: &[Criterion] = &[
    Criterion {
        spine: true,
        title: "no credential values in files",
        statement: "No credential value is written in a tracked file.",
        why: "History does not forget, and neither do forks.",
        pass: "Move the value to a store, refer to it, and change the credential: it counts as published.",
        patch: "env:\n  - name: DB_PASSWORD\n    valueFrom:\n      secretKeyRef: {name: orders-db, key: password}",
        effort: Effort::Small,
        yes: &[F::FilesScanned],
        no: &[F::SecretInFile],
        open: &[(F::FileNotScanned, R::Unparsed)],
        empty: Empty::Unknown(R::Unparsed),
        ..blank("L1.SEC.1", 1, D::Secrets)
    },
    Criterion {
        spine: true,
        title: "credentials are injected",
        statement: "Credentials are injected into workloads, not embedded.",
        why: "What is injected can be changed without a commit.",
        pass: "Take the credential from the environment or a mounted file.",
        effort: Effort::Small,
        yes: &[
            F::CredentialManual,
            F::CredentialStored,
            F::CredentialManaged,
            F::CredentialManagedRotationUnseen,
            F::CredentialRotated,
            F::CredentialStaticByNature,
            F::CredentialLeased,
            F::CredentialLeasedTtlUnseen,
            F::CredentialLeasedLong,
            F::CredentialIdentity,
            F::CredentialStoreUnseen,
            F::PipelineCredentialStored,
            F::CredentialReferenceTemplated,
        ],
        no: &[F::CredentialLiteral],
        open: &[(F::CredentialTemplated, R::UnrenderedTemplate)],
        ..blank("L1.SEC.2", 1, D::Secrets)
    },
    Criterion {
        title: "exposed endpoints authenticate",
        statement: "What is exposed demands some authentication.",
        why: "An open endpoint makes every later control optional.",
        pass: "Authenticate at the gateway: a token rule with a policy that demands it, or a proxy in front.",
        patch: "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: require-token, namespace: $namespace}\nspec:\n  action: DENY\n  rules:\n    - from:\n        - source:\n            notRequestPrincipals: [\"*\"]",
        yes: &[F::EndpointAuthenticated],
        no: &[F::EndpointTokenOptional],
        open: &[(F::EndpointAuthUnseen, R::NeedsOtherRepo)],
        ..blank("L1.AUT.1", 1, D::Authentication)
    },
    Criterion {
        title: "some access control is declared",
        statement: "Access control is declared: roles, policies or grants.",
        why: "What is not declared cannot be reviewed.",
        pass: "Declare roles or policies beside the workloads.",
        patch: "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: APP, namespace: $namespace}\nrules:\n  - apiGroups: [\"\"]\n    resources: [configmaps]\n    resourceNames: [APP]\n    verbs: [get]",
        patches: &[(
            F::RoleWildcard,
            "kind: Role\nmetadata: {name: $part, namespace: $namespace}\nrules:\n  - apiGroups: [\"\"]\n    resources: [configmaps]\n    resourceNames: [$name]\n    verbs: [get]",
        )],
        effort: Effort::Small,
        yes: &[
            F::AccessControl,
            F::RoleScoped,
            F::PolicyDefaultDeny,
            F::PolicyByIdentity,
            F::AdmissionEnforced,
            F::AdmissionAudit,
            F::SecretsReadByName,
        ],
        no: &[F::RoleWildcard],
        parts: &[Part {
            name: "role or policy",
            facts: &[
                F::AccessControl,
                F::RoleScoped,
                F::PolicyDefaultDeny,
                F::PolicyByIdentity,
                F::AdmissionEnforced,
                F::AdmissionAudit,
                F::SecretsReadByName,
            ],
        }],
        ..blank("L1.AUZ.1", 1, D::Authorization)
    },
    Criterion {
        title: "TLS on entry points",
        statement: "Entry points serve TLS.",
        why: "Credentials travel through them.",
        pass: "Give the Ingress a `tls` section, or the gateway an HTTPS listener, and redirect plain HTTP.",
        patch: "spec:\n  tls:\n    - hosts: [shop.example]\n      secretName: shop-tls",
        effort: Effort::Small,
        yes: &[F::EndpointTls],
        no: &[F::EndpointPlain],
        open: &[(F::EndpointTlsUnseen, R::NeedsOtherRepo)],
        ..blank("L1.ENC.1", 1, D::Encryption)
    },
    Criterion {
        title: "logs exist",
        statement: "Some log of requests or decisions is configured.",
        why: "Without it nothing can be reconstructed.",
        pass: "Switch on access logs of the mesh or the gateway, or decision logs of the policy engine.",
        effort: Effort::Small,
        yes: &[F::LogConfigured, F::AuditTrail, F::DecisionLogs, F::LogsShipped],
        parts: &[Part { name: "log configuration", facts: &[F::LogConfigured, F::AuditTrail, F::DecisionLogs, F::LogsShipped] }],
        ..blank("L1.AUD.1", 1, D::Audit)
    },
    Criterion {
        title: "nothing is public by accident",
        statement: "Datastores and admin ports are not exposed.",
        why: "What cannot be reached cannot be attacked first.",
        pass: "Make the Service a ClusterIP, bind the port to loopback, or narrow the security group.",
        effort: Effort::Small,
        yes: &[F::NotExposed],
        no: &[F::DatastoreExposed, F::PortExposed],
        ..blank("L1.NET.1", 1, D::Network)
    },
    Criterion {
        spine: true,
        title: "credentials come from a platform store",
        statement: "Every credential is delivered by a platform store or something better.",
        why: "Hand-set variables are copied, shared and forgotten.",
        pass: "Refer to a Secret that is sealed, encrypted or synchronised, not to a value.",
        patch: "kind: SealedSecret",
        yes: &[
            F::CredentialStored,
            F::CredentialManaged,
            F::CredentialManagedRotationUnseen,
            F::CredentialRotated,
            F::CredentialStaticByNature,
            F::CredentialLeased,
            F::CredentialLeasedTtlUnseen,
            F::CredentialLeasedLong,
            F::CredentialIdentity,
            F::CredentialStoreUnseen,
            F::PipelineCredentialStored,
        ],
        no: &[F::CredentialLiteral, F::CredentialManual],
        open: &[(F::CredentialTemplated, R::UnrenderedTemplate), (F::CredentialReferenceTemplated, R::UnrenderedTemplate)],
        ..blank("L2.SEC.1", 2, D::Secrets)
    },
    Criterion {
        spine: true,
        title: "secrets are segregated",
        statement: "Each Secret is used by one application, and no workload may read all of them.",
        why: "A credential that several services share cannot be withdrawn from one of them.",
        pass: "Give each application a credential of its own, name the Secrets in `resourceNames`, and the namespaces in the `conditions` \
               of a ClusterSecretStore. Without conditions every namespace may read through it; that alone is left open, for the \
               manager's own policy may be narrow.",
        yes: &[F::SecretOwn, F::SecretsReadByName, F::StoreScoped],
        no: &[F::SecretShared, F::SecretsReadClusterWide, F::SecretsReadBroad],
        open: &[(F::StoreOpen, R::ManualReview)],
        ..blank("L2.SEC.2", 2, D::Secrets)
    },
    Criterion {
        title: "a service account for each workload",
        statement: "Each workload runs as a service account of its own.",
        why: "Identity is what later policies bind to.",
        pass: "Set `serviceAccountName` to an account that no other application uses.",
        patch: "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: $name, namespace: $namespace}\nautomountServiceAccountToken: false\n---\n# in the workload $name\nspec:\n  template:\n    spec:\n      serviceAccountName: $name",
        effort: Effort::Small,
        yes: &[F::OwnServiceAccount],
        no: &[F::DefaultServiceAccount, F::SharedServiceAccount],
        ..blank("L2.AUT.1", 2, D::Authentication)
    },
    Criterion {
        title: "least-privilege roles",
        statement: "Roles are narrow: no wildcards, no right to grant, no cluster-admin.",
        why: "A stolen token is worth what its role allows.",
        pass: "Replace the wildcard by the verbs and resources in use, in a Role of the namespace.",
        patch: "kind: Role\nmetadata: {name: $part, namespace: $namespace}\nrules:\n  - apiGroups: [\"\"]\n    resources: [configmaps]\n    resourceNames: [$name]\n    verbs: [get]",
        yes: &[F::RoleScoped],
        no: &[F::RoleWildcard, F::RoleBroad],
        open: &[(F::RoleUnseen, R::NeedsOtherRepo)],
        ..blank("L2.AUZ.1", 2, D::Authorization)
    },
    Criterion {
        title: "data hops and stores are encrypted",
        statement: "Connections to stores, and the stores, are encrypted wherever that is stated.",
        why: "The network inside is not trusted either.",
        pass: "Demand TLS in the connection string, or mutual TLS in the mesh, and switch on encryption at rest.",
        patch: "postgres://orders@db:5432/orders?sslmode=verify-full",
        yes: &[F::HopEncrypted],
        no: &[F::HopPlain, F::StorePlain],
        empty: Empty::Unknown(R::NeedsOtherRepo),
        ..blank("L2.ENC.1", 2, D::Encryption)
    },
    Criterion {
        title: "an audit trail is configured",
        statement: "An audit trail of the platform, the manager or the policy engine is configured.",
        why: "Who did what is the first question after an incident.",
        pass: "Add an audit policy for the API server, Vault's audit device, or OPA's decision logs.",
        patch: "decision_logs:\n  service: logs",
        yes: &[F::AuditTrail, F::DecisionLogs],
        no: &[F::AuditNothing],
        parts: &[Part { name: "audit trail", facts: &[F::AuditTrail, F::DecisionLogs, F::AuditNothing] }],
        ..blank("L2.AUD.1", 2, D::Audit)
    },
    Criterion {
        title: "some effective segmentation",
        statement: "At least one policy takes an edge away from the flat network.",
        why: "It shows that policies are applied, and where to go on.",
        pass: "Add a NetworkPolicy that selects the workloads and admits only their clients.",
        effort: Effort::Small,
        yes: &[F::Segmented],
        no: &[F::NetworkAllowAll, F::NetworkSelectsNone],
        open: &[(F::NetworkUnseen, R::UnrenderedTemplate)],
        parts: &[Part { name: "network policy", facts: &[F::Segmented, F::NetworkAllowAll, F::NetworkSelectsNone, F::NetworkUnseen] }],
        // nothing is segmented where nothing is deployed to a network
        among: &[F::NotExposed, F::DatastoreExposed, F::IngressDenied, F::IngressOpen, F::NetworkUnseen],
        ..blank("L2.NET.1", 2, D::Network)
    },
    Criterion {
        spine: true,
        title: "a secret manager is the source",
        statement: "Workload credentials come from a secret manager.",
        why: "One place to change, withdraw and audit them.",
        pass: "Synchronise the Secret from a manager: an ExternalSecret, a SecretProviderClass or Vault's agent.",
        patch: "apiVersion: external-secrets.io/v1\nkind: ExternalSecret",
        yes: &[
            F::CredentialManaged,
            F::CredentialManagedRotationUnseen,
            F::CredentialRotated,
            F::CredentialStaticByNature,
            F::CredentialLeased,
            F::CredentialLeasedTtlUnseen,
            F::CredentialLeasedLong,
            F::CredentialIdentity,
        ],
        no: &[F::CredentialLiteral, F::CredentialManual, F::CredentialStored],
        open: &[
            (F::CredentialTemplated, R::UnrenderedTemplate),
            (F::CredentialReferenceTemplated, R::UnrenderedTemplate),
            (F::CredentialStoreUnseen, R::NeedsOtherRepo),
        ],
        ..blank("L3.SEC.1", 3, D::Secrets)
    },
    Criterion {
        spine: true,
        title: "scheduled rotation",
        statement: "Credentials are rotated or refreshed on a schedule.",
        why: "A leak that ends by itself is a smaller leak.",
        pass: "Rotate at the source on a schedule, and refresh what is synchronised.",
        patch: "spec:\n  refreshInterval: 1h",
        yes: &[
            F::CredentialRotated,
            F::CredentialStaticByNature,
            F::CredentialLeased,
            F::CredentialLeasedTtlUnseen,
            F::CredentialLeasedLong,
            F::CredentialIdentity,
        ],
        no: &[F::CredentialLiteral, F::CredentialManual, F::CredentialStored, F::CredentialManaged],
        // what has no secret rotates none
        beside: &[F::CredentialIdentity],
        open: &[
            (F::CredentialTemplated, R::UnrenderedTemplate),
            (F::CredentialReferenceTemplated, R::UnrenderedTemplate),
            (F::CredentialStoreUnseen, R::NeedsOtherRepo),
            (F::CredentialManagedRotationUnseen, R::NeedsRuntime),
        ],
        ..blank("L3.SEC.2", 3, D::Secrets)
    },
    Criterion {
        title: "user tokens: issuer and audience checked",
        statement: "User tokens are validated with issuer and audience.",
        why: "A token for another service must not open this one.",
        pass: "Name `issuer` and `audiences` in the token rule.",
        patch: "jwtRules:\n  - issuer: https://login.example\n    audiences: [https://shop.example]",
        effort: Effort::Small,
        yes: &[F::JwtIssuerAudience],
        no: &[F::JwtNoAudience],
        open: &[
            (F::JwtTemplated, R::UnrenderedTemplate),
            (F::EndpointAuthUnseen, R::NeedsOtherRepo),
            // what authenticates there says nothing of issuer and audience here
            (F::EndpointAuthenticated, R::NeedsOtherRepo),
        ],
        ..blank("L3.AUT.1", 3, D::Authentication)
    },
    Criterion {
        title: "central policy, deny by default",
        statement: "Policy is central and denies by default.",
        why: "What was forgotten stays closed.",
        pass: "Deny by default: `default allow := false` in Rego, or an AuthorizationPolicy with an empty `spec`.",
        patch: "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: deny-all, namespace: $namespace}\nspec: {}",
        patches: &[(F::PolicyDefaultAllow, "default allow := false"), (F::FailOpen, "failure_mode_allow: false")],
        yes: &[F::PolicyDefaultDeny],
        no: &[F::PolicyDefaultAllow, F::FailOpen],
        parts: &[Part { name: "policy that denies by default", facts: &[F::PolicyDefaultDeny, F::PolicyDefaultAllow] }],
        ..blank("L3.AUZ.1", 3, D::Authorization)
    },
    Criterion {
        title: "keys and certificates from a central issuer",
        statement: "Keys and certificates are issued and kept centrally.",
        why: "Keys made by hand are neither renewed nor withdrawn.",
        pass: "Issue certificates by cert-manager, the mesh or Vault, and keep keys in a key service.",
        patch: "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: APP, namespace: $namespace}\nspec:\n  secretName: APP-tls\n  duration: 2160h\n  dnsNames: [APP.$namespace.svc]\n  issuerRef: {kind: ClusterIssuer, name: ISSUER}",
        yes: &[F::CentralKeys],
        no: &[F::PrivateKeyInFile],
        parts: &[Part { name: "central issuer or key service", facts: &[F::CentralKeys, F::PrivateKeyInFile] }],
        ..blank("L3.ENC.1", 3, D::Encryption)
    },
    Criterion {
        title: "logs are shipped to a central sink",
        statement: "Logs are shipped to a central sink.",
        why: "Logs on the machine that was taken are the attacker's.",
        pass: "Name a remote sink: OPA's `decision_logs.service`, an OTel or Fluent Bit output, an access-log service.",
        yes: &[F::LogsShipped],
        parts: &[Part { name: "remote log sink", facts: &[F::LogsShipped] }],
        ..blank("L3.AUD.1", 3, D::Audit)
    },
    Criterion {
        title: "default-deny ingress",
        statement: "Every namespace with workloads denies ingress by default.",
        why: "Default deny is the starting point of segmentation.",
        pass: "Add a policy that selects all pods and lists `Ingress` without rules.",
        patch: "kind: NetworkPolicy\nspec:\n  podSelector: {}\n  policyTypes: [Ingress]",
        effort: Effort::Small,
        yes: &[F::IngressDenied],
        no: &[F::IngressOpen],
        open: &[(F::NetworkUnseen, R::UnrenderedTemplate)],
        ..blank("L3.NET.1", 3, D::Network)
    },
    Criterion {
        spine: true,
        title: "dynamic credentials",
        statement: "Credentials of databases, brokers, clouds and services are leased.",
        why: "A leased credential ends without anyone noticing its leak.",
        pass: "Issue the credential per workload and for a short time: Vault's database engine, database login by cloud identity.",
        patch: "path \"database/creds/orders\" { capabilities = [\"read\"] }",
        effort: Effort::Large,
        yes: &[F::CredentialLeased, F::CredentialLeasedTtlUnseen, F::CredentialLeasedLong],
        no: &[
            F::CredentialLiteral,
            F::CredentialManual,
            F::CredentialStored,
            F::CredentialManaged,
            F::CredentialManagedRotationUnseen,
            F::CredentialRotated,
        ],
        open: &[
            (F::CredentialTemplated, R::UnrenderedTemplate),
            (F::CredentialReferenceTemplated, R::UnrenderedTemplate),
            (F::CredentialStoreUnseen, R::NeedsOtherRepo),
        ],
        ..blank("L4.SEC.1", 4, D::Secrets)
    },
    Criterion {
        spine: true,
        title: "workload identity",
        statement: "Workloads reach clouds and secret managers by an identity of their own.",
        why: "No first secret is left to protect.",
        pass: "Bind the service account to a cloud role or a Vault role, and take the stored key away.",
        patch: "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: $name\n  namespace: $namespace\n  annotations:\n    eks.amazonaws.com/role-arn: arn:aws:iam::ACCOUNT:role/$name",
        yes: &[F::WorkloadIdentity],
        no: &[F::StaticCloudKey, F::StaticManagerToken, F::StoredManagerLogin, F::NodeIdentity, F::TrustUnbounded],
        open: &[(F::ManagerAuthUnseen, R::NeedsOtherRepo)],
        ..blank("L4.AUT.1", 4, D::Authentication)
    },
    Criterion {
        spine: true,
        title: "CI federates",
        statement: "Pipelines reach clouds by federation, without stored keys.",
        why: "A pipeline's key opens production and is rarely changed.",
        pass: "Give the job `id-token: write` and a role to assume, and delete the key.",
        patch: "permissions: {id-token: write}\nsteps:\n  - uses: aws-actions/configure-aws-credentials@v5\n    with: {role-to-assume: arn:aws:iam::000000000000:role/deploy}",
        effort: Effort::Small,
        yes: &[F::CiFederated],
        no: &[F::CiStaticKey, F::CiStoredLogin, F::CiTrustUnbounded, F::CiCannotFederate],
        open: &[(F::CiElsewhere, R::NeedsOtherRepo)],
        ..blank("L4.AUT.2", 4, D::Authentication)
    },
    Criterion {
        title: "decisions bind to identity",
        statement: "Policies name identities, not addresses.",
        why: "Addresses move and are shared; identities are proven.",
        pass: "Admit callers by `principals` or `requestPrincipals`.",
        patch: "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: APP, namespace: $namespace}\nspec:\n  selector:\n    matchLabels: {app: APP}\n  rules:\n    - from:\n        - source:\n            principals: [cluster.local/ns/CALLERS-NAMESPACE/sa/CALLERS-ACCOUNT]",
        patches: &[(
            F::PolicyByAddress,
            "kind: AuthorizationPolicy\nmetadata: {name: $name, namespace: $namespace}\nspec:\n  rules:\n    - from:\n        - source:\n            principals: [cluster.local/ns/CALLERS-NAMESPACE/sa/CALLERS-ACCOUNT]",
        )],
        yes: &[F::PolicyByIdentity],
        no: &[F::PolicyByAddress],
        parts: &[Part { name: "policy that names an identity", facts: &[F::PolicyByIdentity, F::PolicyByAddress] }],
        ..blank("L4.AUZ.1", 4, D::Authorization)
    },
    Criterion {
        title: "mutual TLS is active",
        statement: "Mutual TLS is active for the workloads.",
        why: "Both sides prove who they are on every hop.",
        pass: "Put the namespace into the mesh.",
        patch: "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: $namespace\n  labels: {istio-injection: enabled}\n---\n# first observe: what still speaks plain text shows in the metric istio_requests_total{connection_security_policy=\"none\"}\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: $namespace}\nspec:\n  mtls: {mode: PERMISSIVE}",
        patches: &[(
            F::MtlsDisabled,
            "# first observe: what still speaks plain text shows in the metric istio_requests_total{connection_security_policy=\"none\"}\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: $namespace}\nspec:\n  mtls: {mode: PERMISSIVE}",
        )],
        yes: &[F::MtlsActive],
        no: &[F::MtlsDisabled, F::MeshExcluded, F::MeshAbsent],
        open: &[(F::MeshUnseen, R::NeedsOtherRepo), (F::MtlsElsewhere, R::NeedsOtherRepo), (F::MtlsUnseen, R::UnrenderedTemplate)],
        ..blank("L4.ENC.1", 4, D::Encryption)
    },
    Criterion {
        title: "audit is attributable",
        statement: "The audit trail says which identity acted.",
        why: "Which workload identity made the call?",
        pass: "Log decisions with their input, or the peer's identity in access logs, or API audit at `Metadata` or above.",
        yes: &[F::AuditAttributable, F::DecisionLogs],
        parts: &[Part { name: "log of identities", facts: &[F::AuditAttributable, F::DecisionLogs] }],
        ..blank("L4.AUD.1", 4, D::Audit)
    },
    Criterion {
        title: "default deny both ways",
        statement: "Namespaces deny ingress and egress by default; what is allowed names peers and ports.",
        why: "Lateral movement and exfiltration both need an edge.",
        pass: "Deny egress too, admit DNS and the peers in use, and name ports.",
        patch: "spec:\n  podSelector: {}\n  policyTypes: [Ingress, Egress]",
        yes: &[F::BothDenied],
        no: &[F::IngressOpen, F::EgressOpen],
        open: &[(F::NetworkUnseen, R::UnrenderedTemplate)],
        ..blank("L4.NET.1", 4, D::Network)
    },
    Criterion {
        title: "no static credential left",
        statement: "No static workload credential is left, and leases last at most a day.",
        why: "Standing credentials are what attackers look for.",
        pass: "Replace what is left by leases of at most 24 hours or by identity.",
        effort: Effort::Large,
        yes: &[F::CredentialLeased, F::CredentialIdentity],
        no: &[
            F::CredentialLiteral,
            F::CredentialManual,
            F::CredentialStored,
            F::CredentialManaged,
            F::CredentialManagedRotationUnseen,
            F::CredentialRotated,
            F::CredentialStaticByNature,
            F::CredentialLeasedLong,
        ],
        open: &[
            (F::CredentialTemplated, R::UnrenderedTemplate),
            (F::CredentialReferenceTemplated, R::UnrenderedTemplate),
            (F::CredentialStoreUnseen, R::NeedsOtherRepo),
            (F::CredentialLeasedTtlUnseen, R::NeedsOtherRepo),
        ],
        ..blank("L5.SEC.1", 5, D::Secrets)
    },
    Criterion {
        title: "a mesh identity for each workload",
        statement: "Each workload has a cryptographic identity of its own.",
        why: "Policies can then tell every caller apart.",
        pass: "Put the workload into the mesh, or register it with SPIRE, under its own service account.",
        patch: "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: $namespace\n  labels: {istio-injection: enabled}",
        patches: &[
            (
                F::DefaultServiceAccount,
                "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: $name, namespace: $namespace}\n---\n# in the workload $name\nspec:\n  template:\n    spec:\n      serviceAccountName: $name",
            ),
            (
                F::SharedServiceAccount,
                "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: $name, namespace: $namespace}\n---\n# in the workload $name\nspec:\n  template:\n    spec:\n      serviceAccountName: $name",
            ),
            (
                F::MeshExcluded,
                "# in the pods of $name: take `sidecar.istio.io/inject: \"false\"` away\nspec:\n  template:\n    metadata:\n      labels: {sidecar.istio.io/inject: \"true\"}",
            ),
        ],
        yes: &[F::MeshMember],
        no: &[F::MeshExcluded, F::MeshAbsent, F::DefaultServiceAccount, F::SharedServiceAccount],
        open: &[(F::MeshUnseen, R::NeedsOtherRepo)],
        ..blank("L5.AUT.1", 5, D::Authentication)
    },
    Criterion {
        title: "strict mutual TLS on every port",
        statement: "Strict mutual TLS is in force on every served port.",
        why: "A port that also takes plain text takes anyone.",
        pass: "Set PeerAuthentication STRICT for the mesh, and take port and workload exceptions away.",
        patch: "# once no plain text is left in the metric istio_requests_total{connection_security_policy=\"none\"}; PERMISSIVE until then\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: $namespace}\nspec:\n  mtls: {mode: STRICT}",
        patches: &[
            (
                F::MeshAbsent,
                "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: $namespace\n  labels: {istio-injection: enabled}\n---\n# first observe: what still speaks plain text shows in the metric istio_requests_total{connection_security_policy=\"none\"}\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: $namespace}\nspec:\n  mtls: {mode: PERMISSIVE}",
            ),
            (
                F::MeshExcluded,
                "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: $namespace\n  labels: {istio-injection: enabled}\n---\n# first observe: what still speaks plain text shows in the metric istio_requests_total{connection_security_policy=\"none\"}\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: $namespace}\nspec:\n  mtls: {mode: PERMISSIVE}",
            ),
            (
                F::MtlsDisabled,
                "# first observe: what still speaks plain text shows in the metric istio_requests_total{connection_security_policy=\"none\"}\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: $namespace}\nspec:\n  mtls: {mode: PERMISSIVE}",
            ),
        ],
        yes: &[F::MtlsStrict],
        no: &[F::MtlsDisabled, F::MtlsNotStrict, F::MeshExcluded, F::MeshAbsent],
        open: &[(F::MeshUnseen, R::NeedsOtherRepo), (F::MtlsElsewhere, R::NeedsOtherRepo), (F::MtlsUnseen, R::UnrenderedTemplate)],
        ..blank("L5.ENC.1", 5, D::Encryption)
    },
    Criterion {
        title: "every workload has an explicit allow",
        statement: "Every serving workload is selected by an allow policy, in a namespace that denies by default.",
        why: "Each edge is a decision that someone wrote down.",
        pass: "Deny in the namespace, and write one allow policy for each workload and its callers.",
        yes: &[F::WorkloadAuthorized],
        no: &[F::WorkloadOpen, F::AuthzAllowAll],
        open: &[(F::WorkloadAuthzUnseen, R::NeedsOtherRepo), (F::EnforcedElsewhere, R::NeedsOtherRepo)],
        ..blank("L5.AUZ.1", 5, D::Authorization)
    },
    Criterion {
        title: "policy code is tested in CI",
        statement: "Policy code has real tests, covered to 80 %, and a workflow that fails with them.",
        why: "A policy that nobody tests is a guess.",
        pass: "Write tests for each package and run `ztctl test` in a workflow.",
        patch: "- run: ztctl test policies",
        patches: &[
            (F::PolicyTestsIgnored, "# without `|| true` and `continue-on-error`\n- run: ztctl test ."),
            (
                F::PolicyTestsNotInCi,
                "on:\n  pull_request: {}\njobs:\n  policy:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v5\n      - run: ztctl test .",
            ),
        ],
        yes: &[F::PolicyTested],
        no: &[F::PolicyUntested, F::PolicyTestsFail, F::PolicyCoverageLow, F::PolicyTestsNotInCi, F::PolicyTestsIgnored],
        open: &[(F::PolicyTestsInCi, R::NeedsRuntime)],
        ..blank("L5.AUZ.2", 5, D::Authorization)
    },
    Criterion {
        title: "continuous verification",
        statement: "Admission policies are enforced, and drift from the repository is corrected.",
        why: "What was verified once does not stay so.",
        pass: "Enforce (`deny`, `Enforce`), and switch on self-healing in Argo CD or use Flux.",
        patch: "syncPolicy:\n  automated: {selfHeal: true, prune: true}",
        patches: &[
            (
                F::DriftStays,
                "kind: Application\nmetadata: {name: $name, namespace: $namespace}\nspec:\n  syncPolicy:\n    automated: {selfHeal: true, prune: true}",
            ),
            (F::AdmissionAudit, "# after a week without violations in its status\nspec:\n  enforcementAction: deny"),
            (F::FailOpen, "failurePolicy: Fail"),
        ],
        yes: &[F::AdmissionEnforced, F::DriftCorrected],
        no: &[F::AdmissionAudit, F::DriftStays, F::FailOpen],
        open: &[(F::EnforcedElsewhere, R::NeedsOtherRepo)],
        parts: &[
            Part { name: "enforced admission policy", facts: &[F::AdmissionEnforced, F::AdmissionAudit] },
            Part { name: "drift control", facts: &[F::DriftCorrected, F::DriftStays] },
        ],
        ..blank("L5.AUZ.3", 5, D::Authorization)
    },
    Criterion {
        title: "detection on identity and policy signals",
        statement: "Decisions are logged to a central sink, and something alerts on them.",
        why: "A log that nobody reads detects nothing.",
        pass: "Alert on denials, secret reads and unusual callers: a PrometheusRule, a Falco rule, a metric alarm.",
        yes: &[F::DecisionLogs, F::LogsShipped, F::Detection],
        parts: &[
            Part { name: "decision log", facts: &[F::DecisionLogs] },
            Part { name: "central sink", facts: &[F::LogsShipped] },
            Part { name: "detection", facts: &[F::Detection] },
        ],
        ..blank("L5.AUD.1", 5, D::Audit)
    },
    Criterion {
        title: "lateral movement is reduced and measured",
        statement: "Every edge between workloads is explicit, and at most half of the flat network's edges are left.",
        why: "What one workload's loss costs is what it can reach.",
        pass: "Deny both ways, name peers and ports, and admit datastores' clients only.",
        effort: Effort::Large,
        yes: &[F::EdgesExplicit, F::EdgesReduced, F::DatastoreGuarded],
        no: &[F::EdgeImplicit, F::EdgesNotReduced, F::DatastoreOpen],
        open: &[(F::EdgeUnseen, R::UnrenderedTemplate)],
        ..blank("L5.NET.1", 5, D::Network)
    },
];

const fn cap(
    id: &'static str,
    title: &'static str,
    facts: &'static [F],
    headline: u8,
    domain: (D, u8),
    stands_for: &'static [&'static str],
) -> Disqualifier {
    Disqualifier { id, title, facts, headline, domain: domain.0, domain_level: domain.1, stands_for }
}

/// Every disqualifier that this version can see; a level of 5 means that the headline is not held down.
pub const DISQUALIFIERS: &[Disqualifier] = &[
    cap("DQ.SEC.1", "a credential value in a file", &[F::SecretInFile], 0, (D::Secrets, 0), &["L1.SEC.1"]),
    cap("DQ.SEC.1", "a well-known default password in a file", &[F::DefaultPasswordInFile], 1, (D::Secrets, 1), &["L1.SEC.1"]),
    cap("DQ.SEC.3", "a credential value in the history", &[F::SecretInHistory], 2, (D::Secrets, 5), &["L1.SEC.1"]),
    cap("DQ.SEC.2", "a workload reads Secrets cluster-wide", &[F::SecretsReadClusterWide], 1, (D::Secrets, 1), &["L2.SEC.2"]),
    cap("DQ.AUT.1", "a workload uses a long-lived cloud key", &[F::StaticCloudKey], 2, (D::Authentication, 3), &["L4.AUT.1"]),
    cap("DQ.AUT.1", "a pipeline uses a long-lived cloud key", &[F::CiStaticKey], 2, (D::Authentication, 3), &["L4.AUT.2"]),
    cap("DQ.AUT.2", "a secret manager is reached with a static token", &[F::StaticManagerToken], 2, (D::Authentication, 2), &["L4.AUT.1"]),
    cap("DQ.AUZ.1", "a workload has cluster-admin or a wildcard role", &[F::RoleWildcard], 3, (D::Authorization, 1), &["L2.AUZ.1"]),
    cap("DQ.AUZ.2", "a policy admits everyone to a workload", &[F::AuthzAllowAll], 4, (D::Authorization, 2), &["L5.AUZ.1"]),
    cap("DQ.AUZ.3", "an enforcement point fails open", &[F::FailOpen], 4, (D::Authorization, 3), &["L3.AUZ.1", "L5.AUZ.3"]),
    cap("DQ.ENC.1", "mutual TLS is off on a served port", &[F::MtlsDisabled], 4, (D::Encryption, 3), &["L4.ENC.1", "L5.ENC.1"]),
    cap("DQ.ENC.2", "TLS or its verification is off", &[F::HopPlain], 3, (D::Encryption, 1), &["L2.ENC.1"]),
    cap("DQ.NET.1", "a network policy allows everything", &[F::NetworkAllowAll, F::NetworkDenyVoided], 4, (D::Network, 2), &["L2.NET.1"]),
];
