//! From syntax trees to a program: OPA's compile stages, in its order, with its errors.

mod build;
mod conflicts;
mod dynamic;
mod expand;
mod functions;
mod heads;
pub(crate) mod hir;
mod locals;
mod narrow;
mod outputs;
mod print;
mod recursion;
mod resolve;
mod safety;
mod terms;
pub(crate) mod tests;
pub(crate) mod tree;
mod visit;

use std::collections::BTreeMap;

pub use functions::Capabilities;
use hir::Loc;

use super::value::{Value, to_text};
use crate::syntax::rego::Parse;
use crate::text::Span;
use functions::{Functions, Names, RuleFacts};
use hir::{Module, Vars, each_in_chain};
use tree::{RuleId, Tree};

/// A parsed module.
#[derive(Clone, Copy)]
pub struct Source<'s> {
    /// For messages that name a second place.
    pub path: &'s str,
    pub parse: &'s Parse,
}

/// What is compiled besides the modules.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub capabilities: Capabilities,
    /// Duplicate tests get names of their own, and tables record their cases.
    pub tests: bool,
}

/// Why a program cannot be compiled; OPA would not run it either.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CompileError {
    /// Index of the module.
    pub module: usize,
    pub span: Span,
    /// OPA's code: `rego_compile_error`, `rego_type_error`, `rego_unsafe_var_error`, `rego_recursion_error`.
    pub code: &'static str,
    /// In OPA's words where it has the same error.
    pub message: String,
}

impl CompileError {
    fn new(at: Loc, code: &'static str, message: impl Into<String>) -> Self {
        Self { module: at.module as usize, span: at.span, code, message: message.into() }
    }

    pub(crate) fn compile(at: Loc, message: impl Into<String>) -> Self {
        Self::new(at, "rego_compile_error", message)
    }

    pub(crate) fn types(at: Loc, message: impl Into<String>) -> Self {
        Self::new(at, "rego_type_error", message)
    }

    fn recursion(at: Loc, message: impl Into<String>) -> Self {
        Self::new(at, "rego_recursion_error", message)
    }

    fn unsafe_var(at: Loc, name: &str) -> Self {
        Self::new(at, "rego_unsafe_var_error", format!("var {name} is unsafe"))
    }

    fn unsafe_expression(at: Loc) -> Self {
        Self::new(at, "rego_unsafe_var_error", "expression is unsafe")
    }
}

/// Says where a place is, for messages that name a second one.
trait Places {
    fn describe(&self, at: Loc) -> String;
}

struct SourcePlaces<'s>(&'s [Source<'s>]);

impl Places for SourcePlaces<'_> {
    /// `file:row`
    fn describe(&self, at: Loc) -> String {
        let Some(source) = self.0.get(at.module as usize) else { return String::new() };
        let before = &source.parse.tree.text().as_bytes()[..(at.span.start as usize).min(source.parse.tree.text().len())];
        format!("{}:{}", source.path, memchr::memchr_iter(b'\n', before).count() + 1)
    }
}

/// `data.a["b-c"]` of the keys below `data`.
pub(crate) fn path_name(path: &[Value]) -> String {
    let mut out = "data".to_owned();
    for key in path {
        match key.as_str() {
            Some(name) if conflicts::is_name(name) => {
                out.push('.');
                out.push_str(name);
            }
            _ => out.push_str(&format!("[{}]", to_text(key))),
        }
    }
    out
}

/// What the stages made of modules.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) modules: Vec<Module>,
    pub(crate) tree: Tree,
    pub(crate) vars: Vars,
}

