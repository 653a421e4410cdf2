//! The extensions of certificates (RFC 5280, 4.2) with the checks of Go's `crypto/x509`.

use std::collections::HashSet;

use super::constraints::{IpRange, mailbox, valid_domain};
use super::der::{self, Der, Oid};
use super::encoding::lossy;
use super::uri::Uri;

#[derive(Clone, Debug)]
pub(super) struct Extension {
    pub(super) id: Oid,
    pub(super) critical: bool,
    pub(super) value: Vec<u8>,
}

impl Extension {
    pub(super) fn read(der: &mut Der) -> Option<Self> {
        let mut extension = der.read(der::SEQUENCE)?;
        let id = extension.oid()?;
        let critical = extension.next_is(der::BOOLEAN) && extension.boolean()?;
        Some(Self { id, critical, value: extension.read(der::OCTET_STRING)?.0.to_vec() })
    }
}

/// Lists of names; absent ones are empty.
#[derive(Clone, Default, Debug)]
pub(super) struct AltNames {
    pub(super) dns: Vec<String>,
    pub(super) email: Vec<String>,
    pub(super) ip: Vec<Vec<u8>>,
    pub(super) uris: Vec<Uri>,
}

/// The subtrees of name constraints.
#[derive(Clone, Default, Debug)]
pub(super) struct Subtrees {
    pub(super) dns: Vec<String>,
    pub(super) ip: Vec<IpRange>,
    pub(super) email: Vec<String>,
    pub(super) uri: Vec<String>,
}

/// A number that a certificate may state; `stated_zero`: it states 0.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Stated {
    pub(super) value: i64,
    pub(super) stated_zero: bool,
}

impl Stated {
    fn of(value: i64) -> Self {
        Self { value, stated_zero: value == 0 }
    }

    /// The number if there is one.
    pub(super) fn get(self) -> Option<i64> {
        (self.value > 0 || self.stated_zero).then_some(self.value)
    }
}

#[derive(Clone, Default, Debug)]
pub(super) struct Extensions {
    /// `None`: the certificate has no extensions at all.
    pub(super) all: Option<Vec<Extension>>,
    /// Critical ones that are not understood.
    pub(super) unhandled: Vec<Oid>,
    pub(super) key_usage: i64,
    /// Go's numbers of the usages it knows.
    pub(super) usages: Vec<i64>,
    pub(super) other_usages: Vec<Oid>,
    pub(super) basic_constraints: bool,
    pub(super) is_ca: bool,
    pub(super) max_path: Stated,
    pub(super) subject_key: Option<Vec<u8>>,
    pub(super) authority_key: Option<Vec<u8>>,
    pub(super) ocsp: Vec<String>,
    pub(super) issuing: Vec<String>,
    pub(super) names: AltNames,
    pub(super) constraints_critical: bool,
    pub(super) permitted: Subtrees,
    pub(super) excluded: Subtrees,
    pub(super) revocation: Vec<String>,
    /// Contents of object identifiers; `None`: the extension is absent.
    pub(super) policies: Option<Vec<Vec<u8>>>,
    pub(super) mappings: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) inhibit_any: Stated,
    pub(super) inhibit_mapping: Stated,
    pub(super) require_policy: Stated,
}

pub(super) const ALT_NAMES: &[u32] = &[2, 5, 29, 17];
pub(super) const NAME_CONSTRAINTS: &[u32] = &[2, 5, 29, 30];

impl Extensions {
    pub(super) fn absent() -> Self {
        Self::default()
    }

    /// Whether there is an extension of an object identifier, and its value.
    pub(super) fn find(&self, id: &[u32]) -> Option<&Extension> {
        self.all.as_ref()?.iter().find(|extension| extension.id == id)
    }

    /// Reads the contents of the element that holds the sequence of extensions.
    pub(super) fn parse(mut der: Der) -> Option<Self> {
        let mut sequence = der.read(der::SEQUENCE)?;
        let mut all: Vec<Extension> = Vec::new();
        let mut seen = HashSet::new();
        while !sequence.is_empty() {
            let extension = Extension::read(&mut sequence)?;
            if !seen.insert(extension.id.clone()) {
                return None;
            }
            all.push(extension);
        }
        let mut out = Self::absent();
        for extension in &all {
            let handled = out.take(extension)?;
            if extension.critical && !handled {
                out.unhandled.push(extension.id.clone());
            }
        }
        out.all = Some(all).filter(|all| !all.is_empty());
        Some(out)
    }

