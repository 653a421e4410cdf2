//! Tokens in Go: golang-jwt (and dgrijalva/jwt-go), go-oidc, go-jose, lestrrat-go/jwx, go-spiffe.

use super::claims::{Region, home};
use super::names::Names;
use super::options::{Options, Setting, elements, strings};
use super::{Check, Checks, Reader};
use crate::model::tri::Tri;
use crate::syntax::source::{Kind, Node, Role};

const GOLANG_JWT: [&str; 3] = ["github.com/golang-jwt/jwt", "github.com/dgrijalva/jwt-go", "gopkg.in/dgrijalva/jwt-go"];
const GO_OIDC: [&str; 1] = ["github.com/coreos/go-oidc"];
const GO_JOSE: [&str; 5] = [
    "gopkg.in/square/go-jose.v2/jwt",
    "gopkg.in/go-jose/go-jose.v2/jwt",
    "github.com/go-jose/go-jose/",
    "github.com/square/go-jose/",
    "gopkg.in/square/go-jose.v",
];
const JWX: &str = "github.com/lestrrat-go/jwx";

/// So many arguments of a call, and functions of one name, are looked at.
const MAX_ARGS: usize = 16;
const MAX_FUNCTIONS: usize = 24;

const UNVERIFIED: &str = "reads a token without verifying its signature";

pub(super) fn read(reader: &mut Reader<'_, '_>) {
    let golang_jwt = reader.names.imports_any(&GOLANG_JWT);
    for call in reader.calls().filter(|call| call.kind() == Kind::Call) {
        let Some(name) = call.callee_name() else { continue };
        match name {
            "Parse" | "ParseWithClaims" | "ParseFromRequest" | "ParseFromRequestWithClaims" if golang_jwt && golang(reader, call, name) => {
            }
            "ParseUnverified" if golang_jwt => parse_unverified(reader, call),
            "Verifier" | "VerifierContext" | "NewVerifier" if reader.names.imports_any(&GO_OIDC) => oidc(reader, call),
            "Validate" | "ValidateWithLeeway" if reader.names.imports_any(&GO_JOSE) => go_jose(reader, call),
            "UnsafeClaimsWithoutVerification"
                if reader.names.imports_any(&GO_JOSE) && !is_verified_too(reader, call, call.receiver()) && !is_handed_on(reader, call) =>
            {
                reader.unverified(call, UNVERIFIED);
            }
            "Parse" | "ParseString" | "ParseReader" | "ParseRequest" | "ParseHeader" | "ParseForm" | "ParseCookie" | "ParseInsecure" => {
                jwx(reader, call, name);
            }
            _ => {}
        }
    }
    if golang_jwt {
        none_is_allowed(reader);
        unused_parsers(reader);
    }
}

/// The part of a path behind a module and its version: `Parse` of `github.com/golang-jwt/jwt/v5.Parse`.
fn member<'p>(path: &'p str, modules: &[&str]) -> Option<&'p str> {
    modules.iter().any(|module| path.starts_with(module)).then(|| path.rsplit_once('.').map(|(_, member)| member))?
}

/// What a parser is made with.
struct Made<'t> {
    options: Vec<Node<'t>>,
    open: bool,
    /// Fields of a `jwt.Parser{…}`.
    fields: Options<'t>,
}

impl Made<'_> {
    /// Whether one of these options is among those given.
    fn has(&self, option: &[&str]) -> Tri {
        let set = self.options.iter().any(|node| node.callee_name().is_some_and(|name| option.contains(&name)));
        if set {
            Tri::Yes
        } else if self.open {
            Tri::Unknown
        } else {
            Tri::No
        }
    }
}

