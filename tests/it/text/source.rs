use proptest::prelude::*;
use ztctl::text::{LineColumn, SourceFile, Span};

#[test]
fn lines_end_after_line_feeds() {
    let file = SourceFile::new("a", "a\r\nb\n\nc");
    assert_eq!(file.line_starts(), [0, 3, 5, 6]);
    let lines: Vec<&str> = (0..4).map(|line| file.slice(file.line_span(line).expect("a line"))).collect();
    assert_eq!(lines, ["a", "b", "", "c"]);
    assert_eq!(file.line_span(4), None);
}

#[test]
fn an_empty_text_has_one_line() {
    let file = SourceFile::new("a", "");
    assert_eq!(file.line_span(0), Some(Span::at(0)));
    assert_eq!(file.line_column(7), LineColumn { line: 1, column: 1 });
}

#[test]
fn a_byte_order_mark_has_no_column() {
    let file = SourceFile::new("a", "\u{feff}ab\n\u{feff}c");
    let columns = |at| (file.line_column(at).column, file.line_column_utf16(at).column);
    assert_eq!([0, 1, 3, 4, 5].map(columns), [(1, 1), (1, 1), (1, 1), (2, 2), (3, 3)]);
    assert_eq!([6, 9].map(columns), [(1, 1), (2, 2)]);
}

#[test]
fn many_columns_of_one_long_line_are_cheap() {
    let text = "é𝄞x".repeat(400_000);
    let file = SourceFile::new("a", text);
    for nr in 0..100_000 {
        let at = file.line_column(nr * 28);
        assert_eq!(at.column, nr * 12 + 1);
    }
}

proptest! {
    #[test]
    fn columns_count_characters(text in "[a\n\ré𝄞\u{a0}]{0,3000}", at in 0u32..8000) {
        let file = SourceFile::new("a", text.as_str());
        let mut end = (at as usize).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[..end];
        let last = before.rsplit('\n').next().unwrap_or_default();
        let line = before.matches('\n').count() as u32 + 1;
        prop_assert_eq!(file.line_column(at), LineColumn { line, column: last.chars().count() as u32 + 1 });
        prop_assert_eq!(file.line_column_utf16(at), LineColumn { line, column: last.encode_utf16().count() as u32 + 1 });
    }
}
