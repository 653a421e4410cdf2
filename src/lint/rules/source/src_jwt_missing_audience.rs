use crate::lint::rules::code_view::{OPTIONS, report_decoder, report_missing, report_properties};
use crate::lint::rules::prelude::*;

declare_rule! {
    SrcJwtMissingAudience {
        id: "src-jwt-missing-audience",
        group: "source",
        summary: "a token is verified without its audience",
        why: "A token says whom it is for (`aud`). A service that does not compare it takes every token of the issuer: one that a user \
              gave to another service, or that another service was made to hand over, opens this one too (RFC 8725, section 3.9).\n\n\
              Known are golang-jwt, go-oidc, go-jose and jwx in Go; jjwt, java-jwt, Nimbus and Spring Security, with its `application.yml` \
              and properties, in Java; jsonwebtoken, jose, express-jwt, koa-jwt and passport-jwt in JavaScript and TypeScript; PyJWT, \
              python-jose and Authlib in Python. Options are followed through variables, spreads and chains of the same file.\n\n\
              Not reported: options that are not visible in the file, a claim that is looked at later in the same function \
              (`claims.aud`, `VerifyAudience`), tests, generated and vendored sources. With python-jose and Authlib an audience that \
              is compared only where the token has one is a finding of level info.",
        bad: go("package auth\n\nimport \"github.com/golang-jwt/jwt/v5\"\n\nfunc Parse(raw string, key []byte) (*jwt.Token, error) {\n\treturn jwt.Parse(raw, func(*jwt.Token) (any, error) { return key, nil },\n\t\tjwt.WithValidMethods([]string{\"HS256\"}), jwt.WithIssuer(\"https://issuer.example\"), jwt.WithExpirationRequired())\n}\n"),
        good: go("package auth\n\nimport \"github.com/golang-jwt/jwt/v5\"\n\nfunc Parse(raw string, key []byte) (*jwt.Token, error) {\n\treturn jwt.Parse(raw, func(*jwt.Token) (any, error) { return key, nil },\n\t\tjwt.WithValidMethods([]string{\"HS256\"}), jwt.WithIssuer(\"https://issuer.example\"), jwt.WithExpirationRequired(),\n\t\tjwt.WithAudience(\"orders\"))\n}\n"),
        recommended: true,
        options: OPTIONS,
        source: "https://www.rfc-editor.org/rfc/rfc8725#section-3.9",
    }
}

const MESSAGE: &str = "bearer tokens are verified without their audience";
const HELP: &str = "set `audiences` beside the issuer";

impl Rule for SrcJwtMissingAudience {
    fn source(&self, code: &Code, cx: &mut SourceCx<'_>) {
        report_missing(cx, code, "audience", Severity::Error, |call| call.audience);
        report_properties(cx, |decoder| !decoder.has_audiences, MESSAGE, HELP);
    }

    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        report_decoder(cx, document, |decoder| !decoder.has_audiences, MESSAGE, HELP);
    }
}
