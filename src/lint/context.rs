//! What rules see and how they report.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::sync::OnceLock;

use regex::Regex;

use super::graph::Graph;
use super::plan::{Active, Options, Plan};
use super::rules::bound::Bound;
use super::rules::exports::{Exports, RegalTree};
use super::rules::regal_view::RegalView;
use super::rules::support::{BlockComment, comment_blocks};
use super::rules::tokens::Tokens;
use crate::diag::{Applicability, Diagnostic, Fix, Label, Layout, OptionValue, Place, Preset, RuleMeta, Severity};
use crate::model::manifests::Manifests;
use crate::model::rego::{Facts, LazyScopes, Module, Scopes};
use crate::model::workspace::Workspace;
use crate::syntax::rego::{Capabilities, Kind, Parse, Token, Version};
use crate::text::{Edit, Location, SourceFile, SourceId, SourceMap, Span};

/// A part of a run that could not be done, with the reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Skipped {
    pub source: SourceId,
    pub rule: &'static str,
    pub reason: String,
}

/// How many nodes and lines may be looked at for the fixes of one file. Findings beyond have none: a text of so many is no one's.
const FIX_EFFORT: usize = 50_000_000;

/// One file and what is known of it; rules report through it.
pub struct FileCx<'t> {
    source: SourceId,
    file: &'t SourceFile,
    parse: &'t Parse,
    module: &'t Module<'t>,
    plan: &'t Plan,
    /// Index of the running rule in the plan.
    current: usize,
    comments: OnceCell<Vec<Token<'t>>>,
    comment_blocks: OnceCell<Rc<[Vec<BlockComment<'t>>]>>,
    regal: OnceCell<Rc<RegalView<'t>>>,
    scopes: LazyScopes<'t>,
    bound: OnceCell<Rc<Bound<'t>>>,
    /// What is left to spend on fixes.
    effort: Cell<usize>,
    found: Vec<Diagnostic>,
    skipped: Vec<Skipped>,
    withheld: usize,
}

impl<'t> FileCx<'t> {
    pub(super) fn new(
        source: SourceId,
        file: &'t SourceFile,
        parse: &'t Parse,
        module: &'t Module<'t>,
        scopes: LazyScopes<'t>,
        plan: &'t Plan,
    ) -> Self {
        Self {
            source,
            file,
            parse,
            module,
            plan,
            current: 0,
            comments: OnceCell::new(),
            comment_blocks: OnceCell::new(),
            regal: OnceCell::new(),
            scopes,
            bound: OnceCell::new(),
            effort: Cell::new(FIX_EFFORT),
            found: Vec::new(),
            skipped: Vec::new(),
            withheld: 0,
        }
    }

