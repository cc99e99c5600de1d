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
//! line. What looks like a row and cannot be read leaves its kind told in part, and so does any other line in the place
//! of a row: behind a blank line, only one that says that something is missing.

use super::super::model::{Detail, Endpoint, Gaps, Guid, LoadBalancer, NetworkRef, Parts, State, Telling};
use super::document::{List, Place};
use super::heads::{Within, header, is_rule, section};
use super::log::Log;
use super::pasted::is_around;
use super::problem::Problem;
use super::rows::{self, BalancerRow};
use crate::name::printable;
use crate::platform::capture::is_interruption;

/// What a line was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// A prompt, a fence or a heading: what stood before it has ended.
    Around,
    /// Anything else.
    Other,
}

/// Reads lines, one after the other.
pub(super) struct Tables<'a> {
    pub(super) within: Within,
    section: Place,
    /// Whether the heading of a section was the last that was not blank.
    follows_heading: bool,
    /// Whether the line before is a row or a heading, so that this one should be a row.
    is_adjacent: bool,
    /// Whether there was any line of `hnsdiag`.
    pub(super) recognised: bool,
    pub(super) first_network: Option<&'a str>,
    /// The lines of the last row of load balancers, which may go on.
    row: Vec<&'a str>,
    /// A row of endpoints that ends within its id.
    half: Option<&'a str>,
    /// Whether the last line is one of a table or a block.
    pub(super) ends_in_row: bool,
    /// What the last line of a block told.
    pub(super) last_told: Parts,
    /// The keys of the block so far.
    pub(super) keys: Vec<&'a str>,
    /// Lines of blocks of which the beginning is lost.
    pub(super) headless: Vec<(List, &'a str)>,
}

