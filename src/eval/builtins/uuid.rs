//! UUIDs.

use super::operand::string;
use super::{Builtin, Context, Failure, Outcome};
use crate::eval::value::{Object, Value, to_text};

pub(super) const TABLE: &[Builtin] = &[
    Builtin { name: "uuid.parse", arity: 1, relation: false, run: Some(parse) },
    Builtin { name: "uuid.rfc4122", arity: 1, relation: false, run: Some(rfc4122) },
];

/// A random UUID: the same for the same key during a query.
fn rfc4122(context: &mut Context, args: &[Value]) -> Outcome {
    let key = format!("uuid.rfc4122 {}", to_text(&args[0]));
    Ok(context.remembered(&key, |context| {
        let bits = u128::from(context.random()) << 64 | u128::from(context.random());
        // version 4, variant 10
        let bits = bits & !(0xf << 76) & !(0b11 << 62) | 4 << 76 | 0b10 << 62;
        let hex = format!("{bits:032x}");
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]).into()
    }))
}

/// The bytes of a UUID in one of the forms that Go's `google/uuid` reads.
fn bytes(text: &str) -> Option<[u8; 16]> {
    let text = text.as_bytes();
    let hex: Vec<u8> = match text.len() {
        32 => text.to_vec(),
        length => {
            let form = match length {
                36 => text,
                45 if text[..9].eq_ignore_ascii_case(b"urn:uuid:") => &text[9..],
                // in whatever braces
                38 => &text[1..37],
                _ => return None,
            };
            let dashes = [8, 13, 18, 23];
            if dashes.iter().any(|at| form[*at] != b'-') {
                return None;
            }
            form.iter().enumerate().filter(|(at, _)| !dashes.contains(at)).map(|(_, byte)| *byte).collect()
        }
    };
    let mut out = [0; 16];
    for (byte, pair) in out.iter_mut().zip(hex.chunks_exact(2)) {
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(out)
}

fn parse(_: &mut Context, args: &[Value]) -> Outcome {
    let uuid = bytes(string(&args[0])?).ok_or(Failure::Undefined)?;
    let version = uuid[6] >> 4;
    let variant = match uuid[8] {
        0x80..=0xbf => "RFC4122",
        0xc0..=0xdf => "Microsoft",
        0xe0..=0xff => "Future",
        _ => "Reserved",
    };
    let mut out = Object::new();
    let mut put = |key: &str, value: Value| out.insert(key.into(), value);
    put("version", Value::int(i64::from(version)));
    put("variant", variant.into());
    if version == 1 || version == 2 {
        let number = |bytes: &[u8]| bytes.iter().fold(0i64, |value, byte| value << 8 | i64::from(*byte));
        // 100 ns since 1582-10-15, and the seconds from there to 1970
        let time = number(&uuid[..4]) | number(&uuid[4..6]) << 32 | (number(&uuid[6..8]) & 0xfff) << 48;
        let ticks = time - 122_192_928_000_000_000;
        let node: Vec<String> = uuid[10..].iter().map(|byte| format!("{byte:02x}")).collect();
        let mac = match uuid[10] & 0b11 {
            0b11 => "local:multicast",
            0b01 => "global:multicast",
            0b10 => "local:unicast",
            _ => "global:unicast",
        };
        put("time", Value::int(ticks.wrapping_mul(100)));
        put("nodeid", node.join("-").into());
        put("macvariables", mac.into());
        put("clocksequence", Value::int(number(&uuid[8..10]) & 0x3fff));
        if version == 2 {
            put("id", Value::int(number(&uuid[..4])));
            let domain = match uuid[9] {
                0 => "Person".to_owned(),
                1 => "Group".to_owned(),
                2 => "Org".to_owned(),
                other => format!("Domain{other}"),
            };
            put("domain", domain.into());
        }
    }
    Ok(Value::object(out))
}
