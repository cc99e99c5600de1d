//! Targets: `-j NAME` with its options, and `-g CHAIN`.

use super::options::Opt;
use super::rule::foreign;
use super::words::Word;
use super::{CHAIN_NAME, Fault, values};
use crate::net::Family;
use crate::platform::iptables::model::{self, ChainName, Masked, Target};

/// Targets that are kernel modules and have no own form in the model (iptables 1.8.9, `libxt_*`).
const EXTENSIONS: [&str; 41] = [
    "AUDIT",
    "CHECKSUM",
    "CLASSIFY",
    "CLUSTERIP",
    "CONNMARK",
    "CONNSECMARK",
    "CT",
    "DNAT",
    "DNPT",
    "DSCP",
    "ECN",
    "HL",
    "HMARK",
    "IDLETIMER",
    "LED",
    "LOG",
    "MARK",
    "MASQUERADE",
    "NAT",
    "NETMAP",
    "NFLOG",
    "NFQUEUE",
    "NOTRACK",
    "QUEUE",
    "RATEEST",
    "REDIRECT",
    "REJECT",
    "SECMARK",
    "SET",
    "SNAT",
    "SNPT",
    "SYNPROXY",
    "TCPMSS",
    "TCPOPTSTRIP",
    "TEE",
    "TOS",
    "TPROXY",
    "TRACE",
    "TTL",
    "ULOG",
    "MIRROR",
];

/// Reads `-j NAME …`.
pub(super) fn jump(group: &[Opt<'_>], family: Family) -> Result<Target, Fault> {
    let (jump, options) = group.split_first().expect("no group is empty");
    jump.plain()?;
    let name = jump.required()?;
    let known = match (&*name.text, options) {
        ("ACCEPT", []) => Some(Target::Accept),
        ("DROP", []) => Some(Target::Drop),
        ("RETURN", []) => Some(Target::Return),
        ("REJECT", options) => reject(options, family)?,
        ("DNAT", options) => destination_nat(options)?,
        ("MASQUERADE", []) => Some(Target::Masquerade { random_fully: false }),
        ("MASQUERADE", [Opt { not: false, name: "--random-fully", values: [], .. }]) => {
            Some(Target::Masquerade { random_fully: true })
        }
        ("MARK", options) => set_mark(options)?,
        (extension, []) if !EXTENSIONS.contains(&extension) => Some(Target::Jump(chain(name)?)),
        _ => None,
    };
    Ok(known.unwrap_or_else(|| Target::Unknown(foreign(group))))
}

/// Reads `-g CHAIN`.
pub(super) fn goto(goto: &Opt<'_>, rest: &[Opt<'_>]) -> Result<Target, Fault> {
    goto.plain()?;
    if let Some(option) = rest.first() {
        return Err(Fault::at(option.columns.clone(), "an option of a chain; expected the next match"));
    }
    Ok(Target::Goto(chain(goto.required()?)?))
}

fn chain(word: &Word<'_>) -> Result<ChainName, Fault> {
    ChainName::new(&word.text).ok_or_else(|| Fault::unexpected(word, CHAIN_NAME))
}

/// `[--reject-with ANSWER]`; the family's port-unreachable is what goes without saying.
fn reject(options: &[Opt<'_>], family: Family) -> Result<Option<Target>, Fault> {
    let option = match options {
        [] => return Ok(Some(Target::Reject(None))),
        [option @ Opt { not: false, name: "--reject-with", .. }] => option,
        _ => return Ok(None),
    };
    let word = option.required()?;
    let usual = match family {
        Family::Ipv4 => "icmp-port-unreachable",
        Family::Ipv6 => "icmp6-port-unreachable",
    };
    if [usual, "port-unreach"].contains(&&*word.text) {
        return Ok(Some(Target::Reject(None)));
    }
    let answer =
        model::Word::new(&word.text).ok_or_else(|| Fault::unexpected(word, "the name of an answer"))?;
    Ok(Some(Target::Reject(Some(answer))))
}

/// `--to-destination ip:port`; ranges stay unknown.
fn destination_nat(options: &[Opt<'_>]) -> Result<Option<Target>, Fault> {
    let [option @ Opt { not: false, name: "--to-destination", .. }] = options else { return Ok(None) };
    Ok(values::socket_address(&option.required()?.text).map(Target::DestinationNat))
}

/// All options of `MARK` are short for `--set-xmark`: clear the bits of the mask, then flip those of the
/// value (iptables 1.8.9, `mark_tg_parse`).
fn set_mark(options: &[Opt<'_>]) -> Result<Option<Target>, Fault> {
    let [option @ Opt { not: false, name, .. }] = options else { return Ok(None) };
    let short: fn(Masked) -> Masked = match *name {
        "--set-xmark" => |mark| mark,
        "--set-mark" => |mark| Masked { value: mark.value, mask: mark.value | mark.mask },
        "--or-mark" => |mark| Masked { value: mark.value, mask: mark.value },
        "--xor-mark" => |mark| Masked { value: mark.value, mask: 0 },
        "--and-mark" => |mark| Masked { value: 0, mask: !mark.value },
        _ => return Ok(None),
    };
    let word = option.required()?;
    let takes_mask = name.starts_with("--set");
    let mark = values::masked(&word.text).filter(|_| takes_mask || !word.text.contains('/'));
    let mark = mark.ok_or_else(|| Fault::unexpected(word, "a mark, value or value/mask"))?;
    Ok(Some(Target::SetMark(short(mark))))
}
