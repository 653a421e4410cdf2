use crate::lint::context::WorkspaceCx;
use crate::lint::rules::callers::{Subject, decisions};
use crate::lint::rules::prelude::*;
use crate::lint::rules::reach::last_name;
use crate::model::rego::FactKinds;
use crate::text::Location;

declare_rule! {
    RegoRoleOnly {
        id: "rego-role-only",
        group: "authz",
        summary: "access that hangs on a role alone",
        why: "A role says what someone may do in general. Whether this caller may do this to this resource now is another question: \
              whose resource it is, in which tenant or environment, from which device, at which risk (NIST SP 800-207 §2.1). A stolen \
              account with the role has all of it.\n\n\
              Conditions are followed through helper rules, functions and local variables. Conditions on the request (action, method, \
              path, resource) do not count, since they ask nothing of the caller. A role beside definitions that look at other \
              attributes, such as one for administrators, is not reported.",
        bad: rego("package play\n\ndefault allow := false\n\nallow if {\n\tinput.user.role == \"analyst\"\n\tinput.action == \"read\"\n}\n"),
        good: rego("package play\n\ndefault allow := false\n\nallow if {\n\tinput.user.role == \"analyst\"\n\tinput.action == \"read\"\n\tinput.resource.owner_team == input.user.team\n}\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://csrc.nist.gov/pubs/sp/800/162/upd2/final",
    }
}

impl Rule for RegoRoleOnly {
    fn facts(&self) -> Option<FactKinds> {
        Some(FactKinds { references: true, policy: true, ..FactKinds::default() })
    }

    fn workspace(&self, cx: &mut WorkspaceCx<'_>) {
        for definitions in decisions(cx) {
            // rules for administrators stand beside rules about attributes
            if definitions.iter().any(|definition| definition.asks(Subject::Caller)) {
                continue;
            }
            for definition in definitions.iter().filter(|d| d.asks(Subject::Role) && !d.asks(Subject::TokenPermission)) {
                let at = Location { source: definition.source, span: definition.span };
                let message = format!("`{}` asks for a role of the caller and for nothing else about them", last_name(&definition.path));
                if let Some(report) = cx.report(at, message) {
                    report.help("add what relates the caller to the resource: owner, tenant, environment, device, time");
                }
            }
        }
    }
}
