//! The printer: what it knows while it writes, and how lines and comments are written.
//!
//! Comments belong to rows, not to elements. Each element, before it is written, takes the comments of earlier rows (written
//! before it) and the one of its own row (kept for the end of the line). Two comments for the end of one line cannot be: the
//! nearest term is then copied from the source, comments and all.

mod lists;
mod literals;
mod logical;
mod module;
mod rules;
mod template;
mod terms;

use crate::format::Refusal;
use crate::format::lowered::{Expr, ExprId, Lowered, Term, TermId, With};
use crate::format::order::Order;
use crate::format::place::Place;
use crate::format::style::Style;
use crate::text::Span;

/// Why writing an element stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stop {
    /// A comment has no place: what holds it must be copied from the source.
    Comment,
    /// The whole module is refused; the reason is kept.
    Refused,
}

/// The result of writing an element.
pub(super) type Written = Result<(), Stop>;

/// Writes a module.
pub(super) struct Printer<'a, 't> {
    pub(super) ast: &'a Lowered<'t>,
    pub(super) order: Order<'a, 't>,
    pub(super) style: Style<'a>,
    /// As opa does, step by step, whatever becomes of it: only for results that stand the proof. Else with the parentheses that
    /// are needed, and with comments beside their statements.
    pub(super) as_opa: bool,
    pub(super) out: String,
    pub(super) level: usize,
    /// The line has been started.
    pub(super) inline: bool,
    /// The comment for the end of the line.
    pub(super) waiting: Option<u32>,
    /// The next line end does not take it.
    pub(super) delay: bool,
    /// The first comment not yet taken.
    pub(super) next: usize,
    /// Comments written out of turn, by imports and before heads.
    pub(super) taken: Vec<bool>,
    /// A copied term takes the comment after it along.
    pub(super) copy_last_comment: bool,
    /// The statement, or the term, that goes in parentheses.
    pub(super) paren_expr: Option<ExprId>,
    pub(super) paren_term: Option<TermId>,
    /// The number that goes in parentheses.
    pub(super) paren_number: Option<TermId>,
    /// The place of everything, where parts have none of their own.
    pub(super) pin: Option<Place>,
    pub(super) refusal: Option<Refusal>,
    /// The name of a later body of a chain is written.
    pub(super) is_copy: bool,
    /// How many terms around the current element can be copied instead of it.
    pub(super) covered: usize,
    /// More than this is not written.
    limit: usize,
    /// Bytes copied from the source.
    pub(super) copied: usize,
}

/// What may be written for a small text.
const MIN_LIMIT: usize = 16 << 20;

/// What a term needs to be taken back.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    len: usize,
    level: usize,
    next: usize,
    waiting: Option<u32>,
    inline: bool,
}

impl<'a, 't> Printer<'a, 't> {
    pub(super) fn new(ast: &'a Lowered<'t>, style: Style<'a>, as_opa: bool) -> Self {
        Self {
            ast,
            order: Order::new(ast),
            style,
            as_opa,
            out: String::with_capacity(ast.text.len() + ast.text.len() / 8),
            level: 0,
            inline: false,
            waiting: None,
            delay: false,
            next: 0,
            taken: vec![false; ast.comments.len()],
            copy_last_comment: false,
            paren_expr: None,
            paren_term: None,
            paren_number: None,
            pin: None,
            refusal: None,
            is_copy: false,
            covered: 0,
            limit: MIN_LIMIT.max(ast.text.len().saturating_mul(64)),
            copied: 0,
        }
    }

    pub(super) fn term_place(&self, term: &Term) -> Place {
        self.pin.unwrap_or(term.place)
    }

    pub(super) fn expr_place(&self, expr: &Expr) -> Place {
        self.pin.unwrap_or(expr.place)
    }

    pub(super) fn with_place(&self, with: &With) -> Place {
        self.pin.unwrap_or(with.place)
    }

    /// Refuses the module.
    pub(super) fn refuse(&mut self, refusal: Refusal) -> Stop {
        self.refusal.get_or_insert(refusal);
        Stop::Refused
    }

    pub(super) fn write(&mut self, text: &str) {
        self.out.push_str(text);
    }

    pub(super) fn write_source(&mut self, span: Span) {
        self.out.push_str(self.ast.slice(span));
    }

    pub(super) fn start_line(&mut self) {
        self.inline = true;
        if self.out.len() > self.limit {
            // indentation of deep nesting, or the same long head again and again
            let reason = "the result would be too large".to_owned();
            self.refusal.get_or_insert(Refusal::Unsupported { span: Span::at(0), reason });
            return;
        }
        for _ in 0..self.level {
            self.out.push('\t');
        }
    }

    pub(super) fn end_line(&mut self) {
        self.inline = false;
        if !self.delay
            && let Some(comment) = self.waiting.take()
        {
            self.out.push(' ');
            self.write_source(self.ast.comments[comment as usize].text);
        }
        self.delay = false;
        self.out.push('\n');
    }

