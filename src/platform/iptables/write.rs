//! Prints the model as kube-proxy spells it, which is what `iptables-restore` reads.
//!
//! A large cluster has hundreds of thousands of rules, so what stands in most of them is put together
//! by hand; `format!` prints the rest.

mod foreign;
mod probability;
mod target;

use std::fmt::Write;

use ipnet::IpNet;

use self::foreign::write_foreign;
use self::probability::push_probability;
pub use self::target::write_target;
use super::model::{
    Address, Chain, Command, Comment, ConntrackStates, Interface, Is, Masked, Match, Policy, Probability,
    Recent, RecentOperation, Rule, Ruleset, Table,
};
use crate::net::{Protocol, push_decimal, push_ip};

/// The text for `iptables-restore` or `ip6tables-restore`.
#[must_use]
pub fn write(ruleset: &Ruleset) -> String {
    const TYPICAL_LINE: usize = 128;
    let lines: usize = ruleset.tables.iter().map(|table| table.chains.len() + table.commands.len()).sum();
    let mut out = String::with_capacity(lines * TYPICAL_LINE);
    for table in &ruleset.tables {
        write_table(&mut out, table);
    }
    out
}

fn write_table(out: &mut String, table: &Table) {
    out.push('*');
    out.push_str(table.name.as_str());
    out.push('\n');
    for chain in &table.chains {
        write_chain(out, chain);
        out.push('\n');
    }
    for command in &table.commands {
        write_command(out, command);
        out.push('\n');
    }
    out.push_str("COMMIT\n");
}

/// A chain declaration, `:NAME - [0:0]`, without line end.
pub fn write_chain(out: &mut String, chain: &Chain) {
    out.push(':');
    out.push_str(chain.name.as_str());
    out.push_str(match chain.policy {
        None => " - [0:0]",
        Some(Policy::Accept) => " ACCEPT [0:0]",
        Some(Policy::Drop) => " DROP [0:0]",
    });
}

/// A command, `-A CHAIN …`, without line end.
pub fn write_command(out: &mut String, command: &Command) {
    match command {
        Command::Append(rule) => {
            out.push_str("-A ");
            write_rule(out, rule);
        }
        Command::Insert(rule) => {
            out.push_str("-I ");
            write_rule(out, rule);
        }
        Command::DeleteChain(chain) => {
            out.push_str("-X ");
            out.push_str(chain.as_str());
        }
    }
}

/// A rule as it stands behind `-A`: its chain, its matches in their order, its target.
pub fn write_rule(out: &mut String, rule: &Rule) {
    out.push_str(rule.chain.as_str());
    for condition in &rule.matches {
        out.push(' ');
        write_match(out, condition);
    }
    if let Some(target) = &rule.target {
        out.push(' ');
        write_target(out, target);
    }
}

/// One match.
pub fn write_match(out: &mut String, condition: &Match) {
    match condition {
        Match::Comment(comment) => write_comment(out, comment),
        Match::Protocol(protocol) => write_protocol(out, *protocol),
        Match::Source(address) => write_address_option(out, "-s ", address),
        Match::Destination(address) => write_address_option(out, "-d ", address),
        Match::InInterface(interface) => write_interface(out, interface),
        Match::DestinationPort(port) => {
            push_not(out, port.not);
            out.push_str("--dport ");
            push_decimal(out, u32::from(port.value));
        }
        Match::ConntrackState(states) => write_states(out, *states),
        Match::SourceIsLocal(local) => write_local(out, *local, "--src-type LOCAL"),
        Match::DestinationIsLocal(local) => write_local(out, *local, "--dst-type LOCAL"),
        Match::Mark(mark) => {
            out.push_str("-m mark ");
            push_not(out, mark.not);
            out.push_str("--mark ");
            push_masked(out, mark.value);
        }
        Match::Recent(recent) => write_recent(out, recent),
        Match::Statistic(probability) => write_statistic(out, *probability),
        Match::Accounting(name) => {
            out.push_str("-m nfacct --nfacct-name ");
            out.push_str(name.as_str());
        }
        Match::Unknown(foreign) => write_foreign(out, foreign),
    }
}

fn push_not(out: &mut String, not: bool) {
    if not {
        out.push_str("! ");
    }
}

/// kube-proxy quotes a comment iff it has a blank; nothing in a comment needs a backslash.
fn write_comment(out: &mut String, comment: &Comment) {
    out.push_str("-m comment --comment ");
    let text = comment.as_str();
    let quote = if text.as_bytes().contains(&b' ') { "\"" } else { "" };
    out.push_str(quote);
    out.push_str(text);
    out.push_str(quote);
}

/// The protocol's own module can only stand in a rule that names the protocol without negation.
fn write_protocol(out: &mut String, protocol: Is<Protocol>) {
    let name = protocol.value.lower();
    if protocol.not {
        out.push_str("! ");
    } else {
        out.push_str("-m ");
        out.push_str(name);
        out.push(' ');
    }
    out.push_str("-p ");
    out.push_str(name);
}

fn write_address_option(out: &mut String, option: &str, address: &Is<Address>) {
    push_not(out, address.not);
    out.push_str(option);
    push_address(out, &address.value);
}

fn push_address(out: &mut String, address: &Address) {
    match address {
        Address::Ip(ip) => push_ip(out, *ip),
        Address::Net(net) => push_net(out, net),
        Address::Verbatim(word) => out.push_str(word.as_str()),
    }
}

fn push_net(out: &mut String, net: &IpNet) {
    push_ip(out, net.addr());
    out.push('/');
    push_decimal(out, u32::from(net.prefix_len()));
}

fn push_display(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    out.write_fmt(arguments).expect("a String takes every text");
}

fn write_interface(out: &mut String, interface: &Is<Interface>) {
    push_not(out, interface.not);
    out.push_str("-i ");
    out.push_str(interface.value.name.as_str());
    if interface.value.prefix {
        out.push('+');
    }
}

fn write_states(out: &mut String, states: Is<ConntrackStates>) {
    out.push_str("-m conntrack ");
    push_not(out, states.not);
    out.push_str("--ctstate ");
    let named = ConntrackStates::NAMES.iter().filter(|(state, _)| states.value.contains(*state));
    for (place, (_, name)) in named.enumerate() {
        if place > 0 {
            out.push(',');
        }
        out.push_str(name);
    }
}

fn write_local(out: &mut String, local: Is<()>, option: &str) {
    out.push_str("-m addrtype ");
    push_not(out, local.not);
    out.push_str(option);
}

fn push_masked(out: &mut String, masked: Masked) {
    push_display(out, format_args!("0x{:08x}/0x{:08x}", masked.value, masked.mask));
}

fn write_recent(out: &mut String, recent: &Recent) {
    out.push_str("-m recent --name ");
    out.push_str(recent.list.as_str());
    match recent.operation {
        RecentOperation::Set => out.push_str(" --set"),
        RecentOperation::Check { seconds, reap } => {
            out.push_str(" --rcheck --seconds ");
            push_decimal(out, seconds);
            if reap {
                out.push_str(" --reap");
            }
        }
    }
}

fn write_statistic(out: &mut String, probability: Probability) {
    out.push_str("-m statistic --mode random --probability ");
    match probability {
        Probability::OneIn(k) => push_probability(out, k.max(1)),
        // iptables 1.8.9 prints 11 decimals, enough to give the same 2⁻³¹ units again.
        Probability::Raw(raw) => {
            push_display(out, format_args!("{:.11}", f64::from(raw) / f64::from(1u32 << 31)));
        }
    }
}
