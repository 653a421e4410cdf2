//! Differences and trends in a few characters, for all formats.

use crate::assess::delta::Delta;
use crate::assess::history::Point;

/// `Level 3 (=) · secrets 3 ▲1 · network 3 ▼1`: the headline, and the domains that changed.
pub(super) fn headline(delta: &Delta) -> String {
    let word = |level: Option<u8>| level.map_or_else(|| "–".to_owned(), |level| level.to_string());
    let mut parts = vec![match delta.level.after {
        Some(level) => format!("Level {level} ({})", delta.level.mark()),
        None => format!("Not rated ({})", delta.level.mark()),
    }];
    for (domain, change) in delta.domains.iter().filter(|(_, change)| change.is_change()) {
        parts.push(format!("{domain} {} {}", word(change.after), change.mark()));
    }
    parts.join(" · ")
}

/// The levels of the last `most` points, a character each; `·` is not rated.
pub(super) fn sparkline(points: &[Point], most: usize) -> String {
    let bars = ['▁', '▂', '▃', '▅', '▆', '█'];
    let last = &points[points.len().saturating_sub(most)..];
    last.iter().map(|point| point.level.map_or('·', |level| bars[usize::from(level.min(5))])).collect()
}
