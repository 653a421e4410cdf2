use std::collections::HashMap;
use std::sync::Arc;

use super::check::{Checker, config_error};
use super::globs::Base;
use super::value::Value;
use super::{Config, paths, read, regal, toml};
use crate::diag::{Diagnostic, Place, RuleMeta};
use crate::text::{Location, SourceFile, SourceId, SourceMap, Span};

/// Links can make one file many, without end.
const MAX_CHAIN: usize = 16;

/// The file system, as far as configs need it. Paths are absolute, with `/`.
pub trait Files: Sync {
    fn read(&self, path: &str) -> Found;

    /// Whether a folder is the root of a version-control tree: configs above it do not count.
    fn is_root(&self, dir: &str) -> bool;
}

/// What reading a file gave.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Found {
    Missing,
    Text(String),
    /// Why it could not be read.
    Failed(String),
}

/// Which configs a run reads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// The nearest of each file.
    Nearest,
    /// This one for all files (`--config`).
    File(String),
    /// None (`--no-config`).
    Defaults,
}

/// The config of each folder, read once.
pub struct ConfigStore<'a> {
    files: &'a dyn Files,
    rules: &'a [&'static RuleMeta],
    cwd: Arc<str>,
    source: Source,
    defaults: Arc<Config>,
    folders: HashMap<String, Arc<Config>>,
    loaded: HashMap<String, Arc<Config>>,
    findings: Vec<Diagnostic>,
}

