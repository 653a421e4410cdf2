use crate::lint::rules::code_view::{OPTIONS, report_decoder, report_missing, report_properties};
use crate::lint::rules::prelude::*;

declare_rule! {
    SrcJwtMissingIssuer {
        id: "src-jwt-missing-issuer",
        group: "source",
        summary: "a token is verified without its issuer",
        why: "Keys alone do not say who made a token: a key set may serve several tenants or realms, and a shared secret several \
              services. Whoever verifies compares `iss` with the one issuer that it trusts (RFC 8725, section 3.8).\n\n\
              The libraries and what is not reported are those of `src-jwt-missing-audience`.",
        bad: go("package auth\n\nimport \"github.com/golang-jwt/jwt/v5\"\n\nfunc Parse(raw string, key []byte) (*jwt.Token, error) {\n\treturn jwt.Parse(raw, func(*jwt.Token) (any, error) { return key, nil },\n\t\tjwt.WithValidMethods([]string{\"HS256\"}), jwt.WithAudience(\"orders\"), jwt.WithExpirationRequired())\n}\n"),
        good: go("package auth\n\nimport \"github.com/golang-jwt/jwt/v5\"\n\nfunc Parse(raw string, key []byte) (*jwt.Token, error) {\n\treturn jwt.Parse(raw, func(*jwt.Token) (any, error) { return key, nil },\n\t\tjwt.WithValidMethods([]string{\"HS256\"}), jwt.WithAudience(\"orders\"), jwt.WithExpirationRequired(),\n\t\tjwt.WithIssuer(\"https://issuer.example\"))\n}\n"),
        recommended: true,
        options: OPTIONS,
        source: "https://www.rfc-editor.org/rfc/rfc8725#section-3.8",
    }
}

const MESSAGE: &str = "bearer tokens are verified without their issuer";
const HELP: &str = "set `issuer-uri` beside the keys";

impl Rule for SrcJwtMissingIssuer {
    fn source(&self, code: &Code, cx: &mut SourceCx<'_>) {
        report_missing(cx, code, "issuer", Severity::Warning, |call| call.issuer);
        report_properties(cx, |decoder| !decoder.has_issuer, MESSAGE, HELP);
    }

    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        report_decoder(cx, document, |decoder| !decoder.has_issuer, MESSAGE, HELP);
    }
}
