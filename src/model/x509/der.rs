//! Elements of DER (ITU-T X.690) as Go's parsers take them: tags of one byte, lengths of the shortest form.

use num_bigint::{BigInt, Sign};

pub(crate) const BOOLEAN: u8 = 1;
pub(crate) const INTEGER: u8 = 2;
pub(crate) const BIT_STRING: u8 = 3;
pub(crate) const OCTET_STRING: u8 = 4;
pub(crate) const OBJECT_IDENTIFIER: u8 = 6;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// The tag `[number]` of a primitive element.
pub(crate) const fn context(number: u8) -> u8 {
    0x80 | number
}

/// The tag `[number]` of an element that holds elements.
pub(crate) const fn constructed(number: u8) -> u8 {
    0xa0 | number
}

/// The components of an object identifier, each below 2^31.
pub(crate) type Oid = Vec<u32>;

/// Elements that have not been read yet. What a read does not find, or finds malformed, is `None`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Der<'d>(pub(crate) &'d [u8]);

/// One element: its tag, its contents, and all of its bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'d> {
    pub(crate) tag: u8,
    pub(crate) content: &'d [u8],
    pub(crate) whole: &'d [u8],
}

/// Bits, the first one in the highest bit of the first byte.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bits<'d> {
    pub(crate) bytes: &'d [u8],
    unused: u8,
}

impl<'d> Bits<'d> {
    /// Of a bit string's contents.
    pub(crate) fn parse(content: &'d [u8]) -> Option<Self> {
        let (unused, bytes) = content.split_first()?;
        let valid = match bytes.last() {
            None => *unused == 0,
            Some(last) => *unused < 8 && u16::from(*last) & ((1 << unused) - 1) == 0,
        };
        valid.then_some(Self { bytes, unused: *unused })
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len() * 8 - usize::from(self.unused)
    }

    pub(crate) fn get(&self, index: usize) -> bool {
        index < self.len() && self.bytes[index / 8] >> (7 - index % 8) & 1 == 1
    }

    /// The bytes with the unused bits in front.
    pub(crate) fn right_aligned(&self) -> Vec<u8> {
        if self.unused == 0 {
            return self.bytes.to_vec();
        }
        let mut above = 0;
        self.bytes
            .iter()
            .map(|byte| {
                let aligned = above | byte >> self.unused;
                above = byte << (8 - self.unused);
                aligned
            })
            .collect()
    }
}

impl<'d> Der<'d> {
    pub(crate) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn next_is(self, tag: u8) -> bool {
        self.0.first() == Some(&tag)
    }