    /// The rule that is called next.
    pub(super) fn enter(&mut self, active: usize) -> &'t Active {
        self.current = active;
        self.active()
    }

    pub(super) fn found(&self) -> &[Diagnostic] {
        &self.found
    }

    /// Repeats the findings from index `from` on at other places.
    pub(super) fn repeat(&mut self, from: usize, places: &[Span]) {
        let originals = self.found[from..].to_vec();
        for span in places {
            let at = Place::At(Location { source: self.source, span: *span });
            self.found.extend(originals.iter().map(|finding| Diagnostic { place: at, fix: None, ..finding.clone() }));
        }
    }

    pub(super) fn into_parts(self) -> (Vec<Diagnostic>, Vec<Skipped>, usize) {
        (self.found, self.skipped, self.withheld)
    }

    fn active(&self) -> &'t Active {
        &self.plan.active[self.current]
    }

    #[must_use]
    pub fn source(&self) -> SourceId {
        self.source
    }

    /// The text with its path and line index.
    #[must_use]
    pub fn file(&self) -> &'t SourceFile {
        self.file
    }

    #[must_use]
    pub fn text(&self) -> &'t str {
        &self.file.text
    }

    #[must_use]
    pub fn parse(&self) -> &'t Parse {
        self.parse
    }

    /// Package, imports and rules.
    #[must_use]
    pub fn module(&self) -> &'t Module<'t> {
        self.module
    }

    /// Whether the module follows v1's rules: it is v1, or imports `rego.v1`.
    #[must_use]
    pub fn is_v1(&self) -> bool {
        self.parse.version == Version::V1 || self.parse.rego_v1_import
    }

    /// Whether the module stands in another file, such as a ConfigMap.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.file.embedded.is_some()
    }

    /// Whether the module cannot migrate to v1 where it stands. Gatekeeper reads a ConstraintTemplate's Rego as v0 unless
    /// `source.version` says otherwise, and refuses `import rego.v1` in it (open-policy-agent/gatekeeper#3907).
    #[must_use]
    pub fn stays_v0(&self) -> bool {
        self.parse.version == Version::V0 && self.file.embedded.as_ref().is_some_and(|holder| holder.kind == "constraint-template")
    }

    /// Whether Regal's behaviour is wanted to the letter.
    #[must_use]
    pub fn is_regal(&self) -> bool {
        self.plan.preset == Preset::Regal
    }

    /// Comments on lines that follow each other and in the same column.
    pub(super) fn comment_blocks(&self) -> Rc<[Vec<BlockComment<'t>>]> {
        Rc::clone(self.comment_blocks.get_or_init(|| comment_blocks(self).into()))
    }

    /// The rules as Regal sees them; made when first asked for.
    pub(super) fn regal_view(&self) -> Rc<RegalView<'t>> {
        self.regal.get_or_init(|| Rc::new(RegalView::new(self.parse, self.module, self.is_regal()))).clone()
    }

    /// [`FileCx::scopes`], to be kept while findings are reported.
    #[must_use]
    pub fn shared_scopes(&self) -> Rc<Scopes<'t>> {
        Rc::clone(self.scopes.get(self.parse, self.module))
    }

    /// Which variables a place sets; made when first asked for.
    pub(super) fn bound(&self) -> Rc<Bound<'t>> {
        self.bound.get_or_init(|| Rc::new(Bound::new(self.parse, self.shared_scopes()))).clone()
    }

    /// What the engine that will run the module can do; `None`: all that the newest OPA can.
    #[must_use]
    pub fn capabilities(&self) -> Option<&'t Capabilities> {
        self.plan.capabilities.as_deref()
    }

    /// Whether the engine that will run the module reads Rego v1 without an import.
    #[must_use]
    pub fn targets_v1(&self) -> bool {
        self.capabilities().is_none_or(|target| target.has("rego_v1"))
    }

    /// All comments in order.
    pub fn comments(&self) -> &[Token<'t>] {
        self.comments.get_or_init(|| {
            // most files have few comments and many tokens
            if !self.text().contains('#') {
                return Vec::new();
            }
            self.parse.tree.tokens().filter(|token| token.kind() == Kind::Comment).collect()
        })
    }

    /// What the names in rules stand for.
    pub fn scopes(&self) -> &Scopes<'t> {
        self.scopes.get(self.parse, self.module)
    }

    /// Whether the rule `id` judges the file too.
    #[must_use]
    pub fn is_on(&self, id: &str) -> bool {
        self.plan.active(id).is_some()
    }

    /// Whether a fix may look at so many nodes or lines more; they are spent then. Bounds the work for files with many findings.
    pub(super) fn spend(&self, count: usize) -> bool {
        let left = self.effort.get().checked_sub(count);
        self.effort.set(left.unwrap_or(0));
        left.is_some()
    }

    /// The integer option `name` of the running rule.
    #[must_use]
    pub fn integer(&self, name: &str) -> i64 {
        match self.active().option(name) {
            OptionValue::Integer(value) => *value,
            _ => 0,
        }
    }

    /// The integer option `name`, `None` where it is unset.
    #[must_use]
    pub fn integer_if_set(&self, name: &str) -> Option<i64> {
        match self.active().option(name) {
            OptionValue::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// The option `name` of the running rule, false where it is unset.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.active().option(name), OptionValue::Bool(true))
    }

    /// The texts of the list option `name`.
    #[must_use]
    pub fn list(&self, name: &str) -> &'t [Cow<'static, str>] {
        match self.active().option(name) {
            OptionValue::StringList(list) => list,
            _ => &[],
        }
    }

    /// The pattern option `name`, `None` where it is unset.
    #[must_use]
    pub fn regex(&self, name: &str) -> Option<&'t Regex> {
        self.active().regex(name)
    }

    /// The tables of the option `name`.
    #[must_use]
    pub fn tables(&self, name: &str) -> &'t [Options] {
        self.active().tables(name)
    }

    /// Reports a finding of the running rule at `span`; the result adds help, labels and a fix.
    pub fn report(&mut self, span: Span, message: impl Into<String>) -> Report<'_> {
        let severity = self.active().severity;
        self.report_with(severity, span, message)
    }

    /// As [`FileCx::report`], for a finding that is worse or better than the rule's others; a configured level wins.
    pub fn report_as(&mut self, severity: Severity, span: Span, message: impl Into<String>) -> Report<'_> {
        let active = self.active();
        let severity = if active.is_configured { active.severity } else { severity };
        self.report_with(severity, span, message)
    }

    fn report_with(&mut self, severity: Severity, span: Span, message: impl Into<String>) -> Report<'_> {
        let at = Location { source: self.source, span };
        let meta = self.active().rule.meta();
        self.found.push(Diagnostic::new(meta.id, meta.group, severity, Place::At(at), message).with_url(meta.url()));
        let last = self.found.len() - 1;
        Report { source: self.source, diagnostic: &mut self.found[last] }
    }

    /// Reports a finding of the running rule about the file as a whole.
    pub fn report_file(&mut self, message: impl Into<String>) -> Report<'_> {
        let source = self.source;
        let report = self.report(Span::default(), message);
        report.diagnostic.place = Place::File(source);
        report
    }

    /// Says why the running rule could not judge the file.
    pub fn skip(&mut self, reason: impl Into<String>) {
        let rule = self.active().rule.meta().id;
        self.skipped.push(Skipped { source: self.source, rule, reason: reason.into() });
    }

    /// Counts a finding that is not made because something is unknown.
    pub fn withhold(&mut self) {
        self.withheld += 1;
    }

    /// Where the run and its Rego roots are.
    #[must_use]
    pub fn layout(&self) -> &'t Layout {
        &self.plan.layout
    }
}

