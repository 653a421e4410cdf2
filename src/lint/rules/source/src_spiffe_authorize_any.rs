use crate::lint::rules::code_view::{OPTIONS, report_spots};
use crate::lint::rules::prelude::*;

declare_rule! {
    SrcSpiffeAuthorizeAny {
        id: "src-spiffe-authorize-any",
        group: "source",
        summary: "mutual TLS that takes any SPIFFE ID",
        why: "mTLS with SPIFFE proves who the peer is; whether that peer may connect is decided by the authorizer. \
              `tlsconfig.AuthorizeAny`, `acceptAnySpiffeId` and `authorize_any` let every workload in that has an identity of a trusted \
              domain, federated ones included: authentication without authorization.\n\n\
              Not reported: files that take the peer's ID from the connection (`spiffetls.PeerIDFromConnectionState`), which decide \
              for each request, and tests.",
        bad: go("package server\n\nimport (\n\t\"github.com/spiffe/go-spiffe/v2/spiffetls/tlsconfig\"\n\t\"github.com/spiffe/go-spiffe/v2/workloadapi\"\n)\n\nfunc config(source *workloadapi.X509Source) any {\n\treturn tlsconfig.MTLSServerConfig(source, source, tlsconfig.AuthorizeAny())\n}\n"),
        good: go("package server\n\nimport (\n\t\"github.com/spiffe/go-spiffe/v2/spiffeid\"\n\t\"github.com/spiffe/go-spiffe/v2/spiffetls/tlsconfig\"\n\t\"github.com/spiffe/go-spiffe/v2/workloadapi\"\n)\n\nfunc config(source *workloadapi.X509Source, frontend spiffeid.ID) any {\n\treturn tlsconfig.MTLSServerConfig(source, source, tlsconfig.AuthorizeID(frontend))\n}\n"),
        severity: Severity::Error,
        recommended: true,
        options: OPTIONS,
        source: "https://pkg.go.dev/github.com/spiffe/go-spiffe/v2/spiffetls/tlsconfig#AuthorizeAny",
    }
}

impl Rule for SrcSpiffeAuthorizeAny {
    fn source(&self, code: &Code, cx: &mut SourceCx<'_>) {
        report_spots(
            cx,
            &code.authorize_any,
            Severity::Error,
            "name the IDs that may connect: `AuthorizeID`, `AuthorizeOneOf`, a set of accepted IDs",
        );
    }
}
