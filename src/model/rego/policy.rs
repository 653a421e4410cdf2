//! What rules about decisions, tests and reachability ask of a module, as plain data.

use rustc_hash::FxHashMap;

use super::scope::{BindingKind, Name, Scopes};
use super::{Module, Root, RuleDef, annotations, string_value};
use crate::model::rego::AnnotationScope;
use crate::syntax::rego::ast::{Body, Call, Expr, Infix, Literal, LiteralKind, Ref, RefPart, With};
use crate::syntax::rego::{Kind, Node, Parse};
use crate::text::Span;

/// Facts about the rules of one module.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PolicyFacts {
    /// METADATA says that all of the package is queried.
    pub is_entrypoint: bool,
    /// One for each of `Facts::rules`.
    pub rules: Vec<RulePolicy>,
    /// Whether `attributes` and `values` were gathered: the module has words that a rule looks for.
    pub has_attributes: bool,
}

/// Facts about one rule.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RulePolicy {
    /// METADATA says that the rule is queried.
    pub is_entrypoint: bool,
    /// METADATA describes the rule.
    pub is_documented: bool,
    /// Each branch uses `input`.
    pub needs_input: bool,
    /// Bodies and `else` branches.
    pub branches: u32,
    /// Uses of `input`, but for targets of `with`.
    pub input_uses: Vec<Span>,
    /// Statements under `with input as …`.
    pub with_input: Vec<Span>,
    /// Paths below `data`, and built-in functions, that `with` replaces.
    pub replaced: Vec<String>,
    /// Why a test cannot fail; `None` for rules that are no tests and for tests that can.
    pub passes: Option<Passes>,
    /// What the bodies ask about, in text order.
    pub attributes: Vec<Attribute>,
    /// Where the values may come from.
    pub values: Vec<Attribute>,
}

/// A test whose statements are all of a kind that holds by itself.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Passes {
    /// Paths below `data` that it says are not there; it passes always if they are not.
    pub absent: Vec<(String, Span)>,
}

/// Where a path starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AttributeRoot {
    Input,
    Data,
    /// What `io.jwt.decode` or `io.jwt.decode_verify` gives.
    Token,
    /// An argument of the enclosing function.
    Argument(u32),
}

/// A path that a rule reads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attribute {
    pub root: AttributeRoot,
    /// The names behind the root; `*` for any element.
    pub names: Vec<String>,
    /// What stands in the call, if the path is a function's.
    pub arguments: Option<Vec<Vec<Attribute>>>,
    pub span: Span,
}

/// Words of which a module has one if its decisions turn on roles, permissions or tokens.
const WORDS: [&str; 10] = ["allow", "oken", "role", "Role", "group", "Group", "ermission", "scope", "jwt", "scp"];
/// Locals and calls inside one another that are followed.
const MAX_DEPTH: u32 = 8;
/// Paths that an expression may come from.
const MAX_PATHS: usize = 64;