/// A finding being described.
pub struct Report<'a> {
    source: SourceId,
    diagnostic: &'a mut Diagnostic,
}

impl Report<'_> {
    /// What to do.
    pub fn help(self, help: impl Into<String>) -> Self {
        self.diagnostic.help = Some(help.into());
        self
    }

    /// Where the file belongs: a path like the file's own.
    pub fn moves_to(self, path: impl Into<String>) -> Self {
        self.diagnostic.moves_to = Some(path.into());
        self
    }

    /// A second place in the same file.
    pub fn label(self, span: Span, message: impl Into<String>) -> Self {
        self.diagnostic.labels.push(Label { at: Location { source: self.source, span }, message: message.into() });
        self
    }

    /// Replacements in the same file that remove the finding.
    pub fn fix(self, title: impl Into<String>, applicability: Applicability, edits: impl IntoIterator<Item = (Span, String)>) -> Self {
        let source = self.source;
        let edits = edits.into_iter().map(|(span, text)| Edit::new(Location { source, span }, text)).collect();
        self.diagnostic.fix = Some(Fix::new(title, applicability, edits));
        self
    }
}

/// What several rules ask of all files: made when one first does.
#[derive(Default)]
pub(super) struct Shared<'a> {
    graph: OnceLock<Graph<'a>>,
    tokens: OnceLock<Tokens<'a>>,
    exports: OnceLock<Exports<'a>>,
    regal_tree: OnceLock<RegalTree<'a>>,
}

/// All files' facts; rules that need more than one file report through it.
pub struct WorkspaceCx<'a> {
    pub(super) sources: &'a SourceMap,
    pub(super) manifests: &'a Manifests,
    pub(super) shared: &'a Shared<'a>,
    pub(super) workspace: &'a Workspace,
    /// The plan of each source that is in the run.
    pub(super) plans: &'a (dyn Fn(SourceId) -> Option<&'a Plan> + Sync),
    pub(super) current: &'static RuleMeta,
    pub(super) found: Vec<Diagnostic>,
    pub(super) withheld: usize,
}

