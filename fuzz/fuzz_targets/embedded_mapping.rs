//! Any range of any text as an embedded text of any style: what is mapped is the same on both sides, and an edit that goes
//! out leaves what a second reading gives.
#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use ztctl::text::{Edit, EmbeddedIn, Location, Mapping, SourceFile, SourceId, SourceMap, Span, apply_edits};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    before: &'a str,
    inside: &'a str,
    after: &'a str,
    style: u8,
    indent: u8,
    edit: (u16, u16),
    new: &'a str,
}

fn extract(input: &Input<'_>, id: SourceId, text: &str, whole: Span) -> (String, Mapping) {
    let indent = " ".repeat(usize::from(input.indent % 8));
    match input.style % 6 {
        0 => Mapping::verbatim(id, text, whole),
        1 => Mapping::block_scalar(id, text, whole, &indent, input.indent > 127),
        2 => Mapping::lines(id, text, whole, &indent, "```"),
        3 => Mapping::prefixed(id, text, whole, &format!("{indent}# ")),
        4 => Mapping::single_quoted(id, text, whole),
        _ => Mapping::double_quoted(id, text, whole),
    }
}

fn span(start: usize, end: usize) -> Span {
    Span::new(start as u32, end as u32)
}

fuzz_target!(|input: Input<'_>| {
    // an embedded text with lines starts on one of its own
    let head = format!("{}\n", input.before);
    let outer = format!("{head}{}{}", input.inside, input.after);
    let whole = span(head.len(), head.len() + input.inside.len());
    let mut sources = SourceMap::new();
    let id = sources.add(SourceFile::new("a", outer.as_str()));
    let (inner, mapping) = extract(&input, id, &outer, whole);
    for s in &mapping.segments {
        let (from, to, len) = (s.inner_start as usize, s.outer_start as usize, s.len as usize);
        assert_eq!(inner.as_bytes()[from..from + len], outer.as_bytes()[to..to + len]);
    }
    let holder = EmbeddedIn { kind: "test", object: String::new(), key: String::new() };
    let nested = sources.add(SourceFile::embedded("a", inner.as_str(), mapping, holder));
    let at = Span::new(u32::from(input.edit.0.min(input.edit.1)), u32::from(input.edit.0.max(input.edit.1)));
    let place = sources.outer(Location { source: nested, span: at }).span;
    assert!(place.end as usize <= outer.len());
    let Some(edit) = sources.outer_edit(&Edit::new(Location { source: nested, span: at }, input.new)) else { return };
    let edited = apply_edits(&outer, [(edit.at.span, edit.text.as_str())]).expect("a range of the outer text");
    assert!(edited.starts_with(&head) && edited.ends_with(input.after));
    let whole = span(head.len(), edited.len() - input.after.len());
    let (again, _) = extract(&input, id, &edited, whole);
    let expected = format!("{}{}{}", &inner[..at.start as usize], input.new, &inner[at.end as usize..]);
    assert_eq!(again, expected, "{edited:?}");
});
