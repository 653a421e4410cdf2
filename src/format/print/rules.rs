//! Writing rules and their heads.

use super::lists::Items;
use super::{Mark, Printer, Stop, Written};
use crate::format::compact::Compact;
use crate::format::lowered::{Head, HeadValue, Rule, Value};
use crate::format::place::Bracket;
use crate::text::Span;

impl Printer<'_, '_> {
    /// Writes consecutive rules with a blank line between them, except between one-liners on adjacent rows.
    pub(super) fn rules(&mut self, rules: &[u32]) -> Written {
        for (at, id) in rules.iter().enumerate() {
            if self.refusal.is_some() {
                return Err(Stop::Refused);
            }
            let rule = self.ast.rules[*id as usize];
            ignore_comment(self.take_comments(rule.place.row))?;
            ignore_comment(self.rule(&rule))?;
            let next = rules.get(at + 1).map(|next| &self.ast.rules[*next as usize]);
            if next.is_some_and(|next| self.is_one_line(&rule) && self.is_one_line(next) && next.place.row == rule.place.row + 1) {
                if self.inline && !self.as_opa {
                    self.end_line();
                }
                continue;
            }
            self.blank_line();
        }
        Ok(())
    }

    /// Whether a rule is written on one line and may stand next to another such.
    fn is_one_line(&self, rule: &Rule) -> bool {
        if rule.body.len > 1 || rule.is_default || rule.otherwise.is_some() {
            return false;
        }
        if let [only] = self.ast.list(rule.body)
            && self.is_set_statement(*only)
        {
            return false;
        }
        (self.style.v1 || self.style.ifs) && self.takes_if(&rule.head)
    }

    /// A set without `contains` has no `if`.
    fn takes_if(&self, head: &Head) -> bool {
        self.style.contains || head.value != HeadValue::None
    }

    fn is_set_statement(&self, id: u32) -> bool {
        let expr = self.ast.expr(id);
        !expr.negated
            && matches!(expr.kind, crate::format::lowered::ExprKind::Term(term) if matches!(self.ast.term(term).value, Value::Set(_)))
    }

    /// Whether the rule states its head only: no body, or `true`, and no `else`.
    pub(super) fn is_constant(&self, rule: &Rule) -> bool {
        rule.otherwise.is_none()
            && match self.ast.list(rule.body) {
                [] => true,
                [only] => {
                    let expr = self.ast.expr(*only);
                    !expr.negated
                        && expr.withs.len == 0
                        && matches!(expr.kind, crate::format::lowered::ExprKind::Term(term) if self.ast.term(term).value == Value::True)
                }
                _ => false,
            }
    }

    /// Writes a rule and its `else`s.
    fn rule(&mut self, rule: &Rule) -> Written {
        self.rule_part(rule, None)?;
        let mut rule = *rule;
        while let Some(id) = rule.otherwise {
            let otherwise = self.ast.rules[id as usize];
            self.rule_part(&otherwise, Some(&rule))?;
            rule = otherwise;
        }
        Ok(())
    }

