//! The parts of an assessment that look at files: each can fail by itself, and takes the criteria that rest on its facts with it.

use super::fact::Fact as F;
use super::fact::Fact;
use super::observe::Observer;
use super::probes::{self, Scene};
use crate::diag::guard;

/// A part of the look at a repository.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    pub name: &'static str,
    /// Every fact that it may observe.
    pub facts: &'static [Fact],
}

/// A part that failed: a defect of ztctl.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Failure {
    pub part: &'static str,
    /// The facts that may be missing.
    pub facts: &'static [Fact],
    /// The place in the source of ztctl; may be empty.
    pub at: String,
}

/// Runs parts, and keeps those that failed.
pub(super) struct Guard<'a> {
    /// Called with the name of each part before it runs.
    before: &'a dyn Fn(&'static str),
    pub(super) failures: Vec<Failure>,
}

impl<'a> Guard<'a> {
    pub(super) fn new(before: &'a dyn Fn(&'static str)) -> Self {
        Self { before, failures: Vec::new() }
    }

    /// What a part gives; `None` where it failed. What it observed before it did stays: that was seen.
    pub(super) fn run<T>(&mut self, part: &Part, work: impl FnOnce() -> T) -> Option<T> {
        let result = guard(|| {
            (self.before)(part.name);
            work()
        });
        result.map_err(|crash| self.failures.push(Failure { part: part.name, facts: part.facts, at: crash.at })).ok()
    }
}

/// What finds the credentials, in the order in which it runs.
pub(super) const STORES: Part = Part { name: "stores", facts: CREDENTIALS };
pub(super) const BINDINGS: Part = Part { name: "bindings", facts: &[F::WorkloadIdentity] };
pub(super) const PODS: Part = Part { name: "pods", facts: CREDENTIALS };
pub(super) const PIPELINES: Part = Part {
    name: "pipelines",
    facts: &[
        F::PipelineCredentialStored,
        F::CiFederated,
        F::CiStaticKey,
        F::CiStoredLogin,
        F::CiElsewhere,
        F::CiCannotFederate,
        F::StaticManagerToken,
    ],
};
pub(super) const COMPOSE: Part = Part { name: "compose", facts: CREDENTIALS };
pub(super) const CLOUDS: Part = Part { name: "clouds", facts: CREDENTIALS };
pub(super) const PROGRAMS: Part = Part { name: "programs", facts: CREDENTIALS };
pub(super) const VALUES: Part = Part {
    name: "values",
    facts: &[F::SecretInFile, F::DefaultPasswordInFile, F::SecretToReview, F::SecretInHistory, F::FilesScanned, F::FileNotScanned],
};

const CREDENTIALS: &[Fact] = &[
    F::CredentialLiteral,
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
    F::CredentialTemplated,
    F::CredentialReferenceTemplated,
    F::SecretOwn,
    F::SecretShared,
    F::WorkloadIdentity,
    F::StaticCloudKey,
    F::StaticManagerToken,
    F::StoredManagerLogin,
    F::HopEncrypted,
    F::HopPlain,
];

/// Who can talk to whom.
pub(super) const REACH: Part = Part { name: "reach", facts: EDGES };

/// The questions, the steps and the sheets: no criterion rests on them.
pub(super) const ADVICE: Part = Part { name: "advice", facts: &[] };

/// What looks at a scene, and tells what it observes.
type Probe = fn(&Scene<'_>, &mut Observer<'_>);

