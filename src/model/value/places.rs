use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Entry;

/// Maps of so many keys are searched one by one.
const SMALL: usize = 16;

/// Where a map's keys stand while the map is built.
#[derive(Default)]
pub(super) struct Places(FxHashMap<Arc<str>, usize>);

impl Places {
    /// The place of the entry with `key` in `entries`, all of which came through [`Places::push`].
    pub(super) fn find(&self, entries: &[Entry], key: &str) -> Option<usize> {
        if entries.len() <= SMALL {
            return entries.iter().position(|entry| &*entry.key == key);
        }
        self.0.get(key).copied()
    }

    /// Adds an entry whose key is not there yet.
    pub(super) fn push(&mut self, entries: &mut Vec<Entry>, entry: Entry) {
        if entries.len() == SMALL {
            self.0.extend(entries.iter().enumerate().map(|(at, entry)| (entry.key.clone(), at)));
        }
        if entries.len() >= SMALL {
            self.0.insert(entry.key.clone(), entries.len());
        }
        entries.push(entry);
    }
}
