use rustc_hash::FxHashMap;

use crate::lint::context::WorkspaceCx;
use crate::lint::rules::prelude::*;
use crate::lint::rules::tokens::{Checks, Tokens};
use crate::model::rego::{FactKinds, TokenFunction};
use crate::text::Location;

declare_rule! {
    RegoJwtDecodeUnverified {
        id: "rego-jwt-decode-unverified",
        group: "authz",
        summary: "claims of a token whose signature nothing checks",
        why: "`io.jwt.decode` reads a token without checking its signature: whoever sends the request chooses the claims. Use \
              `io.jwt.decode_verify`, or call one of the `io.jwt.verify_*` functions on the same token. The package, and packages \
              that refer to it or that it refers to, are searched for such a call; helper rules and functions are followed one level \
              deep. Where it cannot be told whether two expressions are the same token, nothing is reported.\n\n\
              If a proxy in front has verified the token already, pass its verified claims to the policy instead of the token, or \
              suppress the finding with that reason.",
        bad: rego(
            "package play\n\nallow if {\n\t[_, claims, _] := io.jwt.decode(input.token)\n\tclaims.role == \"admin\"\n}\n"
        ),
        good: rego(
            "package play\n\nallow if {\n\tio.jwt.verify_rs256(input.token, data.keys.issuer)\n\t[_, claims, _] := io.jwt.decode(input.token)\n\tclaims.role == \"admin\"\n}\n"
        ),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/policy-reference/builtins/tokens",
    }
}

impl Rule for RegoJwtDecodeUnverified {
    fn facts(&self) -> Option<FactKinds> {
        Some(FactKinds { tokens: true, ..FactKinds::default() })
    }

    fn workspace(&self, cx: &mut WorkspaceCx<'_>) {
        let workspace = cx.workspace();
        let tokens = cx.tokens();
        let mut by_package: FxHashMap<&str, Checks> = FxHashMap::default();
        for facts in workspace.modules() {
            for call in Tokens::calls(facts).filter(|call| call.function == TokenFunction::Decode && call.used) {
                let checks = by_package.entry(&facts.package).or_insert_with(|| tokens.checks(&facts.package));
                let (forms, known) = tokens.forms(facts, call);
                if forms.iter().any(|form| checks.forms.contains(form)) {
                    continue;
                }
                if checks.exist && !(known && checks.known) {
                    cx.withhold();
                    continue;
                }
                let at = Location { source: facts.source, span: call.span };
                let message = if checks.exist {
                    "`io.jwt.decode` gives claims that anyone can forge: another token is verified, but not this one"
                } else {
                    "`io.jwt.decode` gives claims that anyone can forge: nothing verifies the token"
                };
                if let Some(report) = cx.report(at, message) {
                    report.help("use `io.jwt.decode_verify`, or verify the same token with `io.jwt.verify_*`");
                }
            }
        }
    }
}
