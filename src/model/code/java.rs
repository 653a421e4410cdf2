//! Tokens in Java: jjwt, java-jwt of Auth0, Nimbus, Spring Security, java-spiffe.

use super::claims::home;
use super::options::strings;
use super::{Check, Checks, Reader};
use crate::model::tri::Tri;
use crate::syntax::source::{Kind, Node, Role};

const JJWT: [&str; 1] = ["io.jsonwebtoken"];
const AUTH0: [&str; 1] = ["com.auth0.jwt"];
const NIMBUS: [&str; 1] = ["com.nimbusds"];
const SPRING: [&str; 1] = ["org.springframework.security"];

const UNVERIFIED: &str = "reads a token without verifying its signature";
const UNSIGNED: &str = "takes tokens without a signature (`alg: none`)";

pub(super) fn read(reader: &mut Reader<'_, '_>) {
    let names = reader.names;
    let (jjwt, auth0) = (names.imports_any(&JJWT), names.imports_any(&AUTH0));
    let (nimbus, spring) = (names.imports_any(&NIMBUS), names.imports_any(&SPRING));
    for call in reader.calls() {
        if call.kind() == Kind::New {
            if nimbus {
                nimbus_verifier(reader, call);
            }
            continue;
        }
        match call.callee_name().unwrap_or("") {
            "parseClaimsJws" | "parseSignedClaims" | "parse" if jjwt => jjwt_parse(reader, call),
            "parseClaimsJwt" | "parseUnsecuredClaims" if jjwt && chain(reader, call).is_some_and(|chain| is_jjwt(reader, &chain)) => {
                reader.unverified(call, "reads unsigned tokens, whose claims anyone can write");
            }
            "verify" if auth0 => auth0_verify(reader, call),
            "decode" if auth0 => auth0_decode(reader, call),
            "parse" if nimbus => nimbus_parse(reader, call),
            "process" if nimbus => nimbus_process(reader, call),
            "build" | "fromIssuerLocation" | "fromOidcIssuerLocation" if spring => spring_decoder(reader, call),
            _ => {}
        }
    }
    if jjwt || auth0 {
        unused_builders(reader, jjwt, auth0);
    }
}

/// Parsers and verifiers that nothing in the file uses: their options are all that there is to see.
fn unused_builders<'t>(reader: &mut Reader<'_, 't>, jjwt: bool, auth0: bool) {
    let uses = |call: Node<'t>| call.callee_name().is_some_and(|name| name == "verify" || name.starts_with("parse"));
    if reader.calls().any(uses) {
        return;
    }
    for call in reader.calls().filter(|call| call.kind() == Kind::Call && call.callee_name() == Some("build")) {
        let Some(chain) = chain(reader, call) else { continue };
        if jjwt && is_jjwt(reader, &chain) {
            jjwt_checks(reader, call, &chain);
        } else if auth0 && is_auth0(reader, &chain) {
            auth0_checks(reader, call, &chain);
        }
    }
}

/// The calls of a chain, the last one first, through variables and fields of the file; `None` where its start is not visible.
fn chain<'t>(reader: &Reader<'_, 't>, call: Node<'t>) -> Option<Vec<Node<'t>>> {
    const MAX: usize = 64;
    let mut out = vec![call];
    let mut at = call;
    while out.len() < MAX {
        let Some(receiver) = at.receiver() else { return Some(out) };
        let next = reader.names.resolve(receiver);
        if next.kind() != Kind::Call {
            // `Jwts.parser()`: the name of a class
            let is_class = next.kind() == Kind::Name && next.text().starts_with(char::is_uppercase);
            return (is_class || next.kind() == Kind::Member).then_some(out);
        }
        if next.holds(call) {
            return None;
        }
        out.push(next);
        at = next;
    }
    None
}

/// The path of what a chain starts with: `io.jsonwebtoken.Jwts.parser`.
fn start<'t>(reader: &Reader<'_, 't>, chain: &[Node<'t>]) -> Option<String> {
    reader.names.callee(*chain.last()?)
}

