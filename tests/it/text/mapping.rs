use proptest::prelude::*;
use ztctl::text::{Edit, EmbeddedIn, Location, Mapping, SourceFile, SourceId, SourceMap, Span, apply_edits};

const OUTER: SourceId = SourceId(0);

fn span(start: usize, end: usize) -> Span {
    Span::new(start as u32, end as u32)
}

/// A map of an outer text and what `extract` takes out of it.
fn embed(outer: &str, extract: impl Fn(SourceId, &str) -> (String, Mapping)) -> (SourceMap, SourceId) {
    let mut sources = SourceMap::new();
    let id = sources.add(SourceFile::new("outer", outer));
    let inner = nest(&mut sources, id, extract);
    (sources, inner)
}

fn nest(sources: &mut SourceMap, outer: SourceId, extract: impl Fn(SourceId, &str) -> (String, Mapping)) -> SourceId {
    let (text, mapping) = extract(outer, &sources.get(outer).text);
    let holder = EmbeddedIn { kind: "test", object: String::new(), key: outer.0.to_string() };
    sources.add(SourceFile::embedded("outer", text, mapping, holder))
}

/// The outer text after `new` has replaced `at` of the inner one.
fn edited(sources: &SourceMap, id: SourceId, at: Span, new: &str) -> Option<String> {
    let edit = sources.outer_edit(&Edit::new(Location { source: id, span: at }, new))?;
    assert_eq!(edit.at.source, OUTER);
    Some(apply_edits(&sources.get(OUTER).text, [(edit.at.span, edit.text.as_str())]).expect("a range of the outer text"))
}

/// Every byte that a segment covers is the same on both sides, and segments are sorted and disjoint on both.
fn assert_faithful(sources: &SourceMap, id: SourceId) {
    let inner = sources.get(id);
    let mapping = inner.mapping.as_ref().expect("an embedded text");
    let outer = &sources.get(mapping.outer).text;
    let mut last = (0, 0);
    for s in &mapping.segments {
        let (start, len) = (s.inner_start as usize, s.len as usize);
        assert!(last.0 <= start && last.1 <= s.outer_start as usize, "{mapping:?}");
        assert_eq!(inner.text.as_bytes()[start..start + len], outer.as_bytes()[s.outer_start as usize..][..len]);
        last = (start + len, s.outer_start as usize + len);
        for at in s.inner_start..s.inner_start + s.len {
            let place = sources.outer(Location { source: id, span: Span::new(at, at + 1) });
            assert_eq!(place.span, Span::new(s.outer_start + (at - s.inner_start), s.outer_start + (at - s.inner_start) + 1));
        }
    }
    assert!(last.1 <= mapping.whole.end as usize);
}

fn block<'a>(content: &'a str, indent: &'a str, explicit: bool) -> impl Fn(SourceId, &str) -> (String, Mapping) + 'a {
    move |id, outer| {
        let start = outer.find(content).expect("the content");
        Mapping::block_scalar(id, outer, span(start, start + content.len()), indent, explicit)
    }
}