/// Every probe, with what it observes.
pub(super) const PROBES: &[(Part, Probe)] = &[
    (
        Part {
            name: "accounts",
            facts: &[
                F::SecretOwn,
                F::SecretShared,
                F::SecretsReadClusterWide,
                F::SecretsReadByName,
                F::OwnServiceAccount,
                F::DefaultServiceAccount,
                F::SharedServiceAccount,
                F::AccessControl,
                F::RoleScoped,
                F::RoleWildcard,
                F::RoleBroad,
                F::RoleUnseen,
            ],
        },
        probes::accounts::probe,
    ),
    (
        Part {
            name: "managers",
            facts: &[
                F::StoreOpen,
                F::StoreScoped,
                F::WorkloadIdentity,
                F::StaticCloudKey,
                F::StaticManagerToken,
                F::StoredManagerLogin,
                F::NodeIdentity,
                F::ManagerAuthUnseen,
                F::CentralKeys,
                F::PrivateKeyInFile,
            ],
        },
        probes::managers::probe,
    ),
    (
        Part {
            name: "endpoints",
            facts: &[
                F::EndpointAuthenticated,
                F::EndpointAuthUnseen,
                F::EndpointTokenOptional,
                F::EndpointTls,
                F::EndpointPlain,
                F::EndpointTlsUnseen,
                F::JwtIssuerAudience,
                F::JwtNoAudience,
                F::JwtTemplated,
                F::NotExposed,
                F::DatastoreExposed,
            ],
        },
        probes::endpoints::probe,
    ),
    (
        Part {
            name: "mesh",
            facts: &[
                F::MeshMember,
                F::MeshExcluded,
                F::MeshUnseen,
                F::MeshAbsent,
                F::AccessControl,
                F::PolicyDefaultDeny,
                F::PolicyByIdentity,
                F::PolicyByAddress,
                F::WorkloadAuthorized,
                F::WorkloadOpen,
                F::AuthzAllowAll,
                F::WorkloadAuthzUnseen,
                F::HopEncrypted,
                F::CentralKeys,
                F::MtlsActive,
                F::MtlsDisabled,
                F::MtlsStrict,
                F::MtlsNotStrict,
                F::MtlsElsewhere,
                F::MtlsUnseen,
            ],
        },
        probes::mesh::probe,
    ),
    (
        Part {
            name: "policy",
            facts: &[
                F::SecretsReadBroad,
                F::SecretsReadByName,
                F::JwtNoAudience,
                F::AccessControl,
                F::RoleScoped,
                F::RoleBroad,
                F::PolicyDefaultDeny,
                F::PolicyDefaultAllow,
                F::FailOpen,
                F::PolicyByIdentity,
                F::PolicyTested,
                F::PolicyTestsFail,
                F::PolicyCoverageLow,
                F::PolicyTestsInCi,
                F::PolicyTestsNotInCi,
                F::PolicyUntested,
                F::PolicyTestsIgnored,
                F::EnforcedElsewhere,
                F::HopPlain,
            ],
        },
        probes::policy::probe,
    ),
    (
        Part { name: "delivery", facts: &[F::FailOpen, F::AdmissionEnforced, F::AdmissionAudit, F::DriftCorrected, F::DriftStays] },
        probes::delivery::probe,
    ),
    (
        Part {
            name: "audit",
            facts: &[F::LogConfigured, F::AuditTrail, F::AuditNothing, F::LogsShipped, F::AuditAttributable, F::DecisionLogs, F::Detection],
        },
        probes::audit::probe,
    ),
    (
        Part {
            name: "network",
            facts: &[
                F::Segmented,
                F::NetworkAllowAll,
                F::NetworkSelectsNone,
                F::IngressDenied,
                F::IngressOpen,
                F::BothDenied,
                F::EgressOpen,
                F::NetworkUnseen,
                F::NetworkDenyVoided,
            ],
        },
        probes::network::probe,
    ),
    (Part { name: "exposure", facts: &[F::DatastoreExposed, F::Segmented] }, probes::exposure::probe),
    (Part { name: "edges", facts: EDGES }, probes::edges::probe),
    (
        Part {
            name: "templates",
            facts: &[
                F::NotExposed,
                F::JwtIssuerAudience,
                F::LogConfigured,
                F::LogsShipped,
                F::AuditTrail,
                F::AuditAttributable,
                F::DecisionLogs,
                F::Detection,
            ],
        },
        probes::templated::probe,
    ),
    (
        Part {
            name: "terraform",
            facts: &[
                F::SecretsReadClusterWide,
                F::SecretsReadBroad,
                F::SecretsReadByName,
                F::EndpointAuthenticated,
                F::EndpointAuthUnseen,
                F::EndpointTls,
                F::EndpointPlain,
                F::EndpointTlsUnseen,
                F::JwtIssuerAudience,
                F::JwtNoAudience,
                F::TrustUnbounded,
                F::CiTrustUnbounded,
                F::WorkloadIdentity,
                F::StaticCloudKey,
                F::StoredManagerLogin,
                F::CiFederated,
                F::AccessControl,
                F::RoleScoped,
                F::RoleWildcard,
                F::RoleBroad,
                F::PolicyDefaultDeny,
                F::HopEncrypted,
                F::HopPlain,
                F::StorePlain,
                F::CentralKeys,
                F::LogConfigured,
                F::AuditTrail,
                F::AuditNothing,
                F::LogsShipped,
                F::AuditAttributable,
                F::Detection,
                F::NotExposed,
                F::PortExposed,
                F::DatastoreExposed,
                F::Segmented,
                F::IngressDenied,
                F::IngressOpen,
                F::BothDenied,
                F::EgressOpen,
                F::NetworkUnseen,
            ],
        },
        probes::terraform::probe,
    ),
    (Part { name: "findings", facts: &[F::FailOpen, F::JwtNoAudience, F::HopPlain] }, probes::policy::findings),
    (Part { name: "sources", facts: probes::sources::FACTS }, probes::sources::probe),
];

const EDGES: &[Fact] =
    &[F::EdgesExplicit, F::EdgeImplicit, F::EdgesReduced, F::EdgesNotReduced, F::DatastoreGuarded, F::DatastoreOpen, F::EdgeUnseen];

/// Every part, in the order in which they run.
#[must_use]
pub fn all() -> Vec<Part> {
    let probes = PROBES.iter().map(|(part, _)| *part);
    [STORES, BINDINGS, PODS, PIPELINES, COMPOSE, CLOUDS, PROGRAMS, VALUES, REACH].into_iter().chain(probes).chain([ADVICE]).collect()
}
