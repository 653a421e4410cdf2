//! What an assessment takes of a file while it is read, whatever else it is read for: programs and their environment, logs, and what
//! pipelines call. Each consumer says by a file's name whether it cares; texts that none of them keeps are let go at once.

use std::borrow::Cow;
use std::sync::Arc;

use super::discover::Found;
use crate::assess::policy_tests::{self, TextFile};
use crate::assess::program::{self, TextFacts, TextKind};
use crate::assess::traces::{self, TextTraces};
use crate::assess::world::{is_sample, within};
use crate::model::code::library::is_vendored_folder;

/// Longer files are no helpers of a pipeline.
const MAX_HELPER: usize = 1 << 20;

/// So many helpers are kept.
const MAX_HELPERS: usize = 20_000;

/// What the files of a run say that are no manifests, by path.
#[derive(Clone, Default, Debug)]
pub(crate) struct Survey {
    pub(crate) programs: Vec<TextFacts>,
    pub(crate) traces: Vec<TextTraces>,
    /// Files that say how policy is tested.
    pub(crate) texts: Vec<TextFile>,
}

/// What one file says.
#[derive(Default, Debug)]
pub(super) struct Glance {
    program: Option<TextFacts>,
    traces: Option<TextTraces>,
    text: Option<TextFile>,
}

/// Looks at files below the folders of a run.
#[derive(Debug)]
pub(super) struct Surveyor {
    /// The folders, as paths begin.
    pub(super) folders: Vec<String>,
}

/// Who wants a file, by its name.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Wants {
    program: bool,
    traces: bool,
    text: bool,
}

impl Surveyor {
    /// Who cares for a file. What was only named lies in no folder that is assessed, and others' code says nothing of this one.
    pub(super) fn wants(&self, file: &Found) -> Wants {
        let Some(path) = within(&file.name, &self.folders).filter(|_| file.path.as_os_str() != "-") else { return Wants::default() };
        if path.rsplit('/').skip(1).any(is_vendored_folder) {
            return Wants::default();
        }
        Wants {
            program: program::is_wanted(&file.name),
            traces: traces::is_wanted(&file.name) && !is_sample(&file.name, &self.folders),
            text: policy_tests::is_wanted(&file.name),
        }
    }
}

impl Wants {
    /// What the bytes of a file say to those who want it; `None` stands for a file that is too large to be read.
    pub(super) fn look(self, name: &str, bytes: Option<&[u8]>) -> Glance {
        let Some(bytes) = bytes else {
            // that it is there says something, too
            let program = if self.program { TextFacts::read(name, "") } else { None };
            return Glance { program, ..Glance::default() };
        };
        if !self.program && !self.traces && !self.text {
            return Glance::default();
        }
        let text = String::from_utf8_lossy(bytes);
        // a text that had to be mended is none to the others
        let whole = matches!(text, Cow::Borrowed(_));
        let keep = || TextFile { path: name.to_owned(), text: Arc::from(&*text) };
        Glance {
            program: if self.program { TextFacts::read(name, &text) } else { None },
            traces: if self.traces && whole { traces::read(name, &text) } else { None },
            text: (self.text && whole && bytes.len() <= MAX_HELPER).then(keep),
        }
    }
}

impl Survey {
    /// `glances` in the order of the files' names.
    pub(super) fn of(glances: impl Iterator<Item = Glance>) -> Self {
        let mut this = Self::default();
        for glance in glances {
            this.programs.extend(glance.program);
            this.traces.extend(glance.traces);
            this.texts.extend(glance.text.filter(|_| this.texts.len() < MAX_HELPERS));
        }
        this
    }

    /// Whether application source is among the files.
    pub(crate) fn has_sources(&self) -> bool {
        let is_source = |text: &&TextFacts| text.kind == TextKind::Source && !text.path.ends_with(".properties");
        self.programs.iter().filter(is_source).any(|text| !text.folder().split('/').any(|folder| ASIDE.contains(&folder)))
    }
}

/// Folders of helpers, whose sources are no application.
const ASIDE: [&str; 7] = [".github", "hack", "scripts", "tools", "tests", "test", "docs"];
