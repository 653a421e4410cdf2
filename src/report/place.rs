use crate::diag::Place;
use crate::text::{Location, SourceFile, SourceMap, Span};

/// A place in the outermost file, as reports name it.
#[derive(Clone, Copy)]
pub(super) struct Position<'a> {
    /// `""` for the run as a whole.
    pub(super) path: &'a str,
    pub(super) range: Option<Range<'a>>,
}

#[derive(Clone, Copy)]
pub(super) struct Range<'a> {
    pub(super) file: &'a SourceFile,
    pub(super) span: Span,
}

impl<'a> Position<'a> {
    pub(super) fn of(sources: &'a SourceMap, place: Place) -> Self {
        match place {
            Place::Run => Self { path: "", range: None },
            Place::File(id) => Self { path: &sources.get(sources.outermost(id)).path, range: None },
            Place::At(at) => Self::at(sources, at),
        }
    }

    pub(super) fn at(sources: &'a SourceMap, at: Location) -> Self {
        let outer = sources.outer(at);
        let file = sources.get(outer.source);
        let end = u32::try_from(file.text.len()).unwrap_or(u32::MAX);
        let span = Span::new(outer.span.start.min(end), outer.span.end.min(end));
        Self { path: &file.path, range: Some(Range { file, span }) }
    }

    /// `path:line:column`, as far as there is such a place.
    pub(super) fn label(&self) -> String {
        match self.range {
            Some(range) => {
                let start = range.file.line_column(range.span.start);
                format!("{}:{}:{}", super::visible(self.path), start.line, start.column)
            }
            None => super::visible(self.path).into_owned(),
        }
    }
}
