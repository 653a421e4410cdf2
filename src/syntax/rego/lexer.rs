//! Text → tokens. Every byte lies in exactly one token.
//!
//! Facts follow opa's scanner: `"` and `` ` `` strings, template strings whose expressions are lexed in place, numbers that
//! swallow the letters glued to them, identifiers of ASCII letters and decimal digits of any script.

use super::{Kind, SyntaxError, literal};
use crate::syntax::tree::{SyntaxKind, TokenData};
use crate::text::Span;

/// Tokens of a text, and what is wrong with single tokens.
pub(super) struct Lexed {
    pub(super) tokens: Vec<TokenData<Kind>>,
    pub(super) errors: Vec<SyntaxError>,
}

/// An open template string.
struct Template {
    /// `"` or `` ` ``.
    quote: u8,
    /// Braces open inside the current expression, its own not counted.
    braces: u32,
}

struct Lexer<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    tokens: Vec<TokenData<Kind>>,
    errors: Vec<SyntaxError>,
    templates: Vec<Template>,
}

/// Splits `text` into tokens. Offsets have 32 bits; a longer text is one unknown token.
pub(super) fn lex(text: &str) -> Lexed {
    if u32::try_from(text.len()).is_err() {
        let mut errors = Vec::new();
        super::push_error(&mut errors, Span::at(0), "found a text of 4 GiB or more".to_owned(), Some("split the file".to_owned()));
        return Lexed { tokens: vec![TokenData { kind: Kind::Unknown, start: 0 }], errors };
    }
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        at: 0,
        tokens: Vec::with_capacity(text.len() / 3 + 8),
        errors: Vec::new(),
        templates: Vec::new(),
    };
    lexer.forbidden_characters();
    if text.starts_with('\u{feff}') {
        lexer.at = 3;
        lexer.push(Kind::Whitespace, 0);
    }
    while lexer.at < lexer.bytes.len() {
        lexer.token();
    }
    lexer.errors.sort_by_key(|error| error.span.start);
    Lexed { tokens: lexer.tokens, errors: lexer.errors }
}

