//! RSA signatures (RFC 8017) with the checks of Go's `crypto/rsa`.
//!
//! Private keys are computed with in a time that depends on them: what signs here are the keys written in policy tests.

use num_bigint::BigUint;

use super::hash::Hash;
use super::{Try, unsupported};

/// Larger moduli are not computed with (OpenSSL's limit).
const MAX_BITS: u64 = 16_384;
/// Smaller ones are not secure.
const MIN_BITS: u64 = 1024;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct RsaPublic {
    pub(super) n: BigUint,
    pub(super) e: i64,
}

/// A private key of two or more primes; CRT values where they were given, else where they were computed.
#[derive(Clone, Debug)]
pub(super) struct RsaPrivate {
    pub(super) public: RsaPublic,
    pub(super) d: BigUint,
    pub(super) primes: Vec<BigUint>,
    pub(super) crt: Option<Crt>,
    /// Of the third and later primes: exponent, coefficient, product of the primes before.
    pub(super) more: Vec<[BigUint; 3]>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Crt {
    pub(super) dp: BigUint,
    pub(super) dq: BigUint,
    pub(super) qinv: BigUint,
}

/// How long a PSS signature's salt must be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Salt {
    Any,
    OfHash,
}

impl RsaPublic {
    /// Whether the key can be computed with.
    fn usable(&self) -> bool {
        (MIN_BITS..=MAX_BITS).contains(&self.n.bits()) && self.sound()
    }

    /// Fails for a key that is too large to compute with.
    pub(super) fn computable(&self) -> Try<()> {
        if self.n.bits() > MAX_BITS { Err(unsupported("RSA keys of more than 16,384 bits")) } else { Ok(()) }
    }

    fn sound(&self) -> bool {
        self.n.bit(0) && self.e >= 2 && self.e & 1 == 1 && self.e <= 0x7fff_ffff
    }

    /// The modulus's length in bytes.
    fn size(&self) -> usize {
        usize::try_from(self.n.bits().div_ceil(8)).unwrap_or(usize::MAX)
    }

    /// What was signed, as long as the modulus.
    fn opened(&self, signature: &[u8]) -> Option<Vec<u8>> {
        if !self.usable() || signature.len() != self.size() {
            return None;
        }
        let value = BigUint::from_bytes_be(signature);
        if value >= self.n {
            return None;
        }
        let opened = value.modpow(&BigUint::from(self.e.unsigned_abs()), &self.n);
        Some(padded(&opened, self.size()))
    }

    pub(super) fn verify_pkcs1(&self, hash: Hash, message: &[u8], signature: &[u8]) -> bool {
        self.opened(signature).is_some_and(|opened| pkcs1_encoded(hash, message, self.size()).is_some_and(|wanted| opened == wanted))
    }

    pub(super) fn verify_pss(&self, hash: Hash, message: &[u8], signature: &[u8], salt: Salt) -> bool {
        self.opened(signature).is_some_and(|opened| self.pss_matches(hash, message, &opened, salt).is_some())
    }

    /// RFC 8017, 9.1.2.
    fn pss_matches(&self, hash: Hash, message: &[u8], opened: &[u8], salt: Salt) -> Option<()> {
        let bits = self.n.bits() - 1;
        let length = usize::try_from(bits.div_ceil(8)).ok()?;
        let (above, encoded) = opened.split_at_checked(opened.len().checked_sub(length)?)?;
        if above.iter().any(|b| *b != 0) || encoded.last() != Some(&0xbc) {
            return None;
        }
        let block = encoded.len().checked_sub(hash.size() + 1)?;
        let (masked, rest) = encoded.split_at(block);
        let digest = &rest[..hash.size()];
        let top = 0xffu8 >> (8 * length as u64 - bits);
        if *masked.first()? & !top != 0 {
            return None;
        }
        let mut data = masked.to_vec();
        mask(hash, digest, &mut data);
        data[0] &= top;
        let start = data.iter().position(|b| *b != 0).filter(|at| data[*at] == 1)? + 1;
        let found = &data[start..];
        if salt == Salt::OfHash && found.len() != hash.size() {
            return None;
        }
        (hash.of(&[&[0; 8], &hash.of(message)[..], found].concat()) == digest).then_some(())
    }
}

