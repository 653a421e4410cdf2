//! Writing terms.

use std::borrow::Cow;

use super::lists::Items;
use super::{Printer, Stop, Written};
use crate::format::Refusal;
use crate::format::compact::{push_number, push_quoted};
use crate::format::literal_text::is_name;
use crate::format::lowered::{List, Lowered, Op, Term, TermId, Value};
use crate::format::order::string_of;
use crate::format::place::{Bracket, Place};

impl<'a> Printer<'a, '_> {
    /// Writes a term; where a comment finds no place in it, its source. Then terms around it are copied as well, and this stops.
    pub(super) fn term(&mut self, id: TermId) -> Written {
        self.term_at(id, None)
    }

    /// [`Self::term`] with a place other than its own.
    pub(super) fn term_at(&mut self, id: TermId, place: Option<Place>) -> Written {
        if self.term_or_source(id, place)? && self.covered > 0 {
            return Err(Stop::Comment);
        }
        Ok(())
    }

    /// Writes a term or its source; whether it was the source.
    pub(super) fn term_or_source(&mut self, id: TermId, place: Option<Place>) -> Result<bool, Stop> {
        if !self.has_comments() {
            return self.operand_at(false, id, place).map(|()| false);
        }
        let mark = self.mark();
        let covered = self.covered;
        self.covered += 1;
        let written = self.operand_at(false, id, place);
        self.covered = covered;
        match written {
            Ok(()) => Ok(false),
            Err(Stop::Comment) if self.as_opa => {
                self.copy_as_opa(mark, place.unwrap_or(self.term_place(self.ast.term(id))))?;
                Err(Stop::Comment)
            }
            Err(Stop::Comment) => {
                self.copy_instead(mark, self.ast.source_of(id))?;
                Ok(true)
            }
            Err(stop) => Err(stop),
        }
    }

    /// Writes a term, an infix one in parentheses if `parens`.
    pub(super) fn operand(&mut self, parens: bool, id: TermId) -> Written {
        self.operand_at(parens, id, None)
    }

    pub(super) fn operand_at(&mut self, mut parens: bool, id: TermId, place: Option<Place>) -> Written {
        if self.paren_term == Some(id) {
            self.paren_term = None;
            parens = true;
        }
        let term = *self.ast.term(id);
        let place = place.unwrap_or(self.term_place(&term));
        self.take_comments(place.row).map_err(|stop| self.lose(stop))?;
        if !self.inline {
            self.start_line();
        }
        self.value(parens, id, &term, place).map_err(|stop| self.lose(stop))?;
        if !self.inline && (self.as_opa || self.out.ends_with('\n')) {
            self.start_line();
        }
        self.inline = true;
        Ok(())
    }

    fn value(&mut self, parens: bool, id: TermId, term: &Term, place: Place) -> Written {
        match term.value {
            Value::Null => self.write("null"),
            Value::True => self.write("true"),
            Value::False => self.write("false"),
            Value::Number { .. } | Value::Zero => {
                let guarded = !self.as_opa && self.paren_number.take_if(|number| *number == id).is_some();
                if guarded {
                    self.write("(");
                }
                push_number(self.ast, term.value, &mut self.out);
                if guarded {
                    self.write(")");
                }
            }
            Value::String(span) => {
                // opa has lost the spelling of these
                let in_parens = term.place.text.start < span.start;
                if in_parens || self.pin.is_some_and(|pin| !self.ast.slice(pin.text).ends_with(['"', '`'])) {
                    push_quoted(&string_of(self.ast, term.value), &mut self.out);
                } else {
                    self.write_source(span);
                }
            }
            Value::Name(_) => push_quoted(&string_of(self.ast, term.value), &mut self.out),
            Value::Var(span) => self.write_source(span),
            Value::Wildcard => self.write(&self.ast.wildcard(id, self.is_copy)),
            Value::Operator(op) => self.write(op.name()),
            Value::Ref(parts) => return self.reference(parts),
            Value::Call(call) => return self.call_term(parens, call, place),
            Value::Object(items) => {
                self.write("{");
                let items = Items::Pairs(self.members(id, items));
                let written = self.items(&items, place, self.closing_row(Bracket::Curly, place));
                self.write("}");
                return written;
            }
            Value::Array(items) => {
                self.write("[");
                let items = Items::Members(self.ast.list(items).into());
                let written = self.items(&items, place, self.closing_row(Bracket::Square, place));
                self.write("]");
                return written;
            }
            Value::Set(items) if items.is_empty() => {
                self.write("set()");
                if let Some(row) = self.closing_row(Bracket::Round, place) {
                    return self.take_comments(row);
                }
            }
            Value::Set(items) => {
                self.write("{");
                let items = Items::Members(self.members(id, items));
                let written = self.items(&items, place, self.closing_row(Bracket::Curly, place));
                self.write("}");
                return written;
            }
            Value::ArrayComprehension { term, body } => {
                self.write("[");
                let written = self.comprehension(Bracket::Square, term, None, body, place);
                self.write("]");
                return written;
            }
            Value::SetComprehension { term, body } => {
                self.write("{");
                let written = self.comprehension(Bracket::Curly, term, None, body, place);
                self.write("}");
                return written;
            }
            Value::ObjectComprehension { item, body } => {
                self.write("{");
                let written = self.object_comprehension(item, body, place);
                self.write("}");
                return written;
            }
            Value::Template { parts, multi_line } => return self.template(parts, multi_line),
        }
        Ok(())
    }

    pub(super) fn closing_row(&self, bracket: Bracket, place: Place) -> Option<u32> {
        self.ast.grid.closing_row(bracket, None, place)
    }

    /// The members of a set or the pairs of an object; opa has them by value where it has no places to go by.
    fn members(&self, id: TermId, items: List) -> Cow<'a, [u32]> {
        let ast: &'a Lowered<'_> = self.ast;
        let term = ast.term(id);
        let by_value = self.pin.is_some() || term.unplaced && matches!(term.value, Value::Set(_));
        if by_value { self.order.sorted(id).to_vec().into() } else { ast.list(items).into() }
    }

    /// Writes a reference: a name, a call or a collection, and its parts.
    pub(super) fn reference(&mut self, parts: List) -> Written {
        let [first, rest @ ..] = self.ast.list(parts) else { return Ok(()) };
        let head = self.ast.term(*first);
        let is_call = matches!(head.value, Value::Call(_));
        let operator = self.ast.operator_of(*first);
        let member = !self.as_opa && operator == Some(Op::Member);
        if member {
            self.write("(");
        }
        let parens = !self.as_opa && operator.is_some() || self.in_parens(self.term_place(head));
        self.operand(is_call && parens, *first)?;
        if member {
            self.write(")");
        }
        for part in rest {
            self.reference_part(*part)?;
        }
        Ok(())
    }

    /// Writes one part of a reference after its first.
    pub(super) fn reference_part(&mut self, part: TermId) -> Written {
        let term = *self.ast.term(part);
        match term.value {
            Value::String(_) | Value::Name(_) => {
                let name = string_of(self.ast, term.value);
                let quoted = self.pin.is_none() && matches!(term.value, Value::String(span) if self.ast.slice(span).starts_with('"'));
                if is_name(&name) && !(quoted && self.style.is_keyword(&name)) {
                    self.write(".");
                    self.write(&name);
                } else {
                    self.write("[");
                    push_quoted(&name, &mut self.out);
                    self.write("]");
                }
            }
            Value::Var(span) => {
                self.write("[");
                self.write_source(span);
                self.write("]");
            }
            Value::Wildcard => {
                self.write("[");
                self.write(&self.ast.wildcard(part, self.is_copy));
                self.write("]");
            }
            _ => {
                self.write("[");
                match self.term_or_source(part, None) {
                    Ok(false) => {}
                    Ok(true) => self.write("\n"),
                    Err(Stop::Comment) if self.as_opa => self.write("\n"),
                    Err(stop) => return Err(stop),
                }
                self.write("]");
            }
        }
        Ok(())
    }

    /// Whether opa's text of an element starts with a parenthesis.
    pub(super) fn in_parens(&self, place: Place) -> bool {
        self.ast.slice(place.text).starts_with('(')
    }

    fn call_term(&mut self, parens: bool, call: List, place: Place) -> Written {
        let Some(op) = self.ast.operator(call).filter(|op| !op.is_equation()) else { return self.plain_call(call) };
        let operands = &self.ast.list(call)[1..];
        if op.is_membership() {
            return self.membership(true, operands, op, place);
        }
        let [left, right] = *operands else { return Err(self.arity(op, place)) };
        if parens {
            self.write("(");
        }
        self.inner_operand(left)?;
        self.infix(op);
        self.inner_operand(right)?;
        if parens {
            self.write(")");
        }
        Ok(())
    }

    pub(super) fn infix(&mut self, op: Op) {
        self.write(" ");
        self.write(op.symbol());
        self.write(" ");
    }

    /// An operand in term position. opa writes `a + b in xs` for `a + (b in xs)`, which means something else.
    fn inner_operand(&mut self, id: TermId) -> Written {
        let bare = !self.as_opa && self.ast.operator_of(id) == Some(Op::Member);
        if bare {
            self.write("(");
        }
        self.operand(true, id)?;
        if bare {
            self.write(")");
        }
        Ok(())
    }

    /// An operand of the operator of a statement, in parentheses where it would be read as part of another: opa forgets them.
    pub(super) fn statement_operand(&mut self, op: Op, id: TermId, is_right: bool) -> Written {
        let parens = self.ast.operator_of(id).is_some_and(|inner| {
            let looser = inner.binding() < op.binding() || is_right && inner.binding() == op.binding();
            looser && inner != Op::MemberWithKey
        });
        if parens {
            self.paren_term.take_if(|term| *term == id);
        }
        self.term_in_parens(id, parens)
    }

    /// An operand of an operator that is not the statement's own: all other operators in it go in parentheses.
    pub(super) fn inner_term(&mut self, id: TermId) -> Written {
        self.term_in_parens(id, self.ast.operator_of(id).is_some_and(|op| op != Op::MemberWithKey))
    }

    /// A domain of `in`, or the term of a comprehension.
    pub(super) fn guarded_term(&mut self, id: TermId) -> Written {
        self.term_in_parens(id, !self.as_opa && self.ast.operator_of(id) == Some(Op::Member))
    }

    /// Refuses an operator's built-in that is called with the wrong number of arguments.
    pub(super) fn arity(&mut self, op: Op, place: Place) -> Stop {
        self.refuse(Refusal::Unsupported { span: place.text, reason: format!("`{}` takes {} arguments", op.name(), op.arity()) })
    }

    /// Writes `x in xs` or `k, v in xs`, the latter in parentheses if `parens`.
    pub(super) fn membership(&mut self, parens: bool, operands: &[TermId], op: Op, place: Place) -> Written {
        match (op, operands) {
            (Op::Member, [value, domain]) => {
                self.operand(true, *value)?;
                self.write(" in ");
                self.inner_operand(*domain)
            }
            (Op::MemberWithKey, [key, value, domain]) => {
                if parens {
                    self.write("(");
                }
                self.inner_operand(*key)?;
                self.write(", ");
                self.inner_operand(*value)?;
                self.write(" in ");
                self.inner_operand(*domain)?;
                if parens {
                    self.write(")");
                }
                Ok(())
            }
            _ => Err(self.arity(op, place)),
        }
    }

    /// Writes a call with its arguments in parentheses.
    pub(super) fn plain_call(&mut self, call: List) -> Written {
        let [callee, args @ ..] = self.ast.list(call) else { return Ok(()) };
        let callee = *self.ast.term(*callee);
        let next = self.next;
        match callee.value {
            Value::Ref(parts) => self.reference(parts)?,
            Value::Operator(op) => self.write(op.name()),
            _ => {}
        }
        if self.as_opa {
            // opa forgets which comments the callee took; mostly the whole call had taken them before
            self.next = next;
        }
        self.write("(");
        let place = self.term_place(&callee);
        let written = self.items(&Items::Arguments(args.into()), place, self.closing_row(Bracket::Round, place));
        self.write(")");
        written.map_err(|stop| self.lose(stop))
    }

    fn object_comprehension(&mut self, item: u32, body: List, place: Place) -> Written {
        let [key, value] = *self.ast.list(List { start: item, len: 2 }) else { return Ok(()) };
        let union = self.ast.is_union(key);
        if union {
            self.write("(");
        }
        self.term(key).map_err(|stop| self.lose(stop))?;
        if union {
            self.write(")");
        }
        self.write(": ");
        // the value stays on the row of the key
        let mut value_place = self.term_place(self.ast.term(value));
        value_place.row = place.row;
        self.comprehension(Bracket::Curly, value, Some(value_place), body, place)
    }

    fn comprehension(&mut self, bracket: Bracket, term: TermId, at: Option<Place>, body: List, place: Place) -> Written {
        let term_place = at.unwrap_or(self.term_place(self.ast.term(term)));
        if term_place.row > place.row {
            self.end_line();
            self.start_line();
        }
        let operator = self.ast.operator_of(term);
        let member = !self.as_opa && operator == Some(Op::Member);
        if member {
            self.write("(");
        }
        let parens = !self.as_opa || self.ast.is_union(term) || self.in_parens(term_place);
        self.operand_at(operator.is_some() && parens, term, at)?;
        if member {
            self.write(")");
        }
        self.write(" |");
        self.inner_body(bracket, body, term_place, place)
    }
}
