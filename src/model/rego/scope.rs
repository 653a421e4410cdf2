//! Which variable is which: where names are declared, and what each use of a name stands for.
//!
//! Follows OPA's compiler: `:=`, `some` and `every` declare in their body from there on, arguments in the rule, and every other
//! name that is neither a rule of the module, nor an import, nor a document is a variable of the outermost body in which it stands
//! (comprehensions see the variables round them). What a body declares somewhere is no rule and no import anywhere in it.

use std::cell::OnceCell;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Module;
use super::builtins::is_builtin_namespace;
use super::declared::{AssignCall, declared};
use crate::syntax::rego::ast::{self, Expr, LiteralKind, RefPart};
use crate::syntax::rego::{Kind, Node, Parse};
use crate::text::Span;

/// How a variable came to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BindingKind {
    Argument,
    /// `some x`
    Some,
    /// `some x in xs`
    SomeIn,
    Every,
    /// `x := …`
    Assign,
    /// Nothing declares it: bound by unification or iteration, or a rule of the package that another file defines.
    Implicit,
}

/// A variable.
#[derive(Clone, Copy, Debug)]
pub struct Binding<'t> {
    pub name: &'t str,
    pub kind: BindingKind,
    /// Where it is declared; for implicit ones the first use.
    pub span: Span,
    /// Index of the scope that it lives in.
    pub scope: u32,
    /// Index of the rule in the module.
    pub rule: u32,
    /// Uses besides the declaration.
    pub uses: u32,
}

/// What opens a scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScopeKind {
    /// A rule with its arguments.
    Rule,
    Body,
    Else,
    Comprehension,
    Every,
    /// `not { … }` and operands of `and` and `or` in braces.
    Nested,
}

/// A scope.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    pub kind: ScopeKind,
    pub parent: Option<u32>,
}

/// What a name stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Name {
    /// Index in [`Scopes::bindings`].
    Local(u32),
    Wildcard,
    Input,
    Data,
    /// Index in the module's imports.
    Import(u32),
    /// A rule of this module: the index of the first one with that name.
    Rule(u32),
    /// The first part of a built-in function's name, in a call.
    Builtin,
    /// A called function that this module does not define.
    Unknown,
}

/// The scopes of a module and the meaning of each `Var` node in its rules.
#[derive(Debug, Default)]
pub struct Scopes<'t> {
    pub scopes: Vec<Scope>,
    pub bindings: Vec<Binding<'t>>,
    /// Id of a `Var` node → its meaning; sorted.
    names: Vec<(u32, Name)>,
    /// Ids of `Var` nodes whose names a body round them declares elsewhere; sorted.
    own: Vec<u32>,
}

impl<'t> Scopes<'t> {
    /// Resolves all names in a module's rules.
    #[must_use]
    pub fn new(parse: &'t Parse, module: &Module<'t>) -> Self {
        let mut walker = Walker {
            module,
            out: Self::default(),
            visible: FxHashMap::default(),
            declared: Vec::new(),
            own: FxHashMap::default(),
            pending: Vec::new(),
            scope: 0,
            rule: 0,
        };
        walker.out.names.reserve(parse.tree.node_count() / 4);
        for (at, rule) in module.rules.iter().enumerate() {
            walker.rule = at as u32;
            walker.rule(rule.rule);
        }
        let mut out = walker.out;
        out.names.sort_unstable_by_key(|(id, _)| *id);
        out.own.sort_unstable();
        out
    }

    /// What a `Var` node in a rule stands for; `None` for the names of heads and for other nodes.
    #[must_use]
    pub fn name(&self, var: Node<'_>) -> Option<Name> {
        self.names.binary_search_by_key(&var.id(), |(id, _)| *id).ok().map(|at| self.names[at].1)
    }

    /// Whether a `Var` node is the rule of its name if another file of the package has one: nothing here declares or imports it.
    #[must_use]
    pub fn may_be_rule(&self, var: Node<'_>) -> bool {
        let open = match self.name(var) {
            Some(Name::Local(at)) => self.bindings[at as usize].kind == BindingKind::Implicit,
            Some(Name::Builtin | Name::Unknown | Name::Input | Name::Data | Name::Rule(_)) => true,
            Some(Name::Wildcard | Name::Import(_)) | None => false,
        };
        open && self.own.binary_search(&var.id()).is_err()
    }

    /// The variable that a `Var` node stands for.
    #[must_use]
    pub fn binding(&self, var: Node<'_>) -> Option<&Binding<'t>> {
        match self.name(var)? {
            Name::Local(at) => Some(&self.bindings[at as usize]),
            _ => None,
        }
    }

    /// All names in rules, by node id.
    pub fn names(&self) -> impl Iterator<Item = (u32, Name)> + '_ {
        self.names.iter().copied()
    }
}

