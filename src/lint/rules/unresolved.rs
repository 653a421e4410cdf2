//! What the rules about imports and references that lead nowhere share.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use regex::Regex;
use rustc_hash::FxHashMap;

use super::data_files::DataFiles;
use crate::lint::context::WorkspaceCx;
use crate::model::glob::glob_regex;
use crate::model::rego::Sight;
use crate::model::workspace::Workspace;
use crate::text::{SourceId, SourceMap};

/// What does not come from rules: data files, and what tests put in the place of data from outside.
pub(super) struct Outside<'w> {
    sources: &'w SourceMap,
    files: OnceCell<DataFiles>,
    replaced: BTreeSet<&'w str>,
}

impl<'w> Outside<'w> {
    pub(super) fn new(cx: &WorkspaceCx<'w>) -> Self {
        let workspace: &'w Workspace = cx.workspace();
        let links = workspace.modules().iter().flat_map(|facts| facts.links.references.iter().map(move |link| (facts, link)));
        let replaced =
            links.filter(|(_, link)| link.is_target && link.sight != Sight::OnlyRegal).map(|(facts, link)| facts.links.path(link));
        Self { sources: cx.sources(), files: OnceCell::new(), replaced: replaced.collect() }
    }

    /// Whether something from outside may be at `path`, in it, or round it.
    pub(super) fn may_define(&self, path: &str) -> bool {
        let below =
            |shorter: &str, longer: &str| longer.strip_prefix(shorter).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
        let at_or_in = self.replaced.range(path..).take_while(|other| other.starts_with(path)).any(|other| below(path, other));
        let round = || {
            std::iter::successors(Some(path), |path| path.rfind(['.', '[']).map(|at| &path[..at]))
                .take_while(|path| *path != "data")
                .any(|path| self.replaced.contains(path))
        };
        at_or_in || round() || self.files.get_or_init(|| DataFiles::new(self.sources)).may_define(path)
    }
}

/// Patterns of options, compiled once for each list.
pub(super) type Exceptions = FxHashMap<(usize, usize), Vec<Exception>>;

pub(super) struct Exception {
    /// Without `data.`.
    text: String,
    pattern: Option<Regex>,
}

pub(super) fn exceptions() -> Exceptions {
    Exceptions::default()
}

/// Whether a list option of the running rule names `path` (`data.a.b`): as it is, or by a glob. `full`: globs are about the path with
/// `data.`, and a path without `*` is a glob too.
pub(super) fn is_excepted(cx: &WorkspaceCx<'_>, known: &mut Exceptions, source: SourceId, option: &str, path: &str, full: bool) -> bool {
    let list = cx.list(source, option);
    if list.is_empty() {
        return false;
    }
    let patterns = known.entry((list.as_ptr() as usize, list.len())).or_insert_with(|| {
        let exception = |text: &std::borrow::Cow<'static, str>| {
            let short = text.strip_prefix("data.").unwrap_or(text);
            let glob = if full { text.as_ref() } else { short };
            let pattern = (full || short.contains('*')).then(|| glob_regex(glob, &['.'])).flatten();
            Exception { text: short.to_owned(), pattern: pattern.and_then(|pattern| Regex::new(&pattern).ok()) }
        };
        list.iter().map(exception).collect()
    });
    let short = path.strip_prefix("data.").unwrap_or(path);
    patterns.iter().any(|exception| match &exception.pattern {
        Some(pattern) => pattern.is_match(if full { path } else { short }),
        None => !full && exception.text == short,
    })
}