impl Lexer<'_> {
    /// NUL and byte-order marks are refused even in comments and strings.
    fn forbidden_characters(&mut self) {
        for at in memchr::memchr_iter(0, self.bytes) {
            self.error(at, at + 1, "found a NUL character", Some("remove it"));
        }
        for at in memchr::memmem::find_iter(self.bytes, "\u{feff}") {
            if at > 0 {
                self.error(at, at + 3, "found a byte-order mark inside the text", Some("remove it; it is allowed only at the very start"));
            }
        }
    }

    fn error(&mut self, start: usize, end: usize, message: impl Into<String>, help: Option<&str>) {
        self.errors.push(SyntaxError { span: Span::new(start as u32, end as u32), message: message.into(), help: help.map(str::to_owned) });
    }

    fn push(&mut self, kind: Kind, start: usize) {
        self.tokens.push(TokenData { kind, start: start as u32 });
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn token(&mut self) {
        let start = self.at;
        let first = self.bytes[start];
        self.at += 1;
        let kind = match first {
            b' ' | b'\t' | b'\r' | b'\n' => self.white_space(first),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(start),
            b'0'..=b'9' => {
                self.number(start);
                Kind::Number
            }
            b'#' => {
                self.at = memchr::memchr(b'\n', &self.bytes[start..]).map_or(self.bytes.len(), |len| start + len);
                // a carriage return before the line feed is part of the line break
                while self.at > start + 1 && self.at < self.bytes.len() && self.bytes[self.at - 1] == b'\r' {
                    self.at -= 1;
                }
                Kind::Comment
            }
            b'"' => self.string(start),
            b'`' => self.raw_string(start),
            b'[' => Kind::LeftBracket,
            b']' => Kind::RightBracket,
            b'(' => Kind::LeftParen,
            b')' => Kind::RightParen,
            b'{' => {
                if let Some(template) = self.templates.last_mut() {
                    template.braces += 1;
                }
                Kind::LeftBrace
            }
            b'}' => {
                if let Some(template) = self.templates.last_mut() {
                    if template.braces == 0 {
                        self.push(Kind::RightBrace, start);
                        self.template_text();
                        return;
                    }
                    template.braces -= 1;
                }
                Kind::RightBrace
            }
            b'$' if matches!(self.byte(0), b'"' | b'`') => {
                let quote = self.byte(0);
                self.at += 1;
                self.push(Kind::TemplateStart, start);
                self.templates.push(Template { quote, braces: 0 });
                self.template_text();
                return;
            }
            b'.' if self.byte(0).is_ascii_digit() && !self.after_operand() => {
                self.number(start);
                Kind::Number
            }
            b'.' => Kind::Dot,
            b',' => Kind::Comma,
            b';' => Kind::Semicolon,
            b':' => self.with_equal(Kind::Assign, Kind::Colon),
            b'=' => self.with_equal(Kind::EqualEqual, Kind::Equal),
            b'<' => self.with_equal(Kind::LessEqual, Kind::Less),
            b'>' => self.with_equal(Kind::GreaterEqual, Kind::Greater),
            b'!' if self.byte(0) == b'=' => {
                self.at += 1;
                Kind::NotEqual
            }
            b'+' => Kind::Plus,
            b'-' => Kind::Minus,
            b'*' => Kind::Star,
            b'/' => Kind::Slash,
            b'%' => Kind::Percent,
            b'&' => Kind::Ampersand,
            b'|' => Kind::Pipe,
            _ => self.unknown(start),
        };
        self.push(kind, start);
    }

    fn with_equal(&mut self, with: Kind, without: Kind) -> Kind {
        if self.byte(0) == b'=' {
            self.at += 1;
            with
        } else {
            without
        }
    }

    fn white_space(&mut self, first: u8) -> Kind {
        let mut newline = first == b'\n';
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\r' => {}
                b'\n' => newline = true,
                _ => break,
            }
            self.at += 1;
        }
        if newline { Kind::Newline } else { Kind::Whitespace }
    }

    /// Letters and digits of an identifier after its first letter.
    fn word_rest(&mut self) {
        while let Some(byte) = self.bytes.get(self.at) {
            if byte.is_ascii_alphanumeric() || *byte == b'_' {
                self.at += 1;
            } else if *byte < 0x80 {
                break;
            } else {
                match self.text[self.at..].chars().next() {
                    Some(c) if literal::is_decimal_digit(c) => self.at += c.len_utf8(),
                    _ => break,
                }
            }
        }
    }

    fn word(&mut self, start: usize) -> Kind {
        self.word_rest();
        keyword(&self.bytes[start..self.at])
    }

    /// Whether the previous token ends an operand right here, so that a dot continues it.
    fn after_operand(&self) -> bool {
        self.tokens.last().is_some_and(|token| {
            !matches!(
                token.kind,
                Kind::Whitespace
                    | Kind::Newline
                    | Kind::Comment
                    | Kind::LeftBracket
                    | Kind::LeftBrace
                    | Kind::LeftParen
                    | Kind::Comma
                    | Kind::Colon
                    | Kind::Semicolon
                    | Kind::Plus
                    | Kind::Minus
                    | Kind::Star
                    | Kind::Slash
                    | Kind::Percent
                    | Kind::Ampersand
                    | Kind::Pipe
                    | Kind::EqualEqual
                    | Kind::NotEqual
                    | Kind::Less
                    | Kind::LessEqual
                    | Kind::Greater
                    | Kind::GreaterEqual
                    | Kind::Equal
                    | Kind::Assign
            )
        })
    }

    fn digits(&mut self) -> bool {
        let start = self.at;
        while self.byte(0).is_ascii_digit() {
            self.at += 1;
        }
        self.at > start
    }

    /// Reads the rest of a number whose first character, a digit or a decimal point, has been taken.
    fn number(&mut self, start: usize) {
        self.digits();
        let mut problem = None;
        if self.byte(0) == b'.' {
            self.at += 1;
            if !self.digits() {
                problem = Some(("expected a digit after the decimal point", "write a fraction such as `1.0`, or drop the point"));
            }
        }
        if matches!(self.byte(0), b'e' | b'E') {
            self.at += 1;
            if matches!(self.byte(0), b'+' | b'-') {
                self.at += 1;
            }
            if !self.digits() {
                problem = problem.or(Some(("expected digits in the exponent", "write an exponent such as `1e3`")));
            }
        }
        if self.byte(0).is_ascii_alphabetic() || self.byte(0) == b'_' {
            self.word_rest();
            problem = problem.or(Some(("expected a decimal number", "numbers have no letters and no `_` in them")));
        }
        let text = &self.text[start..self.at];
        // a point may stand apart, as in `. 5`
        let pointed = self.tokens.iter().rev().find(|token| !token.kind.is_trivia()).is_some_and(|token| token.kind == Kind::Dot);
        let check = || if pointed { literal::check_number(&format!(".{text}")) } else { literal::check_number(text) };
        if let Some((what, help)) = problem.or_else(|| check().err()) {
            let message = format!("found `{}`, {what}", literal::shorten(text));
            self.error(start, self.at, message, Some(help));
        }
    }

    /// Takes what a backslash starts, the backslash itself having been taken; false if that is no escape.
    fn escape(&mut self, template: bool) -> bool {
        match self.byte(0) {
            b'\\' | b'"' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 1,
            b'{' if template => self.at += 1,
            b'u' => {
                self.at += 1;
                // as many hexadecimal digits as there are; the literal is checked as a whole
                for _ in 0..4 {
                    if self.byte(0).is_ascii_hexdigit() {
                        self.at += 1;
                    }
                }
            }
            _ => return false,
        }
        true
    }

    fn string(&mut self, start: usize) -> Kind {
        let mut escaped = false;
        let mut bad = false;
        loop {
            match memchr::memchr3(b'"', b'\\', b'\n', &self.bytes[self.at..]).map(|len| self.at + len) {
                Some(at) if self.bytes[at] == b'"' => {
                    self.at = at + 1;
                    break;
                }
                Some(at) if self.bytes[at] == b'\\' => {
                    self.at = at + 1;
                    escaped = true;
                    bad |= self.bad_escape(false);
                }
                end => {
                    self.at = end.unwrap_or(self.bytes.len());
                    if self.bytes[self.at - 1] == b'\r' && self.at - 1 > start {
                        self.at -= 1;
                    }
                    let found = literal::shorten(&self.text[start..self.at]);
                    let message = format!("found `{found}`, a string that is not terminated on its line");
                    self.error(start, self.at, message, Some("close it with `\"`; use backquotes for text of several lines"));
                    return Kind::Unknown;
                }
            }
        }
        if escaped && !bad {
            self.check_escaped(start, self.at);
        }
        Kind::String
    }

    /// Takes an escape and reports it if it is none; true if it is bad.
    fn bad_escape(&mut self, template: bool) -> bool {
        let backslash = self.at - 1;
        if self.escape(template) {
            return false;
        }
        let c = self.text[self.at..].chars().next();
        let end = match c {
            Some(c) if c != '\n' && c != '\r' => self.at + c.len_utf8(),
            _ => self.at,
        };
        let message = format!("found `{}`, an illegal escape", &self.text[backslash..end]);
        let help = if template {
            "use one of \\n \\t \\r \\b \\f \\\" \\\\ \\/ \\uXXXX \\{, or a template in backquotes"
        } else {
            "use one of \\n \\t \\r \\b \\f \\\" \\\\ \\/ \\uXXXX, or a raw string in backquotes"
        };
        self.error(backslash, end, message, Some(help));
        true
    }

    /// Checks text with escapes, quotes included, the way JSON is strict about it.
    fn check_escaped(&mut self, start: usize, end: usize) {
        if let Err((offset, len, what)) = literal::check_escapes(&self.text[start..end]) {
            let (from, to) = (start + offset, start + offset + len);
            let found = &self.text[from..to];
            let found = if found.starts_with('\\') { found.to_owned() } else { found.escape_default().to_string() };
            let message = format!("found `{found}`, {what}");
            self.error(from, to, message, Some("write `\\u` with four hexadecimal digits, and control characters as escapes"));
        }
    }

    fn raw_string(&mut self, start: usize) -> Kind {
        if let Some(len) = memchr::memchr(b'`', &self.bytes[self.at..]) {
            self.at += len + 1;
            return Kind::RawString;
        }
        self.at = self.bytes.len();
        self.error(start, start + 1, "found a raw string that is not terminated", Some("close it with a backquote"));
        Kind::Unknown
    }

    /// Text of the innermost template up to its end or the brace of its next expression.
    fn template_text(&mut self) {
        let Some(Template { quote, .. }) = self.templates.last() else { return };
        let quote = *quote;
        let start = self.at;
        let mut escaped = false;
        let mut bad = false;
        let end = loop {
            let Some(&byte) = self.bytes.get(self.at) else { break None };
            match byte {
                b'{' => break Some(b'{'),
                b'\\' if quote == b'"' => {
                    self.at += 1;
                    escaped |= self.byte(0) != b'{';
                    bad |= self.bad_escape(true);
                }
                b'\\' if self.byte(1) == b'{' => self.at += 2,
                b'\n' if quote == b'"' => break None,
                _ if byte == quote => break Some(quote),
                _ => self.at += 1,
            }
        };
        if self.at > start {
            if escaped && !bad {
                self.check_escaped(start, self.at);
            }
            self.push(Kind::TemplateText, start);
        }
        match end {
            Some(b'{') => {
                self.push(Kind::LeftBrace, self.at);
                self.at += 1;
                if let Some(template) = self.templates.last_mut() {
                    template.braces = 0;
                }
            }
            Some(_) => {
                self.push(Kind::TemplateEnd, self.at);
                self.at += 1;
                self.templates.pop();
            }
            None => {
                self.templates.pop();
                let help = if quote == b'"' {
                    "close it with `\"`; start it with $ and a backquote for text of several lines"
                } else {
                    "close it with a backquote"
                };
                self.error(start, self.at.max(start), "found a template string that is not terminated", Some(help));
            }
        }
    }

    /// A character that starts no token; a run of them is one token.
    fn unknown(&mut self, start: usize) -> Kind {
        let c = self.text[start..].chars().next().unwrap_or('\u{fffd}');
        self.at = start + c.len_utf8();
        let (message, help): (String, &str) = match c {
            '\0' => return Kind::Unknown,
            '\'' => {
                let line = memchr::memchr2(b'\'', b'\n', &self.bytes[self.at..]).map(|len| self.at + len);
                if let Some(end) = line.filter(|end| self.bytes[*end] == b'\'') {
                    self.at = end + 1;
                }
                let found = literal::shorten(&self.text[start..self.at]);
                (format!("found `{found}`, single quotes do not make a string"), "use double quotes, or backquotes for raw text")
            }
            '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{2018}' | '\u{2019}' => {
                let line = &self.text[self.at..];
                let line = &line[..line.find('\n').unwrap_or(line.len())];
                if let Some((end, close)) =
                    line.char_indices().find(|(_, c)| matches!(c, '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}'))
                {
                    self.at += end + close.len_utf8();
                }
                let found = literal::shorten(&self.text[start..self.at]);
                (format!("found `{found}` in typographic quotes"), "use plain double quotes")
            }
            '!' => ("found `!`, which is no operator".to_owned(), "write `not` before the expression"),
            '$' => ("found `$`, which starts nothing here".to_owned(), "a template string starts with $ right before its quote"),
            '\u{a0}' => ("found a non-breaking space".to_owned(), "use a regular space"),
            '?' => (
                "found `?`, which is no operator".to_owned(),
                "there is no conditional operator; write further rules, or use `object.get` for a default",
            ),
            _ => {
                while let Some(c) = self.text[self.at..].chars().next().filter(|c| !c.is_ascii() && *c != '\u{a0}') {
                    self.at += c.len_utf8();
                }
                let found = literal::shorten(&self.text[start..self.at]);
                (
                    format!("found `{}`, which starts nothing in Rego", found.escape_debug()),
                    "names consist of ASCII letters, digits and `_`; put other text into quotes",
                )
            }
        };
        self.error(start, self.at, message, Some(help));
        Kind::Unknown
    }
}

/// The keyword that `word` is, reserved or opt-in, else [`Kind::Ident`].
fn keyword(word: &[u8]) -> Kind {
    match word {
        b"package" => Kind::PackageKw,
        b"import" => Kind::ImportKw,
        b"as" => Kind::AsKw,
        b"default" => Kind::DefaultKw,
        b"else" => Kind::ElseKw,
        b"not" => Kind::NotKw,
        b"some" => Kind::SomeKw,
        b"with" => Kind::WithKw,
        b"null" => Kind::NullKw,
        b"true" => Kind::TrueKw,
        b"false" => Kind::FalseKw,
        b"if" => Kind::IfKw,
        b"contains" => Kind::ContainsKw,
        b"in" => Kind::InKw,
        b"every" => Kind::EveryKw,
        b"and" => Kind::AndKw,
        b"or" => Kind::OrKw,
        _ => Kind::Ident,
    }
}
