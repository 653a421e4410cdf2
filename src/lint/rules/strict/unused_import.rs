use rustc_hash::FxHashSet;

use crate::lint::rules::prelude::*;
use crate::lint::rules::support::import_removal;
use crate::model::rego::{ImportKind, Name};

declare_rule! {
    UnusedImport {
        id: "unused-import",
        group: "strict",
        summary: "an import that nothing in the module uses",
        why: "A reader looks for what it is for, and a package that is gone stays named. `opa check --strict` refuses the module.",
        bad: rego("package play\n\nimport data.users\n\nallow if input.admin\n"),
        good: rego("package play\n\nimport data.users\n\nallow if users[input.user].admin\n"),
        severity: Severity::Error,
        recommended: true,
        fix: FixKind::Safe,
        fix_safety: "Removes the import: no name in the module stands for it.",
        source: "https://www.openpolicyagent.org/docs/policy-language#strict-mode",
        peers: &["opa check --strict"],
    }
}

impl Rule for UnusedImport {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let module = cx.module();
        let counts = |kind: ImportKind| matches!(kind, ImportKind::Data | ImportKind::Input);
        if !module.imports.iter().any(|import| counts(import.kind)) {
            return;
        }
        let used: FxHashSet<u32> = cx
            .scopes()
            .names()
            .filter_map(|(_, name)| match name {
                Name::Import(at) => Some(at),
                _ => None,
            })
            .collect();
        for import in module.imports.iter().filter(|import| counts(import.kind)) {
            let (Some(name), Some(path)) = (import.name(), import.import.path()) else { continue };
            // of two imports with one name the last is meant
            if module.import_index(name).is_none_or(|at| used.contains(&(at as u32))) {
                continue;
            }
            let span = import.import.span();
            let removed = import_removal(cx, span);
            cx.report(path.span(), format!("the import `{name}` is not used")).help("remove the import").fix(
                "remove the import",
                Applicability::Safe,
                [(removed, String::new())],
            );
        }
    }
}
