use crate::text::{Edit, SourceMap};

/// How far a fix can be trusted; ordered, so that `>=` compares with what was asked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Applicability {
    /// Shown, never applied.
    DisplayOnly,
    /// Changes behaviour, or may; applied with `--unsafe-fixes`.
    Unsafe,
    /// Keeps the meaning; applied with `--fix`.
    Safe,
}

impl Applicability {
    /// `display-only`, `unsafe` or `safe`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DisplayOnly => "display-only",
            Self::Unsafe => "unsafe",
            Self::Safe => "safe",
        }
    }
}

/// Edits that remove a finding, applied all or none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    /// Says what is done: "replace `=` by `:=`".
    pub title: String,
    pub applicability: Applicability,
    edits: Vec<Edit>,
}

impl Fix {
    /// Sorts the edits by place. Overlapping edits make the fix display-only, since they cannot be applied.
    #[must_use]
    pub fn new(title: impl Into<String>, applicability: Applicability, mut edits: Vec<Edit>) -> Self {
        edits.sort_by_key(|edit| edit.at);
        let applicability = if disjoint(&edits) { applicability } else { Applicability::DisplayOnly };
        Self { title: title.into(), applicability, edits }
    }

    /// Sorted and disjoint.
    #[must_use]
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// The edits of the outermost files that do the same, sorted and disjoint; `None` where an embedded text cannot take one
    /// ([`SourceMap::outer_edit`]): the fix is display-only then.
    #[must_use]
    pub fn to_outer(&self, sources: &SourceMap) -> Option<Vec<Edit>> {
        let mut edits: Vec<Edit> = self.edits.iter().map(|edit| sources.outer_edit(edit)).collect::<Option<_>>()?;
        edits.sort_by_key(|edit| edit.at);
        disjoint(&edits).then_some(edits)
    }
}

fn disjoint(sorted: &[Edit]) -> bool {
    let apart = |a: &Edit, b: &Edit| a.at.span.end <= b.at.span.start && a.at.span != b.at.span;
    sorted.windows(2).all(|w| w[0].at.source != w[1].at.source || apart(&w[0], &w[1]))
}
