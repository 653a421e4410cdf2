use crate::lint::rules::code_view::{OPTIONS, report_spots};
use crate::lint::rules::prelude::*;

declare_rule! {
    SrcTlsSkipVerify {
        id: "src-tls-skip-verify",
        group: "source",
        summary: "the peer of a TLS connection is not verified",
        why: "Without verification TLS keeps out those who listen, but not those who answer: anyone on the way can present a \
              certificate of their own and read and change everything. A private CA is no reason; it can be given as a root.\n\n\
              Known are `crypto/tls` and go-spiffe in Go; `https`, `tls`, axios, undici and `NODE_TLS_REJECT_UNAUTHORIZED` in \
              JavaScript and TypeScript; requests, httpx, aiohttp, urllib3 and `ssl` in Python; trust managers and hostname verifiers \
              in Java. Not reported: a value that is not visible or that a setting decides, `InsecureSkipVerify` with \
              `VerifyPeerCertificate` or `VerifyConnection`, servers that look at client certificates themselves, tests.",
        bad: go("package client\n\nimport (\n\t\"crypto/tls\"\n\t\"net/http\"\n)\n\nvar transport = &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}\n"),
        good: go("package client\n\nimport (\n\t\"crypto/tls\"\n\t\"crypto/x509\"\n\t\"net/http\"\n)\n\nfunc transport(roots *x509.CertPool) *http.Transport {\n\treturn &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}}\n}\n"),
        severity: Severity::Error,
        recommended: true,
        options: OPTIONS,
        source: "https://cwe.mitre.org/data/definitions/295.html",
        peers: &["gosec G402", "bandit B501", "semgrep problem-based-packs.insecure-transport"],
    }
}

impl Rule for SrcTlsSkipVerify {
    fn source(&self, code: &Code, cx: &mut SourceCx<'_>) {
        report_spots(cx, &code.tls, Severity::Error, "verify the peer; give a private CA as a root certificate");
    }
}
