//! Calls of functions: that they exist, take so many arguments, and give a value where one is used.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::hir::{DATA, Expr, ExprKind, Loc, Module, Rule, Term, TermKind, Var, Vars, dotted, each_in_chain, shared_builtin, shared_name};
use super::outputs::Arities;
use super::print::Templates;
use super::tree::RuleId;
use super::visit::{Walk, each_body_of_rule, each_expr};
use super::{Class, CompileError, World};
use crate::model::rego::instead_of_deprecated;
use crate::model::rego::signatures::{Signature, SignatureKind, signature};

/// The builtins that a program may call.
#[derive(Clone, Debug, Default)]
pub struct Capabilities {
    /// `None`: those of OPA.
    listed: Option<BTreeMap<String, Signature>>,
}

impl Capabilities {
    /// Only these builtins.
    #[must_use]
    pub fn listed(builtins: BTreeMap<String, Signature>) -> Self {
        Self { listed: Some(builtins) }
    }

    /// The builtins that a capabilities file of OPA lists: `{"builtins": [{"name": …, "decl": …}]}`.
    ///
    /// # Errors
    /// Where the file lacks the shape.
    pub fn from_json(file: &serde_json::Value) -> Result<Self, String> {
        let list = file.get("builtins").and_then(serde_json::Value::as_array).ok_or("a list `builtins` is missing")?;
        let mut builtins = BTreeMap::new();
        for item in list {
            let name = item.get("name").and_then(serde_json::Value::as_str).ok_or("a builtin without a `name`")?;
            let decl = item.get("decl").ok_or_else(|| format!("builtin `{name}` without a `decl`"))?;
            let arity = decl.get("args").and_then(serde_json::Value::as_array).map_or(0, Vec::len);
            let flag = |key: &str| item.get(key).and_then(serde_json::Value::as_bool).unwrap_or(false);
            let kind = if decl.get("result").is_none_or(serde_json::Value::is_null) {
                SignatureKind::Void
            } else if flag("relation") {
                SignatureKind::Relation
            } else if flag("deprecated") {
                SignatureKind::Deprecated
            } else {
                SignatureKind::Function
            };
            builtins.insert(name.to_owned(), Signature { arity, kind });
        }
        Ok(Self::listed(builtins))
    }

    /// What a target engine has; of builtins that opa does not have too, only the number of arguments is read.
    pub(crate) fn of_engine(engine: &crate::syntax::rego::Capabilities) -> Self {
        let own = |name: &String| {
            signature(name).or_else(|| engine.arities.get(name).map(|arity| Signature { arity: *arity, kind: SignatureKind::Function }))
        };
        Self::listed(engine.builtins.iter().filter_map(|name| Some((name.clone(), own(name)?))).collect())
    }

    /// Whether they are those of OPA.
    pub(crate) fn is_of_opa(&self) -> bool {
        self.listed.is_none()
    }

    pub(crate) fn get(&self, name: &str) -> Option<Signature> {
        match &self.listed {
            // the stages' own calls need no permission
            Some(listed) if !name.starts_with("internal.") => listed.get(name).copied(),
            _ => signature(name),
        }
    }
}

/// What the stages of a module ask about functions.
pub(crate) struct Functions<'f> {
    pub(crate) capabilities: &'f Capabilities,
    pub(crate) world: &'f World,
    pub(crate) module: u32,
    gatekeeper: bool,
    /// Names that start those of builtins which only the capabilities list.
    custom: FxHashMap<Var, Arc<str>>,
    /// The module's package and what it imports.
    package: Vec<Arc<str>>,
    imports: Vec<Arc<str>>,
    /// How many names may still be compared with others to suggest one.
    effort: Cell<usize>,
}

/// So many names are compared for the suggestions of one module.
const SUGGESTION_EFFORT: usize = 20_000;

/// What calls and references must know of a rule.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RuleFacts {
    pub(crate) arity: usize,
    pub(crate) multi: bool,
    pub(crate) default: bool,
    pub(crate) constant: bool,
    pub(crate) head_at: Loc,
}

impl RuleFacts {
    pub(crate) fn of(rule: &Rule) -> Self {
        let constant = super::hir::is_true_body(&rule.body) && rule.value.as_ref().is_some_and(|value| value.constant().is_some());
        Self { arity: rule.args.len(), multi: rule.is_multi(), default: rule.default, constant, head_at: rule.head_at }
    }
}

