//! Runs rules over files: parse, model, rules, suppressions, facts, rules over all files, one sorted list.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::compile::{self, Built};
use super::context::{Shared, Skipped, WorkspaceCx};
use super::crash::crashed;
use super::file::{Outcome, judge};
use super::leaks::{self, Candidates, Taken};
use super::manifest;
use super::plan::{Home, Plan};
use super::registry;
use super::rendered::Templates;
use super::rule::Rule;
use super::selector::Selection;
use super::source;
use super::subject::Subjects;
use super::suppress::Directives;
use crate::diag::{Date, Diagnostic, Place, Preset, RuleSettings, guard};
use crate::model::manifests::Manifests;
use crate::model::rego::{FactKinds, Schemas};
use crate::model::workspace::Workspace;
use crate::secrets::Leak;
use crate::syntax::rego::{self, Parse, Version};
use crate::syntax::source::Language;
use crate::text::{SourceId, SourceMap};

/// The command that runs: it chooses the groups that are on unless selectors say otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Commands {
    /// Rules about Rego.
    #[default]
    Lint,
    /// Rules about everything else, and the security rules about Rego.
    Check,
    /// All.
    Verify,
}

/// A text to judge.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    pub source: SourceId,
    /// The version to read it as; `None`: what [`rego::parse_auto`] finds out.
    pub version: Option<Version>,
    /// Index in the settings that [`run`] is given.
    pub settings: usize,
    /// Whether findings in it are reported; its facts count either way.
    pub reported: bool,
}

/// A source in another language to judge.
#[derive(Clone, Copy, Debug)]
pub struct CodeInput {
    pub input: Input,
    pub language: Language,
    /// It belongs to tests, which few rules judge.
    pub is_test: bool,
}

/// What a run is asked for, apart from the config files.
#[derive(Clone, Debug)]
pub struct RunOptions {
    pub commands: Commands,
    pub selection: Selection,
    /// Replaces the configs' preset.
    pub preset: Option<Preset>,
    /// The day that `until=` dates are compared with.
    pub as_of: Date,
    /// What the engine that will run the modules can read; `None`: all that ztctl can.
    pub capabilities: Option<std::sync::Arc<rego::Capabilities>>,
    /// The schemas that annotations can name.
    pub schemas: Option<std::sync::Arc<Schemas>>,
}

/// What a run found.
#[derive(Debug, Default)]
pub struct RunResult {
    /// Sorted by outermost path, place, rule and message; without duplicates.
    pub diagnostics: Vec<Diagnostic>,
    /// Files that were judged.
    pub files: usize,
    /// Findings that directives silenced.
    pub suppressed: usize,
    /// Findings that were not made because something is unknown.
    pub withheld: usize,
    /// What could not be judged, sorted by path and rule.
    pub skipped: Vec<Skipped>,
    /// Why rules that the configs turn on are off, sorted.
    pub notices: Vec<String>,
    /// The leaks, by their number, that a directive or the mark of another tool allows.
    pub allowed: Vec<usize>,
    /// How often a rule failed: what it would have found is missing.
    pub crashes: usize,
}

/// Called with every parsed text, from worker threads and in no order: lets other parts of a run share the one parse.
pub type Observer<'a> = &'a (dyn Fn(&Input, &Parse) + Sync);

/// What a run judges.
#[derive(Clone, Copy)]
pub struct Work<'a> {
    pub sources: &'a SourceMap,
    /// Rego, embedded or not.
    pub rego: &'a [Input],
    /// The files that `manifests` was loaded from.
    pub data: &'a [Input],
    pub manifests: &'a Manifests,
    /// Sources in other languages.
    pub code: &'a [CodeInput],
    /// The bundle or project that each file belongs to, by number; 0 or nothing for none.
    pub roots: &'a [u32],
    /// The secrets in files, by file and place.
    pub leaks: &'a [Leak],
    /// The files with secrets, of whatever kind.
    pub leaking: &'a [Input],
    /// The folders of the run, as paths begin.
    pub bases: &'a [String],
}

