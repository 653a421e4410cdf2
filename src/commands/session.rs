//! What the commands that read files share: options, configs, discovery, reading, reporting.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::configs::Configs;
use super::discover::{Discovery, FileKind, Found, Request, Scan, discover, display_name};
use super::helm::Helm;
use super::input::{Content, Loaded, Readers, read_all};
use super::output::Output;
use super::survey::{Survey, Surveyor};
use super::version::Manifests;
use super::{Error, STACK, git};
use crate::cli::{CommonArgs, Format, HelmArgs, OutputArgs, RegoArgs, RegoVersionArg};
use crate::config::{self, CapabilitiesFrom};
use crate::diag::Date;
use crate::model::rego::{Schemas, builtin};
use crate::report::{Concise, Github, Gitlab, Json, Junit, Markdown, Pretty, Report, Reporter, Sarif, Skipped};
use crate::secrets::{self, Scanner};
use crate::syntax::rego::{Capabilities, Parse, Version, parse, parse_auto_with, parse_syntax};
use crate::text::{SourceFile, SourceMap};

/// The release of OPA that `plus` and `minus` alone are about.
const CURRENT: &str = "1.22";

/// A command's common options, understood.
pub(crate) struct Session {
    pub(crate) output: Output,
    pub(crate) today: Date,
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) workspace: Option<PathBuf>,
    pub(crate) configs: Arc<Configs>,
    stdin_filename: Option<PathBuf>,
    pub(crate) max_file_size: u64,
    fail_on_empty: bool,
    /// How charts are rendered, if they are.
    pub(crate) helm: Option<Helm>,
}

/// The files of a run, read.
#[derive(Default)]
pub(crate) struct Files {
    pub(crate) files: Vec<Loaded>,
    /// Files that are judged for nothing but the secrets that were found in them.
    pub(crate) leaking: Vec<Loaded>,
    pub(crate) skipped: Vec<Skipped>,
    /// What finds the secrets, where they are looked for.
    pub(crate) scanner: Option<Arc<Scanner>>,
    /// So many reported files were looked at for secrets, whatever else they are.
    pub(crate) scanned: usize,
    /// The folders of the run, as paths begin.
    pub(crate) bases: Vec<String>,
    /// The secrets that files `.gitleaksignore` in these folders list.
    pub(crate) ignored: Arc<secrets::Ignored>,
    /// Files, or parts of them, that were not looked at for secrets although they may hold some.
    pub(crate) unscanned: Vec<Skipped>,
    /// What an assessment wants of files that are no manifests.
    pub(crate) survey: Survey,
    /// Files that the configuration keeps an assessment from reading, and all files with those.
    pub(crate) hidden: (usize, usize),
}

impl Session {
    /// # Errors
    /// Usage errors, and what [`git::changed`] refuses.
    pub(crate) fn new(args: &CommonArgs) -> Result<Self, Error> {
        match args.output.format {
            Format::Html | Format::Badge | Format::BadgeJson => Err(only_assess()),
            _ => Self::of_any_format(args),
        }
    }

    /// As [`Session::with_helm`], for `assess`, which has formats of its own.
    ///
    /// # Errors
    /// Those of [`Session::with_helm`].
    pub(crate) fn of_assess(args: &CommonArgs, helm: &HelmArgs) -> Result<Self, Error> {
        Ok(Self { helm: Helm::asked(helm)?, ..Self::of_any_format(args)? })
    }

    fn of_any_format(args: &CommonArgs) -> Result<Self, Error> {
        let today = match &args.as_of {
            Some(text) => Date::parse(text).ok_or_else(|| Error::usage(format!("`--as-of {text}` is not a date: write YYYY-MM-DD")))?,
            None => Date::of(SystemTime::now()),
        };
        let mut paths = args.paths.clone();
        let mut workspace = args.workspace.clone();
        if args.since.is_some() || args.staged {
            let (root, changed) = git::changed(args.since.as_deref(), &paths)?;
            paths = changed;
            workspace.get_or_insert(root);
        }
        let configs = Configs::new(args.config.as_deref(), args.no_config)?;
        threads(&args.output)?;
        Ok(Self {
            output: Output::new(&args.output),
            today,
            paths,
            workspace,
            configs: Arc::new(configs),
            stdin_filename: args.stdin_filename.clone(),
            max_file_size: args.max_file_size,
            fail_on_empty: args.fail_on_empty,
            helm: None,
        })
    }

