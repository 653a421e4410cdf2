//! Walks over terms and statements.

use super::hir::{Body, Comprehension, Expr, ExprKind, Part, Rule, Term, TermKind, Var, VarSet, With};

/// What [`collect`] leaves out.
#[derive(Clone, Copy, Default)]
pub(crate) struct Skip {
    /// The first term of references.
    pub(crate) ref_head: bool,
    /// The first term of operators, of `with` targets, and of references that are `with` values.
    pub(crate) call_head: bool,
    pub(crate) object_keys: bool,
    /// Bodies of comprehensions, `every`, `not`, `and`, `or`, and templates.
    pub(crate) closures: bool,
    pub(crate) sets: bool,
}

impl Skip {
    /// What matters for safety.
    pub(crate) const SAFETY: Self = Self { ref_head: false, call_head: true, object_keys: false, closures: true, sets: false };
    /// What an equality or an output position can bind.
    pub(crate) const OUTPUT: Self = Self { ref_head: true, call_head: false, object_keys: true, closures: true, sets: false };
}

/// Adds the variables that `x` mentions to `vars`.
pub(crate) struct Collector<'v> {
    pub(crate) skip: Skip,
    pub(crate) vars: &'v mut VarSet,
    /// Asked first for `not`, `and` and `or`; returns the variables that count.
    pub(crate) implicit: Option<&'v dyn Fn(&Body) -> VarSet>,
}

impl Collector<'_> {
    pub(crate) fn body(&mut self, body: &[Expr]) {
        for expr in body {
            self.expr(expr);
        }
    }

    pub(crate) fn terms(&mut self, terms: &[Term]) {
        for term in terms {
            self.term(term);
        }
    }

    fn operator(&mut self, operator: &Term) {
        match operator.as_ref() {
            Some(parts) if self.skip.call_head || self.skip.ref_head => self.terms(&parts[1..]),
            _ => self.term(operator),
        }
    }

    pub(crate) fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Term(term) => self.term(term),
            ExprKind::Call(terms) => {
                self.operator(&terms[0]);
                self.terms(&terms[1..]);
            }
            ExprKind::Some(vars) => self.terms(vars),
            ExprKind::SomeIn(key, value, collection) => {
                if let Some(key) = key {
                    self.term(key);
                }
                self.term(value);
                self.term(collection);
            }
            ExprKind::Every(every) => {
                if self.skip.closures {
                    // not even the `with` modifiers are looked at
                    self.term(&every.domain);
                    return;
                }
                if let Some(key) = &every.key {
                    self.term(key);
                }
                self.term(&every.value);
                self.term(&every.domain);
                self.body(&every.body);
            }
            ExprKind::Not { body, explicit } => self.operand(body, *explicit),
            ExprKind::Logical(logical) => {
                self.operand(&logical.left, logical.left_explicit);
                self.operand(&logical.right, logical.right_explicit);
            }
        }
        for with in &expr.withs {
            self.with(with);
        }
    }

    fn operand(&mut self, body: &Body, explicit: bool) {
        if let Some(implicit) = self.implicit {
            if !explicit {
                let vars = implicit(body);
                self.vars.extend(vars);
            }
        } else if !self.skip.closures {
            self.body(body);
        }
    }

    pub(crate) fn with(&mut self, with: &With) {
        if self.skip.call_head {
            if with.target.as_var().is_none() {
                self.operator(&with.target);
            }
            self.operator(&with.value);
        } else {
            self.term(&with.target);
            self.term(&with.value);
        }
    }

    pub(crate) fn term(&mut self, term: &Term) {
        match &term.kind {
            TermKind::Value(_) => {}
            TermKind::Var(var) => {
                self.vars.insert(*var);
            }
            TermKind::Ref(parts) => self.terms(if self.skip.ref_head { &parts[1..] } else { parts }),
            TermKind::Array(items) => self.terms(items),
            TermKind::Set(items) => {
                if !self.skip.sets {
                    self.terms(items);
                }
            }
            TermKind::Object(entries) => {
                for (key, value) in entries {
                    if !self.skip.object_keys {
                        self.term(key);
                    }
                    self.term(value);
                }
            }
            TermKind::Comprehension(comprehension) => {
                if !self.skip.closures {
                    if let Some(key) = &comprehension.key {
                        self.term(key);
                    }
                    self.term(&comprehension.term);
                    self.body(&comprehension.body);
                }
            }
            TermKind::Call(terms) => {
                self.operator(&terms[0]);
                self.terms(&terms[1..]);
            }
            TermKind::Template(parts) => {
                if !self.skip.closures {
                    for part in parts {
                        match part {
                            Part::Term(term) => self.term(term),
                            Part::Expr(expr) => self.expr(expr),
                        }
                    }
                }
            }
        }
    }

    pub(crate) fn head(&mut self, rule: &Rule) {
        self.terms(&rule.args);
        if let Some(key) = &rule.key {
            self.term(key);
        }
        if let Some(value) = &rule.value {
            self.term(value);
        }
        self.terms(&rule.reference[1..]);
    }
}

