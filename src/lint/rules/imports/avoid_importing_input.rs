use crate::lint::rules::edits::replace_import;
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::{has_comment, import_removal};
use crate::syntax::rego::ast::Expr;

declare_rule! {
    AvoidImportingInput {
        id: "avoid-importing-input",
        group: "imports",
        summary: "an import of a part of `input`",
        why: "`input.user` says where the value comes from: from outside, and not to be trusted. After `import input.user` a bare `user` looks like a rule. An alias for all of `input` is fine.",
        bad: rego("package play\n\nimport input.user\n\nallow if user.admin\n"),
        good: rego("package play\n\nallow if input.user.admin\n"),
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/imports/avoid-importing-input",
        fix: FixKind::Safe,
        fix_safety: "Writes the whole path wherever the import is used, and removes the import.",
        peers: &["regal imports/avoid-importing-input"],
    }
}

impl Rule for AvoidImportingInput {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        for (index, import) in cx.module().imports.iter().enumerate().filter(|(_, import)| import.path.first() == Some("input")) {
            let aliased = import.path.len() == 1 && import.alias.is_some();
            if let Some((_, at)) = import.path.parts.first().filter(|_| !aliased) {
                let instead = import.import.path().map_or("input", Expr::text);
                let edits = (!has_comment(cx, import.import.span())).then(|| replace_import(cx, index, instead, "input")).flatten();
                let removal = import_removal(cx, import.import.span());
                let report = cx.report(*at, format!("`{}` is imported", import.path.dotted())).help("name it in full where it is used");
                if let Some(edits) = edits {
                    report.fix("name it in full", Applicability::Safe, edits.into_iter().chain([(removal, String::new())]));
                }
            }
        }
    }
}
