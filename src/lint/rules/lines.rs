//! One finding a line.

use rustc_hash::FxHashSet;

use crate::lint::manifest::ManifestCx;
use crate::model::value::Origin;
use crate::text::SourceId;

/// The lines that a rule has reported in what it looks at.
#[derive(Default)]
pub(super) struct Lines(FxHashSet<(SourceId, usize)>);

impl Lines {
    /// Whether nothing was said about the line on which `at` begins; remembers it.
    pub(super) fn is_new(&mut self, cx: &ManifestCx<'_>, at: &Origin) -> bool {
        let outer = cx.sources().outer(at.at);
        let line = (outer.source, cx.sources().get(outer.source).line(outer.span.start));
        self.0.insert(line)
    }
}
