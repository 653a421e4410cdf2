use crate::lint::rules::edits::replace_import;
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::{has_comment, import_removal};

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
        fix_safety: "Removes the import, which brings a name that is there anyway; an alias becomes `data` where it is used.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/imports/redundant-data-import",
        peers: &["regal imports/redundant-data-import"],
    }
}

impl Rule for RedundantDataImport {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        for (index, import) in cx.module().imports.iter().enumerate() {
            if import.path.len() != 1 || import.path.first() != Some("data") {
                continue;
            }
            let Some((_, at)) = import.path.parts.first() else { continue };
            let removal = import_removal(cx, import.import.span());
            let uses = match import.alias {
                None => Some(Vec::new()),
                Some(_) if has_comment(cx, import.import.span()) => None,
                Some(_) => replace_import(cx, index, "data", "data"),
            };
            let report = cx.report(*at, "`data` needs no import").help("remove the import");
            if let Some(uses) = uses {
                report.fix("remove the import", Applicability::Safe, uses.into_iter().chain([(removal, String::new())]));
            }
        }
    }
}
