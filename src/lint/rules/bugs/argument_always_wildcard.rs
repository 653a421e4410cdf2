use rustc_hash::FxHashMap;

use crate::lint::rules::opa_view::{self, OpaRule};
use crate::lint::rules::prelude::*;
use crate::model::rego::{Annotation, AnnotationScope, annotations};
use crate::syntax::rego::ast::Expr;

declare_rule! {
    ArgumentAlwaysWildcard {
        id: "argument-always-wildcard",
        group: "bugs",
        summary: "an argument that no definition of the function uses",
        why: "Callers have to pass something, and think that it matters.",
        bad: rego("package play\n\nis_admin(user, _) if user.role == \"admin\"\n"),
        good: rego("package play\n\nis_admin(user) if user.role == \"admin\"\n"),
        severity: Severity::Error,
        recommended: true,
        regal: Some(Severity::Error),
        options: &[OptionMeta {
            name: "except-function-name-pattern",
            kind: OptionKind::Regex,
            default: OptionValue::String(std::borrow::Cow::Borrowed("^mock_")),
            doc: "Functions whose names match are not reported.",
        }],
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/argument-always-wildcard",
        peers: &["regal bugs/argument-always-wildcard"],
    }
}

impl Rule for ArgumentAlwaysWildcard {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let module = cx.module();
        let mut groups: Vec<(String, Vec<OpaRule<'_, 't>>)> = Vec::new();
        let mut by_name: FxHashMap<String, usize> = FxHashMap::default();
        for rule in opa_view::rules(module).filter(OpaRule::is_function) {
            let name = opa_view::full_name(rule.def);
            let at = *by_name.entry(name.clone()).or_insert_with(|| {
                groups.push((name, Vec::new()));
                groups.len() - 1
            });
            groups[at].1.push(rule);
        }
        let except = cx.regex("except-function-name-pattern");
        for (name, definitions) in groups {
            if except.is_some_and(|except| except.is_match(&name)) {
                continue;
            }
            let args: Vec<Vec<Expr<'t>>> = definitions.iter().map(arguments).collect();
            let arity = args.iter().map(Vec::len).min().unwrap_or(0);
            let unused: Vec<usize> = (0..arity).filter(|position| args.iter().all(|args| is_wildcard(args[*position]))).collect();
            if unused.is_empty() {
                continue;
            }
            let shown = if cx.is_regal() { smallest(cx, &definitions) } else { 0 };
            for position in unused {
                let at = if definitions[shown].is_chained { definitions[shown].head } else { args[shown][position].span() };
                cx.report(at, format!("no definition of `{name}` uses this argument")).help("remove the argument");
            }
        }
    }
}

fn arguments<'t>(rule: &OpaRule<'_, 't>) -> Vec<Expr<'t>> {
    rule.def.head.args().into_iter().flat_map(|args| args.exprs()).collect()
}

fn is_wildcard(expr: Expr<'_>) -> bool {
    matches!(expr, Expr::Var(var) if var.name() == "_")
}

/// The definition at which Regal reports: the smallest one in the order of Rego's objects. Annotations come before bodies, bodies
/// before defaults, and places are compared as text.
fn smallest(cx: &FileCx<'_>, definitions: &[OpaRule<'_, '_>]) -> usize {
    let key = |rule: &OpaRule<'_, '_>| {
        let place = |span: Span| {
            let (start, end) = (cx.file().line_column(span.start), cx.file().line_column(span.end));
            format!("{}:{}:{}:{}", start.line, start.column, end.line, end.column)
        };
        let mut key: Vec<(&str, String)> = Vec::new();
        if let Some(annotation) = annotations(cx.parse()).find(|annotation| is_about(cx, *annotation, rule)) {
            if let Some(description) = annotation.description().filter(|text| !text.is_empty()) {
                key.push(("annotations description", description.to_owned()));
            }
            if annotation.is_entrypoint() {
                key.push(("annotations entrypoint", String::new()));
            }
            key.push(("annotations location", place(annotation.block().span)));
        }
        match rule.body.and_then(|body| body.literals().next()) {
            Some(first) if !rule.def.is_default => key.push(("body", place(first.span()))),
            _ if rule.def.is_default => key.push(("default", place(rule.head))),
            _ => key.push(("head", arguments(rule).first().map_or_else(String::new, |first| place(first.span())))),
        }
        key
    };
    (0..definitions.len()).min_by_key(|at| key(&definitions[*at])).unwrap_or(0)
}

/// Whether OPA gives the annotation to the definition.
fn is_about(cx: &FileCx<'_>, annotation: Annotation<'_>, rule: &OpaRule<'_, '_>) -> bool {
    let target = annotation.target().and_then(|id| cx.parse().tree.node(id)).and_then(|node| cx.module().rule_at(node.span().start));
    target.is_some_and(|target| match annotation.scope() {
        AnnotationScope::Document => target.path.same_names(&rule.def.path),
        AnnotationScope::Rule => target.rule == rule.def.rule && !rule.is_chained,
        _ => false,
    })
}
