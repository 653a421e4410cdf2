//! `sprintf`: Go's formatting of integers, floats and strings.

use num_bigint::{BigInt, Sign};

use crate::eval::value::{Number, Value, quote, to_text};

/// An operand as Go sees it.
enum Arg {
    Int(i64),
    Big(BigInt),
    Float(f64),
    Text(String),
}

#[derive(Default, Clone)]
struct Flags {
    /// `%#v`
    go_syntax: bool,
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// Widths and precisions beyond this are refused, as in Go.
const LARGEST: i64 = 1_000_000;

pub(super) fn sprintf(format: &str, operands: &[Value]) -> String {
    let args: Vec<Arg> = operands.iter().map(arg).collect();
    let mut printer = Printer { format, at: 0, args: &args, next: 0, out: String::new(), reordered: false, good_index: true };
    printer.run();
    printer.out
}

fn arg(value: &Value) -> Arg {
    match value {
        Value::Number(Number::Int(int)) => Arg::Int(*int),
        Value::Number(number) => {
            let text = number.text();
            if text.contains(['.', 'e', 'E']) {
                let float = number.as_f64();
                return if float.is_finite() { Arg::Float(float) } else { Arg::Text(text.into_owned()) };
            }
            match (number.as_i64(), number.as_bigint()) {
                (Some(int), _) => Arg::Int(int),
                (None, Some(big)) => Arg::Big(big),
                (None, None) => Arg::Text(text.into_owned()),
            }
        }
        Value::String(text) => Arg::Text(text.to_string()),
        other => Arg::Text(to_text(other)),
    }
}

struct Printer<'f> {
    format: &'f str,
    at: usize,
    args: &'f [Arg],
    next: usize,
    out: String,
    /// An explicit index was used: surplus operands are no mistake.
    reordered: bool,
    good_index: bool,
}

impl Printer<'_> {
    fn peek(&self) -> Option<char> {
        self.format[self.at..].chars().next()
    }

    fn run(&mut self) {
        while self.at < self.format.len() {
            let rest = &self.format[self.at..];
            let plain = rest.find('%').unwrap_or(rest.len());
            self.out.push_str(&rest[..plain]);
            self.at += plain;
            if self.at < self.format.len() {
                self.at += 1;
                self.verb();
            }
        }
        if !self.reordered && self.next < self.args.len() {
            self.out.push_str("%!(EXTRA ");
            for (index, arg) in self.args[self.next..].iter().enumerate() {
                if index > 0 {
                    self.out.push_str(", ");
                }
                self.out.push_str(&format!("{}={}", type_name(arg), print(arg, 'v', &Flags::default())));
            }
            self.out.push(')');
        }
    }

    fn verb(&mut self) {
        let mut flags = Flags::default();
        self.good_index = true;
        while let Some(c) = self.peek() {
            match c {
                '#' => flags.sharp = true,
                '0' => flags.zero = true,
                '+' => flags.plus = true,
                '-' => flags.minus = true,
                ' ' => flags.space = true,
                _ => break,
            }
            self.at += 1;
        }
        let mut after_index = self.index();
        if self.peek() == Some('*') {
            self.at += 1;
            match self.star() {
                Some(width) => {
                    flags.minus |= width < 0;
                    flags.width = usize::try_from(width.unsigned_abs()).ok();
                }
                None => self.out.push_str("%!(BADWIDTH)"),
            }
            after_index = false;
        } else {
            flags.width = self.number();
            // `%[3]2d`
            if after_index && flags.width.is_some() {
                self.good_index = false;
            }
        }
        if self.peek() == Some('.') {
            self.at += 1;
            if after_index {
                self.good_index = false;
            }
            after_index = self.index();
            if self.peek() == Some('*') {
                self.at += 1;
                match self.star() {
                    Some(precision) if precision >= 0 => flags.precision = usize::try_from(precision).ok(),
                    _ => self.out.push_str("%!(BADPREC)"),
                }
                after_index = false;
            } else {
                flags.precision = Some(self.number().unwrap_or(0));
            }
        }
        if !after_index {
            self.index();
        }
        let Some(verb) = self.peek() else {
            self.out.push_str("%!(NOVERB)");
            return;
        };
        self.at += verb.len_utf8();
        if verb == '%' {
            self.out.push('%');
        } else if !self.good_index {
            self.out.push_str(&format!("%!{verb}(BADINDEX)"));
        } else if let Some(arg) = self.args.get(self.next) {
            self.next += 1;
            if verb == 'v' {
                flags.go_syntax = std::mem::take(&mut flags.sharp);
                // big integers see to it themselves
                flags.plus &= matches!(arg, Arg::Big(_));
            }
            let text = print(arg, verb, &flags);
            self.out.push_str(&text);
        } else {
            self.out.push_str(&format!("%!{verb}(MISSING)"));
        }
    }

    /// Digits; Go stops reading a number that is too large.
    fn number(&mut self) -> Option<usize> {
        let digits = self.format[self.at..].bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return None;
        }
        let value = self.format[self.at..self.at + digits].parse().ok().filter(|value: &i64| *value <= LARGEST);
        self.at += digits;
        value.and_then(|value| usize::try_from(value).ok())
    }

    fn star(&mut self) -> Option<i64> {
        let value = match self.args.get(self.next)? {
            Arg::Int(value) => Some(*value).filter(|value| value.unsigned_abs() <= LARGEST.unsigned_abs()),
            _ => None,
        };
        self.next += 1;
        value
    }

    /// `[3]`; returns whether there was one.
    fn index(&mut self) -> bool {
        if self.peek() != Some('[') {
            return false;
        }
        self.reordered = true;
        let Some(close) = self.format[self.at..].find(']') else {
            self.good_index = false;
            self.at += 1;
            return false;
        };
        let inner = &self.format[self.at + 1..self.at + close];
        self.at += close + 1;
        match inner.parse::<usize>() {
            Ok(index) if (1..=self.args.len()).contains(&index) && inner.bytes().all(|b| b.is_ascii_digit()) => {
                self.next = index - 1;
                true
            }
            _ => {
                self.good_index = false;
                true
            }
        }
    }
}

