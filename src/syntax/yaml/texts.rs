use std::cell::Cell;
use std::hash::Hasher;
use std::sync::Arc;

use rustc_hash::FxHasher;

const SLOTS: usize = 256;
const LONGEST: usize = 40;

/// The short texts that a thread read last: keys and many values come again and again, in one file and in the next.
pub(super) struct Texts(Vec<Option<Arc<str>>>);

thread_local! {
    static TEXTS: Cell<Option<Texts>> = const { Cell::new(None) };
}

impl Texts {
    /// Those of this thread, until they are [kept](Texts::keep).
    pub(super) fn take() -> Self {
        TEXTS.take().unwrap_or_else(|| Self(vec![None; SLOTS]))
    }

    pub(super) fn keep(self) {
        TEXTS.set(Some(self));
    }

    pub(super) fn get(&mut self, text: &str) -> Arc<str> {
        if text.len() > LONGEST {
            return text.into();
        }
        let mut hasher = FxHasher::default();
        hasher.write(text.as_bytes());
        let slot = &mut self.0[hasher.finish() as usize % SLOTS];
        match slot {
            Some(known) if **known == *text => known.clone(),
            _ => slot.insert(text.into()).clone(),
        }
    }
}