#[test]
fn edits_of_a_block_scalar_are_indented() {
    let content = "    package a\n\n    import rego.v1\n\n    allow = true\n";
    let outer = format!("data:\n  a.rego: |\n{content}  b: 1\n");
    let (sources, id) = embed(&outer, block(content, "    ", false));
    let inner = sources.get(id).text.to_string();
    assert_eq!(inner, "package a\n\nimport rego.v1\n\nallow = true\n");
    assert_faithful(&sources, id);
    let at = |text: &str| {
        let start = inner.find(text).expect("in the text");
        span(start, start + text.len())
    };
    let result = |at, new: &str| edited(&sources, id, at, new).map(|text| text[18..text.len() - 7].to_owned());

    assert_eq!(sources.outer(Location { source: id, span: at("allow") }).span, span(57, 62));
    assert_eq!(result(at("="), ":=").as_deref(), Some("    package a\n\n    import rego.v1\n\n    allow := true\n"));
    // whole lines go without a trace, and new ones are indented
    assert_eq!(result(at("import rego.v1\n\n"), "").as_deref(), Some("    package a\n\n    allow = true\n"));
    assert_eq!(
        result(at("allow = true\n"), "allow if {\n\ttrue\n\n}\n").as_deref(),
        Some("    package a\n\n    import rego.v1\n\n    allow if {\n    \ttrue\n\n    }\n")
    );
    // in front of a line, in the middle of one, on an empty one
    let allow = Span::at(at("allow").start);
    assert_eq!(result(allow, "x\n").as_deref(), Some("    package a\n\n    import rego.v1\n\n    x\n    allow = true\n"));
    assert_eq!(result(allow, "x ").as_deref(), Some("    package a\n\n    import rego.v1\n\n    x allow = true\n"));
    assert_eq!(result(span(10, 10), "# c").as_deref(), Some("    package a\n    # c\n    import rego.v1\n\n    allow = true\n"));
    assert_eq!(result(at("o.v1\n\nall"), "\nX").as_deref(), Some("    package a\n\n    import reg\n    Xow = true\n"));
    // deleting what stands on a line leaves it bare
    assert_eq!(result(at("import rego.v1"), "").as_deref(), Some("    package a\n\n\n\n    allow = true\n"));
    // an indented edit replaces nothing that it need not
    let edit = sources.outer_edit(&Edit::new(Location { source: id, span: at("allow") }, "deny")).expect("an edit");
    assert_eq!((edit.at.span, edit.text.as_str()), (span(57, 62), "deny"));
}

#[test]
fn a_block_scalar_refuses_what_it_cannot_hold() {
    let content = "    package a\n";
    let outer = format!("a:\n  b: |\n{content}  c: 1\n");
    let (sources, id) = embed(&outer, block(content, "    ", false));
    let end = span(10, 10);
    for (at, new) in [
        (span(0, 0), " "),        // the first line's indentation is the scalar's
        (span(0, 0), "\n  \n"),   //
        (span(9, 10), ""),        // the break in front of the next key
        (end, "\n"),              // clipped away
        (end, "x"),               // no break at the end
        (span(0, 10), "\n"),      // clipped away
        (span(8, 9), "\u{7}"),    // not printable
        (span(8, 9), "\r"),       // a break, and so are these
        (span(8, 9), "\u{85}"),   //
        (span(8, 9), "\u{2028}"), //
        (span(8, 9), "\u{feff}"), //
    ] {
        assert_eq!(edited(&sources, id, at, new), None, "{at:?} {new:?}");
    }
    assert_eq!(edited(&sources, id, end, "x\n").as_deref(), Some("a:\n  b: |\n    package a\n    x\n  c: 1\n"));
    assert_eq!(edited(&sources, id, span(0, 10), "").as_deref(), Some("a:\n  b: |\n  c: 1\n"));
    let outer = outer.replace('|', "|2");
    let (sources, id) = embed(&outer, block(content, "  ", true));
    assert_eq!(edited(&sources, id, span(0, 2), "   ").as_deref(), Some("a:\n  b: |2\n     package a\n  c: 1\n"));
}

#[test]
fn carriage_returns_stay_outside() {
    let content = "    package a\r\n\r\n    x = 1\r\n";
    let outer = format!("a:\r\n  b: |\r\n{content}  c: 1\r\n");
    let (sources, id) = embed(&outer, block(content, "    ", false));
    assert_eq!(&*sources.get(id).text, "package a\n\nx = 1\n");
    assert_faithful(&sources, id);
    let text = edited(&sources, id, span(9, 11), "\n\n# new\n").expect("an edit");
    assert_eq!(text, "a:\r\n  b: |\r\n    package a\r\n\r\n    # new\r\n    x = 1\r\n  c: 1\r\n");
}

