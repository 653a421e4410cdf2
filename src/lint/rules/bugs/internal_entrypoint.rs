use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::model::rego::{AnnotationScope, RuleDef, annotations};
use crate::syntax::rego::ast::{Expr, RefPart};

declare_rule! {
    InternalEntrypoint {
        id: "internal-entrypoint",
        group: "bugs",
        summary: "an entrypoint whose name says that it is internal",
        why: "A leading underscore says that nothing outside of the package may rely on a rule, and `entrypoint: true` says that callers do.",
        bad: rego("package play\n\n# METADATA\n# entrypoint: true\n_allow if input.user.admin\n"),
        good: rego("package play\n\n# METADATA\n# entrypoint: true\nallow if input.user.admin\n"),
        severity: Severity::Error,
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/internal-entrypoint",
        peers: &["regal bugs/internal-entrypoint"],
    }
}

impl Rule for InternalEntrypoint {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if cx.parse().metadata.is_empty() {
            return;
        }
        let module = cx.module();
        let entrypoints: Vec<&RuleDef<'t>> = annotations(cx.parse())
            .filter(|annotation| annotation.is_entrypoint() && annotation.scope() == AnnotationScope::Document)
            .filter_map(|annotation| module.rule_at(cx.parse().tree.node(annotation.target()?)?.span().start))
            .collect();
        if entrypoints.is_empty() {
            return;
        }
        for rule in opa_view::rules(module).filter(|rule| !rule.is_function()) {
            // a document's annotation is about all definitions of it
            if !entrypoints.iter().any(|def| def.path.same_names(&rule.def.path)) {
                continue;
            }
            for (name, at) in internal_names(rule.def) {
                let at = if rule.is_chained { rule.head } else { at };
                cx.report(at, format!("the entrypoint `{name}` is internal by its name")).help("drop the underscore, or the annotation");
            }
        }
    }
}

/// The parts of a rule's name that start with an underscore.
fn internal_names<'t>(def: &RuleDef<'t>) -> Vec<(String, Span)> {
    let mut names = Vec::new();
    match def.head.name() {
        Some(Expr::Var(var)) => names.push((var.name().to_owned(), var.span())),
        Some(Expr::Ref(reference)) => {
            if let Some(Expr::Var(var)) = reference.operand() {
                names.push((var.name().to_owned(), var.span()));
            }
            for part in reference.parts().filter(|part| def.bracket_member != Some(*part)) {
                let at = match part {
                    RefPart::Dot(dot) => dot.name().map(|name| name.span()),
                    RefPart::Bracket(bracket) => bracket.expr().map(Expr::span),
                };
                if let (Some(name), Some(at)) = (opa_view::constant(part), at) {
                    names.push((name.into_owned(), at));
                }
            }
        }
        _ => {}
    }
    names.retain(|(name, _)| name.starts_with('_'));
    names
}
