//! Applying fixes and moves to the files of a job.

use std::collections::BTreeSet;

use super::{Asked, Job};
use crate::commands::input::{self, Content};
use crate::commands::moves::Moves;
use crate::commands::session::Session;
use crate::commands::{Error, diff, output, write};
use crate::diag::RuleSettings;
use crate::lint;

impl Job {
    /// Applies or shows fixes, and moves files if that is asked for. What was changed is judged again as it is now.
    ///
    /// # Errors
    /// Standard input among the files, and files that cannot be written; all others have been written then. Moves that cannot all
    /// be made.
    pub(crate) fn fix(self, session: &Session, asked: &Asked) -> Result<(Self, bool), Error> {
        let (job, would_change) = self.edit(session, asked)?;
        let (job, would_move) = if asked.moves { job.move_files(session, asked)? } else { (job, false) };
        Ok((job, would_change || would_move))
    }

    fn move_files(mut self, session: &Session, asked: &Asked) -> Result<(Self, bool), Error> {
        // a baseline hides findings, not their fixes
        let mut all = Asked {
            options: asked.options.clone(),
            fail_level: None,
            baseline: None,
            fix: None,
            moves: false,
            diff: false,
            notices: BTreeSet::new(),
        };
        let findings = self.judge(&mut all).findings;
        let moves = Moves::plan(session, &self.files.files, &self.texts.sources, &findings)?;
        if moves.is_empty() {
            return Ok((self, false));
        }
        if asked.diff {
            output::print(moves.diff().as_bytes())?;
            return Ok((self, true));
        }
        let count = moves.make(&mut self.files.files)?;
        session.output.note(&format!("moved {count} file{}", if count == 1 { "" } else { "s" }));
        let Self { files, texts, settings, of_file, versions, reads_manifests } = self;
        let anchor = texts.sources.anchor;
        let mut job = Self::new(files, settings, of_file, versions, reads_manifests, texts.rendered);
        job.texts.sources.anchor = anchor;
        Ok((job, false))
    }

    fn edit(mut self, session: &Session, asked: &Asked) -> Result<(Self, bool), Error> {
        let Some(wanted) = asked.fix else { return Ok((self, false)) };
        if !asked.diff && self.files.files.iter().any(|file| file.file.path.as_os_str() == "-") {
            return Err(Error::usage("standard input `-` cannot be rewritten: leave out `--fix`, or use `--diff`"));
        }
        let rules: Vec<RuleSettings> = self.settings.iter().map(|settings| settings.rules.clone()).collect();
        let result = lint::fix(&self.texts, &rules, &asked.options, wanted);
        for refused in &result.refused {
            let path = &self.texts.sources.get(refused.source).path;
            session.output.note(&format!(
                "note: {path}: the fix of `{}` was not applied, since the result would be worse: {}",
                refused.rule, refused.message
            ));
        }
        if asked.diff {
            let text: String =
                result.files.iter().map(|file| diff::unified(&file.path, &file.before, &file.after, &session.output)).collect();
            output::print(text.as_bytes())?;
            return Ok((self, !result.files.is_empty()));
        }
        let tree = session.tree();
        let mut failed = Vec::new();
        let mut applied = 0;
        for file in result.files {
            let loaded = &mut self.files.files[file.source.0 as usize];
            match write::replace(&loaded.file.path, &file.before, &file.after, &tree) {
                Ok(()) => {
                    applied += file.applied.len();
                    if let Some(scanner) = &self.files.scanner {
                        loaded.scan = input::scan(scanner, &loaded.file, file.after.as_bytes());
                    }
                    loaded.content = Content::Text(file.after);
                }
                Err(error) => failed.push(error),
            }
        }
        if applied > 0 {
            session.output.note(&format!("fixed {applied} finding{}", if applied == 1 { "" } else { "s" }));
        }
        if let Some(last) = failed.pop() {
            failed.iter().for_each(|error| output::complain(&error.to_string()));
            return Err(last);
        }
        let Self { files, texts, settings, of_file, versions, reads_manifests } = self;
        let (roots, anchor) = (texts.roots, texts.sources.anchor);
        let mut job = Self::new(files, settings, of_file, versions, reads_manifests, texts.rendered);
        job.texts.roots = roots;
        job.texts.sources.anchor = anchor;
        Ok((job, false))
    }
}
