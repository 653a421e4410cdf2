use rustc_hash::{FxHashMap, FxHashSet};

use crate::lint::context::WorkspaceCx;
use crate::lint::rules::opa_view::{self, OpaRule};
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::is_hidden_from_regal;
use crate::model::rego::{FactKinds, ImportKind, NegationFact, RuleFact, RuleKind};
use crate::syntax::rego::ast::{Expr, Literal, Var};
use crate::text::{Location, SourceId};

declare_rule! {
    ImpossibleNot {
        id: "impossible-not",
        group: "bugs",
        summary: "`not` before a rule that is always defined",
        why: "A rule with `contains` is an empty set where nothing is in it, and an empty set is not undefined: `not deny` never holds.",
        bad: rego("package play\n\nallow if not deny\n\ndeny contains \"too young\" if input.age < 12\n"),
        good: rego("package play\n\nallow if count(deny) == 0\n\ndeny contains \"too young\" if input.age < 12\n"),
        severity: Severity::Error,
        recommended: true,
        regal: Some(Severity::Error),
        fix: FixKind::Unsafe,
        fix_safety: "Counts the members: what could never hold then holds where there are none.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/impossible-not",
        peers: &["regal bugs/impossible-not"],
    }
}

impl Rule for ImpossibleNot {
    fn facts(&self) -> Option<FactKinds> {
        Some(FactKinds { negations: true, ..FactKinds::default() })
    }

    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        // where the keyword is imported, Regal sees no negation
        if cx.is_regal() && !cx.parse().keywords.not && memchr::memmem::find(cx.text().as_bytes(), b"not").is_some() {
            in_file(cx);
        }
    }

    fn workspace(&self, cx: &mut WorkspaceCx<'_>) {
        let workspace = cx.workspace();
        let modules = workspace.modules();
        if modules.iter().all(|module| module.negations.is_empty()) {
            return;
        }
        let mut rules: FxHashMap<&str, Vec<(SourceId, &RuleFact)>> = FxHashMap::default();
        for module in modules {
            let partial = module.rules.iter().filter(|rule| matches!(rule.kind, RuleKind::PartialSet | RuleKind::PartialObject));
            for rule in partial {
                rules.entry(rule.path.as_str()).or_default().push((module.source, rule));
            }
        }
        for module in modules {
            let regal = cx.is_regal(module.source);
            if regal && module.has_not_bodies {
                continue;
            }
            for negation in &module.negations {
                let Some(found) = rules.get(negation.path.as_str()) else { continue };
                // what lies in one file Regal finds there
                let is_found = |(source, rule): &&(SourceId, &RuleFact)| {
                    !regal || (rule.kind == RuleKind::PartialSet && rule.is_constant && *source != module.source)
                };
                if found.iter().any(|found| is_found(&found)) && (regal || !negation.replaces_data) {
                    report(cx, module.source, negation);
                }
            }
        }
    }
}

fn report(cx: &mut WorkspaceCx<'_>, source: SourceId, negation: &NegationFact) {
    let text = cx.sources().get(source).slice(negation.span).to_owned();
    let at = Location { source, span: negation.span };
    if let Some(report) = cx.report(at, format!("`not {text}` never holds: the rule is always defined")) {
        let edits =
            [(Span::new(negation.start, negation.span.start), "count(".to_owned()), (Span::at(negation.span.end), ") == 0".to_owned())];
        report.help("count its members").fix("count the members", Applicability::Unsafe, edits);
    }
}

/// What Regal finds in one file.
fn in_file(cx: &mut FileCx<'_>) {
    let module = cx.module();
    let package = module.package.dotted();
    let path = |name: &str| if package.is_empty() { format!("data.{name}") } else { format!("data.{package}.{name}") };
    let sets: FxHashSet<String> =
        module.rules.iter().filter(|def| def.kind == RuleKind::PartialSet && def.is_constant).map(|def| path(&def.path.dotted())).collect();
    if sets.is_empty() {
        return;
    }
    let mut found = Vec::new();
    for (at, rule) in opa_view::rules(module).enumerate().filter(|(_, rule)| !rule.is_chained) {
        let mut locals: Option<Vec<(Span, &str)>> = None;
        for node in rule.def.rule.node().descendants().filter(|node| node.kind() == Kind::Literal) {
            let Some((expr, first, rest)) = negated(node) else { continue };
            let name = match module.imports.iter().find(|import| import.identifier() == Some(first.name())) {
                _ if first.name() == "data" => join("data", &rest),
                Some(import) if matches!(import.kind, ImportKind::Data | ImportKind::Input) && import.path.len() > 1 => {
                    join(&import.path.dotted(), &rest)
                }
                _ => path(&join(first.name(), &rest)),
            };
            if !sets.contains(&name) || is_hidden_from_regal(node) {
                continue;
            }
            let locals = locals.get_or_insert_with(|| variables(cx, at));
            if !is_local(cx, &rule, locals, node, first) {
                found.push((opa_view::regal_places(expr.node()), expr.text().to_owned()));
            }
        }
    }
    for (places, text) in found {
        for at in places {
            cx.report(at, format!("`not {text}` never holds: the rule is always defined")).help("count its members");
        }
    }
}

/// The variable or reference that a statement negates, its first name, and its other names, which are all constant.
fn negated<'t>(node: Node<'t>) -> Option<(Expr<'t>, Var<'t>, Vec<String>)> {
    let literal = Literal::cast(node)?;
    literal.not_token()?;
    let expr = literal.expr()?.inner();
    match expr {
        Expr::Var(var) => Some((expr, var, Vec::new())),
        Expr::Ref(reference) => {
            let Expr::Var(first) = reference.operand()? else { return None };
            let rest: Option<Vec<String>> = reference.parts().map(|part| opa_view::constant(part).map(|name| name.into_owned())).collect();
            Some((expr, first, rest?))
        }
        _ => None,
    }
}

fn join(first: &str, rest: &[String]) -> String {
    rest.iter().fold(first.to_owned(), |path, name| format!("{path}.{name}"))
}

/// The variables that Regal finds in a rule, and their places.
/// The variables that Regal finds in a rule, and their places.
fn variables<'t>(cx: &FileCx<'t>, rule: usize) -> Vec<(Span, &'t str)> {
    let view = cx.regal_view();
    view.vars(rule).iter().filter_map(|var| Some((view.place(var.id)?, view.name(var.name)))).collect()
}

/// Whether Regal takes the name for an argument, or for a variable that stands before it. What lies in a head's value sees all variables.
fn is_local(cx: &FileCx<'_>, rule: &OpaRule<'_, '_>, locals: &[(Span, &str)], node: Node<'_>, name: Var<'_>) -> bool {
    let at = cx.file().line_column(node.span().start);
    let in_value = rule.def.head.value().is_some_and(|value| value.span().covers(node.span()));
    locals.iter().any(|(span, local)| {
        let place = cx.file().line_column(span.start);
        let before = place.line < at.line || (place.line == at.line && place.column < at.column);
        *local == name.name() && (before || in_value)
    })
}
