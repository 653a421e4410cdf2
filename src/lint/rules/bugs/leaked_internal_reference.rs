use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::model::rego::{ImportKind, Root};
use crate::syntax::rego::ast::{Expr, Ref};

declare_rule! {
    LeakedInternalReference {
        id: "leaked-internal-reference",
        group: "bugs",
        summary: "a reference to what another package keeps internal",
        why: "A leading underscore says that a rule may change at any time: nothing outside of its package should rely on it.",
        bad: rego("package play\n\nallow if data.users._admins[input.user]\n"),
        good: rego("package play\n\nallow if data.users.admins[input.user]\n"),
        severity: Severity::Error,
        recommended: true,
        regal: Some(Severity::Error),
        options: &[OptionMeta {
            name: "include-test-files",
            kind: OptionKind::Bool,
            default: OptionValue::Bool(false),
            doc: "Judge `test.rego` and `*_test.rego` too.",
        }],
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/leaked-internal-reference",
        peers: &["regal bugs/leaked-internal-reference"],
    }
}

impl Rule for LeakedInternalReference {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Ref]
    }

    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if is_skipped(cx) {
            return;
        }
        for import in &cx.module().imports {
            let leaked = import.path.parts.iter().skip(1).find(|(name, _)| name.starts_with('_'));
            let own =
                !cx.is_regal() && (import.kind != ImportKind::Data || is_own(cx, import.path.parts[1..].iter().map(|(name, _)| &**name)));
            if let (Some((name, _)), Some(path), false) = (leaked, import.import.path(), own) {
                cx.report(path.span(), format!("`{name}` is internal to its package")).help("import what the package offers to others");
            }
        }
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(reference) = Ref::cast(node) else { return };
        // most references have no such part
        if memchr::memmem::find(node.text().as_bytes(), b"_").is_none() {
            return;
        }
        let leaked = reference.parts().filter_map(opa_view::constant).find(|name| name.starts_with('_'));
        let Some(name) = leaked.filter(|_| !is_name_of_rule(node) && !is_outside_of_rules(node) && !is_skipped(cx)) else { return };
        if cx.is_regal() {
            // a reference has the place of its first part
            let Some(first) = reference.operand() else { return };
            for at in opa_view::regal_places(first.node()) {
                cx.report(at, format!("`{name}` is internal to its package")).help("use what the package offers to others");
            }
            return;
        }
        let Some(resolved) = cx.module().resolve(cx.scopes(), Expr::Ref(reference)) else { return };
        let internal = resolved.path.iter().position(|name| name.starts_with('_'));
        // what an import leaks is said there
        let written = internal.is_some_and(|at| at + reference.parts().count() >= resolved.path.len());
        if resolved.root == Root::Data && written && !is_own(cx, resolved.path[1..].iter().map(AsRef::as_ref)) {
            cx.report(node.span(), format!("`{name}` is internal to its package")).help("use what the package offers to others");
        }
    }
}

/// Whether a path below `data` lies in the module's own package.
fn is_own<'n>(cx: &FileCx<'_>, mut path: impl Iterator<Item = &'n str>) -> bool {
    cx.module().package.parts.iter().all(|(name, _)| path.next() == Some(name.as_ref()))
}

fn is_skipped(cx: &FileCx<'_>) -> bool {
    let path = cx.file().path.as_str();
    (path == "test.rego" || path.ends_with("_test.rego")) && !cx.flag("include-test-files")
}

fn is_name_of_rule(node: Node<'_>) -> bool {
    node.parent().and_then(crate::syntax::rego::ast::Head::cast).and_then(|head| head.name()).is_some_and(|name| name.node() == node)
}

/// Packages and imports are no references.
fn is_outside_of_rules(node: Node<'_>) -> bool {
    node.parent().is_some_and(|parent| matches!(parent.kind(), Kind::Package | Kind::Import))
}