    /// Whether the extension is known and all of it was understood; `None`: it is malformed.
    fn take(&mut self, extension: &Extension) -> Option<bool> {
        let Extension { id, critical, value } = extension;
        let mut der = Der(value);
        match &id[..] {
            [2, 5, 29, 14] => {
                self.subject_key = Some(der.read(der::OCTET_STRING).filter(|_| !critical)?.0.to_vec());
            }
            [2, 5, 29, 15] => {
                let bits = der.bits()?;
                self.key_usage = (0..9).filter(|i| bits.get(*i)).map(|i| 1 << i).sum();
            }
            [2, 5, 29, 17] => {
                self.names = AltNames::parse(der)?;
                let AltNames { dns, email, ip, uris } = &self.names;
                return Some(!(dns.is_empty() && email.is_empty() && ip.is_empty() && uris.is_empty()));
            }
            [2, 5, 29, 19] => self.take_basic_constraints(der)?,
            [2, 5, 29, 30] => return self.take_name_constraints(der, *critical),
            [2, 5, 29, 31] => self.take_revocation(der)?,
            [2, 5, 29, 32] => self.take_policies(der)?,
            [2, 5, 29, 33] => {
                let mut list = der.read(der::SEQUENCE)?;
                while !list.is_empty() {
                    let mut pair = list.read(der::SEQUENCE)?;
                    let mut oid = || pair.read(der::OBJECT_IDENTIFIER).map(|oid| oid.0.to_vec());
                    self.mappings.push((oid()?, oid()?));
                }
            }
            [2, 5, 29, 35] => {
                let mut identifier = der.read(der::SEQUENCE).filter(|_| !critical)?;
                self.authority_key = identifier.optional(der::context(0))?.map(|key| key.0.to_vec());
            }
            [2, 5, 29, 36] => {
                let mut list = der.read(der::SEQUENCE)?;
                if list.next_is(der::context(0)) {
                    self.require_policy = Stated::of(list.int64_tagged(der::context(0))?);
                }
                if list.next_is(der::context(1)) {
                    self.inhibit_mapping = Stated::of(list.int64_tagged(der::context(1))?);
                }
            }
            [2, 5, 29, 37] => self.take_usages(der)?,
            [2, 5, 29, 54] => self.inhibit_any = Stated::of(der.int64()?),
            [1, 3, 6, 1, 5, 5, 7, 1, 1] => {
                if *critical {
                    return None;
                }
                self.take_authority_information(der)?;
            }
            _ => return Some(false),
        }
        Some(true)
    }

    fn take_basic_constraints(&mut self, mut der: Der) -> Option<()> {
        let mut list = der.read(der::SEQUENCE)?;
        self.is_ca = list.next_is(der::BOOLEAN) && list.boolean()?;
        self.basic_constraints = true;
        self.max_path = if list.next_is(der::INTEGER) {
            Stated::of(list.int64().filter(|length| *length >= 0)?)
        } else {
            Stated { value: -1, stated_zero: false }
        };
        Some(())
    }

    fn take_usages(&mut self, mut der: Der) -> Option<()> {
        let mut list = der.read(der::SEQUENCE)?;
        while !list.is_empty() {
            let oid = list.oid()?;
            match usage(&oid) {
                Some(number) => self.usages.push(number),
                None => self.other_usages.push(oid),
            }
        }
        Some(())
    }

    fn take_policies(&mut self, mut der: Der) -> Option<()> {
        let mut list = der.read(der::SEQUENCE)?;
        let mut policies: Vec<Vec<u8>> = Vec::new();
        let mut seen = HashSet::new();
        while !list.is_empty() {
            let oid = list.read(der::SEQUENCE)?.read(der::OBJECT_IDENTIFIER)?.0;
            if !der::is_oid(oid) || !seen.insert(oid) {
                return None;
            }
            policies.push(oid.to_vec());
        }
        self.policies = Some(policies);
        Some(())
    }

