use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use regex::Regex;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::{paths, regal_globs};
use crate::diag::PathFilter;

/// Where paths are seen from: that of the run, and that of a config.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Base {
    /// Absolute.
    pub(super) cwd: Arc<str>,
    /// The config's folder, absolute.
    pub(super) dir: Arc<str>,
}

impl Base {
    /// A path of the run as seen from the config's folder; `None` where it does not lie in it.
    pub(super) fn relative<'p>(&self, path: &'p str) -> Option<Cow<'p, str>> {
        let is_plain = !paths::is_absolute(path) && !path.split('/').any(|part| matches!(part, "" | "." | ".."));
        if is_plain && self.cwd == self.dir {
            return Some(Cow::Borrowed(path));
        }
        let absolute = paths::join(&self.cwd, path);
        paths::below(&absolute, &self.dir).map(|rest| Cow::Owned(rest.to_owned()))
    }
}

/// Patterns in gitignore's syntax, relative to the folder of the config that they stand in.
#[derive(Clone, Default)]
pub struct Globs {
    sets: Vec<Arc<Set>>,
}

struct Set {
    base: Base,
    patterns: Vec<String>,
    matcher: Matcher,
}

enum Matcher {
    Git(Gitignore),
    /// Files alone.
    Regal(Regex),
}

impl Globs {
    /// Patterns that [`check`] and [`check_all`] accept; others are left out.
    pub(super) fn new<'a>(base: &Base, patterns: impl IntoIterator<Item = &'a str>) -> Self {
        let patterns: Vec<String> = patterns.into_iter().filter(|pattern| check(pattern).is_ok()).map(str::to_owned).collect();
        if patterns.is_empty() {
            return Self::default();
        }
        match build(patterns.iter().map(String::as_str)) {
            Ok(matcher) => Self { sets: vec![Arc::new(Set { base: base.clone(), patterns, matcher: Matcher::Git(matcher) })] },
            Err(_) => Self::default(),
        }
    }

    /// Patterns as Regal reads them.
    ///
    /// # Errors
    /// Why one of them is none.
    pub(super) fn regal<'a>(base: &Base, patterns: impl Iterator<Item = &'a str> + Clone) -> Result<Self, String> {
        let Some(matcher) = regal_globs::compile(patterns.clone())? else { return Ok(Self::default()) };
        let patterns = patterns.map(str::to_owned).collect();
        Ok(Self { sets: vec![Arc::new(Set { base: base.clone(), patterns, matcher: Matcher::Regal(matcher) })] })
    }

    /// Whether a path of the run, or a folder above it, is meant.
    #[must_use]
    pub fn matches(&self, path: &str, is_dir: bool) -> bool {
        self.sets.iter().any(|set| {
            let Some(path) = set.base.relative(path) else { return false };
            // the folder of the config itself is no entry of it
            !path.is_empty()
                && path != "."
                && match &set.matcher {
                    Matcher::Git(matcher) => matcher.matched_path_or_any_parents(&*path, is_dir).is_ignore(),
                    Matcher::Regal(matcher) => !is_dir && matcher.is_match(&path),
                }
        })
    }

    /// Whether everything that a folder can hold is meant, as by `folder/**`.
    pub(super) fn covers(&self, dir: &str) -> bool {
        // a name that only patterns for all names match
        let any = if dir.is_empty() { "\u{1}".to_owned() } else { format!("{}/\u{1}", dir.trim_end_matches('/')) };
        let takes_nothing_back = self.patterns().all(|pattern| !pattern.starts_with('!'));
        let is_below = |set: &Arc<Set>| set.base.relative(dir).is_some_and(|path| !path.is_empty() && path != ".");
        takes_nothing_back && self.sets.iter().any(is_below) && self.matches(&any, false)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    /// The patterns as they are written.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        self.sets.iter().flat_map(|set| set.patterns.iter().map(String::as_str))
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.sets.extend(other.sets);
    }
}

impl fmt::Debug for Globs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.patterns()).finish()
    }
}

/// What is wrong with a pattern.
pub(super) fn check(pattern: &str) -> Result<(), String> {
    if pattern.trim().is_empty() {
        return Err("it is empty".to_owned());
    }
    if pattern.starts_with('#') {
        return Err("`#` starts a comment, write `\\#`".to_owned());
    }
    if pattern.contains(['\n', '\r', '\0']) {
        return Err("it has a line break".to_owned());
    }
    GitignoreBuilder::new("").add_line(None, pattern).map(drop).map_err(|error| plain(&error))
}

/// What is wrong with patterns that are right one by one: they may be too large together.
pub(super) fn check_all<'a>(patterns: impl Iterator<Item = &'a str>) -> Result<(), String> {
    build(patterns).map(drop).map_err(|error| plain(&error))
}

fn build<'a>(patterns: impl Iterator<Item = &'a str>) -> Result<Gitignore, ignore::Error> {
    let mut builder = GitignoreBuilder::new("");
    for pattern in patterns {
        // what is wrong with one is said by `check`
        let _ = builder.add_line(None, pattern);
    }
    builder.build()
}

fn plain(error: &ignore::Error) -> String {
    match error {
        ignore::Error::Glob { err, .. } => err.clone(),
        error => error.to_string(),
    }
}

/// The paths that `include` names, or all where it is empty, without those that `exclude` names.
pub(super) fn filter(include: Option<Globs>, exclude: Globs) -> PathFilter {
    if include.is_none() && exclude.is_empty() {
        return PathFilter::default();
    }
    PathFilter::new(move |path| include.as_ref().is_none_or(|globs| globs.matches(path, false)) && !exclude.matches(path, false))
}
