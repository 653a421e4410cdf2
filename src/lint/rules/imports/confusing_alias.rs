use rustc_hash::FxHashMap;

use crate::lint::rules::prelude::*;

declare_rule! {
    ConfusingAlias {
        id: "confusing-alias",
        group: "imports",
        summary: "one path imported under two names",
        why: "With two names for one thing a reader takes them for two things.",
        bad: rego("package play\n\nimport data.users\nimport data.users as people\n\nallow if users[input.user] == people.admin\n"),
        good: rego("package play\n\nimport data.users\n\nallow if users[input.user] == users.admin\n"),
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/imports/confusing-alias",
        peers: &["regal imports/confusing-alias"],
    }
}

impl Rule for ConfusingAlias {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let imports = &cx.module().imports;
        let mut by_path: FxHashMap<String, Vec<Span>> = FxHashMap::default();
        for import in imports {
            by_path.entry(import.path.dotted()).or_default().push(import.import.span());
        }
        for import in imports.iter().filter(|import| import.alias.is_some()) {
            let path = import.path.dotted();
            let at = import.import.span();
            if let Some(other) = by_path.get(&path).and_then(|spans| spans.iter().find(|span| **span != at)) {
                cx.report(at, format!("`{path}` is imported under another name too")).label(*other, "imported here").help("import it once");
            }
        }
    }
}
