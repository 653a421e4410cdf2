//! The program between tree and machine: OPA's abstract syntax, on which the compile stages work.

use std::collections::HashMap;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::rego::value::Value;
use crate::text::Span;

/// A place in one of the modules.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub(crate) struct Loc {
    /// Index of the module among the compiled ones.
    pub(crate) module: u32,
    pub(crate) span: Span,
}

/// A variable: an index into [`Vars`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Var(pub(crate) u32);

pub(crate) type VarSet = FxHashSet<Var>;

/// The variables `input` and `data`.
pub(crate) const INPUT: Var = Var(0);
pub(crate) const DATA: Var = Var(1);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Named,
    /// `_`, each use of its own.
    Wildcard,
    /// Made by a compile stage; the variable it stands for, if it stands for one.
    Generated(Option<Var>),
}

/// The names of all variables.
#[derive(Debug)]
pub(crate) struct Vars {
    infos: Vec<(Rc<str>, Kind)>,
    by_name: HashMap<Rc<str>, Var>,
}

impl Default for Vars {
    fn default() -> Self {
        let mut vars = Self { infos: Vec::new(), by_name: HashMap::new() };
        vars.named("input");
        vars.named("data");
        vars
    }
}

impl Vars {
    pub(crate) fn named(&mut self, name: &str) -> Var {
        if let Some(var) = self.by_name.get(name) {
            return *var;
        }
        let name: Rc<str> = name.into();
        let var = self.push(name.clone(), Kind::Named);
        self.by_name.insert(name, var);
        var
    }

    /// All variables that authors or builtins name.
    pub(crate) fn named_ones(&self) -> impl Iterator<Item = (Var, &str)> {
        self.by_name.iter().map(|(name, var)| (*var, &**name))
    }

    pub(crate) fn wildcard(&mut self) -> Var {
        self.push("_".into(), Kind::Wildcard)
    }

    pub(crate) fn generate(&mut self) -> Var {
        self.push("<local>".into(), Kind::Generated(None))
    }

    /// A fresh variable in the place of `original`.
    pub(crate) fn generate_for(&mut self, original: Var) -> Var {
        let (name, kind) = self.infos[original.0 as usize].clone();
        let kind = if kind == Kind::Wildcard { Kind::Wildcard } else { Kind::Generated(Some(original)) };
        self.push(name, kind)
    }

    fn push(&mut self, name: Rc<str>, kind: Kind) -> Var {
        let var = Var(u32::try_from(self.infos.len()).unwrap_or(u32::MAX));
        self.infos.push((name, kind));
        var
    }

    /// As the author wrote it.
    pub(crate) fn name(&self, var: Var) -> &str {
        &self.infos[var.0 as usize].0
    }

    pub(crate) fn is_wildcard(&self, var: Var) -> bool {
        self.infos[var.0 as usize].1 == Kind::Wildcard
    }

    /// Made by a stage: OPA's `__local…` names, whether they stand for an author's name or not.
    pub(crate) fn is_local(&self, var: Var) -> bool {
        matches!(self.infos[var.0 as usize].1, Kind::Generated(_))
    }

