//! Where parsing goes on after an error.

use super::{Kind, Parser};

impl Parser<'_> {
    /// Whether the current token stands in the first column and may start a statement of a module.
    fn at_line_of_module(&self) -> bool {
        let offset = self.offset(self.pos) as usize;
        let first = offset == 0 || self.text.as_bytes()[offset - 1] == b'\n';
        first && (matches!(self.tokens.get(self.pos).map(|token| token.kind), Some(kind) if kind == Kind::Ident || super::is_word(kind)))
    }

    /// After a broken statement of a module: goes on to the next line that starts in the first column.
    pub(super) fn recover_statement(&mut self, start: usize) {
        let node = self.start();
        let mut any = false;
        while !self.at(Kind::EndOfFile) && (self.pos == start || !self.at_line_of_module()) {
            self.bump();
            any = true;
        }
        if any {
            self.complete(node, Kind::Error);
        } else {
            self.depth -= 1;
        }
    }

    /// After a broken statement of a body: goes on to the next one, or to the `end` of the body; `None` where neither comes.
    pub(super) fn recover_literal(&mut self, end: Kind) -> Option<()> {
        if self.abort {
            return None;
        }
        let node = self.start();
        let mut any = false;
        let mut open = 0_u32;
        let found = loop {
            if self.at(Kind::EndOfFile) || self.at_line_of_module() {
                break None;
            }
            match self.current {
                kind if open == 0 && kind == end => break Some(()),
                _ if open == 0 && any && self.newline => break Some(()),
                Kind::Semicolon if open == 0 => break Some(()),
                Kind::LeftBrace | Kind::LeftBracket | Kind::LeftParen => open += 1,
                Kind::RightBrace | Kind::RightBracket | Kind::RightParen => open = open.saturating_sub(1),
                _ => {}
            }
            self.bump();
            any = true;
        };
        if any {
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
