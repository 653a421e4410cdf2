//! ISO/IEC 27001:2022, Annex A.

use super::{Control, Framework, outlined, outside, with_waivers};

/// An outline: titles and what each control is about. The standard's text is sold, and was not read.
const OUTLINE: &str = "https://github.com/intuitem/ciso-assistant-community/blob/main/backend/library/libraries/iso27001-2022.yaml";

pub(super) const FRAMEWORK: Framework = Framework {
    id: "iso_27001_2022",
    aliases: &["iso27001", "iso-27001", "iso"],
    name: "ISO/IEC 27001:2022 Annex A",
    unit: "control",
    note: "The standard's text is sold: titles and an outline were read, and `verified` means no more than that. Which controls apply is \
           decided by the statement of applicability.",
    controls: CONTROLS,
    outside: &[
        outside("A.6", "people controls", "people"),
        outside("A.7", "physical controls", "places"),
        outside(
            "A.5.1 to A.5.13, A.5.19 to A.5.37",
            "organisation, suppliers, incidents, continuity, law",
            "documents and practice of the organisation",
        ),
        outside("A.8.1, A.8.7, A.8.13, A.8.14", "user devices, malware, backup, redundancy", "decided at run time"),
    ],
};

const CONTROLS: &[Control] = &[
    outlined(
        "A.5.14",
        "information is transferred securely",
        "Encrypted entry points and hops.",
        &["L1.ENC.1", "L2.ENC.1", "L4.ENC.1", "L5.ENC.1"],
        OUTLINE,
    ),
    outlined(
        "A.5.15",
        "access control: rules decide who may reach what",
        "Declared roles and policies, and segregated Secrets.",
        &["L2.SEC.1", "L2.SEC.2", "L1.AUZ.1", "L2.AUZ.1", "L3.AUZ.1", "L4.AUZ.1", "L5.AUZ.1"],
        OUTLINE,
    ),
    outlined(
        "A.5.16",
        "identity management over the life of identities",
        "Identities of workloads and pipelines as declared.",
        &["L2.AUT.1", "L4.AUT.1", "L4.AUT.2", "L5.AUT.1"],
        OUTLINE,
    ),
    outlined(
        "A.5.17",
        "authentication information is managed and protected",
        "Credentials out of the files, in a store or manager, rotated or leased.",
        &["L1.SEC.1", "L1.SEC.2", "L2.SEC.1", "L2.SEC.2", "L3.SEC.1", "L3.SEC.2", "L4.SEC.1", "L5.SEC.1"],
        OUTLINE,
    ),
    outlined(
        "A.5.18",
        "access rights are given, reviewed and taken back",
        "Roles, policies and leases; reviews are outside.",
        &["L4.SEC.1", "L5.SEC.1", "L1.AUZ.1", "L2.AUZ.1", "L3.AUZ.1", "L4.AUZ.1", "L5.AUZ.1"],
        OUTLINE,
    ),
    outlined(
        "A.8.2",
        "privileged access rights are restricted",
        "Leased credentials instead of standing ones, and no wildcard roles.",
        &["L4.SEC.1", "L5.SEC.1", "L2.AUZ.1"],
        OUTLINE,
    ),
    outlined(
        "A.8.3",
        "access to information is restricted",
        "Segregated Secrets, and policies that deny by default.",
        &["L2.SEC.1", "L2.SEC.2", "L1.AUZ.1", "L2.AUZ.1", "L3.AUZ.1", "L4.AUZ.1", "L5.AUZ.1"],
        OUTLINE,
    ),
    outlined(
        "A.8.4",
        "access to source code is controlled",
        "A repository without credential values limits what its readers gain.",
        &["L1.SEC.1", "L1.SEC.2"],
        OUTLINE,
    ),
    outlined(
        "A.8.5",
        "authentication is secure",
        "Endpoints that authenticate, validated tokens, identities of workloads.",
        &["L1.AUT.1", "L2.AUT.1", "L3.AUT.1", "L4.AUT.1", "L4.AUT.2", "L5.AUT.1"],
        OUTLINE,
    ),
    outlined(
        "A.8.9",
        "configurations are managed",
        "Policy tests, enforced admission and drift control.",
        &["L5.AUZ.2", "L5.AUZ.3"],
        OUTLINE,
    ),
    outlined(
        "A.8.15",
        "activities are logged",
        "Logs, audit trail and sink as configured.",
        &["L1.AUD.1", "L2.AUD.1", "L3.AUD.1", "L4.AUD.1"],
        OUTLINE,
    ),
    outlined(
        "A.8.16",
        "networks, systems and applications are monitored",
        "Detections on what is logged.",
        &["L3.AUD.1", "L5.AUD.1"],
        OUTLINE,
    ),
    outlined(
        "A.8.20",
        "networks are secured",
        "Network policies and encrypted traffic.",
        &["L1.NET.1", "L2.NET.1", "L3.NET.1", "L4.NET.1", "L5.NET.1", "L1.ENC.1", "L4.ENC.1", "L5.ENC.1"],
        OUTLINE,
    ),
    outlined(
        "A.8.22",
        "networks are segregated",
        "Default deny and the edges that remain.",
        &["L2.NET.1", "L3.NET.1", "L4.NET.1", "L5.NET.1"],
        OUTLINE,
    ),
    outlined(
        "A.8.24",
        "cryptography is used by rules, keys included",
        "Encryption as declared, central keys and issuers, a secret manager.",
        &["L1.ENC.1", "L2.ENC.1", "L3.ENC.1", "L4.ENC.1", "L5.ENC.1", "L3.SEC.1", "L3.SEC.2"],
        OUTLINE,
    ),
    outlined("A.8.28", "code is written securely", "No credential values in source.", &["L1.SEC.1", "L1.SEC.2"], OUTLINE),
    outlined("A.8.29", "security is tested in development and acceptance", "Tests of policy code in the pipeline.", &["L5.AUZ.2"], OUTLINE),
    outlined("A.8.32", "changes are managed", "Tests before, and drift control after a change.", &["L5.AUZ.2", "L5.AUZ.3"], OUTLINE),
    with_waivers(outlined(
        "6.1.3",
        "risks are treated, and what is accepted is approved by its owner (a clause, not Annex A)",
        "Waivers with owner and end support it.",
        &[],
        OUTLINE,
    )),
];
