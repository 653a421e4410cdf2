use crate::lint::rules::prelude::*;

declare_rule! {
    RedundantAlias {
        id: "redundant-alias",
        group: "imports",
        summary: "an import whose alias is the name that it has anyway",
        why: "`import data.users.roles as roles` says what `import data.users.roles` means already; a reader looks for a reason \
              that is not there.",
        bad: rego("package play\n\nimport data.users.roles as roles\n\nallow if \"admin\" in roles\n"),
        good: rego("package play\n\nimport data.users.roles\n\nallow if \"admin\" in roles\n"),
        recommended: true,
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Removes the alias; the imported name stays the same. Not offered where the name is a keyword, which only an \
                     alias may be.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/imports/redundant-alias",
        peers: &["regal imports/redundant-alias"],
    }
}

impl Rule for RedundantAlias {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        for import in &cx.module().imports {
            let Some(alias) = import.alias else { continue };
            let (Some(last), Some((_, first)), Some(path)) = (import.path.last(), import.path.parts.first(), import.import.path()) else {
                continue;
            };
            if last != alias.text() {
                continue;
            }
            let removed = Span::new(path.span().end, alias.span().end);
            let comment = crate::lint::rules::support::has_comment(cx, removed);
            let report = cx
                .report(*first, format!("the alias `{}` is the name that the import has anyway", alias.text()))
                .help(format!("remove `as {}`", alias.text()));
            if !comment {
                report.fix("remove the alias", Applicability::Safe, [(removed, String::new())]);
            }
        }
    }
}