    /// As [`Session::new`], for commands that can render charts.
    ///
    /// # Errors
    /// Those of [`Session::new`] and [`Helm::asked`].
    pub(crate) fn with_helm(args: &CommonArgs, helm: &HelmArgs) -> Result<Self, Error> {
        Ok(Self { helm: Helm::asked(helm)?, ..Self::new(args)? })
    }

    /// Takes what the command line says of the releases that manifests are for: `kubernetes=1.33`.
    ///
    /// # Errors
    /// An unknown product, a text that is no version.
    pub(crate) fn target(&self, items: &[String]) -> Result<(), Error> {
        let target = config::targets(items.iter().map(String::as_str)).map_err(|why| Error::usage(format!("`--target`: {why}")))?;
        self.configs.set_target(target);
        Ok(())
    }

    /// Walks and reads. Configs that are wrong are reported, and end the run.
    ///
    /// # Errors
    /// See [`discover`]; [`Error::Config`] after the mistakes have been reported.
    pub(crate) fn load(&self, kinds: &[FileKind]) -> Result<Files, Error> {
        self.load_and_scan(kinds, Scan::No)
    }

    /// As [`Session::load`], with the secrets of all files.
    ///
    /// # Errors
    /// Those of [`Session::load`].
    pub(crate) fn load_and_scan(&self, kinds: &[FileKind], scan: Scan) -> Result<Files, Error> {
        let found = self.find(kinds, scan)?;
        for file in &found.files {
            self.configs.of_file(&file.path);
        }
        self.configs.check(&self.output)?;
        let scanner = (scan != Scan::No).then(|| Arc::new(Scanner::new(SALT, self.today)));
        let hidden = (found.hidden, if found.hidden > 0 { found.hidden + self.own(&found) } else { 0 });
        let skipped = found.skipped.into_iter().map(|skipped| Skipped { path: skipped.name, reason: skipped.reason }).collect();
        let surveyor = (scan == Scan::Everything).then(|| Surveyor { folders: self.bases() });
        let readers = Readers { scanner: scanner.as_deref(), surveyor: surveyor.as_ref() };
        let (read, survey) = read_all(found.files, self.max_file_size, readers);
        let mut files = Files { skipped, scanner, bases: self.bases(), survey, hidden, ignored: self.ignored(), ..Files::default() };
        files.unscanned = unscanned(&read);
        files.skipped.extend(files.unscanned.iter().cloned());
        files.skipped.extend(binaries(&read));
        files.skipped.extend(read.iter().filter_map(|file| match &file.content {
            Content::Unreadable(reason) => Some(Skipped { path: file.file.name.clone(), reason: reason.clone() }),
            _ => None,
        }));
        // a source that is not judged is evidence nevertheless
        if scan != Scan::Everything {
            files.skipped.extend(left_out(&read));
        }
        // an assessment reads all files
        let is_read = |file: &&Loaded| {
            let is_wanted = file.file.reported || scan == Scan::Everything;
            is_wanted
                && !file.scan.is_pointer
                && file.scan.skipped != Some(secrets::Skipped::Binary)
                && !matches!(file.content, Content::Unreadable(_))
        };
        files.scanned = if matches!(scan, Scan::Secrets | Scan::Everything) { read.iter().filter(is_read).count() } else { 0 };
        for file in read {
            let is_judged = !file.file.scan_only && !matches!(file.content, Content::Unreadable(_) | Content::LeftOut(_));
            if is_judged {
                files.files.push(file);
            } else if !file.scan.found.is_empty() {
                files.leaking.push(file);
            }
        }
        files.skipped.sort();
        files.skipped.dedup();
        Ok(files)
    }

    /// So many of the files are of kinds that are judged, and not others' code.
    fn own(&self, found: &Discovery) -> usize {
        let roots = self.roots();
        let is_own =
            |file: &&Found| file.kind != FileKind::Other && roots.get(file.root).is_none_or(|root| super::hidden::is_own(&file.path, root));
        found.files.iter().filter(is_own).count()
    }

    fn find(&self, kinds: &[FileKind], scan: Scan) -> Result<Discovery, Error> {
        let configs = Arc::clone(&self.configs);
        discover(&Request {
            paths: &self.paths,
            stdin_filename: self.stdin_filename.as_deref(),
            workspace: self.workspace.as_deref(),
            kinds,
            scan,
            excluded: Arc::new(move |path: &Path, is_dir| configs.excludes(path, is_dir)),
        })
    }