    pub(crate) fn any(&mut self) -> Option<Element<'d>> {
        let (tag, first) = (*self.0.first()?, *self.0.get(1)?);
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (header, length) = if first & 0x80 == 0 {
            (2, usize::from(first))
        } else {
            let count = usize::from(first & 0x7f);
            if count == 0 || count > 4 {
                return None;
            }
            let bytes = self.0.get(2..2 + count)?;
            let length = bytes.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
            if length < 128 || bytes[0] == 0 {
                return None;
            }
            (2 + count, usize::try_from(length).ok()?)
        };
        let whole = self.0.get(..header.checked_add(length)?)?;
        self.0 = &self.0[whole.len()..];
        Some(Element { tag, content: &whole[header..], whole })
    }

    pub(crate) fn element(&mut self, tag: u8) -> Option<Element<'d>> {
        self.any().filter(|element| element.tag == tag)
    }

    /// The contents of the next element, which must have the tag.
    pub(crate) fn read(&mut self, tag: u8) -> Option<Der<'d>> {
        self.element(tag).map(|element| Der(element.content))
    }

    /// The contents of the next element if it has the tag.
    pub(crate) fn optional(&mut self, tag: u8) -> Option<Option<Der<'d>>> {
        if self.next_is(tag) { self.read(tag).map(Some) } else { Some(None) }
    }

    /// Where the next element's contents begin, and their length; `None`: its header is malformed.
    ///
    /// Unlike elsewhere tags of more than one byte are known, as Go's `encoding/asn1` does.
    fn header(self) -> Option<(usize, usize)> {
        let mut at = 1;
        if self.0.first()? & 0x1f == 0x1f {
            let rest = &self.0[1..];
            let last = rest.iter().take(5).position(|byte| byte & 0x80 == 0)?;
            let number = rest[..=last].iter().fold(0u64, |number, byte| number << 7 | u64::from(byte & 0x7f));
            if rest[0] == 0x80 || !(0x1f..=0x7fff_ffff).contains(&number) {
                return None;
            }
            at += last + 1;
        }
        let first = *self.0.get(at)?;
        at += 1;
        if first & 0x80 == 0 {
            return Some((at, usize::from(first)));
        }
        let count = usize::from(first & 0x7f);
        let bytes = self.0.get(at..at + count).filter(|bytes| !bytes.is_empty() && bytes[0] != 0)?;
        let length = bytes.iter().try_fold(0usize, |length, byte| (length < 1 << 23).then(|| length << 8 | usize::from(*byte)))?;
        (length >= 128).then_some((at + count, length))
    }

    /// The next element if there is one with the tag, as Go's `encoding/asn1` reads optional members of structures.
    pub(crate) fn optional_member(&mut self, tag: u8) -> Option<Option<Der<'d>>> {
        if self.is_empty() {
            return Some(None);
        }
        self.header()?;
        self.optional(tag)
    }

    /// What an element `[number]` holds if it holds an element with the tag, as Go's `encoding/asn1` reads optional
    /// members of structures: the outer length is not looked at.
    pub(crate) fn optional_explicit(&mut self, number: u8, tag: u8) -> Option<Option<Der<'d>>> {
        if self.is_empty() {
            return Some(None);
        }
        let (at, length) = self.header()?;
        let mut inner = Der(self.0.get(at..).filter(|inner| !inner.is_empty())?);
        let matches = self.next_is(constructed(number)) || length == 0 && self.next_is(context(number));
        if !matches {
            return Some(None);
        }
        if length == 0 {
            return None;
        }
        let member = inner.optional_member(tag)?;
        if member.is_some() {
            *self = inner;
        }
        Some(member)
    }

    pub(crate) fn boolean(&mut self) -> Option<bool> {
        match self.read(BOOLEAN)?.0 {
            [0] => Some(false),
            [0xff] => Some(true),
            _ => None,
        }
    }

    pub(crate) fn integer(&mut self) -> Option<BigInt> {
        integer(self.read(INTEGER)?.0).map(BigInt::from_signed_bytes_be)
    }

    /// An integer above 0.
    pub(crate) fn positive(&mut self) -> Option<num_bigint::BigUint> {
        match self.integer()?.into_parts() {
            (Sign::Plus, value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn int64(&mut self) -> Option<i64> {
        self.int64_tagged(INTEGER)
    }

    pub(crate) fn int64_tagged(&mut self, tag: u8) -> Option<i64> {
        int64(self.read(tag)?.0)
    }

    pub(crate) fn bits(&mut self) -> Option<Bits<'d>> {
        Bits::parse(self.read(BIT_STRING)?.0)
    }

    pub(crate) fn oid(&mut self) -> Option<Oid> {
        oid(self.read(OBJECT_IDENTIFIER)?.0)
    }
}

/// The contents of an integer if they have the shortest form.
fn integer(content: &[u8]) -> Option<&[u8]> {
    match content {
        [] => None,
        [0, second, ..] if second & 0x80 == 0 => None,
        [0xff, second, ..] if second & 0x80 != 0 => None,
        _ => Some(content),
    }
}

/// The integer that contents encode.
pub(crate) fn int64(content: &[u8]) -> Option<i64> {
    let bytes = integer(content).filter(|bytes| bytes.len() <= 8)?;
    let start = if bytes[0] & 0x80 == 0 { 0 } else { -1 };
    Some(bytes.iter().fold(start, |value, byte| value << 8 | i64::from(*byte)))
}

/// The components that an object identifier's contents encode.
pub(crate) fn oid(content: &[u8]) -> Option<Oid> {
    let mut out = Vec::with_capacity(content.len() + 1);
    let mut value = 0u64;
    let mut fresh = true;
    for byte in content {
        if fresh && *byte == 0x80 {
            return None;
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if value > 0x7fff_ffff {
            return None;
        }
        fresh = byte & 0x80 == 0;
        if fresh {
            let component = u32::try_from(value).ok()?;
            if out.is_empty() {
                let first = (component / 40).min(2);
                out.extend([first, component - 40 * first]);
            } else {
                out.push(component);
            }
            value = 0;
        }
    }
    (fresh && !out.is_empty()).then_some(out)
}

/// Whether bytes are the contents of an object identifier, components of any size.
pub(crate) fn is_oid(content: &[u8]) -> bool {
    let mut groups = content.split_inclusive(|byte| byte & 0x80 == 0);
    !content.is_empty() && groups.all(|group| group[0] != 0x80 && group[group.len() - 1] & 0x80 == 0)
}

/// An object identifier's contents as dotted text, components of any size; `None` if they are malformed.
pub(crate) fn oid_text(content: &[u8]) -> Option<String> {
    use num_bigint::BigUint;
    let mut components: Vec<String> = Vec::new();
    if !is_oid(content) {
        return None;
    }
    for group in content.split_inclusive(|byte| byte & 0x80 == 0) {
        let digits: Vec<u8> = group.iter().map(|byte| byte & 0x7f).collect();
        let value = BigUint::from_radix_be(&digits, 128)?;
        if components.is_empty() {
            let first = if value < BigUint::from(40u8) {
                0u8
            } else if value < BigUint::from(80u8) {
                1
            } else {
                2
            };
            components.extend([first.to_string(), (value - BigUint::from(40 * first)).to_string()]);
        } else {
            components.push(value.to_string());
        }
    }
    Some(components.join("."))
}
