use crate::lint::context::WorkspaceCx;
use crate::lint::rules::prelude::*;
use crate::lint::rules::tokens::Tokens;
use crate::model::rego::{FactKinds, TokenFunction};
use crate::text::Location;

declare_rule! {
    RegoJwtMissingIss {
        id: "rego-jwt-missing-iss",
        group: "authz",
        summary: "a token check that does not ask who issued the token",
        why: "`io.jwt.decode_verify` without `iss` among its constraints accepts every issuer whose key is among the keys, and \
              `io.jwt.verify_*` checks the signature and nothing else. With keys of several issuers, or one issuer that signs for \
              several tenants, the subject `alice` of one is then the subject `alice` of the other (RFC 8725 §3.8).\n\n\
              Constraints are followed to the rule that holds them; where their keys cannot be known, nothing is reported. A claim \
              `iss` that is read or compared in the package, or in one that refers to it or that it refers to, counts as the check.",
        bad: rego(
            "package play\n\nclaims := payload if {\n\t[valid, _, payload] := io.jwt.decode_verify(input.token, {\n\t\t\"cert\": data.keys.issuer,\n\t\t\"aud\": \"payments\",\n\t})\n\tvalid\n}\n"
        ),
        good: rego(
            "package play\n\nclaims := payload if {\n\t[valid, _, payload] := io.jwt.decode_verify(input.token, {\n\t\t\"cert\": data.keys.issuer,\n\t\t\"aud\": \"payments\",\n\t\t\"iss\": \"https://login.example.com\",\n\t})\n\tvalid\n}\n"
        ),
        severity: Severity::Info,
        recommended: true,
        source: "https://www.rfc-editor.org/rfc/rfc8725#section-3.8",
    }
}

impl Rule for RegoJwtMissingIss {
    fn facts(&self) -> Option<FactKinds> {
        Some(FactKinds { tokens: true, ..FactKinds::default() })
    }

    fn workspace(&self, cx: &mut WorkspaceCx<'_>) {
        let workspace = cx.workspace();
        let tokens = cx.tokens();
        for facts in workspace.modules() {
            for call in Tokens::calls(facts).filter(|call| call.function != TokenFunction::Decode) {
                if tokens.related(&facts.package).any(|facts| facts.tokens.mentions_issuer) {
                    continue;
                }
                let message = if call.function == TokenFunction::DecodeVerify {
                    match tokens.keys(&call.constraints) {
                        Some(keys) if keys.iter().any(|key| key == "iss") => continue,
                        Some(_) => format!("`{}` accepts tokens of any issuer: the constraints have no `iss`", call.name),
                        None => {
                            cx.withhold();
                            continue;
                        }
                    }
                } else {
                    format!("`{}` checks the signature alone, and nothing compares the token's `iss`", call.name)
                };
                if let Some(report) = cx.report(Location { source: facts.source, span: call.span }, message) {
                    report.help("add `\"iss\"` to the constraints of `io.jwt.decode_verify`, or compare the claim");
                }
            }
        }
    }
}
