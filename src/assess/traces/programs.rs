//! What programs and their settings say about who calls them and how they call others: logins, roles, issuer and audience of tokens,
//! TLS of connections to stores.

use std::sync::LazyLock;

use super::{Trace, lines};
use crate::assess::fact::Fact;
use crate::assess::status::Strength;
use crate::assess::words::{Held, Words};

/// Languages by their files' extensions, with what their frameworks call a login, a check of roles or scopes, and TLS without
/// verification. Go, Java, Python and scripts are parsed for the last; the others are not.
struct Language {
    extensions: &'static [&'static str],
    logins: &'static [&'static str],
    checks: &'static [&'static str],
    unverified: &'static [&'static str],
}

const LANGUAGES: [Language; 7] = [
    Language {
        extensions: &["java", "kt", "groovy", "scala"],
        logins: &[".authenticated()", "oauth2ResourceServer(", "oauth2Login(", "@Authenticated", "@RolesAllowed(", "@PreAuthorize("],
        checks: &[
            ".hasRole(",
            "hasAnyRole(",
            ".hasAuthority(",
            "hasAnyAuthority(",
            "@PreAuthorize(",
            "@RolesAllowed(",
            "@Secured(",
            "@PermissionsAllowed(",
        ],
        unverified: &[],
    },
    Language {
        extensions: &["py"],
        logins: &[
            "@login_required",
            "LoginRequiredMixin",
            "LoginRequiredMiddleware",
            "@jwt_required",
            "verify_jwt_in_request(",
            "IsAuthenticated",
            "OAuth2PasswordBearer(",
            "OAuth2AuthorizationCodeBearer(",
            "HTTPBearer(",
            "permission_required(",
        ],
        checks: &[
            "permission_required(",
            "PermissionRequiredMixin",
            "DjangoModelPermissions",
            "IsAdminUser",
            ".has_perm(",
            "@roles_required(",
            "@roles_accepted(",
            "@staff_member_required",
            "SecurityScopes",
            "DEFAULT_PERMISSION_CLASSES",
            "import casbin",
        ],
        unverified: &[],
    },
    Language {
        extensions: &["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx"],
        logins: &[
            "jwt.verify(",
            "jwtVerify(",
            "expressjwt(",
            "'express-oauth2-jwt-bearer'",
            "\"express-oauth2-jwt-bearer\"",
            "'express-openid-connect'",
            "\"express-openid-connect\"",
            "passport.authenticate(",
            "@UseGuards(",
            "'@fastify/jwt'",
            "\"@fastify/jwt\"",
        ],
        checks: &[
            "@Roles(",
            "RolesGuard",
            "requireRole(",
            "requiredRole(",
            "hasRole(",
            "hasPermission(",
            "requirePermission(",
            "requiredScopes(",
            "requireScope(",
            "scope.includes(",
            "scopes.includes(",
            "roles.includes(",
            "permissions.includes(",
            "'@casl/ability'",
            "\"@casl/ability\"",
            "'casbin'",
            "\"casbin\"",
        ],
        unverified: &[],
    },
    Language {
        extensions: &["cs", "fs", "vb"],
        logins: &["UseAuthentication(", "AddJwtBearer(", "AddMicrosoftIdentityWebApi(", ".RequireAuthorization(", "[Authorize"],
        checks: &[
            "[Authorize(Roles",
            "[Authorize(Policy",
            "RequireRole(",
            "RequireClaim(",
            ".IsInRole(",
            ".RequireAuthorization(\"",
            "RequireAuthenticatedUser(",
        ],
        unverified: &[
            "DangerousAcceptAnyServerCertificateValidator",
            "TrustServerCertificate=True",
            "TrustServerCertificate = true",
            "Trust Server Certificate=true",
        ],
    },
    Language {
        extensions: &["rb"],
        logins: &[":authenticate_user!", ":require_login", ":authenticate_", "http_basic_authenticate_with", ":doorkeeper_authorize!"],
        checks: &["Pundit", "CanCan", "load_and_authorize_resource", "authorize! ", "authorize @", "ActionPolicy", "verify_authorized"],
        unverified: &["VERIFY_NONE"],
    },
    Language {
        extensions: &["go"],
        logins: &[
            "jwtmiddleware.New(",
            "jwt.ParseWithClaims(",
            "jwt.Parse(",
            "oidc.NewProvider(",
            ".ParseSigned(",
            "jwtauth.Authenticator",
            "echojwt.WithConfig(",
        ],
        checks: &[
            "\"github.com/casbin/casbin",
            "\"github.com/open-policy-agent/opa/",
            "\"github.com/openfga/",
            "RequireRole(",
            "HasRole(",
            "RequireScope(",
            "HasScope(",
            "HasPermission(",
        ],
        unverified: &[],
    },
    Language {
        extensions: &["php"],
        logins: &["auth:sanctum", "auth:api", "middleware('auth", "is_granted(", "#[IsGranted("],
        checks: &["Gate::define(", "Gate::authorize(", "$this->authorize(", "->hasRole(", "#[IsGranted(", "denyAccessUnlessGranted("],
        unverified: &["CURLOPT_SSL_VERIFYPEER, false", "CURLOPT_SSL_VERIFYPEER => false", "'verify' => false"],
    },
];

