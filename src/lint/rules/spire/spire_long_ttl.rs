use std::borrow::Cow;

use crate::lint::rules::prelude::*;
use crate::model::{duration, spire};

declare_rule! {
    SpireLongTtl {
        id: "spire-long-ttl",
        group: "spire",
        summary: "identities or authorities of SPIRE that live long",
        why: "Nobody revokes an SVID: what was stolen is good until it expires, so short lives are what limits the damage. SPIRE \
              renews long before the end, so they cost little. Its defaults are an hour for X.509, five minutes for JWT, a day for \
              the server's own authority, and for agents the life of X.509 identities.\n\n\
              The limits are options. A value with `d` is none that SPIRE reads, and is not reported here.",
        bad: hcl("server {\n  trust_domain = \"shop.example\"\n  default_x509_svid_ttl = \"720h\"\n}\n"),
        good: hcl("server {\n  trust_domain = \"shop.example\"\n  default_x509_svid_ttl = \"4h\"\n}\n"),
        recommended: true,
        options: &[
            OptionMeta {
                name: "max-x509-svid-ttl",
                kind: OptionKind::String,
                default: OptionValue::String(Cow::Borrowed("24h")),
                doc: "The longest `default_x509_svid_ttl`, as Go writes durations.",
            },
            OptionMeta {
                name: "max-jwt-svid-ttl",
                kind: OptionKind::String,
                default: OptionValue::String(Cow::Borrowed("1h")),
                doc: "The longest `default_jwt_svid_ttl`.",
            },
            OptionMeta {
                name: "max-ca-ttl",
                kind: OptionKind::String,
                default: OptionValue::String(Cow::Borrowed("720h")),
                doc: "The longest `ca_ttl`.",
            },
            OptionMeta {
                name: "max-agent-ttl",
                kind: OptionKind::String,
                default: OptionValue::String(Cow::Borrowed("168h")),
                doc: "The longest `agent_ttl`.",
            },
        ],
        source: "https://github.com/spiffe/spire/blob/main/doc/spire_server.md",
    }
}

/// The keys, the options that bound them, and what they are the life of.
const KEYS: [(&str, &str, &str); 4] = [
    ("default_x509_svid_ttl", "max-x509-svid-ttl", "X.509 identities"),
    ("default_jwt_svid_ttl", "max-jwt-svid-ttl", "JWT identities"),
    ("ca_ttl", "max-ca-ttl", "the server's authorities"),
    ("agent_ttl", "max-agent-ttl", "agents"),
];

impl Rule for SpireLongTtl {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Spire {
            return;
        }
        for server in document.root.blocks("server") {
            for (key, option, of) in KEYS {
                let Some(entry) = spire::field(server, key) else { continue };
                let Some(written) = entry.value.as_str() else { continue };
                if spire::is_opaque(written) {
                    cx.withhold();
                    continue;
                }
                let Some(limit) = cx.text(&entry.origin, option) else { continue };
                let (Some(ttl), Some(most)) = (duration::standard(written), duration::parse(limit)) else { continue };
                if ttl <= most {
                    continue;
                }
                let message = format!("`{key}`: {of} live for `{written}`, longer than {limit}");
                if let Some(report) = cx.report(&entry.origin, message) {
                    report.help("shorten it: SPIRE renews identities by itself");
                }
            }
        }
    }
}
