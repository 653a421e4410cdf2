//! From syntax trees to a program: OPA's compile stages, in its order, with its errors.

mod build;
mod conflicts;
mod dynamic;
mod error;
mod expand;
mod functions;
mod heads;
pub(crate) mod hir;
mod locals;
mod narrow;
mod outputs;
mod print;
pub(crate) mod recursion;
mod resolve;
mod safety;
pub(crate) mod sight;
mod suggest;
mod terms;
pub(crate) mod tests;
pub(crate) mod tree;
pub(crate) mod visit;
mod world;

use rayon::prelude::*;

pub(crate) use build::build;
pub(crate) use conflicts::is_name;
pub use error::{Class, CompileError};
pub(crate) use error::{Stage, in_order};
pub use functions::Capabilities;
use hir::Loc;

use super::value::{Value, to_text};
use crate::syntax::rego::Parse;
use crate::text::Span;
use functions::Functions;
use hir::{Module, Rule, Vars, each_in_chain};
use sight::Sight;
use tree::Tree;
pub(crate) use world::World;

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

/// Says where a place is, for messages that name a second one.
pub(crate) trait Places {
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
}

/// Compiles modules; their trees must be free of syntax errors.
///
/// # Errors
/// What OPA refuses the modules for (types are not checked), sorted by place: the errors of the first stage that has any.
pub(crate) fn compile(sources: &[Source<'_>], options: &Options) -> Result<Compiled, Vec<CompileError>> {
    let checked = check_sources(sources, options)?;
    let mut errors = checked.errors;
    let Some(first) = errors.iter().map(|error| error.stage).min() else {
        return Ok(Compiled { modules: checked.modules, tree: checked.world.tree });
    };
    errors.retain(|error| error.stage == first);
    Err(in_order(errors))
}

/// Runs the stages on modules that all see each other.
///
/// # Errors
/// Modules with syntax errors.
pub(crate) fn check_sources(sources: &[Source<'_>], options: &Options) -> Result<Checked, Vec<CompileError>> {
    let mut errors = Vec::new();
    let mut modules = Vec::with_capacity(sources.len());
    for (index, source) in sources.iter().enumerate() {
        let module = u32::try_from(index).unwrap_or(u32::MAX);
        match build(module, source.parse) {
            Some(module) => modules.push(module),
            None => {
                let at = Loc { module, span: Span::at(0) };
                errors.push(CompileError::compile(Class::Broken, at, "the module has syntax errors"));
            }
        }
    }
    if !errors.is_empty() {
        return Err(in_order(errors));
    }
    if options.tests {
        let mut order: Vec<usize> = (0..sources.len()).collect();
        order.sort_by_key(|index| sources[*index].path);
        tests::rename_duplicates(&mut modules, &order);
    }
    Ok(check(modules, Sight::default(), &SourcePlaces(sources), options, false))
}

/// Modules after all stages, and all that is wrong with them. A rule with an error in one stage is left out of later ones.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) modules: Vec<Module>,
    pub(crate) world: World,
    /// Which rules refer to which.
    pub(crate) graph: recursion::Graph,
    pub(crate) errors: Vec<CompileError>,
}

/// Runs the stages on modules whose indices are their positions; those of one module after the other, those of different modules
/// at once where `parallel` says so (the caller's pool needs the stack that trees want).
pub(crate) fn check(mut modules: Vec<Module>, sight: Sight, places: &dyn Places, options: &Options, parallel: bool) -> Checked {
    let world = World::new(&modules, sight);
    let one = |module: &mut Module| stages(module, &world, options);
    let (found, edges): (Vec<Vec<CompileError>>, Vec<_>) =
        if parallel { modules.par_iter_mut().map(one).unzip() } else { modules.iter_mut().map(one).unzip() };
    let mut errors: Vec<CompileError> = found.into_iter().flatten().collect();
    let staged = |stage: Stage, errors: &mut Vec<CompileError>, f: &mut dyn FnMut(&mut Vec<CompileError>)| {
        let before = errors.len();
        f(errors);
        errors[before..].iter_mut().for_each(|error| error.stage = stage);
    };
    staged(Stage::Conflicts, &mut errors, &mut |errors| conflicts::rules(&modules, &world, places, errors));
    let graph = recursion::Graph::new(&modules, edges);
    staged(Stage::Recursion, &mut errors, &mut |errors| graph.check(&modules, errors));
    Checked { modules, world, graph, errors }
}

/// The stages that need no more of other modules than `world` tells.
fn stages(module: &mut Module, world: &World, options: &Options) -> (Vec<CompileError>, recursion::Edges) {
    let mut errors = Vec::new();
    let (v1, uses) = (module.v1, module.uses);
    let globals = resolve::globals(module, world);
    let functions = Functions::new(&options.capabilities, world, module);
    let mut each = |module: &mut Module, stage: Stage, f: &mut dyn FnMut(&mut Rule, &mut Vars, &mut Vec<CompileError>)| {
        for rule in module.rules.iter_mut().filter(|rule| !rule.broken) {
            let before = errors.len();
            f(rule, &mut module.vars, &mut errors);
            errors[before..].iter_mut().for_each(|error| error.stage = stage);
            rule.broken = errors.len() > before;
        }
    };
    each(module, Stage::Resolve, &mut |rule, vars, errors| resolve::rule(&globals, rule, vars, errors));
    each(module, Stage::Resolve, &mut |rule, vars, _| heads::references(rule, vars));
    if v1 {
        each(module, Stage::Names, &mut |rule, vars, errors| conflicts::names(rule, vars, errors));
    }
    each(module, Stage::Locals, &mut |rule, vars, errors| locals::rewrite(rule, vars, &functions, errors));
    if options.tests {
        each(module, Stage::Locals, &mut |rule, vars, _| tests::inject_cases(rule, vars));
    }
    if uses.templates {
        each(module, Stage::Templates, &mut |rule, vars, errors| print::templates(rule, &functions, vars, errors));
    }
    if uses.prints || !options.capabilities.is_of_opa() {
        each(module, Stage::Void, &mut |rule, vars, errors| functions::void_calls(rule, &functions, vars, errors));
        each(module, Stage::Prints, &mut |rule, vars, errors| print::prints(rule, &functions, vars, errors));
    }
    each(module, Stage::Prints, &mut |rule, vars, _| expand::rule(rule, vars));
    let edges = recursion::edges(module, world);
    each(module, Stage::Prints, &mut |rule, vars, _| {
        each_in_chain(rule, &mut |rule| {
            for term in rule.reference.iter_mut().chain(&mut rule.args).chain(&mut rule.key).chain(&mut rule.value) {
                heads::comprehensions_in_term(term, vars);
            }
            heads::comprehensions_in(&mut rule.body, vars);
        });
        heads::values(rule, vars);
    });
    if uses.withs {
        each(module, Stage::Withs, &mut |rule, vars, errors| functions::withs(rule, &functions, vars, errors));
    }
    each(module, Stage::Functions, &mut |rule, vars, errors| functions::undefined(rule, &functions, vars, errors));
    each(module, Stage::Heads, &mut |rule, vars, errors| {
        each_in_chain(rule, &mut |rule| safety::check_head(rule, &functions, vars, errors))
    });
    each(module, Stage::Safety, &mut |rule, vars, errors| {
        each_in_chain(rule, &mut |rule| safety::check(rule, &functions, vars, errors));
    });
    each(module, Stage::Safety, &mut |rule, vars, _| {
        dynamic::equals(rule);
        dynamic::rule(rule, vars);
    });
    if v1 {
        each(module, Stage::Deprecated, &mut |rule, vars, errors| functions::deprecated(rule, &functions, vars, errors));
        let before = errors.len();
        conflicts::imports(module, &mut errors);
        errors[before..].iter_mut().for_each(|error| error.stage = Stage::Names);
    }
    (errors, edges)
}
