//! Test rules: names of their own, and calls that record the cases of tables.

use std::collections::{BTreeMap, HashMap};

use super::hir::{Expr, ExprKind, Module, Rule, Term, TermKind, Vars, dotted, operator};
use super::visit::{Collector, Skip, vars_of};
use crate::model::rego::value::Value;

/// The first part of a rule's constant path that names a test: how many parts lead to it, itself included.
pub(crate) fn test_part(rule: &Rule) -> Option<(usize, &str)> {
    let name = |at: usize| if at == 0 { rule.name.as_str() } else { rule.reference[at].as_value().and_then(Value::as_str) };
    (0..rule.ground_len()).find_map(|at| {
        let name = name(at)?;
        (name.starts_with("test_") || name.starts_with("todo_test_")).then_some((at + 1, name))
    })
}

/// The second rule of one test's name becomes `name#01`, and so on.
pub(crate) fn rename_duplicates(modules: &mut [Module], order: &[usize]) {
    let mut counts: HashMap<(String, Vec<String>), usize> = HashMap::new();
    for module in order {
        let module = &mut modules[*module];
        let package = dotted(&module.package, &module.vars).unwrap_or_default();
        for rule in &mut module.rules {
            let Some((parts, name)) = test_part(rule).filter(|(_, name)| name.starts_with("test_")) else { continue };
            let name = name.to_owned();
            let mut path: Vec<String> = vec![rule.name.as_str().unwrap_or_default().to_owned()];
            path.extend(rule.reference[1..parts].iter().filter_map(|part| Some(part.as_value()?.as_str()?.to_owned())));
            let count = counts.entry((package.clone(), path)).or_default();
            if *count > 0 {
                let name = Value::from(format!("{name}#{count:02}"));
                match rule.reference[1..parts].last_mut() {
                    Some(last) => last.kind = TermKind::Value(name),
                    None => rule.name = name,
                }
            }
            *count += 1;
        }
    }
}

/// Records the case before what can fail: `internal.test_case([…])` as early as the head's variables are bound.
pub(crate) fn inject_cases(rule: &mut Rule, vars: &mut Vars) {
    let Some((parts, _)) = test_part(rule).filter(|(_, name)| name.starts_with("test_")) else { return };
    if rule.reference.len() <= parts || calls_test_case(&mut rule.body, vars) {
        return;
    }
    let keys: Vec<Term> = rule.reference[parts..].to_vec();
    for key in &keys {
        move_up(&mut rule.body, key, vars);
    }
    // below the last statement that is the first to mention one of the variables
    let mut below = None;
    for key in keys.iter().filter_map(Term::as_var) {
        let first = rule.body.iter().position(|expr| mentions(expr, key));
        below = below.max(first);
    }
    let at = rule.head_at;
    let call = vec![operator(at, "internal.test_case", vars), Term::new(at, TermKind::Array(keys))];
    rule.body.insert(below.map_or(0, |at| at + 1), Expr::new(at, ExprKind::Call(call)));
}

fn calls_test_case(body: &mut Vec<Expr>, vars: &Vars) -> bool {
    let mut found = false;
    super::visit::each_expr(body, &mut |expr| {
        found |= expr.as_call().and_then(|terms| dotted(terms[0].as_ref()?, vars)).as_deref() == Some("internal.test_case");
    });
    found
}

/// Statements that a stage made for the head's variable go up to where what they need is first mentioned.
fn move_up(body: &mut Vec<Expr>, key: &Term, vars: &Vars) {
    let mut index = body.len();
    while index > 0 {
        let at = index - 1;
        let expr = &body[at];
        let right = match expr.as_call() {
            Some([_, left, right]) if expr.generated && expr.is_equality() && left.kind == key.kind => right,
            _ => {
                index -= 1;
                continue;
            }
        };
        let needed: Vec<_> = vars_of(right, Skip::default()).into_iter().filter(|var| vars.is_local(*var)).collect();
        let target = if needed.is_empty() {
            0
        } else {
            let mut firsts = BTreeMap::new();
            for (position, expr) in body[..at].iter().enumerate().rev() {
                for var in needed.iter().filter(|var| mentions(expr, **var)) {
                    firsts.insert(*var, position);
                }
            }
            let highest = firsts.values().max().copied().unwrap_or(0);
            if highest < at { highest + 1 } else { at }
        };
        if target >= at {
            index -= 1;
            continue;
        }
        let expr = body.remove(at);
        body.insert(target, expr);
    }
}

fn mentions(expr: &Expr, var: super::hir::Var) -> bool {
    let mut vars = super::hir::VarSet::default();
    Collector { skip: Skip::default(), vars: &mut vars, implicit: None }.expr(expr);
    vars.contains(&var)
}

/// `test_x`, or `group.test_x`: the test's reference as OPA prints it.
pub(crate) fn display_name(path: &[Value]) -> String {
    let first = path.first().and_then(Value::as_str).unwrap_or_default();
    let rest = super::path_name(&path[1.min(path.len())..]);
    format!("{first}{}", rest.strip_prefix("data").unwrap_or(&rest))
}
