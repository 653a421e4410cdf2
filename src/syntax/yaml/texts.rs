use std::hash::Hasher;
use std::sync::Arc;

use rustc_hash::FxHasher;

const SLOTS: usize = 256;
const LONGEST: usize = 40;

/// The short texts of a stream that came last: keys and many values come again and again.
pub(super) struct Texts(Vec<Option<Arc<str>>>);

impl Texts {
    pub(super) fn new() -> Self {
        Self(vec![None; SLOTS])
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
