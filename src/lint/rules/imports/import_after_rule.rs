use crate::lint::rules::edits::{Block, Edits, line_break, tidy_end};
use crate::lint::rules::prelude::*;
use crate::model::rego::{ImportDecl, ImportKind};

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
        fix: FixKind::Safe,
        fix_safety: "Moves imports of `data` and `input`, with the comments directly above them, behind the other imports or the package clause. Imports of keywords are left to the author.",
        peers: &["regal imports/import-after-rule"],
    }
}

impl Rule for ImportAfterRule {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let module = cx.module();
        let Some(first) = module.rules.first() else { return };
        let file = cx.file();
        let line = file.line(first.rule.span().start);
        let late: Vec<_> = module.imports.iter().filter(|import| file.line(import.import.span().start) > line).collect();
        if late.is_empty() {
            return;
        }
        let edits = edits(cx, first.rule.span().start, &late);
        for import in late {
            let report = cx.report(import.import.span(), "the import stands below a rule").help("move it to the top of the module");
            if let Some(edits) = edits.clone() {
                // all at once, so that they keep their order
                report.fix("move the imports to the top", Applicability::Safe, edits);
            }
        }
    }
}

fn edits(cx: &FileCx<'_>, first_rule: u32, late: &[&ImportDecl<'_>]) -> Option<Edits> {
    let module = cx.module();
    let top = module.imports.iter().rfind(|import| import.import.span().start < first_rule);
    let after = match top {
        Some(import) => import.import.span(),
        None => module.package_clause?.span(),
    };
    let end = Block::of(cx, after)?.lines.end;
    let line_break = line_break(cx);
    let mut moved = String::from(if top.is_none() { line_break } else { "" });
    let mut edits = Vec::new();
    for import in late {
        if !matches!(import.kind, ImportKind::Data | ImportKind::Input) {
            return None;
        }
        let block = Block::of(cx, import.import.span()).filter(|block| !block.has_metadata(cx))?;
        moved.push_str(line_break);
        moved.push_str(block.text(cx));
        edits.push((block.removal(cx), String::new()));
    }
    // one that is at the end takes the blank lines above it along
    edits.dedup_by(|next, last| {
        let overlaps = next.0.start <= last.0.end;
        if overlaps {
            last.0.end = last.0.end.max(next.0.end);
        }
        overlaps
    });
    if let Some((last, _)) = edits.last_mut() {
        *last = tidy_end(cx, *last);
    }
    edits.push((Span::at(end), moved));
    Some(edits)
}
