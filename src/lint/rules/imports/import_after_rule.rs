use crate::lint::rules::prelude::*;

declare_rule! {
    ImportAfterRule {
        id: "import-after-rule",
        group: "imports",
        summary: "an import below a rule",
        why: "Imports are looked for at the top. One further down is easily missed, and the rules above it use its name all the same.",
        bad: rego("package play\n\nallow if \"admin\" in users[input.user]\n\nimport data.users\n"),
        good: rego("package play\n\nimport data.users\n\nallow if \"admin\" in users[input.user]\n"),
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/imports/import-after-rule",
        peers: &["regal imports/import-after-rule"],
    }
}

impl Rule for ImportAfterRule {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let module = cx.module();
        let Some(first) = module.rules.first() else { return };
        let file = cx.file();
        let line = file.line(first.rule.span().start);
        for import in module.imports.iter().filter(|import| file.line(import.import.span().start) > line) {
            cx.report(import.import.span(), "the import stands below a rule").help("move it to the top of the module");
        }
    }
}
