//! Where parsing goes on after an error.

use super::{Kind, Parser, is_word};

impl Parser<'_> {
    /// Whether the current token stands in the first column and may start a statement of a module.
    pub(super) fn at_line_of_module(&self) -> bool {
        self.pos < self.tokens.len() && starts_module_line(self.text, self.offset(self.pos), self.tokens[self.pos].kind)
    }

    /// Whether the current token starts a statement of the module although a bracket, which is never closed, is still open.
    pub(super) fn past_unclosed(&mut self) -> bool {
        if !self.newline || !self.at_line_of_module() {
            return false;
        }
        let Some(open) = self.open.last().copied() else { return false };
        self.close_of(open).is_none()
    }

    /// After a broken statement of a module: goes on to the next line that starts in the first column.
    pub(super) fn recover_statement(&mut self, start: usize) {
        self.open.clear();
        let node = self.start();
        let mut any = false;
        while !self.at(Kind::EndOfFile) && (self.pos == start || !self.at_line_of_module()) {
            self.skip_one();
            any = true;
            if self.previous_kind() == Kind::Semicolon && self.newline {
                break;
            }
        }
        if any {
            self.complete(node, Kind::Error);
        } else {
            self.depth -= 1;
        }
    }

    /// Takes one token, or all up to the closing bracket of an opening one.
    fn skip_one(&mut self) {
        let close = if matches!(self.current, Kind::LeftBrace | Kind::LeftBracket | Kind::LeftParen | Kind::TemplateStart) {
            self.close_of(self.pos)
        } else {
            None
        };
        self.bump();
        while close.is_some_and(|close| self.pos <= close) {
            self.bump();
        }
    }

    /// After a broken statement of a body, which started at `start` with `level` brackets open: goes on to the next statement,
    /// or to the `end` of the body; `None` where neither comes.
    pub(super) fn recover_literal(&mut self, start: usize, level: usize, end: Kind) -> Option<()> {
        if self.abort {
            return None;
        }
        // out of the outermost bracket that the statement opened
        let close = match self.open.get(level).copied() {
            Some(open) => self.close_of(open),
            None => None,
        };
        self.open.truncate(level);
        let body_closes = match self.open.last().copied() {
            Some(open) => self.close_of(open).is_some(),
            None => end == Kind::EndOfFile,
        };
        let node = self.start();
        let from = self.pos;
        while close.is_some_and(|close| self.pos <= close) && !self.at(Kind::EndOfFile) {
            self.bump();
        }
        let found = loop {
            if self.at(end) {
                break Some(());
            }
            if self.at(Kind::EndOfFile) || !body_closes && self.at_line_of_module() {
                break None;
            }
            if self.at(Kind::Semicolon) || self.newline && self.pos > start {
                break Some(());
            }
            self.skip_one();
        };
        if self.pos > from {
            self.complete(node, Kind::Error);
        } else {
            self.depth -= 1;
        }
        if found.is_some() && self.at(Kind::Semicolon) {
            self.bump();
        }
        found
    }
}

/// Whether a token of `kind` at `offset` stands in the first column and is a word.
pub(super) fn starts_module_line(text: &str, offset: u32, kind: Kind) -> bool {
    let first = offset == 0 || text.as_bytes()[offset as usize - 1] == b'\n';
    first && (kind == Kind::Ident || is_word(kind))
}
