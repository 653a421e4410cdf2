use crate::lint::rules::prelude::*;
use crate::lint::rules::support::import_removal;

declare_rule! {
    RedundantDataImport {
        id: "redundant-data-import",
        group: "imports",
        summary: "`import data`",
        why: "`data` can be named everywhere without an import.",
        bad: rego("package play\n\nimport data\n\nallow if data.users[input.user]\n"),
        good: rego("package play\n\nallow if data.users[input.user]\n"),
        recommended: true,
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Removes the import, which brings a name that is there anyway. With an alias it stays.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/imports/redundant-data-import",
        peers: &["regal imports/redundant-data-import"],
    }
}

impl Rule for RedundantDataImport {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        for import in &cx.module().imports {
            if import.path.len() != 1 || import.path.first() != Some("data") {
                continue;
            }
            let Some((_, at)) = import.path.parts.first() else { continue };
            let removal = import_removal(cx, import.import.span());
            let alias = import.alias.is_some();
            let report = cx.report(*at, "`data` needs no import").help("remove the import");
            if !alias {
                report.fix("remove the import", Applicability::Safe, [(removal, String::new())]);
            }
        }
    }
}