    /// Ends the line if there is one, and leaves a blank one.
    pub(super) fn blank_line(&mut self) {
        if self.inline {
            self.end_line();
        }
        self.out.push('\n');
    }

    /// Starts the lines of a list that spans several.
    pub(super) fn open_lines(&mut self) {
        self.end_line();
        self.level += 1;
        self.start_line();
    }

    /// The comments not yet taken.
    pub(super) fn has_comments(&self) -> bool {
        self.peek_row().is_some()
    }

    /// The row of the next comment.
    pub(super) fn peek_row(&self) -> Option<u32> {
        (self.next..self.ast.comments.len()).find(|at| !self.taken[*at]).map(|at| self.ast.comments[at].row)
    }

    fn skip_taken(&mut self) {
        while self.taken.get(self.next) == Some(&true) {
            self.next += 1;
        }
    }

    /// Whether a comment stands on a row between two others.
    pub(super) fn comment_between(&self, after: u32, before: u32) -> bool {
        let comments = &self.ast.comments[self.next..];
        let from = self.next + comments.partition_point(|comment| comment.row <= after);
        (from..self.ast.comments.len()).take_while(|at| self.ast.comments[*at].row < before).any(|at| !self.taken[at])
    }

    /// Writes the comments of rows before `row`, and keeps the one of `row` for the end of the line.
    pub(super) fn take_comments(&mut self, row: u32) -> Written {
        self.skip_taken();
        match self.ast.comments.get(self.next) {
            Some(comment) if comment.row <= row => {}
            _ => return Ok(()),
        }
        let last = self.write_comments_before(row)?;
        if last.is_some_and(|last| row - last > 1) {
            self.blank_line();
        }
        let mut own = None;
        while let Some(comment) = self.ast.comments.get(self.next).filter(|comment| comment.row == row) {
            if !self.taken[self.next] {
                own = Some(self.next as u32);
            }
            debug_assert_eq!(comment.row, row);
            self.next += 1;
        }
        self.keep_for_line_end(own)
    }

    /// Writes the comments of rows before `row` on lines of their own; gives the row of the last one.
    ///
    /// # Errors
    /// A comment waits for the end of the line that these would end.
    pub(super) fn write_comments_before(&mut self, row: u32) -> Result<Option<u32>, Stop> {
        self.skip_taken();
        if self.ast.comments.get(self.next).is_none_or(|next| next.row >= row) {
            return Ok(None);
        }
        if !self.as_opa
            && self.inline
            && let Some(waiting) = self.waiting
        {
            if !self.at_line_start() {
                return Err(Stop::Comment);
            }
            self.waiting = None;
            self.write_comment(self.ast.comments[waiting as usize].text);
        }
        let mut previous: Option<u32> = None;
        let mut in_metadata = false;
        while let Some(comment) = self.ast.comments.get(self.next).copied().filter(|comment| comment.row < row) {
            let skip = self.taken[self.next];
            self.next += 1;
            if skip {
                continue;
            }
            if let Some(previous) = previous {
                if comment.row > previous + 1 {
                    self.blank_line();
                    in_metadata = false;
                } else if in_metadata && (comment.is_metadata || !self.as_opa && !comment.is_first && !self.ast.parse.has_broken_metadata())
                {
                    // it would join the block
                    self.blank_line();
                    in_metadata = false;
                }
            }
            in_metadata |= comment.is_metadata;
            self.write_comment(comment.text);
            previous = Some(comment.row);
        }
        Ok(previous)
    }

    /// Whether nothing but indentation has been written on the line.
    fn at_line_start(&self) -> bool {
        matches!(self.out.trim_end_matches('\t').as_bytes().last(), None | Some(b'\n'))
    }

    pub(super) fn write_comment(&mut self, text: Span) {
        if !self.inline {
            self.start_line();
        }
        self.write_source(text);
        self.end_line();
    }

    /// Writes all comments left.
    pub(super) fn write_last_comments(&mut self) {
        while let Some(comment) = self.ast.comments.get(self.next).copied() {
            let skip = self.taken[self.next];
            self.next += 1;
            if !skip {
                self.write_comment(comment.text);
            }
        }
    }

    /// Forgets the comments not yet taken: where opa's own error handling does.
    pub(super) fn lose(&mut self, stop: Stop) -> Stop {
        if self.as_opa {
            self.next = self.ast.comments.len();
        }
        stop
    }

    fn keep_for_line_end(&mut self, comment: Option<u32>) -> Written {
        match (self.waiting, comment) {
            (Some(_), Some(_)) => {
                self.waiting = None;
                Err(Stop::Comment)
            }
            (None, Some(_)) => {
                self.waiting = comment;
                Ok(())
            }
            (_, None) => Ok(()),
        }
    }

