//! NIST SP 800-207A (September 2023): access control of cloud-native applications, by policies of two tiers.

use super::{Control, Framework, outside, read};

const SOURCE: &str = "https://csrc.nist.gov/News/2023/nist-publishes-sp-800-207a";

pub(super) const FRAMEWORK: Framework = Framework {
    id: "nist_800_207a",
    aliases: &["800-207a", "nist-800-207a"],
    name: "NIST SP 800-207A",
    unit: "recommendation",
    note: "The publication's abstract and announcement were read, not all of it. It is about services; the other criteria have no place in it.",
    controls: CONTROLS,
    outside: &[outside("user-devices", "users and their devices", "the identity provider and device management decide it")],
};

const CONTROLS: &[Control] = &[
    read(
        "network-tier-policies",
        "policies by network parameters, beside those by identity",
        "Network policies in force, default deny and the edges that remain are the network tier as declared.",
        &["L1.NET.1", "L2.NET.1", "L3.NET.1", "L4.NET.1", "L5.NET.1"],
        SOURCE,
    ),
    read(
        "identity-tier-policies",
        "authentication and authorisation policies by the identities of applications and services",
        "Policies that name identities, deny by default and cover each workload are the identity tier as declared.",
        &["L2.AUT.1", "L3.AUT.1", "L3.AUZ.1", "L4.AUZ.1", "L5.AUZ.1"],
        SOURCE,
    ),
    read(
        "technology-components",
        "gateways and an infrastructure of service identities (for example SPIFFE) that enforce the policies",
        "Mesh membership, SPIFFE identities, strict mutual TLS and gateways that authenticate are those components.",
        &["L1.AUT.1", "L4.AUT.1", "L5.AUT.1", "L4.ENC.1", "L5.ENC.1"],
        SOURCE,
    ),
    read(
        "monitoring-framework",
        "monitoring that observes resources and tracks events",
        "Attributable logs, a central sink and detections show that monitoring is set up.",
        &["L3.AUD.1", "L4.AUD.1", "L5.AUD.1"],
        SOURCE,
    ),
];
