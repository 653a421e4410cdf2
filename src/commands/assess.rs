//! `ztctl assess`: the level of maturity, with evidence and the next step.

mod compare;
mod decisions;
mod gates;
mod history;
mod merge;
mod reader;
mod repos;
mod revision;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::discover::{FileKind, Scan, display_name};
use super::gate::{Job, Judged, Reads};
use super::history::History;
use super::session::Session;
use super::survey::Survey;
use super::{Error, Outcome, git, output, test};
use crate::assess::delta::Delta;
use crate::assess::policy_tests::PolicyTests;
use crate::assess::settings::{EnvironmentRule, PlainSecret, Profile, Settings};
use crate::assess::status::Class;
use crate::assess::{Assessment, FindingFact, Input, Leaks, Papers, RegoFile, SkippedFile, Spot};
use crate::cli::{AssessArgs, AssessCommand, CommentArg, Format, ScopeArg};
use crate::config::{self, Config};
use crate::diag::{Date, Place};
use crate::report::assess::{
    About, Origin, Terminal, badge, badge_json, browser_url, html, json, junit, level_word, limits_text, markdown, pretty, sarif,
};
use crate::text::SourceId;
use compare::Compared;
use decisions::Decisions;
pub(crate) use gates::Gates;
pub(crate) use revision::TREE_MARK;

/// What an assessment wants to know beside the files.
pub(crate) struct Options {
    pub(crate) settings: Settings,
    /// The folders of the run, as paths begin.
    pub(crate) roots: Vec<String>,
    pub(crate) as_of: Date,
    /// How the target is called.
    pub(crate) target: String,
    /// What running the policy tests gave.
    pub(crate) policy_tests: PolicyTests,
    /// What the history holds, where it was looked at.
    pub(crate) history: Option<History>,
    /// What files say that are no manifests.
    pub(crate) survey: Survey,
    pub(crate) decisions: Decisions,
}

impl Options {
    /// The built-in defaults, for files that lie in no folder.
    pub(crate) fn defaults(target: &str, as_of: Date) -> Self {
        Self {
            settings: Settings::default(),
            roots: vec![".".to_owned()],
            as_of,
            target: target.to_owned(),
            policy_tests: PolicyTests::NotRun,
            history: None,
            survey: Survey::default(),
            decisions: Decisions::default(),
        }
    }

    /// What the session's config and paths say, and what its files said when they were read.
    pub(crate) fn of_session(session: &Session, survey: Survey) -> Self {
        // a file that is named has no folders below it
        let roots = session.folders();
        let target = match &roots[..] {
            [path] => name_of(path),
            [] => "files".to_owned(),
            paths => format!("{} folders", paths.len()),
        };
        Self {
            settings: settings(&session.configs.of_run()),
            roots: if roots.is_empty() { vec![".".to_owned()] } else { roots.iter().map(|path| display_name(path)).collect() },
            as_of: session.today,
            target,
            policy_tests: PolicyTests::NotRun,
            history: None,
            survey,
            decisions: Decisions::default(),
        }
    }
}

pub(super) fn run(args: &AssessArgs) -> Result<Outcome, Error> {
    if let Some(AssessCommand::Merge(args)) = &args.command {
        return merge::run(args);
    }
    match args.governance.child.as_deref() {
        None => match &args.governance.repos {
            Some(list) => repos::run(args, list),
            None => one(args, None),
        },
        Some(task) => match repos::enter(args, task)? {
            Some(args) => one(&args, None),
            None => match revision::enter(args, task)? {
                Some((args, tree)) => one(&args, Some(&tree)),
                None => Err(Error::usage("`--child` is for processes that ztctl starts")),
            },
        },
    }
}

