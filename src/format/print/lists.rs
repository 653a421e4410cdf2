//! Writing lists of terms: collections, arguments; and bodies that close with a bracket.

use std::borrow::Cow;

use super::{Printer, Stop, Written};
use crate::format::lowered::{List, TermId};
use crate::format::place::{Bracket, Place};
use crate::text::Span;

/// What a list holds.
pub(super) enum Items<'a> {
    /// Members of an array or a set: unions go in parentheses.
    Members(Cow<'a, [u32]>),
    /// Arguments: unions keep theirs.
    Arguments(Cow<'a, [u32]>),
    /// Keys and values in turn.
    Pairs(Cow<'a, [u32]>),
}

impl Items<'_> {
    fn ids(&self) -> &[u32] {
        match self {
            Self::Members(ids) | Self::Arguments(ids) | Self::Pairs(ids) => ids,
        }
    }

    fn width(&self) -> usize {
        if matches!(self, Self::Pairs(_)) { 2 } else { 1 }
    }
}

impl Printer<'_, '_> {
    /// Writes the items of a list: on one line if they stand on the row of `last` and nothing breaks the line before the first,
    /// else as they are grouped by row. `close` is the row of the closing bracket.
    pub(super) fn items(&mut self, items: &Items<'_>, last: Place, close: Option<u32>) -> Written {
        let width = items.width();
        let by_place = self.by_place(items);
        let ids = by_place.as_deref().unwrap_or(items.ids());
        let unplaced = self.is_unplaced(items);
        let row = |this: &Self, at: usize| this.term_place(this.ast.term(ids[at * width])).row;
        let count = ids.len() / width;
        let breaks = |this: &Self, at: usize| !unplaced && at > 0 && row(this, at) > row(this, at - 1);
        let mut open = (1..count).any(|at| breaks(self, at));
        if !open {
            let commented = (self.pin.is_none() || self.as_opa) && close.is_some_and(|close| self.comment_between(last.row, close));
            if commented && (self.covered > 0 || self.as_opa) {
                return Err(Stop::Comment);
            }
            open = count > 0 && (commented || self.breaks_before(last, self.term_place(self.ast.term(ids[0]))));
        }
        if open {
            self.delay = true;
            self.open_lines();
        }
        for at in 0..count {
            if breaks(self, at) {
                self.write(",");
                self.end_line();
                self.start_line();
            } else if at > 0 {
                self.write(", ");
            }
            self.item(items, &ids[at * width..(at + 1) * width]).map_err(|stop| self.lose(stop))?;
        }
        if open {
            self.write(",");
            self.end_line();
            if let Some(close) = close {
                self.take_comments(close).map_err(|stop| self.lose(stop))?;
            }
            self.level = self.level.saturating_sub(1);
            self.start_line();
        }
        Ok(())
    }

    /// The items by place, if they are not yet.
    fn by_place(&self, items: &Items<'_>) -> Option<Vec<u32>> {
        let (ids, width) = (items.ids(), items.width());
        if self.pin.is_some() || self.is_unplaced(items) {
            return None;
        }
        let key = |id: &u32| {
            let place = self.ast.term(*id).place;
            (place.row, place.at)
        };
        if ids.chunks(width).is_sorted_by_key(|item| key(&item[0])) {
            return None;
        }
        let mut sorted: Vec<&[u32]> = ids.chunks(width).collect();
        sorted.sort_by_key(|item| key(&item[0]));
        Some(sorted.concat())
    }

    /// opa looks for missing places in terms, not in pairs.
    fn is_unplaced(&self, items: &Items<'_>) -> bool {
        match items {
            Items::Members(ids) | Items::Arguments(ids) => ids.iter().any(|id| self.ast.term(*id).unplaced),
            Items::Pairs(_) => false,
        }
    }

    /// Whether a line break stands before the first item, by the text that opa has of both.
    fn breaks_before(&self, last: Place, first: Place) -> bool {
        let (text, item) = (last.text, first.text);
        if text.covers(item) {
            let gap = &self.ast.text[text.start as usize..item.start as usize];
            let Some(line_feed) = gap.find('\n') else { return false };
            // opa takes the first occurrence of the item's text, which may be part of a comment
            let needle = self.ast.slice(item);
            let all = &self.ast.text.as_bytes()[text.start as usize..text.end as usize];
            let cut = (0..gap.len()).find(|at| all[*at..].starts_with(needle.as_bytes())).unwrap_or(gap.len());
            return cut > line_feed && line_feed > 0;
        }
        if item.is_empty() || text.len() < item.len() {
            return false;
        }
        self.ast.slice(text).find(self.ast.slice(item)).is_some_and(|cut| {
            self.ast.slice(Span::new(text.start, text.start + cut as u32)).find('\n').is_some_and(|line_feed| line_feed > 0)
        })
    }

    fn item(&mut self, items: &Items<'_>, item: &[TermId]) -> Written {
        match (items, item) {
            (Items::Pairs(_), [key, value]) => {
                self.term_in_parens(*key, self.ast.is_union(*key))?;
                self.write(": ");
                self.term_in_parens(*value, self.ast.is_union(*value))
            }
            (Items::Members(_), [member]) => self.term_in_parens(*member, self.ast.is_union(*member)),
            (Items::Arguments(_), [argument]) => {
                let parens = self.ast.is_union(*argument) && self.in_parens(self.term_place(self.ast.term(*argument)));
                self.term_in_parens(*argument, parens)
            }
            _ => Ok(()),
        }
    }

    pub(super) fn term_in_parens(&mut self, id: TermId, parens: bool) -> Written {
        if !parens {
            return self.term(id);
        }
        let open = self.out.len();
        self.write("(");
        if self.as_opa {
            let written = self.term(id);
            self.write(")");
            return written;
        }
        let copied = self.term_or_source(id, None)?;
        if copied && self.covered > 0 {
            return Err(Stop::Comment);
        }
        if copied && !self.ast.is_bare_infix(id) {
            // the source has its own, or needs none
            self.out.remove(open);
        } else {
            self.write(")");
        }
        Ok(())
    }

    /// Writes a body up to its closing bracket: on one line if its statements stand on the row of `term`, else a statement a
    /// line. `whole` is the place of what holds the body.
    pub(super) fn inner_body(&mut self, bracket: Bracket, body: List, term: Place, whole: Place) -> Written {
        let ids = self.ast.list(body);
        let row = |this: &Self, at: usize| this.expr_place(this.ast.expr(ids[at])).row;
        let unplaced = ids.iter().any(|id| self.ast.expr(*id).unplaced);
        let spread = !unplaced && (1..ids.len()).any(|at| row(self, at) > row(self, at - 1));
        let Some(first) = ids.first() else { return Ok(()) };
        let close = self.closing_row(bracket, whole);
        if spread || self.expr_place(self.ast.expr(*first)).row > term.row {
            self.end_line();
            self.level += 1;
            let mut written = self.body(body);
            if let (Ok(()), Some(close)) = (written, close) {
                written = self.take_comments(close).map_err(|stop| self.lose(stop));
            }
            self.level = self.level.saturating_sub(1);
            self.start_line();
            return written;
        }
        self.write(" ");
        for (at, id) in ids.iter().enumerate() {
            if at > 0 {
                self.write("; ");
            }
            self.statement(*id)?;
        }
        match close {
            Some(close) => self.take_comments(close).map_err(|stop| self.lose(stop)),
            None => Ok(()),
        }
    }
}