    fn take_revocation(&mut self, mut der: Der) -> Option<()> {
        let mut points = der.read(der::SEQUENCE)?;
        while !points.is_empty() {
            let mut point = points.read(der::SEQUENCE)?;
            let Some(mut name) = point.optional(der::constructed(0))? else { continue };
            let mut names = name.read(der::constructed(0))?;
            while names.next_is(der::context(6)) {
                self.revocation.push(lossy(names.read(der::context(6))?.0));
            }
        }
        Some(())
    }

    fn take_authority_information(&mut self, mut der: Der) -> Option<()> {
        let mut list = der.read(der::SEQUENCE)?;
        while !list.is_empty() {
            let mut access = list.read(der::SEQUENCE)?;
            let method = access.oid()?;
            if !access.next_is(der::context(6)) {
                continue;
            }
            let location = lossy(access.read(der::context(6))?.0);
            match &method[..] {
                [1, 3, 6, 1, 5, 5, 7, 48, 1] => self.ocsp.push(location),
                [1, 3, 6, 1, 5, 5, 7, 48, 2] => self.issuing.push(location),
                _ => {}
            }
        }
        Some(())
    }

    fn take_name_constraints(&mut self, mut der: Der, critical: bool) -> Option<bool> {
        let mut list = der.read(der::SEQUENCE)?;
        let permitted = list.optional(der::constructed(0))?;
        let excluded = list.optional(der::constructed(1))?;
        let some = |subtrees: Option<Der>| subtrees.is_some_and(|subtrees| !subtrees.is_empty());
        if !der.is_empty() || !list.is_empty() || !some(permitted) && !some(excluded) {
            return None;
        }
        let mut handled = true;
        self.permitted = Subtrees::parse(permitted, &mut handled)?;
        self.excluded = Subtrees::parse(excluded, &mut handled)?;
        self.constraints_critical = critical;
        Some(handled)
    }
}

impl AltNames {
    /// Reads GeneralNames.
    pub(super) fn parse(mut der: Der) -> Option<Self> {
        let mut list = der.read(der::SEQUENCE)?;
        let mut out = Self::default();
        while !list.is_empty() {
            let name = list.any()?;
            match name.tag ^ 0x80 {
                1 => out.email.push(ia5(name.content)?),
                2 => out.dns.push(ia5(name.content)?),
                6 => {
                    let uri = Uri::parse(&ia5(name.content)?)?;
                    if !uri.host.is_empty() && !valid_domain(&uri.host, false) {
                        return None;
                    }
                    out.uris.push(uri);
                }
                7 if matches!(name.content.len(), 4 | 16) => out.ip.push(name.content.to_vec()),
                7 => return None,
                _ => {}
            }
        }
        Some(out)
    }
}

impl Subtrees {
    /// `handled` becomes false for a kind of name that is not checked.
    fn parse(der: Option<Der>, handled: &mut bool) -> Option<Self> {
        let mut out = Self::default();
        let mut list = der.unwrap_or(Der(&[]));
        while !list.is_empty() {
            let base = list.read(der::SEQUENCE)?.any()?;
            let domain = || ia5(base.content).filter(|domain| valid_domain(domain.as_bytes(), true));
            match base.tag {
                0x81 => {
                    let email = ia5(base.content)?;
                    let valid = if email.contains('@') { mailbox(&email).is_some() } else { valid_domain(email.as_bytes(), true) };
                    if !valid {
                        return None;
                    }
                    out.email.push(email);
                }
                0x82 => out.dns.push(domain()?),
                0x86 => out.uri.push(domain().filter(|domain| domain.parse::<core::net::IpAddr>().is_err())?),
                0x87 => out.ip.push(IpRange::parse(base.content)?),
                _ => *handled = false,
            }
        }
        Some(out)
    }
}

fn ia5(content: &[u8]) -> Option<String> {
    content.is_ascii().then(|| lossy(content))
}

/// Go's number of an extended key usage it knows.
fn usage(oid: &[u32]) -> Option<i64> {
    Some(match oid {
        [2, 5, 29, 37, 0] => 0,
        [1, 3, 6, 1, 5, 5, 7, 3, last @ 1..=9] => i64::from(*last),
        [1, 3, 6, 1, 4, 1, 311, 10, 3, 3] => 10,
        [2, 16, 840, 1, 113_730, 4, 1] => 11,
        [1, 3, 6, 1, 4, 1, 311, 2, 1, 22] => 12,
        [1, 3, 6, 1, 4, 1, 311, 61, 1, 1] => 13,
        _ => return None,
    })
}
