use rustc_hash::FxHashMap;

use crate::lint::rules::prelude::*;
use crate::lint::rules::support::{has_comment, import_removal};
use crate::model::rego::ImportDecl;
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
        fix: FixKind::Safe,
        fix_safety: "Removes the earlier import, which is without effect in v0.",
        peers: &["regal imports/import-shadows-import"],
    }
}

impl Rule for ImportShadowsImport {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        // in v1 this is a compile error
        if cx.parse().version == Version::V1 && cx.targets_v1() {
            return;
        }
        // the first and the last import of each name so far
        let mut seen: FxHashMap<&str, (&ImportDecl<'_>, &ImportDecl<'_>)> = FxHashMap::default();
        let module = cx.module();
        for import in &module.imports {
            let (Some(name), Some(path)) = (import.identifier(), import.import.path()) else { continue };
            match seen.get_mut(name) {
                Some((first, last)) => {
                    let at = first.import.span();
                    // each takes the effect of the one before it; a keyword's import is not one of that name
                    let both = last.name().is_some() && import.name().is_some() && !has_comment(cx, last.import.span());
                    let removal = import_removal(cx, last.import.span());
                    *last = import;
                    let report = cx
                        .report(path.span(), format!("`{name}` is the name of another import"))
                        .label(at, "imported here")
                        .help("give one of them an alias");
                    if both {
                        report.fix("remove the import that is without effect", Applicability::Safe, [(removal, String::new())]);
                    }
                }
                None => _ = seen.insert(name, (import, import)),
            }
        }
    }
}
