//! Distinguished names (RFC 5280, 4.1.2.4).

use super::der::{self, Bits, Der, Oid, oid};
use super::moment::Moment;
use super::show::base64;
use super::{Try, fields, show, undefined, unsupported};
use crate::eval::value::Value;

/// A name's attributes in order, sets flattened.
#[derive(Clone, Default, Debug)]
pub(super) struct Name(pub(super) Vec<(Oid, Value)>);

impl Name {
    /// Reads a whole Name whose values are texts.
    pub(super) fn parse(whole: &[u8]) -> Try<Self> {
        Self::read(whole, |tag, content| text(tag, content).map(Value::from).ok_or_else(undefined))
    }

    /// Reads a whole Name whose values may be of any type.
    pub(super) fn parse_any(whole: &[u8]) -> Try<Self> {
        Self::read(whole, any)
    }

    fn read(whole: &[u8], value: fn(u8, &[u8]) -> Try<Value>) -> Try<Self> {
        let mut outer = Der(whole);
        let mut sequence = outer.read(der::SEQUENCE).ok_or_else(undefined)?;
        let mut out = Vec::new();
        while !sequence.is_empty() {
            let mut set = sequence.read(der::SET).ok_or_else(undefined)?;
            while !set.is_empty() {
                out.push(attribute(&mut set, value)?);
            }
        }
        Ok(Self(out))
    }

    /// The texts among the values of an attribute of X.520 (2.5.4.`last`).
    pub(super) fn values(&self, last: u32) -> impl DoubleEndedIterator<Item = &str> {
        self.0.iter().filter(move |(oid, _)| *oid == [2, 5, 4, last]).filter_map(|(_, value)| value.as_str())
    }
}

/// Reads an AttributeTypeAndValue.
pub(super) fn attribute(der: &mut Der, value: fn(u8, &[u8]) -> Try<Value>) -> Try<(Oid, Value)> {
    let mut attribute = der.read(der::SEQUENCE).ok_or_else(undefined)?;
    let oid = attribute.oid().ok_or_else(undefined)?;
    let element = attribute.any().ok_or_else(undefined)?;
    Ok((oid, value(element.tag, element.content)?))
}

/// A text of one of the ASN.1 string types.
fn text(tag: u8, content: &[u8]) -> Option<String> {
    const UTF8: u8 = 12;
    const NUMERIC: u8 = 18;
    const PRINTABLE: u8 = 19;
    const T61: u8 = 20;
    const IA5: u8 = 22;
    const BMP: u8 = 30;
    let latin = || content.iter().copied().map(char::from).collect();
    let all = |allowed: fn(u8) -> bool| content.iter().all(|b| allowed(*b)).then(latin);
    match tag {
        UTF8 => std::str::from_utf8(content).ok().map(str::to_owned),
        NUMERIC => all(|b| b.is_ascii_digit() || b == b' '),
        // `*` and `&` are not allowed there, but common
        PRINTABLE => all(|b| b.is_ascii_alphanumeric() || b" '()+,-./:=?*&".contains(&b)),
        // taken for Latin-1
        T61 => Some(latin()),
        IA5 => all(|b| b.is_ascii()),
        BMP => bmp(content),
        _ => None,
    }
}

fn bmp(content: &[u8]) -> Option<String> {
    if !content.len().is_multiple_of(2) {
        return None;
    }
    let content = content.strip_suffix(&[0, 0]).unwrap_or(content);
    content
        .chunks_exact(2)
        .map(|pair| {
            let unit = u32::from(pair[0]) << 8 | u32::from(pair[1]);
            // noncharacters; surrogates are no characters at all
            char::from_u32(unit).filter(|_| !matches!(unit, 0xfffe | 0xffff | 0xfdd0..=0xfdef))
        })
        .collect()
}

/// A value of any type as Go's `encoding/asn1` reads one and its JSON shows it; `null` for types it does not know.
pub(super) fn any(tag: u8, content: &[u8]) -> Try<Value> {
    const UTC_TIME: u8 = 23;
    const GENERALIZED_TIME: u8 = 24;
    let length = u8::try_from(content.len()).ok().filter(|length| *length < 128);
    // primitive elements are read again with their headers
    let again = || length.map(|length| [&[tag, length], content].concat());
    Ok(match tag {
        der::BOOLEAN => again().and_then(|whole| Der(&whole).boolean()).map(Value::Bool).ok_or_else(undefined)?,
        der::INTEGER => der::int64(content).map(Value::int).ok_or_else(undefined)?,
        der::BIT_STRING => {
            let bits = Bits::parse(content).ok_or_else(undefined)?;
            fields([("BitLength", Value::from(bits.len())), ("Bytes", base64(bits.bytes))])
        }
        der::OCTET_STRING => base64(content),
        der::OBJECT_IDENTIFIER => show::oid(&oid(content).ok_or_else(undefined)?),
        UTC_TIME | GENERALIZED_TIME => {
            let moment = again().and_then(|whole| Moment::read(&mut Der(&whole)));
            Value::from(moment.ok_or_else(|| unsupported("times with fractions in requests"))?.text())
        }
        12 | 18 | 19 | 20 | 22 | 30 => text(tag, content).map(Value::from).ok_or_else(undefined)?,
        _ => Value::Null,
    })
}
