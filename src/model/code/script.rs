//! Tokens in JavaScript and TypeScript: jsonwebtoken, jose, express-jwt, koa-jwt, passport-jwt.

use super::claims::home;
use super::options::{Options, Setting, strings};
use super::{Check, Checks, Gap, Reader};
use crate::model::tri::Tri;
use crate::syntax::source::{Kind, Node, Role};

const UNVERIFIED: &str = "reads a token without verifying its signature";
/// So many arguments of a call are compared.
const MAX_ARGS: usize = 16;

const UNSIGNED: &str = "takes tokens without a signature (`alg: none`)";

pub(super) fn read(reader: &mut Reader<'_, '_>) {
    for call in reader.calls() {
        let callee = call.child(Role::Callee);
        if callee.is_some_and(|callee| callee.text() == "super") {
            passport_super(reader, call);
            continue;
        }
        let Some(path) = reader.names.callee(call) else { continue };
        match path.as_str() {
            "jsonwebtoken.verify" => jsonwebtoken(reader, call),
            "jsonwebtoken.decode" if !is_complete_for_header(reader, call) => decoded(reader, call),
            "jose.JWT.verify" | "jose.JWT.IdToken.verify" | "jose.JWT.AccessToken.verify" => jose(reader, call),
            "jose.JWT.decode" => decoded(reader, call),
            _ if is_jose(&path, "jwtVerify", "verify") => jose(reader, call),
            _ if is_jose(&path, "decodeJwt", "decode") => decoded(reader, call),
            _ if path.ends_with("UnsecuredJWT.decode") && path.starts_with("jose") || path == "jose/jwt/unsecured.decode" => {
                reader.unverified(call, "reads unsigned tokens, whose claims anyone can write");
            }
            "express-jwt" | "express-jwt.expressjwt" | "express-jwt.expressJwt" | "express-jwt.jwt" | "koa-jwt" | "koa-jwt.jwt" => {
                middleware(reader, call, "the options of the middleware");
            }
            "passport-jwt.Strategy" if call.kind() == Kind::New => middleware(reader, call, "the options of the strategy"),
            _ => {}
        }
    }
}

/// `jose.jwtVerify` and `jose/jwt/verify` of version 3, with or without a folder for the runtime.
fn is_jose(path: &str, name: &str, file: &str) -> bool {
    let Some(rest) = path.strip_prefix("jose").or_else(|| path.strip_prefix("npm:jose")) else { return false };
    rest.ends_with(&format!(".{name}")) && (rest.len() == name.len() + 1 || rest.starts_with(['/', '@', '-']))
        || rest.ends_with(&format!("/jwt/{file}")) && rest.starts_with('/')
}

/// The options of a call, unless the argument may be a callback.
fn options_at<'t>(reader: &Reader<'_, 't>, call: Node<'t>, at: usize) -> Options<'t> {
    let mut open = Options::default();
    open.open = true;
    if call.args().take(at + 1).any(|arg| arg.kind() == Kind::Spread) {
        return open;
    }
    let Some(arg) = call.args().nth(at) else { return Options::default() };
    let value = reader.names.resolve(arg);
    match value.kind() {
        Kind::Function => Options::default(),
        Kind::Name if !reader.names.functions_of(value).is_empty() => Options::default(),
        _ => Options::of(reader.names, arg),
    }
}

/// Whether a setting asks for something: nothing, an empty text and an empty list do not.
fn is_set<'t>(reader: &Reader<'_, 't>, setting: Setting<'t>) -> Tri {
    match setting {
        Setting::To(node) => {
            let value = reader.names.resolve(node);
            let empty =
                value.string() == Some("") || value.kind() == Kind::List && value.children().next().is_none() || value.kind() == Kind::Null;
            if empty { Tri::No } else { Tri::Yes }
        }
        Setting::Absent => Tri::No,
        Setting::Hidden => Tri::Unknown,
    }
}

/// The algorithms that are allowed; `None`, after it was noted, where `none` is among them.
fn algorithms<'t>(reader: &mut Reader<'_, 't>, call: Node<'t>, options: &Options<'t>) -> Option<Check> {
    let setting = options.get(&["algorithms"]);
    let listed = setting.value().and_then(|value| strings(reader.names, value)).unwrap_or_default();
    if listed.iter().any(|name| name.eq_ignore_ascii_case("none")) {
        reader.unverified(call, UNSIGNED);
        return None;
    }
    Some(Check::new(is_set(reader, setting), "`algorithms` in the options"))
}

