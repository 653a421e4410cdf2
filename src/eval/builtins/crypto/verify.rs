//! Chains of certificates (RFC 5280, 6) as Go's `crypto/x509` builds and checks them.

use super::super::Context;
use super::cert::{Certificate, SignatureAlgorithm};
use super::constraints::chain_is_admitted;
use super::der::{self, Der};
use super::extensions::ALT_NAMES;
use super::hash::Hash;
use super::keys::PublicKey;
use super::policies::chain_is_valid;
use super::rsa::Salt;
use super::{Try, ec};

/// What a chain must be good for.
#[derive(Clone, Default, Debug)]
pub(super) struct Options {
    /// Empty: any host.
    pub(super) host: String,
    /// Nanoseconds since 1970.
    pub(super) time: i64,
    /// Go's numbers of extended key usages; a chain must allow one of them, none given means servers.
    pub(super) usages: Vec<i64>,
}

const ANY_USAGE: i64 = 0;
const SERVER: i64 = 1;

/// More signatures are not checked while chains are looked for.
const MAX_CHECKS: usize = 100;

/// The first chain from the last of the certificates (the leaf) to the first one (the root) by way of the others.
///
/// `None`: there is none that fulfils the options.
pub(super) fn chain<'c>(context: &Context, certificates: &'c [Certificate], options: &Options) -> Try<Option<Vec<&'c Certificate>>> {
    let [root, between @ .., leaf] = certificates else { return Ok(None) };
    if !is_valid(leaf, Role::Leaf, &[], options) || !options.host.is_empty() && !has_host(leaf, &options.host) {
        return Ok(None);
    }
    let mut intermediates: Vec<&Certificate> = Vec::new();
    for certificate in between {
        if intermediates.iter().all(|known| known.raw != certificate.raw) {
            intermediates.push(certificate);
        }
    }
    let mut chains = Vec::new();
    if root.raw == leaf.raw {
        chains.push(vec![leaf]);
    } else {
        let mut search = Search { context, root, intermediates, options, checks: 0, chains: Vec::new() };
        search.extend(&mut vec![leaf])?;
        chains = search.chains;
    }
    Ok(chains.into_iter().find(|chain| chain_is_valid(chain) && allows_usages(chain, &options.usages) && chain_is_admitted(chain)))
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Role {
    Leaf,
    Intermediate,
    Root,
}

struct Search<'c, 'o> {
    context: &'o Context,
    root: &'c Certificate,
    intermediates: Vec<&'c Certificate>,
    options: &'o Options,
    checks: usize,
    chains: Vec<Vec<&'c Certificate>>,
}

impl<'c> Search<'c, '_> {
    /// Looks for the chains that continue `chain`, which is not empty. The checks' limit bounds the depth, too.
    fn extend(&mut self, chain: &mut Vec<&'c Certificate>) -> Try<()> {
        let Some(child) = chain.last().copied() else { return Ok(()) };
        let roots = [(Role::Root, self.root)];
        let intermediates = self.intermediates.iter().map(|parent| (Role::Intermediate, *parent));
        let mut candidates: Vec<(Role, &Certificate)> = roots.into_iter().chain(intermediates).collect();
        candidates.retain(|(_, parent)| parent.raw_subject == child.raw_issuer);
        // likelier parents first, roots before others
        candidates.sort_by_key(|(role, parent)| (*role != Role::Root, likelihood(parent, child)));
        for (role, parent) in candidates {
            self.context.check_time()?;
            self.checks += 1;
            if self.checks > MAX_CHECKS {
                return Ok(());
            }
            if parent.public_key.is_none() || in_chain(parent, chain) || !is_signed_by(child, parent)? {
                continue;
            }
            if !is_valid(parent, role, chain, self.options) {
                continue;
            }
            chain.push(parent);
            if role == Role::Root {
                self.chains.push(chain.clone());
            } else {
                self.extend(chain)?;
            }
            chain.pop();
        }
        Ok(())
    }
}

/// 0 where the key identifiers match, 1 where one is missing, 2 else.
fn likelihood(parent: &Certificate, child: &Certificate) -> u8 {
    let subject = parent.extensions.subject_key.as_deref().unwrap_or_default();
    let authority = child.extensions.authority_key.as_deref().unwrap_or_default();
    match () {
        () if subject == authority => 0,
        () if subject.is_empty() || authority.is_empty() => 1,
        () => 2,
    }
}

/// Whether a chain has a certificate of the same subject, key and alternative names.
fn in_chain(candidate: &Certificate, chain: &[&Certificate]) -> bool {
    let names = |certificate: &Certificate| certificate.extensions.find(ALT_NAMES).map(|names| names.value.clone());
    let wanted = names(candidate);
    for certificate in chain {
        if certificate.raw_subject != candidate.raw_subject || certificate.key_info != candidate.key_info {
            continue;
        }
        match (&wanted, names(certificate)) {
            (None, None) => return true,
            (None, Some(_)) | (Some(_), None) => return false,
            (Some(wanted), Some(found)) if *wanted == found => return true,
            _ => {}
        }
    }
    false
}

