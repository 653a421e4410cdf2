use crate::lint::rules::prelude::*;
use crate::lint::rules::spire_view::{insert_line, report_bool};
use crate::model::spire;

declare_rule! {
    SpireAuditLogDisabled {
        id: "spire-audit-log-disabled",
        group: "spire",
        summary: "a SPIRE server without an audit log",
        why: "With `audit_log_enabled` the server logs who asked for what: which entries were made, by whom, and which identities \
              were issued. Without it nobody can tell afterwards who registered a workload that should not be there.\n\n\
              Off in the preset `recommended`: it is off by default in SPIRE, so nearly every configuration would be reported.",
        bad: hcl("server {\n  trust_domain = \"shop.example\"\n}\n"),
        good: hcl("server {\n  trust_domain = \"shop.example\"\n  audit_log_enabled = true\n}\n"),
        severity: Severity::Info,
        fix: FixKind::Safe,
        fix_safety: "Switches the audit log on: the log gets longer, nothing else changes.",
        source: "https://github.com/spiffe/spire/blob/main/doc/spire_server.md",
    }
}

const HELP: &str = "set `audit_log_enabled = true`";

impl Rule for SpireAuditLogDisabled {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Spire {
            return;
        }
        let servers = spire::blocks(&document.root, "server");
        let mut entries = servers.iter().filter_map(|(_, server)| spire::field(server, "audit_log_enabled")).peekable();
        if entries.peek().is_some() {
            let message = "`audit_log_enabled` is off: nothing tells who registered what";
            return entries.for_each(|entry| report_bool(entry, false, message, HELP, Some(Applicability::Safe), cx));
        }
        let Some((header, server)) = servers.first() else { return };
        // a part of a configuration says nothing of the rest
        if document.partial || spire::field(server, "trust_domain").is_none() {
            return cx.withhold();
        }
        let edit = insert_line(cx.sources(), server, "audit_log_enabled = true");
        let Some(report) = cx.report(header, "the server has no audit log: nothing tells who registered what") else { return };
        let report = report.help(HELP);
        if let Some(edit) = edit {
            report.fix("switch the audit log on", Applicability::Safe, [edit]);
        }
    }
}
