//! Writing chains of `and` and `or`.

use super::{Printer, Stop, Written};
use crate::format::lowered::{ExprId, ExprKind, List, Logical, Operand};
use crate::format::place::{Bracket, Place};

impl Printer<'_, '_> {
    pub(super) fn logical(&mut self, index: u32) -> Written {
        let level = self.level;
        let written = self.logical_rows(index);
        self.level = level;
        written
    }

    fn logical_rows(&mut self, index: u32) -> Written {
        let (first, steps) = self.chain(index);
        self.logical_operand(&first)?;
        let mut indented = false;
        for step in &steps {
            self.write(if step.is_and { " and" } else { " or" });
            if step.breaks {
                if !indented {
                    self.level += 1;
                    indented = true;
                }
                self.end_line();
                self.start_line();
            } else {
                self.write(" ");
            }
            self.logical_operand(&step.operand)?;
        }
        Ok(())
    }

    fn logical_operand(&mut self, operand: &ChainOperand) -> Written {
        if operand.braces {
            return self.braced(operand.body, operand.brace);
        }
        let Some(id) = self.ast.list(operand.body).first() else { return Ok(()) };
        if operand.parens {
            self.write("(");
        }
        let written = self.uncovered(|this| this.statement(*id));
        if operand.parens {
            self.write(")");
        }
        match written {
            Err(Stop::Comment) if self.as_opa => Ok(()),
            written => written,
        }
    }

    /// The leading operand of a chain of `and` and `or`, and its steps.
    pub(super) fn chain(&self, index: u32) -> (ChainOperand, Vec<Step>) {
        let mut steps = Vec::new();
        let mut at = index;
        loop {
            let logical = self.ast.logicals[at as usize];
            let right = self.chain_operand(&logical, &logical.right, true);
            let inner = match (logical.left.brace, self.ast.list(logical.left.body)) {
                (None, [only]) => match self.ast.expr(*only).kind {
                    ExprKind::Logical(inner) if !self.operand_needs_parens(*only, logical.is_and, false) => Some(inner),
                    _ => None,
                },
                _ => None,
            };
            let left = self.chain_operand(&logical, &logical.left, false);
            let left_end = match (inner, left.braces) {
                (None, true) => self.closing_row(Bracket::Curly, left.brace).unwrap_or_else(|| self.body_end_row(logical.left.body)),
                _ => self.body_end_row(logical.left.body),
            };
            let start = if right.braces {
                Some(right.brace.row)
            } else {
                self.ast.list(right.body).first().map(|id| self.expr_place(self.ast.expr(*id)).row)
            };
            steps.push(Step { is_and: logical.is_and, breaks: start.is_some_and(|row| row > left_end), operand: right });
            match inner {
                Some(inner) => at = inner,
                None => {
                    steps.reverse();
                    return (left, steps);
                }
            }
        }
    }

    fn chain_operand(&self, logical: &Logical, operand: &Operand, is_right: bool) -> ChainOperand {
        let braces = operand.brace.is_some();
        let parens = match self.ast.list(operand.body) {
            [only] if !braces => self.operand_needs_parens(*only, logical.is_and, is_right),
            _ => false,
        };
        ChainOperand { body: operand.body, braces, parens, brace: operand.brace.unwrap_or_default() }
    }

    fn operand_needs_parens(&self, id: ExprId, in_and: bool, is_right: bool) -> bool {
        let expr = self.ast.expr(id);
        if expr.withs.len > 0 {
            return true;
        }
        match expr.kind {
            ExprKind::Logical(index) => {
                if self.ast.logicals[index as usize].is_and {
                    in_and && is_right
                } else {
                    in_and || is_right
                }
            }
            _ => self.starts_with_brace(expr),
        }
    }

    fn body_end_row(&self, body: List) -> u32 {
        self.ast.list(body).last().map_or(0, |id| {
            let place = self.expr_place(self.ast.expr(*id));
            place.row + self.ast.grid.breaks(place.text)
        })
    }
}

/// An operand of a chain, as it is written.
pub(super) struct ChainOperand {
    pub(super) body: List,
    pub(super) braces: bool,
    pub(super) parens: bool,
    brace: Place,
}

/// An operator of a chain and what follows it.
pub(super) struct Step {
    is_and: bool,
    /// The operand stands on a line of its own.
    breaks: bool,
    operand: ChainOperand,
}
