//! HIPAA Security Rule, 45 CFR part 164, subpart C.

use super::{Control, Framework, outside, read, with_waivers};

/// The rule's text (section 164.312).
const CFR_312: &str = "https://www.govinfo.gov/content/pkg/CFR-2019-title45-vol2/xml/CFR-2019-title45-vol2-sec164-312.xml";

/// The rule's text (section 164.308).
const CFR_308: &str = "https://www.law.cornell.edu/cfr/text/45/164.308";

pub(super) const FRAMEWORK: Framework = Framework {
    id: "hipaa_164",
    aliases: &["hipaa", "hipaa-164"],
    name: "HIPAA Security Rule, 45 CFR 164",
    unit: "standard",
    note: "Standards hold for systems with electronic protected health information, which a repository does not mark. Addressable \
           specifications need an assessment of what is reasonable.",
    controls: CONTROLS,
    outside: &[
        outside("164.308(a)(2), (3), (6), (7)", "responsibility, workforce, incidents, contingency", "organisation and people"),
        outside("164.310", "physical safeguards", "places"),
        outside("164.312(a)(2)(ii), (iii)", "emergency access, automatic logoff", "practice and applications"),
        outside("164.312(c)", "integrity of records", "decided in applications and stores"),
        outside("164.314, 164.316", "contracts, documentation", "documents"),
    ],
};

const CONTROLS: &[Control] = &[
    read(
        "164.312(a)(1)",
        "access is allowed only to persons and programs that were granted it",
        "Credentials out of the files and segregated, policies that deny by default, and network policies.",
        &[
            "L1.SEC.1", "L1.SEC.2", "L2.SEC.1", "L2.SEC.2", "L4.SEC.1", "L5.SEC.1", "L1.AUZ.1", "L2.AUZ.1", "L3.AUZ.1", "L4.AUZ.1",
            "L5.AUZ.1", "L1.NET.1", "L2.NET.1", "L3.NET.1", "L4.NET.1", "L5.NET.1",
        ],
        CFR_312,
    ),
    read(
        "164.312(a)(2)(i)",
        "users have a unique name or number",
        "Validated user tokens, and identities of workloads of their own.",
        &["L1.AUT.1", "L2.AUT.1", "L3.AUT.1"],
        CFR_312,
    ),
    read(
        "164.312(a)(2)(iv)",
        "health information can be encrypted and decrypted (addressable)",
        "Encrypted stores and central keys as declared.",
        &["L2.ENC.1", "L3.ENC.1"],
        CFR_312,
    ),
    read(
        "164.312(b)",
        "activity in systems is recorded and examined",
        "Logs, audit trail, sink and detections as configured.",
        &["L1.AUD.1", "L2.AUD.1", "L3.AUD.1", "L4.AUD.1", "L5.AUD.1"],
        CFR_312,
    ),
    read(
        "164.312(d)",
        "it is verified that who seeks access is who they claim to be",
        "Endpoints that authenticate, validated tokens, workload and mesh identities, leases bound to them.",
        &["L1.AUT.1", "L2.AUT.1", "L3.AUT.1", "L4.AUT.1", "L4.AUT.2", "L5.AUT.1", "L4.SEC.1", "L5.SEC.1"],
        CFR_312,
    ),
    read(
        "164.312(e)(1)",
        "health information is guarded while it is transmitted over a network",
        "TLS on entry points and hops, mutual TLS, and network policies.",
        &["L1.ENC.1", "L2.ENC.1", "L4.ENC.1", "L5.ENC.1", "L1.NET.1", "L2.NET.1", "L3.NET.1", "L4.NET.1", "L5.NET.1"],
        CFR_312,
    ),
    read(
        "164.312(e)(2)(ii)",
        "health information is encrypted in transit where appropriate (addressable)",
        "TLS and mutual TLS as declared.",
        &["L1.ENC.1", "L2.ENC.1", "L3.ENC.1", "L4.ENC.1", "L5.ENC.1"],
        CFR_312,
    ),
    read(
        "164.308(a)(4)",
        "access to health information is authorised by procedures",
        "Roles and policies are the result of such procedures.",
        &["L2.SEC.1", "L2.SEC.2", "L1.AUZ.1", "L2.AUZ.1", "L3.AUZ.1", "L4.AUZ.1", "L5.AUZ.1"],
        CFR_308,
    ),
    read(
        "164.308(a)(5)(ii)(D)",
        "passwords are created, changed and safeguarded by procedures (addressable)",
        "A manager with rotation, and no values in files, for credentials of workloads.",
        &["L1.SEC.1", "L1.SEC.2", "L3.SEC.1", "L3.SEC.2"],
        CFR_308,
    ),
    read(
        "164.308(a)(8)",
        "security is evaluated periodically, and when things change",
        "Policy tests, admission and drift control evaluate each change.",
        &["L5.AUZ.2", "L5.AUZ.3"],
        CFR_308,
    ),
    read(
        "164.308(a)(1)(ii)(D)",
        "records of activity are reviewed regularly",
        "Detections on a central sink support a review.",
        &["L3.AUD.1", "L5.AUD.1"],
        CFR_308,
    ),
    with_waivers(read(
        "164.308(a)(1)(ii)(B)",
        "risks are reduced to a reasonable level",
        "Waivers name what is accepted, by whom and until when.",
        &[],
        CFR_308,
    )),
];