/// Judges Rego alone; see [`run_work`].
#[must_use]
pub fn run(
    sources: &SourceMap,
    inputs: &[Input],
    settings: &[RuleSettings],
    options: &RunOptions,
    observer: Option<Observer<'_>>,
) -> RunResult {
    run_work(
        &Work {
            sources,
            rego: inputs,
            data: &[],
            manifests: &Manifests::default(),
            code: &[],
            roots: &[],
            leaks: &[],
            leaking: &[],
            bases: &[],
        },
        settings,
        options,
        observer,
    )
}

/// Judges texts by `settings` (one entry a config file) and `options`. Uses the current rayon pool.
#[must_use]
pub fn run_work(work: &Work<'_>, settings: &[RuleSettings], options: &RunOptions, observer: Option<Observer<'_>>) -> RunResult {
    let (sources, inputs) = (work.sources, work.rego);
    let plans = Plans::new(
        sources,
        inputs.iter().chain(work.data).chain(work.leaking).chain(work.code.iter().map(|code| &code.input)),
        settings,
        options,
    );
    let wanted = wanted_facts(sources, inputs, &plans);
    let compiles = plans.plans.iter().any(compile::is_on);
    let mut outcomes: Vec<Outcome> = inputs
        .par_iter()
        .enumerate()
        .map(|(at, input)| {
            let file = sources.get(input.source);
            // Regal goes by the name
            let named_v0 = || plans.of(input.source).preset == Preset::Regal && file.path.ends_with("_v0.rego");
            let version = input.version.or_else(|| named_v0().then_some(Version::V0));
            let mut parse = rego::parse_auto(file.text.clone(), version);
            // Regal reads whatever it can
            if let Some(capabilities) = options.capabilities.as_ref().filter(|_| plans.of(input.source).preset != Preset::Regal) {
                let unsupported = capabilities.unsupported(&parse);
                parse.formattable &= unsupported.is_empty();
                parse.errors.extend(unsupported);
            }
            if let Some(observer) = observer {
                observer(input, &parse);
            }
            let built = compiles.then(|| if Home::of(file) == Home::Page { Built::nothing(at) } else { Built::new(at, &parse) });
            Outcome { built, ..judge(input, file, &parse, plans.of(input.source), options.as_of, wanted) }
        })
        .collect();
    let mut result = RunResult::default();
    if compiles {
        let found = guard(|| compile_findings(work, &plans, &mut outcomes, options));
        match found {
            Ok(found) => compile_rules(work, found, &mut outcomes),
            Err(crash) => {
                result.crashes += 1;
                // no rule failed alone: what they share did
                let shared = registry::registry().iter().map(|rule| (rule.meta(), rule.classes()));
                let shared = shared.filter(|(meta, classes)| !classes.is_empty() && plans.is_on_somewhere(meta.id));
                result.diagnostics.extend(shared.map(|(meta, _)| crashed(meta, Place::Run, &crash)));
            }
        }
    }
    if wanted.is_some() {
        workspace_rules(work, &plans, &mut outcomes, &mut result);
    }
    let mut directives = Directives::read(work, &plans, options.as_of);
    let mut names = None;
    let mut leaking = leaks::candidates(work, &plans, &mut result);
    for (input, mut outcome) in inputs.iter().zip(outcomes) {
        if !input.reported {
            continue;
        }
        if sources.get(input.source).mapping.is_some() {
            let before = outcome.diagnostics.len();
            outcome.diagnostics.retain(|diagnostic| !directives.silences(sources, diagnostic));
            outcome.suppressed += before - outcome.diagnostics.len();
            let names = names.get_or_insert_with(|| Subjects::new(sources, work.manifests));
            outcome.diagnostics.iter_mut().for_each(|diagnostic| names.name(diagnostic));
        } else {
            result.files += 1;
        }
        result.suppressed += outcome.suppressed;
        result.withheld += outcome.withheld;
        result.crashes += outcome.crashes;
        result.skipped.extend(outcome.skipped);
        result.diagnostics.extend(outcome.diagnostics);
        if sources.get(input.source).mapping.is_none()
            && let Some(candidates) = leaking.remove(&input.source)
        {
            let (suppressions, file) = (&mut outcome.suppressions, sources.get(input.source));
            let silences = |finding: &Diagnostic| suppressions.as_mut().is_some_and(|known| known.silences(finding, file));
            leaks::settle(candidates, None, silences, &mut result);
        }
        if let Some(suppressions) = outcome.suppressions {
            result.diagnostics.extend(suppressions.judge(input.source, plans.of(input.source)));
        }
    }
    judge_code(work, &plans, &mut directives, &mut result);
    judge_data(work, &plans, &mut directives, names, leaking, &mut result);
    leaks::one_a_value(sources, work.leaks, &mut result.diagnostics);
    result.allowed.sort_unstable();
    result.allowed.dedup();
    sort(sources, &mut result);
    result.notices = plans.plans.iter().flat_map(|plan| plan.notices.iter().cloned()).collect();
    result.notices.sort();
    result.notices.dedup();
    result
}