impl<'a> ConfigStore<'a> {
    /// `cwd` is the absolute path of the working directory, which relative paths are seen from; `rules` are those that `[rules]`
    /// may name.
    #[must_use]
    pub fn new(files: &'a dyn Files, rules: &'a [&'static RuleMeta], cwd: &str, source: Source) -> Self {
        Self {
            files,
            rules,
            cwd: paths::normalize(cwd).into(),
            source,
            defaults: Arc::default(),
            folders: HashMap::new(),
            loaded: HashMap::new(),
            findings: Vec::new(),
        }
    }

    /// The config of a file or folder in `dir`. Texts that are read are added to `sources`.
    pub fn of_folder(&mut self, dir: &str, sources: &mut SourceMap) -> Arc<Config> {
        match self.source.clone() {
            Source::Defaults => self.defaults.clone(),
            Source::File(path) => {
                let path = paths::join(&self.cwd, &path);
                match self.loaded.get(&path) {
                    Some(config) => config.clone(),
                    None => self.named(&path, sources),
                }
            }
            Source::Nearest => self.nearest(&paths::join(&self.cwd, dir), sources),
        }
    }

    /// The config of the file at `path`.
    pub fn of_file(&mut self, path: &str, sources: &mut SourceMap) -> Arc<Config> {
        let path = paths::join(&self.cwd, path);
        let dir = paths::parent(&path).unwrap_or("/").to_owned();
        self.of_folder(&dir, sources)
    }

    /// The mistakes in all configs that were read. One of severity error makes the exit code 2.
    #[must_use]
    pub fn findings(&self) -> &[Diagnostic] {
        &self.findings
    }

    fn named(&mut self, path: &str, sources: &mut SourceMap) -> Arc<Config> {
        let config = match self.files.read(path) {
            Found::Text(text) if regal::is_named_config(path) => {
                // a config from elsewhere is about the files of the run
                let root = regal::root(path);
                let is_home = *self.cwd == *root || paths::below(&self.cwd, &root).is_some();
                let base = self.base(if is_home { &root } else { &self.cwd });
                self.regal(path, &text, &base, Config::default(), sources)
            }
            Found::Text(text) => return self.load(path, text, &mut Vec::new(), sources),
            other => {
                let why = match other {
                    Found::Failed(why) => why,
                    _ => "it does not exist".to_owned(),
                };
                let name = paths::relative(path, &self.cwd);
                self.findings.push(config_error(Place::Run, format!("config `{name}` cannot be read: {why}")));
                self.defaults.clone()
            }
        };
        self.loaded.insert(path.to_owned(), config.clone());
        config
    }

    fn nearest(&mut self, dir: &str, sources: &mut SourceMap) -> Arc<Config> {
        // walks up until an answer is known, then notes it for every folder on the way
        let mut way = Vec::new();
        let mut at = dir;
        let config = loop {
            if let Some(known) = self.folders.get(at) {
                break known.clone();
            }
            way.push(at.to_owned());
            if let Some(found) = self.in_folder(at, sources) {
                break found;
            }
            match paths::parent(at) {
                Some(parent) if !self.files.is_root(at) => at = parent,
                _ => break self.defaults.clone(),
            }
        };
        for folder in way {
            self.folders.insert(folder, config.clone());
        }
        config
    }

    /// The config that stands in `dir` itself.
    fn in_folder(&mut self, dir: &str, sources: &mut SourceMap) -> Option<Arc<Config>> {
        let path = paths::join(dir, "ztctl.toml");
        match self.files.read(&path) {
            Found::Text(text) => return Some(self.load(&path, text, &mut Vec::new(), sources)),
            Found::Failed(why) => {
                self.unreadable(&path, &why, sources);
                return Some(self.defaults.clone());
            }
            Found::Missing => {}
        }
        for name in regal::NAMES {
            let path = paths::join(dir, name);
            match self.files.read(&path) {
                Found::Text(text) => {
                    let above = paths::parent(dir).filter(|_| !self.files.is_root(dir)).map(str::to_owned);
                    let under = match above {
                        Some(above) => self.nearest(&above, sources),
                        None => self.defaults.clone(),
                    };
                    let base = self.base(dir);
                    return Some(self.regal(&path, &text, &base, (*under).clone(), sources));
                }
                Found::Failed(why) => self.unreadable(&path, &why, sources),
                Found::Missing => {}
            }
        }
        None
    }

    fn unreadable(&mut self, path: &str, why: &str, sources: &mut SourceMap) {
        let id = sources.add(SourceFile::new(paths::relative(path, &self.cwd), ""));
        self.findings.push(config_error(Place::File(id), format!("the config cannot be read: {why}")));
    }

    fn base(&self, dir: &str) -> Base {
        Base { cwd: self.cwd.clone(), dir: dir.into() }
    }

    /// Reads a `ztctl.toml` and what it extends. `chain` holds the files that led here.
    fn load(&mut self, path: &str, text: String, chain: &mut Vec<String>, sources: &mut SourceMap) -> Arc<Config> {
        if let Some(known) = self.loaded.get(path) {
            return known.clone();
        }
        let name = paths::relative(path, &self.cwd).into_owned();
        let id = sources.add(SourceFile::new(name.clone(), text));
        let text = sources.get(id).text.clone();
        let (root, errors) = toml::parse(&text);
        let mut checker = Checker::new(id, self.rules);
        checker.file(&root);
        checker.broken(sources.get(id), "TOML", errors);
        self.findings.extend(checker.finish());

        let base = self.base(paths::parent(path).unwrap_or("/"));
        let extends = root.get("extends").filter(|value| value.as_str().is_some_and(|text| !text.trim().is_empty()));
        let parent = extends.and_then(|value| {
            chain.push(path.to_owned());
            let parent = self.extended(value, id, &base, chain, sources);
            chain.pop();
            parent
        });
        let parent = parent.unwrap_or_else(|| self.defaults.clone());
        let config = read::apply((*parent).clone(), &root, &base, self.rules);
        let config = Arc::new(Config { path: Some(name), ..config });
        self.loaded.insert(path.to_owned(), config.clone());
        config
    }

    /// The config that `extends` names.
    fn extended(
        &mut self,
        value: &Value,
        source: SourceId,
        base: &Base,
        chain: &mut Vec<String>,
        sources: &mut SourceMap,
    ) -> Option<Arc<Config>> {
        let at = |span: Span| Place::At(Location { source, span });
        let written = value.as_str()?;
        let path = paths::join(&base.dir, written);
        if let Some(start) = chain.iter().position(|seen| *seen == path) {
            let mut names: Vec<String> = chain[start..].iter().map(|p| format!("`{}`", paths::relative(p, &self.cwd))).collect();
            names.push(names[0].clone());
            let message = format!("`extends` goes in a circle: {}", names.join(" → "));
            self.findings.push(config_error(at(value.span), message));
            return None;
        }
        if chain.len() >= MAX_CHAIN {
            self.findings.push(config_error(at(value.span), format!("`extends` leads through more than {MAX_CHAIN} files")));
            return None;
        }
        match self.files.read(&path) {
            Found::Text(text) => Some(self.load(&path, text, chain, sources)),
            Found::Missing => {
                let message = format!("`{written}` does not exist");
                let help = format!("the path is relative to this file: `{}`", paths::relative(&path, &self.cwd));
                self.findings.push(config_error(at(value.span), message).with_help(help));
                None
            }
            Found::Failed(why) => {
                self.findings.push(config_error(at(value.span), format!("`{written}` cannot be read: {why}")));
                None
            }
        }
    }

    fn regal(&mut self, path: &str, text: &str, base: &Base, under: Config, sources: &mut SourceMap) -> Arc<Config> {
        let name = paths::relative(path, &self.cwd).into_owned();
        let id = sources.add(SourceFile::new(name.clone(), text));
        let mut checker = Checker::new(id, self.rules);
        let config = regal::read(sources.get(id), under, base, &mut checker);
        self.findings.extend(checker.finish());
        Arc::new(Config { path: Some(name), ..config })
    }
}
