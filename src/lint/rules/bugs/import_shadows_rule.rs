use rustc_hash::FxHashMap;

use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::model::rego::ImportDecl;

declare_rule! {
    ImportShadowsRule {
        id: "import-shadows-rule",
        group: "bugs",
        summary: "a rule that an import hides",
        why: "Inside of the module the name stands for the import, and the rule can only be reached from outside.",
        bad: rego("package play\n\nimport data.users\n\nusers := {\"alice\"}\n\nallow if input.user in users\n"),
        good: rego("package play\n\nimport data.users\n\nadmins := {\"alice\"}\n\nallow if input.user in admins | users\n"),
        severity: Severity::Error,
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/import-shadows-rule",
        peers: &["regal bugs/import-shadows-rule"],
    }
}

impl Rule for ImportShadowsRule {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let module = cx.module();
        let mut names: FxHashMap<&str, &ImportDecl<'_>> = FxHashMap::default();
        for import in module.imports.iter().filter(|import| import.path.len() > 1) {
            if let Some(name) = import.name() {
                names.entry(name).or_insert(import);
            }
        }
        for rule in opa_view::rules(module).filter(|rule| rule.def.path.len() == 1 && rule.def.is_constant) {
            if let Some(import) = names.get(rule.def.name) {
                cx.report(rule.head, format!("the import of `{}` hides the rule", import.path.dotted()))
                    .label(import.import.span(), "imported here")
                    .help("give one of them another name");
            }
        }
    }
}
