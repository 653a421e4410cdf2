//! JSON Web Keys (RFC 7517) with the rules of the library that OPA reads them with.

use num_bigint::{BigInt, BigUint};

use super::cert::Certificate;
use super::ec::{Curve, EcPrivate, EcPublic, ed25519_public, x25519_public};
use super::encoding::{Base64, decode_any, lossy};
use super::keys::{PrivateKey, PublicKey};
use super::rsa::{Crt, RsaPrivate, RsaPublic};
use super::sign::Key;
use super::{Try, fields, too_large, undefined};
use crate::eval::value::{Object, Value, from_json};

/// A key of a set.
#[derive(Clone, Debug)]
pub(super) struct Jwk {
    pub(super) alg: Option<String>,
    pub(super) kid: Option<String>,
    pub(super) key: Key,
}

const MAX_KEYS: usize = 1000;
const MAX_CHAIN: usize = 10;
const MAX_CERTIFICATE: usize = 256 << 10;

/// What `alg` may be: signatures, key encryption, content encryption.
const ALGORITHMS: &[&str] = &[
    "ES256",
    "ES256K",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
    "HS256",
    "HS384",
    "HS512",
    "none",
    "PS256",
    "PS384",
    "PS512",
    "RS256",
    "RS384",
    "RS512",
    "A128GCMKW",
    "A128KW",
    "A192GCMKW",
    "A192KW",
    "A256GCMKW",
    "A256KW",
    "dir",
    "ECDH-ES",
    "ECDH-ES+A128KW",
    "ECDH-ES+A192KW",
    "ECDH-ES+A256KW",
    "PBES2-HS256+A128KW",
    "PBES2-HS384+A192KW",
    "PBES2-HS512+A256KW",
    "RSA1_5",
    "RSA-OAEP",
    "RSA-OAEP-256",
    "RSA-OAEP-384",
    "RSA-OAEP-512",
    "A128CBC-HS256",
    "A128GCM",
    "A192CBC-HS384",
    "A192GCM",
    "A256CBC-HS512",
    "A256GCM",
];

/// The keys of a set, or the one key that a text holds.
pub(super) fn parse(text: &[u8]) -> Try<Vec<Jwk>> {
    let text = lossy(text);
    let value = match from_json(&text) {
        Ok(value) => {
            if let Some(keys) = value.get(&Value::from("keys")) {
                let Value::Array(keys) = keys else { return Err(undefined()) };
                if keys.len() > MAX_KEYS {
                    return Err(undefined());
                }
                return keys.iter().map(key).collect();
            }
            value
        }
        // what follows a single key is not looked at
        Err(error) => text.get(..error.at).and_then(|text| from_json(text).ok()).ok_or_else(undefined)?,
    };
    Ok(vec![key(&value)?])
}

/// The members of one key.
struct Members<'v>(&'v Object);

impl Members<'_> {
    fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(&Value::from(name))
    }

    /// A text; `null` is an empty one.
    fn text(&self, name: &str) -> Try<Option<&str>> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some("")),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(undefined()),
        }
    }

    fn bytes(&self, name: &str) -> Try<Option<Vec<u8>>> {
        match self.text(name)? {
            Some(text) => decode_any(text.as_bytes()).map(Some).ok_or_else(undefined),
            None => Ok(None),
        }
    }

    fn needed(&self, name: &str) -> Try<Vec<u8>> {
        self.bytes(name)?.ok_or_else(undefined)
    }

    fn number(&self, name: &str) -> Try<Option<BigUint>> {
        let Some(bytes) = self.bytes(name)? else { return Ok(None) };
        too_large(&bytes)?;
        Ok(Some(BigUint::from_bytes_be(&bytes)))
    }

    /// Members whose form is checked though nothing depends on them.
    fn check_others(&self) -> Try<()> {
        for name in ["use", "x5t", "x5t#S256", "x5u"] {
            self.text(name)?;
        }
        match self.get("key_ops") {
            None | Some(Value::Null) => {}
            Some(Value::Array(items)) if items.iter().all(|item| matches!(item, Value::Null | Value::String(_))) => {}
            Some(_) => return Err(undefined()),
        }
        let chain = match self.get("x5c") {
            None => return Ok(()),
            Some(Value::Array(items)) if items.len() <= MAX_CHAIN => items,
            Some(_) => return Err(undefined()),
        };
        for item in chain.iter() {
            let text = item.as_str().ok_or_else(undefined)?;
            let text: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
            let bytes = Base64::STANDARD.decode(&text).filter(|bytes| bytes.len() <= MAX_CERTIFICATE).ok_or_else(undefined)?;
            Certificate::parse(&bytes)?;
        }
        Ok(())
    }
}

