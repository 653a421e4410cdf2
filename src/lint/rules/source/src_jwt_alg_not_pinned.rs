use crate::lint::rules::code_view::{OPTIONS, report_missing};
use crate::lint::rules::prelude::*;

declare_rule! {
    SrcJwtAlgNotPinned {
        id: "src-jwt-alg-not-pinned",
        group: "source",
        summary: "a token is verified with the algorithm that it names itself",
        why: "The header of a token is written by whoever made the token. A verifier that takes the algorithm from there can be made \
              to use a weaker one, or to take a public key for a shared secret (RFC 8725, section 3.1). It should name the \
              algorithms that it expects.\n\n\
              Known are golang-jwt, jsonwebtoken, jose, express-jwt, koa-jwt, passport-jwt, PyJWT, python-jose and Authlib. Not \
              reported: key functions that look at `token.Method`, and options that are not visible in the file.",
        bad: go("package auth\n\nimport \"github.com/golang-jwt/jwt/v5\"\n\nfunc Parse(raw string, key []byte) (*jwt.Token, error) {\n\treturn jwt.Parse(raw, func(*jwt.Token) (any, error) { return key, nil },\n\t\tjwt.WithAudience(\"orders\"), jwt.WithIssuer(\"https://issuer.example\"), jwt.WithExpirationRequired())\n}\n"),
        good: go("package auth\n\nimport \"github.com/golang-jwt/jwt/v5\"\n\nfunc Parse(raw string, key []byte) (*jwt.Token, error) {\n\treturn jwt.Parse(raw, func(*jwt.Token) (any, error) { return key, nil },\n\t\tjwt.WithAudience(\"orders\"), jwt.WithIssuer(\"https://issuer.example\"), jwt.WithExpirationRequired(),\n\t\tjwt.WithValidMethods([]string{\"HS256\"}))\n}\n"),
        recommended: true,
        options: OPTIONS,
        source: "https://www.rfc-editor.org/rfc/rfc8725#section-3.1",
    }
}

impl Rule for SrcJwtAlgNotPinned {
    fn source(&self, code: &Code, cx: &mut SourceCx<'_>) {
        report_missing(cx, code, "algorithm", Severity::Warning, |call| call.algorithm);
    }
}
