//! Where a formatted element stands: opa's layout decisions compare rows, so rows are what is kept.

use std::cell::{Cell, OnceCell};

use crate::text::Span;

/// Where an element stands, as opa's parser records it.
///
/// `row` and `at` belong to the first operand of an infix expression and to what is inside parentheses; `text` covers the
/// whole element, its parentheses included. For references on collections `text` starts at the collection's last token.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Place {
    /// 1-based.
    pub(super) row: u32,
    /// Byte offset, for the order within a row.
    pub(super) at: u32,
    pub(super) text: Span,
}

/// The rows and the brackets of a text.
#[derive(Debug)]
pub(super) struct Grid<'t> {
    text: &'t str,
    starts: Vec<u32>,
    last: Cell<usize>,
    brackets: OnceCell<[Pairs; 3]>,
}

/// Each opening bracket of one kind with its closing one (`u32::MAX` for none), by position. Strings and comments count.
type Pairs = Vec<(u32, u32)>;

/// For each byte 0, or 2, 4 or 6 for an opening bracket by kind, and one more for its closing one.
const BRACKETS: [u8; 256] = {
    let mut table = [0; 256];
    table[b'(' as usize] = 2;
    table[b')' as usize] = 3;
    table[b'[' as usize] = 4;
    table[b']' as usize] = 5;
    table[b'{' as usize] = 6;
    table[b'}' as usize] = 7;
    table
};

/// A kind of bracket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Bracket {
    Round,
    Square,
    Curly,
}

impl<'t> Grid<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let mut starts = Vec::with_capacity(text.len() / 24 + 1);
        starts.push(0);
        starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at as u32 + 1));
        Self { text, starts, last: Cell::new(0), brackets: OnceCell::new() }
    }

    /// The 1-based row of an offset.
    pub(super) fn row(&self, at: u32) -> u32 {
        let last = self.last.get();
        let line = if self.starts[last] <= at {
            // most questions are about the same line or the next few
            let mut line = last;
            let stop = (last + 4).min(self.starts.len() - 1);
            while line < stop && self.starts[line + 1] <= at {
                line += 1;
            }
            if self.starts.get(line + 1).is_some_and(|next| *next <= at) { self.search(at) } else { line }
        } else {
            self.search(at)
        };
        self.last.set(line);
        line as u32 + 1
    }

    fn search(&self, at: u32) -> usize {
        self.starts.partition_point(|start| *start <= at) - 1
    }

    /// Line feeds inside `span`.
    pub(super) fn breaks(&self, span: Span) -> u32 {
        self.row(span.end) - self.row(span.start)
    }

    /// The offset at which a 1-based row starts.
    pub(super) fn row_start(&self, row: u32) -> Option<u32> {
        self.starts.get(row.checked_sub(1)? as usize).copied()
    }

    fn pairs(&self, kind: Bracket) -> &Pairs {
        let all = self.brackets.get_or_init(|| {
            let mut all: [Pairs; 3] = Default::default();
            let mut open: [Vec<usize>; 3] = Default::default();
            for (at, byte) in self.text.bytes().enumerate() {
                let class = BRACKETS[byte as usize];
                if class == 0 {
                    continue;
                }
                let kind = (class >> 1) as usize - 1;
                if class & 1 == 0 {
                    open[kind].push(all[kind].len());
                    all[kind].push((at as u32, u32::MAX));
                } else if let Some(index) = open[kind].pop() {
                    all[kind][index].1 = at as u32;
                }
            }
            all
        });
        &all[kind as usize]
    }

    /// The first bracket of `kind` at or after `from` inside `span`, with its closing one if that lies inside too.
    fn pair(&self, kind: Bracket, from: u32, span: Span) -> Option<(u32, Option<u32>)> {
        let pairs = self.pairs(kind);
        let (open, close) = *pairs.get(pairs.partition_point(|(open, _)| *open < from))?;
        (open < span.end).then(|| (open, (close < span.end).then_some(close)))
    }

    /// The row of the bracket that closes the first one of `kind` in `place`; with `skip`, the first one after the end of the
    /// first `skip` pair. As opa counts: breaks before the opening brackets do not count. `None` where there is none.
    pub(super) fn closing_row(&self, kind: Bracket, skip: Option<Bracket>, place: Place) -> Option<u32> {
        let (mut from, mut row) = (place.text.start, place.row);
        if let Some(skip) = skip {
            let (open, close) = self.pair(skip, from, place.text)?;
            from = close?;
            row += self.breaks(Span::new(open, from));
        }
        let (open, close) = self.pair(kind, from, place.text)?;
        Some(row + self.breaks(Span::new(open, close?)))
    }
}
