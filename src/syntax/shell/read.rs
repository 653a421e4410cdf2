//! Text → commands.

use super::heredoc::Pending;
use super::word::WordReader;
use super::{Assignment, Command, Script, Text, Word};
use crate::text::Span;

/// Substitutions inside one another are read so far.
pub(super) const MAX_DEPTH: usize = 32;

/// Reads a script.
#[must_use]
pub fn read(text: &str) -> Script {
    read_part(text, Span::new(0, offset(text.len())))
}

/// Reads a part of a text as a script of its own; places are those of the text.
#[must_use]
pub fn read_part(text: &str, part: Span) -> Script {
    if text.get(part.range()).is_none() {
        return Script::default();
    }
    let mut reader = Reader {
        text,
        at: part.start as usize,
        end: part.end as usize,
        script: Script::default(),
        current: None,
        piped_from: None,
        pending: Vec::new(),
        depth: 0,
    };
    reader.commands(None);
    reader.script
}

pub(super) struct Reader<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    pub(super) end: usize,
    script: Script,
    /// The command that is being read.
    current: Option<usize>,
    /// The command before a `|`.
    piped_from: Option<usize>,
    pending: Vec<Pending>,
    pub(super) depth: usize,
}

/// Words that begin or end a compound command: what follows is a command.
const KEYWORDS: [&str; 15] = ["if", "then", "else", "elif", "fi", "do", "done", "while", "until", "!", "{", "}", "time", "esac", "coproc"];

