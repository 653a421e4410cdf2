//! Safety: every variable must be bound before it is used; statements are moved where that takes it.

use rustc_hash::FxHashMap;

use super::functions::Functions;
use super::hir::{Body, Expr, ExprKind, Loc, Part, Rule, Term, TermKind, Var, VarSet, Vars};
use super::outputs::{self, Arities};
use super::visit::{Closure, Collector, Skip, Walk, each_closure, vars_of};
use super::{Class, CompileError, suggest};
use crate::text::Span;

/// Reorders the bodies of a rule (not of its `else` branches) and reports variables that nothing binds.
pub(crate) fn check(rule: &mut Rule, functions: &Functions<'_>, vars: &Vars, errors: &mut Vec<CompileError>) {
    let mut known: VarSet = [super::hir::INPUT, super::hir::DATA].into_iter().collect();
    Collector { skip: Skip::default(), vars: &mut known, implicit: None }.terms(&rule.args);
    let mut checker = Checker { arities: functions, unsafe_vars: Vec::new() };
    let body = checker.reorder(std::mem::take(&mut rule.body), &known);
    rule.body = body;
    let found = checker.unsafe_vars;
    report(&found, rule, functions, vars, errors);
}

/// Reports variables of a head that its body does not bind.
pub(crate) fn check_head(rule: &Rule, functions: &Functions<'_>, vars: &Vars, errors: &mut Vec<CompileError>) {
    let mut used = VarSet::default();
    Collector { skip: Skip::default(), vars: &mut used, implicit: None }.head(rule);
    if used.is_empty() {
        return;
    }
    let mut bound = VarSet::default();
    Collector { skip: Skip::SAFETY, vars: &mut bound, implicit: None }.body(&rule.body);
    Collector { skip: Skip::default(), vars: &mut bound, implicit: None }.terms(&rule.args);
    let mut missing: Vec<Var> = used.difference(&bound).copied().filter(|var| !vars.is_anonymous(*var)).collect();
    missing.sort_unstable();
    for var in missing {
        let name = vars.name(var);
        let error = unsafe_var(rule.head_at, name)
            .saying(format!("`{name}` stands in the head, and the body does not bind it"))
            .help(suggest::variable(var, rule, functions, vars))
            .unknown(name);
        errors.push(match suggest::place_in_head(rule, var) {
            Some(span) => error.within(span),
            None => error,
        });
    }
}

/// A statement's place, whether it is an assignment's left side that is meant, the variable and where it stands.
struct Unsafe {
    at: Loc,
    var: Var,
    target: bool,
    place: Option<Span>,
}

fn report(found: &[Unsafe], rule: &Rule, functions: &Functions<'_>, vars: &Vars, errors: &mut Vec<CompileError>) {
    if found.is_empty() {
        return;
    }
    let any_use = found.iter().any(|item| !vars.is_anonymous(item.var) && !item.target);
    let told = |item: &&Unsafe| !vars.is_anonymous(item.var) && (!any_use || !item.target);
    let mut named: Vec<(Loc, Var, Option<Span>)> = found.iter().filter(told).map(|item| (item.at, item.var, item.place)).collect();
    named.sort_unstable();
    named.dedup_by_key(|(at, var, _)| (*at, *var));
    if named.is_empty() {
        // only generated ones: the statements say more than their names
        let mut places: Vec<Loc> = found.iter().map(|item| item.at).collect();
        places.sort_unstable();
        places.dedup();
        let error = |at: Loc| {
            CompileError::new(Class::UnsafeVar, at, "rego_unsafe_var_error", "expression is unsafe")
                .saying("the expression uses a value that nothing binds")
                .help("bind what it depends on by an expression that is not negated")
        };
        errors.extend(places.into_iter().map(error));
    }
    for (at, var, place) in named {
        let name = vars.name(var);
        let error = unsafe_var(at, name)
            .saying(format!("nothing binds `{name}`"))
            .help(suggest::variable(var, rule, functions, vars))
            .unknown(name);
        errors.push(match place {
            Some(span) => error.within(span),
            None => error,
        });
    }
}

fn unsafe_var(at: Loc, name: &str) -> CompileError {
    CompileError::new(Class::UnsafeVar, at, "rego_unsafe_var_error", format!("var {name} is unsafe"))
}

struct Checker<'c> {
    arities: &'c dyn Arities,
    unsafe_vars: Vec<Unsafe>,
}

