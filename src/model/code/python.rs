//! Tokens in Python: PyJWT, python-jose, Authlib, py-spiffe.

use super::claims::home;
use super::options::{Options, Setting, elements, strings};
use super::{Check, Checks, Reader};
use crate::model::tri::Tri;
use crate::syntax::source::{Kind, Node, Role};

const UNVERIFIED: &str = "reads a token without verifying its signature";
/// So many arguments of a call are compared.
const MAX_ARGS: usize = 16;

const UNSIGNED: &str = "takes tokens without a signature (`alg: none`)";

pub(super) fn read(reader: &mut Reader<'_, '_>) {
    for call in reader.calls() {
        let name = call.callee_name().unwrap_or("");
        // a function may be imported under another name
        let is_function = call.child(Role::Callee).is_some_and(|callee| callee.kind() == Kind::Name);
        if !is_function && !matches!(name, "decode" | "decode_complete" | "get_unverified_claims" | "parse_insecure") {
            continue;
        }
        let path = reader.names.callee(call).unwrap_or_default();
        match path.as_str() {
            "jwt.decode" | "jwt.decode_complete" | "jwt.api_jwt.decode" | "jwt.api_jwt.decode_complete" => pyjwt(reader, call, None),
            "jose.jwt.decode" => python_jose(reader, call),
            "jose.jwt.get_unverified_claims" => decoded(reader, call),
            "authlib.jose.jwt.decode" => authlib(reader, call, Tri::No),
            "spiffe.JwtSvid.parse_insecure" | "pyspiffe.svid.jwt_svid.JwtSvid.parse_insecure" => reader.unverified(call, UNVERIFIED),
            _ => method(reader, call, name),
        }
    }
}

/// A method of something that the file makes: `PyJWT().decode(…)`, `JsonWebToken([…]).decode(…)`.
fn method<'t>(reader: &mut Reader<'_, 't>, call: Node<'t>, name: &str) {
    let Some(made) = call.receiver().map(|receiver| reader.names.resolve(receiver)).filter(|made| made.kind() == Kind::Call) else {
        return;
    };
    match reader.names.callee(made).unwrap_or_default().as_str() {
        "jwt.PyJWT" => {
            let given = Options::of_call(reader.names, made).get(&["options"]).value().or(made.args().next());
            pyjwt(reader, call, given);
        }
        "authlib.jose.JsonWebToken" | "authlib.jose.rfc7519.JsonWebToken" if name == "decode" => authlib(reader, call, Tri::Yes),
        _ => {}
    }
}

/// A keyword argument, or the positional one.
fn argument<'t>(call: Node<'t>, options: &Options<'t>, name: &str, at: usize) -> Setting<'t> {
    let positional: Vec<Node<'t>> = call.args().take_while(|arg| !matches!(arg.kind(), Kind::Keyword | Kind::Spread)).collect();
    match (options.get(&[name]), positional.get(at)) {
        (Setting::To(value), _) => Setting::To(value),
        (_, Some(value)) if value.kind() == Kind::Null => Setting::Absent,
        (_, Some(value)) => Setting::To(*value),
        (other, None) => other,
    }
}

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

fn is_kind<'t>(reader: &Reader<'_, 't>, setting: Setting<'t>, kind: Kind) -> bool {
    setting.value().is_some_and(|value| reader.names.resolve(value).kind() == kind)
}

/// The options of a decoder: a map, which may be hidden.
fn nested<'t>(reader: &Reader<'_, 't>, setting: Setting<'t>) -> Options<'t> {
    match setting {
        Setting::To(value) => Options::of(reader.names, value),
        Setting::Absent => Options::default(),
        Setting::Hidden => {
            let mut hidden = Options::default();
            hidden.open = true;
            hidden
        }
    }
}

/// The algorithms; `None`, after it was noted, where `none` is among them. Those that the token names itself are as good as any.
fn algorithms<'t>(reader: &mut Reader<'_, 't>, call: Node<'t>, setting: Setting<'t>) -> Option<Check> {
    const REMEDY: &str = "`algorithms` with those that you use";
    let Setting::To(value) = setting else {
        return Some(Check::new(is_set(reader, setting), REMEDY));
    };
    if let Some(listed) = strings(reader.names, value)
        && listed.iter().any(|name| name.eq_ignore_ascii_case("none"))
    {
        reader.unverified(call, UNSIGNED);
        return None;
    }
    // `jwt.algorithms.get_default_algorithms()`, `[header["alg"]]`
    let (items, _) = elements(reader.names, value);
    let is_default = |node: Node<'t>| node.text().contains("get_default_algorithms");
    let resolved = reader.names.resolve(value);
    let from_token = |item: Node<'t>| {
        let item = reader.names.resolve(item);
        let key = match item.kind() {
            Kind::Index => item.last_name(),
            Kind::Call if item.callee_name() == Some("get") => item.args().next().and_then(Node::string),
            _ => None,
        };
        let object = item.child(Role::Object).or_else(|| item.receiver()).map(|object| reader.names.resolve(object));
        key == Some("alg")
            && object.is_some_and(|object| object.kind() == Kind::Call && object.callee_name() == Some("get_unverified_header"))
    };
    if is_default(resolved) || resolved.descendants().any(is_default) || items.iter().any(|item| from_token(*item)) {
        return Some(Check::new(Tri::No, REMEDY));
    }
    Some(Check::new(is_set(reader, setting), REMEDY))
}