/// The scopes of a module, made when they are first asked for.
#[derive(Debug, Default)]
pub struct LazyScopes<'t>(OnceCell<Rc<Scopes<'t>>>);

impl<'t> LazyScopes<'t> {
    /// The scopes; it must be the same module each time.
    pub fn get(&self, parse: &'t Parse, module: &Module<'t>) -> &Rc<Scopes<'t>> {
        self.0.get_or_init(|| Rc::new(Scopes::new(parse, module)))
    }
}

struct Walker<'m, 't> {
    module: &'m Module<'t>,
    out: Scopes<'t>,
    /// Declared names → bindings, innermost last.
    visible: FxHashMap<&'t str, Vec<u32>>,
    /// Declared names in the order of declaration, for leaving scopes.
    declared: Vec<&'t str>,
    /// Names that the bodies round this place declare, here or further on → how many of the bodies.
    own: FxHashMap<&'t str, u32>,
    /// Names that nothing declared yet: name, scope, node.
    pending: Vec<(&'t str, u32, Node<'t>)>,
    scope: u32,
    rule: u32,
}

impl<'t> Walker<'_, 't> {
    fn scoped(&mut self, kind: ScopeKind, parent: Option<u32>, inside: impl FnOnce(&mut Self)) {
        let outer = self.scope;
        let declared = self.declared.len();
        self.scope = self.out.scopes.len() as u32;
        self.out.scopes.push(Scope { kind, parent });
        inside(self);
        for name in self.declared.drain(declared..) {
            if let Some(stack) = self.visible.get_mut(name) {
                stack.pop();
            }
        }
        self.scope = outer;
    }

    fn nested(&mut self, kind: ScopeKind, inside: impl FnOnce(&mut Self)) {
        self.scoped(kind, Some(self.scope), inside);
    }

    fn rule(&mut self, rule: ast::Rule<'t>) {
        self.scoped(ScopeKind::Rule, None, |this| {
            let head = rule.head();
            for argument in head.and_then(ast::Head::args).into_iter().flat_map(ast::Args::exprs) {
                this.declare_all(argument, BindingKind::Argument, true);
            }
            let mut bodies = rule.bodies();
            let first = bodies.next();
            this.nested(ScopeKind::Body, |this| {
                this.owning(first, |this| {
                    if let Some(body) = first {
                        this.body(body);
                    }
                    if let Some(head) = head {
                        this.head(head);
                    }
                });
            });
            for body in bodies {
                this.nested(ScopeKind::Body, |this| this.owning(Some(body), |this| this.body(body)));
            }
            for branch in rule.elses() {
                this.nested(ScopeKind::Else, |this| {
                    this.owning(branch.body(), |this| {
                        if let Some(body) = branch.body() {
                            this.body(body);
                        }
                        if let Some(value) = branch.value() {
                            this.expr(value);
                        }
                    });
                });
            }
        });
        self.settle();
    }

    fn head(&mut self, head: ast::Head<'t>) {
        if let Some(Expr::Ref(name)) = head.name() {
            // the first part names the rule
            for part in name.parts() {
                self.part(part);
            }
        }
        for expr in [head.member(), head.value()].into_iter().flatten() {
            self.expr(expr);
        }
    }

    fn body(&mut self, body: ast::Body<'t>) {
        for literal in body.literals() {
            self.literal(literal);
        }
    }

    /// Walks `inside`, which sees the body's declarations wherever they stand in it.
    fn owning(&mut self, body: Option<ast::Body<'t>>, inside: impl FnOnce(&mut Self)) {
        let mut names = Vec::new();
        if let Some(body) = body {
            declared(body.node(), &mut names);
        }
        for name in &names {
            *self.own.entry(name).or_default() += 1;
        }
        inside(self);
        for name in &names {
            if let Some(count) = self.own.get_mut(name) {
                *count -= 1;
            }
        }
    }

    fn literal(&mut self, literal: ast::Literal<'t>) {
        for with in literal.withs() {
            if let Some(target) = with.target() {
                self.target(target);
            }
            if let Some(value) = with.value() {
                self.expr(value);
            }
        }
        match literal.kind() {
            Some(LiteralKind::SomeDecl(some)) => {
                for var in some.vars() {
                    self.declare_all(var, BindingKind::Some, true);
                }
            }
            Some(LiteralKind::SomeIn(some)) => {
                if let Some(collection) = some.collection() {
                    self.expr(collection);
                }
                for pattern in [some.key(), some.value()].into_iter().flatten() {
                    self.declare_all(pattern, BindingKind::SomeIn, false);
                }
            }
            Some(LiteralKind::Every(every)) => {
                if let Some(collection) = every.collection() {
                    self.expr(collection);
                }
                self.nested(ScopeKind::Every, |this| {
                    for var in [every.key(), every.value()].into_iter().flatten() {
                        this.declare_all(var, BindingKind::Every, true);
                    }
                    if let Some(body) = every.body() {
                        this.body(body);
                    }
                });
            }
            Some(LiteralKind::Body(body)) => self.nested(ScopeKind::Nested, |this| this.body(body)),
            Some(LiteralKind::Expr(Expr::Infix(infix))) if infix.op().is_some_and(|op| op.kind() == Kind::Assign) => {
                if let Some(right) = infix.right() {
                    self.expr(right);
                }
                if let Some(left) = infix.left() {
                    self.declare_all(left, BindingKind::Assign, false);
                }
            }
            Some(LiteralKind::Expr(expr)) => match AssignCall::of(expr) {
                Some(AssignCall { callee, left, right }) => {
                    self.function(callee);
                    self.expr(right);
                    self.declare_all(left, BindingKind::Assign, false);
                }
                None => self.expr(expr),
            },
            None => {}
        }
    }

    /// What `with` replaces: a variable called `input` or `data` does not hide the document there.
    fn target(&mut self, target: Expr<'t>) {
        let (operand, reference) = match target {
            Expr::Ref(reference) => (reference.operand(), Some(reference)),
            other => (Some(other), None),
        };
        match operand {
            Some(Expr::Var(var)) if self.is_local(var.name()) && matches!(var.name(), "input" | "data") => {
                let meaning = if var.name() == "input" { Name::Input } else { Name::Data };
                self.out.names.push((var.node().id(), meaning));
                self.out.own.push(var.node().id());
                reference.into_iter().flat_map(ast::Ref::parts).for_each(|part| self.part(part));
            }
            _ => self.function(target),
        }
    }

    fn is_local(&self, name: &str) -> bool {
        self.visible.get(name).is_some_and(|stack| !stack.is_empty())
    }

    /// Declares the variables of a pattern. Keys of objects and references in it are uses, unless `keys`.
    fn declare_all(&mut self, pattern: Expr<'t>, kind: BindingKind, keys: bool) {
        match pattern {
            Expr::Var(var) => self.declare(var, kind),
            Expr::Paren(paren) => {
                if let Some(inner) = paren.expr() {
                    self.declare_all(inner, kind, keys);
                }
            }
            Expr::Array(array) => array.items().for_each(|item| self.declare_all(item, kind, keys)),
            Expr::Object(object) => {
                for item in object.items() {
                    if let Some(key) = item.key() {
                        if keys {
                            self.declare_all(key, kind, keys);
                        } else {
                            self.expr(key);
                        }
                    }
                    if let Some(value) = item.value() {
                        self.declare_all(value, kind, keys);
                    }
                }
            }
            other => self.expr(other),
        }
    }

    fn declare(&mut self, var: ast::Var<'t>, kind: BindingKind) {
        let name = var.name();
        if name == "_" {
            self.out.names.push((var.node().id(), Name::Wildcard));
            return;
        }
        let id = self.out.bindings.len() as u32;
        // an argument that stands twice is one variable
        if kind == BindingKind::Argument
            && let Some(known) = self.visible.get(name).and_then(|stack| stack.last())
        {
            self.out.bindings[*known as usize].uses += 1;
            self.out.names.push((var.node().id(), Name::Local(*known)));
            return;
        }
        self.out.bindings.push(Binding { name, kind, span: var.span(), scope: self.scope, rule: self.rule, uses: 0 });
        self.out.names.push((var.node().id(), Name::Local(id)));
        self.visible.entry(name).or_default().push(id);
        self.declared.push(name);
    }

    fn part(&mut self, part: RefPart<'t>) {
        if let RefPart::Bracket(bracket) = part
            && let Some(expr) = bracket.expr()
        {
            self.expr(expr);
        }
    }

    /// The import or rule that a name stands for where no body declares it.
    fn global(&mut self, var: ast::Var<'t>) -> Option<Name> {
        let name = var.name();
        if self.own.get(name).is_some_and(|count| *count > 0) {
            self.out.own.push(var.node().id());
            return None;
        }
        let import = self.module.import_index(name).map(|at| Name::Import(at as u32));
        import.or_else(|| self.module.rule_index(name).map(|at| Name::Rule(at as u32)))
    }

    fn var(&mut self, var: ast::Var<'t>, called: bool) {
        let name = var.name();
        let meaning = if name == "_" {
            Name::Wildcard
        } else if let Some(binding) = self.visible.get(name).and_then(|stack| stack.last()) {
            self.out.bindings[*binding as usize].uses += 1;
            Name::Local(*binding)
        } else if let Some(meaning) = self.global(var) {
            meaning
        } else if name == "input" {
            Name::Input
        } else if name == "data" {
            Name::Data
        } else if called {
            if is_builtin_namespace(name) { Name::Builtin } else { Name::Unknown }
        } else {
            self.pending.push((name, self.scope, var.node()));
            return;
        };
        self.out.names.push((var.node().id(), meaning));
    }

    /// A name in the place of a function: of a call, or the target of `with`.
    fn function(&mut self, callee: Expr<'t>) {
        match callee {
            Expr::Var(var) => self.var(var, true),
            Expr::Ref(reference) => {
                match reference.operand() {
                    Some(Expr::Var(var)) => self.var(var, true),
                    Some(other) => self.expr(other),
                    None => {}
                }
                reference.parts().for_each(|part| self.part(part));
            }
            other => self.expr(other),
        }
    }

    fn expr(&mut self, expr: Expr<'t>) {
        match expr {
            Expr::Var(var) => self.var(var, false),
            Expr::Scalar(_) => {}
            Expr::Ref(reference) => {
                if let Some(operand) = reference.operand() {
                    self.expr(operand);
                }
                reference.parts().for_each(|part| self.part(part));
            }
            Expr::Call(call) => {
                if let Some(callee) = call.callee() {
                    self.function(callee);
                }
                call.args().for_each(|argument| self.expr(argument));
            }
            Expr::ArrayComprehension(c) => self.comprehension(c.body(), [c.term(), None]),
            Expr::SetComprehension(c) => self.comprehension(c.body(), [c.term(), None]),
            Expr::ObjectComprehension(c) => {
                let item = c.item();
                self.comprehension(c.body(), [item.and_then(ast::ObjectItem::key), item.and_then(ast::ObjectItem::value)]);
            }
            Expr::Logical(logical) => logical.operands().for_each(|operand| self.literal(operand)),
            Expr::Template(template) => template.exprs().filter_map(ast::TemplateExpr::literal).for_each(|literal| self.literal(literal)),
            Expr::Object(object) => {
                for item in object.items() {
                    [item.key(), item.value()].into_iter().flatten().for_each(|expr| self.expr(expr));
                }
            }
            Expr::Infix(_) | Expr::Membership(_) | Expr::Negative(_) | Expr::Paren(_) | Expr::Array(_) | Expr::Set(_) => {
                for child in expr.node().children() {
                    match ast::Literal::cast(child) {
                        // parentheses round `and` and `or`
                        Some(literal) => self.literal(literal),
                        None => _ = Expr::cast(child).map(|child| self.expr(child)),
                    }
                }
            }
        }
    }

    fn comprehension(&mut self, body: Option<ast::Body<'t>>, terms: [Option<Expr<'t>>; 2]) {
        self.nested(ScopeKind::Comprehension, |this| {
            this.owning(body, |this| {
                if let Some(body) = body {
                    this.body(body);
                }
                terms.into_iter().flatten().for_each(|term| this.expr(term));
            });
        });
    }

    /// Binds the names that nothing in the rule declares, each in the outermost scope in which it stands.
    fn settle(&mut self) {
        let mut pending = std::mem::take(&mut self.pending);
        pending.sort_unstable_by_key(|(name, scope, node)| (*name, *scope, node.id()));
        let mut direct: FxHashSet<u32> = FxHashSet::default();
        let mut bound: FxHashMap<u32, u32> = FxHashMap::default();
        for group in pending.chunk_by(|a, b| a.0 == b.0) {
            direct.clear();
            bound.clear();
            direct.extend(group.iter().map(|(_, scope, _)| *scope));
            for (name, scope, node) in group {
                let mut home = *scope;
                let mut at = *scope;
                while let Some(parent) = self.out.scopes[at as usize].parent {
                    at = parent;
                    if direct.contains(&at) {
                        home = at;
                    }
                }
                let id = *bound.entry(home).or_insert_with(|| {
                    let (kind, rule) = (BindingKind::Implicit, self.rule);
                    self.out.bindings.push(Binding { name, kind, span: node.span(), scope: home, rule, uses: 0 });
                    self.out.bindings.len() as u32 - 1
                });
                let binding = &mut self.out.bindings[id as usize];
                if binding.span.start > node.span().start {
                    binding.span = node.span();
                }
                binding.uses += 1;
                self.out.names.push((node.id(), Name::Local(id)));
            }
            // the first use stands in for a declaration
            for id in bound.values() {
                self.out.bindings[*id as usize].uses -= 1;
            }
        }
        pending.clear();
        self.pending = pending;
    }
}
