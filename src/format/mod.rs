//! The Rego formatter and migration.