fn key(value: &Value) -> Try<Jwk> {
    let Value::Object(members) = value else { return Err(undefined()) };
    let members = Members(members);
    let alg = members.text("alg")?;
    if alg.is_some_and(|alg| !ALGORITHMS.contains(&alg)) {
        return Err(undefined());
    }
    let private = members.get("d").is_some();
    members.check_others()?;
    let key = match members.text("kty")? {
        Some("RSA") => rsa(&members, private)?,
        Some("EC") => ec(&members, private)?,
        Some("OKP") => okp(&members, private)?,
        Some("oct") => Key::Symmetric(members.needed("k")?).nonempty()?,
        _ => return Err(undefined()),
    };
    Ok(Jwk { alg: alg.map(str::to_owned), kid: members.text("kid")?.map(str::to_owned), key })
}

impl Key {
    fn nonempty(self) -> Try<Self> {
        if matches!(&self, Self::Symmetric(bytes) if bytes.is_empty()) { Err(undefined()) } else { Ok(self) }
    }
}

fn rsa(members: &Members, private: bool) -> Try<Key> {
    let zero = BigUint::ZERO;
    let number = |name| members.number(name)?.filter(|number| *number != zero).ok_or_else(undefined);
    let e = i64::try_from(number("e")?).ok().filter(|e| e & 1 == 1).ok_or_else(undefined)?;
    let public = RsaPublic { n: number("n")?, e };
    if !private {
        return Ok(Key::Public(PublicKey::Rsa(public)));
    }
    if members.needed("d")?.is_empty() {
        return Err(undefined());
    }
    let any = |name| members.number(name);
    let needed = |name| any(name)?.ok_or_else(undefined);
    let crt = match (any("dp")?, any("dq")?, any("qi")?) {
        (Some(dp), Some(dq), Some(qinv)) => Some(Crt { dp, dq, qinv }),
        _ => None,
    };
    let key = RsaPrivate { public, d: needed("d")?, primes: vec![needed("p")?, needed("q")?], crt, more: Vec::new() };
    Ok(Key::Private(PrivateKey::Rsa(Box::new(key))))
}

fn ec(members: &Members, private: bool) -> Try<Key> {
    let curve = members.text("crv")?.and_then(Curve::of_name).ok_or_else(undefined)?;
    let (x, y) = (members.needed("x")?, members.needed("y")?);
    if x.len() != curve.size() {
        return Err(undefined());
    }
    let public = EcPublic::parse(curve, &[&[4][..], &x, &y].concat()).ok_or_else(undefined)?;
    if !private {
        return Ok(Key::Public(PublicKey::Ec(public)));
    }
    let d = members.needed("d")?;
    if d.len() != curve.size() {
        return Err(undefined());
    }
    Ok(Key::Private(PrivateKey::Ec(EcPrivate { public, d })))
}

fn okp(members: &Members, private: bool) -> Try<Key> {
    let x = <[u8; 32]>::try_from(members.needed("x")?).map_err(|_| undefined())?;
    let seed = || <[u8; 32]>::try_from(members.needed("d")?).map_err(|_| undefined());
    match (members.text("crv")?, private) {
        (Some("Ed25519"), false) => Ok(Key::Public(PublicKey::Ed25519(x))),
        (Some("Ed25519"), true) => {
            let seed = seed()?;
            if ed25519_public(&seed) != x {
                return Err(undefined());
            }
            Ok(Key::Private(PrivateKey::Ed25519(seed)))
        }
        (Some("X25519"), false) => Ok(Key::Public(PublicKey::X25519)),
        (Some("X25519"), true) => Ok(Key::Private(PrivateKey::X25519(seed()?))),
        _ => Err(undefined()),
    }
}

