//! `io.jwt.*`: JSON Web Tokens in compact form (RFC 7519).

use std::sync::Arc;

use super::super::{Context, Outcome};
use super::encoding::{Base64, decode_token_part, hex, lossy};
use super::hash::equal;
use super::sign::{Algorithm, Key};
use super::{Try, bytes, jwk, keyset, object, undefined};
use crate::eval::value::{Number, Object, Value, from_json, to_json};
use jwk::Jwk;

/// The three parts of a token, encoded.
struct Token<'t> {
    header: &'t [u8],
    payload: &'t [u8],
    signature: &'t [u8],
    /// Header and payload with the dot between them.
    signed: &'t [u8],
}

impl<'t> Token<'t> {
    fn split(text: &'t [u8]) -> Try<Self> {
        let mut parts = text.split(|b| *b == b'.');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(header), Some(payload), Some(signature), None) => {
                Ok(Self { header, payload, signature, signed: &text[..header.len() + 1 + payload.len()] })
            }
            _ => Err(undefined()),
        }
    }

    fn payload(&self) -> Try<Vec<u8>> {
        decode_token_part(self.payload).ok_or_else(undefined)
    }

    fn signature(&self) -> Try<Vec<u8>> {
        decode_token_part(self.signature).ok_or_else(undefined)
    }

    /// The header as an object, unless it is the one of an encrypted token.
    fn header(&self) -> Try<Arc<Object>> {
        let header = json_object(&decode_token_part(self.header).ok_or_else(undefined)?)?;
        if header.contains_key(&Value::from("enc")) { Err(undefined()) } else { Ok(header) }
    }
}

fn json_object(text: &[u8]) -> Try<Arc<Object>> {
    match from_json(&lossy(text)) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(undefined()),
    }
}

/// What the parameters of a header say (RFC 7515, 4.1).
#[derive(Default)]
struct Header<'h> {
    alg: &'h str,
    kid: &'h str,
    cty: &'h str,
    crit: Vec<&'h str>,
    unknown: Vec<&'h str>,
}

impl<'h> Header<'h> {
    fn read(members: &'h Object) -> Try<Self> {
        let mut header = Self::default();
        for (name, value) in members {
            let text = || value.as_str().ok_or_else(undefined);
            match name.as_str() {
                Some("alg") => header.alg = text()?,
                Some("kid") => header.kid = text()?,
                Some("cty") => header.cty = text()?,
                Some("typ") => _ = text()?,
                Some("crit") => {
                    let Value::Array(names) = value else { return Err(undefined()) };
                    // names after one that is no string are not looked at
                    header.crit = names.iter().map_while(Value::as_str).collect();
                    if header.crit.is_empty() {
                        return Err(undefined());
                    }
                }
                Some(name) => header.unknown.push(name),
                None => {}
            }
        }
        Ok(header)
    }

    /// Whether it names an algorithm, and nothing unknown that must be understood.
    fn is_valid(&self) -> bool {
        !self.alg.is_empty() && !self.unknown.iter().any(|name| self.crit.contains(name))
    }
}

/// `io.jwt.decode`
pub(super) fn decode(_: &mut Context, args: &[Value]) -> Outcome {
    let mut text = bytes(args, 0)?.to_vec();
    loop {
        let token = Token::split(&text)?;
        let header = token.header()?;
        let payload = token.payload()?;
        match header.get(&Value::from("cty")) {
            // a token in a token, perhaps in quotes
            Some(Value::String(cty)) if &**cty == "JWT" => {
                let quote = |b: &u8| matches!(b, b'"' | b'\'');
                let start = payload.iter().position(|b| !quote(b)).unwrap_or(payload.len());
                let end = payload.iter().rposition(|b| !quote(b)).map_or(start, |last| last + 1);
                text = payload[start..end].to_vec();
            }
            Some(Value::String(_)) | None => {
                let payload = json_object(&payload)?;
                let signature = Value::from(hex(&token.signature()?));
                return Ok(Value::array(vec![Value::Object(header), Value::Object(payload), signature]));
            }
            Some(_) => return Err(undefined()),
        }
    }
}

/// `io.jwt.verify_*` with a certificate, a public key or a key set.
pub(super) fn verify(context: &Context, args: &[Value], algorithm: Algorithm) -> Outcome {
    let token = Token::split(bytes(args, 0)?)?;
    let keys = keyset(bytes(args, 1)?)?;
    let signature = token.signature()?;
    let header = token.header()?;
    let header = Header::read(&header)?;
    any_key(context, &header, &keys, |key| algorithm.verify_lenient(key, token.signed, &signature)).map(Value::Bool)
}