#[test]
fn comments_keep_their_prefix() {
    let outer = "  # METADATA\n  # title: x\n  #\n  #description: y\nallow := true\n";
    let extract = |id, text: &str| Mapping::prefixed(id, text, span(13, text.find("allow").expect("the rule")), "  # ");
    let (sources, id) = embed(outer, extract);
    assert_eq!(&*sources.get(id).text, "title: x\n\ndescription: y\n");
    assert_faithful(&sources, id);
    let text = |at, new| edited(&sources, id, at, new);
    assert_eq!(
        text(span(7, 8), "z\n\nscope: rule").as_deref(),
        Some("  # METADATA\n  # title: z\n  #\n  # scope: rule\n  #\n  #description: y\nallow := true\n")
    );
    assert_eq!(text(span(0, 9), "").as_deref(), Some("  # METADATA\n  #\n  #description: y\nallow := true\n"));
    assert_eq!(text(span(0, 8), "").as_deref(), Some("  # METADATA\n  #\n  #\n  #description: y\nallow := true\n"));
    assert_eq!(text(span(25, 25), "x"), None);
    assert_eq!(text(span(24, 25), ""), None);
    assert_eq!(
        text(span(25, 25), "a:\n\n").as_deref(),
        Some("  # METADATA\n  # title: x\n  #\n  #description: y\n  # a:\n  #\nallow := true\n")
    );
}

#[test]
fn a_comment_block_may_start_behind_its_indentation() {
    let outer = "\t# a\n\t# b";
    let (sources, id) = embed(outer, |id, text| Mapping::prefixed(id, text, span(1, text.len()), "\t# "));
    assert_eq!(&*sources.get(id).text, "a\nb");
    assert_eq!(edited(&sources, id, span(0, 0), "x\n").as_deref(), Some("\t# x\n\t# a\n\t# b"));
    assert_eq!(edited(&sources, id, span(3, 3), "\n").as_deref(), Some("\t# a\n\t# b\n\t#"));
}

#[test]
fn a_fence_is_not_closed_by_an_edit() {
    let outer = "- x\n  ```rego\n  package a\n  ```\n";
    let (sources, id) = embed(outer, |id, text| Mapping::lines(id, text, span(14, 26), "  ", "```"));
    assert_eq!(&*sources.get(id).text, "package a\n");
    assert_faithful(&sources, id);
    assert_eq!(edited(&sources, id, span(10, 10), "x\n").as_deref(), Some("- x\n  ```rego\n  package a\n  x\n  ```\n"));
    assert_eq!(edited(&sources, id, span(10, 10), "x ```\n").as_deref(), Some("- x\n  ```rego\n  package a\n  x ```\n  ```\n"));
    for (at, new) in [(span(10, 10), " ```\n"), (span(0, 0), "```"), (span(0, 9), "```"), (span(9, 10), "")] {
        assert_eq!(edited(&sources, id, at, new), None, "{at:?} {new:?}");
    }
}

