use crate::lint::rules::code_view::{OPTIONS, report_missing};
use crate::lint::rules::prelude::*;

declare_rule! {
    SrcJwtMissingExpiry {
        id: "src-jwt-missing-expiry",
        group: "source",
        summary: "a token is taken that never expires",
        why: "Most libraries compare `exp` where a token has it, and take a token without it as one that is good for ever. Where the \
              library can ask for the claim (`jwt.WithExpirationRequired`, `requiredClaims`, `require`), it should; and the check \
              must not be turned off (`ignoreExpiration`, `verify_exp`).\n\n\
              Not reported: libraries that always want the claim, and those that cannot be told to, unless the check is turned off; \
              otherwise as `src-jwt-missing-audience`.",
        bad: go("package auth\n\nimport \"github.com/golang-jwt/jwt/v5\"\n\nfunc Parse(raw string, key []byte) (*jwt.Token, error) {\n\treturn jwt.Parse(raw, func(*jwt.Token) (any, error) { return key, nil },\n\t\tjwt.WithValidMethods([]string{\"HS256\"}), jwt.WithAudience(\"orders\"), jwt.WithIssuer(\"https://issuer.example\"))\n}\n"),
        good: go("package auth\n\nimport \"github.com/golang-jwt/jwt/v5\"\n\nfunc Parse(raw string, key []byte) (*jwt.Token, error) {\n\treturn jwt.Parse(raw, func(*jwt.Token) (any, error) { return key, nil },\n\t\tjwt.WithValidMethods([]string{\"HS256\"}), jwt.WithAudience(\"orders\"), jwt.WithIssuer(\"https://issuer.example\"),\n\t\tjwt.WithExpirationRequired())\n}\n"),
        recommended: true,
        options: OPTIONS,
        source: "https://pkg.go.dev/github.com/golang-jwt/jwt/v5#WithExpirationRequired",
    }
}

impl Rule for SrcJwtMissingExpiry {
    fn source(&self, code: &Code, cx: &mut SourceCx<'_>) {
        report_missing(cx, code, "expiry", Severity::Warning, |call| call.expiry);
    }
}
