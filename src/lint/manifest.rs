//! Running rules over manifests and configurations: documents as they are written, objects as build units make them.

mod merge;

use std::borrow::Cow;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::crash::crashed;
use super::engine::{Plans, Work};
use super::leaks;
use super::place;
use super::plan::{Active, Plan};
use super::registry;
use super::rule::Rule;
use super::suppress::Directives;
use crate::diag::{Applicability, Date, Diagnostic, Fix, Label, OptionValue, Place, Product, Release, RuleMeta, Severity, guard};
use crate::model::document::Document;
use crate::model::k8s::Object;
use crate::model::manifests::Manifests;
use crate::model::part::Part;
use crate::model::shell::Script;
use crate::model::units::{Unit, UnitKind};
use crate::model::value::{Entry, Node, Origin};
use crate::secrets::Leak;
use crate::text::{Edit, Location, SourceId, SourceMap, Span};

use merge::merge;

/// What rules about manifests see, and how they report.
pub struct ManifestCx<'a> {
    sources: &'a SourceMap,
    manifests: &'a Manifests,
    leaks: &'a [Leak],
    bases: &'a [String],
    plans: &'a Plans,
    current: &'static RuleMeta,
    /// The unit whose objects are looked at, and its place among the applied ones.
    unit: Option<(usize, &'a Unit)>,
    found: Vec<Found>,
    withheld: usize,
    /// The lines that [`ManifestCx::report_line`] reported.
    lines: FxHashSet<(SourceId, usize)>,
}

/// A finding, the unit and the object that it was made in, and the files that decide it beside its own.
struct Found {
    diagnostic: Diagnostic,
    unit: Option<usize>,
    deciders: Vec<SourceId>,
}

/// A finding as it is judged further.
pub(super) struct Finding {
    pub(super) diagnostic: Diagnostic,
    /// The files that decide it beside its own: overlays, and what [`ManifestReport::decided_by`] names.
    pub(super) deciders: Vec<SourceId>,
}

/// What the rules about manifests found.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) findings: Vec<Finding>,
    /// Findings that annotations of objects silenced.
    pub(super) suppressed: Vec<Finding>,
    pub(super) withheld: usize,
    /// How often a rule failed.
    pub(super) crashes: usize,
}

