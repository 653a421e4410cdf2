//! Writing template strings.

use super::{Printer, Written};
use crate::format::compact::push_number;
use crate::format::literal_text::{push_as_template_text, push_template_text};
use crate::format::lowered::{List, Part, TermId, Value};
use crate::format::order::string_of;

impl Printer<'_, '_> {
    /// Writes a template string; its text as it was, its expressions formatted.
    pub(super) fn template(&mut self, parts: List, multi_line: bool) -> Written {
        let quote = if multi_line { "`" } else { "\"" };
        self.write("$");
        self.write(quote);
        let parts = self.ast.parts(parts);
        for (index, part) in parts.iter().enumerate() {
            match *part {
                Part::Text { text, .. } => push_template_text(self.ast.slice(text), multi_line, &mut self.out),
                Part::Scalar(id) => self.template_scalar(id, multi_line)?,
                Part::Expr(id) => {
                    self.write("{");
                    self.level += 1;
                    let row = self.expr_place(self.ast.expr(id)).row;
                    if self.waiting.is_some() {
                        self.end_line();
                        self.start_line();
                    } else if self.peek_row().is_some_and(|next| next < row) {
                        self.write(" ");
                        self.inline = true;
                        self.write_comments_before(row)?;
                    }
                    self.statement(id)?;
                    if let Some(next) = parts.get(index + 1) {
                        let row = self.part_row(*next);
                        if self.peek_row().is_some_and(|next| next < row) {
                            self.end_line();
                            self.write_comments_before(row)?;
                            self.start_line();
                        }
                    }
                    self.write("}");
                    self.level -= 1;
                }
            }
        }
        self.write(quote);
        Ok(())
    }

    fn part_row(&self, part: Part) -> u32 {
        match part {
            Part::Text { row, .. } => self.pin.map_or(row, |pin| pin.row),
            Part::Scalar(id) => self.term_place(self.ast.term(id)).row,
            Part::Expr(id) => self.expr_place(self.ast.expr(id)).row,
        }
    }

    /// A scalar in a template becomes text.
    fn template_scalar(&mut self, id: TermId, multi_line: bool) -> Written {
        let value = self.ast.term(id).value;
        match value {
            Value::String(span) => {
                if !push_as_template_text(&string_of(self.ast, value), multi_line, &mut self.out) {
                    self.write("{");
                    self.write_source(span);
                    self.write("}");
                }
            }
            Value::True => self.write("true"),
            Value::False => self.write("false"),
            Value::Null => self.write("null"),
            _ => push_number(self.ast, value, &mut self.out),
        }
        Ok(())
    }
}