impl Checker<'_> {
    /// The variables that a statement needs or binds: also those of operands without braces.
    fn mentioned(&self, expr: &Expr) -> VarSet {
        let mut out = VarSet::default();
        let implicit = |body: &Body| implicit_vars(body, self.arities);
        Collector { skip: Skip::SAFETY, vars: &mut out, implicit: Some(&implicit) }.expr(expr);
        out
    }

    /// The statements in an order in which each uses only what is known or bound before; what cannot be so is recorded.
    fn reorder(&mut self, body: Body, globals: &VarSet) -> Body {
        let mentioned: Vec<VarSet> = body.iter().map(|expr| self.mentioned(expr)).collect();
        let all: VarSet = mentioned.iter().flatten().copied().collect();
        let closed: Vec<VarSet> = body.iter().map(|expr| closure_vars(expr, &all, globals)).collect();
        let mut safe: VarSet = all.intersection(globals).copied().collect();
        let mut missing: Vec<VarSet> = mentioned.iter().map(|own| own.difference(&safe).copied().collect()).collect();
        let mut order: Vec<usize> = Vec::with_capacity(body.len());
        let mut placed = vec![false; body.len()];
        // a statement is looked at again only if a variable that it mentions has been bound since
        let users = if body.len() > FEW_STATEMENTS { users(&body) } else { FxHashMap::default() };
        let mut waits = vec![false; body.len()];
        loop {
            let before = order.len();
            for index in 0..body.len() {
                if placed[index] || waits[index] {
                    continue;
                }
                waits[index] = body.len() > FEW_STATEMENTS;
                let outputs = outputs::of_expr(&body[index], self.arities, &safe);
                if !closed[index].is_empty() {
                    // a body that uses what its own statement binds waits for somebody else to bind it
                    if closed[index] == outputs {
                        continue;
                    }
                    // OPA forgets the statement's own variables here
                    missing[index].clone_from(&closed[index]);
                }
                missing[index].retain(|var| !outputs.contains(var) && !safe.contains(var));
                if missing[index].is_empty() {
                    placed[index] = true;
                    order.push(index);
                    for user in outputs.iter().filter_map(|var| users.get(var)).flatten() {
                        waits[*user] = false;
                    }
                    safe.extend(outputs);
                }
            }
            if order.len() == before {
                break;
            }
        }
        let complete = order.len() == body.len();
        for (index, vars) in missing.iter().enumerate() {
            if !placed[index] {
                let targets = if body[index].assigned {
                    body[index].as_call().map(|terms| vars_of(&terms[1], Skip::default())).unwrap_or_default()
                } else {
                    VarSet::default()
                };
                let place = |var: Var| suggest::place_in(&body[index], var);
                self.unsafe_vars.extend(vars.iter().map(|var| Unsafe {
                    at: body[index].at,
                    var: *var,
                    target: targets.contains(var),
                    place: place(*var),
                }));
            }
        }
        if !complete {
            // the closures are checked as far as they can be, in the given order
            order.extend((0..body.len()).filter(|index| !placed[*index]));
        }
        let mut slots: Vec<Option<Expr>> = body.into_iter().map(Some).collect();
        let mut out: Body = order.iter().filter_map(|index| slots[*index].take()).collect();
        let mut known = globals.clone();
        let placed = placed.iter().filter(|placed| **placed).count();
        for (position, expr) in out.iter_mut().enumerate() {
            if position < placed {
                self.closures(expr, &mut known);
                known.extend(self.mentioned(expr));
            }
        }
        out
    }

    /// Reorders the bodies inside a statement.
    fn closures(&mut self, expr: &mut Expr, known: &mut VarSet) {
        let at = expr.at;
        match &mut expr.kind {
            ExprKind::Term(term) => self.term(term, at, known),
            ExprKind::Call(terms) => terms.iter_mut().for_each(|term| self.term(term, at, known)),
            ExprKind::Every(every) => {
                known.extend(every.value.as_var());
                known.extend(every.key.as_ref().and_then(Term::as_var));
                self.nested(&mut every.body, &[], at, known);
            }
            ExprKind::Not { body, .. } => self.nested(body, &[], at, known),
            ExprKind::Logical(logical) => {
                self.nested(&mut logical.left, &[], at, known);
                self.nested(&mut logical.right, &[], at, known);
            }
            ExprKind::Some(_) | ExprKind::SomeIn(..) => {}
        }
        for with in &mut expr.withs {
            self.term(&mut with.target, at, known);
            self.term(&mut with.value, at, known);
        }
    }

    fn term(&mut self, term: &mut Term, at: Loc, known: &mut VarSet) {
        match &mut term.kind {
            TermKind::Value(_) | TermKind::Var(_) => {}
            TermKind::Ref(terms) | TermKind::Array(terms) | TermKind::Set(terms) | TermKind::Call(terms) => {
                terms.iter_mut().for_each(|term| self.term(term, at, known));
            }
            TermKind::Object(entries) => {
                for (key, value) in entries {
                    self.term(key, at, known);
                    self.term(value, at, known);
                }
            }
            TermKind::Comprehension(comprehension) => {
                let mut wanted = Vec::new();
                for term in comprehension.key.iter().chain([&comprehension.term]) {
                    term.walk(&mut |term| {
                        wanted.extend(term.as_var().map(|var| (var, term.at.span)));
                        true
                    });
                }
                self.nested(&mut comprehension.body, &wanted, at, known);
            }
            TermKind::Template(parts) => {
                for part in parts {
                    if let Part::Expr(expr) = part {
                        self.closures(expr, known);
                    }
                }
            }
        }
    }

    /// `wanted`: what a comprehension's term uses.
    fn nested(&mut self, body: &mut Body, wanted: &[(Var, Span)], at: Loc, known: &VarSet) {
        let mut have = known.clone();
        for expr in body.iter() {
            have.extend(self.mentioned(expr));
        }
        self.unsafe_vars.extend(wanted.iter().filter(|(var, _)| !have.contains(var)).map(|(var, place)| Unsafe {
            at,
            var: *var,
            target: false,
            place: Some(*place),
        }));
        let inner = std::mem::take(body);
        *body = self.reorder(inner, known);
    }
}

