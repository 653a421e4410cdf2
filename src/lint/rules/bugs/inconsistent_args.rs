use rustc_hash::FxHashMap;

use crate::lint::rules::opa_view::{self, OpaRule};
use crate::lint::rules::prelude::*;
use crate::syntax::rego::ast::Expr;

declare_rule! {
    InconsistentArgs {
        id: "inconsistent-args",
        group: "bugs",
        summary: "one argument with several names",
        why: "The definitions of a function are read together. When their arguments change names or places, they are easily confused.",
        bad: rego("package play\n\nmay(user, action) if user.admin\n\nmay(action, user) if action == \"read\"\n"),
        good: rego("package play\n\nmay(user, _) if user.admin\n\nmay(user, action) if {\n\tuser.active\n\taction == \"read\"\n}\n"),
        severity: Severity::Error,
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/inconsistent-args",
        peers: &["regal bugs/inconsistent-args"],
    }
}

impl Rule for InconsistentArgs {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let mut groups: Vec<(String, Vec<Definition<'t>>)> = Vec::new();
        let mut by_name: FxHashMap<String, usize> = FxHashMap::default();
        for rule in opa_view::rules(cx.module()).filter(OpaRule::is_function) {
            let args: Vec<Expr<'t>> = rule.def.head.args().into_iter().flat_map(|args| args.exprs()).collect();
            let repeated = rule.is_chained.then_some(rule.head);
            let name = opa_view::full_name(rule.def);
            let at = *by_name.entry(name.clone()).or_insert_with(|| {
                groups.push((name, Vec::new()));
                groups.len() - 1
            });
            groups[at].1.push(Definition { args, repeated });
        }
        for (name, definitions) in groups {
            let Some(second) = definitions.get(1) else { continue };
            // different numbers of arguments are a compile error
            if definitions.iter().any(|definition| definition.args.len() != second.args.len()) {
                continue;
            }
            let inconsistent = (0..second.args.len()).any(|position| {
                let mut named = definitions.iter().filter_map(|definition| variable(definition.args[position]));
                named.next().is_some_and(|first| named.any(|other| other != first))
            });
            if let (true, Some(first), Some(last)) = (inconsistent, second.args.first(), second.args.last()) {
                let at = second.repeated.unwrap_or_else(|| first.span().cover(last.span()));
                cx.report(at, format!("the arguments of `{name}` change names")).help("give each argument one name, or `_`");
            }
        }
    }
}

fn variable<'t>(expr: Expr<'t>) -> Option<&'t str> {
    match expr {
        Expr::Var(var) if var.name() != "_" => Some(var.name()),
        _ => None,
    }
}

/// The arguments of a definition.
struct Definition<'t> {
    args: Vec<Expr<'t>>,
    /// Where a further body repeats them.
    repeated: Option<Span>,
}
