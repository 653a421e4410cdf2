use crate::lint::rules::insert::replace_bool;
use crate::lint::rules::prelude::*;
use crate::model::shell::Call;
use crate::model::spire::{self, Bool};
use crate::model::value::Entry;

declare_rule! {
    SpireInsecureBootstrap {
        id: "spire-insecure-bootstrap",
        group: "spire",
        summary: "a SPIRE agent that trusts whichever server answers first",
        why: "With `insecure_bootstrap` the agent does not check the server's certificate when it connects for the first time. \
              Whoever answers in the server's place hands out the identities of the node and of every workload on it. SPIRE's \
              reference calls it \"not a secure configuration\". Give the agent the server's bundle instead: `trust_bundle_path`, \
              `trust_bundle_url`.\n\n\
              The flag `-insecureBootstrap` of `spire-agent run` does the same. A quoted `\"true\"` does not: SPIRE refuses such a \
              file, which is reported as that.",
        bad: hcl("agent {\n  trust_domain = \"shop.example\"\n  server_address = \"spire-server\"\n  insecure_bootstrap = true\n}\n"),
        good: hcl("agent {\n  trust_domain = \"shop.example\"\n  server_address = \"spire-server\"\n  trust_bundle_path = \"/run/spire/bundle/bundle.crt\"\n}\n"),
        severity: Severity::Error,
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Switches it off: the agent does not start until it is given a trust bundle.",
        source: "https://github.com/spiffe/spire/blob/main/doc/spire_agent.md",
    }
}

const HELP: &str = "give the agent the server's bundle: `trust_bundle_path` or `trust_bundle_url`";

impl Rule for SpireInsecureBootstrap {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Spire {
            return;
        }
        for entry in document.root.blocks("agent").filter_map(|agent| spire::field(agent, "insecure_bootstrap")) {
            match spire::boolean(&entry.value) {
                Bool::Value(true) => {
                    let message = "`insecure_bootstrap` makes the agent trust whichever server answers first";
                    fixed(entry, cx, message.to_owned(), HELP);
                }
                Bool::Value(false) => {}
                Bool::Refused(found) => {
                    let message = format!("`insecure_bootstrap` is a {found}, not a boolean: SPIRE refuses the file");
                    fixed(entry, cx, message, "remove it, or write `false` without quotes");
                }
                Bool::Unknown => cx.withhold(),
            }
        }
    }

    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        spire::lines(part, FLAG).iter().for_each(|call| judge(call, cx));
    }
}

const FLAG: &str = "insecureBootstrap";

fn judge(call: &Call, cx: &mut ManifestCx<'_>) {
    match spire::switch(call, FLAG) {
        Some((arg, Some(true))) => {
            let message = "`-insecureBootstrap` makes the agent trust whichever server answers first";
            if let Some(report) = cx.report(&arg.at, message) {
                report.help(HELP);
            }
        }
        Some((_, None)) => cx.withhold(),
        Some((_, Some(false))) | None => {}
    }
}

/// Reports the key, with the edit that switches it off.
fn fixed(entry: &Entry, cx: &mut ManifestCx<'_>, message: String, help: &str) {
    let edit = replace_bool(cx.sources(), &entry.value, false);
    let Some(report) = cx.report(&entry.origin, message) else { return };
    let report = report.help(help);
    if let Some(edit) = edit {
        report.fix("switch `insecure_bootstrap` off", Applicability::Unsafe, [edit]);
    }
}
