//! The names that opa gives to wildcards of heads that are there several times.
//!
//! opa's parser numbers wildcards. The bodies of a chain and the `else`s of a rule have copies of its head with the same numbers,
//! and a wildcard that its formatter meets twice becomes a variable: `f([_, x]) := x if x else := 0` gets `f([_0, x])`.

use std::ops::Range;

use super::Lower;
use crate::format::lowered::{Head, HeadValue, TermId, Value, WildcardName};

/// How a head is there again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Copies {
    Else,
    Chain,
}

impl Lower<'_> {
    /// Counts the wildcards that opa makes anew for a copy of a head: those that are arguments themselves.
    pub(super) fn count_copied(&mut self, head: &Head) {
        let args = self.out.list(head.args).iter();
        self.wildcards += args.filter(|id| self.out.term(**id).value == Value::Wildcard).count() as u32;
    }

    /// Names the wildcards of a head; `terms` are those of the head, `number` is that of its first wildcard.
    pub(super) fn name_wildcards(&mut self, head: &Head, terms: Range<TermId>, mut number: u32, copies: Copies) {
        let reference = self.out.list(head.reference);
        let args = self.out.list(head.args);
        let value = match head.value {
            HeadValue::Written(id) => Some(id),
            _ => None,
        };
        // the parts of a term stand before it
        let mut roots: Vec<TermId> = reference.iter().chain(args).copied().chain(head.key).chain(value).collect();
        roots.sort_unstable();
        let mut names = Vec::new();
        for id in terms.filter(|id| self.out.term(*id).value == Value::Wildcard) {
            let Some(root) = roots.get(roots.partition_point(|root| *root < id)) else { continue };
            let named = if args.contains(root) { *root != id } else { copies == Copies::Chain };
            // parts of the name are not looked at, but a key may be one, in the first head
            let in_name = reference.contains(root);
            if named && (!in_name || head.key == Some(*root)) {
                names.push((id, WildcardName { number, only_first: in_name }));
            }
            number += 1;
        }
        self.out.wildcard_names.extend(names);
    }

    /// Keeps wildcards where a name would be that of a variable which is there.
    pub(super) fn without_taken_names(&mut self) {
        if self.out.wildcard_names.is_empty() {
            return;
        }
        let taken = self.out.terms.iter().filter_map(|term| self.wildcard_number(term.value)).collect();
        self.out.wildcard_numbers_taken = taken;
        self.out.wildcard_names.retain(|_, name| !self.out.wildcard_numbers_taken.contains(&name.number));
    }

    fn wildcard_number(&self, value: Value) -> Option<u32> {
        let Value::Var(span) = value else { return None };
        self.out.slice(span).strip_prefix('_')?.parse().ok()
    }
}
