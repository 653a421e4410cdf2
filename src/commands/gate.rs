//! Judging files by the rules: the part that `lint`, `verify`, `baseline` and `demo` share.

mod edit;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::baseline::Baseline;
use super::discover::{FileKind, MANIFEST_KINDS, Scan};
use super::history::{self, History};
use super::input::{self, Content};
use super::session::{Files, Session, Versions};
use super::{Error, Outcome, output};
use crate::assess::RegoFile;
use crate::cli::{FindingArgs, PresetArg, SeverityArg};
use crate::diag::{Applicability, Date, Diagnostic, Place, Preset, RuleSettings, Severity};
use crate::lint::{self, Commands, RunOptions, Selection, Selector, Texts};
use crate::model::units::rendered::Rendered;
use crate::model::value::Format;
use crate::report::{Report, Skipped, Summary, Tests};
use crate::secrets::Class;
use crate::syntax::rego::{Parse, Version};
use crate::syntax::source::Language;
use crate::text::{SourceFile, SourceId};

/// What the finding options of the command line ask for.
pub(crate) struct Asked {
    pub(crate) options: RunOptions,
    fail_level: Option<Severity>,
    baseline: Option<Baseline>,
    /// `--fix`, `--unsafe-fixes`.
    pub(crate) fix: Option<Applicability>,
    /// `--fix-moves`
    moves: bool,
    /// `--diff`: the fixes are shown, not written.
    pub(crate) diff: bool,
    /// Why rules that the configs turn on are off.
    notices: BTreeSet<String>,
}

impl Asked {
    /// # Errors
    /// Unknown selectors and unusable baselines.
    pub(crate) fn new(args: &FindingArgs, commands: Commands, today: Date) -> Result<Self, Error> {
        let selection =
            Selection::parse(&args.select, &args.extend_select, &args.ignore).map_err(|unknown| Error::usage(unknown.to_string()))?;
        let preset = args.preset.map(|preset| match preset {
            PresetArg::Recommended => Preset::Recommended,
            PresetArg::Regal => Preset::Regal,
            PresetArg::All => Preset::All,
        });
        let fail_level = args.fail_level.map(|level| match level {
            SeverityArg::Error => Severity::Error,
            SeverityArg::Warning => Severity::Warning,
            SeverityArg::Info => Severity::Info,
        });
        let fix = match (args.unsafe_fixes, args.fix || args.diff) {
            (true, _) => Some(Applicability::Unsafe),
            (false, true) => Some(Applicability::Safe),
            (false, false) => None,
        };
        let baseline = args.baseline.as_deref().map(Baseline::read).transpose()?;
        let options = RunOptions { commands, selection, preset, as_of: today, capabilities: None, schemas: None };
        Ok(Self { options, fail_level, baseline, fix, moves: args.fix_moves, diff: args.diff, notices: BTreeSet::new() })
    }

    /// What is looked at for secrets: files of all kinds where a rule about them may be on.
    pub(crate) fn scan(&self) -> Scan {
        let RunOptions { commands, selection, preset, .. } = &self.options;
        let wanted = *commands != Commands::Lint || !selection.select.is_empty() || !selection.extend.is_empty();
        let wanted = wanted && (*preset != Some(Preset::Regal) || !selection.select.is_empty());
        let is_on = |group: &str| wanted && lint::metas().any(|meta| meta.group == group && meta.is_secret && selection.may_select(meta));
        // a rule about sources that is asked for by its name
        let is_secret = |id: &str| lint::meta(id).is_some_and(|meta| meta.is_secret && meta.group == "source");
        let is_named =
            || selection.select.iter().chain(&selection.extend).any(|selector| matches!(selector, Selector::Id(id) if is_secret(id)));
        match () {
            () if is_on("secrets") || wanted && is_named() => Scan::Secrets,
            // what is shown beside a finding may be one
            () => Scan::Judged,
        }
    }

