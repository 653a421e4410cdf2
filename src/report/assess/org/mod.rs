//! Reports over many repositories: terminal, JSON, Markdown, HTML. Distributions and least levels, never an average.

mod html;
mod json;
mod markdown;
mod pretty;

use crate::assess::criteria::{DOUBT, criterion};
use crate::assess::org::{Blocker, Org};

pub use html::html;
pub use json::{json, schema};
pub use markdown::markdown;
pub use pretty::pretty;

/// What the `schema` key says.
const SCHEMA: &str = "ztctl.dev/assess-org/v1";

/// `31 of 48 repositories fail L4.AUT.2`, with the criterion's title.
fn blocker_line(org: &Org, id: &str, blocker: &Blocker) -> String {
    let title = criterion(id).map_or("", |criterion| criterion.title);
    let word = if org.rated == 1 { "repository" } else { "repositories" };
    let verb = if blocker.fail == 1 { "fails" } else { "fail" };
    format!("{} of {} {word} {verb} {id} ({title})", blocker.fail, org.rated)
}

/// `DQ.AUT.1 holds down 3 repositories`.
fn cap_line(id: &str, number: usize) -> String {
    let repositories = plural(number, "repository", "repositories");
    if id == DOUBT.id { format!("{id} makes {repositories} doubtful") } else { format!("{id} holds down {repositories}") }
}

fn level_word(level: Option<u8>) -> String {
    level.map_or_else(|| "–".to_owned(), |level| level.to_string())
}

fn plural(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}
