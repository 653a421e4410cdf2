//! Rego unit tests and fixture cases: discovery, running, snapshots.