impl Reader<'_> {
    pub(super) fn byte(&self, ahead: usize) -> Option<u8> {
        let at = self.at + ahead;
        if at < self.end { self.text.as_bytes().get(at).copied() } else { None }
    }

    /// Reads commands up to `close`, an unmatched `)`, which is taken; or to the end.
    fn commands(&mut self, close: Option<u8>) {
        let (mut parentheses, mut cases) = (0_usize, 0_usize);
        while let Some(byte) = self.byte(0) {
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\\' if self.byte(1) == Some(b'\n') => self.at += 2,
                b'\\' if self.byte(1) == Some(b'\r') && self.byte(2) == Some(b'\n') => self.at += 3,
                b'\n' => {
                    self.at += 1;
                    // `|` and `&&` at the end of a line go on with the next one
                    let piped = self.piped_from.filter(|_| self.current.is_none());
                    self.finish();
                    self.piped_from = piped;
                    self.heredocs();
                }
                b'#' => self.comment(),
                b';' => {
                    self.at += 1;
                    self.finish();
                }
                b'&' if self.byte(1) == Some(b'>') => self.redirect(),
                b'&' => {
                    self.at += if self.byte(1) == Some(b'&') { 2 } else { 1 };
                    self.finish();
                }
                b'|' => {
                    let piped = self.byte(1) != Some(b'|');
                    self.at += if matches!(self.byte(1), Some(b'|' | b'&')) { 2 } else { 1 };
                    let from = self.current;
                    self.finish();
                    self.piped_from = from.filter(|_| piped);
                }
                b'(' => {
                    self.at += 1;
                    self.function();
                    self.finish();
                    parentheses += 1;
                }
                b')' => {
                    self.at += 1;
                    self.finish();
                    if parentheses > 0 {
                        parentheses -= 1;
                    } else if close == Some(b')') && cases == 0 {
                        return;
                    }
                }
                b'<' | b'>' if self.byte(1) == Some(b'(') => {
                    // a process substitution is a word that only a run can tell
                    let start = self.at;
                    self.at += 2;
                    self.substitution();
                    let text = self.text[start..self.at].to_owned();
                    self.push(Word { span: span(start, self.at), text, unknown: Some(0), quoted: None });
                }
                b'<' | b'>' => self.redirect(),
                _ => {
                    let start = self.at;
                    let word = WordReader::read(self);
                    if self.at == start {
                        // nothing that begins a word
                        self.at += 1;
                        continue;
                    }
                    let is_descriptor =
                        matches!(self.byte(0), Some(b'<' | b'>')) && !word.text.is_empty() && word.text.bytes().all(|b| b.is_ascii_digit());
                    if is_descriptor {
                        continue;
                    }
                    let starts = self.starts_command();
                    let plain = self.text.get(word.span.range()).unwrap_or("");
                    match plain {
                        "case" if starts => cases += 1,
                        "esac" if starts => cases = cases.saturating_sub(1),
                        _ => {}
                    }
                    if plain == "{" && self.names_function() {
                        self.finish();
                    } else if !(starts && KEYWORDS.contains(&plain)) {
                        self.push(word);
                    }
                }
            }
        }
        self.finish();
        self.heredocs();
    }

    /// Whether the next word is the first of its command.
    fn starts_command(&self) -> bool {
        self.current.is_none_or(|at| self.script.commands[at].words.is_empty() && self.script.commands[at].assignments.is_empty())
    }

    /// The command that is being read; a new one where there is none.
    fn command(&mut self, at: usize) -> (usize, &mut Command) {
        let place = match self.current {
            Some(place) => place,
            None => {
                let start = offset(at);
                let piped_from = self.piped_from.take();
                self.script.commands.push(Command { span: Span::at(start), piped_from, ..Command::default() });
                self.current = Some(self.script.commands.len() - 1);
                self.script.commands.len() - 1
            }
        };
        (place, &mut self.script.commands[place])
    }

    fn push(&mut self, word: Word) {
        let (_, command) = self.command(word.span.start as usize);
        command.span.end = command.span.end.max(word.span.end);
        if command.words.is_empty()
            && let Some(assignment) = assignment(&word)
        {
            command.assignments.push(assignment);
            return;
        }
        command.words.push(word);
    }

    fn finish(&mut self) {
        self.current = None;
        self.piped_from = None;
    }

    /// Behind `(`: `name()` names a function and is no command.
    fn function(&mut self) {
        let Some(place) = self.current else { return };
        if self.byte(0) == Some(b')') && self.script.commands[place].words.len() == 1 {
            self.script.commands[place].words.clear();
        }
    }

    /// Whether what was read of the command is `function name`.
    fn names_function(&self) -> bool {
        let Some(place) = self.current else { return false };
        matches!(&self.script.commands[place].words[..], [first, _] if first.text == "function")
    }

    fn comment(&mut self) {
        let line = memchr::memchr(b'\n', &self.text.as_bytes()[self.at..self.end]).map_or(self.end, |length| self.at + length);
        let written = self.text[self.at..line].trim_end();
        self.script.comments.push(span(self.at, self.at + written.len()));
        self.at = line;
    }

    /// The lines of the heredocs that were announced on the line before.
    fn heredocs(&mut self) {
        for pending in std::mem::take(&mut self.pending) {
            let (text, next) = pending.lines(self.text, self.at, self.end);
            self.script.commands[pending.command].input = Some(text);
            self.at = next;
        }
    }

    /// A redirection, from its operator on.
    fn redirect(&mut self) {
        let start = self.at;
        while matches!(self.byte(0), Some(b'<' | b'>' | b'&' | b'|')) && self.at < start + 3 {
            self.at += 1;
        }
        let operator = &self.text[start..self.at];
        let strips_tabs = operator == "<<" && self.byte(0) == Some(b'-');
        if strips_tabs {
            self.at += 1;
        }
        while matches!(self.byte(0), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        let (operator, from) = (operator.to_owned(), self.at);
        let target = match self.byte(0) {
            None | Some(b'\n' | b'\r' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')') => return,
            Some(_) => WordReader::read(self),
        };
        let (place, command) = self.command(start);
        match operator.as_str() {
            "<<" => {
                let written = self.text.get(from..self.at).unwrap_or("");
                let expands = !written.contains(['\'', '"', '\\']);
                let delimiter = if expands { written.to_owned() } else { target.text };
                self.pending.push(Pending { command: place, delimiter, strips_tabs, expands });
            }
            "<<<" => {
                let span = target.quoted.unwrap_or(target.span);
                command.input = Some(Text { span, expands: target.is_unknown(), strips_tabs: false, is_lines: false });
            }
            ">" | ">>" | ">|" | "&>" => command.output = Some(target),
            _ => {}
        }
    }

    /// Behind `$(`: its commands, up to and with the closing parenthesis.
    pub(super) fn substitution(&mut self) {
        let (current, piped_from) = (self.current.take(), self.piped_from.take());
        self.depth += 1;
        self.commands(Some(b')'));
        self.depth -= 1;
        (self.current, self.piped_from) = (current, piped_from);
    }

    /// The commands between backticks, from `start` to `end`; goes on behind the closing one.
    pub(super) fn backticks(&mut self, start: usize, end: usize) {
        let (current, piped_from, outer) = (self.current.take(), self.piped_from.take(), self.end);
        let pending = std::mem::take(&mut self.pending);
        self.depth += 1;
        (self.at, self.end) = (start, end);
        self.commands(None);
        self.depth -= 1;
        (self.current, self.piped_from, self.pending) = (current, piped_from, pending);
        (self.at, self.end) = (end + 1, outer);
    }
}

/// `NAME=value` or `NAME+=value`.
fn assignment(word: &Word) -> Option<Assignment> {
    let prefix = word.prefix();
    let at = prefix.find('=')?;
    let name = prefix[..at].strip_suffix('+').unwrap_or(&prefix[..at]);
    let is_name = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name.then(|| {
        let value = Word {
            span: word.span,
            text: word.text[at + 1..].to_owned(),
            unknown: word.unknown.map(|unknown| unknown - at - 1),
            quoted: word.quoted,
        };
        Assignment { name: name.to_owned(), value }
    })
}

pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

pub(super) fn span(start: usize, end: usize) -> Span {
    Span::new(offset(start), offset(end))
}
