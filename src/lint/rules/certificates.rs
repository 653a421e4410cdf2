//! What rules about certificates share.

use super::prelude::*;
use crate::model::x509::Certificate;

/// Holds the certificates of a part against a test that gives a severity and a message: one finding for each value or
/// block, about its first certificate that has one.
pub(super) fn judge(
    part: Part<'_>,
    help: &str,
    test: &dyn Fn(&Certificate, usize, &ManifestCx<'_>, &crate::model::value::Origin) -> Option<String>,
    cx: &mut ManifestCx<'_>,
) {
    let Some(at) = part.location() else { return };
    for found in cx.manifests().certificates(cx.sources()).of(at) {
        let all = found.certificates.len();
        let mut messages = found.certificates.iter().filter_map(|certificate| test(certificate, all, cx, &found.at));
        let Some(first) = messages.next() else { continue };
        let message = match messages.count() {
            0 => first,
            more => format!("{first}, and {more} more"),
        };
        if let Some(report) = cx.report(&found.at, message) {
            report.help(help);
        }
    }
}

/// The certificate as messages name it.
pub(super) fn named(certificate: &Certificate) -> String {
    match &*certificate.name {
        "" => "a certificate".to_owned(),
        name => format!("the certificate `{name}`"),
    }
}