/// Bodies with more statements are worth an index of them.
const FEW_STATEMENTS: usize = 16;

/// For each variable the statements that mention it, at any depth.
fn users(body: &[Expr]) -> FxHashMap<Var, Vec<usize>> {
    let mut users: FxHashMap<Var, Vec<usize>> = FxHashMap::default();
    for (index, expr) in body.iter().enumerate() {
        let mut vars = VarSet::default();
        Collector { skip: Skip::default(), vars: &mut vars, implicit: None }.expr(expr);
        for var in vars {
            users.entry(var).or_default().push(index);
        }
    }
    users
}

/// The variables in the bodies of a statement that the enclosing body mentions too.
fn closure_vars(expr: &Expr, all: &VarSet, globals: &VarSet) -> VarSet {
    let mut out = VarSet::default();
    let mut collector = Collector { skip: Skip::default(), vars: &mut out, implicit: None };
    each_closure(expr, &mut |closure| match closure {
        Closure::Comprehension(comprehension) => {
            if let Some(key) = &comprehension.key {
                collector.term(key);
            }
            collector.term(&comprehension.term);
            collector.body(&comprehension.body);
        }
        Closure::Every(every) => collector.body(&every.body),
        Closure::Not(body) => collector.body(body),
        Closure::Logical(logical) => {
            collector.body(&logical.left);
            collector.body(&logical.right);
        }
        Closure::Template => {}
    });
    out.retain(|var| all.contains(var) && !globals.contains(var));
    out
}

/// The variables of an operand without braces that the enclosing body must bind: all of a lone statement's,
/// else those that the operand's own statements do not bind for each other.
fn implicit_vars(body: &Body, arities: &dyn Arities) -> VarSet {
    let mentioned: Vec<VarSet> = body
        .iter()
        .map(|expr| {
            let mut out = VarSet::default();
            Collector { skip: Skip::SAFETY, vars: &mut out, implicit: None }.expr(expr);
            out
        })
        .collect();
    let all: VarSet = mentioned.iter().flatten().copied().collect();
    if body.len() == 1 {
        return all;
    }
    let mut safe = all.clone();
    safe.extend([super::hir::INPUT, super::hir::DATA]);
    let equalities: Vec<&Expr> = body.iter().filter(|expr| expr.is_equality()).collect();
    for expr in &equalities {
        for term in expr.as_call().into_iter().flatten().skip(1) {
            if let Some(var) = term.as_var() {
                safe.remove(&var);
            }
        }
    }
    let mut bound = VarSet::default();
    loop {
        let before = bound.len();
        for expr in &equalities {
            for var in outputs::of_equality(expr, &safe) {
                bound.insert(var);
                safe.insert(var);
            }
        }
        if bound.len() == before {
            break;
        }
    }
    for expr in body.iter().filter(|expr| !expr.is_equality()) {
        if let Some(terms) = expr.as_call()
            && let Some(arity) = arities.arity(&terms[0])
            && arity + 1 < terms.len()
        {
            bound.extend(super::visit::vars_of_terms(&terms[arity + 1..], Skip { sets: true, ..Skip::OUTPUT }));
        }
    }
    let uses = |var: &Var| mentioned.iter().filter(|vars| vars.contains(var)).count();
    all.into_iter().filter(|var| !bound.contains(var) || uses(var) == 1).collect()
}