    /// Copies a span without the comments in it that have been written already.
    fn write_source_without_written(&mut self, span: Span) {
        let comments = &self.ast.comments;
        let first = comments.partition_point(|comment| comment.text.start < span.start);
        let mut from = span.start;
        for (at, comment) in comments.iter().enumerate().skip(first).take_while(|(_, comment)| comment.text.start < span.end) {
            let written = self.taken[at] || at < self.next && self.waiting != Some(at as u32);
            if written {
                let before = self.ast.slice(Span::new(from, comment.text.start)).trim_end_matches([' ', '\t']);
                self.out.push_str(before);
                from = comment.text.end;
            }
        }
        self.write_source(Span::new(from, span.end));
    }

    /// Keeps the comment right after a statement that ends at `end` for the end of its line, where opa moves it to the next.
    pub(super) fn take_trailing_comment(&mut self, end: u32) {
        if self.as_opa || self.waiting.is_some() {
            return;
        }
        self.skip_taken();
        if let Some(comment) = self.ast.comments.get(self.next)
            && comment.text.start >= end
            && self.ast.slice(Span::new(end, comment.text.start)).bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
        {
            self.waiting = Some(self.next as u32);
            self.next += 1;
        }
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { len: self.out.len(), level: self.level, next: self.next, waiting: self.waiting, inline: self.inline }
    }

    /// What was written since `mark`, without the comments above it.
    pub(super) fn first_written(&self, mark: Mark) -> &str {
        let mut rest = &self.out[mark.len..];
        loop {
            rest = rest.trim_start();
            match rest.split_once('\n') {
                Some((comment, below)) if comment.starts_with('#') => rest = below,
                _ => return rest,
            }
        }
    }

    /// Takes back what was written since `mark`.
    pub(super) fn go_back(&mut self, mark: Mark) {
        self.out.truncate(mark.len);
        self.level = mark.level;
        self.next = mark.next;
        self.waiting = mark.waiting;
        self.inline = mark.inline;
        self.delay = false;
    }

    /// Takes back what was written since `mark` and copies the source of an element instead: its comments are in it.
    pub(super) fn copy_instead(&mut self, mark: Mark, source: Span) -> Written {
        self.go_back(mark);
        self.inline = true;
        self.copy(source)
    }

    /// Takes back what was written since `mark` and copies what opa has as the text of an element. Comments in it are dropped
    /// by rows, since they should be in the text.
    pub(super) fn copy_as_opa(&mut self, mark: Mark, place: Place) -> Written {
        self.out.truncate(mark.len);
        self.level = mark.level;
        let last = place.row + self.ast.grid.breaks(place.text);
        if self.waiting.is_some_and(|waiting| (place.row..=last).contains(&self.ast.comments[waiting as usize].row)) {
            self.waiting = None;
        }
        self.copy_place(mark.next, place)
    }

    /// Copies what opa has as the text of an element; the comments from `next` on are those not yet taken.
    pub(super) fn copy_place(&mut self, next: usize, place: Place) -> Written {
        self.copied += place.text.len() as usize;
        if place.text.is_empty() || self.copied > self.ast.text.len() * 16 + (1 << 16) {
            let reason = "comments in too deeply nested terms".to_owned();
            return Err(self.refuse(Refusal::Unsupported { span: place.text, reason }));
        }
        self.write_source(place.text);
        let last = place.row + self.ast.grid.breaks(place.text);
        self.next = next;
        while let Some(comment) = self.ast.comments.get(self.next).filter(|comment| comment.row <= last) {
            if !self.taken[self.next] && comment.row == last {
                if !self.copy_last_comment {
                    break;
                }
                self.out.push(' ');
                // blanks at its end included
                let end = self.ast.grid.row_start(last + 1).map_or(self.ast.text.len() as u32, |next| next - 1);
                self.write_source(Span::new(comment.text.start, end));
            }
            self.next += 1;
        }
        Ok(())
    }

    /// Copies a part of the source. Comments before it are written first, the one after it waits for the end of the line.
    pub(super) fn copy(&mut self, span: Span) -> Written {
        self.copied += span.len() as usize;
        if self.copied > self.ast.text.len() * 16 + (1 << 16) {
            let reason = "comments in too deeply nested terms".to_owned();
            return Err(self.refuse(Refusal::Unsupported { span, reason }));
        }
        let row = self.ast.grid.row(span.start);
        if self.peek_row().is_some_and(|next| next < row) {
            if !self.at_line_start() {
                return Err(Stop::Comment);
            }
            self.write_comments_before(row)?;
            self.start_line();
        }
        self.write_source_without_written(span);
        while self.ast.comments.get(self.next).is_some_and(|comment| comment.text.start < span.end) {
            self.next += 1;
        }
        if self.waiting.is_some_and(|waiting| span.covers(self.ast.comments[waiting as usize].text)) {
            self.waiting = None;
        }
        let last = self.ast.grid.row(span.end);
        if self.copy_last_comment
            && self.waiting.is_none()
            && !self.taken.get(self.next).copied().unwrap_or(true)
            && self.ast.comments[self.next].row == last
        {
            self.waiting = Some(self.next as u32);
            self.next += 1;
        }
        Ok(())
    }
}
