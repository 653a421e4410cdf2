use rustc_hash::FxHashMap;

use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::model::rego::RuleKind;
use crate::syntax::rego::ast::Expr;

declare_rule! {
    ArgumentAlwaysWildcard {
        id: "argument-always-wildcard",
        group: "bugs",
        summary: "an argument that no definition of the function uses",
        why: "Callers have to pass something, and think that it matters.",
        bad: rego("package play\n\nis_admin(user, _) if user.role == \"admin\"\n"),
        good: rego("package play\n\nis_admin(user) if user.role == \"admin\"\n"),
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
        let mut groups: Vec<(String, Vec<Vec<Expr<'t>>>)> = Vec::new();
        let mut by_name: FxHashMap<String, usize> = FxHashMap::default();
        for rule in module.rules.iter().filter(|rule| rule.kind == RuleKind::Function) {
            let args: Vec<Expr<'t>> = rule.head.args().into_iter().flat_map(|args| args.exprs()).collect();
            let name = opa_view::full_name(rule);
            let at = *by_name.entry(name.clone()).or_insert_with(|| {
                groups.push((name, Vec::new()));
                groups.len() - 1
            });
            groups[at].1.push(args);
        }
        let except = cx.regex("except-function-name-pattern");
        for (name, definitions) in groups {
            if except.is_some_and(|except| except.is_match(&name)) {
                continue;
            }
            let arity = definitions.iter().map(Vec::len).min().unwrap_or(0);
            for position in 0..arity {
                if definitions.iter().all(|args| is_wildcard(args[position])) {
                    cx.report(definitions[0][position].span(), format!("no definition of `{name}` uses this argument"))
                        .help("remove the argument");
                }
            }
        }
    }
}

fn is_wildcard(expr: Expr<'_>) -> bool {
    matches!(expr, Expr::Var(var) if var.name() == "_")
}