    /// Writes a rule, or the `else` of `previous`, without what follows it.
    fn rule_part(&mut self, rule: &Rule, previous: Option<&Rule>) -> Written {
        let mark = self.mark();
        let is_else = previous.is_some();
        match previous {
            Some(previous) => self.before_else(previous, rule)?,
            None => self.start_line(),
        }
        let constant = self.is_constant(rule);
        self.copy_last_comment = constant;
        let mut stopped = false;
        match self.head(rule, constant, is_else) {
            Err(Stop::Comment) if self.as_opa => stopped = true,
            Err(Stop::Comment) => {
                self.lift_comments(mark, rule, is_else);
                self.head(rule, constant, is_else)?;
            }
            written => written?,
        }
        let goes_on = stopped && self.has_comments();
        if constant {
            if rule.head_pin.is_none() {
                self.take_trailing_comment(rule.head.place.text.end);
            }
            self.end_line();
            return Ok(());
        }
        self.copy_last_comment = true;
        let uses_if = (self.style.v1 || self.style.ifs) && self.takes_if(&rule.head);
        let body = self.ast.list(rule.body);
        let pin = rule.body_pin.filter(|_| self.as_opa || body.iter().all(|id| !self.has_comment_in(self.ast.expr(*id).place.text)));
        if uses_if {
            self.write(" if");
            if let [only] = *body {
                let row = pin.unwrap_or(self.ast.expr(only).place).row;
                let head_end = rule.head.place.row + self.ast.grid.breaks(rule.head.place.text);
                let brace = !self.as_opa && is_else && !self.ast.expr(only).negated && self.starts_with_brace(self.ast.expr(only));
                if row == head_end && !brace && !self.is_set_statement(only) {
                    let mark = self.mark();
                    self.write(" ");
                    self.pin = pin;
                    let written = self.statement(only);
                    self.pin = None;
                    if self.as_opa || written != Err(Stop::Comment) {
                        self.take_trailing_comment(self.ast.expr(only).place.text.end);
                        self.end_line();
                        return if self.as_opa { ignore_comment(written) } else { written };
                    }
                    self.go_back(mark);
                }
            }
        }
        if goes_on {
            self.write(" { ");
        } else {
            self.write(" {");
            self.end_line();
        }
        if uses_if
            && !is_else
            && let Some(first) = body.first()
        {
            self.guard_leading_union(*first);
        }
        self.level += 1;
        self.pin = pin;
        let written = self.body(rule.body);
        self.pin = None;
        ignore_comment(written)?;
        if let Some(row) = self.rule_closing_row(rule) {
            self.take_comments(row).map_err(|stop| self.lose(stop))?;
        }
        self.level = self.level.saturating_sub(1);
        self.start_line();
        self.write("}");
        Ok(())
    }

    fn has_comment_in(&self, span: Span) -> bool {
        let comments = &self.ast.comments;
        let first = comments.partition_point(|comment| comment.text.start < span.start);
        comments.get(first).is_some_and(|comment| comment.text.start < span.end)
    }

    /// The row of the brace that closes a rule's body, as opa finds it: after the arguments or the key, in the source.
    fn rule_closing_row(&self, rule: &Rule) -> Option<u32> {
        let skip = if !rule.head.args.is_empty() {
            Some(Bracket::Round)
        } else if rule.head.key.is_some() {
            Some(Bracket::Square)
        } else {
            None
        };
        self.ast.grid.closing_row(Bracket::Curly, skip, rule.place)
    }

    /// Goes back to `mark` and writes the comments that are inside a head above it.
    fn lift_comments(&mut self, mark: Mark, rule: &Rule, is_else: bool) {
        self.go_back(mark);
        let head = rule.head.place.text;
        let inside = Span::new(head.start.min(rule.place.text.start), head.end);
        let comments = &self.ast.comments;
        let waiting = self.waiting.take_if(|waiting| inside.contains(comments[*waiting as usize].text.start));
        let last_line = self.out.trim_end_matches('\n').rsplit('\n').next();
        if is_else || last_line.is_some_and(|line| line.starts_with('#')) {
            // not part of the METADATA that may stand there
            self.blank_line();
        }
        let first = comments.partition_point(|comment| comment.text.start < inside.start);
        for (at, comment) in comments.iter().enumerate().skip(first).take_while(|(_, c)| c.text.start < inside.end) {
            // a rule that ends on this row may have written it
            let is_left = at >= self.next || waiting == Some(at as u32);
            if !std::mem::replace(&mut self.taken[at], true) && is_left {
                self.write_comment(comment.text);
            }
        }
        self.start_line();
    }

    /// Starts an `else`: on the line of the closing brace if it stood there, else as a paragraph of its own.
    fn before_else(&mut self, rule: &Rule, otherwise: &Rule) -> Written {
        let row = otherwise.place.row;
        let on_line = row > rule.place.row && self.else_follows_something(rule, row);
        let comment_above = self.peek_row().is_some_and(|next| next < row) || self.waiting.is_some();
        if !comment_above && on_line {
            self.write(" ");
        } else {
            self.blank_line();
            self.start_line();
        }
        let taken = self.take_comments(row);
        if self.as_opa {
            taken.map_err(|stop| self.lose(stop))?;
        } else {
            ignore_comment(taken)?;
        }
        if !self.inline {
            self.start_line();
        }
        Ok(())
    }

