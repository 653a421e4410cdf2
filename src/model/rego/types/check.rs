//! Rules and their bodies: types are inferred and held against each other, as OPA does it.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::describe::Describe;
use super::env::{Env, Tree};
use super::errors::Found;
use super::ty::{self, Join, Maybe, Type, or};
use crate::model::rego::compile::hir::{Body, Comprehension, Expr, ExprKind, Rule, Shape, Term, TermKind, Var, Vars};
use crate::model::rego::compile::visit::Walk;

/// OPA looks at comprehensions inside comprehensions again from outside; in a rule at most at so many statements.
const BUDGET: u32 = 5_000;

/// What the check of a `with` needs to know of the program.
pub(super) trait Program {
    /// A tree in which every rule that depends on the documents (or the function) at `target` can be anything; `None` if no rule
    /// does. The reference stands in module `from`.
    fn dependents(&self, from: u32, target: &[Term], is_function: bool) -> Option<Tree>;
}

/// Told of terms and their types.
pub(super) type Listener<'l> = dyn FnMut(&Term, &Type) + 'l;

pub(super) struct Checker<'p, 'l> {
    pub(super) env: Env<'p>,
    pub(super) describe: Describe<'p>,
    /// Of `internal.member_2` and `internal.member_3`.
    pub(super) internal: Option<Var>,
    /// Rules are left out because of other errors: what comes of them is not known.
    pub(super) lenient: bool,
    pub(super) listener: Option<&'l mut Listener<'l>>,
    /// Steps left for one statement: terms against unions of schemas.
    pub(super) steps: u32,
    program: &'p dyn Program,
    comprehensions: FxHashMap<*const Comprehension, Seen>,
    dependents: FxHashMap<(String, bool), Option<Rc<Tree>>>,
    /// How deep the check is in comprehensions looked at again.
    again: u32,
    budget: u32,
}

/// What came out of a comprehension in a state of the environment.
struct Seen {
    state: (u64, usize),
    ty: Maybe,
    fine: bool,
}

