use crate::lint::rules::prelude::*;

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
        peers: &["regal imports/avoid-importing-input"],
    }
}

impl Rule for AvoidImportingInput {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        for import in cx.module().imports.iter().filter(|import| import.path.first() == Some("input")) {
            let aliased = import.path.len() == 1 && import.alias.is_some();
            if let Some((_, at)) = import.path.parts.first().filter(|_| !aliased) {
                cx.report(*at, format!("`{}` is imported", import.path.dotted())).help("name it in full where it is used");
            }
        }
    }
}