impl<'a> Tables<'a> {
    pub(super) fn new() -> Self {
        Self {
            within: Within::Nothing,
            section: Place::Alone,
            follows_heading: false,
            is_adjacent: false,
            recognised: false,
            first_network: None,
            row: Vec::new(),
            half: None,
            ends_in_row: false,
            last_told: Parts::empty(),
            keys: Vec::new(),
            headless: Vec::new(),
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
        (self.ends_in_row, self.follows_heading) = (false, false);
    }

    /// Ends the text; one without an end of its last line may have been cut.
    pub(super) fn finish(&mut self, is_line_complete: bool, state: &mut State, log: &mut Log<'a>) {
        self.end_row(state, log);
        if self.ends_in_row && !is_line_complete {
            self.cut_last(state);
        }
        if let Some((_, line)) = self.headless.first().filter(|_| self.recognised) {
            log.add(line, Problem::RowNotRead);
            self.headless.iter().for_each(|(list, _)| hear(state, *list, Telling::InPart));
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
            Within::Nothing | Within::OtherTable | Within::NetworkTable | Within::Lost => {}
        }
    }

    /// Reads one line; what is no line of `hnsdiag` is passed over.
    pub(super) fn line(&mut self, line: &'a str, state: &mut State, log: &mut Log<'a>) -> Line {
        let line = rows::without_frame(line.trim());
        self.is_adjacent = std::mem::take(&mut self.ends_in_row);
        if line.is_empty() {
            self.end_row(state, log);
            return Line::Other;
        }
        let is_below_heading = std::mem::take(&mut self.follows_heading);
        let mut kind = Line::Around;
        if is_around(line) {
            self.end_table(state, log);
            self.section = Place::Alone;
        } else if let Some(section) = line.strip_suffix(':').and_then(section) {
            self.end_row(state, log);
            self.enter(Within::Nothing);
            self.section = section;
            self.follows_heading = true;
            if let Place::In(list) = section {
                // An empty section is none; what tables do not tell of networks is not told at all.
                hear(state, list, if list == List::Networks { Telling::NotTold } else { Telling::Whole });
            }
        } else if let Some((table, is_alone)) = header(line) {
            self.end_row(state, log);
            self.enter(table);
            if let Some(list) = table.list() {
                hear(state, list, Telling::Whole);
                if !is_alone {
                    self.not_a_row(line, state, log);
                }
            }
        } else {
            kind = Line::Other;
            self.follows_heading = is_below_heading;
            if is_rule(line) {
                self.ends_in_row = self.is_adjacent;
            } else if is_interruption(line) {
                self.end_row(state, log);
                self.not_a_row(line, state, log);
            } else if let Some((key, value)) = line.split_once(" : ").or_else(|| line.split_once(':')) {
                self.pair(key.trim(), value.trim(), line, state, log);
            } else {
                self.row(line, state, log);
            }
            self.follows_heading = false;
        }
        kind
    }

    pub(super) fn enter(&mut self, within: Within) {
        self.within = within;
        self.recognised = true;
        self.follows_heading = false;
        // Rows may follow a heading that ends the text without ending its line.
        self.ends_in_row = true;
    }

    /// The list of which a row is expected.
    fn listed(&self) -> Option<List> {
        match self.section {
            Place::In(list @ (List::Endpoints | List::LoadBalancers)) if self.follows_heading => Some(list),
            _ => self.within.list(),
        }
    }

    pub(super) fn row(&mut self, line: &'a str, state: &mut State, log: &mut Log<'a>) {
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
            Within::OtherTable | Within::NetworkTable | Within::Lost => {}
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
        if let Some((name, id, network)) = rows::id_within(line) {
            self.end_row(state, log);
            self.ends_in_row = true;
            if rows::is_of_endpoint(network) {
                state.endpoints.push(endpoint(id, name, network, line, log));
            } else {
                self.not_a_row(line, state, log);
            }
            return;
        }
        let half = self.half.take();
        let joined = half.map(|half| format!("{half}{line}"));
        if let Some((name, id, network)) = joined.as_deref().and_then(rows::id_within) {
            self.ends_in_row = true;
            state.endpoints.push(endpoint(id, name, network, line, log));
        } else if half.is_some() {
            self.half = half;
            self.end_row(state, log);
            self.unread(line, state, log);
        } else if rows::has_start_of_id(line) {
            (self.half, self.ends_in_row) = (Some(line), true);
        } else if let Some(last) =
            state.endpoints.last_mut().filter(|_| self.is_adjacent && !line.contains(char::is_whitespace))
        {
            // The rest of the name of its network.
            last.network = None;
            last.gaps.lacks(Parts::NETWORK, true);
            self.ends_in_row = true;
        } else {
            self.unread(line, state, log);
        }
    }

    /// Reads the row of load balancers that is complete now, and names one of endpoints that never was.
    pub(super) fn end_row(&mut self, state: &mut State, log: &mut Log<'a>) {
        if let Some(half) = self.half.take() {
            state.endpoints.hear(Telling::InPart);
            log.add(half, Problem::RowNotRead);
        }
        if self.row.is_empty() {
            return;
        }
        let BalancerRow { id, vips, members, is_torn } = rows::balancer(&self.row, log);
        if is_torn {
            state.load_balancers.hear(Telling::InPart);
        }
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

    /// A line that belongs to no row. If it looks like a part of one, or stands where one has to stand, not all rows are
    /// read.
    fn unread(&mut self, line: &'a str, state: &mut State, log: &mut Log<'a>) {
        let Some(list) = self.listed() else { return };
        if rows::looks_like_part(line) {
            hear(state, list, Telling::InPart);
            log.add(line, Problem::RowNotRead);
        } else if self.is_adjacent {
            self.not_a_row(line, state, log);
        }
    }

    /// A line that shows that rows are missing.
    pub(super) fn not_a_row(&mut self, line: &'a str, state: &mut State, log: &mut Log<'a>) {
        if let Some(list) = self.listed() {
            hear(state, list, Telling::InPart);
            log.add(line, Problem::NotARow { shown: printable(line) });
        }
    }
}

pub(super) fn hear(state: &mut State, list: List, telling: Telling) {
    match list {
        List::Endpoints => state.endpoints.hear(telling),
        List::LoadBalancers => state.load_balancers.hear(telling),
        List::Networks => state.networks.hear(telling),
    }
}

pub(super) fn endpoint<'a>(
    id: Guid,
    name: &str,
    network: &str,
    line: &'a str,
    log: &mut Log<'a>,
) -> Endpoint {
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

pub(super) fn of_table() -> LoadBalancer {
    LoadBalancer { detail: Detail::Table, gaps: Gaps::of_balancer_in_table(), ..LoadBalancer::default() }
}
