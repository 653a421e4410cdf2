use crate::text::Span;

/// Where the documents of a stream lie, each with the comments and directives before it and its `---` and `...` lines.
///
/// No document can hold a line that begins with one of these marks (YAML 1.2.2, rule 206), so a broken document ends where the next
/// one begins, whatever is open in it. This is also how `kubectl` tells documents apart.
pub(super) fn split(text: &str) -> Vec<Span> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut start = 0;
    // whether what lies behind `start` belongs to a `---` line
    let mut opened = false;
    let mut at = 0;
    while let Some(mark) = next_mark(bytes, at) {
        at = mark + 3;
        if bytes[mark] == b'-' {
            // comments and directives before the first mark, or behind `...`, belong to the document that it begins
            if opened || !text[start..mark].lines().all(|line| is_preamble(line.trim_start_matches('\u{feff}'))) {
                out.push(span(start, mark));
                start = mark;
            }
            opened = true;
        } else {
            let end = line_end(bytes, at);
            if opened || !text[start..mark].lines().all(|line| is_preamble(line.trim_start_matches('\u{feff}'))) {
                out.push(span(start, end));
                start = end;
            }
            opened = false;
            at = end;
        }
    }
    out.push(span(start, text.len()));
    out
}

/// The next line that begins with `---` or `...` and a blank.
fn next_mark(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        // `...` is rare, a dash is not: look for line starts
        let line =
            if at == 0 || matches!(bytes[at - 1], b'\n' | b'\r') { at } else { at + memchr::memchr2(b'\n', b'\r', &bytes[at..])? + 1 };
        let rest = &bytes[line..];
        let rest = if line == 0 { rest.strip_prefix("\u{feff}".as_bytes()).unwrap_or(rest) } else { rest };
        if (rest.starts_with(b"---") || rest.starts_with(b"...")) && matches!(rest.get(3), None | Some(b' ' | b'\t' | b'\n' | b'\r')) {
            return Some(bytes.len() - rest.len());
        }
        if line >= bytes.len() {
            return None;
        }
        at = line + 1;
    }
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    memchr::memchr(b'\n', &bytes[from..]).map_or(bytes.len(), |len| from + len + 1)
}

fn is_preamble(line: &str) -> bool {
    line.starts_with('%') || line.trim_start().starts_with('#') || line.trim().is_empty()
}

fn span(start: usize, end: usize) -> Span {
    let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(offset(start), offset(end))
}
