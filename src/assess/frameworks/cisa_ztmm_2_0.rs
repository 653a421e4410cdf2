//! CISA's Zero Trust Maturity Model, version 2.0 (April 2023): functions by pillar. A stage is never claimed.

use super::{Control, Framework, outside, read, with_waivers};

const SOURCE: &str = "https://www.cisa.gov/zero-trust-maturity-model";

pub(super) const FRAMEWORK: Framework = Framework {
    id: "cisa_ztmm_2_0",
    aliases: &["cisa", "ztmm", "cisa-ztmm"],
    name: "CISA Zero Trust Maturity Model 2.0",
    unit: "function",
    note: "Stages describe a whole enterprise. Files can be consistent with one; they cannot show it, and never the last one, which asks \
           for dynamic behaviour across the enterprise. The pillar Devices is wholly outside.",
    controls: CONTROLS,
    outside: &[
        outside(
            "devices",
            "the pillar Devices: compliance, assets and supply chain, resource access, threat protection",
            "no repository shows devices or their posture",
        ),
        outside("identity.risk-assessments", "Identity: Risk Assessments", "the identity provider's signals decide it"),
        outside("networks.network-resilience", "Networks: Network Resilience", "availability and load are seen at run time"),
        outside(
            "applications.application-threat-protections",
            "Applications: Application Threat Protections",
            "threat protection works at run time",
        ),
        outside(
            "applications.accessible-applications",
            "Applications: Accessible Applications",
            "how users reach applications is decided outside of these files",
        ),
        outside(
            "data.inventory",
            "Data: Data Inventory Management, Data Categorization, Data Availability",
            "data and their labels are not in a repository",
        ),
    ],
};

const CONTROLS: &[Control] = &[
    read(
        "identity.authentication",
        "people and other entities are authenticated by more than a password, in the later stages continuously",
        "Endpoints that demand tokens, checked issuers and audiences, and workload identity show that entities are authenticated. \
         Multi-factor login of people is not visible here.",
        &["L1.AUT.1", "L2.AUT.1", "L3.AUT.1", "L4.AUT.1", "L4.AUT.2", "L5.AUT.1", "L3.SEC.1", "L3.SEC.2"],
        SOURCE,
    ),
    read(
        "identity.identity-stores",
        "identities live in stores that are integrated with each other",
        "Federation of workloads and pipelines with a cloud or mesh shows integration for machines; the stores themselves are outside.",
        &["L3.AUT.1", "L4.AUT.1", "L4.AUT.2", "L5.AUT.1"],
        SOURCE,
    ),
    read(
        "identity.access-management",
        "access is granted by need and for a time, instead of permanently",
        "Leased credentials, secrets of one application each and narrow roles show access by need; who approves access is not visible.",
        &["L2.SEC.1", "L2.SEC.2", "L4.SEC.1", "L5.SEC.1", "L2.AUZ.1"],
        SOURCE,
    ),
    read(
        "networks.network-segmentation",
        "workloads are isolated from each other down to micro-perimeters, with connections made for single services",
        "Policies in force, default deny and the computed edges between workloads show the segmentation that is declared.",
        &["L1.NET.1", "L2.NET.1", "L3.NET.1", "L4.NET.1", "L5.NET.1"],
        SOURCE,
    ),
    read(
        "networks.network-traffic-management",
        "traffic follows rules that are made for applications and adapt to them",
        "Allow rules with peers and ports are such rules, kept as code; whether they adapt by themselves is not visible.",
        &["L4.NET.1", "L5.NET.1"],
        SOURCE,
    ),
    read(
        "networks.traffic-encryption",
        "internal and external traffic is encrypted, and keys and certificates are issued and rotated",
        "TLS on entry points and hops, mutual TLS in force and a central issuer show what is declared to be encrypted.",
        &["L1.ENC.1", "L2.ENC.1", "L3.ENC.1", "L4.ENC.1", "L5.ENC.1"],
        SOURCE,
    ),
    read(
        "applications.application-access",
        "access to applications is decided per request from context, with least privilege",
        "Policies that deny by default and name identities decide requests from who asks; device and risk signals are not visible.",
        &["L1.AUZ.1", "L2.AUZ.1", "L3.AUZ.1", "L4.AUZ.1", "L5.AUZ.1"],
        SOURCE,
    ),
    read(
        "applications.secure-application-development-and-deployment-workflow",
        "code is deployed by pipelines with access controls, later without administrators' access",
        "Credentials kept out of the code, policy tests in the pipeline and a controller that corrects drift show such a workflow.",
        &["L1.SEC.1", "L1.SEC.2", "L5.AUZ.2", "L5.AUZ.3", "L4.AUT.2"],
        SOURCE,
    ),
    read(
        "applications.application-security-testing",
        "security testing is part of development and deployment",
        "Tests of policy code that a pipeline runs support it for policies; tests of applications are not looked at.",
        &["L5.AUZ.2"],
        SOURCE,
    ),
    read(
        "data.data-access",
        "access to data follows least privilege and attributes, and ends by itself where it can",
        "Credentials of databases that belong to one application, and leases of them, narrow who reaches data.",
        &["L2.SEC.1", "L2.SEC.2", "L4.SEC.1", "L5.SEC.1"],
        SOURCE,
    ),
    read(
        "data.data-encryption",
        "data are encrypted at rest and in transit, keys are protected, secrets are not hard coded and are rotated",
        "No values in files, a secret manager with rotation, encrypted stores and central keys support it directly.",
        &["L1.SEC.1", "L1.SEC.2", "L2.ENC.1", "L3.ENC.1", "L3.SEC.1", "L3.SEC.2"],
        SOURCE,
    ),
    read(
        "cross-cutting.visibility-and-analytics",
        "logs and events are collected automatically, centrally, and correlated",
        "Configured logs, a central sink and detections show that collection is set up; that logs arrive and are read is not visible.",
        &["L1.AUD.1", "L2.AUD.1", "L3.AUD.1", "L4.AUD.1", "L5.AUD.1"],
        SOURCE,
    ),
    read(
        "cross-cutting.automation-and-orchestration",
        "operations and responses are automated, from context of several sources",
        "Scheduled rotation, leases and controllers that correct drift are automated; responses to incidents are not visible.",
        &["L3.SEC.2", "L4.SEC.1", "L5.SEC.1", "L5.AUZ.3"],
        SOURCE,
    ),
    with_waivers(read(
        "cross-cutting.governance",
        "policies are defined and enforced across the enterprise, with automation",
        "Tested policy code, enforced admission and exceptions with owner and end show governance of what these files deploy.",
        &["L5.AUZ.2", "L5.AUZ.3"],
        SOURCE,
    )),
];
