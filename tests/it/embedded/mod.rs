//! `ztctl fmt --embedded`: Rego inside other files.

mod command;
mod corpus;
mod forms;
mod hostile;
mod markdown;
mod support;