impl<'a> ManifestCx<'a> {
    #[must_use]
    pub fn sources(&self) -> &'a SourceMap {
        self.sources
    }

    /// Everything that was read.
    #[must_use]
    pub fn manifests(&self) -> &'a Manifests {
        self.manifests
    }

    /// The secrets that were found in the value at `at`, each with its level there, without those on which nobody would act.
    pub fn leaks_in(&self, at: &Origin) -> impl Iterator<Item = (Severity, &'a Leak)> + use<'a> {
        let outer = self.sources.outer(at.at);
        let from = self.leaks.partition_point(|leak| (leak.at.source, leak.at.span.start) < (outer.source, outer.span.start));
        let (bases, path) = (self.bases, &self.sources.get(outer.source).path);
        let inside =
            self.leaks[from..].iter().take_while(move |leak| leak.at.source == outer.source && leak.at.span.start < outer.span.end);
        inside.filter_map(move |leak| Some((leaks::severity_at(leak, path, bases)?, leak)))
    }

    /// The worst of [`ManifestCx::leaks_in`].
    #[must_use]
    pub fn leak_in(&self, at: &Origin) -> Option<(Severity, &'a Leak)> {
        // of equals the first
        self.leaks_in(at).reduce(|worst, next| if next.0 > worst.0 { next } else { worst })
    }

    /// Reports each secret in the value of `entry`, which goes by `name`: what it is, and how bad where it stands, is the verdict of the
    /// detection. What another tool's mark allows is left out.
    pub fn report_secrets(&mut self, name: &str, entry: &Entry, help: &str) {
        let found = self.leaks_in(&entry.value.origin).filter(|(_, leak)| leak.allowed.is_none());
        for (severity, leak) in found.collect::<Vec<_>>() {
            let at = self.place_of(entry, leak);
            let own = if leak.name.is_empty() { leaks::shown(name) } else { leak.name.clone() };
            if let Some(report) = self.report_as(severity, &at, leaks::describe(&leak.secret, &own)) {
                report.about(leak).help(help);
            }
        }
    }

    /// Where a finding about a secret in the value of `entry` points: the entry, or in a value of several lines the secret's own line.
    fn place_of(&self, entry: &Entry, leak: &Leak) -> Origin {
        let outer = self.sources.outer(entry.value.origin.at);
        let is_part = |at: Location| self.sources.get(at.source).slice(at.span).trim_end().contains('\n');
        if outer.source == leak.at.source && is_part(outer) && !is_part(leak.at) {
            return Origin { at: leak.at, via: entry.value.origin.via.clone() };
        }
        entry.place().clone()
    }

    /// The unit whose object is looked at; `None` for documents.
    #[must_use]
    pub fn unit(&self) -> Option<&'a Unit> {
        self.unit.map(|(_, unit)| unit)
    }

    fn active(&self, at: Location) -> Option<&'a Active> {
        self.plans.get(self.sources.outermost(at.source))?.active(self.current.id)
    }

    /// The namespace whose Istio policies are in force everywhere, as the config of the file at `at` names it, else the unit's mesh
    /// configuration, else that of the workspace.
    #[must_use]
    pub fn mesh_root(&self, at: &Origin) -> &'a str {
        let configured = self.plan(at).and_then(|plan| plan.check.mesh_root_namespace.as_deref());
        configured
            .unwrap_or_else(|| self.unit().and_then(|unit| unit.mesh().root_namespace()).unwrap_or_else(|| self.manifests.mesh_root()))
    }

    /// Whether the namespace `name` belongs to the platform, as the config of the file at `at` has it.
    #[must_use]
    pub fn is_system_namespace(&self, name: &str, at: &Origin) -> bool {
        self.plan(at).is_some_and(|plan| plan.check.is_system_namespace(name, self.mesh_root(at)))
    }

    /// The release of `product` that the file at `at` is for, as its config or the command line has it.
    #[must_use]
    pub fn target(&self, product: Product, at: &Origin) -> Option<Release> {
        self.plan(at)?.check.target.get(product)
    }

    /// The day that expiries are judged at.
    #[must_use]
    pub fn as_of(&self) -> Date {
        self.plans.as_of
    }

    /// The running rule's integer option `name`, as the config of the file at `at` has it; 0 where the rule is off there.
    #[must_use]
    pub fn integer(&self, at: &Origin, name: &str) -> i64 {
        match self.active(at.at).map(|active| active.option(name)) {
            Some(OptionValue::Integer(value)) => *value,
            _ => 0,
        }
    }

    /// The text of the running rule's option `name`, as the config of the file at `at` has it; `None` where it is unset.
    #[must_use]
    pub fn text(&self, at: &Origin, name: &str) -> Option<&'a str> {
        match self.active(at.at)?.option(name) {
            OptionValue::String(text) => Some(text),
            _ => None,
        }
    }

    /// The texts of the running rule's list option `name`, as the config of the file at `at` has it.
    #[must_use]
    pub fn list(&self, at: &Origin, name: &str) -> &'a [Cow<'static, str>] {
        match self.active(at.at).map(|active| active.option(name)) {
            Some(OptionValue::StringList(list)) => list,
            _ => &[],
        }
    }

    fn plan(&self, at: &Origin) -> Option<&'a Plan> {
        self.plans.get(self.sources.outermost(at.at.source))
    }

    /// Reports a finding of the running rule at `at`, unless the rule is off there. Of a place of several lines the first is
    /// pointed at.
    pub fn report(&mut self, at: &Origin, message: impl Into<String>) -> Option<ManifestReport<'_>> {
        self.report_as(self.current.severity, at, message)
    }

    /// As [`ManifestCx::report`], unless this very hook has reported something on the same line with this function: several values of
    /// a list in flow style, or of an alias, are one finding.
    pub fn report_line(&mut self, at: &Origin, message: impl Into<String>) -> Option<ManifestReport<'_>> {
        self.report_line_as(self.current.severity, at, message)
    }

    /// As [`ManifestCx::report_line`], with a level as in [`ManifestCx::report_as`].
    pub fn report_line_as(&mut self, severity: Severity, at: &Origin, message: impl Into<String>) -> Option<ManifestReport<'_>> {
        let outer = self.sources.outer(at.at);
        let line = self.sources.get(outer.source).line(outer.span.start);
        if !self.lines.insert((outer.source, line)) {
            return None;
        }
        self.report_as(severity, at, message)
    }

    /// As [`ManifestCx::report`], for a finding that is worse or better than the rule's others; a configured level wins.
    pub fn report_as(&mut self, severity: Severity, at: &Origin, message: impl Into<String>) -> Option<ManifestReport<'_>> {
        let active = self.active(at.at)?;
        let severity = if active.is_configured { active.severity } else { severity };
        let key = place::dash_of(self.sources, at.at).unwrap_or_else(|| self.sources.first_line(at.at));
        let defined = place::definition(self.sources, key);
        let place = Place::At(defined.unwrap_or_else(|| place::scalar_of(self.sources, key)));
        let mut diagnostic = Diagnostic::new(self.current.id, self.current.group, severity, place, message).with_url(self.current.url());
        diagnostic.is_secret = self.current.is_secret;
        if defined.is_some() {
            diagnostic.labels.push(Label { at: key, message: "reaches the object through here".to_owned() });
        }
        let mut deciders = Vec::new();
        for via in at.via.iter() {
            deciders.push(self.sources.outermost(via.source));
            let message = place::passage(self.sources, at.at, *via).to_owned();
            diagnostic.labels.push(Label { at: self.sources.first_line(*via), message });
        }
        self.found.push(Found { diagnostic, unit: self.unit.map(|(at, _)| at), deciders });
        let sources = self.sources;
        self.found.last_mut().map(|found| ManifestReport { sources, diagnostic: &mut found.diagnostic, deciders: &mut found.deciders })
    }

    /// The edit that writes `text`, a plain word, in the place of a scalar; quotes stay. `None` for values that are written in
    /// another way.
    #[must_use]
    pub fn replacement(&self, scalar: &Node, text: &str) -> Option<(Location, String)> {
        let at = scalar.origin.at;
        let written = self.sources.get(at.source).slice(at.span);
        let quoted = written.len() > 1 && matches!(written.as_bytes()[0], b'"' | b'\'') && written.ends_with(&written[..1]);
        let span = if quoted { Span::new(at.span.start + 1, at.span.end - 1) } else { at.span };
        let inside = self.sources.get(at.source).slice(span);
        // escapes, folded lines and block scalars are left alone
        (Some(inside) == scalar.as_str() || scalar.as_str().is_none() && !written.contains('\n'))
            .then(|| (Location { source: at.source, span }, text.to_owned()))
    }

    /// Counts a finding that is not made because something is unknown.
    pub fn withhold(&mut self) {
        self.withheld += 1;
    }
}

