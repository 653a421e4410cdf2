use rustc_hash::FxHashMap;

use crate::lint::rules::edits::{Edits, replace_import};
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::{has_comment, import_removal};

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
        fix: FixKind::Safe,
        fix_safety: "Uses the name without an alias, else the first one, in place of the others, and removes their imports.",
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
        for (index, import) in imports.iter().enumerate().filter(|(_, import)| import.alias.is_some()) {
            let path = import.path.dotted();
            let at = import.import.span();
            if let Some(other) = by_path.get(&path).and_then(|spans| spans.iter().find(|span| **span != at)) {
                let other = *other;
                let edits = edits(cx, index);
                let report = cx
                    .report(at, format!("`{path}` is imported under another name too"))
                    .label(other, "imported here")
                    .help("import it once");
                if let Some(edits) = edits {
                    report.fix("use one name", Applicability::Safe, edits);
                }
            }
        }
    }
}

/// Uses the name that stays in place of the import's; `None` for the import that stays.
fn edits(cx: &FileCx<'_>, index: usize) -> Option<Edits> {
    let imports = &cx.module().imports;
    if !cx.spend(imports.len()) {
        return None;
    }
    let import = &imports[index];
    let mut same = imports.iter().enumerate().filter(|(_, other)| other.path.same_names(&import.path) && other.kind == import.kind);
    let first = same.clone().next()?.0;
    let stays = same.find(|(_, other)| other.alias.is_none()).map_or(first, |(at, _)| at);
    let name = imports[stays].name()?;
    // of two imports with one name, the last one counts
    let is_known = cx.module().import_index(name) == Some(stays);
    if stays == index || !is_known || has_comment(cx, import.import.span()) {
        return None;
    }
    let mut edits = replace_import(cx, index, name, name)?;
    edits.push((import_removal(cx, import.import.span()), String::new()));
    Some(edits)
}