    /// All defaults: what `demo` asks for.
    pub(crate) fn defaults(commands: Commands, today: Date) -> Self {
        let options =
            RunOptions { commands, selection: Selection::default(), preset: None, as_of: today, capabilities: None, schemas: None };
        Self { options, fail_level: None, baseline: None, fix: None, moves: false, diff: false, notices: BTreeSet::new() }
    }
}

/// What one config decides for its files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) rules: RuleSettings,
    pub(crate) fail_level: Option<Severity>,
}

/// A workspace ready to be judged.
pub(crate) struct Job {
    pub(crate) files: Files,
    /// The texts of `files`, in their order, then those embedded in them, and what is read from them.
    pub(crate) texts: Texts,
    versions: Vec<Option<Version>>,
    settings: Vec<Settings>,
    /// For each file the index of its settings.
    of_file: Vec<usize>,
    reads_manifests: Reads,
}

/// Which data files a command reads as manifests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reads {
    Nothing,
    /// Those that may hold Rego.
    Rego,
    Everything,
}

impl Reads {
    fn wants(self, file: &super::input::Loaded) -> bool {
        let Content::Text(text) = &file.content else { return false };
        match self {
            Self::Nothing => false,
            // rules about Rego ask who queries and tests it: OPA's and Envoy's configurations, suites of gator
            Self::Rego => [&b"rego"[..], b"ext_authz_grpc", b"decision", b"test.gatekeeper.sh"]
                .iter()
                .any(|word| memchr::memmem::find(text.as_bytes(), word).is_some()),
            Self::Everything => true,
        }
    }
}

/// Whether a module may stand in a file, on its own or inside another text; an escape may write any letter of it.
fn may_hold_rego(file: &super::input::Loaded) -> bool {
    let Content::Text(text) = &file.content else { return false };
    file.file.kind == FileKind::Rego || text.contains('\\') || memchr::memmem::find(text.as_bytes(), b"package").is_some()
}

/// Whether something that is judged may be in a file of the kind.
fn may_hold(kind: FileKind) -> bool {
    MANIFEST_KINDS.contains(&kind) || matches!(kind, FileKind::Markdown | FileKind::Source)
}

/// The format that a manifest's file is in; `None` for files that hold none.
fn format_of(file: &super::input::Loaded) -> Option<Format> {
    let name = file.file.name.to_ascii_lowercase();
    match file.file.kind {
        FileKind::Data if name.ends_with(".json") => Some(Format::Json),
        FileKind::Data => Some(Format::Yaml),
        FileKind::Conf => {
            let Content::Text(text) = &file.content else { return None };
            Some(if text.trim_start_matches('\u{feff}').trim_start().starts_with('{') { Format::Json } else { Format::Hcl })
        }
        FileKind::Terraform => Some(Format::Terraform),
        FileKind::Shell | FileKind::Certificates => Some(Format::Text),
        _ => None,
    }
}

/// What judging it gave.
pub(crate) struct Judged {
    pub(crate) findings: Vec<Diagnostic>,
    pub(crate) summary: Summary,
    /// The leaks, by their number, that something in their files allows.
    pub(crate) allowed: Vec<usize>,
    /// How often a rule failed, so that what it would have found is missing.
    pub(crate) crashes: usize,
}

