//! Writing bodies and statements.

use super::{Printer, Stop, Written};
use crate::format::lowered::{Expr, ExprId, ExprKind, List, TermId, Value, With};
use crate::format::place::{Bracket, Place};
use crate::text::Span;

impl Printer<'_, '_> {
    /// Writes the statements of a body, one a line, keeping one blank line where the source has some.
    pub(super) fn body(&mut self, body: List) -> Written {
        self.uncovered(|this| this.statements_of(body))
    }

    /// Writes what is copied by itself, not with the terms around it.
    pub(super) fn uncovered(&mut self, write: impl FnOnce(&mut Self) -> Written) -> Written {
        let covered = std::mem::take(&mut self.covered);
        let written = write(self);
        self.covered = covered;
        written
    }

    fn statements_of(&mut self, body: List) -> Written {
        let ids = self.ast.list(body);
        let Some(first) = ids.first() else { return Ok(()) };
        self.take_comments(self.expr_place(self.ast.expr(*first)).row)?;
        for (at, id) in ids.iter().enumerate() {
            if at > 0 {
                let previous = self.expr_place(self.ast.expr(ids[at - 1]));
                let last = previous.row + self.ast.grid.breaks(previous.text);
                if self.expr_place(self.ast.expr(*id)).row > last + 1 {
                    self.blank_line();
                }
            }
            self.start_line();
            if self.as_opa {
                match self.statement(*id) {
                    Ok(()) | Err(Stop::Comment) => {}
                    stopped => stopped?,
                }
                self.end_line();
                continue;
            }
            self.take_comments(self.expr_place(self.ast.expr(*id)).row)?;
            if !self.inline {
                self.start_line();
            }
            let mark = self.mark();
            self.statement(*id)?;
            if at > 0 && self.first_written(mark).starts_with('-') && self.may_go_on(self.ast.expr(ids[at - 1])) {
                self.go_back(mark);
                self.guard_leading_sign(*id);
                self.statement(*id)?;
            }
            self.take_trailing_comment(self.ast.expr(*id).place.text.end);
            self.end_line();
        }
        Ok(())
    }

    /// Writes a statement. One that has no place for a comment outside its terms is copied from the source.
    pub(super) fn statement(&mut self, id: ExprId) -> Written {
        let expr = *self.ast.expr(id);
        let parens = self.paren_expr == Some(id);
        if parens {
            self.paren_expr = None;
        }
        let mark = self.mark();
        match self.whole_statement(&expr, parens) {
            Err(Stop::Comment) if self.covered == 0 && !self.as_opa => self.copy_instead(mark, expr.place.text),
            written => written,
        }
    }

    fn whole_statement(&mut self, expr: &Expr, parens: bool) -> Written {
        self.take_comments(self.expr_place(expr).row)?;
        if !self.inline {
            self.start_line();
        }
        if expr.negated {
            self.write("not ");
        }
        if parens {
            self.write("(");
        }
        match expr.kind {
            ExprKind::Some { symbols, row } => self.some(symbols, row).map_err(|stop| self.lose(stop))?,
            ExprKind::Every { terms, body, row } => self.every(expr, terms, body, row).map_err(|stop| self.lose(stop))?,
            ExprKind::Not { body, braces } => self.not(expr, body, braces).map_err(|stop| self.lose(stop))?,
            ExprKind::Logical(index) => self.logical(index).map_err(|stop| self.lose(stop))?,
            ExprKind::Call(call) => self.call_statement(call)?,
            ExprKind::Term(id) => self.term(id)?,
        }
        if parens {
            self.write(")");
        }
        self.withs(expr)
    }

    /// Writes the `with`s: on the line, as long as they stand on the row where the statement ends, then a line for each row.
    fn withs(&mut self, expr: &Expr) -> Written {
        let level = self.level;
        let written = self.with_rows(expr);
        self.level = level;
        written
    }

    fn with_rows(&mut self, expr: &Expr) -> Written {
        let mut withs = self.ast.withs(expr);
        let Some(first) = withs.first() else { return Ok(()) };
        let mut last = self.terms_end_row(expr, first);
        let row = self.with_place(first).row;
        if row == last {
            self.with(first, false)?;
            last = row;
            withs = &withs[1..];
        }
        let mut indented = false;
        for with in withs {
            let row = self.with_place(with).row;
            let own_line = row > last;
            if own_line {
                if !indented {
                    self.level += 1;
                    indented = true;
                }
                self.end_line();
                self.start_line();
                last = row;
            }
            self.with(with, own_line)?;
        }
        Ok(())
    }

