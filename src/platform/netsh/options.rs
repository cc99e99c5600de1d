//! Options of a plan for netsh, and of the scripts that are made of it.

pub(super) mod flags;

use std::net::IpAddr;

use super::model::{ConnectionName, Store};
use crate::net::{Family, PortRange};

/// Where the process behind [`Mode::LegacyPortproxy`] listens, if nothing else is said.
pub const PROXY_PORTS: PortRange = PortRange::new(36_000, 37_000).expect("a range");

/// How rules are lowered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What the plan imitates.
    pub mode: Mode,
    /// The families that are planned for; each if it is in the list.
    pub families: Vec<Family>,
    /// The interface that gets the service addresses.
    pub interface: ConnectionName,
    /// Where these addresses are kept.
    pub store: Store,
    /// Which of several endpoints is used.
    pub pick: Pick,
    /// What is done for a service port without endpoints.
    pub empty: Empty,
    /// Which firewall rules are written.
    pub firewall: FirewallUse,
    /// Addresses of the node, which node ports listen on. Where the list has none of a family, the node's
    /// own settings decide.
    pub node_ips: Vec<IpAddr>,
    /// The ports that [`Mode::LegacyPortproxy`] gives to the process behind it.
    pub proxy_ports: PortRange,
    /// Ports that the node has reserved, as `show excludedportrange` lists them.
    pub excluded_ports: Vec<PortRange>,
}

/// How a plan is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writing {
    /// The style of its scripts.
    pub style: Style,
    /// Whether the script that takes everything back is the answer.
    pub undo: bool,
}

impl Default for Writing {
    fn default() -> Self {
        Self { style: Style::Script, undo: false }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            mode: Mode::Portproxy,
            families: Family::ALL.to_vec(),
            interface: ConnectionName::default(),
            store: Store::Active,
            pick: Pick::First,
            empty: Empty::Nothing,
            firewall: FirewallUse::Allow,
            node_ips: Vec::new(),
            proxy_ports: PROXY_PORTS,
            excluded_ports: Vec::new(),
        }
    }
}

/// How a script is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// For `netsh -f`: commands of netsh alone. What netsh does after a line that fails is not documented.
    Script,
    /// A batch file, which stops at the first command that fails.
    Cmd,
    /// For `PowerShell`, which stops at the first command that fails.
    Powershell,
    /// What `netsh dump` would print afterwards, to compare with a dump. It has no firewall rules.
    Dump,
}

impl Style {
    /// Whether it can hold letters outside of ASCII. The code page in which netsh and batch files are read
    /// depends on the node; `PowerShell` tells by the byte order mark.
    #[must_use]
    pub fn takes_any_letter(self) -> bool {
        self == Self::Powershell
    }
}

/// What a plan imitates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Addresses, listeners straight to one endpoint, firewall rules: the best netsh can do by itself.
    Portproxy,
    /// The addresses that kube-proxy 1.6 to 1.25 in userspace mode claimed. It forwarded by itself.
    LegacyAddresses,
    /// The addresses and listeners of kube-proxy 1.5. They lead to its own process, which forwarded.
    LegacyPortproxy,
}

impl Mode {
    /// The name, as a flag and a script spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Portproxy => "portproxy",
            Self::LegacyAddresses => "legacy-addresses",
            Self::LegacyPortproxy => "legacy-portproxy",
        }
    }
}

/// Which of several endpoints is used. Each is a function of the input alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// The one with the lowest address, then the lowest port.
    First,
    /// The one that ranks highest in a hash of node, service port and endpoint: nodes differ, so that the
    /// cluster spreads although no node does.
    Spread,
}

/// What is done for a service port without endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Empty {
    /// Nothing: connections leave the node.
    Nothing,
    /// The address is claimed, so that the node itself refuses or ignores connections.
    Address,
}

/// Which firewall rules are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirewallUse {
    /// None.
    None,
    /// One that allows, for each listener.
    Allow,
    /// Besides, for each listener with source ranges, one that blocks everybody else.
    AllowAndBlock,
}