/// Manifests and configurations: what is wrong with the texts, and what rules find in them.
fn judge_data<'a>(
    work: &Work<'a>,
    plans: &Plans,
    directives: &mut Directives,
    names: Option<Subjects<'a>>,
    leaking: Candidates<'a>,
    result: &mut RunResult,
) {
    let reported: FxHashMap<SourceId, bool> = work.data.iter().map(|input| (input.source, input.reported)).collect();
    let counts = |source: SourceId| reported.get(&work.sources.outermost(source)).copied().unwrap_or(false);
    let is_reported = |finding: &manifest::Finding| match finding.diagnostic.place {
        Place::At(at) => counts(at.source) || finding.deciders.iter().any(|source| counts(*source)),
        Place::File(source) => counts(source) || finding.deciders.iter().any(|source| counts(*source)),
        Place::Run => true,
    };
    let outcome = manifest::run(work, plans, directives);
    result.files += work.data.iter().filter(|input| input.reported).count();
    result.withheld += outcome.withheld;
    result.crashes += outcome.crashes;
    result.suppressed += outcome.suppressed.iter().filter(|finding| is_reported(finding)).count();
    let broken = work.manifests.diagnostics.iter().filter_map(|diagnostic| {
        let Place::At(at) = diagnostic.place else { return None };
        let active = plans.get(work.sources.outermost(at.source))?.active(&diagnostic.rule)?;
        let is_secret = leaks::is_near_secret(work.sources, at);
        let diagnostic = Diagnostic { severity: active.severity, is_secret, ..diagnostic.clone() };
        Some(manifest::Finding { diagnostic, deciders: Vec::new() })
    });
    let mut names = names;
    let mut templates = Templates::new(work.sources);
    let mut taken = Taken::new(work.sources, work.leaks);
    outcome.findings.iter().chain(&outcome.suppressed).for_each(|finding| taken.add(work.sources, &finding.diagnostic));
    outcome.suppressed.iter().for_each(|finding| taken.silence(work.sources, &finding.diagnostic));
    for finding in broken.chain(outcome.findings) {
        // what a directive is used for does not depend on what is reported
        let silenced = directives.silences(work.sources, &finding.diagnostic);
        if !is_reported(&finding) {
            continue;
        }
        if silenced {
            taken.silence(work.sources, &finding.diagnostic);
            result.suppressed += 1;
            continue;
        }
        let mut diagnostic = finding.diagnostic;
        names.get_or_insert_with(|| Subjects::new(work.sources, work.manifests)).name(&mut diagnostic);
        templates.name(&mut diagnostic);
        result.diagnostics.push(diagnostic);
    }
    let mut leaking: Vec<_> = leaking.into_iter().collect();
    leaking.sort_by_key(|(source, _)| *source);
    for (_, candidates) in leaking {
        leaks::settle(candidates, Some(&taken), |finding| directives.silences(work.sources, finding), result);
    }
    result.diagnostics.extend(directives.judge(work, plans));
}

/// Sources in other languages.
fn judge_code(work: &Work<'_>, plans: &Plans, directives: &mut Directives, result: &mut RunResult) {
    if work.code.is_empty() {
        return;
    }
    let outcome = source::run(work, plans);
    result.files += outcome.files;
    result.withheld += outcome.withheld;
    result.crashes += outcome.crashes;
    result.skipped.extend(outcome.skipped);
    for diagnostic in outcome.findings {
        if directives.silences(work.sources, &diagnostic) {
            result.suppressed += 1;
        } else {
            result.diagnostics.push(diagnostic);
        }
    }
}