/// Whether the call is one of golang-jwt's; notes what it checks.
fn golang<'t>(reader: &mut Reader<'_, 't>, call: Node<'t>, name: &str) -> bool {
    let names = reader.names;
    let path = names.callee(call);
    let direct = path.as_deref().and_then(|path| member(path, &GOLANG_JWT)) == Some(name);
    let from_request = name.starts_with("ParseFromRequest");
    let args: Vec<Node<'t>> = call.args().collect();
    let mut made = Made { options: Vec::new(), open: false, fields: Options::default() };
    let keyfunc = match (direct, name) {
        (true, _) if from_request => {
            made.options.extend(args.iter().skip(3).copied());
            args.get(if name.ends_with("Claims") { 3 } else { 2 }).copied()
        }
        (true, _) => {
            let fixed = if name == "Parse" { 2 } else { 3 };
            (made.options, made.open) = items(names, args.iter().skip(fixed).copied());
            args.get(fixed - 1).copied()
        }
        (false, "Parse" | "ParseWithClaims") => {
            // a method of a parser
            let Some(receiver) = call.receiver() else { return false };
            match parser(names, receiver) {
                Some(parser) => made = parser,
                None => return false,
            }
            args.get(if name == "Parse" { 1 } else { 2 }).copied()
        }
        _ => return false,
    };
    if from_request {
        // `request.WithParser(parser)`
        let given = made.options.iter().find(|option| option.callee_name() == Some("WithParser")).and_then(|option| option.args().next());
        made = match given {
            Some(given) => match parser(names, given) {
                Some(parser) => parser,
                None => return true,
            },
            None => Made { options: Vec::new(), open: false, fields: Options::default() },
        };
    }
    // without a key nothing is verified, and the call fails
    let Some(keyfunc) = keyfunc.filter(|keyfunc| keyfunc.kind() != Kind::Null) else { return true };
    let modern = direct && path.as_deref().is_some_and(is_v5) || !direct && names_v5(names);
    let mut algorithm = Check::new(
        made.has(&["WithValidMethods"]).or(methods_field(&made)),
        "`jwt.WithValidMethods`, or look at `token.Method` in the key function",
    );
    if algorithm.done.is_no() {
        algorithm = algorithm.or(keyfunc_checks(names, call, keyfunc));
    }
    let checks = Checks { algorithm, ..claims_of(&made, names, modern) };
    reader.verification(call, checks);
    true
}

/// Parsers that nothing in the file uses: their options are all that there is to see.
fn unused_parsers<'t>(reader: &mut Reader<'_, 't>) {
    let uses = |call: Node<'t>| call.callee_name().is_some_and(|name| name.starts_with("Parse"));
    if reader.calls().any(uses) {
        return;
    }
    for call in reader.calls().filter(|call| call.callee_name() == Some("NewParser")) {
        let Some(made) = parser(reader.names, call) else { continue };
        let checks = Checks {
            algorithm: Check::new(Tri::Unknown, "`jwt.WithValidMethods`"),
            ..claims_of(&made, reader.names, names_v5(reader.names))
        };
        reader.verification(call, checks);
    }
}

/// What the options of a parser check of the claims; the algorithm is left to the caller.
fn claims_of<'t>(made: &Made<'t>, names: &Names<'t>, modern: bool) -> Checks {
    let off = made.has(&["WithoutClaimsValidation"]).is_yes()
        || made.fields.get(&["SkipClaimsValidation"]).value().is_some_and(|value| names.resolve(value).kind() == Kind::True);
    let claim = |option: &[&str], remedy| if off { Check::off(remedy) } else { Check::new(made.has(option), remedy) };
    let (audience, issuer, expiry) = if modern {
        ("`jwt.WithAudience`", "`jwt.WithIssuer`", "`jwt.WithExpirationRequired`")
    } else {
        ("`VerifyAudience` on the claims", "`VerifyIssuer` on the claims", "`VerifyExpiresAt` with `true` on the claims")
    };
    Checks {
        audience: claim(&["WithAudience", "WithAllAudiences"], audience),
        issuer: claim(&["WithIssuer"], issuer),
        expiry: claim(&["WithExpirationRequired"], expiry),
        algorithm: Check::UNKNOWN,
    }
}

fn methods_field(made: &Made<'_>) -> Tri {
    match made.fields.get(&["ValidMethods"]) {
        Setting::To(_) => Tri::Yes,
        Setting::Hidden => Tri::Unknown,
        Setting::Absent => Tri::No,
    }
}

fn is_v5(path: &str) -> bool {
    GOLANG_JWT.iter().find_map(|module| path.strip_prefix(module)?.strip_prefix("/v")).is_some_and(|rest| {
        let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
        number.parse::<u32>().is_ok_and(|number| number >= 5)
    })
}

fn names_v5(names: &Names<'_>) -> bool {
    !names.imports_any(&["github.com/golang-jwt/jwt/v4", "github.com/dgrijalva/jwt-go"])
        && names.imports_any(&["github.com/golang-jwt/jwt/v"])
}

/// Arguments that may be spread lists.
fn items<'t>(names: &Names<'t>, args: impl Iterator<Item = Node<'t>>) -> (Vec<Node<'t>>, bool) {
    let mut out = (Vec::new(), false);
    for arg in args {
        if arg.kind() == Kind::Spread {
            let (inner, open) = arg.children().next().map_or((Vec::new(), true), |inner| elements(names, inner));
            out.1 |= open;
            out.0.extend(inner);
        } else {
            out.0.push(arg);
        }
    }
    // an option that is no call of a constructor may be any
    let mut resolved = Vec::new();
    for item in out.0 {
        let item = names.resolve(item);
        out.1 |= item.kind() != Kind::Call;
        resolved.push(item);
    }
    (resolved, out.1)
}

