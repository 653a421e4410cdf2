//! `crypto.*` and `io.jwt.*`.
//!
//! What OPA answers with an error is undefined here as there. What cannot be computed at all ends the evaluation with a
//! message that names it: signatures and private keys of the curve P-224, RSA keys of more than 16,384 bits, and integers of
//! more than 65,536 bits.
//!
//! Signatures that OPA makes with random numbers (`PS*`, `ES*`) are made from key and message alone.

mod cert;
mod constraints;
mod ec;
mod encoding;
mod extensions;
mod hash;
mod jwk;
mod keys;
mod name;
mod pem;
mod policies;
mod rsa;
mod show;
mod sign;
mod token;
mod uri;
mod verify;
mod x509;

use crate::model::x509::{der, moment};
use std::sync::Arc;

use super::{Builtin, Failure, Outcome, Run};
use crate::eval::value::{Object, Value};
use cert::Certificate;
use hash::Hash;
use jwk::Jwk;
use keys::PublicKey;
use sign::{Algorithm, Key};

type Try<T> = Result<T, Failure>;

fn undefined() -> Failure {
    Failure::Undefined
}

fn unsupported(what: &str) -> Failure {
    Failure::Halt(format!("{what} are not supported"))
}

/// Fails for what could hold an integer that takes too long to compute with or to print.
fn too_large(bytes: &[u8]) -> Try<()> {
    if bytes.len() > 64 << 10 { Err(unsupported("integers of more than 65,536 bits")) } else { Ok(()) }
}

fn fields(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    fields.into_iter().map(|(name, value)| (Value::from(name), value)).collect()
}

/// The bytes of a text operand.
fn bytes(args: &[Value], index: usize) -> Try<&[u8]> {
    args.get(index).and_then(Value::as_str).map(str::as_bytes).ok_or_else(undefined)
}

fn object(args: &[Value], index: usize) -> Try<&Arc<Object>> {
    match args.get(index) {
        Some(Value::Object(members)) => Ok(members),
        _ => Err(undefined()),
    }
}

/// The keys of a PEM block (a certificate or a public key), of a JWK or of a set of them.
fn keyset(text: &[u8]) -> Try<Vec<Jwk>> {
    let Some((block, rest)) = pem::decode(text) else {
        let mut keys = jwk::parse(text)?;
        keys.retain(|key| key.alg.as_deref().is_none_or(|alg| Algorithm::of_name(alg).is_some()));
        return Ok(keys);
    };
    if !rest.is_empty() {
        return Err(undefined());
    }
    let key = match &block.kind[..] {
        b"CERTIFICATE" => Certificate::parse(&block.bytes)?.public_key,
        b"PUBLIC KEY" => Some(PublicKey::of_info(&block.bytes)?),
        _ => return Err(undefined()),
    };
    // a certificate whose key is of an unknown kind verifies nothing
    Ok(key.into_iter().map(|key| Jwk { alg: None, kid: None, key: Key::Public(key) }).collect())
}

fn digest(args: &[Value], hash: Hash) -> Outcome {
    Ok(Value::from(encoding::hex(&hash.of(bytes(args, 0)?))))
}

fn hmac(args: &[Value], hash: Hash) -> Outcome {
    Ok(Value::from(encoding::hex(&hash.hmac(bytes(args, 1)?, bytes(args, 0)?))))
}

/// One of the algorithms named in the table.
fn algorithm(name: &str) -> Try<Algorithm> {
    Algorithm::of_name(name).ok_or_else(undefined)
}

const fn builtin(name: &'static str, arity: usize, run: Run) -> Builtin {
    Builtin { name, arity, relation: false, run: Some(run) }
}

pub(super) const TABLE: &[Builtin] = &[
    builtin("crypto.hmac.equal", 2, |_, args| Ok(Value::Bool(hash::equal(bytes(args, 0)?, bytes(args, 1)?)))),
    builtin("crypto.hmac.md5", 2, |_, args| hmac(args, Hash::Md5)),
    builtin("crypto.hmac.sha1", 2, |_, args| hmac(args, Hash::Sha1)),
    builtin("crypto.hmac.sha256", 2, |_, args| hmac(args, Hash::Sha256)),
    builtin("crypto.hmac.sha512", 2, |_, args| hmac(args, Hash::Sha512)),
    builtin("crypto.md5", 1, |_, args| digest(args, Hash::Md5)),
    builtin("crypto.parse_private_keys", 1, x509::parse_private_keys),
    builtin("crypto.sha1", 1, |_, args| digest(args, Hash::Sha1)),
    builtin("crypto.sha256", 1, |_, args| digest(args, Hash::Sha256)),
    builtin("crypto.x509.parse_and_verify_certificates", 1, x509::parse_and_verify),
    builtin("crypto.x509.parse_and_verify_certificates_with_options", 2, x509::parse_and_verify_with_options),
    builtin("crypto.x509.parse_certificate_request", 1, x509::parse_request),
    builtin("crypto.x509.parse_certificates", 1, x509::parse_certificates),
    builtin("crypto.x509.parse_keypair", 2, x509::parse_keypair),
    builtin("crypto.x509.parse_rsa_private_key", 1, x509::parse_rsa_private_key),
    builtin("io.jwt.decode", 1, token::decode),
    builtin("io.jwt.decode_verify", 2, token::decode_verify),
    builtin("io.jwt.encode_sign", 3, token::encode_sign),
    builtin("io.jwt.encode_sign_raw", 3, token::encode_sign_raw),
    builtin("io.jwt.verify_eddsa", 2, |context, args| token::verify(context, args, algorithm("EdDSA")?)),
    builtin("io.jwt.verify_es256", 2, |context, args| token::verify(context, args, algorithm("ES256")?)),
    builtin("io.jwt.verify_es384", 2, |context, args| token::verify(context, args, algorithm("ES384")?)),
    builtin("io.jwt.verify_es512", 2, |context, args| token::verify(context, args, algorithm("ES512")?)),
    builtin("io.jwt.verify_hs256", 2, |_, args| token::verify_secret(args, algorithm("HS256")?)),
    builtin("io.jwt.verify_hs384", 2, |_, args| token::verify_secret(args, algorithm("HS384")?)),
    builtin("io.jwt.verify_hs512", 2, |_, args| token::verify_secret(args, algorithm("HS512")?)),
    builtin("io.jwt.verify_ps256", 2, |context, args| token::verify(context, args, algorithm("PS256")?)),
    builtin("io.jwt.verify_ps384", 2, |context, args| token::verify(context, args, algorithm("PS384")?)),
    builtin("io.jwt.verify_ps512", 2, |context, args| token::verify(context, args, algorithm("PS512")?)),
    builtin("io.jwt.verify_rs256", 2, |context, args| token::verify(context, args, algorithm("RS256")?)),
    builtin("io.jwt.verify_rs384", 2, |context, args| token::verify(context, args, algorithm("RS384")?)),
    builtin("io.jwt.verify_rs512", 2, |context, args| token::verify(context, args, algorithm("RS512")?)),
];
