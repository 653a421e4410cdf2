//! Networks in CIDR notation, as Go's `net` package reads, compares and writes them.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::operand::string;
use super::{Builtin, Context, Failure, Outcome, Run};
use crate::eval::value::{Set, Value};

const fn builtin(name: &'static str, arity: usize, run: Run) -> Builtin {
    Builtin { name, arity, relation: false, run: Some(run) }
}

pub(super) const TABLE: &[Builtin] = &[
    builtin("net.cidr_contains", 2, cidr_contains),
    builtin("net.cidr_contains_matches", 2, cidr_contains_matches),
    builtin("net.cidr_expand", 1, cidr_expand),
    builtin("net.cidr_intersects", 2, cidr_intersects),
    builtin("net.cidr_is_valid", 1, cidr_is_valid),
    builtin("net.cidr_merge", 1, cidr_merge),
    // OPA's own implementation
    builtin("net.cidr_overlap", 2, cidr_contains),
    builtin("net.lookup_ip_addr", 1, lookup),
];

/// The addresses that one call lists at most.
const MAX_EXPANDED: u128 = 1 << 20;
/// The pairs that one call compares at most.
const MAX_PAIRS: usize = 20_000_000;

/// IPv4 addresses lie in `::ffff:0:0/96`, as they do in Go.
const V4_BASE: u128 = 0xffff_0000_0000;

/// A network, or an address and the class of network that it lies in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Network {
    address: u128,
    /// Counted in 128 bits.
    prefix: u32,
    /// Written as IPv4; else as IPv6, be the address one of IPv4 or not.
    v4: bool,
}

fn is_v4(address: u128) -> bool {
    address >> 32 == V4_BASE >> 32
}

fn mask(prefix: u32) -> u128 {
    if prefix == 0 { 0 } else { u128::MAX << (128 - prefix) }
}

impl Network {
    /// Whether an address lies in the network; IPv4 and IPv6 do not mix.
    fn contains(&self, address: u128) -> bool {
        is_v4(self.address) == is_v4(address) && (self.address ^ address) & mask(self.prefix) == 0
    }

    fn first(&self) -> u128 {
        self.address & mask(self.prefix)
    }

    fn last(&self) -> u128 {
        self.address | !mask(self.prefix)
    }
}

fn parse_ip(text: &str) -> Option<(u128, bool)> {
    match text.parse::<IpAddr>().ok()? {
        IpAddr::V4(ip) => Some((V4_BASE | u128::from(ip.to_bits()), true)),
        IpAddr::V6(ip) => Some((ip.to_bits(), false)),
    }
}

fn parse(text: &str) -> Option<Network> {
    let (address, prefix) = text.split_once('/')?;
    let (address, v4) = parse_ip(address)?;
    if prefix.is_empty() || !prefix.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let prefix: u32 = prefix.parse().ok()?;
    let prefix = if v4 { prefix.checked_add(96)? } else { prefix };
    (prefix <= 128).then(|| Network { address: address & mask(prefix), prefix, v4 })
}

fn network(value: &Value) -> Result<Network, Failure> {
    parse(string(value)?).ok_or(Failure::Undefined)
}

fn write_ip(address: u128) -> String {
    if is_v4(address) {
        #[expect(clippy::cast_possible_truncation, reason = "the upper bits are not part of it")]
        return Ipv4Addr::from_bits(address as u32).to_string();
    }
    Ipv6Addr::from_bits(address).to_string()
}

fn write(network: &Network) -> String {
    let prefix = if is_v4(network.address) { network.prefix.saturating_sub(96) } else { network.prefix };
    format!("{}/{prefix}", write_ip(network.address))
}

fn contains(network: &Network, other: &Value) -> Result<bool, Failure> {
    let text = string(other)?;
    if let Some((address, _)) = parse_ip(text) {
        return Ok(network.contains(address));
    }
    let other = parse(text).ok_or(Failure::Undefined)?;
    if !is_v4(network.address) && !is_v4(other.address) {
        return Ok(network.prefix <= other.prefix && network.address == other.address & mask(network.prefix));
    }
    Ok(network.contains(other.address) && network.contains(other.last()))
}

fn cidr_contains(_: &mut Context, args: &[Value]) -> Outcome {
    contains(&network(&args[0])?, &args[1]).map(Value::from)
}

fn cidr_intersects(_: &mut Context, args: &[Value]) -> Outcome {
    let (one, other) = (network(&args[0])?, network(&args[1])?);
    Ok((one.contains(other.address) || other.contains(one.address)).into())
}

fn cidr_is_valid(_: &mut Context, args: &[Value]) -> Outcome {
    Ok(args[0].as_str().and_then(parse).is_some().into())
}

/// An array stands for its first item.
fn text_of(value: &Value) -> Option<&Value> {
    match value {
        Value::String(_) => Some(value),
        Value::Array(items) => items.first(),
        _ => None,
    }
}

