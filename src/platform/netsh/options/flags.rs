//! The flags of this platform, and what they mean.

use super::{Empty, FirewallUse, Mode, Options, PROXY_PORTS, Pick, Style, Writing};
use crate::flag::{Choice, Flag, FlagError, Given, Takes};
use crate::name::printable;
use crate::net::{Family, PortRange, parse_ip};
use crate::platform::netsh::model::{ConnectionName, Store};
use crate::platform::netsh::read;

const HEADING: &str = "netsh";

const MODE: Flag = Flag::new(
    "netsh-mode",
    Takes::Choice(
        "MODE",
        &[
            Choice { word: "portproxy", help: "Addresses, listeners straight to one endpoint, firewall rules" },
            Choice {
                word: "legacy-addresses",
                help: "The addresses that kube-proxy 1.6 to 1.25 in userspace mode claimed; it forwarded by itself",
            },
            Choice {
                word: "legacy-portproxy",
                help: "The addresses and listeners of kube-proxy 1.5, which lead to its own process",
            },
        ],
    ),
    HEADING,
    "What the script imitates",
)
.or("portproxy")
.for_experts();
const PICK: Flag = Flag::new(
    "netsh-pick",
    Takes::Choice(
        "WAY",
        &[
            Choice { word: "first", help: "The one with the lowest address" },
            Choice {
                word: "spread",
                help: "By a hash that differs between nodes, so that the cluster spreads",
            },
        ],
    ),
    HEADING,
    "Which of several endpoints gets connections",
)
.or("first")
.for_experts();
const EMPTY: Flag = Flag::new(
    "netsh-empty",
    Takes::Choice(
        "ACTION",
        &[
            Choice { word: "nothing", help: "Nothing: connections leave the node and time out" },
            Choice { word: "address", help: "Claim the address, so that connections end at the node" },
        ],
    ),
    HEADING,
    "What is done for a service port without endpoints",
)
.or("nothing")
.for_experts();
const STORE: Flag = Flag::new(
    "netsh-store",
    Takes::Choice(
        "STORE",
        &[
            Choice { word: "active", help: "Until the next start of Windows" },
            Choice { word: "persistent", help: "For good" },
        ],
    ),
    HEADING,
    "Lifetime of added addresses",
)
.or("active")
.for_experts();
const STYLE: Flag = Flag::new(
    "style",
    Takes::Choice(
        "STYLE",
        &[
            Choice { word: "script", help: "For netsh -f" },
            Choice { word: "cmd", help: "A batch file that stops at the first command that fails" },
            Choice { word: "powershell", help: "For PowerShell, stops at the first command that fails" },
            Choice { word: "dump", help: "What netsh dump would print afterwards, to compare with a dump" },
        ],
    ),
    HEADING,
    "How the script is written",
)
.or("script");
const UNDO: Flag = Flag::new(
    "undo",
    Takes::Nothing,
    HEADING,
    "Print the script that takes back what the other one does; a folder gets both",
);
const INTERFACE: Flag = Flag::new(
    "interface",
    Takes::Value("NAME"),
    HEADING,
    "Interface that gets the service addresses, by its name or index",
)
.or(ConnectionName::HNS_INTERNAL)
.for_experts();
const NODE_IP: Flag = Flag::new(
    "node-ip",
    Takes::Values("IP"),
    HEADING,
    "Address of the node that node ports listen on; may be repeated",
)
.saying(
    "Without it node ports listen on the addresses that --nodeport-addresses selects, on those of the Node object, \
     or else on all.",
)
.for_experts();
const NO_FIREWALL: Flag =
    Flag::new("no-firewall", Takes::Nothing, HEADING, "Write no firewall rules").for_experts();
const BLOCK_COMPLEMENT: Flag = Flag::new(
    "netsh-block-complement",
    Takes::Nothing,
    HEADING,
    "Block clients outside of the source ranges, for nodes that allow incoming connections by default",
)
.without(&["no-firewall"])
.for_experts();
const EXCLUDED_PORTS: Flag = Flag::new(
    "excluded-ports",
    Takes::Files("FILE"),
    HEADING,
    "Output of netsh interface ipv4 show excludedportrange protocol=tcp, to find ports that no program can listen on",
)
.for_experts();
const PROXY_PORT_RANGE: Flag = Flag::new(
    "proxy-port-range",
    Takes::Value("FIRST-LAST"),
    HEADING,
    "Ports of the proxy process in mode legacy-portproxy [default: 36000-37000]",
)
.for_experts();