/// The variables in `term`, without what `skip` leaves out.
pub(crate) fn vars_of(term: &Term, skip: Skip) -> VarSet {
    let mut vars = VarSet::default();
    Collector { skip, vars: &mut vars, implicit: None }.term(term);
    vars
}

/// The variables of a list of terms.
pub(crate) fn vars_of_terms(terms: &[Term], skip: Skip) -> VarSet {
    let mut vars = VarSet::default();
    Collector { skip, vars: &mut vars, implicit: None }.terms(terms);
    vars
}

/// Calls `f` with each term below, outermost first; `f` returns whether to go on inside.
pub(crate) trait Walk {
    fn walk(&self, f: &mut dyn FnMut(&Term) -> bool);
}

impl Walk for Term {
    fn walk(&self, f: &mut dyn FnMut(&Term) -> bool) {
        if !f(self) {
            return;
        }
        match &self.kind {
            TermKind::Value(_) | TermKind::Var(_) => {}
            TermKind::Ref(terms) | TermKind::Array(terms) | TermKind::Set(terms) | TermKind::Call(terms) => terms.walk(f),
            TermKind::Object(entries) => {
                for (key, value) in entries {
                    key.walk(f);
                    value.walk(f);
                }
            }
            TermKind::Comprehension(c) => {
                if let Some(key) = &c.key {
                    key.walk(f);
                }
                c.term.walk(f);
                c.body.walk(f);
            }
            TermKind::Template(parts) => {
                for part in parts {
                    match part {
                        Part::Term(term) => term.walk(f),
                        Part::Expr(expr) => expr.walk(f),
                    }
                }
            }
        }
    }
}

impl<T: Walk> Walk for Vec<T> {
    fn walk(&self, f: &mut dyn FnMut(&Term) -> bool) {
        for item in self {
            item.walk(f);
        }
    }
}

impl<T: Walk> Walk for Option<T> {
    fn walk(&self, f: &mut dyn FnMut(&Term) -> bool) {
        if let Some(item) = self {
            item.walk(f);
        }
    }
}

impl Walk for Expr {
    fn walk(&self, f: &mut dyn FnMut(&Term) -> bool) {
        match &self.kind {
            ExprKind::Term(term) => term.walk(f),
            ExprKind::Call(terms) | ExprKind::Some(terms) => terms.walk(f),
            ExprKind::SomeIn(key, value, collection) => {
                key.walk(f);
                value.walk(f);
                collection.walk(f);
            }
            ExprKind::Every(every) => {
                every.key.walk(f);
                every.value.walk(f);
                every.domain.walk(f);
                every.body.walk(f);
            }
            ExprKind::Not { body, .. } => body.walk(f),
            ExprKind::Logical(logical) => {
                logical.left.walk(f);
                logical.right.walk(f);
            }
        }
        for with in &self.withs {
            with.target.walk(f);
            with.value.walk(f);
        }
    }
}

