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
//!
//! A blank line ends no table: pasted texts have them anywhere. A row that a console wrapped goes on in the next
//! line. What looks like a row and cannot be read leaves its kind told in part.

use super::super::model::{
    Detail, Endpoint, Gaps, Guid, IpConfiguration, LoadBalancer, NetworkRef, Parts, State, Telling,
};
use super::document::{List, Place};
use super::log::Log;
use super::pasted::is_around;
use super::problem::Problem;
use super::rows::{self, BalancerRow};

/// What the next line may belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    Nothing,
    OtherTable,
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
    /// The lines of the last row of load balancers, which may go on.
    row: Vec<&'a str>,
    /// A row of endpoints that ends within its id.
    half: Option<&'a str>,
    /// Whether the last line is one of a table or a block.
    ends_in_row: bool,
    /// What the last line of a block told.
    last_told: Parts,
}

impl<'a> Tables<'a> {
    pub(super) fn new() -> Self {
        Self {
            within: Within::Nothing,
            section: Place::Alone,
            recognised: false,
            first_network: None,
            row: Vec::new(),
            half: None,
            ends_in_row: false,
            last_told: Parts::empty(),
        }
    }

    /// Where objects stand that follow as JSON, as in `hnsdiag list all -d`.
    pub(super) fn section(&self) -> Place {
        self.section
    }

    /// A JSON document ends every table.
    pub(super) fn end_table(&mut self, state: &mut State, log: &mut Log<'a>) {
        self.end_row(state, log);
        self.within = Within::Nothing;
        self.ends_in_row = false;
    }

    /// Ends the text; one without an end of its last line may have been cut.
    pub(super) fn finish(&mut self, is_line_complete: bool, state: &mut State, log: &mut Log<'a>) {
        self.end_row(state, log);
        if self.ends_in_row && !is_line_complete {
            self.cut_last(state);
        }
        if let Some(line) = self.first_network {
            log.add(line, Problem::NetworksInTable);
        }
    }

    /// The last row may have been longer, and more rows may have followed.
    fn cut_last(&self, state: &mut State) {
        match self.within {
            Within::LoadBalancerTable => {
                state.load_balancers.hear(Telling::InPart);
                if let Some(balancer) = state.load_balancers.last_mut() {
                    let is_told = balancer.gaps.tells(Parts::MEMBERS) && !balancer.endpoints.is_empty();
                    balancer.gaps.note(Parts::MEMBERS, Telling::InPart);
                    balancer.gaps.lacks(Parts::VIPS | Parts::MEMBERS, !is_told);
                }
            }
            Within::LoadBalancerBlock => {
                state.load_balancers.hear(Telling::InPart);
                if let Some(balancer) = state.load_balancers.last_mut() {
                    balancer.gaps.lacks(self.last_told, true);
                }
            }
            Within::EndpointTable => {
                state.endpoints.hear(Telling::InPart);
                if let Some(endpoint) = state.endpoints.last_mut() {
                    endpoint.network = None;
                    endpoint.gaps.lacks(Parts::NETWORK, true);
                }
            }
            Within::EndpointBlock => {
                state.endpoints.hear(Telling::InPart);
                if let Some(endpoint) = state.endpoints.last_mut() {
                    endpoint.gaps.lacks(self.last_told, true);
                }
            }
            Within::Nothing | Within::OtherTable | Within::NetworkTable => {}
        }
    }

    /// Reads one line; what is no line of `hnsdiag` is passed over.
    pub(super) fn line(&mut self, line: &'a str, state: &mut State, log: &mut Log<'a>) {
        let line = line.trim();
        self.ends_in_row = false;
        if line.is_empty() {
            self.end_row(state, log);
        } else if is_around(line) {
            self.end_table(state, log);
            self.section = Place::Alone;
        } else if let Some(section) = line.strip_suffix(':').and_then(section) {
            self.end_row(state, log);
            self.enter(Within::Nothing);
            self.section = section;
            if let Place::In(list) = section {
                // An empty section is none; what tables do not tell of networks is not told at all.
                hear(state, list, if list == List::Networks { Telling::NotTold } else { Telling::Whole });
            }
        } else if let Some(table) = header(line) {
            self.end_row(state, log);
            self.enter(table);
            match table {
                Within::LoadBalancerTable => hear(state, List::LoadBalancers, Telling::Whole),
                Within::EndpointTable => hear(state, List::Endpoints, Telling::Whole),
                _ => {}
            }
        } else if let Some((key, value)) = line.split_once(" : ").or_else(|| line.split_once(':')) {
            self.pair(key.trim(), value.trim(), line, state, log);
        } else {
            self.row(line, state, log);
        }
    }

