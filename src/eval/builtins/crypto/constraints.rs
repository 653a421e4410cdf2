//! Name constraints (RFC 5280, 4.2.1.10): which names the certificates below an authority may have.
//!
//! As in Go, subtrees are sorted, those within others dropped, and the nearest one searched for.

use core::net::IpAddr;
use std::cmp::Ordering;
use std::collections::HashSet;

use super::cert::Certificate;
use super::encoding::lossy;
use super::extensions::{ALT_NAMES, NAME_CONSTRAINTS, Subtrees};
use super::uri::Uri;

/// A range of addresses: address and mask, 4 or 16 bytes each.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct IpRange {
    pub(super) ip: Vec<u8>,
    pub(super) mask: Vec<u8>,
}

impl IpRange {
    /// Address and mask one after the other; the mask's set bits must stand in front.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        if !matches!(bytes.len(), 8 | 32) {
            return None;
        }
        let (ip, mask) = bytes.split_at(bytes.len() / 2);
        let mut partial = mask.iter().skip_while(|b| **b == 0xff);
        let valid = partial.next().is_none_or(|b| b.leading_ones() + b.trailing_zeros() == 8) && partial.all(|b| *b == 0);
        valid.then(|| Self { ip: ip.to_vec(), mask: mask.to_vec() })
    }

    fn contains(&self, ip: &[u8]) -> bool {
        let same = |((a, b), mask): ((&u8, &u8), &u8)| a & mask == b & mask;
        shortened(&self.ip).len() == shortened(ip).len() && shortened(&self.ip).iter().zip(shortened(ip)).zip(self.short_mask()).all(same)
    }

    /// The mask of the address as it is compared.
    fn short_mask(&self) -> &[u8] {
        if self.ip.len() != shortened(&self.ip).len() { &self.mask[12..] } else { &self.mask }
    }

    fn covers(&self, other: &Self) -> bool {
        let last: Vec<u8> = other.ip.iter().zip(&other.mask).map(|(ip, mask)| ip | !mask).collect();
        self.contains(&other.ip) && self.contains(&last)
    }
}

/// An IPv4 address in IPv6 form becomes one of 4 bytes.
fn shortened(ip: &[u8]) -> &[u8] {
    match ip {
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, v4 @ ..] if ip.len() == 16 => v4,
        _ => ip,
    }
}

/// Whether a domain has no odd bytes and no empty label; one of a constraint may begin with a dot.
pub(super) fn valid_domain(domain: &[u8], constraint: bool) -> bool {
    let rest = if constraint { domain.strip_prefix(b".").unwrap_or(domain) } else { domain };
    domain.is_empty()
        || !domain.ends_with(b".")
            && rest.iter().all(|b| (33..=126).contains(b))
            && rest.split(|b| *b == b'.').all(|label| !label.is_empty())
}

/// The local part and the domain of a mailbox (RFC 2821, 4.1.2).
pub(super) fn mailbox(text: &str) -> Option<(Vec<u8>, String)> {
    let mut bytes = text.bytes().peekable();
    let mut local = Vec::new();
    if bytes.next_if_eq(&b'"').is_some() {
        loop {
            match bytes.next()? {
                b'"' => break,
                b'\\' => local.push(bytes.next().filter(|b| matches!(b, 1..=9 | 11 | 12 | 14..=127))?),
                b @ (1..=8 | 11 | 12 | 14..=33 | 35..=91 | 93..=127) => local.push(b),
                _ => return None,
            }
        }
    } else {
        loop {
            let atom = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b);
            if bytes.next_if_eq(&b'\\').is_some() {
                local.push(bytes.next()?);
            } else if let Some(b) = bytes.next_if(|b| atom(*b)) {
                local.push(b);
            } else {
                break;
            }
        }
        if local.is_empty() || local.starts_with(b".") || local.ends_with(b".") || local.windows(2).any(|pair| pair == b"..") {
            return None;
        }
    }
    bytes.next_if_eq(&b'@')?;
    let domain: Vec<u8> = bytes.collect();
    valid_domain(&domain, false).then(|| (local, lossy(&domain)))
}

