use rustc_hash::FxHashMap;

use crate::lint::context::WorkspaceCx;
use crate::lint::rules::prelude::*;
use crate::lint::rules::tokens::Tokens;
use crate::model::rego::{FactKinds, TokenFunction};
use crate::text::Location;

declare_rule! {
    RegoJwtMissingAud {
        id: "rego-jwt-missing-aud",
        group: "authz",
        summary: "a token check that does not ask who the token is for",
        why: "A token that was issued for another service is a valid token all the same. Only the audience (`aud`) tells them apart \
              (RFC 8725 §3.9).\n\n\
              * `io.jwt.decode_verify` without `aud` among its constraints accepts tokens that have no audience (tokens that have \
              one are rejected then). With `aud` it accepts tokens for that audience alone.\n\
              * `io.jwt.verify_*` checks the signature and nothing else, neither audience nor expiry: compare the claims afterwards.\n\n\
              Constraints are followed to the rule that holds them; where their keys cannot be known (`data` documents, \
              `object.union`), nothing is reported. For `verify_*`, any mention of `aud` in the package, or in one that refers to \
              it or that it refers to, counts as the comparison.",
        bad: rego(
            "package play\n\nclaims := payload if {\n\t[valid, _, payload] := io.jwt.decode_verify(input.token, {\"cert\": data.keys.issuer})\n\tvalid\n}\n"
        ),
        good: rego(
            "package play\n\nclaims := payload if {\n\t[valid, _, payload] := io.jwt.decode_verify(input.token, {\n\t\t\"cert\": data.keys.issuer,\n\t\t\"aud\": \"payments\",\n\t})\n\tvalid\n}\n"
        ),
        recommended: true,
        source: "https://www.rfc-editor.org/rfc/rfc8725#section-3.9",
    }
}

impl Rule for RegoJwtMissingAud {
    fn facts(&self) -> Option<FactKinds> {
        Some(FactKinds { tokens: true, ..FactKinds::default() })
    }

    fn workspace(&self, cx: &mut WorkspaceCx<'_>) {
        let workspace = cx.workspace();
        let tokens = cx.tokens();
        let mut compared: FxHashMap<&str, bool> = FxHashMap::default();
        for facts in workspace.modules() {
            for call in Tokens::calls(facts).filter(|call| call.function != TokenFunction::Decode) {
                let at = Location { source: facts.source, span: call.span };
                if call.function == TokenFunction::DecodeVerify {
                    match tokens.keys(&call.constraints) {
                        Some(keys) if keys.iter().any(|key| key == "aud") => {}
                        Some(_) => {
                            let message = format!("`{}` accepts tokens without an audience: the constraints have no `aud`", call.name);
                            if let Some(report) = cx.report(at, message) {
                                report.help("add `\"aud\"` with this service's audience to the constraints");
                            }
                        }
                        None => cx.withhold(),
                    }
                } else {
                    let compared = *compared
                        .entry(facts.package.as_str())
                        .or_insert_with(|| tokens.related(&facts.package).any(|facts| facts.tokens.mentions_audience));
                    if !compared {
                        let message = format!("`{}` checks the signature alone, and nothing compares the token's `aud`", call.name);
                        if let Some(report) = cx.report(at, message) {
                            report.help("compare `aud` (and `exp`) of the claims, or use `io.jwt.decode_verify` with `aud`");
                        }
                    }
                }
            }
        }
    }
}
