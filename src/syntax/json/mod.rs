//! JSON with the place of every value.
//!
//! A text may hold several values, as JSON lines and `kubectl` have it. Comments and commas before a closing bracket are reported
//! and read over: editors' settings have them, no reader of manifests takes them. A key that stands twice is left to the model.

mod read;
mod string;

pub use read::read;
