use crate::lint::rules::prelude::*;

declare_rule! {
    DisallowRegoV1 {
        id: "disallow-rego-v1",
        group: "custom",
        summary: "an import of `rego.v1`",
        why: "In v1 the import changes nothing. A repository that has left v0 behind can do without it.",
        bad: rego("package play\n\nimport rego.v1\n\nallow if input.user.admin\n"),
        good: rego("package play\n\nallow if input.user.admin\n"),
        source: "https://www.openpolicyagent.org/projects/regal/rules/custom/disallow-rego-v1",
        peers: &["regal custom/disallow-rego-v1"],
    }
}

impl Rule for DisallowRegoV1 {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let module = cx.module();
        let Some(package) = module.package_clause else { return };
        let found = module.imports.iter().find(|import| import.path.len() == 2 && import.path.dotted() == "rego.v1");
        if let Some(import) = found {
            // Regal points at the package clause
            let at = if cx.is_regal() { package.span() } else { import.import.span() };
            cx.report(at, "the module imports `rego.v1`").help("remove the import once nothing reads the module as v0");
        }
    }
}