/// The flags that decide how scripts are written.
pub(in crate::platform::netsh) const WRITING_FLAGS: &[Flag] = &[STYLE, UNDO];

/// The flags that decide how rules are lowered.
pub(in crate::platform::netsh) const FLAGS: &[Flag] = &[
    MODE,
    PICK,
    EMPTY,
    STORE,
    INTERFACE,
    NODE_IP,
    NO_FIREWALL,
    BLOCK_COMPLEMENT,
    EXCLUDED_PORTS,
    PROXY_PORT_RANGE,
];

impl Writing {
    /// What flags give.
    ///
    /// # Errors
    /// When a value is refused.
    pub fn of(given: &Given) -> Result<Self, FlagError> {
        let style = match given.choice(&STYLE)? {
            Some(1) => Style::Cmd,
            Some(2) => Style::Powershell,
            Some(3) => Style::Dump,
            _ => Style::Script,
        };
        Ok(Self { style, undo: given.has(&UNDO) })
    }
}

impl Options {
    /// What flags give.
    ///
    /// # Errors
    /// When a value is refused.
    pub fn of(given: &Given) -> Result<Self, FlagError> {
        let interface = given.one(&INTERFACE).unwrap_or(ConnectionName::HNS_INTERNAL);
        let interface = ConnectionName::new(interface)
            .map_err(|error| INTERFACE.error(interface, crate::name::escaped(&error.to_string())))?;
        // Only commands that write scripts have a style; apply hands the name to netsh itself.
        let is_written = given.has(&STYLE);
        if is_written && !interface.as_str().is_ascii() && !Writing::of(given)?.style.takes_any_letter() {
            let reason = "the code page of the node decides how it is read in a script of this style; use \
                          --style powershell, or the index of the interface";
            return Err(INTERFACE.error(interface.as_str(), reason));
        }
        let node_ips = given
            .all(&NODE_IP)
            .iter()
            .map(|text| parse_ip(text).ok_or_else(|| NODE_IP.error(text, "expected an IP address")));
        Ok(Self {
            mode: match given.choice(&MODE)? {
                Some(1) => Mode::LegacyAddresses,
                Some(2) => Mode::LegacyPortproxy,
                _ => Mode::Portproxy,
            },
            families: Family::ALL.to_vec(),
            interface,
            store: match given.choice(&STORE)? {
                Some(1) => Store::Persistent,
                _ => Store::Active,
            },
            pick: match given.choice(&PICK)? {
                Some(1) => Pick::Spread,
                _ => Pick::First,
            },
            empty: match given.choice(&EMPTY)? {
                Some(1) => Empty::Address,
                _ => Empty::Nothing,
            },
            firewall: match (given.has(&NO_FIREWALL), given.has(&BLOCK_COMPLEMENT)) {
                (true, _) => FirewallUse::None,
                (false, true) => FirewallUse::AllowAndBlock,
                (false, false) => FirewallUse::Allow,
            },
            node_ips: node_ips.collect::<Result<_, _>>()?,
            proxy_ports: given.parse::<PortRange>(&PROXY_PORT_RANGE)?.unwrap_or(PROXY_PORTS),
            excluded_ports: excluded_ports(given)?,
        })
    }
}

/// Reads the port ranges that Windows has reserved.
fn excluded_ports(given: &Given) -> Result<Vec<PortRange>, FlagError> {
    let mut all = Vec::new();
    for named in given.texts(&EXCLUDED_PORTS) {
        let ranges = read(&named.text).excluded_ports;
        if ranges.is_empty() {
            let reason = "the file lists no port range; expected the output of \
                          netsh interface ipv4 show excludedportrange protocol=tcp";
            return Err(EXCLUDED_PORTS.error(&printable(&named.name), reason));
        }
        all.extend(ranges);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_scripts_limit_the_letters_of_an_interface() {
        let named = Given::default().with(&INTERFACE, "vEthernet (nät)");
        assert!(Options::of(&named).is_ok());
        assert!(Options::of(&named.clone().with(&STYLE, "powershell")).is_ok());
        assert!(Options::of(&named.with(&STYLE, "script")).is_err());
    }
}