impl<'p> Checker<'p, '_> {
    pub(super) fn new(env: Env<'p>, program: &'p dyn Program, describe: Describe<'p>) -> Self {
        Self {
            env,
            describe,
            internal: Vars::default().find("internal"),
            lenient: false,
            listener: None,
            steps: 0,
            program,
            comprehensions: FxHashMap::default(),
            dependents: FxHashMap::default(),
            again: 0,
            budget: BUDGET,
        }
    }

    /// Checks a rule (not its `else` branches) in the layers that are there and adds its type to those of the rules. `path` is its
    /// whole path, of which so many parts are constant.
    pub(super) fn rule(&mut self, rule: &Rule, path: &[Term], ground: usize, found: &mut Vec<Found>) {
        let depth = self.env.depth();
        self.budget = BUDGET;
        let errors = self.body(&rule.body);
        if errors.is_empty() {
            let ty = self.rule_type(rule, &path[ground..]);
            self.env.truncate(depth);
            if let Some(ty) = ty {
                let path = if rule.args.is_empty() { &path[..ground] } else { path };
                self.env.rules().insert(path, &ty);
            }
        } else {
            self.env.truncate(depth);
            self.broken(path, ground);
        }
        self.comprehensions.clear();
        found.extend(errors);
    }

    /// What refers to a rule with errors is not to blame.
    pub(super) fn broken(&mut self, path: &[Term], ground: usize) {
        self.env.rules().put(&path[..ground], Type::Any);
    }

    fn rule_type(&mut self, rule: &Rule, dynamic: &[Term]) -> Maybe {
        if !rule.args.is_empty() {
            for arg in &rule.args {
                arg.walk(&mut |term| {
                    // what the body does not use can be anything
                    if let TermKind::Var(var) = term.kind
                        && self.env.var(var).is_none()
                    {
                        self.env.put(var, Some(Type::Any));
                    }
                    true
                });
            }
            let args = rule.args.iter().map(|arg| self.type_of(arg)).collect();
            let result = rule.value.as_ref().and_then(|value| self.type_of(value));
            let unknown = self.lenient.then_some(Type::Any);
            return Some(Type::function(args, None, result.or(unknown)));
        }
        let mut ty = match (&rule.value, &rule.key) {
            (Some(value), _) => self.type_of(value),
            (None, Some(key)) => Some(Type::set(Some(self.type_of(key)?))),
            (None, None) => None,
        };
        for part in dynamic.iter().rev() {
            let values = ty?;
            let keys = self.type_of(part)?;
            ty = Some(Type::object(Vec::new(), Some((Some(keys), Some(values)))));
        }
        ty
    }

    /// Checks a body in a layer of its own, which stays for questions about its variables.
    pub(super) fn body(&mut self, body: &[Expr]) -> Vec<Found> {
        self.env.push_body();
        let mut errors = Vec::new();
        for expr in body {
            self.statement(expr, &mut errors);
        }
        errors
    }

    fn statement(&mut self, expr: &Expr, errors: &mut Vec<Found>) {
        let depth = self.env.depth();
        if self.again > 0 {
            self.budget = self.budget.saturating_sub(1);
        }
        if !expr.withs.is_empty() {
            self.push_withs(expr);
        }
        let before = errors.len();
        self.closures(expr, errors);
        self.references(expr, errors);
        let inner = errors.len() > before;
        if let Err(error) = self.expression(expr) {
            // an error inside says it better than one that comes of nothing being known
            if !(inner && error.unknown) {
                errors.push(*error);
            }
        }
        if self.listener.is_some() {
            self.tell(expr);
        }
        self.env.truncate(depth);
    }

    /// The type of a term; `None` if nothing is known.
    pub(super) fn type_of(&mut self, term: &Term) -> Maybe {
        match &term.kind {
            TermKind::Value(value) => Some(Type::of_value(value)),
            TermKind::Template(_) => Some(Type::String),
            TermKind::Var(var) => self.env.var(*var),
            TermKind::Ref(parts) => self.env.reference(parts),
            TermKind::Array(items) => Some(Type::array(items.iter().map(|item| self.type_of(item)).collect(), None)),
            TermKind::Object(entries) => {
                let mut fixed = Vec::new();
                let mut rest = None;
                for (key, value) in entries {
                    match key.constant() {
                        Some(key) => fixed.push((ty::json_key(&key), self.type_of(value))),
                        // the last one counts
                        None => rest = Some((self.type_of(key), self.type_of(value))),
                    }
                }
                Some(Type::object(fixed, rest))
            }
            TermKind::Set(items) => {
                let mut of = Join::default();
                items.iter().for_each(|item| of.add(self.type_of(item)));
                Some(Type::set(of.finish()))
            }
            TermKind::Comprehension(comprehension) => self.comprehension(comprehension, None).0,
            TermKind::Call(_) => None,
        }
    }

    /// The type of a comprehension, and whether its body is without errors.
    fn comprehension(&mut self, comprehension: &Comprehension, errors: Option<&mut Vec<Found>>) -> (Maybe, bool) {
        let key: *const Comprehension = comprehension;
        let state = self.env.state();
        if let Some(seen) = self.comprehensions.get(&key)
            && seen.state == state
            && (seen.fine || errors.is_none())
        {
            return (seen.ty.clone(), seen.fine);
        }
        let depth = self.env.depth();
        let found = self.body(&comprehension.body);
        let fine = found.is_empty();
        if let Some(errors) = errors {
            errors.extend(found);
        }
        let ty = fine.then(|| {
            let term = self.type_of(&comprehension.term);
            match comprehension.shape {
                Shape::Array => Type::array(Vec::new(), term),
                Shape::Set => Type::set(term),
                Shape::Object => {
                    let key = comprehension.key.as_ref().and_then(|key| self.type_of(key));
                    Type::object(Vec::new(), Some((key, term)))
                }
            }
        });
        self.env.truncate(depth);
        self.comprehensions.insert(key, Seen { state, ty: ty.clone(), fine });
        (ty, fine)
    }

    /// Checks the comprehensions of a statement, those in bodies of `every`, `not`, `and` and `or` too.
    fn closures(&mut self, expr: &Expr, errors: &mut Vec<Found>) {
        let mut found = Vec::new();
        comprehensions(expr, &mut found);
        self.each_closure(&found, errors);
    }

    fn each_closure(&mut self, found: &[&Comprehension], errors: &mut Vec<Found>) {
        for comprehension in found {
            let (_, fine) = self.comprehension(comprehension, Some(errors));
            if !fine || self.budget == 0 {
                continue;
            }
            // OPA goes on inside, where it does not know the comprehension's own variables any more
            let mut inner = Vec::new();
            for term in comprehension.key.iter().chain([&comprehension.term]) {
                comprehensions_in(term, &mut inner);
            }
            comprehension.body.iter().for_each(|expr| comprehensions(expr, &mut inner));
            self.again += 1;
            self.each_closure(&inner, errors);
            self.again -= 1;
        }
    }

    /// What a `with` replaces can also be what it is replaced by, and rules that depend on it can be anything.
    fn push_withs(&mut self, expr: &Expr) {
        let own = self.env.depth();
        let mut replaced = Vec::new();
        for with in &expr.withs {
            let Some(target) = with.target.as_ref() else { continue };
            let ty = self.env.reference_below(own, target);
            let is_function = matches!(ty, Some(Type::Function(_)));
            if let Some(tree) = self.dependents(target, is_function) {
                self.env.push_tree(tree);
            }
            if is_function {
                continue;
            }
            let mut new = Type::Any;
            if with.target.is_ground()
                && let Some(ty) = ty
                && let Some(value) = self.type_of(&with.value)
                && let Some(both) = or(Some(ty), Some(value))
            {
                new = both;
            }
            let ground = target.iter().skip(1).position(|part| !part.is_ground()).map_or(target.len(), |at| at + 1);
            replaced.push((&target[..ground], new));
        }
        if !replaced.is_empty() {
            let mut tree = Tree::default();
            for (path, ty) in replaced {
                tree.put(path, ty);
            }
            self.env.push_tree(Rc::new(tree));
        }
    }

    fn dependents(&mut self, target: &[Term], is_function: bool) -> Option<Rc<Tree>> {
        let key = (self.describe.path(target), is_function);
        if let Some(known) = self.dependents.get(&key) {
            return known.clone();
        }
        let tree = self.program.dependents(target[0].at.module, target, is_function).map(Rc::new);
        self.dependents.insert(key, tree.clone());
        tree
    }

    /// Tells the listener of the operands of a statement, and of those inside the bodies that OPA does not check.
    fn tell(&mut self, expr: &Expr) {
        let operands: &[Term] = match &expr.kind {
            ExprKind::Call(terms) => &terms[1..],
            ExprKind::Term(term) => std::slice::from_ref(term),
            _ => &[],
        };
        for term in operands {
            if let Some(ty) = self.type_of(term).filter(|ty| !ty.is_unknown())
                && let Some(listener) = &mut self.listener
            {
                listener(term, &ty);
            }
        }
        let mut inside = |body: &Body| {
            let depth = self.env.depth();
            self.body(body);
            self.env.truncate(depth);
        };
        match &expr.kind {
            ExprKind::Every(every) => inside(&every.body),
            ExprKind::Not { body, .. } => inside(body),
            ExprKind::Logical(logical) => {
                inside(&logical.left);
                inside(&logical.right);
            }
            _ => {}
        }
    }
}

