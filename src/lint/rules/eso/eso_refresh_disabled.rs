use crate::lint::rules::prelude::*;
use crate::model::duration;
use crate::model::value::{Node as Value, Scalar, Value as Data};

declare_rule! {
    EsoRefreshDisabled {
        id: "eso-refresh-disabled",
        group: "eso",
        summary: "a Secret that does not follow its source",
        why: "A secret that is rotated at its source reaches the cluster with the next refresh. With `refreshInterval: 0` and with \
              `refreshPolicy: CreatedOnce` there is none, with more than a day the old value stays long after it was replaced or revoked. \
              `creationPolicy: Orphan` leaves the Secret behind when its ExternalSecret is gone. The default is one hour.",
        bad: yaml("apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata:\n  name: orders-db\nspec:\n  refreshInterval: \"0\"\n"),
        good: yaml("apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata:\n  name: orders-db\nspec:\n  refreshInterval: 1h\n"),
        severity: Severity::Info,
        recommended: true,
        options: &[OptionMeta {
            name: "max-hours",
            kind: OptionKind::Integer { min: 1, max: 8760 },
            default: OptionValue::Integer(24),
            doc: "The longest interval that passes, in hours.",
        }],
        source: "https://external-secrets.io/latest/api/externalsecret/#update-behavior-with-3-different-refresh-policies",
    }
}

const HOUR: i64 = 3_600_000_000_000;

impl Rule for EsoRefreshDisabled {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if &*object.group != "external-secrets.io" {
            return;
        }
        let spec = match &*object.kind {
            "ExternalSecret" => object.root.get("spec"),
            "ClusterExternalSecret" => object.root.path(&["spec", "externalSecretSpec"]),
            _ => return,
        };
        let Some(spec) = spec else { return };
        interval(spec, cx);
        for (path, bad, message) in [
            (&["refreshPolicy"][..], "CreatedOnce", "`CreatedOnce` keeps the Secret as it was first written"),
            (&["target", "creationPolicy"], "Orphan", "`Orphan` leaves the Secret behind when its ExternalSecret is gone"),
        ] {
            let Some(entry) = spec.entry_at(path) else { continue };
            if entry.value.unknown().is_some() {
                cx.withhold();
            }
            if entry.value.as_str() == Some(bad)
                && let Some(report) = cx.report(entry.place(), message)
            {
                report.help(if bad == "Orphan" { "write `creationPolicy: Owner`" } else { "write `refreshPolicy: Periodic`" });
            }
        }
    }
}

fn interval(spec: &Value, cx: &mut ManifestCx<'_>) {
    let Some(entry) = spec.entry("refreshInterval") else { return };
    let text = match &entry.value.value {
        Data::Scalar(Scalar::String(text) | Scalar::Number(text)) => text,
        Data::Scalar(Scalar::Unknown(_)) => return cx.withhold(),
        _ => return,
    };
    let Some(length) = duration::standard(text) else { return };
    let longest = cx.integer(&entry.origin, "max-hours");
    let message = match length {
        ..=0 => format!("`refreshInterval: {text}`: the Secret is never refreshed"),
        _ if length > longest.saturating_mul(HOUR) => format!("`refreshInterval: {text}` keeps an old value for more than {longest} hours"),
        _ => return,
    };
    if let Some(report) = cx.report(entry.place(), message) {
        report.help("refresh every hour, or as often as the secret is rotated");
    }
}