/// Whether expiry is ignored; that it is there cannot be asked for.
fn ignored_expiry<'t>(reader: &Reader<'_, 't>, options: &Options<'t>) -> Check {
    let setting = options.get(&["ignoreExpiration"]);
    match setting.value().map(|value| reader.names.resolve(value).kind()) {
        Some(Kind::True) => Check::off("leave out `ignoreExpiration`"),
        _ => Check::UNKNOWN,
    }
}

fn jsonwebtoken<'t>(reader: &mut Reader<'_, 't>, call: Node<'t>) {
    if call.args().count() < 2 {
        return;
    }
    let options = options_at(reader, call, 2);
    let Some(algorithm) = algorithms(reader, call, &options) else { return };
    let expiry = ignored_expiry(reader, &options);
    let checks = Checks {
        audience: Check::new(is_set(reader, options.get(&["audience"])), "`audience` in the options"),
        issuer: Check::new(is_set(reader, options.get(&["issuer"])), "`issuer` in the options"),
        expiry,
        algorithm,
    };
    reader.verification(call, checks);
}

fn jose<'t>(reader: &mut Reader<'_, 't>, call: Node<'t>) {
    let options = options_at(reader, call, 2);
    let Some(algorithm) = algorithms(reader, call, &options) else { return };
    let id_token = call.callee_name() == Some("verify") && call.child(Role::Callee).is_some_and(|callee| callee.text().contains("IdToken"));
    let required = options.get(&["requiredClaims"]);
    let requires = |claim: &str| match required {
        Setting::To(list) => match strings(reader.names, list) {
            Some(claims) if claims.contains(&claim) => Tri::Yes,
            Some(_) => Tri::No,
            None => Tri::Unknown,
        },
        Setting::Absent => Tri::No,
        Setting::Hidden => Tri::Unknown,
    };
    let expiry = match options.get(&["ignoreExp"]).value().map(|value| reader.names.resolve(value).kind()) {
        Some(Kind::True) => Check::off("leave out `ignoreExp`"),
        _ if id_token => Check::DONE,
        _ => Check::new(requires("exp").or(is_set(reader, options.get(&["maxTokenAge"]))), "`requiredClaims: [\"exp\"]` in the options"),
    };
    let checks = Checks {
        audience: Check::new(is_set(reader, options.get(&["audience"])), "`audience` in the options"),
        issuer: Check::new(is_set(reader, options.get(&["issuer"])), "`issuer` in the options"),
        expiry,
        algorithm,
    };
    reader.verification(call, checks);
}

/// express-jwt, koa-jwt and passport-jwt: the options are the first argument. What a handler behind it checks is not looked for, but
/// for the function that is handed over with them.
fn middleware<'t>(reader: &mut Reader<'_, 't>, call: Node<'t>, _of: &'static str) {
    if call.args().next().is_none() {
        return;
    }
    let options = options_at(reader, call, 0);
    let inner = options.get(&["jsonWebTokenOptions"]).value().map(|inner| Options::of(reader.names, inner));
    let Some(mut algorithm) = algorithms(reader, call, &options) else { return };
    let mut audience = Check::new(is_set(reader, options.get(&["audience"])), "`audience` in the options");
    let mut issuer = Check::new(is_set(reader, options.get(&["issuer"])), "`issuer` in the options");
    if let Some(inner) = inner {
        audience = audience.or(is_set(reader, inner.get(&["audience"])));
        issuer = issuer.or(is_set(reader, inner.get(&["issuer"])));
        algorithm = algorithm.or(is_set(reader, inner.get(&["algorithms"])));
    }
    let expiry = ignored_expiry(reader, &options);
    // what is handed over beside the options sees the claims
    let handlers: Vec<Node<'t>> = call.args().skip(1).flat_map(|arg| reader.names.functions_of(arg)).collect();
    let by_hand = |check: Check, words: [&str; 2]| {
        let looks = handlers.iter().any(|handler| {
            handler.descendants().any(|node| {
                !reader.names.spend(1)
                    || node.kind() == Kind::Name && words.contains(&node.text())
                    || words.iter().any(|word| node.string() == Some(word))
            })
        });
        if looks && check.done.is_no() && check.level != Gap::Off { check.or(Tri::Unknown) } else { check }
    };
    let audience = by_hand(audience, ["aud", "audience"]);
    let issuer = by_hand(issuer, ["iss", "issuer"]);
    reader.verification(call, Checks { audience, issuer, expiry, algorithm });
}

