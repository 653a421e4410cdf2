//! Binary floating point with a 64-bit mantissa, rounding to nearest even: what OPA computes fractions with
//! (Go's `big.Float` at its default precision), and the decimal text it gives.

use num_bigint::{BigInt, BigUint, Sign};

use super::number::{Decimal, MAX_EXPONENT, Number};

/// `±mantissa × 2^exponent`; the mantissa's top bit is set, or it is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Float {
    negative: bool,
    mantissa: u64,
    exponent: i64,
    /// How many of the mantissa's leading bits count.
    bits: u32,
}

/// Exponents beyond this (in bits) are not computed with.
const MAX_BITS: i64 = 4 * MAX_EXPONENT as i64;

impl Float {
    pub(crate) const ZERO: Self = Self { negative: false, mantissa: 0, exponent: 0, bits: 64 };
    /// 1 with a mantissa of 53 bits: what OPA starts products at.
    pub(crate) const ONE_53: Self = Self { negative: false, mantissa: 1 << 63, exponent: -63, bits: 53 };

    /// The nearest value; `None` where the number's exponent is too large to compute with.
    #[must_use]
    pub(crate) fn of(number: &Number) -> Option<Self> {
        let text = number.text();
        let decimal = Decimal::parse(&text);
        if decimal.digits.is_empty() {
            return Some(Self { negative: text.starts_with('-'), ..Self::ZERO });
        }
        let exponent = u32::try_from(decimal.exponent.unsigned_abs()).ok().filter(|e| *e <= MAX_EXPONENT)?;
        let digits = BigUint::parse_bytes(&decimal.digits, 10)?;
        let power = BigUint::from(10u32).pow(exponent);
        if decimal.exponent >= 0 {
            return Some(Self::round(decimal.negative, &(digits * power), 0, false, 64));
        }
        // enough bits for the quotient to round once
        let shift = (power.bits() + 66).saturating_sub(digits.bits());
        let numerator = digits << shift;
        let quotient = &numerator / &power;
        let rest = numerator - &quotient * &power;
        Some(Self::round(decimal.negative, &quotient, -i64::try_from(shift).ok()?, rest != BigUint::ZERO, 64))
    }

    /// `±value × 2^exponent` rounded to `bits`; `sticky`: the true value lies above `value` by less than its last bit.
    fn round(negative: bool, value: &BigUint, exponent: i64, sticky: bool, bits: u32) -> Self {
        let len = value.bits();
        if len == 0 {
            return Self { negative, bits, ..Self::ZERO };
        }
        let Some(drop) = len.checked_sub(u64::from(bits)).filter(|drop| *drop > 0) else {
            // callers give enough bits where there is something below them
            let mantissa = value.iter_u64_digits().next().unwrap_or(0);
            let shift = mantissa.leading_zeros();
            return Self { negative, mantissa: mantissa << shift, exponent: exponent - i64::from(shift), bits };
        };
        let mut mantissa = (value >> drop).iter_u64_digits().next().unwrap_or(0);
        let half = value.bit(drop - 1);
        let below = sticky || value.trailing_zeros().is_some_and(|zeros| zeros < drop - 1);
        let pad = 64 - bits;
        let mut exponent = exponent + i64::try_from(drop).unwrap_or(i64::MAX) - i64::from(pad);
        let up = half && (below || mantissa & 1 == 1);
        mantissa <<= pad;
        if up {
            match mantissa.checked_add(1 << pad) {
                Some(up) => mantissa = up,
                None => {
                    mantissa = 1 << 63;
                    exponent += 1;
                }
            }
        }
        Self { negative, mantissa, exponent, bits }
    }

    #[must_use]
    pub(crate) fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    #[must_use]
    pub(crate) fn is_negative(self) -> bool {
        self.negative
    }

    #[must_use]
    pub(crate) fn neg(self) -> Self {
        Self { negative: !self.negative, ..self }
    }

