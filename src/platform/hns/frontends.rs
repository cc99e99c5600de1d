//! What load balancers do at a frontend.

mod not_told;

use std::net::SocketAddr;

use crate::answer::artifact::Artifact;
use crate::answer::change::Standing;
use crate::answer::directory::Directory;
use crate::answer::frontend::{Aspect, Faces};
use crate::platform::hns::Hns;
use crate::platform::hns::compare::fields::words;
use crate::platform::hns::compare::member::{Member, MemberName};
use crate::platform::hns::compare::side::{Balancer, HnsSide};
use crate::platform::hns::flag_words::NumberKind;
use crate::platform::hns::model::{Detail, Distribution, LoadBalancerFlags, Parts, PortFlags};
use crate::platform::{Objects, Platform};
use crate::scope::Selector;

impl Objects for HnsSide {
    fn platform(&self) -> &'static dyn Platform {
        &Hns
    }

    fn standing(&self) -> Standing {
        self.standing
    }

    fn frontends(&self) -> Faces {
        faces(self)
    }

    fn artifacts(&self) -> Vec<Artifact> {
        self.artifacts()
    }

    fn labelled_artifacts(&self, directory: &Directory<'_>) -> Vec<Artifact> {
        self.labelled_artifacts(directory)
    }

    fn restrict(&mut self, _: &dyn Objects, directory: &Directory<'_>, selector: &Selector) {
        self.keep_selected(directory, selector);
    }
}

/// All frontends that have a port.
pub(crate) fn faces(side: &HnsSide) -> Faces {
    let mut faces = Faces::default();
    not_told::name_gaps(side, &mut faces);
    for balancer in &side.balancers {
        let Some(at) = balancer.at() else { continue };
        let face = faces.entry(at).or_default();
        not_told::name_parts(balancer, face);
        let id = balancer.object.id.map(|id| id.to_string().chars().take(8).collect::<String>());
        face.say(Aspect::Entry, format!("load balancer {}", id.unwrap_or_default()).trim_end());
        let mapping = balancer.object.port_mappings.first().copied().unwrap_or_default();
        for member in &balancer.members {
            let port =
                Some(mapping.internal_port).filter(|_| balancer.object.gaps.tells(Parts::INTERNAL_PORT));
            let endpoint = endpoint(member, port);
            let place = match (&member.name, member.is_remote) {
                (MemberName::Dangling(_), _) => "none",
                (_, Some(true)) => "remote",
                (_, Some(false)) => "local",
                (MemberName::Unknown(_), None) => "?",
                // The JSON of HCN leaves out flags that are zero.
                (_, None) if balancer.object.detail == Detail::Full => "local",
                (_, None) => "?",
            };
            let is_unknown = member.is_unknown() || port.is_none();
            let aspect = if is_unknown { Aspect::UnknownEndpoint } else { Aspect::Endpoint };
            face.say(aspect(endpoint.clone()), format!("{place:6}  {endpoint}"));
        }
        face.say(Aspect::Source, source(balancer));
        if mapping.distribution == Distribution::SOURCE_IP {
            face.say(Aspect::Affinity, "session affinity without a timeout");
        } else if !mapping.distribution.is_tuple() {
            face.say(Aspect::Affinity, words(NumberKind::Distribution, mapping.distribution.0));
        }
        let known = match balancer.object.detail {
            Detail::Full => PortFlags::all(),
            Detail::OldSchema | Detail::Table => PortFlags::ILB | PortFlags::LOCAL_ROUTED_VIP,
        };
        let flags = mapping.flags & known;
        if !flags.is_empty() {
            face.say(Aspect::Settings, words(NumberKind::Port, flags.bits()));
        }
    }
    faces
}

fn endpoint(member: &Member, port: Option<u16>) -> String {
    match (member.ip(), port) {
        (Some(ip), Some(port)) => SocketAddr::new(ip, port).to_string(),
        (None, Some(port)) => format!("{}:{port}", member.name),
        (_, None) => format!("{} at a port that is not known", member.name),
    }
}

fn source(balancer: &Balancer) -> String {
    let object = &balancer.object;
    if object.flags.contains(LoadBalancerFlags::DSR) {
        return "the client's, direct server return".to_owned();
    }
    match &object.source_vip {
        Some(vip) => format!("SNAT to {}", crate::name::printable(&vip.to_string())),
        None => "SNAT, address chosen by HNS".to_owned(),
    }
}