/// What the parser is made with that an expression is; `None` where that is not visible, or no parser.
fn parser<'t>(names: &Names<'t>, node: Node<'t>) -> Option<Made<'t>> {
    let made = names.resolve(node);
    let none = || Made { options: Vec::new(), open: false, fields: Options::default() };
    match made.kind() {
        Kind::Call if made.callee_name() == Some("NewParser") => {
            member(&names.callee(made)?, &GOLANG_JWT)?;
            let (options, open) = items(names, made.args());
            Some(Made { options, open, ..none() })
        }
        Kind::Call if made.child(Role::Callee)?.text() == "new" => {
            member(&names.path(made.args().next()?)?, &GOLANG_JWT).filter(|name| *name == "Parser")?;
            Some(none())
        }
        Kind::Composite => {
            let path = names.path(made.child(Role::Type)?)?;
            member(&path, &GOLANG_JWT).filter(|name| *name == "Parser")?;
            // what is set behind the name
            let fields = Options::of(names, node);
            Some(Made { fields, ..none() })
        }
        _ => None,
    }
}

/// Whether a key function looks at the algorithm.
fn keyfunc_checks<'t>(names: &Names<'t>, call: Node<'t>, keyfunc: Node<'t>) -> Tri {
    let keyfunc = names.resolve(keyfunc);
    let called =
        if keyfunc.kind() == Kind::Call { names.functions_named(keyfunc.callee_name().unwrap_or("")).to_vec() } else { Vec::new() };
    let functions = if called.is_empty() { names.functions_of(keyfunc) } else { called };
    if functions.is_empty() {
        // the key functions of github.com/MicahParks/keyfunc compare with the key's algorithm, where it has one
        let of_jwks = keyfunc.last_name() == Some("Keyfunc") && names.imports_any(&["github.com/MicahParks/keyfunc"]);
        return if of_jwks { Tri::No } else { Tri::Unknown };
    }
    for function in functions.into_iter().take(MAX_FUNCTIONS) {
        let (region, outer) = (Region::of(names, function), Region::around(names, call));
        for node in region.nodes().chain(outer.nodes()) {
            if !names.spend(1) {
                return Tri::Unknown;
            }
            let is_member = node.role() == Role::Name && node.parent().is_some_and(|parent| parent.kind() == Kind::Member);
            if is_member && matches!(node.text(), "Method" | "Alg" | "Algorithm") || node.string() == Some("alg") {
                return Tri::Yes;
            }
        }
    }
    Tri::No
}

/// `ParseUnverified`, unless the token is verified as well or only its header is read.
fn parse_unverified<'t>(reader: &mut Reader<'_, 't>, call: Node<'t>) {
    let claims = call.args().nth(1).map(|claims| reader.names.resolve(claims));
    let header_only = only_members(reader, call, &["Header", "Method", "Raw", "Signature"])
        && call.args().nth(1).is_some_and(|claims| !matches!(claims.kind(), Kind::Name | Kind::Unary))
        && claims.is_some_and(|claims| claims.kind() == Kind::Composite);
    if header_only || is_verified_too(reader, call, call.args().next()) {
        return;
    }
    reader.unverified(call, UNVERIFIED);
}

/// Whether of what a call gives only some members are used.
fn only_members<'t>(reader: &Reader<'_, 't>, call: Node<'t>, members: &[&str]) -> bool {
    let Some(assigned) = call.ancestors().take(2).find(|above| above.kind() == Kind::Assign) else { return false };
    let Some(left) = assigned.child(Role::Left) else { return false };
    let Some(name) = (if left.kind() == Kind::Several { left.children().next() } else { Some(left) }) else { return false };
    let home = home(call);
    let mut used = false;
    for node in reader.names.uses_in(home, name.text()).iter().copied().filter(|node| node.kind() == Kind::Name && *node != name) {
        if !reader.names.spend(1) {
            return false;
        }
        let Some(parent) = node.parent() else { continue };
        match parent.kind() {
            Kind::Member if parent.child(Role::Object) == Some(node) => {
                if !parent.last_name().is_some_and(|member| members.contains(&member)) {
                    return false;
                }
                used = true;
            }
            // `token == nil`
            Kind::Binary => {}
            // a field of that name
            Kind::Member | Kind::Pair => {}
            _ => return false,
        }
    }
    used
}

