//! Prints the model as kube-proxy spells it, which is what `iptables-restore` reads.
//!
//! A large cluster has hundreds of thousands of rules, so what stands in most of them is put together
//! by hand; `format!` prints the rest.

mod number;

use std::fmt::Write;
use std::net::IpAddr;

use ipnet::IpNet;

use self::number::{push_number, push_probability};
use super::model::{
    Address, Chain, Command, Comment, ConntrackStates, Foreign, ForeignOption, Interface, Is, Masked, Match,
    Policy, Probability, Recent, RecentOperation, Rule, Ruleset, SocketAddress, Table, Target,
};
use crate::net::Protocol;

/// The text for `iptables-restore` or `ip6tables-restore`.
#[must_use]
pub fn write(ruleset: &Ruleset) -> String {
    const TYPICAL_LINE: usize = 96;
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
            push_number(out, u32::from(port.value));
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

/// kube-proxy quotes a comment iff it has a blank.
fn write_comment(out: &mut String, comment: &Comment) {
    out.push_str("-m comment --comment ");
    let text = comment.as_str();
    if text.contains(' ') {
        push_quoted(out, text);
    } else {
        out.push_str(text);
    }
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

fn push_ip(out: &mut String, ip: IpAddr) {
    match ip {
        IpAddr::V4(ip) => {
            let [first, rest @ ..] = ip.octets();
            push_number(out, u32::from(first));
            for octet in rest {
                out.push('.');
                push_number(out, u32::from(octet));
            }
        }
        IpAddr::V6(ip) => push_display(out, format_args!("{ip}")),
    }
}

fn push_net(out: &mut String, net: &IpNet) {
    push_ip(out, net.addr());
    out.push('/');
    push_number(out, u32::from(net.prefix_len()));
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
            push_number(out, seconds);
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
            push_display(out, format_args!("{:.11}", f64::from(raw) / f64::from(1u32 << 31)))
        }
    }
}

/// One target, with its `-j` or `-g`.
pub fn write_target(out: &mut String, target: &Target) {
    match target {
        Target::Jump(chain) => {
            out.push_str("-j ");
            out.push_str(chain.as_str());
        }
        Target::Goto(chain) => {
            out.push_str("-g ");
            out.push_str(chain.as_str());
        }
        Target::Accept => out.push_str("-j ACCEPT"),
        Target::Drop => out.push_str("-j DROP"),
        Target::Return => out.push_str("-j RETURN"),
        Target::Reject(None) => out.push_str("-j REJECT"),
        Target::Reject(Some(answer)) => {
            out.push_str("-j REJECT --reject-with ");
            out.push_str(answer.as_str());
        }
        Target::DestinationNat(destination) => write_destination_nat(out, destination),
        Target::Masquerade { random_fully } => {
            out.push_str("-j MASQUERADE");
            out.push_str(if *random_fully { " --random-fully" } else { "" });
        }
        Target::SetMark(mark) => write_set_mark(out, *mark),
        Target::Unknown(foreign) => write_foreign(out, foreign),
    }
}

fn write_destination_nat(out: &mut String, destination: &SocketAddress) {
    out.push_str("-j DNAT --to-destination ");
    let brackets = match &destination.address {
        Address::Ip(ip) => ip.is_ipv6(),
        Address::Net(net) => net.addr().is_ipv6(),
        Address::Verbatim(word) => word.as_str().contains(':'),
    };
    if brackets {
        out.push('[');
    }
    push_address(out, &destination.address);
    out.push_str(if brackets { "]:" } else { ":" });
    push_number(out, u32::from(destination.port));
}

/// kube-proxy has own options for the two forms it uses.
fn write_set_mark(out: &mut String, mark: Masked) {
    let Masked { value, mask } = mark;
    out.push_str("-j MARK ");
    if value == mask {
        push_display(out, format_args!("--or-mark 0x{value:08x}"));
    } else if mask == 0 {
        push_display(out, format_args!("--xor-mark 0x{value:08x}"));
    } else {
        out.push_str("--set-xmark ");
        push_masked(out, mark);
    }
}

fn write_foreign(out: &mut String, foreign: &Foreign) {
    for (place, option) in foreign.options().iter().enumerate() {
        if place > 0 {
            out.push(' ');
        }
        write_foreign_option(out, option);
    }
}

fn write_foreign_option(out: &mut String, option: &ForeignOption) {
    push_not(out, option.not());
    out.push_str(option.name());
    for value in option.values() {
        out.push(' ');
        if needs_quotes(value) {
            push_quoted(out, value);
        } else {
            out.push_str(value);
        }
    }
}

/// Whether a value would be split, or taken for the next option, if it stood bare.
fn needs_quotes(value: &str) -> bool {
    value.is_empty() || value.starts_with(['-', '!']) || value.contains([' ', '\t', '"'])
}

/// iptables 1.8.9: inside double quotes a backslash takes the next character as it is.
fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\\']) {
        out.push_str(&rest[..at]);
        out.push('\\');
        out.push_str(&rest[at..=at]);
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out.push('"');
}