    fn enter(&mut self, within: Within) {
        self.within = within;
        self.recognised = true;
        // Rows may follow a heading that ends the text without ending its line.
        self.ends_in_row = true;
    }

    fn row(&mut self, line: &'a str, state: &mut State, log: &mut Log<'a>) {
        match self.within {
            Within::LoadBalancerTable if rows::starts_balancer(line) => {
                self.end_row(state, log);
                self.row.push(line);
                self.ends_in_row = true;
            }
            Within::LoadBalancerTable if !self.row.is_empty() && rows::may_go_on(line) => {
                self.row.push(line);
                self.ends_in_row = true;
            }
            Within::LoadBalancerBlock if rows::may_go_on(line) => {
                let balancer = state.load_balancers.last_mut().expect("the block made one");
                // The console wrapped its members.
                let (members, is_whole) = rows::members(line, log);
                balancer.endpoints.extend(members);
                if !is_whole || self.last_told != Parts::MEMBERS {
                    balancer.gaps.note(Parts::MEMBERS, Telling::InPart);
                }
                self.ends_in_row = true;
            }
            Within::EndpointTable => self.endpoint_row(line, state, log),
            Within::NetworkTable if rows::id_within(line).is_some() => {
                self.first_network.get_or_insert(line);
            }
            Within::OtherTable | Within::NetworkTable => {}
            // Rows that somebody picked, without their heading.
            Within::Nothing if rows::starts_balancer(line) && line.matches('|').count() == 2 => {
                self.enter(Within::LoadBalancerTable);
                hear(state, List::LoadBalancers, Telling::InPart);
                self.row.push(line);
            }
            _ => {
                self.end_row(state, log);
                self.unread(line, state, log);
            }
        }
    }

    fn endpoint_row(&mut self, line: &'a str, state: &mut State, log: &mut Log<'a>) {
        self.ends_in_row = true;
        if let Some((name, id, network)) = rows::id_within(line) {
            self.end_row(state, log);
            self.ends_in_row = true;
            state.endpoints.push(endpoint(id, name, network, line, log));
            return;
        }
        if let Some(half) = self.half.take() {
            let joined = format!("{half}{line}");
            if let Some((name, id, network)) = rows::id_within(&joined) {
                state.endpoints.push(endpoint(id, name, network, line, log));
            } else {
                self.half = Some(half);
                self.end_row(state, log);
                self.unread(line, state, log);
            }
        } else if rows::has_start_of_id(line) {
            self.half = Some(line);
        } else if let Some(last) = state.endpoints.last_mut().filter(|_| !line.contains(char::is_whitespace))
        {
            // The rest of the name of its network.
            last.network = None;
            last.gaps.lacks(Parts::NETWORK, true);
        }
    }

    /// Reads the row of load balancers that is complete now, and names one of endpoints that never was.
    fn end_row(&mut self, state: &mut State, log: &mut Log<'a>) {
        if let Some(half) = self.half.take() {
            state.endpoints.hear(Telling::InPart);
            log.add(half, Problem::RowNotRead);
        }
        if self.row.is_empty() {
            return;
        }
        let BalancerRow { id, vips, members } = rows::balancer(&self.row, log);
        let mut balancer = of_table();
        balancer.id = id;
        balancer.gaps.lacks(Parts::VIPS, vips.is_none());
        balancer.gaps.lacks(Parts::MEMBERS, members.is_none());
        balancer.frontend_vips = vips.unwrap_or_default();
        if let Some((members, is_whole)) = members {
            balancer.endpoints = members;
            if !is_whole {
                balancer.gaps.note(Parts::MEMBERS, Telling::InPart);
            }
        }
        state.load_balancers.push(balancer);
        self.row.clear();
    }

    /// A line that belongs to no row. If it looks like a part of one, not all rows are read.
    fn unread(&mut self, line: &'a str, state: &mut State, log: &mut Log<'a>) {
        let list = match self.within {
            Within::LoadBalancerTable | Within::LoadBalancerBlock => List::LoadBalancers,
            Within::EndpointTable | Within::EndpointBlock => List::Endpoints,
            Within::Nothing | Within::OtherTable | Within::NetworkTable => return,
        };
        if rows::looks_like_part(line) {
            hear(state, list, Telling::InPart);
            log.add(line, Problem::RowNotRead);
        }
    }

