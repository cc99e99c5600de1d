//! Reads what `hnsdiag list` prints without `-d`: tables on older builds, blocks on newer ones.
//!
//! ```text
//! Networks:                                        names and ids
//! Endpoints:                                       names, ids, names of their networks
//! LoadBalancers:
//! ID   | Virtual IPs | Direct IP IDs               addresses and members; no ports
//!
//! Load Balancer : <id>
//!   Virtual IPs   : <address> ...
//!   Direct IP IDs : <id> ...
//! ```

use super::super::model::{
    Address, Detail, Endpoint, EndpointRef, Guid, IpConfiguration, LoadBalancer, NetworkRef, State,
};
use super::document::{List, Place};
use super::log::Log;
use super::problem::Problem;
use crate::name::printable;

/// What the next line may belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    Nothing,
    NetworkTable,
    EndpointTable,
    LoadBalancerTable,
    EndpointBlock,
    LoadBalancerBlock,
}

/// Reads lines, one after the other.
pub(super) struct Tables<'a> {
    within: Within,
    section: Place,
    /// Whether there was any line of `hnsdiag`.
    pub(super) recognised: bool,
    first_network: Option<&'a str>,
}

impl<'a> Tables<'a> {
    pub(super) fn new() -> Self {
        Self { within: Within::Nothing, section: Place::Alone, recognised: false, first_network: None }
    }

    /// Where objects stand that follow as JSON, as in `hnsdiag list all -d`.
    pub(super) fn section(&self) -> Place {
        self.section
    }

    /// A JSON document ends every table.
    pub(super) fn end_table(&mut self) {
        self.within = Within::Nothing;
    }

    /// Reports what no table can tell.
    pub(super) fn report_networks(&self, log: &mut Log<'a>) {
        if let Some(line) = self.first_network {
            log.add(line, Problem::NetworksInTable);
        }
    }

    /// Reads one line; what is no line of `hnsdiag` is passed over.
    pub(super) fn line(&mut self, line: &'a str, state: &mut State, log: &mut Log<'a>) {
        let line = line.trim();
        if line.is_empty() {
            self.within = Within::Nothing;
        } else if let Some(section) = line.strip_suffix(':').and_then(section) {
            self.enter(Within::Nothing);
            self.section = section;
        } else if let Some(table) = header(line) {
            self.enter(table);
        } else if let Some((key, value)) = line.split_once(" : ").or_else(|| line.split_once(':')) {
            self.pair(key.trim(), value.trim(), line, state, log);
        } else {
            self.row(line, state, log);
        }
    }

    fn enter(&mut self, within: Within) {
        self.within = within;
        self.recognised = true;
    }

    fn row(&mut self, line: &'a str, state: &mut State, log: &mut Log<'a>) {
        match self.within {
            Within::LoadBalancerTable if line.contains('|') => load_balancer_row(line, state, log),
            Within::EndpointTable => match id_within(line) {
                Some((name, id, network)) => state.endpoints.push(endpoint(id, name, network)),
                None => self.within = Within::Nothing,
            },
            Within::NetworkTable if id_within(line).is_some() => {
                self.first_network.get_or_insert(line);
            }
            _ => self.within = Within::Nothing,
        }
    }

    fn pair(&mut self, key: &str, value: &'a str, line: &'a str, state: &mut State, log: &mut Log<'a>) {
        let is = |name: &str| key.eq_ignore_ascii_case(name);
        if is("Load Balancer") {
            self.enter(Within::LoadBalancerBlock);
            let mut balancer = of_table();
            balancer.id = id(value, "Load Balancer", log);
            state.load_balancers.push(balancer);
            return;
        }
        if let (true, Ok(id)) = (is("Endpoint"), value.parse()) {
            self.enter(Within::EndpointBlock);
            state.endpoints.push(endpoint(id, "", ""));
            return;
        }
        if is("Network") && value.parse::<Guid>().is_ok() {
            self.enter(Within::Nothing);
            self.first_network.get_or_insert(line);
            return;
        }
        match self.within {
            Within::LoadBalancerBlock => {
                let balancer = state.load_balancers.last_mut().expect("the block made one");
                if is("Virtual IPs") {
                    balancer.frontend_vips = addresses(value);
                } else if is("Direct IP IDs") {
                    balancer.endpoints = members(value, log);
                }
            }
            Within::EndpointBlock => {
                let endpoint = state.endpoints.last_mut().expect("the block made one");
                if is("Name") {
                    endpoint.name = value.into();
                } else if is("Virtual Network Name") && !value.is_empty() {
                    endpoint.network = Some(NetworkRef::Named(value.into()));
                } else if is("IP Address") {
                    let unknown_prefix = |ip_address| IpConfiguration { ip_address, prefix_length: 0 };
                    endpoint.ip_configurations = addresses(value).into_iter().map(unknown_prefix).collect();
                }
            }
            // Names may hold colons: `vEthernet (x): y`.
            _ => self.row(line, state, log),
        }
    }
}