impl RsaPrivate {
    /// The key with its CRT values, if its parts fit together.
    pub(super) fn checked(mut self) -> Option<Self> {
        let RsaPublic { n, e } = &self.public;
        if n.bits() > MAX_BITS || !self.public.sound() || self.d >= *n || self.primes.len() < 2 {
            return None;
        }
        let one = BigUint::from(1u8);
        if self.primes.len() > 2 {
            return self.checked_multi_prime(&one);
        }
        let (p, q) = (&self.primes[0], &self.primes[1]);
        if p <= &one || q <= &one || p >= n || q >= n || p == q || !p.bit(0) || !q.bit(0) || p * q != *n {
            return None;
        }
        let (p1, q1) = (p - &one, q - &one);
        let crt = match self.crt.take() {
            Some(crt) => crt,
            None => Crt { dp: &self.d % &p1, dq: &self.d % &q1, qinv: (q % p).modpow(&(p - 2u8), p) },
        };
        let e = BigUint::from(e.unsigned_abs());
        let fits = crt.dp < p1
            && crt.dq < q1
            && crt.qinv < *p
            && &crt.dp * &e % &p1 == one
            && &crt.dq * &e % &q1 == one
            && &crt.qinv * q % p == one
            && &self.d % &p1 == crt.dp
            && &self.d % &q1 == crt.dq;
        let apart = if p > q { p - q } else { q - p };
        let half = n.bits() / 2;
        // primes close together and small exponents are factored easily
        if !fits || apart.bits().saturating_add(100) <= half || self.d.bits() <= half {
            return None;
        }
        self.crt = Some(crt);
        Some(self)
    }

    fn checked_multi_prime(mut self, one: &BigUint) -> Option<Self> {
        if self.primes.iter().any(|prime| prime <= one) {
            return None;
        }
        let (p, q) = (&self.primes[0], &self.primes[1]);
        let crt = Crt { dp: &self.d % (p - one), dq: &self.d % (q - one), qinv: q.modinv(p)? };
        let mut product = p * q;
        let mut more = Vec::new();
        for prime in &self.primes[2..] {
            more.push([&self.d % (prime - one), product.modinv(prime)?, product.clone()]);
            product *= prime;
        }
        self.crt = Some(crt);
        self.more = more;
        Some(self)
    }

    /// `None`: the key is not usable, or too short for what it should sign.
    fn raised(&self, encoded: &[u8]) -> Option<Vec<u8>> {
        let value = BigUint::from_bytes_be(encoded);
        let n = &self.public.n;
        if !self.public.usable() || value >= *n {
            return None;
        }
        let raised = value.modpow(&self.d, n);
        // a key that does not fit its public half would give its primes away
        if raised.modpow(&BigUint::from(self.public.e.unsigned_abs()), n) != value {
            return None;
        }
        Some(padded(&raised, self.public.size()))
    }

    pub(super) fn sign_pkcs1(&self, hash: Hash, message: &[u8]) -> Option<Vec<u8>> {
        self.raised(&pkcs1_encoded(hash, message, self.public.size())?)
    }

    /// The salt is as long as the hash and made of key and message: equal operands give equal signatures.
    pub(super) fn sign_pss(&self, hash: Hash, message: &[u8]) -> Option<Vec<u8>> {
        let digest = hash.of(message);
        let salt = hash.hmac(&self.d.to_bytes_be(), &digest);
        let bits = self.public.n.bits() - 1;
        let length = usize::try_from(bits.div_ceil(8)).ok()?;
        let zeros = length.checked_sub(2 * hash.size() + 2)?;
        let inner = hash.of(&[&[0; 8], &digest[..], &salt].concat());
        let mut data = [&vec![0; zeros][..], &[1], &salt].concat();
        mask(hash, &inner, &mut data);
        data[0] &= 0xffu8 >> (8 * length as u64 - bits);
        self.raised(&[&data[..], &inner, &[0xbc]].concat())
    }
}

fn padded(value: &BigUint, length: usize) -> Vec<u8> {
    let bytes = value.to_bytes_be();
    let mut out = vec![0; length.saturating_sub(bytes.len())];
    out.extend(bytes);
    out
}

/// EMSA-PKCS1-v1_5 (RFC 8017, 9.2).
fn pkcs1_encoded(hash: Hash, message: &[u8], length: usize) -> Option<Vec<u8>> {
    // the last component of the hash's object identifier
    let arc = match hash {
        Hash::Sha256 => 1,
        Hash::Sha384 => 2,
        Hash::Sha512 => 3,
        Hash::Md5 | Hash::Sha1 => return None,
    };
    let size = u8::try_from(hash.size()).ok()?;
    let prefix = [0x30, size + 17, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, arc, 5, 0, 4, size];
    let fill = length.checked_sub(prefix.len() + hash.size() + 3).filter(|fill| *fill >= 8)?;
    Some([&[0, 1], &vec![0xff; fill][..], &[0], &prefix, &hash.of(message)].concat())
}

/// MGF1 (RFC 8017, B.2.1), applied to `data`.
fn mask(hash: Hash, seed: &[u8], data: &mut [u8]) {
    for (counter, block) in (0u32..).zip(data.chunks_mut(hash.size())) {
        let stream = hash.of(&[seed, &counter.to_be_bytes()].concat());
        for (byte, key) in block.iter_mut().zip(stream) {
            *byte ^= key;
        }
    }
}
