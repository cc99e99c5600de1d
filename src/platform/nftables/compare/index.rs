//! The sets and maps of a side, element by element.

use std::collections::BTreeSet;
use std::net::IpAddr;

use rustc_hash::FxHashMap;

use crate::answer::change::FieldChange;
use crate::answer::directory::Directory;
use crate::net::Protocol;
use crate::platform::nftables::model::{
    Chain, Comment, Container, Destination, Element, Key, KeyShape, Name, Statement, Table, Verdict,
};
use crate::platform::nftables::names::service_port_of;
use crate::platform::nftables::write::{push_key, push_verdict};

/// A set or map itself, or one of its elements.
pub(super) struct Entry<'t> {
    container: &'t Container,
    element: Option<&'t Element>,
}

/// What of an entry counts.
#[derive(PartialEq, Eq)]
pub(super) struct Essentials<'t> {
    container: Option<(bool, &'t KeyShape, Option<u64>)>,
    element: Option<(Option<&'t Verdict>, Option<&'t Comment>)>,
}

impl<'t> Entry<'t> {
    pub(super) fn key(&self) -> (&'t Name, Option<&'t Key>) {
        (&self.container.name, self.element.map(|element| &element.key))
    }

    pub(super) fn essentials(&self) -> Essentials<'t> {
        let Container { is_map, shape, timeout, .. } = self.container;
        Essentials {
            container: self.element.is_none().then_some((*is_map, shape, *timeout)),
            element: self.element.map(|element| (element.verdict.as_ref(), element.comment.as_ref())),
        }
    }

    /// `service-ips 10.96.0.10 . tcp . 80`, or just the name of the set or map.
    pub(super) fn name(&self) -> String {
        let mut name = self.container.name.to_string();
        if let Some(element) = self.element {
            name.push(' ');
            push_key(&mut name, &element.key);
        }
        name
    }

    /// The service ports that it is for: as it says itself, or by its address.
    pub(super) fn services(&self, directory: &Directory<'_>, endpoints: &Endpoints<'_>) -> Vec<String> {
        let own = self.element.map_or_else(|| service_port_of(self.container.name.as_str()), service_of);
        if let Some(own) = own {
            return vec![own];
        }
        match self.element.map(|element| &element.key) {
            Some(Key::Address(address)) => {
                address.ip().map(|ip| directory.services_of_address(ip)).unwrap_or_default()
            }
            Some(Key::Pair([address, _], protocol, port)) => {
                let found = address.ip().and_then(|ip| endpoints.get(&(ip, *protocol, *port)));
                found.into_iter().flatten().map(|service| (*service).to_owned()).collect()
            }
            Some(Key::Service(..) | Key::NodePort(..) | Key::Other(_)) | None => Vec::new(),
        }
    }

    /// Where it leads, whatever it is found by.
    pub(super) fn deed(&self) -> Option<String> {
        let verdict = self.element?.verdict.as_ref()?;
        Some(format!("{} {verdict:?}", self.container.name))
    }

    /// What it is found by, whatever it leads to.
    pub(super) fn place(&self) -> Option<String> {
        self.element.map(|_| self.name())
    }
}

/// The service ports by their endpoints.
pub(super) type Endpoints<'r> = FxHashMap<(IpAddr, Protocol, u16), BTreeSet<&'r str>>;

/// The service ports of some rules by their endpoints.
pub(super) fn endpoints<'r>(directory: &Directory<'r>) -> Endpoints<'r> {
    let mut found = Endpoints::default();
    for rules in directory.rules() {
        for port in &rules.services {
            for endpoint in &port.endpoints {
                if let Some(ip) = rules.backend(endpoint.backend).address.ip() {
                    found.entry((ip, port.protocol, endpoint.port)).or_default().insert(&port.id);
                }
            }
        }
    }
    found
}

/// All sets and maps, and their elements.
pub(super) fn entries(table: &Table) -> Vec<Entry<'_>> {
    let of = |container| {
        let own = std::iter::once(Entry { container, element: None });
        own.chain(container.elements.iter().map(move |element| Entry { container, element: Some(element) }))
    };
    table.containers.iter().flat_map(of).collect()
}

/// The service port that an element is for: by the chain that it leads to, or its comment.
pub(super) fn service_of(element: &Element) -> Option<String> {
    let chain = element.verdict.as_ref().and_then(Verdict::chain);
    let by_chain = chain.and_then(|chain| service_port_of(chain.as_str()));
    let by_comment = || element.comment.as_ref().map(|comment| comment.as_str().to_owned());
    by_chain.or_else(by_comment)
}

/// What two entries differ in.
pub(super) fn fields(one: &Entry<'_>, other: &Entry<'_>) -> Vec<FieldChange> {
    let mut found = Vec::new();
    let [before, after] = [one, other].map(values);
    for ((name, before), (_, after)) in before.into_iter().zip(after) {
        if before != after {
            found.push(FieldChange::new(name, before, after));
        }
    }
    found
}

/// All that is known of an entry that one side alone has.
pub(super) fn alone(entry: &Entry<'_>, side: usize) -> Vec<FieldChange> {
    let told = values(entry).into_iter().filter_map(|(name, value)| Some((name, value?)));
    told.map(|(name, value)| FieldChange::alone(name, side, value)).collect()
}

fn values(entry: &Entry<'_>) -> [(&'static str, Option<String>); 4] {
    let of_container = |value: String| entry.element.is_none().then_some(value);
    let verdict = entry.element.and_then(|element| element.verdict.as_ref()).map(|verdict| {
        let mut text = String::new();
        push_verdict(&mut text, verdict);
        text
    });
    let comment = entry.element.and_then(|element| element.comment.as_ref());
    [
        ("verdict", verdict),
        ("comment", comment.map(|comment| comment.as_str().to_owned())),
        ("type", of_container(format!("{:?}", entry.container.shape))),
        ("timeout", entry.container.timeout.filter(|_| entry.element.is_none()).map(|of| format!("{of} s"))),
    ]
}

/// What a chain is, without the name of its Service.
pub(super) fn standing(chain: &Chain) -> String {
    let kind = chain.name.as_str().split('-').next().unwrap_or_default();
    let endpoint =
        chain.rules.iter().flat_map(|rule| &rule.statements).find_map(|statement| match statement {
            Statement::Translate(Destination::One(address, port)) => {
                Some(format!("{:?}:{port}", address.ip()))
            }
            _ => None,
        });
    format!("{kind} {} {}", chain.rules.len(), endpoint.unwrap_or_default())
}
