//! The program between tree and machine: OPA's abstract syntax, on which the compile stages work.

use std::sync::{Arc, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::rego::signatures::{self, Signature};
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

/// Variables that every module has at the same index: documents and what the stages call.
pub(crate) const INPUT: Var = Var(0);
pub(crate) const DATA: Var = Var(1);
pub(crate) const EQ: Var = Var(2);
pub(crate) const ASSIGN: Var = Var(3);
pub(crate) const EQUAL: Var = Var(4);
pub(crate) const PRINT: Var = Var(5);
const FIXED: [&str; 6] = ["input", "data", "eq", "assign", "equal", "print"];

/// The names that all modules know at the same indices: [`FIXED`], then the first parts of builtins' names.
struct Shared {
    names: Vec<&'static str>,
    by_name: FxHashMap<&'static str, Var>,
    /// By variable: what follows its name in names of builtins (nothing, or `jwt.decode`), with the builtins' signatures.
    builtins: Vec<Vec<(&'static str, Signature)>>,
}

fn shared() -> &'static Shared {
    static SHARED: OnceLock<Shared> = OnceLock::new();
    SHARED.get_or_init(|| {
        let mut shared = Shared { names: Vec::new(), by_name: FxHashMap::default(), builtins: Vec::new() };
        let first = |name: &'static str| name.split('.').next().unwrap_or(name);
        for name in FIXED.into_iter().chain(signatures::names().map(first)) {
            let next = Var(u32::try_from(shared.names.len()).unwrap_or(u32::MAX));
            if *shared.by_name.entry(name).or_insert(next) == next {
                shared.names.push(name);
            }
        }
        shared.builtins.resize_with(shared.names.len(), Vec::new);
        for name in signatures::names() {
            let rest = name.split_once('.').map_or("", |(_, rest)| rest);
            if let (Some(var), Some(signature)) = (shared.by_name.get(first(name)), signatures::signature(name)) {
                shared.builtins[var.0 as usize].push((rest, signature));
            }
        }
        shared
    })
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Kind {
    Named(Arc<str>),
    /// `_`, each use of its own.
    Wildcard,
    /// Made by a compile stage; the variable it stands for, if it stands for one.
    Generated(Option<Var>),
}

/// The variables of one module.
#[derive(Debug)]
pub(crate) struct Vars {
    shared: &'static Shared,
    /// Those that are not shared.
    own: Vec<Kind>,
    by_name: FxHashMap<Arc<str>, Var>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared")
    }
}

impl Default for Vars {
    fn default() -> Self {
        Self { shared: shared(), own: Vec::new(), by_name: FxHashMap::default() }
    }
}

impl Vars {
    pub(crate) fn named(&mut self, name: &str) -> Var {
        if let Some(var) = self.find(name) {
            return var;
        }
        let name: Arc<str> = name.into();
        let var = self.push(Kind::Named(Arc::clone(&name)));
        self.by_name.insert(name, var);
        var
    }

    /// The variable of a name, if the module uses it.
    pub(crate) fn find(&self, name: &str) -> Option<Var> {
        self.shared.by_name.get(name).or_else(|| self.by_name.get(name)).copied()
    }

    /// All variables that authors name and that no builtin's name starts with.
    pub(crate) fn named_ones(&self) -> impl Iterator<Item = (Var, &Arc<str>)> {
        let first = self.shared.names.len();
        self.own.iter().enumerate().filter_map(move |(at, kind)| match kind {
            Kind::Named(name) => Some((Var((first + at) as u32), name)),
            _ => None,
        })
    }

    pub(crate) fn wildcard(&mut self) -> Var {
        self.push(Kind::Wildcard)
    }

    pub(crate) fn generate(&mut self) -> Var {
        self.push(Kind::Generated(None))
    }

    /// A fresh variable in the place of `original`.
    pub(crate) fn generate_for(&mut self, original: Var) -> Var {
        let kind = if self.is_wildcard(original) { Kind::Wildcard } else { Kind::Generated(Some(original)) };
        self.push(kind)
    }

    fn push(&mut self, kind: Kind) -> Var {
        let var = Var(u32::try_from(self.shared.names.len() + self.own.len()).unwrap_or(u32::MAX));
        self.own.push(kind);
        var
    }

    fn kind(&self, var: Var) -> Option<&Kind> {
        (var.0 as usize).checked_sub(self.shared.names.len()).map(|at| &self.own[at])
    }

    /// As the author wrote it.
    pub(crate) fn name(&self, var: Var) -> &str {
        let mut var = var;
        loop {
            match self.kind(var) {
                None => return self.shared.names[var.0 as usize],
                Some(Kind::Named(name)) => return name,
                Some(Kind::Wildcard) => return "_",
                Some(Kind::Generated(None)) => return "<local>",
                Some(Kind::Generated(Some(original))) => var = *original,
            }
        }
    }

    pub(crate) fn is_wildcard(&self, var: Var) -> bool {
        self.kind(var) == Some(&Kind::Wildcard)
    }

    /// Made by a stage: OPA's `__local…` names, whether they stand for an author's name or not.
    pub(crate) fn is_local(&self, var: Var) -> bool {
        matches!(self.kind(var), Some(Kind::Generated(_)))
    }

    /// Stands for nothing that the author named.
    pub(crate) fn is_anonymous(&self, var: Var) -> bool {
        matches!(self.kind(var), Some(Kind::Generated(None) | Kind::Wildcard))
    }
}

/// OPA's builtin that a variable and constant parts behind it name.
pub(crate) fn shared_builtin(parts: &[Term]) -> Option<Signature> {
    let known = shared().builtins.get(parts[0].as_var()?.0 as usize)?;
    let is_named = |rest: &str| match parts {
        [_] => rest.is_empty(),
        [_, parts @ ..] => {
            let mut names = rest.split('.');
            parts.iter().all(|part| part.as_value().and_then(Value::as_str).is_some_and(|name| names.next() == Some(name)))
                && names.next().is_none()
        }
        [] => false,
    };
    known.iter().find(|(rest, _)| is_named(rest)).map(|(_, signature)| *signature)
}

/// The name of a variable that all modules share.
pub(crate) fn shared_name(var: Var) -> Option<&'static str> {
    shared().names.get(var.0 as usize).copied()
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
    /// A stage refused it: later stages leave it out, and what depends on it takes it for defined.
    pub(crate) broken: bool,
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

    /// How many parts the reference starts with that are constant.
    pub(crate) fn ground_len(&self) -> usize {
        // what is neither a constant nor a variable, an early stage makes a variable
        let dynamic = self.reference.iter().skip(1).position(|part| part.as_value().is_none());
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
    pub(crate) index: u32,
    /// `data`, then the package's names.
    pub(crate) package: Vec<Term>,
    pub(crate) package_at: Loc,
    pub(crate) imports: Vec<Import>,
    pub(crate) rules: Vec<Rule>,
    /// Version 1's rules apply.
    pub(crate) v1: bool,
    pub(crate) vars: Vars,
    /// What its METADATA say about schemas.
    pub(crate) schemas: Vec<crate::model::rego::types::Note>,
    pub(crate) uses: Uses,
}

/// What a module uses; stages about anything else have nothing to do.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Uses {
    pub(crate) templates: bool,
    pub(crate) withs: bool,
    /// Calls without a result: of `print`, or of a stage's own functions.
    pub(crate) prints: bool,
}