impl Job {
    /// `of_file` gives each file's index in `settings`, `versions` the version to read it as, if it is Rego and that is known.
    /// Manifests are read where `reads_manifests` says so, and what helm made of templates instead of these.
    pub(crate) fn new(
        files: Files,
        settings: Vec<Settings>,
        of_file: Vec<usize>,
        versions: Vec<Option<Version>>,
        reads_manifests: Reads,
        rendered: Arc<[Rendered]>,
    ) -> Self {
        let input = |at: usize| lint::Input {
            source: SourceId(at as u32),
            version: versions[at],
            settings: of_file[at],
            reported: files.files[at].file.reported,
        };
        let texts = || files.files.iter().enumerate().filter(|(_, file)| matches!(file.content, Content::Text(_)));
        let rego = texts().filter(|(_, file)| file.file.kind == FileKind::Rego).map(|(at, _)| input(at)).collect();
        let data = texts().filter(|(_, file)| reads_manifests.wants(file));
        let data = data.filter_map(|(at, file)| Some((input(at), format_of(file)?))).collect();
        let pages = texts().filter(|(_, file)| file.file.kind == FileKind::Markdown && reads_manifests != Reads::Nothing);
        let pages = pages.map(|(at, _)| input(at)).collect();
        let code = |(at, file): (usize, &super::input::Loaded)| {
            let language = Language::of(&file.file.name).filter(|_| file.file.kind == FileKind::Source)?;
            Some(lint::CodeInput { input: input(at), language, is_test: file.file.is_test })
        };
        let code = texts().filter_map(code).collect();
        let mut texts = Texts::read_with(files.sources(), rego, data, pages, rendered);
        texts.code = code;
        if let Some(scanner) = &files.scanner {
            let with_secrets = files.all().enumerate().filter(|(_, file)| !file.scan.found.is_empty());
            let found = with_secrets.map(|(at, file)| {
                let reported = file.file.reported;
                (lint::Input { source: SourceId(at as u32), version: None, settings: of_file[at], reported }, file.scan.found.clone())
            });
            texts.add_secrets(Arc::clone(scanner), found.collect(), files.bases.clone(), Arc::clone(&files.ignored));
            super::redact::hide(&texts.sources, &texts.leaks);
        }
        Self { files, texts, versions, settings, of_file, reads_manifests }
    }

    /// A job over the session's files and configs.
    pub(crate) fn of_session(session: &Session, versions: &Versions, files: Files, reads_manifests: Reads) -> Self {
        let mut files = files;
        let rendered = session.helm.as_ref().map(|helm| helm.render(&mut files)).unwrap_or_default();
        let (settings, of_file) = session.configs.settings(files.all().map(|file| file.file.path.as_path()));
        let known: Vec<Option<Version>> = files.files.iter().map(|file| may_hold_rego(file).then(|| versions.of(&file.file))?).collect();
        let mut numbers: FxHashMap<String, u32> = FxHashMap::default();
        let rego = |file: &super::input::Loaded| file.file.kind == FileKind::Rego;
        let root = |file: &super::input::Loaded| if rego(file) { versions.root(&file.file) } else { None };
        let roots = files.files.iter().map(|file| {
            let next = numbers.len() as u32 + 1;
            root(file).map_or(0, |root| *numbers.entry(root).or_insert(next))
        });
        let roots = roots.collect();
        let mut job = Self::new(files, settings, of_file, known, reads_manifests, rendered);
        job.texts.roots = roots;
        job.texts.sources.anchor = super::project::anchor(&session.roots());
        job
    }

    /// Whether nothing in it is judged.
    pub(crate) fn is_empty(&self, asked: &Asked) -> bool {
        let none = self.texts.rego.is_empty() && self.texts.code.is_empty() && self.judged_data().is_empty();
        // that files were looked at for secrets as well is no news where there are none
        let scanned = self.files.scanned > 0 && !asked.options.selection.select.is_empty();
        none && !scanned && self.texts.leaks.is_empty() && self.unreadable().next().is_none()
    }

    /// The data files that hold something to judge.
    fn judged_data(&self) -> BTreeSet<SourceId> {
        let Texts { sources, manifests, rego, .. } = &self.texts;
        let mut judged: BTreeSet<SourceId> = rego.iter().map(|input| sources.outermost(input.source)).collect();
        if self.reads_manifests == Reads::Everything {
            judged.extend(manifests.recognised.iter().map(|source| sources.outermost(*source)));
            judged.extend(manifests.diagnostics.iter().filter_map(|diagnostic| match diagnostic.place {
                Place::At(at) => Some(sources.outermost(at.source)),
                Place::File(source) => Some(source),
                Place::Run => None,
            }));
        }
        judged
    }