fn has(chain: &[Node<'_>], names: &[&str]) -> bool {
    chain.iter().any(|call| call.callee_name().is_some_and(|name| names.contains(&name)))
}

fn is_jjwt<'t>(reader: &Reader<'_, 't>, chain: &[Node<'t>]) -> bool {
    let Some(path) = start(reader, chain) else { return false };
    path.starts_with(JJWT[0]) && (path.ends_with("Jwts.parser") || path.ends_with("Jwts.parserBuilder"))
}

fn jjwt_parse<'t>(reader: &mut Reader<'_, 't>, call: Node<'t>) {
    if let Some(chain) = chain(reader, call).filter(|chain| chain.len() > 1 && is_jjwt(reader, chain)) {
        jjwt_checks(reader, call, &chain);
    }
}

fn jjwt_checks<'t>(reader: &mut Reader<'_, 't>, call: Node<'t>, chain: &[Node<'t>]) {
    if has(chain, &["unsecured"]) {
        return reader.unverified(call, UNSIGNED);
    }
    // `require("aud", …)`
    let requires = |claim: &str| {
        chain.iter().filter(|call| call.callee_name() == Some("require")).any(|call| {
            call.args().next().is_some_and(|name| {
                let name = reader.names.resolve(name);
                name.string() == Some(claim) || name.last_name().is_some_and(|name| name.to_lowercase().starts_with(claim))
            })
        })
    };
    let check = |done: bool, remedy| Check::new(if done { Tri::Yes } else { Tri::No }, remedy);
    let checks = Checks {
        audience: check(has(chain, &["requireAudience"]) || requires("aud"), "`requireAudience` on the parser"),
        issuer: check(has(chain, &["requireIssuer"]) || requires("iss"), "`requireIssuer` on the parser"),
        // compared where it is there; no option asks for it
        ..Checks::UNKNOWN
    };
    reader.verification(call, checks);
}

fn auth0_verify<'t>(reader: &mut Reader<'_, 't>, call: Node<'t>) {
    if let Some(chain) = chain(reader, call).filter(|chain| chain.len() > 1 && is_auth0(reader, chain)) {
        auth0_checks(reader, call, &chain);
    }
}

fn is_auth0<'t>(reader: &Reader<'_, 't>, chain: &[Node<'t>]) -> bool {
    start(reader, chain).is_some_and(|path| path.starts_with(AUTH0[0]) && path.ends_with("JWT.require"))
}

fn auth0_checks<'t>(reader: &mut Reader<'_, 't>, call: Node<'t>, chain: &[Node<'t>]) {
    let algorithm = chain.last().and_then(|require| require.args().next()).map(|algorithm| reader.names.resolve(algorithm));
    if algorithm.is_some_and(|algorithm| algorithm.kind() == Kind::Call && algorithm.callee_name() == Some("none")) {
        return reader.unverified(call, UNSIGNED);
    }
    let with_claim = |claim: &str| {
        chain
            .iter()
            .filter(|call| matches!(call.callee_name(), Some("withClaim" | "withArrayClaim" | "withClaimPresence")))
            .any(|call| call.args().next().is_some_and(|name| reader.names.resolve(name).string() == Some(claim)))
    };
    let check = |done: bool, remedy| Check::new(if done { Tri::Yes } else { Tri::No }, remedy);
    let checks = Checks {
        audience: check(has(chain, &["withAudience", "withAnyOfAudience"]) || with_claim("aud"), "`withAudience` on the verification"),
        issuer: check(has(chain, &["withIssuer"]) || with_claim("iss"), "`withIssuer` on the verification"),
        ..Checks::UNKNOWN
    };
    reader.verification(call, checks);
}