#[test]
fn escapes_are_decoded_and_written() {
    let content = r#"package a\n\n\"x\" \u00e9\ud834\udd1e\/\\ é"#;
    let outer = format!("{{\"a\": \"{content}\"}}");
    let (sources, id) = embed(&outer, |id, text| Mapping::double_quoted(id, text, span(7, text.len() - 2)));
    let inner = sources.get(id).text.to_string();
    assert_eq!(inner, "package a\n\n\"x\" é𝄞/\\ é");
    assert_faithful(&sources, id);
    // a place inside an escape is the whole escape
    let place = |start, end| sources.outer(Location { source: id, span: span(start, end) }).span;
    assert_eq!(&outer[place(9, 10).range()], r"\n");
    assert_eq!(&outer[place(10, 11).range()], r"\n");
    assert_eq!(&outer[place(9, 11).range()], r"\n\n");
    assert_eq!(&outer[place(16, 17).range()], r"\u00e9");
    assert_eq!(&outer[place(11, 14).range()], r#"\"x\""#);
    let result = |at, new: &str| edited(&sources, id, at, new).map(|text| text[7..text.len() - 2].to_owned());
    assert_eq!(
        result(span(10, 10), "\t\"\u{1}\u{2028}").as_deref(),
        Some(r#"package a\n\t\"\u0001\u2028\n\"x\" \u00e9\ud834\udd1e\/\\ é"#)
    );
    assert_eq!(result(span(9, 11), "").as_deref(), Some(r#"package a\"x\" \u00e9\ud834\udd1e\/\\ é"#));
    assert_eq!(result(span(16, 17), ""), None);
}

#[test]
fn quotes_are_doubled() {
    let outer = "a: 'it''s'\n";
    let (sources, id) = embed(outer, |id, text| Mapping::single_quoted(id, text, span(4, 9)));
    assert_eq!(&*sources.get(id).text, "it's");
    assert_faithful(&sources, id);
    assert_eq!(edited(&sources, id, span(2, 3), "'\"'").as_deref(), Some("a: 'it''\"''s'\n"));
    assert_eq!(edited(&sources, id, span(0, 0), "a\nb"), None);
    assert_eq!(edited(&sources, id, span(0, 0), "\u{1}"), None);
}

#[test]
fn folded_scalars_are_read_only() {
    for (outer, inner) in [("a: 'x  \n  y\n\n\n  z'\n", "x y\n\nz"), ("a: 'x \\\r\n  y'\n", "x \\ y")] {
        let (sources, id) = embed(outer, |id, text| Mapping::single_quoted(id, text, span(4, text.len() - 2)));
        assert_eq!(&*sources.get(id).text, inner);
        assert_faithful(&sources, id);
        assert_eq!(edited(&sources, id, span(0, 1), "y"), None);
    }
    let outer = "a: \"x \\\n  \\ y\\t \n  z\"\n";
    let (sources, id) = embed(outer, |id, text| Mapping::double_quoted(id, text, span(4, text.len() - 2)));
    assert_eq!(&*sources.get(id).text, "x  y\t z");
    assert_faithful(&sources, id);
    assert_eq!(edited(&sources, id, span(0, 1), "y"), None);
}

#[test]
fn levels_add_up() {
    // METADATA in Rego in a block scalar in a Markdown list's fence
    let outer = "1. x\r\n   ```yaml\r\n   a.rego: |\r\n     # METADATA\r\n     # title: it\r\n     package a\r\n   ```\r\n";
    let (mut sources, yaml) =
        embed(outer, |id, text| Mapping::lines(id, text, span(18, text.rfind("   ```").expect("a fence")), "   ", "```"));
    let rego = nest(&mut sources, yaml, |id, text| Mapping::block_scalar(id, text, span(10, text.len()), "  ", false));
    let metadata =
        nest(&mut sources, rego, |id, text| Mapping::prefixed(id, text, span(11, text.find("package").expect("a package")), "# "));
    assert_eq!(&*sources.get(rego).text, "# METADATA\n# title: it\npackage a\n");
    assert_eq!(&*sources.get(metadata).text, "title: it\n");
    let place = sources.outer(Location { source: metadata, span: span(7, 9) });
    assert_eq!((place.source, &outer[place.span.range()]), (OUTER, "it"));
    let text = edited(&sources, metadata, span(0, 0), "scope: rule\n").expect("an edit");
    assert_eq!(text, outer.replace("     # title", "     # scope: rule\r\n     # title"));
    assert_eq!(edited(&sources, metadata, span(0, 0), "\u{1}"), None);
    assert_eq!(sources.outermost(metadata), OUTER);
    assert_eq!(sources.holder(metadata).map(|h| h.key.as_str()), Some("0"));
    assert_eq!(sources.holder(OUTER), None);
}

#[test]
fn odd_ranges_do_no_harm() {
    let text = "é\n";
    for whole in [span(0, 99), span(1, 2), span(99, 99), span(3, 3)] {
        let (inner, mapping) = Mapping::lines(OUTER, text, whole, "  ", "");
        assert_eq!(inner, "");
        assert!(mapping.to_outer(span(0, 9)).end <= 3);
        assert!(mapping.to_outer(span(7, 9)).end <= 3);
    }
    let (sources, id) = embed(text, |id, text| Mapping::verbatim(id, text, span(0, 2)));
    assert_eq!(edited(&sources, id, span(1, 1), "x"), None);
    assert_eq!(edited(&sources, id, span(0, 9), "x"), None);
    assert_eq!(edited(&sources, id, span(0, 2), "\u{1}x").as_deref(), Some("\u{1}x\n"));
}

/// A range of `text`, from two arbitrary numbers.
fn range_of(text: &str, a: usize, b: usize) -> Span {
    let boundaries: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
    let (a, b) = (boundaries[a % boundaries.len()], boundaries[b % boundaries.len()]);
    span(a.min(b), a.max(b))
}

fn replaced(text: &str, at: Span, new: &str) -> String {
    format!("{}{new}{}", &text[..at.start as usize], &text[at.end as usize..])
}

const PIECES: &str = "[ab \t\n\n\n`'\"\\\\#:é𝄞\u{85}\u{7}\r-]{0,12}";

fn yaml_value(text: &str) -> Option<(String, i64)> {
    let value: serde_yaml::Value = serde_yaml::from_str(text).ok()?;
    Some((value["m"]["k"].as_str()?.to_owned(), value["m"]["z"].as_i64()?))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// What serde_yaml reads after the edit is the edited text.
    #[test]
    fn block_scalars_read_back(
        lines in prop::collection::vec("[ab#'\"\t -]{0,5}", 1..6), chomp in 0usize..3, crlf: bool, explicit: bool,
        a: usize, b: usize, new in PIECES,
    ) {
        let newline = if crlf { "\r\n" } else { "\n" };
        let mut lines = lines;
        lines.push("end".to_owned());
        let content: String =
            lines.iter().map(|l| format!("{}{l}{newline}", if l.is_empty() { "" } else { "    " })).collect();
        let header = format!("m:{newline}  k: |{}{}{newline}", if explicit { "2" } else { "" }, ["", "-", "+"][chomp]);
        let outer = format!("{header}{content}  z: 1{newline}");
        let end = header.len() + content.len() - if chomp == 1 { newline.len() } else { 0 };
        let Some((value, 1)) = yaml_value(&outer) else { return Ok(()) };
        let (sources, id) =
            embed(&outer, |id, text| Mapping::block_scalar(id, text, span(header.len(), end), "    ", explicit));
        let inner = &sources.get(id).text;
        prop_assert_eq!(&**inner, &value);
        assert_faithful(&sources, id);
        let at = range_of(inner, a, b);
        if let Some(text) = edited(&sources, id, at, &new) {
            prop_assert_eq!(yaml_value(&text), Some((replaced(inner, at, &new), 1)), "{:?} -> {:?}", outer, text);
            prop_assert!(!crlf || !text.replace("\r\n", "").contains('\n'));
        }
    }

    #[test]
    fn single_quoted_read_back(content in "([ab\"\\\\ #:]|''){0,8}", a: usize, b: usize, new in PIECES) {
        let outer = format!("m:\n  k: '{content}'\n  z: 1\n");
        let Some((value, 1)) = yaml_value(&outer) else { return Ok(()) };
        let (sources, id) = embed(&outer, |id, text| Mapping::single_quoted(id, text, span(9, 9 + content.len())));
        let inner = &sources.get(id).text;
        prop_assert_eq!(&**inner, &value);
        assert_faithful(&sources, id);
        let at = range_of(inner, a, b);
        if let Some(text) = edited(&sources, id, at, &new) {
            prop_assert_eq!(yaml_value(&text), Some((replaced(inner, at, &new), 1)));
        }
    }

    #[test]
    fn double_quoted_read_back(
        content in r#"([ab' #é𝄞]|\\[nrtbf"/\\]|\\u00[0-9a-f][0-9A-F]|\\ud834\\udd1e){0,8}"#, a: usize, b: usize, new in PIECES,
    ) {
        let outer = format!("{{\"m\": {{\"k\": \"{content}\", \"z\": 1}}}}");
        let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok().map(|v| v["m"]["k"].as_str().map(str::to_owned));
        let (sources, id) = embed(&outer, |id, text| Mapping::double_quoted(id, text, span(13, 13 + content.len())));
        let inner = &sources.get(id).text;
        prop_assert_eq!(json(&outer), Some(Some(inner.to_string())));
        assert_faithful(&sources, id);
        let at = range_of(inner, a, b);
        if let Some(text) = edited(&sources, id, at, &new) {
            let edited = replaced(inner, at, &new);
            prop_assert_eq!(json(&text), Some(Some(edited.clone())));
            // yaml_serde knows no surrogate pairs
            prop_assert!(outer.contains("\\ud8") || yaml_value(&text) == Some((edited, 1)));
        }
    }

    /// YAML's own escapes and folds are read as serde_yaml reads them.
    #[test]
    fn folded_quoted_scalars_read_the_same(content in r#"([ab\t ]|\n   |\r\n   |\\\n   |\\[0abtnvfre "/\\N_LP]|\\x4[0-9a-f]|\\U0001F60[0-9]){0,10}"#) {
        let outer = format!("m:\n  k: \"{content}\"\n  z: 1\n");
        let Some((value, 1)) = yaml_value(&outer) else { return Ok(()) };
        let (sources, id) = embed(&outer, |id, text| Mapping::double_quoted(id, text, span(9, 9 + content.len())));
        prop_assert_eq!(&*sources.get(id).text, &value);
        assert_faithful(&sources, id);
    }

    #[test]
    fn lines_and_comments_read_back(
        lines in prop::collection::vec("[ab#\t -]{0,5}", 0..6), kind in 0usize..3, ends: bool, crlf: bool, a: usize, b: usize, new in PIECES,
    ) {
        let newline = if crlf { "\r\n" } else { "\n" };
        let (lead, bare) = [("  ", ""), ("", ""), ("\t# ", "\t#")][kind];
        let mut content = lines.iter().map(|l| format!("{}{l}", if l.is_empty() { bare } else { lead })).collect::<Vec<_>>().join(newline);
        if ends && !lines.is_empty() {
            content += newline;
        }
        let (head, tail) = (format!("x{newline}"), if ends || lines.is_empty() { "```\n" } else { "\n```\n" });
        let extract = |id, text: &str| {
            let whole = span(head.len(), text.len() - tail.len());
            if kind == 2 { Mapping::prefixed(id, text, whole, lead) } else { Mapping::lines(id, text, whole, lead, "```") }
        };
        let (sources, id) = embed(&format!("{head}{content}{tail}"), extract);
        assert_faithful(&sources, id);
        let inner = &sources.get(id).text;
        let at = range_of(inner, a, b);
        if let Some(text) = edited(&sources, id, at, &new) {
            prop_assert!(text.starts_with(&head) && text.ends_with(tail));
            let (again, mapping) = extract(OUTER, &text);
            prop_assert_eq!(again, replaced(inner, at, &new), "{:?}", text);
            // what follows still stands on a line of its own
            let before = &text[..mapping.whole.end as usize];
            prop_assert!(tail.starts_with('\n') || before.ends_with('\n') || lines.is_empty(), "{:?}", text);
        }
    }

    #[test]
    fn nothing_panics(text in "\\PC{0,20}|[ \n\r\t#'\"\\\\ux0-9]{0,20}", start in 0u32..25, end in 0u32..25, a in 0u32..25, b in 0u32..25, new in PIECES, indent in "[ \t#é]{0,3}") {
        type Extract<'a> = &'a dyn Fn(SourceId, &str) -> (String, Mapping);
        let whole = Span::new(start, end);
        let all: [Extract; 6] = [
            &|id, text| Mapping::verbatim(id, text, whole),
            &|id, text| Mapping::block_scalar(id, text, whole, &indent, false),
            &|id, text| Mapping::lines(id, text, whole, &indent, "é"),
            &|id, text| Mapping::prefixed(id, text, whole, &indent),
            &|id, text| Mapping::single_quoted(id, text, whole),
            &|id, text| Mapping::double_quoted(id, text, whole),
        ];
        for extract in all {
            let (sources, id) = embed(&text, extract);
            assert_faithful(&sources, id);
            let _ = edited(&sources, id, Span::new(a, b), &new);
        }
    }
}
