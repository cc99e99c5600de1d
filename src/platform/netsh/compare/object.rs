//! One object of netsh in the words of a comparison: its kind, name and fields, and what its change means.

use crate::answer::change::{self, Defect, ObjectChange, ObjectKind, Verb, Weight};
use crate::name::printable;
use crate::platform::netsh::arguments;
use crate::platform::netsh::model::{Assigned, Listen, Object};

/// The arguments of an object, with what Windows fills in.
pub(super) fn filled_arguments(object: &Object) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> =
        arguments(object).into_iter().map(|(tag, value)| (tag, printable(&value))).collect();
    if let Object::Address(address) = object {
        found.retain(|(tag, _)| tag != "mask" && tag != "address");
        let net = address.address.net();
        found.push(("address".to_owned(), net.addr().to_string()));
        let mask = match address.address {
            Assigned::Bare(_) | Assigned::InNet(_) if net.addr().is_ipv4() => net.netmask().to_string(),
            _ => format!("/{}", net.prefix_len()),
        };
        found.push(("mask".to_owned(), mask));
    }
    found
}

/// What kind of object it is.
pub(super) fn kind(object: &Object) -> ObjectKind {
    match object {
        Object::Address(_) => ObjectKind::Address,
        Object::PortProxy(_) => ObjectKind::Listener,
        Object::Firewall(_) => ObjectKind::FirewallRule,
        Object::Route(_) | Object::Interface(_) => ObjectKind::Route,
    }
}

/// What it is called in answers.
pub(super) fn name(object: &Object) -> String {
    match object {
        Object::Address(address) => {
            format!("{} on {}", address.address.ip(), printable(address.interface.as_str()))
        }
        Object::PortProxy(proxy) => {
            let listener = &proxy.listener;
            let address = match &listener.address {
                Listen::Any => "*".to_owned(),
                Listen::Ip(ip @ std::net::IpAddr::V6(_)) => format!("[{ip}]"),
                Listen::Ip(ip) => ip.to_string(),
                Listen::Name(name) => printable(name.as_str()),
            };
            format!("{address}:{} {}", listener.port, listener.relay.as_str())
        }
        Object::Firewall(rule) => format!("{} port {}", printable(rule.name.as_str()), rule.local_port),
        Object::Route(route) => format!("to {}", route.prefix),
        Object::Interface(settings) => printable(settings.interface.as_str()),
    }
}

/// What a listener does, wherever it listens.
pub(super) fn deed(object: &Object) -> Option<String> {
    match object {
        Object::PortProxy(proxy) => Some(format!("{:?}", proxy.connect)),
        _ => None,
    }
}

/// Where it is, whatever it does there.
pub(super) fn place(object: &Object) -> Option<String> {
    match object {
        Object::Address(address) => Some(address.address.ip().to_string()),
        Object::PortProxy(proxy) => Some(format!("{:?}", proxy.listener)),
        Object::Firewall(rule) => Some(format!("{:?} {}", rule.local_ip, rule.local_port)),
        Object::Route(_) | Object::Interface(_) => None,
    }
}

/// What a change means, where one side is what should be.
pub(super) fn of_change(change: &ObjectChange, wanted: usize) -> Option<Defect> {
    let is_missing = match &change.verb {
        Verb::Deleted => wanted == 0,
        Verb::Created => wanted == 1,
        Verb::Changed | Verb::Moved { .. } => {
            let fields: Vec<&str> = change.fields.iter().map(|field| field.path.as_str()).collect();
            return Some(Defect {
                code: change::codes::CHANGED,
                subject: change.subject.clone(),
                message: match &change.verb {
                    Verb::Moved { from } => format!("it is elsewhere: {from} on one side"),
                    _ => format!("it is not as it should be: {}", fields.join(", ")),
                },
                help: None,
                cause: None,
            });
        }
        Verb::Renamed { .. } | Verb::Replaced => return None,
    };
    let (code, message) = match (is_missing, change.weight) {
        (_, Weight::Undecided) | (false, Weight::Foreign) => return None,
        (true, _) => (change::codes::MISSING, "the node does not have it"),
        (false, _) => {
            (change::codes::STALE, "it is in the networks of Services, and no Service in the input needs it")
        }
    };
    Some(Defect {
        code,
        subject: change.subject.clone(),
        message: message.to_owned(),
        help: None,
        cause: None,
    })
}