/// Whether an option of a decoder is `False`.
fn is_off<'t>(reader: &Reader<'_, 't>, options: &Options<'t>, name: &str) -> bool {
    is_kind(reader, options.get(&[name]), Kind::False)
}

fn requires<'t>(reader: &Reader<'_, 't>, options: &Options<'t>, claim: &str) -> Tri {
    match options.get(&["require"]) {
        Setting::To(list) => match strings(reader.names, list) {
            Some(claims) if claims.contains(&claim) => Tri::Yes,
            Some(_) => Tri::No,
            None => Tri::Unknown,
        },
        Setting::Absent => Tri::No,
        Setting::Hidden => Tri::Unknown,
    }
}

/// With `audience` the claim is needed and compared; without it tokens that have one are refused, others pass.
fn pyjwt<'t>(reader: &mut Reader<'_, 't>, call: Node<'t>, defaults: Option<Node<'t>>) {
    let given = Options::of_call(reader.names, call);
    let mut setting = argument(call, &given, "options", 3);
    if setting == Setting::Absent
        && let Some(defaults) = defaults
    {
        setting = Setting::To(defaults);
    }
    // version 1: `decode(token, key, verify, algorithms)`
    let mut options = nested(reader, setting);
    // a map may be written where `algorithms` stands in version 2
    let third = call.args().nth(2).filter(|arg| matches!(arg.kind(), Kind::True | Kind::False));
    let verify = given.get(&["verify"]).value().or(third);
    let off = verify.is_some_and(|verify| reader.names.resolve(verify).kind() == Kind::False);
    if off || is_off(reader, &options, "verify_signature") {
        return decoded(reader, call);
    }
    // `options` of both kinds is rare, and what it sets is the same
    if options.open && setting == Setting::Absent {
        options.open = false;
    }
    let third_is_old = third.is_some();
    let Some(algorithm) = algorithms(reader, call, argument(call, &given, "algorithms", if third_is_old { 3 } else { 2 })) else { return };
    let audience = if is_off(reader, &options, "verify_aud") {
        Check::off("`audience`, and leave out `verify_aud`")
    } else {
        Check::new(is_set(reader, given.get(&["audience"])), "`audience`")
    };
    let issuer = if is_off(reader, &options, "verify_iss") {
        Check::off("`issuer`, and leave out `verify_iss`")
    } else {
        Check::new(is_set(reader, given.get(&["issuer"])), "`issuer`")
    };
    let expiry = if is_off(reader, &options, "verify_exp") {
        Check::off("leave out `verify_exp`")
    } else {
        let old = is_kind(reader, options.get(&["require_exp"]), Kind::True);
        let required = requires(reader, &options, "exp");
        Check::new(if old { Tri::Yes } else { required }, "`options={\"require\": [\"exp\"]}`")
    };
    reader.verification(call, Checks { audience, issuer, expiry, algorithm });
}

/// With `audience` tokens without the claim still pass, unless `require_aud` is set.
fn python_jose<'t>(reader: &mut Reader<'_, 't>, call: Node<'t>) {
    let given = Options::of_call(reader.names, call);
    let options = nested(reader, argument(call, &given, "options", 3));
    if is_off(reader, &options, "verify_signature") {
        return decoded(reader, call);
    }
    let Some(algorithm) = algorithms(reader, call, argument(call, &given, "algorithms", 2)) else { return };
    let needs = |name: &str| match options.get(&[name]) {
        Setting::To(value) => {
            if reader.names.resolve(value).kind() == Kind::True {
                Tri::Yes
            } else {
                Tri::Unknown
            }
        }
        Setting::Absent => Tri::No,
        Setting::Hidden => Tri::Unknown,
    };
    let compared = is_set(reader, argument(call, &given, "audience", 4));
    let audience = match (compared, needs("require_aud")) {
        _ if is_off(reader, &options, "verify_aud") => Check::off("`audience`, and leave out `verify_aud`"),
        (Tri::Yes, Tri::No) => Check::optional("`options={\"require_aud\": True}`"),
        (done, _) => Check::new(done, "`audience`"),
    };
    let issuer = if is_off(reader, &options, "verify_iss") {
        Check::off("`issuer`, and leave out `verify_iss`")
    } else {
        Check::new(is_set(reader, argument(call, &given, "issuer", 5)), "`issuer`")
    };
    let expiry = if is_off(reader, &options, "verify_exp") {
        Check::off("leave out `verify_exp`")
    } else {
        Check::new(needs("require_exp"), "`options={\"require_exp\": True}`")
    };
    reader.verification(call, Checks { audience, issuer, expiry, algorithm });
}

