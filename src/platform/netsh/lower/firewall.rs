//! The firewall rules of a listener: who is let in, and who is kept out.

use super::claims::{Claim, Place};
use super::complement::complement;
use super::findings::some_of;
use crate::net::Family;
use crate::platform::netsh::model::{
    Action, Description, Endpoints, FirewallRule, Remote, RuleName, Transport,
};
use crate::platform::netsh::options::{FirewallUse, Options};

/// So many networks go into one rule: a batch file has no room for longer lines.
const MOST: usize = 100;

/// The rules that let connections in: one, unless there are very many source ranges.
pub(super) fn allows(place: Place, claim: &Claim<'_>, options: &Options) -> Vec<FirewallRule> {
    if options.firewall == FirewallUse::None {
        return Vec::new();
    }
    let remotes = match &claim.allowed {
        None => vec![Remote::Any],
        // Without any network there is no rule: nobody is allowed, and nobody is by default.
        Some(nets) => {
            let nets: Vec<Endpoints> = nets.iter().copied().map(Endpoints::Net).collect();
            parts(&nets)
        }
    };
    rules(place, Action::Allow, remotes, &claim_description(claim))
}

/// The rules that keep everybody else out.
pub(super) fn blocks(place: Place, claim: &Claim<'_>, options: &Options) -> Vec<FirewallRule> {
    let Some(allowed) = claim.allowed.as_ref().filter(|_| options.firewall == FirewallUse::AllowAndBlock)
    else {
        return Vec::new();
    };
    let others = parts(&complement(allowed, Family::of(place.0)));
    rules(place, Action::Block, others, &format!("{} not in ranges", claim_description(claim)))
}

fn parts(all: &[Endpoints]) -> Vec<Remote> {
    all.chunks(MOST).map(|part| Remote::Only(part.to_vec())).collect()
}

fn rules((ip, port): Place, action: Action, remotes: Vec<Remote>, description: &str) -> Vec<FirewallRule> {
    let local_ip = Some(ip).filter(|ip| !ip.is_unspecified());
    let name = RuleName::of_listener(Family::of(ip), local_ip, port);
    let rule = |(part, remote): (usize, Remote)| {
        let name = name.part(part);
        FirewallRule {
            name: if action == Action::Block { name.blocking() } else { name },
            action,
            protocol: Transport::Tcp,
            local_ip,
            local_port: port,
            remote,
            description: Description::of(description),
        }
    };
    remotes.into_iter().enumerate().map(rule).collect()
}

/// `namespace/name:port kind`
fn claim_description(claim: &Claim<'_>) -> String {
    some_of(claim.uses.iter().map(|(id, kind)| format!("{id} {kind}")))
}
