//! Trees → meaning; no rules.
