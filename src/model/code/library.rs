//! Which sources are worth parsing: those that name a library that is known here, and that people write.

use std::sync::OnceLock;

use regex::bytes::Regex;

use crate::syntax::source::Language;

const GO: &str = "golang-jwt/jwt|dgrijalva/jwt-go|coreos/go-oidc|go-jose|lestrrat-go/jwx|InsecureSkipVerify|spiffe/go-spiffe";
const JAVA: &str = "io\\.jsonwebtoken|com\\.auth0\\.jwt|com\\.nimbusds|security\\.oauth2\\.jwt|X509TrustManager|X509ExtendedTrustManager\
    |HostnameVerifier|TrustAllStrategy|loadTrustMaterial|InsecureTrustManagerFactory|AnySpiffeId|ssl\\.spiffe\\.acceptAll|SpiffeTrustManager";
const SCRIPT: &str = "jsonwebtoken|[\"'`](?:npm:)?jose|express-jwt|passport-jwt|koa-jwt|rejectUnauthorized|NODE_TLS_REJECT_UNAUTHORIZED\
    |checkServerIdentity|strictSSL";
const PYTHON: &str = "import jwt|from jwt|import [a-z_, ]*jwt|jose|authlib|verify ?=|ssl=|verify_ssl|CERT_NONE|_create_unverified_context\
    |check_hostname|assert_hostname|spiffe";
const PROPERTIES: &str = "oauth2\\.resourceserver\\.jwt";

/// Whether a source may use a library that is known. A search costs less than a parse.
#[must_use]
pub fn is_relevant(text: &[u8], language: Language) -> bool {
    static FINDERS: OnceLock<[Regex; 5]> = OnceLock::new();
    let new = |pattern: &str| Regex::new(pattern).expect("the pattern is written here");
    let finders = FINDERS.get_or_init(|| [GO, JAVA, SCRIPT, PYTHON, PROPERTIES].map(new));
    let at = match language {
        Language::Go => 0,
        Language::Java => 1,
        Language::JavaScript | Language::TypeScript | Language::Tsx => 2,
        Language::Python => 3,
        Language::Properties => 4,
    };
    finders[at].is_match(text)
}

/// Folders that hold what others wrote.
const VENDORED: [&str; 7] = ["vendor", "node_modules", "third_party", "bower_components", "site-packages", ".venv", "venv"];

/// Whether a folder of this name holds copies of what others wrote.
#[must_use]
pub fn is_vendored_folder(name: &str) -> bool {
    VENDORED.contains(&name)
}

/// Whether a folder of this name holds sources of others, or what was built of one's own.
#[must_use]
pub fn is_foreign_folder(name: &str) -> bool {
    is_vendored_folder(name) || name == "dist"
}

/// Whether a path is that of a test, by the customs of its language. The path begins where the walk did: what lies above says
/// nothing.
#[must_use]
pub fn is_test(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.split('.').next().unwrap_or(name);
    let by_name = name.ends_with("_test.go")
        || name.ends_with("_test.py")
        || name.starts_with("test_") && name.ends_with(".py")
        || name == "conftest.py"
        || [".test.", ".spec.", ".e2e-spec.", ".cy."].iter().any(|part| name.contains(part))
        || name.ends_with(".java") && ["Test", "Tests", "IT", "TestCase"].iter().any(|end| stem.len() > end.len() && stem.ends_with(end));
    let folders = || folder.split('/');
    by_name
        || folders()
            .any(|part| matches!(part, "__tests__" | "__mocks__" | "tests" | "test" | "e2e" | "testdata" | "testutil" | "testutils"))
}

/// Why nobody writes a source by hand: generated, or compressed. `None` for all others.
#[must_use]
pub fn generated(path: &str, text: &str) -> Option<&'static str> {
    /// So much of a file is looked at for a mark.
    const HEAD: usize = 2048;
    /// Longer lines on average are no one's.
    const LINE: usize = 400;
    let name = path.rsplit('/').next().unwrap_or(path);
    let named = [".pb.go", ".gen.go", ".min.js", ".min.mjs", ".bundle.js", "_pb2.py", "_pb2_grpc.py", "_pb.js", "_pb.ts", ".pb.ts"];
    if named.iter().any(|end| name.ends_with(end)) || name.starts_with("zz_generated") {
        return Some("generated");
    }
    let head = text.get(..text.floor_char_boundary(HEAD)).unwrap_or(text);
    let marked = |line: &str| {
        let line = line.trim_start_matches(['/', '#', '*', ' ']);
        line.starts_with("Code generated") && line.contains("DO NOT EDIT") || line.starts_with("@generated")
    };
    if head.lines().any(marked) {
        return Some("generated");
    }
    let lines = memchr::memchr_iter(b'\n', text.as_bytes()).count() + 1;
    (text.len() > 20_000 && text.len() / lines > LINE).then_some("compressed: its lines are too long to be written by hand")
}