/// Adds the comprehensions of a statement that are not inside others, the first on top.
fn comprehensions<'e>(expr: &'e Expr, out: &mut Vec<&'e Comprehension>) {
    let mut all = |exprs: &'e Body| exprs.iter().for_each(|expr| comprehensions(expr, out));
    match &expr.kind {
        ExprKind::Term(term) => comprehensions_in(term, out),
        ExprKind::Call(terms) => terms.iter().for_each(|term| comprehensions_in(term, out)),
        ExprKind::Every(every) => {
            all(&every.body);
            comprehensions_in(&every.domain, out);
        }
        ExprKind::Not { body, .. } => all(body),
        ExprKind::Logical(logical) => {
            all(&logical.left);
            all(&logical.right);
        }
        ExprKind::Some(_) | ExprKind::SomeIn(..) => {}
    }
    for with in &expr.withs {
        comprehensions_in(&with.value, out);
    }
}

fn comprehensions_in<'e>(term: &'e Term, out: &mut Vec<&'e Comprehension>) {
    match &term.kind {
        TermKind::Value(_) | TermKind::Var(_) | TermKind::Template(_) => {}
        TermKind::Ref(terms) | TermKind::Array(terms) | TermKind::Set(terms) | TermKind::Call(terms) => {
            terms.iter().for_each(|term| comprehensions_in(term, out));
        }
        TermKind::Object(entries) => {
            for (key, value) in entries {
                comprehensions_in(key, out);
                comprehensions_in(value, out);
            }
        }
        TermKind::Comprehension(comprehension) => out.push(comprehension),
    }
}