impl<'f> Functions<'f> {
    pub(crate) fn new(capabilities: &'f Capabilities, world: &'f World, module: &Module) -> Self {
        let gatekeeper = world.sight.is_gatekeeper(module.index);
        let custom = match &capabilities.listed {
            None if !gatekeeper => FxHashMap::default(),
            _ => module.vars.named_ones().map(|(var, name)| (var, Arc::clone(name))).collect(),
        };
        let imports = module.imports.iter().map(|import| module.vars.name(import.name).into()).collect();
        let effort = Cell::new(SUGGESTION_EFFORT);
        Self { capabilities, world, module: module.index, gatekeeper, custom, package: module.package_names(), imports, effort }
    }

    /// Whether so many names may be compared to find one to suggest: files full of errors get no suggestions at the end.
    pub(super) fn may_compare(&self, names: usize) -> bool {
        let left = self.effort.get().checked_sub(names);
        self.effort.set(left.unwrap_or(0));
        left.is_some()
    }

    /// The names that the module can use besides its variables.
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names = self.world.names_in_package(self.module, &self.package);
        names.extend(self.imports.iter().map(|name| &**name));
        names
    }

    fn signature(&self, name: &str) -> Option<Signature> {
        // Gatekeeper adds one builtin
        if self.gatekeeper && name == "external_data" {
            return Some(Signature { arity: 1, kind: SignatureKind::Function });
        }
        self.capabilities.get(name)
    }

    fn name(&self, var: Var) -> Option<&str> {
        shared_name(var).or_else(|| self.custom.get(&var).map(|name| &**name))
    }

    /// The builtin that a name without dots names.
    pub(crate) fn lone(&self, var: Var) -> Option<Signature> {
        self.signature(self.name(var)?)
    }

    pub(crate) fn builtin(&self, operator: &Term) -> Option<Signature> {
        let parts = operator.as_ref()?;
        if self.capabilities.listed.is_none() && !self.gatekeeper {
            return shared_builtin(parts);
        }
        let head = self.name(parts[0].as_var()?)?;
        if parts.len() == 1 {
            return self.signature(head);
        }
        let mut name = head.to_owned();
        for part in &parts[1..] {
            name.push('.');
            name.push_str(part.as_value()?.as_str()?);
        }
        self.signature(&name)
    }

    /// What is known of the rules that an operator names.
    fn rules(&self, operator: &Term) -> Vec<RuleFacts> {
        let Some(parts) = operator.as_ref() else { return Vec::new() };
        self.world.exact(self.module, parts).map(|id| self.world.facts(id)).collect()
    }
}

impl Arities for Functions<'_> {
    fn arity(&self, operator: &Term) -> Option<usize> {
        self.builtin(operator).map(|signature| signature.arity).or_else(|| {
            let mut rules = self.world.exact(self.module, operator.as_ref()?);
            let first = rules.next()?;
            let together = |id: &RuleId| self.world.sight.together(self.module, id.module as u32);
            let best = if together(&first) { first } else { rules.find(together).unwrap_or(first) };
            Some(self.world.facts(best).arity)
        })
    }
}

impl Templates for Functions<'_> {
    fn is_relation(&self, operator: &Term) -> bool {
        self.builtin(operator).is_some_and(|signature| signature.kind == SignatureKind::Relation)
    }

    fn always_defined(&self, reference: &[Term]) -> bool {
        if reference.len() < 2 || reference[0].as_var() != Some(DATA) {
            return false;
        }
        let rules: Vec<RuleFacts> = self.world.exact(self.module, reference).map(|id| self.world.facts(id)).collect();
        match rules.as_slice() {
            [] => false,
            [first, ..] if first.arity > 0 => false,
            [first, ..] if first.default || first.multi => true,
            [only] => only.constant,
            [_, rest @ ..] => rest.iter().any(|rule| rule.default),
        }
    }
}

/// Calls without a result, used as values.
pub(crate) fn void_calls(rule: &Rule, functions: &Functions<'_>, vars: &Vars, errors: &mut Vec<CompileError>) {
    for rule in rule.chain() {
        rule.walk(&mut |term| {
            if let TermKind::Call(terms) = &term.kind
                && functions.builtin(&terms[0]).is_some_and(|signature| signature.kind == SignatureKind::Void)
            {
                let name = terms[0].as_ref().and_then(|parts| dotted(parts, vars)).unwrap_or_default();
                let error = CompileError::types(Class::VoidValue, term.at, format!("{name}(…) used as value"));
                errors.push(error.saying(format!("`{name}` gives no value")).help("call it as a statement of its own"));
            }
            true
        });
    }
}

