//! From the compile stages' errors to findings: each class of error belongs to a rule.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::engine::Work;
use super::plan::Plan;
use super::registry;
use crate::diag::{Diagnostic, Label, Place};
use crate::model::rego::compile::hir::{Loc, Module};
use crate::model::rego::compile::sight::{Sight, Standing};
use crate::model::rego::compile::{self, Capabilities, Class, CompileError, Options, Places};
use crate::model::rego::types::{self, Schemas};
use crate::syntax::rego::Parse;
use crate::text::{Location, SourceId, SourceMap};

/// What the stages read of one text.
pub(super) enum Built {
    Module(Box<Module>),
    /// It does not parse: what it defines is not known.
    Unread,
}

impl Built {
    /// Reads the module of the input at `index`.
    pub(super) fn new(index: usize, parse: &Parse) -> Self {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let module = if parse.errors.is_empty() { compile::build(index, parse) } else { None };
        module.map_or(Self::Unread, |module| Self::Module(Box::new(module)))
    }

    /// A module that no other one sees: a code block of a page.
    pub(super) fn nothing(index: usize) -> Self {
        Self::Module(Box::new(Module::empty(u32::try_from(index).unwrap_or(u32::MAX))))
    }
}

/// The rule that reports errors of a class.
fn rule_of(class: Class) -> Option<&'static str> {
    static BY_CLASS: std::sync::OnceLock<FxHashMap<Class, &'static str>> = std::sync::OnceLock::new();
    let all = || registry::registry().iter().flat_map(|rule| rule.classes().iter().map(|class| (*class, rule.meta().id)));
    BY_CLASS.get_or_init(|| all().collect()).get(&class).copied()
}

/// Whether a rule about errors of the stages is on.
pub(super) fn is_on(plan: &Plan) -> bool {
    plan.active.iter().any(|active| !active.rule.classes().is_empty())
}

/// The rules that errors of a module belong to, as far as the module alone shows them: what a fix must not make worse.
pub(super) fn errors_of(parse: &Parse) -> Vec<&'static str> {
    let Some(module) = compile::build(0, parse) else { return Vec::new() };
    struct Nowhere;
    impl Places for Nowhere {
        fn describe(&self, _: Loc) -> String {
            String::new()
        }
    }
    let checked = compile::check(vec![module], Sight::default(), &Nowhere, &Options::default(), false);
    checked.errors.iter().filter_map(|error| rule_of(error.class)).collect()
}

/// What the stages say, by input: findings of those rules that are on for its file.
pub(super) struct Outcome {
    pub(super) findings: Vec<(usize, Diagnostic)>,
    /// The inputs of findings that are not made because a text does not parse.
    pub(super) withheld: Vec<usize>,
}

/// Checks all modules, in the order of `work.rego`.
pub(super) fn run<'p>(
    work: &Work<'_>,
    built: Vec<Built>,
    plan_of: &dyn Fn(SourceId) -> &'p Plan,
    capabilities: Option<&crate::syntax::rego::Capabilities>,
    schemas: Option<&Schemas>,
) -> Outcome {
    let unread: Vec<usize> = built.iter().enumerate().filter(|(_, built)| matches!(built, Built::Unread)).map(|(at, _)| at).collect();
    let modules: Vec<Module> = built
        .into_iter()
        .enumerate()
        .map(|(at, built)| match built {
            Built::Module(module) => *module,
            Built::Unread => Module::empty(at as u32),
        })
        .collect();
    let sight = Sight::new(standings(work, &modules));
    let places = InputPlaces { work };
    let options = Options { capabilities: capabilities.map(Capabilities::of_engine).unwrap_or_default(), tests: false };
    let mut checked = compile::check(modules, sight, &places, &options, true);
    if types_are_on(work, plan_of) {
        let text = |at: usize| &*work.sources.get(work.rego[at].source).text;
        let options = types::Options { capabilities: &options.capabilities, schemas, text: &text, listener: None };
        let found = types::check(&checked, options);
        checked.errors.extend(found);
    }
    let mut outcome = Outcome { findings: Vec::new(), withheld: Vec::new() };
    // how often each function is called that is not known
    let mut strange: FxHashMap<String, usize> = FxHashMap::default();
    for name in checked.errors.iter().filter_map(strange_function) {
        *strange.entry(name.to_owned()).or_default() += 1;
    }
    for error in compile::in_order(std::mem::take(&mut checked.errors)) {
        let Some(input) = work.rego.get(error.module).filter(|input| input.reported) else { continue };
        let Some(active) = rule_of(error.class).and_then(|id| plan_of(input.source).active(id)) else { continue };
        if may_be_defined(&error, &unread, work, &checked.world) || is_elsewhere(&error, work) {
            outcome.withheld.push(error.module);
            continue;
        }
        // said by the rule that knows which release has it
        if plan_of(input.source).active("unsupported-builtin").is_some() && is_of_another_release(&error, capabilities) {
            continue;
        }
        let mut error = error;
        let calls = strange_function(&error).map(|name| (name.to_owned(), strange.get(name).copied().unwrap_or(0)));
        if let Some((name, calls)) = calls {
            if calls == 0 {
                continue;
            }
            if calls > MANY_CALLS {
                strange.insert(name.clone(), 0);
                let message = format!("no function is called `{name}`, here and at {} other places", calls - 1);
                error = error.saying(message).help(OWN_BUILTIN);
            }
        }
        let at = error.module;
        let meta = active.rule.meta();
        let subject = checked.modules[at].subject(error.more.span.unwrap_or(error.span));
        let mut found = finding(error, work);
        found.subject = subject;
        found.rule = meta.id.into();
        found.group = meta.group.into();
        found.severity = active.severity;
        outcome.findings.push((at, found.with_url(meta.url())));
    }
    // there is much to free
    checked.modules.into_par_iter().for_each(drop);
    outcome
}

