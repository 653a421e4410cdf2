//! Local names: every variable that `:=`, `some`, `every` or an argument declares becomes one of its own.

use rustc_hash::FxHashMap;

use super::functions::Functions;
use super::hir::{Body, DATA, Expr, ExprKind, INPUT, Part, Rule, Term, TermKind, Var, VarSet, Vars, With, operator, true_body};
use super::outputs;
use super::resolve::{declared_in, declared_in_body};
use super::visit::{Collector, Skip, rename, vars_of};
use super::{Class, CompileError, hir};

/// Renames in a rule; `functions` tells which names are builtins.
pub(super) fn rewrite(rule: &mut Rule, vars: &mut Vars, functions: &Functions<'_>, errors: &mut Vec<CompileError>) {
    let mut arguments = Scope::default();
    {
        let mut locals = Locals { vars, scopes: vec![arguments], errors, unused: Vec::new() };
        for arg in &mut rule.args {
            locals.argument(arg);
        }
        arguments = locals.scopes.pop().unwrap_or_default();
    }
    let mut next = Some(rule);
    while let Some(rule) = next {
        let before = errors.len();
        let mut locals = Locals { vars, scopes: vec![arguments.clone()], errors, unused: Vec::new() };
        locals.rule(rule, functions);
        let unused = std::mem::take(&mut locals.unused);
        if errors.len() == before {
            errors.extend(unused);
        }
        next = rule.otherwise.as_deref_mut();
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Occurrence {
    Argument,
    Seen,
    Assigned,
    Declared,
}

#[derive(Clone, Default)]
struct Scope {
    names: hir::Renames,
    occurrence: FxHashMap<Var, (Occurrence, hir::Loc)>,
}

struct Locals<'e> {
    vars: &'e mut Vars,
    scopes: Vec<Scope>,
    errors: &'e mut Vec<CompileError>,
    /// Reported only if nothing else is wrong.
    unused: Vec<CompileError>,
}

impl Locals<'_> {
    fn declared(&self, var: Var) -> Option<Var> {
        self.scopes.iter().rev().find_map(|scope| scope.names.get(&var)).copied()
    }

    fn occurrence(&self, var: Var) -> Option<(Occurrence, hir::Loc)> {
        self.scopes.last().and_then(|scope| scope.occurrence.get(&var)).copied()
    }

    fn insert(&mut self, var: Var, name: Var, occurrence: Occurrence, at: hir::Loc) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.names.insert(var, name);
            scope.occurrence.insert(var, (occurrence, at));
        }
    }

    /// A fresh name for `var`, which stands at `place`, in the innermost scope; `None` with an error at `at` if it has one.
    fn declare(&mut self, var: Var, occurrence: Occurrence, place: hir::Loc, at: hir::Loc) -> Option<Var> {
        let Some((what, first)) = self.occurrence(var) else {
            let name = self.vars.generate_for(var);
            self.insert(var, name, occurrence, place);
            return Some(name);
        };
        let name = self.vars.name(var);
        let (message, says, label) = match what {
            Occurrence::Seen => (format!("var {name} referenced above"), "is used before it is declared", "used here"),
            Occurrence::Assigned => (format!("var {name} assigned above"), "is declared twice in one body", "first assigned here"),
            Occurrence::Declared => (format!("var {name} declared above"), "is declared twice in one body", "first declared here"),
            Occurrence::Argument => (format!("arg {name} redeclared"), "is an argument, and declared again", "the argument"),
        };
        let help = match (what, occurrence) {
            (Occurrence::Seen, _) => "move the declaration up, or give one of the two another name",
            (_, Occurrence::Assigned) => "write `==` to compare, or give one of the two another name",
            _ => "give one of the two another name",
        };
        let error = CompileError::compile(Class::RedeclaredVar, at, message).within(place.span);
        self.errors.push(error.saying(format!("`{name}` {says}")).help(help).label(first, label));
        None
    }

    fn fail(&mut self, class: Class, at: hir::Loc, message: impl Into<String>) {
        self.errors.push(CompileError::compile(class, at, message));
    }

    fn argument(&mut self, term: &mut Term) {
        let at = term.at;
        match &mut term.kind {
            TermKind::Var(var) => {
                let name = self.declared(*var).unwrap_or_else(|| {
                    let name = self.vars.generate_for(*var);
                    self.insert(*var, name, Occurrence::Argument, at);
                    name
                });
                *var = name;
            }
            TermKind::Object(entries) => entries.iter_mut().for_each(|(_, value)| self.argument(value)),
            TermKind::Array(terms) | TermKind::Ref(terms) => terms.iter_mut().for_each(|term| self.argument(term)),
            TermKind::Call(_) => self.fail(Class::InvalidArgument, term.at, "rule arguments cannot contain calls"),
            TermKind::Value(_) | TermKind::Set(_) | TermKind::Comprehension(_) | TermKind::Template(_) => {}
        }
    }

    fn rule(&mut self, rule: &mut Rule, functions: &Functions<'_>) {
        // comprehensions in the head have scopes of their own, before the body's names are put in
        let scopes = std::mem::replace(&mut self.scopes, vec![Scope::default()]);
        for term in head_terms(rule) {
            self.head_term(term);
        }
        self.scopes = scopes;
        let mut used = VarSet::default();
        Collector { skip: Skip::default(), vars: &mut used, implicit: None }.terms(&rule.reference[1..]);
        for term in rule.key.iter().chain(&rule.value) {
            used.extend(vars_of(term, Skip::default()));
        }
        self.shadowed_builtins(rule, functions);
        let body = std::mem::take(&mut rule.body);
        rule.body = self.body(body, &used);
        let names = self.scopes.pop().unwrap_or_default().names;
        for term in head_terms(rule) {
            rename(term, &|var| names.get(&var).copied());
        }
    }

    /// Variables that are called like builtins get names of their own, so that a call to the builtin is noticed.
    fn shadowed_builtins(&mut self, rule: &Rule, functions: &Functions<'_>) {
        let mut mentioned = VarSet::default();
        let skip = Skip { call_head: true, closures: true, ..Skip::default() };
        Collector { skip, vars: &mut mentioned, implicit: None }.body(&rule.body);
        let mut taken = VarSet::default();
        declared_in_body(&rule.body, &mut taken);
        for expr in &rule.body {
            for with in &expr.withs {
                with.target.as_var().map(|var| taken.insert(var));
                with.value.as_var().map(|var| taken.insert(var));
            }
        }
        let mut names: Vec<Var> = mentioned.into_iter().filter(|var| functions.lone(*var).is_some()).collect();
        names.sort_unstable();
        for var in names {
            if !taken.contains(&var) && self.declared(var).is_none() {
                let name = self.vars.generate_for(var);
                self.insert(var, name, Occurrence::Seen, rule.at);
            }
        }
    }

    fn head_term(&mut self, term: &mut Term) {
        match &mut term.kind {
            TermKind::Comprehension(_) => {
                self.scopes = vec![Scope::default()];
                self.comprehension(term);
            }
            TermKind::Template(parts) => {
                self.scopes = vec![Scope::default(), Scope::default()];
                for part in parts {
                    if let Part::Expr(expr) = part {
                        self.terms_of_expr(expr);
                    }
                }
            }
            TermKind::Ref(terms) | TermKind::Array(terms) | TermKind::Set(terms) | TermKind::Call(terms) => {
                terms.iter_mut().for_each(|term| self.head_term(term));
            }
            TermKind::Object(entries) => {
                for (key, value) in entries {
                    self.head_term(key);
                    self.head_term(value);
                }
            }
            TermKind::Value(_) | TermKind::Var(_) => {}
        }
    }

    /// `used`: variables that what the body belongs to (a head, a comprehension's term) uses.
    fn body(&mut self, body: Body, used: &VarSet) -> Body {
        let at = body.first().map(|expr| expr.at).unwrap_or_default();
        let declarations: Vec<(hir::Loc, VarSet)> = body
            .iter()
            .map(|expr| {
                let mut declared = VarSet::default();
                declared_in(expr, &mut declared);
                (expr.at, declared)
            })
            .collect();
        let before = self.errors.len();
        let mut out: Body = Vec::with_capacity(body.len());
        for expr in body {
            out.extend(self.statement(expr));
        }
        if out.is_empty() {
            out = true_body(at);
        }
        if self.errors.len() == before && self.unused.is_empty() {
            self.check_unused(&out, used, &declarations);
        }
        out
    }

    /// `some x` without a use of `x` is an error.
    fn check_unused(&mut self, body: &[Expr], used: &VarSet, declarations: &[(hir::Loc, VarSet)]) {
        let Some(scope) = self.scopes.last() else { return };
        let mut mentioned = VarSet::default();
        Collector { skip: Skip::default(), vars: &mut mentioned, implicit: None }.body(body);
        mentioned.extend(used.iter().map(|var| self.declared(*var).unwrap_or(*var)));
        let mut unused: Vec<Var> = scope
            .names
            .iter()
            .filter(|(var, name)| {
                scope.occurrence.get(var).is_some_and(|(what, _)| *what == Occurrence::Declared)
                    && !mentioned.contains(name)
                    && !self.vars.is_anonymous(**var)
            })
            .map(|(var, _)| *var)
            .collect();
        unused.sort_unstable();
        for var in unused {
            let at = declarations.iter().find(|(_, declared)| declared.contains(&var)).or(declarations.first());
            let at = at.map(|(at, _)| *at).unwrap_or_default();
            let name = self.vars.name(var);
            let error = CompileError::compile(Class::UnusedDeclaration, at, format!("declared var {name} unused"))
                .saying(format!("`{name}` is declared and never used"))
                .help("use it, or take it out of `some`");
            self.unused.push(match scope.occurrence.get(&var) {
                Some((_, place)) => error.within(place.span),
                None => error,
            });
        }
    }

    fn statement(&mut self, mut expr: Expr) -> Option<Expr> {
        if expr.is_assignment() {
            self.assignment(&mut expr);
            return Some(expr);
        }
        let at = expr.at;
        let mut withs = std::mem::take(&mut expr.withs);
        match &mut expr.kind {
            ExprKind::Term(term) => self.term(term),
            ExprKind::Call(terms) => self.call(terms),
            ExprKind::Some(_) | ExprKind::SomeIn(..) => {
                expr.withs = withs;
                return self.some(expr);
            }
            ExprKind::Every(every) => {
                self.term(&mut every.domain);
                self.scopes.push(Scope::default());
                let declared = self.every_names(at, every);
                if declared {
                    let body = std::mem::take(&mut every.body);
                    every.body = self.body(body, &VarSet::default());
                    self.withs(&mut withs);
                }
                self.scopes.pop();
                if !declared {
                    return None;
                }
            }
            ExprKind::Not { body, explicit } => {
                if self.operand(body, *explicit, "cannot assign vars inside negated expression") {
                    self.withs(&mut withs);
                }
            }
            ExprKind::Logical(logical) => {
                let message = format!("cannot assign vars inside `{}` operand", if logical.and { "and" } else { "or" });
                let left = self.operand(&mut logical.left, logical.left_explicit, &message);
                let right = self.operand(&mut logical.right, logical.right_explicit, &message);
                if left && right {
                    self.withs(&mut withs);
                }
            }
        }
        if matches!(expr.kind, ExprKind::Term(_) | ExprKind::Call(_)) {
            self.withs(&mut withs);
        }
        expr.withs = withs;
        Some(expr)
    }

    /// Declares the names of an `every`; `false` with an error if they cannot be.
    fn every_names(&mut self, at: hir::Loc, every: &mut hir::Every) -> bool {
        if every.key.is_none() {
            every.key = Some(Term::var(at, self.vars.generate()));
        }
        for name in every.key.iter_mut().chain([&mut every.value]) {
            let Some(var) = name.as_var().filter(|var| !self.vars.is_anonymous(*var)) else { continue };
            match self.declare(var, Occurrence::Declared, name.at, at) {
                Some(new) => name.kind = TermKind::Var(new),
                None => return false,
            }
        }
        true
    }

    /// The body of a `not`, or an operand of `and` or `or`; returns whether it is in order.
    fn operand(&mut self, body: &mut Body, explicit: bool, message: &str) -> bool {
        let before = self.errors.len();
        if explicit {
            self.scopes.push(Scope::default());
            let inner = std::mem::take(body);
            *body = self.body(inner, &VarSet::default());
            self.scopes.pop();
            return self.errors.len() == before;
        }
        // without braces there is no scope to declare anything in
        for mut expr in std::mem::take(body) {
            if expr.is_assignment() {
                self.fail(Class::InvalidAssignment, expr.at, message);
                body.push(expr);
            } else if matches!(expr.kind, ExprKind::Not { .. } | ExprKind::Logical(_)) {
                body.extend(self.statement(expr));
            } else {
                self.terms_of_expr(&mut expr);
                body.push(expr);
            }
        }
        self.errors.len() == before
    }

    fn assignment(&mut self, expr: &mut Expr) {
        if expr.negated {
            let error = CompileError::compile(Class::InvalidAssignment, expr.at, "cannot assign vars inside negated expression");
            let error = error.saying("a negated expression cannot assign");
            self.errors.push(error.help("assign in a statement of its own, and negate a comparison"));
            return;
        }
        let before = self.errors.len();
        let mut withs = std::mem::take(&mut expr.withs);
        if let ExprKind::Call(terms) = &mut expr.kind
            && let [_, left, right] = terms.as_mut_slice()
        {
            self.term(right);
            for with in &mut withs {
                self.term(&mut with.value);
            }
            self.assign_to(left);
            if self.errors.len() == before {
                terms[0] = operator(terms[0].at, "eq", self.vars);
                expr.assigned = true;
            }
        }
        expr.withs = withs;
    }

    fn assign_to(&mut self, term: &mut Term) {
        let at = term.at;
        let target = match &mut term.kind {
            TermKind::Var(var) => *var,
            TermKind::Array(items) => return items.iter_mut().for_each(|item| self.assign_to(item)),
            TermKind::Object(entries) => return entries.iter_mut().for_each(|(_, value)| self.assign_to(value)),
            TermKind::Ref(parts) if parts.len() == 1 && matches!(parts[0].as_var(), Some(INPUT | DATA)) => {
                parts[0].as_var().unwrap_or(INPUT)
            }
            kind => {
                let what = kind_name(kind);
                let error = CompileError::compile(Class::InvalidAssignment, at, format!("cannot assign to {what}"));
                let error = error.saying(format!("`:=` cannot assign to {}", told(what)));
                return self.errors.push(error.help("write `==` to compare, or name a variable on the left"));
            }
        };
        if let Some(name) = self.declare(target, Occurrence::Assigned, at, at) {
            term.kind = TermKind::Var(name);
        }
    }

    fn some(&mut self, mut expr: Expr) -> Option<Expr> {
        let at = expr.at;
        let (key, value, collection) = match std::mem::replace(&mut expr.kind, ExprKind::Some(Vec::new())) {
            ExprKind::SomeIn(key, value, collection) => (key, value, collection),
            ExprKind::Some(names) => {
                for (var, place) in names.iter().filter_map(|name| Some((name.as_var()?, name.at))) {
                    if self.declare(var, Occurrence::Declared, place, at).is_none() {
                        break;
                    }
                }
                return None;
            }
            _ => return None,
        };
        let key = key.unwrap_or_else(|| Term::var(at, self.vars.generate()));
        let mut bound = vars_of(&key, Skip::OUTPUT);
        bound.extend(vars_of(&value, Skip::OUTPUT));
        let domain = vars_of(&collection, Skip { closures: true, ..Skip::default() });
        let mut twice: Vec<Var> = bound.intersection(&domain).copied().filter(|var| !self.vars.is_wildcard(*var)).collect();
        twice.sort_unstable();
        if !twice.is_empty() {
            for var in twice {
                let name = self.vars.name(var).to_owned();
                let error = CompileError::compile(Class::RedeclaredVar, at, format!("var {name} assigned before"));
                let error = error.saying(format!("`{name}` is declared by the `some` that it is taken from"));
                self.errors.push(error.help("give one of the two another name"));
            }
            return None;
        }
        let safe = vars_of(&collection, Skip::default());
        let parts = match collection.kind {
            TermKind::Ref(mut parts) => {
                parts.push(key);
                parts
            }
            kind => vec![Term::new(collection.at, kind), key],
        };
        let members = Term::new(collection.at, TermKind::Ref(parts));
        expr.kind = Expr::builtin(at, "eq", [value, members], self.vars).kind;
        let mut names: Vec<Var> = outputs::of_equality(&expr, &safe).into_iter().collect();
        names.sort_unstable();
        for var in names {
            let place = super::suggest::place_in(&expr, var).map_or(at, |span| hir::Loc { span, ..at });
            self.declare(var, Occurrence::Declared, place, at)?;
        }
        self.terms_of_expr(&mut expr);
        Some(expr)
    }

    /// Puts the names in, in a statement that has no body of its own.
    fn terms_of_expr(&mut self, expr: &mut Expr) {
        match &mut expr.kind {
            ExprKind::Term(term) => self.term(term),
            ExprKind::Call(terms) => self.call(terms),
            _ => {}
        }
        self.withs(&mut expr.withs);
    }

    fn call(&mut self, terms: &mut [Term]) {
        self.check_operator(&terms[0]);
        terms.iter_mut().for_each(|term| self.term(term));
    }

    fn withs(&mut self, withs: &mut [With]) {
        withs.iter_mut().for_each(|with| self.with(with));
    }

    /// The target names documents, whatever local variables are called.
    fn with(&mut self, with: &mut With) {
        let target = with.target.clone();
        self.term(&mut with.target);
        if target.is_ref_to(INPUT) {
            match &mut with.target.kind {
                TermKind::Ref(parts) => parts[0].kind = TermKind::Var(INPUT),
                _ => with.target = target,
            }
        }
        self.term(&mut with.value);
    }

    fn term(&mut self, term: &mut Term) {
        let at = term.at;
        match &mut term.kind {
            TermKind::Value(_) => {}
            TermKind::Var(var) => match self.declared(*var) {
                Some(name) => *var = name,
                None if self.occurrence(*var).is_none() => {
                    let var = *var;
                    self.insert(var, var, Occurrence::Seen, at);
                }
                None => {}
            },
            TermKind::Ref(parts) => {
                if let ([head], Some(var @ (INPUT | DATA))) = (parts.as_slice(), parts[0].as_var()) {
                    let _ = head;
                    let shadowed = self.scopes.iter().rev().find_map(|scope| scope.occurrence.get(&var));
                    if shadowed.is_some_and(|(occurrence, _)| *occurrence != Occurrence::Seen)
                        && let Some(name) = self.declared(var)
                    {
                        term.kind = TermKind::Var(name);
                    }
                    return;
                }
                parts.iter_mut().for_each(|part| self.term(part));
            }
            TermKind::Call(terms) => self.call(terms),
            TermKind::Array(terms) | TermKind::Set(terms) => terms.iter_mut().for_each(|term| self.term(term)),
            TermKind::Object(entries) => {
                for (key, value) in entries {
                    self.term(key);
                    self.term(value);
                }
            }
            TermKind::Comprehension(_) => self.comprehension(term),
            TermKind::Template(parts) => {
                for part in parts {
                    match part {
                        Part::Term(term) => self.term(term),
                        Part::Expr(expr) => self.terms_of_expr(expr),
                    }
                }
            }
        }
    }

    /// Functions are no values: a variable cannot be called.
    fn check_operator(&mut self, operator: &Term) {
        let Some(head) = operator.as_ref().and_then(|parts| parts[0].as_var()) else { return };
        if self.declared(head).is_some_and(|name| name != head) {
            let name = operator.as_ref().and_then(|parts| hir::dotted(parts, self.vars)).unwrap_or_default();
            let error = CompileError::compile(Class::ShadowedFunction, operator.at, format!("called function {name} shadowed"));
            let error = error.saying(format!("`{name}` is a variable here, and no function"));
            self.errors.push(error.help("give the variable another name"));
        }
    }

    fn comprehension(&mut self, term: &mut Term) {
        let TermKind::Comprehension(comprehension) = &mut term.kind else { return };
        let mut used = vars_of(&comprehension.term, Skip::default());
        if let Some(key) = &comprehension.key {
            used.extend(vars_of(key, Skip::default()));
        }
        self.scopes.push(Scope::default());
        let body = std::mem::take(&mut comprehension.body);
        comprehension.body = self.body(body, &used);
        if let Some(key) = &mut comprehension.key {
            self.term(key);
        }
        self.term(&mut comprehension.term);
        self.scopes.pop();
    }
}

