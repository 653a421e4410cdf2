//! What ztctl says about a text: plain data, owned, free of any renderer.

mod diagnostic;
mod fix;
mod meta;
mod settings;

pub use diagnostic::{Diagnostic, Label, Place, Severity};
pub use fix::{Applicability, Fix};
pub use meta::{Example, FixKind, OptionKind, OptionMeta, OptionValue, RuleMeta};
pub use settings::{Level, PathFilter, Preset, RuleSetting, RuleSettings};
