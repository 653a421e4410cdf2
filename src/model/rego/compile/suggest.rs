//! Names that may have been meant.

use super::functions::Functions;
use super::hir::{Expr, Rule, Term, TermKind, Var, Vars};
use super::visit::Walk;
use crate::model::rego::builtins;
use crate::text::Span;

/// Longer names are not compared.
const MAX_LENGTH: usize = 60;

/// The candidate that differs least from `wanted`, if it differs little: at most a third of the letters.
fn nearest<'c>(wanted: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<String> {
    let length = wanted.chars().count();
    if !(2..=MAX_LENGTH).contains(&length) {
        return None;
    }
    let most = (length / 3).clamp(1, 3);
    let near = candidates.into_iter().filter(|candidate| *candidate != wanted && candidate.len().abs_diff(wanted.len()) <= most);
    let near = near.map(|candidate| (strsim::damerau_levenshtein(wanted, candidate), candidate));
    near.filter(|(distance, _)| *distance <= most).min().map(|(_, candidate)| candidate.to_owned())
}

/// What to do about a function that is not known, and whether a similar one is.
pub(super) fn function(name: &str, functions: &Functions<'_>) -> (String, bool) {
    if let Some(path) = name.strip_prefix("data.") {
        let (package, last) = path.rsplit_once('.').unwrap_or(("", path));
        let known = functions.world.functions_in(functions.module, package);
        if functions.may_compare(known.len())
            && let Some(near) = nearest(last, known.iter().map(String::as_str))
        {
            return (format!("did you mean `{near}`?"), true);
        }
        return (format!("define it, or add the file that does to what is checked: no rule has the path `{name}`"), false);
    }
    let unknown = "define it, import it, or name the capabilities of the engine if it is a builtin of its own";
    if !functions.may_compare(1) {
        return (unknown.to_owned(), false);
    }
    let own = functions.names();
    if functions.may_compare(own.len())
        && let Some(near) = nearest(name, own)
    {
        return (format!("did you mean `{near}`?"), true);
    }
    // about as many builtins have a name of similar length
    if functions.may_compare(30)
        && let Some(builtin) = functions.world.similar_builtin(name, || similar_builtin(name))
    {
        return (format!("did you mean `{builtin}`?"), true);
    }
    let first = name.split('.').next().unwrap_or(name);
    if name.contains('.')
        && functions.may_compare(functions.world.packages())
        && let Some(package) = functions.world.package_called(functions.module, first)
    {
        return (format!("import the package: `import data.{package}`"), true);
    }
    (unknown.to_owned(), false)
}

/// The builtin with a similar name, or with the same words in it: `strings.starts_with`, `starts_with`.
fn similar_builtin(name: &str) -> Option<&'static str> {
    let names = || builtins().iter().map(|builtin| builtin.name);
    if let Some(near) = nearest(name, names().filter(|name| !name.starts_with("internal."))) {
        return names().find(|name| *name == near);
    }
    let plain: String = name.rsplit('.').next().unwrap_or(name).chars().filter(|c| *c != '_').collect();
    names().find(|builtin| builtin.rsplit('.').next().is_some_and(|last| last.replace('_', "") == plain))
}

/// What to do about a variable that nothing binds.
pub(super) fn variable(var: Var, rule: &Rule, functions: &Functions<'_>, vars: &Vars) -> String {
    let name = vars.name(var);
    let otherwise = || format!("bind it with `{name} := …` or `some {name} in …`, or write `input.{name}` if it is a part of the input");
    if !functions.may_compare(functions.world.packages()) {
        return otherwise();
    }
    let own = functions.names();
    if let Some(package) = functions.world.package_called(functions.module, name).filter(|_| !own.contains(&name)) {
        return format!("import the package: `import data.{package}`");
    }
    let mut candidates: Vec<&str> = Vec::new();
    rule.walk(&mut |term| {
        if let TermKind::Var(other) = term.kind
            && other != var
            && !vars.is_anonymous(other)
        {
            candidates.push(vars.name(other));
        }
        true
    });
    candidates.extend(own);
    candidates.extend(["input", "data"]);
    if functions.may_compare(candidates.len())
        && let Some(near) = nearest(name, candidates)
    {
        return format!("did you mean `{near}`?");
    }
    otherwise()
}

/// Where a statement first mentions a variable.
pub(super) fn place_in(expr: &Expr, var: Var) -> Option<Span> {
    first(expr, var)
}

/// Where a head or body first mentions a variable.
pub(super) fn place_in_head(rule: &Rule, var: Var) -> Option<Span> {
    let parts = rule.reference[1..].iter().chain(&rule.key).chain(&rule.value).chain(&rule.args);
    let found = parts.filter_map(|term| first(term, var));
    found.min_by_key(|span| span.start)
}

fn first(x: &dyn Walk, var: Var) -> Option<Span> {
    let mut found: Option<Span> = None;
    x.walk(&mut |term: &Term| {
        if term.as_var() == Some(var) && found.is_none_or(|known| term.at.span.start < known.start) {
            found = Some(term.at.span);
        }
        true
    });
    found
}