    /// What was left out: files, parts of them, and files that were named although nothing in them is judged.
    fn skipped(&self, judged: &BTreeSet<SourceId>) -> Vec<Skipped> {
        let mut skipped = self.files.skipped.clone();
        let path = |source: SourceId| self.texts.sources.get(source).path.clone();
        let reads_all = self.reads_manifests == Reads::Everything;
        if reads_all {
            let parts = self.texts.manifests.skipped.iter();
            let reported: BTreeSet<SourceId> = self.texts.data.iter().filter(|input| input.reported).map(|input| input.source).collect();
            let parts = parts.map(|(source, reason)| (self.texts.sources.outermost(*source), reason));
            let parts = parts.filter(|(source, _)| reported.contains(source));
            skipped.extend(parts.map(|(source, reason)| Skipped { path: path(source), reason: reason.clone() }));
        }
        let explained: BTreeSet<String> = skipped.iter().map(|skipped| skipped.path.clone()).collect();
        for (at, file) in self.files.files.iter().enumerate().filter(|(_, file)| file.file.named && file.file.reported) {
            let source = SourceId(at as u32);
            let Content::Text(text) = &file.content else { continue };
            let data = may_hold(file.file.kind) && file.file.kind != FileKind::Source && self.reads_manifests != Reads::Nothing;
            if !data || judged.contains(&source) || explained.contains(&file.file.name) || !file.scan.found.is_empty() {
                continue;
            }
            let reason = match () {
                () if text.trim_start_matches('\u{feff}').trim().is_empty() => "it is empty",
                () if reads_all && file.file.kind != FileKind::Markdown => "it holds nothing that ztctl knows",
                () => "it holds no Rego",
            };
            skipped.push(Skipped { path: file.file.name.clone(), reason: reason.to_owned() });
        }
        skipped
    }

    pub(crate) fn judge(&self, asked: &mut Asked) -> Judged {
        self.judge_observed(asked, &self.texts.work(), None)
    }

    /// As [`Job::judge`]; what an assessment wants of the modules is taken from the same parse.
    pub(crate) fn judge_for_assessment(&self, asked: &mut Asked) -> (Judged, Vec<RegoFile>) {
        self.judge_and_look(asked, &self.texts.work())
    }

    /// What the checks find in the whole workspace, whatever is reported of it, and its modules: what a level rests on.
    pub(crate) fn evidence(&self, today: Date) -> (Judged, Vec<RegoFile>) {
        let all = |inputs: &[lint::Input]| inputs.iter().map(|input| lint::Input { reported: true, ..*input }).collect::<Vec<_>>();
        let (rego, data, leaking) = (all(&self.texts.rego), all(&self.texts.data), all(&self.texts.leaking));
        let work = lint::Work { rego: &rego, data: &data, leaking: &leaking, ..self.texts.work() };
        self.judge_and_look(&mut Asked::defaults(Commands::Check, today), &work)
    }

    /// The secrets in the history of the session's folders that no file has any more.
    pub(crate) fn history(&self, session: &Session) -> History {
        let Some(scanner) = &self.files.scanner else { return History::default() };
        let folders = session.folders();
        let folders: Vec<&Path> = if folders.is_empty() { vec![Path::new(".")] } else { folders.iter().map(PathBuf::as_path).collect() };
        let mut history = history::search(&folders, scanner, &self.texts.leaks, session.max_file_size);
        for departed in &mut history.departed {
            if self.files.ignored.has_departed(&departed.commit, &departed.spot.path, departed.spot.line) {
                departed.allowed = Some(crate::secrets::Ignored::MARK);
            }
        }
        history
    }

