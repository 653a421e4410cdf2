//! TLS whose peer is not verified.

use super::names::pair_value;
use super::options::{Options, Setting};
use super::{Reader, Spot};
use crate::syntax::source::{Kind, Language, Node, Role};

const OFF: &str = "turns the verification of certificates off";
const ANY_HOST: &str = "takes a certificate of any host";
const ANY_CERTIFICATE: &str = "takes any certificate";

pub(super) fn read(reader: &mut Reader<'_, '_>) {
    let mut found = Vec::new();
    let language = reader.tree().language;
    for node in reader.tree().nodes() {
        let spot = match language {
            Language::Go => go(reader, node),
            Language::Java => java(reader, node),
            Language::Python => python(reader, node),
            _ => script(reader, node),
        };
        // more may be there than was looked at
        if reader.names.is_exhausted() {
            break;
        }
        found.extend(spot);
    }
    reader.out.tls.extend(found);
}

/// Whether an `if` around a node asks whether verification is to be skipped: then the caller decides.
fn is_asked_for<'t>(reader: &Reader<'_, 't>, node: Node<'t>) -> bool {
    const MAX_CONDITION: u32 = 2048;
    node.ancestors()
        .take_while(|above| reader.names.spend(1) && above.kind() != Kind::Function)
        .filter(|above| matches!(above.kind(), Kind::If | Kind::Ternary))
        .any(|test| {
            let condition = test.child(Role::Condition).or_else(|| test.children().next());
            if condition.is_some_and(|condition| condition.span().len() > MAX_CONDITION) {
                return true;
            }
            let text = condition.map(|condition| condition.text().to_lowercase()).unwrap_or_default();
            ["insecure", "skip", "verify", "unauthorized", "node_env", "development"].iter().any(|word| text.contains(word))
        })
}

fn go<'t>(reader: &Reader<'_, 't>, node: Node<'t>) -> Option<Spot> {
    const FIELD: &str = "InsecureSkipVerify";
    let names = reader.names;
    match node.kind() {
        Kind::Pair if node.key() == Some(FIELD) => {
            let value = names.resolve(pair_value(node)?);
            let literal = node.parent()?;
            // another type's field of that name is its own affair
            let of = literal.parent().filter(|above| above.kind() == Kind::Composite).and_then(|above| above.child(Role::Type));
            let is_tls = match of {
                Some(of) => names.path(of).is_some_and(|path| path == "crypto/tls.Config"),
                None => names.imports_any(&["crypto/tls"]),
            };
            let composite = literal.parent().filter(|above| above.kind() == Kind::Composite).unwrap_or(literal);
            (value.kind() == Kind::True && is_tls && !verifies_itself(reader, composite) && !is_asked_for(reader, node))
                .then(|| reader.spot(node, "InsecureSkipVerify: true", OFF))
        }
        Kind::Assign => {
            let (left, right) = (single(node.child(Role::Left)?), single(node.child(Role::Right)?));
            if left.kind() != Kind::Member || left.last_name() != Some(FIELD) || names.resolve(right).kind() != Kind::True {
                return None;
            }
            let object = left.child(Role::Object)?.text();
            let also = |name: &str| {
                let mut settings = names.settings_of(object).into_iter().flatten();
                settings.any(|(_, member, _)| !names.spend(1) || member.last_name() == Some(name))
            };
            (names.imports_any(&["crypto/tls", "net/http"])
                && !also("VerifyPeerCertificate")
                && !also("VerifyConnection")
                && !is_asked_for(reader, node))
            .then(|| reader.spot(node, "InsecureSkipVerify = true", OFF))
        }
        _ => None,
    }
}

/// One side of an assignment of one value.
fn single(node: Node<'_>) -> Node<'_> {
    if node.kind() == Kind::Several { node.children().next().unwrap_or(node) } else { node }
}

/// Whether a `tls.Config` has a verification of its own.
fn verifies_itself<'t>(reader: &Reader<'_, 't>, composite: Node<'t>) -> bool {
    const OWN: [&str; 2] = ["VerifyPeerCertificate", "VerifyConnection"];
    let options = Options::of(reader.names, composite);
    if OWN.iter().any(|name| matches!(options.get(&[name]), Setting::To(_))) {
        return true;
    }
    // `config.VerifyConnection = …` later
    let variable = composite.ancestors().take(3).find(|above| matches!(above.kind(), Kind::Assign | Kind::Declare));
    let target = variable.and_then(|above| above.child(Role::Left).or_else(|| above.child(Role::Name))).map(single);
    let Some(name) = target.map(Node::text).filter(|name| !name.is_empty()) else { return false };
    let mut settings = reader.names.settings_of(name).into_iter().flatten();
    settings.any(|(_, member, _)| !reader.names.spend(1) || member.last_name().is_some_and(|member| OWN.contains(&member)))
}

