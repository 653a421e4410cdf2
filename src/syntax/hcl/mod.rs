//! HCL with the place of every value: HCL1 as SPIRE and Vault read it, HCL2 as Terraform reads it.
//!
//! Both give blocks in the form that HCL has in JSON: a block's type is a key whose value is a list of maps, one map a block; each
//! label is a map of one key whose value is again such a list. `a "b" { c = 1 }` is `{"a": [{"b": [{"c": 1}]}]}`. The innermost map's
//! span is the whole block from its header on, that of a label's map too. Blocks of one type are one entry each here and one list
//! once the model has merged them.

mod hcl1;
mod hcl2;
mod lex;

pub use hcl1::read as read_hcl1;
pub use hcl2::read as read_hcl2;