    #[must_use]
    pub(crate) fn abs(self) -> Self {
        Self { negative: false, ..self }
    }

    #[must_use]
    pub(crate) fn add(self, other: Self) -> Self {
        if self.is_zero() || other.is_zero() {
            return match (self.is_zero(), other.is_zero()) {
                (true, true) => Self { negative: self.negative && other.negative, ..Self::ZERO },
                (true, false) => other,
                _ => self,
            };
        }
        let (high, low) = if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        let distance = high.exponent - low.exponent;
        // far below the last bit only the sign of the smaller one matters
        let (low_value, base) =
            if distance > 200 { (BigInt::from(1), high.exponent - 200) } else { (BigInt::from(low.mantissa), low.exponent) };
        let signed = |value: BigInt, negative| if negative { -value } else { value };
        let high_value = BigInt::from(high.mantissa) << (high.exponent - base).unsigned_abs();
        let sum = signed(high_value, high.negative) + signed(low_value, low.negative);
        if sum.sign() == Sign::NoSign {
            return Self::ZERO;
        }
        Self::round(sum.sign() == Sign::Minus, sum.magnitude(), base, false, self.bits)
    }

    #[must_use]
    pub(crate) fn sub(self, other: Self) -> Self {
        if self.is_zero() && other.is_zero() {
            return Self { negative: self.negative && !other.negative, ..Self::ZERO };
        }
        self.add(other.neg())
    }

    /// Rounded to as many bits as `self` has; `None` where the result's exponent is too large.
    #[must_use]
    pub(crate) fn mul(self, other: Self) -> Option<Self> {
        let negative = self.negative != other.negative;
        if self.is_zero() || other.is_zero() {
            return Some(Self { negative, ..Self::ZERO });
        }
        let product = BigUint::from(self.mantissa) * BigUint::from(other.mantissa);
        Self::round(negative, &product, self.exponent + other.exponent, false, self.bits).bounded()
    }

    /// `None` for a zero divisor and where the result's exponent is too large.
    #[must_use]
    pub(crate) fn div(self, other: Self) -> Option<Self> {
        let negative = self.negative != other.negative;
        if other.is_zero() {
            return None;
        }
        if self.is_zero() {
            return Some(Self { negative, ..Self::ZERO });
        }
        let numerator = BigUint::from(self.mantissa) << 68u32;
        let divisor = BigUint::from(other.mantissa);
        let quotient = &numerator / &divisor;
        let sticky = &quotient * &divisor != numerator;
        Self::round(negative, &quotient, self.exponent - other.exponent - 68, sticky, self.bits).bounded()
    }

    fn bounded(self) -> Option<Self> {
        (self.exponent.abs() <= MAX_BITS).then_some(self)
    }

    #[must_use]
    pub(crate) fn is_int(self) -> bool {
        self.is_zero() || self.exponent >= 0 || i64::from(self.mantissa.trailing_zeros()) >= -self.exponent
    }

    /// The integer part, towards zero.
    #[must_use]
    pub(crate) fn trunc(self) -> BigInt {
        let magnitude = if self.exponent >= 0 {
            BigUint::from(self.mantissa) << self.exponent.unsigned_abs()
        } else {
            BigUint::from(self.mantissa) >> self.exponent.unsigned_abs()
        };
        BigInt::from_biguint(if self.negative { Sign::Minus } else { Sign::Plus }, magnitude)
    }

