//! Levels of zero-trust maturity: criteria as data, facts from probes, arithmetic apart from both.
//!
//! ```text
//! manifests, Rego, findings → world (environments, scopes) → probes → observations → verdicts → levels
//! ```

pub mod criteria;
pub mod evaluate;
pub mod fact;
pub mod inventory;
pub mod observe;
pub mod score;
pub mod settings;
pub mod status;
pub mod waivers;
pub mod world;
