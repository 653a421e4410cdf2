//! Words: quotes, escapes, expansions.

use super::Word;
use super::read::{MAX_DEPTH, Reader, span};

/// Reads one word.
pub(super) struct WordReader {
    text: String,
    unknown: Option<usize>,
}

impl WordReader {
    /// The word that begins at the reader's place, which moves behind it. Does not move where no word begins.
    pub(super) fn read(reader: &mut Reader<'_>) -> Word {
        let start = reader.at;
        let mut this = Self { text: String::new(), unknown: None };
        while let Some(byte) = reader.byte(0) {
            match byte {
                b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b')' => break,
                b'\r' if reader.byte(1) == Some(b'\n') => break,
                // an array: `names=(a b)`
                b'(' if this.text.ends_with('=') => {
                    let from = reader.at;
                    reader.at += 1;
                    if reader.depth < MAX_DEPTH {
                        array(reader);
                    }
                    this.run_only(&reader.text[from..reader.at]);
                }
                b'(' => break,
                b'\'' => this.single(reader),
                b'"' => this.double(reader),
                b'\\' => this.escape(reader),
                b'$' if reader.byte(1) == Some(b'\'') => {
                    reader.at += 1;
                    this.single(reader);
                }
                b'$' if reader.byte(1) == Some(b'"') => {
                    reader.at += 1;
                    this.double(reader);
                }
                b'$' => this.dollar(reader),
                b'`' => this.backticks(reader),
                _ => this.plain(reader),
            }
        }
        let end = reader.at;
        let written = reader.text.get(start..end).unwrap_or("");
        let inside = written.len() > 1 && matches!(written.as_bytes()[0], b'\'' | b'"') && written.ends_with(&written[..1]);
        let quoted = (inside && written[1..written.len() - 1] == this.text).then(|| span(start + 1, end - 1));
        Word { span: span(start, end), text: this.text, unknown: this.unknown, quoted }
    }

    /// A run of characters that stand for themselves.
    fn plain(&mut self, reader: &mut Reader<'_>) {
        let start = reader.at;
        let special = |b: &u8| {
            matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')' | b'\'' | b'"' | b'\\' | b'$' | b'`')
        };
        let rest = &reader.text.as_bytes()[start..reader.end];
        // the first one is no word's end: the caller has looked
        let length = rest.iter().skip(1).position(special).map_or(rest.len(), |at| at + 1);
        reader.at += length;
        self.text.push_str(&reader.text[start..reader.at]);
    }

    /// Text that only a run can tell.
    fn run_only(&mut self, written: &str) {
        self.unknown.get_or_insert(self.text.len());
        self.text.push_str(written);
    }

    fn single(&mut self, reader: &mut Reader<'_>) {
        let from = reader.at + 1;
        let end = memchr::memchr(b'\'', &reader.text.as_bytes()[from..reader.end]).map_or(reader.end, |length| from + length);
        self.text.push_str(&reader.text[from..end]);
        reader.at = (end + 1).min(reader.end);
    }

    fn double(&mut self, reader: &mut Reader<'_>) {
        reader.at += 1;
        while let Some(byte) = reader.byte(0) {
            match byte {
                b'"' => {
                    reader.at += 1;
                    return;
                }
                b'\\' => match reader.byte(1) {
                    Some(b'$' | b'`' | b'"' | b'\\') => {
                        self.text.push(char::from(reader.text.as_bytes()[reader.at + 1]));
                        reader.at += 2;
                    }
                    Some(b'\n') => reader.at += 2,
                    _ => {
                        self.text.push('\\');
                        reader.at += 1;
                    }
                },
                b'$' => self.dollar(reader),
                b'`' => self.backticks(reader),
                _ => {
                    let rest = &reader.text.as_bytes()[reader.at..reader.end];
                    let length = rest.iter().position(|b| matches!(b, b'"' | b'\\' | b'$' | b'`')).unwrap_or(rest.len());
                    self.text.push_str(&reader.text[reader.at..reader.at + length]);
                    reader.at += length;
                }
            }
        }
    }

    fn escape(&mut self, reader: &mut Reader<'_>) {
        let rest = &reader.text[reader.at + 1..reader.end];
        match rest.chars().next() {
            Some('\n') => reader.at += 2,
            Some('\r') if rest.starts_with("\r\n") => reader.at += 3,
            Some(c) => {
                self.text.push(c);
                reader.at += 1 + c.len_utf8();
            }
            None => reader.at += 1,
        }
    }

    /// `$VAR`, `${…}`, `$(…)`, `$((…))`; a `$` before anything else stands for itself.
    fn dollar(&mut self, reader: &mut Reader<'_>) {
        let start = reader.at;
        match reader.byte(1) {
            Some(b'{') => {
                reader.at += 2;
                braces(reader);
            }
            Some(b'(') if reader.depth < MAX_DEPTH => {
                reader.at += 2;
                reader.substitution();
            }
            Some(b'(') => reader.at += 2,
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => {
                reader.at += 1;
                while matches!(reader.byte(0), Some(b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_')) {
                    reader.at += 1;
                }
            }
            Some(b'0'..=b'9' | b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!') => reader.at += 2,
            _ => {
                self.text.push('$');
                reader.at += 1;
                return;
            }
        }
        self.run_only(&reader.text[start..reader.at]);
    }

    fn backticks(&mut self, reader: &mut Reader<'_>) {
        let start = reader.at;
        let bytes = reader.text.as_bytes();
        let mut end = start + 1;
        while end < reader.end && bytes[end] != b'`' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        if end >= reader.end || reader.depth >= MAX_DEPTH {
            reader.at += 1;
        } else {
            reader.backticks(start + 1, end);
        }
        self.run_only(&reader.text[start..reader.at]);
    }
}

/// Behind `${`: up to and with the brace that closes it.
fn braces(reader: &mut Reader<'_>) {
    let mut open = 1_usize;
    while let Some(byte) = reader.byte(0) {
        reader.at += 1;
        match byte {
            b'{' => open += 1,
            b'}' => open -= 1,
            b'\\' if reader.byte(0).is_some_and(|next| next.is_ascii()) => reader.at += 1,
            b'\n' if open == 1 => return,
            _ => {}
        }
        if open == 0 {
            return;
        }
    }
}

/// Behind `(` of an array: up to and with its closing parenthesis.
fn array(reader: &mut Reader<'_>) {
    reader.depth += 1;
    while let Some(byte) = reader.byte(0) {
        match byte {
            b')' => {
                reader.at += 1;
                break;
            }
            b'#' => {
                while reader.byte(0).is_some_and(|byte| byte != b'\n') {
                    reader.at += 1;
                }
            }
            b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' => reader.at += 1,
            _ => {
                let from = reader.at;
                WordReader::read(reader);
                if reader.at == from {
                    reader.at += 1;
                }
            }
        }
    }
    reader.depth -= 1;
}