/// How lines begin that define what `callers` takes for decisions.
const DECISION_STARTS: [&str; 6] = ["\nallow", "\nauthori", "\nis_allowed", "\nis_authorized", "\npermit", "\ngrant"];

/// The facts that the rules over all files need; `None` where no such rule is on.
fn wanted_facts(sources: &SourceMap, inputs: &[Input], plans: &Plans) -> Option<FactKinds> {
    let of = |plan: &Plan, rule: &dyn Rule| if plan.preset == Preset::Regal { rule.facts_as_regal() } else { rule.facts() };
    let wanted = || plans.plans.iter().flat_map(|plan| plan.active.iter().filter_map(|active| of(plan, active.rule)));
    // most workspaces have no tokens, and a search is cheap
    let finder = memchr::memmem::Finder::new("jwt");
    let has_tokens = || inputs.par_iter().any(|input| finder.find(sources.get(input.source).text.as_bytes()).is_some());
    let kinds = if wanted().any(|kinds| kinds.tokens) && has_tokens() {
        // what is done with tokens is followed through references
        wanted().reduce(FactKinds::or).map(|kinds| FactKinds { references: true, ..kinds })
    } else {
        wanted().filter(|kinds| !kinds.tokens).reduce(FactKinds::or)
    };
    // nor do most say what is allowed
    let decide = |text: &str| DECISION_STARTS.iter().any(|start| memchr::memmem::find(text.as_bytes(), start.as_bytes()).is_some());
    kinds.map(|kinds| FactKinds {
        attributes: kinds.policy && inputs.par_iter().any(|input| decide(&sources.get(input.source).text)),
        ..kinds
    })
}

/// The plan of each source.
pub(super) struct Plans {
    plans: Vec<Plan>,
    by_source: FxHashMap<SourceId, usize>,
    /// The day that expiries are judged at.
    pub(super) as_of: Date,
}

impl Plans {
    pub(super) fn new<'i>(
        sources: &SourceMap,
        inputs: impl IntoIterator<Item = &'i Input>,
        settings: &[RuleSettings],
        options: &RunOptions,
    ) -> Self {
        let default = RuleSettings::default();
        let mut plans = Vec::new();
        let mut known: FxHashMap<(usize, Home, Vec<bool>), usize> = FxHashMap::default();
        let mut by_source = FxHashMap::default();
        for input in inputs {
            let settings_of = settings.get(input.settings).unwrap_or(&default);
            let file = sources.get(input.source);
            let applies: Vec<bool> = settings_of.rules.iter().map(|entry| entry.applies.matches(&file.path)).collect();
            let at = *known.entry((input.settings, Home::of(file), applies)).or_insert_with_key(|(_, home, applies)| {
                plans.push(Plan::new(settings_of, applies, *home, options));
                plans.len() - 1
            });
            by_source.insert(input.source, at);
        }
        Self { plans, by_source, as_of: options.as_of }
    }

    /// The plan of a source that is among the inputs.
    pub(super) fn of(&self, source: SourceId) -> &Plan {
        &self.plans[self.by_source[&source]]
    }

    pub(super) fn get(&self, source: SourceId) -> Option<&Plan> {
        self.by_source.get(&source).map(|at| &self.plans[*at])
    }

    /// Whether a rule is on for any source.
    pub(super) fn is_on_somewhere(&self, id: &str) -> bool {
        self.plans.iter().any(|plan| plan.active(id).is_some())
    }
}

/// What the compile stages find.
fn compile_findings(work: &Work<'_>, plans: &Plans, outcomes: &mut [Outcome], options: &RunOptions) -> compile::Outcome {
    let built = outcomes.iter_mut().map(|outcome| outcome.built.take().unwrap_or(Built::Unread)).collect();
    compile::run(work, built, &|source| plans.of(source), options.capabilities.as_deref(), options.schemas.as_deref())
}