/// Extensions with a call that validates tokens, and what names the issuer and the audience for it.
struct Tokens {
    extensions: &'static [&'static str],
    calls: &'static [&'static str],
    issuer: &'static [&'static str],
    audience: &'static [&'static str],
    /// What takes the check back.
    off: &'static [&'static str],
}

const SCRIPTS: &[&str] = &["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx"];

const TOKENS: [Tokens; 7] = [
    Tokens {
        extensions: &["go"],
        // Auth0's validator takes both by their places
        calls: &["jwt.Parse", "jwt.NewParser(", "go-jwt-middleware/v2/validator", ".Verifier(", ".ValidateWithLeeway(", "jwt.Expected{"],
        issuer: &["WithIssuer(", "oidc.NewProvider(", "go-jwt-middleware/v2/validator", "jwt.Expected{"],
        audience: &["WithAudience(", "ClientID:", "go-jwt-middleware/v2/validator", "AnyAudience:"],
        off: &["SkipClientIDCheck: true", "SkipIssuerCheck: true", "ParseUnverified("],
    },
    Tokens {
        extensions: SCRIPTS,
        calls: &["jwt.verify(", "jwtVerify(", "expressjwt(", "express-oauth2-jwt-bearer", "passport-jwt"],
        issuer: &["issuer:", "issuerBaseURL", "issuer,", "iss:"],
        audience: &["audience:", "audience,", "audience }"],
        off: &["ignoreExpiration: true"],
    },
    Tokens {
        extensions: &["py"],
        calls: &["jwt.decode(", "JsonWebToken("],
        issuer: &["issuer=", "\"iss\"", "'iss'"],
        audience: &["audience=", "\"aud\"", "'aud'"],
        off: &["\"verify_aud\": False", "'verify_aud': False", "\"verify_signature\": False", "'verify_signature': False"],
    },
    Tokens {
        extensions: &["java", "kt"],
        calls: &["JwtValidators", "JWT.require(", "Jwts.parser", "JwtConsumerBuilder("],
        issuer: &["createDefaultWithIssuer(", "withIssuer(", "requireIssuer(", "setExpectedIssuer("],
        audience: &["withAudience(", "requireAudience(", "setExpectedAudience(", "JwtClaimNames.AUD", "JwtClaimValidator"],
        off: &["setSkipDefaultAudienceValidation("],
    },
    Tokens {
        extensions: &["cs"],
        calls: &["AddJwtBearer("],
        issuer: &["Authority =", "ValidIssuer"],
        audience: &["Audience =", "ValidAudience"],
        off: &[
            "ValidateAudience = false",
            "ValidateIssuer = false",
            "ValidateIssuerSigningKey = false",
            "RequireSignedTokens = false",
            "SignatureValidator =",
        ],
    },
    Tokens {
        extensions: &["rb"],
        calls: &["JWT.decode"],
        issuer: &["verify_iss: true"],
        audience: &["verify_aud: true"],
        off: &["verify_signature: false"],
    },
    Tokens {
        extensions: &["rs"],
        calls: &["Validation::new("],
        issuer: &["set_issuer("],
        audience: &["set_audience("],
        off: &["insecure_disable_signature_validation"],
    },
];

/// Words of settings in files that are no programs.
const SETTINGS: [&str; 7] = ["sslmode", "resourceserver", "audiences", "issuer-uri", "TrustServerCertificate", "Encrypt=", "ssl_mode"];

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let languages = LANGUAGES.iter().flat_map(|language| [language.logins, language.checks, language.unverified].concat());
    let tokens = TOKENS.iter().flat_map(|tokens| [tokens.calls, tokens.off].concat());
    Words::new(languages.chain(tokens).chain(SETTINGS))
});

/// Whether a file of this name is a program, or the settings of one.
fn is_read(name: &str, extension: &str) -> bool {
    let is_settings = name.starts_with("application") || name.starts_with("appsettings") || name == "database.yml" || extension == "config";
    is_settings
        || LANGUAGES.iter().any(|language| language.extensions.contains(&extension))
        || TOKENS.iter().any(|tokens| tokens.extensions.contains(&extension))
}