/// Where the call starts whose argument a pair is, through maps in maps; else the pair itself.
fn call_of(pair: Node<'_>) -> Node<'_> {
    const MAX_DEPTH: usize = 64;
    for above in pair.ancestors().take(MAX_DEPTH) {
        match above.kind() {
            Kind::Map | Kind::Pair | Kind::Arguments => {}
            Kind::Call | Kind::New => return above,
            _ => return pair,
        }
    }
    pair
}

fn script<'t>(reader: &Reader<'_, 't>, node: Node<'t>) -> Option<Spot> {
    let names = reader.names;
    match node.kind() {
        Kind::Pair => {
            let key = node.key()?;
            if !matches!(key, "rejectUnauthorized" | "checkServerIdentity" | "strictSSL") {
                return None;
            }
            let value = names.resolve(pair_value(node)?);
            let call = call_of(node);
            let what = match key {
                "rejectUnauthorized" if value.kind() == Kind::False => "rejectUnauthorized: false",
                "strictSSL" if value.kind() == Kind::False && names.imports_any(&["request"]) => "strictSSL: false",
                "checkServerIdentity" if does_nothing(value) => {
                    return Some(reader.spot(call, "checkServerIdentity", ANY_HOST));
                }
                _ => return None,
            };
            // the server asks for client certificates and looks at them itself
            let is_server = call.callee_name().is_some_and(|name| name.starts_with("createS") && name.contains("erver"));
            if is_server {
                let asks = node
                    .parent()
                    .is_some_and(|map| map.children().take_while(|_| names.spend(1)).any(|pair| pair.key() == Some("requestCert")));
                let looks = ["authorized", "getPeerCertificate"].iter().any(|name| {
                    let mut uses = names.uses_in(reader.tree().root(), name).iter();
                    uses.any(|name| !names.spend(1) || name.parent().is_some_and(|parent| parent.kind() == Kind::Member))
                });
                if !asks || looks {
                    return None;
                }
            }
            (!is_asked_for(reader, node)).then(|| reader.spot(call, what, OFF))
        }
        Kind::Assign => {
            let left = node.child(Role::Left)?;
            let right = names.resolve(node.child(Role::Right)?);
            match left.last_name().filter(|_| matches!(left.kind(), Kind::Member | Kind::Index))? {
                "NODE_TLS_REJECT_UNAUTHORIZED" => {
                    let zero =
                        right.string() == Some("0") || right.kind() == Kind::Number && right.text() == "0" || right.kind() == Kind::False;
                    (zero && !is_asked_for(reader, node)).then(|| reader.spot(node, "NODE_TLS_REJECT_UNAUTHORIZED", OFF))
                }
                "rejectUnauthorized" if right.kind() == Kind::False && !is_asked_for(reader, node) => {
                    Some(reader.spot(node, "rejectUnauthorized = false", OFF))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// A function that returns nothing, or nothing but a constant.
fn does_nothing(function: Node<'_>) -> bool {
    if function.kind() != Kind::Function {
        return false;
    }
    let Some(body) = function.child(Role::Body) else { return false };
    let harmless = |node: Node<'_>| matches!(node.kind(), Kind::Block | Kind::Return | Kind::Null | Kind::True);
    harmless(body) && body.descendants().all(harmless)
}

fn python<'t>(reader: &Reader<'_, 't>, node: Node<'t>) -> Option<Spot> {
    let names = reader.names;
    match node.kind() {
        Kind::Keyword => {
            let key = node.key()?;
            let value = names.resolve(pair_value(node)?);
            let call = node.ancestors().take(2).find(|above| above.kind() == Kind::Call)?;
            let none = || value.string() == Some("CERT_NONE") || value.last_name() == Some("CERT_NONE");
            let off = value.kind() == Kind::False;
            let (what, why) = match key {
                "verify" if off && is_request(reader, call) => ("verify=False", OFF),
                "ssl" | "verify_ssl" if off && names.imports_any(&["aiohttp"]) && !is_tool(reader, call) => {
                    (if key == "ssl" { "ssl=False" } else { "verify_ssl=False" }, OFF)
                }
                "cert_reqs" if none() => ("cert_reqs=CERT_NONE", OFF),
                "assert_hostname" if off && names.imports_any(&["urllib3", "requests"]) => ("assert_hostname=False", ANY_HOST),
                _ => return None,
            };
            (!is_asked_for(reader, node)).then(|| reader.spot(call, what, why))
        }
        Kind::Call => {
            let name = node.callee_name()?;
            let path = || names.callee(node);
            match name {
                "_create_unverified_context" if path()? == "ssl._create_unverified_context" && !is_asked_for(reader, node) => {
                    Some(reader.spot(node, "ssl._create_unverified_context", OFF))
                }
                _ => None,
            }
        }
        Kind::Assign => {
            let (left, right) = (node.child(Role::Left)?, node.child(Role::Right)?);
            if left.kind() != Kind::Member || is_asked_for(reader, node) {
                return None;
            }
            let value = names.resolve(right);
            match left.last_name()? {
                "_create_default_https_context" if right.last_name() == Some("_create_unverified_context") => {
                    Some(reader.spot(node, "ssl._create_default_https_context", OFF))
                }
                "verify_mode" if value.last_name() == Some("CERT_NONE") => Some(reader.spot(node, "verify_mode = CERT_NONE", OFF)),
                "check_hostname" if value.kind() == Kind::False && names.imports_any(&["ssl"]) && !reports_mode(reader, node) => {
                    Some(reader.spot(node, "check_hostname = False", ANY_HOST))
                }
                // `session.verify = False`
                "verify" if value.kind() == Kind::False && is_session(reader, left.child(Role::Object)?) => {
                    Some(reader.spot(node, "verify = False", OFF))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether the same function also sets `verify_mode` to `CERT_NONE`, which needs `check_hostname` to be off first: one finding is
/// enough.
fn reports_mode<'t>(reader: &Reader<'_, 't>, node: Node<'t>) -> bool {
    let object = node.child(Role::Left).and_then(|left| left.child(Role::Object)).map_or("", Node::text);
    let home = super::claims::home(node);
    reader.names.settings_of(object).into_iter().flatten().any(|(other, member, value)| {
        !reader.names.spend(1)
            || home.holds(other) && member.last_name() == Some("verify_mode") && value.and_then(Node::last_name) == Some("CERT_NONE")
    })
}

/// Whether a call is one of requests or httpx, or of something that the file makes of them.
fn is_request<'t>(reader: &Reader<'_, 't>, call: Node<'t>) -> bool {
    const CLIENTS: [&str; 2] = ["requests", "httpx"];
    let path = reader.names.callee(call);
    if path.as_deref().is_some_and(|path| CLIENTS.iter().any(|client| path == *client || path.starts_with(&format!("{client}.")))) {
        return true;
    }
    const METHODS: [&str; 11] = ["get", "post", "put", "patch", "delete", "head", "options", "request", "stream", "send", "Session"];
    reader.names.imports_any(&CLIENTS) && path.is_none() && call.callee_name().is_some_and(|name| METHODS.contains(&name))
}

/// Whether something is, by its name or by what the file makes it of, a session of requests or httpx.
fn is_session<'t>(reader: &Reader<'_, 't>, object: Node<'t>) -> bool {
    if !reader.names.imports_any(&["requests", "httpx"]) {
        return false;
    }
    let made = reader.names.resolve(object);
    let name = object.last_name().unwrap_or("").to_lowercase();
    made.kind() == Kind::Call && reader.names.callee(made).is_some_and(|path| path.starts_with("requests") || path.starts_with("httpx"))
        || matches!(name.as_str(), "session" | "s" | "http" | "client" | "_session")
}

/// Whether a call with `ssl=False` is not about HTTP clients.
fn is_tool<'t>(reader: &Reader<'_, 't>, call: Node<'t>) -> bool {
    const NAMES: [&str; 12] =
        ["get", "post", "put", "patch", "delete", "head", "options", "request", "ws_connect", "TCPConnector", "ClientSession", "_request"];
    let of_aiohttp = reader.names.callee(call).is_some_and(|path| path.starts_with("aiohttp"));
    !of_aiohttp && !call.callee_name().is_some_and(|name| NAMES.contains(&name))
}

fn java<'t>(reader: &Reader<'_, 't>, node: Node<'t>) -> Option<Spot> {
    match node.kind() {
        Kind::Function => {
            // a lambda has no name
            let name = node.child(Role::Name)?;
            let in_class = node.parent().filter(|parent| parent.kind() == Kind::ClassBody)?;
            let holder = in_class.parent()?;
            let of = match holder.kind() {
                Kind::New => holder.child(Role::Type)?.text(),
                Kind::Class => {
                    holder.children().filter(|child| child.kind() == Kind::Heritage).map(Node::text).find(|text| is_trust_type(text))?
                }
                _ => return None,
            };
            if !matches!(name.text(), "checkServerTrusted" | "verify") || !reader.names.spend(1 + of.len() / 64) || !is_trust_type(of) {
                return None;
            }
            let what = shortened_type(of);
            let at = if holder.kind() == Kind::New { holder } else { name };
            let body = node.child(Role::Body)?;
            match name.text() {
                "checkServerTrusted" if is_empty(body) => Some(reader.spot(at, what, ANY_CERTIFICATE)),
                "verify" if of.contains("HostnameVerifier") && returns_true(body) => Some(reader.spot(at, what, ANY_HOST)),
                _ => None,
            }
        }
        Kind::Call => {
            let name = node.callee_name()?;
            const MAX_ARG: u32 = 256;
            let short = || node.args().filter(|arg| arg.span().len() <= MAX_ARG);
            let lambda = || node.args().map(|arg| reader.names.resolve(arg)).find(|arg| arg.kind() == Kind::Function);
            match name {
                "setHostnameVerifier"
                | "setDefaultHostnameVerifier"
                | "hostnameVerifier"
                | "setSSLHostnameVerifier"
                | "sslHostnameVerifier" => {
                    let none = short().any(|arg| {
                        ["NoopHostnameVerifier", "ALLOW_ALL_HOSTNAME_VERIFIER", "AllowAllHostnameVerifier"]
                            .iter()
                            .any(|word| arg.text().contains(word))
                    });
                    let yes = lambda()
                        .is_some_and(|lambda| lambda.child(Role::Body).is_some_and(returns_true) && lambda.child(Role::Name).is_none());
                    (none || yes).then(|| reader.spot(node, name, ANY_HOST))
                }
                "loadTrustMaterial" => {
                    let all = short().any(|arg| arg.text().contains("TrustAllStrategy"));
                    let yes = lambda().is_some_and(|lambda| lambda.child(Role::Body).is_some_and(returns_true));
                    (all || yes).then(|| reader.spot(node, name, ANY_CERTIFICATE))
                }
                "trustManager" if node.args().any(|arg| arg.text().starts_with("InsecureTrustManagerFactory.")) => {
                    Some(reader.spot(node, "InsecureTrustManagerFactory", ANY_CERTIFICATE))
                }
                _ => None,
            }
        }
        // `HostnameVerifier all = (host, session) -> true;`
        Kind::Declare => {
            let value = node.child(Role::Value).filter(|value| value.kind() == Kind::Function)?;
            let of = node.parent()?.child(Role::Type)?;
            (of.text() == "HostnameVerifier" && value.child(Role::Body).is_some_and(returns_true))
                .then(|| reader.spot(value, "HostnameVerifier", ANY_HOST))
        }
        _ => None,
    }
}

fn is_trust_type(text: &str) -> bool {
    ["X509TrustManager", "X509ExtendedTrustManager", "HostnameVerifier", "TrustManager"].iter().any(|name| text.contains(name))
}

fn shortened_type(text: &str) -> &str {
    let names = ["X509ExtendedTrustManager", "X509TrustManager", "HostnameVerifier"];
    names.into_iter().find(|name| text.contains(name)).unwrap_or("TrustManager")
}

/// A body without statements, or with nothing but `return`.
fn is_empty(body: Node<'_>) -> bool {
    body.kind() == Kind::Block && body.children().all(|child| child.kind() == Kind::Return && child.children().next().is_none())
}

fn returns_true(body: Node<'_>) -> bool {
    match body.kind() {
        Kind::True => true,
        Kind::Block => {
            let mut statements = body.children();
            let only = statements.next().filter(|first| first.kind() == Kind::Return);
            statements.next().is_none() && only.and_then(|only| only.children().next()).is_some_and(|value| value.kind() == Kind::True)
        }
        _ => false,
    }
}
