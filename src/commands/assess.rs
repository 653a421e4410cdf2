//! `ztctl assess`: the level of maturity, with evidence and the next step.

mod reader;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::discover::{FileKind, Scan, display_name};
use super::gate::{Job, Judged, Reads};
use super::history::History;
use super::session::Session;
use super::{Error, Outcome, aside, git, output, programs, test};
use crate::assess::policy_tests::{PolicyTests, TextFile};
use crate::assess::program::TextFacts;
use crate::assess::settings::{EnvironmentRule, PlainSecret, Profile, Settings};
use crate::assess::status::{Class, Domain};
use crate::assess::traces::TextTraces;
use crate::assess::{Assessment, FindingFact, Input, Leaks, RegoFile, SkippedFile, Spot};
use crate::cli::{AssessArgs, Format, ScopeArg};
use crate::config::{self, Config};
use crate::diag::{Date, Place};
use crate::report::assess::{
    About, Origin, Terminal, badge, badge_json, browser_url, html, json, junit, level_word, limits_text, markdown, pretty, sarif,
};
use crate::text::SourceId;

/// What an assessment wants to know beside the files.
pub(crate) struct Options {
    pub(crate) settings: Settings,
    /// The folders of the run, as paths begin.
    pub(crate) roots: Vec<String>,
    pub(crate) as_of: Date,
    /// How the target is called.
    pub(crate) target: String,
    /// There is application source beside the manifests.
    pub(crate) has_sources: bool,
    /// What running the policy tests gave.
    pub(crate) policy_tests: PolicyTests,
    /// Files that say how policy is tested.
    pub(crate) texts: Vec<TextFile>,
    /// What the history holds, where it was looked at.
    pub(crate) history: Option<History>,
    /// What programs and configurations say about logs.
    pub(crate) traces: Vec<TextTraces>,
    /// What files say that are no manifests.
    pub(crate) programs: Vec<TextFacts>,
}

impl Options {
    /// The built-in defaults, for files that lie in no folder.
    pub(crate) fn defaults(target: &str, as_of: Date) -> Self {
        Self {
            settings: Settings::default(),
            roots: vec![".".to_owned()],
            as_of,
            target: target.to_owned(),
            has_sources: false,
            policy_tests: PolicyTests::NotRun,
            texts: Vec::new(),
            history: None,
            traces: Vec::new(),
            programs: Vec::new(),
        }
    }

    /// What the session's config and paths say.
    pub(crate) fn of_session(session: &Session) -> Self {
        // a file that is named has no folders below it
        let roots = match &session.workspace {
            Some(workspace) => vec![workspace.clone()],
            None => session.roots().into_iter().filter(|path| path.is_dir()).collect(),
        };
        let target = match &roots[..] {
            [path] => name_of(path),
            [] => "files".to_owned(),
            paths => format!("{} folders", paths.len()),
        };
        let programs = programs::read(session, &roots);
        Self {
            settings: settings(&session.configs.of_run()),
            roots: if roots.is_empty() { vec![".".to_owned()] } else { roots.iter().map(|path| display_name(path)).collect() },
            as_of: session.today,
            target,
            has_sources: programs::has_sources(&programs),
            policy_tests: PolicyTests::NotRun,
            history: None,
            traces: super::traces::read(&roots),
            texts: aside::texts(&roots),
            programs,
        }
    }
}