/// The heading of a section of `hnsdiag list all`.
fn section(name: &str) -> Option<Place> {
    if name.eq_ignore_ascii_case("Namespaces") {
        return Some(Place::Alone);
    }
    List::named(name).map(Place::In)
}

/// The head of a table. Those of `Format-Table` have other columns.
fn header(line: &str) -> Option<Within> {
    let separators = |c: char| c.is_whitespace() || c == '|';
    let words: Vec<_> = line.split(separators).filter(|word| !word.is_empty()).take(6).collect();
    let is = |names: &str| {
        words.len() == names.split(' ').count()
            && names.split(' ').zip(&words).all(|(name, word)| name.eq_ignore_ascii_case(word))
    };
    if is("ID Virtual IPs Direct IP IDs") {
        Some(Within::LoadBalancerTable)
    } else if is("Name ID Virtual Network Name") {
        Some(Within::EndpointTable)
    } else if is("Name ID") {
        Some(Within::NetworkTable)
    } else if is("ID Endpoint IDs") {
        Some(Within::Nothing)
    } else {
        None
    }
}

/// The id in a row, with what stands before and after it. Names may hold blanks: `Ethernet 2`.
fn id_within(line: &str) -> Option<(&str, Guid, &str)> {
    let mut words = line.split_ascii_whitespace();
    let (word, id) = words.find_map(|word| Some((word, word.parse().ok()?)))?;
    let start = word.as_ptr() as usize - line.as_ptr() as usize;
    Some((line[..start].trim(), id, line[start + word.len()..].trim()))
}

fn endpoint(id: Guid, name: &str, network: &str) -> Endpoint {
    let network = Some(network).filter(|name| !name.is_empty());
    Endpoint {
        id: Some(id),
        name: name.into(),
        network: network.map(|name| NetworkRef::Named(name.into())),
        detail: Detail::Table,
        ..Endpoint::default()
    }
}

fn of_table() -> LoadBalancer {
    LoadBalancer { detail: Detail::Table, ..LoadBalancer::default() }
}

fn load_balancer_row<'a>(line: &'a str, state: &mut State, log: &mut Log<'a>) {
    let mut cells = line.split('|').map(str::trim);
    let mut cell = || cells.next().unwrap_or_default();
    let mut balancer = of_table();
    balancer.id = id(cell(), "ID", log);
    balancer.frontend_vips = addresses(cell());
    balancer.endpoints = members(cell(), log);
    state.load_balancers.push(balancer);
}

fn addresses(cell: &str) -> Vec<Address> {
    cell.split_ascii_whitespace().map(Address::of).collect()
}

fn members<'a>(cell: &'a str, log: &mut Log<'a>) -> Vec<EndpointRef> {
    let ids = cell.split_ascii_whitespace().filter_map(|word| id(word, "Direct IP IDs", log));
    ids.map(EndpointRef::Id).collect()
}

fn id<'a>(word: &'a str, column: &str, log: &mut Log<'a>) -> Option<Guid> {
    let id = word.parse().ok();
    if id.is_none() {
        let expected = "a GUID, as in 6f2b0d5e-1c52-4f0c-9a1b-0b6d0c6a7e01".to_owned();
        log.add(word, Problem::WrongValue { member: column.to_owned(), shown: printable(word), expected });
    }
    id
}
