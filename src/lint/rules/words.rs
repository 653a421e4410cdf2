//! Words of command lines as they are written.

use crate::lint::manifest::ManifestCx;
use crate::model::value::{Node, Origin};
use crate::text::{Location, Span};

/// The place of a word in an element of `command` or `args`: where it is written, if the element is a script of several lines, else
/// the element.
pub(super) fn place(element: &Node, word: &str, cx: &ManifestCx<'_>) -> Origin {
    let at = element.origin.at;
    let written = cx.sources().get(at.source).slice(at.span);
    let found = written.contains('\n').then(|| written.find(word)).flatten().filter(|_| !word.is_empty());
    let bounds = found.and_then(|start| Some((u32::try_from(start).ok()?, u32::try_from(word.len()).ok()?)));
    match bounds {
        Some((start, len)) => {
            let start = at.span.start + start;
            Origin { at: Location { source: at.source, span: Span::new(start, start + len) }, via: element.origin.via.clone() }
        }
        None => element.origin.clone(),
    }
}
