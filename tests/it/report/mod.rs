//! Every format on one report that is as nasty as input can be.

mod formats;
mod json;
mod migration;
mod nasty;
mod pretty;
mod sarif;

use ztctl::report::{Report, Reporter};

fn write(reporter: &dyn Reporter, report: &Report<'_>) -> String {
    let mut out = Vec::new();
    reporter.write(report, &mut out).expect("memory takes all");
    String::from_utf8(out).expect("UTF-8")
}

/// Compares with tests/snapshots/.
macro_rules! snapshot {
    ($name:literal, $text:expr) => {
        insta::with_settings!({ snapshot_path => "../../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
            let text = $text.replace(concat!("ersion\": \"", env!("CARGO_PKG_VERSION")), "ersion\": \"VERSION");
            insta::assert_snapshot!(concat!("report-", $name), text);
        })
    };
}
use snapshot;
