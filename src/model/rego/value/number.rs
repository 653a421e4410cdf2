use std::cmp::Ordering;
use std::sync::Arc;

use num_bigint::{BigInt, BigUint, Sign};

/// A JSON number that keeps its spelling: `1.50` prints as `1.50` and equals `1.5`.
///
/// OPA keeps numbers as text, compares them exactly, and computes on integers exactly, else with 64-bit mantissas.
#[derive(Clone, Debug)]
pub enum Number {
    /// Spelled as `i64` prints it.
    Int(i64),
    /// Any other spelling.
    Text(Arc<str>),
}

impl Number {
    /// The number that `text`, a valid JSON number (or `.5`), spells.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let plain = digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
        match text.parse() {
            Ok(value) if plain && text != "-0" => Self::Int(value),
            _ => Self::Text(text.into()),
        }
    }

    /// The spelling.
    #[must_use]
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Self::Int(value) => value.to_string().into(),
            Self::Text(text) => (&**text).into(),
        }
    }

    /// The value as `i64`: integers, also with zeros after the point (`10.00`), not with an exponent.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            Self::Text(text) => {
                // at most 19 characters after the sign, as OPA counts them
                let digits = text.strip_prefix('-').unwrap_or(text);
                if digits.is_empty() || digits.len() > 19 {
                    return None;
                }
                let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
                if !fraction.bytes().all(|b| b == b'0') || !whole.bytes().all(|b| b.is_ascii_digit()) {
                    return None;
                }
                let value: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
                i64::try_from(if text.starts_with('-') { -value } else { value }).ok()
            }
        }
    }

    /// The nearest `f64`; infinite where the number is too large.
    #[must_use]
    pub fn as_f64(&self) -> f64 {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "the nearest value is what is asked for")]
            Self::Int(value) => *value as f64,
            Self::Text(text) => text.parse().unwrap_or(f64::NAN),
        }
    }

    /// The exact integer value, if it is one (`1e3` and `2.0` are), and if it has at most some 100,000 digits.
    #[must_use]
    pub fn as_bigint(&self) -> Option<BigInt> {
        match self {
            Self::Int(value) => Some(BigInt::from(*value)),
            Self::Text(text) => {
                let decimal = Decimal::parse(text);
                if decimal.digits.is_empty() {
                    return Some(BigInt::from(0));
                }
                // trailing zeros are stripped: a negative exponent means a fraction
                let exponent = u32::try_from(decimal.exponent).ok().filter(|e| *e <= MAX_EXPONENT)?;
                let magnitude = BigUint::parse_bytes(&decimal.digits, 10)? * BigUint::from(10u32).pow(exponent);
                Some(BigInt::from_biguint(if decimal.negative { Sign::Minus } else { Sign::Plus }, magnitude))
            }
        }
    }
}

/// The largest decimal exponent that arithmetic takes: OPA refuses larger literals.
pub(super) const MAX_EXPONENT: u32 = 100_000;

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<BigInt> for Number {
    fn from(value: BigInt) -> Self {
        Self::new(&value.to_string())
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    /// By value, exactly, whatever the spelling.
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) if a == b => Ordering::Equal,
            _ => Decimal::parse(&self.text()).cmp(&Decimal::parse(&other.text())),
        }
    }
}

/// `±digits × 10^exponent`, without leading or trailing zeros; zero has no digits and no sign.
#[derive(Debug)]
pub(super) struct Decimal {
    pub(super) negative: bool,
    pub(super) digits: Vec<u8>,
    pub(super) exponent: i64,
}

impl Decimal {
    pub(super) fn parse(text: &str) -> Self {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match rest.find(['e', 'E']) {
            Some(at) => (&rest[..at], parse_exponent(&rest[at + 1..])),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).skip_while(|b| *b == b'0').collect();
        let mut exponent = exponent.saturating_sub(i64::try_from(fraction.len()).unwrap_or(i64::MAX));
        while digits.last() == Some(&b'0') {
            digits.pop();
            exponent = exponent.saturating_add(1);
        }
        if digits.is_empty() {
            return Self { negative: false, digits, exponent: 0 };
        }
        Self { negative, digits, exponent }
    }

    /// The position of the decimal point counted from the first digit.
    fn point(&self) -> i64 {
        self.exponent.saturating_add(i64::try_from(self.digits.len()).unwrap_or(i64::MAX))
    }

    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |d: &Self| if d.digits.is_empty() { 0 } else { 1 - 2 * i8::from(d.negative) };
        let magnitude = || self.point().cmp(&other.point()).then_with(|| self.digits.cmp(&other.digits));
        sign(self).cmp(&sign(other)).then_with(|| match sign(self) {
            0 => Ordering::Equal,
            1 => magnitude(),
            _ => magnitude().reverse(),
        })
    }
}

/// An exponent's value, held within ±10^15 so that sums cannot overflow.
fn parse_exponent(text: &str) -> i64 {
    const LIMIT: i64 = 1_000_000_000_000_000;
    let negative = text.starts_with('-');
    let digits = text.trim_start_matches(['+', '-']).trim_start_matches('0');
    let value = if digits.len() > 15 { LIMIT } else { digits.parse().unwrap_or(0) };
    if negative { -value } else { value }
}
