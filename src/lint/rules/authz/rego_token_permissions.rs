use crate::lint::context::WorkspaceCx;
use crate::lint::rules::callers::{Subject, decisions};
use crate::lint::rules::prelude::*;
use crate::lint::rules::reach::last_name;
use crate::model::rego::FactKinds;
use crate::text::Location;

declare_rule! {
    RegoTokenPermissions {
        id: "rego-token-permissions",
        group: "authz",
        summary: "access that hangs on permissions in a token alone",
        why: "Permissions that a token carries are those of the moment it was issued: what is taken away stays granted until the token \
              expires, since a token cannot be called back. Let tokens say who the caller is, and decide from current data and from \
              attributes of the request.\n\n\
              Reported where the conditions on the caller are a permission, scope or role in the claims of a token and nothing else, \
              in all definitions of the decision. Conditions are followed through helper rules, functions and local variables.",
        bad: rego("package play\n\ndefault allow := false\n\nallow if \"orders:read\" in input.token.claims.permissions\n"),
        good: rego("package play\n\ndefault allow := false\n\nallow if {\n\tsome grant in data.grants[input.token.claims.sub]\n\tgrant.action == input.action\n\tgrant.resource == input.resource.id\n}\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://www.rfc-editor.org/rfc/rfc9700",
    }
}

impl Rule for RegoTokenPermissions {
    fn facts(&self) -> Option<FactKinds> {
        Some(FactKinds { references: true, policy: true, ..FactKinds::default() })
    }

    fn workspace(&self, cx: &mut WorkspaceCx<'_>) {
        for definitions in decisions(cx) {
            if definitions.iter().any(|definition| definition.asks(Subject::Caller)) {
                continue;
            }
            for definition in definitions.iter().filter(|definition| definition.asks(Subject::TokenPermission)) {
                let at = Location { source: definition.source, span: definition.span };
                let message = format!(
                    "`{}` hangs on permissions that the token carries, and on nothing else about the caller",
                    last_name(&definition.path)
                );
                if let Some(report) = cx.report(at, message) {
                    report.help("look permissions up in current data by the token's subject, and relate the caller to the resource");
                }
            }
        }
    }
}