/// The JWK of a private key.
pub(super) fn of_private_key(key: &PrivateKey) -> Try<Value> {
    let text = |bytes: &[u8]| Value::from(Base64::URL_RAW.encode(bytes));
    let number = |number: &BigUint| text(&number.to_bytes_be());
    Ok(match key {
        PrivateKey::Rsa(key) => {
            let [p, q] = &key.primes[..] else { return Err(undefined()) };
            let Some(Crt { dp, dq, qinv }) = &key.crt else { return Err(undefined()) };
            fields([
                ("d", number(&key.d)),
                ("dp", number(dp)),
                ("dq", number(dq)),
                ("e", number(&BigUint::from(key.public.e.unsigned_abs()))),
                ("kty", Value::from("RSA")),
                ("n", number(&key.public.n)),
                ("p", number(p)),
                ("q", number(q)),
                ("qi", number(qinv)),
            ])
        }
        PrivateKey::Ec(EcPrivate { public, d }) => fields([
            ("crv", Value::from(public.curve.name())),
            ("d", text(d)),
            ("kty", Value::from("EC")),
            ("x", text(public.x())),
            ("y", text(public.y())),
        ]),
        PrivateKey::Ed25519(seed) => {
            fields([("crv", Value::from("Ed25519")), ("d", text(seed)), ("kty", Value::from("OKP")), ("x", text(&ed25519_public(seed)))])
        }
        PrivateKey::X25519(private) => fields([
            ("crv", Value::from("X25519")),
            ("d", text(private)),
            ("kty", Value::from("OKP")),
            ("x", text(&x25519_public(private))),
        ]),
    })
}

/// A key as Go's JSON shows it.
pub(super) fn shown_public(key: Option<&PublicKey>) -> Value {
    let number = |number: &BigUint| Value::Number(BigInt::from(number.clone()).into());
    match key {
        None => Value::Null,
        Some(PublicKey::Rsa(key)) => fields([("E", Value::int(key.e)), ("N", number(&key.n))]),
        Some(PublicKey::Dsa([p, q, g, y])) => fields([("G", number(g)), ("P", number(p)), ("Q", number(q)), ("Y", number(y))]),
        Some(PublicKey::Ec(key)) => fields(shown_point(key)),
        Some(PublicKey::Ed25519(key)) => Value::from(Base64::STANDARD.encode(key)),
        Some(PublicKey::X25519) => Value::empty_object(),
    }
}

fn shown_point(key: &EcPublic) -> [(&'static str, Value); 3] {
    let number = |bytes: &[u8]| Value::Number(BigInt::from(BigUint::from_bytes_be(bytes)).into());
    [("Curve", Value::empty_object()), ("X", number(key.x())), ("Y", number(key.y()))]
}

/// A private key as Go's JSON shows it.
pub(super) fn shown_private(key: &PrivateKey) -> Value {
    let number = |number: &BigUint| Value::Number(BigInt::from(number.clone()).into());
    match key {
        PrivateKey::Rsa(key) => {
            let crt = key.crt.as_ref();
            let more = key.more.iter().map(|[exponent, coefficient, product]| {
                fields([("Coeff", number(coefficient)), ("Exp", number(exponent)), ("R", number(product))])
            });
            let precomputed = fields([
                ("CRTValues", Value::array(more.collect())),
                ("Dp", crt.map_or(Value::Null, |crt| number(&crt.dp))),
                ("Dq", crt.map_or(Value::Null, |crt| number(&crt.dq))),
                ("Qinv", crt.map_or(Value::Null, |crt| number(&crt.qinv))),
            ]);
            fields([
                ("D", number(&key.d)),
                ("E", Value::int(key.public.e)),
                ("N", number(&key.public.n)),
                ("Precomputed", precomputed),
                ("Primes", Value::array(key.primes.iter().map(number).collect())),
            ])
        }
        PrivateKey::Ec(key) => {
            let d = Value::Number(BigInt::from(BigUint::from_bytes_be(&key.d)).into());
            fields(shown_point(&key.public).into_iter().chain([("D", d)]))
        }
        PrivateKey::Ed25519(seed) => Value::from(Base64::STANDARD.encode(&[&seed[..], &ed25519_public(seed)].concat())),
        PrivateKey::X25519(_) => Value::empty_object(),
    }
}
