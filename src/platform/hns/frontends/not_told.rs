//! What a dump of HNS does not tell of frontends.

use rustc_hash::FxHashSet;

use crate::answer::frontend::{Area, Aspect, Face, Faces};
use crate::net::Protocol;
use crate::platform::hns::compare::HOW;
use crate::platform::hns::compare::fields::never_told;
use crate::platform::hns::compare::member::Member;
use crate::platform::hns::compare::side::{Balancer, BalancerKey, HnsSide};
use crate::platform::hns::model::{Address, Parts, Telling, protocol_number};

/// The parts of a load balancer that decide what it does at its frontend.
const DECIDING: [(Parts, &str); 2] =
    [(Parts::MEMBERS, "members"), (Parts::INTERNAL_PORT, "ports of endpoints")];

/// Those that decide where the other side does something else than a load balancer without them: what is zero is
/// often left out.
const BY_ASPECT: [(Parts, &str, Aspect); 3] = [
    (Parts::DSR, "direct server return", Aspect::Source),
    (Parts::DISTRIBUTION, "distribution types", Aspect::Affinity),
    (Parts::PORT_FLAGS, "flags of port mappings", Aspect::Settings),
];

/// Where there may be load balancers that the dump does not tell.
pub(super) fn name_gaps(side: &HnsSide, faces: &mut Faces) {
    if let Some(why) = &side.other_proxy {
        faces.lack(Area::All, Telling::NotTold, true, why);
    }
    match side.balancers_told {
        Telling::NotTold => {
            let what = "load balancers: the dump does not contain them";
            faces.lack(
                Area::All,
                Telling::NotTold,
                true,
                format!("{what}; add the output of Get-HnsPolicyList {HOW}"),
            );
        }
        Telling::InPart => {
            let what = "load balancers that are not in the dump: it contains only a part of them";
            faces.lack(
                Area::All,
                Telling::InPart,
                false,
                format!("{what}; dump all with Get-HnsPolicyList {HOW}"),
            );
        }
        Telling::Whole => {}
    }
    let (mut addresses, mut ports, mut has_neither) = (FxHashSet::default(), FxHashSet::default(), false);
    for balancer in side.balancers.iter().filter(|of| of.at().is_none() && of.key != BalancerKey::Portless) {
        let gaps = balancer.object.gaps;
        if gaps.tells(Parts::VIPS | Parts::PORTS) {
            continue;
        }
        let vip = balancer.object.frontend_vips.first();
        let mapping = balancer.object.port_mappings.first();
        let port = mapping.and_then(|of| {
            let all = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];
            let protocol = all.into_iter().find(|protocol| protocol_number(*protocol) == of.protocol)?;
            Some((protocol, of.external_port))
        });
        match (gaps.tells(Parts::VIPS), port.filter(|_| gaps.tells(Parts::PORTS))) {
            (true, _) => drop(addresses.insert(vip.and_then(Address::ip))),
            (false, Some(port)) => drop(ports.insert(port)),
            (false, None) => has_neither = true,
        }
    }
    let dump = format!("dump them with Get-HnsPolicyList {HOW}");
    if !addresses.is_empty() {
        let why = format!("ports of load balancers at these addresses: the dump leaves them out; {dump}");
        faces.lack(Area::Addresses(addresses), Telling::InPart, false, why);
    }
    if !ports.is_empty() {
        let why = format!("addresses of load balancers with these ports: the dump leaves them out; {dump}");
        faces.lack(Area::Ports(ports), Telling::InPart, false, why);
    }
    if has_neither {
        let why = format!("load balancers of which the dump leaves out addresses and ports; {dump}");
        faces.lack(Area::All, Telling::InPart, false, why);
    }
}

/// What of a load balancer the dump leaves out. What a form of dump never tells is known.
pub(super) fn name_parts(balancer: &Balancer, face: &mut Face) {
    let object = &balancer.object;
    if balancer.members.iter().any(Member::is_unknown) {
        face.lacks(format!(
            "which endpoints are members: the dump has their ids and not their addresses; add the output of \
             Get-HnsEndpoint {HOW}"
        ));
    }
    let is_left_out = |part: Parts| !never_told(object.detail).intersects(part) && !object.gaps.tells(part);
    let how = format!("not in the dump; dump load balancers with Get-HnsPolicyList {HOW}");
    for (part, name) in DECIDING {
        if is_left_out(part) {
            face.lacks(format!("{name}: {how}"));
        }
    }
    for (part, name, aspect) in BY_ASPECT {
        if is_left_out(part) {
            face.lacks_aspect(aspect, format!("{name}: {how}"));
        }
    }
}