fn is_valid(certificate: &Certificate, role: Role, chain: &[&Certificate], options: &Options) -> bool {
    let extensions = &certificate.extensions;
    let (seconds, part) = (options.time.div_euclid(1_000_000_000), options.time.rem_euclid(1_000_000_000));
    let began = (seconds, part) >= (certificate.not_before.unix(), 0);
    let ended = (seconds, part) > (certificate.not_after.unix(), 0);
    let authority = role != Role::Intermediate || extensions.basic_constraints && extensions.is_ca;
    let between = i64::try_from(chain.len()).unwrap_or(i64::MAX) - 1;
    let short = !extensions.basic_constraints || extensions.max_path.value < 0 || between <= extensions.max_path.value;
    extensions.unhandled.is_empty() && began && !ended && authority && short
}

fn is_signed_by(child: &Certificate, parent: &Certificate) -> Try<bool> {
    const CERTIFICATE_SIGN: i64 = 1 << 5;
    let extensions = &parent.extensions;
    let no_authority = parent.version == 3 && !extensions.basic_constraints || extensions.basic_constraints && !extensions.is_ca;
    if no_authority || extensions.key_usage != 0 && extensions.key_usage & CERTIFICATE_SIGN == 0 {
        return Ok(false);
    }
    let (message, signature) = (&child.to_be_signed[..], &child.signature[..]);
    match (child.signature_algorithm, &parent.public_key) {
        // broken hashes
        (SignatureAlgorithm::Rsa(Hash::Md5 | Hash::Sha1) | SignatureAlgorithm::Ecdsa(Hash::Sha1), _) => Ok(false),
        (SignatureAlgorithm::Rsa(hash), Some(PublicKey::Rsa(key))) => {
            key.computable()?;
            Ok(key.verify_pkcs1(hash, message, signature))
        }
        (SignatureAlgorithm::RsaPss(hash), Some(PublicKey::Rsa(key))) => {
            key.computable()?;
            Ok(key.verify_pss(hash, message, signature, Salt::OfHash))
        }
        (SignatureAlgorithm::Ecdsa(hash), Some(PublicKey::Ec(key))) => match halves(signature) {
            Some((r, s)) => key.verify(&hash.of(message), &r, &s),
            None => Ok(false),
        },
        (SignatureAlgorithm::Ed25519, Some(PublicKey::Ed25519(key))) => Ok(ec::ed25519_verify(key, message, signature)),
        _ => Ok(false),
    }
}

/// The two numbers of an ECDSA-Sig-Value (RFC 3279, 2.2.3).
fn halves(signature: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut outer = Der(signature);
    let mut inner = outer.read(der::SEQUENCE).filter(|_| outer.is_empty())?;
    let (r, s) = (inner.positive()?, inner.positive()?);
    inner.is_empty().then(|| (r.to_bytes_be(), s.to_bytes_be()))
}

/// Whether a certificate is for a host: an address (perhaps in brackets) or a name.
fn has_host(certificate: &Certificate, host: &str) -> bool {
    let names = &certificate.extensions.names;
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).filter(|host| !host.is_empty()).unwrap_or(host);
    if let Ok(address) = address.parse::<core::net::IpAddr>() {
        return names.ip.iter().any(|bytes| {
            let given = match (<[u8; 4]>::try_from(&bytes[..]), <[u8; 16]>::try_from(&bytes[..])) {
                (Ok(v4), _) => core::net::IpAddr::from(v4),
                (_, Ok(v6)) => core::net::IpAddr::from(v6),
                _ => return false,
            };
            given.to_canonical() == address.to_canonical()
        });
    }
    let host = host.to_ascii_lowercase();
    let valid = valid_host(host.strip_suffix('.').unwrap_or(&host), false);
    names.dns.iter().any(|name| {
        let name = name.to_ascii_lowercase();
        if valid && valid_host(&name, true) {
            let labels: Vec<&str> = host.strip_suffix('.').unwrap_or(&host).split('.').collect();
            let pattern: Vec<&str> = name.split('.').collect();
            let matches = |(i, (pattern, label)): (usize, (&&str, &&str))| i == 0 && *pattern == "*" || pattern == label;
            pattern.len() == labels.len() && pattern.iter().zip(&labels).enumerate().all(matches)
        } else {
            name == host && !name.is_empty() && name != "."
        }
    })
}

/// Whether a name can be a host's; a pattern's first label may be `*`.
fn valid_host(name: &str, pattern: bool) -> bool {
    name != "*"
        && name.split('.').enumerate().all(|(i, label)| {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
            pattern && i == 0 && label == "*" || !label.is_empty() && !label.starts_with('-') && label.bytes().all(plain)
        })
}

/// Whether some wanted usage is allowed by every certificate that states usages.
fn allows_usages(chain: &[&Certificate], wanted: &[i64]) -> bool {
    if wanted.contains(&ANY_USAGE) {
        return true;
    }
    let wanted = if wanted.is_empty() { &[SERVER] } else { wanted };
    let allows = |certificate: &Certificate, usage: i64| {
        let extensions = &certificate.extensions;
        extensions.usages.is_empty() && extensions.other_usages.is_empty()
            || extensions.usages.iter().any(|allowed| *allowed == ANY_USAGE || *allowed == usage)
    };
    wanted.iter().any(|usage| chain.iter().all(|certificate| allows(certificate, *usage)))
}