impl<'a> WorkspaceCx<'a> {
    #[must_use]
    pub fn workspace(&self) -> &'a Workspace {
        self.workspace
    }

    #[must_use]
    pub fn sources(&self) -> &'a SourceMap {
        self.sources
    }

    /// Which rules use which.
    pub(crate) fn graph(&self) -> &'a Graph<'a> {
        self.shared.graph.get_or_init(|| Graph::new(self.workspace))
    }

    /// What the workspace does with tokens.
    pub(super) fn tokens(&self) -> &'a Tokens<'a> {
        self.shared.tokens.get_or_init(|| Tokens::new(self.workspace))
    }

    /// What all modules define.
    pub(super) fn exports(&self) -> &'a Exports<'a> {
        self.shared.exports.get_or_init(|| Exports::new(self.workspace))
    }

    /// The same as Regal sees it.
    pub(super) fn regal_tree(&self) -> &'a RegalTree<'a> {
        self.shared.regal_tree.get_or_init(|| RegalTree::new(self.workspace))
    }

    /// The manifests of the run: as many as the command reads.
    #[must_use]
    pub fn manifests(&self) -> &'a Manifests {
        self.manifests
    }

    /// Whether the running rule is on for the file.
    #[must_use]
    pub fn is_on(&self, source: SourceId) -> bool {
        self.active(source).is_some()
    }

    /// Whether Regal's behaviour is wanted to the letter for the file.
    #[must_use]
    pub fn is_regal(&self, source: SourceId) -> bool {
        (self.plans)(source).is_some_and(|plan| plan.preset == Preset::Regal)
    }

    /// The texts of the running rule's list option `name`, as the file's config has it.
    #[must_use]
    pub fn list(&self, source: SourceId, name: &str) -> &'a [Cow<'static, str>] {
        match self.active(source).map(|active| active.option(name)) {
            Some(OptionValue::StringList(list)) => list,
            _ => &[],
        }
    }

    /// The running rule's pattern option `name`, as the file's config has it; `None` where it is unset.
    #[must_use]
    pub fn regex(&self, source: SourceId, name: &str) -> Option<&'a Regex> {
        self.active(source)?.regex(name)
    }

    fn active(&self, source: SourceId) -> Option<&'a Active> {
        (self.plans)(source)?.active(self.current.id)
    }

    /// The modules that a rule about imports judges, each with the file whose config says how. The `ignore` of a rule in Regal's config
    /// does nothing for such rules there.
    pub fn judged(&self) -> Vec<(&'a Facts, SourceId)> {
        let modules = || self.workspace.modules().iter();
        let Some(first) = modules().map(|facts| facts.source).find(|source| self.is_on(*source)) else { return Vec::new() };
        let config = |source| {
            let ignores_config = self.is_regal(source) && self.sources.get(source).embedded.is_none();
            if self.is_on(source) { Some(source) } else { ignores_config.then_some(first) }
        };
        modules().filter_map(|facts| Some((facts, config(facts.source)?))).collect()
    }

    /// Reports a finding of the running rule about the run as a whole, with the severity that the rule has for `source`; nothing where
    /// it is off there.
    pub fn report_run(&mut self, source: SourceId, message: impl Into<String>) -> Option<Report<'_>> {
        let severity = self.active(source)?.severity;
        let finding = Diagnostic::new(self.current.id, self.current.group, severity, Place::Run, message);
        self.found.push(finding.with_url(self.current.url()));
        let last = self.found.len() - 1;
        Some(Report { source, diagnostic: &mut self.found[last] })
    }

    /// Reports a finding of the running rule at `at`, unless the rule is off there.
    pub fn report(&mut self, at: Location, message: impl Into<String>) -> Option<Report<'_>> {
        self.report_as(at.source, at, message)
    }

    /// Reports a finding of the running rule at `at` with the severity that it has for `config`, unless it is off there.
    pub fn report_as(&mut self, config: SourceId, at: Location, message: impl Into<String>) -> Option<Report<'_>> {
        let severity = self.active(config)?.severity;
        let finding = Diagnostic::new(self.current.id, self.current.group, severity, Place::At(at), message);
        self.found.push(finding.with_url(self.current.url()));
        let last = self.found.len() - 1;
        Some(Report { source: at.source, diagnostic: &mut self.found[last] })
    }

    /// Counts a finding that is not made because something is unknown.
    pub fn withhold(&mut self) {
        self.withheld += 1;
    }
}