    /// Adds a finding for each secret of the history.
    pub(crate) fn add_history(&mut self, judged: &mut Judged, asked: &mut Asked, history: &History) {
        let mut findings = Vec::new();
        for departed in &history.departed {
            if departed.allowed.is_some() {
                judged.summary.suppressed += 1;
                continue;
            }
            let Some(meta) = lint::rule_of(&departed.secret).filter(|meta| asked.options.selection.may_select(meta)) else { continue };
            let source = self.texts.sources.add(SourceFile::new(departed.spot.path.clone(), ""));
            let severity = if departed.secret.class == Class::Provider { Severity::Warning } else { Severity::Info };
            let commit = departed.commit.get(..12).unwrap_or(&departed.commit);
            let what = lint::describe(&departed.secret, &departed.name);
            let message = format!("{what}; it stands in the history, in commit `{commit}`, line {}", departed.spot.line);
            let help = "it counts as published: revoke it, and say so in the baseline or a waiver; removing it now takes nothing back";
            let finding = Diagnostic::new(meta.id, meta.group, severity, Place::File(source), message).with_url(meta.url()).with_help(help);
            let subject = format!("history#{}#{}", departed.secret.detector.id, departed.secret.digest);
            findings.push(Diagnostic { is_secret: true, ..finding.with_exact_subject(subject) });
        }
        crate::diag::sort(&self.texts.sources, &mut findings);
        if let Some(baseline) = &mut asked.baseline {
            judged.summary.suppressed += baseline.hide(&self.texts.sources, &mut findings);
        }
        judged.findings.extend(findings);
        crate::diag::sort(&self.texts.sources, &mut judged.findings);
        judged.summary.count(&self.texts.sources, &judged.findings);
        if let Some(gap) = &history.gap {
            judged.summary.skipped.push(Skipped { path: ".git".to_owned(), reason: gap.clone() });
            judged.summary.skipped.sort();
        }
    }

    /// Whether files are judged that are not reported.
    pub(crate) fn is_wider_than_reported(&self) -> bool {
        self.files.files.iter().any(|file| !file.file.reported)
    }

    fn judge_and_look(&self, asked: &mut Asked, work: &lint::Work<'_>) -> (Judged, Vec<RegoFile>) {
        let seen = Mutex::new(Vec::new());
        let observer = |input: &lint::Input, parse: &Parse| {
            if parse.errors.is_empty() {
                let file = RegoFile::new(&self.texts.sources, input.source, parse);
                seen.lock().unwrap_or_else(PoisonError::into_inner).push((input.source, file));
            }
        };
        let judged = self.judge_observed(asked, work, Some(&observer));
        let mut rego = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
        // worker threads come in no order
        rego.sort_by_key(|(source, _)| *source);
        (judged, rego.into_iter().map(|(_, file)| file).collect())
    }

    fn judge_observed(&self, asked: &mut Asked, work: &lint::Work<'_>, observer: Option<lint::Observer<'_>>) -> Judged {
        let rules: Vec<RuleSettings> = self.settings.iter().map(|settings| settings.rules.clone()).collect();
        let result = lint::run_work(work, &rules, &asked.options, observer);
        asked.notices.extend(result.notices);
        let mut findings = result.diagnostics;
        findings.extend(self.unreadable());
        crate::diag::sort(&self.texts.sources, &mut findings);
        let data = self.judged_data();
        let is_judged = |(at, source): &(usize, SourceId)| {
            let file = &self.files.files[*at];
            let is_broken = matches!(file.content, Content::NotUtf8 { .. }) && file.file.kind != FileKind::Markdown;
            let is_source = file.file.kind == FileKind::Source && !file.file.is_test && matches!(file.content, Content::Text(_));
            file.file.kind == FileKind::Rego || is_source || data.contains(source) || is_broken
        };
        let files = self.reported().filter(is_judged).count().max(self.files.scanned);
        let mut summary = Summary { files, suppressed: result.suppressed, withheld: result.withheld, ..Summary::default() };
        summary.skipped = self.skipped(&data);
        summary.skipped.extend(result.skipped.into_iter().map(|skipped| Skipped {
            path: self.texts.sources.get(skipped.source).path.clone(),
            reason: format!("`{}` could not judge it: {}", skipped.rule, skipped.reason),
        }));
        summary.skipped.sort();
        summary.skipped.dedup();
        if let Some(baseline) = &mut asked.baseline {
            summary.suppressed += baseline.hide(&self.texts.sources, &mut findings);
        }
        summary.count(&self.texts.sources, &findings);
        Judged { findings, summary, allowed: result.allowed, crashes: result.crashes }
    }

