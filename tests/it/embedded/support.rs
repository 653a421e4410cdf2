//! Formatting what a file holds, without the command.

use ztctl::format::embedded::{Change, Found, Kind, Put, find, put};
use ztctl::format::{Target, format};
use ztctl::syntax::rego::{Version, parse, parse_auto};
use ztctl::text::{SourceFile, SourceMap, Span};

/// A file, what was found in it, and what became of it.
pub(super) struct Done {
    pub(super) found: Found,
    pub(super) wanted: Vec<Option<String>>,
    pub(super) put: Put,
}

pub(super) fn kind_of(path: &str) -> Kind {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "json" => Kind::Json,
        "md" => Kind::Markdown,
        _ => Kind::Yaml,
    }
}

/// Formats all texts of a file; `migrate`: its ConstraintTemplates become v1.
pub(super) fn done(path: &str, text: &str, migrate: bool) -> Done {
    let mut sources = SourceMap::new();
    let id = sources.add(SourceFile::new(path, text));
    let found = find(id, sources.get(id), kind_of(path));
    let wanted: Vec<Option<String>> = found
        .texts
        .iter()
        .map(|text| {
            let tree = match text.version {
                Some(version) => parse(&*text.file.text, version),
                None => parse_auto(&*text.file.text, None),
            };
            let target = match tree.version {
                _ if migrate => Target::V1Only,
                Version::V0 => Target::V0,
                Version::V1 => Target::V1,
            };
            format(&tree, target).ok()
        })
        .collect();
    let raise = found.groups.iter().map(|group| migrate && group.is_template && group.texts.iter().all(|at| wanted[*at].is_some()));
    let change = Change { texts: wanted.clone(), raise: raise.collect(), together: migrate };
    let put = put(sources.get(id), kind_of(path), change);
    Done { found, wanted, put }
}

/// The text without the ranges of its embedded texts; of a block its header stays.
pub(super) fn outside(text: &str, found: &Found) -> String {
    let mut spans: Vec<Span> = found.texts.iter().map(|text| text.span).collect();
    spans.sort_unstable();
    let mut out = String::new();
    let mut at = 0;
    for span in spans {
        let written = &text[span.range()];
        let header = if written.starts_with(['|', '>']) { written.find('\n').unwrap_or(written.len()) } else { 0 };
        out += &text[at..span.start as usize + header];
        out.push('\u{0}');
        // blanks that end the last line of a block, and its break, are its text
        let rest = &text[span.end as usize..];
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\r']).len();
        at = span.end as usize + if header > 0 { blanks } else { 0 };
    }
    out + &text[at..]
}
