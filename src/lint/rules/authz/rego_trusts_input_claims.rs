use crate::lint::context::WorkspaceCx;
use crate::lint::rules::prelude::*;
use crate::lint::rules::reach::is_test_module;
use crate::model::rego::{Attribute, AttributeRoot, FactKinds};
use crate::text::Location;

declare_rule! {
    RegoTrustsInputClaims {
        id: "rego-trusts-input-claims",
        group: "authz",
        summary: "a token that is valid because the caller says so",
        why: "`input.token.valid` is whatever the enforcement point wrote into the input. If that is not the component that checked the \
              signature, or if someone else can reach the decision point, the claims beside it are made up. Pass the token itself and \
              verify it in the policy with `io.jwt.decode_verify`, or let only the proxy that verifies tokens query the policy and \
              suppress the finding with that reason.\n\n\
              Only flags that say of a token that it is valid or verified are reported; they are followed through local variables.",
        bad: rego("package play\n\ndefault allow := false\n\nallow if {\n\ttoken := input.token\n\ttoken.valid == true\n\ttoken.claims.sub == \"alice\"\n}\n"),
        good: rego("package play\n\ndefault allow := false\n\nallow if {\n\t[true, _, claims] := io.jwt.decode_verify(input.token, data.constraints)\n\tclaims.sub == \"alice\"\n}\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://csrc.nist.gov/pubs/sp/800/207/final",
    }
}

const TOKENS: [&str; 8] = ["token", "jwt", "access_token", "id_token", "bearer_token", "auth_token", "jwt_token", "bearer"];
const FLAGS: [&str; 6] = ["valid", "is_valid", "verified", "is_verified", "isValid", "isVerified"];

impl Rule for RegoTrustsInputClaims {
    fn facts(&self) -> Option<FactKinds> {
        Some(FactKinds { references: true, policy: true, ..FactKinds::default() })
    }

    fn workspace(&self, cx: &mut WorkspaceCx<'_>) {
        let workspace = cx.workspace();
        for facts in workspace.modules() {
            if is_test_module(facts, &cx.sources().get(facts.source).path) {
                continue;
            }
            let mut lines: Vec<u32> = Vec::new();
            for attribute in facts.policy.rules.iter().flat_map(|rule| rule.attributes.iter().chain(&rule.values)) {
                let Some((token, flag)) = claimed(attribute) else { continue };
                // one finding a line
                let line = cx.sources().get(facts.source).line_column(attribute.span.start).line;
                if lines.contains(&line) {
                    continue;
                }
                lines.push(line);
                let message = format!("`{token}.{flag}` of the input says that the token is valid, and nothing here checks it");
                if let Some(report) = cx.report(Location { source: facts.source, span: attribute.span }, message) {
                    report.help("verify the token in the policy, or let nobody but the verifying proxy query it");
                }
            }
        }
    }
}

/// The token and the flag, if a path is `input.….token.valid` or the like.
fn claimed(attribute: &Attribute) -> Option<(&str, &str)> {
    let [.., token, flag] = &attribute.names[..] else { return None };
    (attribute.root == AttributeRoot::Input && TOKENS.contains(&token.as_str()) && FLAGS.contains(&flag.as_str()))
        .then_some((token.as_str(), flag.as_str()))
}