/// Claims are compared by `claims_options` when `validate` is called on what `decode` gives.
fn authlib<'t>(reader: &mut Reader<'_, 't>, call: Node<'t>, pinned: Tri) {
    let given = Options::of_call(reader.names, call);
    let options = nested(reader, argument(call, &given, "claims_options", 3));
    let algorithm = Check::new(pinned, "`JsonWebToken([…])` with the algorithms that you use");
    // a class of claims of one's own checks what it likes
    let own = argument(call, &given, "claims_cls", 2) != Setting::Absent;
    let claims = call.parent().filter(|parent| matches!(parent.kind(), Kind::Assign)).and_then(|parent| parent.child(Role::Left));
    let validated = match (call.parent(), claims) {
        (Some(parent), _) if parent.kind() == Kind::Member => parent.last_name() == Some("validate"),
        (_, Some(claims)) => reader.names.calls_in(home(call)).iter().any(|node| {
            !reader.names.spend(1)
                || node.callee_name().is_some_and(|name| name.starts_with("validate"))
                    && node.receiver().is_some_and(|receiver| receiver.text() == claims.text())
        }),
        // it goes elsewhere
        _ => true,
    };
    let claim = |name: &'static str, remedy, weak| {
        let setting = options.get(&[name]);
        let Setting::To(value) = setting else { return Check::new(is_set(reader, setting), remedy) };
        let wanted = Options::of(reader.names, value);
        let compared = is_set(reader, wanted.get(&["value"]))
            .or(is_set(reader, wanted.get(&["values"])))
            .or(is_set(reader, wanted.get(&["validate"])));
        let essential = match wanted.get(&["essential"]) {
            Setting::To(value) if reader.names.resolve(value).kind() == Kind::True => Tri::Yes,
            Setting::Absent => Tri::No,
            _ => Tri::Unknown,
        };
        match (name, compared, essential) {
            ("exp", _, essential) => Check::new(essential, remedy),
            (_, Tri::Yes, Tri::No) => Check::optional(weak),
            (_, compared, _) => Check::new(compared, remedy),
        }
    };
    let all = |check: Check| match (validated, own) {
        (_, true) => Check::UNKNOWN,
        (true, _) => check,
        (false, _) => Check::off("`validate()` on the claims, with `claims_options`"),
    };
    let checks = Checks {
        audience: all(claim("aud", "`aud` in `claims_options`, with `essential: True`", "`essential: True` beside the value")),
        issuer: all(claim("iss", "`iss` in `claims_options`, with `essential: True`", "`essential: True` beside the value")),
        expiry: all(claim("exp", "`exp` with `essential: True` in `claims_options`", "")),
        algorithm,
    };
    reader.verification(call, checks);
}

/// A token whose claims are read unverified, unless it is verified in the same function or only what selects a key is read.
fn decoded<'t>(reader: &mut Reader<'_, 't>, call: Node<'t>) {
    const HARMLESS: [&str; 3] = ["exp", "iat", "kid"];
    let token = call.args().find(|arg| arg.kind() != Kind::Keyword).map(Node::text).unwrap_or_default();
    let is_verified = reader.names.calls_in(home(call)).iter().copied().filter(|other| *other != call).any(|other| {
        if !reader.names.spend(1) {
            return true;
        }
        if !other.args().take(MAX_ARGS).any(|arg| arg.text() == token) {
            return false;
        }
        let name = other.callee_name().unwrap_or("").to_lowercase();
        if name == "decode" {
            let given = Options::of_call(reader.names, other);
            let options = nested(reader, given.get(&["options"]));
            return !is_off(reader, &options, "verify_signature") && !is_kind(reader, given.get(&["verify"]), Kind::False);
        }
        name.contains("verif") && !name.contains("unverif") || name.contains("validat")
    });
    let harmless = members_used(reader, call).is_some_and(|used| used.iter().all(|name| HARMLESS.contains(name)));
    if !is_verified && !harmless {
        reader.unverified(call, UNVERIFIED);
    }
}

/// The keys that are read of what a call gives; `None` where it goes elsewhere as a whole.
fn members_used<'t>(reader: &Reader<'_, 't>, call: Node<'t>) -> Option<Vec<&'t str>> {
    let key = |parent: Node<'t>, object: Node<'t>| match parent.kind() {
        Kind::Index if parent.child(Role::Object) == Some(object) => parent.last_name(),
        Kind::Member if parent.last_name() == Some("get") => parent.parent()?.args().next()?.string(),
        _ => None,
    };
    let parent = call.parent()?;
    if parent.kind() != Kind::Assign {
        return key(parent, call).map(|key| vec![key]);
    }
    let target = parent.child(Role::Left)?;
    let mut used = Vec::new();
    for node in reader.names.uses_in(home(call), target.text()).iter().copied().filter(|node| *node != target) {
        if !reader.names.spend(1) || node.role() == Role::Name {
            continue;
        }
        used.push(key(node.parent()?, node)?);
    }
    (!used.is_empty()).then_some(used)
}