/// Whether the same token is verified in the same function.
fn is_verified_too<'t>(reader: &Reader<'_, 't>, call: Node<'t>, token: Option<Node<'t>>) -> bool {
    let Some(token) = token else { return false };
    reader.names.calls_in(home(call)).iter().filter(|other| **other != call).any(|other| {
        if !reader.names.spend(1) {
            return true;
        }
        let verifies = matches!(
            other.callee_name(),
            Some(
                "Parse"
                    | "ParseWithClaims"
                    | "Verify"
                    | "ParseSigned"
                    | "ParseAndValidate"
                    | "ParseString"
                    | "Claims"
                    | "VerifySignature"
                    | "Validate"
            )
        );
        let same = || other.args().take(MAX_ARGS).chain(other.receiver()).any(|arg| arg.text() == token.text());
        verifies && same()
    })
}

/// Whether what a method is called on is an argument elsewhere in the function: it may be verified there.
fn is_handed_on<'t>(reader: &Reader<'_, 't>, call: Node<'t>) -> bool {
    let Some(token) = call.receiver() else { return false };
    let mut calls = reader.names.calls_in(home(call)).iter().filter(|other| **other != call);
    calls.any(|other| !reader.names.spend(1) || other.args().take(MAX_ARGS).any(|arg| arg.text() == token.text()))
}

/// `jwt.UnsafeAllowNoneSignatureType` as a key, and `none` among the methods.
fn none_is_allowed(reader: &mut Reader<'_, '_>) {
    let names = reader.names;
    let mut found = Vec::new();
    for node in reader.tree().nodes() {
        match node.kind() {
            Kind::Member if node.last_name() == Some("UnsafeAllowNoneSignatureType") => {
                // a signer makes a token with it; a key function that returns it takes one
                let returned = node.ancestors().take(2).any(|above| above.kind() == Kind::Return);
                if returned && names.path(node).is_some_and(|path| member(&path, &GOLANG_JWT).is_some()) {
                    found.push(reader.spot(node, "jwt.UnsafeAllowNoneSignatureType", "takes tokens without a signature (`alg: none`)"));
                }
            }
            Kind::Call if node.callee_name() == Some("WithValidMethods") => {
                let methods = node.args().next().and_then(|methods| strings(names, methods)).unwrap_or_default();
                if methods.iter().any(|method| method.eq_ignore_ascii_case("none")) {
                    found.push(reader.spot(node, super::called(node), "takes tokens without a signature (`alg: none`)"));
                }
            }
            _ => {}
        }
    }
    reader.out.unverified.extend(found);
}

fn oidc<'t>(reader: &mut Reader<'_, 't>, call: Node<'t>) {
    let names = reader.names;
    let Some(config) = call.args().last() else { return };
    let literal = names.resolve(config);
    let is_config = literal.kind() == Kind::Composite
        && literal.child(Role::Type).and_then(|of| names.path(of)).is_some_and(|path| member(&path, &GO_OIDC) == Some("Config"));
    if !is_config {
        return;
    }
    let options = Options::of(names, config);
    let is_true = |name: &str| options.get(&[name]).value().is_some_and(|value| names.resolve(value).kind() == Kind::True);
    if is_true("InsecureSkipSignatureCheck") {
        reader.unverified(call, "is told not to verify signatures (`InsecureSkipSignatureCheck`)");
        return;
    }
    // the verifier may be used elsewhere in the file
    let whole = Region::around_all(names, call, "Verify");
    let skipped = |field: &str, remedy, claim| {
        if is_true(field) { Check::off(remedy).or(whole.checks(names, claim, call)) } else { Check::DONE }
    };
    let checks = Checks {
        audience: skipped("SkipClientIDCheck", "set `ClientID` and leave out `SkipClientIDCheck`", super::claims::Claim::Audience),
        issuer: skipped("SkipIssuerCheck", "leave out `SkipIssuerCheck`", super::claims::Claim::Issuer),
        expiry: skipped("SkipExpiryCheck", "leave out `SkipExpiryCheck`", super::claims::Claim::Expiry),
        algorithm: Check::DONE,
    };
    reader.verification(call, checks);
}

