//! What is in force for a workload once every policy of its build unit is taken together: mutual TLS, authorization, injection,
//! identity, isolation. Rules, connectivity and assessment take it from here.
//!
//! Each fact keeps the place that decided it and is three-valued: a policy that cannot be read makes every conclusion that it could
//! change unknown. Nothing is computed before it is asked for, and each thing once for a unit.

pub mod isolation;