    /// The given paths, in the order that [`Found::root`] counts.
    pub(crate) fn roots(&self) -> Vec<PathBuf> {
        self.paths.iter().chain(&self.workspace).cloned().collect()
    }

    /// How Rego is to be read.
    ///
    /// # Errors
    /// A capabilities file that cannot be read or is none.
    pub(crate) fn versions(&self, args: &RegoArgs) -> Result<Versions, Error> {
        let fixed = match args.rego_version {
            Some(RegoVersionArg::V0) => Some(Version::V0),
            Some(RegoVersionArg::V1) => Some(Version::V1),
            Some(RegoVersionArg::Auto) | None => None,
        };
        let wanted = match &args.capabilities {
            Some(text) => Some(config::Capabilities::parse(text, "")),
            None => self.configs.of_run().capabilities.clone(),
        };
        if let Some(text) = args.capabilities.as_deref().filter(|text| text.starts_with("http://") || text.starts_with("https://")) {
            return Err(Error::usage(format!("`--capabilities {text}`: ztctl does not use the network, save it to a file")));
        }
        let capabilities = wanted.as_ref().map(read_capabilities).transpose()?.map(Arc::new);
        let auto = args.rego_version == Some(RegoVersionArg::Auto);
        Ok(Versions { fixed, auto, capabilities, manifests: Manifests::default(), configs: Arc::clone(&self.configs) })
    }

    /// The schemas that annotations can name: those at `path`, else the config's.
    ///
    /// # Errors
    /// A path that cannot be read, a file that is neither JSON nor YAML, a schema of all input that is none.
    pub(crate) fn schemas(&self, path: Option<&Path>) -> Result<Option<Arc<Schemas>>, Error> {
        let configured = self.configs.of_run().schemas.as_ref().map(PathBuf::from);
        let path = path.map(Path::to_path_buf).or(configured);
        path.map(|path| super::schemas::read(&path).map(Arc::new)).transpose()
    }

    /// What a run with nothing to judge says: a note, or an error under `--fail-on-empty`.
    ///
    /// # Errors
    /// [`Error::Usage`] under `--fail-on-empty`.
    pub(crate) fn nothing(&self, what: &str) -> Result<(), Error> {
        if self.fail_on_empty {
            return Err(Error::usage(format!("{what} (`--fail-on-empty`)")));
        }
        self.output.note(&format!("note: {what}"));
        Ok(())
    }

    /// The folders of the run as paths begin; the working directory where only files were named.
    pub(crate) fn bases(&self) -> Vec<String> {
        self.folders().iter().map(|path| display_name(path)).collect()
    }

    /// What files `.gitleaksignore` in the folders of the run list.
    fn ignored(&self) -> Arc<secrets::Ignored> {
        let mut ignored = secrets::Ignored::default();
        let folders = self.folders();
        let here = [PathBuf::from(".")];
        for folder in if folders.is_empty() { &here[..] } else { &folders } {
            if let Ok(Ok(bytes)) = super::input::read_file(&folder.join(secrets::Ignored::MARK), self.max_file_size) {
                ignored.add(&display_name(folder), &super::input::readable(&bytes));
            }
        }
        Arc::new(ignored)
    }

    /// The folders of the run: the workspace, or the arguments that are folders.
    pub(crate) fn folders(&self) -> Vec<PathBuf> {
        match &self.workspace {
            Some(workspace) => vec![workspace.clone()],
            None => self.roots().into_iter().filter(|path| path.is_dir()).collect(),
        }
    }

    /// What is walked and may be rewritten through links.
    pub(crate) fn tree(&self) -> Vec<PathBuf> {
        let roots: Vec<PathBuf> = self.paths.iter().chain(&self.workspace).cloned().collect();
        super::write::tree(&roots)
    }
}

/// What tells equal secrets of a run. It need not be a secret itself: digests of values that could be guessed are not reported.
pub(super) const SALT: &[u8] = b"ztctl";

/// Files, or parts of them, that were not looked at for secrets although they may hold some.
fn unscanned(files: &[Loaded]) -> Vec<Skipped> {
    let mut out = Vec::new();
    for file in files {
        let mut skip = |reason: String| out.push(Skipped { path: file.file.name.clone(), reason });
        if let Some(secrets::Skipped::Middle(len)) = file.scan.skipped {
            skip(format!("long: only its first and last {} KiB were looked at for secrets", len >> 10));
        }
        if file.scan.is_pointer {
            skip("a pointer of Git LFS: what it stands for was not looked at".to_owned());
        }
    }
    out
}