/// Whether the key that the header names by its id verifies, else whether any key does whose algorithm is the header's
/// or unknown.
fn any_key(context: &Context, header: &Header, keys: &[Jwk], verifies: impl Fn(&Key) -> Try<bool>) -> Try<bool> {
    if !header.kid.is_empty()
        && let Some(named) = keys.iter().find(|key| key.kid.as_deref() == Some(header.kid))
    {
        return verifies(&named.key);
    }
    for key in keys {
        context.check_time()?;
        if key.alg.as_deref().is_none_or(|alg| alg == header.alg) && verifies(&key.key)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `io.jwt.verify_hs*`
pub(super) fn verify_secret(args: &[Value], algorithm: Algorithm) -> Outcome {
    let token = Token::split(bytes(args, 0)?)?;
    let secret = bytes(args, 1)?;
    let signature = token.signature()?;
    Ok(Value::Bool(equal(&algorithm.hash.hmac(secret, token.signed), &signature)))
}

/// What a token must fulfil.
struct Constraints {
    keys: Vec<Jwk>,
    alg: String,
    iss: String,
    aud: String,
    /// Nanoseconds since 1970.
    time: f64,
}

impl Constraints {
    fn read(context: &Context, members: &Object) -> Try<Self> {
        let (mut keys, mut secret, mut time) = (None, "", None);
        let (mut alg, mut iss, mut aud) = ("", "", "");
        for (name, value) in members {
            let text = || value.as_str().ok_or_else(undefined);
            match name.as_str() {
                Some("cert") => keys = Some(keyset(text()?.as_bytes())?),
                Some("secret") => secret = text()?,
                Some("alg") => alg = text()?,
                Some("iss") => iss = text()?,
                Some("aud") => aud = text()?,
                Some("time") => {
                    let Value::Number(number) = value else { return Err(undefined()) };
                    let number = number.as_f64();
                    if !number.is_finite() || number < 0.0 {
                        return Err(undefined());
                    }
                    time = Some(number);
                }
                // what is not known cannot be fulfilled
                _ => return Err(undefined()),
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "times are compared as floating-point numbers")]
        let time = time.unwrap_or(context.now_ns as f64);
        let keys = match (keys, secret) {
            (Some(keys), "") => keys,
            (None, secret) if !secret.is_empty() => {
                vec![Jwk { alg: None, kid: None, key: Key::Symmetric(secret.as_bytes().to_vec()) }]
            }
            // exactly one must say what to verify with
            _ => return Err(undefined()),
        };
        Ok(Self { keys, alg: alg.to_owned(), iss: iss.to_owned(), aud: aud.to_owned(), time })
    }

    /// Whether the payload's issuer, audience and times are fulfilled.
    fn admit(&self, payload: &Object) -> Try<bool> {
        let claim = |name: &str| payload.get(&Value::from(name));
        if !self.iss.is_empty() {
            match claim("iss") {
                None => return Ok(false),
                Some(Value::String(iss)) if **iss == *self.iss => {}
                Some(Value::String(_)) => return Ok(false),
                Some(_) => return Err(undefined()),
            }
        }
        let is_audience = |value: &Value| value.as_str() == Some(&self.aud);
        let audience = match claim("aud") {
            None => self.aud.is_empty(),
            Some(Value::Array(items)) => items.iter().any(is_audience),
            Some(value) => is_audience(value),
        };
        if !audience {
            return Ok(false);
        }
        let now = Number::new(&format!("{}", self.time / 1e9));
        let number = |name: &str| match claim(name) {
            None => Ok(None),
            Some(Value::Number(number)) => Ok(Some(number)),
            Some(_) => Err(undefined()),
        };
        if number("exp")?.is_some_and(|exp| now >= *exp) {
            return Ok(false);
        }
        Ok(number("nbf")?.is_none_or(|nbf| now >= *nbf))
    }
}

/// `io.jwt.decode_verify`
pub(super) fn decode_verify(context: &mut Context, args: &[Value]) -> Outcome {
    let unverified = || Value::array(vec![Value::Bool(false), Value::empty_object(), Value::empty_object()]);
    let constraints = Constraints::read(context, object(args, 1)?)?;
    let mut text = bytes(args, 0)?.to_vec();
    let (members, payload) = loop {
        let token = Token::split(&text)?;
        let members = token.header()?;
        let header = Header::read(&members)?;
        if !header.is_valid() || !constraints.alg.is_empty() && constraints.alg != header.alg {
            return Ok(unverified());
        }
        let signature = token.signature()?;
        let Some(algorithm) = Algorithm::of_header(header.alg) else { return Ok(unverified()) };
        if !any_key(context, &header, &constraints.keys, |key| algorithm.verify(key, token.signed, &signature))? {
            return Ok(unverified());
        }
        let payload = token.payload()?;
        if !header.cty.eq_ignore_ascii_case("JWT") {
            break (members, json_object(&payload)?);
        }
        // a token in a token
        text = payload;
    };
    if !constraints.admit(&payload)? {
        return Ok(unverified());
    }
    Ok(Value::array(vec![Value::Bool(true), Value::Object(members), Value::Object(payload)]))
}

/// `io.jwt.encode_sign`
pub(super) fn encode_sign(_: &mut Context, args: &[Value]) -> Outcome {
    let text = |i: usize| args.get(i).map(to_json).ok_or_else(undefined);
    signed(text(0)?.as_bytes(), text(1)?.as_bytes(), text(2)?.as_bytes())
}

/// `io.jwt.encode_sign_raw`
pub(super) fn encode_sign_raw(_: &mut Context, args: &[Value]) -> Outcome {
    signed(bytes(args, 0)?, bytes(args, 1)?, bytes(args, 2)?)
}

fn signed(header: &[u8], payload: &[u8], key: &[u8]) -> Outcome {
    let keys = jwk::parse(key)?;
    let key = keys.first().ok_or_else(undefined)?;
    let members = json_object(header)?;
    let text = |name: &str| members.get(&Value::from(name)).and_then(Value::as_str);
    let algorithm = text("alg").and_then(Algorithm::of_name).ok_or_else(undefined)?;
    if text("typ").is_none_or(|kind| kind == "JWT") && from_json(&lossy(payload)).is_err() {
        return Err(undefined());
    }
    let message = format!("{}.{}", Base64::URL_RAW.encode(header), Base64::URL_RAW.encode(payload));
    let signature = algorithm.sign(&key.key, message.as_bytes())?;
    Ok(Value::from(format!("{message}.{}", Base64::URL_RAW.encode(&signature))))
}
