//! HCL with the place of every value: HCL1 as SPIRE and Vault read it, HCL2 as Terraform reads it.
//!
//! Both give blocks in the form that HCL has in JSON: a block's type is a key whose value is a list of maps, one map a block; each
//! label is a map of one key whose value is again such a list. `a "b" { c = 1 }` is `{"a": [{"b": [{"c": 1}]}]}`. The innermost map's
//! span is the whole block from its header on, that of a label's map too. Blocks of one type are one entry each here and one list
//! once the model has merged them.

mod hcl1;
mod hcl2;
mod lex;

use super::comments::{Comment, placed};
use super::data::Errors;
use crate::text::SourceId;

pub use hcl1::read as read_hcl1;
pub use hcl2::read as read_hcl2;

/// The comments of a text in either HCL, in its order: `#`, `//` and `/* */`.
#[must_use]
pub fn comments(text: &str) -> Vec<Comment> {
    let mut lexer = lex::Lexer::new(text);
    // what is wrong with the text is the reader's to say
    let mut errors = Errors::new(SourceId(0));
    let mut first = None;
    loop {
        let (token, span) = lexer.next(&mut errors);
        if token == lex::Token::End {
            break;
        }
        first = first.or(Some(span.start));
    }
    placed(text, lexer.comments, vec![0], first.into_iter().collect())
}
