//! NIST SP 800-207, Zero Trust Architecture (August 2020): the tenets of section 2.1.

use super::{Control, Framework, outside, read, with_waivers};

const SOURCE: &str = "https://csrc.nist.gov/pubs/sp/800/207/final";

pub(super) const FRAMEWORK: Framework = Framework {
    id: "nist_800_207",
    aliases: &["800-207", "nist-800-207", "tenets"],
    name: "NIST SP 800-207 tenets",
    unit: "tenet",
    note: "Tenets are an ideal that an enterprise works towards. For services among each other SP 800-207A is closer.",
    controls: CONTROLS,
    outside: &[outside(
        "tenet-1",
        "all data sources and computing services are resources",
        "an inventory of the enterprise; a repository names its own workloads only",
    )],
};

const CONTROLS: &[Control] = &[
    read(
        "tenet-2",
        "all communication is secured, wherever in the network it takes place",
        "TLS on entry points, encrypted hops and strict mutual TLS show that the network's inside is not trusted by declaration; default \
         deny takes away what nobody asked for.",
        &["L1.ENC.1", "L2.ENC.1", "L3.ENC.1", "L4.ENC.1", "L5.ENC.1", "L1.NET.1", "L2.NET.1", "L3.NET.1", "L4.NET.1", "L5.NET.1"],
        SOURCE,
    ),
    read(
        "tenet-3",
        "access to each resource is granted per session and with the least privilege",
        "Credentials of one application each, leases, narrow roles and explicit edges show access to one resource at a time.",
        &[
            "L2.SEC.1", "L2.SEC.2", "L3.SEC.1", "L3.SEC.2", "L4.SEC.1", "L5.SEC.1", "L1.AUZ.1", "L2.AUZ.1", "L3.AUZ.1", "L4.AUZ.1",
            "L5.AUZ.1", "L2.NET.1", "L3.NET.1", "L4.NET.1", "L5.NET.1",
        ],
        SOURCE,
    ),
    read(
        "tenet-4",
        "access follows dynamic policy, from the state of identity, service and asset",
        "Central policy that denies by default and decides by identity is the basis; posture and behaviour are not visible.",
        &["L1.AUZ.1", "L2.AUZ.1", "L3.AUZ.1", "L4.AUZ.1", "L5.AUZ.1"],
        SOURCE,
    ),
    read(
        "tenet-5",
        "the enterprise monitors and measures the posture of its assets",
        "Enforced admission and drift control measure what is deployed; logs and detections observe it. Devices are outside.",
        &["L5.AUZ.3", "L1.AUD.1", "L2.AUD.1", "L3.AUD.1", "L4.AUD.1", "L5.AUD.1"],
        SOURCE,
    ),
    read(
        "tenet-6",
        "authentication and authorisation are dynamic and strictly enforced before access",
        "Workload identity, validated tokens and credentials that are not embedded make authentication possible on each access.",
        &["L1.SEC.1", "L1.SEC.2", "L3.SEC.1", "L3.SEC.2", "L1.AUT.1", "L2.AUT.1", "L3.AUT.1", "L4.AUT.1", "L4.AUT.2", "L5.AUT.1"],
        SOURCE,
    ),
    with_waivers(read(
        "tenet-7",
        "the enterprise collects what it can about its assets and communications, and uses it to improve",
        "Shipped logs and detections show that information is collected; tested policy shows where it can go.",
        &["L5.AUZ.2", "L1.AUD.1", "L2.AUD.1", "L3.AUD.1", "L4.AUD.1", "L5.AUD.1"],
        SOURCE,
    )),
];
