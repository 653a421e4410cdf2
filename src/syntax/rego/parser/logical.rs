//! `and`, `or`, and groups in parentheses, where `future.keywords` turns them on.

use super::body::After;
use super::{Completed, Kind, Marker, Parser};

impl Parser<'_> {
    pub(super) fn logical_active(&self) -> bool {
        self.keywords.and || self.keywords.or
    }

    /// The rest of a chain after its first operand, and the `with` of the whole; gives the literal that holds all.
    pub(super) fn fold_logical(&mut self, first: Completed, after: After) -> Option<Completed> {
        match after {
            After::With => {
                let help = "put the operand into parentheses, or move `with` to the end, where it applies to all operands";
                self.unexpected("the end of the statement after `with`", Some(help));
                return None;
            }
            After::Braces => {
                let help = "put parentheses round the operand to keep the value; braces alone are a body here";
                self.unexpected("the end of the statement after a value that starts with `{`", Some(help));
                return None;
            }
            After::Nothing | After::Operand => {}
        }
        let chain = self.or_chain(first)?;
        let literal = self.reopen(chain);
        self.withs()?;
        Some(self.complete(literal, Kind::Literal))
    }

    /// Opens the node completed last once more.
    fn reopen(&mut self, node: Completed) -> Marker {
        self.dissolve(node);
        self.depth += 1;
        Marker(node.start)
    }

    /// `or` binds looser than `and`.
    fn or_chain(&mut self, mut lhs: Completed) -> Option<Completed> {
        lhs = self.and_chain(lhs)?;
        while self.at(Kind::OrKw) {
            let node = self.precede(lhs);
            self.bump();
            self.nested(|p| {
                let rhs = p.operand_literal()?;
                p.and_chain(rhs)
            })?;
            lhs = self.link(node)?;
        }
        Some(lhs)
    }

    fn and_chain(&mut self, mut lhs: Completed) -> Option<Completed> {
        while self.at(Kind::AndKw) {
            let node = self.precede(lhs);
            self.bump();
            self.operand_literal()?;
            lhs = self.link(node)?;
        }
        Some(lhs)
    }

    /// Completes a link of a chain as a literal, so that it can be an operand itself.
    fn link(&mut self, node: Marker) -> Option<Completed> {
        let logical = self.complete(node, Kind::Logical);
        let literal = self.precede(logical);
        let literal = self.complete(literal, Kind::Literal);
        self.check_depth()?;
        Some(literal)
    }

    /// An operand of `and`, `or` or a group.
    fn operand_literal(&mut self) -> Option<Completed> {
        self.nested(|p| {
            let node = p.start();
            let negated = p.at(Kind::NotKw) && !p.at_keyword_ref();
            if negated {
                p.bump();
            }
            if p.at(Kind::LeftBrace) && (!negated || p.keywords.not) {
                p.block()?;
            } else if p.at(Kind::LeftParen) && p.logical_active() && (!negated || p.keywords.not) && p.group_ahead(true) {
                p.logical_group()?;
            } else {
                p.statement_expr()?;
            }
            Some(p.complete(node, Kind::Literal))
        })
    }

    /// `(` Literal `)`; the current token is the parenthesis, and [`Parser::group_ahead`] has said yes.
    pub(super) fn logical_group(&mut self) -> Option<Completed> {
        self.nested(|p| {
            let node = p.start();
            p.open_bracket();
            let mut literal = p.operand_literal()?;
            if p.at(Kind::WithKw) {
                let open = p.reopen(literal);
                p.withs()?;
                literal = p.complete(open, Kind::Literal);
                if matches!(p.current, Kind::AndKw | Kind::OrKw) {
                    return p.fold_logical(literal, After::With);
                }
            } else if matches!(p.current, Kind::AndKw | Kind::OrKw) {
                p.fold_logical(literal, After::Operand)?;
            }
            if !p.at(Kind::RightParen) {
                p.unclosed("`)` at the end of the group", None);
                return None;
            }
            p.close_bracket();
            Some(p.complete(node, Kind::Paren))
        })
    }
}
