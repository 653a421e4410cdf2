//! Texts: places, embedded texts and edits that go back where they came from.

mod mapping;
mod source;
