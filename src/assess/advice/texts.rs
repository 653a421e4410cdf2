//! The words of steps, for the platform and the profile.

use super::plan::Setting;
use super::platform::{Admission, Ci, Cloud, Delivery, Mesh, Runtime};
use crate::assess::criteria::Effort;
use crate::assess::fact::Fact as F;
use crate::assess::status::Reason;

/// What a step says.
pub(super) struct Text {
    pub(super) title: String,
    pub(super) advice: String,
    /// What to look at before it is switched on.
    pub(super) observe: String,
    pub(super) patch: String,
    /// Where it differs from the criteria's.
    pub(super) effort: Option<Effort>,
}

fn text(title: &str, advice: impl Into<String>) -> Text {
    Text { title: title.to_owned(), advice: advice.into(), observe: String::new(), patch: String::new(), effort: None }
}

impl Text {
    fn observe(self, observe: impl Into<String>) -> Self {
        Self { observe: observe.into(), ..self }
    }

    fn patch(self, patch: impl Into<String>) -> Self {
        Self { patch: patch.into(), ..self }
    }

    fn effort(self, effort: Effort) -> Self {
        Self { effort: Some(effort), ..self }
    }
}

/// The secret manager to name.
fn manager_name(setting: &Setting<'_>) -> &'static str {
    let own = match setting.platform.cloud {
        Some(Cloud::Aws) => "AWS Secrets Manager",
        Some(Cloud::Google) => "Google Secret Manager",
        Some(Cloud::Azure) => "Azure Key Vault",
        None => "your cloud's secret manager",
    };
    if setting.is_small() {
        own
    } else if setting.is_enterprise() || setting.platform.vault {
        "Vault"
    } else {
        own
    }
}

pub(super) fn published(setting: &Setting<'_>) -> Text {
    let where_to = match setting.platform.runtime {
        Runtime::Kubernetes => "a Secret that is synchronised from a secret manager, or sealed or encrypted in the repository",
        Runtime::Compose => "an environment file or Docker secret outside of the repository",
        Runtime::Cloud | Runtime::Unseen => "a secret manager, or variables of the pipeline",
    };
    text(
        "Change the credentials that are written in files, then take them out",
        format!(
            "A value in Git counts as published, whoever can read it today. First issue a new credential and switch to it, then revoke the \
             old one, then move the value to {where_to}. Taking it out of the file alone leaves it in the history."
        ),
    )
    .observe("Look up who used the old credential before you revoke it: the database's or provider's log of the last weeks.")
    .patch(match setting.platform.runtime {
        Runtime::Kubernetes => "env:\n  - name: DB_PASSWORD\n    valueFrom:\n      secretKeyRef: {name: orders-db, key: password}",
        Runtime::Compose => {
            "services:\n  db:\n    environment:\n      POSTGRES_PASSWORD_FILE: /run/secrets/db-password\n    secrets: [db-password]"
        }
        Runtime::Cloud => "variable \"db_password\" {\n  type      = string\n  sensitive = true\n}",
        Runtime::Unseen => "password = os.environ[\"DB_PASSWORD\"]",
    })
}

pub(super) fn exposed(setting: &Setting<'_>) -> Text {
    let advice = match setting.platform.runtime {
        Runtime::Kubernetes => {
            "Make the Service a ClusterIP, and let clients outside of the cluster come through an authenticated gateway."
        }
        Runtime::Compose => "Bind the port to loopback, or publish none: services of one Compose file reach each other without.",
        Runtime::Cloud | Runtime::Unseen => "Take the public address away, and admit the security groups of the clients only.",
    };
    text("Close datastores and admin ports that are open to the outside", advice)
        .observe("Look at the connections of the last days: who connects from outside, and by which way they will come instead.")
        .patch(match setting.platform.runtime {
            Runtime::Kubernetes => "spec:\n  type: ClusterIP",
            Runtime::Compose => "ports:\n  - \"127.0.0.1:5432:5432\"",
            Runtime::Cloud | Runtime::Unseen => "publicly_accessible = false",
        })
}

pub(super) fn log(setting: &Setting<'_>) -> Text {
    match (setting.platform.mesh, setting.platform.runtime) {
        (Some(Mesh::Istio), _) => text("Log requests", "Switch on access logs for the whole mesh; nothing is refused by it.").patch(
            "apiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: {name: mesh-default, namespace: istio-system}\nspec:\n  accessLogging:\n    - providers:\n        - name: envoy",
        ),
        (Some(Mesh::Linkerd), _) => text("Log requests", "Switch on the proxies' access logs for the namespaces.")
            .patch("metadata:\n  annotations:\n    config.linkerd.io/access-log: json"),
        (_, Runtime::Kubernetes) => text(
            "Log requests",
            "Switch on access logs of the ingress or gateway, and log requests in the applications, as structured text.",
        ),
        _ => text("Log requests", "Log requests in the applications as structured text, and keep the logs of load balancers."),
    }
}

pub(super) fn audit(setting: &Setting<'_>) -> Text {
    let managed = match setting.platform.cloud {
        Some(Cloud::Aws) => "On EKS switch on the control plane's `audit` and `authenticator` logs; in the account, CloudTrail.",
        Some(Cloud::Google) => "On GKE admin activity is audited already; switch on Data Access audit logs for what holds data.",
        Some(Cloud::Azure) => "On AKS send `kube-audit-admin` and `guard` by a diagnostic setting to a workspace.",
        None => "Give the API server an audit policy that records at least `Metadata`, and Secrets at no more than that.",
    };
    let advice = format!("{managed} Where a secret manager or policy engine runs, switch on its audit or decision log as well.");
    text("Keep an audit trail of the platform", advice).patch(match setting.platform.cloud {
        Some(Cloud::Aws) => "resource \"aws_eks_cluster\" \"main\" {\n  enabled_cluster_log_types = [\"api\", \"audit\", \"authenticator\"]\n}",
        Some(Cloud::Google) => "resource \"google_project_iam_audit_config\" \"all\" {\n  service = \"allServices\"\n  audit_log_config { log_type = \"DATA_READ\" }\n}",
        Some(Cloud::Azure) => "resource \"azurerm_monitor_diagnostic_setting\" \"aks\" {\n  enabled_log { category = \"kube-audit-admin\" }\n}",
        None => "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n  - level: Metadata",
    })
}

pub(super) fn ship(_: &Setting<'_>) -> Text {
    text(
        "Ship logs to a central place",
        "Send logs off the machine that writes them: a collector or agent with a remote output. A console exporter is none.",
    )
    .patch("exporters:\n  otlp:\n    endpoint: logs.example:4317\nservice:\n  pipelines:\n    logs:\n      exporters: [otlp]")
}

pub(super) fn attributable(setting: &Setting<'_>) -> Text {
    let advice = match setting.platform.mesh {
        Some(Mesh::Istio) => {
            "Put the peer's identity into the access log (`%DOWNSTREAM_PEER_URI_SAN%`), and log decisions with their input."
        }
        _ => "Record which identity acted: decision logs with their input, the API server's audit at `Metadata`, the peer in access logs.",
    };
    text("Let the trail say which identity acted", advice)
}

pub(super) fn accounts(_: &Setting<'_>) -> Text {
    text(
        "Give each workload a service account of its own",
        "Make one ServiceAccount for each application and name it in the pod. Without permissions of its own this changes nothing for the \
         workload, and every later policy can name it. Copy role bindings that the shared account had and the workload needs.",
    )
    .patch("apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: orders, namespace: shop}\n---\nspec:\n  template:\n    spec:\n      serviceAccountName: orders")
}

pub(super) fn endpoints(setting: &Setting<'_>) -> Text {
    let (advice, patch) = match setting.platform.mesh {
        Some(Mesh::Istio) => (
            "Validate tokens with a RequestAuthentication first: requests without a token still pass. Demand one with an \
             AuthorizationPolicy on `requestPrincipals` afterwards.",
            "apiVersion: security.istio.io/v1\nkind: RequestAuthentication\nmetadata: {name: login, namespace: istio-system}\nspec:\n  jwtRules:\n    - issuer: https://login.example\n      audiences: [https://shop.example]",
        ),
        _ => ("Authenticate at the gateway or load balancer by OIDC, or put a proxy such as oauth2-proxy in front.", ""),
    };
    text("Authenticate callers of exposed endpoints", advice)
        .observe("Count the requests that come without a valid token, and who sends them; demand one when the number is what you expect.")
        .patch(patch)
}

pub(super) fn audiences(_: &Setting<'_>) -> Text {
    text("Check issuer and audience of user tokens", "Name `issuer` and `audiences` wherever tokens are validated.")
        .observe("Compare with the `aud` of tokens in use, so that none of your own clients is refused.")
        .patch("jwtRules:\n  - issuer: https://login.example\n    audiences: [https://shop.example]")
}

pub(super) fn pipelines(setting: &Setting<'_>) -> Text {
    let advice = "Let the job exchange its own token for a role, try it on one pipeline, then delete the stored key. Bind the trust to the \
                  repository and branch or environment, not to a whole organisation.";
    let patch = match (setting.platform.ci, setting.platform.cloud) {
        (Some(Ci::GitLab), Some(Cloud::Aws)) => {
            "deploy:\n  id_tokens:\n    AWS_TOKEN: {aud: https://gitlab.example}\n  script:\n    - aws sts assume-role-with-web-identity --role-arn \"$ROLE_ARN\" --role-session-name ci --web-identity-token \"$AWS_TOKEN\""
        }
        (Some(Ci::GitLab), _) => "deploy:\n  id_tokens:\n    CLOUD_TOKEN: {aud: https://gitlab.example}",
        (_, Some(Cloud::Google)) => {
            "permissions: {contents: read, id-token: write}\nsteps:\n  - uses: google-github-actions/auth@v3\n    with:\n      workload_identity_provider: projects/0/locations/global/workloadIdentityPools/ci/providers/github\n      service_account: deploy@project.iam.gserviceaccount.com"
        }
        (_, Some(Cloud::Azure)) => {
            "permissions: {contents: read, id-token: write}\nsteps:\n  - uses: azure/login@v2\n    with: {client-id: …, tenant-id: …, subscription-id: …}"
        }
        _ => {
            "permissions: {contents: read, id-token: write}\nsteps:\n  - uses: aws-actions/configure-aws-credentials@v5\n    with: {role-to-assume: arn:aws:iam::000000000000:role/deploy, aws-region: eu-central-1}"
        }
    };
    let title = match setting.platform.ci {
        Some(Ci::GitLab) => "Let GitLab pipelines log in by OIDC instead of stored keys",
        _ => "Let pipelines log in by OIDC instead of stored keys",
    };
    text(title, advice).patch(patch)
}

pub(super) fn store(setting: &Setting<'_>) -> Text {
    let (advice, patch) = match setting.platform.runtime {
        Runtime::Kubernetes => (
            "Deliver every credential by a Secret that is referred to, and keep its value out of the repository: synchronised from a \
             manager, sealed, or encrypted with SOPS.",
            "valueFrom:\n  secretKeyRef: {name: orders-db, key: password}",
        ),
        Runtime::Compose => (
            "Use Compose's secrets with files or variables from outside of the repository, or let the service read the cloud's secret manager.",
            "secrets:\n  db-password:\n    environment: DB_PASSWORD",
        ),
        Runtime::Cloud | Runtime::Unseen => (
            "Keep credentials in the platform's store (a secret manager, encrypted parameters) and hand out references.",
            "data \"aws_secretsmanager_secret_version\" \"db\" {\n  secret_id = \"prod/orders/db\"\n}",
        ),
    };
    text("Take credentials from a platform store", advice).patch(patch)
}

pub(super) fn own(_: &Setting<'_>) -> Text {
    text(
        "Give each application a credential of its own",
        "Make a login for each application at the database or service, with the rights that it needs, and a Secret of its own for it. Move \
         one application after the other; withdraw the shared login when nobody uses it.",
    )
    .observe("The server's log says when the shared login is no longer used.")
}

pub(super) fn identity(setting: &Setting<'_>) -> Text {
    let (advice, patch) = match setting.platform.cloud {
        Some(Cloud::Aws) => (
            "On EKS bind the service account to an IAM role, by Pod Identity or by IRSA, with a trust policy that names the account and the audience.",
            "metadata:\n  annotations:\n    eks.amazonaws.com/role-arn: arn:aws:iam::000000000000:role/orders",
        ),
        Some(Cloud::Google) => (
            "On GKE let the Kubernetes service account act by Workload Identity Federation, directly or as a Google service account.",
            "metadata:\n  annotations:\n    iam.gke.io/gcp-service-account: orders@project.iam.gserviceaccount.com",
        ),
        Some(Cloud::Azure) => (
            "On AKS use Azure Workload ID: annotate the service account with the client id and label the pods.",
            "metadata:\n  annotations:\n    azure.workload.identity/client-id: 00000000-0000-0000-0000-000000000000\n---\nspec:\n  template:\n    metadata:\n      labels: {azure.workload.identity/use: \"true\"}",
        ),
        None if setting.is_small() => (
            "Bind the service account to a role of your cloud by its workload identity, so that no key is stored.",
            "metadata:\n  annotations:\n    eks.amazonaws.com/role-arn: arn:aws:iam::000000000000:role/orders",
        ),
        None if setting.is_enterprise() => (
            "Let workloads log in by their own identity: Vault's Kubernetes or JWT method bound to service account and namespace, or SPIFFE IDs \
             from SPIRE where several clusters and clouds meet.",
            "vault write auth/kubernetes/role/orders bound_service_account_names=orders bound_service_account_namespaces=shop audience=vault policies=orders ttl=1h",
        ),
        None => (
            "Let workloads log in by their own identity: the cloud's workload identity, or the secret manager's Kubernetes login bound to \
             service account and namespace.",
            "volumes:\n  - name: token\n    projected:\n      sources:\n        - serviceAccountToken: {path: token, audience: manager.example, expirationSeconds: 3600}",
        ),
    };
    let vault = if setting.platform.vault && !setting.is_small() {
        " Vault's stored tokens give way to its Kubernetes login, bound to one account and one namespace."
    } else {
        ""
    };
    text("Let workloads log in by identity, without a stored key", format!("{advice}{vault} Delete the key when the new way works."))
        .patch(patch)
        .observe("Run both ways side by side, and delete the key when the provider's log shows that nobody uses it.")
}

pub(super) fn manager(setting: &Setting<'_>) -> Text {
    let name = manager_name(setting);
    let way = match setting.platform.runtime {
        Runtime::Kubernetes => {
            "synchronise it with External Secrets or mount it by the Secrets Store driver, logging in by workload identity"
        }
        Runtime::Compose => "read it at start, logging in by the machine's role",
        Runtime::Cloud | Runtime::Unseen => "refer to it from the function, task or machine, and read it by the role",
    };
    let small = if setting.is_small() { " A small team needs no secret manager of its own to run." } else { "" };
    let patch = match (setting.platform.runtime, name) {
        (Runtime::Kubernetes, "Vault") => {
            "apiVersion: external-secrets.io/v1\nkind: SecretStore\nmetadata: {name: vault, namespace: shop}\nspec:\n  provider:\n    vault:\n      server: https://vault.example\n      auth:\n        kubernetes: {mountPath: kubernetes, role: orders, serviceAccountRef: {name: orders}}"
        }
        (Runtime::Kubernetes, _) => {
            "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: orders-db, namespace: shop}\nspec:\n  refreshInterval: 1h\n  secretStoreRef: {name: manager, kind: SecretStore}\n  target: {name: orders-db}\n  dataFrom:\n    - extract: {key: prod/orders/db}"
        }
        _ => "",
    };
    text(&format!("Keep credentials in {name}"), format!("Put each credential into {name} and {way}.{small}")).patch(patch)
}

pub(super) fn rotate(setting: &Setting<'_>) -> Text {
    let patch = match setting.platform.cloud {
        Some(Cloud::Aws) => {
            "resource \"aws_secretsmanager_secret_rotation\" \"db\" {\n  secret_id = aws_secretsmanager_secret.db.id\n  rotation_rules { automatically_after_days = 30 }\n}"
        }
        Some(Cloud::Google) => {
            "resource \"google_secret_manager_secret\" \"db\" {\n  rotation {\n    rotation_period    = \"2592000s\"\n    next_rotation_time = \"2027-01-01T00:00:00Z\"\n  }\n}"
        }
        Some(Cloud::Azure) | None => "spec:\n  refreshInterval: 1h",
    };
    text(
        "Rotate on a schedule",
        "Rotate at the source on a schedule, refresh what is synchronised (no `refreshInterval: 0`, no `CreatedOnce`), and let workloads read \
         the new value without a restart, or restart them.",
    )
    .patch(patch)
}

pub(super) fn lease(setting: &Setting<'_>) -> Text {
    let (advice, patch) = if (setting.is_enterprise() || setting.platform.vault) && !setting.is_small() {
        (
            "Let Vault's database engine issue a login for each workload and for hours. Begin with one database and its least critical client.",
            "vault write database/roles/orders db_name=orders default_ttl=1h max_ttl=24h creation_statements=@orders.sql",
        )
    } else {
        match setting.platform.cloud {
            Some(Cloud::Aws) => (
                "Let workloads log in to the database by their IAM role (RDS IAM authentication); the token lives for 15 minutes.",
                "resource \"aws_db_instance\" \"orders\" {\n  iam_database_authentication_enabled = true\n}",
            ),
            Some(Cloud::Google) => (
                "Let workloads log in to Cloud SQL by their service account (IAM database authentication).",
                "resource \"google_sql_database_instance\" \"orders\" {\n  settings {\n    database_flags {\n      name  = \"cloudsql.iam_authentication\"\n      value = \"on\"\n    }\n  }\n}",
            ),
            Some(Cloud::Azure) => (
                "Let workloads log in to the database by their Entra identity instead of a password.",
                "resource \"azurerm_postgresql_flexible_server\" \"orders\" {\n  authentication { active_directory_auth_enabled = true }\n}",
            ),
            None => (
                "Issue credentials per workload and for hours: login by the cloud's identity where the database knows it, else a secret manager \
                 that leases logins.",
                "",
            ),
        }
    };
    text("Replace static credentials by leased ones", advice).patch(patch).effort(Effort::Large)
}

pub(super) fn standing(_: &Setting<'_>) -> Text {
    text(
        "Leave no standing credential",
        "Replace what is left by leases of at most 24 hours or by identity. Keys of services that know nothing else stay a residual risk: \
         keep them in the manager, narrow them, and waive them with an owner and an end.",
    )
}

pub(super) fn entry(setting: &Setting<'_>) -> Text {
    let patch = match setting.platform.runtime {
        Runtime::Kubernetes => {
            "metadata:\n  annotations: {cert-manager.io/cluster-issuer: letsencrypt}\nspec:\n  tls:\n    - hosts: [shop.example]\n      secretName: shop-tls"
        }
        _ => {
            "resource \"aws_lb_listener\" \"https\" {\n  port            = 443\n  protocol        = \"HTTPS\"\n  certificate_arn = aws_acm_certificate.shop.arn\n}"
        }
    };
    text("Serve TLS on entry points", "Serve TLS beside plain HTTP first, then redirect plain HTTP to it.")
        .observe("Redirect, and take plain HTTP away, when the log shows no client that cannot follow.")
        .patch(patch)
}

pub(super) fn hops(_: &Setting<'_>) -> Text {
    text(
        "Encrypt connections to stores, and the stores",
        "Demand TLS in connection strings and verify the server's certificate; switch encryption at rest on. Add the issuer's certificate to \
         the client first, so that verification can succeed.",
    )
    .observe("Let the server accept both until its connection list shows TLS for every client.")
    .patch("postgres://orders@db:5432/orders?sslmode=verify-full")
}

pub(super) fn keys(setting: &Setting<'_>) -> Text {
    let service = match setting.platform.cloud {
        Some(Cloud::Aws) => "AWS KMS",
        Some(Cloud::Google) => "Cloud KMS",
        Some(Cloud::Azure) => "Key Vault",
        None if setting.platform.vault && !setting.is_small() => "Vault's Transit and PKI engines",
        None => "a key service",
    };
    text(
        "Issue certificates and keep keys centrally",
        format!("Let cert-manager or the mesh issue certificates, and keep keys in {service}. A private key that lies in a file is changed first."),
    )
    .patch("apiVersion: cert-manager.io/v1\nkind: Certificate\nspec:\n  secretName: shop-tls\n  dnsNames: [shop.example]\n  issuerRef: {name: letsencrypt, kind: ClusterIssuer}")
}

pub(super) fn permissive(setting: &Setting<'_>) -> Text {
    let (advice, patch) = match setting.platform.mesh {
        Some(Mesh::Istio) => (
            "Put the namespaces into the mesh, one after the other. Istio's default mode is PERMISSIVE: plain text is still accepted, so that \
             nothing breaks, and the metrics say which connections are mutual.",
            "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: shop}\nspec:\n  mtls: {mode: PERMISSIVE}",
        ),
        Some(Mesh::Linkerd) => (
            "Inject the proxies, one namespace after the other; plain text is still accepted.",
            "metadata:\n  annotations: {linkerd.io/inject: enabled}",
        ),
        Some(Mesh::Cilium) => ("Switch on mutual authentication for the least critical policy first.", ""),
        None if setting.is_small() => match setting.platform.cloud {
            Some(Cloud::Google) => (
                "If you want mutual TLS, take a managed mesh (Cloud Service Mesh), in its permissive mode; without one, Level 3 is in reach all the same.",
                "",
            ),
            Some(Cloud::Azure) => (
                "If you want mutual TLS, take the managed Istio add-on of AKS, in its permissive mode; without one, Level 3 is in reach all the same.",
                "",
            ),
            _ => (
                "If you want mutual TLS, take a mesh that somebody else runs, in its permissive mode; without one, Level 3 is in reach all the same.",
                "",
            ),
        },
        None => (
            "Choose a mesh and put the least critical namespace into it, in permissive mode: plain text is still accepted, and the metrics say \
             which connections are mutual.",
            "metadata:\n  labels: {istio-injection: enabled}",
        ),
    };
    let effort = if setting.platform.mesh.is_some() { Effort::Medium } else { Effort::Large };
    text("Put workloads into the mesh, permissive", advice)
        .observe("Keep the mode permissive; watch which connections are still plain.")
        .patch(patch)
        .effort(effort)
}

pub(super) fn strict(setting: &Setting<'_>) -> Text {
    let (advice, patch) = match setting.platform.mesh {
        Some(Mesh::Istio) | None => (
            "When no plain connection is left, demand mutual TLS: namespace by namespace, the least critical first, the root namespace last. \
             Take exceptions of ports and workloads away, and client rules that switch TLS off.",
            "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: shop}\nspec:\n  mtls: {mode: STRICT}",
        ),
        Some(Mesh::Linkerd) => (
            "When no plain connection is left, admit authenticated clients only, namespace by namespace.",
            "metadata:\n  annotations: {config.linkerd.io/default-inbound-policy: all-authenticated}",
        ),
        Some(Mesh::Cilium) => ("When every peer authenticates, require it in the policies.", "authentication:\n  mode: required"),
    };
    text("Demand mutual TLS on every port", advice)
        .observe(
            "First PERMISSIVE with telemetry: wait until `istio_requests_total{connection_security_policy!=\"mutual_tls\"}` (and the TCP \
             metrics) stay at zero for a full business cycle, in each namespace, before it is made strict.",
        )
        .patch(patch)
}

pub(super) fn declare(_: &Setting<'_>) -> Text {
    text("Declare who may do what", "Declare roles and policies beside the workloads, beginning with what is in use today.")
        .patch("apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: orders, namespace: shop}\nrules:\n  - {apiGroups: [\"\"], resources: [configmaps], verbs: [get], resourceNames: [orders]}")
}

pub(super) fn roles(_: &Setting<'_>) -> Text {
    text(
        "Narrow roles that grant everything",
        "Write a role with the verbs and resources in use, bind it beside the wide one, then take the wide one away.",
    )
    .observe("The API server's audit log says which verbs and resources the service account uses; look at a full business cycle.")
    .patch("rules:\n  - {apiGroups: [\"\"], resources: [configmaps], verbs: [get, list, watch]}")
}

pub(super) fn secret_access(_: &Setting<'_>) -> Text {
    text("Let no workload read all Secrets", "Replace the cluster-wide right by a Role in the namespace that names the Secrets.")
        .observe("The API server's audit log says which Secrets the service account reads.")
        .patch("rules:\n  - {apiGroups: [\"\"], resources: [secrets], verbs: [get], resourceNames: [orders-db]}")
}

pub(super) fn allow(setting: &Setting<'_>) -> Text {
    let patch = match setting.platform.mesh {
        Some(Mesh::Linkerd) => {
            "apiVersion: policy.linkerd.io/v1alpha1\nkind: MeshTLSAuthentication\nmetadata: {name: orders-clients, namespace: shop}\nspec:\n  identities: [web.shop.serviceaccount.identity.linkerd.cluster.local]"
        }
        _ => {
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: orders-allow-web\n  namespace: shop\n  annotations: {istio.io/dry-run: \"true\"}\nspec:\n  selector: {matchLabels: {app: orders}}\n  action: ALLOW\n  rules:\n    - from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}]"
        }
    };
    text(
        "Allow callers by identity",
        "Write one allow policy for each workload, naming the service accounts that call it (the traffic map says which). In Istio the first \
         ALLOW policy of a workload refuses everyone else, so try it dry first.",
    )
    .observe("Run the policy dry (`istio.io/dry-run`) and read which requests it would have refused, before it is in force.")
    .patch(patch)
}

pub(super) fn deny(setting: &Setting<'_>) -> Text {
    let fails_open = setting.has("L3.AUZ.1", F::FailOpen);
    let advice = if fails_open {
        "Deny by default, and let enforcement points refuse when the decision point cannot be asked (`failure_mode_allow: false`). Give the \
         decision point replicas and a short timeout first: from then on its outage is yours."
    } else {
        "Deny by default in policy: `default allow := false` in Rego, an AuthorizationPolicy with an empty `spec` in a mesh. Begin outside of \
         production, and with the least critical namespace."
    };
    let patch = match setting.platform.mesh {
        Some(Mesh::Istio) => {
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: deny-all\n  namespace: shop\n  annotations: {istio.io/dry-run: \"true\"}   # take away when the log is clean\nspec: {}"
        }
        _ => "default allow := false",
    };
    text("Deny by default, after the allows are in place", advice)
        .observe("Have the allows in place first; run the default deny dry and look for requests that it would have refused.")
        .patch(patch)
}

pub(super) fn every(setting: &Setting<'_>) -> Text {
    let advice = if setting.has("L5.AUZ.1", F::AuthzAllowAll) {
        "Replace policies that admit everyone by allows that name the callers; then every serving workload has one, in a namespace that denies by default."
    } else {
        "Write an allow policy for each serving workload that has none, in a namespace that denies by default."
    };
    text("Cover every workload with an explicit allow", advice)
        .observe("Workload by workload: the allow dry first, then in force, then the default deny.")
        .patch("spec:\n  selector: {matchLabels: {app: orders}}\n  action: ALLOW\n  rules:\n    - from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}]\n      to: [{operation: {ports: [\"8080\"]}}]")
}

pub(super) fn map(setting: &Setting<'_>) -> Text {
    let how = match (setting.platform.mesh, setting.platform.cilium_policies) {
        (_, true) => "Hubble shows the flows, and Cilium's policy audit mode what a policy would refuse.",
        (Some(Mesh::Istio), _) => "The mesh's metrics and Kiali show who calls whom; the network's flow logs show the rest.",
        (Some(Mesh::Linkerd), _) => "`linkerd viz edges` shows who calls whom; the network's flow logs show the rest.",
        _ => match setting.platform.cloud {
            Some(Cloud::Aws) => "VPC flow logs, or the network plugin's flow logs, show who talks to whom.",
            Some(Cloud::Google) => "GKE Dataplane V2 observability and network policy logging show who talks to whom.",
            Some(Cloud::Azure) => "Advanced Container Networking Services of AKS show who talks to whom.",
            None => "The network plugin's flow logs (Hubble, Calico, OVN) show who talks to whom.",
        },
    };
    text("Map who talks to whom", format!("{how} Look at a full business cycle, jobs and backups included. Nothing is refused yet."))
}

/// The network policies of the platform, and how they are tried.
fn tried(setting: &Setting<'_>) -> &'static str {
    if setting.platform.cilium_policies {
        "Cilium's policy audit mode logs what would be dropped; look at it before the policy is in force."
    } else {
        "Apply it outside of production first, and compare with the traffic map; Calico's staged policies and Cilium's audit mode show what would be dropped."
    }
}

pub(super) fn segment(setting: &Setting<'_>) -> Text {
    let advice = match setting.platform.runtime {
        Runtime::Kubernetes => {
            "Begin with one datastore: admit its clients on its port, as the traffic map shows them. Replace policies that allow everything."
        }
        _ => "Begin with one datastore: admit its clients' security groups on its port.",
    };
    text("Shrink who reaches datastores", advice)
        .observe(tried(setting))
        .patch("kind: NetworkPolicy\nmetadata: {name: orders-db, namespace: shop}\nspec:\n  podSelector: {matchLabels: {app: orders-db}}\n  policyTypes: [Ingress]\n  ingress:\n    - from: [{podSelector: {matchLabels: {app: orders}}}]\n      ports: [{protocol: TCP, port: 5432}]")
}

pub(super) fn ingress(setting: &Setting<'_>) -> Text {
    text(
        "Deny ingress by default, after the allows are in place",
        "Write the allows that the traffic map shows, probes and metrics included, then add the default deny to the namespace; the least \
         critical namespace first.",
    )
    .observe(tried(setting))
    .patch("# after the allows\nkind: NetworkPolicy\nmetadata: {name: default-deny, namespace: shop}\nspec:\n  podSelector: {}\n  policyTypes: [Ingress]")
}

pub(super) fn egress(setting: &Setting<'_>) -> Text {
    text(
        "Deny egress as well",
        "Allow DNS and the peers in use by name and port, then add egress to the default deny.",
    )
    .observe(tried(setting))
    .patch("kind: NetworkPolicy\nmetadata: {name: allow-dns, namespace: shop}\nspec:\n  podSelector: {}\n  policyTypes: [Egress]\n  egress:\n    - to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}]\n      ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]")
}

pub(super) fn edges(setting: &Setting<'_>) -> Text {
    text(
        "Cut the edges that nothing needs",
        "Name peers and ports in every allow, and admit only declared clients to datastores, until at most half of the flat network's edges are left.",
    )
    .observe(tried(setting))
}

pub(super) fn tests(setting: &Setting<'_>) -> Text {
    let patch = match setting.platform.ci {
        Some(Ci::GitLab) => "policy:\n  script:\n    - ztctl test policies",
        _ => "- run: ztctl test policies",
    };
    text(
        "Test policy code in the pipeline",
        "Write tests for each package, for what is allowed and for what is refused, and let a job run them that can fail.",
    )
    .patch(patch)
}

pub(super) fn continuous(setting: &Setting<'_>) -> Text {
    let audited = setting.has("L5.AUZ.3", F::AdmissionAudit);
    let enforced = setting.has("L5.AUZ.3", F::AdmissionEnforced);
    let fails_open = setting.has("L5.AUZ.3", F::FailOpen);
    let drift = match setting.platform.delivery {
        Some(Delivery::Argo) => "Switch on `selfHeal` of Argo CD's automated sync, so that drift is corrected.",
        Some(Delivery::Flux) => "Flux corrects drift of what it applies: do not suspend it, and let it prune.",
        None => "Deliver by Argo CD with `selfHeal`, or by Flux, so that drift is corrected.",
    };
    let admission = match (audited, enforced, setting.platform.admission) {
        (true, ..) => "Where audits show no violation any more, enforce: one policy and one namespace after the other.",
        (false, true, _) => "",
        (false, false, Some(Admission::Kyverno)) => "Start policies in `Audit`, clear what they report, then `Enforce`.",
        (false, false, Some(Admission::BuiltIn)) => "Bind policies with `Audit` and `Warn`, clear what they report, then `Deny`.",
        (false, false, _) => "Start constraints in `dryrun` or `warn`, clear what they report, then `deny`.",
    };
    let open = if fails_open { " Let the webhook fail closed when it has replicas and a short timeout." } else { "" };
    let patch = match (audited, setting.platform.admission) {
        _ if enforced && !audited => "syncPolicy:\n  automated: {selfHeal: true, prune: true}",
        (true, Some(Admission::Kyverno)) => "spec:\n  rules:\n    - validate: {failureAction: Enforce}",
        (false, Some(Admission::Kyverno)) => "spec:\n  rules:\n    - validate: {failureAction: Audit}   # Enforce when reports are clean",
        (true, Some(Admission::BuiltIn)) => "validationActions: [Deny]",
        (false, Some(Admission::BuiltIn)) => "validationActions: [Audit, Warn]   # Deny when the audit is clean",
        (true, _) => "spec:\n  enforcementAction: deny",
        (false, _) => "spec:\n  enforcementAction: dryrun   # deny when the audit is clean",
    };
    let advice = format!("{admission}{open} {drift}");
    text("Enforce admission policies after auditing them, and correct drift", advice.trim())
        .observe("Read the audit's violations until there are none; only then enforce.")
        .patch(patch)
}

pub(super) fn detect(_: &Setting<'_>) -> Text {
    text(
        "Alert on identity, policy and secret signals",
        "Log decisions, and alert on a few strong signals first: denials that rise, secret reads beyond the usual, callers that are new, a \
         revoked lease that is still tried. More alerts than people can read are none.",
    )
    .patch("apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: authz, namespace: monitoring}\nspec:\n  groups:\n    - name: authz\n      rules:\n        - alert: DenialsRise\n          expr: sum(rate(istio_requests_total{response_code=\"403\"}[5m])) > 3 * sum(rate(istio_requests_total{response_code=\"403\"}[1d]))")
}

/// What to do about criteria that nothing decides here.
pub(super) fn visible(reason: Reason) -> (&'static str, &'static str, &'static str) {
    match reason {
        Reason::NeedsRuntime => (
            "show-at-run-time",
            "Let tests and the running system answer",
            "The files say that it is set up, not that it works. Let the tests run (`ztctl test`), or attest what the running system shows.",
        ),
        Reason::NeedsOtherRepo => (
            "show-other-repository",
            "Look at the repository that decides it",
            "Assess the repositories together: give both folders, or merge their reports with `ztctl assess merge`.",
        ),
        Reason::UnrenderedTemplate => (
            "show-templates",
            "Render the charts",
            "Assess with `--helm`, or with `--helm-values FILE` for the values of production: templates decide it.",
        ),
        Reason::Unparsed => ("show-unread-files", "Make files readable", "Mend files that cannot be read; the JSON report lists them."),
        Reason::NeedsConfig => ("show-by-config", "Say it in the configuration", "Name environments and namespaces in `ztctl.toml`."),
        Reason::ManualReview => {
            ("show-by-review", "Look by hand", "ztctl does not evaluate it; look at the places, and attest what you find.")
        }
    }
}
