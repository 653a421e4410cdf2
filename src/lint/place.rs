//! Where a finding points: what is written at the place that a rule names.

use crate::model::document::is_kustomization_name;
use crate::text::{Location, SourceId, SourceMap, Span};

/// What `via` is to a value at `at`: an alias of it or what generates it, or what a patch or a transformer puts it in the place of.
pub(super) fn passage(sources: &SourceMap, at: Location, via: Location) -> &'static str {
    let is_kustomization = |source: SourceId| sources.get(source).path.rsplit('/').next().is_some_and(is_kustomization_name);
    if at.source == via.source || is_kustomization(via.source) && !is_kustomization(at.source) {
        "reaches the object through here"
    } else {
        "takes the place of what is written here"
    }
}

/// The dash of a list item whose map begins on a later line: `- &anchor`, and its keys below.
pub(super) fn dash_of(sources: &SourceMap, at: Location) -> Option<Location> {
    let text = &*sources.get(at.source).text;
    let start = at.span.start as usize;
    let is_map = text.get(at.span.range())?.split('\n').next()?.contains(':');
    let mut end = text.get(..start)?.trim_end_matches(' ').strip_suffix('\n').filter(|_| is_map)?.len();
    loop {
        let line_start = text[..end].rfind('\n').map_or(0, |at| at + 1);
        let line = text[line_start..end].trim();
        if !line.is_empty() && !line.starts_with('#') {
            let indent = text[line_start..end].len() - text[line_start..end].trim_start().len();
            let mut words = line.split_whitespace().skip_while(|word| *word == "-");
            let rest = words.find(|word| !word.starts_with(['&', '!']));
            let is_item = line.starts_with("- ") || line == "-";
            return (is_item && rest.is_none_or(|word| word.starts_with('#'))).then(|| {
                let span = Span::new(u32::try_from(line_start + indent).unwrap_or(at.span.start), at.span.start);
                sources.first_line(Location { source: at.source, span })
            });
        }
        end = line_start.checked_sub(1)?;
    }
}

/// How far before an alias its anchor is looked for.
const MAX_DISTANCE: usize = 1 << 16;

/// Where the value of a key is defined if an alias stands behind the key: the anchor.
pub(super) fn definition(sources: &SourceMap, key: Location) -> Option<Location> {
    let text = &*sources.get(key.source).text;
    let after = text.get(key.span.end as usize..)?.trim_start_matches(' ').strip_prefix(": ")?.trim_start_matches(' ');
    let alias = after.strip_prefix('*')?;
    let ends = |c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']' | '{' | '}');
    let anchor = format!("&{}", alias.split(ends).next()?);
    let mut end = key.span.start as usize;
    let nearest = end.saturating_sub(MAX_DISTANCE);
    let first = (nearest..=end).find(|at| text.is_char_boundary(*at))?;
    while let Some(at) = text[first..end].rfind(&anchor).map(|at| first + at) {
        let behind = at + anchor.len();
        if text[..at].chars().next_back().is_none_or(ends) && text[behind..].chars().next().is_none_or(ends) {
            let span = Span::new(u32::try_from(at).ok()?, u32::try_from(behind).ok()?);
            return Some(Location { source: key.source, span });
        }
        end = at;
    }
    None
}

/// Of a key, the scalar that stands behind it on its line, so that what is wrong is pointed at and not its name. A key whose value
/// is a collection, a block, an alias or on a line of its own stays, and so does `kind`, which stands for the object.
pub(super) fn scalar_of(sources: &SourceMap, key: Location) -> Location {
    let text = &*sources.get(key.source).text;
    let (start, end) = (key.span.start as usize, key.span.end as usize);
    let rest = text[end..].lines().next().unwrap_or("");
    let after = rest.trim_start_matches(' ');
    let Some(value) = after.strip_prefix(": ").or_else(|| after.strip_prefix("= ")).map(str::trim_start) else { return key };
    let len = match value.as_bytes().first() {
        None | Some(b'#' | b'{' | b'[' | b'|' | b'>' | b'&' | b'*' | b'!') => return key,
        Some(quote @ (b'"' | b'\'')) => match value[1..].find(char::from(*quote)) {
            Some(close) if !value[1..=close].contains('\\') => close + 2,
            _ => return key,
        },
        Some(_) => {
            let end = value.find(" #").unwrap_or(value.len());
            value[..end].find([',', '}', ']']).unwrap_or(end)
        }
    };
    let value_start = end + (rest.len() - value.len());
    let value_len = value[..len].trim_end().len();
    let object = matches!(text[start..end].trim_matches(['"', '\'']), "kind");
    match (u32::try_from(value_start), u32::try_from(value_start + value_len)) {
        (Ok(from), Ok(to)) if value_len > 0 && !object => Location { source: key.source, span: Span::new(from, to) },
        _ => key,
    }
}
