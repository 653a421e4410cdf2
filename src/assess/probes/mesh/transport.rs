//! The mutual TLS that is in force on the ports of a workload.

use super::{Case, Member, linkerd};
use crate::assess::fact::Fact;
use crate::assess::observe::Observer;
use crate::assess::status::Strength;
use crate::model::effective::Mode;
use crate::model::mesh::MtlsMode;

pub(super) fn observe(observer: &mut Observer<'_>, case: &Case<'_>) {
    match &case.member {
        Member::Sidecar(_) | Member::Ambient(_) => istio(observer, case),
        Member::Linkerd(at) => {
            let (reach, who) = (case.workload.reach(), case.workload.subject.clone());
            observer.note(Fact::MtlsActive, who.clone(), &reach, at.as_ref(), "Linkerd's mutual TLS");
            observer.note(Fact::HopEncrypted, who.with_part("mesh"), &reach, at.as_ref(), "Linkerd's mutual TLS");
            linkerd::strictness(observer, case);
        }
        Member::Other(at, _) => {
            let detail = "it has an identity of its own; where its connections demand one is not in sight";
            observer.note(Fact::MtlsElsewhere, case.workload.subject.clone(), &case.workload.reach(), Some(at), detail);
        }
        Member::Excluded(..) | Member::Unseen | Member::Absent => {}
    }
}

fn istio(observer: &mut Observer<'_>, case: &Case<'_>) {
    let reach = case.workload.reach();
    let who = || case.workload.subject.clone();
    let found = case.view.effective.mtls(case.own);
    let is_ambient = matches!(case.member, Member::Ambient(_));
    let Mode { mode, at } = &found.mode;
    let at = at.as_ref();
    match mode {
        MtlsMode::Unknown => {
            observer.note(Fact::MtlsUnseen, who(), &reach, at, "which policy is in force cannot be told");
            return;
        }
        // ztunnel knows no such mode
        MtlsMode::Disable if !is_ambient => {
            observer.add(Fact::MtlsDisabled, who(), &reach, at, "mutual TLS is switched off");
            return;
        }
        mode => {
            let detail = format!("mutual TLS is {}", mode.as_str());
            let observation = observer.add(Fact::MtlsActive, who(), &reach, at, detail.clone());
            if at.is_none() && !is_ambient {
                // the product's own mode: clients with a sidecar use it, none is refused
                observation.strength = Strength::INFERRED;
            } else {
                observer.note(Fact::HopEncrypted, who().with_part("mesh"), &reach, at, detail);
            }
        }
    }
    let is_served = |port: &str| case.ports.is_empty() || case.ports.iter().any(|own| own == port);
    let of = |wanted: &[MtlsMode]| found.ports.iter().find(|(port, mode)| is_served(port) && wanted.contains(&mode.mode));
    if let Some((port, mode)) = of(&[MtlsMode::Disable]).filter(|_| !is_ambient) {
        observer.add(Fact::MtlsDisabled, who(), &reach, mode.at.as_ref(), format!("mutual TLS is switched off on port {port}"));
    } else if let Some((port, mode)) = of(&[MtlsMode::Permissive, MtlsMode::Disable]) {
        let detail = format!("mutual TLS is {} on port {port}", mode.mode.as_str());
        observer.add(Fact::MtlsNotStrict, who(), &reach, mode.at.as_ref(), detail);
    } else if of(&[MtlsMode::Unknown]).is_some() {
        observer.note(Fact::MtlsUnseen, who(), &reach, None, "the mode of a port cannot be told");
    } else if *mode == MtlsMode::Strict {
        observer.note(Fact::MtlsStrict, who(), &reach, at, "mutual TLS is STRICT");
    } else if case.view.effective.denies_plaintext(case.own).is_yes() {
        observer.note(Fact::MtlsStrict, who(), &reach, at, "a policy denies every caller without a certificate");
    } else if !case.serves {
        // what takes no requests refuses none
    } else if at.is_some() || !case.view.mesh.peer_authentications.is_empty() {
        let detail = if at.is_some() { "mutual TLS is PERMISSIVE" } else { "no policy demands mutual TLS: the default is PERMISSIVE" };
        observer.add(Fact::MtlsNotStrict, who(), &reach, at, detail);
    } else {
        observer.note(Fact::MtlsElsewhere, who(), &reach, None, "no policy about mutual TLS is in sight");
    }
}
