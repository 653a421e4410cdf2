//! Rules, their registry and engine, suppressions and fixes.
