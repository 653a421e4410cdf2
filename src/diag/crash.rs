//! Defects of ztctl itself: a part that panics is given up alone, and what other parts found is kept.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};

thread_local! {
    /// Where this thread panicked last.
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A part that failed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Crash {
    /// The place in the source of ztctl, `file:line:column`; empty where no hook saw it. What the panic says is never kept: it may
    /// quote any text of the user's files.
    pub at: String,
}

/// Runs a part; a panic of it ends it alone. What it had begun to change must be of no use without it, or whole at every moment.
///
/// # Errors
/// The part panicked.
pub fn guard<T>(part: impl FnOnce() -> T) -> Result<T, Crash> {
    catch_unwind(AssertUnwindSafe(part)).map_err(|_| Crash { at: LAST.with_borrow_mut(Option::take).unwrap_or_default() })
}

/// Remembers where a panic happened, for [`guard`]; to be called by the panic hook. Gives the place.
pub fn heard(panic: &PanicHookInfo<'_>) -> String {
    let at = panic.location().map(ToString::to_string).unwrap_or_default();
    LAST.with_borrow_mut(|last| *last = Some(at.clone()));
    at
}