/// `claims.Validate(jwt.Expected{…})`. Expiry is compared where it is there, and no option asks for it.
fn go_jose<'t>(reader: &mut Reader<'_, 't>, call: Node<'t>) {
    let names = reader.names;
    let Some(expected) = call.args().next() else { return };
    // `jwt.Expected{…}.WithTime(time.Now())`
    let base = match names.resolve(expected) {
        with if with.kind() == Kind::Call && with.callee_name() == Some("WithTime") => with.receiver().unwrap_or(expected),
        _ => expected,
    };
    let literal = names.resolve(base);
    let is_expected = literal.kind() == Kind::Composite
        && literal.child(Role::Type).and_then(|of| names.path(of)).is_some_and(|path| member(&path, &GO_JOSE) == Some("Expected"));
    if !is_expected {
        return;
    }
    let options = Options::of(names, base);
    let field = |fields: &[&str], remedy| Check::new(is_set(options.get(fields)), remedy);
    let checks = Checks {
        audience: field(&["AnyAudience", "Audience"], "`AnyAudience` (before version 4 `Audience`) in `jwt.Expected`"),
        issuer: field(&["Issuer"], "`Issuer` in `jwt.Expected`"),
        ..Checks::UNKNOWN
    };
    reader.verification(call, checks);
}

fn is_set(setting: Setting<'_>) -> Tri {
    match setting {
        Setting::To(value) if value.string() == Some("") => Tri::No,
        Setting::To(_) => Tri::Yes,
        Setting::Hidden => Tri::Unknown,
        Setting::Absent => Tri::No,
    }
}

fn jwx<'t>(reader: &mut Reader<'_, 't>, call: Node<'t>, name: &str) {
    let names = reader.names;
    let Some(path) = names.callee(call).filter(|path| path.starts_with(JWX) && path.contains("/jwt.")) else { return };
    if name == "ParseInsecure" {
        if !is_verified_too(reader, call, call.args().next()) {
            reader.unverified(call, UNVERIFIED);
        }
        return;
    }
    // the first versions verify and validate only where they are told to
    let old = !path[JWX.len()..].starts_with("/v");
    let (options, open) =
        items(names, call.args().skip(1).filter(|arg| arg.kind() == Kind::Spread || arg.kind() == Kind::Call || is_option(names, *arg)));
    let find = |wanted: &[&str]| options.iter().copied().find(|option| option.callee_name().is_some_and(|name| wanted.contains(&name)));
    let is_off =
        |wanted: &str| find(&[wanted]).and_then(|option| option.args().next()).is_some_and(|arg| names.resolve(arg).kind() == Kind::False);
    let keyed = find(&["WithKey", "WithKeySet", "WithKeyProvider", "WithVerify", "WithVerifyAuto", "WithKeySetProvider", "UseDefaultKey"]);
    if is_off("WithVerify") || old && keyed.is_none() && !open {
        if !is_verified_too(reader, call, call.args().next()) {
            reader.unverified(call, UNVERIFIED);
        }
        return;
    }
    let validates = if is_off("WithValidate") { false } else { !old || find(&["WithValidate"]).is_some() };
    let has = |set: bool| {
        if validates && set {
            Tri::Yes
        } else if open {
            Tri::Unknown
        } else {
            Tri::No
        }
    };
    let claim_of = |option: Node<'t>, claim: &str| {
        option.args().next().and_then(|arg| names.resolve(arg).string().or(arg.last_name())).is_some_and(|found| {
            found == claim || matches!((found, claim), ("AudienceKey", "aud") | ("IssuerKey", "iss") | ("ExpirationKey", "exp"))
        })
    };
    let with_claim = |wanted: &[&str], claim: &str| {
        options.iter().any(|option| option.callee_name().is_some_and(|name| wanted.contains(&name)) && claim_of(*option, claim))
    };
    let validator = find(&["WithValidator"]).is_some();
    let values = ["WithClaimValue"];
    let custom = |check: Check| if validator { check.or(Tri::Unknown) } else { check };
    let checks = Checks {
        audience: custom(Check::new(has(find(&["WithAudience"]).is_some() || with_claim(&values, "aud")), "`jwt.WithAudience`")),
        issuer: custom(Check::new(has(find(&["WithIssuer"]).is_some() || with_claim(&values, "iss")), "`jwt.WithIssuer`")),
        expiry: custom(Check::new(has(with_claim(&["WithRequiredClaim"], "exp")), "`jwt.WithRequiredClaim(\"exp\")`")),
        algorithm: Check::UNKNOWN,
    };
    reader.verification(call, checks);
}

/// Whether a variable holds an option.
fn is_option<'t>(names: &Names<'t>, arg: Node<'t>) -> bool {
    names.callee(names.resolve(arg)).is_some_and(|path| path.starts_with(JWX))
}
