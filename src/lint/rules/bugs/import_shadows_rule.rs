use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;

declare_rule! {
    ImportShadowsRule {
        id: "import-shadows-rule",
        group: "bugs",
        summary: "a rule that an import hides",
        why: "Inside of the module the name stands for the import, and the rule can only be reached from outside.",
        bad: rego("package play\n\nimport data.users\n\nusers := {\"alice\"}\n\nallow if input.user in users\n"),
        good: rego("package play\n\nimport data.users\n\nadmins := {\"alice\"}\n\nallow if input.user in admins | users\n"),
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/import-shadows-rule",
        peers: &["regal bugs/import-shadows-rule"],
    }
}

impl Rule for ImportShadowsRule {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let module = cx.module();
        for rule in opa_view::rules(module) {
            let plain = rule.def.path.len() == 1 && rule.def.is_constant;
            let Some(import) = module.imports.iter().find(|import| import.path.len() > 1 && import.name() == Some(rule.def.name)) else {
                continue;
            };
            if plain {
                cx.report(rule.head, format!("the import of `{}` hides the rule", import.path.dotted()))
                    .label(import.import.span(), "imported here")
                    .help("give one of them another name");
            }
        }
    }
}