    /// Adds what the tests found out. That a manifest is no data document as well is not worth a word: it has been judged.
    pub(crate) fn add(&self, judged: &mut Judged, findings: &[Diagnostic], skipped: &[Skipped]) {
        judged.findings.extend(findings.iter().cloned());
        crate::diag::sort(&self.texts.sources, &mut judged.findings);
        let manifests: BTreeSet<&str> =
            self.texts.manifests.recognised.iter().map(|id| self.texts.sources.get(*id).path.as_str()).collect();
        judged.summary.skipped.extend(skipped.iter().filter(|skipped| !manifests.contains(skipped.path.as_str())).cloned());
        judged.summary.skipped.sort();
        judged.summary.count(&self.texts.sources, &judged.findings);
    }

    /// The files whose findings count.
    fn reported(&self) -> impl Iterator<Item = (usize, SourceId)> {
        let reads = |kind: FileKind| kind == FileKind::Rego || (self.reads_manifests != Reads::Nothing && may_hold(kind));
        let files = self.files.files.iter().enumerate();
        files.filter(move |(_, file)| file.file.reported && reads(file.file.kind)).map(|(at, _)| (at, SourceId(at as u32)))
    }

    /// Reported files that are not text.
    pub(crate) fn unreadable(&self) -> impl Iterator<Item = Diagnostic> {
        let data = self.reads_manifests == Reads::Everything;
        let judges = move |kind: FileKind| kind == FileKind::Rego || (data && kind != FileKind::Markdown);
        let reported = self.reported().filter(move |(at, _)| judges(self.files.files[*at].file.kind));
        reported.filter_map(|(at, id)| match &self.files.files[at].content {
            Content::NotUtf8 { valid, why } => Some(input::not_utf8(id, valid, why)),
            _ => None,
        })
    }

    /// Whether a finding reaches the fail level of its file, or a rule failed.
    pub(crate) fn verdict(&self, asked: &Asked, judged: &Judged) -> Outcome {
        if judged.crashes > 0 {
            return Outcome::Failed;
        }
        let level = |finding: &Diagnostic| {
            let source = match finding.place {
                Place::Run => None,
                Place::File(id) => Some(self.texts.sources.outermost(id)),
                Place::At(at) => Some(self.texts.sources.outer(at).source),
            };
            let settings = source.and_then(|id| self.of_file.get(id.0 as usize)).or(self.of_file.first());
            let configured = settings.and_then(|at| self.settings[*at].fail_level);
            asked.fail_level.or(configured).unwrap_or(Severity::Warning)
        };
        if judged.findings.iter().any(|finding| finding.severity >= level(finding)) { Outcome::Findings } else { Outcome::Clean }
    }

    /// Writes the report.
    ///
    /// # Errors
    /// Where the destination cannot be written.
    pub(crate) fn report(&self, command: &str, output: &output::Output, judged: &Judged, tests: Option<Tests<'_>>) -> Result<(), Error> {
        let rules: Vec<_> = lint::metas().collect();
        let report =
            Report { command, sources: &self.texts.sources, findings: &judged.findings, rules: &rules, summary: &judged.summary, tests };
        output.report(&super::session::render(output, &report)?)
    }
}

/// Says how many entries of the baseline matched nothing.
pub(crate) fn remarks(session: &Session, asked: &Asked) {
    for notice in &asked.notices {
        session.output.note(&format!("note: {notice}"));
    }
    if let Some(stale) = asked.baseline.as_ref().map(Baseline::stale).filter(|stale| *stale > 0) {
        session.output.note(&format!("note: {stale} baseline entries match nothing; write a new one with `ztctl baseline`"));
    }
}