/// Assesses one repository; `tree` is where it lies if it is another revision, of which only the report is wanted.
fn one(args: &AssessArgs, tree: Option<&revision::Tree>) -> Result<Outcome, Error> {
    let session = Session::of_assess(&args.common, &args.helm)?;
    if matches!(session.output.format, Format::Concise | Format::Github | Format::Gitlab) {
        return Err(Error::usage(
            "`assess` has the formats `pretty`, `json`, `markdown`, `html`, `sarif`, `junit`, `badge` and `badge-json`",
        ));
    }
    let gates = Gates::new(args, &session.configs.of_run())?;
    let framework = reader::check(args)?;
    if args.limits {
        session.output.report(limits_text().as_bytes())?;
        return Ok(Outcome::Clean);
    }
    let versions = session.versions(&args.rego)?;
    let kinds = [FileKind::Rego, FileKind::Data, FileKind::Conf, FileKind::Terraform, FileKind::Cases, FileKind::Source];
    let mut files = session.load_and_scan(&kinds, Scan::Everything)?;
    if files.files.is_empty() {
        session.nothing("nothing to assess found")?;
    }
    let mut options = Options::of_session(&session, std::mem::take(&mut files.survey));
    options.settings.strict = args.strict;
    options.settings.runbook.clone_from(&args.runbook);
    options.settings.all_scopes = args.scope == ScopeArg::All;
    options.settings.allow_secret_waivers = args.allow_secret_waivers;
    options.decisions = Decisions::new(args, &session, files.hidden);
    let job = Job::of_session(&session, &versions, files, Reads::Everything);
    if args.history {
        options.history = Some(job.history(&session));
    }
    let (judged, rego) = job.evidence(session.today);
    if !args.no_tests {
        options.policy_tests = policy_tests(&session, &job, versions.capabilities_json());
    }
    let mut assessment = of_job(&job, &judged, &rego, &options);
    let about = About { framework, ..about(&session) };
    let compared = Compared::new(args, &session, &assessment, tree.is_some())?;
    if gates.asks_levels()
        && let Some(accepted) = &compared.accepted
    {
        options.decisions.accepted = Some(accepted.clone());
        compared.accept(&mut assessment, &of_job(&job, &judged, &rego, &options));
    }
    assessment.governance.delta = compared.shown();
    if tree.is_none() {
        decisions::history(args, &session, &mut assessment, about.commit.as_deref())?;
    }
    let is_silent = args.governance.comment == CommentArg::OnChange && assessment.governance.delta.as_ref().is_some_and(Delta::is_empty);
    let text = match (reader::view(args, session.output.format, &assessment, &about)?, session.output.format) {
        (Some(text), _) => text,
        (None, Format::Json) => json(&assessment, &about),
        (None, Format::Markdown) if is_silent => String::new(),
        (None, Format::Markdown) => markdown(&assessment, &about),
        (None, Format::Html) => html(&assessment, &about),
        (None, Format::Sarif) => sarif(&assessment, &about),
        (None, Format::Junit) => junit(&assessment),
        (None, Format::Badge) => badge(&assessment, &about),
        (None, Format::BadgeJson) => badge_json(&assessment),
        (None, _) if session.output.quiet => format!("{}\n", level_word(&assessment)),
        (None, _) => pretty(&assessment, &about, Terminal { color: session.output.color }),
    };
    if let Some(tree) = tree {
        session.output.report(tree.named(&text).as_bytes())?;
        return Ok(Outcome::Clean);
    }
    session.output.report(text.as_bytes())?;
    decisions::remarks(&session, &assessment);
    let missed = gates.missed(&assessment, compared.accepted.as_ref(), compared.regress());
    missed.iter().for_each(|message| output::remark(message));
    let failed = decisions::failures(&assessment, judged.crashes);
    failed.iter().for_each(|message| output::remark(message));
    Ok(match (failed.is_empty() || args.governance.keep_going, missed.is_empty()) {
        (false, _) => Outcome::Failed,
        (true, false) => Outcome::Findings,
        (true, true) => Outcome::Clean,
    })
}

/// Runs the policy tests of a job, for a bounded time. Where they cannot be run at all, whether they hold stays open.
fn policy_tests(session: &Session, job: &Job, capabilities: Option<String>) -> PolicyTests {
    let limits = test::Limits::for_assessment(capabilities, None);
    match test::of_job(job, &limits, &session.roots()) {
        Ok(run) => PolicyTests::Ran(run.map(|run| run.as_evidence()).unwrap_or_default()),
        Err(error) => {
            session.output.note(&format!("note: the policy tests were not run: {error}"));
            PolicyTests::NotRun
        }
    }
}

/// Assesses the files of a job. `judged` is what the checks found in it, `rego` the modules that they judged.
pub(crate) fn of_job(job: &Job, judged: &Judged, rego: &[RegoFile], options: &Options) -> Assessment {
    let sources = &job.texts.sources;
    let unscanned: Vec<SkippedFile> =
        job.files.unscanned.iter().map(|file| SkippedFile { path: file.path.clone(), reason: file.reason.clone() }).collect();
    let findings: Vec<FindingFact> = judged
        .findings
        .iter()
        .filter_map(|finding| match finding.place {
            Place::At(at) => {
                Some(FindingFact { rule: finding.rule.to_string(), message: finding.message.clone(), spot: Spot::of(sources, at) })
            }
            Place::Run | Place::File(_) => None,
        })
        .collect();
    let (waivers, attestations) = (papers(job, "waivers", &options.roots), papers(job, "attestations", &options.roots));
    let decisions = &options.decisions;
    let rules: Vec<&str> = crate::lint::metas().map(|meta| meta.id).collect();
    let skipped: Vec<SkippedFile> =
        job.files.skipped.iter().map(|skipped| SkippedFile { path: skipped.path.clone(), reason: skipped.reason.clone() }).collect();
    let input = Input {
        sources,
        manifests: &job.texts.manifests,
        rego,
        findings: &findings,
        waivers: &waivers,
        papers: Papers { attestations: &attestations, ..decisions.papers(&rules) },
        settings: &options.settings,
        roots: &options.roots,
        as_of: options.as_of,
        target: &options.target,
        scanned: job.files.files.len().max(job.files.scanned),
        skipped: &skipped,
        leaks: Leaks {
            found: &job.texts.leaks,
            allowed: &judged.allowed,
            departed: options.history.as_ref().map_or(&[], |history| &history.departed),
            unscanned: &unscanned,
            history: match &options.history {
                Some(history) => history.gap.as_deref(),
                None => Some("the history was not looked at (`--history`)"),
            },
        },
        has_sources: options.survey.has_sources(),
        policy_tests: &options.policy_tests,
        traces: &options.survey.traces,
        texts: &options.survey.texts,
        programs: &options.survey.programs,
    };
    crate::assess::assess_by_parts(&input, &|part| super::fail_on_purpose(part))
}