/// `JWT.decode(token)`, unless the token is verified as well or only its header is read.
fn auth0_decode<'t>(reader: &mut Reader<'_, 't>, call: Node<'t>) {
    let path = reader.names.callee(call);
    let is_decode = path.is_some_and(|path| path.starts_with(AUTH0[0]) && path.ends_with("JWT.decode"))
        || call
            .receiver()
            .map(|receiver| reader.names.resolve(receiver))
            .is_some_and(|receiver| receiver.kind() == Kind::New && reader.names.callee(receiver).as_deref() == Some("com.auth0.jwt.JWT"));
    const HEADER: [&str; 7] = ["getKeyId", "getHeader", "getHeaderClaim", "getAlgorithm", "getType", "getToken", "getContentType"];
    if is_decode && !is_verified_too(reader, call) && !only_methods(reader, call, &HEADER) {
        reader.unverified(call, UNVERIFIED);
    }
}

/// Whether the function around a call verifies something, or calls what is named so.
fn is_verified_too<'t>(reader: &Reader<'_, 't>, call: Node<'t>) -> bool {
    let words = ["verif", "process", "validat", "checksignature"];
    reader.names.calls_in(home(call)).iter().filter(|other| **other != call).any(|other| {
        if !reader.names.spend(1) {
            return true;
        }
        let name = other.callee_name().unwrap_or("").to_lowercase();
        words.iter().any(|word| name.contains(word))
    })
}

/// Whether of what a call gives only some methods are called.
fn only_methods<'t>(reader: &Reader<'_, 't>, call: Node<'t>, methods: &[&str]) -> bool {
    let Some(parent) = call.parent() else { return false };
    if parent.kind() == Kind::Call && parent.child(Role::Object) == Some(call) {
        return parent.callee_name().is_some_and(|name| methods.contains(&name));
    }
    let Some(name) = parent.child(Role::Name).filter(|_| parent.kind() == Kind::Declare) else { return false };
    let uses = reader.names.uses_in(home(call), name.text()).iter().copied().filter(|node| *node != name);
    let mut used = false;
    for node in uses {
        if !reader.names.spend(1) {
            return false;
        }
        let parent = node.parent().filter(|parent| parent.kind() == Kind::Call && parent.child(Role::Object) == Some(node));
        match parent.and_then(Node::callee_name) {
            Some(method) if methods.contains(&method) => used = true,
            _ => return false,
        }
    }
    used
}

/// `new DefaultJWTClaimsVerifier<>(audience, exact claims, required claims[, prohibited claims])`, or without the audience.
fn nimbus_verifier<'t>(reader: &mut Reader<'_, 't>, call: Node<'t>) {
    let Some(path) = reader.names.callee(call) else { return };
    if !path.starts_with(NIMBUS[0]) || !path.ends_with("DefaultJWTClaimsVerifier") {
        return;
    }
    // a class of its own overrides what it checks
    if call.child_of(Kind::ClassBody).is_some() {
        return;
    }
    let args: Vec<Node<'t>> = call.args().map(|arg| reader.names.resolve(arg)).collect();
    let (audience, exact, required) = match args.as_slice() {
        [] => (None, None, None),
        [exact, required] => (None, Some(*exact), Some(*required)),
        [audience, exact, required, ..] => (Some(*audience), Some(*exact), Some(*required)),
        [_] => return,
    };
    let exactly = |method: &str| match exact {
        Some(exact) if exact.kind() == Kind::Call => {
            let set = std::iter::successors(Some(exact), |call| call.receiver()).filter(|part| part.kind() == Kind::Call);
            if set.into_iter().any(|call| call.callee_name() == Some(method)) { Tri::Yes } else { Tri::No }
        }
        Some(exact) if exact.kind() == Kind::Null => Tri::No,
        None => Tri::No,
        Some(_) => Tri::Unknown,
    };
    let requires = |claim: &str| match required {
        Some(required) if required.kind() == Kind::Null => Tri::No,
        None => Tri::No,
        Some(required) => match strings(reader.names, required) {
            Some(names) if names.contains(&claim) => Tri::Yes,
            Some(_) => Tri::No,
            None => Tri::Unknown,
        },
    };
    let audience = match audience {
        Some(audience) if audience.kind() != Kind::Null => Tri::Yes,
        _ => exactly("audience"),
    };
    let checks = Checks {
        audience: Check::new(audience, "the accepted audience as the first argument of `DefaultJWTClaimsVerifier`"),
        issuer: Check::new(exactly("issuer"), "`issuer` in the claims that must match exactly"),
        expiry: Check::new(requires("exp"), "`exp` in the required claims"),
        algorithm: Check::UNKNOWN,
    };
    reader.verification(call, checks);
}