/// Unknown functions and wrong numbers of arguments.
pub(crate) fn undefined(rule: &mut Rule, functions: &Functions<'_>, vars: &Vars, errors: &mut Vec<CompileError>) {
    each_in_chain(rule, &mut |rule| {
        each_body_of_rule(rule, &mut |body| {
            each_expr(body, &mut |expr| errors.extend(call_error(expr, functions, vars)));
        });
    });
}

fn call_error(expr: &Expr, functions: &Functions<'_>, vars: &Vars) -> Option<CompileError> {
    let terms = expr.as_call()?;
    let name = || terms[0].as_ref().and_then(|parts| dotted(parts, vars)).unwrap_or_else(|| "of a dynamic name".to_owned());
    let operands = terms.len() - 1;
    let Some(arity) = functions.arity(&terms[0]) else {
        let name = name();
        let (help, similar) = super::suggest::function(&name, functions);
        let error = CompileError::types(Class::UndefinedFunction, expr.at, format!("undefined function {name}"));
        let error = error.within(terms[0].at.span).saying(format!("no function is called `{}`", shown(&name))).help(help).unknown(name);
        return Some(if similar { error.similar() } else { error });
    };
    let builtin = functions.builtin(&terms[0]);
    if builtin.is_none() && arity == 0 && functions.rules(&terms[0]).iter().all(|facts| facts.arity == 0) {
        // OPA finds it out by types
        let name = name();
        let error = CompileError::types(Class::UndefinedFunction, expr.at, format!("undefined function {name}"));
        let error = error.within(terms[0].at.span).saying(format!("`{name}` is a rule, and no function"));
        return Some(error.help("leave the parentheses out, or give it arguments"));
    }
    let fits = |arity: usize| {
        // the result may have been added
        let added = operands == arity + 1;
        if expr.generated { expr.is_equality() || added } else { operands == arity || added }
    };
    if fits(arity) {
        return None;
    }
    let rules = if builtin.is_none() { functions.rules(&terms[0]) } else { Vec::new() };
    // files that are not loaded together may define it differently
    if rules.iter().any(|facts| facts.arity != arity && fits(facts.arity)) {
        return None;
    }
    let given = if expr.generated { operands - 1 } else { operands };
    let name = name();
    let message = if builtin.is_some() {
        format!("{name}: arity mismatch, have {given} {}, want {arity}", plural(given))
    } else {
        format!("function {name} has arity {arity}, got {given} {}", plural(given))
    };
    let takes = if arity == 0 { "no arguments".to_owned() } else { format!("{arity} {}", plural(arity)) };
    let mut error = CompileError::types(Class::WrongArity, expr.at, message).saying(format!(
        "`{}` takes {takes}, and {given} {} given",
        shown(&name),
        if given == 1 { "is" } else { "are" }
    ));
    if let Some(known) = crate::model::rego::builtin(&name) {
        let args: Vec<&str> = known.args.iter().map(|(name, _)| if name.is_empty() { "_" } else { *name }).collect();
        error = error.help(format!("it is called `{name}({})`", args.join(", ")));
    }
    if let Some(facts) = rules.iter().find(|facts| facts.arity == arity) {
        error = error.label(facts.head_at, "defined here");
    }
    Some(error)
}

/// Operators by their signs, internal functions by what is written.
pub(super) fn shown(name: &str) -> &str {
    match crate::model::rego::builtin(name).and_then(|builtin| builtin.infix) {
        Some(sign) => sign,
        None => name,
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "argument" } else { "arguments" }
}

/// Builtins that version 1 refuses.
pub(crate) fn deprecated(rule: &mut Rule, functions: &Functions<'_>, vars: &Vars, errors: &mut Vec<CompileError>) {
    each_in_chain(rule, &mut |rule| {
        each_body_of_rule(rule, &mut |body| {
            each_expr(body, &mut |expr| {
                if let ExprKind::Call(terms) = &expr.kind
                    && functions.builtin(&terms[0]).is_some_and(|signature| signature.kind == SignatureKind::Deprecated)
                {
                    let name = terms[0].as_ref().and_then(|parts| dotted(parts, vars)).unwrap_or_default();
                    let message = format!("deprecated built-in function calls in expression: {name}");
                    let error = CompileError::types(Class::RefusedBuiltin, expr.at, message).within(terms[0].at.span);
                    let error = error.saying(format!("v1 of Rego has no `{name}`"));
                    errors.push(error.help(instead_of_deprecated(&name)));
                }
            });
        });
    });
}