/// The rules about what the compile stages find.
fn compile_rules(work: &Work<'_>, found: compile::Outcome, outcomes: &mut [Outcome]) {
    for at in found.withheld {
        outcomes[at].withheld += 1;
    }
    for (at, diagnostic) in found.findings {
        let outcome = &mut outcomes[at];
        let file = work.sources.get(work.rego[at].source);
        if outcome.suppressions.as_mut().is_some_and(|suppressions| suppressions.silences(&diagnostic, file)) {
            outcome.suppressed += 1;
        } else {
            outcome.diagnostics.push(diagnostic);
        }
    }
}

/// The rules that see all files.
fn workspace_rules(work: &Work<'_>, plans: &Plans, outcomes: &mut [Outcome], result: &mut RunResult) {
    let Work { sources, rego: inputs, manifests, .. } = *work;
    let workspace = Workspace::new(outcomes.iter_mut().filter_map(|outcome| outcome.facts.take()).collect());
    let get = |source| plans.get(source);
    let shared = Shared::default();
    let at: FxHashMap<SourceId, usize> = inputs.iter().enumerate().map(|(at, input)| (input.source, at)).collect();
    let rules: Vec<&dyn Rule> =
        registry::registry().iter().copied().filter(|rule| rule.facts().is_some() && plans.is_on_somewhere(rule.meta().id)).collect();
    let outcome_of = |rule: &&dyn Rule| {
        let (found, withheld) = (Vec::new(), 0);
        let mut cx =
            WorkspaceCx { sources, manifests, shared: &shared, workspace: &workspace, plans: &get, current: rule.meta(), found, withheld };
        let crash = guard(|| rule.workspace(&mut cx)).err();
        cx.found.extend(crash.as_ref().map(|crash| crashed(rule.meta(), Place::Run, crash)));
        (cx.found, cx.withheld, usize::from(crash.is_some()))
    };
    let results: Vec<(Vec<Diagnostic>, usize, usize)> = rules.par_iter().map(outcome_of).collect();
    for (found, withheld, crashes) in results {
        result.crashes += crashes;
        result.withheld += withheld;
        for mut diagnostic in found {
            let Place::At(place) = diagnostic.place else {
                result.diagnostics.push(diagnostic);
                continue;
            };
            let Some(at) = at.get(&place.source).filter(|at| inputs[**at].reported) else {
                continue;
            };
            if diagnostic.subject.is_empty() {
                let rule = workspace.module(place.source).and_then(|facts| facts.rule_before(place.span.start));
                diagnostic.subject = rule.map_or("", |rule| rule.path.trim_start_matches("data.")).to_owned();
            }
            let outcome = &mut outcomes[*at];
            let silenced = outcome.suppressions.as_mut().is_some_and(|s| s.silences(&diagnostic, sources.get(place.source)));
            if silenced {
                outcome.suppressed += 1;
            } else {
                outcome.diagnostics.push(diagnostic);
            }
        }
    }
}

/// Brings findings into an order that depends on nothing but the texts, and drops repeated ones.
fn sort(sources: &SourceMap, result: &mut RunResult) {
    let key = |place: Place| match place {
        Place::Run => ("", 0, 0, 0),
        Place::File(source) => (sources.get(source).path.as_str(), 0, 0, source.0),
        Place::At(at) => {
            let outer = sources.outer(at);
            (sources.get(outer.source).path.as_str(), outer.span.start, outer.span.end, outer.source.0)
        }
    };
    let findings = &result.diagnostics;
    let keys: Vec<_> = findings.iter().map(|found| key(found.place)).collect();
    // findings are large, so their numbers are sorted
    let mut order: Vec<usize> = (0..findings.len()).collect();
    let rest = |at: usize| (&findings[at].rule, &findings[at].message);
    order.sort_by(|&a, &b| keys[a].cmp(&keys[b]).then_with(|| rest(a).cmp(&rest(b))));
    // one text may be embedded in two objects through an alias
    order.dedup_by(|a, b| keys[*a] == keys[*b] && rest(*a) == rest(*b));
    let mut taken: Vec<Option<Diagnostic>> = std::mem::take(&mut result.diagnostics).into_iter().map(Some).collect();
    result.diagnostics = order.into_iter().filter_map(|at| taken[at].take()).collect();
    result.skipped.sort_by(|a, b| (&sources.get(a.source).path, a.rule).cmp(&(&sources.get(b.source).path, b.rule)));
}
