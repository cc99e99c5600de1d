//! What addresses, listeners and firewall rules do at a frontend.

use std::net::{IpAddr, SocketAddr};

use rustc_hash::FxHashMap;

use crate::answer::artifact::Artifact;
use crate::answer::change::Standing;
use crate::answer::directory::Directory;
use crate::answer::frontend::{Area, Aspect, Faces, FrontendAt};
use crate::answer::telling::Telling;
use crate::name::printable;
use crate::net::{Family, Protocol};
use crate::platform::netsh::Netsh;
use crate::platform::netsh::Tellings;
use crate::platform::netsh::compare::{NetshSide, listened};
use crate::platform::netsh::model::{Endpoints, FirewallRule, Host, Object, Relay, Remote, Transport};
use crate::platform::{Objects, Platform};
use crate::scope::Selector;

impl Objects for NetshSide {
    fn platform(&self) -> &'static dyn Platform {
        &Netsh
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

    fn restrict(&mut self, other: &dyn Objects, directory: &Directory<'_>, selector: &Selector) {
        self.keep_selected(other.typed(), directory, selector);
    }
}

/// All frontends that something listens at. An address by itself serves no port.
pub(crate) fn faces(side: &NetshSide) -> Faces {
    let mut faces = Faces::default();
    let objects = || side.objects.iter().map(|owned| &owned.object);
    for object in objects() {
        let Object::PortProxy(proxy) = object else { continue };
        let listener = &proxy.listener;
        let at = FrontendAt {
            address: listened(listener),
            port: listener.port,
            protocol: Protocol::Tcp,
            family: listener.relay.from,
        };
        let face = faces.entry(at).or_default();
        face.say(Aspect::Entry, format!("listener {}", listener.relay.as_str()));
        let endpoint = match &proxy.connect.host {
            Host::Ip(ip) => SocketAddr::new(*ip, proxy.connect.port).to_string(),
            Host::Name(name) => format!("{}:{}", printable(name.as_str()), proxy.connect.port),
        };
        face.say(Aspect::Endpoint(endpoint.clone()), format!("all   {endpoint}"));
        face.say(Aspect::Source, "the node's");
    }
    let mut interfaces: FxHashMap<IpAddr, &str> = FxHashMap::default();
    let mut allowed: FxHashMap<(Option<IpAddr>, u16), String> = FxHashMap::default();
    for object in objects() {
        match object {
            Object::Address(address) => {
                interfaces.insert(address.address.ip(), address.interface.as_str());
            }
            Object::Firewall(rule @ FirewallRule { protocol: Transport::Tcp, .. }) => {
                let Remote::Only(only) = &rule.remote else { continue };
                let only: Vec<String> = only.iter().map(range).collect();
                allowed.insert((rule.local_ip, rule.local_port), only.join(", "));
            }
            _ => {}
        }
    }
    let tellings = side.captured.as_ref().map(|captured| &captured.tellings);
    for (at, face) in faces.iter_mut() {
        if let Some(interface) = at.address.and_then(|ip| interfaces.get(&ip)) {
            face.say(Aspect::Settings, format!("address on {}", printable(interface)));
        } else if at.address.is_some() && tellings.is_some_and(|of| !of.has_active_addresses(at.family)) {
            let [ip, _] = words(at.family);
            face.lacks(format!(
                "whether the node has the address of a listener: add the output of netsh interface {ip} show addresses"
            ));
        }
        if let Some(only) = allowed.get(&(at.address, at.port)).or_else(|| allowed.get(&(None, at.port))) {
            face.say(Aspect::Clients, format!("only from {only}"));
        }
    }
    if let Some(tellings) = tellings {
        name_gaps(tellings, &mut faces);
    }
    faces
}

/// Where there may be listeners that no text tells. All of them are for TCP.
fn name_gaps(tellings: &Tellings, faces: &mut Faces) {
    for family in Family::ALL {
        let [_, relay] = words(family);
        let telling = tellings.of_listeners(Relay { from: family, to: family });
        let what = match telling {
            Telling::Whole => continue,
            Telling::InPart => "some cannot be read; dump them again with",
            Telling::NotTold => "the dump does not contain them; add the output of",
        };
        let why = format!("listeners {relay}: {what} netsh interface portproxy show all");
        faces.lack(Area::Transport(family, Protocol::Tcp), telling, false, why);
    }
}

/// What netsh calls a family, and a listener of it.
fn words(family: Family) -> [&'static str; 2] {
    match family {
        Family::Ipv4 => ["ipv4", "v4tov4"],
        Family::Ipv6 => ["ipv6", "v6tov6"],
    }
}

fn range(endpoints: &Endpoints) -> String {
    match endpoints {
        Endpoints::Net(net) => net.to_string(),
        Endpoints::Range(first, last) => format!("{first}-{last}"),
    }
}
