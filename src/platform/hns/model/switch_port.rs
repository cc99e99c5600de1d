//! Which pod has a port of the virtual switch.

use std::net::IpAddr;

use super::{Address, Endpoint, SwitchPort};
use crate::node::MacAddress;

impl SwitchPort {
    /// The address of the pod that has it.
    pub fn addresses<'e>(&self, endpoints: &'e [Endpoint]) -> impl Iterator<Item = IpAddr> + use<'e> {
        let found = self.endpoint(endpoints);
        found.into_iter().flat_map(Endpoint::addresses).filter_map(Address::ip)
    }

    /// The endpoint of the pod that has it: the one whose id it names, or with its MAC address.
    pub fn endpoint<'e>(
        &self,
        endpoints: impl IntoIterator<Item = &'e Endpoint> + Clone,
    ) -> Option<&'e Endpoint> {
        let named = |id: &str| [&self.nic, &self.friendly_name].iter().any(|of| of.eq_ignore_ascii_case(id));
        let is_named = |of: &&Endpoint| of.id.is_some_and(|id| named(&id.to_string()));
        let mac = self.mac.map(MacAddress::with_colons);
        let has_mac = |of: &&Endpoint| {
            !of.is_remote() && mac.is_some() && of.mac_address.map(MacAddress::with_colons) == mac
        };
        let named = endpoints.clone().into_iter().find(is_named);
        named.or_else(|| endpoints.into_iter().find(has_mac))
    }
}