/// The networks in an operand, and what names each.
fn candidates(value: &Value) -> Vec<(Option<&Value>, Value)> {
    match value {
        Value::String(_) => vec![(Some(value), value.clone())],
        Value::Array(items) => items.iter().enumerate().map(|(index, item)| (text_of(item), index.into())).collect(),
        Value::Set(members) => members.iter().map(|member| (text_of(member), member.clone())).collect(),
        Value::Object(entries) => entries.iter().map(|(key, value)| (text_of(value), key.clone())).collect(),
        _ => Vec::new(),
    }
}

fn cidr_contains_matches(context: &mut Context, args: &[Value]) -> Outcome {
    let (ones, others) = (candidates(&args[0]), candidates(&args[1]));
    if ones.len().saturating_mul(others.len()) > MAX_PAIRS {
        return Err(Failure::Halt("there are too many pairs".to_owned()));
    }
    let mut found = Set::new();
    for (one, name) in &ones {
        let one = one.ok_or(Failure::Undefined)?;
        if others.is_empty() {
            continue;
        }
        let one = network(one)?;
        context.check_time()?;
        for (other, other_name) in &others {
            if contains(&one, other.ok_or(Failure::Undefined)?)? {
                found.insert(vec![name.clone(), other_name.clone()].into());
            }
        }
    }
    Ok(Value::set(found))
}

fn cidr_expand(_: &mut Context, args: &[Value]) -> Outcome {
    let network = network(&args[0])?;
    let (first, last) = (network.first(), network.last());
    if last - first >= MAX_EXPANDED {
        return Err(Failure::Halt(format!("the network has more than {MAX_EXPANDED} addresses")));
    }
    let addresses: Set = (0..=last - first).map(|index| write_ip(first + index).into()).collect();
    Ok(Value::set(addresses))
}

fn lookup(_: &mut Context, _: &[Value]) -> Outcome {
    Err(Failure::Halt("there is no network here; replace it with `with net.lookup_ip_addr as …`".to_owned()))
}

/// A network, or an IPv4 address with the network of its class.
fn mergeable(value: &Value) -> Result<Network, Failure> {
    let text = string(value)?;
    let Some((address, _)) = parse_ip(text) else { return network(value) };
    if !is_v4(address) {
        return Err(Failure::Undefined);
    }
    // class A, B, else C
    let prefix = match address.to_be_bytes()[12] {
        0..=127 => 8,
        128..=191 => 16,
        _ => 24,
    };
    Ok(Network { address, prefix: 96 + prefix, v4: true })
}

/// Addresses from the first to the last one, and the network if it is a single one.
struct Range {
    first: u128,
    last: u128,
    network: Option<Network>,
}

fn cidr_merge(_: &mut Context, args: &[Value]) -> Outcome {
    let networks: Vec<Network> = match &args[0] {
        Value::Array(items) => items.iter().map(mergeable).collect::<Result<_, _>>()?,
        Value::Set(members) => members.iter().map(mergeable).collect::<Result<_, _>>()?,
        _ => return Err(Failure::Undefined),
    };
    // OPA's results for these are not what they should be
    if networks.len() > 1 && networks.iter().any(|network| is_v4(network.address) && !network.v4) {
        return Err(Failure::Halt("IPv4 addresses written as IPv6 are not supported".to_owned()));
    }
    let mut ranges: Vec<Range> =
        networks.into_iter().map(|network| Range { first: network.first(), last: network.last(), network: Some(network) }).collect();
    ranges.sort_by_key(|range| (range.last, range.first));
    // from the last one down, so that a range swallows those before it
    let mut merged: Vec<Range> = Vec::new();
    while let Some(range) = ranges.pop() {
        let lowest = range.first == 0 || range.first == V4_BASE;
        let before = if lowest { range.first } else { range.first - 1 };
        match ranges.last_mut() {
            Some(previous) if before <= previous.last => {
                if is_v4(previous.last) != is_v4(range.last) || is_v4(previous.first) != is_v4(range.first) {
                    return Err(Failure::Halt("IPv4 and IPv6 networks that touch are not supported".to_owned()));
                }
                *previous = Range { first: previous.first.min(range.first), last: range.last, network: None };
            }
            _ => merged.push(range),
        }
    }
    let mut out = Set::new();
    for range in &merged {
        match &range.network {
            Some(network) => {
                out.insert(write(network).into());
            }
            None => split(range, &mut out)?,
        }
    }
    Ok(Value::set(out))
}

/// The fewest networks that cover a range.
fn split(range: &Range, out: &mut Set) -> Result<(), Failure> {
    if range.first >> 120 == 0 && !is_v4(range.first) {
        return Err(Failure::Halt("IPv6 networks below 100::/8 cannot be merged".to_owned()));
    }
    let mut first = range.first;
    loop {
        let aligned = first.trailing_zeros().min(128);
        let mut bits = if is_v4(first) { aligned.min(32) } else { aligned };
        // no larger than what is left
        while bits > 0 && (bits == 128 || first + ((1u128 << bits) - 1) > range.last) {
            bits -= 1;
        }
        out.insert(write(&Network { address: first, prefix: 128 - bits, v4: is_v4(first) }).into());
        let last = first + ((1u128 << bits) - 1);
        if last >= range.last {
            return Ok(());
        }
        first = last + 1;
    }
}