/// All terms of a head but its name.
fn head_terms(rule: &mut Rule) -> impl Iterator<Item = &mut Term> {
    let (key, value) = (rule.key.iter_mut(), rule.value.iter_mut());
    rule.reference[1..].iter_mut().chain(rule.args.iter_mut()).chain(key).chain(value)
}

/// `a reference` for `ref`.
fn told(what: &str) -> &str {
    match what {
        "ref" => "a reference",
        "call" => "a call",
        "set" => "a set",
        "null" | "boolean" | "number" | "string" => "a constant",
        "templatestring" => "a template string",
        _ => "a comprehension",
    }
}

fn kind_name(kind: &TermKind) -> &'static str {
    match kind {
        TermKind::Value(value) => value.type_name(),
        TermKind::Var(_) => "var",
        TermKind::Ref(_) => "ref",
        TermKind::Array(_) => "array",
        TermKind::Object(_) => "object",
        TermKind::Set(_) => "set",
        TermKind::Comprehension(comprehension) => match comprehension.shape {
            hir::Shape::Array => "arraycomprehension",
            hir::Shape::Set => "setcomprehension",
            hir::Shape::Object => "objectcomprehension",
        },
        TermKind::Call(_) => "call",
        TermKind::Template(_) => "templatestring",
    }
}