impl Walk for Rule {
    /// The head and the body of this rule, not of its `else` branches.
    fn walk(&self, f: &mut dyn FnMut(&Term) -> bool) {
        self.reference.walk(f);
        self.args.walk(f);
        self.key.walk(f);
        self.value.walk(f);
        self.body.walk(f);
    }
}

/// Calls `f` with the bodies nested directly in `expr` (not with those inside them) and the variables that they declare.
pub(crate) fn each_closure<'e>(expr: &'e Expr, f: &mut dyn FnMut(Closure<'e>)) {
    fn terms<'e>(terms: &'e [Term], f: &mut dyn FnMut(Closure<'e>)) {
        for item in terms {
            term(item, f);
        }
    }
    fn term<'e>(item: &'e Term, f: &mut dyn FnMut(Closure<'e>)) {
        match &item.kind {
            TermKind::Value(_) | TermKind::Var(_) => {}
            TermKind::Ref(parts) | TermKind::Array(parts) | TermKind::Set(parts) | TermKind::Call(parts) => terms(parts, f),
            TermKind::Object(entries) => {
                for (key, value) in entries {
                    term(key, f);
                    term(value, f);
                }
            }
            TermKind::Comprehension(comprehension) => f(Closure::Comprehension(comprehension)),
            TermKind::Template(_) => f(Closure::Template),
        }
    }
    match &expr.kind {
        ExprKind::Term(item) => term(item, f),
        ExprKind::Call(items) | ExprKind::Some(items) => terms(items, f),
        ExprKind::SomeIn(key, value, collection) => {
            if let Some(key) = key {
                term(key, f);
            }
            term(value, f);
            term(collection, f);
        }
        ExprKind::Every(every) => f(Closure::Every(every)),
        ExprKind::Not { body, .. } => f(Closure::Not(body)),
        ExprKind::Logical(logical) => f(Closure::Logical(logical)),
    }
    for with in &expr.withs {
        term(&with.target, f);
        term(&with.value, f);
    }
}

