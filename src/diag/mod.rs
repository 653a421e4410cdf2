//! What ztctl says about a text: plain data, owned, free of any renderer.

mod date;
mod diagnostic;
mod fix;
mod meta;
mod settings;

pub use date::Date;
pub use diagnostic::{Diagnostic, Label, Place, Severity};
pub use fix::{Applicability, Fix};
pub use meta::{Example, FixKind, OptionKind, OptionMeta, OptionValue, RuleMeta};
pub use settings::{Level, PathFilter, Preset, RuleSetting, RuleSettings, SuppressSettings};
