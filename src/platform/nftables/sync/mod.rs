//! kube-proxy in nftables mode over a sequence of events: the transactions of each sync, and the table after it.
//!
//! ```text
//! proxier ─► what changed, full or partial ─► lower::later: commands ─► node: the table, transaction by transaction
//!    │
//!  memory: the elements that kube-proxy believes to be there
//! ```
//!
//! A full sync writes all chains, and what differs in sets and maps; a partial one the chains of those Services that changed.
//! Chains that are not used any more are emptied, and deleted in a transaction of their own before the next sync. The
//! rules here are those that recordings of kube-proxy 1.30 and 1.36 over sequences of events show.

mod about;
mod memory;
mod node;
mod ports;
mod proxier;
mod transaction;

pub(super) use proxier::OPERATIONS;

use self::node::Node;
use self::proxier::Proxier;
use super::held::{recognize, resembles};
use super::plan::Tables;
use super::{NftablesHeld, read};
use crate::name::escaped;
use crate::net::{Family, PerFamily};
use crate::platform::Match;
use crate::platform::later_syncs::Replay;
use crate::platform::timeline::{Start, StartError, Timeline, unreadable_before};

/// A kube-proxy on a node that holds at the beginning what was dumped of it.
///
/// # Errors
/// When a dump cannot be read.
pub(super) fn timeline(start: &Start<'_>) -> Result<Box<dyn Timeline>, StartError> {
    let before = before(start).map_err(StartError::Held)?;
    let proxier = |family: Family| Proxier::new(family, Node::new(family, before.get(family).as_ref()));
    let primary = start.rules.node.primary_family;
    Ok(Box::new(Replay::new(Family::ALL.map(proxier), primary, start.keeps)))
}

/// What dumps tell of the node at the beginning.
fn before(start: &Start<'_>) -> Result<Tables, String> {
    if let Some(held) = start.held.get::<NftablesHeld>() {
        return Ok(held.present());
    }
    let mut found = Tables::default();
    for dump in start.before {
        if recognize(&dump.text) != Match::Certain {
            // Tables of others are of no interest, and say that there are none of kube-proxy.
            if is_named_so(&dump.name) && resembles(&dump.text).is_none() {
                let expected = "what nft list ruleset prints; of a node that has nothing {\"nftables\": []}, as nft -j prints it";
                return Err(unreadable_before(&dump.name, &dump.text, expected));
            }
            continue;
        }
        let reading = read(&dump.text);
        let wrong =
            reading.problems.first().map(|problem| format!("line {}: {}", problem.line, problem.message));
        if let Some(wrong) = reading.broken.or(wrong) {
            return Err(format!("{}: {wrong}", escaped(&dump.name)));
        }
        let PerFamily { ipv4, ipv6 } = reading.tables;
        found = PerFamily { ipv4: ipv4.or(found.ipv4), ipv6: ipv6.or(found.ipv6) };
    }
    Ok(found)
}

/// Whether a dump of the node at the beginning is one of nft, by its name: `nft.before.txt`.
fn is_named_so(name: &str) -> bool {
    let file = std::path::Path::new(name).file_name();
    file.is_some_and(|file| file.to_string_lossy().to_ascii_lowercase().starts_with("nft"))
}
