use crate::lint::rules::prelude::*;
use crate::model::rego::is_builtin_namespace;

declare_rule! {
    ImportShadowsBuiltin {
        id: "import-shadows-builtin",
        group: "imports",
        summary: "an import named like built-in functions",
        why: "After `import data.http`, `http.send` is no function any more but a document. Import it under another name.",
        bad: rego("package play\n\nimport data.http\n\nallow if http.method == \"GET\"\n"),
        good: rego("package play\n\nimport data.http as http_settings\n\nallow if http_settings.method == \"GET\"\n"),
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/imports/import-shadows-builtin",
        peers: &["regal imports/import-shadows-builtin"],
    }
}

impl Rule for ImportShadowsBuiltin {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        for import in &cx.module().imports {
            if let Some(name) = import.name().filter(|name| is_builtin_namespace(name)) {
                cx.report(import.import.span(), format!("the import hides the built-in `{name}`")).help("give it an alias");
            }
        }
    }
}
