use crate::lint::rules::code_view::{OPTIONS, report_spots};
use crate::lint::rules::prelude::*;

declare_rule! {
    SrcJwtVerificationDisabled {
        id: "src-jwt-verification-disabled",
        group: "source",
        summary: "a token is read without verifying it",
        why: "A token whose signature nobody verified says what its sender wants it to say. `ParseUnverified`, `jwt.decode` of \
              JavaScript, `verify_signature: False`, `alg: none` and the like turn authentication into a form to fill in.\n\n\
              Not reported: reading the header to find a key (`kid`), the expiry of one's own token, and a token that is verified in \
              the same function as well.",
        bad: go("package auth\n\nimport \"github.com/golang-jwt/jwt/v5\"\n\nfunc Subject(raw string) (string, error) {\n\tclaims := jwt.MapClaims{}\n\tif _, _, err := jwt.NewParser().ParseUnverified(raw, claims); err != nil {\n\t\treturn \"\", err\n\t}\n\treturn claims.GetSubject()\n}\n"),
        good: go("package auth\n\nimport \"github.com/golang-jwt/jwt/v5\"\n\nfunc Subject(raw string, keys jwt.Keyfunc, options ...jwt.ParserOption) (string, error) {\n\ttoken, err := jwt.Parse(raw, keys, options...)\n\tif err != nil {\n\t\treturn \"\", err\n\t}\n\treturn token.Claims.GetSubject()\n}\n"),
        severity: Severity::Error,
        recommended: true,
        options: OPTIONS,
        source: "https://www.rfc-editor.org/rfc/rfc8725#section-3.3",
        peers: &["semgrep jwt-go-parse-unverified", "semgrep unverified-jwt-decode"],
    }
}

impl Rule for SrcJwtVerificationDisabled {
    fn source(&self, code: &Code, cx: &mut SourceCx<'_>) {
        report_spots(cx, &code.unverified, Severity::Error, "verify the token before anything in it is believed");
    }
}