/// Binary files in which nobody can look for secrets. There may be thousands.
fn binaries(files: &[Loaded]) -> Option<Skipped> {
    // what judges a file says so itself
    let is_binary = |file: &&Loaded| file.scan.skipped == Some(secrets::Skipped::Binary) && !matches!(file.content, Content::Unreadable(_));
    let mut names = files.iter().filter(is_binary).map(|file| &file.file.name);
    let path = names.next()?.clone();
    let reason = match names.count() {
        0 => "a binary file: not looked at for secrets".to_owned(),
        more => format!("{} binary files, this one first: not looked at for secrets", more + 1),
    };
    Some(Skipped { path, reason })
}

/// Sources that are not judged: one entry a folder and reason, and one for each that was named.
fn left_out(files: &[Loaded]) -> Vec<Skipped> {
    let mut counts: BTreeMap<(&str, &'static str), (usize, &str)> = BTreeMap::new();
    let mut out = Vec::new();
    for file in files.iter().filter(|file| file.file.reported && !file.file.scan_only) {
        let Content::LeftOut(reason) = file.content else { continue };
        let name = file.file.name.as_str();
        match reason {
            _ if file.file.named => {
                let reason = reason.unwrap_or("it uses no library that ztctl knows");
                out.push(Skipped { path: name.to_owned(), reason: reason.to_owned() });
            }
            Some(reason) => {
                let folder = name.rsplit_once('/').map_or(".", |(folder, _)| folder);
                counts.entry((folder, reason)).or_insert((0, name)).0 += 1;
            }
            None => {}
        }
    }
    out.extend(counts.into_iter().map(|((folder, reason), (count, first))| match count {
        1 => Skipped { path: first.to_owned(), reason: reason.to_owned() },
        _ => Skipped { path: folder.to_owned(), reason: format!("{count} sources: {reason}") },
    }));
    out
}

/// # Errors
/// A file that cannot be read or holds none, a release that is not known.
fn read_capabilities(wanted: &config::Capabilities) -> Result<Capabilities, Error> {
    let mut capabilities = match &wanted.from {
        CapabilitiesFrom::Current => Capabilities::release("opa", CURRENT).map_err(Error::usage)?,
        CapabilitiesFrom::Release(engine, version) => {
            Capabilities::release(engine, version).map_err(|why| Error::usage(format!("capabilities `{engine}@{version}`: {why}")))?
        }
        CapabilitiesFrom::File(path) => {
            let path = Path::new(path);
            let text = std::fs::read_to_string(path).map_err(|error| Error::path(path, &error))?;
            Capabilities::parse(&text).map_err(|why| Error::usage(format!("`{}` holds no capabilities: {why}", path.display())))?
        }
    };
    wanted.plus.iter().for_each(|(name, arity)| capabilities.add(name, Some(*arity)));
    wanted.minus.iter().for_each(|name| capabilities.remove(name));
    Ok(capabilities)
}

/// Capabilities as `opa capabilities` prints them, without types.
fn capabilities_json(capabilities: &Capabilities) -> String {
    let builtins = capabilities.builtins.iter().map(|name| {
        let known = builtin(name);
        let arity = capabilities.arities.get(name).copied().or(known.map(|known| known.args.len())).unwrap_or(0);
        let is_value = known.is_none_or(|known| known.result.is_some());
        serde_json::json!({
            "name": name,
            "decl": { "args": vec![serde_json::json!({ "type": "any" }); arity], "result": is_value.then(|| serde_json::json!({ "type": "any" })) },
            "relation": known.is_some_and(|known| known.relation),
            "deprecated": known.is_some_and(|known| known.deprecated),
        })
    });
    serde_json::json!({ "builtins": builtins.collect::<Vec<_>>() }).to_string()
}

fn only_assess() -> Error {
    Error::usage("`html`, `badge` and `badge-json` are formats of `assess` alone")
}

/// A report as bytes.
///
/// # Errors
/// None in practice: memory does not fail.
pub(crate) fn render(output: &Output, report: &Report<'_>) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    let color = output.color;
    let quiet = output.quiet;
    let reporter: &dyn Reporter = match output.format {
        Format::Pretty => &Pretty { color, unicode: true, width: output.width, quiet },
        Format::Concise => &Concise { color, quiet },
        Format::Json => &Json,
        Format::Sarif => &Sarif,
        Format::Github => &Github,
        Format::Junit => &Junit,
        Format::Gitlab => &Gitlab,
        Format::Markdown => &Markdown,
        Format::Html | Format::Badge | Format::BadgeJson => return Err(only_assess()),
    };
    reporter.write(report, &mut out)?;
    Ok(out)
}

/// The worker threads of the run: as many as asked for, with the stack that trees want, which the calling thread has as well.
pub(crate) fn threads(args: &OutputArgs) -> Result<(), Error> {
    let mut pool = rayon::ThreadPoolBuilder::new().stack_size(STACK).use_current_thread();
    if let Some(jobs) = args.jobs {
        pool = pool.num_threads(usize::from(jobs));
    }
    pool.build_global().map_err(|error| Error::Internal(error.to_string()))
}

/// Which version each Rego file is read as.
pub(crate) struct Versions {
    /// `--rego-version v0` or `v1`.
    fixed: Option<Version>,
    /// `--rego-version auto`: the config's version does not count.
    auto: bool,
    /// What the target engine can read.
    pub(crate) capabilities: Option<Arc<Capabilities>>,
    manifests: Manifests,
    configs: Arc<Configs>,
}

impl Versions {
    /// The capabilities as tests take them.
    pub(crate) fn capabilities_json(&self) -> Option<String> {
        self.capabilities.as_deref().map(capabilities_json)
    }

    /// Parses a file; what the target engine cannot read is a syntax error.
    pub(crate) fn parse(&self, file: &Found, text: &Arc<str>) -> Parse {
        self.parse_with(file, text, parse)
    }

    /// [`Versions::parse`] without METADATA.
    pub(crate) fn parse_syntax(&self, file: &Found, text: &Arc<str>) -> Parse {
        self.parse_with(file, text, parse_syntax)
    }

    /// [`Versions::parse_syntax`] for a text whose version is written beside it.
    pub(crate) fn parse_syntax_as(&self, text: &Arc<str>, version: Version) -> Parse {
        self.checked(parse_syntax(Arc::clone(text), version))
    }

    fn parse_with(&self, file: &Found, text: &Arc<str>, parse: fn(Arc<str>, Version) -> Parse) -> Parse {
        self.checked(match self.fixed {
            Some(version) => parse(Arc::clone(text), version),
            None => parse_auto_with(Arc::clone(text), self.of(file), parse),
        })
    }

    fn checked(&self, mut parse: Parse) -> Parse {
        if let Some(capabilities) = &self.capabilities {
            let unsupported = capabilities.unsupported(&parse);
            parse.formattable &= unsupported.is_empty();
            parse.errors.extend(unsupported);
        }
        parse
    }

    /// The bundle (a folder with `.manifest`) or project of the config that a file belongs to.
    pub(crate) fn root(&self, file: &Found) -> Option<String> {
        let bundle = || Some(self.manifests.folder(&file.path)?.to_string_lossy().into_owned());
        self.configs.project(&file.path).or_else(bundle)
    }

    /// The version that the flag, `.manifest` or the config gives a file; `None`: what its text says.
    pub(crate) fn of(&self, file: &Found) -> Option<Version> {
        let configured = || if self.auto { None } else { self.configs.rego_version(&file.path) };
        self.fixed.or_else(|| self.manifests.version(&file.path)).or_else(configured)
    }
}

impl Files {
    /// All files that have texts: those that are judged, then those that leak.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Loaded> {
        self.files.iter().chain(&self.leaking)
    }

    /// The texts as sources, in the order of [`Files::all`]; of a file that is not UTF-8 what precedes the bad byte, unless it leaks.
    pub(crate) fn sources(&self) -> SourceMap {
        let mut sources = SourceMap::new();
        for file in self.all() {
            let text = match &file.content {
                _ if !file.scan.found.is_empty() => Arc::clone(&file.scan.text),
                Content::Text(text) | Content::NotUtf8 { valid: text, .. } => Arc::clone(text),
                Content::Unreadable(_) | Content::LeftOut(_) => Arc::from(""),
            };
            sources.add(SourceFile::new(file.file.name.clone(), text));
        }
        sources
    }
}
