//! mTLS with SPIFFE that takes any identity: go-spiffe, java-spiffe, py-spiffe.

use super::{Reader, Spot};
use crate::syntax::source::{Kind, Language, Node, Role};

const ANY: &str = "lets every workload of the trust domains in";

pub(super) fn read(reader: &mut Reader<'_, '_>) {
    let language = reader.tree().language;
    let mut found = Vec::new();
    for call in reader.calls() {
        let spot = match language {
            Language::Go => go(reader, call),
            Language::Java => java(reader, call),
            Language::Python => python(reader, call),
            _ => None,
        };
        found.extend(spot);
    }
    if !found.is_empty() && authorizes_later(reader) {
        return;
    }
    if language == Language::Go {
        // a peer without authorization is a peer that nobody verified
        reader.out.tls.extend(found.iter().filter(|spot| spot.what.ends_with("AuthorizeAny")).cloned());
    }
    reader.out.authorize_any.extend(found);
}

/// Whether the file takes the peer's ID from the connection: it is authorized there.
fn authorizes_later(reader: &Reader<'_, '_>) -> bool {
    reader.calls().any(|call| call.callee_name().is_some_and(|name| name.starts_with("PeerIDFrom")))
}

fn go<'t>(reader: &Reader<'_, 't>, call: Node<'t>) -> Option<Spot> {
    let name = call.callee_name()?;
    if !matches!(name, "AuthorizeAny" | "AdaptMatcher" | "ExpectAnyPeer" | "MatchAny" | "ParseInsecure") {
        return None;
    }
    let path = reader.names.callee(call)?;
    if !path.starts_with("github.com/spiffe/go-spiffe") {
        return None;
    }
    match name {
        "AuthorizeAny" | "ExpectAnyPeer" => Some(reader.spot(call, super::called(call), ANY)),
        "AdaptMatcher" => {
            let matcher = call.args().next()?;
            let any = reader.names.resolve(matcher).callee_name() == Some("MatchAny");
            (any || reader.names.functions_of(matcher).first().is_some_and(|function| returns_nil(*function)))
                .then(|| reader.spot(call, super::called(call), ANY))
        }
        _ => None,
    }
}

/// A function whose body is `return nil`.
fn returns_nil(function: Node<'_>) -> bool {
    let Some(body) = function.child(Role::Body) else { return false };
    let meaningful = |node: &Node<'_>| !matches!(node.kind(), Kind::Block | Kind::Several | Kind::Other);
    let kinds: Vec<Kind> = body.descendants().filter(meaningful).map(Node::kind).collect();
    kinds == [Kind::Return, Kind::Null]
}

fn java<'t>(reader: &Reader<'_, 't>, call: Node<'t>) -> Option<Spot> {
    let names = reader.names;
    match call.callee_name() {
        Some("acceptAnySpiffeId") if names.imports_any(&["io.spiffe", "spiffe."]) => {
            let off = call.args().next().is_some_and(|arg| names.resolve(arg).kind() != Kind::True);
            (!off).then(|| reader.spot(call, "acceptAnySpiffeId", ANY))
        }
        Some("engineGetTrustManagersAcceptAnySpiffeId") if names.imports_any(&["io.spiffe"]) => {
            Some(reader.spot(call, super::called(call), ANY))
        }
        Some("setProperty") => {
            let mut args = call.args();
            let is = args.next()?.string() == Some("ssl.spiffe.acceptAll") && args.next()?.string() == Some("true");
            is.then(|| reader.spot(call, "ssl.spiffe.acceptAll", ANY))
        }
        _ if call.kind() == Kind::New && names.callee(call)?.ends_with("spiffe.provider.SpiffeTrustManager") => {
            let any = call.args().nth(1).is_some_and(|arg| names.resolve(arg).kind() == Kind::True);
            any.then(|| reader.spot(call, super::called(call), ANY))
        }
        _ => None,
    }
}

fn python<'t>(reader: &Reader<'_, 't>, call: Node<'t>) -> Option<Spot> {
    (call.callee_name()? == "authorize_any").then_some(())?;
    let path = reader.names.callee(call)?;
    (path.starts_with("spiffetls") || path.starts_with("pyspiffe") || path.starts_with("spiffe"))
        .then(|| reader.spot(call, super::called(call), ANY))
}