/// Compiles modules; their trees must be free of syntax errors.
///
/// # Errors
/// What OPA refuses the modules for (types are not checked), sorted by place.
pub(crate) fn compile(sources: &[Source<'_>], options: &Options) -> Result<Compiled, Vec<CompileError>> {
    let mut compiler = Compiler { vars: Vars::default(), modules: Vec::new(), errors: Vec::new() };
    let tree = compiler.run(sources, options);
    match tree {
        Some(tree) if compiler.errors.is_empty() => Ok(Compiled { modules: compiler.modules, tree, vars: compiler.vars }),
        _ => Err(in_order(compiler.errors)),
    }
}

/// Sorted by place, each once.
pub(crate) fn in_order(mut errors: Vec<CompileError>) -> Vec<CompileError> {
    errors.sort();
    errors.dedup();
    errors
}

struct Compiler {
    vars: Vars,
    modules: Vec<Module>,
    errors: Vec<CompileError>,
}

impl Compiler {
    /// `None` once a stage has found errors: later stages rely on earlier ones.
    fn run(&mut self, sources: &[Source<'_>], options: &Options) -> Option<Tree> {
        self.build(sources)?;
        let mut order: Vec<usize> = (0..sources.len()).collect();
        order.sort_by_key(|index| sources[*index].path);
        resolve::resolve(&mut self.modules, &mut self.vars, &mut self.errors);
        self.stop()?;
        for module in &mut self.modules {
            heads::references(module, &mut self.vars);
        }
        if options.tests {
            tests::rename_duplicates(&mut self.modules, &order, &self.vars);
        }
        conflicts::names(&mut self.modules, &self.vars, &mut self.errors);
        self.stop()?;
        let tree = Tree::new(&self.modules);
        let is_builtin = |name: &str| options.capabilities.get(name).is_some();
        self.each_rule(|rule, vars, errors| locals::rewrite(rule, vars, &is_builtin, errors))?;
        if options.tests {
            self.each_rule(|rule, vars, _| tests::inject_cases(rule, vars))?;
        }
        let names = self.names();
        let facts = self.facts();
        let functions = Functions { capabilities: &options.capabilities, tree: &tree, rules: &facts, names: &names };
        self.each_rule(|rule, vars, errors| print::templates(rule, &functions, vars, errors))?;
        self.each_rule(|rule, vars, errors| functions::void_calls(rule, &functions, vars, errors))?;
        self.each_rule(|rule, vars, errors| print::prints(rule, &functions, vars, errors))?;
        self.each_rule(|rule, vars, _| expand::rule(rule, vars))?;
        let graph = recursion::Graph::new(&self.modules, &tree, &self.vars);
        self.each_rule(|rule, vars, _| {
            each_in_chain(rule, &mut |rule| {
                for term in rule.reference.iter_mut().chain(&mut rule.args).chain(&mut rule.key).chain(&mut rule.value) {
                    heads::comprehensions_in_term(term, vars);
                }
                heads::comprehensions_in(&mut rule.body, vars);
            });
            heads::values(rule, vars);
        })?;
        self.each_rule(|rule, vars, errors| functions::withs(rule, &functions, vars, errors))?;
        conflicts::rules(&self.modules, &tree, &self.vars, &SourcePlaces(sources), &mut self.errors);
        self.stop()?;
        self.each_rule(|rule, vars, errors| functions::undefined(rule, &functions, vars, errors))?;
        self.each_rule(|rule, vars, errors| each_in_chain(rule, &mut |rule| safety::check_head(rule, vars, errors)))?;
        self.each_rule(|rule, vars, errors| each_in_chain(rule, &mut |rule| safety::check(rule, &functions, vars, errors)))?;
        self.each_rule(|rule, vars, _| {
            dynamic::equals(rule, vars);
            dynamic::rule(rule, vars);
        })?;
        graph.check(&self.modules, &self.vars, &mut self.errors);
        self.stop()?;
        functions::deprecated(&mut self.modules, &functions, &self.vars, &mut self.errors);
        self.stop()?;
        Some(tree)
    }

    fn build(&mut self, sources: &[Source<'_>]) -> Option<()> {
        // names that stages use must be known before names are collected
        for name in super::signatures::names() {
            self.vars.named(name.split('.').next().unwrap_or(name));
        }
        for (index, source) in sources.iter().enumerate() {
            let module = u32::try_from(index).unwrap_or(u32::MAX);
            match build::build(module, source.parse, &mut self.vars) {
                Some(module) => self.modules.push(module),
                None => {
                    let at = Loc { module, span: Span::at(0) };
                    self.errors.push(CompileError::compile(at, "the module has syntax errors"));
                }
            }
        }
        self.stop()
    }

    fn stop(&self) -> Option<()> {
        self.errors.is_empty().then_some(())
    }

    fn each_rule(&mut self, mut f: impl FnMut(&mut hir::Rule, &mut Vars, &mut Vec<CompileError>)) -> Option<()> {
        for module in &mut self.modules {
            for rule in &mut module.rules {
                f(rule, &mut self.vars, &mut self.errors);
            }
        }
        self.stop()
    }

    fn names(&self) -> Names {
        self.vars.named_ones().map(|(var, name)| (var, name.to_owned())).collect()
    }

    fn facts(&self) -> BTreeMap<RuleId, RuleFacts> {
        let mut out = BTreeMap::new();
        for (module, content) in self.modules.iter().enumerate() {
            for (rule, content) in content.rules.iter().enumerate() {
                out.insert(RuleId { module, rule }, RuleFacts::of(content));
            }
        }
        out
    }
}
