//! What ztctl says about a text: plain data, owned, free of any renderer.

mod crash;
mod date;
mod diagnostic;
mod fingerprint;
mod fix;
mod meta;
mod settings;
mod sort;
pub mod suggest;
mod target;

pub use crash::{Crash, guard, heard};
pub use date::Date;
pub use diagnostic::{Diagnostic, Label, Place, Severity};
pub use fingerprint::{Fingerprint, fingerprints};
pub use fix::{Applicability, Fix};
pub use meta::{Example, FixKind, OptionKind, OptionMeta, OptionTable, OptionValue, RuleMeta};
pub use settings::{CheckSettings, Layout, Level, PathFilter, Preset, RuleSetting, RuleSettings, SuppressSettings, wildcard};
pub use sort::sort;
pub use target::{Product, Release, Targets};

fn offset(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
