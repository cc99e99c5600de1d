//! Blocks of `hnsdiag`: a key and a value a line, as newer builds print load balancers and endpoints.
//!
//! A key that comes twice shows that the beginning of the next block is lost: nothing of it is taken for the last one's.

use super::super::model::{Guid, IpConfiguration, NetworkRef, Parts, State, Telling};
use super::document::List;
use super::heads::Within;
use super::log::Log;
use super::rows;
use super::table::{Tables, endpoint, hear, of_table};

impl<'a> Tables<'a> {
    /// A line with a key and a value.
    pub(super) fn pair(
        &mut self,
        key: &'a str,
        value: &'a str,
        line: &'a str,
        state: &mut State,
        log: &mut Log<'a>,
    ) {
        let is = |name: &str| key.eq_ignore_ascii_case(name);
        if is("Load Balancer") {
            self.end_row(state, log);
            self.enter(Within::LoadBalancerBlock);
            self.keys.clear();
            hear(state, List::LoadBalancers, Telling::Whole);
            let mut balancer = of_table();
            balancer.id = rows::id(value, "Load Balancer", log);
            if balancer.id.is_none() {
                hear(state, List::LoadBalancers, Telling::InPart);
            }
            balancer.gaps.lacks(Parts::VIPS | Parts::MEMBERS, true);
            state.load_balancers.push(balancer);
            (self.ends_in_row, self.last_told) = (true, Parts::VIPS | Parts::MEMBERS);
            return;
        }
        if let (true, Ok(id)) = (is("Endpoint"), value.parse()) {
            self.end_row(state, log);
            self.enter(Within::EndpointBlock);
            self.keys.clear();
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
        let is_block = matches!(self.within, Within::LoadBalancerBlock | Within::EndpointBlock);
        if is_block && (is("Endpoint") || self.keys.iter().any(|of| is(of))) {
            return self.lose_block(line, state, log);
        }
        self.keys.push(key);
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
            within => {
                let is_of_balancer = is("Virtual IPs") || is("Direct IP IDs");
                let list = if is_of_balancer { List::LoadBalancers } else { List::Endpoints };
                if within == Within::Nothing && (is_of_balancer || is("Virtual Network Name")) {
                    self.headless.push((list, line));
                }
                // Names may hold colons: `vEthernet (x): y`.
                self.row(line, state, log);
            }
        }
    }

    /// A line of a block of which the beginning cannot be read; the lines before it may be of either one.
    fn lose_block(&mut self, line: &'a str, state: &mut State, log: &mut Log<'a>) {
        self.not_a_row(line, state, log);
        let is_endpoint = self.within == Within::EndpointBlock;
        let is_repeated = !line.trim_start().to_ascii_lowercase().starts_with("endpoint");
        match (state.load_balancers.last_mut(), state.endpoints.last_mut()) {
            (_, Some(endpoint)) if is_endpoint && is_repeated => {
                endpoint.gaps.lacks(Parts::NETWORK | Parts::ADDRESSES, true);
            }
            (Some(balancer), _) if !is_endpoint && is_repeated => {
                balancer.gaps.lacks(Parts::VIPS | Parts::MEMBERS, true);
            }
            _ => {}
        }
        hear(state, if is_endpoint { List::Endpoints } else { List::LoadBalancers }, Telling::InPart);
        // What follows is of the block that is lost.
        self.within = Within::Lost;
    }
}