impl PolicyFacts {
    pub(super) fn new<'t>(parse: &'t Parse, module: &Module<'t>, scopes: &Scopes<'t>, attributes: bool) -> Self {
        let text = parse.tree.text().as_bytes();
        let has = |word: &str| memchr::memmem::find(text, word.as_bytes()).is_some();
        let mut this = Self {
            rules: module.rules.iter().map(|_| RulePolicy::default()).collect(),
            // claims that a token is valid are looked for everywhere
            has_attributes: (attributes && WORDS.iter().any(|word| has(word)))
                || ((has("oken") || has("jwt")) && (has("alid") || has("erified"))),
            ..Self::default()
        };
        if has("METADATA") {
            this.annotated(parse, module);
        }
        if has("input") || has("with") {
            this.inputs(parse, module, scopes);
        }
        for (rule, policy) in module.rules.iter().zip(&mut this.rules).filter(|(rule, _)| rule.is_test()) {
            policy.passes = passes(rule, module, scopes);
        }
        if this.has_attributes {
            let reader = Reader::new(parse, module, scopes);
            for (rule, policy) in module.rules.iter().zip(&mut this.rules).filter(|(rule, _)| !rule.is_default && !rule.is_test()) {
                reader.rule(rule, policy);
            }
        }
        this
    }

    fn annotated(&mut self, parse: &Parse, module: &Module<'_>) {
        for annotation in annotations(parse) {
            let is_entrypoint = annotation.is_entrypoint();
            if matches!(annotation.scope(), AnnotationScope::Package | AnnotationScope::Subpackages) {
                self.is_entrypoint |= is_entrypoint;
                continue;
            }
            // rules are in the order of their nodes
            let at = annotation.target().and_then(|id| module.rules.binary_search_by_key(&id, |rule| rule.rule.node().id()).ok());
            if let Some(at) = at {
                self.rules[at].is_entrypoint |= is_entrypoint;
                self.rules[at].is_documented = true;
            }
        }
    }

    /// Uses of `input`, and what `with` replaces.
    fn inputs<'t>(&mut self, parse: &'t Parse, module: &Module<'t>, scopes: &Scopes<'t>) {
        for node in parse.tree.root().descendants() {
            let kind = node.kind();
            if kind != Kind::With && kind != Kind::Var {
                continue;
            }
            let Some(at) = rule_index(module, node) else { continue };
            let policy = &mut self.rules[at];
            if let Some(with) = With::cast(node) {
                let Some(target) = with.target().and_then(|target| module.resolve(scopes, target)) else { continue };
                match target.root {
                    Root::Input => policy.with_input.extend(node.parent().map(Node::span)),
                    _ => policy.replaced.push(target.dotted()),
                }
            } else if is_input(scopes, module, node) && !is_target(node) {
                policy.input_uses.push(node.span());
            }
        }
        for (rule, policy) in module.rules.iter().zip(&mut self.rules) {
            let start = rule.rule.span().start;
            let ends = rule.rule.bodies().map(Body::span).chain(rule.rule.elses().map(|branch| branch.span()));
            // the head belongs to the first body
            let mut from = start;
            policy.needs_input = true;
            policy.branches = 0;
            for branch in ends {
                let span = Span::new(from, branch.end);
                policy.needs_input &= policy.input_uses.iter().any(|used| span.covers(*used));
                policy.branches += 1;
                from = branch.end;
            }
            policy.needs_input &= !policy.input_uses.is_empty();
        }
    }
}

/// The rule that a node lies in.
fn rule_index(module: &Module<'_>, node: Node<'_>) -> Option<usize> {
    module.rules.partition_point(|rule| rule.rule.span().start <= node.span().start).checked_sub(1)
}

fn is_input(scopes: &Scopes<'_>, module: &Module<'_>, var: Node<'_>) -> bool {
    match scopes.name(var) {
        Some(Name::Input) => true,
        Some(Name::Import(at)) => module.imports[at as usize].path.first() == Some("input"),
        _ => false,
    }
}

/// Whether a variable starts what `with` replaces.
fn is_target(var: Node<'_>) -> bool {
    let outer = var.parent().filter(|parent| parent.kind() == Kind::Ref && parent.span().start == var.span().start).unwrap_or(var);
    let with = outer.parent().and_then(With::cast);
    with.and_then(With::target).is_some_and(|target| target.node() == outer)
}

/// Why a test cannot fail.
fn passes<'t>(rule: &RuleDef<'t>, module: &Module<'t>, scopes: &Scopes<'t>) -> Option<Passes> {
    let value = rule.head.value().map(Expr::inner);
    let is_true = match value {
        None => true,
        Some(Expr::Scalar(scalar)) => scalar.token().is_some_and(|token| token.kind() == Kind::TrueKw),
        Some(_) => false,
    };
    if !is_true || rule.rule.elses().next().is_some() || rule.head.contains_token().is_some() {
        return None;
    }
    let mut passes = Passes::default();
    let mut bodies = rule.rule.bodies().peekable();
    if bodies.peek().is_none() {
        return Some(passes);
    }
    for body in bodies {
        for literal in body.literals() {
            statement(literal, module, scopes, &mut passes)?;
        }
    }
    Some(passes)
}