/// A finding being described.
pub struct ManifestReport<'a> {
    sources: &'a SourceMap,
    diagnostic: &'a mut Diagnostic,
    deciders: &'a mut Vec<SourceId>,
}

impl ManifestReport<'_> {
    /// The secret that it is about.
    pub fn about(self, leak: &Leak) -> Self {
        self.diagnostic.value = Some(leak.at);
        self
    }

    /// What to do.
    pub fn help(self, help: impl Into<String>) -> Self {
        self.diagnostic.help = Some(help.into());
        self
    }

    /// A second place, in any file.
    pub fn label(self, at: &Origin, message: impl Into<String>) -> Self {
        self.diagnostic.labels.push(Label { at: self.sources.first_line(at.at), message: message.into() });
        self
    }

    /// An object or value whose file decides the finding although it lies elsewhere: the finding is reported if that file is. For an
    /// absence these are the objects that make it one: workloads of the namespace, policies that fall short.
    pub fn decided_by(self, at: &Origin) -> Self {
        self.deciders.push(self.sources.outermost(at.at.source));
        self.deciders.extend(at.via.iter().map(|via| self.sources.outermost(via.source)));
        self
    }

    /// Replacements that remove the finding.
    pub fn fix(self, title: impl Into<String>, applicability: Applicability, edits: impl IntoIterator<Item = (Location, String)>) -> Self {
        let edits = edits.into_iter().map(|(at, text)| Edit::new(at, text)).collect();
        self.diagnostic.fix = Some(Fix::new(title, applicability, edits));
        self
    }
}

