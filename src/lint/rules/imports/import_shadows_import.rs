use rustc_hash::FxHashMap;

use crate::lint::rules::prelude::*;
use crate::syntax::rego::Version;

declare_rule! {
    ImportShadowsImport {
        id: "import-shadows-import",
        group: "imports",
        summary: "two imports with the same name",
        why: "The later import wins, and the earlier one is without effect. OPA 1.0 refuses such modules.",
        bad: rego_v0("package play\n\nimport data.permissions\nimport data.users.permissions\n\nallow {\n\tpermissions[input.user]\n}\n"),
        good: rego_v0("package play\n\nimport data.permissions\nimport data.users.permissions as user_permissions\n\nallow {\n\tpermissions[user_permissions[input.user]]\n}\n"),
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/imports/import-shadows-import",
        peers: &["regal imports/import-shadows-import"],
    }
}

impl Rule for ImportShadowsImport {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        // in v1 this is a compile error
        if cx.parse().version == Version::V1 {
            return;
        }
        let mut seen: FxHashMap<&str, Span> = FxHashMap::default();
        let module = cx.module();
        for import in &module.imports {
            let (Some(name), Some(path)) = (import.identifier(), import.import.path()) else { continue };
            match seen.get(name) {
                Some(first) => {
                    let first = *first;
                    cx.report(path.span(), format!("`{name}` is the name of another import"))
                        .label(first, "imported here")
                        .help("give one of them an alias");
                }
                None => _ = seen.insert(name, import.import.span()),
            }
        }
    }
}