impl Module {
    /// In the place of a module that cannot be read.
    pub(crate) fn empty(index: u32) -> Self {
        let package_at = Loc { module: index, span: Span::at(0) };
        let package = vec![Term::var(package_at, DATA)];
        let (imports, rules, schemas) = (Vec::new(), Vec::new(), Vec::new());
        Self { index, package, package_at, imports, rules, v1: true, vars: Vars::default(), schemas, uses: Uses::default() }
    }

    /// `package.rule` of the rule that covers a place, or the package.
    pub(crate) fn subject(&self, span: Span) -> String {
        let mut subject = self.package_names().join(".");
        let at = self.rules.partition_point(|rule| rule.at.span.start <= span.start);
        let rule = at.checked_sub(1).map(|at| &self.rules[at]).filter(|rule| span.start < rule.at.span.end);
        if let Some(rule) = rule {
            subject.push('.');
            subject.push_str(rule.name.as_str().unwrap_or_default());
            for part in &rule.reference[1..rule.ground_len()] {
                subject.push('.');
                subject.push_str(part.as_value().and_then(Value::as_str).unwrap_or_default());
            }
        }
        subject
    }

    /// The names of the package's path below `data`.
    pub(crate) fn package_names(&self) -> Vec<Arc<str>> {
        let name = |term: &Term| match &term.kind {
            TermKind::Value(Value::String(name)) => Arc::clone(name),
            _ => Arc::from(""),
        };
        self.package[1..].iter().map(name).collect()
    }
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

    /// Whether it calls what a lone name names.
    pub(crate) fn calls(&self, name: Var) -> bool {
        self.as_call().and_then(|terms| terms[0].as_ref()).is_some_and(|parts| parts.len() == 1 && parts[0].as_var() == Some(name))
    }

    /// `a = b`
    pub(crate) fn is_equality(&self) -> bool {
        self.calls(EQ)
    }

    /// `a := b`
    pub(crate) fn is_assignment(&self) -> bool {
        self.calls(ASSIGN)
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
