use crate::lint::rules::prelude::*;
use crate::lint::rules::spire_view::report_bool;
use crate::model::spire;
use crate::model::value::Value;

declare_rule! {
    SpireDebugLog {
        id: "spire-debug-log",
        group: "spire",
        summary: "a SPIRE server or agent that logs for debugging, or serves profiles",
        why: "At the level `DEBUG`, and with `log_selectors`, logs tell which workloads run where and what selects them, and so much \
              of it that what matters is lost. `profiling_enabled` opens a port with the memory of a process that holds keys.",
        bad: hcl("server {\n  trust_domain = \"shop.example\"\n  log_level = \"DEBUG\"\n}\n"),
        good: hcl("server {\n  trust_domain = \"shop.example\"\n  log_level = \"INFO\"\n}\n"),
        severity: Severity::Info,
        recommended: true,
        fix: FixKind::Safe,
        fix_safety: "Logs at the level `INFO`, the default, and switches profiling off: what is issued stays the same.",
        source: "https://github.com/spiffe/spire/blob/main/doc/spire_server.md",
    }
}

impl Rule for SpireDebugLog {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Spire {
            return;
        }
        for block in ["agent", "server"].iter().flat_map(|key| document.root.blocks(key)) {
            if let Some(entry) = spire::field(block, "log_level")
                && let Some(level) = entry.value.as_str().filter(|level| matches!(&*level.to_ascii_lowercase(), "debug" | "trace"))
            {
                let edit = cx.replacement(&entry.value, "INFO");
                if let Some(report) = cx.report(&entry.origin, format!("logs have the level `{level}`")) {
                    let report = report.help("use `INFO` outside of a search for an error");
                    if let Some(edit) = edit {
                        report.fix("log at the level `INFO`", Applicability::Safe, [edit]);
                    }
                }
            }
            if let Some(entry) = spire::field(block, "profiling_enabled") {
                report_bool(entry, true, "`profiling_enabled` serves profiles of the process", "remove it", Some(Applicability::Safe), cx);
            }
            if let Some(entry) = spire::field(block, "log_selectors")
                && matches!(&entry.value.value, Value::List(items) if !items.is_empty())
                && let Some(report) = cx.report(&entry.origin, "`log_selectors` writes what selects workloads into the log")
            {
                report.help("remove it outside of a search for an error");
            }
        }
    }
}
