use crate::lint::rules::prelude::*;
use crate::model::opa::bundles;
use crate::model::value::{Scalar, Value};

declare_rule! {
    OpaPollingSlow {
        id: "opa-polling-slow",
        group: "opa",
        summary: "an OPA that asks for new policy less than once in five minutes",
        why: "A permission that was taken away works until the next bundle is loaded. `max_delay_seconds` is how long that may take. \
              Long polling is not reported.",
        bad: yaml("services:\n  policies:\n    url: https://policies.example.com\nbundles:\n  authz:\n    service: policies\n    resource: authz.tar.gz\n    polling:\n      min_delay_seconds: 600\n      max_delay_seconds: 1200\n"),
        good: yaml("services:\n  policies:\n    url: https://policies.example.com\nbundles:\n  authz:\n    service: policies\n    resource: authz.tar.gz\n    polling:\n      min_delay_seconds: 10\n      max_delay_seconds: 30\n"),
        severity: Severity::Info,
        recommended: true,
        options: &[OptionMeta {
            name: "max-delay-seconds",
            kind: OptionKind::Integer { min: 1, max: 86_400 },
            default: OptionValue::Integer(300),
            doc: "How many seconds OPA may take to ask for new policy.",
        }],
        source: "https://www.openpolicyagent.org/docs/configuration#bundles",
    }
}

impl Rule for OpaPollingSlow {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Opa {
            return;
        }
        for polling in bundles(&document.root).iter().filter_map(|bundle| bundle.polling()) {
            let Some(delay) = polling.entry("max_delay_seconds").filter(|_| polling.get("long_polling_timeout_seconds").is_none()) else {
                continue;
            };
            let Value::Scalar(Scalar::Number(seconds)) = &delay.value.value else { continue };
            let most = cx.integer(&delay.origin, "max-delay-seconds");
            if !seconds.parse::<f64>().is_ok_and(|seconds| seconds > most as f64) {
                continue;
            }
            if let Some(report) = cx.report(&delay.origin, format!("new policy may take `{seconds}` seconds to arrive")) {
                report.help(format!("ask at least every {most} seconds, or use long polling"));
            }
        }
    }
}
