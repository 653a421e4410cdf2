use std::collections::BTreeSet;

use crate::lint::rules::prelude::*;
use crate::lint::rules::support::excerpt;
use crate::model::spire;
use crate::model::value::{Entry, Node as Data, Scalar, Value};

declare_rule! {
    SpireAdminIds {
        id: "spire-admin-ids",
        group: "spire",
        summary: "identities that administer SPIRE's server or ask an agent for others' identities",
        why: "Whoever has an identity of `admin_ids` may register workloads and so get any identity; an identity of \
              `authorized_delegates` gets from the agent what belongs to others on the node. Both lists deserve a look when they \
              change. An identity of another trust domain, which its operators can issue at will, and a wildcard are warnings; of \
              wildcards SPIRE knows none.",
        bad: hcl("server {\n  trust_domain = \"shop.example\"\n  admin_ids = [\"spiffe://partner.example/admin\"]\n}\n"),
        good: hcl("server {\n  trust_domain = \"shop.example\"\n  admin_ids = []\n}\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://github.com/spiffe/spire/blob/main/doc/spire_server.md",
    }
}

impl Rule for SpireAdminIds {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Spire {
            return;
        }
        for (side, key) in [("server", "admin_ids"), ("agent", "authorized_delegates")] {
            for block in document.root.blocks(side) {
                let domain = spire::field(block, "trust_domain").and_then(spire::literal);
                if let Some(entry) = spire::field(block, key) {
                    judge(entry, domain, cx);
                }
            }
        }
    }
}

fn judge(entry: &Entry, domain: Option<&str>, cx: &mut ManifestCx<'_>) {
    let ids: &[Data] = match &entry.value.value {
        Value::List(items) => items,
        Value::Scalar(Scalar::String(_)) => std::slice::from_ref(&entry.value),
        _ => &[],
    };
    let mut lines = BTreeSet::new();
    for item in ids {
        let Some(id) = item.as_str() else { continue };
        let shown = excerpt(id);
        let message = if id.contains('*') {
            format!("`{shown}` is a wildcard: it names no identity")
        } else if domain.is_some_and(|domain| spire::trust_domain(id).is_some_and(|other| other != domain)) {
            format!("`{shown}` is of another trust domain")
        } else {
            continue;
        };
        let at = item.origin.at;
        if lines.insert((at.source, cx.sources().get(at.source).line(at.span.start)))
            && let Some(report) = cx.report_as(Severity::Warning, &item.origin, message)
        {
            report.help("list identities of this trust domain, one for each administrator");
        }
    }
    let count = ids.iter().filter(|id| id.as_str().is_some()).count();
    if !lines.is_empty() || count == 0 {
        return;
    }
    let what = if &*entry.key == "admin_ids" { "administer the server" } else { "ask the agent for others' identities" };
    let message = format!("`{}`: {count} {} may {what}", entry.key, if count == 1 { "identity" } else { "identities" });
    if let Some(report) = cx.report(&entry.origin, message) {
        report.help("check that each of them still needs it");
    }
}