fn type_name(arg: &Arg) -> &'static str {
    match arg {
        Arg::Int(_) => "int64",
        Arg::Big(_) => "*big.Int",
        Arg::Float(_) => "float64",
        Arg::Text(_) => "string",
    }
}

fn print(arg: &Arg, verb: char, flags: &Flags) -> String {
    // what the verb is not for is printed as `%v` would, the flags kept
    let bad = || format!("%!{verb}({}={})", type_name(arg), print(arg, 'v', flags));
    match (verb, arg) {
        ('T', _) => pad_text(&cut(type_name(arg), flags), flags),
        ('p', _) => bad(),
        (_, Arg::Int(value)) => int(*value, verb, flags).unwrap_or_else(bad),
        (_, Arg::Big(value)) => big(value, verb, flags).unwrap_or_else(|| format!("%!{verb}(big.Int={value})")),
        (_, Arg::Float(value)) => float_verb(*value, verb, flags).unwrap_or_else(bad),
        (_, Arg::Text(text)) => text_verb(text, verb, flags).unwrap_or_else(bad),
    }
}

/// Pads to the width in characters; zeros go in front of text too.
fn pad_text(text: &str, flags: &Flags) -> String {
    let missing = flags.width.unwrap_or(0).saturating_sub(text.chars().count());
    if flags.minus {
        format!("{text}{}", " ".repeat(missing))
    } else {
        let fill = if flags.zero { "0" } else { " " };
        format!("{}{text}", fill.repeat(missing))
    }
}

/// Pads a number: zeros go behind the sign.
fn pad_number(text: &str, flags: &Flags, zeros: bool) -> String {
    let missing = flags.width.unwrap_or(0).saturating_sub(text.chars().count());
    if missing > 0 && zeros && !flags.minus {
        let (sign, digits) = match text.strip_prefix(['+', '-', ' ']) {
            Some(digits) => (&text[..1], digits),
            None => ("", text),
        };
        return format!("{sign}{}{digits}", "0".repeat(missing));
    }
    pad_text(text, &Flags { zero: false, ..flags.clone() })
}

fn sign(negative: bool, flags: &Flags) -> &'static str {
    match (negative, flags.plus, flags.space) {
        (true, _, _) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        _ => "",
    }
}

fn int(value: i64, verb: char, flags: &Flags) -> Option<String> {
    let (radix, upper) = match verb {
        'v' | 'd' => (10, false),
        'b' => (2, false),
        'o' | 'O' => (8, false),
        'x' => (16, false),
        'X' => (16, true),
        'c' => {
            let c = u32::try_from(value).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
            return Some(pad_text(&c.to_string(), flags));
        }
        'q' => {
            let c = u32::try_from(value).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
            return Some(pad_text(&quote_char(c, flags.plus), flags));
        }
        'U' => {
            let width = flags.precision.unwrap_or(0).max(4);
            let mut text = format!("U+{:0width$X}", value.cast_unsigned());
            let shown = u32::try_from(value).ok().and_then(char::from_u32).filter(|c| flags.sharp && is_printable(*c));
            if let Some(c) = shown {
                text.push_str(&format!(" '{c}'"));
            }
            return Some(pad_text(&text, &Flags { zero: false, ..flags.clone() }));
        }
        _ => return None,
    };
    Some(integer(&BigInt::from(value), radix, upper, verb, flags))
}