/// Adds what a statement that cannot fail rests on; `None` for others.
fn statement<'t>(literal: Literal<'t>, module: &Module<'t>, scopes: &Scopes<'t>, passes: &mut Passes) -> Option<()> {
    let of_input = |with: With<'t>| with.target().and_then(|target| module.resolve(scopes, target)).is_some_and(|t| t.root == Root::Input);
    if literal.not_token().is_some() {
        let expr = literal.expr().map(Expr::inner).filter(|expr| matches!(expr, Expr::Var(_) | Expr::Ref(_)))?;
        let resolved = module.resolve(scopes, expr).filter(|resolved| resolved.root == Root::Data && resolved.complete)?;
        literal.withs().all(of_input).then(|| passes.absent.push((resolved.dotted(), expr.span())))
    } else if literal.withs().next().is_some() {
        None
    } else {
        match literal.kind()? {
            LiteralKind::SomeDecl(_) => Some(()),
            LiteralKind::Expr(expr) => holds(expr.inner()).then_some(()),
            _ => None,
        }
    }
}

/// Whether an expression holds whatever the documents are.
fn holds(expr: Expr<'_>) -> bool {
    match expr {
        Expr::Scalar(scalar) => scalar.token().is_some_and(|token| token.kind() != Kind::FalseKw),
        Expr::Infix(infix) => match (infix.op().map(|op| op.kind()), infix.left().map(Expr::inner), infix.right().map(Expr::inner)) {
            (Some(Kind::Assign), Some(Expr::Var(_)), Some(value)) => is_always_defined(value),
            (Some(Kind::EqualEqual | Kind::Equal), Some(Expr::Scalar(left)), Some(Expr::Scalar(right))) => left.text() == right.text(),
            (Some(Kind::GreaterEqual), Some(Expr::Call(call)), Some(Expr::Scalar(zero))) => {
                // no collection has fewer elements than none
                let counted = call.args().next().map(Expr::inner);
                call.name().as_deref() == Some("count") && zero.text() == "0" && counted.is_some_and(is_always_defined)
            }
            _ => false,
        },
        Expr::Call(call) => matches!(call.name().as_deref(), Some("print" | "trace")),
        _ => false,
    }
}

fn is_always_defined(expr: Expr<'_>) -> bool {
    match expr.inner() {
        Expr::Scalar(_) | Expr::ArrayComprehension(_) | Expr::SetComprehension(_) | Expr::ObjectComprehension(_) => true,
        Expr::Array(array) => array.items().all(is_always_defined),
        Expr::Set(set) => set.items().all(is_always_defined),
        Expr::Object(object) => object.items().all(|item| [item.key(), item.value()].into_iter().flatten().all(is_always_defined)),
        _ => false,
    }
}

/// What a local may have been bound to, and the path into it.
struct Source<'t> {
    expr: Expr<'t>,
    suffix: Option<String>,
}

/// Finds out which paths expressions read.
struct Reader<'m, 't> {
    module: &'m Module<'t>,
    scopes: &'m Scopes<'t>,
    sources: FxHashMap<u32, Vec<Source<'t>>>,
    arguments: FxHashMap<u32, u32>,
}

impl<'m, 't> Reader<'m, 't> {
    fn new(parse: &'t Parse, module: &'m Module<'t>, scopes: &'m Scopes<'t>) -> Self {
        let mut this = Self { module, scopes, sources: FxHashMap::default(), arguments: FxHashMap::default() };
        for rule in &module.rules {
            for (index, argument) in rule.head.args().into_iter().flat_map(|args| args.exprs()).enumerate() {
                if let Some(binding) = this.local(argument) {
                    this.arguments.insert(binding, index as u32);
                }
            }
        }
        for literal in parse.tree.root().descendants().filter_map(Literal::cast) {
            match literal.kind() {
                Some(LiteralKind::Expr(Expr::Infix(infix))) => this.bind_infix(infix),
                Some(LiteralKind::SomeIn(some)) => {
                    if let (Some(value), Some(collection)) = (some.value(), some.collection()) {
                        this.bind(value, collection, Some("*".to_owned()));
                    }
                }
                Some(LiteralKind::Every(every)) => {
                    if let (Some(value), Some(collection)) = (every.value(), every.collection()) {
                        this.bind(value, collection, Some("*".to_owned()));
                    }
                }
                _ => {}
            }
        }
        this
    }

