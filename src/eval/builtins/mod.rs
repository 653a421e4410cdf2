//! Builtin functions.
//!
//! A builtin takes values and gives one. What it does not take makes the call undefined, as OPA has it outside of
//! strict mode; what it cannot do here ends the evaluation with an error that says so.

mod collections;
mod core;
mod crypto;
mod encoding;
mod format;
mod globs;
mod json_patch;
mod net;
mod operand;
mod regex;
mod semver;
mod strings;
mod time;
mod units;
mod uri;
mod uuid;

use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Instant;

use super::value::Value;
use crate::model::rego::signatures::{SignatureKind, names, signature};

/// Why a builtin has no result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Failure {
    /// It does not take these operands: the call is undefined.
    Undefined,
    /// The evaluation cannot go on.
    Halt(String),
    Timeout,
}

pub(super) type Outcome = Result<Value, Failure>;

pub(super) type Run = fn(&mut Context, &[Value]) -> Outcome;

#[derive(Debug)]
pub(super) struct Builtin {
    pub(super) name: &'static str,
    pub(super) arity: usize,
    pub(super) relation: bool,
    /// `None`: known, but not implemented.
    pub(super) run: Option<Run>,
}

/// The builtin of a name, if OPA has it.
pub(super) fn find(name: &str) -> Option<&'static Builtin> {
    static TABLE: LazyLock<HashMap<&'static str, Builtin>> = LazyLock::new(|| {
        names()
            .filter_map(|name| {
                let signature = signature(name)?;
                let relation = signature.kind == SignatureKind::Relation;
                Some((name, Builtin { name, arity: signature.arity, relation, run: implementation(name) }))
            })
            .collect()
    });
    TABLE.get(name)
}

fn implementation(name: &str) -> Option<Run> {
    let tables =
        [crypto::TABLE, json_patch::TABLE, net::TABLE, regex::TABLE, semver::TABLE, time::TABLE, units::TABLE, uri::TABLE, uuid::TABLE];
    let table = tables.into_iter().flatten().find(|builtin| builtin.name == name).and_then(|builtin| builtin.run);
    let families = [core::find, collections::find, strings::find, globs::find, encoding::find];
    table.or_else(|| families.into_iter().find_map(|find| find(name)))
}

/// What builtins share during one query.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) prints: String,
    /// Keys of the cases of a table that were reached.
    pub(super) cases: Vec<Value>,
    /// The query's one moment.
    pub(super) now_ns: i64,
    deadline: Instant,
    random: u64,
    remembered: HashMap<String, Value>,
}

/// Printed text beyond this is dropped.
const MAX_PRINTS: usize = 4 << 20;

impl Context {
    /// `seed`: of the random numbers.
    pub(super) fn new(now_ns: i64, seed: u64, deadline: Instant) -> Self {
        Self { prints: String::new(), cases: Vec::new(), now_ns, deadline, random: seed, remembered: HashMap::new() }
    }

    /// To be asked now and then by what takes long.
    fn check_time(&self) -> Result<(), Failure> {
        if Instant::now() >= self.deadline { Err(Failure::Timeout) } else { Ok(()) }
    }

    fn print(&mut self, line: &str) {
        if self.prints.len() + line.len() < MAX_PRINTS {
            self.prints.push_str(line);
            self.prints.push('\n');
        }
    }

    /// The next number of a SplitMix64 sequence.
    fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// The same value for the same key during the query.
    fn remembered(&mut self, key: &str, make: impl FnOnce(&mut Self) -> Value) -> Value {
        if let Some(value) = self.remembered.get(key) {
            return value.clone();
        }
        let value = make(self);
        self.remembered.insert(key.to_owned(), value.clone());
        value
    }
}
