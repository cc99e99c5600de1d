//! Flags of the target netsh, and the scripts that they ask for.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::Failure;
use super::input::text_of;
use crate::name::{escaped, printable};
use crate::net::{Family, PortRange, parse_ip};
use crate::platform::netsh::model::{ConnectionName, Store};
use crate::platform::netsh::{
    self, Empty, FirewallUse, Lowered, Mode, Options, PROXY_PORTS, Pick, Style, write,
};

/// What a netsh script is to be.
#[derive(Debug, Args)]
#[command(next_help_heading = "netsh")]
pub(super) struct NetshFlags {
    /// What the script imitates
    #[arg(long, value_name = "MODE", default_value = "portproxy")]
    netsh_mode: ModeName,
    /// Which of several endpoints is used
    #[arg(long, value_name = "WAY", default_value = "first")]
    netsh_pick: PickName,
    /// What is done for a service port without endpoints
    #[arg(long, value_name = "WHAT", default_value = "nothing")]
    netsh_empty: EmptyName,
    /// Until when the node keeps service addresses
    #[arg(long, value_name = "STORE", default_value = "active")]
    netsh_store: StoreName,
    /// How the script is written
    #[arg(long, value_name = "STYLE", default_value = "script")]
    style: StyleName,
    /// Print the script that takes back what the other one does
    ///
    /// With -o both are written.
    #[arg(long, conflicts_with = "output")]
    undo: bool,
    /// Interface that gets the service addresses, by its name or index
    #[arg(long, value_name = "NAME", default_value = ConnectionName::HNS_INTERNAL, value_parser = connection)]
    interface: ConnectionName,
    /// Address of the node, which node ports listen on; may be repeated
    ///
    /// Without it node ports listen on the addresses that --nodeport-addresses selects, on those of the
    /// Node object, or else on all.
    #[arg(long, value_name = "IP", value_delimiter = ',', value_parser = address)]
    node_ip: Vec<IpAddr>,
    /// Write no firewall rules
    #[arg(long)]
    no_firewall: bool,
    /// Block who is not in the source ranges, for nodes that allow incoming connections by default
    #[arg(long, conflicts_with = "no_firewall")]
    netsh_block_complement: bool,
    /// Output of netsh interface ipv4 show excludedportrange protocol=tcp, to find ports nobody can listen on
    #[arg(long, value_name = "FILE")]
    excluded_ports: Option<PathBuf>,
    /// Ports of the proxy process in mode legacy-portproxy
    #[arg(long, value_name = "FIRST-LAST", default_value_t = PROXY_PORTS)]
    proxy_port_range: PortRange,
}

/// A mode, as a flag spells it.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum ModeName {
    /// Addresses, listeners straight to one endpoint, firewall rules
    Portproxy,
    /// The addresses that kube-proxy 1.6 to 1.25 in userspace mode claimed; it forwarded by itself
    LegacyAddresses,
    /// The addresses and listeners of kube-proxy 1.5, which lead to its own process
    LegacyPortproxy,
}

/// A way to choose an endpoint, as a flag spells it.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum PickName {
    /// The one with the lowest address
    First,
    /// By a hash that differs between nodes, so that the cluster spreads
    Spread,
}

/// What to do without endpoints, as a flag spells it.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum EmptyName {
    /// Nothing: connections leave the node and time out
    Nothing,
    /// Claim the address, so that connections end at the node
    Address,
}

/// A store, as a flag spells it.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum StoreName {
    /// Until the next start
    Active,
    /// For good
    Persistent,
}

/// A style, as a flag spells it.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum StyleName {
    /// For netsh -f
    Script,
    /// A batch file that stops at the first command that fails
    Cmd,
    /// For PowerShell, stops at the first command that fails
    Powershell,
    /// What netsh dump would print afterwards, to compare with a dump
    Dump,
}

fn connection(text: &str) -> Result<ConnectionName, String> {
    ConnectionName::new(text).map_err(|error| error.to_string())
}

fn address(text: &str) -> Result<IpAddr, String> {
    parse_ip(text).ok_or_else(|| format!("`{}` is no IP address", printable(text)))
}

impl NetshFlags {
    /// The options that the flags say.
    pub(super) fn options(&self, families: &[Family]) -> Result<Options, Failure> {
        if !self.interface.as_str().is_ascii() && !self.style().takes_any_letter() {
            let message = format!(
                "`{}` cannot stand in a script of this style, whose code page the node decides; \
                 use --style powershell, or the index of the interface",
                printable(self.interface.as_str())
            );
            return Err(Failure::Usage(message));
        }
        Ok(Options {
            mode: match self.netsh_mode {
                ModeName::Portproxy => Mode::Portproxy,
                ModeName::LegacyAddresses => Mode::LegacyAddresses,
                ModeName::LegacyPortproxy => Mode::LegacyPortproxy,
            },
            families: families.to_vec(),
            interface: self.interface.clone(),
            store: match self.netsh_store {
                StoreName::Active => Store::Active,
                StoreName::Persistent => Store::Persistent,
            },
            pick: match self.netsh_pick {
                PickName::First => Pick::First,
                PickName::Spread => Pick::Spread,
            },
            empty: match self.netsh_empty {
                EmptyName::Nothing => Empty::Nothing,
                EmptyName::Address => Empty::Address,
            },
            firewall: match (self.no_firewall, self.netsh_block_complement) {
                (true, _) => FirewallUse::None,
                (false, true) => FirewallUse::AllowAndBlock,
                (false, false) => FirewallUse::Allow,
            },
            node_ips: self.node_ip.clone(),
            proxy_ports: self.proxy_port_range,
            excluded_ports: self.excluded_ports.as_deref().map_or(Ok(Vec::new()), excluded_ports)?,
        })
    }

    fn style(&self) -> Style {
        match self.style {
            StyleName::Script => Style::Script,
            StyleName::Cmd => Style::Cmd,
            StyleName::Powershell => Style::Powershell,
            StyleName::Dump => Style::Dump,
        }
    }

    /// The scripts with the names of their files: the one to create, and the one to undo.
    pub(super) fn scripts(&self, lowered: &Lowered) -> [(&'static str, String); 2] {
        let (create, undo) = match self.style {
            StyleName::Script => ("netsh.txt", "netsh.undo.txt"),
            StyleName::Cmd => ("netsh.cmd", "netsh.undo.cmd"),
            StyleName::Powershell => ("netsh.ps1", "netsh.undo.ps1"),
            StyleName::Dump => ("netsh.dump.txt", "netsh.undo.txt"),
        };
        let text = |script| write(&script, self.style());
        [(create, text(lowered.plan.create())), (undo, text(lowered.plan.undo()))]
    }

    /// The script for standard output.
    pub(super) fn script(&self, lowered: &Lowered) -> String {
        let [create, undo] = self.scripts(lowered);
        if self.undo { undo.1 } else { create.1 }
    }
}

/// Reads the port ranges that Windows has reserved.
fn excluded_ports(path: &Path) -> Result<Vec<PortRange>, Failure> {
    let ranges = netsh::read(&text_of(path)?).excluded_ports;
    if ranges.is_empty() {
        let message = format!(
            "{} lists no port range; it should be the output of \
             netsh interface ipv4 show excludedportrange protocol=tcp",
            escaped(&path.display().to_string())
        );
        return Err(Failure::Message(message));
    }
    Ok(ranges)
}