    /// Whether the row of an `else` starts with something else, within its rule.
    fn else_follows_something(&self, rule: &Rule, row: u32) -> bool {
        let Some(start) = self.ast.grid.row_start(row).filter(|start| *start <= rule.place.text.end) else { return false };
        let end = self.ast.grid.row_start(row + 1).unwrap_or(u32::MAX).min(rule.place.text.end);
        !self.ast.slice(Span::new(start, end)).trim_start().starts_with("else")
    }

    /// Writes a head. What holds a comment without a place is copied.
    fn head(&mut self, rule: &Rule, constant: bool, is_else: bool) -> Written {
        let head = &rule.head;
        if rule.is_default {
            self.write("default ");
        }
        if is_else {
            self.write("else");
        } else {
            self.is_copy = rule.head_pin.is_some();
            let copied = self.head_name(head);
            self.is_copy = false;
            if copied? {
                return Ok(());
            }
        }
        self.pin = rule.head_pin;
        let written = self.head_rest(rule, constant, is_else);
        self.pin = None;
        written
    }

    /// Writes the name, or the whole head if it must be copied; whether it was the whole.
    fn head_name(&mut self, head: &Head) -> Result<bool, Stop> {
        if self.style.dotted_names || head.reference.len == 1 {
            return self.reference(head.reference).map(|()| false).map_err(|stop| self.lose(stop));
        }
        if let [first, part] = *self.ast.list(head.reference) {
            if self.as_opa && self.peek_row() == Some(self.ast.term(part).place.row) {
                return self.copy_place(self.next, head.place).map(|()| true);
            }
            let mut name = String::new();
            let mut compact = Compact { ast: self.ast, order: &self.order, out: &mut name, is_copy: self.is_copy };
            compact.term(first);
            compact.out.push('[');
            compact.term(part);
            compact.out.push(']');
            self.write(&name);
        }
        Ok(false)
    }

    fn head_rest(&mut self, rule: &Rule, constant: bool, is_else: bool) -> Written {
        let head = &rule.head;
        let place = self.pin.unwrap_or(head.place);
        if !head.args.is_empty() {
            self.write("(");
            let args = Items::Arguments(self.ast.list(head.args).into());
            let written = self.items(&args, place, self.closing_row(Bracket::Round, place));
            self.write(")");
            written?;
        }
        if let (Some(key), HeadValue::None) = (head.key, head.value) {
            if self.style.contains {
                self.write(" contains ");
                self.term(key)?;
            } else {
                self.write("[");
                self.term(key)?;
                self.write("]");
            }
        }
        let is_true = match head.value {
            HeadValue::None => return Ok(()),
            HeadValue::Implied { .. } => true,
            HeadValue::Written(id) => self.ast.term(id).value == Value::True,
        };
        if head.key.is_none() && is_true && !constant && !rule.is_default {
            return Ok(());
        }
        if let HeadValue::Implied { quiet: true } = head.value {
            let v1_constant = self.style.v1 && constant && head.key.is_none() && head.args.is_empty();
            // without its value a name of one or two parts would be a set, or nothing
            let needed = !self.as_opa && constant && head.args.is_empty() && head.reference.len <= 2;
            if !v1_constant && !needed {
                return Ok(());
            }
        }
        self.write(if head.assign || self.style.v1 { " := " } else { " = " });
        match head.value {
            HeadValue::Written(id) => {
                let at = is_else.then_some(place);
                self.term_at(id, at)
            }
            _ => {
                self.write("true");
                Ok(())
            }
        }
    }
}

fn ignore_comment(written: Written) -> Written {
    match written {
        Err(Stop::Comment) => Ok(()),
        written => written,
    }
}
