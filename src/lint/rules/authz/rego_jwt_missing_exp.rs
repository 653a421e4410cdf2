use crate::lint::context::WorkspaceCx;
use crate::lint::rules::prelude::*;
use crate::lint::rules::tokens::Tokens;
use crate::model::rego::{FactKinds, TokenFunction};
use crate::text::Location;

declare_rule! {
    RegoJwtMissingExp {
        id: "rego-jwt-missing-exp",
        group: "authz",
        summary: "a token check that accepts tokens which never expire",
        why: "`io.jwt.decode_verify` looks at `exp` where a token has one and accepts a token that has none: such a token is good for \
              ever. `io.jwt.verify_*` checks the signature alone: an expired token passes.\n\n\
              Ask for the claim: a mention of `exp` in the package, or in one that refers to it or that it refers to, counts as the \
              check. Where the constraints of `decode_verify` cannot be known, nothing is reported.",
        bad: rego(
            "package play\n\nclaims := payload if {\n\tio.jwt.verify_rs256(input.token, data.keys.issuer)\n\t[_, payload, _] := io.jwt.decode(input.token)\n\tpayload.aud == \"payments\"\n}\n"
        ),
        good: rego(
            "package play\n\nclaims := payload if {\n\tio.jwt.verify_rs256(input.token, data.keys.issuer)\n\t[_, payload, _] := io.jwt.decode(input.token)\n\tpayload.aud == \"payments\"\n\tpayload.exp > time.now_ns() / 1000000000\n}\n"
        ),
        severity: Severity::Info,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/policy-reference/builtins/tokens",
    }
}

impl Rule for RegoJwtMissingExp {
    fn facts(&self) -> Option<FactKinds> {
        Some(FactKinds { tokens: true, ..FactKinds::default() })
    }

    fn workspace(&self, cx: &mut WorkspaceCx<'_>) {
        let workspace = cx.workspace();
        let tokens = cx.tokens();
        for facts in workspace.modules() {
            for call in Tokens::calls(facts).filter(|call| call.function != TokenFunction::Decode) {
                if tokens.related(&facts.package).any(|facts| facts.tokens.mentions_expiry) {
                    continue;
                }
                let message = if call.function == TokenFunction::DecodeVerify {
                    if tokens.keys(&call.constraints).is_none() {
                        cx.withhold();
                        continue;
                    }
                    format!("`{}` accepts tokens without an expiry, and nothing asks for `exp`", call.name)
                } else {
                    format!("`{}` accepts expired tokens, and nothing compares the token's `exp`", call.name)
                };
                if let Some(report) = cx.report(Location { source: facts.source, span: call.span }, message) {
                    report.help("state that the claims have an `exp`, and with `io.jwt.verify_*` that it lies ahead");
                }
            }
        }
    }
}
