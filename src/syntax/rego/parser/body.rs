//! Bodies and the statements in them.

use super::{Completed, Kind, Parser, is_word};

impl Parser<'_> {
    /// `{` Literal … `}`; the current token is the brace.
    pub(super) fn block(&mut self) -> Option<Completed> {
        self.nested(|p| {
            let node = p.start();
            p.open_bracket();
            p.query(Kind::RightBrace)?;
            p.close_bracket();
            Some(p.complete(node, Kind::Body))
        })
    }

    /// The whole text as statements.
    pub(super) fn lone_query(&mut self) {
        let node = self.start();
        let depth = self.depth;
        // on failure the rest of the text is left, and taken into the root
        let _ = self.query(Kind::EndOfFile);
        self.depth = depth;
        self.complete(node, Kind::Body);
    }

    /// Statements up to `end`, which stays; at least one.
    pub(super) fn query(&mut self, end: Kind) -> Option<()> {
        if self.at(end) {
            self.unexpected("at least one statement", Some("write `true` for a body that always holds"));
            return Some(());
        }
        loop {
            if self.past_unclosed() {
                self.unclosed("", None);
                return None;
            }
            let (start, level) = (self.pos, self.open.len());
            if self.literal().is_none() {
                self.recover_literal(start, level, end)?;
                if self.at(end) {
                    return Some(());
                }
                continue;
            }
            if self.eat(Kind::Semicolon) {
                if self.at(end) && end != Kind::EndOfFile {
                    self.unexpected("a statement after `;`", Some("remove the `;`; it only separates statements"));
                    return Some(());
                }
                continue;
            }
            if self.at(end) {
                return Some(());
            }
            if !self.newline || self.at(Kind::EndOfFile) {
                self.unexpected_after_literal(end);
                self.recover_literal(start, level, end)?;
                if self.at(end) {
                    return Some(());
                }
            }
        }
    }

    /// One statement as a [`Kind::Literal`], complete even if broken.
    pub(super) fn literal(&mut self) -> Option<Completed> {
        self.nested(|p| {
            let node = p.start();
            let depth = p.depth;
            let result = p.literal_inner();
            p.depth = depth;
            let literal = p.complete(node, Kind::Literal);
            let after = result?;
            if matches!(p.current, Kind::AndKw | Kind::OrKw) && after != After::Nothing {
                return p.fold_logical(literal, after);
            }
            Some(literal)
        })
    }

    fn literal_inner(&mut self) -> Option<After> {
        if self.at(Kind::LeftBrace) && self.logical_active() && self.operand_body_ahead() {
            self.block()?;
            return Some(After::Operand);
        }
        if self.at(Kind::LeftParen) && self.logical_active() && self.group_ahead(false) {
            self.logical_group()?;
            return self.withs();
        }
        if self.at_keyword_ref() {
            self.current = Kind::Ident;
        } else if self.at(Kind::NotKw) {
            self.bump();
            if self.keywords.not && self.at(Kind::LeftBrace) {
                self.block()?;
                return self.withs();
            }
            if self.keywords.not && self.at(Kind::LeftParen) && self.group_ahead(true) {
                self.logical_group()?;
                return self.withs();
            }
            if matches!(self.current, Kind::SomeKw | Kind::EveryKw) {
                let help = if self.at(Kind::SomeKw) {
                    "put the search into a rule or a comprehension of its own and negate that"
                } else {
                    "put the `every` into a rule of its own and negate that"
                };
                self.unexpected("an expression after `not`", Some(help));
                return None;
            }
        } else if self.at(Kind::SomeKw) {
            return self.some();
        } else if self.at(Kind::EveryKw) || self.every_meant() {
            return self.every();
        }
        let braces = self.at(Kind::LeftBrace) && self.previous_kind() != Kind::NotKw;
        self.statement_expr()?;
        let after = self.withs()?;
        Some(if braces && after == After::Operand { After::Braces } else { after })
    }

    /// expr, or expr `=` expr, or expr `:=` expr
    pub(super) fn statement_expr(&mut self) -> Option<Completed> {
        let lhs = self.expr(true)?;
        if !matches!(self.current, Kind::Assign | Kind::Equal) {
            return Some(lhs);
        }
        let node = self.precede(lhs);
        self.assign_operator()?;
        self.expr(true)?;
        Some(self.complete(node, Kind::Infix))
    }

    /// Takes `:=` or `=`; what follows is a value, and no assignment of its own.
    pub(super) fn assign_operator(&mut self) -> Option<()> {
        self.bump();
        self.foreign_operator()?;
        if self.newline && self.at(Kind::Ident) && matches!(self.peek(), Kind::Assign | Kind::Equal) {
            let span = self.token_span(self.previous);
            let message = format!("found `{}` without an expression after it", self.token_text(self.previous));
            self.error(span, message, Some("write the expression, or remove what stands before it"));
            return None;
        }
        Some(())
    }

    pub(super) fn withs(&mut self) -> Option<After> {
        let mut after = After::Operand;
        while self.at(Kind::WithKw) {
            after = After::With;
            let node = self.start();
            self.bump();
            if !self.at(Kind::Ident) {
                self.unexpected("`input`, `data` or a function after `with`", None);
                return None;
            }
            let start = self.pos;
            let target = self.nested(Self::term)?;
            if !matches!(target.inner, Kind::Var | Kind::Ref) {
                self.unexpected_since(start, "a path after `with`", "name the document or function to replace, without arguments");
            }
            if !self.at(Kind::AsKw) {
                self.unexpected("`as`", Some("write `with target as value`"));
                return None;
            }
            self.bump();
            self.expr(true)?;
            self.complete(node, Kind::With);
        }
        Some(after)
    }

    fn some(&mut self) -> Option<After> {
        let node = self.start();
        self.bump();
        if self.names_ahead() {
            loop {
                if !self.at(Kind::Ident) {
                    self.unexpected("a variable", None);
                    return None;
                }
                self.var();
                if !self.eat(Kind::Comma) {
                    break;
                }
            }
            if self.tokens.get(self.pos).is_some_and(|token| token.kind == Kind::InKw)
                && !self.keywords.r#in
                && self.keyword_meant(Kind::InKw)
            {
                self.bump();
                self.relation()?;
                self.complete(node, Kind::SomeIn);
                self.withs()?;
                return Some(After::Nothing);
            }
            self.complete(node, Kind::SomeDecl);
            return Some(After::Nothing);
        }
        let value = matches!(self.current, Kind::NullKw | Kind::TrueKw | Kind::FalseKw | Kind::ContainsKw);
        if is_word(self.current) && !value && self.touching() != Kind::LeftParen {
            self.unexpected("a variable", Some("keywords cannot be variables"));
            return None;
        }
        let start = self.pos;
        let expr = self.expr(true)?;
        if expr.inner != Kind::Membership {
            self.unexpected_since(start, "variables after `some`", "write `some x`, `some x in xs` or `some k, v in xs`");
            return None;
        }
        if expr.kind == Kind::Membership {
            self.dissolve(expr);
        }
        self.complete(node, Kind::SomeIn);
        self.withs()?;
        Some(After::Nothing)
    }

    /// Whether `some` declares plain names: they are followed by nothing that makes an expression of them.
    fn names_ahead(&mut self) -> bool {
        let mut index = self.pos;
        let mut count = 0;
        loop {
            if self.resolve(index) != Kind::Ident {
                return false;
            }
            count += 1;
            let next = self.next_index(index);
            let kind = self.resolve(next);
            match kind {
                Kind::Comma => index = self.next_index(next),
                Kind::InKw => return count > 2 || self.touches_ref(next),
                Kind::Dot | Kind::LeftBracket | Kind::LeftParen => return next != index + 1,
                // an operator after several names is the first of a statement, unless `in` makes one expression of it all
                _ => return !super::expr::is_infix(kind) || count > 2 || count == 2 && !self.member_from(index),
            }
        }
    }

    fn every(&mut self) -> Option<After> {
        let node = self.start();
        self.bump();
        self.every_variable()?;
        if self.eat(Kind::Comma) {
            self.every_variable()?;
        } else if self.at(Kind::InKw) && self.at_keyword_ref() {
            // to opa a reference that starts at `in`
            self.unexpected("`in` and a blank", Some("write a blank after `in`"));
            return None;
        }
        if !self.at(Kind::InKw) {
            self.unexpected("`in`", Some("write `every x in xs { … }` or `every k, v in xs { … }`"));
            return None;
        }
        self.bump();
        self.relation()?;
        if !self.at(Kind::LeftBrace) {
            self.unexpected("`{` and the body of `every`", Some("write `every x in xs { … }`"));
            return None;
        }
        self.block()?;
        self.complete(node, Kind::Every);
        self.withs()?;
        Some(After::Nothing)
    }

    /// Whether `every`, being off, stands before a variable on the same line.
    fn every_meant(&mut self) -> bool {
        if self.keywords.every || !self.at(Kind::Ident) || self.tokens[self.pos].kind != Kind::EveryKw {
            return false;
        }
        let next = self.next_index(self.pos);
        let same_line = self.tokens[self.pos..next].iter().all(|token| token.kind != Kind::Newline);
        if !same_line || self.resolve(next) != Kind::Ident || next == self.pos + 1 {
            return false;
        }
        // the line break before the statement says nothing here
        self.newline = false;
        self.keyword_meant(Kind::EveryKw)
    }

    fn every_variable(&mut self) -> Option<()> {
        let start = self.pos;
        let root = matches!(self.token_text(self.pos), "input" | "data");
        let variable = self.relation()?;
        if variable.inner != Kind::Var || root {
            self.unexpected_since(start, "a variable after `every`", "write `every x in xs { … }` or `every k, v in xs { … }`");
        }
        Some(())
    }

    /// A lone statement as a body.
    pub(super) fn lone_body(&mut self) -> Option<Completed> {
        let node = self.start();
        let result = self.literal();
        let body = self.complete(node, Kind::Body);
        result.map(|_| body)
    }
}

/// What a statement ended with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum After {
    /// `some` and `every`: no operand of `and` and `or`.
    Nothing,
    Operand,
    /// An operand whose value starts with a brace, which is none.
    Braces,
    With,
}
