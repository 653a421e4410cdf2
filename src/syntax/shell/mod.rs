//! Shell scripts: their commands with the place of every word, as POSIX shells and bash read them, as far as that can be told without
//! running them. Reading never fails. Loops, conditions, functions, subshells and command substitutions are flattened to the commands
//! in them; those of a substitution may stand before the command that it is a part of.

mod heredoc;
mod read;
mod word;

use crate::syntax::comments::{Comment, placed};
use crate::text::Span;

pub use read::{read, read_part};

/// What a text holds.
#[derive(Clone, Debug, Default)]
pub struct Script {
    pub commands: Vec<Command>,
    pub comments: Vec<Span>,
}

/// A simple command: what stands before it, its words, and what it reads.
#[derive(Clone, Debug, Default)]
pub struct Command {
    /// From its first assignment or word to the last one.
    pub span: Span,
    /// `NAME=value` in front of the words, or alone.
    pub assignments: Vec<Assignment>,
    pub words: Vec<Word>,
    /// The heredoc or here-string that it reads.
    pub input: Option<Text>,
    /// The file that its output goes to, by `>` or `>>`.
    pub output: Option<Word>,
    /// The command whose output it reads through `|`, by its place among the commands.
    pub piped_from: Option<usize>,
}

#[derive(Clone, Debug)]
pub struct Assignment {
    pub name: String,
    /// With the whole assignment as its place.
    pub value: Word,
}

/// A word as the command gets it. Parts that only a run can tell are kept as they are written: `$VAR`, `${VAR}`, `$(…)`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Word {
    pub span: Span,
    pub text: String,
    /// Where in `text` the first part begins that cannot be known.
    pub unknown: Option<usize>,
    /// What is between the quotes, where the whole word is one quoted text without escapes.
    pub quoted: Option<Span>,
}

/// A text that a command reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Text {
    /// Its lines, or what stands between the quotes.
    pub span: Span,
    /// Variables and command substitutions in it are replaced.
    pub expands: bool,
    /// Tabs at the start of its lines are taken off.
    pub strips_tabs: bool,
    /// The lines of a heredoc; `false` for a word.
    pub is_lines: bool,
}

impl Word {
    /// The text, if all of it is known.
    #[must_use]
    pub fn known(&self) -> Option<&str> {
        self.unknown.is_none().then_some(self.text.as_str())
    }

    /// What is known of the text's beginning.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.text.get(..self.unknown.unwrap_or(self.text.len())).unwrap_or("")
    }

    /// Whether a part of the text is known only when the script runs.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.unknown.is_some()
    }

    /// The two sides of the first `=`, if the left one is known; the right one `None` where it is not.
    #[must_use]
    pub fn key_value(&self) -> Option<(&str, Option<&str>)> {
        let at = self.prefix().find('=')?;
        let value = self.unknown.is_none().then(|| &self.text[at + 1..]);
        Some((&self.text[..at], value))
    }
}

/// The comments of a script, in its order.
#[must_use]
pub fn comments(text: &str) -> Vec<Comment> {
    let script = read(text);
    let first = script.commands.first().map(|command| command.span.start);
    placed(text, script.comments, vec![0], first.into_iter().collect())
}

#[cfg(test)]
mod tests;