    /// Stands for nothing that the author named.
    pub(crate) fn is_anonymous(&self, var: Var) -> bool {
        matches!(self.infos[var.0 as usize].1, Kind::Generated(None) | Kind::Wildcard)
    }
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Term {
    pub(crate) at: Loc,
    pub(crate) kind: TermKind,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) enum TermKind {
    /// A scalar.
    Value(Value),
    Var(Var),
    /// At least one term: what it starts at, then its parts.
    Ref(Vec<Term>),
    Array(Vec<Term>),
    Object(Vec<(Term, Term)>),
    Set(Vec<Term>),
    Comprehension(Box<Comprehension>),
    /// Operator (a reference), then operands.
    Call(Vec<Term>),
    Template(Vec<Part>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    Array,
    Set,
    Object,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Comprehension {
    pub(crate) shape: Shape,
    /// Of objects only.
    pub(crate) key: Option<Term>,
    pub(crate) term: Term,
    pub(crate) body: Body,
}

/// A piece of a template string.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Part {
    Term(Term),
    Expr(Expr),
}

pub(crate) type Body = Vec<Expr>;

/// One statement of a body.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Expr {
    pub(crate) at: Loc,
    pub(crate) negated: bool,
    /// Made by a compile stage.
    pub(crate) generated: bool,
    /// Was `:=`.
    pub(crate) assigned: bool,
    pub(crate) kind: ExprKind,
    pub(crate) withs: Vec<With>,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) enum ExprKind {
    Term(Term),
    /// Operator, then operands; the last of them may receive the result.
    Call(Vec<Term>),
    /// `some x, y`
    Some(Vec<Term>),
    /// `some k, v in xs`: key, value, collection.
    SomeIn(Option<Term>, Term, Term),
    Every(Box<Every>),
    Not {
        body: Body,
        explicit: bool,
    },
    Logical(Box<Logical>),
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Every {
    pub(crate) key: Option<Term>,
    pub(crate) value: Term,
    pub(crate) domain: Term,
    pub(crate) body: Body,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Logical {
    pub(crate) and: bool,
    pub(crate) left: Body,
    pub(crate) left_explicit: bool,
    pub(crate) right: Body,
    pub(crate) right_explicit: bool,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct With {
    pub(crate) at: Loc,
    pub(crate) target: Term,
    pub(crate) value: Term,
}

#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) at: Loc,
    pub(crate) head_at: Loc,
    pub(crate) default: bool,
    /// The name: the first part of the reference as a string; a duplicate test has a number in it.
    pub(crate) name: Value,
    /// The head's reference without the package; starts with a variable.
    pub(crate) reference: Vec<Term>,
    pub(crate) args: Vec<Term>,
    pub(crate) key: Option<Term>,
    pub(crate) value: Option<Term>,
    pub(crate) body: Body,
    pub(crate) otherwise: Option<Box<Rule>>,
}

impl Rule {
    /// Collects values (`contains`), rather than having one.
    pub(crate) fn is_multi(&self) -> bool {
        self.value.is_none()
    }

    /// Has a key or variables in its reference: no complete document.
    pub(crate) fn is_partial(&self) -> bool {
        self.key.is_some() || self.ground_len() < self.reference.len()
    }

    /// How many parts of the reference are constant.
    pub(crate) fn ground_len(&self) -> usize {
        let dynamic = self.reference.iter().skip(1).position(|part| !part.is_ground());
        dynamic.map_or(self.reference.len(), |at| at + 1)
    }

    /// The rule and its `else` branches.
    pub(crate) fn chain(&self) -> impl Iterator<Item = &Rule> {
        std::iter::successors(Some(self), |rule| rule.otherwise.as_deref())
    }
}

/// Calls `f` with the rule and each of its `else` branches.
pub(crate) fn each_in_chain(rule: &mut Rule, f: &mut dyn FnMut(&mut Rule)) {
    let mut next = Some(rule);
    while let Some(rule) = next {
        f(rule);
        next = rule.otherwise.as_deref_mut();
    }
}

#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) at: Loc,
    pub(crate) path: Vec<Term>,
    pub(crate) name: Var,
}

#[derive(Debug)]
pub(crate) struct Module {
    /// `data`, then the package's names.
    pub(crate) package: Vec<Term>,
    pub(crate) package_at: Loc,
    pub(crate) imports: Vec<Import>,
    pub(crate) rules: Vec<Rule>,
    /// Version 1's rules apply.
    pub(crate) v1: bool,
}

impl Term {
    pub(crate) fn new(at: Loc, kind: TermKind) -> Self {
        Self { at, kind }
    }

    pub(crate) fn var(at: Loc, var: Var) -> Self {
        Self::new(at, TermKind::Var(var))
    }

    pub(crate) fn value(at: Loc, value: impl Into<Value>) -> Self {
        Self::new(at, TermKind::Value(value.into()))
    }

    pub(crate) fn as_var(&self) -> Option<Var> {
        match self.kind {
            TermKind::Var(var) => Some(var),
            _ => None,
        }
    }

    pub(crate) fn as_ref(&self) -> Option<&[Term]> {
        match &self.kind {
            TermKind::Ref(parts) => Some(parts),
            _ => None,
        }
    }

    pub(crate) fn as_value(&self) -> Option<&Value> {
        match &self.kind {
            TermKind::Value(value) => Some(value),
            _ => None,
        }
    }

    /// A reference whose first term is `var`.
    pub(crate) fn is_ref_to(&self, var: Var) -> bool {
        self.as_ref().is_some_and(|parts| parts[0].as_var() == Some(var))
    }

    /// Has no variables except the heads of references, as OPA counts it: a reference is ground if its parts are.
    pub(crate) fn is_ground(&self) -> bool {
        match &self.kind {
            TermKind::Value(_) => true,
            TermKind::Var(_) | TermKind::Template(_) => false,
            TermKind::Ref(parts) => parts[1..].iter().all(Self::is_ground),
            TermKind::Array(items) | TermKind::Set(items) | TermKind::Call(items) => items.iter().all(Self::is_ground),
            TermKind::Object(entries) => entries.iter().all(|(k, v)| k.is_ground() && v.is_ground()),
            TermKind::Comprehension(_) => false,
        }
    }

    /// The value of a term made of constants only.
    pub(crate) fn constant(&self) -> Option<Value> {
        Some(match &self.kind {
            TermKind::Value(value) => value.clone(),
            TermKind::Array(items) => Value::array(items.iter().map(Self::constant).collect::<Option<_>>()?),
            TermKind::Set(items) => Value::set(items.iter().map(Self::constant).collect::<Option<_>>()?),
            TermKind::Object(entries) => entries.iter().map(|(k, v)| Some((k.constant()?, v.constant()?))).collect::<Option<Value>>()?,
            _ => return None,
        })
    }
}

impl FromIterator<(Term, Term)> for TermKind {
    fn from_iter<I: IntoIterator<Item = (Term, Term)>>(entries: I) -> Self {
        Self::Object(entries.into_iter().collect())
    }
}

impl Expr {
    pub(crate) fn new(at: Loc, kind: ExprKind) -> Self {
        Self { at, negated: false, generated: false, assigned: false, kind, withs: Vec::new() }
    }

    /// `name(…)`, called as a builtin.
    pub(crate) fn builtin(at: Loc, name: &str, operands: impl IntoIterator<Item = Term>, vars: &mut Vars) -> Self {
        let mut terms = vec![operator(at, name, vars)];
        terms.extend(operands);
        Self::new(at, ExprKind::Call(terms))
    }

    /// `left = right`, made by a stage.
    pub(crate) fn generated_equality(left: Term, right: Term, vars: &mut Vars) -> Self {
        let at = right.at;
        Self { generated: true, ..Self::builtin(at, "eq", [left, right], vars) }
    }

    /// Operator and operands.
    pub(crate) fn as_call(&self) -> Option<&[Term]> {
        match &self.kind {
            ExprKind::Call(terms) => Some(terms),
            _ => None,
        }
    }

    fn is_call_to(&self, name: &str, vars: &Vars) -> bool {
        self.as_call().is_some_and(|terms| is_operator(&terms[0], name, vars))
    }

    /// `a = b`
    pub(crate) fn is_equality(&self, vars: &Vars) -> bool {
        self.is_call_to("eq", vars)
    }

    /// `a := b`
    pub(crate) fn is_assignment(&self, vars: &Vars) -> bool {
        self.is_call_to("assign", vars)
    }
}

/// The reference that names a builtin.
pub(crate) fn operator(at: Loc, name: &str, vars: &mut Vars) -> Term {
    let mut parts = name.split('.');
    let head = parts.next().map_or(INPUT, |first| vars.named(first));
    let mut terms = vec![Term::var(at, head)];
    terms.extend(parts.map(|part| Term::value(at, part)));
    Term::new(at, TermKind::Ref(terms))
}

fn is_operator(term: &Term, name: &str, vars: &Vars) -> bool {
    match term.as_ref() {
        Some([head]) => head.as_var().is_some_and(|var| vars.name(var) == name),
        _ => false,
    }
}

/// `io.jwt.decode` of a reference made of names; `None` if a part is no string.
pub(crate) fn dotted(parts: &[Term], vars: &Vars) -> Option<String> {
    let mut out = vars.name(parts[0].as_var()?).to_owned();
    for part in &parts[1..] {
        out.push('.');
        out.push_str(part.as_value()?.as_str()?);
    }
    Some(out)
}

/// A body's statement if a stage leaves none: `true`.
pub(crate) fn true_body(at: Loc) -> Body {
    vec![Expr::new(at, ExprKind::Term(Term::value(at, true)))]
}

/// Whether the body is `true` alone: what bodyless rules have.
pub(crate) fn is_true_body(body: &[Expr]) -> bool {
    matches!(body, [Expr { kind: ExprKind::Term(Term { kind: TermKind::Value(Value::Bool(true)), .. }), .. }])
}

/// Appends statements; a body that is only `true` gives way to the first of them.
pub(crate) fn append(body: &mut Body, more: Vec<Expr>) {
    if !more.is_empty() && is_true_body(body) {
        body.clear();
    }
    body.extend(more);
}

/// Maps of variables to what a stage made of them.
pub(crate) type Renames = FxHashMap<Var, Var>;