/// `big.Int` knows fewer verbs and writes prefixes by `#` alone.
fn big(value: &BigInt, verb: char, flags: &Flags) -> Option<String> {
    let (radix, upper) = match verb {
        'v' | 's' | 'd' => (10, false),
        'b' => (2, false),
        'o' | 'O' => (8, false),
        'x' => (16, false),
        'X' => (16, true),
        _ => return None,
    };
    Some(integer(value, radix, upper, verb, flags))
}

fn integer(value: &BigInt, radix: u32, upper: bool, verb: char, flags: &Flags) -> String {
    let negative = value.sign() == Sign::Minus;
    let mut digits = value.magnitude().to_str_radix(radix);
    if upper {
        digits = digits.to_uppercase();
    }
    if let Some(precision) = flags.precision {
        if precision == 0 && value.sign() == Sign::NoSign {
            return " ".repeat(flags.width.unwrap_or(0));
        }
        digits = format!("{}{digits}", "0".repeat(precision.saturating_sub(digits.len())));
    } else if flags.zero && !flags.minus {
        // the width in zeros, the sign included
        let taken = usize::from(negative || flags.plus || flags.space);
        let wanted = flags.width.unwrap_or(0).saturating_sub(taken);
        digits = format!("{}{digits}", "0".repeat(wanted.saturating_sub(digits.len())));
    }
    let prefix = match (verb, flags.sharp) {
        ('O', true) if !digits.starts_with('0') && i64::try_from(value).is_ok() => "0o0",
        ('O', _) => "0o",
        ('b', true) => "0b",
        ('o', true) if !digits.starts_with('0') => "0",
        ('x', true) => "0x",
        ('X', true) => "0X",
        _ => "",
    };
    pad_text(&format!("{}{prefix}{digits}", sign(negative, flags)), &Flags { zero: false, ..flags.clone() })
}

fn float_verb(value: f64, verb: char, flags: &Flags) -> Option<String> {
    let (format, precision) = match verb {
        'v' => ('g', flags.precision),
        'g' | 'G' => (verb, flags.precision),
        'e' | 'E' | 'f' | 'F' => (verb, Some(flags.precision.unwrap_or(6))),
        'b' | 'x' | 'X' => (verb, flags.precision),
        _ => return None,
    };
    let text = float(value.abs(), format, precision, flags.sharp);
    let text = format!("{}{text}", sign(value.is_sign_negative(), flags));
    Some(pad_number(&text, flags, flags.zero))
}

/// `value` has no sign.
fn float(value: f64, format: char, precision: Option<usize>, sharp: bool) -> String {
    let text = match format {
        'b' => return binary_exponent(value),
        'x' | 'X' => hexadecimal(value, precision),
        'f' | 'F' => format!("{value:.*}", precision.unwrap_or(6)),
        'e' | 'E' => exponent_form(value, precision),
        _ => general(value, precision),
    };
    let text = if sharp { sharpened(&text, format, precision) } else { text };
    if matches!(format, 'E' | 'G' | 'X') { text.to_uppercase() } else { text }
}

/// Mantissa and exponent of two, as `%b` prints them.
fn binary_exponent(value: f64) -> String {
    let bits = value.to_bits();
    let (fraction, exponent) = (bits & ((1 << 52) - 1), i64::try_from(bits >> 52).unwrap_or(0));
    if exponent == 0 { format!("{fraction}p-1074") } else { format!("{}p{:+}", fraction | 1 << 52, exponent - 1075) }
}

/// `0x1.8p+00`
fn hexadecimal(value: f64, precision: Option<usize>) -> String {
    let bits = value.to_bits();
    let (mut mantissa, mut exponent) = (bits & ((1 << 52) - 1), i64::try_from(bits >> 52).unwrap_or(0) - 1023);
    if value == 0.0 {
        exponent = 0;
    } else if exponent == -1023 {
        // below the normal range
        let shift = mantissa.leading_zeros() - 11;
        (mantissa, exponent) = (mantissa << shift, -1022 - i64::from(shift));
    } else {
        mantissa |= 1 << 52;
    }
    if let Some(precision) = precision.filter(|precision| *precision < 13) {
        // to even
        let cut = 52 - 4 * u32::try_from(precision).unwrap_or(0);
        let rest = mantissa & ((1 << cut) - 1);
        mantissa >>= cut;
        if rest > 1 << (cut - 1) || rest == 1 << (cut - 1) && mantissa & 1 == 1 {
            mantissa += 1;
        }
        mantissa <<= cut;
        if mantissa >> 53 == 1 {
            (mantissa, exponent) = (mantissa >> 1, exponent + 1);
        }
    }
    let digits = format!("{:013x}", mantissa & ((1 << 52) - 1));
    let digits = match precision {
        None => digits.trim_end_matches('0').to_owned(),
        Some(precision) => format!("{digits:0<precision$}")[..precision].to_owned(),
    };
    let point = if digits.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("0x{}{point}{digits}p{sign}{:02}", mantissa >> 52, exponent.unsigned_abs())
}

