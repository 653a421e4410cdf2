//! Sets of ports, by protocol.

use std::fmt;

/// The protocols that policies know, in the order of [`PortSet`].
pub const PROTOCOLS: [&str; 3] = ["TCP", "UDP", "SCTP"];

/// The first and the last port that there are.
const WHOLE: (u16, u16) = (1, u16::MAX);

/// Ports of TCP, UDP and SCTP as sorted intervals that neither touch nor overlap.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct PortSet {
    by_protocol: [Vec<(u16, u16)>; 3],
}

impl PortSet {
    /// Every port of every protocol.
    #[must_use]
    pub fn all() -> Self {
        Self { by_protocol: [vec![WHOLE], vec![WHOLE], vec![WHOLE]] }
    }

    /// The ports from `first` to `last` of a protocol, of all where it is `None`; nothing for a protocol that is not known.
    #[must_use]
    pub fn range(protocol: Option<&str>, first: u16, last: u16) -> Self {
        let (first, last) = (first.max(1), last);
        let mut set = Self::default();
        for (own, name) in set.by_protocol.iter_mut().zip(PROTOCOLS) {
            if first <= last && protocol.is_none_or(|protocol| protocol.eq_ignore_ascii_case(name)) {
                own.push((first, last));
            }
        }
        set
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_protocol.iter().all(Vec::is_empty)
    }

    #[must_use]
    pub fn is_all(&self) -> bool {
        self.by_protocol.iter().all(|ports| ports[..] == [WHOLE])
    }

    /// Whether a protocol of the set has all its ports.
    #[must_use]
    pub fn has_whole_protocol(&self) -> bool {
        self.by_protocol.iter().any(|ports| ports[..] == [WHOLE])
    }

    /// Whether it contains a port of a protocol, which [`PROTOCOLS`] names.
    #[must_use]
    pub fn contains(&self, protocol: &str, port: u16) -> bool {
        let at = PROTOCOLS.iter().position(|name| *name == protocol);
        at.is_some_and(|at| self.by_protocol[at].iter().any(|(first, last)| (*first..=*last).contains(&port)))
    }

    /// The intervals of a protocol, by its place in [`PROTOCOLS`].
    #[must_use]
    pub fn intervals(&self, protocol: usize) -> &[(u16, u16)] {
        self.by_protocol.get(protocol).map_or(&[], Vec::as_slice)
    }

    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.zip(other, |a, b| {
            let mut all: Vec<(u16, u16)> = a.iter().chain(b).copied().collect();
            all.sort_unstable();
            let mut out: Vec<(u16, u16)> = Vec::with_capacity(all.len());
            for (first, last) in all {
                match out.last_mut() {
                    Some(known) if first <= known.1.saturating_add(1) => known.1 = known.1.max(last),
                    _ => out.push((first, last)),
                }
            }
            out
        })
    }

    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.zip(other, |a, b| {
            let (mut i, mut j, mut out) = (0, 0, Vec::new());
            while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
                let (first, last) = (x.0.max(y.0), x.1.min(y.1));
                if first <= last {
                    out.push((first, last));
                }
                if x.1 < y.1 { i += 1 } else { j += 1 }
            }
            out
        })
    }

    /// What of it is not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        self.zip(other, |a, b| {
            let mut out = Vec::new();
            for &(first, last) in a {
                let mut next = u32::from(first);
                for &(from, to) in b.iter().filter(|(from, to)| *to >= first && *from <= last) {
                    if u32::from(from) > next {
                        out.push((u16::try_from(next).unwrap_or(u16::MAX), from - 1));
                    }
                    next = next.max(u32::from(to) + 1);
                }
                if next <= u32::from(last) {
                    out.push((u16::try_from(next).unwrap_or(u16::MAX), last));
                }
            }
            out
        })
    }

    fn zip(&self, other: &Self, combine: impl Fn(&[(u16, u16)], &[(u16, u16)]) -> Vec<(u16, u16)>) -> Self {
        let of = |at: usize| combine(&self.by_protocol[at], &other.by_protocol[at]);
        Self { by_protocol: [of(0), of(1), of(2)] }
    }
}

impl fmt::Display for PortSet {
    /// `all ports`, `no port`, or `TCP 80, 443, 8000-8080; UDP 53`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_all() {
            return f.write_str("all ports");
        }
        if self.is_empty() {
            return f.write_str("no port");
        }
        let mut parts = Vec::new();
        for (ports, name) in self.by_protocol.iter().zip(PROTOCOLS) {
            let text: Vec<String> = ports
                .iter()
                .map(|port| match port {
                    &WHOLE => "all ports".to_owned(),
                    (first, last) if first == last => first.to_string(),
                    (first, last) => format!("{first}-{last}"),
                })
                .collect();
            if !text.is_empty() {
                parts.push(format!("{name} {}", text.join(", ")));
            }
        }
        f.write_str(&parts.join("; "))
    }
}