/// Sorted subtrees of which none lies in another, and the search for the one that a name may lie in.
struct Sorted<T>(Vec<T>);

impl<T> Sorted<T> {
    fn new(mut list: Vec<T>, compare: impl Fn(&T, &T) -> Ordering, covers: impl Fn(&T, &T) -> bool) -> Self {
        list.sort_by(compare);
        list.dedup_by(|next, kept| covers(kept, next));
        Self(list)
    }

    fn find(&self, compare: impl Fn(&T) -> Ordering, covers: impl Fn(&T) -> bool) -> bool {
        match self.0.binary_search_by(compare) {
            Ok(_) => true,
            Err(at) => self.0.get(at.saturating_sub(1)).is_some_and(covers),
        }
    }
}

/// Whether `name` ends with the labels of `suffix`; a suffix with a dot in front needs one more label.
fn has_suffix(suffix: &str, name: &str) -> bool {
    let (suffix, name) = (suffix.as_bytes(), name.as_bytes());
    let Some(start) = name.len().checked_sub(suffix.len()) else { return false };
    name[start..].eq_ignore_ascii_case(suffix) && (suffix.first() == Some(&b'.') || start == 0 || name[start - 1] == b'.')
}

/// From the last byte on, ignoring case, dots first.
fn compare_reversed(a: &str, b: &str) -> Ordering {
    let key = |b: u8| if b == b'.' { 0 } else { b.to_ascii_lowercase() };
    a.bytes().rev().map(key).cmp(b.bytes().rev().map(key))
}

struct Domains {
    all: bool,
    sorted: Sorted<String>,
    /// Of excluded domains: what remains without the first label, for names that begin with `*`.
    parents: HashSet<String>,
}

impl Domains {
    fn new(list: &[String], permitted: bool) -> Option<Self> {
        if list.is_empty() {
            return None;
        }
        let all = list.iter().any(String::is_empty);
        let list = if all { Vec::new() } else { list.to_vec() };
        let sorted = Sorted::new(list, |a, b| compare_reversed(a, b), |a, b| has_suffix(a, b));
        let parents = sorted.0.iter().filter(|_| !permitted).filter_map(|name| without_label(name)).collect();
        Some(Self { all, sorted, parents })
    }

    fn contain(&self, name: &str) -> bool {
        self.all
            || self.sorted.find(|domain| compare_reversed(domain, name), |domain| has_suffix(domain, name))
            || name.starts_with('*') && without_label(name).is_some_and(|parent| self.parents.contains(&parent))
    }
}

/// From the first dot on, in lower case.
fn without_label(name: &str) -> Option<String> {
    name.find('.').map(|at| name[at..].to_lowercase())
}

/// The permitted or the excluded subtrees of a certificate; `None`: there are none of that kind of name.
struct Set {
    dns: Option<Domains>,
    uri: Option<Domains>,
    v4: Option<Sorted<IpRange>>,
    v6: Option<Sorted<IpRange>>,
    some_ip: bool,
    mailboxes: Vec<(Vec<u8>, String)>,
    mail_domains: Option<Domains>,
    some_mail: bool,
}

impl Set {
    fn new(subtrees: &Subtrees, permitted: bool) -> Self {
        let ranges = |length: usize| {
            let list: Vec<IpRange> = subtrees.ip.iter().filter(|range| range.ip.len() == length).cloned().collect();
            (!list.is_empty()).then(|| Sorted::new(list, IpRange::cmp, IpRange::covers))
        };
        let (full, domains): (Vec<String>, Vec<String>) = subtrees.email.iter().cloned().partition(|email| email.contains('@'));
        let mailboxes = full.iter().filter_map(|email| mailbox(email)).map(|(local, domain)| (local, domain.to_lowercase())).collect();
        Self {
            dns: Domains::new(&subtrees.dns, permitted),
            uri: Domains::new(&subtrees.uri, permitted),
            v4: ranges(4),
            v6: ranges(16),
            some_ip: !subtrees.ip.is_empty(),
            mailboxes,
            mail_domains: Domains::new(&domains, permitted),
            some_mail: !subtrees.email.is_empty(),
        }
    }

