//! Secret detection: look-alikes, planted secrets, hostile bytes, and that no value leaves it.

mod contexts;
mod hostile;
mod lookalikes;
mod makers;
mod planted;
mod values;

use ztctl::diag::Date;
use ztctl::secrets::{Found, Place, Scanner, Verdict, is_sample, verdict};

fn scanner() -> Scanner {
    Scanner::new(b"salt of the tests", Date::new(2026, 11, 22).expect("a date"))
}

/// What a file's findings do where it lies, with the line and the detector of each.
fn verdicts(path: &str, bytes: &[u8]) -> Vec<(Option<Verdict>, usize, Found)> {
    let place = if is_sample(path) { Place::Sample } else { Place::Deployable };
    let line = |found: &Found| bytes[..found.at.start as usize].iter().filter(|b| **b == b'\n').count() + 1;
    scanner().scan(path, bytes).found.into_iter().map(|found| (verdict(&found.secret, place), line(&found), found)).collect()
}
