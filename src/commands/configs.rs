//! Which config governs which file: the config store with the file system behind it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use rustc_hash::FxHashMap;

use super::Error;
use super::discover::plain;
use super::gate::Settings;
use super::output::Output;
use crate::config::{Config, ConfigStore, Files, Found, Part, Source};
use crate::diag::{Layout, RuleMeta, RuleSettings, Targets};
use crate::lint;
use crate::report::{Concise, Report, Reporter, Summary};
use crate::syntax::rego::Version;
use crate::text::SourceMap;

/// The configs of a run, each read once.
pub(crate) struct Configs {
    inner: Mutex<Inner>,
}

struct Inner {
    store: ConfigStore<'static>,
    /// The texts of the configs, for their findings.
    sources: SourceMap,
    /// The config of the files in a folder, by its path as it was given: what the store knows by absolute paths, without making
    /// one for every file of a walk.
    folders: FxHashMap<OsString, Arc<Config>>,
    /// What the command line says of the releases that manifests are for.
    target: Targets,
}

/// The real file system.
struct Disk;

static DISK: Disk = Disk;

impl Files for Disk {
    fn read(&self, path: &str) -> Found {
        match std::fs::read(path) {
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Found::Text(text),
                Err(error) => Found::Failed(format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to())),
            },
            // a path that runs through a file has no config either
            Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => Found::Missing,
            Err(error) => Found::Failed(plain(&error)),
        }
    }

    fn is_root(&self, dir: &str) -> bool {
        Path::new(dir).join(".git").exists() || Path::new(dir).join(super::assess::TREE_MARK).exists()
    }
}

/// The rules that a config may name.
fn rules() -> &'static [&'static RuleMeta] {
    static RULES: OnceLock<Vec<&'static RuleMeta>> = OnceLock::new();
    RULES.get_or_init(|| lint::metas().collect())
}

impl Configs {
    /// # Errors
    /// A working directory that cannot be named.
    pub(crate) fn new(config: Option<&Path>, no_config: bool) -> Result<Self, Error> {
        let source = match config {
            _ if no_config => Source::Defaults,
            Some(path) => {
                std::fs::metadata(path).map_err(|error| Error::path(path, &error))?;
                Source::File(slashes(path))
            }
            None => Source::Nearest,
        };
        let cwd = std::env::current_dir().map_err(|error| Error::path(Path::new("."), &error))?;
        let store = ConfigStore::new(&DISK, rules(), &slashes(&cwd), source);
        Ok(Self {
            inner: Mutex::new(Inner { store, sources: SourceMap::new(), folders: FxHashMap::default(), target: Targets::default() }),
        })
    }

    /// Lets `target` stand in for what the configs say of the products that it names.
    pub(crate) fn set_target(&self, target: Targets) {
        self.inner().target = target;
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn with<T>(&self, ask: impl FnOnce(&mut ConfigStore<'static>, &mut SourceMap) -> T) -> T {
        let mut inner = self.inner();
        let Inner { store, sources, .. } = &mut *inner;
        ask(store, sources)
    }

    /// The config of a file, or of the working directory for standard input.
    pub(crate) fn of_file(&self, path: &Path) -> Arc<Config> {
        let Inner { store, sources, folders, .. } = &mut *self.inner();
        // the folder of `a/..` is not `a`
        let folder = path.file_name().and_then(|_| path.parent());
        if let Some(config) = folder.and_then(|folder| folders.get(folder.as_os_str())) {
            return Arc::clone(config);
        }
        let config = store.of_file(&slashes(path), sources);
        if let Some(folder) = folder {
            folders.insert(folder.as_os_str().to_owned(), Arc::clone(&config));
        }
        config
    }

    /// The config of the working directory: what governs the run as a whole.
    pub(crate) fn of_run(&self) -> Arc<Config> {
        self.with(|store, sources| store.of_folder(".", sources))
    }

    pub(crate) fn excludes(&self, path: &Path, is_dir: bool) -> bool {
        let config = self.of_file(path);
        config.may_exclude() && config.excludes(&slashes(path), is_dir)
    }

    pub(crate) fn rego_version(&self, path: &Path) -> Option<Version> {
        self.of_file(path).rego_version_of(&slashes(path))
    }

    /// The folder of the innermost project that a file lies in.
    pub(crate) fn project(&self, path: &Path) -> Option<String> {
        self.of_file(path).project_of(&slashes(path)).map(|project| project.path.clone())
    }

    /// The different configs of `files`, and for each file the index of its own.
    pub(crate) fn settings<'a>(&self, files: impl Iterator<Item = &'a Path>) -> (Vec<Settings>, Vec<usize>) {
        let working_directory = std::env::current_dir().map(|folder| slashes(&folder)).unwrap_or_default();
        let target = self.inner().target;
        let mut settings = Vec::new();
        let mut known: BTreeMap<*const Config, usize> = BTreeMap::new();
        let of_file = files
            .map(|file| {
                let config = self.of_file(file);
                *known.entry(Arc::as_ptr(&config)).or_insert_with(|| {
                    settings.push(settings_of(&config, &working_directory, target));
                    settings.len() - 1
                })
            })
            .collect();
        if settings.is_empty() {
            let config = self.of_run();
            settings.push(settings_of(&config, &working_directory, target));
        }
        (settings, of_file)
    }

    /// The parts of `verify` that the run's config names.
    pub(crate) fn parts(&self) -> Vec<Part> {
        self.of_run().verify.clone()
    }

    /// Reports the mistakes in all configs that were read. What is only doubtful is said on standard error, and the run goes on.
    ///
    /// # Errors
    /// [`Error::Config`] if there is one of severity error.
    pub(crate) fn check(&self, output: &Output) -> Result<(), Error> {
        self.of_run();
        self.with(|store, sources| {
            let mut findings = store.findings().to_vec();
            if findings.is_empty() {
                return Ok(());
            }
            crate::diag::sort(sources, &mut findings);
            let mut summary = Summary { files: sources.len(), ..Summary::default() };
            summary.count(sources, &findings);
            let report = Report { command: "config", sources, findings: &findings, rules: rules(), summary: &summary, tests: None };
            if summary.errors == 0 {
                let mut text = Vec::new();
                Concise { color: false, quiet: true }.write(&report, &mut text)?;
                output.note(String::from_utf8_lossy(&text).trim_end());
                return Ok(());
            }
            output.report(&super::session::render(output, &report)?)?;
            Err(Error::Config)
        })
    }
}

/// What a config decides for its files, in a run from `working_directory`; `target` is what the command line says of releases.
fn settings_of(config: &Config, working_directory: &str, target: Targets) -> Settings {
    let roots = config.projects.iter().map(|project| project.path.clone()).collect();
    let layout = Layout { working_directory: working_directory.to_owned(), roots };
    let mut rules = RuleSettings { layout, ..config.rules.clone() };
    rules.check.target = rules.check.target.overridden(target);
    Settings { rules, fail_level: Some(config.fail_level) }
}

fn slashes(path: &Path) -> String {
    let text = path.to_string_lossy();
    if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() }
}
