use crate::lint::context::WorkspaceCx;
use crate::lint::rules::prelude::*;
use crate::model::rego::FactKinds;

declare_rule! {
    NoDefinedEntrypoint {
        id: "no-defined-entrypoint",
        group: "idiomatic",
        summary: "no rule is said to be meant for queries",
        why: "`entrypoint: true` in a rule's METADATA tells readers and tools which rules are queried from outside: `opa build` needs it for WebAssembly, and what is unused can only be told from there.",
        bad: rego("# file: play.rego\npackage play\n\nimport data.users\n\nallow if input.user in users.admins\n# file: users.rego\npackage users\n\nadmins := {\"ann\"}\n"),
        good: rego("# file: play.rego\npackage play\n\nimport data.users\n\n# METADATA\n# entrypoint: true\nallow if input.user in users.admins\n# file: users.rego\npackage users\n\nadmins := {\"ann\"}\n"),
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/idiomatic/no-defined-entrypoint",
        peers: &["regal idiomatic/no-defined-entrypoint"],
    }
}

impl Rule for NoDefinedEntrypoint {
    fn facts(&self) -> Option<FactKinds> {
        Some(FactKinds { links: true, ..FactKinds::default() })
    }

    fn workspace(&self, cx: &mut WorkspaceCx<'_>) {
        let modules = cx.workspace().modules();
        let mut judged = modules.iter().filter(|facts| cx.is_on(facts.source));
        let Some(first) = judged.next().map(|facts| facts.source) else { return };
        // one file alone says nothing about the policy that it is part of
        if modules.len() < 2 || modules.iter().any(|facts| cx.is_on(facts.source) && facts.links.has_entrypoint) {
            return;
        }
        if let Some(report) = cx.report_run(first, "no METADATA says `entrypoint: true`") {
            report.help("annotate the rules that are queried from outside");
        }
    }
}