pub(super) fn run(args: &AssessArgs) -> Result<Outcome, Error> {
    let session = Session::of_assess(&args.common, &args.helm)?;
    if matches!(session.output.format, Format::Concise | Format::Github | Format::Gitlab) {
        return Err(Error::usage(
            "`assess` has the formats `pretty`, `json`, `markdown`, `html`, `sarif`, `junit`, `badge` and `badge-json`",
        ));
    }
    let domains = args.min_domain.iter().map(|text| minimum(text)).collect::<Result<Vec<_>, _>>()?;
    let framework = reader::check(args)?;
    if args.limits {
        session.output.report(limits_text().as_bytes())?;
        return Ok(Outcome::Clean);
    }
    let versions = session.versions(&args.rego)?;
    let files =
        session.load_and_scan(&[FileKind::Rego, FileKind::Data, FileKind::Conf, FileKind::Terraform, FileKind::Cases], Scan::Everything)?;
    if files.files.is_empty() {
        session.nothing("nothing to assess found")?;
    }
    let mut options = Options::of_session(&session);
    options.settings.strict = args.strict;
    options.settings.runbook.clone_from(&args.runbook);
    options.settings.all_scopes = args.scope == ScopeArg::All;
    options.settings.allow_secret_waivers = args.allow_secret_waivers;
    let job = Job::of_session(&session, &versions, files, Reads::Everything);
    if args.history {
        options.history = Some(job.history(&session));
    }
    let (judged, rego) = job.evidence(session.today);
    if !args.no_tests {
        options.policy_tests = policy_tests(&session, &job, versions.capabilities_json());
    }
    let assessment = of_job(&job, &judged, &rego, &options);
    let about = About { framework, ..about(&session) };
    let text = match (reader::view(args, session.output.format, &assessment, &about)?, session.output.format) {
        (Some(text), _) => text,
        (None, Format::Json) => json(&assessment, &about),
        (None, Format::Markdown) => markdown(&assessment, &about),
        (None, Format::Html) => html(&assessment, &about),
        (None, Format::Sarif) => sarif(&assessment, &about),
        (None, Format::Junit) => junit(&assessment),
        (None, Format::Badge) => badge(&assessment, &about),
        (None, Format::BadgeJson) => badge_json(&assessment),
        (None, _) if session.output.quiet => format!("{}\n", level_word(&assessment)),
        (None, _) => pretty(&assessment, &about, Terminal { color: session.output.color }),
    };
    session.output.report(text.as_bytes())?;
    let minimum = args.min_level.or(session.configs.of_run().assess.min_level);
    let missed = missed(&assessment, minimum, &domains);
    missed.iter().for_each(|message| output::remark(message));
    Ok(if missed.is_empty() { Outcome::Clean } else { Outcome::Findings })
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
    let waivers: Vec<SourceId> = job
        .files
        .files
        .iter()
        .enumerate()
        .filter(|(_, file)| is_waivers(&file.file.name, &options.roots))
        .map(|(at, _)| SourceId(u32::try_from(at).unwrap_or(u32::MAX)))
        .collect();
    let skipped: Vec<SkippedFile> =
        job.files.skipped.iter().map(|skipped| SkippedFile { path: skipped.path.clone(), reason: skipped.reason.clone() }).collect();
    crate::assess::assess(&Input {
        sources,
        manifests: &job.texts.manifests,
        rego,
        findings: &findings,
        waivers: &waivers,
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
        has_sources: options.has_sources,
        policy_tests: &options.policy_tests,
        traces: &options.traces,
        texts: &options.texts,
        programs: &options.programs,
    })
}

/// Adds the level and the next step to a report for people on standard output; other formats and files stay as they are.
pub(crate) fn say(output: &output::Output, assessment: &Assessment) -> Result<(), Error> {
    if output.is_text() && output.file.is_none() && !output.quiet {
        output::print(format!("\n{}\n", crate::assess::summary_line(assessment)).as_bytes())?;
    }
    Ok(())
}

/// What a gate misses, as messages.
pub(crate) fn missed(assessment: &Assessment, level: Option<u8>, domains: &[(Domain, u8)]) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(wanted) = level {
        match assessment.overall.level {
            Some(level) if level >= wanted => {}
            Some(level) => out.push(format!("level {level} is below the least level {wanted}")),
            None => out.push(format!("{}; the least level is {wanted}", assessment.overall.reason)),
        }
    }
    for (domain, wanted) in domains {
        let level = assessment.domain(*domain);
        if level.is_none_or(|level| level < *wanted) {
            let found = level.map_or_else(|| "not assessable".to_owned(), |level| level.to_string());
            out.push(format!("{} is {found}, below the least level {wanted}", domain.as_str()));
        }
    }
    out
}

/// `audit=2`
fn minimum(text: &str) -> Result<(Domain, u8), Error> {
    let parts = text.split_once('=');
    let found =
        parts.and_then(|(name, level)| Some((Domain::parse(name.trim())?, level.trim().parse::<u8>().ok().filter(|level| *level <= 5)?)));
    found.ok_or_else(|| {
        let names: Vec<&str> = Domain::ALL.iter().map(|domain| domain.as_str()).collect();
        Error::usage(format!(
            "`--min-domain {text}`: write a domain and a level from 0 to 5, e.g. `audit=2`; the domains are {}",
            names.join(", ")
        ))
    })
}

/// Whether a file is the waivers of one of the roots.
fn is_waivers(name: &str, roots: &[String]) -> bool {
    let Some(folder) = name.strip_suffix(".ztctl/waivers.yaml").or_else(|| name.strip_suffix(".ztctl/waivers.yml")) else { return false };
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