/// A processor of this file without a verifier of claims: only the times are looked at.
fn nimbus_process<'t>(reader: &mut Reader<'_, 't>, call: Node<'t>) {
    let Some(receiver) = call.receiver() else { return };
    let processor = reader.names.resolve(receiver);
    let is_processor = processor.kind() == Kind::New
        && reader.names.callee(processor).is_some_and(|path| path.starts_with(NIMBUS[0]) && path.ends_with("DefaultJWTProcessor"));
    if !is_processor || !reader.names.calls_named("setJWTClaimsSetVerifier").is_empty() {
        return;
    }
    let remedy = "a `DefaultJWTClaimsVerifier` with audience, issuer and required claims";
    let check = Check::new(Tri::No, remedy);
    reader.verification(call, Checks { audience: check, issuer: check, expiry: check, algorithm: Check::UNKNOWN });
}

/// `SignedJWT.parse(token)` whose claims are read although nothing verifies it, and `PlainJWT`.
fn nimbus_parse<'t>(reader: &mut Reader<'_, 't>, call: Node<'t>) {
    let Some(path) = reader.names.callee(call).filter(|path| path.starts_with(NIMBUS[0])) else { return };
    if path.ends_with("PlainJWT.parse") {
        return reader.unverified(call, "reads unsigned tokens, whose claims anyone can write");
    }
    let reads = || !reader.names.calls_named_in(home(call), "getJWTClaimsSet").is_empty();
    if (path.ends_with("SignedJWT.parse") || path.ends_with("JWTParser.parse")) && reads() && !is_verified_too(reader, call) {
        reader.unverified(call, UNVERIFIED);
    }
}

/// A `JwtDecoder`: what its validator checks, or the default one.
fn spring_decoder<'t>(reader: &mut Reader<'_, 't>, call: Node<'t>) {
    let Some(chain) = chain(reader, call) else { return };
    let Some(path) = start(reader, &chain).filter(|path| path.starts_with(SPRING[0])) else { return };
    let by_issuer = ["withIssuerLocation", "fromIssuerLocation", "fromOidcIssuerLocation"].iter().any(|name| path.ends_with(name));
    let is_decoder =
        path.contains("NimbusJwtDecoder.with") || path.contains("NimbusReactiveJwtDecoder.with") || path.contains("JwtDecoders.from");
    if !is_decoder {
        return;
    }
    let replaced = !reader.names.calls_named("setJwtValidator").is_empty();
    // who replaces the validator says in this file, in one way or another, what it looks at
    let mentions = |words: &[&str]| {
        reader.tree().nodes().filter(|node| matches!(node.kind(), Kind::Name | Kind::String) && !call.holds(*node)).any(|node| {
            if !reader.names.spend(1 + node.text().len() / 64) {
                return true;
            }
            let text = node.text().to_lowercase();
            words.iter().any(|word| text.contains(word))
        })
    };
    let audience = if replaced && mentions(&["aud"]) { Tri::Unknown } else { Tri::No };
    let issuer = match replaced {
        true if mentions(&["createdefaultwithissuer", "jwtissuervalidator", "iss\"", "getissuer", "issuervalidator"]) => Tri::Yes,
        false if by_issuer => Tri::Yes,
        _ => Tri::No,
    };
    let checks = Checks {
        audience: Check::new(audience, "a `JwtClaimValidator` of `aud` in `setJwtValidator`"),
        issuer: Check::new(issuer, "`JwtValidators.createDefaultWithIssuer` in `setJwtValidator`"),
        ..Checks::UNKNOWN
    };
    reader.verification(call, checks);
}
