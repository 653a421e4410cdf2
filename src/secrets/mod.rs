//! Secret detection: which bytes of a file are credentials, of which class, and what that means where they stand.
//!
//! One [`Scanner`] a run, shared by all threads:
//!
//! ```
//! # use ztctl::secrets::{Scanner, Class, Place, Verdict, is_sample, verdict};
//! # use ztctl::diag::Date;
//! let scanner = Scanner::new(b"salt of the repository", Date::new(2026, 11, 22).unwrap());
//! let path = "deploy/app.env";
//! let scan = scanner.scan(path, b"DB_PASSWORD=correct-horse-7!\n");
//! for found in &scan.found {
//!     let place = if is_sample(path) { Place::Sample } else { Place::Deployable };
//!     assert_eq!(found.secret.class, Class::Password);
//!     assert_eq!(verdict(&found.secret, place), Some(Verdict::Cap0));
//! }
//! ```
//!
//! * [`Scanner::scan`] is the whole of a file: provider formats, assignments in any language, URLs, private keys, and the values of
//!   Kubernetes Secrets, registry logins, kubeconfigs and the like by their place. Findings are in text order and do not overlap.
//! * [`Scanner::judge`] is one value under its name, for callers that hold values and no text (an object after its patches, an
//!   `env` item, a Terraform attribute); [`Scanner::judge_secret`] is one value of a Kubernetes Secret, decoded.
//! * [`verdict`] is a pure function of class and place (docs/assess.md). [`is_sample`] is the part of the place that a path says;
//!   give it the path below the assessed root.
//!
//! No type here holds a value: what leaves this module is where it stands, what it is, how long it is, and a keyed digest that
//! tells equal values. Decoded copies are wiped.

mod assign;
mod checksum;
mod command;
mod connection;
mod context;
mod defaults;
mod detect;
mod digest;
mod file;
mod found;
mod generic;
mod judge;
mod jwt;
mod kubernetes;
mod leak;
mod made_up;
mod name;
mod pem;
mod prefilter;
mod random;
mod scan;
mod shape;
mod structure;
mod tokens;
pub mod value;
mod verdict;
mod vocabulary;

pub use digest::Digest;
pub use file::{holds_environments, is_of_tests, is_sample};
pub use found::{Check, Checks, Class, Detector, Found, Scan, Secret, Skipped};
pub use judge::{class_of, class_of_variable};
pub use kubernetes::{class_in_secret, named};
pub use leak::{Ignored, Leak};
pub use scan::Scanner;
pub use verdict::{Place, Verdict, verdict};
