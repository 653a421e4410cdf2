//! NIST Cybersecurity Framework 2.0 (February 2024): subcategories.

use super::{Control, Framework, outside, read, with_waivers};

const SOURCE: &str = "https://github.com/intuitem/ciso-assistant-community/blob/main/backend/library/libraries/nist-csf-2.0.yaml";

pub(super) const FRAMEWORK: Framework = Framework {
    id: "csf_2_0",
    aliases: &["csf", "nist-csf", "nist-csf-2.0"],
    name: "NIST Cybersecurity Framework 2.0",
    unit: "subcategory",
    note: "Ids of version 2.0; those of 1.1 (PR.AC-…) mean other things and are not used.",
    controls: CONTROLS,
    outside: &[
        outside("GV", "Govern", "organisation, roles and strategy"),
        outside("ID.AM", "Identify: assets", "an inventory of the enterprise; workloads of these files are listed by `assess`"),
        outside("RS, RC", "Respond and Recover", "practised by people"),
        outside("PR.AT", "awareness and training", "people"),
        outside("PR.AA-06", "physical access", "places"),
    ],
};

const CONTROLS: &[Control] = &[
    read(
        "PR.AA-01",
        "identities and credentials of users, services and hardware are managed",
        "The inventory of credentials, how each is held and rotated, and the identities of workloads support it.",
        &["L1.SEC.1", "L1.SEC.2", "L3.SEC.1", "L3.SEC.2", "L1.AUT.1", "L2.AUT.1", "L4.AUT.1", "L4.AUT.2", "L5.AUT.1"],
        SOURCE,
    ),
    read(
        "PR.AA-02",
        "identities are proven and bound to credentials according to context",
        "Federation binds a workload's identity to a role, by its account and namespace; proofing of people is outside.",
        &["L4.AUT.1", "L4.AUT.2", "L5.AUT.1"],
        SOURCE,
    ),
    read(
        "PR.AA-03",
        "users, services and hardware are authenticated",
        "Endpoints that demand authentication, and identities of workloads.",
        &["L1.AUT.1", "L2.AUT.1", "L3.AUT.1", "L4.AUT.1", "L5.AUT.1"],
        SOURCE,
    ),
    read(
        "PR.AA-04",
        "identity assertions are protected, conveyed and verified",
        "Tokens that are validated with issuer and audience.",
        &["L3.AUT.1", "L4.AUT.2"],
        SOURCE,
    ),
    read(
        "PR.AA-05",
        "permissions are defined by policy, managed, enforced and reviewed, with least privilege",
        "Roles, policies that deny by default, segregated and leased credentials. Reviews are outside.",
        &["L2.SEC.1", "L2.SEC.2", "L4.SEC.1", "L5.SEC.1", "L1.AUZ.1", "L2.AUZ.1", "L3.AUZ.1", "L4.AUZ.1", "L5.AUZ.1"],
        SOURCE,
    ),
    read(
        "PR.DS-01",
        "data at rest are protected",
        "Stores whose encryption is declared, keys from a key service, credentials in a store.",
        &["L2.ENC.1", "L3.ENC.1", "L2.SEC.1", "L2.SEC.2"],
        SOURCE,
    ),
    read(
        "PR.DS-02",
        "data in transit are protected",
        "TLS on entry points and hops, and mutual TLS in force.",
        &["L1.ENC.1", "L2.ENC.1", "L3.ENC.1", "L4.ENC.1", "L5.ENC.1"],
        SOURCE,
    ),
    read(
        "PR.PS-01",
        "configuration management is practised",
        "Policy tests in the pipeline, enforced admission and drift control.",
        &["L5.AUZ.2", "L5.AUZ.3"],
        SOURCE,
    ),
    read(
        "PR.PS-04",
        "log records are generated and available for monitoring",
        "Logs, audit trail, central sink, as configured.",
        &["L1.AUD.1", "L2.AUD.1", "L3.AUD.1", "L4.AUD.1"],
        SOURCE,
    ),
    read(
        "PR.PS-06",
        "secure development is practised and watched through the life cycle",
        "No credentials in code, and tests of policy code in the pipeline.",
        &["L1.SEC.1", "L1.SEC.2", "L5.AUZ.2"],
        SOURCE,
    ),
    read(
        "PR.IR-01",
        "networks and environments are protected from access that is not authorised",
        "Network policies, default deny and the edges that remain.",
        &["L1.NET.1", "L2.NET.1", "L3.NET.1", "L4.NET.1", "L5.NET.1"],
        SOURCE,
    ),
    read(
        "DE.CM-01",
        "networks and network services are monitored",
        "Access logs of mesh and gateways, and detections.",
        &["L1.AUD.1", "L3.AUD.1", "L5.AUD.1"],
        SOURCE,
    ),
    read(
        "DE.CM-03",
        "activity of people and use of technology are monitored",
        "An audit trail that says which identity acted.",
        &["L2.AUD.1", "L4.AUD.1", "L5.AUD.1"],
        SOURCE,
    ),
    read(
        "DE.CM-09",
        "hardware, software, run-time environments and their data are monitored",
        "Admission and drift control, audit trail and detections.",
        &["L5.AUZ.3", "L2.AUD.1", "L5.AUD.1"],
        SOURCE,
    ),
    read(
        "DE.AE-02",
        "possibly adverse events are analysed",
        "Detections on decision logs are a beginning; analysis is work of people.",
        &["L5.AUD.1"],
        SOURCE,
    ),
    read(
        "DE.AE-03",
        "information is correlated from several sources",
        "A central sink brings sources together.",
        &["L3.AUD.1", "L5.AUD.1"],
        SOURCE,
    ),
    with_waivers(read(
        "ID.RA-06",
        "answers to risks are chosen, planned, tracked and told",
        "Waivers record the answer, its owner and its end.",
        &[],
        SOURCE,
    )),
    with_waivers(read(
        "ID.RA-07",
        "changes and exceptions are managed, assessed, recorded and tracked",
        "Waivers are exceptions that are recorded and end.",
        &[],
        SOURCE,
    )),
];
