//! APIs that come as CustomResourceDefinitions.

use super::Schema::{Defaults, Other, Same, Without};
use super::{Api, Successor, Table, release, removed, replaced, successor};
use crate::diag::Product;

/// Istio: <https://istio.io/latest/blog/2024/v1-apis/>, and the definitions of releases 1.16, 1.17, 1.21 and 1.22
/// (`manifests/charts/base/files/crd-all.gen.yaml`).
pub static ISTIO: Table = Table {
    product: Product::Istio,
    apis: &[
        replaced("networking.istio.io", "v1beta1", NETWORKING, &[successor("networking.istio.io/v1", release(1, 22), Same)]),
        replaced("networking.istio.io", "v1alpha3", NETWORKING, &[successor("networking.istio.io/v1", release(1, 22), Same)]),
        replaced("security.istio.io", "v1beta1", &["PeerAuthentication"], &[successor("security.istio.io/v1", release(1, 22), Same)]),
        replaced(
            "security.istio.io",
            "v1beta1",
            &["AuthorizationPolicy", "RequestAuthentication"],
            &[successor("security.istio.io/v1", release(1, 17), Same)],
        ),
        replaced(
            "telemetry.istio.io",
            "v1alpha1",
            &["Telemetry"],
            &[successor("telemetry.istio.io/v1", release(1, 22), Without(TELEMETRY))],
        ),
        Api { advice: ISTIO_POLICY, ..removed("authentication.istio.io", "", &[], &[], release(1, 6)) },
        Api { advice: ISTIO_POLICY, ..removed("rbac.istio.io", "", &[], &[], release(1, 6)) },
        Api { advice: ISTIO_POLICY, ..removed("config.istio.io", "", &[], &[], release(1, 6)) },
    ],
};

const ISTIO_POLICY: &str = "write PeerAuthentication, RequestAuthentication and AuthorizationPolicy of `security.istio.io/v1`";

const NETWORKING: &[&str] = &["DestinationRule", "Gateway", "ServiceEntry", "Sidecar", "VirtualService", "WorkloadEntry", "WorkloadGroup"];

/// The fields of Telemetry that did not come to v1.
const TELEMETRY: &[&[&str]] = &[
    &["spec", "metrics", "reportingInterval"],
    &["spec", "accessLogging", "filter"],
    &["spec", "tracing", "useRequestIdForTraceSampling"],
];

/// External Secrets: <https://external-secrets.io/v0.5.4/guides-v1beta1/> and the release notes of 0.16 and 0.17.
pub static EXTERNAL_SECRETS: Table = Table {
    product: Product::ExternalSecrets,
    apis: &[
        removed(
            "external-secrets.io",
            "v1beta1",
            ESO,
            &[successor("external-secrets.io/v1", release(0, 16), Without(ESO_LOST))],
            release(0, 17),
        ),
        removed(
            "external-secrets.io",
            "v1alpha1",
            &["ExternalSecret", "ClusterExternalSecret"],
            &[
                successor("external-secrets.io/v1", release(0, 16), Without(ESO_OTHER)),
                successor("external-secrets.io/v1beta1", release(0, 5), Without(ESO_OTHER)),
            ],
            release(0, 16),
        ),
        removed(
            "external-secrets.io",
            "v1alpha1",
            &["SecretStore", "ClusterSecretStore"],
            &[
                successor("external-secrets.io/v1", release(0, 16), Without(ESO_LOST)),
                successor("external-secrets.io/v1beta1", release(0, 5), Same),
            ],
            release(0, 16),
        ),
    ],
};

const ESO: &[&str] = &["ExternalSecret", "SecretStore", "ClusterSecretStore", "ClusterExternalSecret"];

/// Providers and the template engine that `v1` has not.
const ESO_LOST: &[&[&str]] = &[
    &["spec", "provider", "alibaba"],
    &["spec", "provider", "device42"],
    &["spec", "target", "template", "engineVersion", "=v1"],
    &["spec", "externalSecretSpec", "target", "template", "engineVersion", "=v1"],
];

/// What has another form or another default since `v1alpha1`: `dataFrom`, and the engine of templates.
const ESO_OTHER: &[&[&str]] = &[&["spec", "dataFrom"], &["spec", "target", "template"], &["spec", "externalSecretSpec"]];

/// cert-manager: <https://cert-manager.io/docs/releases/upgrading/remove-deprecated-apis/>.
pub static CERT_MANAGER: Table = Table {
    product: Product::CertManager,
    apis: &[
        removed("cert-manager.io", "v1beta1", &["Issuer", "ClusterIssuer"], &[CERT_V1], release(1, 6)),
        removed("cert-manager.io", "v1beta1", &[], &[CERT_V1_RENAMED], release(1, 6)),
        removed("cert-manager.io", "v1alpha3", &["Issuer", "ClusterIssuer"], &[CERT_V1], release(1, 6)),
        removed("cert-manager.io", "v1alpha3", &[], &[CERT_V1_OTHER], release(1, 6)),
        removed("cert-manager.io", "v1alpha2", &["Issuer", "ClusterIssuer"], &[CERT_V1], release(1, 6)),
        removed("cert-manager.io", "v1alpha2", &[], &[CERT_V1_OTHER], release(1, 6)),
        removed("acme.cert-manager.io", "v1beta1", &[], &[ACME_V1], release(1, 6)),
        removed("acme.cert-manager.io", "v1alpha3", &[], &[ACME_V1], release(1, 6)),
        removed("acme.cert-manager.io", "v1alpha2", &[], &[ACME_V1], release(1, 6)),
        removed("certmanager.k8s.io", "v1alpha1", &[], &[CERT_V1_OTHER], release(0, 11)),
    ],
};

