//! SOC 2: the AICPA's Trust Services Criteria of 2017, with the points of focus of 2022 (common criteria).

use super::{Control, Framework, outside, read, with_waivers};

const SOURCE: &str =
    "https://github.com/intuitem/ciso-assistant-community/blob/main/backend/library/libraries/soc2_2017_with_rev_2022.yaml";

pub(super) const FRAMEWORK: Framework = Framework {
    id: "soc2_tsc",
    aliases: &["soc2", "soc-2", "tsc"],
    name: "SOC 2 Trust Services Criteria (2017, revised 2022)",
    unit: "criterion",
    note: "An auditor judges design and operation over a period. Files show design at one revision.",
    controls: CONTROLS,
    outside: &[
        outside(
            "CC1, CC2, CC4, CC5",
            "control environment, communication, monitoring of controls, control activities",
            "organisation and people",
        ),
        outside("CC6.4, CC6.5", "physical access, disposal", "places and media"),
        outside("CC6.8", "malicious software", "decided at run time"),
        outside("CC7.4, CC7.5", "response and recovery", "practised by people"),
        outside("CC9.2", "vendors", "contracts"),
        outside("A, PI, C, P", "availability, processing integrity, confidentiality, privacy", "not the subject of this model"),
    ],
};

const CONTROLS: &[Control] = &[
    read(
        "CC6.1",
        "logical access to protected information is secured by software and architecture",
        "Credentials out of the code and in a store or manager, identities of workloads, policies, encryption at rest and segmentation \
         are that architecture as declared.",
        &[
            "L1.SEC.1", "L1.SEC.2", "L2.SEC.1", "L2.SEC.2", "L3.SEC.1", "L3.SEC.2", "L4.SEC.1", "L5.SEC.1", "L1.AUT.1", "L2.AUT.1",
            "L3.AUT.1", "L4.AUT.1", "L4.AUT.2", "L5.AUT.1", "L1.AUZ.1", "L2.AUZ.1", "L3.AUZ.1", "L4.AUZ.1", "L5.AUZ.1", "L2.ENC.1",
            "L3.ENC.1", "L2.NET.1", "L3.NET.1", "L4.NET.1", "L5.NET.1",
        ],
        SOURCE,
    ),
    read(
        "CC6.2",
        "users are registered and authorised before they get credentials, which are taken back when access ends",
        "Workloads get credentials through their identity; registration of people is outside.",
        &["L2.AUT.1", "L3.AUT.1", "L4.AUT.1", "L4.AUT.2", "L5.AUT.1"],
        SOURCE,
    ),
    read(
        "CC6.3",
        "access is granted, changed and removed by role, with least privilege and separation of duties",
        "Narrow roles, Secrets of one application, leases, and policies that name who may call.",
        &["L2.SEC.1", "L2.SEC.2", "L4.SEC.1", "L5.SEC.1", "L1.AUZ.1", "L2.AUZ.1", "L3.AUZ.1", "L4.AUZ.1", "L5.AUZ.1"],
        SOURCE,
    ),
    read(
        "CC6.6",
        "threats from outside of the boundaries are kept off by logical access measures",
        "Entry points that authenticate and serve TLS, nothing exposed by accident, default deny.",
        &["L1.AUT.1", "L1.ENC.1", "L1.NET.1", "L2.NET.1", "L3.NET.1", "L4.NET.1", "L5.NET.1"],
        SOURCE,
    ),
    read(
        "CC6.7",
        "information is transmitted and moved by authorised parties only, and protected while it moves",
        "TLS on entry points and hops, and mutual TLS in force.",
        &["L1.ENC.1", "L2.ENC.1", "L4.ENC.1", "L5.ENC.1"],
        SOURCE,
    ),
    read(
        "CC7.1",
        "changes of configuration that bring weaknesses are detected",
        "Enforced admission and drift control find and refuse such changes.",
        &["L5.AUZ.3"],
        SOURCE,
    ),
    read(
        "CC7.2",
        "components are monitored for anomalies, which are analysed",
        "Logs, a central sink and detections as configured.",
        &["L1.AUD.1", "L2.AUD.1", "L3.AUD.1", "L4.AUD.1", "L5.AUD.1"],
        SOURCE,
    ),
    read(
        "CC7.3",
        "security events are evaluated",
        "An attributable trail and detections give what is to be evaluated.",
        &["L4.AUD.1", "L5.AUD.1"],
        SOURCE,
    ),
    read(
        "CC8.1",
        "changes are authorised, tested, approved and carried out under control",
        "Policy tests that can fail a pipeline, and delivery from the repository.",
        &["L5.AUZ.2", "L5.AUZ.3"],
        SOURCE,
    ),
    with_waivers(read("CC3.2", "risks are identified and analysed", "Waivers name risks that are accepted for a time.", &[], SOURCE)),
    with_waivers(read(
        "CC9.1",
        "activities that mitigate risks are chosen and developed",
        "Waivers carry a reason, an owner and an end.",
        &[],
        SOURCE,
    )),
];