    fn local(&self, expr: Expr<'t>) -> Option<u32> {
        let Expr::Var(var) = expr.inner() else { return None };
        match self.scopes.name(var.node())? {
            Name::Local(binding) => Some(binding),
            _ => None,
        }
    }

    fn bind_infix(&mut self, infix: Infix<'t>) {
        let (Some(op), Some(left), Some(right)) = (infix.op(), infix.left(), infix.right()) else { return };
        if matches!(op.kind(), Kind::Assign | Kind::Equal) {
            self.bind(left, right, None);
        }
        if op.kind() == Kind::Equal {
            self.bind(right, left, None);
        }
    }

    fn bind(&mut self, pattern: Expr<'t>, expr: Expr<'t>, suffix: Option<String>) {
        match pattern.inner() {
            Expr::Var(_) => {
                if let Some(binding) = self.local(pattern) {
                    self.sources.entry(binding).or_default().push(Source { expr, suffix });
                }
            }
            Expr::Array(array) if suffix.is_none() => {
                for (index, item) in array.items().enumerate().filter(|(_, item)| matches!(item.inner(), Expr::Var(_))) {
                    self.bind(item, expr, Some(index.to_string()));
                }
            }
            Expr::Object(object) if suffix.is_none() => {
                for item in object.items() {
                    if let (Some(Expr::Scalar(key)), Some(value @ Expr::Var(_))) = (item.key(), item.value().map(Expr::inner))
                        && let Some(key) = string_value(key)
                    {
                        self.bind(value, expr, Some(key.into_owned()));
                    }
                }
            }
            _ => {}
        }
    }

    fn rule(&self, rule: &RuleDef<'t>, policy: &mut RulePolicy) {
        let bodies = rule.rule.bodies().chain(rule.rule.elses().filter_map(|branch| branch.body()));
        bodies.for_each(|body| self.body(body, &mut policy.attributes, 0));
        let values = [rule.head.value(), rule.head.member()].into_iter().flatten().chain(rule.rule.elses().filter_map(|e| e.value()));
        for value in values {
            policy.values.extend(self.paths(value, 0));
        }
        // a value that is worked out is a condition too: `allow := x == 1`
        if let Some(value @ (Expr::Infix(_) | Expr::Membership(_) | Expr::Call(_) | Expr::Logical(_))) = rule.head.value().map(Expr::inner)
        {
            self.expr(value, &mut policy.attributes, 0);
        }
    }

    fn body(&self, body: Body<'t>, out: &mut Vec<Attribute>, depth: u32) {
        body.literals().for_each(|literal| self.literal(literal, out, depth));
    }

    fn literal(&self, literal: Literal<'t>, out: &mut Vec<Attribute>, depth: u32) {
        match literal.kind() {
            Some(LiteralKind::SomeIn(some)) => _ = some.collection().map(|expr| self.expr(expr, out, depth)),
            Some(LiteralKind::Every(every)) => {
                _ = every.collection().map(|expr| self.expr(expr, out, depth));
                _ = every.body().map(|body| self.body(body, out, depth));
            }
            Some(LiteralKind::Body(body)) => self.body(body, out, depth),
            Some(LiteralKind::Expr(Expr::Infix(infix))) if self.is_alias(infix) => {}
            Some(LiteralKind::Expr(expr)) => self.expr(expr, out, depth),
            Some(LiteralKind::SomeDecl(_)) | None => {}
        }
    }