/// What a `with` may replace, and by what; values that need evaluating are bound before the statement.
pub(crate) fn withs(rule: &mut Rule, functions: &Functions<'_>, vars: &mut Vars, errors: &mut Vec<CompileError>) {
    each_in_chain(rule, &mut |rule| {
        each_body_of_rule(rule, &mut |body| withs_in(body, functions, vars, errors));
    });
}

fn withs_in(body: &mut Vec<Expr>, functions: &Functions<'_>, vars: &mut Vars, errors: &mut Vec<CompileError>) {
    let mut out = Vec::with_capacity(body.len());
    for mut expr in std::mem::take(body) {
        super::visit::each_body(&mut expr, &mut |body| withs_in(body, functions, vars, errors));
        for with in &mut expr.withs {
            // names of builtins are references
            for term in [&mut with.value, &mut with.target] {
                if let TermKind::Var(var) = term.kind
                    && functions.lone(var).is_some()
                {
                    term.kind = TermKind::Ref(vec![term.clone()]);
                }
            }
            match with_needs_eval(&with.target, &with.value, functions, vars) {
                Ok(true) => out.push(super::heads::bind(&mut with.value, vars)),
                Ok(false) => {}
                Err((at, message, types)) => {
                    let what = with
                        .target
                        .as_ref()
                        .and_then(|parts| dotted(parts, vars))
                        .or_else(|| with.target.as_var().map(|var| vars.name(var).to_owned()));
                    let error = if types {
                        CompileError::types(Class::InvalidWith, at, message)
                    } else {
                        CompileError::compile(Class::InvalidWith, at, message)
                    };
                    errors.push(match what {
                        Some(name) if types => error
                            .saying(format!("`with` cannot replace `{name}`"))
                            .help("name `input`, a part of it, a document below `data`, or a function")
                            .unknown(name),
                        _ => error,
                    });
                }
            }
        }
        out.push(expr);
    }
    *body = out;
}

/// Place, message, whether it is a type error.
type WithError = (Loc, String, bool);

fn with_needs_eval(target: &Term, value: &Term, functions: &Functions<'_>, vars: &Vars) -> Result<bool, WithError> {
    let compile = |message: &str| (target.at, message.to_owned(), false);
    let tree = &functions.world.tree;
    let is_function = |term: &Term| term.as_ref().is_some_and(|parts| tree.find_ref(parts).is_some()) || functions.builtin(term).is_some();
    let rules = |node: usize| functions.world.rules(functions.module, node);
    let has_args = |node: usize| rules(node).any(|id| functions.world.facts(id).arity > 0);
    let needs_eval = super::heads::requires_eval(value);
    if target.is_ref_to(DATA) {
        let parts = target.as_ref().unwrap_or_default();
        let mut node = Some(0);
        for part in &parts[1..parts.len().max(2) - 1] {
            let Some(at) = node else { break };
            node = part.constant().and_then(|key| tree.nodes[at].children.get(&key).copied());
            if node.is_some_and(|node| rules(node).next().is_some()) {
                return Err(compile("with keyword cannot partially replace virtual document(s)"));
            }
        }
        if let Some(node) = tree.find_ref(parts)
            && has_args(node)
            && is_function(value)
        {
            return Ok(false);
        }
        // functions are named, not evaluated
        if value.as_ref().and_then(|parts| tree.find_ref(parts)).is_some_and(has_args) {
            return Ok(false);
        }
        return Ok(needs_eval);
    }
    if target.is_ref_to(super::hir::INPUT) {
        return Ok(needs_eval);
    }
    let Some(signature) = functions.builtin(target) else {
        return Err((target.at, "with keyword target must reference existing input, data, or a function".to_owned(), true));
    };
    let name = target.as_ref().and_then(|parts| dotted(parts, vars)).unwrap_or_default();
    let refused = |why: &str| compile(&format!("with keyword replacing built-in function: {why}"));
    if matches!(name.as_str(), "eq" | "rego.metadata.chain" | "rego.metadata.rule") {
        return Err(refused(&format!("replacement of \"{name}\" invalid")));
    }
    if name.starts_with("internal.") {
        return Err(refused(&format!("replacement of internal function \"{name}\" invalid")));
    }
    match signature.kind {
        SignatureKind::Relation => return Err(refused("target must not be a relation")),
        SignatureKind::Void => return Err(refused("target must not be a void function")),
        _ => {}
    }
    Ok(!is_function(value) && needs_eval)
}