    /// The number that OPA makes of it: the shortest decimal that rounds to this value, integers without exponent.
    #[must_use]
    pub(crate) fn to_number(self) -> Number {
        let sign = if self.negative { "-" } else { "" };
        if self.is_zero() {
            return Number::new(&format!("{sign}0"));
        }
        let (digits, point) = self.shortest();
        let text = String::from_utf8_lossy(&digits).into_owned();
        let count = i64::try_from(digits.len()).unwrap_or(i64::MAX);
        let out = if self.is_int() {
            let zeros = usize::try_from(point - count).unwrap_or(0);
            format!("{text}{}", "0".repeat(zeros))
        } else if !(-4..6).contains(&(point - 1)) {
            // Go's %g switches at exponent 6 for the shortest form, whatever the number of digits
            scientific(&text, point - 1)
        } else if point <= 0 {
            format!("0.{}{text}", "0".repeat(usize::try_from(-point).unwrap_or(0)))
        } else {
            let at = usize::try_from(point).unwrap_or(0);
            format!("{}.{}", &text[..at], &text[at..])
        };
        Number::new(&format!("{sign}{out}"))
    }

    /// The fewest digits `d` and the point `p` with `0.d × 10^p` in the interval that rounds to this value.
    fn shortest(self) -> (Vec<u8>, i64) {
        // one more bit, so that the last one is half a unit
        let pad = 64 - self.bits;
        let mantissa = self.mantissa >> pad;
        let doubled = BigUint::from(mantissa) << 1u32;
        let exponent = self.exponent + i64::from(pad) - 1;
        let (digits, point) = decimal_digits(&doubled, exponent);
        let (lower, _) = decimal_digits(&(&doubled - 1u32), exponent);
        let (upper, _) = decimal_digits(&(&doubled + 1u32), exponent);
        let inclusive = mantissa & 1 == 0;
        let at = |list: &[u8], i: usize| list.get(i).copied().unwrap_or(b'0');
        for i in 0..digits.len() {
            let (l, m, u) = (at(&lower, i), digits[i], at(&upper, i));
            let down = l != m || inclusive && i + 1 == lower.len();
            let up = m != u && (inclusive || m + 1 < u || i + 1 < upper.len());
            match (down, up) {
                (true, true) => {
                    let keep = i + 1;
                    let next = at(&digits, keep);
                    let exactly_half = next == b'5' && keep + 1 >= digits.len();
                    let round_up = if exactly_half { (digits[keep - 1] - b'0') % 2 == 1 } else { next >= b'5' };
                    return if keep < digits.len() && round_up { rounded_up(&digits, keep, point) } else { cut(&digits, keep, point) };
                }
                (true, false) => return cut(&digits, i + 1, point),
                (false, true) => return rounded_up(&digits, i + 1, point),
                (false, false) => {}
            }
        }
        (digits, point)
    }
}

/// The exact decimal digits of `value × 2^exponent` without trailing zeros, and the point's position before them.
fn decimal_digits(value: &BigUint, exponent: i64) -> (Vec<u8>, i64) {
    let (text, shift) = if exponent >= 0 {
        ((value << exponent.unsigned_abs()).to_string(), 0)
    } else {
        let places = u32::try_from(-exponent).unwrap_or(u32::MAX);
        ((value * BigUint::from(5u32).pow(places)).to_string(), i64::from(places))
    };
    let mut digits = text.into_bytes();
    let point = i64::try_from(digits.len()).unwrap_or(i64::MAX) - shift;
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
    (digits, point)
}

fn cut(digits: &[u8], keep: usize, point: i64) -> (Vec<u8>, i64) {
    let mut out = digits[..keep.min(digits.len())].to_vec();
    while out.last() == Some(&b'0') {
        out.pop();
    }
    (out, point)
}

fn rounded_up(digits: &[u8], keep: usize, point: i64) -> (Vec<u8>, i64) {
    let mut out = digits[..keep.min(digits.len())].to_vec();
    while let Some(last) = out.pop() {
        if last < b'9' {
            out.push(last + 1);
            return (out, point);
        }
    }
    (vec![b'1'], point + 1)
}

/// `d.ddde±XX`, with at least two digits of exponent.
fn scientific(digits: &str, exponent: i64) -> String {
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{first}{point}{rest}e{sign}{:02}", exponent.unsigned_abs())
}
