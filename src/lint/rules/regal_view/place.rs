//! Rows and columns as Regal computes with them: a column counts characters, an end adds the bytes of the text.

use super::{Id, NOWHERE, RegalView};
use crate::text::SourceFile;

/// A row and a column from 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::lint::rules) struct Corner {
    pub(in crate::lint::rules) row: u32,
    pub(in crate::lint::rules) column: u32,
}

/// Where an item starts and ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::lint::rules) struct Region {
    pub(in crate::lint::rules) start: Corner,
    pub(in crate::lint::rules) end: Corner,
}

impl Region {
    /// Whether `other` lies inside.
    pub(in crate::lint::rules) fn contains(&self, other: &Self) -> bool {
        let (start, end) = (self.start, self.end);
        let above = start.row < other.start.row || (start.row == other.start.row && start.column <= other.start.column);
        let below = end.row > other.end.row || (end.row == other.end.row && end.column >= other.end.column);
        above && below
    }

    /// Regal's question whether a point lies in a range: a box of rows and columns, or any row strictly between.
    pub(in crate::lint::rules) fn holds(&self, point: Corner) -> bool {
        let rows = point.row >= self.start.row && point.row <= self.end.row;
        let columns = point.column >= self.start.column && point.column <= self.end.column;
        (rows && columns) || (point.row > self.start.row && point.row < self.end.row)
    }
}

impl RegalView<'_> {
    /// Where an item is to Regal; `None` where it has no place.
    pub(in crate::lint::rules) fn region(&self, file: &SourceFile, id: Id) -> Option<Region> {
        let item = self.item(id);
        if item.at == NOWHERE {
            return None;
        }
        let start = corner(file, item.at);
        let text = self.text[item.text.range()].as_bytes();
        let end = match memchr::memrchr(b'\n', text) {
            None => Corner { row: start.row, column: start.column + text.len() as u32 },
            Some(last) => {
                let breaks = memchr::memchr_iter(b'\n', text).count() as u32;
                Corner { row: start.row + breaks, column: (text.len() - last) as u32 }
            }
        };
        Some(Region { start, end })
    }

    /// Whether two items that start alike end alike, too, as far as OPA knows.
    pub(in crate::lint::rules) fn is_same_place(&self, a: Id, b: Id) -> bool {
        let end = |id: Id| {
            let text = self.text[self.item(id).text.range()].as_bytes();
            (memchr::memchr_iter(b'\n', text).count(), text.len() - memchr::memrchr(b'\n', text).unwrap_or(0))
        };
        self.item(a).at == self.item(b).at && end(a) == end(b)
    }

    /// The row of an item.
    pub(in crate::lint::rules) fn row(&self, file: &SourceFile, id: Id) -> Option<u32> {
        let at = self.item(id).at;
        (at != NOWHERE).then(|| file.line(at) as u32 + 1)
    }

    /// Whether the value in a rule's head is where `at` is: from there Regal sees all variables of the body.
    pub(super) fn is_in_head_value(&self, file: &SourceFile, rule: usize, at: u32) -> bool {
        let Some(value) = self.head_value(rule) else { return false };
        let item = self.item(value);
        if item.at == NOWHERE || at == NOWHERE || at < item.at {
            return false;
        }
        let Some(region) = self.region(file, value) else { return false };
        let point = corner(file, at);
        if point.row > region.end.row || point.column < region.start.column {
            return false;
        }
        // Regal cuts the value's last line at the end's column, from the line's start where there are several
        let line = file.line_span(region.end.row as usize - 1).map_or("", |span| file.slice(span));
        let width = if region.start.row == region.end.row {
            let rest = line.chars().count().saturating_sub(region.start.column as usize - 1);
            rest.min((region.end.column - region.start.column) as usize)
        } else {
            line.chars().count().min(region.end.column as usize)
        };
        point.column as usize <= region.start.column as usize + width
    }
}

fn corner(file: &SourceFile, at: u32) -> Corner {
    let at = file.line_column(at);
    Corner { row: at.line, column: at.column }
}