/// Adds what a file says.
pub(super) fn read(name: &str, extension: &str, text: &str, found: &mut Vec<Trace>) {
    if !is_read(name, extension) {
        return;
    }
    let held = WORDS.in_text(text);
    if held.is_empty() {
        return;
    }
    let mut add = |fact: Fact, line: u32, detail: &str| {
        found.push(Trace { fact, line, detail: detail.to_owned(), strength: Strength::UNKNOWN });
    };
    if let Some(language) = LANGUAGES.iter().find(|language| language.extensions.contains(&extension)) {
        for (fact, words, detail) in [
            (Fact::EndpointAuthenticated, language.logins, "the program demands a login"),
            (Fact::AccessControl, language.checks, "the program checks roles or scopes"),
            (Fact::HopPlain, language.unverified, "certificates of the other side are not verified"),
        ] {
            if let Some(line) = first(text, &held, words) {
                add(fact, line, detail);
            }
        }
    }
    for tokens in TOKENS.iter().filter(|tokens| tokens.extensions.contains(&extension)) {
        token(text, &held, tokens, &mut add);
    }
    settings(name, extension, text, &held, &mut add);
}

/// The first line with one of the words.
fn first(text: &str, held: &Held<'_>, words: &[&str]) -> Option<u32> {
    let words: Vec<&str> = words.iter().copied().filter(|word| held.has(word)).collect();
    if words.is_empty() {
        return None;
    }
    lines(text).find(|(_, line)| words.iter().any(|word| line.contains(word))).map(|(at, _)| at)
}

/// A call that validates tokens: with issuer and audience, or with a check that is taken back.
fn token(text: &str, held: &Held<'_>, tokens: &Tokens, add: &mut impl FnMut(Fact, u32, &str)) {
    let Some(call) = first(text, held, tokens.calls) else { return };
    if let Some(line) = first(text, held, tokens.off) {
        return add(Fact::JwtNoAudience, line, "a check of tokens is switched off");
    }
    let names = |words: &[&str]| lines(text).any(|(_, line)| words.iter().any(|word| line.contains(word)));
    if names(tokens.issuer) && names(tokens.audience) {
        add(Fact::JwtIssuerAudience, call, "the program names issuer and audience");
    }
}

/// Settings of Spring, Django, Rails and .NET.
fn settings(name: &str, extension: &str, text: &str, held: &Held<'_>, add: &mut impl FnMut(Fact, u32, &str)) {
    let is_spring = name.starts_with("application") && matches!(extension, "yml" | "yaml" | "properties");
    if is_spring && held.has("resourceserver") {
        if let Some((line, _)) = lines(text).find(|(_, line)| line.contains("resourceserver")) {
            add(Fact::EndpointAuthenticated, line, "the program demands a token");
        }
        let named = |word: &str| lines(text).find(|(_, line)| line.contains(word)).map(|(at, _)| at);
        if let (Some(_), Some(line)) = (named("issuer-uri"), named("audiences")) {
            add(Fact::JwtIssuerAudience, line, "the program names issuer and audience");
        }
    }
    let is_rails = name == "database.yml";
    if held.has("sslmode") && (is_rails || matches!(extension, "py" | "rb" | "php")) {
        let mut section = "";
        for (at, line) in lines(text) {
            if is_rails && !line.starts_with([' ', '\t']) {
                section = line.split(':').next().unwrap_or("");
            }
            if matches!(section, "development" | "test") {
                continue;
            }
            match mode(line) {
                Some("disable" | "allow" | "prefer") => add(Fact::HopPlain, at, "connections to the store may be plain"),
                Some("require" | "verify-ca" | "verify-full") => add(Fact::HopEncrypted, at, "connections to the store use TLS"),
                _ => {}
            }
        }
    }
    let is_net = name.starts_with("appsettings") || extension == "config";
    if is_net && (held.has("TrustServerCertificate") || held.has("Encrypt=")) {
        for (at, line) in lines(text) {
            let lower = line.to_ascii_lowercase();
            let own = ["localhost", "127.0.0.1", "(localdb)", "host.docker.internal"].iter().any(|name| lower.contains(name));
            let says = |text: &str| lower.contains(text);
            if own {
                continue;
            }
            if says("encrypt=false") || says("encrypt=optional") {
                add(Fact::HopPlain, at, "connections to the store are plain");
            } else if says("trustservercertificate=true") {
                add(Fact::HopPlain, at, "certificates of the other side are not verified");
            } else if says("encrypt=true") || says("encrypt=strict") || says("encrypt=mandatory") {
                add(Fact::HopEncrypted, at, "connections to the store use TLS");
            }
        }
    }
}

/// The value of `sslmode` as a key of its own: `"sslmode": "require"`, `sslmode: require`; connection strings are read elsewhere.
fn mode(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("sslmode")?;
    let rest = rest.trim_start_matches(['"', '\'']).trim_start();
    // a connection string is read elsewhere
    let named = |rest: &&str| rest.trim_start().starts_with(['"', '\'']);
    let by_name = || rest.strip_prefix('=').filter(named);
    let rest = rest.strip_prefix("=>").or_else(|| rest.strip_prefix(':')).or_else(by_name)?;
    let rest = rest.trim_start().trim_start_matches(['"', '\'', ':']);
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
    (end > 0).then(|| &rest[..end])
}