const CERT_V1: Successor = successor("cert-manager.io/v1", release(1, 0), Same);
const CERT_V1_RENAMED: Successor = successor("cert-manager.io/v1", release(1, 0), Without(&[&["spec", "emailSANs"], &["spec", "uriSANs"]]));
const CERT_V1_OTHER: Successor = successor("cert-manager.io/v1", release(1, 0), Other);
const ACME_V1: Successor = successor("acme.cert-manager.io/v1", release(1, 0), Other);

/// Gatekeeper: the definitions in `charts/gatekeeper/crds`. Constraints themselves have no version but `v1beta1` that is newer.
pub static GATEKEEPER: Table = Table {
    product: Product::Gatekeeper,
    apis: &[
        // v1 asks for a structural schema of the parameters
        replaced(
            "templates.gatekeeper.sh",
            "v1beta1",
            &["ConstraintTemplate"],
            &[successor("templates.gatekeeper.sh/v1", release(3, 6), Defaults)],
        ),
        replaced(
            "templates.gatekeeper.sh",
            "v1alpha1",
            &["ConstraintTemplate"],
            &[successor("templates.gatekeeper.sh/v1", release(3, 6), Defaults)],
        ),
        replaced("mutations.gatekeeper.sh", "v1beta1", MUTATORS, &[successor("mutations.gatekeeper.sh/v1", release(3, 10), Same)]),
        replaced(
            "mutations.gatekeeper.sh",
            "v1alpha1",
            MUTATORS,
            &[
                successor("mutations.gatekeeper.sh/v1", release(3, 10), Same),
                successor("mutations.gatekeeper.sh/v1beta1", release(3, 7), Same),
            ],
        ),
        replaced(
            "externaldata.gatekeeper.sh",
            "v1alpha1",
            &["Provider"],
            &[successor("externaldata.gatekeeper.sh/v1beta1", release(3, 11), Defaults)],
        ),
        replaced(
            "expansion.gatekeeper.sh",
            "v1alpha1",
            &["ExpansionTemplate"],
            &[successor("expansion.gatekeeper.sh/v1beta1", release(3, 13), Same)],
        ),
    ],
};

const MUTATORS: &[&str] = &["Assign", "AssignMetadata", "ModifySet"];

/// Linkerd: the definitions in `charts/linkerd-crds/templates`.
pub static LINKERD: Table = Table {
    product: Product::Linkerd,
    apis: &[
        replaced("linkerd.io", "v1alpha1", &["ServiceProfile"], &[successor("linkerd.io/v1alpha2", release(2, 7), Same)]),
        replaced("policy.linkerd.io", "v1beta1", &["Server"], &[SERVER]),
        replaced("policy.linkerd.io", "v1alpha1", &["Server"], &[SERVER, SERVER_V1BETA1]),
        replaced("policy.linkerd.io", "v1alpha1", &["ServerAuthorization"], &[SERVER_V1BETA1]),
        replaced(
            "workload.linkerd.io",
            "v1alpha1",
            &["ExternalWorkload"],
            &[successor("workload.linkerd.io/v1beta1", release(2, 15), Other)],
        ),
    ],
};

const SERVER: Successor = successor("policy.linkerd.io/v1beta3", release(2, 16), Same);
const SERVER_V1BETA1: Successor = successor("policy.linkerd.io/v1beta1", release(2, 11), Same);

/// Gateway API: the changelogs of 0.x to 1.5. TCPRoute, TLSRoute and UDPRoute are not in it: which version a cluster serves differs by
/// channel; ReferenceGrant's `v1beta1` is as good as `v1`.
pub static GATEWAY_API: Table = Table {
    product: Product::GatewayApi,
    apis: &[
        replaced("gateway.networking.k8s.io", "v1beta1", GATEWAY, &[GATEWAY_V1]),
        removed("gateway.networking.k8s.io", "v1alpha2", GATEWAY, &[GATEWAY_V1_OTHER, GATEWAY_V1BETA1], release(0, 8)),
        removed(
            "gateway.networking.k8s.io",
            "v1alpha2",
            &["GRPCRoute"],
            &[successor("gateway.networking.k8s.io/v1", release(1, 1), Same)],
            release(1, 2),
        ),
        removed(
            "gateway.networking.k8s.io",
            "v1alpha2",
            &["ReferenceGrant"],
            &[successor("gateway.networking.k8s.io/v1beta1", release(0, 6), Same)],
            release(1, 2),
        ),
        replaced(
            "gateway.networking.k8s.io",
            "v1alpha3",
            &["BackendTLSPolicy"],
            &[successor("gateway.networking.k8s.io/v1", release(1, 4), Same)],
        ),
        removed(
            "gateway.networking.k8s.io",
            "v1alpha2",
            &["BackendTLSPolicy"],
            &[
                successor("gateway.networking.k8s.io/v1", release(1, 4), Other),
                successor("gateway.networking.k8s.io/v1alpha3", release(1, 1), Other),
            ],
            release(1, 1),
        ),
        removed("networking.x-k8s.io", "v1alpha1", &["GatewayClass", "Gateway", "HTTPRoute"], &[GATEWAY_V1_OTHER], release(0, 5)),
    ],
};

const GATEWAY: &[&str] = &["GatewayClass", "Gateway", "HTTPRoute"];
const GATEWAY_V1: Successor = successor("gateway.networking.k8s.io/v1", release(1, 0), Same);
const GATEWAY_V1_OTHER: Successor = successor("gateway.networking.k8s.io/v1", release(1, 0), Defaults);
const GATEWAY_V1BETA1: Successor = successor("gateway.networking.k8s.io/v1beta1", release(0, 5), Defaults);