    /// Whether a statement only gives a name to something: what is done with the name is what counts.
    fn is_alias(&self, infix: Infix<'t>) -> bool {
        let (Some(op), Some(left), Some(right)) = (infix.op(), infix.left(), infix.right()) else { return false };
        let names = |expr: Expr<'t>| match expr.inner() {
            Expr::Var(_) => self.local(expr).is_some_and(|at| self.scopes.bindings[at as usize].uses > 0),
            Expr::Array(array) => array.items().all(|item| matches!(item.inner(), Expr::Var(_)) || matches!(item.inner(), Expr::Scalar(_))),
            Expr::Object(_) => true,
            _ => false,
        };
        let plain = |expr: Expr<'t>| matches!(expr.inner(), Expr::Var(_) | Expr::Ref(_) | Expr::Call(_));
        let bound = |expr: Expr<'t>| self.local(expr).is_none_or(|at| self.scopes.bindings[at as usize].kind == BindingKind::Implicit);
        match op.kind() {
            Kind::Assign => names(left) && plain(right),
            Kind::Equal => (names(left) && bound(left) && plain(right)) || (names(right) && bound(right) && plain(left)),
            _ => false,
        }
    }

    fn expr(&self, expr: Expr<'t>, out: &mut Vec<Attribute>, depth: u32) {
        let expr = expr.inner();
        match expr {
            Expr::Scalar(_) => {}
            Expr::Var(_) | Expr::Ref(_) => {
                out.extend(self.paths(expr, depth));
                if let Expr::Ref(reference) = expr {
                    self.brackets(reference, out, depth);
                }
            }
            Expr::Call(call) => match self.callee(call) {
                Callee::Token | Callee::Clock => {}
                Callee::Builtin(name) if name == "object.get" => out.extend(self.paths(expr, depth)),
                Callee::Builtin(_) => call.args().for_each(|argument| self.expr(argument, out, depth)),
                Callee::Function(names) => out.push(self.function(call, names, depth)),
            },
            _ => {
                for child in expr.node().children() {
                    if let Some(literal) = Literal::cast(child) {
                        self.literal(literal, out, depth);
                    } else if let Some(body) = Body::cast(child) {
                        self.body(body, out, depth);
                    } else if let Some(inner) = Expr::cast(child) {
                        self.expr(inner, out, depth);
                    } else {
                        // items of objects, expressions of templates
                        child.children().filter_map(Expr::cast).for_each(|inner| self.expr(inner, out, depth));
                    }
                }
            }
        }
    }

    fn brackets(&self, reference: Ref<'t>, out: &mut Vec<Attribute>, depth: u32) {
        for part in reference.parts() {
            if let RefPart::Bracket(bracket) = part
                && let Some(expr) = bracket.expr().map(Expr::inner)
                && !matches!(expr, Expr::Scalar(_))
                // a variable that the reference binds is no use of anything
                && !(matches!(expr, Expr::Var(_)) && self.local(expr).is_none_or(|at| !self.sources.contains_key(&at)))
            {
                self.expr(expr, out, depth);
            }
        }
    }

    /// The paths that the value of an expression may come from.
    fn paths(&self, expr: Expr<'t>, depth: u32) -> Vec<Attribute> {
        if depth > MAX_DEPTH {
            return Vec::new();
        }
        let expr = expr.inner();
        let mut out = match expr {
            Expr::Var(var) => match self.scopes.name(var.node()) {
                Some(Name::Local(binding)) => self.local_paths(binding, expr, depth),
                _ => self.global(expr).into_iter().collect(),
            },
            Expr::Ref(reference) => {
                let Some(operand) = reference.operand() else { return Vec::new() };
                let mut paths = self.paths(operand, depth + 1);
                for part in reference.parts() {
                    let name = match part {
                        RefPart::Dot(dot) => dot.name().map(|name| name.text().to_owned()),
                        RefPart::Bracket(bracket) => match bracket.expr() {
                            Some(Expr::Scalar(scalar)) => {
                                Some(string_value(scalar).map_or_else(|| scalar.text().to_owned(), |key| key.into_owned()))
                            }
                            _ => Some("*".to_owned()),
                        },
                    };
                    paths.iter_mut().for_each(|path| path.names.extend(name.clone()));
                }
                paths
            }
            Expr::Call(call) => match self.callee(call) {
                Callee::Token => vec![Attribute { root: AttributeRoot::Token, names: Vec::new(), arguments: None, span: expr.span() }],
                Callee::Clock => Vec::new(),
                Callee::Builtin(name) if name == "object.get" => self.object_get(call, depth),
                Callee::Builtin(_) => call.args().flat_map(|argument| self.paths(argument, depth + 1)).collect(),
                Callee::Function(names) => vec![self.function(call, names, depth)],
            },
            Expr::ArrayComprehension(c) => c.term().map_or_else(Vec::new, |term| self.paths(term, depth + 1)),
            Expr::SetComprehension(c) => c.term().map_or_else(Vec::new, |term| self.paths(term, depth + 1)),
            Expr::Array(array) => array.items().flat_map(|item| self.paths(item, depth + 1)).collect(),
            Expr::Set(set) => set.items().flat_map(|item| self.paths(item, depth + 1)).collect(),
            // which of the values is selected is not looked at
            Expr::Object(object) => object.items().filter_map(|item| item.value()).flat_map(|value| self.paths(value, depth + 1)).collect(),
            _ => Vec::new(),
        };
        out.truncate(MAX_PATHS);
        out.iter_mut().for_each(|path| path.span = expr.span());
        out
    }

    fn local_paths(&self, binding: u32, expr: Expr<'t>, depth: u32) -> Vec<Attribute> {
        if let Some(index) = self.arguments.get(&binding) {
            return vec![Attribute { root: AttributeRoot::Argument(*index), names: Vec::new(), arguments: None, span: expr.span() }];
        }
        let Some(sources) = self.sources.get(&binding) else { return Vec::new() };
        let mut out = Vec::new();
        for source in sources.iter().take(4) {
            for mut path in self.paths(source.expr, depth + 1) {
                path.names.extend(source.suffix.clone());
                out.push(path);
            }
        }
        out
    }

    /// A path below `input` or `data`.
    fn global(&self, expr: Expr<'t>) -> Option<Attribute> {
        let resolved = self.module.resolve(self.scopes, expr)?;
        let root = match resolved.root {
            Root::Input => AttributeRoot::Input,
            Root::Data => AttributeRoot::Data,
            _ => return None,
        };
        let names = resolved.path.iter().skip(1).map(|name| name.clone().into_owned()).collect();
        Some(Attribute { root, names, arguments: None, span: expr.span() })
    }

    fn object_get(&self, call: Call<'t>, depth: u32) -> Vec<Attribute> {
        let mut args = call.args();
        let (Some(object), key) = (args.next(), args.next().map(Expr::inner)) else { return Vec::new() };
        let name = |expr: Expr<'t>| match expr {
            Expr::Scalar(scalar) => string_value(scalar).map(|key| key.into_owned()),
            _ => None,
        };
        let names: Vec<String> = match key {
            Some(Expr::Array(array)) => array.items().map(|item| name(item).unwrap_or_else(|| "*".to_owned())).collect(),
            Some(key) => vec![name(key).unwrap_or_else(|| "*".to_owned())],
            None => Vec::new(),
        };
        let mut paths = self.paths(object, depth + 1);
        paths.iter_mut().for_each(|path| path.names.extend(names.iter().cloned()));
        paths
    }

    fn function(&self, call: Call<'t>, names: Vec<String>, depth: u32) -> Attribute {
        let arguments = if depth < MAX_DEPTH { call.args().map(|argument| self.paths(argument, depth + 2)).collect() } else { Vec::new() };
        Attribute { root: AttributeRoot::Data, names, arguments: Some(arguments), span: call.span() }
    }

    fn callee(&self, call: Call<'t>) -> Callee {
        let Some(resolved) = call.callee().and_then(|callee| self.module.resolve(self.scopes, callee)) else {
            return Callee::Builtin(String::new());
        };
        match resolved.root {
            Root::Data => Callee::Function(resolved.path.iter().skip(1).map(|name| name.clone().into_owned()).collect()),
            Root::Unknown => {
                let package = self.module.package.parts.iter().map(|(name, _)| name.clone().into_owned());
                Callee::Function(package.chain(resolved.path.iter().map(|name| name.clone().into_owned())).collect())
            }
            _ => match resolved.dotted() {
                name if name.starts_with("io.jwt.") => Callee::Token,
                name if name.starts_with("time.") => Callee::Clock,
                name => Callee::Builtin(name),
            },
        }
    }
}

/// What a call calls.
enum Callee {
    /// `io.jwt.*`
    Token,
    /// `time.*`
    Clock,
    Builtin(String),
    /// The path below `data`.
    Function(Vec<String>),
}
