use rustc_hash::FxHashMap;

use crate::lint::rules::prelude::*;

declare_rule! {
    StrictDuplicateImport {
        id: "strict-duplicate-import",
        group: "strict",
        summary: "two imports with the same name in a v0 module",
        why: "The later import wins, and the earlier one is without effect. `opa check --strict` refuses the module, and so does OPA \
              1.0 once it is v1. In modules that follow v1's rules it is a compile error with or without `--strict`. Silent where \
              `import-shadows-import` says the same.",
        bad: rego_v0("package play\n\nimport data.permissions\nimport data.users.permissions\n\nallow {\n\tpermissions[input.user]\n}\n"),
        good: rego_v0("package play\n\nimport data.permissions\nimport data.users.permissions as user_permissions\n\nallow {\n\tpermissions[user_permissions[input.user]]\n}\n"),
        severity: Severity::Error,
        source: "https://www.openpolicyagent.org/docs/policy-language#strict-mode",
        peers: &["opa check --strict"],
    }
}

impl Rule for StrictDuplicateImport {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if cx.is_v1() || cx.is_on("import-shadows-import") {
            return;
        }
        let mut seen: FxHashMap<&str, Span> = FxHashMap::default();
        for import in &cx.module().imports {
            let Some(name) = import.identifier() else { continue };
            match seen.get(name).copied() {
                Some(first) => {
                    cx.report(import.import.span(), format!("`{name}` is the name of another import"))
                        .label(first, "imported here")
                        .help("give one of them an alias");
                }
                None => _ = seen.insert(name, import.import.span()),
            }
        }
    }
}