/// Adds the level and the next step to a report for people on standard output; other formats and files stay as they are.
pub(crate) fn say(output: &output::Output, assessment: &Assessment) -> Result<(), Error> {
    if output.is_text() && output.file.is_none() && !output.quiet {
        output::print(format!("\n{}\n", crate::assess::summary_line(assessment)).as_bytes())?;
    }
    Ok(())
}

/// The files `.ztctl/<what>.yaml` of the roots.
fn papers(job: &Job, what: &str, roots: &[String]) -> Vec<SourceId> {
    let files = job.files.files.iter().enumerate().filter(|(_, file)| is_paper(&file.file.name, what, roots));
    files.map(|(at, _)| SourceId(u32::try_from(at).unwrap_or(u32::MAX))).collect()
}

/// Whether a file is `.ztctl/<what>.yaml` of one of the roots.
fn is_paper(name: &str, what: &str, roots: &[String]) -> bool {
    let file = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"));
    let Some(folder) = file.and_then(|file| file.strip_suffix(what)?.strip_suffix(".ztctl/")) else { return false };
    let folder = folder.trim_end_matches('/');
    roots.iter().any(|root| root.trim_end_matches('/') == folder || (root == "." && folder.is_empty()))
}

fn settings(config: &Arc<Config>) -> Settings {
    let defaults = Settings::default();
    let environments = (0..config.environments.len())
        .map(|at| {
            let environment = &config.environments[at];
            let config = Arc::clone(config);
            EnvironmentRule {
                name: environment.name.clone(),
                class: environment.class.map(|class| match class {
                    config::Class::Production => Class::Production,
                    config::Class::NonProduction => Class::NonProduction,
                }),
                namespaces: environment.namespaces.clone(),
                holds: Arc::new(move |path: &str| config.environments[at].paths.matches(path, false)),
            }
        })
        .collect();
    let assess = &config.assess;
    let by_nature: Vec<String> = assess.static_by_nature.iter().map(|name| name.to_lowercase()).collect();
    Settings {
        environments,
        check: config.rules.check.clone(),
        plain_secret: match assess.k8s_plain_secret {
            config::PlainSecret::Cap0 => PlainSecret::Cap0,
            config::PlainSecret::Cap1 => PlainSecret::Cap1,
            config::PlainSecret::Warn => PlainSecret::Warn,
        },
        static_by_nature: if by_nature.is_empty() { defaults.static_by_nature } else { by_nature },
        strict: false,
        all_scopes: false,
        allow_secret_waivers: false,
        profile: match assess.profile.as_deref() {
            Some("small") => Some(Profile::Small),
            Some("enterprise") => Some(Profile::Enterprise),
            _ => None,
        },
        runbook: None,
    }
}

/// The name of a folder, also of `.`.
fn name_of(path: &Path) -> String {
    let resolved = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    resolved.file_name().map_or_else(|| display_name(path), |name| name.to_string_lossy().into_owned())
}

/// The revision and the configuration's digest.
fn about(session: &Session) -> About {
    let config = session.configs.of_run();
    let environments: Vec<_> =
        config.environments.iter().map(|environment| (&environment.name, environment.class, &environment.namespaces)).collect();
    let text = format!("{:?} {environments:?} {:?}", config.assess, config.rules.check);
    let folder = session.roots().first().cloned().unwrap_or_else(|| PathBuf::from("."));
    let (commit, dirty) = git::revision(&folder);
    let origin = git::origin(&folder)
        .and_then(|(remote, prefix)| Some(Origin { url: browser_url(&remote)?, folder: display_name(&folder), prefix }));
    About {
        commit,
        dirty,
        origin,
        config_digest: format!("sha256:{}", data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes()))),
        framework: None,
    }
}