/// `super({…})` in a class that NestJS makes a strategy: `class JwtStrategy extends PassportStrategy(Strategy)`.
fn passport_super<'t>(reader: &mut Reader<'_, 't>, call: Node<'t>) {
    let Some(class) = call.ancestors().take_while(|_| reader.names.spend(1)).find(|above| above.kind() == Kind::Class) else { return };
    let Some(heritage) = class.child_of(Kind::Heritage) else { return };
    let is_strategy = heritage.descendants().take_while(|_| reader.names.spend(1)).any(|node| {
        node.kind() == Kind::Name && reader.names.path(node).as_deref() == Some("passport-jwt.Strategy")
            || node.kind() == Kind::Member && reader.names.path(node).as_deref() == Some("passport-jwt.Strategy")
    });
    if !is_strategy {
        return;
    }
    middleware(reader, call, "the options of the strategy");
    // `validate(payload)` of the class sees the claims
    let validates = |words: [&str; 2]| {
        class
            .descendants()
            .take_while(|_| reader.names.spend(1))
            .filter(|node| node.kind() == Kind::Function && node.child(Role::Name).is_some_and(|name| name.text() == "validate"))
            .any(|function| function.descendants().any(|node| node.kind() == Kind::Name && words.contains(&node.text())))
    };
    let (audience, issuer) = (validates(["aud", "audience"]), validates(["iss", "issuer"]));
    if let Some(last) = reader.out.verifications.last_mut().filter(|last| last.at == call.span()) {
        if audience {
            last.audience = last.audience.or(Tri::Unknown);
        }
        if issuer {
            last.issuer = last.issuer.or(Tri::Unknown);
        }
        last.what = "super".to_owned();
    }
}

/// `decode(token)`, unless the same token is verified in the function, or only what is not trusted is read.
fn decoded<'t>(reader: &mut Reader<'_, 't>, call: Node<'t>) {
    const HARMLESS: [&str; 4] = ["header", "exp", "iat", "kid"];
    let Some(token) = call.args().next() else { return };
    if is_verified_too(reader, call, token)
        || members_used(reader, call).is_some_and(|used| used.iter().all(|name| HARMLESS.contains(name)))
    {
        return;
    }
    reader.unverified(call, UNVERIFIED);
}

/// `decode(token, { complete: true })` of which only the header is read.
fn is_complete_for_header<'t>(reader: &Reader<'_, 't>, call: Node<'t>) -> bool {
    let options = options_at(reader, call, 1);
    let complete = options.get(&["complete"]).value().is_some_and(|value| reader.names.resolve(value).kind() == Kind::True);
    complete
        && members_used(reader, call).is_some_and(|used| used.iter().all(|name| matches!(*name, "header" | "kid" | "alg" | "signature")))
}

/// Whether the same token, or what was decoded, is verified in the same function: by a call that is named so.
fn is_verified_too<'t>(reader: &Reader<'_, 't>, call: Node<'t>, token: Node<'t>) -> bool {
    let text = token.text();
    let assigned =
        call.parent().filter(|parent| parent.kind() == Kind::Declare).and_then(|parent| parent.child(Role::Name)).map(Node::text);
    reader.names.calls_in(home(call)).iter().filter(|other| **other != call).any(|other| {
        if !reader.names.spend(1) {
            return true;
        }
        let name = other.callee_name().unwrap_or("").to_lowercase();
        (name.contains("verif") || name.contains("validat") || name == "introspect")
            && other.args().take(MAX_ARGS).any(|arg| arg.text() == text || Some(arg.text()) == assigned && !name.contains("claim"))
    })
}

/// The members that are read of what a call gives; `None` where it goes elsewhere as a whole.
fn members_used<'t>(reader: &Reader<'_, 't>, call: Node<'t>) -> Option<Vec<&'t str>> {
    let parent = call.parent()?;
    match parent.kind() {
        // `decode(token).header`
        Kind::Member if parent.child(Role::Object) == Some(call) => Some(vec![parent.last_name()?]),
        Kind::Declare => {
            let target = parent.child(Role::Name)?;
            if target.kind() == Kind::Pattern {
                return target.children().map(|part| part.key().or(Some(part.text()))).collect();
            }
            let mut used = Vec::new();
            for node in reader.names.uses_in(home(call), target.text()).iter().copied() {
                if node == target || !reader.names.spend(1) {
                    continue;
                }
                let parent = node.parent()?;
                match parent.kind() {
                    Kind::Member if parent.child(Role::Object) == Some(node) => used.push(parent.last_name()?),
                    Kind::Member | Kind::Pair if node.role() != Role::Value => {}
                    Kind::Unary | Kind::Binary | Kind::If => {}
                    Kind::Declare => {
                        let pattern = parent.child(Role::Name).filter(|name| name.kind() == Kind::Pattern)?;
                        for part in pattern.children() {
                            used.push(part.key().unwrap_or(part.text()));
                        }
                    }
                    _ => return None,
                }
            }
            (!used.is_empty()).then_some(used)
        }
        _ => None,
    }
}