/// `#`: always a point; zeros fill up to the precision for some verbs.
fn sharpened(text: &str, format: char, precision: Option<usize>) -> String {
    let (mantissa, tail) =
        text.split_at(text.find(if matches!(format, 'x' | 'X') { ['p', 'P'] } else { ['e', 'E'] }).unwrap_or(text.len()));
    let zero = mantissa == "0";
    // what stands after the first digit that is not zero, the `x` among them
    let digits = mantissa.trim_start_matches(['0', '.']).chars().filter(|c| *c != '.').count() + usize::from(zero);
    let wanted = if matches!(format, 'g' | 'G' | 'x') { precision.unwrap_or(6) } else { 0 };
    let point = if mantissa.contains('.') { "" } else { "." };
    format!("{mantissa}{point}{}{tail}", "0".repeat(wanted.saturating_sub(digits)))
}

fn exponent_form(value: f64, precision: Option<usize>) -> String {
    let text = match precision {
        Some(precision) => format!("{value:.precision$e}"),
        None => format!("{value:e}"),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{digits:0>2}")
}

fn general(value: f64, precision: Option<usize>) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    // significant digits and exponent
    let text = match precision {
        Some(precision) => format!("{value:.*e}", precision.max(1) - 1),
        None => format!("{value:e}"),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let limit = match precision {
        // of the shortest digits
        None => 6,
        Some(precision) => {
            let precision = i32::try_from(precision.max(1)).unwrap_or(i32::MAX);
            if precision > count && count > exponent { count } else { precision }
        }
    };
    if exponent < -4 || exponent >= limit {
        let (first, rest) = digits.split_at(1.min(digits.len()));
        let point = if rest.is_empty() { String::new() } else { format!(".{rest}") };
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{first}{point}e{sign}{:02}", exponent.unsigned_abs());
    }
    if exponent < 0 {
        let zeros = usize::try_from(-exponent - 1).unwrap_or(0);
        return format!("0.{}{digits}", "0".repeat(zeros));
    }
    let whole = usize::try_from(exponent + 1).unwrap_or(0);
    if digits.len() <= whole {
        format!("{digits}{}", "0".repeat(whole - digits.len()))
    } else {
        format!("{}.{}", &digits[..whole], &digits[whole..])
    }
}

/// Not more characters than the precision.
fn cut(text: &str, flags: &Flags) -> String {
    text.chars().take(flags.precision.unwrap_or(usize::MAX)).collect()
}

fn text_verb(text: &str, verb: char, flags: &Flags) -> Option<String> {
    match verb {
        'v' if flags.go_syntax => Some(pad_text(&quoted(&cut(text, flags), flags), flags)),
        'v' | 's' => Some(pad_text(&cut(text, flags), flags)),
        'q' => Some(pad_text(&quoted(&cut(text, flags), flags), flags)),
        'x' | 'X' => {
            let bytes = &text.as_bytes()[..flags.precision.unwrap_or(usize::MAX).min(text.len())];
            let hex = |byte: &u8| if verb == 'x' { format!("{byte:02x}") } else { format!("{byte:02X}") };
            let prefix = if flags.sharp { if verb == 'x' { "0x" } else { "0X" } } else { "" };
            let out = if flags.space {
                bytes.iter().map(|byte| format!("{prefix}{}", hex(byte))).collect::<Vec<_>>().join(" ")
            } else if bytes.is_empty() {
                String::new()
            } else {
                format!("{prefix}{}", bytes.iter().map(hex).collect::<String>())
            };
            Some(pad_text(&out, flags))
        }
        _ => None,
    }
}

fn quoted(text: &str, flags: &Flags) -> String {
    if flags.sharp && !text.chars().any(|c| c < ' ' && c != '\t' || matches!(c, '`' | '\u{7f}' | '\u{feff}')) {
        return format!("`{text}`");
    }
    if flags.plus {
        return ascii_only(&quote(text));
    }
    quote(text)
}

fn is_printable(c: char) -> bool {
    matches!(c, '"' | '\\') || quote(&c.to_string()).chars().eq(['"', c, '"'])
}

fn quote_char(c: char, ascii: bool) -> String {
    let text = match c {
        '\'' => "'\\''".to_owned(),
        '"' => "'\"'".to_owned(),
        c => {
            let quoted = quote(&c.to_string());
            format!("'{}'", &quoted[1..quoted.len() - 1])
        }
    };
    if ascii { ascii_only(&text) } else { text }
}

fn ascii_only(text: &str) -> String {
    text.chars()
        .map(|c| match u32::from(c) {
            0..=0x7f => c.to_string(),
            code if code < 0x1_0000 => format!("\\u{code:04x}"),
            code => format!("\\U{code:08x}"),
        })
        .collect()
}