    fn ip(&self, ip: &[u8]) -> Option<bool> {
        let ranges = if ip.len() == 4 { &self.v4 } else { &self.v6 };
        let found = || ranges.as_ref().is_some_and(|ranges| ranges.find(|range| range.ip[..].cmp(ip), |range| range.contains(ip)));
        self.some_ip.then(found)
    }

    fn mail(&self, mailbox: &(Vec<u8>, String)) -> Option<bool> {
        let in_domain = || self.mail_domains.as_ref().is_some_and(|domains| domains.contain(&mailbox.1));
        self.some_mail.then(|| self.mailboxes.contains(mailbox) || in_domain())
    }
}

/// The names of a certificate that constraints apply to.
struct Names {
    uris: Vec<String>,
    mailboxes: Vec<(Vec<u8>, String)>,
}

impl Names {
    /// `None`: a name cannot be checked.
    fn of(certificate: &Certificate) -> Option<Self> {
        let names = &certificate.extensions.names;
        let uris = names.uris.iter().map(uri_domain).collect::<Option<_>>()?;
        let lower = |email: &String| mailbox(email).map(|(local, domain)| (local, domain.to_lowercase()));
        let mailboxes = names.email.iter().map(lower).collect::<Option<_>>()?;
        Some(Self { uris, mailboxes })
    }
}

/// The host without its port; addresses are in no domain.
fn uri_domain(uri: &Uri) -> Option<String> {
    let host = lossy(&uri.host).to_lowercase();
    let name = match host.rsplit_once(':') {
        Some((name, _)) if !host.ends_with(']') => {
            // an address in brackets, or a name without a colon
            if name.contains(':') && !(name.starts_with('[') && name.ends_with(']')) {
                return None;
            }
            lossy(&uri.host).get(..name.len()).unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned()
        }
        _ => host.clone(),
    };
    let address = name.parse::<IpAddr>().is_ok() || name.contains(':') || name.starts_with('[') && name.ends_with(']');
    (!host.is_empty() && !address).then_some(name)
}

fn admits(certificate: &Certificate, names: &Names, permitted: &Set, excluded: &Set) -> bool {
    let given = &certificate.extensions.names;
    let ok = |permitted: Option<bool>, excluded: Option<bool>| permitted != Some(false) && excluded != Some(true);
    let domain = |domains: &Option<Domains>, name: &str| domains.as_ref().map(|domains| domains.contain(name));
    given.ip.iter().all(|ip| ok(permitted.ip(ip), excluded.ip(ip)))
        && given
            .dns
            .iter()
            .all(|name| valid_domain(name.as_bytes(), false) && ok(domain(&permitted.dns, name), domain(&excluded.dns, name)))
        && names
            .uris
            .iter()
            .all(|name| valid_domain(name.as_bytes(), false) && ok(domain(&permitted.uri, name), domain(&excluded.uri, name)))
        && names.mailboxes.iter().all(|mailbox| ok(permitted.mail(mailbox), excluded.mail(mailbox)))
}

/// Whether the names of each certificate of a chain, leaf first, are admitted by those above it.
pub(super) fn chain_is_admitted(chain: &[&Certificate]) -> bool {
    let mut above: Vec<(usize, Set, Set)> = chain
        .iter()
        .enumerate()
        .filter(|(_, certificate)| certificate.extensions.find(NAME_CONSTRAINTS).is_some())
        .map(|(i, certificate)| {
            let extensions = &certificate.extensions;
            (i, Set::new(&extensions.permitted, true), Set::new(&extensions.excluded, false))
        })
        .collect();
    for (i, certificate) in chain.iter().enumerate() {
        if certificate.extensions.find(ALT_NAMES).is_none() {
            continue;
        }
        above.retain(|(at, ..)| *at > i);
        if above.is_empty() {
            return true;
        }
        let Some(names) = Names::of(certificate) else { return false };
        if !above.iter().all(|(_, permitted, excluded)| admits(certificate, &names, permitted, excluded)) {
            return false;
        }
    }
    true
}