    /// The row on which a statement ends without its `with`s.
    fn terms_end_row(&self, expr: &Expr, first: &With) -> u32 {
        let place = self.expr_place(expr);
        let mut text = place.text;
        let with = self.with_place(first).at;
        if with > place.at && with <= text.end {
            text.end = with;
        }
        let trimmed = self.ast.slice(text).trim_end_matches([' ', '\t', '\r', '\n']).len() as u32;
        place.row + self.ast.grid.breaks(Span::new(text.start, text.start + trimmed))
    }

    fn with(&mut self, with: &With, own_line: bool) -> Written {
        self.take_comments(self.with_place(with).row).map_err(|stop| self.lose(stop))?;
        if !self.inline && !self.as_opa {
            self.start_line();
        } else if !own_line {
            self.write(" ");
        }
        self.write("with ");
        self.term(with.target).map_err(|stop| self.lose(stop))?;
        self.write(" as ");
        match self.term_or_source(with.value, None) {
            Err(Stop::Comment) if self.as_opa => Ok(()),
            written => written.map(|_| ()),
        }
    }

    fn some(&mut self, symbols: List, row: u32) -> Written {
        self.take_comments(self.pin.map_or(row, |pin| pin.row))?;
        self.write("some ");
        let symbols = self.ast.list(symbols);
        let mut row = self.pin.map_or(row, |pin| pin.row);
        for (at, id) in symbols.iter().enumerate() {
            let term = *self.ast.term(*id);
            if let Value::Call(call) = term.value {
                let Some(op) = self.ast.operator(call) else { continue };
                self.membership(false, &self.ast.list(call)[1..], op, term.place)?;
                continue;
            }
            let term_row = self.term_place(&term).row;
            if term_row > row {
                self.end_line();
                self.start_line();
                self.write("\t");
                row = term_row;
            } else if at > 0 {
                self.write(" ");
            }
            self.term(*id)?;
            if at + 1 < symbols.len() {
                self.write(",");
            }
        }
        Ok(())
    }

    fn every(&mut self, expr: &Expr, terms: List, body: List, row: u32) -> Written {
        let place = self.expr_place(expr);
        self.take_comments(place.row)?;
        self.write("every ");
        let [variables @ .., domain] = self.ast.list(terms) else { return Ok(()) };
        for (at, variable) in variables.iter().enumerate() {
            if at > 0 {
                self.write(", ");
            }
            self.term(*variable)?;
        }
        self.write(" in ");
        self.guarded_term(*domain)?;
        self.write(" {");
        self.braced_body(body, place)?;
        let row = self.pin.map_or(row, |pin| pin.row);
        let ids = self.ast.list(body);
        if let [only] = ids
            && self.expr_place(self.ast.expr(*only)).row == row
        {
            self.write(" ");
        }
        self.write("}");
        Ok(())
    }

    fn not(&mut self, expr: &Expr, body: List, braces: bool) -> Written {
        let place = self.expr_place(expr);
        self.take_comments(place.row)?;
        self.write("not ");
        let ids = self.ast.list(body);
        let [first, ..] = *ids else { return Ok(()) };
        if braces || ids.len() > 1 {
            return self.braced(body, place);
        }
        let parens = self.needs_parens_after_not(first);
        if parens {
            self.write("(");
        }
        // it has the place of the whole, which is copied if need be
        let inner = *self.ast.expr(first);
        match self.whole_statement(&inner, false) {
            Err(Stop::Comment) if self.as_opa => {}
            written => written?,
        }
        if parens {
            self.write(")");
        }
        Ok(())
    }