    fn pair(&mut self, key: &str, value: &'a str, line: &'a str, state: &mut State, log: &mut Log<'a>) {
        let is = |name: &str| key.eq_ignore_ascii_case(name);
        if is("Load Balancer") {
            self.end_row(state, log);
            self.enter(Within::LoadBalancerBlock);
            hear(state, List::LoadBalancers, Telling::Whole);
            let mut balancer = of_table();
            balancer.id = rows::id(value, "Load Balancer", log);
            balancer.gaps.lacks(Parts::VIPS | Parts::MEMBERS, true);
            state.load_balancers.push(balancer);
            (self.ends_in_row, self.last_told) = (true, Parts::VIPS | Parts::MEMBERS);
            return;
        }
        if let (true, Ok(id)) = (is("Endpoint"), value.parse()) {
            self.end_row(state, log);
            self.enter(Within::EndpointBlock);
            hear(state, List::Endpoints, Telling::Whole);
            state.endpoints.push(endpoint(id, "", "", line, log));
            (self.ends_in_row, self.last_told) = (true, Parts::ADDRESSES);
            return;
        }
        if is("Network") && value.parse::<Guid>().is_ok() {
            self.end_row(state, log);
            self.enter(Within::OtherTable);
            self.first_network.get_or_insert(line);
            return;
        }
        match self.within {
            Within::LoadBalancerBlock => {
                self.ends_in_row = true;
                let balancer = state.load_balancers.last_mut().expect("the block made one");
                if is("Virtual IPs") {
                    if let Some(vips) = rows::addresses(value, "Virtual IPs", line, log) {
                        balancer.frontend_vips = vips;
                        balancer.gaps.note(Parts::VIPS, Telling::Whole);
                    }
                    self.last_told = Parts::VIPS;
                } else if is("Direct IP IDs") {
                    let (members, is_whole) = rows::members(value, log);
                    balancer.endpoints = members;
                    balancer
                        .gaps
                        .note(Parts::MEMBERS, if is_whole { Telling::Whole } else { Telling::InPart });
                    self.last_told = Parts::MEMBERS;
                }
            }
            Within::EndpointBlock => {
                self.ends_in_row = true;
                self.last_told = Parts::empty();
                let endpoint = state.endpoints.last_mut().expect("the block made one");
                if is("Name") {
                    endpoint.name = rows::text(value, key, line, log).unwrap_or_default().into();
                } else if is("Virtual Network Name") {
                    let Some(name) = rows::text(value, key, line, log) else { return };
                    endpoint.network = Some(NetworkRef::Named(name.into()));
                    endpoint.gaps.note(Parts::NETWORK, Telling::Whole);
                    self.last_told = Parts::NETWORK;
                } else if is("IP Address") && !value.is_empty() {
                    let Some(addresses) = rows::addresses(value, key, line, log) else { return };
                    let unknown_prefix = |ip_address| IpConfiguration { ip_address, prefix_length: 0 };
                    endpoint.ip_configurations = addresses.into_iter().map(unknown_prefix).collect();
                    endpoint.gaps.note(Parts::ADDRESSES, Telling::Whole);
                    self.last_told = Parts::ADDRESSES;
                }
            }
            // Names may hold colons: `vEthernet (x): y`.
            _ => self.row(line, state, log),
        }
    }
}

fn hear(state: &mut State, list: List, telling: Telling) {
    match list {
        List::Endpoints => state.endpoints.hear(telling),
        List::LoadBalancers => state.load_balancers.hear(telling),
        List::Networks => state.networks.hear(telling),
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
        Some(Within::OtherTable)
    } else {
        None
    }
}

fn endpoint<'a>(id: Guid, name: &str, network: &str, line: &'a str, log: &mut Log<'a>) -> Endpoint {
    let network = rows::text(network, "Virtual Network Name", line, log);
    let name = rows::text(name, "Name", line, log).unwrap_or_default();
    let mut gaps = Gaps::of_endpoint_in_table();
    if network.is_some() {
        gaps.note(Parts::NETWORK, Telling::Whole);
    }
    Endpoint {
        id: Some(id),
        name: name.into(),
        network: network.map(|name| NetworkRef::Named(name.into())),
        detail: Detail::Table,
        gaps,
        ..Endpoint::default()
    }
}

fn of_table() -> LoadBalancer {
    LoadBalancer { detail: Detail::Table, gaps: Gaps::of_balancer_in_table(), ..LoadBalancer::default() }
}