/// Whether a rule about types is on for a text that is reported.
fn types_are_on<'p>(work: &Work<'_>, plan_of: &dyn Fn(SourceId) -> &'p Plan) -> bool {
    let ids: Vec<&str> = types::CLASSES.iter().filter_map(|class| rule_of(*class)).collect();
    work.rego.iter().filter(|input| input.reported).any(|input| ids.iter().any(|id| plan_of(input.source).active(id).is_some()))
}

/// What is called more often is a builtin that the engine adds rather than a slip: one finding says so.
const MANY_CALLS: usize = 9;
const OWN_BUILTIN: &str = "if it is a builtin of the engine, name the engine's capabilities: `capabilities = \"…\"` in ztctl.toml";

/// The name of a function that is not known.
fn strange_function(error: &CompileError) -> Option<&str> {
    let name = error.more.unknown.as_deref().filter(|name| !name.starts_with("data."))?;
    (error.class == Class::UndefinedFunction).then_some(name)
}

/// Whether what is missing may stand in a text that does not parse.
fn may_be_defined(error: &CompileError, unread: &[usize], work: &Work<'_>, world: &compile::World) -> bool {
    let Some(name) = &error.more.unknown else { return false };
    let last = name.rsplit('.').next().unwrap_or(name);
    let holds = |at: &usize| memchr::memmem::find(work.sources.get(work.rego[*at].source).text.as_bytes(), last.as_bytes()).is_some();
    unread.iter().any(|at| world.sight.sees(error.module as u32, *at as u32) && holds(at))
}

/// Whether what is missing in a text inside another one may well be defined outside of it: OPA is given all ConfigMaps of a cluster,
/// and documentation leaves parts out.
fn is_elsewhere(error: &CompileError, work: &Work<'_>) -> bool {
    let file = work.sources.get(work.rego[error.module].source);
    let open = file.embedded.as_ref().is_some_and(|holder| holder.kind != "constraint-template");
    open && matches!(error.class, Class::UndefinedFunction | Class::InvalidWith) && error.more.unknown.is_some() && !error.more.similar
}

/// Where the modules stand: each object that holds Rego, and each Markdown file, is a unit of its own.
fn standings(work: &Work<'_>, modules: &[Module]) -> Vec<Standing> {
    let mut holders: FxHashMap<(SourceId, &str, &str), u32> = FxHashMap::default();
    let of = |(input, module): (&super::engine::Input, &Module)| {
        let file = work.sources.get(input.source);
        let outer = work.sources.outermost(input.source);
        let root = work.roots.get(outer.0 as usize).copied().unwrap_or(0);
        let standing = Standing { path: file.path.clone(), root, v1: module.v1, ..Standing::default() };
        let Some(embedded) = &file.embedded else { return standing };
        let next = holders.len() as u32 + 1;
        let holder = *holders.entry((outer, embedded.kind, &embedded.object)).or_insert(next);
        let gatekeeper = embedded.kind == "constraint-template";
        Standing { holder, gatekeeper, alone: embedded.kind == "markdown", ..standing }
    };
    work.rego.iter().zip(modules).map(of).collect()
}

/// Whether a function is undefined only because the target engine lacks it.
fn is_of_another_release(error: &CompileError, capabilities: Option<&crate::syntax::rego::Capabilities>) -> bool {
    let name = error.message.strip_prefix("undefined function ").filter(|_| error.class == Class::UndefinedFunction);
    name.zip(capabilities).is_some_and(|(name, target)| !target.builtins.contains(name) && crate::syntax::rego::is_known(name))
}

fn finding(error: CompileError, work: &Work<'_>) -> Diagnostic {
    let at = |at: Loc| work.rego.get(at.module as usize).map(|input| Location { source: input.source, span: at.span });
    let source = work.rego[error.module].source;
    let CompileError { span, message, more, .. } = error;
    let place = Place::At(Location { source, span: more.span.unwrap_or(span) });
    let mut found = Diagnostic::new("", "", crate::diag::Severity::Error, place, more.message.unwrap_or(message));
    found.help = more.help;
    found.labels = more.labels.into_iter().filter_map(|(place, message)| Some(Label { at: at(place)?, message })).collect();
    found
}

struct InputPlaces<'w> {
    work: &'w Work<'w>,
}

impl Places for InputPlaces<'_> {
    /// `file:row`, of the outer file.
    fn describe(&self, at: Loc) -> String {
        let Some(input) = self.work.rego.get(at.module as usize) else { return String::new() };
        let sources: &SourceMap = self.work.sources;
        let at = sources.outer(Location { source: input.source, span: at.span });
        let file = sources.get(at.source);
        format!("{}:{}", file.path, file.line_column(at.span.start).line)
    }
}