    /// Writes a body in braces, on one line where it stands on the row of `place`.
    pub(super) fn braced(&mut self, body: List, place: Place) -> Written {
        let ids = self.ast.list(body);
        let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return Ok(()) };
        // a union would open a comprehension
        if self.is_union_statement(self.ast.expr(*first)) {
            self.paren_expr = Some(*first);
        }
        self.write("{");
        self.braced_body(body, place)?;
        if self.expr_place(self.ast.expr(*last)).row == place.row {
            self.write(" ");
        }
        self.write("}");
        Ok(())
    }

    /// Writes a body up to its closing brace.
    fn braced_body(&mut self, body: List, place: Place) -> Written {
        match self.uncovered(|this| this.inner_body(Bracket::Curly, body, place, place)) {
            Err(Stop::Comment) if self.as_opa => Ok(()),
            written => written,
        }
    }

    fn call_statement(&mut self, call: List) -> Written {
        let terms = self.ast.list(call);
        let Some(op) = self.ast.operator(call) else { return self.plain_call(call) };
        let place = self.term_place(self.ast.term(terms[0]));
        if op.is_membership() {
            return self.membership(false, &terms[1..], op, place);
        }
        match *terms {
            [_, left, right] if self.as_opa => {
                self.term(left).map_err(|stop| self.lose(stop))?;
                self.infix(op);
                self.term(right)
            }
            [_, left, right, result] if self.as_opa && !op.is_equation() => {
                self.term(result).map_err(|stop| self.lose(stop))?;
                self.write(" = ");
                self.term(left).map_err(|stop| self.lose(stop))?;
                self.infix(op);
                self.term(right).map_err(|stop| self.lose(stop))
            }
            [_, left, right] => {
                self.statement_operand(op, left, false)?;
                self.infix(op);
                self.statement_operand(op, right, true)
            }
            [_, left, right, result] if !op.is_equation() => {
                self.term(result)?;
                self.write(" = ");
                self.inner_term(left)?;
                self.infix(op);
                self.inner_term(right)
            }
            _ => Err(self.arity(op, place)),
        }
    }

    /// Whether a statement is a set union.
    pub(super) fn is_union_statement(&self, expr: &Expr) -> bool {
        matches!(expr.kind, ExprKind::Call(call) if call.len == 3 && self.ast.operator(call) == Some(crate::format::lowered::Op::Or))
    }

    /// The operand that a statement is written first, for operators.
    fn first_operand(&self, call: List) -> Option<TermId> {
        let op = self.ast.operator(call)?;
        let terms = self.ast.list(call);
        match terms.len() as u32 - 1 {
            count if count == op.arity() => Some(terms[1]),
            count if count == op.arity() + 1 => terms.last().copied(),
            _ => None,
        }
    }

    /// Whether a minus after a statement would be part of it, line break or not.
    fn may_go_on(&self, expr: &Expr) -> bool {
        let ends = matches!(expr.kind, ExprKind::Every { .. } | ExprKind::Not { braces: true, .. });
        !ends || expr.withs.len > 0
    }

    /// Puts a negative number that a statement starts with in parentheses: the statement before it would go on with a minus.
    fn guard_leading_sign(&mut self, id: ExprId) {
        let expr = self.ast.expr(id);
        let lead = match expr.kind {
            _ if expr.negated => None,
            ExprKind::Term(id) => Some(id),
            ExprKind::Call(call) => self.first_operand(call),
            _ => None,
        };
        self.paren_number = lead.and_then(|id| self.leading_number(id));
    }

    /// The negative number that a term is written first.
    fn leading_number(&self, mut id: TermId) -> Option<TermId> {
        loop {
            match self.ast.term(id).value {
                Value::Number { negative: true, .. } => return Some(id),
                Value::Call(call) if self.ast.operator_of(id).is_some() => id = self.first_operand(call)?,
                _ => return None,
            }
        }
    }

    /// Puts the set union that a body starts with in parentheses: after `{` it would read as a comprehension.
    pub(super) fn guard_leading_union(&mut self, id: ExprId) {
        let expr = *self.ast.expr(id);
        if expr.negated {
            return;
        }
        match expr.kind {
            ExprKind::Logical(index) => {
                let (first, _) = self.chain(index);
                if !first.braces
                    && !first.parens
                    && let Some(id) = self.ast.list(first.body).first()
                {
                    self.guard_leading_union(*id);
                }
            }
            _ if self.is_union_statement(&expr) => self.paren_expr = Some(id),
            ExprKind::Call(call) => self.paren_term = self.first_operand(call).filter(|lead| self.ast.is_union(*lead)),
            _ => {}
        }
    }

    pub(super) fn starts_with_brace(&self, expr: &Expr) -> bool {
        match expr.kind {
            ExprKind::Term(id) => self.term_starts_with_brace(id),
            ExprKind::Call(call) => self.first_operand(call).is_some_and(|lead| self.term_starts_with_brace(lead)),
            ExprKind::Logical(index) => {
                let (first, _) = self.chain(index);
                let bare = |id: &ExprId| self.starts_with_brace(self.ast.expr(*id));
                first.braces || !first.parens && self.ast.list(first.body).first().is_some_and(bare)
            }
            _ => false,
        }
    }

    fn term_starts_with_brace(&self, id: TermId) -> bool {
        self.ast.starts_with_brace(id, true)
    }

    fn needs_parens_after_not(&self, id: ExprId) -> bool {
        let expr = self.ast.expr(id);
        expr.withs.len > 0 || matches!(expr.kind, ExprKind::Logical(_) | ExprKind::Not { .. }) || self.starts_with_brace(expr)
    }
}
