use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::has_comment;
use crate::model::rego::{ImportDecl, ImportKind, Name};
use crate::syntax::rego::ast::{Expr, Ref, RefPart, With};

declare_rule! {
    IgnoredImport {
        id: "ignored-import",
        group: "imports",
        summary: "a reference that is written out although it is imported",
        why: "An import gives a short name to a document. Where the full path is used all the same, one of the two is not needed, and a reader wonders whether they differ.",
        bad: rego("package play\n\nimport data.authz.roles\n\nallow if input.role in data.authz.roles.admins\n"),
        good: rego("package play\n\nimport data.authz.roles\n\nallow if input.role in roles.admins\n"),
        recommended: true,
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Writes the imported name in the place of the path. Not offered where the name is taken by a variable, an argument, a rule, or another import.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/imports/ignored-import",
        peers: &["regal imports/ignored-import"],
    }
}

impl Rule for IgnoredImport {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Ref]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(reference) = Ref::cast(node) else { return };
        let Some(Expr::Var(root)) = reference.operand() else { return };
        if !matches!(root.name(), "data" | "input") {
            return;
        }
        let module = cx.module();
        let candidates = module.imports.iter().filter(|import| {
            matches!(import.kind, ImportKind::Data | ImportKind::Input) && import.path.len() > 1 && import.path.first() == Some(root.name())
        });
        let is_regal = cx.is_regal();
        let Some(import) = candidates.filter(|import| covers(import, reference, is_regal)).max_by_key(|import| import.path.len()) else {
            return;
        };
        // imports and the package are references, too, and no use of anything
        if node.ancestors().all(|ancestor| ancestor.kind() != Kind::Rule) {
            return;
        }
        let head = node.parent().filter(|parent| parent.kind() == Kind::Head);
        if head.and_then(crate::syntax::rego::ast::Head::cast).and_then(|head| head.name()).is_some_and(|name| name.node() == node) {
            return;
        }
        let message = format!("`{}` is imported", import.path.dotted());
        if is_regal {
            let fix = rewritten(cx, import, reference);
            for (at, place) in opa_view::regal_places(node).into_iter().enumerate() {
                let report = cx.report(place, message.as_str()).help("use the imported name");
                if let Some(edit) = fix.clone().filter(|_| at == 0) {
                    report.fix("use the imported name", Applicability::Safe, [edit]);
                }
            }
            return;
        }
        let is_target = node.parent().and_then(With::cast).and_then(With::target).is_some_and(|target| target.node() == node);
        // a variable may be called `input`
        if is_target || !matches!(cx.scopes().name(root.node()), Some(Name::Data | Name::Input)) {
            return;
        }
        let Some(edit) = rewritten(cx, import, reference) else { return };
        cx.report(node.span(), message).label(import.import.span(), "imported here").help(format!("write `{}`", edit.1)).fix(
            "use the imported name",
            Applicability::Safe,
            [edit],
        );
    }
}

/// Whether the reference starts with the import's path. To Regal a variable in brackets is a name.
fn covers(import: &ImportDecl<'_>, reference: Ref<'_>, is_regal: bool) -> bool {
    let mut parts = reference.parts();
    import.path.parts.iter().skip(1).all(|(name, _)| match parts.next() {
        Some(RefPart::Bracket(bracket)) if is_regal && let Some(Expr::Var(var)) = bracket.expr() => var.name() == name && name != "_",
        Some(part) => opa_view::constant(part).as_deref() == Some(name),
        None => false,
    })
}

/// The edit that puts the imported name where its path is; `None` where the name means something else there.
fn rewritten<'t>(cx: &FileCx<'t>, import: &ImportDecl<'t>, reference: Ref<'t>) -> Option<(Span, String)> {
    let name = import.name()?;
    let module = cx.module();
    let is_the_one = std::ptr::eq(module.import_named(name)?, import) && !matches!(name, "data" | "input");
    let last = reference.parts().take(import.path.len() - 1).last()?;
    let is_written = !last_is_variable(last);
    let path = Span::new(reference.span().start, last.node().span().end);
    let rule = module.rules.partition_point(|rule| rule.rule.span().start <= path.start).checked_sub(1)? as u32;
    let is_free = module.rule_named(name).is_none() && !cx.scopes().bindings.iter().any(|b| b.rule == rule && b.name == name);
    let is_target = reference.node().parent().and_then(With::cast).and_then(With::target).is_some_and(|t| t.node() == reference.node());
    let is_identifier = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !name.starts_with(|c: char| c.is_ascii_digit());
    (is_the_one && is_written && is_free && !is_target && is_identifier && !has_comment(cx, path)).then(|| (path, name.to_owned()))
}

fn last_is_variable(part: RefPart<'_>) -> bool {
    matches!(part, RefPart::Bracket(bracket) if matches!(bracket.expr(), Some(Expr::Var(_))))
}