/// A construct with a body of its own.
#[derive(Clone, Copy)]
pub(crate) enum Closure<'e> {
    Comprehension(&'e Comprehension),
    Every(&'e super::hir::Every),
    Not(&'e Body),
    Logical(&'e super::hir::Logical),
    Template,
}

/// Calls `f` with each statement below `body`, at any depth, outermost first.
pub(crate) fn each_expr(body: &mut Body, f: &mut dyn FnMut(&mut Expr)) {
    for expr in body {
        f(expr);
        each_body(expr, &mut |body| each_expr(body, f));
    }
}

/// Calls `f` with each body nested directly in `expr`.
pub(crate) fn each_body(expr: &mut Expr, f: &mut dyn FnMut(&mut Body)) {
    match &mut expr.kind {
        ExprKind::Term(term) => each_body_in_term(term, f),
        ExprKind::Call(terms) | ExprKind::Some(terms) => each_body_in_terms(terms, f),
        ExprKind::SomeIn(key, value, collection) => {
            if let Some(key) = key {
                each_body_in_term(key, f);
            }
            each_body_in_term(value, f);
            each_body_in_term(collection, f);
        }
        ExprKind::Every(every) => {
            each_body_in_term(&mut every.domain, f);
            f(&mut every.body);
        }
        ExprKind::Not { body, .. } => f(body),
        ExprKind::Logical(logical) => {
            f(&mut logical.left);
            f(&mut logical.right);
        }
    }
    for with in &mut expr.withs {
        each_body_in_term(&mut with.target, f);
        each_body_in_term(&mut with.value, f);
    }
}

fn each_body_in_terms(terms: &mut [Term], f: &mut dyn FnMut(&mut Body)) {
    for term in terms {
        each_body_in_term(term, f);
    }
}

/// Calls `f` with each body nested directly in `term`; for a comprehension also with those in its own terms.
pub(crate) fn each_body_in_term(term: &mut Term, f: &mut dyn FnMut(&mut Body)) {
    match &mut term.kind {
        TermKind::Value(_) | TermKind::Var(_) => {}
        TermKind::Ref(terms) | TermKind::Array(terms) | TermKind::Set(terms) | TermKind::Call(terms) => each_body_in_terms(terms, f),
        TermKind::Object(entries) => {
            for (key, value) in entries {
                each_body_in_term(key, f);
                each_body_in_term(value, f);
            }
        }
        TermKind::Comprehension(comprehension) => {
            if let Some(key) = &mut comprehension.key {
                each_body_in_term(key, f);
            }
            each_body_in_term(&mut comprehension.term, f);
            f(&mut comprehension.body);
        }
        TermKind::Template(parts) => {
            for part in parts {
                match part {
                    Part::Term(term) => each_body_in_term(term, f),
                    Part::Expr(expr) => each_body(expr, f),
                }
            }
        }
    }
}

/// Calls `f` with every body of the rule's head and body that is not nested in another one.
pub(crate) fn each_body_of_rule(rule: &mut Rule, f: &mut dyn FnMut(&mut Body)) {
    each_body_in_terms(&mut rule.reference, f);
    each_body_in_terms(&mut rule.args, f);
    for term in rule.key.iter_mut().chain(rule.value.iter_mut()) {
        each_body_in_term(term, f);
    }
    f(&mut rule.body);
}

/// Replaces variables that `map` knows, at any depth.
pub(crate) fn rename(term: &mut Term, map: &dyn Fn(Var) -> Option<Var>) {
    match &mut term.kind {
        TermKind::Value(_) => {}
        TermKind::Var(var) => {
            if let Some(new) = map(*var) {
                *var = new;
            }
        }
        TermKind::Ref(terms) | TermKind::Array(terms) | TermKind::Set(terms) | TermKind::Call(terms) => {
            for term in terms {
                rename(term, map);
            }
        }
        TermKind::Object(entries) => {
            for (key, value) in entries {
                rename(key, map);
                rename(value, map);
            }
        }
        TermKind::Comprehension(comprehension) => {
            if let Some(key) = &mut comprehension.key {
                rename(key, map);
            }
            rename(&mut comprehension.term, map);
            for expr in &mut comprehension.body {
                rename_expr(expr, map);
            }
        }
        TermKind::Template(parts) => {
            for part in parts {
                match part {
                    Part::Term(term) => rename(term, map),
                    Part::Expr(expr) => rename_expr(expr, map),
                }
            }
        }
    }
}

fn rename_expr(expr: &mut Expr, map: &dyn Fn(Var) -> Option<Var>) {
    let terms = |terms: &mut Vec<Term>| terms.iter_mut().for_each(|term| rename(term, map));
    match &mut expr.kind {
        ExprKind::Term(term) => rename(term, map),
        ExprKind::Call(items) | ExprKind::Some(items) => terms(items),
        ExprKind::SomeIn(key, value, collection) => {
            if let Some(key) = key {
                rename(key, map);
            }
            rename(value, map);
            rename(collection, map);
        }
        ExprKind::Every(every) => {
            if let Some(key) = &mut every.key {
                rename(key, map);
            }
            rename(&mut every.value, map);
            rename(&mut every.domain, map);
            every.body.iter_mut().for_each(|expr| rename_expr(expr, map));
        }
        ExprKind::Not { body, .. } => body.iter_mut().for_each(|expr| rename_expr(expr, map)),
        ExprKind::Logical(logical) => {
            logical.left.iter_mut().chain(&mut logical.right).for_each(|expr| rename_expr(expr, map));
        }
    }
    for with in &mut expr.withs {
        rename(&mut with.target, map);
        rename(&mut with.value, map);
    }
}