/// Runs every rule that reads manifests and is on somewhere.
pub(super) fn run(work: &Work<'_>, plans: &Plans, directives: &mut Directives) -> Outcome {
    let Work { sources, manifests, leaks, bases, .. } = *work;
    let rules: Vec<&dyn Rule> =
        registry::registry().iter().copied().filter(|rule| rule.reads_manifests() && plans.is_on_somewhere(rule.meta().id)).collect();
    let mut outcome = Outcome::default();
    if rules.is_empty() {
        return outcome;
    }
    let units: Vec<&Unit> = manifests.applied().chain(&manifests.scripted).collect();
    let context = |rule: &dyn Rule, unit| ManifestCx {
        sources,
        manifests,
        leaks,
        bases,
        plans,
        current: rule.meta(),
        unit,
        found: Vec::new(),
        withheld: 0,
        lines: FxHashSet::default(),
    };
    let mut jobs: Vec<Job<'_>> = manifests.documents.iter().map(Job::Document).collect();
    for (at, unit) in units.iter().enumerate() {
        jobs.extend(unit.objects.iter().map(|object| Job::Object(at, object)));
        jobs.extend(rules.iter().map(|rule| Job::Unit(at, *rule)));
    }
    jobs.extend(manifests.scripts.iter().map(Job::Script));
    jobs.extend(rules.iter().map(|rule| Job::Whole(*rule)));
    let reported: FxHashSet<SourceId> = work.data.iter().filter(|input| input.reported).map(|input| input.source).collect();
    let deciding: Vec<&dyn Rule> = rules.iter().copied().filter(|rule| rule.names_deciders()).collect();
    let results: Vec<(Vec<Found>, usize, usize)> = jobs
        .par_iter()
        .map(|job| {
            let mut found = Vec::new();
            let (mut withheld, mut crashes) = (0, 0);
            let mut call = |rule: &dyn Rule, unit: Option<usize>, hook: &dyn Fn(&dyn Rule, &mut ManifestCx<'_>)| {
                let mut cx = context(rule, unit.map(|at| (at, units[at])));
                if let Err(crash) = guard(|| hook(rule, &mut cx)) {
                    crashes += 1;
                    let diagnostic = crashed(rule.meta(), job.place().map_or(Place::Run, |at| Place::File(at.source)), &crash);
                    cx.found.push(Found { diagnostic, unit, deciders: Vec::new() });
                }
                found.append(&mut cx.found);
                withheld += cx.withheld;
            };
            match job {
                Job::Script(script) => rules.iter().for_each(|rule| {
                    call(*rule, None, &|rule, cx| {
                        rule.script(script, cx);
                        rule.part(Part::Script(script), cx);
                    })
                }),
                Job::Document(document) => rules.iter().for_each(|rule| {
                    call(*rule, None, &|rule, cx| {
                        rule.document(document, cx);
                        rule.part(Part::Document(document), cx);
                    })
                }),
                Job::Object(at, object) => {
                    let file = sources.outermost(object.source);
                    // what is made of a plain file lies in that file
                    let is_plain = units[*at].kind == UnitKind::Plain;
                    let rules = if is_plain && !reported.contains(&file) { &deciding } else { &rules };
                    rules.iter().for_each(|rule| {
                        call(*rule, Some(*at), &|rule, cx| {
                            rule.object(object, cx);
                            rule.part(Part::Object(object), cx);
                            let is_alone = || rule.names_deciders() || lie_in(sources, file, &cx.found);
                            debug_assert!(!is_plain || is_alone(), "what `{}` finds is decided elsewhere", rule.meta().id);
                        })
                    });
                }
                Job::Unit(at, rule) => call(*rule, Some(*at), &|rule, cx| rule.unit(units[*at], cx)),
                Job::Whole(rule) => call(*rule, None, &|rule, cx| rule.manifests(cx)),
            }
            (found, withheld, crashes)
        })
        .collect();
    // one object may be seen in many units
    let mut withheld: FxHashMap<Location, usize> = FxHashMap::default();
    let (mut all, mut silenced) = (Vec::new(), Vec::new());
    for (job, (found, count, crashes)) in jobs.iter().zip(results) {
        outcome.crashes += crashes;
        match job.place() {
            _ if count == 0 => {}
            Some(place) if reported.contains(&sources.outermost(place.source)) => {
                let known = withheld.entry(place).or_default();
                *known = count.max(*known);
            }
            Some(_) => {}
            None => outcome.withheld += count,
        }
        for found in found {
            let is_silenced = matches!(job, Job::Object(_, object) if directives.silences_in(&found.diagnostic, object));
            if is_silenced { silenced.push(found) } else { all.push(found) }
        }
    }
    outcome.withheld += withheld.values().sum::<usize>();
    outcome.findings = merge(work, &units, all);
    outcome.suppressed = merge(work, &units, silenced);
    outcome
}

/// Whether findings lie in one file, and no other decides them.
fn lie_in(sources: &SourceMap, file: SourceId, found: &[Found]) -> bool {
    found.iter().all(|Found { diagnostic, deciders, .. }| {
        let place = match diagnostic.place {
            Place::At(at) => at.source,
            Place::File(source) => source,
            Place::Run => return false,
        };
        deciders.iter().chain([&place]).all(|source| sources.outermost(*source) == file)
    })
}

/// A part of the work that can be done by itself.
enum Job<'a> {
    Document(&'a Document),
    Script(&'a Script),
    Object(usize, &'a Object),
    Unit(usize, &'a dyn Rule),
    Whole(&'a dyn Rule),
}

impl Job<'_> {
    /// What it is about; `None` for what has no one place.
    fn place(&self) -> Option<Location> {
        match self {
            Self::Document(document) => Some(document.root.origin.at),
            Self::Script(script) => Some(Location { source: script.source, span: Span::at(0) }),
            Self::Object(_, object) => Some(object.location()),
            Self::Unit(..) | Self::Whole(_) => None,
        }
    }
}
